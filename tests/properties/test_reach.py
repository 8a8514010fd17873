"""How far the strategies reach: a law that is never tried where it could break says nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import Phase, given, seed, settings

from lifecycle.decision import Kind, Result
from lifecycle.loading import load
from lifecycle.replay import replay
from lifecycle.signals import Signal
from lifecycle.testing.strategies import logs
from tests.properties.cases import Case, cases

counting = settings(max_examples=25, phases=[Phase.generate], derandomize=False)
"""No search for smaller examples; with a seed the same ones come in every run."""


def counts(*seeds: int) -> Counter[str]:
    """Live through 25 cases for each seed, and count what became of them."""
    found = Counter[str]()
    for number in seeds:
        _count(number, found)
    return found


def _count(number: int, found: Counter[str]) -> None:
    @seed(number)
    @counting
    @given(cases())
    def count(case: Case) -> None:
        told = {signal.at for signal in case.signals}
        for history in case.histories():
            found["leads"] += 1
            found["four moves or more"] += len(history.records) >= 4
            found["third stage or later"] += len({record.target for record in history.records}) >= 3
            found["a second cycle"] += history.journey.cycle >= 2
            found["an override that waives"] += any(record.waived for record in history.records)
            found["several moves in an instant"] += len({record.at for record in history.records}) < len(
                history.records
            )
            found.update(record.kind.value for record in history.records)
            found.update("moved by time alone" for record in history.records if record.at not in told)
            found.update(refusal.result.value for refusal in history.refusals)
            looped = [refusal.sequence for refusal in history.refusals if refusal.result is Result.LOOPED]
            found["moved on after LOOPED"] += any(history.journey.sequence > sequence for sequence in looped)

    count()


class TestReach:
    """What occurs among 150 cases."""

    def test_every_kind_of_record_and_every_result_occurs_often(self) -> None:
        """Records of all kinds, refusals of all results, later cycles, moves by time alone, long histories do occur."""
        found = counts(*range(6))
        wanted = {
            Kind.AUTOMATIC.value: 60,
            Kind.REQUESTED.value: 20,
            Kind.OVERRIDE.value: 10,
            Result.REFUSED.value: 20,
            Result.FAILED.value: 10,
            Result.UNDEFINED.value: 20,
            Result.FORBIDDEN.value: 5,
            Result.LOOPED.value: 8,
            "a second cycle": 15,
            "moved by time alone": 10,
            "four moves or more": 5,
            "third stage or later": 5,
            "an override that waives": 5,
            "several moves in an instant": 15,
            "moved on after LOOPED": 3,
        }
        assert {} == {what: (often, found[what]) for what, often in wanted.items() if found[what] < often}

    @pytest.mark.parametrize("name", ["b2b", "product_led", "short_cycle"])
    def test_logs_for_a_packaged_definition_reach_its_late_stages(self, name: str) -> None:
        """The strategies serve definitions that they did not make: leads get beyond the middle of the success path."""
        definition = load(name)
        found = Counter[str]()

        @seed(0)
        @settings(counting, max_examples=25)
        @given(logs(definition))
        def count(signals: list[Signal]) -> None:
            report = replay(definition, signals)
            found.update(target for _, target in report.transitions)

        count()
        path = definition.path
        assert sum(found[stage] for stage in path[len(path) // 2 :]) > 3, found
