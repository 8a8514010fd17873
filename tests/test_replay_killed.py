"""A replay that is killed, at whatever point, leaves whole leads, and the next one completes them."""

from __future__ import annotations

import multiprocessing
import os
import random
from typing import TYPE_CHECKING

import pytest

from lifecycle.replay import replay
from lifecycle.store.sql import Store
from tests import killing
from tests.logs import DEFINITION, NOW, histories
from tests.stores import address

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 60 if os.environ.get("LIFECYCLE_DEEP") == "1" else 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "postgresql"])
def test_a_killed_replay_is_completed_by_the_next(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each run is killed with SIGKILL somewhere; nothing it told of is lost, and in the end nobody could tell."""
    url, chance = address(kind, request, tmp_path), random.Random()
    context, log = multiprocessing.get_context("forkserver"), killing.log()
    context.set_forkserver_preload(["tests.killing"])  # so that a process starts in no time
    undisturbed = replay(DEFINITION, log)
    store, before = Store(url), 0
    for kill in range(KILLS):
        batch = chance.randint(0, killing.BATCHES // (KILLS - kill)) if kill else chance.randint(1, 3)
        done = killing.kill_within(context, url, batch, chance)
        whole = histories(store)
        assert {3} >= {len(history) for history in whole.values()}
        assert max(done, before) <= len(whole)
        before = len(whole)

    with killing.small_batches():
        last = replay(DEFINITION, log, store=store, now=NOW)

    assert (undisturbed.history_digest, 0) == (last.history_digest, last.differing)
    assert undisturbed.leads == last.unchanged + last.added
    assert before <= last.unchanged
    assert undisturbed.history_digest == replay(DEFINITION, log, store=store, check=True).history_digest
    with store.reading() as reading:
        assert undisturbed.refusals == len(list(reading.refusals()))
    assert undisturbed.records + undisturbed.refusals == store.seal(now=NOW).size
    assert store.verify().ok
    store.close()
