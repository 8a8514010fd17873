"""Reading the records of one lead in sequence: where they lead to, whether they hold, how they differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.course import Course
from lifecycle.decision import Kind, Request, Result, decide
from lifecycle.history import HistoryDigest, decision_of, first_difference, fold, history_digest, recheck
from lifecycle.journey import Journey
from lifecycle.record import Record, Refusal, record_of, refusal_of
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.decision import Decision
    from lifecycle.definition import Definition

DEFINITION = made(
    arrow("qualify", "iql", "mql", "demo or fits", automatic=True),
    arrow("accept", "mql", "sal", "came and (likes or interest >= 50)", override_by=["boss"]),
    arrow("recycle", "mql sal", "recycled", new_cycle=True),
    arrow("wake", "recycled", "mql", "demo", automatic=True),
    more="[scores]\ninterest = { points = { visits = { each = 30, up_to = 60 }, fits = 25 } }\n"
    '[criteria.size]\nuse = "profile.in_range"\nfield = "size"\nminimum = 9\nunknown_as = "met"\n',
)


def lived() -> tuple[Record, ...]:
    """Return the history of a lead that went two rounds."""
    lead = Lead("1").activity("came", at=day(0)).activity("demo", at=day(1)).activity("demo", at=day(4))
    requests = [
        (day(2), Request(trigger="accept", actor="boss:1", override=True)),
        (day(3), Request(trigger="recycle", actor="sales:17")),
    ]
    steps = Course(DEFINITION).advance(lead, Journey(), day(9), requests=requests)
    return tuple(record_of(DEFINITION, step.decision, "1") for step in steps)


HISTORY = lived()


def ask(lead: Lead, journey: Journey, **request: Any) -> Decision:
    """Decide on a request at day 1."""
    given: dict[str, Any] = {"trigger": "accept", "actor": "boss:1", **request}
    return decide(DEFINITION, Snapshot(lead, day(1), journey), Request(**given))


class TestFold:
    """The journey is a fold of the records and of nothing else."""

    def test_no_records_are_a_lead_outside(self) -> None:
        """Whoever has no history has not entered."""
        assert Journey() == fold(())

    def test_the_last_record_says_where_the_lead_stands(self) -> None:
        """Stage, since, trigger, cycle with its start, sequence, and the stages passed in this instant."""
        assert [(None, "iql"), ("iql", "mql"), ("mql", "sal"), ("sal", "recycled"), ("recycled", "mql")] == [
            (record.source, record.target) for record in HISTORY
        ]
        assert Journey(
            stage="mql",
            since=day(4),
            trigger="wake",
            cycle=2,
            cycle_start=day(3),
            sequence=5,
            passed=frozenset({"recycled", "mql"}),
        ) == fold(HISTORY)

    @given(cut=st.integers(0, len(HISTORY)))
    def test_every_beginning_is_a_journey_of_its_own(self, cut: int) -> None:
        """Law: the journey after n records has the sequence n and the target of the n-th."""
        journey = fold(HISTORY[:cut])

        assert cut == journey.sequence
        assert (HISTORY[cut - 1].target if cut else None) == journey.stage

    def test_the_journeys_of_the_walk_are_those_of_the_fold(self) -> None:
        """Living through and reading back give the same."""
        lead = Lead("1").activity("came", at=day(0)).activity("demo", at=day(0)).activity("demo", at=day(4))
        steps = list(Course(DEFINITION).advance(lead, Journey(), day(9)))
        records = [record_of(DEFINITION, step.decision, "1") for step in steps]

        assert [step.journey for step in steps] == [fold(records[: index + 1]) for index in range(len(records))]
        assert frozenset({"iql", "mql"}) == steps[-1].journey.passed


class TestRecheck:
    """The stored definition, evaluated on a record's atoms, gives the recorded result: also after erasure."""

    @pytest.mark.parametrize("index", range(len(HISTORY)))
    def test_what_was_lived_holds(self, index: int) -> None:
        """Automatic, requested and overriding records alike, without their detail."""
        assert recheck(DEFINITION, attrs.evolve(HISTORY[index], detail=None, lead=None))

    @pytest.mark.parametrize(
        "change",
        [
            {"trigger": "nonsense"},
            {"source": "sal"},
            {"target": "sal"},
            {"atoms": {"demo": Outcome.UNMET, "fits": Outcome.UNKNOWN}},
            {"atoms": {"demo": Outcome.FAILED, "fits": Outcome.UNMET}},
            {"atoms": {"demo": Outcome.MET}},
            {"atoms": {"demo": Outcome.MET, "fits": Outcome.MET, "came": Outcome.MET}},
            {"waived": ("fits",)},
            {"kind": Kind.OVERRIDE, "waived": ("fits",)},
        ],
    )
    def test_what_was_tampered_with_does_not(self, change: dict[str, Any]) -> None:
        """An edge that is not there, atoms that close or are not those of the condition, a waiver out of nowhere."""
        assert not recheck(DEFINITION, attrs.evolve(HISTORY[1], **change))

    @pytest.mark.parametrize("waived", [(), ("likes",), ("came", "likes", "interest >= 50"), ("fits",)])
    def test_an_override_holds_with_exactly_its_blockers(self, waived: tuple[str, ...]) -> None:
        """Neither more nor less may have been waived."""
        override = HISTORY[2]

        assert ("interest >= 50", "likes") == override.waived
        assert not recheck(DEFINITION, attrs.evolve(override, waived=waived))

    def test_an_override_that_waived_nothing_holds_by_its_condition(self) -> None:
        """It was asked as an override, and there was no need."""
        override = HISTORY[2]
        met = dict.fromkeys(override.atoms, Outcome.MET)

        assert recheck(DEFINITION, attrs.evolve(override, waived=(), atoms=met))

    @pytest.mark.parametrize(
        ("outcome", "holds"),
        [(Outcome.MET, True), (Outcome.UNKNOWN, True), (Outcome.UNMET, False), (Outcome.FAILED, False)],
    )
    def test_what_a_missing_fact_counts_as_is_part_of_the_definition(self, outcome: Outcome, holds: bool) -> None:
        """`unknown_as` is read from it; it never applies to a failure."""
        definition = made(
            arrow("qualify", "iql", "mql", "size", automatic=True),
            more='[criteria.size]\nuse = "profile.in_range"\nfield = "size"\nminimum = 9\nunknown_as = "met"\n',
        )

        assert holds is recheck(definition, attrs.evolve(HISTORY[1], atoms={"size": outcome}))


