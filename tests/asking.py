"""Requests to decide on, in a small definition made for one test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle import Lead, Snapshot
from lifecycle.decision import Decision, Request, decide
from lifecycle.journey import Journey
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.definition import Definition


IN_IQL = Journey(stage="iql", since=day(0), trigger="enter", sequence=1, passed=frozenset({"iql"}))
IN_MQL = Journey(stage="mql", since=day(0), trigger="qualify", sequence=2, passed=frozenset({"iql", "mql"}))
QUALIFY = arrow("qualify", "iql", "mql")


def ask(definition: Definition, lead: Lead, journey: Journey = IN_MQL, at: float = 1, **request: Any) -> Decision:
    """Decide on a request for `accept` by sales, or for what is given."""
    given: dict[str, Any] = {"trigger": "accept", "actor": "sales:17", **request}
    return decide(definition, Snapshot(lead, day(at), journey), Request(**given))


def accepting(when: str | None, **more: Any) -> Definition:
    """Return a definition in which sales accepts from `mql` to `sal`, under a condition."""
    return made(QUALIFY, arrow("accept", "mql", "sal", when, **more))


def happened(*kinds: str) -> Lead:
    """Return a lead that has done these things, all at day 1."""
    lead = Lead("1")
    for kind in kinds:
        lead.activity(kind, at=day(1))
    return lead
