"""Lifecycles to call, with a definition and leads made for their tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import Lead, Lifecycle, Record
from tests.made import arrow, day, made
from tests.stores import address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


DEFINITION = made(
    arrow("qualify", "iql", "mql", "demo", automatic=True),
    arrow("accept", "mql", "sal", "likes", by=["sales"], override_by=["boss"]),
    arrow("file", "sal", "recycled", "fits", automatic=True),
    arrow("recycle", "mql sal", "recycled", reasons=["later"], new_cycle=True),
    arrow("cool", "mql", "iql", "not demo", automatic=True),
)
ACCEPT: dict[str, Any] = {"trigger": "accept", "actor": "sales:17"}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = day(10)

    def __call__(self) -> datetime:
        """Give the instant that was set."""
        return self.now


def clock() -> Clock:
    """Give a clock that stands at day 10; a fixture."""
    return Clock()


def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store of each kind; a fixture with the parameters `KINDS`."""
    return address(request.param, request, tmp_path)


def door(url: str, clock: Clock) -> Iterator[Lifecycle]:
    """Give a lifecycle in an empty store; a fixture."""
    with Lifecycle(DEFINITION, url, clock=clock) as door:
        yield door


def at_once(_: float) -> None:
    """Wait for nothing."""


def interested(name: str = "1") -> Lead:
    """Return a lead that comes at day 0 and asks for a demo at day 1."""
    return Lead(name).activity("came", at=day(0)).activity("demo", at=day(1))


def stages(records: tuple[Record, ...]) -> list[str]:
    """Return where records lead to."""
    return [record.target for record in records]