class TestDigest:
    """By the history digest two runs are compared."""

    PAIRS = [("1", record) for record in HISTORY] + [("2", HISTORY[0])]

    @given(order=st.permutations(PAIRS))
    def test_the_order_of_walking_does_not_matter(self, order: list[tuple[str, Record]]) -> None:
        """Law: the digest is that of a set of lines, whoever walked first."""
        assert history_digest(self.PAIRS) == history_digest(order)

    def test_lead_content_and_number_of_records_matter(self) -> None:
        """Another lead, another word in a record, one record less: another digest."""
        renamed = [("3" if lead == "2" else lead, record) for lead, record in self.PAIRS]
        changed = [(lead, attrs.evolve(record, actor="x:1")) for lead, record in self.PAIRS]

        assert 5 == len(
            {
                history_digest(pairs)
                for pairs in (self.PAIRS, renamed, changed, self.PAIRS[:-1], [*self.PAIRS, self.PAIRS[0]])
            }
        )

    @given(leads=st.sets(st.text(max_size=4), max_size=6), data=st.data())
    def test_made_lead_by_lead_it_is_the_same(self, leads: set[str], data: st.DataObject) -> None:
        """Law: leads in the order of their place give the digest of all their records, whatever they are called."""
        of = {lead: data.draw(st.lists(st.sampled_from(HISTORY), unique_by=id), label=lead) for lead in leads}
        made = HistoryDigest()
        for lead in sorted(of, key=HistoryDigest.place):
            made.add(lead, of[lead])

        assert history_digest((lead, record) for lead, records in of.items() for record in records) == str(made)

    def test_what_is_no_part_of_the_content_does_not_matter(self) -> None:
        """Details and envelopes differ from run to run."""
        bare = [(lead, attrs.evolve(record, detail=None, lead=None)) for lead, record in self.PAIRS]

        assert history_digest(self.PAIRS) == history_digest(bare)


