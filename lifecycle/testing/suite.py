"""All checks of all criteria of one plugin, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import attrs

from lifecycle.spelling import did_you_mean
from lifecycle.testing.checks import CHECKS, Check
from lifecycle.testing.report import Report, Result, Status
from lifecycle.testing.searching import THOROUGH, BrokenError, Effort, NotAsked
from lifecycle.testing.subject import BUDGET, Example, Subject, offers_of

__all__ = ["Suite", "check_plugin"]

_NOBODY: Final[Mapping[str, str]] = {}


@attrs.frozen(kw_only=True, slots=False)
class Suite:
    """All checks of all criteria of one plugin.

    Attributes:
        plugin: The plugin's name.
        subjects: Its criteria.
        expected_failures: Checks that are known to fail, each with the reason.
        effort: How hard to look.
        complaints: What is wrong with the examples and the expected failures themselves.
    """

    plugin: str
    subjects: Sequence[Subject]
    expected_failures: Mapping[str, str] = _NOBODY
    effort: Effort = attrs.field(factory=Effort)
    complaints: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        plugin: object,
        *,
        examples: Iterable[Example] = (),
        expected_failures: Mapping[str, str] = _NOBODY,
        budget: timedelta = BUDGET,
        thorough: bool = False,
    ) -> Suite:
        """Take the criteria of a plugin.

        Args:
            plugin: What is checked: an installed plugin by its name, the path of a file, a module, or one class.
            examples: Leads of which the author knows what is found.
            expected_failures: Checks that are known to fail, each with the reason; `"check"` is meant for every
                criterion, and `"criterion.check"` for one.
            budget: How long one judgement may take.
            thorough: Whether to try many more cases, and other ones each time.

        Raises:
            CallerError: no such plugin is installed, or it offers no criterion.
            PluginError: the plugin is broken.
        """
        offers = offers_of(plugin)
        given = list(examples)
        subjects = [
            Subject(
                offer=offer,
                examples=[example for example in given if example.criterion in {None, offer.about.name}],
                budget=budget,
            )
            for offer in offers
        ]
        return cls(
            plugin=offers[0].plugin.name,
            subjects=subjects,
            expected_failures=expected_failures,
            effort=THOROUGH if thorough else Effort(),
            complaints=[*_wrong_examples(subjects, given), *_wrong_failures(subjects, expected_failures)],
        )

    @property
    def pairs(self) -> list[tuple[Subject, Check]]:
        """Every criterion with every check."""
        return [(subject, check) for subject in self.subjects for check in CHECKS]

    def ask(self, subject: Subject, check: Check, effort: Effort | None = None) -> Result:
        """Ask one check of one criterion, looking as hard as the suite does unless told otherwise."""
        name = subject.offer.name
        reason = self._expected(subject, check)
        try:
            cases = check.run(subject, effort or self.effort)
        except NotAsked as nothing:
            if reason is None:
                return Result(criterion=name, check=check, status=Status.SKIPPED, message=str(nothing))
            return _unexpectedly(name, check, f"has nothing to ask ({nothing})", reason)
        except BrokenError as found:
            if reason is None:
                return Result(criterion=name, check=check, status=Status.FAILED, message=str(found))
            return Result(criterion=name, check=check, status=Status.EXPECTED, message=f"{reason}\n{found}")
        if not cases:
            return Result(criterion=name, check=check, status=Status.FAILED, message="the check tried no case at all")
        if reason is not None:
            return _unexpectedly(name, check, "passes", reason)
        return Result(criterion=name, check=check, status=Status.OK, cases=cases)

    def _expected(self, subject: Subject, check: Check) -> str | None:
        said = self.expected_failures.get(f"{subject.name}.{check.name}")
        return self.expected_failures.get(check.name) if said is None else said

    def report(self) -> Report:
        """Ask everything."""
        results = [self.ask(subject, check) for subject, check in self.pairs]
        assert len(results) == len(self.subjects) * len(CHECKS), "a check was left out"
        return Report(plugin=self.plugin, results=results, complaints=self.complaints)


def _unexpectedly(name: str, check: Check, what: str, reason: str) -> Result:
    message = f"was expected to fail ({reason}) and {what}: take it out of expected_failures"
    return Result(criterion=name, check=check, status=Status.FAILED, message=message)


def _wrong_failures(subjects: Sequence[Subject], expected: Mapping[str, str]) -> list[str]:
    known = [check.name for check in CHECKS] + [f"{one.name}.{check.name}" for one in subjects for check in CHECKS]
    unknown = [
        f"expected_failures names {name!r}, which is no check{did_you_mean(name, known)}"
        for name in expected
        if name not in known
    ]
    bare = [f"expected_failures gives no reason for {name!r}" for name, why in expected.items() if not why.strip()]
    return unknown + bare


def _wrong_examples(subjects: Sequence[Subject], examples: Sequence[Example]) -> list[str]:
    known = [subject.name for subject in subjects]
    named = dict.fromkeys(example.criterion for example in examples)
    lost = [f"an example is for {name!r}, which is not offered{did_you_mean(name, known)}" for name in named if name]
    lost = [complaint for complaint, name in zip(lost, filter(None, named), strict=True) if name not in known]
    vague = [f"an example does not say which of {', '.join(known)} it is for"] if None in named and known[1:] else []
    return lost + vague


def check_plugin(
    plugin: object,
    *,
    examples: Iterable[Example] = (),
    expected_failures: Mapping[str, str] = _NOBODY,
    budget: timedelta = BUDGET,
    thorough: bool = False,
) -> Report:
    """Run every check on every criterion of a plugin, without pytest.

        report = check_plugin("acme")
        print(report.table())
        raise SystemExit(report.exit_code)

    Args:
        plugin: What is checked: an installed plugin by its name, the path of a file, a module, or one class.
        examples: Leads of which the author knows what is found.
        expected_failures: Checks that are known to fail, each with the reason; `"check"` is meant for every criterion,
            and `"criterion.check"` for one. One that does not fail is a failure.
        budget: How long one judgement may take.
        thorough: Whether to try many more cases, and other ones each time.

    Raises:
        CallerError: no such plugin is installed, or it offers no criterion.
        PluginError: the plugin is broken.
    """
    suite = Suite.of(plugin, examples=examples, expected_failures=expected_failures, budget=budget, thorough=thorough)
    return suite.report()
