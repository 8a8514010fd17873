"""Verifying a store: what it can be trusted in, and that nothing ends the check early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.loading import read_definition
from lifecycle.store import schema, verify
from lifecycle.store.checks.finding import CODES
from lifecycle.store.sql import Store
from tests.made import REGISTRY, day
from tests.store.attacking import owning
from tests.store.lives import DEFINITION, NOW, lived
from tests.store.sealing import ENTRIES, keep

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Store]:
    """A store of two leads in SQLite."""
    store = Store("sqlite://")
    keep(store, "1", "2")
    store.seal(now=day(101))
    yield store
    store.close()


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
