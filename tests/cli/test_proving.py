"""`seal`, `verify`, `prove` and `feed`, as a user runs them."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.proof import Checkpoint, check_bundle, read_bundle
from lifecycle.store.sql import Store
from tests.cli.run import run
from tests.cli.world import signal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.world import World

ENTRIES = 8
"""Seven records and a refusal are in the store."""

BIG = 10**20 - 1
"""More than any database counts to."""


@pytest.fixture
def sealed(world: World) -> World:
    """A store that has been sealed, with the checkpoint in a file."""
    assert 0 == run("seal", "--store", world.filled().store, "--output", world.folder / "first.txt").code
    return world


def checkpoint(world: World, name: str = "first.txt") -> Path:
    """Return the file of a checkpoint."""
    return world.folder / name


def attack(world: World, *statements: str) -> None:
    """Change the store as somebody who owns the file."""
    with closing(sqlite3.connect(world.store)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def edit(world: World) -> None:
    """Change what a record says of who moved the lead."""
    attack(world, "DROP TRIGGER lifecycle_records_no_update", "UPDATE lifecycle_records SET actor = 'sales:8'")


class TestSeal:
    """Numbers what has been written."""

    def test_it_shows_the_checkpoint(self, world: World) -> None:
        """As it is, so that it can be sent on."""
        ran = run("seal", "--store", world.filled().store)

        assert 0 == ran.code
        assert ENTRIES == Checkpoint.parse(ran.out).size

    def test_it_writes_the_checkpoint_to_a_file(self, sealed: World) -> None:
        """What was there is replaced, and nothing else is left behind."""
        before = checkpoint(sealed).read_text(encoding="utf-8")
        ran = run("seal", "--store", sealed.store, "--output", checkpoint(sealed))
        after = checkpoint(sealed).read_text(encoding="utf-8")

        assert (0, "") == (ran.code, ran.out)
        assert f"{ENTRIES} entries are sealed; written to" in ran.err
        assert Checkpoint.parse(before).same_tree(Checkpoint.parse(after))
        assert [] == [path.name for path in sealed.folder.iterdir() if path.name.startswith(".")]

    def test_its_document(self, sealed: World) -> None:
        """The same, and the text itself."""
        document = run("seal", "--store", sealed.store, "--json", "--output", checkpoint(sealed)).document
        read = Checkpoint.parse(document["text"])

        assert (ENTRIES, read.root.hex(), read.origin) == (document["size"], document["root"], document["origin"])

    def test_a_store_that_is_missing_stays_missing(self, world: World) -> None:
        """There is nothing to seal."""
        assert 5 == run("seal", "--store", world.store).code
        assert not world.store.exists()

    def test_a_folder_that_is_missing(self, sealed: World) -> None:
        """The file cannot be written, and the message says which; nothing is sealed."""
        before = run("verify", "--store", sealed.store, "--json").document
        target = sealed.folder / "no" / "first.txt"
        asked = ("-d", sealed.definition, "-s", sealed.store, "--actor", "sales:1", "--at", "2026-01-09T12:00:00Z")
        run("fire", "ben", "recycle", sealed.signals, *asked)
        ran = run("seal", "--store", sealed.store, "--output", target)
        after = run("verify", "--store", sealed.store, "--json").document

        assert (2, f"{target}: No such file or directory\n") == (ran.code, ran.err)
        assert (ENTRIES, 0, ENTRIES, 1) == (before["sealed"], before["waiting"], after["sealed"], after["waiting"])

    def test_a_dash_is_standard_output(self, sealed: World) -> None:
        """As everywhere."""
        ran = run("seal", "--store", sealed.store, "--output", "-")

        assert (0, ENTRIES) == (ran.code, Checkpoint.parse(ran.out).size)

    def test_one_entry_is_one(self, world: World) -> None:
        """In what is said of a checkpoint and of a proof."""
        world.log([signal("ben", "05T12:00", "profile", email="ben@acme.example")])
        sealed = run("seal", "--store", world.filled().store, "-o", world.folder / "one.txt")
        proved = run("prove", "ben/1", "--store", world.store, "-o", world.folder / "one.json")

        assert sealed.err.startswith("1 entry is sealed; written to ")
        assert proved.err.startswith("the proof is for a checkpoint of 1 entry; written to ")

    @pytest.mark.parametrize("command", [("seal",), ("prove", "ada/1")])
    def test_the_store_is_not_written_over(self, sealed: World, command: tuple[str, ...]) -> None:
        """By what is made of it."""
        before = sealed.store.read_bytes()
        ran = run(*command, "--store", sealed.store, "--output", sealed.store)

        assert 2 == ran.code
        assert "is the store itself: write to another file" in ran.err
        assert before == sealed.store.read_bytes()


class TestVerify:
    """Says whether a store can be believed."""

    def test_a_store_that_nobody_touched(self, sealed: World) -> None:
        """It says what it looked at, and that a checkpoint from outside is missing."""
        ran = run("verify", "--store", sealed.store)

        assert 0 == ran.code
        assert "looked at: records 7, refusals 1, erasures 0; sealed 8, waiting to be sealed 0" in ran.words
        assert "as far as can be seen without a checkpoint" in ran.words

    def test_with_checkpoints_from_outside(self, sealed: World) -> None:
        """One, or several."""
        given = ("--checkpoint", checkpoint(sealed))
        ran = run("verify", "--store", sealed.store, *given, *given)

        assert (0, True) == (ran.code, "every checkpoint given is of this log" in ran.words)

    def test_what_waits_to_be_sealed_is_counted(self, world: World) -> None:
        """Nothing can be proved of it yet."""
        ran = run("verify", "--store", world.filled().store)

        assert (0, True) == (ran.code, f"; sealed 0, waiting to be sealed {ENTRIES}" in ran.words)

    def test_one_thing_is_one(self, sealed: World) -> None:
        """Not one things."""
        attack(sealed, "DROP TRIGGER lifecycle_records_no_update")

        assert "1 thing is wrong." in run("verify", "--store", sealed.store).words

    def test_what_is_wrong_is_told_with_the_lead_and_what_to_do(self, sealed: World) -> None:
        """And the exit code says so."""
        edit(sealed)
        ran = run("verify", "--store", sealed.store)

        assert 1 == ran.code
        assert "error missing-trigger: 1 (shown by: structure)" in ran.words
        assert re.search(r"error column: 7 \(shown by: chain\) lead (ada|ben|zoe): record 1 of", ran.words)
        assert "what to do: find out who changed the database, and restore what is wrong from a copy" in ran.words
        assert "8 things are wrong." in ran.words

    def test_what_was_done_to_entries_comes_first_and_few_of_each_are_shown(self, sealed: World) -> None:
        """One altered record is not buried under the triggers that somebody dropped for it; the document has all."""
        with closing(sqlite3.connect(sealed.store)) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            names = [name for (name,) in connection.execute(query)]
        attack(sealed, *(f"DROP TRIGGER {name}" for name in names))
        attack(sealed, "UPDATE lifecycle_records SET actor = 'sales:8' WHERE target = 'recycled'")
        ran = run("verify", "--store", sealed.store)
        document = run("verify", "--store", sealed.store, "--json").document

        assert ["Findings", "error column: 1 (shown by: chain)"] == ran.lines[2:4]
        assert f"error missing-trigger: {len(names)} (shown by: structure)" in ran.lines
        assert f"  ... and {len(names) - 5} more (--json gives all, up to a thousand)" in ran.lines
        assert 5 == ran.out.count(" has no trigger ")
        assert len(names) + 1 == len(document["findings"])

    def test_one_thing_is_one_thing(self, sealed: World) -> None:
        """And not things."""
        attack(sealed, "DROP TRIGGER lifecycle_records_no_update")

        assert "1 thing is wrong." == run("verify", "--store", sealed.store).lines[-1]

    def test_its_document(self, sealed: World) -> None:
        """Every finding as a row."""
        edit(sealed)
        ran = run("verify", "--store", sealed.store, "--json", "--checkpoint", checkpoint(sealed))
        found: dict[str, Any] = ran.document

        assert (1, False, 1) == (ran.code, found["ok"], found["checkpoints"])
        assert {"missing-trigger": 1, "column": 7} == found["counts"]
        assert {"ada", "ben", "zoe"} == {row["lead"] for row in found["findings"]} - {None}
        assert {"structure", "chain"} == {row["shown_by"] for row in found["findings"]}

    def test_a_checkpoint_of_another_log(self, sealed: World) -> None:
        """Somebody took the wrong file."""
        text = checkpoint(sealed).read_text(encoding="utf-8").replace("lead-lifecycle/", "other/")
        ran = run("verify", "--store", sealed.store, "--checkpoint", sealed.write("other.txt", text))

        assert (1, True) == (ran.code, "error another-log: 1 (shown by: outside)" in ran.words)

    def test_a_checkpoint_that_lost_its_last_line_feed(self, sealed: World) -> None:
        """As one does that was pasted from a mail: what to do is said, once."""
        text = checkpoint(sealed).read_text(encoding="utf-8").rstrip()
        ran = run("verify", "--store", sealed.store, "--checkpoint", sealed.write("nonl.txt", text))

        assert 2 == ran.code
        assert "nonl.txt is no checkpoint: its last line does not end with a line feed; add one at the end" in ran.err

    def test_another_file_is_not_shown_whole(self, sealed: World) -> None:
        """It may be long, and name leads."""
        ran = run("verify", "--store", sealed.store, "--checkpoint", sealed.write("odd.txt", "word " * 400))

        assert 2 == ran.code
        assert len(ran.err) < 300 + len(str(sealed.folder))

    @pytest.mark.parametrize("text", ["", "no checkpoint", "a\nb\nc\nd\n"])
    def test_a_file_that_is_no_checkpoint(self, sealed: World, text: str) -> None:
        """The message says which file, and what was expected."""
        ran = run("verify", "--store", sealed.store, "--checkpoint", sealed.write("odd.txt", text))

        assert 2 == ran.code
        assert "odd.txt is no checkpoint" in ran.err


class TestProve:
    """Makes a proof for somebody else."""

    @pytest.mark.parametrize("entry", [("ada/2",), ("ada/1", "--refusal")])
    def test_the_proof_holds(self, sealed: World, entry: tuple[str, ...]) -> None:
        """For whoever kept the checkpoint."""
        ran = run("prove", *entry, "--store", sealed.store)
        kept = Checkpoint.parse(checkpoint(sealed).read_text(encoding="utf-8"))

        assert 0 == ran.code
        assert [] == check_bundle(read_bundle(json.loads(ran.out)), [kept])

    def test_it_is_written_to_a_file(self, sealed: World) -> None:
        """Standard output stays empty."""
        ran = run("prove", "ada/2", "--store", sealed.store, "-o", sealed.folder / "proof.json")
        proof = json.loads((sealed.folder / "proof.json").read_text(encoding="utf-8"))

        assert (0, "") == (ran.code, ran.out)
        assert [] == check_bundle(read_bundle(proof))

    def test_it_starts_from_an_older_checkpoint(self, sealed: World) -> None:
        """What was sealed since then does not matter."""
        asked = ("-d", sealed.definition, "-s", sealed.store, "--actor", "sales:1", "--at", "2026-01-09T12:00:00Z")
        run("fire", "ben", "recycle", sealed.signals, *asked)
        run("seal", "--store", sealed.store)
        proof = run("prove", "ada/2", "--store", sealed.store, "--checkpoint", checkpoint(sealed)).document
        kept = Checkpoint.parse(checkpoint(sealed).read_text(encoding="utf-8"))

        assert (
            kept == read_bundle(proof).checkpoint
            or kept.size == Checkpoint.parse(proof["consistency"]["checkpoint"]).size
        )
        assert [] == check_bundle(read_bundle(proof), [kept])

    def test_a_sealer_in_between_does_no_harm(self, sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The checkpoint that was the last one a moment ago is the one that the proof is for."""
        asked = ("-d", sealed.definition, "-s", sealed.store, "--actor", "sales:1", "--at", "2026-01-09T12:00:00Z")
        run("fire", "ben", "recycle", sealed.signals, *asked)
        look = Store.checkpoint

        def overtaken(store: Store, size: int | None = None) -> Checkpoint:
            found = look(store, size)
            run("seal", "--store", sealed.store)
            return found

        monkeypatch.setattr(Store, "checkpoint", overtaken)
        ran = run("prove", "ada/2", "--store", sealed.store, "--checkpoint", checkpoint(sealed))
        kept = Checkpoint.parse(checkpoint(sealed).read_text(encoding="utf-8"))

        assert (0, "") == (ran.code, ran.err)
        assert [] == check_bundle(read_bundle(json.loads(ran.out)), [kept])

    def test_a_store_that_does_not_agree_gives_no_proof(self, sealed: World) -> None:
        """The checkpoint is of another history of the same length."""
        lines = checkpoint(sealed).read_text(encoding="utf-8").splitlines()
        lines[2] = "A" * 43 + "="
        other = sealed.write("other.txt", "\n".join([*lines, ""]))
        ran = run("prove", "ada/2", "--store", sealed.store, "--checkpoint", other)

        assert (1, "") == (ran.code, ran.out)
        assert "no proof that agrees with the checkpoint given" in ran.err

    def test_what_was_never_sealed(self, world: World) -> None:
        """The message says what to do."""
        ran = run("prove", "ada/2", "--store", world.filled().store)

        assert 5 == ran.code
        assert "run `lifecycle seal`" in ran.err

    @pytest.mark.parametrize("arguments", [(), ("ada/1", "--erasure", 1), ("--refusal", "--erasure", 1), ("ada",)])
    def test_what_is_not_said_clearly(self, sealed: World, arguments: tuple[str | int, ...]) -> None:
        """Neither or both, or no number."""
        assert 2 == run("prove", *arguments, "--store", sealed.store).code

    def test_what_is_not_there(self, sealed: World) -> None:
        """An entry that the store does not have."""
        assert 5 == run("prove", "ada/99", "--store", sealed.store).code
        assert 5 == run("prove", "--erasure", "1", "--store", sealed.store).code


