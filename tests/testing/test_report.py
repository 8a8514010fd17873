"""A report says what came of each check, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from lifecycle.testing import CHECKS, Report, Result, Status, Tier

BY_NAME = {check.name: check for check in CHECKS}


def result(check: str, status: Status, message: str = "", criterion: str = "acme.one") -> Result:
    """Return what came of one check."""
    return Result(criterion=criterion, check=BY_NAME[check], status=status, cases=25, message=message)


def report(*results: Result, complaints: Sequence[str] = ()) -> Report:
    """Return a report of them."""
    return Report(plugin="acme", results=results, complaints=complaints)


FAILED = result("pure", Status.FAILED, "calls time.time\none()")
FINE = result("total", Status.OK)


class TestExitCode:
    """Nothing that is wrong ends with 0."""

    def test_all_is_well(self) -> None:
        """Also where there was nothing to ask, or a failure was expected."""
        skipped, expected = result("monotone", Status.SKIPPED, "no"), result("budget", Status.EXPECTED, "slow")

        assert 0 == report(FINE, skipped, expected).exit_code

    @pytest.mark.parametrize(
        "wrong",
        [report(FINE, FAILED), report(FINE, complaints=["no reason"]), report()],
        ids=["failed", "odd", "empty"],
    )
    def test_something_is_not(self, wrong: Report) -> None:
        """A failure, a complaint, and a report about nothing."""
        assert 1 == wrong.exit_code


class TestTiers:
    """A tier is reached by all checks of it and of those before."""

    @pytest.mark.parametrize(
        ("failing", "tier"),
        [(None, Tier.GOLD), ("budget", Tier.SILVER), ("pure", Tier.BRONZE), ("total", None)],
    )
    def test_each_failure_costs_its_tier(self, failing: str | None, tier: Tier | None) -> None:
        """And all tiers above."""
        found = [result(check.name, Status.FAILED if check.name == failing else Status.OK) for check in CHECKS]

        assert {"acme.one": tier} == report(*found).tiers()

    def test_each_criterion_has_its_own(self) -> None:
        """One that is worse does not pull the others down."""
        other = result("pure", Status.OK, criterion="acme.other")

        assert {"acme.one": Tier.BRONZE, "acme.other": Tier.GOLD} == report(FAILED, other).tiers()


class TestWords:
    """What an author reads."""

    def test_a_failure_says_what_was_found_asked_and_is_to_be_done(self) -> None:
        """Line by line."""
        first, *rest = str(FAILED).splitlines()

        assert "acme.one: pure failed" == first
        assert ["  calls time.time", "  one()"] == rest[:2]
        assert ["asked", "why", "what to do"] == [line.strip().partition(":")[0] for line in rest[2:]]

    def test_what_is_no_failure_says_no_more_than_what_was_found(self) -> None:
        """There is nothing to be done."""
        assert "acme.one: monotone skipped\n  it does not say so" == str(
            result("monotone", Status.SKIPPED, "it does not say so")
        )

    def test_each_criterion_has_its_own_part_of_the_table(self) -> None:
        """With its own checks, in the order in which they were asked."""
        text = report(FINE, result("pure", Status.OK, criterion="acme.other"), result("never", Status.OK)).table()

        assert "acme.one  gold\n  total  ok\n  never  ok\nacme.other  gold\n  pure   ok\n" in text

    def test_the_table_holds_everything(self) -> None:
        """Criteria with their tiers, checks, failures in full, complaints, and the count at the end."""
        text = report(FINE, FAILED, complaints=["no reason"]).table()

        assert "acme.one  bronze\n  total  ok\n  pure   failed    calls time.time\n" in text
        assert f"\n{FAILED}\n" in text
        assert text.endswith("no reason\nacme: 2 checks: 1 ok, 1 failed\n")

    def test_the_count_is_said(self) -> None:
        """Also that there was nothing."""
        assert ("2 checks: 1 ok, 1 failed", "0 checks: none ran") == (report(FINE, FAILED).counts, report().counts)

    def test_it_is_said_of_each_criterion_too(self) -> None:
        """What came of the others is left out."""
        other = result("pure", Status.OK, criterion="acme.other")

        assert "1 checks: 1 ok" == report(FINE, FAILED, other).counts_of("acme.other")

    def test_the_document_is_json(self) -> None:
        """With the same in it."""
        document = json.loads(json.dumps(report(FINE, FAILED).document()))

        assert ("acme", 1, {"acme.one": "bronze"}) == tuple(document[key] for key in ("plugin", "exit_code", "tiers"))
        assert {
            "criterion": "acme.one",
            "check": "pure",
            "tier": "silver",
            "status": "failed",
            "cases": 25,
            "message": "calls time.time\none()",
        } == document["checks"][1]
