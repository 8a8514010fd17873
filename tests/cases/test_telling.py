"""Saying why a lead came where it is."""

from __future__ import annotations

import attrs
import pytest

from lifecycle.cases.telling import way_lines
from lifecycle.criteria import Outcome
from lifecycle.decision import Missing, explain
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from tests.doors import DEFINITION
from tests.made import day


@pytest.mark.parametrize(("points", "words"), [(1, "; 1 point away)"), (2, "; 2 points away)"), (None, "low)")])
def test_points_that_are_missing_are_counted(points: int | None, words: str) -> None:
    """One is a point, and more are points."""
    missing = Missing(atom="interest >= 3", wanted=True, outcome=Outcome.UNMET, message="low", points=points)
    way = explain(DEFINITION, Snapshot(Lead("1"), day(1), Journey())).ways[0]
    _, line = way_lines([attrs.evolve(way, changes=((missing,),))])

    assert line.endswith(words)
