"""Tests what conditions can be at once, and the rounds of automatic transitions, by trying every assignment."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.conditions import ALWAYS, COMPARE, And, Comparison, Expression, Name, Not, Or, atoms_of, parse
from lifecycle.criteria import Verdict, criterion, unknown
from lifecycle.definition import Definition, NamedCriterion, Stage, Transition
from lifecycle.lead import Snapshot
from lifecycle.possibilities import MOST_ATOMS, Space, loops
from tests.small import named
from tests.strategies import Truth, comparisons, expressions, names, value

STAGES = ("one", "two", "three", "four")
ATOMS = ("a", "b")

automatic = st.builds(
    Transition,
    trigger=st.integers(0, 999).map(str),
    sources=st.sampled_from(STAGES).map(lambda stage: (stage,)),
    target=st.sampled_from(STAGES),
    when=expressions(st.sampled_from(ATOMS).map(Name), most=3) | st.just(ALWAYS),
    automatic=st.just(True),
)


def definition_of(transitions: list[Transition], *, reads_journey: str = "") -> Definition:
    """Return a definition of these transitions over two criteria, one of which may read the journey."""
    return Definition(
        name="x",
        version="1",
        stages={id_: Stage(id=id_) for id_ in STAGES},
        transitions=tuple(transitions),
        criteria={name: named(name, reads_journey=name == reads_journey) for name in (*ATOMS, "c")},
    )


def reading(reads: set[str]) -> NamedCriterion:
    """Return a criterion that reads these facts."""

    @criterion("reading", version="1", also_reads=reads)
    class Reading:
        def judge(self, known: Snapshot) -> Verdict:
            """Do nothing."""
            return unknown(f"{known.at}")

    return attrs.evolve(named("x"), criterion=Reading())


def tried(expressions_: list[Expression]) -> list[dict[str, bool]]:
    """Return every assignment of the atoms that can occur: some score brings the comparisons about."""
    atoms = {name: atom for expression in expressions_ for name, atom in atoms_of(expression).items()}
    rows = [dict(zip(atoms, row, strict=True)) for row in product([False, True], repeat=len(atoms))]
    return [row for row in rows if all(occurs(row, atoms, score) for score in ("s", "t"))]


def occurs(row: Mapping[str, bool], atoms: Mapping[str, Name | Comparison], score: str) -> bool:
    """Say whether some value of a score gives its comparisons their truth."""
    compared = [
        (atom, row[name]) for name, atom in atoms.items() if isinstance(atom, Comparison) and atom.score == score
    ]
    return any(
        all(COMPARE[atom.operator](points, atom.number) is truth for atom, truth in compared)
        for points in range(-9, 10)
    )


def round_by_walking(transitions: list[Transition]) -> set[frozenset[Transition]]:
    """Return the rounds that leads walk for ever, found by walking from every stage under every assignment."""
    found: set[frozenset[Transition]] = set()
    for row in product([False, True], repeat=len(ATOMS)):
        known: dict[str, Truth] = dict(zip(ATOMS, row, strict=True))
        first: dict[str, Transition] = {}
        for transition in transitions:
            if value(transition.when, known) is True:
                first.setdefault(transition.sources[0], transition)
        for start in STAGES:
            stage, walked = start, list[Transition]()
            while stage in first and first[stage] not in walked:
                walked.append(first[stage])
                stage = first[stage].target
            if stage in first:
                found.add(frozenset(walked[walked.index(first[stage]) :]))
    return found


class TestSpace:
    """All assignments that can occur, in columns of bits."""

    @given(st.lists(expressions(names | comparisons, most=4), min_size=1, max_size=2))
    def test_holds_exactly_the_assignments_that_can_occur(self, conditions: list[Expression]) -> None:
        """Criteria are independent; comparisons of one score are not."""
        space = Space.over(conditions)

        assert space is not None
        rows = tried(conditions)
        assert len(rows) == space.possible.bit_count()
        for condition in conditions:
            assert sum(value(condition, dict(row)) is True for row in rows) == space.where(condition).bit_count()

    @pytest.mark.parametrize(
        ("text", "possible"),
        [
            ("s >= 80 and not s >= 50", 0),
            ("s >= 50 and not s >= 80", 1),
            ("s > 5 and s < 6", 0),
            ("s > 5 and s < 7", 1),
            ("s >= 5 and s <= 5", 1),
            ("s > 5 and s <= 5", 0),
            ("s >= 5 and t <= 4", 1),
        ],
    )
    def test_comparisons_of_one_score_belong_together(self, text: str, possible: int) -> None:
        """Scores are whole, and two scores are independent."""
        condition = parse(text)
        space = Space.over([condition])

        assert space is not None
        assert possible == space.where(condition).bit_count()

    def test_limit(self) -> None:
        """2^16 assignments are tried, 2^17 are not."""
        at_limit = Or(tuple(Name(f"c{index}") for index in range(MOST_ATOMS)))

        assert 16 == MOST_ATOMS
        space = Space.over([at_limit])
        assert space is not None
        assert 2**16 - 1 == space.where(at_limit).bit_count()
        assert None is Space.over([at_limit, Name("another")])

    def test_without_atoms(self) -> None:
        """There is one assignment, the empty one."""
        space = Space.over([ALWAYS])

        assert space is not None
        assert (1, 0) == (space.where(ALWAYS), space.where(Not(ALWAYS)))


class TestLoops:
    """Rounds of automatic transitions in one instant."""

    @given(st.lists(automatic, max_size=6, unique_by=lambda transition: transition.trigger))
    def test_are_those_that_leads_would_walk_for_ever(self, transitions: list[Transition]) -> None:
        """Every round is found, once, and nothing else is."""
        found = list(loops(definition_of(transitions)))

        assert round_by_walking(transitions) == {frozenset(loop.transitions) for loop in found}
        assert len(found) == len({frozenset(loop.transitions) for loop in found})
        assert all(loop.sure for loop in found)

    @given(st.lists(automatic, max_size=6, unique_by=lambda transition: transition.trigger))
    def test_lead_from_stage_to_stage(self, transitions: list[Transition]) -> None:
        """Each transition of a round starts where the one before it ended, and the first where the last did."""
        for loop in loops(definition_of(transitions)):
            before = (loop.transitions[-1], *loop.transitions)

            assert all((one.target,) == other.sources for one, other in zip(before, loop.transitions, strict=False))

    @staticmethod
    def there_and_back(forth: str, back: str, *, cycle: bool = False) -> list[Transition]:
        """Return two automatic transitions between two stages."""
        return [
            Transition(trigger="qualify", sources=("one",), target="two", when=parse(forth), automatic=True),
            Transition(
                trigger="unqualify", sources=("two",), target="one", when=parse(back), automatic=True, new_cycle=cycle
            ),
        ]

    @pytest.mark.parametrize(
        ("forth", "back", "cycle", "journey", "expected"),
        [
            ("a", "not a", False, "", []),
            ("a and b", "not a or not b", False, "", []),
            ("a", "b", False, "", [True]),
            ("a", "a", False, "", [True]),
            ("a", "b", True, "", [False]),
            ("a", "b", False, "b", [False]),
            ("a", "not a", False, "a", []),
        ],
    )
    def test_sure_unless_moving_changes_what_is_read(
        self, forth: str, back: str, cycle: bool, journey: str, expected: list[bool]
    ) -> None:
        """A move that starts a cycle, or a condition that reads the journey, may end the round."""
        definition = definition_of(self.there_and_back(forth, back, cycle=cycle), reads_journey=journey)

        assert expected == [loop.sure for loop in loops(definition)]

    @pytest.mark.parametrize(("journey", "expected"), [("", True), ("c", False)])
    def test_earlier_transition_that_reads_the_journey_may_end_a_round(self, journey: str, expected: bool) -> None:
        """It is closed now, and moving may open it."""
        way_out = Transition(trigger="leave", sources=("one",), target="three", when=parse("c"), automatic=True)
        definition = definition_of([way_out, *self.there_and_back("a", "b")], reads_journey=journey)

        assert [expected] == [loop.sure for loop in loops(definition)]

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ({"activity:page"}, {"activity:call"}, True),
            ({"activity:page"}, {"activity:page"}, False),
            ({"activity:*"}, {"activity:page"}, False),
            ({"activity:*"}, {"profile:size"}, True),
            ({"activity:*"}, {"activity:*"}, False),
            ({"profile:size", "channel"}, {"profile:size"}, False),
        ],
    )
    def test_sure_only_if_no_fact_is_read_twice(self, one: set[str], other: set[str], expected: bool) -> None:
        """Two criteria over one fact may exclude each other in a way that only they know."""
        criteria = {"a": reading(one), "b": reading(other)}
        definition = attrs.evolve(definition_of(self.there_and_back("a", "b")), criteria=criteria)

        assert [expected] == [loop.sure for loop in loops(definition)]

    def test_named_condition_that_excludes_the_way_back(self) -> None:
        """What cannot be seen in the names is seen when they are written out."""
        definition = attrs.evolve(definition_of(self.there_and_back("fit", "b")), conditions={"fit": parse("not b")})

        assert [] == list(loops(definition))

    def test_very_many_rounds_are_not_all_walked(self) -> None:
        """Nine stages, each of which leads to every other, have more than a hundred thousand; one is enough."""
        stages = [f"s{index}" for index in range(9)]
        definition = Definition(
            name="x",
            version="1",
            stages={id_: Stage(id=id_) for id_ in stages},
            transitions=tuple(
                Transition(trigger=f"{one}_{other}", sources=(one,), target=other, automatic=True)
                for one in stages
                for other in stages
                if one != other
            ),
        )

        assert ("s0_s1", "s1_s0") in [tuple(one.trigger for one in loop.transitions) for loop in loops(definition)]

    def test_what_is_asked_for_makes_no_round(self) -> None:
        """A request is one step."""
        forth, back = self.there_and_back("a", "b")
        asked = Transition(trigger=back.trigger, sources=back.sources, target=back.target, when=back.when)

        assert [] == list(loops(definition_of([forth, asked])))

    def test_named_conditions_are_told_apart_however_long_they_are(self) -> None:
        """`qualified` against `not qualified` is no round, although both have too many atoms to be tried."""
        many = And(tuple(Name(f"c{index}") for index in range(20)))
        for back, expected in (("not long", []), ("a", [False])):
            definition = Definition(
                name="x",
                version="1",
                stages={id_: Stage(id=id_) for id_ in STAGES},
                transitions=tuple(self.there_and_back("long", back)),
                criteria={name: named(name) for name in ("a", *map(str, many.parts))},
                conditions={"long": many},
            )

            assert expected == [loop.sure for loop in loops(definition)]

    def test_more_than_can_be_tried_is_possible_and_not_sure(self) -> None:
        """Even without names the round is reported, as a warning."""
        many = " and ".join(f"c{index}" for index in range(20))
        definition = Definition(
            name="x",
            version="1",
            stages={id_: Stage(id=id_) for id_ in STAGES},
            transitions=tuple(self.there_and_back(many, many)),
            criteria={name: named(name) for name in many.split(" and ")},
        )

        assert [False] == [loop.sure for loop in loops(definition)]
