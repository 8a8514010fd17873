"""Stores to test with: on a file, in memory, on PostgreSQL. Whatever uses `store` is the contract of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.store.sql import Store
from tests.stores import KINDS, address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a run of tests/store/test_stress.py may be asked for."""
    parser.addoption("--write-stress", action="store_true", help="write the figures into docs/reference/stress.md")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store in a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'history.db'}"


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, of each kind."""
    store = Store(address(request.param, request, tmp_path))
    yield store
    store.close()
