"""Criteria that are as they should be, in ways that a check might mistake for a fault: no check may complain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown
from lifecycle.testing.checks import CHECKS
from lifecycle.testing.report import Status
from lifecycle.testing.searching import Effort
from lifecycle.testing.suite import Suite
from tests.testing.saboteurs import SIZE

if TYPE_CHECKING:
    from typing import SupportsInt as Whole

FULL = Effort(cases=60, shrink=False)


class OddSizeError(ValueError):
    """Refuses a size."""


def just(known: Snapshot, field: str, wanted: Any) -> Verdict:
    """Compare a number that is known."""
    size = known.profile(field)
    return unknown("not known") if size is None else met_if(size == wanted, "so many or not")


@criterion("validated", version="1")
class Validated:
    """Leaves it to a validator of attrs to refuse a parameter."""

    wanted: Any = attrs.field(default=5, validator=attrs.validators.instance_of(int))
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        """Compare it with what is wanted."""
        return just(known, self.field, self.wanted)


@criterion("particular", version="1")
class Particular:
    """Refuses a parameter by an error of its own."""

    wanted: int
    field: str = parameters.profile_field(default=SIZE)

    def __attrs_post_init__(self) -> None:
        if self.wanted < 0:
            raise OddSizeError("'wanted' must not be below 0")

    def judge(self, known: Snapshot) -> Verdict:
        """Compare it with what is wanted."""
        return just(known, self.field, self.wanted)


@criterion("for_type_checkers", version="1")
class ForTypeCheckers:
    """Names a type that is there for type checkers only."""

    wanted: Whole = 5
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        """Compare it with what is wanted."""
        return just(known, self.field, self.wanted)


@criterion("choosy", version="1", never=["unknown"])
class Choosy:
    """Counts in all cycles, or each kind once, and refuses to do both."""

    kinds: tuple[str, ...] = parameters.kinds()
    once: bool
    ever: bool = False

    def __attrs_post_init__(self) -> None:
        if self.ever and self.once:
            raise ValueError("'ever' and 'once' exclude each other")

    def judge(self, known: Snapshot) -> Verdict:
        """Count."""
        done = known.activities(self.kinds, ever=self.ever)
        count = len({activity.kind for activity in done}) if self.once else done.count
        return met_if(count >= 2, f"{count} times", amount=count)


@criterion("patient", version="1", never=["unknown"])
class Patient:
    """Waits for ever unless told otherwise."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: Any = timedelta.max

    def judge(self, known: Snapshot) -> Verdict:
        """Count."""
        count = known.activities(self.kinds).count
        return met_if(count >= 2, f"{count} times")


@pytest.mark.parametrize("cls", [Validated, Particular, ForTypeCheckers, Choosy, Patient], ids=lambda cls: cls.__name__)
def test_no_check_complains(cls: type) -> None:
    """Whoever keeps to the rules in an unusual way is left in peace."""
    suite = Suite.of(cls)
    [subject] = suite.subjects
    results = [suite.ask(subject, check, FULL) for check in CHECKS]

    assert [] == [str(result) for result in results if result.status is Status.FAILED]
