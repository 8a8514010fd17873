"""One call of the service, and what it is answered with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from lifecycle.course import Course, Step
from lifecycle.decision import Decision, Kind, Request
from lifecycle.errors import KeyReusedError, RefusedError
from lifecycle.history import decision_of, fold
from lifecycle.journey import Journey
from lifecycle.lead import Lead
from lifecycle.narrowing import check_type
from lifecycle.record import Record, Refusal

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["Command", "Reply", "check_lead"]


def check_lead(lead: Lead) -> None:
    """See to it that a lead has come with its facts, and not its id alone.

    Raises:
        TypeError: it is none.
    """
    check_type(lead, Lead, "give a Lead with its facts, for instance Lead('42').profile(...)")


@attrs.frozen(kw_only=True)
class Reply:
    """What a command did.

    Attributes:
        decision: The decision on the request; None for `advance`, which asks for nothing.
        records: The records written, cascades included, in sequence; for a dry run those that would be.
        refusals: What was not granted, and is kept.
        journey: Where the lead stands now; of a repeated command, where it stood then.
        judged_until: Everything up to this instant has been judged; hand it to the next `advance` of this lead.
        repeated: The key of the command was known, so this is its first answer again, and nothing has moved.
        unobserved: What observers broke after the records were written, each with its plugin; the records stay.
    """

    decision: Decision | None
    records: tuple[Record, ...]
    refusals: tuple[Refusal, ...]
    journey: Journey
    judged_until: datetime
    repeated: bool = False
    unobserved: tuple[str, ...] = ()

    @property
    def granted(self) -> bool:
        """Whether what was asked was granted; True where nothing was asked."""
        return self.decision is None or self.decision.granted

    def require(self) -> Reply:
        """Give the reply itself if it is granted.

        Raises:
            RefusedError: it was not; the error carries the decision.
        """
        if self.decision is not None and not self.decision.granted:
            raise RefusedError(self.decision, str(self.decision))
        return self


@attrs.frozen
class Command:
    """One call, so that it can be run again as a whole.

    Attributes:
        lead: The lead with its facts.
        at: The instant of the call.
        request: What is asked for; None where only what moves by itself is to move.
        judged_until: Up to where all has been judged before.
        dry_run: Whether nothing is to be written.
        key: The embedder's own name for it.
        lock: Whether other writers wait.
        undated: Whether nobody gave the instant: then it is when the command has its turn, and not when it was called.
    """

    lead: Lead
    at: datetime
    request: Request | None
    judged_until: datetime | None
    dry_run: bool
    key: str | None = None
    lock: bool = False
    undated: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse an id where a lead belongs."""
        check_lead(self.lead)

    def steps(self, course: Course, journey: Journey) -> Iterator[Step]:
        """Give what it comes to, step by step, from where the lead stands."""
        requests = [] if self.request is None else [(self.at, self.request)]
        return course.advance(self.lead, journey, self.at, requests=requests, judged_until=self.judged_until)

    def first_answer(self, reading: Reading) -> Reply | None:
        """Give the answer that this command has had already, cascade included; None where it is new.

        Raises:
            KeyReusedError: the key stands for another command.
        """
        answer = None if self.key is None else reading.answer(self.key)
        if answer is None:
            return None
        asked = answer.refusal or next((one for one in answer.records if one.kind is not Kind.AUTOMATIC), None)
        if asked is None or not self._is(answer.lead, asked):
            raise KeyReusedError("this key stands for another command already; give each command a key of its own")
        history = (*answer.before, *answer.records)
        stood = asked.sequence if isinstance(asked, Refusal) else asked.sequence - 1
        decision = decision_of(asked, fold(history[:stood]))
        return Reply(
            decision=decision,
            records=answer.records,
            refusals=() if answer.refusal is None else (answer.refusal,),
            journey=fold(history),
            judged_until=decision.at,
            repeated=True,
        )

    def _is(self, lead: str | None, asked: Record | Refusal) -> bool:
        """Say whether what was asked for the first time is this command, whatever the clock said."""
        request = self.request
        assert request is not None
        kind = Kind.OVERRIDE if request.override else Kind.REQUESTED
        return (self.lead.id, request.trigger, request.actor, kind) == (lead, asked.trigger, asked.actor, asked.kind)
