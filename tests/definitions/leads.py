"""Leads for the tests of the packaged definitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lifecycle import Decision, Definition, Lead, Lifecycle, Reply

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SAL = ("conversation_possible", "business_feasible")
SQO = ("buy_cycle", "influencer", "follow_up_permitted", "time_frame", "size")


def good_fit(**more: Any) -> dict[str, Any]:
    """A profile of the kind that b2b looks for, with something else beside or instead."""
    return {"email": "ada@acme.example", "industry": "software", "country": "Germany", **more}


def visitor(*kinds: str, channel: str = "webinar", at: datetime = START, **profile: Any) -> Lead:
    """A lead with a profile, a channel and an activity of each of these kinds."""
    lead = Lead("42").channel(channel, at=at).profile(profile, at=at)
    for kind in kinds:
        lead.activity(kind, at=at)
    return lead


def an_mql(*, at: datetime = START) -> Lead:
    """A lead with a good fit that asked for a demo."""
    return visitor("demo_requested", at=at, **good_fit())


def scorer(**profile: Any) -> Lead:
    """A lead that qualifies by its points alone."""
    known: dict[str, Any] = {"email": "ada@acme.example", "country": "France", "title": "Director", **profile}
    return visitor("newsletter_subscribed", "demo_used", "cart_added", **known)


def stage_of(definition: Definition, lead: Lead, *, after: timedelta = DAY) -> str | None:
    """Where a lead stands some time after it came, by itself."""
    return Lifecycle(definition).advance(lead, at=START + after).journey.stage


def ask(
    lifecycle: Lifecycle,
    lead: Lead,
    trigger: str,
    *,
    at: datetime = START + DAY,
    actor: str = "sales:17",
    reason: str | None = None,
) -> Reply:
    """Ask for a move on the day after the lead came, as somebody of sales unless another actor is named."""
    return lifecycle.fire(lead, trigger, at=at, actor=actor, reason=reason)


def decided(reply: Reply) -> Decision:
    """What was decided on what was asked."""
    assert reply.decision is not None
    return reply.decision


def accepted(definition: Definition) -> tuple[Lifecycle, Lead]:
    """A lead that sales has accepted."""
    lifecycle = Lifecycle(definition)
    lead = an_mql().answer(dict.fromkeys(SAL, True), at=START)
    ask(lifecycle, lead, "accept").require()
    return lifecycle, lead
