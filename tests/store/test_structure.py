"""Verifying what a store is made of: whatever guards it has to be there, and to be what it was made as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import sqlalchemy as sa

from lifecycle.errors import Severity
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.store.attacking import Owner, owning
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.store.verify import Finding

RECORDS: Final = "lifecycle_records"
ENTRY: Final = "ck_lifecycle_records_entry"
EDGE: Final = "fk_lifecycle_records_edge"
CALL: Final = "EXECUTE FUNCTION lifecycle_refuse()"
SUPPRESS: Final = "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
AGAIN: Final = f"DROP CONSTRAINT {EDGE}, ADD CONSTRAINT {EDGE} FOREIGN KEY"
ONE_COLUMN: Final = f"{AGAIN} (definition_hash) REFERENCES lifecycle_definitions (hash)"
MOVE: Final = "(definition_hash, trigger, source, target)"
SAME_EDGE: Final = f"{AGAIN} {MOVE} REFERENCES lifecycle_edges {MOVE}"


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Store]:
    """An empty store in SQLite."""
    store = Store("sqlite://")
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgresql(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same on PostgreSQL, in a database of its own."""
    with request.getfixturevalue("postgres_server").database() as url:
        init(url)
        store = Store(url)
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
    """The same in SQLite, who may also rewrite what SQLite keeps of a statement."""
    with owning(sqlite, guarded=True) as owner:
        owner.run("PRAGMA writable_schema=ON")
        yield owner
        owner.run("PRAGMA writable_schema=OFF")


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return codes and messages."""
    return [(finding.code, finding.message) for finding in findings]


class TestMissing:
    """What is not there is missed."""

    def test_a_trigger(self, owner: Owner) -> None:
        """Whatever it guarded, it does no more."""
        on = "" if owner.connection.dialect.name == "sqlite" else f" ON {RECORDS}"
        owner.run(f"DROP TRIGGER {RECORDS}_no_update{on}")
        findings = said(owner.findings(of_guards=True))

        assert [("missing-trigger", f"{RECORDS} has no trigger {RECORDS}_no_update")] == findings

    def test_an_index(self, owner: Owner) -> None:
        """Things are slow, and nothing is wrong."""
        owner.run(f"DROP INDEX ix_{RECORDS}_at")
        [finding] = owner.findings()

        assert ("missing-index", Severity.WARNING) == (finding.code, finding.severity)

    def test_a_table(self, owner: Owner) -> None:
        """Nothing more can be looked at, and what belonged to it is not missed one by one."""
        owner.run("DROP TABLE lifecycle_tiles")

        assert [("missing-table", "there is no table lifecycle_tiles")] == said(owner.findings(of_guards=True))

    def test_a_column(self, on_server: Owner) -> None:
        """The tables were changed by hand."""
        on_server.run("ALTER TABLE lifecycle_properties RENAME COLUMN value TO other")

        assert ["missing-column", "other-column"] == on_server.codes()

    def test_a_constraint(self, on_server: Owner) -> None:
        """Nothing refuses what it refused."""
        on_server.run(f"ALTER TABLE {RECORDS} DROP CONSTRAINT {ENTRY}")

        assert [("missing-constraint", f"{RECORDS} has no constraint {ENTRY}")] == said(on_server.findings())


class TestServer:
    """What has its name on PostgreSQL, and is something else."""

    @pytest.mark.parametrize(
        ("code", "words", "statement"),
        [
            ("changed-constraint", "`check true`", f"DROP CONSTRAINT {ENTRY}, ADD CONSTRAINT {ENTRY} CHECK (true)"),
            (
                "changed-constraint",
                "`check ( sequence = 1 ) >= ( source = '(new)' )`",
                f"DROP CONSTRAINT {ENTRY}, ADD CONSTRAINT {ENTRY} CHECK ((sequence = 1) >= (source = '(new)'))",
            ),
            ("changed-constraint", "`foreign key (definition_hash) to lifecycle_definitions (hash)`", ONE_COLUMN),
            ("changed-constraint", "ON DELETE CASCADE", f"{SAME_EDGE} ON DELETE CASCADE"),
            ("changed-constraint", "deferrable", f"ALTER CONSTRAINT {EDGE} DEFERRABLE INITIALLY DEFERRED"),
            ("changed-column", "`character varying`", "ALTER COLUMN target DROP NOT NULL"),
            ("changed-column", "character varying(9)", "ALTER COLUMN actor TYPE varchar(9)"),
            ("changed-column", "collate", 'ALTER COLUMN actor TYPE varchar COLLATE "C"'),
            ("changed-column", "default 'mql'", "ALTER COLUMN target SET DEFAULT 'mql'"),
            ("changed-table", "row security", "ENABLE ROW LEVEL SECURITY"),
            ("other-column", "a column extra", "ADD COLUMN extra text"),
            ("other-constraint", "a constraint theirs", "ADD CONSTRAINT theirs CHECK (cycle < 7)"),
            ("unchecked-constraint", "was never checked", f"{SAME_EDGE} NOT VALID"),
            ("disabled-trigger", "is disabled", f"DISABLE TRIGGER {RECORDS}_no_update"),
            ("disabled-trigger", "is disabled", f"ENABLE REPLICA TRIGGER {RECORDS}_no_update"),
        ],
    )
    def test_a_table_that_was_altered(self, on_server: Owner, code: str, words: str, statement: str) -> None:
        """It is said what is there, and what should be."""
        on_server.run(f"ALTER TABLE {RECORDS} {statement}")
        [finding] = on_server.findings(of_guards=True)

        assert code == finding.code
        assert words in finding.message

    @pytest.mark.parametrize(
        ("name", "words", "made"),
        [
            ("update", "if a condition holds", f"BEFORE UPDATE ON {RECORDS} FOR EACH ROW WHEN (false) {CALL}"),
            ("update", "of some columns", f"BEFORE UPDATE OF cycle ON {RECORDS} FOR EACH ROW {CALL}"),
            ("update", "after update", f"AFTER UPDATE ON {RECORDS} FOR EACH ROW {CALL}"),
            ("delete", "after truncate", f"AFTER TRUNCATE ON {RECORDS} FOR EACH STATEMENT {CALL}"),
            ("delete", "for each statement", f"BEFORE DELETE ON {RECORDS} FOR EACH STATEMENT {CALL}"),
            ("update", "suppress", f"BEFORE UPDATE ON {RECORDS} FOR EACH ROW {SUPPRESS}"),
        ],
    )
    def test_a_trigger_that_does_not_guard(self, on_server: Owner, name: str, words: str, made: str) -> None:
        """It has the right name, and mostly even the right function."""
        on_server.run(f"DROP TRIGGER {RECORDS}_no_{name} ON {RECORDS}")
        on_server.run(f"CREATE TRIGGER {RECORDS}_no_{name} {made}")
        [finding] = on_server.findings(of_guards=True)

        assert "changed-trigger" == finding.code
        assert words in finding.message

    def test_a_function_that_does_something_else(self, on_server: Owner) -> None:
        """All triggers call it."""
        on_server.run(
            "CREATE OR REPLACE FUNCTION lifecycle_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$"
        )
        findings = on_server.findings(of_guards=True)

        assert {"changed-trigger"} == {finding.code for finding in findings}
        assert all("lifecycle_refuse, which does something else" in finding.message for finding in findings)

    @pytest.mark.parametrize(
        ("words", "statement"),
        [
            ("the rule gone", f"CREATE RULE gone AS ON DELETE TO {RECORDS} DO INSTEAD NOTHING"),
            ("by inheritance", f"CREATE TABLE theirs () INHERITS ({RECORDS})"),
            ("not logged", "ALTER TABLE lifecycle_tiles SET UNLOGGED"),
        ],
    )
    def test_a_table_of_another_kind(self, on_server: Owner, words: str, statement: str) -> None:
        """Statements are changed on their way, rows come from elsewhere, or go with the next crash."""
        on_server.run(statement)
        [finding] = on_server.findings()

        assert "changed-table" == finding.code
        assert words in finding.message

    @pytest.mark.parametrize(
        ("made", "words"), [("(at)", "`on (at)`"), ("(at, subject, sequence) WHERE cycle > 1", "where (cycle > 1)")]
    )
    def test_an_index_over_something_else(self, on_server: Owner, made: str, words: str) -> None:
        """Things are slow, and nothing is wrong."""
        on_server.run(f"DROP INDEX ix_{RECORDS}_at")
        on_server.run(f"CREATE INDEX ix_{RECORDS}_at ON {RECORDS} {made}")
        [finding] = on_server.findings()

        assert ("changed-index", Severity.WARNING) == (finding.code, finding.severity)
        assert words in finding.message

    def test_an_index_of_theirs(self, on_server: Owner) -> None:
        """It makes something quicker; only one that refuses rows is worth a note."""
        on_server.run(f"CREATE INDEX theirs ON {RECORDS} (actor)")
        assert [] == on_server.findings()

        on_server.run(f"CREATE UNIQUE INDEX once ON {RECORDS} (actor)")
        assert ["other-index"] == on_server.codes()

    def test_disabled_foreign_keys(self, on_server: Owner) -> None:
        """On PostgreSQL they are triggers, too."""
        on_server.run("ALTER TABLE lifecycle_details DISABLE TRIGGER ALL")

        assert {"disabled-trigger"} == set(on_server.codes())

    @pytest.mark.parametrize("whom", ["DATABASE {here}", "ROLE CURRENT_USER", "ROLE CURRENT_USER IN DATABASE {here}"])
    def test_triggers_that_fire_for_nobody(self, on_server: Owner, whom: str) -> None:
        """Whoever connects next changes what he likes."""
        here = str(on_server.connection.engine.url.database)
        on_server.run(f"ALTER {whom.format(here=here)} SET session_replication_role = 'replica'")
        [finding] = on_server.findings()

        assert "disabled-trigger" == finding.code
        assert "session_replication_role" in finding.message

    def test_a_trigger_of_somebody_else(self, on_server: Owner) -> None:
        """It may be right, so that it is noted only."""
        on_server.run(f"CREATE TRIGGER theirs AFTER INSERT ON {RECORDS} FOR EACH ROW {CALL}")
        [finding] = on_server.findings()

        assert ("other-trigger", Severity.NOTE) == (finding.code, finding.severity)


class TestFile:
    """The same on SQLite, which does what the text says that it keeps of a statement."""

    @pytest.mark.parametrize(
        ("before", "after", "code"),
        [
            ("(sequence = 1) = (source = ''(new)'')", "1 = 1", "changed-constraint"),
            ("source, target) REFERENCES", "source, source) REFERENCES", "changed-constraint"),
            ("KEY (subject, sequence)", "KEY (subject, sequence) ON CONFLICT REPLACE", "changed-constraint"),
            ("target VARCHAR NOT NULL", "target VARCHAR", "changed-column"),
            ("content BLOB", "content TEXT", "changed-column"),
            ("actor VARCHAR", "actor VARCHAR COLLATE NOCASE", "changed-column"),
            ("CONSTRAINT ck_lifecycle_records_entry", "CONSTRAINT elsewhere", "missing-constraint"),
            ("actor VARCHAR NOT NULL", "actor VARCHAR NOT NULL, extra TEXT", "other-column"),
            ("CONSTRAINT uq_", "UNIQUE (actor) ON CONFLICT REPLACE, CONSTRAINT uq_", "other-constraint"),
        ],
    )
    def test_a_table_whose_text_was_rewritten(self, in_file: Owner, before: str, after: str, code: str) -> None:
        """Through `writable_schema`, which leaves no other trace."""
        change = f"replace(sql, '{before}', '{after}')"
        which = f"name = '{RECORDS}' AND sql <> {change}"
        assert 1 == in_file.run(f"UPDATE sqlite_master SET sql = {change} WHERE {which}").rowcount

        assert code == in_file.codes()[0]
        assert {"other-constraint"} >= set(in_file.codes()[1:])

    def test_a_table_whose_text_is_written_otherwise(self, in_file: Owner) -> None:
        """Blanks, quotes, capitals, comments and order do not matter: migrations and dumps write them as they like."""
        old = str(in_file.run(f"SELECT sql FROM sqlite_master WHERE name = '{RECORDS}'").scalar_one())
        columns = old.replace("\n", " ").replace("actor VARCHAR NOT NULL, ", "")
        new = columns.replace("CREATE TABLE lifecycle_records", 'CREATE TABLE "lifecycle_records"')
        new = f'{new.rstrip().removesuffix(")")}, /* later */ "actor" varchar  not null)'
        in_file.run("UPDATE sqlite_master SET sql = :new WHERE name = 'lifecycle_records'", {"new": new})

        assert new.replace(" ", "") != old.replace(" ", "")
        assert [] == in_file.findings()

    @pytest.mark.parametrize(
        ("made", "words"),
        [
            (f"BEFORE UPDATE ON {RECORDS} BEGIN SELECT 1; END", "select 1"),
            (f"BEFORE UPDATE ON {RECORDS} WHEN 0 BEGIN SELECT RAISE(ABORT, '{RECORDS} is insert-only'); END", "when 0"),
        ],
    )
    def test_a_trigger_that_does_not_guard(self, in_file: Owner, made: str, words: str) -> None:
        """It has the right name, and guards nothing."""
        in_file.run(f"DROP TRIGGER {RECORDS}_no_update")
        in_file.run(f"CREATE TRIGGER {RECORDS}_no_update {made}")
        [finding] = in_file.findings(of_guards=True)

        assert "changed-trigger" == finding.code
        assert words in finding.message

    def test_an_index_over_something_else(self, in_file: Owner) -> None:
        """Things are slow, and nothing is wrong."""
        in_file.run(f"DROP INDEX ix_{RECORDS}_at")
        in_file.run(f"CREATE INDEX ix_{RECORDS}_at ON {RECORDS} (at)")
        [finding] = in_file.findings()

        assert ("changed-index", Severity.WARNING) == (finding.code, finding.severity)

    def test_an_index_of_theirs(self, in_file: Owner) -> None:
        """A unique one lets INSERT OR REPLACE take a row away that no key of ours finds."""
        in_file.run(f"CREATE INDEX theirs ON {RECORDS} (actor)")
        assert [] == in_file.findings()

        in_file.run(f"CREATE UNIQUE INDEX once ON {RECORDS} (actor)")
        assert ["other-index"] == in_file.codes()

    def test_a_trigger_of_somebody_else(self, in_file: Owner) -> None:
        """It may be right, so that it is noted only."""
        in_file.run(f"CREATE TRIGGER theirs AFTER INSERT ON {RECORDS} BEGIN SELECT 1; END")
        [finding] = in_file.findings()

        assert ("other-trigger", Severity.NOTE) == (finding.code, finding.severity)

    def test_a_file_that_is_not_written_ahead(self, url: str) -> None:
        """Readers and a writer wait for each other: a warning."""
        store = Store(url)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        report = store.verify()
        store.close()

        assert [("journal-mode", Severity.WARNING)] == [(one.code, one.severity) for one in report.findings]
        assert report.ok

    def test_a_row_that_refers_to_nothing(self, in_file: Owner) -> None:
        """Foreign keys were off when it was written."""
        command = {"command": "c", "subject": "nobody", "refusal": 1, "recorded_at": 1}
        in_file.run(schema.commands.insert(), command)

        assert {"dangling"} == set(in_file.codes())


def test_a_store_in_a_schema_is_looked_at_there(postgres_url: str) -> None:
    """Its tables and triggers are those of the schema, and not of another with the same names."""
    for name in (None, "crm"):
        init(postgres_url, name)
    store = Store(postgres_url, schema="crm")
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER {RECORDS}_no_update ON public.{RECORDS}"))
    assert store.verify().ok

    with store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER {RECORDS}_no_update ON crm.{RECORDS}"))
        elsewhere = f"{AGAIN} {MOVE} REFERENCES public.lifecycle_edges {MOVE}"
        connection.execute(sa.text(f"ALTER TABLE crm.{RECORDS} {elsewhere}"))
    findings = store.verify().findings
    store.close()

    assert ["changed-constraint", "missing-trigger"] == sorted(finding.code for finding in findings)
    assert any("to public.lifecycle_edges" in finding.message for finding in findings)
