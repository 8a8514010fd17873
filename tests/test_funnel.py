"""The figures of many histories: what is reached, skipped, converted, accepted, and how fast."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.decision import Kind
from lifecycle.definition import Definition, Stage
from lifecycle.funnel import Acceptance, Funnel, Per, StageFigures, funnel
from lifecycle.record import Record

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
PATH: Final = ("iql", "mql", "sal", "customer")
OWNERS: Final = {"iql": "marketing", "mql": "marketing", "sal": "sales", "customer": None, "recycled": "marketing"}
DEFINITION: Final = Definition(
    name="small",
    version="1",
    stages={name: Stage(id=name, owner=owner) for name, owner in OWNERS.items()},
    transitions=(),
    path=PATH,
    targets={"acceptance": "80 %"},
)


def history(*moves: tuple[str, int] | tuple[str, int, str]) -> tuple[Record, ...]:
    """Make a history of moves: where to, on which day, and `by hand`, `new cycle` or both where it is so."""
    records: list[Record] = []
    for target, day, *how in moves:
        last = records[-1] if records else None
        new_cycle = "new cycle" in "".join(map(str, how))
        records.append(
            Record(
                sequence=len(records) + 1,
                cycle=(last.cycle if last else 1) + new_cycle,
                trigger="move",
                source=last.target if last else None,
                target=target,
                at=START + timedelta(days=day),
                actor="system",
                kind=Kind.REQUESTED if "by hand" in "".join(map(str, how)) else Kind.AUTOMATIC,
                reason=None,
                atoms={},
                definition="small",
                version="1",
                definition_hash="",
                rules_digest="",
            )
        )
    return tuple(records)


def by_stage(found: Funnel) -> dict[str, StageFigures]:
    """Give the figures of each stage by its name."""
    return {figures.stage: figures for figures in found.stages}


def accepted(*histories: tuple[Record, ...], per: Per = Per.LEAD) -> Acceptance:
    """Give the acceptance figures, which there must be."""
    found = funnel(DEFINITION, histories, per=per).acceptance
    assert found is not None
    return found


WON: Final = history(("iql", 0), ("mql", 2), ("sal", 3), ("customer", 10))
JUMPED: Final = history(("iql", 0), ("customer", 4))
STUCK: Final = history(("iql", 0), ("mql", 4))
RETURNED: Final = history(
    ("iql", 0), ("mql", 6), ("recycled", 7, "by hand, new cycle"), ("mql", 40), ("sal", 41), ("customer", 42)
)

any_kind: Final = st.sampled_from(["", "by hand", "new cycle", "by hand, new cycle"])
walks: Final = st.lists(st.tuples(st.sampled_from([*PATH, "recycled"]), st.integers(0, 9), any_kind), max_size=8)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Record, ...]]:
    """Draw histories that go anywhere, in order of time; the entry starts no cycle."""
    drawn: list[tuple[Record, ...]] = []
    for walk in draw(st.lists(walks, max_size=6)):
        day, moves = 0, list[tuple[str, int, str]]()
        for target, later, how in walk:
            day += later
            moves.append((target, day, how if moves else ""))
        drawn.append(history(*moves))
    return drawn


class TestStages:
    """The figures of each stage of the path."""

    def test_a_skipped_stage_counts_as_passed_and_is_shown_apart(self) -> None:
        """A lead that jumped over two stages has reached them, and is told from one that was in them."""
        found = by_stage(funnel(DEFINITION, [WON, JUMPED, STUCK]))

        assert [3, 3, 2, 2] == [found[stage].reached for stage in PATH]
        assert [0, 1, 1, 0] == [found[stage].skipped for stage in PATH]

    def test_conversion_is_the_share_of_the_stage_before(self) -> None:
        """It is a fraction of whole numbers, and the first stage has none."""
        found = funnel(DEFINITION, [WON, JUMPED, STUCK])

        assert [None, Fraction(1), Fraction(2, 3), Fraction(1)] == [figures.conversion for figures in found.stages]

    def test_nothing_converts_where_nothing_was(self) -> None:
        """A share of nothing is not known, and is neither 0 nor 1."""
        found = funnel(DEFINITION, [])

        assert [None] * 4 == [figures.conversion for figures in found.stages]
        assert [None] * 4 == [figures.median for figures in found.stages]
        assert 0 == found.total

    def test_median_time_is_between_entering_one_stage_and_the_next(self) -> None:
        """Who skipped either of the two does not count; an even number of times gives the mean of the middle two."""
        found = by_stage(funnel(DEFINITION, [WON, JUMPED, STUCK]))

        assert (timedelta(days=3), 2) == (found["mql"].median, found["mql"].timed)
        assert (timedelta(days=7), 1) == (found["customer"].median, found["customer"].timed)
        assert (None, 0) == (found["iql"].median, found["iql"].timed)

    def test_the_median_of_an_odd_number_is_the_middle_one(self) -> None:
        """One slow lead does not move it."""
        slow = history(("iql", 0), ("mql", 99))

        assert timedelta(days=4) == by_stage(funnel(DEFINITION, [WON, slow, STUCK]))["mql"].median

    def test_walking_to_and_fro_adds_nothing(self) -> None:
        """A lead counts once in a stage, with the time of its first coming."""
        restless = history(("iql", 0), ("mql", 1), ("iql", 5), ("mql", 6), ("sal", 9))
        found = by_stage(funnel(DEFINITION, [restless]))

        assert [1, 1, 1, 0] == [found[stage].reached for stage in PATH]
        assert timedelta(days=8) == found["sal"].median

    def test_a_stage_entered_after_a_later_one_was_skipped(self) -> None:
        """What counts is how the lead first came past it; time never runs backwards."""
        found = by_stage(funnel(DEFINITION, [history(("iql", 0), ("sal", 2), ("mql", 5))]))

        assert [0, 1, 0, 0] == [found[stage].skipped for stage in PATH]
        assert 0 == found["sal"].timed

    def test_now_counts_where_leads_stand(self) -> None:
        """Each stage of the definition has a number, and a stage of another version too."""
        found = funnel(DEFINITION, [WON, STUCK, history(("iql", 0), ("recycled", 1)), history(("gone", 0))])

        assert {"iql": 0, "mql": 1, "sal": 0, "customer": 1, "recycled": 1, "gone": 1} == found.now
        assert 1 == by_stage(found)["mql"].now

    def test_transitions_are_counted_by_where_they_lead(self) -> None:
        """The entry has no source."""
        found = funnel(DEFINITION, [WON, STUCK, STUCK])

        assert {(None, "iql"): 3, ("iql", "mql"): 3, ("mql", "sal"): 1, ("sal", "customer"): 1} == found.transitions

    def test_a_definition_without_a_path(self) -> None:
        """It has transitions and a present, and no stages to pass."""
        found = funnel(attrs.evolve(DEFINITION, path=()), [WON])

        assert ((), None) == (found.stages, found.acceptance)
        assert 1 == found.now["customer"]


class TestPer:
    """Leads, first cycles and cycles are never mixed."""

    def test_each_lead_counts_once_in_whichever_cycle_it_came(self) -> None:
        """A lead that bought at the second attempt is a customer, and took as long as it took."""
        found = funnel(DEFINITION, [RETURNED])

        assert [1, 1, 1, 1] == [figures.reached for figures in found.stages]
        assert timedelta(days=35) == by_stage(found)["sal"].median
        assert 1 == found.now["customer"]

    def test_the_first_cycle_ends_with_the_move_that_starts_another(self) -> None:
        """That move leaves the first cycle and is counted with it; where the lead stands later is not."""
        found = funnel(DEFINITION, [RETURNED], per=Per.FIRST_CYCLE)

        assert [1, 1, 0, 0] == [figures.reached for figures in found.stages]
        assert {(None, "iql"): 1, ("iql", "mql"): 1, ("mql", "recycled"): 1} == found.transitions
        assert 0 == sum(found.now.values())

    def test_every_cycle_counts_as_one(self) -> None:
        """A later cycle starts further on, so it skips the first stage."""
        found = funnel(DEFINITION, [RETURNED], per=Per.CYCLE)

        assert 2 == found.total
        assert [2, 2, 1, 1] == [figures.reached for figures in found.stages]
        assert [1, 0, 0, 0] == [figures.skipped for figures in found.stages]
        assert timedelta(days=1) == by_stage(found)["sal"].median

    @given(histories())
    def test_without_a_second_cycle_all_three_agree(self, drawn: list[tuple[Record, ...]]) -> None:
        """Law: what is counted makes a difference only where a lead goes round again."""
        once = [records for records in drawn if not records or records[-1].cycle == 1]
        of_leads = funnel(DEFINITION, once)

        assert of_leads == attrs.evolve(funnel(DEFINITION, once, per=Per.FIRST_CYCLE), per=Per.LEAD)
        assert of_leads == attrs.evolve(funnel(DEFINITION, once, per=Per.CYCLE), per=Per.LEAD)


class TestAcceptance:
    """How often sales takes what marketing hands over."""

    def test_the_handover_is_to_the_first_stage_that_sales_owns(self) -> None:
        """With the stage before it, and the share that was agreed on."""
        found = accepted(WON)

        assert ("mql", "sal", Fraction(4, 5)) == (found.source, found.target, found.wanted)

    def test_only_what_was_decided_counts(self) -> None:
        """Accepted and declined give the rate; waiting leads, and those that lapsed by themselves, are shown apart."""
        declined = history(("iql", 0), ("mql", 1), ("recycled", 2, "by hand"))
        lapsed = history(("iql", 0), ("mql", 1), ("iql", 40))
        found = accepted(WON, WON, declined, lapsed, STUCK, JUMPED)

        assert (5, 2, 1, 1, 1) == (found.offered, found.accepted, found.declined, found.lapsed, found.waiting)
        assert Fraction(2, 3) == found.rate

    def test_the_last_way_out_counts(self) -> None:
        """A lead that lapsed, came again and was then declined is declined."""
        again = history(("mql", 1), ("iql", 2), ("mql", 3), ("recycled", 4, "by hand"))

        assert (1, 0) == (accepted(again).declined, accepted(again).lapsed)

    def test_a_first_cycle_that_sales_ended_is_declined(self) -> None:
        """The move that starts the next cycle is the answer to the first."""
        found = accepted(RETURNED, per=Per.FIRST_CYCLE)

        assert (1, 0, 1) == (found.offered, found.accepted, found.declined)
        assert (2, 1, 1) == attrs.astuple(accepted(RETURNED, per=Per.CYCLE))[2:5]

    def test_no_rate_before_anything_was_decided(self) -> None:
        """It is not known, and not 0."""
        assert accepted(STUCK).rate is None

    def test_another_stage_may_mean_accepted(self) -> None:
        """The stage before it on the path is then the one that hands over."""
        found = funnel(attrs.evolve(DEFINITION, targets={}), [WON, STUCK], accepted_at="mql").acceptance

        assert (
            Acceptance(source="iql", target="mql", offered=2, accepted=2, declined=0, lapsed=0, waiting=0, wanted=None)
            == found
        )

    def test_nobody_hands_over_where_sales_owns_nothing(self) -> None:
        """Then there is nothing to show."""
        nobody = {name: Stage(id=name) for name in DEFINITION.stages}

        assert funnel(attrs.evolve(DEFINITION, stages=nobody), [WON]).acceptance is None

    @pytest.mark.parametrize("stage", ["iql", "recycled", "unknown"])
    def test_a_stage_that_nothing_leads_to_on_the_path_is_refused(self, stage: str) -> None:
        """The error names the path."""
        with pytest.raises(ValueError, match=f"'{stage}' is not a stage of the path after another one: iql, mql, sal"):
            funnel(DEFINITION, [], accepted_at=stage)


class TestLaws:
    """What holds for all histories."""

    @given(histories(), st.sampled_from(Per))
    def test_it_narrows(self, drawn: list[tuple[Record, ...]], per: Per) -> None:
        """Law: no stage is reached more often than the one before it, and every share lies between 0 and 1."""
        found = funnel(DEFINITION, drawn, per=per)
        reached = [found.total, *(figures.reached for figures in found.stages)]

        assert sorted(reached, reverse=True) == reached
        assert all(0 <= figures.skipped <= figures.reached for figures in found.stages)
        assert all(0 <= figures.conversion <= 1 for figures in found.stages if figures.conversion is not None)
        assert all(figures.median >= timedelta() for figures in found.stages if figures.median is not None)

    @given(histories())
    def test_nothing_is_lost(self, drawn: list[tuple[Record, ...]]) -> None:
        """Law: every record is one transition, every lead with records stands in one stage, every cycle is one."""
        entered = [records for records in drawn if records]
        per_lead, per_cycle = funnel(DEFINITION, drawn), funnel(DEFINITION, drawn, per=Per.CYCLE)

        assert (len(entered), len(entered)) == (per_lead.total, sum(per_lead.now.values()))
        assert Counter((one.source, one.target) for records in drawn for one in records) == per_lead.transitions
        assert per_lead.transitions == per_cycle.transitions
        assert per_lead.now == per_cycle.now
        assert sum(len({one.cycle for one in records}) for records in drawn) == per_cycle.total

    @given(histories(), st.sampled_from(Per))
    def test_what_was_offered_came_to_something(self, drawn: list[tuple[Record, ...]], per: Per) -> None:
        """Law: accepted, declined, lapsed and waiting add up to offered."""
        found = accepted(*drawn, per=per)

        assert found.offered == found.accepted + found.declined + found.lapsed + found.waiting
        assert found.rate is None or 0 <= found.rate <= 1

    @given(histories(), st.data(), st.sampled_from(Per))
    def test_the_order_of_leads_does_not_matter(
        self, drawn: list[tuple[Record, ...]], data: st.DataObject, per: Per
    ) -> None:
        """Law: the same histories in any order give the same figures."""
        shuffled = data.draw(st.permutations(drawn))

        assert funnel(DEFINITION, drawn, per=per) == funnel(DEFINITION, shuffled, per=per)

    @given(histories(), histories(), st.sampled_from(Per))
    def test_counts_of_parts_add_up(
        self, some: list[tuple[Record, ...]], others: list[tuple[Record, ...]], per: Per
    ) -> None:
        """Law: leads are independent, so what is counted of some and of others is the count of all."""
        one, other, both = (funnel(DEFINITION, drawn, per=per) for drawn in (some, others, some + others))

        assert counts(both) == [a + b for a, b in zip(counts(one), counts(other), strict=True)]
        assert Counter(both.transitions) == Counter(one.transitions) + Counter(other.transitions)

    @given(histories())
    def test_every_stage_a_lead_stood_in_counts_as_reached(self, drawn: list[tuple[Record, ...]]) -> None:
        """Law: as many leads reached a stage as have a record into it or into a later stage of the path."""
        expected = [
            sum(any(record.target in PATH[place:] for record in records) for records in drawn)
            for place in range(len(PATH))
        ]

        assert expected == [figures.reached for figures in funnel(DEFINITION, drawn).stages]


def counts(found: Funnel) -> list[int]:
    """Give everything in a funnel that adds up."""
    stages = [number for one in found.stages for number in (one.reached, one.skipped, one.now, one.timed)]
    handed = found.acceptance
    assert handed is not None
    return [found.total, *stages, handed.offered, handed.accepted, handed.declined, handed.lapsed, handed.waiting]
