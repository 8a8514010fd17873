"""Tests what is said to differ between two sets of rules: everything that differs, once, and nothing else."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rules import Difference, differences

FACTS = ("plugin", "criterion", "distribution", "distribution_version", "version", "fingerprint")
VALUES = st.none() | st.integers(0, 2) | st.sampled_from(["a", "b"]) | st.lists(st.integers(0, 1), max_size=2)
CRITERIA = st.fixed_dictionaries(
    {
        **{fact: st.sampled_from(["x", "y"]) for fact in FACTS},
        "parameters": st.dictionaries(st.sampled_from("pqr"), VALUES),
    }
)
RULES = st.dictionaries(st.sampled_from(["one", "two", "three"]), CRITERIA)


def told(**other: Any) -> dict[str, Any]:
    """Return a criterion as rules have it."""
    return {**dict.fromkeys(FACTS, "x"), "parameters": {"p": 1}, **other}


@given(RULES, st.booleans())
def test_same_rules_do_not_differ(rules: dict[str, Any], same_text: bool) -> None:
    """Whatever they say."""
    assert [] == list(differences(rules, rules, same_text=same_text))


@given(RULES, RULES)
def test_back_and_forth_is_the_same_seen_from_the_other_side(before: Any, after: Any) -> None:
    """What came has gone, and what was is what is."""
    other = {"new": "gone", "gone": "new"}
    there = [
        attrs.evolve(one, what=other.get(one.what, one.what), before=one.after, after=one.before, use="")
        for one in differences(before, after, same_text=False)
    ]

    assert there == [attrs.evolve(one, use="") for one in differences(after, before, same_text=False)]


@given(RULES, RULES)
def test_what_differs_turns_the_one_into_the_other(before: Any, after: Any) -> None:
    """Nothing is left out: with the differences alone one could write the new rules."""
    made = {name: {**one, "parameters": dict(one["parameters"])} for name, one in before.items()}
    for one in differences(before, after, same_text=False):
        if one.what == "gone":
            del made[one.criterion]
        elif one.what == "new":
            made[one.criterion] = after[one.criterion]
        elif one.parameter is None:
            made[one.criterion][one.what] = one.after
        elif one.parameter in after[one.criterion]["parameters"]:
            made[one.criterion]["parameters"][one.parameter] = one.after
        else:
            del made[one.criterion]["parameters"][one.parameter]

    assert after == made


@pytest.mark.parametrize("fact", FACTS)
def test_each_fact_is_told(fact: str) -> None:
    """By its name, with what it was and what it is."""
    expected = Difference(criterion="n", use="x.x", what=fact, before="x", after="y")

    assert [expected] == list(differences({"n": told()}, {"n": told(**{fact: "y"})}, same_text=True))


@pytest.mark.parametrize("same_text", [True, False])
def test_parameter_of_one_text_differs_by_its_default(same_text: bool) -> None:
    """Where the text has changed as well, nobody can tell."""
    expected = Difference(
        criterion="n", use="x.x", what="parameter", parameter="p", before=1, after=2, default=same_text
    )

    assert [expected] == list(differences({"n": told()}, {"n": told(parameters={"p": 2})}, same_text=same_text))


def test_parameter_that_is_nothing_is_not_one_that_is_missing() -> None:
    """A new parameter whose default is nothing is a difference too."""
    [one] = differences({"n": told(parameters={})}, {"n": told(parameters={"p": None})}, same_text=True)

    assert ("p", None, None) == (one.parameter, one.before, one.after)
