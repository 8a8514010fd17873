"""Writers that want the same lead at once; started as processes of their own, or as threads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from lifecycle import Lead, Lifecycle
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lifecycle.definition import Definition

ROUNDS: Final = 12


def there_and_back() -> Definition:
    """Return a definition in which a lead can be sent to and fro for ever."""
    return made(arrow("go", "iql", "mql"), arrow("back", "mql", "iql"))


def later() -> Callable[[], datetime]:
    """Return a clock that stands still, so that nobody asks before somebody else's move."""
    return lambda: day(50)


def came(lead: str) -> Lead:
    """Return a lead that has come."""
    return Lead(lead).activity("came", at=day(0))


def race(door: Lifecycle, who: str, *, lock: bool = False) -> Counter[str]:
    """Ask for moves of one lead to and fro, and return how many there were of each result."""
    lead = came("1")
    found = Counter[str]()
    for index in range(ROUNDS):
        trigger = ("go", "back")[index % 2]
        reply = door.fire(lead, trigger, actor=f"sales:{who}", key=f"{who}-{index}", lock=lock)
        assert reply.decision is not None
        found[reply.decision.result.value] += 1
    return found


def run(url: str, who: str, results: str) -> None:
    """Race as a process of its own, and write the counts to a file."""
    with Lifecycle(there_and_back(), url, clock=later()) as door:
        found = race(door, who)
    with open(results, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path as text is what a process is handed
        file.writelines(f"{result} {count}\n" for result, count in found.items())
