"""The roles of docs/reference/grants.sql on the server of the tests."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from tests.stores import postgres

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["ROLES", "SCRIPT", "Urls", "granted"]

SCRIPT: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "grants.sql"
ROLES: Final = ("reader", "app", "sealer", "eraser")

Urls = dict[str, str]
"""The URL of a store, for its owner and each role."""


@contextmanager
def granted(url: str, *before: str) -> Generator[Urls]:
    """Run the script, twice, behind other statements; roles are the server's, so they have names of their own."""
    mark = uuid.uuid4().hex
    script = SCRIPT.read_text(encoding="utf-8")
    for role in ROLES:
        script = script.replace(f"lifecycle_{role}", f"lifecycle_{role}_{mark}")
    try:
        for _ in range(2):
            with postgres(url) as connection:
                connection.execute("; ".join((*before, script)).encode())
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the user of this server may not make roles")
    option = "&options=-c%20role%3Dlifecycle_"
    yield {"owner": url, **{role: f"{url}{option}{role}_{mark}" for role in ROLES}}
    with postgres(url) as connection:
        for role in ROLES:
            connection.execute(f"DROP OWNED BY lifecycle_{role}_{mark}".encode())
            connection.execute(f"DROP ROLE lifecycle_{role}_{mark}".encode())
