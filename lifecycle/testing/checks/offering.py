"""Checks of how a criterion is offered: its name, its method, its parameters, and what is kept of it."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from lifecycle.criteria import Criterion
from lifecycle.parameters import converter_of, fields_of
from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.checks.judging import judged, kernel, shown
from lifecycle.testing.making import ODD, draw_case, draw_criterion, plain_situations
from lifecycle.testing.searching import BrokenError, Draw, Effort, NotAsked, for_all
from lifecycle.testing.subject import Subject
from lifecycle.testing.telling import Situation
from lifecycle.testing.vocabulary import Vocabulary
from lifecycle.testing.watching import tripwire

__all__ = ["CONFIG_ERRORS", "DOCUMENTED", "FINGERPRINT", "LOADS", "PICKLABLE", "SIGNATURE"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_FEW_WORDS: Final = 3
_ONCE: Final = 1


# --- As it stands ----------------------------------------------------------------------------------------------------


def _loads(subject: Subject, effort: Effort) -> int:
    told = subject.offer.about
    if not _NAME.fullmatch(told.name):
        raise BrokenError(f"is called {told.name!r}; a name is small letters, digits and underscores")

    def law(draw: Draw) -> None:
        parameters, bound = draw_criterion(draw, subject)
        if subject.bind(parameters) != bound:
            raise BrokenError(f"made twice with {dict(parameters)}, it is not equal to itself")

    try:
        return for_all(law, attrs.evolve(effort, cases=min(effort.cases, 5)))
    except NotAsked as nothing:
        raise BrokenError(f"no parameters could be made up ({nothing}): give an example with parameters") from None


def _signature(subject: Subject, _: Effort) -> int:
    judge: Any = subject.cls.judge
    signature = inspect.signature(judge)
    if len(signature.parameters) != len(("self", "known")):
        raise BrokenError(f"judge{signature} takes more than the snapshot")
    returns = judge.__annotations__.get("return", "Verdict")
    if getattr(returns, "__name__", str(returns)).rpartition(".")[2] != "Verdict":
        raise BrokenError(f"judge says that it returns {returns}, and not a Verdict")
    return _ONCE


def _documented(subject: Subject, _: Effort) -> int:
    first = (inspect.cleandoc(subject.cls.__doc__ or "")).partition("\n\n")[0]
    if len(first.split()) < _FEW_WORDS:
        raise BrokenError(f"says {first!r} of itself" if first else "says nothing of itself")
    return _ONCE


def _fingerprint(subject: Subject, _: Effort) -> int:
    lists = subject.offer.about.lists or list[str]
    with tripwire() as trips:
        lines = [sorted(lists()) for _ in range(2)]
    if trips.at_once:
        raise BrokenError(f"lists() {trips.at_once[0]}")
    if attrs.evolve(subject.offer).provenance != subject.offer.provenance:
        raise BrokenError(f"it changes by itself: lists() gives {lines[0]}, and then {lines[1]}")
    return _ONCE


def _picklable(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        first = judged(case)
        try:
            copy = pickle.loads(pickle.dumps(case.criterion))  # noqa: S301 - what we have just written ourselves
        except Exception as error:
            raise BrokenError(f"cannot be pickled: {type(error).__name__}: {error}\n{case.told()}") from error
        verdict = case.judge(criterion=copy)
        if kernel(verdict) != kernel(first):
            raise BrokenError(f"its copy is another one: {shown(verdict)}\nand before: {shown(first)}\n{case.told()}")

    return for_all(law, attrs.evolve(effort, cases=min(effort.cases, 10)))


# --- Parameters ------------------------------------------------------------------------------------------------------


def _config_errors(subject: Subject, effort: Effort) -> int:
    if not fields_of(subject.cls):
        raise NotAsked("it takes no parameters")

    def law(draw: Draw) -> None:
        parameters, bound = draw_criterion(draw, subject)
        for field in fields_of(subject.cls):
            for odd in ODD:
                _refused_or_works(subject, bound, {**parameters, field.name: odd}, field)

    return for_all(law, attrs.evolve(effort, cases=min(effort.cases, 5)))


def _refused_or_works(
    subject: Subject, good: Criterion, parameters: Mapping[str, Any], field: attrs.Attribute[Any]
) -> None:
    written = f"{subject.name}({', '.join(f'{name}={value!r}' for name, value in parameters.items())})"
    accident = next(_accidents(subject, parameters, field), None)
    if accident is not None:
        raise BrokenError(f"{accident}\n{written}")
    bound = subject.bind(parameters)
    for situation in () if bound is None else plain_situations(Vocabulary(bound), 4):
        error = _raised(bound, situation)
        if error is not None and not any(_raised(good, one) for one in plain_situations(Vocabulary(good), 20)):
            what = f"takes odd parameters, and then raises {type(error).__name__}: {error}"
            raise BrokenError(f"{what}\n{written}\n{situation}")


def _raised(criterion: Any, situation: Situation) -> Exception | None:
    try:
        criterion.judge(situation.snapshot())
    except Exception as error:  # noqa: BLE001 - a stranger's code
        return error
    return None


def _accidents(subject: Subject, parameters: Mapping[str, Any], odd: attrs.Attribute[Any]) -> Iterator[str]:
    """Give what is wrong with how odd parameters are refused."""
    convert = converter_of(odd)
    try:
        if convert is not None:
            convert(parameters[odd.name])
    except Exception as error:  # noqa: BLE001 - a stranger's converter
        if not _is_refusal(error):
            yield f"{odd.name!r} is refused by accident: {type(error).__name__}: {error}"
        return  # its message is shown behind the parameter's name
    try:
        subject.cls(**parameters)
    except Exception as error:  # noqa: BLE001 - a stranger's validators
        if not _is_refusal(error):
            yield f"refused by accident: {type(error).__name__}: {error}"
        elif not any(field.name in str(error) for field in fields_of(subject.cls)):
            yield f"refused without naming a parameter: {error}"


def _is_refusal(error: Exception) -> bool:
    """Say whether an error was meant: a ValueError with a text, or what a validator of attrs raises."""
    if any(isinstance(argument, attrs.Attribute) for argument in error.args):
        return True
    meant = type(error) is ValueError or (isinstance(error, ValueError) and _own(error))
    return meant and bool(str(error).strip())


def _own(error: Exception) -> bool:
    """Say whether an error is of a class of somebody's own, and not one that Python raises by itself."""
    return type(error).__module__ != "builtins"


