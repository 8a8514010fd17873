"""Runs the pages that need a server, from first line to last, each in a process and a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import pages

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[1]
RUN = "import sys; from pathlib import Path; from tests.pages import run_page; print(run_page(Path(sys.argv[1])))"


def as_environment(url: str) -> dict[str, str]:
    """Return a server and database as PostgreSQL's own variables name them."""
    made = sa.make_url(url)
    host = made.query.get("host", made.host)
    named = {"HOST": host, "PORT": made.port, "USER": made.username, "PASSWORD": made.password}
    return {f"PG{name}": str(value) for name, value in {**named, "DATABASE": made.database}.items() if value}


@pytest.mark.parametrize("page", pages.ON_POSTGRESQL)
def test_a_page_gives_what_it_shows(postgres_url: str, page: str) -> None:
    """Its applications, its commands and what they print; Django and others keep their state to that process."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN, str(ROOT / page)],
        cwd=ROOT,
        env={**os.environ, **as_environment(postgres_url)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == ran.returncode, ran.stderr
    assert int(ran.stdout) >= 5
