"""Logs that nobody here wrote, read through tests/data/*.toml, against figures computed without this project."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lifecycle.signals import Signal, SignalType, Tally, read_mapping, read_signals

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("LIFECYCLE_SHARED_DATA", HERE.parents[1] / "shared" / "data"))

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs real logs: set LIFECYCLE_SHARED_DATA to their folder"
)


def read(mapping: str, *files: str) -> tuple[list[Signal], Tally]:
    """Read files of the shared folder through a mapping of tests/data."""
    text = (HERE / "data" / mapping).read_text(encoding="utf-8")
    tally = Tally()
    return list(read_signals([SHARED / file for file in files], read_mapping(text, mapping), tally)), tally


def test_every_row_of_the_permit_log_is_used() -> None:
    """8,577 activities of 1,434 cases, with the channels that the log has by case."""
    signals, tally = read("permit_log.toml", "permit_log/receipt.csv")

    channels = {signal.lead: signal.name for signal in signals if signal.type is SignalType.CHANNEL}
    activities = [signal for signal in signals if signal.type is SignalType.ACTIVITY]
    assert (tally.read, tally.used, tally.signals) == (8_577, 8_577, 17_154)
    assert len(activities) == 8_577
    assert len({signal.lead for signal in signals}) == 1_434
    assert len({signal.name for signal in activities}) == 27
    assert Counter(channels.values()) == {"Internet": 1_250, "Desk": 109, "Post": 53, "e-mail": 21, "Intern": 1}


def test_opportunities_are_won_lost_and_open_as_counted() -> None:
    """Two date columns of one row become two signals, and the accounts become the profile."""
    signals, tally = read(
        "crm_opportunities.toml", *(f"crm_opportunities/{name}.csv" for name in ("sales_pipeline", "accounts"))
    )

    kinds = Counter(signal.name for signal in signals if signal.type is SignalType.ACTIVITY)
    profiles = {signal.lead: signal.data for signal in signals if signal.type is SignalType.PROFILE}
    assert kinds == {"engaged": 1_589 + 4_238 + 2_473, "won": 4_238, "lost": 2_473}
    assert len(profiles) == 8_800 - 1_425
    assert (tally.read, tally.refused, tally.repeated) == (4 * 8_800, 0, 0)
    assert tally.filtered == 500 + (8_800 - 4_238) + (8_800 - 2_473) + 1_425
    assert "technolgy" not in {profile["industry"] for profile in profiles.values()}
    assert "GTXPro" not in {signal.data.get("product") for signal in signals}


def test_opportunities_as_of_a_day_are_as_counted() -> None:
    """As of 2017-06-30: engaged 4,365, won 1,785, lost 894."""
    signals, _ = read("crm_opportunities.toml", "crm_opportunities/sales_pipeline.csv")

    until = datetime(2017, 6, 30, tzinfo=UTC)
    kinds = Counter(signal.name for signal in signals if signal.at is not None and signal.at <= until)
    assert kinds == {"engaged": 4_365, "won": 1_785, "lost": 894}


def test_web_events_are_told_apart() -> None:
    """Repeated events are dropped, and distinct page views are as the makers of the data expect."""
    signals, tally = read("web_events.toml", "web_events/snowplow_web_events.csv")

    views: defaultdict[str, set[str]] = defaultdict(set)
    for signal in signals:
        views[str(signal.data["user"]).partition(" - ")[0]].add(signal.data["page_view"])
    expected = {
        "dupe: page_view_id different derived_tstamp": 7,
        "dupe: event_id different collector_tstamp": 3,
        "dupe: event_id same collector_tstamp": 6,
        "Multiple first sessions per user": 4,
        "Multiple last sessions per user": 4,
        "user stitch": 7,
    }
    assert {user: len(views[user]) for user in expected} == expected
    assert (tally.read, tally.used, tally.filtered, tally.repeated, tally.refused) == (160, 48, 110, 1, 1)
    assert [error.message for error in tally.refusals] == ["no lead in column 'domain_userid'"]
