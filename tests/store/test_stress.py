"""Many processes write to a store at once, and are killed at random: what was acknowledged is there, and whole.

Everyday runs are short. `LIFECYCLE_DEEP=1` makes them long, with eight writers on 5,000 leads and on a single one; with
`--write-stress` what they came to is written into docs/reference/stress.md.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import pytest
import sqlalchemy as sa

from lifecycle import Lifecycle, Signal
from lifecycle.decision import Kind
from lifecycle.errors import Place
from lifecycle.replay import replay
from lifecycle.signals import SignalType
from lifecycle.store.schema import subjects
from tests.made import day
from tests.racing import came, later
from tests.store.stressing import DEFINITION, Acknowledged, Plan, Stress, told_of
from tests.stores import address, init

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEEP: Final = os.environ.get("LIFECYCLE_DEEP") == "1"
LEADS: Final = 5_000
PLACE: Final = Place("asked", 1)
PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stress.md"
COMMAND: Final = "LIFECYCLE_DEEP=1 python dev.py test -n 0 -s tests/store/test_stress.py --write-stress"
HEADS: Final = ("database", "leads", "writers", "killed", "answered", "answers per second", "attempts lost")


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store in a file, or on a server that waits for the disk."""
    if request.param == "file":
        return address("file", request, tmp_path)
    if not DEEP:
        return address("postgresql", request, tmp_path)
    found: str = request.getfixturevalue("durable_postgres_url")
    init(found)
    return found


@pytest.fixture(scope="module")
def lines(request: pytest.FixtureRequest) -> Iterator[list[tuple[object, ...]]]:
    """What the runs came to; written into the documentation where that was asked for."""
    found = list[tuple[object, ...]]()
    yield found
    if found and request.config.getoption("--write-stress", default=False):
        from tests.benchmarks.measuring import machine, replace_figures, table

        replace_figures(PAGE, f"{machine(COMMAND)}\n\n{table(HEADS, found)}", "stress figures", COMMAND)


@pytest.mark.slow
@pytest.mark.parametrize("url", ["file", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("leads", "lock"),
    [(1, False), pytest.param(1, True, marks=pytest.mark.deep), pytest.param(LEADS, False, marks=pytest.mark.deep)],
    ids=str,
)
def test_what_was_acknowledged_is_kept(
    url: str, leads: int, lock: bool, lines: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """No gap, no double, no lost record, no stuck lock; and a replay of what was asked agrees with the store."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.stressing"])
    folder = tmp_path / "acknowledged"
    folder.mkdir()
    many, seconds, pause = (8, 30, 0.7) if DEEP else (2, 1.5, 0.5)
    plan = Plan(url=url, folder=folder, leads=leads, lock=lock, writers=many, seconds=seconds, pause=pause)
    stress = Stress(plan, context)
    Lifecycle(DEFINITION, url).close()

    stress.run()

    found = stress.acknowledged()
    assert len({one.key for one in found}) == len(found) > 0
    with Lifecycle(DEFINITION, url) as door:
        check_histories(door, found)
        check_nothing_is_stuck(door, sorted({one.lead for one in found})[:20])
        door.store.seal(now=datetime.now(UTC))
        report = door.store.verify()
        assert report.ok, report.findings
        assert report.sealed == sum(report.entries.values())
    lines.append(figures(url, plan, stress, found))


def check_histories(door: Lifecycle, found: Sequence[Acknowledged]) -> None:
    """Assert that everything acknowledged is there once, in histories without gap, and nothing that nobody sent."""
    told = defaultdict[str, list[Acknowledged]](list)
    for one in found:
        told[one.lead].append(one)
    with door.store.reading() as reading:
        assert set(told) == set(reading.connection.scalars(sa.select(subjects.c.lead)))
    for lead, some in told.items():
        history = door.history(lead)
        with door.store.reading() as reading:
            refused = {refusal.number for refusal in reading.refusals(lead)}
        envelopes = [record.envelope for record in history if record.envelope]
        assert list(range(1, len(history) + 1)) == [record.sequence for record in history]
        assert all(one.digest == other.previous for one, other in pairwise(envelopes))
        kept = {number: envelope.digest for number, envelope in enumerate(envelopes, 1)}
        acknowledged = [item for one in some for item in one.records.items()]
        assert sorted(acknowledged) == sorted(kept.items())
        assert {one.refusal for one in some} - {None} == refused
    signals = [signal for lead in told for signal in moved(door, lead)]
    report = replay(DEFINITION, signals, store=door.store, check=True)
    assert (len(told), []) == (report.unchanged, report.differences)


def test_what_nobody_was_told_of_is_noticed() -> None:
    """A lead, a record or a refusal that stands in nobody's file, and one of a file that is not in the store."""
    with Lifecycle(DEFINITION, "sqlite://", clock=later()) as door:
        asked = [("1", "go"), ("1", "go"), ("2", "go"), ("1", "back")]
        found = [told_of(door.fire(came(lead), trigger, actor="sales:1"), lead) for lead, trigger in asked]
        check_histories(door, found)

        for index in range(len(found)):
            with pytest.raises(AssertionError):
                check_histories(door, found[:index] + found[index + 1 :])
        with pytest.raises(AssertionError):
            check_histories(door, [*found, attrs.evolve(found[0], lead="3")])


def moved(door: Lifecycle, lead: str) -> list[Signal]:
    """Return what moved a lead, as a log would have it.

    What was refused is left out: a log is in order of time, and a writer who was slow may be granted something dated
    before what another one was refused already.
    """
    requests = [
        Signal(lead, record.at, SignalType.REQUEST, record.trigger, {"actor": record.actor}, None, PLACE)
        for record in door.history(lead)
        if record.kind is Kind.REQUESTED
    ]
    return [Signal(lead, day(0), SignalType.ACTIVITY, "came", {}, None, PLACE), *requests]


def check_nothing_is_stuck(door: Lifecycle, leads: Sequence[str]) -> None:
    """Assert that leads that others were killed over can be locked and moved at once."""
    for lead in leads:
        stage = door.journey(lead).stage
        reply = door.fire(came(lead), "go" if stage == "iql" else "back", actor="sales:last", lock=True)
        assert reply.granted


def figures(url: str, plan: Plan, stress: Stress, found: Sequence[Acknowledged]) -> tuple[object, ...]:
    """Give the line of a table."""
    attempts = sum(one.attempts for one in found)
    return (
        "SQLite" if url.startswith("sqlite") else "PostgreSQL",
        f"{plan.leads:,} lead{'s' if plan.leads > 1 else ''}{', locked' if plan.lock else ''}",
        plan.writers,
        stress.kills,
        len(found),
        round(stress.rate),
        f"{(attempts - len(found)) / attempts:.1%}",
    )
