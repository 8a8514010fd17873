"""A repeated command gets its first answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Lead, Lifecycle, Record, Reply
from lifecycle.errors import KeyReusedError
from tests import doors, racing
from tests.doors import ACCEPT, DEFINITION, Clock, interested
from tests.made import day
from tests.stores import KINDS

if TYPE_CHECKING:
    from pathlib import Path

clock = pytest.fixture(doors.clock)
url = pytest.fixture(params=KINDS)(doors.url)
door = pytest.fixture(doors.door)


class TestKeys:
    """A repeated command gets its first answer."""

    LEAD = interested().answer(likes=True, at=day(2)).profile(industry="software", at=day(2))

    def same(self, one: Reply, other: Reply) -> None:
        """Assert that two replies are the same answer, up to instants in evidence, which are text once stored."""
        assert attrs.evolve(one, decision=None, repeated=True) == attrs.evolve(other, decision=None)
        assert one.decision is not None
        assert other.decision is not None
        assert attrs.evolve(one.decision, verdicts={}) == attrs.evolve(other.decision, verdicts={})
        assert {name: verdict.message for name, verdict in one.decision.verdicts.items()} == {
            name: verdict.message for name, verdict in other.decision.verdicts.items()
        }

    @pytest.mark.parametrize(
        "request_",
        [
            {},
            {"actor": "boss:1", "override": True, "note": "trust me"},
            {"trigger": "recycle", "reason": "later"},
            {"trigger": "recycle", "reason": "mood"},
            {"actor": "marketing:1"},
            {"trigger": "nonsense"},
        ],
    )
    @pytest.mark.parametrize("known", [True, False])
    def test_it_moves_nothing_and_answers_as_the_first_time(
        self, door: Lifecycle, clock: Clock, request_: dict[str, Any], known: bool
    ) -> None:
        """Cascade included; whatever has happened since, and whatever the clock says."""
        if known:
            door.advance(self.LEAD, at=day(1))
        given: dict[str, Any] = {**ACCEPT, **request_}
        first = door.fire(self.LEAD, **given, at=day(3), key="order-17")
        clock.now = day(60)
        door.advance(self.LEAD)
        before = (door.history("1"), door.refusals("1"))
        again = door.fire(self.LEAD, **given, key="order-17")

        assert not first.repeated
        assert again.repeated
        self.same(first, again)
        assert before == (door.history("1"), door.refusals("1"))

    def test_a_refusal_is_repeated_although_it_would_be_granted_now(self, door: Lifecycle) -> None:
        """Whoever asks anew uses a key of its own."""
        first = door.fire(interested(), **ACCEPT, at=day(1), key="a")
        likes = interested().answer(likes=True, at=day(2))
        again = door.fire(likes, **ACCEPT, at=day(3), key="a")
        anew = door.fire(likes, **ACCEPT, at=day(3), key="b")

        self.same(first, again)
        assert (False, False, True) == (first.granted, again.granted, anew.granted)
        assert again.refusals == first.refusals

    def test_it_is_repeated_after_the_lead_has_gone_on(self, door: Lifecycle) -> None:
        """A repetition is never out of order: nothing is asked anew."""
        first = door.fire(self.LEAD, **ACCEPT, at=day(3), key="a")
        again = door.fire(self.LEAD, **ACCEPT, at=day(0), key="a")

        self.same(first, again)

    def test_a_dry_run_looks_the_key_up_and_keeps_none(self, door: Lifecycle) -> None:
        """It says what the real run would answer."""
        assert not door.fire(self.LEAD, **ACCEPT, key="a", dry_run=True).repeated
        first = door.fire(self.LEAD, **ACCEPT, key="a")
        assert not first.repeated
        self.same(first, door.fire(self.LEAD, **ACCEPT, key="a", dry_run=True))

    def test_observers_are_told_once(self, clock: Clock) -> None:
        """The record is as durable as it was."""
        told = list[Record]()
        with Lifecycle(DEFINITION, clock=clock, observers=[told.append]) as door:
            for _ in range(3):
                door.fire(self.LEAD, **ACCEPT, key="a")

        assert [1, 2, 3, 4] == [record.sequence for record in told]

    @pytest.mark.parametrize(
        "other",
        [
            {"trigger": "recycle", "reason": "later"},
            {"actor": "sales:18"},
            {"override": True},
            {"lead": interested("2")},
        ],
    )
    def test_a_key_stands_for_one_command(self, door: Lifecycle, other: dict[str, Any]) -> None:
        """For another one it is refused, loudly: silence would look like an answer."""
        door.fire(self.LEAD, **ACCEPT, key="a")
        given: dict[str, Any] = {"lead": self.LEAD, **ACCEPT, **other}

        with pytest.raises(KeyReusedError, match="stands for another command already"):
            door.fire(**given, key="a")
        assert 4 == len(door.history("1"))

    @pytest.mark.parametrize("granted", [True, False])
    def test_an_erasure_takes_the_key_along(self, door: Lifecycle, clock: Clock, granted: bool) -> None:
        """Who it stood for cannot be told any more, so that it is a command like any other."""
        lead = self.LEAD if granted else Lead("1")
        door.fire(lead, **ACCEPT, key="a")
        door.store.erase("1", basis="gdpr_17", actor="legal:1", now=clock.now)

        assert not door.fire(lead, **ACCEPT, key="a").repeated
        assert door.fire(lead, **ACCEPT, key="a").repeated

    def test_only_a_digest_of_it_is_kept(self, tmp_path: Path, clock: Clock) -> None:
        """A key may say more than it should."""
        path = tmp_path / "history.db"
        with Lifecycle(DEFINITION, path, clock=clock) as door:
            door.fire(interested(), **ACCEPT, key="order-of-ada@acme.example")

        assert b"order-of-ada" not in path.read_bytes()

    @settings(max_examples=15)
    @given(keys=st.lists(st.sampled_from("abc"), max_size=6))
    def test_a_log_of_commands_may_be_sent_any_number_of_times(self, keys: list[str]) -> None:
        """Law: however often commands are repeated, the history is that of the first of each."""
        with Lifecycle(racing.there_and_back(), clock=racing.later()) as door:
            lead = Lead("1").activity("came", at=day(0))
            triggers = {"a": "go", "b": "back", "c": "go"}
            answers = dict[str, Reply]()
            for key in keys:
                reply = door.fire(lead, triggers[key], actor="sales:1", key=key)
                first = answers.setdefault(key, reply)
                assert reply.records == first.records
                assert reply.repeated is (reply is not first)

            firsts = [record for reply in answers.values() for record in reply.records]
            assert tuple(firsts) == door.history("1")
