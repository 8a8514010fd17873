"""Laws of what is kept: a history is whole, leads to its stage, holds by its own atoms, and can be read back."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.criteria import Outcome
from lifecycle.decision import Kind, Result
from lifecycle.history import first_difference, fold, history_digest, recheck
from lifecycle.journey import Journey
from lifecycle.record import Record, Refusal, read_content, read_refusal
from lifecycle.replay import replay
from lifecycle.store.sql import Store
from tests.properties.cases import Case, cases, few
from tests.properties.plain import blockers, holds, truths

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def records(case: Case) -> list[Record]:
    """Give the records of all leads of a case."""
    return [record for history in case.histories() for record in history.records]


def refusals(case: Case) -> list[Refusal]:
    """Give the refusals of all leads of a case."""
    return [refusal for history in case.histories() for refusal in history.refusals]


class TestHistory:
    """A history is its records in sequence, and nothing else."""

    @few
    @given(cases())
    def test_the_fold_of_a_history_is_the_stage(self, case: Case) -> None:
        """Law: the fold of a history is the stage, and the journey needs nothing but the records."""
        for history in case.histories():
            read_back = [read_content(record.content) for record in history.records]
            assert history.journey == fold(history.records) == fold(read_back)
            assert history.journey.stage == (history.records[-1].target if history.records else None)
            assert sum(record.cycle != before for before, record in _with_cycle_before(history.records)) == (
                history.journey.cycle - 1
            )

    @few
    @given(cases())
    def test_a_history_has_no_gap(self, case: Case) -> None:
        """Law: the sequence has no gaps, each move starts where the last one ended, and time never runs backwards."""
        for history in case.histories():
            kept = history.records
            assert list(range(1, len(kept) + 1)) == [record.sequence for record in kept]
            assert [None, *(record.target for record in kept)][: len(kept)] == [record.source for record in kept]
            assert sorted(kept, key=lambda record: record.at) == list(kept)

    @few
    @given(cases())
    def test_a_refusal_stands_between_the_records_it_came_between(self, case: Case) -> None:
        """Law: a refusal names the stage, cycle and last record of the lead at its instant."""
        for history in case.histories():
            for refusal in history.refusals:
                before = fold(history.records[: refusal.sequence])
                assert (before.stage, before.cycle) == (refusal.stage, refusal.cycle)
                assert before.since is None or before.since <= refusal.at
                assert all(refusal.at <= record.at for record in history.records[refusal.sequence :])


def _with_cycle_before(kept: tuple[Record, ...]) -> list[tuple[int, Record]]:
    return list(zip([1, *(record.cycle for record in kept)], kept, strict=False))


class TestRecheck:
    """A record can be checked by what it holds itself, also when the facts are gone."""

    @few
    @given(cases())
    def test_the_stored_definition_holds_on_the_recorded_atoms(self, case: Case) -> None:
        """Law: every automatic or requested record holds on its recorded atoms; an override waives what does not."""
        for record in records(case):
            way = case.definition.transition(record.trigger, record.source)
            assert way is not None
            condition = case.definition.condition(way)
            truth = truths(case.definition, record.atoms)
            assert recheck(case.definition, record)
            if record.kind is Kind.OVERRIDE and record.waived:
                waived = {atom for change in blockers(condition, truth) for atom, _ in change}
                assert waived == set(record.waived)
            else:
                assert holds(condition, truth) is True
                assert () == record.waived

    @few
    @given(cases(), st.data())
    def test_a_record_with_other_atoms_is_found_out(self, case: Case, data: st.DataObject) -> None:
        """Law: a record does not hold with atoms that do not open its transition, nor with another target."""
        kept = [record for record in records(case) if record.atoms]
        assume(kept)
        record = data.draw(st.sampled_from(kept))
        atom = data.draw(st.sampled_from(sorted(record.atoms)))
        outcome = data.draw(st.sampled_from([one for one in Outcome if one is not record.atoms[atom]]))
        forged = attrs.evolve(record, atoms={**record.atoms, atom: outcome})
        way = case.definition.transition(record.trigger, record.source)
        assert way is not None
        truth = truths(case.definition, forged.atoms)
        if record.waived:
            found = blockers(case.definition.condition(way), truth)
            expected = set(record.waived) == {name for change in found for name, _ in change}
        else:
            expected = holds(case.definition.condition(way), truth) is True
        assert expected is recheck(case.definition, forged)
        assert not recheck(case.definition, attrs.evolve(record, target="elsewhere"))
        assert f"atoms.{atom}" in (first_difference(record, forged) or "")

    @few
    @given(cases())
    def test_what_was_refused_does_not_hold(self, case: Case) -> None:
        """Law: no refusal but LOOPED has atoms on which the definition would have opened its transition."""
        for refusal in refusals(case):
            way = case.definition.transition(refusal.trigger, refusal.stage)
            if refusal.result in {Result.UNDEFINED, Result.FORBIDDEN}:
                assert ({}, ()) == (refusal.atoms, refusal.blockers)
                continue
            assert way is not None
            truth = holds(case.definition.condition(way), truths(case.definition, refusal.atoms))
            assert (truth is True) is (refusal.result is Result.LOOPED)


class TestCoding:
    """What is written can be read back, and says the same."""

    @few
    @given(cases())
    def test_contents_are_read_back_as_they_were(self, case: Case) -> None:
        """Law: encode/decode round trips, of records and of refusals, down to the bytes."""
        for record in records(case):
            assert record == read_content(record.content)
            assert record.content == read_content(record.content).content
            assert first_difference(record, read_content(record.content)) is None
        for refusal in refusals(case):
            same = read_refusal(refusal.content)
            assert refusal == same
            assert (refusal.content, refusal.key) == (same.content, same.key)

    @few
    @given(cases(most_leads=2))
    def test_a_store_gives_back_what_was_computed(self, case: Case) -> None:
        """Law: encode/decode round trips through a store too, and the same refusal is stored once."""
        store = Store("sqlite://")
        report = replay(case.definition, case.signals, until=case.until, store=store, now=NOW)
        with store.reading() as reading:
            for history in case.histories():
                name = history.lead.id
                assert history.records == reading.history(name)
                kept = list(reading.refusals(name))
                assert {refusal.key for refusal in history.refusals} == {refusal.key for refusal in kept}
                assert len({refusal.key for refusal in kept}) == len(kept)
                assert all(refusal in history.refusals for refusal in kept)
                assert history.journey == reading.journey(name)
            stored = [(record.lead or "", record) for record in reading.records()]
        store.close()
        assert report.history_digest == history_digest(stored)

    @few
    @given(cases())
    def test_no_content_names_the_lead(self, case: Case) -> None:
        """Law: a content names no lead and holds no note: the same log of another lead gives the same contents."""
        other = attrs.evolve(case, signals=[attrs.evolve(one, lead="somebody else") for one in case.signals])
        assert [record.content for record in records(case)] == [record.content for record in records(other)]
        assert not any(b"lead 0" in record.content for record in records(case))
        assert Journey() == fold([])
