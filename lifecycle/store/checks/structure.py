"""Whether a store is made as it should be: tables, constraints, indexes, triggers, and what its database needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from lifecycle.errors import Severity
from lifecycle.store import schema
from lifecycle.store.checks.finding import Finding
from lifecycle.store.guards import guards, trigger_names
from lifecycle.store.reading import Reading

__all__ = ["dangling", "structure"]

_NAMED: Final = re.compile(r"CREATE TRIGGER (\w+)")


def structure(reading: Reading) -> Iterator[Finding]:
    """Compare the tables with what they were made as."""
    there = _There(reading)
    for table in schema.metadata.sorted_tables:
        if table.name in there.columns:
            yield from there.columns_of(table)
            yield from there.constraints_of(table)
        else:
            yield Finding(code="missing-table", message=f"there is no table {table.name}")
    yield from _sqlite(reading) if reading.location.database.name == "sqlite" else _postgresql(reading)


class _There:
    """What the database says of our tables, asked for all of them at once."""

    def __init__(self, reading: Reading) -> None:
        inspector: Any = sa.inspect(reading.connection)
        self._preparer = reading.location.engine.dialect.identifier_preparer
        which = {"schema": reading.location.schema, "filter_names": [*schema.metadata.tables]}
        self.columns = _by_table(inspector.get_multi_columns(**which))
        self._indexes = _by_table(inspector.get_multi_indexes(**which))
        kinds = ("foreign_keys", "unique_constraints", "check_constraints")
        self._constraints = [_by_table(getattr(inspector, f"get_multi_{kind}")(**which)) for kind in kinds]
        keys = _by_table(inspector.get_multi_pk_constraint(**which))
        self._constraints.append({table: [key] for table, key in keys.items()})

    def columns_of(self, table: sa.Table) -> Iterator[Finding]:
        """Compare columns, and whether they may be empty."""
        found = {column["name"]: column["nullable"] for column in self.columns[table.name]}
        for column in table.columns:
            if column.name not in found:
                yield Finding(code="missing-column", message=f"{table.name} has no column {column.name}")
            elif found[column.name] and not column.nullable:
                message = f"{table.name}.{column.name} may be empty, and must not"
                yield Finding(code="missing-constraint", message=message)

    def constraints_of(self, table: sa.Table) -> Iterator[Finding]:
        """Look for the primary key, the foreign and unique keys, the checks and the indexes, by their names."""
        found = {one["name"] for kind in self._constraints for one in kind.get(table.name, ())}
        for name in sorted(str(self._preparer.format_constraint(constraint)) for constraint in table.constraints):
            if name not in found:
                yield Finding(code="missing-constraint", message=f"{table.name} has no constraint {name}")
        indexes = {index["name"] for index in self._indexes.get(table.name, ())}
        for index in sorted(str(index.name) for index in table.indexes):
            if index not in indexes:
                message = f"{table.name} has no index {index}, so that something is slow"
                yield Finding(code="missing-index", message=message, severity=Severity.WARNING)


def _by_table(found: Mapping[tuple[str | None, str], Any]) -> Mapping[str, Any]:
    return {table: one for (_, table), one in found.items()}


def dangling(reading: Reading) -> Iterator[Finding]:
    """Find rows that refer to nothing: whoever owns the database can have it look away."""
    for table in schema.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            parent = key.referred_table.alias("parent")
            same = [element.parent == parent.c[element.column.name] for element in key.elements]
            given = [element.parent.is_not(None) for element in key.elements]
            query = sa.select(sa.func.count()).select_from(table.outerjoin(parent, sa.and_(*same)))
            first = parent.c[next(iter(key.elements)).column.name]
            count = reading.connection.scalar(query.where(*given, first.is_(None)))
            if count:
                columns = ", ".join(key.column_keys)
                message = f"{count} rows of {table.name} refer by {columns} to no row of {key.referred_table.name}"
                yield Finding(code="dangling", message=message)


def _trigger(table: str, trigger: str, code: str = "missing-trigger", words: str = "is not there") -> Finding:
    return Finding(code=code, message=f"the trigger {trigger} of {table} {words}")


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _sqlite(reading: Reading) -> Iterator[Finding]:
    pragma = reading.connection.exec_driver_sql
    for row in pragma("PRAGMA quick_check(10)").all():
        if row[0] != "ok":
            yield Finding(code="damaged-file", message=f"SQLite finds the file damaged: {row[0]}")
    mode = pragma("PRAGMA journal_mode").scalar()
    if mode not in {"wal", "memory"} and reading.location.own:
        message = f"the journal mode is {mode}, so that readers and a writer wait for each other"
        yield Finding(code="journal-mode", message=message, severity=Severity.WARNING)
    query = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = {row.name: (row.tbl_name, row.sql) for row in pragma(query)}
    wanted = {match[1]: statement for statement in guards("sqlite") if (match := _NAMED.match(statement))}
    for table, trigger in sorted(trigger_names("sqlite")):
        if trigger not in found:
            yield _trigger(table, trigger)
        elif _words(found[trigger][1]) != _words(wanted[trigger]):
            yield _trigger(table, trigger, words="does something else")
    yield from _others({name: table for name, (table, _) in found.items() if name not in wanted})


def _words(sql: str) -> list[str]:
    return sql.split()


def _others(triggers: Mapping[str, str]) -> Iterator[Finding]:
    ours = {table.name for table in schema.metadata.sorted_tables}
    for trigger, table in sorted(triggers.items()):
        if table in ours:
            message = f"{table} has a trigger {trigger} that is none of ours"
            yield Finding(code="other-trigger", message=message, severity=Severity.NOTE)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

_TRIGGERS: Final = sa.text("""\
SELECT c.relname AS table, t.tgname AS name, t.tgenabled AS enabled, t.tgisinternal AS internal, p.proname AS function,
       p.prosrc AS source
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE n.nspname = coalesce(:schema, current_schema()) AND c.relname LIKE 'lifecycle\\_%'
""")
_UNCHECKED: Final = sa.text("""\
SELECT c.relname AS table, k.conname AS name
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:schema, current_schema()) AND c.relname LIKE 'lifecycle\\_%' AND NOT k.convalidated
""")


def _postgresql(reading: Reading) -> Iterator[Finding]:
    where = {"schema": reading.location.schema}
    for row in reading.connection.execute(_UNCHECKED, where):
        message = f"the constraint {row.name} of {row.table} was never checked for the rows that were there before it"
        yield Finding(code="unchecked-constraint", message=message)
    rows = reading.connection.execute(_TRIGGERS, where).all()
    found = {(row.table, row.name): row for row in rows if not row.internal}
    wanted = trigger_names("postgresql")
    source = guards("postgresql")[0].split("$$")[1].split()
    for table, trigger in sorted(wanted):
        one = found.get((table, trigger))
        if one is None:
            yield _trigger(table, trigger)
        elif one.function != "lifecycle_refuse" or one.source.split() != source:
            yield _trigger(table, trigger, words="does something else")
    yield from (_trigger(row.table, row.name, "disabled-trigger", "is disabled") for row in rows if _disabled(row))
    yield from _others({trigger: table for table, trigger in found if (table, trigger) not in wanted})


def _disabled(row: Any) -> bool:
    return row.enabled not in {"O", "A"}
