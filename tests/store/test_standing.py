"""Which leads stand where, and which come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import CallerError
from lifecycle.store.standing import Order, Scored, Standing
from tests.made import arrow, day, made
from tests.store.many import ACCEPT, ARROWS, INTEREST, LIVES, OVERRIDE, Life, keep

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Store


@pytest.fixture
def many(store: Store) -> Store:
    """A store with six leads."""
    keep(store, *LIVES)
    return store


def names(reading: Reading, order: Order, **asked: Any) -> list[str | None]:
    """Return the leads in an order."""
    return [standing.lead for standing in reading.leads(order=order, **asked)]


class TestOrders:
    """Who comes first."""

    def test_a_standing_is_the_last_record(self, many: Store) -> None:
        """Its target, its instant, its number."""
        with many.reading() as reading:
            found = {standing.lead: standing for standing in reading.leads()}
            last = {life.name: reading.history(life.name)[-1] for life in LIVES}
            subject = reading.subject_of("dee") or ""

        assert last.keys() == found.keys()
        for name, record in last.items():
            standing = found[name]
            assert (record.target, record.at, record.sequence) == (standing.stage, standing.since, standing.sequence)
        at = last["dee"].at
        expected = Standing(lead="dee", subject=subject, stage="sal", since=at, sequence=3, score=None)
        assert expected == found["dee"]

    def test_by_lead(self, many: Store) -> None:
        """By your id; erased ones have none, and come last."""
        many.erase("bob", basis="gdpr_17", actor="dpo:1", now=day(101))
        with many.reading() as reading:
            assert ["ann", "cid", "dee", "eve", "fay", None] == names(reading, Order.LEAD)
            assert ["ann", "cid"] == names(reading, Order.LEAD, limit=2)

    def test_by_since(self, many: Store) -> None:
        """Who has stood there longest comes first."""
        with many.reading() as reading:
            found = list(reading.leads(order=Order.SINCE))
            assert sorted(standing.since for standing in found) == [standing.since for standing in found]
            assert ["bob", "cid"] == names(reading, Order.SINCE, limit=2)

    def test_of_one_stage(self, many: Store) -> None:
        """In any order; whoever has passed through it is not in it."""
        with many.reading() as reading:
            for order in Order:
                assert {"bob", "cid"} == set(names(reading, order, stage="mql"))
                assert [] == names(reading, order, stage="nowhere")

    def test_at_an_instant(self, many: Store) -> None:
        """Where they stood then."""
        with many.reading() as reading:
            found = {standing.lead: standing.stage for standing in reading.leads(as_of=day(4))}

        assert {"ann": "sal", "bob": "mql", "cid": "mql", "dee": "mql", "eve": "mql"} == found

    @pytest.mark.parametrize("order", Order)
    @pytest.mark.parametrize("limit", [0, 10**20])
    def test_what_is_no_limit_is_refused(self, many: Store, order: Order, limit: int) -> None:
        """A limit is a number of leads, which databases can count to."""
        with many.reading() as reading, pytest.raises(CallerError, match="a limit is a whole number from 1 to"):
            reading.leads(order=order, limit=limit)

    @pytest.mark.parametrize("order", Order)
    def test_a_limit_gives_the_first_of_all(self, many: Store, order: Order) -> None:
        """Law: with a limit come the first so many of what comes without."""
        with many.reading() as reading:
            every = list(reading.leads(order=order))
            for limit in range(1, len(every) + 1):
                assert every[:limit] == list(reading.leads(order=order, limit=limit))


class TestScores:
    """By a score."""

    def test_the_highest_comes_first(self, store: Store) -> None:
        """What is sure, then what is possible; who has stood longer where they are alike; the unknown last."""
        definition = made(arrow("qualify", "iql", "mql", "interest >= 0"), more=INTEREST)
        asked = ((5, attrs.evolve(ACCEPT, trigger="qualify")),)
        keep(
            store,
            Life("sure", definition, 0, 3, asked, likes=1),
            Life("promising", definition, 0, 4, asked),
            Life("possible", definition, 0, 3, asked),
            Life("less", definition, 0, 2, asked),
            Life("later", definition, 0, 3, ((6, asked[0][1]),)),
            Life("unasked", definition, 0, 5),
        )
        with store.reading() as reading:
            found = [(one.lead, one.score) for one in reading.leads(order=Order.SCORE)]
        points = [(lead, score and (score.low, score.high)) for lead, score in found]

        assert [
            *(
                ("sure", (50, 50)),
                ("promising", (40, 60)),
                ("possible", (30, 50)),
                ("later", (30, 50)),
                ("less", (20, 40)),
            ),
            ("unasked", None),
        ] == points

    def test_it_is_the_one_of_the_last_record_that_knows_it(self, many: Store) -> None:
        """Accepting does not look at the score, so it is that of qualifying, and says so."""
        with many.reading() as reading:
            (dee,) = [standing for standing in reading.leads(order=Order.SCORE) if standing.lead == "dee"]
            qualified = reading.history("dee")[1]

        assert ("sal", 3) == (dee.stage, dee.sequence)
        assert dee.score is not None
        assert ("interest", qualified.at) == (dee.score.name, dee.score.at)

    def test_what_was_erased_is_not_known(self, many: Store) -> None:
        """The lead still stands there, and comes last."""
        many.erase("eve", basis="gdpr_17", actor="dpo:1", now=day(101))
        with many.reading() as reading:
            unknown = [one.lead for one in reading.leads(order=Order.SCORE) if one.score is None]

        assert {None, "fay"} == set(unknown)

    def test_what_came_later_is_not_known_then(self, many: Store) -> None:
        """A score of after the instant that is asked about is not looked at."""
        with many.reading() as reading:
            (ann,) = [one for one in reading.leads(order=Order.SCORE, as_of=day(0)) if one.lead == "ann"]

        assert ("iql", None) == (ann.stage, ann.score)

    def test_of_several_one_is_named(self, store: Store) -> None:
        """Which one is meant nobody could guess."""
        more = f"{INTEREST}[scores.warmth.points]\ndemo = 5\nvisits = 1\n"
        arrows = [arrow("qualify", "iql", "mql", "interest >= 20 and warmth >= 1", automatic=True), *ARROWS[1:]]
        keep(store, Life("ann", made(*arrows, more=more), 0, 2), Life("bob", made(*arrows, more=more), 1, 4))

        with store.reading() as reading:
            with pytest.raises(CallerError, match=r"more than one score \(interest, warmth\)"):
                names(reading, Order.SCORE)
            found = [one.score for one in reading.leads(order=Order.SCORE, score="warmth")]
        assert {"warmth"} == {score.name for score in found if score is not None}

    def test_the_latest_of_two_counts(self, store: Store) -> None:
        """A lead that was qualified twice has the score of the second time."""
        asked = ((4, OVERRIDE), (5, attrs.evolve(ACCEPT, trigger="again")))
        keep(store, Life("ann", made(*ARROWS[:2], arrow("again", "sal", "iql"), more=INTEREST), 0, 3, asked))
        with store.reading() as reading:
            (found,) = reading.leads(order=Order.SCORE)

        assert ("mql", 5) == (found.stage, found.sequence)
        assert Scored(name="interest", low=30, high=50, at=day(5)) == found.score

    def test_more_leads_than_one_statement_asks_for(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Law: however many are scored at once, the order is the same."""
        keep(store, *LIVES)
        with store.reading() as reading:
            expected = list(reading.leads(order=Order.SCORE))

            @settings(max_examples=8)
            @given(st.integers(1, 9))
            def law(at_once: int) -> None:
                monkeypatch.setattr("lifecycle.store.standing._AT_ONCE", at_once)
                assert expected == list(reading.leads(order=Order.SCORE))

            law()
