"""Verifying a store: what it is made of, what it can be trusted in, and that nothing ends the check early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.errors import Severity
from lifecycle.loading import read_definition
from lifecycle.store import schema, verify
from lifecycle.store.checks.finding import CODES
from lifecycle.store.sql import Store
from tests.made import REGISTRY, day
from tests.store.attacking import Owner, owning
from tests.store.lives import DEFINITION, NOW, lived
from tests.store.sealing import ENTRIES, keep
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.store.verify import Finding

RECORDS = "lifecycle_records"


def told(findings: list[Finding]) -> list[str]:
    """Return what is said, without what is only a warning or a note."""
    return [finding.message for finding in findings if finding.severity is Severity.ERROR]


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Store]:
    """A store of two leads in SQLite."""
    store = Store("sqlite://")
    keep(store, "1", "2")
    store.seal(now=day(101))
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgresql(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same on PostgreSQL, in a database of its own."""
    with request.getfixturevalue("postgres_server").database() as url:
        init(url)
        store = Store(url)
        keep(store, "1", "2")
        store.seal(now=day(101))
        yield store
        store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def owner(request: pytest.FixtureRequest) -> Iterator[Owner]:
    """Somebody who may change tables; what is done is taken back in the end."""
    with owning(request.getfixturevalue(request.param), guarded=True) as owner:
        yield owner


@pytest.fixture
def on_server(postgresql: Store) -> Iterator[Owner]:
    """The same on PostgreSQL."""
    with owning(postgresql, guarded=True) as owner:
        yield owner


@pytest.fixture
def in_file(sqlite: Store) -> Iterator[Owner]:
    """The same in SQLite."""
    with owning(sqlite, guarded=True) as owner:
        yield owner


class TestReport:
    """What is reported."""

    def test_a_store_that_nobody_touched(self, store: Store) -> None:
        """Everything is counted, and nothing found."""
        keep(store, "1", "2")
        store.seal(now=day(101))
        keep(store, "3")
        report = store.verify()

        assert (True, 0, (), {}) == (report.ok, report.wrong, report.findings, report.counts)
        assert {"record": 15, "refusal": 3, "erasure": 0} == report.entries
        assert 2 * ENTRIES == report.sealed

    def test_an_empty_store(self, store: Store) -> None:
        """There is nothing to be wrong."""
        assert store.verify().ok

    def test_a_great_many_findings_are_counted(self, monkeypatch: pytest.MonkeyPatch, sqlite: Store) -> None:
        """Not all of them are kept in memory."""
        monkeypatch.setattr(verify, "MOST", 3)
        with owning(sqlite) as owner:
            owner.run("UPDATE lifecycle_records SET actor = 'sales:666'")
            report = verify.verify(owner.view)

        assert (3, 10) == (len(report.findings), report.counts["column"])
        assert not report.ok

    def test_every_finding_says_what_to_do(self) -> None:
        """In words of its own code."""
        assert [] == [code for code, (_, advice) in CODES.items() if not advice]

    def test_several_definitions_are_checked(self, store: Store) -> None:
        """Each record is re-checked by that of its day."""
        keep(store, "1")
        text = DEFINITION.text.replace('version = "1"', 'version = "2"')
        store.register(read_definition(text, plugins=REGISTRY), now=NOW)
        with store.writing() as transaction:
            transaction.add([("2", *lived("2", definition=read_definition(text, plugins=REGISTRY)))], now=NOW)

        assert store.verify().ok


