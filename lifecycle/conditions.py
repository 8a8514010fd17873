"""The condition language: parsing and three-valued evaluation.

Grammar, loosest binding first; keywords are lower case:

    condition  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | "(" condition ")" | NAME [ ( ">=" | ">" | "<=" | "<" ) WHOLE ]

Truth is Kleene's: True, False, or None for unknown; only True opens a transition. An *atom* is a criterion, or a
comparison of a score with a number, as it stands in a condition; its name is its text (`engaged`, `interest >= 50`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import attrs

from lifecycle.errors import ConditionError

__all__ = [
    "ALWAYS",
    "And",
    "Comparison",
    "Expression",
    "Finding",
    "Name",
    "Not",
    "Or",
    "atoms_of",
    "earliest",
    "evaluate",
    "parse",
    "truth_table",
    "walk",
]

COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}

DEEPEST: Final = 50
"""How deep parentheses and negations may nest; no agreed document comes near it, and Python's own stack ends later."""


@attrs.frozen
class Name:
    """A criterion or a named condition; `column` is where it stands, and no part of what it is."""

    name: str
    column: int = attrs.field(default=0, eq=False)

    def __str__(self) -> str:
        """Give the text that stands in the condition."""
        return self.name


@attrs.frozen
class Comparison:
    """A score compared with a whole number."""

    score: str
    operator: str
    number: int
    column: int = attrs.field(default=0, eq=False)

    def __str__(self) -> str:
        """Give the text in one spelling, which is also the atom's name."""
        return f"{self.score} {self.operator} {self.number}"


@attrs.frozen
class Not:
    """The negation of one part."""

    part: Expression

    def __str__(self) -> str:
        """Give the text, with parentheses where they are needed."""
        return f"not {_inner(self.part)}"


@attrs.frozen
class And:
    """All parts; without parts it always holds."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        """Give the text, with parentheses where they are needed."""
        return " and ".join(_inner(part) for part in self.parts)


@attrs.frozen
class Or:
    """Any of the parts; without parts it never holds."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        """Give the text, with parentheses where they are needed."""
        return " or ".join(_inner(part) for part in self.parts)


Expression = Name | Comparison | Not | And | Or
ALWAYS: Final = And(())
"""The condition of a transition without `when`."""


def _inner(part: Expression) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)


def walk(expression: Expression) -> Iterator[Name | Comparison]:
    """Give the leaves from left to right, repetitions included."""
    if isinstance(expression, Name | Comparison):
        yield expression
    elif isinstance(expression, Not):
        yield from walk(expression.part)
    else:
        for part in expression.parts:
            yield from walk(part)


def atoms_of(expression: Expression) -> dict[str, Name | Comparison]:
    """Give the leaves by name, each once, in the order of the text."""
    return {str(atom): atom for atom in walk(expression)}


# --- Parsing -------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    text: str
    column: int


_TOKEN: Final = re.compile(
    r"""\s*(?: (  >= | <= | [<>()]
             |  -?[0-9]+ (?![\w.,])
             |  [A-Za-z_][A-Za-z0-9_]* (?![\w.\-])
             )
         |  (.) )""",
    re.VERBOSE | re.DOTALL,
)
_ODD: Final = re.compile(r"[=!&|+≥≤]+|[^\s()]+")
_MOST_DIGITS: Final = 15
"""Scores are sums of points that people write; numbers of more digits are not exact in every JSON reader."""
_INSTEAD: Final = {
    "==": "a score is compared with >=, >, <= or <",
    "=": "a score is compared with >=, >, <= or <",
    "≥": "write '>='",
    "≤": "write '<='",
    "!=": "a score is compared with >=, >, <= or <; the opposite of a criterion is written 'not NAME'",
    "&&": "write 'and'",
    "&": "write 'and'",
    "||": "write 'or'",
    "|": "write 'or'",
    "!": "write 'not'",
    "+": "points are added in [scores], not in a condition",
}
KEYWORDS: Final = frozenset({"and", "or", "not"})
"""The words of the language; nothing else can have such a name."""


def parse(text: str) -> Expression:
    """Read a condition.

    Raises:
        ConditionError: the text is not a condition; the error points at the column and says what was probably meant.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._split())
        self.index = 0
        self.depth = 0

    def whole(self) -> Expression:
        if not self.tokens:
            raise self._error("the condition is empty; leave 'when' out for a transition that is always open", 1)
        expression = self._any_of()
        if self.index < len(self.tokens):
            token = self.tokens[self.index]
            raise self._error(_misplaced(token.text), token.column)
        return expression

    def _split(self) -> Iterator[_Token]:
        position, end = 0, len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            assert match is not None, "any character matches"
            position, token = match.end(), match[1]
            if token is None:
                raise self._odd(match.start(2))
            if token.lower() in KEYWORDS and token not in KEYWORDS:
                raise self._error(f"{token!r} is written in lower case: '{token.lower()}'", match.start(1) + 1)
            yield _Token(token, match.start(1) + 1)

    def _odd(self, start: int) -> ConditionError:
        """Name the whole run of odd characters: `==`, and not its first `=`."""
        run = _ODD.match(self.text, start)
        assert run is not None, "spaces and parentheses are not odd"
        return self._error(f"{run[0]!r}: {_hint(run[0])}", start + 1)

    def _error(self, message: str, column: int) -> ConditionError:
        return ConditionError(message, text=self.text, column=column)

    def _next(self, wanted: str) -> _Token:
        if self.index == len(self.tokens):
            raise self._error(f"the condition ends where {wanted} is wanted", len(self.text.rstrip()) + 1)
        self.index += 1
        return self.tokens[self.index - 1]

    def _at(self, *texts: str) -> bool:
        return self.index < len(self.tokens) and self.tokens[self.index].text in texts

    def _any_of(self) -> Expression:
        parts = [self._all_of()]
        while self._at("or"):
            self.index += 1
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all_of(self) -> Expression:
        parts = [self._negation()]
        while self._at("and"):
            self.index += 1
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self) -> Expression:
        token = self._next("a name")
        if token.text in {"not", "("}:
            return self._nested(token)
        if token.text in KEYWORDS or not (token.text[0].isalpha() or token.text[0] == "_"):
            hint = "; a comparison starts with the score" if token.text[-1].isdigit() else ""
            raise self._error(f"a name is wanted here, not {token.text!r}{hint}", token.column)
        return self._comparison(token) if self._at(*COMPARE) else Name(token.text, token.column)

    def _nested(self, opening: _Token) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(f"nested more than {DEEPEST} deep; name a part in [conditions]", opening.column)
        inside = self._any_of() if opening.text == "(" else Not(self._negation())
        if opening.text == "(":
            closing = self._next("')'")
            if closing.text != ")":
                raise self._error(f"')' is wanted before {closing.text!r}", closing.column)
        self.depth -= 1
        return inside

    def _comparison(self, score: _Token) -> Comparison:
        sign = self._next("a comparison")
        number = self._next("a whole number")
        if not number.text.lstrip("-").isdigit():
            raise self._error(f"a score is compared with a whole number, not with {number.text!r}", number.column)
        if len(number.text.lstrip("-")) > _MOST_DIGITS:
            raise self._error(f"a number has at most {_MOST_DIGITS} digits", number.column)
        return Comparison(score.text, sign.text, int(number.text), score.column)


