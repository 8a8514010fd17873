"""What somebody who owns the database does to the entries of a lead: the attacks that `test_attacks` makes."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store import schema
from lifecycle.store.log import ENTRIES
from tests.store.attacking import DETAILS

if TYPE_CHECKING:
    from tests.store.attacking import Owner


def edit_a_column(owner: Owner, subject: str, kind: str = "record") -> None:
    """Say that somebody else did it, where queries look."""
    owner.put(kind, owner.rows(kind, subject)[1], actor="sales:666")


def edit_the_content(owner: Owner, subject: str, kind: str = "record") -> None:
    """Say it in the content as well."""
    row = owner.rows(kind, subject)[1]
    content = row["content"].replace(b'"actor":"', b'"actor":"x')
    owner.put(kind, row, content=content)


def edit_the_time_of_recording(owner: Owner, subject: str, kind: str = "record") -> None:
    """Have it written an hour earlier."""
    row = owner.rows(kind, subject)[1]
    owner.put(kind, row, recorded_at=row["recorded_at"] - 3_600_000_000)


def edit_one_with_its_digest(owner: Owner, subject: str, kind: str = "record") -> None:
    """Make one entry right in itself, and leave those behind it."""
    rows = owner.rows(kind, subject)
    owner.rewrite(kind, subject, _by_somebody_else)
    for row in rows[2:]:
        owner.put(kind, row, **{name: row[name] for name in ("content", "actor", "previous", "digest")})


def delete_the_last(owner: Owner, subject: str, kind: str = "record") -> None:
    """Have the lead stand where it stood before."""
    owner.drop(kind, owner.rows(kind, subject)[-1])


def delete_a_middle_one(owner: Owner, subject: str, kind: str = "record") -> None:
    """Leave one out."""
    owner.drop(kind, owner.rows(kind, subject)[1])


def delete_all(owner: Owner, subject: str, kind: str = "record") -> None:
    """Have it never happened."""
    for row in owner.rows(kind, subject):
        owner.drop(kind, row)


def delete_the_lead(owner: Owner, subject: str) -> None:
    """Have the lead never been there."""
    for kind in ("record", "refusal"):
        delete_all(owner, subject, kind)
    owner.run(schema.subjects.delete().where(schema.subjects.c.subject == subject))


def swap_two(owner: Owner, subject: str, kind: str = "record") -> None:
    """Have the second happen before the first."""
    one, other = owner.rows(kind, subject)[1:3]
    for row, as_row in ((one, other), (other, one)):
        owner.put(kind, row, digest=f"sha256:{row['digest'][-8:]}")
        owner.put(kind, row, content=as_row["content"], commitment=as_row["commitment"], actor=as_row["actor"])
    owner.put(kind, one, digest=other["digest"])
    owner.put(kind, other, digest=one["digest"])


def insert_in_the_past(owner: Owner, subject: str, kind: str = "record") -> None:
    """Add one behind the second, move those after it up, and give all of them right digests."""
    table, details = ENTRIES[kind].table, DETAILS[kind]
    number, rows = ENTRIES[kind].number.name, owner.rows(kind, subject)
    for row in reversed(rows[2:]):
        owner.move(kind, row, row[number] + 1)
    new = {number: 3, f"previous_{number}": 2, "digest": "sha256:new"}
    owner.run(table.insert(), {**rows[1], **new, **({"key": "sha256:new"} if kind == "refusal" else {})})
    same = (details.c.subject == subject, details.c[number] == 2)
    detail = dict(owner.run(sa.select(details).where(*same)).mappings().one())
    owner.run(details.insert(), {**detail, number: 3})
    counting = count(1)

    def renumber(content: dict[str, Any]) -> None:
        place = next(counting)
        if kind == "record":
            content["sequence"] = place
        if place == 3:
            content["actor"] = "sales:666"

    owner.rewrite(kind, subject, renumber)


def rewrite_the_chain(owner: Owner, subject: str, kind: str = "record") -> None:
    """Say that somebody else did all of it, with right columns, commitments and digests from the first to the last."""
    owner.rewrite(kind, subject, _by_somebody_else)


def _by_somebody_else(content: dict[str, Any]) -> None:
    content["actor"] = "sales:666"