class TestFeed:
    """Gives what was sealed, in its order."""

    def test_it_gives_a_line_for_each_entry(self, sealed: World) -> None:
        """With its position, what it is, and the keys of the export."""
        rows = [json.loads(line) for line in run("feed", "--store", sealed.store).lines]

        assert list(range(1, ENTRIES + 1)) == [row["position"] for row in rows]
        assert {"record": 7, "refusal": 1} == {
            what: [row["what"] for row in rows].count(what) for what in ("record", "refusal")
        }
        assert ("ada", 1, "iql") == (rows[0]["lead"], rows[0]["sequence"], rows[0]["target"])
        assert [] == [row for row in rows if "detail" in row]

    def test_it_goes_on_after_a_position(self, sealed: World) -> None:
        """So many at most."""
        ran = run("feed", "--store", sealed.store, "--after", 3, "--limit", 2)

        assert [4, 5] == [json.loads(line)["position"] for line in ran.lines]

    def test_details_come_when_asked_for(self, sealed: World) -> None:
        """They may be personal."""
        assert "has she been called?" in run("feed", "--store", sealed.store, "--details").out
        assert "has she been called?" not in run("feed", "--store", sealed.store).out

    def test_its_document(self, sealed: World) -> None:
        """All at once, with the position to go on after."""
        found = run("feed", "--store", sealed.store, "--json", "--after", 6).document
        after = run("feed", "--store", sealed.store, "--json", "--after", ENTRIES).document

        assert ([7, 8], 8) == ([row["position"] for row in found["entries"]], found["last"])
        assert ([], ENTRIES) == (after["entries"], after["last"])

    @pytest.mark.parametrize("after", [ENTRIES + 1, 999, BIG])
    def test_who_is_ahead_of_the_log_is_told(self, sealed: World, after: int) -> None:
        """A consumer that waited would pass over what gets these positions anew."""
        ran = run("feed", "--store", sealed.store, "--after", after)

        assert (5, "") == (ran.code, ran.out)
        assert f"there is no position {after} to go on after: the log ends at {ENTRIES}" in ran.err

    def test_what_is_not_sealed_is_not_there(self, world: World) -> None:
        """Nothing is an answer."""
        ran = run("feed", "--store", world.filled().store)

        assert (0, "") == (ran.code, ran.out)
