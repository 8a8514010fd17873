"""The value of any profile field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_profile import InRange, Matches, OneOf, Present

from lifecycle import Lead
from tests.plugins.facts import AT, DAY, MET, UNKNOWN, UNMET, bound, seen, with_profile

WORDS = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=6)


@pytest.mark.parametrize(
    "criterion",
    [
        bound(OneOf, field="x", values=["a"]),
        bound(InRange, field="x", minimum=1),
        bound(Matches, field="x", pattern="*"),
    ],
)
def test_a_missing_value_is_unknown(criterion: OneOf | InRange | Matches) -> None:
    """What nobody has said counts neither for nor against a lead."""
    assert criterion.judge(seen()).outcome is UNKNOWN
    assert criterion.judge(with_profile(x=" ")).outcome is UNKNOWN


def test_present_is_never_unknown() -> None:
    """Whether a value is known is itself always known."""
    assert bound(Present, field="email").judge(seen()).outcome is UNMET
    assert bound(Present, field="email").judge(with_profile(email="a@acme.example")).outcome is MET
    assert bound(Present, field="flag").judge(with_profile(flag=False)).outcome is MET


def test_a_value_counts_from_its_instant() -> None:
    """A value reported at an instant is known at that instant and not before."""
    lead = Lead("1").profile(industry="software", at=AT)

    assert bound(OneOf, field="industry", values=["software"]).judge(seen(lead, at=AT)).outcome is MET
    assert bound(OneOf, field="industry", values=["software"]).judge(seen(lead, at=AT - DAY)).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("value", "wanted"), [(True, "true"), (50, "50"), ("Straße", "STRASSE"), (" Software ", "software")]
)
def test_values_are_compared_as_texts_without_case(value: Any, wanted: str) -> None:
    """True, numbers and texts are compared as a person would write them."""
    assert bound(OneOf, field="x", values=[wanted]).judge(with_profile(x=value)).outcome is MET


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(9, UNMET), (10, MET), (10.5, MET), (20, MET), ("20 ", MET), (" 15.25 ", MET), ("20.01", UNMET), (21, UNMET)],
)
def test_both_bounds_belong_to_the_range(value: Any, outcome: object) -> None:
    """A range holds its minimum and its maximum; numeric texts are read as numbers."""
    assert bound(InRange, field="size", minimum=10, maximum=20).judge(with_profile(size=value)).outcome is outcome


@pytest.mark.parametrize("value", ["many", "1,200", "nan", "Infinity", True, [1]])
def test_what_is_no_number_is_unknown(value: Any) -> None:
    """Texts that are no plain number, true and false say nothing about a size, and the message shows them."""
    verdict = bound(InRange, field="size", minimum=1).judge(with_profile(size=value))

    assert verdict.outcome is UNKNOWN
    assert repr(value) in verdict.message


def test_decimal_bounds_are_exact() -> None:
    """A bound with a point is compared digit by digit."""
    criterion = bound(InRange, field="rate", maximum=Decimal("0.1"))

    assert criterion.judge(with_profile(rate=0.1)).outcome is MET
    assert criterion.judge(with_profile(rate="0.10000000000000000001")).outcome is UNMET


@pytest.mark.parametrize(
    ("bounds", "message"),
    [({}, "needs a minimum"), ({"minimum": 5, "maximum": 4}, "minimum 5 is greater than maximum 4")],
)
def test_a_range_without_sense_is_refused(bounds: dict[str, int], message: str) -> None:
    """A definition with a range that has no bound, or holds nothing, is told so."""
    with pytest.raises(ValueError, match=message):
        bound(InRange, field="size", **bounds)


def test_a_pattern_fits_the_whole_value_without_case() -> None:
    """Stars say where other text may stand."""
    assert (
        bound(Matches, field="title", pattern="*Engineer*").judge(with_profile(title="Senior ENGINEER, R&D")).outcome
        is MET
    )
    assert (
        bound(Matches, field="title", pattern="engineer").judge(with_profile(title="Senior engineer")).outcome is UNMET
    )


@given(st.integers(-100, 100), st.integers(-100, 100), st.integers(-100, 100))
def test_a_number_and_its_text_give_the_same_answer(value: int, one: int, other: int) -> None:
    """Whether a form sends 250 or "250" makes no difference, and the answer is plain comparison."""
    low, high = sorted((one, other))
    criterion = bound(InRange, field="x", minimum=low, maximum=high)
    outcomes = {criterion.judge(with_profile(x=seen_as)).outcome for seen_as in (value, str(value), float(value))}

    assert outcomes == {MET if low <= value <= high else UNMET}


@given(WORDS, st.lists(WORDS, min_size=1, max_size=4))
def test_one_of_is_membership_without_case(value: str, values: list[str]) -> None:
    """The answer does not depend on case or on the order of the values."""
    expected = value.casefold() in {wanted.casefold() for wanted in values}

    for order in (values, values[::-1]):
        outcome = bound(OneOf, field="x", values=order).judge(with_profile(x=value)).outcome
        assert (outcome is MET) == expected
