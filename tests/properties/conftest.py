"""Gives the laws time: a deep run tries thousands of examples, and a smaller counterexample takes minutes to find."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each law run for half an hour; hypothesis stops looking for a smaller counterexample after five minutes."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(1800))