def _misplaced(text: str) -> str:
    """Say what is wrong with a token behind what would be a whole condition."""
    if text == ")":
        return "a ')' too many"
    if text in COMPARE:
        return "only a score is compared, and once; join two comparisons with 'and'"
    return f"'and' or 'or' is missing before {text!r}"


def _hint(odd: str) -> str:
    """Say what was probably meant by characters that no condition has."""
    if odd in _INSTEAD:
        return _INSTEAD[odd]
    if re.fullmatch(r"-?[0-9]+[.,][0-9]*", odd):
        return "all numbers are whole"
    if odd[0] in "\"'":
        return "names are written without quotes"
    if odd[0].isalnum():
        return "a name is letters from a to z, digits and _, and starts with a letter"
    return "only names, 'and', 'or', 'not', parentheses and comparisons with whole numbers may stand here"


# --- Evaluation ----------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """The truth of an expression, and the first instant at which time alone may change it; None is never."""

    truth: bool | None
    holds_until: datetime | None = None


def evaluate(expression: Expression, leaf: Callable[[Name | Comparison], Finding]) -> Finding:
    """Evaluate with Kleene's logic, asking `leaf` for each atom, and stop as soon as the value is decided.

    A decided `and` or `or` holds as long as the part that decided it; otherwise as long as every part.
    """
    if isinstance(expression, And):
        return _decide(expression.parts, leaf, deciding=False)
    if isinstance(expression, Or):
        return _decide(expression.parts, leaf, deciding=True)
    if isinstance(expression, Not):
        truth, until = evaluate(expression.part, leaf)
        return Finding(None if truth is None else not truth, until)
    return leaf(expression)


def _decide(parts: Sequence[Expression], leaf: Callable[[Name | Comparison], Finding], *, deciding: bool) -> Finding:
    truth: bool | None = not deciding
    until: datetime | None = None
    for part in parts:
        found = evaluate(part, leaf)
        if found.truth is deciding:
            return found
        if found.truth is None:
            truth = None
        until = earliest(until, found.holds_until)
    return Finding(truth, until)


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Give the earlier of two instants, where None is never."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


# --- All assignments at once ----------------------------------------------------------------------------------------


def truth_table(expression: Expression, columns: Mapping[str, int], everything: int) -> int:
    """Evaluate over many assignments at once: bit i of an atom's column is its truth in assignment i.

    Args:
        expression: What to evaluate; its names are atoms.
        columns: Each atom's column of bits.
        everything: The column whose bits are all set.
    """
    if isinstance(expression, Not):
        return everything & ~truth_table(expression.part, columns, everything)
    if isinstance(expression, And):
        table = everything
        for part in expression.parts:
            table &= truth_table(part, columns, everything)
        return table
    if isinstance(expression, Or):
        table = 0
        for part in expression.parts:
            table |= truth_table(part, columns, everything)
        return table
    return columns[str(expression)]
