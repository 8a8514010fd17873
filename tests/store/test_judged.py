"""Which rules a store keeps, and whom they have judged."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import attrs
import pytest

from lifecycle.definition import Definition
from lifecycle.parameters import bound_parameters
from tests.made import day
from tests.store.many import FIRST, LIVES, OTHER, SECOND, Life, keep

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Store


@pytest.fixture
def many(store: Store) -> Store:
    """A store with six leads, under two versions of one definition and under another one."""
    keep(store, *LIVES)
    return store


def upgraded(definition: Definition) -> Definition:
    """Return the definition as another version of a plugin makes it."""
    demo = definition.criteria["demo"]
    newer = attrs.evolve(demo, provenance=attrs.evolve(demo.provenance, version="2"))
    return attrs.evolve(definition, criteria={**definition.criteria, "demo": newer})


def counted(reading: Reading) -> dict[str, tuple[set[str], int, int]]:
    """Return by rules digest the leads, the number of records and that of refusals, looking at each."""
    leads, records, refusals = defaultdict[str, set[str]](set), defaultdict[str, int](int), defaultdict[str, int](int)
    for record in reading.records():
        leads[record.rules_digest].add(str(record.lead))
        records[record.rules_digest] += 1
    for refusal in reading.refusals():
        leads[refusal.rules_digest].add(str(refusal.lead))
        refusals[refusal.rules_digest] += 1
    return {digest: (leads[digest], records[digest], refusals[digest]) for digest in leads}


class TestKeptRules:
    """Every set of rules, once."""

    def test_counts_are_those_of_a_plain_walk(self, many: Store) -> None:
        """Of leads that were granted something, and of those that were only refused."""
        with many.reading() as reading:
            found = {one.digest: (one.leads, one.records, one.refusals) for one in reading.rules()}
            plain = {digest: (len(leads), *rest) for digest, (leads, *rest) in counted(reading).items()}

        assert 3 == len(found)
        assert plain == found

    def test_leads_are_those_of_a_plain_walk(self, many: Store) -> None:
        """In the order of your ids, each once."""
        with many.reading() as reading:
            found = {one.digest: [lead for lead, _ in reading.judged_by(one.digest)] for one in reading.rules()}
            plain = {digest: sorted(leads) for digest, (leads, *_) in counted(reading).items()}

        assert plain == found

    def test_they_are_complete(self, many: Store) -> None:
        """Each criterion with plugin, versions, fingerprint, and every parameter that it was bound to."""
        with many.reading() as reading:
            [kept] = [one for one in reading.rules() if one.digest == FIRST.rules_digest]
        wanted = {
            name: {**attrs.asdict(named.provenance), "parameters": bound_parameters(named.criterion)}
            for name, named in FIRST.named.items()
        }

        assert wanted == kept.criteria
        assert {"kinds": ["demo"], "within": "10 days", "ever": False} == kept.criteria["demo"]["parameters"]
        assert (FIRST.name, FIRST.version, FIRST.hash, FIRST.text) == (
            kept.definition,
            kept.version,
            kept.hash,
            kept.text,
        )

    def test_upgrade_is_another_set_of_rules_of_the_same_text(self, many: Store) -> None:
        """A lead that was judged before and after counts for both."""
        keep(many, Life("gil", upgraded(FIRST), 1, 3), now=200)
        with many.reading() as reading:
            old, new = (one for one in reading.rules("made") if one.hash == FIRST.hash)

        assert (day(100), day(200)) == (old.recorded_at, new.recorded_at)
        assert (3, 1) == (old.leads, new.leads)
        assert ("1", "2") == tuple(one.criteria["demo"]["version"] for one in (old, new))

    def test_only_those_of_one_name(self, many: Store) -> None:
        """In the order of first use."""
        with many.reading() as reading:
            assert {"1", "2"} == {one.version for one in reading.rules("made")}
            assert [OTHER.rules_digest] == [one.digest for one in reading.rules("other")]
            assert () == reading.rules("nobody")

    def test_rules_that_have_judged_nobody(self, store: Store) -> None:
        """They were registered, and nothing came."""
        store.register(SECOND, now=day(1))
        with store.reading() as reading:
            [kept] = reading.rules()

            assert (0, 0, 0) == (kept.leads, kept.records, kept.refusals)
            assert [] == list(reading.judged_by(kept.digest))

    def test_an_erased_lead_is_still_counted(self, many: Store) -> None:
        """And named by its subject only."""
        with many.reading() as reading:
            before = [one.leads for one in reading.rules()]
            subject = reading.subject_of("ann")
        many.erase("ann", basis="gdpr_17", actor="officer:1", now=day(101))
        with many.reading() as reading:
            assert before == [one.leads for one in reading.rules()]
            assert (None, subject) == list(reading.judged_by(FIRST.rules_digest))[-1]
