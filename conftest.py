"""Runs the examples in README.md and docs/ as tests, each page in an empty folder of its own; see `tests/pages.py`."""

from __future__ import annotations

import pytest
from sybil import Sybil

from tests import pages  # noqa: TID251 - this file exists where they do

pytest_collect_file = Sybil(
    parsers=pages.PARSERS,
    patterns=["README.md", "docs/**/*.md"],
    excludes=["docs/changes/*", *pages.ON_POSTGRESQL],
    setup=pages.enter,
    teardown=pages.leave,
).pytest()


def pytest_configure(config: pytest.Config) -> None:
    """Offer PostgreSQL to the documentation too."""
    config.pluginmanager.import_plugin("tests.postgres")
