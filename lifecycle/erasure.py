"""What was done to personal data: an erasure, a legal hold, its release, a redaction.

The entries of all leads form one chain. Like a record, each has a *content*, canonical and read back from its bytes,
and an *envelope*. Neither tells of a person: the lead stands there by its subject, the basis is a code, the
actor an internal id. There is no field for free text, because this is kept when everything else is gone.

Nothing here reads a clock: the instant comes as an argument.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import attrs

from lifecycle.canonical import canonical_bytes, digest
from lifecycle.request import check_actor
from lifecycle.times import parse_instant

__all__ = ["ERASURE_FORMAT", "Action", "Erasure", "ErasureEnvelope", "enclose", "erasure_digest", "read_erasure"]

ERASURE_FORMAT: Final = "lifecycle-erasure-1"
"""The name of the stored form, written into the envelope; it is the domain of the digest too."""

_BASIS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,39}")
"""A letter first, so that no telephone number fits; no `@` and no space, so that no address and no sentence does."""

Range = tuple[int, int]


class Action(enum.Enum):
    """What was done."""

    ERASE = "erase"
    """The id of a lead and everything personal of it were deleted."""
    HOLD = "hold"
    """Erasing and redacting it is refused from here on."""
    RELEASE = "release"
    """A hold of the same basis has ended."""
    REDACT = "redact"
    """Details of before an instant were deleted, of all leads that no hold protects."""


@attrs.frozen(kw_only=True)
class ErasureEnvelope:
    """What the store adds to an erasure.

    Attributes:
        format: The name of the stored form, and the domain of the digest.
        recorded_at: When it was written.
        previous: The digest of the one before it, of any lead; empty for the first.
        digest: The digest over content and envelope.
        position: Where it stands in the sealed log; None until it is sealed.
    """

    format: str
    recorded_at: datetime
    previous: str
    digest: str
    position: int | None = None

    @property
    def outside(self) -> Mapping[str, Any]:
        """What of it the digest is made over, beside the content."""
        return {"format": self.format, "previous": self.previous, "recorded_at": self.recorded_at}


@attrs.frozen(kw_only=True)
class Erasure:
    """One thing done to personal data.

    Attributes:
        number: 1, 2, ... without gap, over all leads.
        subject: The name of the lead; None where it is about all leads.
        basis: The code of why it may or must be done, such as `gdpr_17`; of a hold, its name.
        actor: `role:id` of who did it.
        before: Where details were redacted: those of decisions before this instant.
        records: The first and last number of the records that are left without a detail by an erasure; None for none.
        refusals: The same of refusals.
        counts: How many rows were deleted, and how many leads were passed over because a hold protects them.
        envelope: None until it is stored.

    Raises:
        ValueError: the basis is no code, or the actor is not `role:id`.
    """

    number: int
    action: Action
    subject: str | None = None
    basis: str
    actor: str
    at: datetime
    before: datetime | None = None
    records: Range | None = None
    refusals: Range | None = None
    counts: Mapping[str, int] = attrs.field(factory=dict[str, int])
    envelope: ErasureEnvelope | None = attrs.field(default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what could name somebody: an entry is kept for good."""
        if not _BASIS.fullmatch(self.basis):
            message = (  # what was given may be about somebody, and is not said again
                "a basis is a code, for instance gdpr_17: a letter, then at most 39 letters, digits and _ . / -, "
                "because it is kept for good and must not name anybody"
            )
            raise ValueError(message)
        check_actor(self.actor)

    @cached_property
    def content(self) -> bytes:
        """The content in canonical form: what is chained and sealed."""
        return canonical_bytes(
            {
                "action": self.action,
                "actor": self.actor,
                "at": self.at,
                "basis": self.basis,
                "before": self.before,
                "counts": self.counts,
                "number": self.number,
                "records": self.records,
                "refusals": self.refusals,
                "subject": self.subject,
            }
        )


def enclose(entry: Erasure, *, recorded_at: datetime, previous: str) -> Erasure:
    """Give the erasure with its envelope: chained to the one before it.

    Args:
        entry: What was done.
        recorded_at: The instant of writing.
        previous: The digest of the one before it; empty for the first.
    """
    bare = ErasureEnvelope(format=ERASURE_FORMAT, recorded_at=recorded_at, previous=previous, digest="")
    return attrs.evolve(entry, envelope=attrs.evolve(bare, digest=erasure_digest(entry.content, bare)))


def erasure_digest(content: bytes, envelope: ErasureEnvelope) -> str:
    """Give the digest that an envelope should have around a content."""
    return digest(envelope.format, content, canonical_bytes(envelope.outside))


def read_erasure(content: bytes) -> Erasure:
    """Read a content.

    Raises:
        ValueError: the bytes are not such a content.
    """
    try:
        found = json.loads(content)
        made: dict[str, Any] = {
            "action": Action(found["action"]),
            "at": parse_instant(found["at"]),
            "before": None if found["before"] is None else parse_instant(found["before"]),
            "records": _range(found["records"]),
            "refusals": _range(found["refusals"]),
        }
        return Erasure(**{**found, **made})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is not the content of an erasure: {error!r}") from error


def _range(found: Any) -> Range | None:
    if found is None:
        return None
    first, last = found
    return first, last
