"""A replay in a process of its own, that can be killed at any point."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from unittest import mock

import lifecycle.replay
from lifecycle.store.sql import Store
from tests.logs import DEFINITION, NOW, life

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext

    from lifecycle import Signal

__all__ = ["BATCHES", "kill_within", "log", "run", "small_batches"]

BATCHES: Final = 40
LEADS: Final = 6
"""Leads of one batch: few, so that there are many transactions."""


def log() -> list[Signal]:
    """Return lives with records and refusals, so many that they fill all batches."""
    return [one for number in range(BATCHES * LEADS) for one in life(f"lead {number}")]


def small_batches() -> AbstractContextManager[object]:
    """Have a replay write many small batches."""
    return mock.patch.object(lifecycle.replay, "BATCH", LEADS)


def run(url: str, told: Connection) -> None:
    """Replay everything into a store, and tell after each batch."""
    store = Store(url)
    with small_batches():
        lifecycle.replay.replay(DEFINITION, log(), store=store, now=NOW, progress=lambda done, _: told.send(done))


def kill_within(context: ForkServerContext, url: str, batch: int, chance: random.Random) -> int:
    """Start a replay, kill it somewhere within a batch, and return how many leads it had told of by then."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(url, theirs))
    process.start()
    theirs.close()
    done, took, since = 0, 0.005, time.monotonic()
    try:
        for _ in range(batch):
            done = ours.recv()
            took, since = time.monotonic() - since, time.monotonic()
        time.sleep(took * chance.uniform(0, 1.5))
    except EOFError:  # it has come to its end
        pass
    with suppress(ProcessLookupError):
        process.kill()
    process.join()
    ours.close()
    return done
