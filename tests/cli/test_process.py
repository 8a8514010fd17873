"""The installed command as a process: exit codes, interrupts, pipes, standard input."""

from __future__ import annotations

import contextlib
import json
import os
import signal as signals
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.run import run, start
from tests.cli.world import SIGNALS, World, qualifies

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and pipes are those of POSIX")

LEADS = 2_000


@pytest.fixture
def large(world: World) -> World:
    """A log of so many leads that its replay takes long enough to be interrupted."""
    world.log(row for number in range(LEADS) for row in qualifies(f"lead-{number}"))
    return world


def kept(store: Path) -> int:
    """Count the leads of a store, 0 where there is none yet; past our code, to be quick and not in the way."""
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database,
    ):
        [count] = database.execute("SELECT count(DISTINCT subject) FROM lifecycle_records").fetchone()
        return int(count)
    return 0


class TestExitCodes:
    """What a shell sees."""

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["replay", "signals.jsonl", "-d", "tiny.toml"], 0),
            (["check", "tiny.toml", "--strict"], 1),
            (["replay", "nothing.jsonl", "-d", "tiny.toml"], 2),
            (["replay", "refused.jsonl", "-d", "tiny.toml"], 3),
            (["replay", "signals.jsonl", "-d", "nothing.toml"], 4),
            (["leads", "--store", "nothing.db"], 5),
        ],
    )
    def test_each_is_that_of_the_process(self, world: World, arguments: list[str], code: int) -> None:
        """The installed command ends with the code that was promised, and never with a traceback."""
        world.log([*SIGNALS, "no json"], "refused.jsonl")

        with start(*arguments, where=world.folder) as process:
            _, err = process.communicate(timeout=60)

        assert code == process.returncode
        assert b"Traceback" not in err


class TestInterrupt:
    """Ctrl-C during a replay."""

    @pytest.mark.slow
    def test_whole_leads_are_kept_and_the_same_command_completes_the_rest(self, large: World) -> None:
        """It ends with 130 and says how much is kept; every lead in the store has its whole history."""
        command = ("replay", large.signals, "-d", large.definition, "--store", large.store)
        with start(*command, where=large.folder) as process:
            while not kept(large.store):
                assert process.poll() is None, "the replay ended before it could be interrupted"
                time.sleep(0.02)
            process.send_signal(signals.SIGINT)
            out, err = process.communicate(timeout=60)

        some = kept(large.store)
        rows = [json.loads(line) for line in run("export", "--store", large.store).lines]
        assert (130, b"") == (process.returncode, out)
        assert b"leads are kept, each of them whole" in err
        assert b"Traceback" not in err
        assert 0 < some < LEADS
        assert 2 * some == len(rows)
        assert ["iql"] * some + ["mql"] * some == sorted(row["target"] for row in rows)

        completed = run(*command, "--json")
        assert (0, some, LEADS - some) == (
            completed.code,
            completed.document["store"]["unchanged"],
            completed.document["store"]["added"],
        )

    def test_a_trial_has_nothing_to_keep(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """And says so."""

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("lifecycle.cli.replaying.replay", interrupted)
        ran = world.replay()

        assert (130, "interrupted; nothing was to be kept\n") == (ran.code, ran.err)


class TestPipes:
    """Commands between commands."""

    @pytest.mark.parametrize(
        "arguments", [["export", "--store", "history.db"], ["history", "ada", "--store", "history.db", "--details"]]
    )
    def test_a_reader_that_stops_ends_the_command_quietly(self, world: World, arguments: list[str]) -> None:
        """As `head` does: nothing is said, and the exit code is that of a broken pipe."""
        world.filled()
        with start(*arguments, where=world.folder) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            err = process.stderr.read()
            code = process.wait(timeout=60)

        assert (141, b"") == (code, err)

    def test_a_reader_of_notes_that_stops_ends_it_quietly_too(self, world: World) -> None:
        """Standard error may go into the same pipe."""
        world.filled()
        with start("leads", "--store", "history.db", where=world.folder) as process:
            assert process.stderr is not None
            process.stderr.close()
            assert process.stdout is not None
            process.stdout.read()
            code = process.wait(timeout=60)

        assert 141 == code

    def test_standard_input_is_a_file_too(self, world: World) -> None:
        """`-` reads signals from it, and places name it."""
        with start("replay", "-", "-d", "tiny.toml", "--json", where=world.folder, stdin=subprocess.PIPE) as process:
            out, _ = process.communicate(world.signals.read_bytes() + b"no json\n", timeout=60)

        rows = json.loads(out)["rows"]
        assert 3 == process.returncode
        assert (15, 16) == (rows["used"], rows["refused_rows"][0]["line"])

    def test_an_export_is_utf8_whatever_the_terminal_speaks(self, world: World) -> None:
        """Data is not bent to fit a terminal."""
        world.log(qualifies("Zo\u00eb"))
        world.filled()
        speaks_ascii = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

        with start("export", "--store", "history.db", where=world.folder, env=speaks_ascii) as process:
            out, _ = process.communicate(timeout=60)

        assert "Zo\u00eb" == json.loads(out.decode().splitlines()[0])["lead"]
