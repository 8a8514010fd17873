"""Changes to a store by whoever owns its database: nothing that it would refuse to others stands in the way."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.canonical import canonical_bytes
from lifecycle.erasure import enclose, read_erasure
from lifecycle.record import envelope_of, read_content, read_refusal
from lifecycle.store import schema
from lifecycle.store.guards import trigger_names
from lifecycle.store.log import ENTRIES
from lifecycle.store.reading import Reading
from lifecycle.store.sealing import seal
from lifecycle.store.verify import verify
from lifecycle.store.writing import Transaction
from lifecycle.times import instant
from tests.made import day

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from lifecycle.proof import Checkpoint
    from lifecycle.store.sql import Store
    from lifecycle.store.verify import Finding, Layer

Change = dict[str, Any]

SALT: Final = b"a salt of the attacker's choice, "[:32]
DETAILS: Final = {"record": schema.details, "refusal": schema.refusal_details}


@attrs.frozen
class Owner:
    """A connection with the rights of the owner, in a transaction that is rolled back in the end.

    Attributes:
        view: What our own code would see.
    """

    view: Reading

    @property
    def connection(self) -> Connection:
        """The connection, on which no trigger fires, and no foreign key and no check is looked at."""
        return self.view.connection

    def findings(self, *outside: Checkpoint, of_guards: bool = False) -> list[Finding]:
        """Return what is found, but that triggers are missing, unless asked: a careful owner puts them back."""
        report = verify(self.view, outside)
        assert sum(report.counts.values()) == len(report.findings)
        return [finding for finding in report.findings if of_guards or finding.code != "missing-trigger"]

    def found(self, *outside: Checkpoint) -> set[Layer]:
        """Return what shows something."""
        return {finding.layer for finding in self.findings(*outside)}

    def codes(self, *outside: Checkpoint) -> list[str]:
        """Return the code of everything that is found."""
        return [finding.code for finding in self.findings(*outside)]

    def transaction(self) -> Transaction:
        """Return the transaction as our own code would have it."""
        return Transaction(self.connection, self.view.location, self.view.settings)

    def seal(self) -> None:
        """Seal again."""
        seal(lambda: nullcontext(self.transaction()), now=day(300))

    def run(self, statement: Any, values: Mapping[str, Any] | None = None) -> Any:
        """Run a statement."""
        return self.connection.execute(sa.text(statement) if isinstance(statement, str) else statement, values or {})

    def rows(self, kind: str, subject: str) -> list[dict[str, Any]]:
        """Return the entries of a kind and subject as they stand, in sequence."""
        entry = ENTRIES[kind]
        query = sa.select(entry.table).order_by(entry.number)
        found = self.run(query if entry.subject is None else query.where(entry.subject == subject))
        return [dict(row) for row in found.mappings()]

    def put(self, kind: str, row: Mapping[str, Any], **change: Any) -> None:
        """Write values into the row of an entry."""
        entry = ENTRIES[kind]
        self.run(entry.table.update().where(*self._is(kind, row)).values(**change))

    def drop(self, kind: str, row: Mapping[str, Any]) -> None:
        """Delete an entry, with its detail."""
        if kind in DETAILS:
            kept, number = DETAILS[kind], ENTRIES[kind].number.name
            self.run(kept.delete().where(kept.c.subject == row["subject"], kept.c[number] == row[number]))
        self.run(ENTRIES[kind].table.delete().where(*self._is(kind, row)))

    def move(self, kind: str, row: Mapping[str, Any], number: int) -> None:
        """Give an entry another number, and its detail too."""
        name, kept = ENTRIES[kind].number.name, DETAILS[kind]
        self.run(
            kept.update().where(kept.c.subject == row["subject"], kept.c[name] == row[name]).values({name: number})
        )
        self.put(kind, row, **{name: number, f"previous_{name}": number - 1})

    def forget_waiting(self) -> None:
        """Leave no trace of what was to be sealed."""
        self.run(schema.pending.delete())

    def unseal(self) -> None:
        """Take the whole log away, and have everything that is there wait to be sealed again."""
        for table in (schema.leaves, schema.tiles, schema.checkpoints, schema.pending):
            self.run(table.delete())
        for kind, entry in ENTRIES.items():
            owner: Any = sa.literal("") if entry.subject is None else entry.subject
            chosen = sa.select(sa.literal(kind), owner, entry.number, entry.number).order_by(owner, entry.number)
            self.run(schema.pending.insert().from_select(["kind", "subject", "first", "last"], chosen))

    def rewrite(self, kind: str, subject: str, change: Callable[[Change], None]) -> None:
        """Change the contents of a chain, and give it right columns, commitments and digests from front to back."""
        previous = ""
        for row in self.rows(kind, subject):
            content = json.loads(row["content"])
            change(content)
            made = self._enclosed(kind, subject, row, content, previous)
            previous = made["digest"]
            columns = {name: value for name, value in content.items() if name in row and name not in _CONVERTED}
            self.put(kind, row, **columns, **made)

    def _enclosed(self, kind: str, subject: str, row: Mapping[str, Any], content: Change, previous: str) -> Change:
        written = instant(row["recorded_at"])
        if kind == "erasure":
            erasure = enclose(read_erasure(canonical_bytes(content)), recorded_at=written, previous=previous)
            assert erasure.envelope is not None
            return {"content": erasure.content, "previous": previous, "digest": erasure.envelope.digest}
        read: Any = read_content if kind == "record" else read_refusal
        kept, number = DETAILS[kind], ENTRIES[kind].number.name
        same = (kept.c.subject == subject, kept.c[number] == row[number])
        body = self.run(sa.select(kept.c.body).where(*same)).scalar_one()
        entry = attrs.evolve(read(canonical_bytes(content)), detail=json.loads(body))
        envelope = envelope_of(entry, subject=subject, recorded_at=written, salt=SALT, previous=previous)
        self.run(kept.update().where(*same).values(salt=SALT))
        made = {"content": entry.content, "previous": previous, "digest": envelope.digest}
        return {**made, "commitment": envelope.commitment, **({"key": entry.key} if kind == "refusal" else {})}

    @staticmethod
    def _is(kind: str, row: Mapping[str, Any]) -> Sequence[sa.ColumnElement[bool]]:
        entry = ENTRIES[kind]
        same = [entry.number == row[entry.number.name]]
        return same if entry.subject is None else [*same, entry.subject == row["subject"]]


_CONVERTED: Final = {"at", "content"}
"""What stands in a row in another form than in the content; no attack here changes it."""


@contextmanager
def owning(store: Store, *, guarded: bool = False) -> Generator[Owner]:
    """Take what guards the tables away, unless it is to stay, and roll everything back in the end."""
    database = store.engine.dialect.name
    with store.reading() as reading:
        location, settings = reading.location, reading.settings
    with store.engine.connect() as connection, connection.begin() as transaction:
        if database == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql(f"PRAGMA ignore_check_constraints={not guarded}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if not guarded:
            _unguard(connection, database)
        yield Owner(Reading(connection, location, settings))
        driver: Any = connection.connection.driver_connection
        transaction.rollback()
        if database == "sqlite":
            driver.execute("PRAGMA ignore_check_constraints=OFF")


def _unguard(connection: Connection, database: str) -> None:
    if database == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    for _, trigger in trigger_names(database):
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
