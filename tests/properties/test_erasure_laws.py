"""Laws of erasing: whoever goes, what happened is counted, proved and checked as before."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.erasure import Action, erasure_digest
from lifecycle.funnel import Per, funnel
from lifecycle.history import recheck
from lifecycle.record import Record, Refusal, digest_of
from lifecycle.store.erasing import erasures_of
from lifecycle.store.sql import Store
from tests.properties.cases import Case, cases, few

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ERASE: dict[str, Any] = {"basis": "gdpr_17", "actor": "dpo:3", "now": NOW}

SUBSETS = st.sets(st.sampled_from(["lead 0", "lead 1", "lead 2"]))


def filled(case: Case) -> Store:
    """Give a store in memory with the histories of a case."""
    store = Store("sqlite://")
    store.register(case.definition, now=NOW)
    with store.writing() as transaction:
        transaction.add(((one.lead.id, one.records, one.refusals) for one in case.histories()), now=NOW)
    return store


def kept(store: Store) -> list[Record | Refusal]:
    """Give everything that happened, by subject: first records, then refusals."""
    with store.reading() as reading:
        records = sorted(reading.records(with_details=True), key=lambda one: (subject(one), one.sequence))
        refusals = sorted(reading.refusals(with_details=True), key=lambda one: (subject(one), one.number or 0))
    return [*records, *refusals]


def records_of(found: list[Record | Refusal]) -> list[Record]:
    """Give the records among what happened."""
    return [entry for entry in found if isinstance(entry, Record)]


def subject(entry: Record | Refusal) -> str:
    """Give the random name of the lead of an entry."""
    assert entry.envelope is not None
    return entry.envelope.subject


def erased(store: Store, leads: set[str]) -> set[str]:
    """Erase those of the leads that the store knows, and give them."""
    with store.reading() as reading:
        known = reading.known(leads)
    for lead in sorted(known):
        store.erase(lead, **ERASE)
    return known


@few
@given(cases(most_leads=3), SUBSETS)
def test_what_happened_is_what_it_was(case: Case, leads: set[str]) -> None:
    """Law: erasing anybody changes no content, no envelope and no figure; only leads and details are gone."""
    with closing(filled(case)) as store:
        before = kept(store)
        gone = erased(store, leads)
        after = kept(store)

    assert before == after  # leads and details are no part of what is compared
    assert [entry.envelope for entry in before] == [entry.envelope for entry in after]
    for one, other in zip(before, after, strict=True):
        assert (None, None) == (other.lead, other.detail) if one.lead in gone else one.lead == other.lead
        assert one.lead in gone or one.detail == other.detail
    for per in Per:
        figures = [
            funnel(case.definition, [list(history) for _, history in groupby(records_of(found), subject)], per=per)
            for found in (before, after)
        ]
        assert figures[0] == figures[1]


@few
@given(cases(most_leads=3), SUBSETS)
def test_every_chain_and_every_proof_holds(case: Case, leads: set[str]) -> None:
    """Law: after an erasure each digest is that of its content, old checkpoints agree, and each record re-checks."""
    with closing(filled(case)) as store:
        checkpoint = store.seal(now=NOW)
        gone = erased(store, leads)
        store.seal(now=NOW)
        found = kept(store)
        with store.reading() as reading:
            acts = list(erasures_of(reading))

        assert store.verify(checkpoint).ok
    for entry in found:
        assert entry.envelope is not None
        assert entry.envelope.digest == digest_of(entry.content, entry.envelope)
    for act in acts:
        assert act.envelope is not None
        assert act.envelope.digest == erasure_digest(act.content, act.envelope)
    assert all(recheck(case.definition, record) for record in records_of(found))
    assert [Action.ERASE] * len(gone) == [act.action for act in acts]


@few
@given(cases(most_leads=3), SUBSETS, st.integers(0, 40))
def test_a_redaction_takes_what_is_older_and_nobody_held(case: Case, leads: set[str], days: int) -> None:
    """Law: exactly the details of before the instant go, of those who are not held, and the entry counts them."""
    with closing(filled(case)) as store:
        with store.reading() as reading:
            held = reading.known(leads)
        for lead in sorted(held):
            store.hold(lead, **ERASE)
        before = kept(store)
        instants = sorted(entry.at for entry in before if entry.at <= NOW) or [NOW]
        instant = instants[days % len(instants)]
        act = store.redact(instant, **ERASE).erasure
        after = kept(store)

    older = [entry for entry in before if entry.at < instant]
    counts = {
        "details": sum(isinstance(entry, Record) and entry.lead not in held for entry in older),
        "refusal_details": sum(isinstance(entry, Refusal) and entry.lead not in held for entry in older),
        "held": len({entry.lead for entry in older if entry.lead in held}),
    }
    assert before == after
    assert counts == act.counts
    assert [entry in older and entry.lead not in held for entry in before] == [entry.detail is None for entry in after]