LOADS: Final = Check(
    name="loads",
    tier=Tier.BRONZE,
    asks="It has a name and a version, and can be made from parameters; made twice, it is equal.",
    why="A definition uses it by its name, and a record is read by its version.",
    fix="Give an `Example` with parameters where the kit cannot make them up.",
    run=_loads,
)
SIGNATURE: Final = Check(
    name="signature",
    tier=Tier.BRONZE,
    asks="`judge` takes the snapshot and nothing else, and says that it returns a verdict.",
    why="The engine calls it with the snapshot alone; type checkers rely on what it says.",
    fix="Write `def judge(self, known: Snapshot) -> Verdict`.",
    run=_signature,
)
DOCUMENTED: Final = Check(
    name="documented",
    tier=Tier.BRONZE,
    asks="Its docstring says in a sentence what it asks.",
    why="`lifecycle plugins list --all` shows it to those who write definitions.",
    fix="Write a docstring below the class.",
    run=_documented,
)
FINGERPRINT: Final = Check(
    name="fingerprint",
    tier=Tier.SILVER,
    asks="The same source and the same lists have the same fingerprint, whenever it is taken.",
    why="A fingerprint that changes by itself would call every record's rules into question.",
    fix="Let `lists=` give names and versions or digests of the lists, as texts, and nothing that depends on the day.",
    run=_fingerprint,
)
PICKLABLE: Final = Check(
    name="picklable",
    tier=Tier.SILVER,
    asks="It can be pickled, and its copy judges alike.",
    why="A replay of many leads sends it to other processes.",
    fix="Define the class at the top of its module, and keep no lambdas, locks or open files in its fields.",
    run=_picklable,
)
CONFIG_ERRORS: Final = Check(
    name="config_errors",
    tier=Tier.SILVER,
    asks="Odd parameters are refused by a ValueError that names the parameter, or they work.",
    why="Whoever writes a definition has to learn what to change, when the file is read and not when a lead is judged.",
    fix="Use the helpers of `parameters`; in `__attrs_post_init__` raise `ValueError` with the parameter's name.",
    run=_config_errors,
)