class TestStructure:
    """The store is made as it should be, or it says what is missing."""

    def test_a_missing_trigger(self, owner: Owner) -> None:
        """Whatever it guarded, it does no more."""
        on = "" if owner.connection.dialect.name == "sqlite" else f" ON {RECORDS}"
        owner.run(f"DROP TRIGGER {RECORDS}_no_update{on}")

        assert ["the trigger lifecycle_records_no_update of lifecycle_records is not there"] == _errors(owner)

    def test_a_missing_index(self, owner: Owner) -> None:
        """Things are slow, and nothing is wrong."""
        owner.run(f"DROP INDEX ix_{RECORDS}_at")
        [finding] = owner.findings()

        assert ("missing-index", Severity.WARNING) == (finding.code, finding.severity)

    def test_a_missing_table(self, owner: Owner) -> None:
        """Nothing more can be looked at."""
        owner.run("ALTER TABLE lifecycle_tiles RENAME TO elsewhere")

        assert "missing-table" == owner.codes()[0]

    def test_a_trigger_of_somebody_else(self, in_file: Owner) -> None:
        """It may be right, so that it is noted only."""
        in_file.run(f"CREATE TRIGGER theirs AFTER INSERT ON {RECORDS} BEGIN SELECT 1; END")
        [finding] = in_file.findings()

        assert ("other-trigger", Severity.NOTE) == (finding.code, finding.severity)

    def test_a_trigger_that_does_something_else(self, in_file: Owner) -> None:
        """It has the right name, and guards nothing."""
        in_file.run(f"DROP TRIGGER {RECORDS}_no_update")
        in_file.run(f"CREATE TRIGGER {RECORDS}_no_update BEFORE UPDATE ON {RECORDS} BEGIN SELECT 1; END")

        assert ["the trigger lifecycle_records_no_update of lifecycle_records does something else"] == _errors(in_file)

    def test_a_function_that_does_something_else(self, on_server: Owner) -> None:
        """All triggers call it."""
        on_server.run(
            "CREATE OR REPLACE FUNCTION lifecycle_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$"
        )
        findings = _errors(on_server)

        assert {"does something else"} == {" ".join(message.split()[-3:]) for message in findings}

    def test_a_disabled_trigger(self, on_server: Owner) -> None:
        """Somebody loaded data, and forgot to enable it again."""
        on_server.run(f"ALTER TABLE {RECORDS} DISABLE TRIGGER {RECORDS}_no_update")

        assert ["the trigger lifecycle_records_no_update of lifecycle_records is disabled"] == _errors(on_server)

    def test_disabled_foreign_keys(self, on_server: Owner) -> None:
        """On PostgreSQL they are triggers, too."""
        on_server.run("ALTER TABLE lifecycle_details DISABLE TRIGGER ALL")

        assert {"disabled-trigger"} == set(on_server.codes())

    def test_a_constraint_that_was_never_checked(self, on_server: Owner) -> None:
        """It holds for what comes, and nobody knows of what was there."""
        on_server.run(f"ALTER TABLE {RECORDS} DROP CONSTRAINT ck_{RECORDS}_counted")
        assert [f"{RECORDS} has no constraint ck_{RECORDS}_counted"] == _errors(on_server)

        on_server.run(
            f"ALTER TABLE {RECORDS} ADD CONSTRAINT ck_{RECORDS}_counted CHECK (sequence >= 1 and cycle >= 1) NOT VALID"
        )
        assert ["unchecked-constraint"] == on_server.codes()

    def test_a_column_that_may_be_empty(self, on_server: Owner) -> None:
        """A source that is null would go round the foreign keys."""
        on_server.run(f"ALTER TABLE {RECORDS} ALTER COLUMN source DROP NOT NULL")

        assert [f"{RECORDS}.source may be empty, and must not"] == _errors(on_server)

    def test_a_missing_column(self, on_server: Owner) -> None:
        """The tables were changed by hand."""
        on_server.run("ALTER TABLE lifecycle_properties RENAME COLUMN value TO other")

        assert ["lifecycle_properties has no column value"] == _errors(on_server)

    def test_a_file_that_is_not_written_ahead(self, url: str) -> None:
        """Readers and a writer wait for each other: a warning."""
        store = Store(url)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        [finding] = store.verify().findings
        store.close()

        assert ("journal-mode", Severity.WARNING, True) == (finding.code, finding.severity, store is not None)

    def test_a_row_that_refers_to_nothing(self, in_file: Owner) -> None:
        """Foreign keys were off when it was written."""
        command = {"command": "c", "subject": "nobody", "refusal": 1, "recorded_at": 1}
        in_file.run(schema.commands.insert(), command)

        assert {"dangling"} == set(in_file.codes())


def _errors(owner: Owner) -> list[str]:
    return told(list(verify.verify(owner.view).findings))


