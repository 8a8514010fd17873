"""The first-party plugins pass every check, with no exception by name."""

from __future__ import annotations

import os

import pytest

from lifecycle.registry import Registry
from lifecycle.testing import CHECKS, criteria_checks
from tests.criteria_page import MEANINGS, PLUGINS

DEEP = os.environ.get("LIFECYCLE_DEEP") == "1"

test_channel = criteria_checks("channel", thorough=DEEP)
test_engagement = criteria_checks("engagement", thorough=DEEP)
test_profile = criteria_checks("profile", thorough=DEEP)
test_sales = criteria_checks("sales", thorough=DEEP)
test_timing = criteria_checks("timing", thorough=DEEP)
test_undesirables = criteria_checks("undesirables", thorough=DEEP)


def test_no_plugin_is_left_out() -> None:
    """What is checked above is what there is."""
    assert set(PLUGINS) == {name.removeprefix("test_") for name, value in globals().items() if value in _ALL}


_ALL = (test_channel, test_engagement, test_profile, test_sales, test_timing, test_undesirables)


def test_there_are_twenty_checks() -> None:
    """A check that is taken out by accident is missed."""
    assert 20 == len(CHECKS) == len({check.name for check in CHECKS})


@pytest.mark.parametrize("name", MEANINGS)
def test_what_is_never_given_is_what_the_page_says(name: str) -> None:
    """The page on criteria has no line for an outcome exactly where the criterion declares never to give it."""
    meaning = MEANINGS[name]
    given = {"met": meaning.met, "unmet": meaning.unmet, "unknown": meaning.unknown}

    never = {outcome.value for outcome in Registry.installed(PLUGINS).offers[name].about.never}

    assert {outcome for outcome, text in given.items() if text is None} == never
