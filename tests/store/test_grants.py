"""The script of grants: each role does its work, and the database refuses it everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from lifecycle import Lead, Lifecycle
from lifecycle.errors import StoreError
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.doors import ACCEPT, DEFINITION, interested
from tests.made import day
from tests.store.granting import ROLES, SCRIPT, Urls, granted
from tests.store.lives import lived
from tests.stores import init, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Server

pytestmark = pytest.mark.checkout

TABLES: Final = tuple(schema.metadata.tables)
REFUSED: Final = "the role may not do this"


@pytest.fixture(scope="module")
def urls(postgres_server: Server) -> Iterator[Urls]:
    """A store, by the URL of its owner and of each role."""
    with postgres_server.database() as url:
        init(url)
        with granted(url) as found:
            Lifecycle(DEFINITION, url).close()
            yield found


def refused(url: str, statement: str) -> str | None:
    """Return the code with which a statement is refused; None where it is not."""
    try:
        with postgres(url) as connection, connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return error.sqlstate
    return None


class TestWork:
    """Each role does what it is for."""

    def test_an_application_writes(self, urls: Urls) -> None:
        """All that a definition, a command and a replay write."""
        with Lifecycle(DEFINITION, urls["app"], clock=lambda: day(10)) as door:
            reply = door.fire(interested("a"), **ACCEPT, key="k", lock=True)
            assert door.fire(interested("a"), **ACCEPT, key="k").repeated
            with door.store.writing() as transaction:
                transaction.add([("b", *lived("b", definition=DEFINITION))], now=day(10))

            assert "mql" == reply.journey.stage
            assert lived("b", definition=DEFINITION)[0] == door.history("b")

    def test_an_application_neither_seals_nor_erases(self, urls: Urls) -> None:
        """It cannot say itself that what it wrote has been there for long, nor make anybody forgotten."""
        with Lifecycle(DEFINITION, urls["app"], clock=lambda: day(10)) as door:
            door.advance(interested("c"))
            with pytest.raises(StoreError, match=REFUSED):
                door.store.seal(now=day(11))
            with pytest.raises(StoreError, match=REFUSED):
                door.store.erase("c", basis="gdpr_17", actor="legal:1", now=day(11))

            assert 2 == len(door.history("c"))

    def test_the_others_do_theirs(self, urls: Urls) -> None:
        """One seals, one erases, one only reads, and all may be checked by whoever reads."""
        with Lifecycle(DEFINITION, urls["app"], clock=lambda: day(10)) as door:
            door.advance(interested("d"))
        sealer, eraser, reader = (Store(urls[role]) for role in ("sealer", "eraser", "reader"))
        before = sealer.seal(now=day(11))
        eraser.hold("d", basis="law", actor="legal:1", now=day(12))
        eraser.release("d", basis="law", actor="legal:1", now=day(12))
        eraser.erase("d", basis="gdpr_17", actor="legal:1", now=day(13))
        after = sealer.seal(now=day(14))
        with reader.reading() as reading:
            assert () == reading.history("d")

        assert before.size + 3 == after.size
        assert [] == list(reader.verify(before).findings)
        with pytest.raises(StoreError, match=REFUSED), eraser.writing() as transaction:
            transaction.append("e", lived("e")[0], expected=0, now=day(10))
        for store in (sealer, eraser, reader):
            store.close()

    def test_a_store_in_a_schema_of_its_own(self, postgres_url: str) -> None:
        """The script finds it by the search path, and its roles get no further than that schema."""
        init(postgres_url, "Sales & Co")
        with granted(postgres_url, 'SET search_path TO "Sales & Co"') as found:
            with Lifecycle(DEFINITION, f"{postgres_url}&schema=Sales+%26+Co", clock=lambda: day(10)):
                pass  # the owner registers the definition
            with Lifecycle(DEFINITION, f"{found['app']}&schema=Sales+%26+Co", clock=lambda: day(10)) as door:
                assert "mql" == door.fire(interested("a"), **ACCEPT).journey.stage
            with postgres(found["app"]) as connection:
                query = "SELECT pg_catalog.array_agg(nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^info'"
                rights = "AND nspacl::text ~ current_user"
                assert (["Sales & Co"],) == connection.execute(f"{query} {rights}".encode()).fetchone()

    def test_who_has_no_rights_is_told_what_gives_them(self, urls: Urls) -> None:
        """The script, and the page that explains it."""
        advice = r"docs/reference/grants\.sql.*docs/how-to/run-on-postgresql\.md"
        with Lifecycle(DEFINITION, urls["app"]) as door, pytest.raises(StoreError, match=advice):
            door.store.seal(now=day(11))

    def test_a_reader_writes_nothing(self, urls: Urls) -> None:
        """Not even the definition with which it looks."""
        with Lifecycle(DEFINITION, urls["reader"], clock=lambda: day(10), trial=True) as door:
            assert "iql" == door.advance(Lead("f").activity("came", at=day(0))).journey.stage
            assert () == door.history("f")
        store = Store(urls["reader"])
        with pytest.raises(StoreError, match=REFUSED), store.writing() as transaction:
            transaction.append("f", lived("f")[0], expected=0, now=day(10))
        store.close()


class TestRights:
    """What nobody may do, whoever goes round our code."""

    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_changes_a_row_or_empties_a_table(self, urls: Urls, role: str) -> None:
        """In no table: neither right is in the script."""
        for table in TABLES:
            column = next(iter(schema.metadata.tables[table].columns)).name
            locks = (role, table) == (
                "eraser",
                schema.subjects.name,
            )  # it may lock these rows, which is not to change them
            assert ("23001" if locks else "42501") == refused(urls[role], f'UPDATE {table} SET "{column}" = "{column}"')
            assert "42501" == refused(urls[role], f"TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize("role", ROLES)
    def test_only_what_is_for_a_role_is_deleted(self, urls: Urls, role: str) -> None:
        """Who seals deletes what waited, who erases what is personal, and others nothing."""
        may = {
            "sealer": {schema.pending.name},
            "eraser": {table.name for table in schema.DELETABLE} - {schema.pending.name},
        }.get(role, set())
        for table in TABLES:
            code = refused(urls[role], f"DELETE FROM {table}")
            assert (code in {None, "23503"}) if table in may else code == "42501", table

    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_takes_a_guard_away(self, urls: Urls, role: str) -> None:
        """That is for the owner, whom the digests show."""
        for statement in (
            "ALTER TABLE lifecycle_records DISABLE TRIGGER ALL",
            "DROP TRIGGER lifecycle_records_no_update ON lifecycle_records",
            "DROP TABLE lifecycle_records CASCADE",
            "ALTER FUNCTION lifecycle_refuse() RENAME TO lifecycle_allow",
            "ALTER TABLE lifecycle_records DROP CONSTRAINT fk_lifecycle_records_edge",
            "SET session_replication_role = replica",
        ):
            assert refused(urls[role], statement) == "42501", statement

    def test_the_script_names_every_table(self) -> None:
        """A table that is added later is thought of."""
        script = SCRIPT.read_text(encoding="utf-8")

        assert [] == [table for table in TABLES if table not in script]
