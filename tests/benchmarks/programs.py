"""The programs that are compared: each lives through the same log and gives what it came to."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs
import lifecycle_engagement
import lifecycle_profile

from lifecycle.definition import Definition, NamedCriterion
from lifecycle.loading import load
from lifecycle.registry import Registry
from lifecycle.replay import replay
from lifecycle.signals import Signal
from lifecycle.store.sql import Store
from tests.benchmarks.by_hand import Records, replay_by_hand
from tests.benchmarks.naive import replay_naively

__all__ = [
    "BY_HAND",
    "BY_HAND_WITH_RECORDS",
    "INTO_SQLITE",
    "NAIVE",
    "OURS",
    "Outcome",
    "Program",
    "benchmark_definition",
    "programs",
]

OURS: Final = "lifecycle"
INTO_SQLITE: Final = "lifecycle, into SQLite"
BY_HAND: Final = "by hand"
BY_HAND_WITH_RECORDS: Final = "by hand, with records"
NAIVE: Final = "naive transitions"

FILE: Final = Path(__file__).with_name("definition.toml")
NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)


@attrs.frozen
class Outcome:
    """What a log came to: how often leads moved by (source, target), and the history digest where records are made."""

    moves: Counter[tuple[str | None, str]]
    digest: str | None = None

    @property
    def records(self) -> int:
        """How many moves there were."""
        return self.moves.total()


Program = Callable[[Sequence[Signal]], Outcome]


def benchmark_definition() -> Definition:
    """Load the rules of the benchmarks.

    Fingerprints and versions are left out: with every release the digests that are asserted would change.
    """
    definition = load(FILE, Registry.of({"engagement": lifecycle_engagement, "profile": lifecycle_profile}))
    return attrs.evolve(
        definition,
        criteria={name: _of_no_release(named) for name, named in definition.criteria.items()},
        undesirables={name: _of_no_release(named) for name, named in definition.undesirables.items()},
    )


def _of_no_release(named: NamedCriterion) -> NamedCriterion:
    where = attrs.evolve(named.provenance, fingerprint="", distribution=None, distribution_version=None, version="1")
    return attrs.evolve(named, provenance=where)


def programs(definition: Definition) -> Mapping[str, Program]:
    """Give the programs by name, the library's own first."""

    def ours(signals: Sequence[Signal]) -> Outcome:
        report = replay(definition, signals)
        return Outcome(report.transitions, report.history_digest)

    def into_sqlite(signals: Sequence[Signal]) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="lifecycle-bench-") as folder:
            store = Store(Path(folder) / "history.db")
            try:
                report = replay(definition, signals, store=store, now=NOW)
            finally:
                store.close()
        return Outcome(report.transitions, report.history_digest)

    def by_hand(signals: Sequence[Signal]) -> Outcome:
        return Outcome(replay_by_hand(signals))

    def by_hand_with_records(signals: Sequence[Signal]) -> Outcome:
        records = Records(definition.hash, definition.rules_digest)
        moves = replay_by_hand(signals, records)
        return Outcome(moves, records.digest())

    def naive(signals: Sequence[Signal]) -> Outcome:
        return Outcome(replay_naively(signals))

    return {
        OURS: ours,
        INTO_SQLITE: into_sqlite,
        BY_HAND: by_hand,
        BY_HAND_WITH_RECORDS: by_hand_with_records,
        NAIVE: naive,
    }
