"""Tests erasing, holding, releasing and redacting: what goes, what stays, and that it is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa

from lifecycle.erasure import Action, erasure_digest
from lifecycle.errors import HeldError, NaiveInstantError, NotHeldError, StoreError, UnknownLeadError
from lifecycle.record import digest_of
from lifecycle.store import schema
from lifecycle.store.erasing import erasures_of
from tests.made import day
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.erasure import Erasure
    from lifecycle.record import Record, Refusal
    from lifecycle.store.sql import Store

WHO: Final[dict[str, Any]] = {"actor": "dpo:3", "now": NOW}
LATER: Final = NOW + timedelta(days=1)


@pytest.fixture
def lives(store: Store) -> Store:
    """A store with two leads, each with five records, a refusal and a command with a key."""
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        for lead in ("ada", "bob"):
            records, refusals = lived(lead)
            transaction.append(lead, records, expected=0, now=NOW)
            transaction.keep(lead, refusals, now=NOW)
            transaction.remember(f"key of {lead}", lead, records=records, refusal=None, now=NOW)
    return store


def erase(store: Store, lead: str = "ada") -> Erasure:
    """Erase a lead."""
    return store.erase(lead, basis="gdpr_17", **WHO).erasure


def counts(store: Store) -> dict[str, int]:
    """Return how many rows each table has that is about leads."""
    tables = (schema.subjects, schema.records, schema.details, schema.refusals, schema.refusal_details, schema.commands)
    with store.reading() as reading:
        return {
            table.name.removeprefix("lifecycle_"): reading.connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in tables
        }


def entries(store: Store) -> list[Erasure]:
    """Return everything that was done to personal data."""
    with store.reading() as reading:
        return list(erasures_of(reading))


def contents(store: Store) -> list[bytes]:
    """Return the contents of all records and refusals, whoever they are about."""
    with store.reading() as reading:
        entries: list[Record | Refusal] = [*reading.records(), *reading.refusals()]
        return sorted(entry.content for entry in entries)


class TestErase:
    """What is personal of a lead goes; what happened stays."""

    def test_details_go_and_counts_stand(self, lives: Store) -> None:
        """The records are there as before, without a lead, and nothing says what was found and noted."""
        before = contents(lives)
        erase(lives)
        with lives.reading() as reading:
            found = [record for record in reading.records(with_details=True) if record.lead is None]
            refused = [refusal for refusal in reading.refusals(with_details=True) if refusal.lead is None]

        assert before == contents(lives)
        assert ([1, 2, 3, 4, 5], [1]) == ([record.sequence for record in found], [one.number for one in refused])
        assert [None] * 6 == [*(entry.detail for entry in found), *(entry.detail for entry in refused)]

    def test_rows_that_are_personal_are_deleted(self, lives: Store) -> None:
        """Those of this lead, and of nobody else."""
        assert {"subjects": 2, "records": 10, "details": 10, "refusals": 2, "refusal_details": 2, "commands": 2} == (
            counts(lives)
        )
        erase(lives)

        assert {"subjects": 1, "records": 10, "details": 5, "refusals": 2, "refusal_details": 1, "commands": 1} == (
            counts(lives)
        )
        with lives.reading() as reading:
            assert (None, ()) == (reading.subject_of("ada"), reading.history("ada"))
            assert 5 == len(reading.history("bob", with_details=True))

    def test_it_is_written_down(self, lives: Store) -> None:
        """By subject and code, with what went."""
        with lives.reading() as reading:
            subject = reading.subject_of("ada")
        entry = erase(lives)

        assert [entry] == entries(lives)
        assert (1, Action.ERASE, subject, "gdpr_17", "dpo:3", NOW) == (
            *(entry.number, entry.action, entry.subject, entry.basis, entry.actor, entry.at),
        )
        assert ((1, 5), (1, 1)) == (entry.records, entry.refusals)
        assert {"details": 5, "refusal_details": 1, "commands": 1} == entry.counts

    @pytest.mark.parametrize("lead", ["ada", "never met"])
    def test_a_second_time_the_lead_is_not_known(self, lives: Store, lead: str) -> None:
        """Nothing tells one that was erased from one that was never there."""
        erase(lives)
        with pytest.raises(UnknownLeadError, match=r"^the store knows no such lead$") as raised:
            erase(lives, lead)

        assert {"lead": lead} == vars(raised.value)
        assert 1 == len(entries(lives))

    @pytest.mark.parametrize(("basis", "actor"), [("asked by Ada", "dpo:3"), ("gdpr_17", "Ada Lovelace")])
    def test_what_names_somebody_is_refused(self, lives: Store, basis: str, actor: str) -> None:
        """Then nothing is erased either."""
        before = counts(lives)
        with pytest.raises(ValueError, match=r"is a code|is role:id"):
            lives.erase("ada", basis=basis, actor=actor, now=NOW)

        assert before == counts(lives)

    def test_nothing_personal_can_be_added_to_an_erased_lead(self, lives: Store) -> None:
        """The database itself refuses it, also where somebody remembers the subject."""
        subject = erase(lives).subject
        beside = {"salt": b"salt", "body": b"{}"}
        rows: dict[sa.Table, dict[str, Any]] = {
            schema.details: {"sequence": 1, **beside},
            schema.refusal_details: {"number": 1, **beside},
            schema.commands: {"command": "a key", "first_sequence": 1, "last_sequence": 1, "recorded_at": 1},
        }
        for table, row in rows.items():
            with pytest.raises(StoreError), lives.writing() as transaction:
                transaction.insert(table, [{"subject": subject, **row}])

    def test_a_lead_that_comes_back_is_somebody_new(self, lives: Store) -> None:
        """Its new history is not chained to the old one."""
        old = erase(lives).subject
        with lives.writing() as transaction:
            transaction.append("ada", lived("ada")[0], expected=0, now=LATER)
        with lives.reading() as reading:
            assert old != reading.subject_of("ada")
            assert 5 == len(reading.history("ada"))

        assert erase(lives).subject != old


class TestHold:
    """A hold keeps everything of a lead."""

    def test_a_held_lead_is_not_erased(self, lives: Store) -> None:
        """The error says on which bases, and since when; nothing goes."""
        lives.hold("ada", basis="lawsuit/7", **WHO)
        lives.hold("ada", basis="hgb_257", actor="dpo:3", now=LATER)
        before = counts(lives)
        with pytest.raises(
            HeldError, match=r"on the basis lawsuit/7 since 2026-.*, and on the basis hgb_257"
        ) as raised:
            erase(lives)

        assert ("ada", {"lawsuit/7": NOW, "hgb_257": LATER}) == (raised.value.lead, raised.value.holds)
        assert before == counts(lives)

    def test_the_others_are(self, lives: Store) -> None:
        """A hold is about one lead."""
        lives.hold("bob", basis="hgb_257", **WHO)

        assert Action.ERASE is erase(lives).action

    def test_it_ends_with_its_release(self, lives: Store) -> None:
        """Only that of the same basis: the other one goes on, until it is released too."""
        for basis in ("lawsuit/7", "hgb_257"):
            lives.hold("ada", basis=basis, **WHO)
        lives.release("ada", basis="lawsuit/7", **WHO)
        with pytest.raises(HeldError, match=r"is held on the basis hgb_257 since [^,]*; nothing"):
            erase(lives)
        lives.release("ada", basis="hgb_257", **WHO)
        erase(lives)

        assert ["hold", "hold", "release", "release", "erase"] == [entry.action.value for entry in entries(lives)]

    def test_it_can_begin_again(self, lives: Store) -> None:
        """Its release does not last for ever."""
        lives.hold("ada", basis="hgb_257", **WHO)
        lives.release("ada", basis="hgb_257", **WHO)
        lives.hold("ada", basis="hgb_257", actor="dpo:3", now=LATER)
        with pytest.raises(HeldError) as raised:
            erase(lives)

        assert {"hgb_257": LATER} == raised.value.holds

    def test_one_that_is_there_is_not_begun(self, lives: Store) -> None:
        """It says since when it is there."""
        lives.hold("ada", basis="hgb_257", **WHO)
        lives.hold("ada", basis="lawsuit/7", **WHO)
        with pytest.raises(HeldError) as raised:
            lives.hold("ada", basis="hgb_257", actor="dpo:3", now=LATER)

        assert {"hgb_257": NOW} == raised.value.holds

    def test_one_that_is_not_there_is_not_released(self, lives: Store) -> None:
        """The error names those that are there."""
        lives.hold("ada", basis="hgb_257", **WHO)
        with pytest.raises(NotHeldError, match="not held on this basis; it is held on the basis hgb_257") as raised:
            lives.release("ada", basis="lawsuit/7", **WHO)
        with pytest.raises(NotHeldError, match=r"not held on this basis$"):
            lives.release("bob", basis="lawsuit/7", **WHO)

        assert {"hgb_257": NOW} == raised.value.holds

    def test_all_that_are_there_are_listed(self, lives: Store) -> None:
        """The oldest first, without those that were released; what was begun again counts from then."""
        for lead, basis, now in (("bob", "a", day(101)), ("ada", "a", day(102)), ("ada", "b", day(103))):
            lives.hold(lead, basis=basis, actor="dpo:3", now=now)
        lives.release("bob", basis="a", actor="dpo:3", now=day(104))
        lives.release("ada", basis="a", actor="dpo:3", now=day(104))
        lives.hold("ada", basis="a", actor="legal:1", now=day(105))
        with lives.reading() as reading:
            subject = reading.subject_of("ada")

        assert [("ada", subject, "b", day(103), "dpo:3"), ("ada", subject, "a", day(105), "legal:1")] == [
            (held.lead, held.subject, held.basis, held.since, held.actor) for held in lives.holds()
        ]

    def test_a_lead_that_is_not_known_cannot_be_held(self, lives: Store) -> None:
        """Neither can it be released."""
        for act in (lives.hold, lives.release):
            with pytest.raises(UnknownLeadError):
                act("never met", basis="hgb_257", **WHO)


class TestRedact:
    """Details do not have to be kept for as long as records."""

    @pytest.mark.parametrize(
        ("before", "left", "gone"),
        [
            (day(1), [2, 3, 4, 5], {"details": 2, "refusal_details": 0, "held": 0}),
            (day(3), [3, 4, 5], {"details": 4, "refusal_details": 2, "held": 0}),
            (day(50), [], {"details": 10, "refusal_details": 2, "held": 0}),
        ],
    )
    def test_details_of_before_go(self, lives: Store, before: datetime, left: list[int], gone: dict[str, int]) -> None:
        """Of what happened before the instant; what happened at it stays, and so does everything else."""
        kept = contents(lives)
        entry = lives.redact(before, basis="retention", **WHO).erasure
        with lives.reading() as reading:
            for lead in ("ada", "bob"):
                history = reading.history(lead, with_details=True)

                assert left == [record.sequence for record in history if record.detail is not None]

        assert (before, gone, None) == (entry.before, entry.counts, entry.subject)
        assert kept == contents(lives)

    def test_held_leads_are_passed_over(self, lives: Store) -> None:
        """The entry says how many had something that would have gone."""
        lives.hold("ada", basis="hgb_257", **WHO)
        entry = lives.redact(day(50), basis="retention", **WHO).erasure
        with lives.reading() as reading:
            found = {lead: reading.history(lead, with_details=True) for lead in ("ada", "bob")}

        assert {"details": 5, "refusal_details": 1, "held": 1} == entry.counts
        assert {"ada": {False}, "bob": {True}} == {
            lead: {record.detail is None for record in history} for lead, history in found.items()
        }

    def test_a_second_time_nothing_is_left_to_go(self, lives: Store) -> None:
        """It is written down that it was done."""
        lives.hold("ada", basis="hgb_257", **WHO)
        lives.redact(day(50), basis="retention", **WHO)
        again = lives.redact(day(50), basis="retention", **WHO).erasure

        assert {"details": 0, "refusal_details": 0, "held": 1} == again.counts
        assert 3 == again.number

    def test_the_future_is_refused(self, lives: Store) -> None:
        """A mistyped year would delete everything."""
        with pytest.raises(ValueError, match=r"2126-06-09T00:00:00.* lies in the future"):
            lives.redact(NOW.replace(year=2126), basis="retention", **WHO)

        assert [] == entries(lives)

    def test_an_instant_has_a_zone(self, lives: Store) -> None:
        """As everywhere."""
        with pytest.raises(NaiveInstantError):
            lives.redact(NOW.replace(tzinfo=None), basis="retention", **WHO)

    def test_a_repeated_command_still_gets_its_answer(self, lives: Store) -> None:
        """Without what was found and noted."""
        lives.redact(day(50), basis="retention", **WHO)
        with lives.reading() as reading:
            answer = reading.answer("key of ada")

        assert answer is not None
        assert [None] * 5 == [record.detail for record in answer.records]


class TestChain:
    """What was done to personal data is chained, over all leads, and sealed like a record."""

    def test_every_entry_holds_the_one_before_it(self, lives: Store) -> None:
        """From the first on, and each digest can be made again."""
        lives.hold("bob", basis="hgb_257", **WHO)
        erase(lives)
        lives.redact(day(50), basis="retention", **WHO)
        previous = ""
        for number, entry in enumerate(entries(lives), 1):
            assert entry.envelope is not None
            assert (number, previous) == (entry.number, entry.envelope.previous)
            assert entry.envelope.digest == erasure_digest(entry.content, entry.envelope)
            previous = entry.envelope.digest

    def test_the_chains_of_an_erased_lead_hold(self, lives: Store) -> None:
        """Digests are over what is left."""
        erase(lives)
        with lives.reading() as reading:
            found: list[Record | Refusal] = [*reading.records(), *reading.refusals()]
        last: dict[tuple[type, str], str] = {}
        for entry in found:
            envelope = entry.envelope
            assert envelope is not None
            assert envelope.digest == digest_of(entry.content, envelope)
            place = (type(entry), envelope.subject)
            assert envelope.previous == last.get(place, "")
            last[place] = envelope.digest

    def test_they_are_sealed(self, lives: Store) -> None:
        """After the records and refusals that they are about, and the whole store is still found in order."""
        lives.hold("bob", basis="hgb_257", **WHO)
        erase(lives)
        size = lives.seal(now=LATER).size

        assert 14 == size
        assert ["erasure", "erasure"] == [sealed.kind for sealed in lives.feed(after=12)]
        assert () == lives.verify().findings
