"""Every broken criterion is caught by the check that is meant for it, and by no other."""

from __future__ import annotations

import pytest

from lifecycle.testing.checks import CHECKS
from lifecycle.testing.report import Status
from lifecycle.testing.searching import Effort
from lifecycle.testing.suite import Suite
from tests.testing import deeper_saboteurs, offering_saboteurs
from tests.testing.saboteurs import CAUGHT_BY, EXAMPLES

FULL = Effort(shrink=False)
QUICK = Effort(cases=6, shrink=False)


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda cls: cls.__name__)
def test_each_saboteur_is_caught(saboteur: type) -> None:
    """By the intended check, and by no other."""
    suite = Suite.of(saboteur, examples=EXAMPLES.get(saboteur, ()))
    [subject] = suite.subjects
    failed = {
        check.name: result.message
        for check in CHECKS
        for result in [suite.ask(subject, check, FULL if check.name == CAUGHT_BY[saboteur] else QUICK)]
        if result.status is Status.FAILED
    }

    assert {CAUGHT_BY[saboteur]} == set(failed), failed


def test_there_are_enough_of_them() -> None:
    """They stand in three files, each of which adds its own."""
    files = {cls.__module__.rpartition(".")[2] for cls in CAUGHT_BY}

    assert 25 <= len(CAUGHT_BY)
    assert {module.__name__.rpartition(".")[2] for module in (deeper_saboteurs, offering_saboteurs)} < files


def test_every_check_catches_somebody() -> None:
    """A check that nobody fails has never been seen to work."""
    assert {check.name for check in CHECKS} == set(CAUGHT_BY.values())
