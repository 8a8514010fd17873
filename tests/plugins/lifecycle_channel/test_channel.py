"""The channel in which a lead was gathered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lifecycle_channel import OneOf

from lifecycle import Lead
from tests.plugins.facts import AT, DAY, MET, UNKNOWN, UNMET, bound, seen

NAMES = st.sampled_from(["webinar", "Referral", "PAID_SEARCH", "event"])


def test_listed_channel_is_met() -> None:
    """A lead of a listed channel meets the criterion, and the evidence names the channel."""
    verdict = bound(OneOf, channels=["webinar"]).judge(seen(Lead("1").channel("webinar")))

    assert (verdict.outcome, verdict.evidence) == (MET, {"channel": "webinar"})


def test_other_channel_is_unmet() -> None:
    """A lead of another channel does not meet it."""
    assert bound(OneOf, channels=["webinar"]).judge(seen(Lead("1").channel("event"))).outcome is UNMET


def test_channel_that_is_not_known_yet_is_unknown() -> None:
    """Nobody guesses: without a channel, or before it was reported, the answer is unknown."""
    lead = Lead("1").channel("webinar", at=AT)

    assert bound(OneOf, channels=["webinar"]).judge(seen(lead, at=AT - DAY)).outcome is UNKNOWN
    assert bound(OneOf, channels=["webinar"]).judge(seen(lead, at=AT)).outcome is MET


@given(NAMES, st.sets(NAMES, min_size=1))
def test_case_and_blanks_never_matter(channel: str, wanted: set[str]) -> None:
    """Upper case, lower case and blanks around a name give the same answer."""
    criterion = bound(OneOf, channels=sorted(wanted))
    outcomes = {
        criterion.judge(seen(Lead("1").channel(text))).outcome
        for text in (channel, channel.upper(), channel.lower(), f" {channel} ")
    }

    assert outcomes == {MET if channel in wanted else UNMET}
