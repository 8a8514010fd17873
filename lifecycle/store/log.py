"""The sealed log: entries in the order of their positions, checkpoints over them, and paths in their tree.

A path is read from the nodes that were kept, so that it costs two reads at each height however long the log is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.errors import CallerError, NotSealedError, StoreError
from lifecycle.proof import (
    Checkpoint,
    Consistency,
    ProofBundle,
    Subtree,
    check_bundle,
    consistency_path,
    inclusion_path,
    leaf_of,
    subtrees,
)
from lifecycle.query import LARGEST
from lifecycle.store.reading import Reading
from lifecycle.store.schema import checkpoints, erasures, leaves, records, refusals, tiles
from lifecycle.times import instant, instant_text

__all__ = ["ENTRIES", "EntryTable", "checkpoint_at", "checkpoint_of", "consistency", "prove", "subtree"]


_TOO_MANY: Final = 2**63
"""No database counts to so many."""


@attrs.frozen
class EntryTable:
    """Where the entries of one kind stand.

    Attributes:
        table: The table.
        number: What counts them.
        subject: Whose they are; None where they are counted for the whole store.
        outside: What beside their content their digest is over.
    """

    table: sa.Table
    number: sa.Column[int]
    subject: sa.Column[str] | None
    outside: tuple[str, ...]


_OF_A_LEAD: Final = ("commitment", "format", "previous", "recorded_at", "subject")

ENTRIES: Final[Mapping[str, EntryTable]] = {
    "record": EntryTable(records, records.c.sequence, records.c.subject, _OF_A_LEAD),
    "refusal": EntryTable(refusals, refusals.c.number, refusals.c.subject, _OF_A_LEAD),
    "erasure": EntryTable(erasures, erasures.c.number, None, ("format", "previous", "recorded_at")),
}
"""The kinds of entries that are sealed."""


def checkpoint_of(reading: Reading, size: int, root: bytes, at: datetime) -> Checkpoint:
    """Give a checkpoint of this store."""
    return Checkpoint(origin=reading.settings.origin, size=size, root=root, at=at)


def checkpoint_at(reading: Reading, size: int | None = None) -> Checkpoint:
    """Give the last checkpoint, or the first of a size.

    Raises:
        NotSealedError: nothing has ever been sealed, or never at this size.
    """
    query = sa.select(checkpoints)
    if size is None:
        query = query.order_by(checkpoints.c.at.desc())
    else:
        query = query.where(checkpoints.c.size == size).order_by(checkpoints.c.at)
    row = None if size is not None and size >= _TOO_MANY else reading.connection.execute(query.limit(1)).first()
    if row is None:
        raise NotSealedError(
            "nothing has been sealed yet; run `lifecycle seal`"
            if size is None
            else f"no checkpoint has the size {size}; `lifecycle seal` makes one of all that there is"
        )
    return checkpoint_of(reading, row.size, row.root, instant(row.at))


def subtree(reading: Reading) -> Subtree:
    """Give what hashes ranges of the sealed log."""

    def hashes(low: int, high: int) -> Sequence[bytes]:
        query = sa.select(leaves.c.digest).where(leaves.c.position > low, leaves.c.position <= high)
        return [leaf_of(digest) for digest in reading.connection.scalars(query.order_by(leaves.c.position))]

    def nodes(height: int, low: int, high: int) -> Sequence[bytes]:
        query = sa.select(tiles.c.hash).where(tiles.c.height == height, tiles.c.index >= low, tiles.c.index < high)
        return reading.connection.scalars(query.order_by(tiles.c.index)).all()

    return subtrees(hashes, nodes)


def consistency(reading: Reading, old: Checkpoint, new: int) -> Consistency:
    """Give what shows that the tree of a checkpoint is the beginning of the one of `new` entries.

    Raises:
        StoreError: the checkpoint is empty, or larger than that tree.
    """
    if not 0 < old.size <= new:
        raise StoreError(f"a checkpoint of {old.size} entries cannot be shown to be the beginning of {new}")
    return Consistency(checkpoint=old, path=consistency_path(old.size, new, subtree(reading)))


def prove(
    reading: Reading,
    name: str | None,
    number: int,
    kind: str,
    *,
    size: int | None = None,
    since: Checkpoint | None = None,
) -> ProofBundle:
    """Give the proof that an entry was sealed.

    Args:
        reading: A view of the store.
        name: Your id of the lead, or the subject; None for an erasure.
        number: The sequence of a record, or the number of a refusal or erasure.
        kind: `record`, `refusal` or `erasure`.
        size: The size of the checkpoint to prove it for; the last one if left out.
        since: An older checkpoint, kept elsewhere, that the proof is to start from.

    Raises:
        CallerError: there is no such kind, or it does not go with the name.
        NotSealedError: the entry was not sealed, or not by then.
        StoreError: there is no such entry, or what is stored does not agree with the log.
    """
    entry = _table(kind, name)
    subject = "" if name is None else reading.subject_of(name) or name
    row = reading.connection.execute(_one(entry, subject, number)).first() if 1 <= number <= LARGEST else None
    if row is None:
        raise StoreError(f"the store has no {kind} {number}{' of this lead' if entry.subject is not None else ''}")
    checkpoint = checkpoint_at(reading, size)
    query = sa.select(leaves.c.position).where(
        leaves.c.kind == kind, leaves.c.subject == subject, leaves.c.number == number
    )
    position = reading.connection.scalar(query)
    if position is None or position > checkpoint.size:
        raise NotSealedError(f"this {kind} was not sealed by the checkpoint of size {checkpoint.size}; seal first")
    bundle = ProofBundle(
        kind=kind,
        content=row.content,
        envelope={name: _text(row, name) for name in entry.outside},
        index=position - 1,
        path=inclusion_path(position - 1, checkpoint.size, subtree(reading)),
        checkpoint=checkpoint,
        consistency=None if since is None else consistency(reading, since, checkpoint.size),
    )
    problems = check_bundle(bundle)
    if problems:
        raise StoreError(f"the store cannot prove it: {'; '.join(problems)}; run `lifecycle verify`")
    return bundle


def _table(kind: str, name: str | None) -> EntryTable:
    """Give where the entries of a kind stand.

    Raises:
        CallerError: there is no such kind, or it does not go with the name.
    """
    if kind not in ENTRIES:
        raise CallerError(f"{kind!r} is no kind of entry: what is sealed are {', '.join(ENTRIES)}")
    entry = ENTRIES[kind]
    if (entry.subject is None) != (name is None):
        which = (
            "is of a lead: give your id of it, or its subject" if name is None else "is of no lead: give None for it"
        )
        raise CallerError(f"the number of {'an' if kind[0] in 'aeiou' else 'a'} {kind} {which}")
    return entry


def _one(entry: EntryTable, subject: str, number: int) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(entry.table).where(entry.number == number)
    return query if entry.subject is None else query.where(entry.subject == subject)


def _text(row: Any, name: str) -> str:
    value = getattr(row, name)
    return instant_text(instant(value)) if name == "recorded_at" else str(value)
