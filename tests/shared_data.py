"""Where the real data of others is: it is run on where it is present, and never part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["HERE", "shared_data"]

HERE = Path(__file__).resolve().parent / "data"
"""The mappings and definitions that the tests read such data with."""

_ENVIRONMENT = "LIFECYCLE_SHARED_DATA"
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(folder: str) -> Path:
    """Give a folder of the shared data; the test is skipped, with the reason, where it is absent."""
    found = Path(os.environ.get(_ENVIRONMENT, _BESIDE)) / folder
    if not found.is_dir():
        pytest.skip(f"needs real data: set {_ENVIRONMENT} to a folder that holds {folder}")
    return found
