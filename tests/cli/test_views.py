"""Figures and reasons as text for people, where the demo and the logs of other tests do not reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lifecycle.cli.screen import Screen
from lifecycle.cli.views import funnel_view
from lifecycle.decision import Kind
from lifecycle.funnel import funnel
from lifecycle.loading import read_definition
from lifecycle.record import Record
from tests.cli.world import DEFINITION

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def record(sequence: int, source: str | None, target: str, *, day: float) -> Record:
    """Make a record of which only the move and the day matter."""
    return Record(
        sequence=sequence,
        cycle=1,
        trigger="t",
        source=source,
        target=target,
        at=BEGIN + timedelta(days=day),
        actor="system",
        kind=Kind.AUTOMATIC,
        reason=None,
        atoms={},
        definition="tiny",
        version="1",
        definition_hash="",
        rules_digest="",
    )


def shown(text: str, histories: Sequence[Sequence[Record]], screen: Screen) -> str:
    """Give a funnel of histories as people see it."""
    definition = read_definition(text)
    with screen.out.capture() as captured:
        for part in funnel_view(definition, funnel(definition, histories)):
            screen.out.print(part)
    return " ".join(captured.get().split())


def test_stages_passed_without_a_stop_are_told_apart() -> None:
    """A stage that was skipped counts as reached, and that it was skipped is said."""
    words = shown(DEFINITION, [[record(1, None, "iql", day=0), record(2, "iql", "sal", day=2)]], Screen())

    assert "mql 1" in words
    assert "passed without a stop: mql 1" in words
    assert "beside the path" not in words


def test_what_is_beside_the_path_is_told_apart() -> None:
    """Stages that are no progress have no bar."""
    words = shown(DEFINITION, [[record(1, None, "iql", day=0), record(2, "iql", "recycled", day=1.5)]], Screen())

    assert "beside the path: recycled 1" in words
    assert "acceptance: nothing was decided yet (0 accepted, 0 declined, 0 lapsed, 0 waiting)" in words


def test_times_and_shares_are_short() -> None:
    """Days with one decimal, whole percents."""
    histories = [
        [record(1, None, "iql", day=0), record(2, "iql", "mql", day=1.5)],
        *([record(1, None, "iql", day=0)] for _ in range(2)),
    ]

    assert "mql 1 \u2588\u2588\u2588\u2588\u2588 33 % 1.5 d 1" in shown(DEFINITION, histories, Screen())


def test_a_definition_without_a_path_has_no_funnel() -> None:
    """Only where the leads stand is known then."""
    words = shown(DEFINITION.replace('path = ["iql", "mql", "sal"]', ""), [[record(1, None, "iql", day=0)]], Screen())

    assert "beside the path: iql 1" in words
    assert "acceptance" not in words


def test_nobody_at_all_is_no_division_by_nothing() -> None:
    """Without histories every figure is nothing."""
    assert "iql 0 - - 0" in shown(DEFINITION, [], Screen())
