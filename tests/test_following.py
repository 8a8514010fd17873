"""The consumer of docs/how-to/follow-the-feed.md, killed again and again, sees each entry exactly once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lifecycle.store.sql import Store
from tests import pages
from tests.made import day
from tests.store.sealing import keep

if TYPE_CHECKING:
    from pathlib import Path

DYING = """\
import os, sqlite3, sys
from contextlib import closing

import follow
from lifecycle.store.sql import Store

left = int(sys.argv[3])


def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)


class Dying(sqlite3.Connection):
    def execute(self, *arguments):
        step()
        return super().execute(*arguments)

    def __exit__(self, *told):
        step()
        super().__exit__(*told)
        step()


with closing(sqlite3.connect(sys.argv[2], factory=Dying)) as mine:
    mine.executescript(follow.TABLES)
    store = Store(sys.argv[1], create=False)
    follow.follow(store, mine)
    store.close()
"""
"""The consumer, which is killed at the given step: before a statement, before a commit, or behind it."""

MOVES = {"iql": 3, "mql": 6, "sal": 3, "recycled": 3}
"""What three leads that are kept live through."""


@pytest.mark.checkout
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "postgresql"])
def test_each_entry_is_taken_in_once(request: pytest.FixtureRequest, tmp_path: Path, checkout: Path, kind: str) -> None:
    """Killed between the effect and the position, before the commit and after it, and going on each time."""
    url = request.getfixturevalue("postgres_store") if kind == "postgresql" else f"sqlite:///{tmp_path / 'history.db'}"
    page = (checkout / "docs" / "how-to" / "follow-the-feed.md").read_text(encoding="utf-8")
    [program] = [fence.text for fence in pages.fences(page) if fence.file == "follow.py"]
    (tmp_path / "follow.py").write_text(program, encoding="utf-8")
    (tmp_path / "dying.py").write_text(DYING, encoding="utf-8")
    store = Store(url)
    keep(store, "1", "2", "3")
    store.seal(now=day(101))
    store.close()

    killed, found_there = 0, {**os.environ, "PYTHONPATH": str(tmp_path)}
    for at in (3, 4, 5, 6, 12, 1000):
        command = [sys.executable, "dying.py", url, "mine.db", str(at)]
        ran = subprocess.run(command, cwd=tmp_path, env=found_there, check=False)
        killed += ran.returncode == -9

    with closing(sqlite3.connect(tmp_path / "mine.db")) as mine:
        assert 5 == killed
        assert MOVES == dict(mine.execute("SELECT stage, moves FROM stages"))
        assert [(18,)] == mine.execute("SELECT position FROM place").fetchall()
