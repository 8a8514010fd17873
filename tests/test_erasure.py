"""Tests the entry of what was done to personal data: what it may say, and that its digest holds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.erasure import Action, Erasure, enclose, erasure_digest, read_erasure

AT: Final = datetime(2026, 5, 4, 10, 30, 0, 123456, tzinfo=UTC)
ENTRY: Final = Erasure(
    number=7,
    action=Action.ERASE,
    subject="5f" * 16,
    basis="gdpr_17",
    actor="dpo:3",
    at=AT,
    records=(1, 4),
    refusals=None,
    counts={"details": 4, "commands": 0},
)

INSTANTS: Final = st.datetimes(timezones=st.just(UTC))
RANGES: Final = st.none() | st.tuples(st.integers(1, 9), st.integers(1, 10**6))
ENTRIES: Final = st.builds(
    Erasure,
    number=st.integers(1, 10**6),
    action=st.sampled_from(Action),
    subject=st.none() | st.text("0123456789abcdef", min_size=32, max_size=32),
    basis=st.from_regex(r"[A-Za-z][A-Za-z0-9_./-]{0,39}", fullmatch=True),
    actor=st.from_regex(r"[a-z]{1,8}:[0-9]{1,5}", fullmatch=True),
    at=INSTANTS,
    before=st.none() | INSTANTS,
    records=RANGES,
    refusals=RANGES,
    counts=st.dictionaries(st.sampled_from(["details", "refusal_details", "commands", "held"]), st.integers(0, 10**9)),
)


class TestBasis:
    """Why something was done is a code."""

    @pytest.mark.parametrize("basis", ["gdpr_17", "GDPR/17.1-b", "a", "retention", "x" * 40])
    def test_codes(self, basis: str) -> None:
        """Letters, digits and a few signs, a letter first."""
        assert basis == attrs.evolve(ENTRY, basis=basis).basis

    @pytest.mark.parametrize(
        "basis",
        ["", " ", "asked by Ada", "ada@acme.example", "4917012345678", "+49170", "x" * 41, "gdpr_17\n", "wegen_§35"],
    )
    def test_free_text_is_refused(self, basis: str) -> None:
        """What could name somebody does not come in, and is not said again in the error."""
        with pytest.raises(ValueError, match="a basis is a code, for instance gdpr_17") as raised:
            attrs.evolve(ENTRY, basis=basis)

        assert not basis.strip() or basis not in str(raised.value)

    @pytest.mark.parametrize("actor", ["", "Ada Lovelace", "dpo", "dpo: 3"])
    def test_an_actor_is_a_role_with_an_id(self, actor: str) -> None:
        """As everywhere."""
        with pytest.raises(ValueError, match="an actor is role:id"):
            attrs.evolve(ENTRY, actor=actor)


class TestContent:
    """What is kept for good."""

    def test_it_is_canonical(self) -> None:
        """Keys are sorted, instants have six decimals, nothing is left out."""
        wanted = {
            "action": "erase",
            "actor": "dpo:3",
            "at": "2026-05-04T10:30:00.123456Z",
            "basis": "gdpr_17",
            "before": None,
            "counts": {"commands": 0, "details": 4},
            "number": 7,
            "records": [1, 4],
            "refusals": None,
            "subject": "5f" * 16,
        }

        assert json.dumps(wanted, separators=(",", ":")).encode() == ENTRY.content

    @given(ENTRIES)
    def test_what_was_written_is_read(self, entry: Erasure) -> None:
        """Reading a content gives what it was made of, and that has the same content."""
        found = read_erasure(entry.content)

        assert entry == found
        assert entry.content == found.content

    @pytest.mark.parametrize(
        "change",
        [
            {"action": "forget"},
            {"at": "yesterday"},
            {"basis": "asked by Ada"},
            {"records": [1]},
            {"records": 1},
            {"note": "she called"},
            {"before": 3},
        ],
    )
    def test_what_is_no_content_is_refused(self, change: dict[str, Any]) -> None:
        """A value of another kind, or a field that there is not."""
        with pytest.raises(ValueError, match="this is not the content of an erasure"):
            read_erasure(json.dumps({**json.loads(ENTRY.content), **change}).encode())

    @pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{}", b"\xff"])
    def test_bytes_of_something_else_are_refused(self, content: bytes) -> None:
        """They are no table, or an empty one."""
        with pytest.raises(ValueError, match="this is not the content of an erasure"):
            read_erasure(content)


class TestChain:
    """Each entry holds the one before it."""

    def test_the_digest_is_over_content_and_envelope(self) -> None:
        """Each part with its length before it, under the name of the form: a stranger can make it with a few lines."""
        envelope = enclose(ENTRY, recorded_at=AT, previous="sha256:1").envelope
        outside = b'{"format":"lifecycle-erasure-1","previous":"sha256:1","recorded_at":"2026-05-04T10:30:00.123456Z"}'
        parts = b"".join(b"%d:%s" % (len(part), part) for part in (ENTRY.content, outside))

        assert envelope is not None
        assert "sha256:" + sha256(b"lifecycle-erasure-1\n" + parts).hexdigest() == envelope.digest

    @given(ENTRIES, INSTANTS, st.text("0123456789abcdef", max_size=8))
    def test_the_digest_can_be_made_again(self, entry: Erasure, at: datetime, previous: str) -> None:
        """From the stored bytes and the envelope alone."""
        enclosed = enclose(entry, recorded_at=at, previous=previous)

        assert enclosed.envelope is not None
        assert enclosed.envelope.digest == erasure_digest(entry.content, enclosed.envelope)

    @given(ENTRIES, ENTRIES, INSTANTS)
    def test_a_digest_belongs_to_one_entry(self, one: Erasure, other: Erasure, at: datetime) -> None:
        """Two contents have one digest only where they are the same."""
        digests = {str(enclose(entry, recorded_at=at, previous="").envelope) for entry in (one, other)}

        assert (1 if one.content == other.content else 2) == len(digests)

    @pytest.mark.parametrize("change", [{"recorded_at": AT + timedelta(microseconds=1)}, {"previous": "sha256:1"}])
    def test_the_envelope_is_held_too(self, change: dict[str, Any]) -> None:
        """When it was written, and after what."""
        plain: dict[str, Any] = {"recorded_at": AT, "previous": ""}
        one, other = enclose(ENTRY, **plain).envelope, enclose(ENTRY, **{**plain, **change}).envelope

        assert one is not None
        assert other is not None
        assert one.digest != other.digest
