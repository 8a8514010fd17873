"""Writers under stress: processes of their own that write down what they were told is kept, and may be killed."""

# pyright: reportPrivateUsage=false
# A writer counts how often its commands are run.

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle import Lifecycle
from lifecycle.errors import ConcurrentUpdateError, OutOfOrderError, StoreBusyError
from lifecycle.store.sql import Store
from tests.racing import came, there_and_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext

    from lifecycle import Reply

__all__ = ["DEFINITION", "Acknowledged", "Plan", "Stress", "told_of"]

DEFINITION: Final = there_and_back()
STOP: Final = "stop"
_TRY_AGAIN: Final = (ConcurrentUpdateError, OutOfOrderError, StoreBusyError)
"""What a command meets that others were faster than: it is sent again, under its key."""


@attrs.frozen(kw_only=True)
class Plan:
    """What is to be done to a store.

    Attributes:
        url: Where it is.
        folder: Where writers write down what is acknowledged.
        leads: How many leads there are; one is a hot lead.
        lock: Whether writers lock the lead first.
        writers: How many processes write.
        seconds: How long.
        pause: The longest pause between two kills; a sealer is killed too.
    """

    url: str
    folder: Path
    leads: int
    lock: bool
    writers: int
    seconds: float
    pause: float


@attrs.frozen
class Acknowledged:
    """A command that was answered: what was asked, how often it had to be tried, and what is kept of it."""

    key: str
    lead: str
    trigger: str
    actor: str
    at: str
    attempts: int
    records: dict[int, str]
    refusal: int | None


# --- In a process of its own ---


def write(plan: Plan, who: str) -> None:
    """Send commands until it is time to stop; write down, durably, each that was answered, before the next is sent."""
    attempts = Counter[str]()
    run_once = Lifecycle._run_once

    def counted(self: Lifecycle, command: Any, connection: Any) -> Reply:
        attempts[command.key] += 1
        return run_once(self, command, connection)

    Lifecycle._run_once = counted  # type: ignore[method-assign]  # in a process that does nothing else
    path = plan.folder / who
    number = sum(1 for _ in acknowledged(path))  # one who was killed begins with what it does not know to be kept
    with Lifecycle(DEFINITION, plan.url) as door, path.open("a", encoding="utf-8") as file:
        file.write("\n")  # ends a line that was cut short
        stop = False
        while not stop:  # at least one, as the one before may have been killed between the commit and the writing down
            stop = (plan.folder / STOP).exists()
            key = f"{who}-{number}"
            line = _send(door, plan, key, f"sales:{who}", attempts)
            file.write(json.dumps(attrs.asdict(line)) + "\n")
            file.flush()
            os.fsync(file.fileno())
            number += 1


def _send(door: Lifecycle, plan: Plan, key: str, actor: str, attempts: Counter[str]) -> Acknowledged:
    """Send one command until it is answered. What is asked follows from its key, so that it can be sent again."""
    chance = random.Random(key)
    lead, trigger = str(chance.randrange(plan.leads)), chance.choice(("go", "back"))
    while True:
        with suppress(*_TRY_AGAIN):
            reply = door.fire(came(lead), trigger, actor=actor, key=key, lock=plan.lock)
            break
    return told_of(reply, lead, key, attempts[key])


def told_of(reply: Reply, lead: str, key: str = "", attempts: int = 1) -> Acknowledged:
    """Give what a writer writes down of an answer."""
    assert reply.decision is not None
    records = {record.sequence: record.envelope.digest for record in reply.records if record.envelope}
    refusal = next((one.number for one in reply.refusals), None)
    at = reply.decision.at.isoformat()
    return Acknowledged(key, lead, reply.decision.trigger, reply.decision.actor, at, attempts, records, refusal)


def seal(plan: Plan) -> None:
    """Seal what is written, again and again."""
    store = Store(plan.url)
    while not (plan.folder / STOP).exists():
        with suppress(StoreBusyError):
            store.seal(now=datetime.now(UTC))
        time.sleep(0.05)


# --- In the process of the test ---


def acknowledged(path: Path) -> Iterator[Acknowledged]:
    """Read what a writer has written down; a line that it was killed over is not there."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").split("\n"):
            with suppress(ValueError):
                found = json.loads(line)
                records = {int(number): digest for number, digest in found.pop("records").items()}
                yield Acknowledged(**found, records=records)


class Stress:
    """Runs the processes of a plan, and kills them."""

    def __init__(self, plan: Plan, context: ForkServerContext) -> None:
        self.plan, self._context = plan, context
        self.kills, self.rate = 0, 0.0
        self._jobs: dict[str, tuple[Any, tuple[Any, ...]]] = {
            "sealer": (seal, (plan,)),
            **{f"writer{number}": (write, (plan, f"writer{number}")) for number in range(plan.writers)},
        }
        self._running = dict[str, BaseProcess]()

    def run(self) -> None:
        """Keep all of them running and kill one now and then; in the end let them end."""
        for name in self._jobs:
            self._start(name)
        while len({one.actor for one in self.acknowledged()}) < self.plan.writers:
            time.sleep(0.01)
        before, start = len(self.acknowledged()), time.monotonic()
        while time.monotonic() < start + self.plan.seconds:
            time.sleep(random.uniform(0, self.plan.pause))
            name = random.choice(list(self._jobs))
            self._running[name].kill()
            self._running[name].join()
            self.kills += 1
            self._start(name)
        (self.plan.folder / STOP).touch()
        self.rate = (len(self.acknowledged()) - before) / (time.monotonic() - start)
        for name, process in self._running.items():
            process.join(60)
            assert process.exitcode == 0, name

    def acknowledged(self) -> list[Acknowledged]:
        """Give all that was acknowledged."""
        return [one for name in self._jobs for one in acknowledged(self.plan.folder / name)]

    def _start(self, name: str) -> None:
        target, arguments = self._jobs[name]
        self._running[name] = self._context.Process(target=target, args=arguments)
        self._running[name].start()
