"""The page on the Python API lists what the kit offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lifecycle import testing
from lifecycle.testing import strategies

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "python-api.md"


@pytest.mark.checkout
def test_every_name_is_listed() -> None:
    """Those of the package in one table, the strategies in another."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("## `lifecycle.testing`\n")
    of_package, _, of_strategies = section.partition("\n## ")[0].partition("`lifecycle.testing.strategies`")

    assert set(testing.__all__) == _listed(of_package)
    assert set(strategies.__all__) == _listed(of_strategies)


def _listed(text: str) -> set[str]:
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
