"""Runs all checks on the criteria of a plugin: under pytest in two lines, or by itself.

from lifecycle.testing import criteria_checks

test_conformance = criteria_checks("acme")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from lifecycle.spelling import did_you_mean
from lifecycle.testing.checks import CHECKS, Check
from lifecycle.testing.report import Report, Result, Status
from lifecycle.testing.searching import THOROUGH, BrokenError, Effort, NotAsked
from lifecycle.testing.subject import Example, Subject, offers_of

__all__ = ["Suite", "check_plugin", "criteria_checks"]


@attrs.frozen(kw_only=True, slots=False)
class Suite:
    """All checks of all criteria of one plugin.

    Attributes:
        plugin: The plugin's name.
        subjects: Its criteria.
        expected_failures: Checks that are known to fail, each with the reason.
        effort: How hard to look.
    """

    plugin: str
    subjects: Sequence[Subject]
    expected_failures: Mapping[str, str] = attrs.field(factory=dict[str, str])
    effort: Effort = attrs.field(factory=Effort)

    @classmethod
    def of(
        cls,
        plugin: object,
        *,
        examples: Iterable[Example] = (),
        expected_failures: Mapping[str, str] | None = None,
        thorough: bool = False,
        effort: Effort | None = None,
    ) -> Suite:
        """Take the criteria of a plugin: an installed one by its name, a module, or a single criterion's class.

        Args:
            plugin: What is checked.
            examples: Leads of which the author knows what is found.
            expected_failures: Checks that are known to fail, each with the reason; `"check"` is meant for every
                criterion, and `"criterion.check"` for one.
            thorough: Whether to try many more cases, and other ones each time.
            effort: How hard to look, where neither the one nor the other fits.

        Raises:
            CallerError: no such plugin is installed, or it offers no criterion.
            PluginError: the plugin is broken.
        """
        offers = offers_of(plugin)
        given = list(examples)
        subjects = [
            Subject(offer=offer, examples=[one for one in given if one.criterion in {None, offer.about.name}])
            for offer in offers
        ]
        return cls(
            plugin=offers[0].plugin.name,
            subjects=subjects,
            expected_failures=expected_failures or {},
            effort=effort or (THOROUGH if thorough else Effort()),
        )

    @property
    def pairs(self) -> list[tuple[Subject, Check]]:
        """Every criterion with every check."""
        return [(subject, check) for subject in self.subjects for check in CHECKS]

    def complaints(self) -> list[str]:
        """Give what is wrong with the expected failures themselves."""
        known = {name for subject, check in self.pairs for name in (check.name, f"{subject.name}.{check.name}")}
        unknown = [
            f"expected_failures names {name!r}, which is no check{did_you_mean(name, known)}"
            for name in self.expected_failures
            if name not in known
        ]
        bare = [
            f"expected_failures gives no reason for {name!r}"
            for name, reason in self.expected_failures.items()
            if not reason.strip()
        ]
        return [*unknown, *bare]

    def ask(self, subject: Subject, check: Check, effort: Effort | None = None) -> Result:
        """Ask one check of one criterion, looking as hard as the suite does unless told otherwise."""
        name = subject.offer.name
        try:
            cases = check.run(subject, effort or self.effort)
        except NotAsked as nothing:
            return Result(criterion=name, check=check, status=Status.SKIPPED, message=str(nothing))
        except BrokenError as found:
            return self._failed(subject, check, str(found))
        if not cases:
            return Result(criterion=name, check=check, status=Status.FAILED, message="the check tried no case at all")
        if reason := self._expected(subject, check):
            message = f"was expected to fail ({reason}) and passes: take it out of expected_failures"
            return Result(criterion=name, check=check, status=Status.FAILED, cases=cases, message=message)
        return Result(criterion=name, check=check, status=Status.OK, cases=cases)

    def _failed(self, subject: Subject, check: Check, message: str) -> Result:
        reason = self._expected(subject, check)
        status = Status.EXPECTED if reason else Status.FAILED
        said = f"expected: {reason}\n{message}" if reason else message
        return Result(criterion=subject.offer.name, check=check, status=status, message=said)

    def _expected(self, subject: Subject, check: Check) -> str | None:
        said = self.expected_failures.get(f"{subject.name}.{check.name}")
        return self.expected_failures.get(check.name) if said is None else said


def check_plugin(plugin: object, **how: Any) -> Report:
    """Run every check on every criterion of a plugin, without pytest."""
    suite = Suite.of(plugin, **how)
    results = [suite.ask(subject, check) for subject, check in suite.pairs]
    assert len(results) == len(suite.subjects) * len(CHECKS)
    return Report(plugin=suite.plugin, results=results, complaints=suite.complaints())


def criteria_checks(plugin: object, **how: Any) -> Callable[..., None]:
    """Give a pytest test that runs every check on every criterion of a plugin."""
    import pytest  # noqa: PLC0415 - only those who test with pytest need it

    suite = Suite.of(plugin, **how)
    pairs = suite.pairs

    @pytest.mark.parametrize(
        ("subject", "check"), pairs, ids=[f"{subject.name}-{check.name}" for subject, check in pairs]
    )
    def conformance(subject: Subject, check: Check) -> None:
        """The criterion does what the check asks."""
        result = suite.ask(subject, check)
        if result.status is Status.FAILED:
            pytest.fail(str(result), pytrace=False)
        if result.status is not Status.OK:
            pytest.skip(str(result))

    return conformance
