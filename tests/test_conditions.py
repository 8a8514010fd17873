"""Tests the condition language: what it means, how it is read and written, and how long a value holds."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.conditions import (
    ALWAYS,
    COMPARE,
    DEEPEST,
    And,
    Comparison,
    Expression,
    Finding,
    Name,
    Not,
    Or,
    atoms_of,
    earliest,
    evaluate,
    parse,
    truth_table,
    walk,
)
from lifecycle.errors import ConditionError
from tests.strategies import (
    HOUR,
    NAMES,
    START,
    Truth,
    assignments,
    comparisons,
    expressions,
    known_expressions,
    names,
    value,
)

NEVER = Or(())
conditions = expressions()


class TestKleene:
    """Truth is Kleene's: what is not known stays open until it does not matter."""

    @pytest.mark.parametrize(
        ("one", "other", "both", "any_"),
        [
            (True, True, True, True),
            (True, False, False, True),
            (True, None, None, True),
            (False, False, False, False),
            (False, None, False, None),
            (None, None, None, None),
        ],
    )
    def test_tables(self, one: Truth, other: Truth, both: Truth, any_: Truth) -> None:
        """The strong tables of Kleene, in both orders."""
        for first, second in ((one, other), (other, one)):
            known = {"a": first, "b": second}

            assert both is value(parse("a and b"), known)
            assert any_ is value(parse("a or b"), known)

    @given(conditions, assignments())
    def test_double_negation(self, one: Expression, known: dict[str, Truth]) -> None:
        """Not not A is A."""
        assert value(one, known) is value(Not(Not(one)), known)

    @given(conditions, conditions, assignments())
    def test_de_morgan(self, one: Expression, other: Expression, known: dict[str, Truth]) -> None:
        """Not (A and B) is not A or not B; not (A or B) is not A and not B."""
        assert value(Not(And((one, other))), known) is value(Or((Not(one), Not(other))), known)
        assert value(Not(Or((one, other))), known) is value(And((Not(one), Not(other))), known)

    @given(conditions, conditions, assignments(), st.sampled_from([And, Or]))
    def test_commutativity(self, one: Expression, other: Expression, known: dict[str, Truth], kind: Any) -> None:
        """A and B is B and A; A or B is B or A."""
        assert value(kind((one, other)), known) is value(kind((other, one)), known)

    @given(conditions, conditions, conditions, assignments(), st.sampled_from([And, Or]))
    def test_associativity(
        self, one: Expression, two: Expression, three: Expression, known: dict[str, Truth], kind: Any
    ) -> None:
        """(A and B) and C is A and (B and C), and A and B and C; likewise or."""
        flat = value(kind((one, two, three)), known)

        assert flat is value(kind((kind((one, two)), three)), known)
        assert flat is value(kind((one, kind((two, three)))), known)

    @given(conditions, conditions, assignments())
    def test_absorption(self, one: Expression, other: Expression, known: dict[str, Truth]) -> None:
        """A and (A or B) is A; A or (A and B) is A."""
        assert value(one, known) is value(And((one, Or((one, other)))), known)
        assert value(one, known) is value(Or((one, And((one, other)))), known)

    @given(conditions, conditions, conditions, assignments())
    def test_distributivity(self, one: Expression, two: Expression, three: Expression, known: dict[str, Truth]) -> None:
        """A and (B or C) is (A and B) or (A and C)."""
        left = value(And((one, Or((two, three)))), known)

        assert left is value(Or((And((one, two)), And((one, three)))), known)

    @given(conditions, assignments())
    def test_idempotence_and_neutral_elements(self, one: Expression, known: dict[str, Truth]) -> None:
        """A and A is A, and so is A and always, and A or never."""
        for same in (And((one, one)), Or((one, one)), And((one, ALWAYS)), Or((one, NEVER))):
            assert value(one, known) is value(same, known)

    @given(known_expressions(), st.data())
    def test_monotony_in_information(self, condition: tuple[Expression, dict[str, Truth]], data: st.DataObject) -> None:
        """Deciding an unknown never flips a decided value."""
        one, known = condition
        before = value(one, known)
        decided = {name: data.draw(st.booleans()) if truth is None else truth for name, truth in known.items()}

        assert before is None or before is value(one, decided)

    @given(conditions, assignments())
    def test_decided_atoms_give_the_value_of_python(self, one: Expression, known: dict[str, Truth]) -> None:
        """Where all is known the language means what Python means by the same words."""
        decided = {name: bool(truth) for name, truth in known.items()}

        assert eval(str(one), dict(decided)) is value(one, decided)

    def test_without_parts(self) -> None:
        """And of nothing always holds; or of nothing never does."""
        assert (True, False) == (value(ALWAYS, {}), value(NEVER, {}))

    def test_stops_as_soon_as_it_is_decided(self) -> None:
        """A criterion whose verdict does not matter is not judged."""
        asked: list[str] = []

        def leaf(atom: Name | Comparison) -> Finding:
            asked.append(str(atom))
            return Finding(str(atom) == "b")

        assert True is evaluate(parse("(a and c) or b or d"), leaf).truth
        assert ["a", "b"] == asked