class TestFirstDifference:
    """Two histories are compared record by record, field by field, atom by atom."""

    CHANGES: Final[Mapping[str, Any]] = {
        "sequence": 9,
        "cycle": 9,
        "trigger": "other",
        "source": None,
        "target": "sal",
        "at": day(5),
        "actor": "sales:1",
        "kind": Kind.REQUESTED,
        "reason": "hot",
        "waived": ("demo",),
        "dimensions": {"country": "AT"},
        "definition": "other",
        "version": "2",
        "definition_hash": "sha256:x",
        "rules_digest": "sha256:y",
    }

    def test_equal_records_do_not_differ(self) -> None:
        """Detail, lead and envelope are no part of it."""
        assert None is first_difference(HISTORY[1], attrs.evolve(HISTORY[1], detail=None, lead="x"))

    @pytest.mark.parametrize("field", CHANGES)
    def test_each_field_is_named(self, field: str) -> None:
        """With what is stored and what is computed."""
        computed = attrs.evolve(HISTORY[1], **{field: self.CHANGES[field]})
        what = first_difference(HISTORY[1], computed)

        assert what is not None
        assert what.startswith(f"{field}: ")
        assert what.endswith(" computed")

    def test_every_field_that_is_compared_is_tried_here(self) -> None:
        """A field that is added to records is compared too."""
        compared = {field.name for field in attrs.fields(Record) if field.eq}

        assert self.CHANGES.keys() | {"atoms"} == compared

    def test_the_first_of_several_is_named(self) -> None:
        """In the order in which a record is read."""
        computed = attrs.evolve(HISTORY[1], at=day(5), actor="x:1", version="2")

        assert "at: 2026-03-02T00:00:00.000000Z stored, 2026-03-06T00:00:00.000000Z computed" == first_difference(
            HISTORY[1], computed
        )

    @pytest.mark.parametrize(
        ("atoms", "expected"),
        [
            ({"demo": Outcome.MET, "fits": Outcome.MET}, "atoms.fits: unknown stored, met computed"),
            ({"demo": Outcome.UNMET, "fits": Outcome.MET}, "atoms.demo: met stored, unmet computed"),
            ({"demo": Outcome.MET}, "atoms.fits: unknown stored, nothing computed"),
            ({**HISTORY[1].atoms, "came": Outcome.MET}, "atoms.came: nothing stored, met computed"),
        ],
    )
    def test_each_atom_is_named(self, atoms: dict[str, Outcome], expected: str) -> None:
        """The first that differs, in alphabetical order."""
        assert expected == first_difference(HISTORY[1], attrs.evolve(HISTORY[1], atoms=atoms))


class TestDecisionOf:
    """A decision is read back from what was kept of it."""

    def stored(self, entry: Any) -> Any:
        """Return an entry as a store gives it: its detail is JSON."""
        return attrs.evolve(entry, detail=json.loads(json.dumps(entry.detail)))

    def decisions(self) -> dict[str, Decision]:
        """Return decisions of every result that a request can have."""
        mql = Journey(stage="mql", since=day(0), sequence=2)
        lead = Lead("1").activity("came", at=day(0)).channel("webinar")
        return {
            "granted": ask(Lead("1").activity("came", at=day(0)).answer(likes=True), mql),
            "override": ask(lead, mql, override=True, note="trust me"),
            "new cycle": ask(lead, mql, trigger="recycle"),
            "refused": ask(lead, mql, note="please"),
            "forbidden": ask(lead, mql, reason="mood"),
            "undefined": ask(lead, mql, trigger="nonsense"),
        }

    @pytest.mark.parametrize("name", ["granted", "override", "new cycle", "refused", "forbidden", "undefined"])
    def test_with_its_detail_it_is_the_whole_decision(self, name: str) -> None:
        """Verdicts, scores, changes, note: everything that the caller was told the first time."""
        decision = self.decisions()[name]
        entry = (record_of if decision.granted else refusal_of)(DEFINITION, decision, "1")
        found = decision_of(self.stored(entry), decision.journey)
        evidence = {name: attrs.evolve(verdict, evidence={}) for name, verdict in decision.verdicts.items()}

        assert evidence == {name: attrs.evolve(verdict, evidence={}) for name, verdict in found.verdicts.items()}
        assert attrs.evolve(decision, verdicts={}) == attrs.evolve(found, verdicts={})

    def test_without_its_detail_it_is_what_the_record_holds(self) -> None:
        """After erasure result, atoms and waivers are known, and no words."""
        decision = self.decisions()["override"]
        record = attrs.evolve(record_of(DEFINITION, decision, "1"), detail=None)
        found = decision_of(record, decision.journey)

        assert (Result.GRANTED, "sal", decision.waived) == (found.result, found.target, found.waived)
        assert decision.atoms == found.atoms
        assert ({}, None) == (found.verdicts, found.note)

    def test_without_its_detail_a_refusal_keeps_its_result(self) -> None:
        """What stood in the way is in the refusal itself."""
        decision = self.decisions()["refused"]
        refusal: Refusal = attrs.evolve(refusal_of(DEFINITION, decision, "1"), detail=None)
        found = decision_of(refusal, decision.journey)

        assert (Result.REFUSED, None) == (found.result, found.target)
        assert decision.atoms == found.atoms


def test_the_definition_of_this_file_is_whole() -> None:
    """The history of this file passes through every kind of record."""
    definition: Definition = DEFINITION

    assert {Kind.AUTOMATIC, Kind.OVERRIDE, Kind.REQUESTED} == {record.kind for record in HISTORY}
    assert {1, 2} == {record.cycle for record in HISTORY}
    assert definition.hash == HISTORY[0].definition_hash
