"""What is remembered of a decision: content, detail and envelope."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.canonical import canonical_bytes
from lifecycle.decision import Kind, Request, Result, decide
from lifecycle.journey import Journey
from lifecycle.record import (
    FORMAT,
    Record,
    Refusal,
    digest_of,
    envelope_of,
    read_content,
    read_refusal,
    record_of,
    refusal_of,
)
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.decision import Decision

DEFINITION = made(
    arrow("qualify", "iql", "mql", "demo or fits", by=["sales"], override_by=["boss"], reasons=["hot", "warm"]),
    arrow("recycle", "mql", "recycled", "interest >= 50", new_cycle=True),
    more="[scores]\ninterest = { points = { visits = { each = 30, up_to = 60 }, fits = 25 } }\n",
)
SECRET = "ada@acme.example"
IN_IQL = Journey(stage="iql", since=day(0), trigger="enter", sequence=1)
IN_MQL = Journey(stage="mql", since=day(0), trigger="qualify", sequence=2)


def talkative() -> Lead:
    """Return a lead every one of whose facts holds an address, its id included."""
    lead = Lead(SECRET).profile(email=SECRET, industry=SECRET, at=day(0)).answer(likes=SECRET, at=day(0))
    lead.activity("demo", {"page": SECRET}, at=day(1)).activity(SECRET, at=day(1))
    return lead.activity("visit", {"who": SECRET}, at=day(1)).activity("visit", at=day(1))


def ask(lead: Lead, journey: Journey = IN_IQL, **request: Any) -> Decision:
    """Decide on a request to qualify by sales."""
    given: dict[str, Any] = {"trigger": "qualify", "actor": "sales:17", "reason": "hot", "note": SECRET, **request}
    return decide(DEFINITION, Snapshot(lead, day(1), journey), Request(**given))


def granted(**request: Any) -> Record:
    """Return the record of a granted request."""
    return record_of(DEFINITION, ask(talkative(), **request), SECRET)


def refused(lead: Lead | None = None, **request: Any) -> Refusal:
    """Return the refusal of a request that is not granted."""
    return refusal_of(DEFINITION, ask(lead or Lead("1"), **request), SECRET)


texts = st.text(max_size=8)
names = st.text(min_size=1, max_size=8)
atoms = st.dictionaries(names, st.sampled_from(Outcome), max_size=3)
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
common: dict[str, st.SearchStrategy[Any]] = {
    "sequence": st.integers(1, 9),
    "cycle": st.integers(1, 9),
    "trigger": names,
    "at": st.datetimes(timezones=st.just(day(0).tzinfo)),
    "actor": names,
    "kind": st.sampled_from(Kind),
    "reason": st.none() | names,
    "atoms": atoms,
    "definition": names,
    "version": names,
    "rules_digest": names,
}
records = st.builds(
    Record,
    source=st.none() | names,
    target=names,
    waived=st.lists(names, max_size=2).map(tuple),
    dimensions=st.dictionaries(names, plain, max_size=2),
    definition_hash=names,
    **common,
)
refusals = st.builds(
    Refusal,
    stage=st.none() | names,
    result=st.sampled_from(Result),
    blockers=st.lists(names, max_size=2).map(tuple),
    **common,
)


class TestContent:
    """The content is deterministic, canonical, and holds nothing personal."""

    @given(record=records)
    def test_a_record_is_read_back_as_it_was_written(self, record: Record) -> None:
        """Law: reading what was written gives the same record, and writing that the same bytes."""
        assert record == read_content(record.content)
        assert record.content == read_content(record.content).content

    @given(refusal=refusals)
    def test_a_refusal_is_read_back_as_it_was_written(self, refusal: Refusal) -> None:
        """Law: reading what was written gives the same refusal, and writing that the same bytes."""
        assert refusal == read_refusal(refusal.content)
        assert refusal.content == read_refusal(refusal.content).content

    @given(entry=records | refusals)
    def test_it_is_canonical(self, entry: Record | Refusal) -> None:
        """Law: the content is the canonical form of what any reader of JSON finds in it, and so is the detail."""
        assert canonical_bytes(json.loads(entry.content)) == entry.content
        assert canonical_bytes(json.loads(entry.body)) == entry.body

    @given(record=records, other=records)
    def test_different_records_have_different_contents(self, record: Record, other: Record) -> None:
        """Law: contents are equal exactly if the records are."""
        assert (record == other) is (record.content == other.content)

    def test_the_entry_has_a_source_of_its_own(self) -> None:
        """Stored as `(new)`, and nothing to those who read it."""
        entry = record_of(
            DEFINITION,
            decide(DEFINITION, Snapshot(Lead("1").activity("came"), day(1)), Request(trigger="enter", actor="a:1")),
            "1",
        )

        assert None is entry.source
        assert "(new)" == json.loads(entry.content)["source"]
        assert (1, 1) == (entry.sequence, entry.cycle)

    def test_it_says_what_was_decided(self) -> None:
        """Everything that figures and the re-check need."""
        record = granted()

        assert {
            "actor": "sales:17",
            "at": "2026-03-02T00:00:00.000000Z",
            "atoms": {"demo": "met", "fits": "unmet"},
            "cycle": 1,
            "definition": "made",
            "definition_hash": DEFINITION.hash,
            "dimensions": {"channel": None, "country": None},
            "kind": "requested",
            "reason": "hot",
            "rules_digest": DEFINITION.rules_digest,
            "sequence": 2,
            "source": "iql",
            "target": "mql",
            "trigger": "qualify",
            "version": "1",
            "waived": [],
        } == json.loads(record.content)

    def test_a_new_cycle_is_counted_in_the_record_that_starts_it(self) -> None:
        """Its record carries the new number; a refusal that of the cycle the lead is in."""
        decision = ask(talkative(), IN_MQL, trigger="recycle", reason=None)

        assert 2 == record_of(DEFINITION, decision, "1").cycle
        assert 1 == refused(journey=IN_MQL, trigger="recycle", reason=None).cycle

    @pytest.mark.parametrize(
        "request_",
        [
            {},
            {"actor": "boss:1", "override": True},
            {"journey": IN_MQL, "trigger": "recycle", "reason": None},
        ],
    )
    def test_nothing_personal_is_in_the_content_of_a_record(self, request_: dict[str, Any]) -> None:
        """An address in every fact, in the note and in the id is found nowhere in it, and everywhere in the detail."""
        record = granted(**request_)

        assert SECRET.encode() not in record.content
        assert SECRET.encode() in record.body

    @pytest.mark.parametrize(
        "request_",
        [
            {"actor": "marketing:1"},
            {"reason": SECRET},
            {"reason": None},
            {"journey": IN_MQL, "trigger": "recycle", "reason": SECRET},
            {"journey": IN_MQL, "trigger": "nonsense"},
            {"override": True},
        ],
    )
    def test_nothing_personal_is_in_the_content_or_key_of_a_refusal(self, request_: dict[str, Any]) -> None:
        """A reason that is no code is free text too, and stands in the detail only."""
        refusal = refused(talkative(), **request_)

        assert SECRET.encode() not in refusal.content
        assert SECRET not in refusal.key
        assert SECRET.encode() in canonical_bytes(refusal.detail)

    def test_a_reason_that_is_a_code_stays(self) -> None:
        """Codes are counted; only what is no code is left out."""
        assert "hot" == refused(reason="hot").reason
        assert None is refused(reason="mood").reason
        assert "mood" == (refused(reason="mood").detail or {})["reason"]

    @pytest.mark.parametrize("spoilt", [b"", b"nonsense", b"[]", b"1", b"{}", b'{"at": 1}', b"\xff"])
    def test_what_is_no_content_is_refused(self, spoilt: bytes) -> None:
        """A damaged store is noticed."""
        with pytest.raises(ValueError, match="not the content of a record"):
            read_content(spoilt)
        with pytest.raises(ValueError, match="not the content of a refusal"):
            read_refusal(spoilt)

    @pytest.mark.parametrize(
        "change",
        [{"more": 1}, {"kind": "odd"}, {"atoms": {"demo": "odd"}}, {"atoms": []}, {"at": "2026-01-01"}, {"waived": 1}],
    )
    def test_a_content_with_something_odd_in_it_is_refused(self, change: dict[str, Any]) -> None:
        """Nothing is dropped silently, and nothing is guessed."""
        content = json.dumps({**json.loads(granted().content), **change}).encode()

        with pytest.raises(ValueError, match="not the content of a record"):
            read_content(content)

    def test_a_content_with_something_missing_is_refused(self) -> None:
        """Whatever it is."""
        whole = json.loads(granted().content)
        for key in whole.keys() - {"waived", "dimensions"}:
            with pytest.raises(ValueError, match="not the content of a record"):
                read_content(json.dumps({name: value for name, value in whole.items() if name != key}).encode())


class TestMaking:
    """Granted decisions become records, and all others refusals."""

    def test_a_record_is_made_of_a_granted_decision_only(self) -> None:
        """Whatever is not granted changes no history."""
        with pytest.raises(ValueError, match="only a granted decision becomes a record, and this one is refused"):
            record_of(DEFINITION, ask(Lead("1")), "1")

    def test_a_refusal_is_made_of_what_is_not_granted_only(self) -> None:
        """And what is granted is no refusal."""
        with pytest.raises(ValueError, match="becomes a record, not a refusal"):
            refusal_of(DEFINITION, ask(talkative()), "1")

    def test_an_override_is_its_own_kind_and_names_what_it_waived(self) -> None:
        """Everybody can count how often the agreement was set aside, and where."""
        record = record_of(DEFINITION, ask(Lead("1"), actor="boss:1", override=True), "1")

        assert (Kind.OVERRIDE, ("demo", "fits")) == (record.kind, record.waived)

    def test_a_refusal_says_where_the_lead_stood_and_what_stood_in_the_way(self) -> None:
        """Which criterion blocks how many leads is the first question asked."""
        refusal = refused()

        assert ("iql", 1, 1) == (refusal.stage, refusal.sequence, refusal.cycle)
        assert (Result.REFUSED, ("demo", "fits")) == (refusal.result, refusal.blockers)
        assert {"demo": Outcome.UNMET, "fits": Outcome.UNKNOWN} == refusal.atoms


class TestKey:
    """The same refusal is kept once."""

    def automatic(self, **change: Any) -> Refusal:
        """Return an automatic refusal."""
        return attrs.evolve(refused(), kind=Kind.AUTOMATIC, actor="system", **change)

    def test_a_request_is_the_same_if_it_was_asked_by_the_same_at_the_same_instant(self) -> None:
        """Asked again later, or by somebody else, it is another one."""
        one = refused()

        assert one.key == refused().key
        assert one.key != attrs.evolve(one, at=day(2)).key
        assert one.key != attrs.evolve(one, actor="sales:18").key
        assert one.key != attrs.evolve(one, reason="warm").key
        assert one.key != attrs.evolve(one, kind=Kind.OVERRIDE).key

    def test_it_is_made_as_ever(self) -> None:
        """What a store kept is found again, whatever release wrote it."""
        same = b'[1,"qualify","refused",["demo","fits"],["2026-03-02T00:00:00.000000Z","sales:17","requested","hot"]]'
        expected = hashlib.sha256(b"lifecycle-refusal-key-1\n%d:%s" % (len(same), same)).hexdigest()

        assert f"sha256:{expected}" == refused().key

    def test_an_automatic_attempt_is_the_same_between_two_moves(self) -> None:
        """Whenever it is made: what counts is the sequence, the result and what stands in the way."""
        one = self.automatic()

        assert one.key == self.automatic(at=day(9)).key
        assert one.key != self.automatic(sequence=2).key
        assert one.key != self.automatic(result=Result.FAILED).key
        assert one.key != self.automatic(blockers=("demo",)).key
        assert one.key != self.automatic(trigger="other").key


class TestEnvelope:
    """The store encloses a record: subject, instant of writing, commitment and digests."""

    SALT = b"s" * 32

    def envelope(self, record: Record | Refusal, **change: Any) -> Any:
        """Enclose a record, with something changed."""
        given: dict[str, Any] = {"subject": "s1", "recorded_at": day(2), "salt": self.SALT, "previous": "", **change}
        return envelope_of(record, **given)

    def test_it_says_what_the_store_knows(self) -> None:
        """And in which form it is written."""
        envelope = self.envelope(granted(), previous="sha256:before")

        assert (FORMAT, "s1", day(2), "sha256:before") == (
            *(envelope.format, envelope.subject),
            *(envelope.recorded_at, envelope.previous),
        )

    def test_the_commitment_is_an_hmac_of_the_detail_under_the_salt(self) -> None:
        """Whoever has both can check it with any tool; without the salt it says nothing."""
        record = granted()
        expected = hmac.new(self.SALT, record.body, hashlib.sha256).hexdigest()

        assert f"hmac-sha256:{expected}" == self.envelope(record).commitment

    def test_the_commitment_changes_with_the_detail_and_with_the_salt(self) -> None:
        """A word changed in the detail is noticed; two equal details cannot be told to be equal."""
        record = granted()
        other = attrs.evolve(record, detail={**(record.detail or {}), "note": "other"})

        assert self.envelope(record).commitment != self.envelope(other).commitment
        assert self.envelope(record).commitment != self.envelope(record, salt=b"t" * 32).commitment
        assert self.envelope(record).digest != self.envelope(other).digest

    @pytest.mark.parametrize(
        "change", [{"subject": "s2"}, {"recorded_at": day(3)}, {"previous": "sha256:x"}, {"salt": b"t" * 32}]
    )
    def test_the_digest_is_over_the_whole_envelope(self, change: dict[str, Any]) -> None:
        """Whatever is changed in it changes the digest."""
        assert self.envelope(granted()).digest != self.envelope(granted(), **change).digest

    @given(one=records, other=records)
    def test_the_digest_is_over_the_content(self, one: Record, other: Record) -> None:
        """Law: two records in the same place have the same digest exactly if they have the same content."""
        same = self.envelope(one).digest == self.envelope(other).digest

        assert same is (one.content == other.content)

    def test_lead_detail_and_envelope_are_no_part_of_what_is_compared(self) -> None:
        """Two runs of one history are equal, although salts and instants of writing differ."""
        record = granted()

        assert record == attrs.evolve(
            record, lead=None, detail=None, envelope=self.envelope(record, recorded_at=day(1) + timedelta(seconds=1))
        )
        assert "verdicts" not in repr(record)
        assert "hmac" not in repr(attrs.evolve(record, envelope=self.envelope(record)))

    def test_the_same_of_a_refusal(self) -> None:
        """Its number is given by the store as well."""
        refusal = refused()
        kept = attrs.evolve(refusal, lead=None, detail=None, number=7, envelope=self.envelope(refusal))

        assert refusal == kept
        assert canonical_bytes(refusal.detail) == refusal.body
        assert "verdicts" not in repr(refusal)
        assert "hmac" not in repr(kept)

    def test_the_digest_is_made_as_the_page_says(self) -> None:
        """Others verify with a program of their own, for years: names, order and domain stay."""
        for form, entry in (("lifecycle-record-1", granted()), ("lifecycle-refusal-1", refused())):
            envelope = self.envelope(entry, previous="sha256:before")
            outside = {
                "commitment": envelope.commitment,
                "format": form,
                "previous": "sha256:before",
                "recorded_at": "2026-03-03T00:00:00.000000Z",
                "subject": "s1",
            }
            canonical = json.dumps(outside, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
            parts = b"".join(b"%d:%s" % (len(part), part) for part in (entry.content, canonical))

            expected = hashlib.sha256(b"%s\n%s" % (form.encode(), parts)).hexdigest()
            assert f"sha256:{expected}" == envelope.digest
            assert envelope.digest == digest_of(entry.content, envelope)
