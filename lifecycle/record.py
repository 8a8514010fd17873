"""What is remembered of a decision: records of the granted ones, refusals of the others.

A record has a *content*, which is deterministic, names no lead and holds nothing personal and no free text; a *detail*
with everything that may be personal (messages, evidence, amounts, notes), kept in a row of its own so that it can be
erased; and an *envelope*, which the store adds: subject, time of recording, commitment to the detail, and the digests
that chain a history.

Nothing here reads a clock or makes a random number: the instant of recording and the salt come as arguments.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final, TypeVar

import attrs

from lifecycle.canonical import canonical_bytes, digest, encoded, encoded_texts, plain
from lifecycle.criteria import Outcome
from lifecycle.decision import Decision, Kind, Result
from lifecycle.definition import Definition
from lifecycle.detail import detail_of
from lifecycle.times import instant_text, parse_instant

__all__ = [
    "FORMAT",
    "REFUSAL_FORMAT",
    "Envelope",
    "Record",
    "Refusal",
    "commitment_of",
    "digest_of",
    "envelope_of",
    "read_content",
    "read_refusal",
    "record_of",
    "refusal_of",
]

FORMAT: Final = "lifecycle-record-1"
"""The name of the stored form of a record, written into its envelope; it is the domain of its digest too."""

REFUSAL_FORMAT: Final = "lifecycle-refusal-1"
"""The name of the stored form of a refusal."""

_ENTRY: Final = "(new)"
_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Envelope:
    """What the store adds to a record or a refusal.

    Attributes:
        format: The name of the stored form, and the domain of the digest.
        subject: The name under which the store knows the lead.
        recorded_at: When it was written, as opposed to `at`, when it was true.
        commitment: Salted digest of the detail; it says nothing once the detail and its salt are erased.
        previous: The digest of the one before it, of this lead and kind; empty for the first.
        digest: The digest over content and envelope.
        position: Where it stands in the sealed log; None until it is sealed.
    """

    format: str
    subject: str
    recorded_at: datetime
    commitment: str
    previous: str
    digest: str
    position: int | None = None

    @property
    def outside(self) -> Mapping[str, Any]:
        """What of it the digest is made over, beside the content."""
        return _outside(self.format, self.subject, self.recorded_at, self.commitment, self.previous)


@attrs.frozen(kw_only=True)
class Record:
    """The immutable audit entry of one move.

    Attributes:
        source: The stage left; None at the entry.
        at: When the move was true, which is not when it was written.
        definition: The name of the definition; `version` and `definition_hash` say which text of it.
        rules_digest: The definition together with the plugins, versions and parameters that judged.
        atoms: The outcome of every atom of the condition.
        waived: The atoms that an override waived.
        dimensions: Facts copied for figures, not personal.
        lead: Your id of the lead; None once the lead is erased.
        detail: Verdicts, scores and note, in plain form; None once erased, or where it was not asked for.
        envelope: None until the record is stored.
    """

    sequence: int
    cycle: int
    trigger: str
    source: str | None
    target: str
    at: datetime
    actor: str
    kind: Kind
    reason: str | None
    atoms: Mapping[str, Outcome]
    waived: tuple[str, ...] = ()
    dimensions: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    definition: str
    version: str
    definition_hash: str
    rules_digest: str
    lead: str | None = attrs.field(default=None, eq=False)
    detail: Mapping[str, Any] | None = attrs.field(default=None, eq=False, repr=False)
    envelope: Envelope | None = attrs.field(default=None, eq=False, repr=False)

    @cached_property
    def content(self) -> bytes:
        """The content in canonical form: what is compared, chained and proved."""
        return encoded(  # in plain form, part by part, as most parts are plain already, and the keys in their order
            {
                "actor": plain(self.actor),
                "at": instant_text(self.at),
                "atoms": plain(self.atoms),
                "cycle": self.cycle,
                "definition": self.definition,
                "definition_hash": self.definition_hash,
                "dimensions": plain(self.dimensions),
                "kind": self.kind.value,
                "reason": plain(self.reason),
                "rules_digest": self.rules_digest,
                "sequence": self.sequence,
                "source": self.source or _ENTRY,
                "target": self.target,
                "trigger": self.trigger,
                "version": self.version,
                "waived": plain(self.waived),
            }
        )

    @cached_property
    def body(self) -> bytes:
        """The detail in canonical form: what the envelope commits to, and what is erased."""
        return encoded(self.detail)


@attrs.frozen(kw_only=True)
class Refusal:
    """The audit entry of a decision that was not granted.

    `stage` is where the lead stood and `sequence` the number of its last record; `blockers` the atoms that stood in the
    way. `number` counts the refusals of a lead, 1, 2, ... without gap; it and the envelope are None until it is stored.
    """

    at: datetime
    trigger: str
    stage: str | None
    sequence: int
    cycle: int
    actor: str
    kind: Kind
    reason: str | None
    result: Result
    blockers: tuple[str, ...]
    atoms: Mapping[str, Outcome]
    definition: str
    version: str
    rules_digest: str
    lead: str | None = attrs.field(default=None, eq=False)
    number: int | None = attrs.field(default=None, eq=False)
    detail: Mapping[str, Any] | None = attrs.field(default=None, eq=False, repr=False)
    envelope: Envelope | None = attrs.field(default=None, eq=False, repr=False)

    @cached_property
    def content(self) -> bytes:
        """The content in canonical form; it holds nothing personal."""
        return canonical_bytes(
            {
                "actor": self.actor,
                "at": self.at,
                "atoms": self.atoms,
                "blockers": self.blockers,
                "cycle": self.cycle,
                "definition": self.definition,
                "kind": self.kind,
                "reason": self.reason,
                "result": self.result,
                "rules_digest": self.rules_digest,
                "sequence": self.sequence,
                "stage": self.stage,
                "trigger": self.trigger,
                "version": self.version,
            }
        )

    @cached_property
    def body(self) -> bytes:
        """The detail in canonical form: what the envelope commits to, and what is erased."""
        return encoded(self.detail)

    @cached_property
    def key(self) -> str:
        """What makes it the same refusal, so that it is kept once.

        For a request that includes its instant and actor. An automatic attempt is kept once between two moves.
        """
        asked = None if self.kind is Kind.AUTOMATIC else [self.at, self.actor, self.kind, self.reason]
        same = [self.sequence, self.trigger, self.result, self.blockers, asked]
        return digest("lifecycle-refusal-key-1", canonical_bytes(same))


def record_of(definition: Definition, decision: Decision, lead: str) -> Record:
    """Make the record of a granted decision; the store adds the envelope.

    Raises:
        ValueError: the decision was not granted.
    """
    if not decision.granted or decision.target is None:
        message = f"only a granted decision becomes a record, and this one is {decision.result.value}"
        raise ValueError(message)
    return Record(
        sequence=decision.journey.sequence + 1,
        cycle=decision.cycle,
        trigger=decision.trigger,
        source=decision.source,
        target=decision.target,
        at=decision.at,
        actor=decision.actor,
        kind=decision.kind,
        reason=decision.reason,
        definition=definition.name,
        version=definition.version,
        definition_hash=definition.hash,
        rules_digest=definition.rules_digest,
        atoms=decision.atoms,
        waived=decision.waived,
        dimensions=plain(decision.dimensions),
        lead=lead,
        detail=detail_of(decision),
    )


def refusal_of(definition: Definition, decision: Decision, lead: str) -> Refusal:
    """Make the refusal of a decision that was not granted.

    Raises:
        ValueError: the decision was granted.
    """
    if decision.granted:
        message = "a granted decision becomes a record, not a refusal"
        raise ValueError(message)
    return Refusal(
        at=decision.at,
        trigger=decision.trigger,
        stage=decision.source,
        sequence=decision.journey.sequence,
        cycle=decision.journey.cycle,
        actor=decision.actor,
        kind=decision.kind,
        reason=_code(definition, decision),
        result=decision.result,
        blockers=decision.blockers,
        atoms=decision.atoms,
        definition=definition.name,
        version=definition.version,
        rules_digest=definition.rules_digest,
        lead=lead,
        detail=detail_of(decision),
    )


def _code(definition: Definition, decision: Decision) -> str | None:
    """Give the reason if it is a code: any other that was given is free text, and stands in the detail only."""
    transition = definition.transition(decision.trigger, decision.source)
    return decision.reason if transition is not None and decision.reason in transition.codes else None


# --- Canonical content and envelope -----------------------------------------------------------------------------------


def read_refusal(content: bytes) -> Refusal:
    """Read a content of a refusal.

    Raises:
        ValueError: the bytes are not such a content.
    """
    return _read(Refusal, content, {**_CONVERTERS, "result": Result, "blockers": tuple})


def read_content(content: bytes) -> Record:
    """Read a content of a record.

    Raises:
        ValueError: the bytes are not such a content.
    """
    return _read(Record, content, {**_CONVERTERS, "source": _source, "waived": tuple})


def _read(cls: type[_T], content: bytes, converters: Mapping[str, Callable[[Any], Any]]) -> _T:
    """Build an entry of its content; what is missing or not known is an error."""
    try:
        found = json.loads(content)
        return cls(**{**found, **{name: convert(found[name]) for name, convert in converters.items()}})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is not the content of a {cls.__name__.lower()}: {error!r}") from error


def _source(stage: str) -> str | None:
    return None if stage == _ENTRY else stage


def _atoms(found: Mapping[str, str]) -> Mapping[str, Outcome]:
    return {atom: Outcome(outcome) for atom, outcome in found.items()}


_CONVERTERS: Final[Mapping[str, Callable[[Any], Any]]] = {"at": parse_instant, "kind": Kind, "atoms": _atoms}


def envelope_of(
    entry: Record | Refusal, *, subject: str, recorded_at: datetime, salt: bytes, previous: str
) -> Envelope:
    """Make the envelope of a record or refusal: commit to its detail, and chain it to the one before it.

    Args:
        entry: What was decided.
        subject: The name of the lead in the store.
        recorded_at: The instant of writing.
        salt: Random bytes, stored with the detail and erased with it.
        previous: The digest of the one before it, of this lead and kind; empty for the first.
    """
    form = FORMAT if isinstance(entry, Record) else REFUSAL_FORMAT
    commitment = commitment_of(entry.body, salt)
    outside = _outside(form, subject, _recorded(recorded_at), commitment, previous)
    return Envelope(
        format=form,
        subject=subject,
        recorded_at=recorded_at,
        commitment=commitment,
        previous=previous,
        digest=digest(form, entry.content, encoded_texts(outside)),
    )


@lru_cache(maxsize=16)
def _recorded(at: datetime) -> str:
    """Give the text of an instant, which many entries share that are written together."""
    return instant_text(at)


def _outside(form: str, subject: str, recorded_at: datetime | str, commitment: str, previous: str) -> Mapping[str, Any]:
    return {  # in the order of the canonical form
        "commitment": commitment,
        "format": form,
        "previous": previous,
        "recorded_at": recorded_at,
        "subject": subject,
    }


def commitment_of(body: bytes, salt: bytes) -> str:
    """Give what an envelope keeps of a detail: without the salt nobody can find the detail by trying."""
    return f"hmac-sha256:{hmac.digest(salt, body, 'sha256').hex()}"


def digest_of(content: bytes, envelope: Envelope) -> str:
    """Give the digest that an envelope should have around a content."""
    return digest(envelope.format, content, canonical_bytes(envelope.outside))
