"""What verify says of entries that wait to be sealed as they should not, and of what a store has lost."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lifecycle.errors import NotAStoreError
from lifecycle.store.sql import Store
from tests.store.lives import NOW
from tests.store.sealing import keep
from tests.stores import sql

if TYPE_CHECKING:
    from pathlib import Path

AGAIN = (
    "INSERT INTO lifecycle_pending (kind, subject, first, last) SELECT 'record', subject, 1, 1 FROM lifecycle_subjects"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one lead, of which nothing is sealed."""
    path = tmp_path / "history.db"
    with closing(Store(path)) as store:
        keep(store, "1")
    return path


def messages(path: Path) -> dict[str, str]:
    """Return what is found, by its code."""
    with closing(Store(path)) as store:
        return {finding.code: finding.message for finding in store.verify().findings}


def test_an_entry_that_waits_twice_is_noticed(path: Path) -> None:
    """It would be sealed twice."""
    sql(path, AGAIN)

    assert "waits to be sealed twice" in messages(path)["not-sealed"]


def test_an_entry_that_is_sealed_and_waits_is_noticed(path: Path) -> None:
    """The next sealing could not give it a second position."""
    with closing(Store(path)) as store:
        store.seal(now=NOW)
    sql(path, AGAIN)

    assert "is sealed, and waits to be sealed again" in messages(path)["not-sealed"]


def test_a_record_without_the_text_of_its_day_cannot_be_checked_again(path: Path) -> None:
    """Nobody can say any more what its definition asked for."""
    sql(path, "DROP TRIGGER lifecycle_definitions_no_delete", "DELETE FROM lifecycle_definitions")

    assert "cannot be re-checked: no text of" in messages(path)["recheck"]


def test_rules_of_another_definition_are_noticed(path: Path) -> None:
    """What is kept beside their content has to be what it says."""
    sql(
        path,
        "DROP TRIGGER lifecycle_rules_no_update",
        "UPDATE lifecycle_rules SET definition_hash = 'sha256:other'",
    )

    assert "are of another definition" in messages(path)["rules-content"]


def test_a_store_without_its_revision_is_refused(path: Path) -> None:
    """Nobody can say which tables it should have."""
    sql(path, "DROP TABLE lifecycle_version")

    with pytest.raises(NotAStoreError, match=r"was made by a version before 0\.1\.0"):
        Store(path)
