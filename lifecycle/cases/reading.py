"""TOML text to cases, with every problem at once, each with its place and, where it is a slip of the pen, its cure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

import attrs

from lifecycle.cases.case import Asked, Case, CaseFile, Given, Look
from lifecycle.cases.names import Names
from lifecycle.cases.shapes import START, CaseShape, ExpectShape, FileShape, GivenShape
from lifecycle.changes import Literal
from lifecycle.conditions import Comparison, Expression, Name, Not, parse, walk
from lifecycle.decision import Result
from lifecycle.definition import Definition
from lifecycle.document import Document, Path
from lifecycle.errors import CasesError, ConditionError, DocumentError, Problem, Severity
from lifecycle.lead import Lead
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.request import Request
from lifecycle.spelling import did_you_mean

__all__ = ["read_cases"]

MOST_LISTED: Final = 12
"""So many names are listed where none is like the one that was written; more are a page and not a help."""

_T = TypeVar("_T")
_TIMES: Final = ("day", "after", "at")
_TRUTHS: Final[Mapping[str, bool | None]] = {"met": True, "unmet": False, "unknown": None}
_SAID: Final[Mapping[str, str]] = {
    "activity": "the activity",
    "profile": "the profile field",
    "answer": "the answer",
    "channel": "the channel",
}


def read_cases(text: str, *, file: str, definition: Definition) -> CaseFile:
    """Read a test file for one definition.

    Args:
        text: Its contents, TOML.
        file: Its name, as shown in places.
        definition: What the cases are about; names that it does not know are told apart from those that it does.

    Raises:
        CasesError: the file is not TOML, or not a test file of this definition; every problem is in `problems`.
    """
    try:
        document = Document.parse(text, file=file)
    except DocumentError as error:
        raise CasesError(error.summary, error.problems) from error
    reader = _Reader(document, Names.of(definition))
    cases = reader.read()
    problems = sorted(reader.problems, key=_by_place)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise CasesError(f"{file} cannot be used to test {definition.name}", problems)
    return CaseFile(file=file, cases=cases, warnings=problems)


class _Reader:
    """Reads one file; every part that can be understood is, whatever is wrong with the others."""

    def __init__(self, document: Document, names: Names) -> None:
        self.document = document
        self.names = names
        self.problems: list[Problem] = []
        self.start = START
        self.unnamed: frozenset[str] = frozenset()
        self.leads: dict[str, list[Given]] = {}

    def read(self) -> list[Case]:
        data = self.document.data
        top = self._part(FileShape, data, ())
        if top is not None:
            self.start, self.unnamed = top.start, frozenset(top.unnamed)
            self._known(top.definition, {self.names.definition}, ("definition",), "these cases are for the definition")
        leads, cases = data.get("leads"), data.get("cases")
        if is_mapping(leads):
            self.leads = {name: list(self._all_given(value, ("leads", name))) for name, value in leads.items()}
        entries: Sequence[Any] = cases if is_list(cases) else ()
        found = [self._case(value, ("cases", index)) for index, value in enumerate(entries)]
        self._named_once(found)
        return [case for case in found if case is not None]

    # --- Small helpers ---

    def _say(self, code: str, message: str, path: Path, severity: Severity = Severity.ERROR) -> None:
        problem = self.document.problem(code, message, path)
        self.problems.append(attrs.evolve(problem, severity=severity))

    def _part(self, shape: type[_T], value: object, path: Path) -> _T | None:
        made, problems = self.document.structure(shape, value, path)
        self.problems += problems
        return made

    def _known(self, name: str | None, known: Collection[str], path: Path, what: str) -> None:
        """Complain of a name that is none of those that can be meant."""
        if name is not None and name not in known:
            listed = f"; there are {', '.join(sorted(known))}" if 0 < len(known) <= MOST_LISTED else ""
            self._say("unknown-name", f"{what} {name!r}{did_you_mean(name, known) or listed}", path)

    def _fact(self, category: str, name: str, path: Path) -> None:
        """Complain of a fact that no criterion speaks of: of a slip of the pen aloud, of anything else in passing."""
        known = self.names.facts.get(category, frozenset())
        if name in known or name in self.unnamed:
            return
        hint = did_you_mean(name, known)
        if hint:
            message = f"no criterion of {self.names.definition} names {_SAID[category]} {name!r}{hint}"
            self._say("unnamed-fact", f"{message} (if it is meant, list it in 'unnamed')", path)
        elif category != "channel":  # any channel may be one that does not count
            message = f"no criterion of {self.names.definition} names {_SAID[category]} {name!r}"
            self._say("unnamed-fact", message, path, Severity.WARNING)

    def _named_once(self, cases: Iterable[Case | None]) -> None:
        seen: set[str] = set()
        for index, case in enumerate(cases):
            if case is not None and case.name in seen:
                self._say("name-twice", f"two cases are named {case.name!r}", ("cases", index, "name"))
            seen |= set() if case is None else {case.name}

    # --- What happens ---

    def _case(self, value: object, path: Path) -> Case | None:
        made = self._part(CaseShape, value, path)
        table: Mapping[str, Any] = value if is_mapping(value) else {}
        given = [*self._of_leads(made, path), *self._all_given(table.get("given"), (*path, "given"))]
        looks = list(self._all_looks(table.get("expect"), (*path, "expect")))
        if made is None:
            return None
        return Case(name=made.name, start=self.start, given=given, looks=looks, place=self.document.place(path))

    def _of_leads(self, made: CaseShape | None, path: Path) -> Iterator[Given]:
        named = () if made is None else (made.lead,) if isinstance(made.lead, str) else made.lead
        for name in named:
            self._known(name, self.leads, (*path, "lead"), "no entry of [leads] is named")
            yield from self.leads.get(name, ())

    def _all_given(self, value: object, path: Path) -> Iterator[Given]:
        entries: Sequence[Any] = value if is_list(value) else ()
        for index, entry in enumerate(entries):
            made = self._part(GivenShape, entry, (*path, index))
            if made is not None:
                yield from self._given(made, (*path, index))

    def _given(self, made: GivenShape, path: Path) -> Iterator[Given]:
        at = self._when(made, path)
        kinds = made.activity or ()
        activities = (kinds,) if isinstance(kinds, str) else kinds
        self._facts(made, activities, path)
        if at is None and (activities or made.request):
            self._say("missing-key", "say when: write day = 0, or another day", path)
        yield Given(
            at=at,
            profile=made.profile,
            channel=made.channel,
            activities=activities * made.times,
            properties=made.properties,
            answers=made.answers,
            asked=self._asked(made, path),
        )

    def _facts(self, made: GivenShape, activities: Sequence[str], path: Path) -> None:
        said = (made.profile, made.channel, activities, made.answers, made.request)
        if not any(said):
            keys = "profile, channel, activity, answers, request"
            self._say("missing-key", f"nothing happens here: write one of {keys}", path)
        if made.properties and not activities:
            self._say("invalid-value", "'properties' belong to an 'activity'", (*path, "properties"))
        for kind in activities:
            self._fact("activity", kind, (*path, "activity"))
        if made.channel is not None:
            self._fact("channel", made.channel, (*path, "channel"))
        for key, category, table in (("profile", "profile", made.profile), ("answers", "answer", made.answers)):
            for name in table:
                self._fact(category, name, (*path, key, name))
        self._kept(made, activities, path)

    def _kept(self, made: GivenShape, activities: Sequence[str], path: Path) -> None:
        """See whether a lead can keep these facts: there are blank names, and values that no fact has."""
        for key in ("profile", "answers", "properties"):
            table: Mapping[str, Any] = getattr(made, key)
            for name, value in table.items():
                try:
                    Lead("tried").profile({name: value})
                except ValueError as error:
                    self._say("invalid-value", str(error), (*path, key, name))
        for kind in activities:
            if not kind.strip():
                self._say("invalid-value", "a kind of activity is not blank", (*path, "activity"))

    def _asked(self, made: GivenShape, path: Path) -> Asked | None:
        extra = [key for key in ("by", "reason", "result", "blockers", "waived") if getattr(made, key) is not None]
        if made.request is None:
            for key in (*extra, *(["override"] if made.override else [])):
                self._say("invalid-value", f"{key!r} belongs to a 'request'", (*path, key))
            return None
        self._known(made.request, self.names.triggers, (*path, "request"), "the definition has no trigger")
        for key in ("blockers", "waived"):
            for name in getattr(made, key) or ():
                self._atom(name, (*path, key))
        request = self._request(made, path)
        if request is None:
            return None
        refused = Result.GRANTED if made.blockers is None else Result.REFUSED
        return Asked(
            request=request,
            result=refused if made.result is None else Result(made.result),
            blockers=None if made.blockers is None else frozenset(map(_spaced, made.blockers)),
            waived=None if made.waived is None else frozenset(map(_spaced, made.waived)),
            place=self.document.place((*path, "request")),
        )

    def _request(self, made: GivenShape, path: Path) -> Request | None:
        if made.by is None:
            self._say("missing-key", f"say who asks: write by = {_first(self.names.roles)!r}", path)
            return None
        role, colon, _ = made.by.partition(":")
        hint = did_you_mean(role, self.names.roles)
        if role not in self.names.roles and hint:
            self._say("unknown-name", f"the definition names no role {role!r}{hint}", (*path, "by"))
        try:
            return Request(
                trigger=made.request or "",
                actor=made.by if colon else f"{made.by}:1",
                reason=made.reason,
                override=made.override,
            )
        except ValueError as error:
            self._say("invalid-value", str(error), (*path, "by"))
            return None

    def _when(self, made: GivenShape | ExpectShape, path: Path) -> datetime | None:
        times = [key for key in _TIMES if getattr(made, key) is not None]
        if len(times) > 1:
            self._say("invalid-value", f"says twice when: by {' and by '.join(times)}", (*path, times[1]))
        if made.at is not None:
            return made.at
        if made.after is None:
            return self._on(made.day, (*path, "day"))
        return self._later(made.after, (*path, "after"))

    def _on(self, day: int | Decimal | None, path: Path) -> datetime | None:
        if day is None:
            return None
        if not -timedelta.max.days < day < timedelta.max.days:
            self._say("invalid-value", "the calendar ends before that day", path)
            return None
        return self._later(timedelta(microseconds=int(day * 86_400_000_000)), path)

    def _later(self, after: timedelta, path: Path) -> datetime | None:
        try:
            return self.start + after
        except OverflowError:
            self._say("invalid-value", "the calendar ends before that day", path)
            return None

    # --- What should be so ---

    def _all_looks(self, value: object, path: Path) -> Iterator[Look]:
        entries: list[tuple[Any, Path]] = [] if value is None else [(value, path)]
        if is_list(value):
            entries = [(entry, (*path, index)) for index, entry in enumerate(value)]
        for entry, place in entries:
            made = self._part(ExpectShape, entry, place)
            if made is not None:
                yield self._look(made, [key for key in entry if key not in _TIMES], place)
        if value is not None and not entries:
            self._say("missing-key", "nothing is expected here: write stage, or another key", path)

    def _look(self, made: ExpectShape, expected: Sequence[str], path: Path) -> Look:
        self._expected_names(made, path)
        if not expected:
            self._say("missing-key", "nothing is expected here: write stage, or another key", path)
        return Look(
            at=self._when(made, path),
            stage=made.stage,
            outside=made.outside,
            path=made.path,
            trigger=made.trigger,
            reason=made.reason,
            since=self._on(made.since, (*path, "since")),
            cycle=made.cycle,
            truths=tuple(self._truths(made, path)),
            scores=dict(self._scores(made, path)),
            undesirables=None if made.undesirables is None else frozenset(made.undesirables),
            missing=dict(self._missing(made, path)),
            places={"": self.document.place(path), **{key: self.document.place((*path, key)) for key in expected}},
        )

    def _expected_names(self, made: ExpectShape, path: Path) -> None:
        self._known(made.stage, self.names.stages, (*path, "stage"), "the definition has no stage")
        self._known(made.trigger, self.names.triggers, (*path, "trigger"), "the definition has no trigger")
        for stage in made.path or ():
            self._known(stage, self.names.stages, (*path, "path"), "the definition has no stage")
        for name in made.undesirables or ():
            self._known(name, self.names.undesirables, (*path, "undesirables"), "the definition has no undesirable")
        if made.stage is not None and made.outside:
            self._say("invalid-value", "a lead is in a stage or outside, not both", (*path, "outside"))

    def _truths(self, made: ExpectShape, path: Path) -> Iterator[tuple[str, str, Expression, bool | None]]:
        for key, truth in _TRUTHS.items():
            texts: tuple[str, ...] = getattr(made, key)
            for text in texts:
                expression = self._expression(text, (*path, key))
                if expression is not None:
                    yield key, text, expression, truth

    def _expression(self, text: str, path: Path) -> Expression | None:
        try:
            expression = parse(text)
        except ConditionError as error:
            self._say("condition-syntax", f"column {error.column} of {text!r}: {error.message}", path)
            return None
        known = True
        for atom in walk(expression):
            compared = isinstance(atom, Comparison)
            names = self.names.scores if compared else self.names.atoms | self.names.conditions
            name = atom.score if isinstance(atom, Comparison) else atom.name
            self._known(name, names, path, f"the definition has no {'score' if compared else 'criterion or condition'}")
            known = known and name in names
        return expression if known else None

    def _atom(self, text: str, path: Path) -> Literal | None:
        """Read a criterion or a comparison, or the negation of one."""
        expression = self._expression(text, path)
        if expression is None:
            return None
        atom, wanted = (expression.part, False) if isinstance(expression, Not) else (expression, True)
        if isinstance(atom, Comparison) or (isinstance(atom, Name) and atom.name in self.names.atoms):
            return str(atom), wanted
        self._say("unknown-name", f"{text!r} is made of several: name its criteria one by one", path)
        return None

    def _scores(self, made: ExpectShape, path: Path) -> Iterator[tuple[str, int | Comparison]]:
        for name, wanted in made.scores.items():
            here = (*path, "scores", name)
            self._known(name, self.names.scores, here, "the definition has no score")
            if isinstance(wanted, int):
                yield name, wanted
            elif name in self.names.scores:
                comparison = self._expression(f"{name} {wanted}", here)
                if isinstance(comparison, Comparison):
                    yield name, comparison
                elif comparison is not None:
                    self._say("invalid-value", f"must be points, or a comparison such as '>= 50', not {wanted!r}", here)

    def _missing(self, made: ExpectShape, path: Path) -> Iterator[tuple[str, frozenset[Literal]]]:
        for way, texts in made.missing.items():
            here = (*path, "missing", way)
            self._known(way, self.names.stages | self.names.triggers, here, "the definition has no stage or trigger")
            literals = [self._atom(text, here) for text in texts]
            yield way, frozenset(literal for literal in literals if literal is not None)


def _by_place(problem: Problem) -> tuple[int, int]:
    place = problem.place
    return (0, 0) if place is None else (place.line or 0, place.column or 0)


def _spaced(text: str) -> str:
    """Write an atom in its one spelling."""
    try:
        return str(parse(text))
    except ConditionError:
        return text  # it has been complained of


def _first(names: Collection[str]) -> str:
    return min(names, default="sales")