class TestDamage:
    """Whatever somebody has written into a row, the check goes on behind it."""

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            *[("content", value) for value in (b"", b"\xff\xfe", b"[]", b"null", b'{"at":1}', "text", 7)],
            *[("recorded_at", value) for value in ("yesterday", b"\x00", -(2**62))],
            *[("digest", value) for value in ("", "no digest", b"\x00")],
            *[("format", value) for value in ("", "lifecycle-record-99", "\u00fc", b"\x00")],
            *[("at", "later"), ("sequence", 77), ("previous", b"\x00"), ("commitment", 7)],
        ],
    )
    def test_a_value_that_no_program_would_write(self, sqlite: Store, column: str, value: Any) -> None:
        """SQLite keeps anything in any column. Only the record itself, and the one behind it, are said to be wrong."""
        with owning(sqlite) as owner:
            subject = owner.run("SELECT subject FROM lifecycle_subjects WHERE lead = '1'").scalar_one()
            owner.run(
                f"UPDATE lifecycle_records SET {column} = :value WHERE sequence = 3 AND subject = :subject",
                {"value": value, "subject": subject},
            )
            report = verify.verify(owner.view)

        wrong = [finding for finding in report.findings if finding.code != "missing-trigger"]
        assert wrong
        assert {"record": 10, "refusal": 2, "erasure": 0} == report.entries
        assert {subject} >= {finding.subject for finding in wrong} - {None}

    @pytest.mark.parametrize("column", ["salt", "body"])
    def test_a_detail_that_is_no_detail(self, sqlite: Store, column: str) -> None:
        """Likewise."""
        with owning(sqlite) as owner:
            owner.run(f"UPDATE lifecycle_details SET {column} = 'text' WHERE sequence = 3")

            assert 2 == len(owner.codes())

    def test_content_that_is_not_canonical(self, sqlite: Store) -> None:
        """It says the same with a blank more; whoever wrote it was not this library."""
        with owning(sqlite) as owner:
            row = owner.rows("record", owner.run("SELECT subject FROM lifecycle_subjects").scalars().first())[2]
            owner.put("record", row, content=row["content"].replace(b'{"actor"', b'{ "actor"'))

            assert ["digest", "content"] == owner.codes()

    def test_an_erasure_that_cannot_be_read_covers_nothing(self, store: Store) -> None:
        """What it should have explained is missed again."""
        keep(store, "1", "2")
        store.erase("1", basis="gdpr_17", actor="legal:1", now=NOW)
        store.seal(now=day(101))
        assert store.verify().ok

        with owning(store) as owner:
            owner.run(schema.erasures.update().values(content=b"{}"))
            assert {"content", "digest", "detail-gone"} == set(owner.codes())


class TestCovering:
    """Personal data may be missing where an entry says why."""

    def test_an_erased_lead(self, store: Store) -> None:
        """Records, refusals and the map."""
        keep(store, "1", "2")
        store.erase("1", basis="gdpr_17", actor="legal:1", now=NOW)

        assert store.verify().ok

    def test_redacted_details(self, store: Store) -> None:
        """All before an instant, of everybody."""
        keep(store, "1", "2")
        store.redact(day(3), basis="retention_1", actor="legal:1", now=NOW)

        assert store.verify().ok

    @pytest.mark.parametrize("held", ["before", "between", "after"])
    def test_a_hold_keeps_a_redaction_from_explaining(self, store: Store, held: str) -> None:
        """The details of a lead that was held then must be there; one that was held at another time was redacted."""
        keep(store, "1", "2")
        people: dict[str, Any] = {"basis": "case_1", "actor": "legal:1", "now": NOW}
        if held != "after":
            store.hold("1", **people)
        if held == "before":
            store.release("1", **people)
        store.redact(day(3), basis="retention_1", actor="legal:1", now=NOW)
        if held == "after":
            store.hold("1", **people)
        assert store.verify().ok

        with owning(store) as owner:
            owner.run(schema.details.delete().where(schema.details.c.sequence == 1))
            owner.run(schema.refusal_details.delete())
            assert ({"detail-gone"} if held == "between" else set()) == set(owner.codes())

    def test_what_was_decided_later_is_not_explained(self, store: Store) -> None:
        """A redaction is of what was before its instant."""
        keep(store, "1")
        store.redact(day(3), basis="retention_1", actor="legal:1", now=NOW)
        with owning(store) as owner:
            owner.run(schema.details.delete())
            assert len(lived("1")[0]) > len(owner.codes()) > 0


def test_a_store_in_a_schema_is_looked_at_there(postgres_url: str) -> None:
    """Its tables and triggers are those of the schema, and not of another with the same names."""
    for name in (None, "crm"):
        init(postgres_url, name)
    store = Store(postgres_url, schema="crm")
    keep(store, "1")
    store.seal(now=day(101))
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER {RECORDS}_no_update ON public.{RECORDS}"))
    assert store.verify().ok

    with store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER {RECORDS}_no_update ON crm.{RECORDS}"))
    assert ["missing-trigger"] == [finding.code for finding in store.verify().findings]
    store.close()
