"""Titles that are not wanted, and leads that do not want."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_undesirables import OptedOut, Title

from lifecycle import Journey, Lead
from tests.plugins.facts import AT, DAY, MET, UNKNOWN, UNMET, bound, did, seen, with_profile

WORDS = st.text("abcdef", min_size=1, max_size=5)


@pytest.mark.parametrize("title", ["Head of Procurement", "PROCUREMENT, EMEA", "Supply-Chain lead"])
def test_listed_words_are_found(title: str) -> None:
    """Whole words and phrases count, whatever their case and the marks between them."""
    assert bound(Title, words=["procurement", "supply chain"]).judge(with_profile(title=title)).outcome is MET


@pytest.mark.parametrize("title", ["Internal auditor", "Chain of supply"])
def test_parts_of_words_are_not_found(title: str) -> None:
    """`intern` is not in "internal", and a phrase keeps its order."""
    assert bound(Title, words=["intern", "supply chain", "&"]).judge(with_profile(title=title)).outcome is UNMET


def test_no_title_is_unknown() -> None:
    """Without a title nothing is held against a lead."""
    assert bound(Title, words=["intern"]).judge(seen()).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("value", "outcome"), [(True, MET), ("Yes", MET), (False, UNMET), ("no", UNMET), ("perhaps", UNKNOWN), (1, UNKNOWN)]
)
def test_the_field_says_it(value: Any, outcome: object) -> None:
    """Yes, no, and what says neither, are three answers."""
    assert OptedOut().judge(with_profile(opted_out=value)).outcome is outcome
    assert bound(OptedOut, kinds=["unsubscribed"]).judge(with_profile(opted_out=value)).outcome is outcome


def test_a_missing_field_is_unknown_unless_activities_tell() -> None:
    """Where kinds are given, that none of them happened is an answer."""
    assert OptedOut().judge(seen()).outcome is UNKNOWN
    assert bound(OptedOut, kinds=["unsubscribed"]).judge(seen()).outcome is UNMET


def test_an_activity_says_it() -> None:
    """To unsubscribe is to opt out, from its instant on."""
    lead = did(DAY, kind="unsubscribed")

    assert bound(OptedOut, kinds=["unsubscribed"]).judge(seen(lead)).outcome is MET
    assert bound(OptedOut, kinds=["unsubscribed"]).judge(seen(lead, at=AT - DAY)).outcome is MET
    assert bound(OptedOut, kinds=["unsubscribed"]).judge(seen(lead, at=AT - 2 * DAY)).outcome is UNMET


def test_a_new_cycle_is_no_new_consent() -> None:
    """All cycles count unless the definition says otherwise."""
    known = seen(
        did(DAY, kind="unsubscribed"), journey=Journey(stage="iql", since=AT - DAY, cycle=2, cycle_start=AT - DAY)
    )

    assert bound(OptedOut, kinds=["unsubscribed"]).judge(known).outcome is MET
    assert bound(OptedOut, kinds=["unsubscribed"], ever=False).judge(known).outcome is UNMET


@given(st.lists(WORDS, min_size=1, max_size=5), WORDS)
def test_a_word_is_found_exactly_when_it_is_one_of_the_words(title: list[str], word: str) -> None:
    """The answer is that of splitting the title by hand."""
    assert (bound(Title, words=[word]).judge(with_profile(title=" ".join(title))).outcome is MET) == (word in title)


@given(st.booleans(), st.booleans())
def test_either_source_is_enough(says: bool, happened: bool) -> None:
    """A lead has opted out when the field or an activity says so."""
    lead = Lead("1").profile(opted_out=says)
    if happened:
        lead.activity("unsubscribed", at=AT)

    assert (bound(OptedOut, kinds=["unsubscribed"]).judge(seen(lead)).outcome is MET) == (says or happened)