class TestReading:
    """What is read is what stands there."""

    @given(expressions(names | comparisons))
    def test_written_is_read_back(self, one: Expression) -> None:
        """A condition written out reads as the same condition."""
        assert one == parse(str(one))

    @given(expressions(names | comparisons))
    def test_spaces_mean_nothing(self, one: Expression) -> None:
        """Neither do line ends and tabs."""
        assert one == parse("\n" + str(one).replace(" ", " \t\n ") + " ")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a", Name("a")),
            ("a or b and c", Or((Name("a"), And((Name("b"), Name("c")))))),
            ("(a or b) and c", And((Or((Name("a"), Name("b"))), Name("c")))),
            ("not a and b", And((Not(Name("a")), Name("b")))),
            ("not not a", Not(Not(Name("a")))),
            ("not s>=5", Not(Comparison("s", ">=", 5))),
            ("((a))", Name("a")),
            ("s<-1 or(b)", Or((Comparison("s", "<", -1), Name("b")))),
            ("android or nothing", Or((Name("android"), Name("nothing")))),
            ("_a1", Name("_a1")),
            ("s > 999999999999999", Comparison("s", ">", 999_999_999_999_999)),
        ],
    )
    def test_grammar(self, text: str, expected: Expression) -> None:
        """`not` binds tighter than `and`, and `and` tighter than `or`."""
        assert expected == parse(text)

    def test_columns_are_where_names_stand(self) -> None:
        """They count from 1 and are no part of what an atom is."""
        found = [(str(leaf), leaf.column) for leaf in walk(parse("a and (s >= 5 or  a)"))]

        assert [("a", 1), ("s >= 5", 8), ("a", 19)] == found
        assert Name("a", 1) == Name("a", 19)
        assert (0, 0) == (Name("a").column, Comparison("s", ">=", 5).column), "in no text"

    def test_atoms_come_once_in_the_order_of_the_text(self) -> None:
        """One atom may stand in several places."""
        assert ["b", "s >= 5", "a"] == list(atoms_of(parse("b and s>=5 or not (b and a)")))

    @pytest.mark.parametrize(
        ("text", "column", "message"),
        [
            ("", 1, "the condition is empty; leave 'when' out for a transition that is always open"),
            (" \n", 1, "the condition is empty"),
            ("a AND b", 3, "'AND' is written in lower case: 'and'"),
            ("Not a", 1, "'Not' is written in lower case: 'not'"),
            ("s == 5", 3, "'==': a score is compared with >=, >, <= or <"),
            ("s = 5", 3, "'=': a score is compared with"),
            ("s => 5", 3, "'=': a score is compared with"),
            ("s != 5", 3, "'!=': a score is compared with >=, >, <= or <; the opposite of a criterion is written"),
            ("a && b", 3, "'&&': write 'and'"),
            ("a&b", 2, "'&': write 'and'"),
            ("a || b", 3, "'||': write 'or'"),
            ("a|b", 2, "'|': write 'or'"),
            ("!a", 1, "'!': write 'not'"),
            ("s ≥ 5", 3, "'≥': write '>='"),
            ("s≤5", 2, "'≤': write '<='"),
            ("s + t >= 5", 3, "'+': points are added in [scores], not in a condition"),
            ("s > 5.5", 5, "'5.5': all numbers are whole"),
            ("s > 5,5", 5, "'5,5': all numbers are whole"),
            ("s > 5.", 5, "'5.': all numbers are whole"),
            ("'a' or b", 1, "\"'a'\": names are written without quotes"),
            ('b or "a"', 6, "'\"a\"': names are written without quotes"),
            ("X.b", 1, "'X.b': a name is letters from a to z, digits and _"),
            ("b and good-fit", 7, "'good-fit': a name is letters from a to z, digits and _"),
            ("größe", 1, "'größe': a name is letters from a to z, digits and _"),
            ("1st", 1, "'1st': a name is letters from a to z, digits and _"),
            ("s > ٣", 5, "'٣': a name is letters from a to z, digits and _"),
            ("a; b", 2, "';': only names, 'and', 'or', 'not', parentheses and comparisons"),
            ("s >= 5%", 7, "'%': only names"),
            ("a and", 6, "the condition ends where a name is wanted"),
            ("not ", 4, "the condition ends where a name is wanted"),
            ("s >=", 5, "the condition ends where a whole number is wanted"),
            ("(a", 3, "the condition ends where ')' is wanted"),
            ("(a b)", 4, "')' is wanted before 'b'"),
            ("a)", 2, "a ')' too many"),
            ("()", 2, "a name is wanted here, not ')'"),
            ("a and or b", 7, "a name is wanted here, not 'or'"),
            (">= 5", 1, "a name is wanted here, not '>='"),
            ("5 <= s", 1, "a name is wanted here, not '5'; a comparison starts with the score"),
            ("a b", 3, "'and' or 'or' is missing before 'b'"),
            ("a not b", 3, "'and' or 'or' is missing before 'not'"),
            ("s >= t", 6, "a score is compared with a whole number, not with 't'"),
            ("s >= X5", 6, "a score is compared with a whole number, not with 'X5'"),
            ("s >= and", 6, "a score is compared with a whole number, not with 'and'"),
            ("1 and s", 1, "a name is wanted here, not '1'"),
            ("s > 1 < 5", 7, "only a score is compared, and once; join two comparisons with 'and'"),
            ("(a or b) >= 5", 10, "only a score is compared, and once"),
            ("s > 1000000000000000", 5, "a number has at most 15 digits"),
            ("s > -1" + "0" * 5000, 5, "a number has at most 15 digits"),
        ],
    )
    def test_errors_point_at_the_column_and_say_what_was_meant(self, text: str, column: int, message: str) -> None:
        """Whoever writes a definition is no programmer, and is told what to write instead."""
        with pytest.raises(ConditionError) as caught:
            parse(text)

        assert (text, column) == (caught.value.text, caught.value.column)
        assert caught.value.message.startswith(message)
        assert f"(column {column} of " in str(caught.value)

    def test_only_a_number_in_place_of_a_name_brings_up_comparisons(self) -> None:
        """Any other token is named, and nothing is added."""
        with pytest.raises(ConditionError) as caught:
            parse("()")

        assert "a name is wanted here, not ')'" == caught.value.message

    @given(st.text("ab s><=!&|()'\".5-é\n", max_size=12) | st.text(max_size=12))
    def test_any_text_is_read_or_refused_at_a_column_of_it(self, text: str) -> None:
        """Nothing else ever happens."""
        column = column_of_error(text)

        assert column is None or 1 <= column <= len(text) + 1

    @pytest.mark.parametrize("opening", ["(", "not "])
    def test_nesting_ends_before_pythons_stack(self, opening: str) -> None:
        """At the limit a condition is read; past it the error says what to do."""
        closing = ")" if opening == "(" else ""

        assert ["a"] == [str(leaf) for leaf in walk(parse(opening * DEEPEST + "a" + closing * DEEPEST))]
        with pytest.raises(ConditionError, match="nested more than 50 deep; name a part in") as caught:
            parse(opening * (DEEPEST + 1) + "a" + closing * (DEEPEST + 1))
        assert DEEPEST * len(opening) + 1 == caught.value.column

    def test_what_is_closed_is_not_nested(self) -> None:
        """Groups beside each other do not add up, and leave the limit where it is."""
        beside = "(a) and not b and " * 60

        assert 121 == len(list(walk(parse(beside + "c"))))
        with pytest.raises(ConditionError, match="nested more than 50 deep"):
            parse(beside + "(" * (DEEPEST + 1) + "c" + ")" * (DEEPEST + 1))

    def test_long_conditions_are_read(self) -> None:
        """Only depth is limited, not length."""
        assert And((Name("a"),) * 5000) == parse(" and ".join(["a"] * 5000))


