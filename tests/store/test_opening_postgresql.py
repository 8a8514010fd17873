"""Opening a database on a server as a store: what is set, what is refused, and what is left as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.errors import NotAStoreError, StoreError, StoreVersionError
from lifecycle.store.migrating import upgrade
from lifecycle.store.schema import REVISION
from lifecycle.store.sql import Store
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import init, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def made(postgres_url: str) -> str:
    """The URL of a store of its own, which a test may spoil."""
    init(postgres_url)
    return postgres_url


def sql(url: str, *statements: str) -> list[Any]:
    """Run statements around our code, as the owner, and return the rows of the last."""
    with postgres(url) as connection:
        for statement in statements[:-1]:
            connection.execute(statement.encode())
        last = connection.execute(statements[-1].encode())
        return last.fetchall() if last.description else []


class TestRefusing:
    """What is no store of ours, or of another revision, is left alone."""

    @pytest.mark.parametrize(("revision", "advice"), [("7777", "upgrade lead-lifecycle"), ("0000", "store upgrade")])
    def test_another_revision_is_refused(self, made: str, revision: str, advice: str) -> None:
        """Both are named, and what to do."""
        sql(made, f"UPDATE lifecycle_version SET version_num = '{revision}'")

        with pytest.raises(StoreVersionError, match=advice) as caught:
            Store(made)
        assert (revision, REVISION) == (caught.value.found, caught.value.known)

    def test_a_store_of_another_application_is_refused(self, made: str) -> None:
        """Tables of the same names do not make it ours."""
        sql(
            made,
            "ALTER TABLE lifecycle_properties DISABLE TRIGGER USER",
            "UPDATE lifecycle_properties SET value = 'x' WHERE name = 'application'",
        )
        with pytest.raises(NotAStoreError, match="was not made by lead-lifecycle"):
            Store(made)

    @pytest.mark.parametrize("schemas", [(), ("sales",), ("sales", "support")])
    def test_a_name_that_may_be_wrong_is_doubted(self, postgres_url: str, schemas: tuple[str, ...]) -> None:
        """Rather than have a second store made; the schemas that do hold one are named."""
        for schema in schemas:
            init(postgres_url, schema)
        found = f" There is a store in the schema {' and '.join(schemas)}" if schemas else ""
        doubt = f"`lifecycle store init`, or is the name wrong?{found}"
        with pytest.raises(StoreError) as opening:
            Store(f"{postgres_url}&schema=slaes")
        with pytest.raises(NotAStoreError) as upgrading:
            upgrade(f"{postgres_url}&schema=slaes")

        assert [True, True] == [str(caught.value).endswith(doubt) for caught in (opening, upgrading)]

    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
    def test_a_url_is_shown_without_the_driver_that_is_ours(self, made: str, scheme: str) -> None:
        """Whoever typed `postgresql://` finds it in a message."""
        with pytest.raises(StoreError, match="the store postgresql://"):
            Store(f"{scheme}://{made.partition('://')[2]}", schema="slaes")

    def test_a_password_is_shown_nowhere(self, made: str) -> None:
        """Neither in the text of a store nor in what it says of a failure."""
        url = sa.make_url(made).set(password="hunter2").render_as_string(hide_password=False)
        store = Store(url)
        store.close()

        assert "hunter2" not in repr(store)
        with pytest.raises(StoreError, match="has been closed") as caught:
            store.register(DEFINITION, now=NOW)
        assert "hunter2" not in str(caught.value)


class TestSettings:
    """What our own connections set, and what an engine from outside keeps."""

    @pytest.fixture
    def store(self, postgres_store: str, request: pytest.FixtureRequest) -> Iterator[Store]:
        """A store, opened as the test says: options of the server, and durability."""
        options, durability = request.param
        store = Store(f"{postgres_store}&options={options}", durability=durability)
        yield store
        store.close()

    @pytest.mark.parametrize(
        ("store", "expected"),
        [
            (("", "full"), "on"),
            (("-c%20synchronous_commit%3Doff", "full"), "on"),
            (("-c%20synchronous_commit%3Dremote_apply", "full"), "remote_apply"),
            (("", "normal"), "off"),
        ],
        indirect=["store"],
    )
    def test_durability_is_what_was_asked_for(self, store: Store, expected: str) -> None:
        """A commit is on the disk, whatever the server does unasked; where it waits for more, that stays."""
        with store.writing() as transaction:
            assert expected == transaction.connection.exec_driver_sql("SHOW synchronous_commit").scalar()

    def test_writing_and_reading_have_their_levels(self, postgres_store: str) -> None:
        """Readings see one state of the database; writers are told who was first by keys and not by the level."""
        store = Store(postgres_store)
        for _ in range(2):
            with store.writing() as transaction:
                assert ("read committed", "off") == levels(transaction.connection)
            with store.reading() as reading:
                assert ("repeatable read", "on") == levels(reading.connection)
        store.close()

    def test_instants_do_not_depend_on_a_time_zone(self, postgres_store: str) -> None:
        """Neither that of the server nor that of the session."""
        stores = [Store(f"{postgres_store}&options=-c%20timezone%3D{zone}") for zone in ("Asia/Tokyo", "UTC")]
        stores[0].register(DEFINITION, now=NOW)
        with stores[0].writing() as transaction:
            transaction.append("1", lived("1")[0], expected=0, now=NOW)
        for store in stores:
            with store.reading() as reading:
                history = reading.history("1")
                assert lived("1")[0] == history
                assert {NOW} == {record.envelope.recorded_at for record in history if record.envelope}
            store.close()

    def test_a_view_is_consistent(self, postgres_store: str) -> None:
        """What others write in the meantime is not seen in it."""
        store = Store(postgres_store)
        store.register(DEFINITION, now=NOW)
        with store.reading() as reading:
            assert () == reading.history("1")
            with store.writing() as transaction:
                transaction.append("1", lived("1")[0], expected=0, now=NOW)
            assert () == reading.history("1")
        with store.reading() as reading:
            assert 5 == len(reading.history("1"))
        store.close()

    def test_an_engine_from_outside_stays_as_it_is(self, postgres_store: str) -> None:
        """Its connections keep their settings, and it stays open."""
        engine = sa.create_engine(f"{postgres_store}&options=-c%20synchronous_commit%3Doff", pool_size=1)
        store = Store(engine)
        store.register(DEFINITION, now=NOW)
        store.close()

        with engine.connect() as connection:
            assert "off" == connection.exec_driver_sql("SHOW synchronous_commit").scalar()
            assert ("read committed", "off") == levels(connection)
        engine.dispose()


def levels(connection: sa.Connection) -> tuple[Any, Any]:
    """Return the isolation of a transaction, and whether it only reads."""
    asked = ("SHOW transaction_isolation", "SHOW transaction_read_only")
    isolation, reads = (connection.exec_driver_sql(query).scalar() for query in asked)
    return isolation, reads
