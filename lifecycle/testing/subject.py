"""What is checked: the criteria of a plugin, each with the examples of its author."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import attrs

from lifecycle.criteria import Criterion, Outcome, Verdict, about, judge_safely
from lifecycle.errors import CallerError
from lifecycle.hooks import hookimpl
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from lifecycle.parameters import READS, fields_of
from lifecycle.plugin import installed, of_file
from lifecycle.registry import Offer, Registry
from lifecycle.spelling import did_you_mean
from lifecycle.testing.vocabulary import INSTANTS, Vocabulary

__all__ = ["BUDGET", "Example", "Subject", "offers_of"]

BUDGET: Final = timedelta(milliseconds=20)
"""How long one judgement of a lead with a long past may take: many times what it needs."""

_PREFIX: Final = "lifecycle_"


@attrs.frozen(kw_only=True)
class Example:
    """One lead, and what a criterion with these parameters finds; the author of the criterion knows.

    Attributes:
        outcome: What is found: `"met"`, `"unmet"` or `"unknown"`.
        lead: The lead, with its facts.
        parameters: The parameters, as a definition would write them.
        at: The instant; without it, the one of the last fact, or a fixed one where all are undated.
        journey: Where the lead stands.
        criterion: Which criterion of the plugin it is for; without it, the only one.
    """

    outcome: Outcome = attrs.field(converter=Outcome)
    lead: Lead
    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    at: datetime | None = None
    journey: Journey = attrs.field(factory=Journey)
    criterion: str | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The lead as it is judged."""
        instants, _ = self.lead.timeline
        last = max((at for at in instants if at > datetime.min.replace(tzinfo=at.tzinfo)), default=INSTANTS[0])
        return Snapshot(self.lead, self.at or last, self.journey)


@attrs.frozen(kw_only=True, slots=False)
class Subject:
    """One criterion of a plugin, with what its author knows of it."""

    offer: Offer
    examples: Sequence[Example] = ()
    budget: timedelta = BUDGET

    @property
    def name(self) -> str:
        """The criterion's name within the plugin."""
        return self.offer.about.name

    @property
    def cls(self) -> type[Criterion]:
        """Its class."""
        return self.offer.cls

    def bind(self, parameters: Mapping[str, Any]) -> Criterion | None:
        """Make it with these parameters; None where they are wrong."""
        return self.offer.bind(parameters)[0]

    def judge(self, criterion: Criterion, known: Snapshot) -> Verdict:
        """Judge as the engine does: whatever goes wrong is the verdict FAILED."""
        return judge_safely(criterion, known, owner=self.offer.name)

    def vocabulary(self, criterion: Criterion) -> Vocabulary:
        """Give what there is to say to it, the values of the examples included."""
        return Vocabulary(criterion, self._told(criterion))

    def _told(self, criterion: Criterion) -> dict[str, list[Any]]:
        told: dict[str, list[Any]] = {}
        for example in self.examples:
            known = example.snapshot
            for field in fields_of(criterion):
                name = getattr(criterion, field.name)
                category = field.metadata.get(READS)
                if category in {"profile", "answer"} and isinstance(name, str):
                    value = known.profile(name) if category == "profile" else known.answer(name, ever=True)
                    told.setdefault(f"{category}:{name}", []).append(value)
        return told


def offers_of(plugin: object) -> list[Offer]:
    """Give the criteria of a plugin: an installed one by its name, a file, a module, or a single class.

    Raises:
        CallerError: no plugin of this name is installed, or it offers no criterion.
        PluginError: it is broken; every problem is named.
    """
    found = list(_registry_of(plugin).offers.values())
    if not found:
        raise CallerError(f"the plugin {_name_of(plugin)!r} offers no criterion")
    return found


def _registry_of(plugin: object) -> Registry:
    if isinstance(plugin, Path) or (isinstance(plugin, str) and plugin.endswith(".py")):
        return Registry([of_file(plugin)])
    if isinstance(plugin, str):
        registry = Registry.installed([plugin])
        if not registry.offers and plugin not in (names := {one.name for one in installed()}):
            raise CallerError(f"no plugin {plugin!r} is installed{did_you_mean(plugin, names)}")
        return registry
    if inspect.isclass(plugin) and about(plugin) is not None:
        return Registry.of({_name_of(plugin): _offering([plugin])})
    return Registry.of({_name_of(plugin): plugin})


def _name_of(plugin: object) -> str:
    if isinstance(plugin, str | Path):
        return str(plugin)
    name: str = getattr(plugin, "__module__", None) or getattr(plugin, "__name__", None) or type(plugin).__name__
    return name.rpartition(".")[2].removeprefix(_PREFIX)


def _offering(classes: Iterable[type]) -> object:
    """Make a plugin of single classes."""

    @hookimpl
    def lifecycle_criteria() -> Iterator[type]:
        return iter(classes)

    return SimpleNamespace(lifecycle_criteria=lifecycle_criteria)
