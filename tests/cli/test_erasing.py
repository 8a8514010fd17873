"""`erase`, `hold`, `release` and `redact`: what they do, say, and refuse."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.cli.run import Ran, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.world import World

WHO: Final = ("--actor", "dpo:3")
ERASE: Final = ("--basis", "gdpr_17", *WHO)
HOLD: Final = ("--basis", "hgb_257", *WHO)


def on(world: World, *arguments: object) -> Ran:
    """Run a command on the store."""
    return run(*arguments, "--store", world.store)


def subject_of(world: World, lead: str) -> str:
    """Return under which name the store knows a lead."""
    with closing(sqlite3.connect(world.store)) as connection:
        (subject,) = connection.execute("SELECT subject FROM lifecycle_subjects WHERE lead = ?", (lead,)).fetchone()
    return str(subject)


def keep(world: World, ran: Ran) -> Path:
    """Write the output of a command to a file."""
    return world.write("kept.jsonl", ran.out)


class TestErase:
    """A person goes."""

    def test_it_says_what_went_and_what_stays(self, world: World) -> None:
        """In numbers; afterwards the store knows no such lead."""
        ran = on(world.filled(), "erase", "ada", *ERASE)
        after = on(world, "history", "ada")

        assert (
            "Erased: the id of the lead, the details of 3 records and 1 refusal, and 0 command keys. What stays names "
            "nobody: records 1 to 3 and refusal 1.\n"
        ) == ran.out
        assert (0, "") == (ran.code, ran.err)
        assert "the store knows no such lead" in after.err

    def test_no_output_names_the_subject_or_the_lead(self, world: World) -> None:
        """A log with both would be the map that has been erased."""
        subject = subject_of(world.filled(), "ada")
        ran = on(world, "erase", "ada", *ERASE, "--json")

        assert subject not in ran.out + ran.err
        assert "ada" not in ran.out + ran.err

    def test_the_document(self, world: World) -> None:
        """The entry that was written, without its subject."""
        found: dict[str, Any] = on(world.filled(), "erase", "zoe", *ERASE, "--json").document

        assert [
            *("number", "action", "basis", "actor", "at", "recorded_at", "before", "records", "refusals", "counts"),
            *("format", "previous", "digest", "position", "remains", "dry_run"),
        ] == list(found)
        assert (1, "erase", "gdpr_17", "dpo:3", [1, 3], None) == tuple(
            found[name] for name in ("number", "action", "basis", "actor", "records", "refusals")
        )
        assert {"commands": 0, "details": 3, "refusal_details": 0} == found["counts"]
        assert (None, None, False) == (found["before"], found["remains"], found["dry_run"])

    def test_a_dry_run_says_what_would_go_and_erases_nothing(self, world: World) -> None:
        """The same counts as without it, and the same store, byte for byte."""
        before = world.filled().store.read_bytes()
        ran, row = (on(world, "erase", "ada", *ERASE, "--dry-run", *more) for more in ((), ("--json",)))
        after = world.store.read_bytes()
        done: dict[str, Any] = on(world, "erase", "ada", *ERASE, "--json").document

        assert (
            "Would be erased: the id of the lead, the details of 3 records and 1 refusal, and 0 command keys. "
            "What stays names nobody: records 1 to 3 and refusal 1.\nNothing is erased: this was a dry run.\n"
        ) == ran.out
        assert (0, before) == (ran.code, after)
        same = ("number", "action", "basis", "actor", "records", "refusals", "counts")
        assert [done[name] for name in same] == [row.document[name] for name in same]
        assert (True, None, "subject" in row.document) == (row.document["dry_run"], row.document["digest"], False)

    def test_a_dry_run_fails_as_the_erasure_would(self, world: World) -> None:
        """Of a lead that is held or not known, or with a basis that is no code."""
        on(world.filled(), "hold", "ada", "--basis", "lawsuit", "--actor", "dpo:3")
        held, nobody = (on(world, "erase", lead, *ERASE, "--dry-run") for lead in ("ada", "nobody"))
        odd = on(world, "erase", "zoe", "--basis", "Jane Doe", "--actor", "dpo:3", "--dry-run")

        assert (5, 2, 2) == (held.code, nobody.code, odd.code)
        assert "held" in held.err

    def test_a_dry_run_is_about_one_lead(self, world: World) -> None:
        """For the rest there is none, and to erase instead would be the worst answer."""
        ran = on(world.filled(), "erase", "--sweep", "--dry-run")

        assert 2 == ran.code
        assert "--dry-run says what of one lead would be erased" in ran.err

    def test_counts_stand(self, world: World) -> None:
        """As many leads in as many stages, one of them without a name."""
        before = on(world.filled(), "leads", "--json").document["leads"]
        on(world, "erase", "ada", *ERASE)
        after = on(world, "leads", "--json").document["leads"]

        assert sorted(row["stage"] for row in before) == sorted(row["stage"] for row in after)
        assert 1 == [row["lead"] for row in after].count(None)

    @pytest.mark.parametrize("lead", ["ada", "nobody"])
    def test_an_unknown_lead_is_a_mistake(self, world: World, lead: str) -> None:
        """One that was erased is one of them."""
        on(world.filled(), "erase", "ada", *ERASE)
        ran = on(world, "erase", lead, *ERASE)

        assert (2, "", f"lead {lead}: the store knows no such lead\n") == (ran.code, ran.out, ran.err)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("ada", *WHO), "Missing option '--basis'"),
            (("ada", "--basis", "gdpr_17"), "Missing option '--actor'"),
            (("ada", "--basis", "asked by Ada", *WHO), "a basis is a code, for instance gdpr_17"),
            (("ada", "--basis", "gdpr_17", "--actor", "Ada"), "an actor is role:id"),
            ((), "say whom to erase"),
            (("ada", "--sweep"), "say whom to erase"),
            (("ada", "--subjects", "-"), "say whom to erase"),
            (("ada", *ERASE, "--vacuum"), "--vacuum goes with --sweep"),
        ],
    )
    def test_what_is_missing_or_wrong_is_said(self, world: World, arguments: tuple[str, ...], message: str) -> None:
        """Then nothing is erased."""
        ran = on(world.filled(), "erase", *arguments)

        assert 2 == ran.code
        assert message in ran.err
        assert "Not granted" in on(world, "history", "ada").out

    def test_a_missing_store_is_not_made(self, world: World) -> None:
        """Whoever mistypes it must not believe that somebody was erased."""
        ran = on(world, "erase", "ada", *ERASE)

        assert 5 == ran.code
        assert not world.store.exists()

    def test_a_reader_is_told_of(self, world: World) -> None:
        """What was deleted may still lie in the log that is read from; sweeping completes it."""
        world.filled()
        store = f"sqlite:///{world.store}?timeout=0.05"
        with closing(sqlite3.connect(world.store, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM lifecycle_records").fetchone()
            erased = run("erase", "ada", *ERASE, "--store", store)
            early = run("erase", "--sweep", "--store", store)
        late = run("erase", "--sweep", "--store", store)
        anew = run("erase", "--sweep", "--vacuum", "--store", store)

        assert (0, 0, 0, 0) == (erased.code, early.code, late.code, anew.code)
        assert "what was deleted: another connection is using the store" in erased.err
        assert ("", erased.err) == (early.out, early.err)
        assert ("", "") == (late.err, anew.err)
        assert "Nothing of what was deleted is left in the files. If other programs write" in late.words
        assert "The file was written anew: nothing of what was deleted is left.\n" == anew.out


class TestHoldAndRelease:
    """A hold keeps a lead."""

    def test_a_held_lead_is_refused_until_it_is_released(self, world: World) -> None:
        """With the basis, and since when."""
        held = on(world.filled(), "hold", "ada", *HOLD)
        refused = on(world, "erase", "ada", *ERASE)
        again = on(world, "hold", "ada", *HOLD)
        released = on(world, "release", "ada", *HOLD)

        assert "Held: ada, on the basis hgb_257.\n" == held.out
        assert (5, 5) == (refused.code, again.code)
        assert "lead ada: the lead is held on the basis hgb_257 since 20" in refused.err
        assert "Released: ada, from the hold on the basis hgb_257.\n" == released.out
        assert 0 == on(world, "erase", "ada", *ERASE).code

    def test_a_hold_that_is_not_there(self, world: World) -> None:
        """Those that are there are named."""
        on(world.filled(), "hold", "ada", *HOLD)
        ran = on(world, "release", "ada", "--basis", "lawsuit/7", *WHO)

        assert 2 == ran.code
        assert "lead ada: the lead is not held on this basis; it is held on the basis hgb_257 since" in ran.err

    def test_documents(self, world: World) -> None:
        """The lead as it was typed, and the entry without its subject."""
        subject = subject_of(world.filled(), "ada")
        for number, command in enumerate(("hold", "release"), 1):
            ran = on(world, command, "ada", *HOLD, "--json")

            assert ["lead", "number", "action", "basis"] == list(ran.document)[:4]
            assert ("ada", number, command) == tuple(ran.document[name] for name in ("lead", "number", "action"))
            assert subject not in ran.out


class TestHolds:
    """Who is held."""

    def test_they_are_listed(self, world: World) -> None:
        """The oldest first: whom, on which basis, since when, by whom; what was released is not there any more."""
        world.filled()
        for lead, basis in (("zoe", "hgb_257"), ("ada", "hgb_257"), ("ada", "lawsuit/7"), ("ben", "hgb_257")):
            on(world, "hold", lead, "--basis", basis, *WHO)
        on(world, "release", "ben", *HOLD)
        on(world, "release", "zoe", *HOLD)
        on(world, "hold", "zoe", "--basis", "hgb_257", "--actor", "legal:1")
        ran = on(world, "holds")
        found = on(world, "holds", "--json").document["holds"]

        assert ["lead", "basis", "since", "by"] == ran.lines[0].split()
        assert [("ada", "hgb_257", "dpo:3"), ("ada", "lawsuit/7", "dpo:3"), ("zoe", "hgb_257", "legal:1")] == [
            (line.split()[0], line.split()[1], line.split()[-1]) for line in ran.lines[1:]
        ]
        assert "3 holds on 2 leads\n" == ran.err
        assert ["lead", "subject", "basis", "since", "actor"] == list(found[0])
        assert [subject_of(world, lead) for lead in ("ada", "ada", "zoe")] == [row["subject"] for row in found]
        assert {True} == {row["since"].endswith("Z") for row in found}

    def test_nobody_is_an_answer(self, world: World) -> None:
        """No hold is there."""
        ran = on(world.filled(), "holds", "--json")

        assert ({"holds": []}, "0 holds on 0 leads\n") == (ran.document, ran.err)

    def test_one_is_one(self, world: World) -> None:
        """Not one holds."""
        on(world.filled(), "hold", "ada", *HOLD)

        assert "1 hold on 1 lead\n" == on(world, "holds").err

    def test_a_lead_that_is_not_known_is_shown_by_its_subject(self, world: World) -> None:
        """Somebody has deleted the row that says whose it is."""
        subject = subject_of(world.filled(), "ada")
        on(world, "hold", "ada", *HOLD)
        with closing(sqlite3.connect(world.store)) as connection, connection:
            connection.execute("DELETE FROM lifecycle_subjects WHERE lead = 'ada'")

        assert f"({subject}) hgb_257" in on(world, "holds").words
        assert [None] == [row["lead"] for row in on(world, "holds", "--json").document["holds"]]


class TestRedact:
    """Details of long ago go."""

    def test_it_says_how_many(self, world: World) -> None:
        """And how many leads were passed over because they are held."""
        on(world.filled(), "hold", "zoe", *HOLD)
        ran = on(world, "redact", "--before", "2026-01-07T10:00:00Z", "--basis", "retention", *WHO)

        assert (
            "Redacted: the details of 3 records and 1 refusal of before 2026-01-07 10:00:00Z. "
            "1 held lead passed over.\n"
        ) == ran.out
        assert "erased" in on(world, "history", "ada", "--details").out
        assert "erased" not in on(world, "history", "zoe", "--details").out

    def test_the_document(self, world: World) -> None:
        """The entry, and what remains."""
        instant = "2026-01-07T10:00:00.000000Z"
        ran = on(world.filled(), "redact", "--before", instant, "--basis", "retention", *WHO, "--json")

        assert (instant, {"details": 5, "held": 0, "refusal_details": 1}, None) == tuple(
            ran.document[name] for name in ("before", "counts", "remains")
        )

    def test_a_date_is_its_beginning_in_utc(self, world: World) -> None:
        """The details of the day itself stay."""
        ran = on(world.filled(), "redact", "--before", "2026-01-07", "--basis", "retention", *WHO, "--json")

        assert ("2026-01-07T00:00:00.000000Z", 5) == (ran.document["before"], ran.document["counts"]["details"])
        assert "has she been called?" in on(world, "history", "ada", "--details").out

    @pytest.mark.parametrize(
        ("before", "message"),
        [
            ("2126-01-01T00:00:00Z", "lies in the future"),
            ("2126-01-01", "lies in the future"),
            ("2026-01-01T00:00:00", "has no time zone"),
            ("soon", "ISO 8601"),
        ],
    )
    def test_an_instant_that_cannot_be_is_refused(self, world: World, before: str, message: str) -> None:
        """Nothing is deleted."""
        ran = on(world.filled(), "redact", "--before", before, "--basis", "retention", *WHO)

        assert 2 == ran.code
        assert message in ran.err


class TestAgain:
    """After a restore, what the copy does not know of is done again."""

    def test_from_an_export(self, world: World) -> None:
        """Whom the store forgot, the copy forgets."""
        copy = world.filled().store.read_bytes()
        on(world, "hold", "zoe", *HOLD)
        on(world, "erase", "ada", *ERASE)
        kept = keep(world, on(world, "export", "--what", "erasures"))
        for suffix in ("-wal", "-shm"):
            world.store.with_name(world.store.name + suffix).unlink(missing_ok=True)
        world.store.write_bytes(copy)
        first = on(world, "erase", "--subjects", kept, "--actor", "admin:1")
        second = on(world, "erase", "--subjects", kept, "--actor", "admin:1", "--json")

        assert (0, "Done again: 2. There was nothing to do for 0.\n", "") == (first.code, first.out, first.err)
        assert {"done": [], "known": 2, "held": [], "remains": None} == second.document
        assert {"ben", "zoe", None} == {row["lead"] for row in on(world, "leads", "--json").document["leads"]}
        assert 5 == on(world, "erase", "zoe", *ERASE).code

    def test_from_names(self, world: World) -> None:
        """Of those who are held it is said, and the exit code tells."""
        names = {lead: subject_of(world.filled(), lead) for lead in ("ada", "zoe")}
        on(world, "hold", "zoe", *HOLD)
        file = world.write("subjects.txt", "\n".join(names.values()))
        ran = on(world, "erase", "--subjects", file, *ERASE, "--json")

        assert 3 == ran.code
        assert f"{names['zoe']} is held, and was not erased\n" == ran.err
        assert ([names["ada"]], [names["zoe"]]) == (
            [row["subject"] for row in ran.document["done"]],
            ran.document["held"],
        )

    def test_from_standard_input(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dash, as everywhere."""
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{subject_of(world.filled(), 'ada')}\n{'0' * 32}\n"))
        ran = on(world, "erase", "--subjects", "-", *ERASE)

        assert "Done again: 1. There was nothing to do for 1.\n" == ran.out

    @pytest.mark.parametrize("line", ["ada@acme.example", json.dumps({"action": "erase"}), "\x00\xff"])
    def test_a_line_that_is_something_else(self, world: World, line: str) -> None:
        """It is named by its number only."""
        file = world.write("subjects.txt", f"\n{line}\n")
        ran = on(world.filled(), "erase", "--subjects", file, *ERASE)

        assert 2 == ran.code
        assert "line 2 is neither the name of a subject" in ran.err
        assert line not in ran.err