class TestHoldsUntil:
    """A value holds at least until the instant that is named."""

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [(None, None, None), (1, None, 1), (None, 2, 2), (1, 2, 1), (2, 1, 1)],
    )
    def test_earliest_takes_none_for_never(self, one: int | None, other: int | None, expected: int | None) -> None:
        """The end of time comes after every instant."""
        first, second, wanted = (None if hour is None else START + hour * HOUR for hour in (one, other, expected))

        assert wanted == earliest(first, second)

    @given(
        expressions(),
        st.fixed_dictionaries(
            {name: st.lists(st.sampled_from([True, False, None]), min_size=6, max_size=6) for name in NAMES}
        ),
        st.integers(0, 5),
    )
    def test_between_now_and_the_horizon_nothing_changes(
        self, one: Expression, courses: dict[str, list[Truth]], now: int
    ) -> None:
        """Whatever the atoms do, each known until its next change, the value is the same at every instant before."""

        def at(hour: int) -> Finding:
            return evaluate(one, lambda atom: Finding(courses[str(atom)][hour], change_of(courses[str(atom)], hour)))

        found = at(now)
        horizon = 6 if found.holds_until is None else hour_of(found.holds_until)

        assert horizon > now
        assert {found.truth} == {at(hour).truth for hour in range(now, horizon)}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("yes or no", 5),
            ("no or yes", 5),
            ("yes and no", 3),
            ("no and yes", 3),
            ("yes and open", 1),
            ("open or no", 1),
            ("yes or open", 5),
            ("yes and ever", 5),
            ("not no", 3),
            ("ever", None),
        ],
    )
    def test_part_that_decided_tells(self, text: str, expected: int | None) -> None:
        """A decided `and` or `or` holds as long as what decided it; otherwise as long as every part."""
        hours: dict[str, tuple[Truth, int | None]] = {
            "yes": (True, 5),
            "no": (False, 3),
            "open": (None, 1),
            "ever": (True, None),
        }

        def leaf(atom: Name | Comparison) -> Finding:
            truth, hour = hours[str(atom)]
            return Finding(truth, None if hour is None else START + hour * HOUR)

        assert (None if expected is None else START + expected * HOUR) == evaluate(parse(text), leaf).holds_until


