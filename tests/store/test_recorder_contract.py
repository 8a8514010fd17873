"""The contract for recorders that comes with `eventsourcing`, on both databases; nobody of this project wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eventsourcing.tests import persistence as contract  # not its classes: they would be taken for tests of ours

from tests.store.recorder import Aggregates, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


for _case in (
    contract.AggregateRecorderTestCase,
    contract.ApplicationRecorderTestCase,
    contract.ProcessRecorderTestCase,
):
    del _case.test_performance  # it prints a figure, and asserts nothing


class OnSQLite:
    """Recorders on a file."""

    url: str
    recorder: Recorder

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> Iterator[None]:
        self.url = f"sqlite:///{tmp_path / 'history.db'}"
        yield
        self.recorder.close()

    def create_recorder(self) -> Recorder:
        """Give the contract an empty recorder."""
        self.recorder = Recorder(self.url)
        return self.recorder


class OnPostgreSQL(OnSQLite):
    """Recorders on a server."""

    @pytest.fixture(autouse=True)
    def _place(self, postgres_store: str) -> Iterator[None]:
        self.url = postgres_store
        yield
        self.recorder.close()


class WithAggregates(OnSQLite):
    """Recorders that number nothing."""

    def create_recorder(self) -> Aggregates:
        """Give the contract an empty recorder."""
        self.recorder = Aggregates(self.url)
        return self.recorder


class TestAggregatesOnSQLite(WithAggregates, contract.AggregateRecorderTestCase):
    """A history: conflicts, all or nothing, ranges."""


class TestAggregatesOnPostgreSQL(WithAggregates, OnPostgreSQL, contract.AggregateRecorderTestCase):
    """A history: conflicts, all or nothing, ranges."""


class TestApplicationsOnSQLite(OnSQLite, contract.ApplicationRecorderTestCase):
    """All histories in one order."""

    @pytest.mark.deep
    def test_concurrent_no_conflicts(self) -> None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - it is called without
        """Ten writers and two readers, who take turns on a file, and so take long."""
        super().test_concurrent_no_conflicts()


class TestApplicationsOnPostgreSQL(OnPostgreSQL, contract.ApplicationRecorderTestCase):
    """All histories in one order: ten writers and two readers who miss nothing."""


class TestOrderOnSQLite(OnSQLite, contract.NonInterleavingNotificationIDsBaseCase):
    """What was written together stands together."""


class TestOrderOnPostgreSQL(OnPostgreSQL, contract.NonInterleavingNotificationIDsBaseCase):
    """What was written together stands together."""


class TestTrackingOnSQLite(OnSQLite, contract.TrackingRecorderTestCase):
    """A consumer's position never goes back."""


class TestTrackingOnPostgreSQL(OnPostgreSQL, contract.TrackingRecorderTestCase):
    """A consumer's position never goes back."""


class TestProcessesOnSQLite(OnSQLite, contract.ProcessRecorderTestCase):
    """A consumer's position and what it writes are kept together, or not at all."""


class TestProcessesOnPostgreSQL(OnPostgreSQL, contract.ProcessRecorderTestCase):
    """A consumer's position and what it writes are kept together, or not at all."""
