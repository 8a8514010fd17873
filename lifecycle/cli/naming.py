"""What a store knows by name: where nothing is found, a name that nobody knows is a slip, and not an answer.

Only an empty result is looked into, so that a name is never refused that something goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.conditions import atoms_of
from lifecycle.definition import Definition
from lifecycle.errors import DefinitionError, UnknownLeadError
from lifecycle.loading import read_unbound
from lifecycle.machine import OUTSIDE
from lifecycle.query import Filter
from lifecycle.request import SYSTEM, check_actor
from lifecycle.spelling import did_you_mean

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["check_filter", "check_names", "has_subject"]

_FEW: Final = 20
"""So many names are told; that there are more is said."""

Asked = tuple[str, str | None]
"""What is named, and how it was written; None where it was not asked for."""


def check_filter(view: Reading, where: Filter) -> None:
    """See to it that everything that a filter names is known; asked for where nothing fits it.

    Raises:
        UnknownLeadError: the store does not know the lead.
        Failure: it does not know the subject, no definition knows another name, or the actor is none.
    """
    if where.lead is not None and view.subject_of(where.lead) is None:
        raise UnknownLeadError(lead=where.lead)
    if where.subject is not None and not has_subject(view, where.subject):
        raise Failure(ExitCode.USAGE, f"the store knows no subject {where.subject!r}")
    if where.actor is not None and where.actor != SYSTEM:
        try:
            check_actor(where.actor)
        except ValueError as error:
            raise Failure(ExitCode.USAGE, str(error)) from error
    check_names(
        view,
        ("definition", where.definition),
        ("version", where.version),
        ("stage", None if where.source == OUTSIDE else where.source),
        ("stage", where.target),
        ("trigger", where.trigger),
        ("atom", where.atom),
        ("atom", where.blocker),
    )


def has_subject(view: Reading, name: str) -> bool:
    """Say whether anything is kept under the name of a subject."""
    where = Filter(subject=name)
    return any(True for _ in view.histories(where)) or any(True for _ in view.refusals(where, limit=1))


def check_names(view: Reading, *asked: Asked) -> None:
    """See to it that a definition of the store knows what is named; where it keeps none, nothing can be said.

    Raises:
        Failure: none knows it.
    """
    wanted = [(what, name) for what, name in asked if name is not None]
    names = _names(view) if wanted else dict[str, Sequence[str]]()
    for what, name in wanted:
        known = names.get(what, ())
        if known and name not in known:
            raise Failure(ExitCode.USAGE, _unknown(what, name, known))


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known) or "."
    more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
    return f"no definition of this store knows the {what} {name!r}{hint} Known: {', '.join(known[:_FEW])}{more}"


def _names(view: Reading) -> Mapping[str, Sequence[str]]:
    """Give what the definitions of the store know, in their order; nothing where one of them cannot be read."""
    try:
        found = [pair for row in view.definitions() for pair in _of(read_unbound(row["text"]))]
    except DefinitionError:  # that is for `lifecycle verify` to say
        return {}
    names = dict[str, dict[str, None]]()
    for what, name in found:
        names.setdefault(what, {})[name] = None
    return {what: tuple(some) for what, some in names.items()}


def _of(definition: Definition) -> Iterator[tuple[str, str]]:
    yield "definition", definition.name
    yield "version", definition.version
    yield from (("stage", stage) for stage in definition.stages)
    yield from (("score", score) for score in definition.scores)
    for transition in definition.transitions:
        yield "trigger", transition.trigger
        yield from (("atom", atom) for atom in atoms_of(definition.condition(transition)))
