"""The options of the benchmarks."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `python dev.py bench` may be asked for."""
    group = parser.getgroup("benchmarks")
    group.addoption("--large", action="store_true", help="also a log of 1,000,000 signals")
    group.addoption("--write", action="store_true", help="write the figures into docs/reference/speed.md")
    group.addoption("--records", type=int, default=0, help="let a store grow from 100,000 records to so many")
