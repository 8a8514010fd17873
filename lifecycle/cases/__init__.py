"""Tests of a definition for those who write it: what happens to a made-up lead, and what should be so then.

A test file is TOML, read beside its definition. Each case gives facts and requests with their days and says what should
come of them; running one needs no store, no clock and no program. `lifecycle test` is the same at the command line.

    from pathlib import Path

    from lifecycle import load
    from lifecycle.cases import read_cases, run_cases

    rules = load("rules.toml")
    file = read_cases(Path("rules.tests.toml").read_text(), file="rules.tests.toml", definition=rules)
    assert all(ran.passed for ran in run_cases(rules, file.cases))
"""

from __future__ import annotations

from lifecycle.cases.case import Asked, Case, CaseFile, Given, Look
from lifecycle.cases.coverage import Coverage, Covered, coverage_of
from lifecycle.cases.names import Names
from lifecycle.cases.reading import read_cases
from lifecycle.cases.running import Miss, Ran, run_case, run_cases

__all__ = [
    "Asked",
    "Case",
    "CaseFile",
    "Coverage",
    "Covered",
    "Given",
    "Look",
    "Miss",
    "Names",
    "Ran",
    "coverage_of",
    "read_cases",
    "run_case",
    "run_cases",
]
