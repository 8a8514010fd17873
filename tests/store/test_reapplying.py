"""Tests doing again, after a restore, what the copy does not know of."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from lifecycle.cli.rows import erasure_row
from lifecycle.cli.screen import as_json
from lifecycle.errors import CallerError
from lifecycle.store.erasing import erasures_of
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from pathlib import Path

    from lifecycle.store.reapplying import Again

LEADS: Final = ("ada", "bob", "eve")
WHO: Final[dict[str, Any]] = {"actor": "dpo:3", "now": NOW}
AFTER: Final[dict[str, Any]] = {"actor": "admin:1", "now": NOW + timedelta(days=1)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with three leads."""
    return filled(Store(tmp_path / "history.db"))


def filled(store: Store) -> Store:
    """Let a store know three leads."""
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        transaction.add([(lead, *lived(lead)) for lead in LEADS], now=NOW)
    return store


def copy(store: Store, path: Path) -> Path:
    """Make a copy of a store, as a backup does."""
    with closing(sqlite3.connect(str(store.engine.url.database))) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def exported(store: Store) -> list[str]:
    """Return what an export says of what was done to personal data."""
    with store.reading() as reading:
        return [as_json(erasure_row(entry)) for entry in erasures_of(reading)]


def subjects(store: Store) -> dict[str, str | None]:
    """Return under which name each lead is known."""
    with store.reading() as reading:
        return {lead: reading.subject_of(lead) for lead in LEADS}


def known(store: Store) -> list[str]:
    """Return the leads that a store knows."""
    return [lead for lead, subject in subjects(store).items() if subject is not None]


def again(store: Store, lines: list[str], basis: str | None = None) -> Again:
    """Do again what the lines say."""
    return store.erase_subjects(lines, basis=basis, **AFTER)


def test_a_copy_of_before_forgets_whom_the_store_forgot(store: Store, tmp_path: Path) -> None:
    """From the lines of an export, with the basis of that day; it is written down as done now."""
    backup = copy(store, tmp_path / "backup.db")
    store.erase("ada", basis="gdpr_17", **WHO)
    store.erase("eve", basis="gdpr_17.1b", **WHO)
    restored = Store(backup)
    assert list(LEADS) == known(restored)
    found = again(restored, exported(store))

    assert ["bob"] == known(restored)
    assert [("gdpr_17", "admin:1", AFTER["now"]), ("gdpr_17.1b", "admin:1", AFTER["now"])] == [
        (entry.basis, entry.actor, entry.at) for entry in found.done
    ]
    assert (0, (), None) == (found.known, found.held, found.remains)
    assert () == restored.verify().findings


def test_doing_it_twice_does_nothing_more(store: Store, tmp_path: Path) -> None:
    """Whoever is not sure may repeat it."""
    backup = copy(store, tmp_path / "backup.db")
    store.erase("ada", basis="gdpr_17", **WHO)
    restored = Store(backup)
    lines = exported(store)
    again(restored, lines)
    before = exported(restored)
    found = again(restored, lines)

    assert ((), 1) == (found.done, found.known)
    assert before == exported(restored)


def test_what_the_copy_knows_is_passed_over(store: Store, tmp_path: Path) -> None:
    """A hold that was released before the copy was made does not begin again."""
    store.hold("ada", basis="hgb_257", **WHO)
    store.release("ada", basis="hgb_257", **WHO)
    store.redact(day(1), basis="retention", **WHO)
    restored = Store(copy(store, tmp_path / "backup.db"))
    store.erase("ada", basis="gdpr_17", **WHO)
    found = again(restored, exported(store))

    assert (["erase"], 3) == ([entry.action.value for entry in found.done], found.known)


def test_holds_and_redactions_are_done_again_too(store: Store, tmp_path: Path) -> None:
    """In their order: who was held is held, and what was too old is gone."""
    backup = copy(store, tmp_path / "backup.db")
    store.redact(day(1), basis="retention", **WHO)
    store.hold("ada", basis="hgb_257", **WHO)
    store.hold("bob", basis="lawsuit/7", **WHO)
    store.release("bob", basis="lawsuit/7", **WHO)
    store.erase("bob", basis="gdpr_17", **WHO)
    restored = Store(backup)
    found = again(restored, exported(store))
    held = again(restored, [str(subjects(restored)["ada"])], basis="gdpr_17").held

    assert ["redact", "hold", "hold", "release", "erase"] == [entry.action.value for entry in found.done]
    assert (subjects(restored)["ada"],) == held
    assert ["ada", "eve"] == known(restored)
    with restored.reading() as reading:
        assert [True, False, False, False, False] == [
            record.detail is None for record in reading.history("eve", with_details=True)
        ]


def test_names_of_subjects_are_enough(store: Store) -> None:
    """With a basis for all of them; who is held is told, and the others are erased; strangers are nobody's."""
    names = subjects(store)
    store.hold("bob", basis="hgb_257", **WHO)
    found = again(store, [f"{names['ada']}\n", "", f"{names['bob']}", f" {names['eve']} ", "0" * 32], "gdpr_17")

    assert ["bob"] == known(store)
    assert ([names["ada"], names["eve"]], 1, (names["bob"],)) == (
        [entry.subject for entry in found.done],
        found.known,
        found.held,
    )


LINE: Final = {"action": "erase", "subject": "0" * 32, "basis": "gdpr_17", "before": None, "digest": "sha256:1"}


@pytest.mark.parametrize(
    "line",
    [
        "ada",
        "0" * 31,
        "{}",
        "[1]",
        json.dumps({**LINE, "action": "forget"}),
        json.dumps({**LINE, "subject": None}),
        json.dumps({**LINE, "action": "redact"}),
        json.dumps({**LINE, "before": "yesterday"}),
        json.dumps({name: value for name, value in LINE.items() if name != "digest"}),
    ],
)
def test_a_line_that_is_something_else_stops_all(store: Store, line: str) -> None:
    """It is named by its number, and not said again: it may be somebody's id."""
    with pytest.raises(CallerError, match=r"^line 3 is neither the name of a subject") as raised:
        again(store, [str(subjects(store)["eve"]), "", line], "gdpr_17")

    assert list(LEADS) == known(store)
    assert line not in str(raised.value)


def test_a_name_alone_needs_a_basis(store: Store) -> None:
    """Nobody could say later why."""
    with pytest.raises(CallerError, match="line 1 names a subject only"):
        again(store, [str(subjects(store)["eve"])])


def test_a_store_in_memory(store: Store) -> None:
    """The same on a store that is the only one of its kind: nothing depends on files."""
    other = filled(Store("sqlite://"))
    found = again(other, [str(subjects(other)["ada"])], "gdpr_17")

    assert 1 == len(found.done)
    assert list(LEADS) == known(store)
