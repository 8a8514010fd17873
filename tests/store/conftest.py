"""Stores to test with, on a file and in memory, each with a few leads to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.store.sql import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store that is not there yet."""
    return f"sqlite:///{tmp_path / 'history.db'}"


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, url: str) -> Iterator[Store]:
    """An empty store, of each kind."""
    store = Store(url if request.param == "file" else "sqlite://")
    yield store
    store.close()
