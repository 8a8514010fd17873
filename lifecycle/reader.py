"""Reads one text of a definition, part by part: whatever can be understood is, whatever is wrong with the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

from lifecycle.choice import Choice
from lifecycle.conditions import ALWAYS, KEYWORDS, Expression, parse
from lifecycle.definition import (
    Agreement,
    Definition,
    NamedCriterion,
    Points,
    Provenance,
    Score,
    Stage,
    Transition,
    canonical_definition,
)
from lifecycle.document import Document
from lifecycle.errors import ConditionError, DocumentError, Problem, Severity
from lifecycle.lint import lint
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.registry import RESERVED, Offer
from lifecycle.shapes import EachShape, ScoreShape, SignatureShape, StageShape, TopShape, TransitionShape, UseShape
from lifecycle.spelling import did_you_mean

__all__ = ["Reader"]

_Path = tuple[str | int, ...]
_T = TypeVar("_T")
_STAGE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PERCENT: Final = re.compile(r"\d{1,3} ?%")
_OF_ARROWS: Final = frozenset({"unreachable-stage", "dead-end", "no-entry"})
_OF_MEANING: Final = frozenset(
    {
        *("unused-name", "never-holds", "always-holds", "out-of-bounds"),
        *("overlap", "shadowed", "possible-loop", "automatic-loop"),
    }
)


@attrs.frozen
class _Unbound:
    """Stands for a criterion that could not be bound; a definition with one is never given to anybody."""


_NO_PROVENANCE: Final = Provenance(
    plugin="", criterion="", version="", distribution=None, distribution_version=None, fingerprint=""
)


class Reader:
    """Reads one text; every part that can be understood is, whatever is wrong with the others."""

    def __init__(self, text: str, file: str, choice: Choice) -> None:
        self.text = text
        self.file = file
        self.choice = choice
        self.problems: list[Problem] = []
        self.indices: list[int] = []  # of the transitions that could be understood, in the file

    def read(self) -> tuple[Definition | None, list[Problem]]:
        """Give the definition, if it can be used, and everything worth saying about it.

        Raises:
            PluginError: a plugin that it names is broken, or not as it was locked.
        """
        if not self._parsed():
            return None, self.problems
        definition = self._build()
        self.problems = sorted([*self.problems, *self._linted(definition)], key=_by_place)
        usable = not any(problem.severity is Severity.ERROR for problem in self.problems)
        return (definition if usable else None), self.problems

    def read_anyhow(self) -> tuple[Definition | None, list[Problem]]:
        """Give the definition as far as its criteria are offered, unless nothing in it can be understood.

        Raises:
            PluginError: a plugin that it names is broken, or not as it was locked.
        """
        return (self._build() if self._parsed() else None), self.problems

    def _parsed(self) -> bool:
        try:
            self.document = Document.parse(self.text, file=self.file)
        except DocumentError as error:
            self.problems += error.problems
            return False
        self.data = self.document.data
        self._part(TopShape, self.data, ())
        self.registry = self.choice.registry(self._plugin_names())
        return True

    def _linted(self, definition: Definition) -> Iterator[Problem]:
        """Give what lint says, but for what only follows from something that could not be read."""
        unreadable = {_entry(problem.path) for problem in self.problems}
        doubtful = _OF_MEANING if unreadable else frozenset[str]()
        if len(self.indices) < len(self._entries()):
            doubtful |= _OF_ARROWS
        for problem in map(self._placed, lint(definition)):
            if _entry(problem.path) not in unreadable and problem.code not in doubtful:
                yield problem

    def _build(self) -> Definition:
        top = self.data
        return Definition(
            name=_text(top.get("name")),
            version=_text(top.get("version")),
            stages={id_: self._stage(id_, value) for id_, value in self._table("stages")},
            criteria=self._criteria("criteria"),
            undesirables=self._criteria("undesirables"),
            scores={name: self._score(name, value) for name, value in self._named("scores")},
            conditions=self._conditions(),
            transitions=tuple(self._transitions()),
            path=_texts(top.get("path")),
            dimensions=tuple(sorted(_texts(top.get("dimensions")))),
            targets=dict(self._targets()),
            agreement=self._agreement(),
            text=self.text,
            canonical=canonical_definition(self.data),
        )

    # --- Small helpers ---

    def _say(self, code: str, message: str, path: _Path) -> None:
        self.problems.append(self.document.problem(code, message, path))

    def _placed(self, problem: Problem) -> Problem:
        path = problem.path
        if path[:1] == ("transitions",) and len(path) > 1:
            path = ("transitions", self.indices[int(path[1])], *path[2:])
        return attrs.evolve(problem, path=path, place=self.document.place(path))

    def _part(self, shape: type[_T], value: object, path: _Path) -> _T | None:
        made, problems = self.document.structure(shape, value, path)
        self.problems += problems
        return made

    def _table(self, key: str) -> Iterator[tuple[str, Any]]:
        value = self.data.get(key)
        if is_mapping(value):
            yield from value.items()

    def _named(self, key: str) -> Iterator[tuple[str, Any]]:
        """Give a table's entries whose names conditions can spell."""
        for name, value in self._table(key):
            if name in KEYWORDS:
                self._say("odd-name", f"{name!r} is a word of the language of conditions", (key, name))
            elif _NAME.fullmatch(name):
                yield name, value
            else:
                reason = "letters from a to z, digits and _ only"
                self._say("odd-name", f"{name!r} cannot be written in a condition: {reason}", (key, name))

    # --- The parts ---

    def _stage(self, id_: str, value: object) -> Stage:
        if not _STAGE_ID.fullmatch(id_):
            self._say("odd-name", f"a stage id is letters, digits, '_', '-' and '.', not {id_!r}", ("stages", id_))
        made = self._part(StageShape, value, ("stages", id_))
        return Stage(id=id_, **attrs.asdict(made)) if made is not None else Stage(id=id_)

    def _plugin_names(self) -> set[str]:
        entries = [value for key in ("criteria", "undesirables") for _, value in self._table(key)]
        uses = [entry.get("use") for entry in entries if is_mapping(entry)]
        return {use.partition(".")[0] for use in uses if isinstance(use, str)}

    def _criteria(self, key: str) -> dict[str, NamedCriterion]:
        default = dict(self._table(key)).get("unknown_as")
        if default is not None and default not in ("met", "unmet"):
            self._say("wrong-type", f'unknown_as is "met" or "unmet", not {default!r}', (key, "unknown_as"))
            default = None
        return {
            name: self._criterion(key, name, value, default) for name, value in self._named(key) if name != "unknown_as"
        }

    def _criterion(self, key: str, name: str, value: object, default: Any) -> NamedCriterion:
        entry = value if is_mapping(value) else dict[str, Any]()
        if not is_mapping(value):
            self._say("wrong-type", f'{name!r} must be a table such as {{ use = "plugin.criterion" }}', (key, name))
            made = None
        else:
            made = self._part(UseShape, {k: v for k, v in entry.items() if k in RESERVED}, (key, name))
            self._misplaced(key, name, entry)
        if made is not None and not made.use:  # nobody would complain of it below
            self._say("invalid-value", 'must name a criterion: "plugin.criterion"', (key, name, "use"))
        made = made or UseShape(use=_text(entry.get("use")))
        offer, bound = self._bound(key, name, made.use, {k: v for k, v in entry.items() if k not in RESERVED})
        return NamedCriterion(
            name=name,
            use=made.use,
            criterion=bound,
            provenance=_NO_PROVENANCE if offer is None else offer.provenance,
            unknown_as=made.unknown_as or default,
            undesirable=key == "undesirables",
            why=made.why,
            blocks=made.blocks,
        )

    def _bound(self, key: str, name: str, use: str, parameters: Mapping[str, object]) -> tuple[Offer | None, Any]:
        """Find and bind a criterion; where that fails a placeholder keeps the name known to the other checks."""
        offer = self.registry.offers.get(use)
        if offer is None:
            if use:  # otherwise its absence has been complained of
                hint = did_you_mean(use, self.registry.offers) or self._nobody(use)
                self._say("unknown-criterion", f"no plugin offers {use!r}{hint}", (key, name, "use"))
            return None, _Unbound()
        bound, problems = offer.bind(parameters)
        for parameter, code, message in problems:
            self._say(code, message, (key, name, parameter))
        return offer, _Unbound() if bound is None else bound

    def _misplaced(self, key: str, name: str, entry: Mapping[str, Any]) -> None:
        for word in ("why", "blocks"):
            if key == "criteria" and word in entry:
                self._say("unknown-key", f"{word!r} belongs to an entry of [undesirables]", (key, name, word))

    def _nobody(self, use: str) -> str:
        """Say why nobody offers a criterion whose name is like no other's."""
        plugin, dot, _ = use.partition(".")
        if not dot:
            return '; write "plugin.criterion"'
        known = {offer.plugin.name for offer in self.registry.offers.values()}
        if plugin in known:
            return ""
        hint = did_you_mean(plugin, self.choice.names())
        if not hint and self.choice.at_hand is None:
            hint = f": install it, or name its file, for instance `--plugin {plugin}.py`"
        return f"; no plugin is named {plugin!r}{hint}"

    def _score(self, name: str, value: object) -> Score:
        made = self._part(ScoreShape, value, ("scores", name)) or ScoreShape(points={})
        points = {criterion: _points(given) for criterion, given in made.points.items()}
        return Score(name=name, points=points, cap=made.cap, floor=made.floor)

    def _conditions(self) -> dict[str, Expression]:
        return {name: self._condition(text, ("conditions", name)) for name, text in self._named("conditions")}

    def _condition(self, text: object, path: _Path) -> Expression:
        try:
            return parse(text) if isinstance(text, str) else ALWAYS  # its type has been complained of
        except ConditionError as error:
            self._say("condition-syntax", f"column {error.column} of the condition: {error.message}", path)
            return ALWAYS

    def _entries(self) -> Sequence[object]:
        entries = self.data.get("transitions")
        return entries if is_list(entries) else ()

    def _transitions(self) -> Iterator[Transition]:
        for index, value in enumerate(self._entries()):
            made = self._part(TransitionShape, value, ("transitions", index))
            if made is None or self._nowhere(made, index):
                continue
            self.indices.append(index)
            when = ALWAYS if made.when is None else self._condition(made.when, ("transitions", index, "when"))
            yield Transition(
                trigger=made.trigger,
                sources=made.sources or (),
                target=made.to,
                when=when,
                automatic=made.automatic,
                by=made.by,
                override_by=made.override_by,
                reasons=made.reasons,
                reason=made.reason,
                new_cycle=made.new_cycle,
            )

    def _nowhere(self, made: TransitionShape, index: int) -> bool:
        """Complain of a transition that says it starts somewhere, and not where."""
        if made.sources == ():
            message = "'from' names no stage; leave it out for a transition into the lifecycle"
            self._say("invalid-value", message, ("transitions", index, "from"))
        return made.sources == ()

    def _targets(self) -> Iterator[tuple[str, str]]:
        for name, value in self._table("targets"):
            if isinstance(value, str) and _PERCENT.fullmatch(value):
                yield name, value
            else:
                self._say("wrong-type", f'a target is a share such as "80 %", not {value!r}', ("targets", name))

    def _agreement(self) -> Agreement:
        of, signatures = None, dict[str, str]()
        for party, value in self._table("agreement"):
            if party != "of":
                signature = self._part(SignatureShape, value, ("agreement", party))
                if signature is not None:
                    signatures[party] = f"{signature.by}, {signature.on}"
            elif isinstance(value, str):
                of = value
            else:
                self._say("wrong-type", f"must be the hash that is signed, not {value!r}", ("agreement", "of"))
        return Agreement(of=of, signatures=signatures)


def _entry(path: _Path) -> _Path:
    """Give what can be understood or not as one: an entry of a table, or one key of a transition."""
    return path[:3] if path[:1] == ("transitions",) else path[:2]


def _points(given: int | EachShape) -> Points:
    return Points(fixed=given) if isinstance(given, int) else Points(each=given.each, up_to=given.up_to)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if is_list(value) else ()


def _by_place(problem: Problem) -> tuple[int, int]:
    place = problem.place
    return (0, 0) if place is None else (place.line or 0, place.column or 0)