def column_of_error(text: str) -> int | None:
    """Return where a text stops being a condition; None where it is one."""
    try:
        parse(text)
    except ConditionError as error:
        return error.column
    return None


def change_of(course: list[Truth], hour: int) -> datetime | None:
    """Return when an atom next has another value; None where it never does."""
    later = (step for step in range(hour, len(course)) if course[step] is not course[hour])
    step = next(later, None)
    return None if step is None else START + step * HOUR


def hour_of(at: datetime) -> int:
    """Return how many hours after the start an instant is."""
    return (at - START) // HOUR


class TestTruthTable:
    """All assignments are evaluated in one go."""

    @given(expressions(names | comparisons))
    def test_agrees_with_evaluating_one_by_one(self, one: Expression) -> None:
        """Bit i is the value under assignment i."""
        atoms = list(atoms_of(one))
        rows = [dict(zip(atoms, row, strict=True)) for row in product([False, True], repeat=len(atoms))]
        columns = {atom: sum(row[atom] << index for index, row in enumerate(rows)) for atom in atoms}
        expected = sum(bool(value(one, dict(row))) << index for index, row in enumerate(rows))

        assert expected == truth_table(one, columns, (1 << len(rows)) - 1)


@given(comparisons, st.integers(-3, 6))
def test_comparisons_are_pythons(comparison: Comparison, score: int) -> None:
    """The signs mean what they mean everywhere."""
    expected = eval(f"{score} {comparison.operator} {comparison.number}")

    assert expected is COMPARE[comparison.operator](score, comparison.number)
