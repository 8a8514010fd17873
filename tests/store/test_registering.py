"""Keeping a definition in a store: its text, its rules, and the edges that the database checks moves against."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import attrs
import pytest
import sqlalchemy as sa

from lifecycle.canonical import canonical_bytes
from lifecycle.errors import DefinitionConflictError, StrandedLeadsError
from lifecycle.machine import Machine
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import arrow, day, made
from tests.store.lives import DEFINITION, NOW, lived


def test_text_rules_and_edges_are_kept(store: Store) -> None:
    """A decision of years ago is read against the rules of its day."""
    store.register(DEFINITION, now=NOW)
    with store.reading() as reading:
        (kept,) = reading.definitions()
        edges = reading.connection.execute(sa.select(schema.edges)).all()

    assert ("made", "1", DEFINITION.hash, DEFINITION.text, NOW) == (
        *(kept["name"], kept["version"], kept["hash"]),
        *(kept["text"], kept["recorded_at"]),
    )
    assert [DEFINITION.rules_digest] == [rules["digest"] for rules in kept["rules"]]
    assert "engagement" == kept["rules"][0]["criteria"]["demo"]["plugin"]
    assert {(DEFINITION.hash, *edge) for edge in Machine(DEFINITION).edges()} == {tuple(edge) for edge in edges}


def test_it_is_kept_once(store: Store) -> None:
    """Opening a store again adds nothing."""
    for later in range(3):
        store.register(DEFINITION, now=day(200 + later))

    with store.reading() as reading:
        (kept,) = reading.definitions()
    assert day(200) == kept["recorded_at"]
    assert 1 == len(kept["rules"])


def test_other_plugins_are_other_rules_of_the_same_text(store: Store) -> None:
    """The definition is the same, and what judged it is not."""
    other = attrs.evolve(DEFINITION)
    fits = other.criteria["fits"]
    newer = attrs.evolve(fits, provenance=attrs.evolve(fits.provenance, version="2"))
    other = attrs.evolve(DEFINITION, criteria={**DEFINITION.criteria, "fits": newer})
    store.register(DEFINITION, now=NOW)
    store.register(other, now=NOW)

    with store.reading() as reading:
        (kept,) = reading.definitions()
        contents = list(reading.connection.scalars(sa.select(schema.rules.c.content)))
    assert {DEFINITION.rules_digest, other.rules_digest} == {rules["digest"] for rules in kept["rules"]}
    assert {canonical_bytes(DEFINITION.rules), canonical_bytes(other.rules)} == set(contents)


def test_one_version_has_one_text(store: Store) -> None:
    """Whoever changes the text raises the version."""
    store.register(DEFINITION, now=NOW)

    with pytest.raises(DefinitionConflictError, match="another text of made version 1") as caught:
        store.register(made(arrow("qualify", "iql", "mql")), now=NOW)
    assert "raise the version" in str(caught.value)


def test_many_may_begin_with_it_at_once(postgres_store: str) -> None:
    """On a server writers do not wait for each other; one keeps it, and all go on."""
    barrier, many = Barrier(4), list[Store]()

    def begin(_: int) -> None:
        store = Store(postgres_store)
        many.append(store)
        barrier.wait()
        store.register(DEFINITION, now=NOW)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(begin, range(4)))
    with many[0].reading() as reading:
        assert 1 == len(list(reading.definitions()))
    for store in many:
        store.close()


class TestVersions:
    """A new version may be opened on a live store while every stage that holds a lead still exists."""

    def live(self, store: Store) -> None:
        """Keep two leads in mql, one in recycled and one in sal."""
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            transaction.add([(name, *lived(name)) for name in ("1", "2")], now=NOW)
            records, refusals = lived("3")
            transaction.add([("3", records[:-1], refusals)], now=NOW)
            records, refusals = lived("4")
            transaction.add([("4", records[:3], refusals)], now=NOW)

    def test_stages_that_nobody_stands_in_may_go(self, store: Store) -> None:
        """What leads have left is history, and stays readable."""
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            transaction.add([("1", *lived("1"))], now=NOW)
        newer = made(arrow("qualify", "iql", "mql"), version="2")
        store.register(newer, now=NOW)

        with store.reading() as reading:
            assert ["1", "2"] == [kept["version"] for kept in reading.definitions()]
            assert "sal" == reading.history("1")[2].target

    def test_stranded_leads_are_counted_by_stage(self, store: Store) -> None:
        """And nothing of the new version is kept."""
        self.live(store)
        newer = made(arrow("qualify", "iql", "mql"), version="2")

        with pytest.raises(StrandedLeadsError, match="1 in recycled, 1 in sal; keep these stages") as caught:
            store.register(newer, now=NOW)
        assert {"recycled": 1, "sal": 1} == caught.value.stages
        with store.reading() as reading:
            assert ["1"] == [kept["version"] for kept in reading.definitions()]

    def test_an_older_version_strands_leads_as_well(self, store: Store) -> None:
        """It is kept already, and leads have gone on to stages that it never had."""
        older = made(arrow("qualify", "iql", "mql", "demo", automatic=True), version="0")
        store.register(older, now=NOW)
        self.live(store)

        with pytest.raises(StrandedLeadsError) as caught:
            store.register(older, now=NOW)
        assert {"recycled": 1, "sal": 1} == caught.value.stages

    def test_a_version_with_all_stages_is_opened(self, store: Store) -> None:
        """More stages do no harm."""
        self.live(store)
        newer = made(
            arrow("qualify", "iql", "mql"),
            arrow("accept", "mql", "sal"),
            arrow("recycle", "mql sal", "recycled"),
            arrow("win", "sal", "customer"),
            version="2",
        )
        store.register(newer, now=NOW)

        with store.reading() as reading:
            assert ["1", "2"] == [kept["version"] for kept in reading.definitions()]
