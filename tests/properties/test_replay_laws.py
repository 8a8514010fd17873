"""Laws of replay: what it must not depend on, and that it says what living through the same log says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.course import Course
from lifecycle.errors import OutOfOrderError
from lifecycle.history import fold, history_digest
from lifecycle.record import Refusal
from lifecycle.replay import lead_of, live_through, replay
from lifecycle.service import Lifecycle
from lifecycle.signals import Signal, SignalType
from lifecycle.store.sql import Store
from lifecycle.testing.strategies import instants
from tests.properties.cases import Case, cases, few
from tests.properties.living import Call, Life, schedules

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def contents(refusals: Iterable[Refusal]) -> dict[str, bytes]:
    """Give refusals as a store keeps them: the first of each key."""
    found: dict[str, bytes] = {}
    for refusal in refusals:
        found.setdefault(refusal.key, refusal.content)
    return found


@st.composite
def lives(draw: st.DrawFn) -> tuple[Case, str, list[Call]]:
    """Give a case, one of its leads, and the calls in which it is lived through."""
    case = draw(cases().filter(lambda case: bool(case.signals)))
    name = min(case.by_lead)
    return case, name, draw(schedules(case, name))


class TestLivingIsReplaying:
    """Nobody can tell from a history when the calls were made."""

    @given(lives())
    def test_any_schedule_of_calls_gives_the_history_of_the_replay(self, life: tuple[Case, str, list[Call]]) -> None:
        """Law: living through a log with any schedule of calls = replaying it, history digest and refusals included."""
        case, name, calls = life
        lived = Life(case, name)
        for call in calls:
            lived.call(call)
        replayed = live_through(Course(case.definition), name, case.by_lead[name], until=case.until)
        digest = history_digest((name, record) for record in replayed.records)
        assert list(replayed.records) == lived.records
        assert digest == history_digest((name, record) for record in lived.records)
        assert contents(replayed.refusals) == contents(lived.refusals.values())

    @few
    @given(lives())
    def test_the_door_says_the_same(self, life: tuple[Case, str, list[Call]]) -> None:
        """Law: the same holds through `Lifecycle` and a store: records, refusals, journey; a dry run keeps nothing."""
        case, name, calls = life
        told = case.by_lead[name]
        with Lifecycle(case.definition, clock=lambda: NOW) as lifecycle:
            judged = None
            for call in calls:
                lead, _ = lead_of(name, told, until=case.until if call.hands_over_later_facts else call.at)
                if call.request is None:
                    lifecycle.advance(lead, at=call.at, dry_run=True)
                    said = judged if call.says_what_was_judged else None
                    judged = lifecycle.advance(lead, at=call.at, judged_until=said).judged_until
                else:
                    fields = attrs.asdict(call.request)
                    judged = lifecycle.fire(lead, fields.pop("trigger"), at=call.at, **fields).judged_until
            history, refusals = lifecycle.history(name), lifecycle.refusals(name)
            journey = lifecycle.journey(name)
        replayed = live_through(Course(case.definition), name, told, until=case.until)
        assert replayed.records == history
        assert contents(replayed.refusals) == contents(refusals)
        assert len(refusals) == len(contents(refusals))
        assert replayed.journey == journey == fold(history)

    @few
    @given(lives(), instants(most=6))
    def test_a_request_that_comes_late_gives_the_same_or_an_error(
        self, life: tuple[Case, str, list[Call]], early: datetime
    ) -> None:
        """Law: a request dated before the last move is an error, and any other counts as if it had come in time."""
        case, name, _ = life
        told = case.by_lead[name]
        _, requests = lead_of(name, told, until=case.until)
        lived = Life(case, name)
        lived.call(Call(min(early, case.until), hands_over_later_facts=True))
        for at, request in requests:
            since = fold(lived.records).since
            if since is not None and at < since:
                with pytest.raises(OutOfOrderError):
                    lived.call(Call(at, request))
                return
            lived.call(Call(at, request))
        lived.call(Call(case.until))
        assert list(live_through(Course(case.definition), name, told, until=case.until).records) == lived.records


class TestOrder:
    """What does not matter to a replay."""

    @few
    @given(cases(most_leads=2))
    def test_it_is_deterministic(self, case: Case) -> None:
        """Law: replay is deterministic: twice the same log gives the same report and the same history digest."""
        one, other = (replay(case.definition, case.signals, until=case.until) for _ in range(2))
        assert one == other

    @few
    @given(cases(most_leads=3), st.randoms(use_true_random=False))
    def test_the_interleaving_of_leads_does_not_matter(self, case: Case, random: Random) -> None:
        """Law: replay is independent of how leads are interleaved."""
        turns = [one.lead for one in case.signals]
        random.shuffle(turns)
        waiting = {name: iter(told) for name, told in case.by_lead.items()}
        mixed = [next(waiting[name]) for name in turns]
        assert replay(case.definition, case.signals, until=case.until) == replay(
            case.definition, mixed, until=case.until
        )

    @few
    @given(cases(), st.randoms(use_true_random=False))
    def test_the_order_of_facts_within_an_instant_does_not_matter(self, case: Case, random: Random) -> None:
        """Law: replay is independent of the order of facts that do not contradict each other within an instant."""
        facts = _without_contradictions(one for one in case.signals if one.type is not SignalType.REQUEST)
        asked = [one for one in case.signals if one.type is SignalType.REQUEST]
        mixed = list(facts)
        random.shuffle(mixed)
        for request in asked:
            mixed.insert(random.randint(0, len(mixed)), request)
        places = sorted(index for index, one in enumerate(mixed) if one.type is SignalType.REQUEST)
        for index, request in zip(places, asked, strict=True):
            mixed[index] = request  # what is asked stays in order
        one = replay(case.definition, [*facts, *asked], until=case.until)
        other = replay(case.definition, mixed, until=case.until)
        assert 0 == one.clashes == other.clashes
        assert one == other

    @few
    @given(cases(), instants())
    def test_a_shorter_replay_is_a_beginning(self, case: Case, until: datetime) -> None:
        """Law: a fact after instant t changes no decision at t: a replay until t is a beginning of a longer one."""
        name = "lead 0"
        course = Course(case.definition)
        whole = live_through(course, name, case.signals, until=case.until)
        part = live_through(course, name, case.signals, until=min(until, case.until))
        assert part.records == tuple(record for record in whole.records if record.at <= until)


def _without_contradictions(facts: Iterable[Signal]) -> list[Signal]:
    """Keep the first value of each field, and the first channel, of one instant."""
    seen: set[object] = set()
    kept: list[Signal] = []
    for one in facts:
        said = one.name if one.type is SignalType.ACTIVITY else sorted(one.data)
        same = (one.at, one.type, str(said) if one.type is not SignalType.CHANNEL else "")
        if one.type is SignalType.ACTIVITY or same not in seen:
            seen.add(same)
            kept.append(one)
    return kept


class TestStores:
    """Replay into a store that knows nothing, all, or a part."""

    @few
    @given(cases(most_leads=2), instants())
    def test_a_part_is_completed_and_a_whole_is_left_alone(self, case: Case, until: datetime) -> None:
        """Law: what a store has of a log is completed to what one replay gives, and replayed again nothing changes."""
        store = Store("sqlite://")
        replay(case.definition, case.signals, until=min(until, case.until), store=store, now=NOW)
        whole = replay(case.definition, case.signals, until=case.until, store=store, now=NOW)
        again = replay(case.definition, case.signals, until=case.until, store=store, now=NOW)
        checked = replay(case.definition, case.signals, until=case.until, store=store, check=True)
        with store.reading() as reading:
            kept = [(record.lead or "", record) for record in reading.records()]
            refusals = list(reading.refusals())
        store.close()
        expected = case.histories()
        assert (0, 0, 0) == (whole.differing, again.differing, checked.differing)
        assert (0, 0) == (again.added, again.completed)
        assert again.entered == again.unchanged
        assert whole.history_digest == again.history_digest == history_digest(kept)
        assert sum(len(contents(history.refusals)) for history in expected) == len(refusals)
