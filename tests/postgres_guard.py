"""Runs a PostgreSQL server for as long as somebody uses it, then stops it and removes its folder; Linux only.

`tests/postgres.py` starts this file as a program, which returns as soon as the server answers or has failed. Its child
stays and guards: it waits for a lock on the file `users`, which each process that uses the server holds a share of.
The kernel gives a share back however its process ends, so that no server outlives a run that was killed.

Needs nothing but Python, so that it starts at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

__all__ = ["DATA", "LOG", "USERS", "main"]

DATA: Final = "data"
LOG: Final = "log"
USERS: Final = "users"

_READY: Final = "ready"
_PATIENCE: Final = 60.0
"""Seconds that a server may take until it answers: an idle machine needs a twentieth of one."""

_INITDB: Final = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
_QUICK: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)
"""What a server may do whose data nobody needs after a loss of power."""


def main(arguments: Sequence[str]) -> int:
    """Start a guard, wait until its server answers and return 0; otherwise print what happened and return 1."""
    wanted = json.loads(arguments[0])
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        _become_daemon(Path(wanted["folder"]))
        _guard(wanted, writing)
        return 0
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    sys.stdout.write(answer)
    return 0 if answer == _READY else 1


def _become_daemon(folder: Path) -> None:
    """Leave the terminal, so that Ctrl-C does not reach the server, and write to the log from now on."""
    os.setsid()
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)


def _guard(wanted: Mapping[str, Any], pipe: int) -> None:
    """Keep a server until nobody uses it, or until we are told to stop; then remove all that there was."""
    folder = Path(wanted["folder"])
    signal.signal(signal.SIGTERM, _stop)
    try:
        with (folder / USERS).open("a") as users, os.fdopen(pipe, "w", encoding="utf-8") as answer:
            try:
                _serve(folder, wanted, users, answer)
            except (OSError, subprocess.CalledProcessError) as error:
                answer.write(f"{error}\n{_log(folder)}")
            # Still locked: who comes now waits until we are gone, and then finds no folder.
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path, wanted: Mapping[str, Any], users: TextIO, answer: TextIO) -> None:
    """Run a server, answer when it does, and wait until nobody uses it."""
    with _server(folder, wanted) as server:
        answer.write(_answer(folder, server))
        answer.close()
        fcntl.lockf(users, fcntl.LOCK_EX)


def _stop(_signal: int, _frame: object) -> None:
    """End as if nobody used the server any more."""
    sys.exit()


@contextmanager
def _server(folder: Path, wanted: Mapping[str, Any]) -> Generator[subprocess.Popen[bytes]]:
    """Make the data and run a server on them."""
    binaries, data = Path(wanted["binaries"]), folder / DATA
    # An empty environment: no setting of the user (PGDATA, PGPORT, LANG) changes what the server is.
    unprivileged: dict[str, Any] = {
        "cwd": folder,
        "env": {"LC_ALL": "C"},
        "stdin": subprocess.DEVNULL,
        **wanted["user"],
    }
    subprocess.run([binaries / "initdb", "-D", data, *_INITDB], check=True, **unprivileged)
    settings = ["max_connections=200", *(() if wanted["durable"] else _QUICK)]
    command = [str(binaries / "postgres"), f"-D{data}", f"-k{folder}", "-h", "", *(f"-c{one}" for one in settings)]
    server = subprocess.Popen[bytes](command, **unprivileged)
    try:
        yield server
    finally:
        server.send_signal(signal.SIGQUIT)  # at once, without writing out what nobody will read
        server.wait()


def _answer(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """Wait until the server takes connections, and say so, or what happened instead."""
    end = time.monotonic() + _PATIENCE
    while not _is_ready(folder):
        if server.poll() is not None or time.monotonic() > end:
            return f"not ready; exit code {server.poll()}\n{_log(folder)}"
        time.sleep(0.005)
    return _READY


def _log(folder: Path) -> str:
    """Return what the server and the command that made its data have said."""
    return (folder / LOG).read_text("utf-8", "replace")


def _is_ready(folder: Path) -> bool:
    """Whether the eighth line of the server's own file says so: it is what pg_ctl looks at."""
    try:
        lines = (folder / DATA / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == _READY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
