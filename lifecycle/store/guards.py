"""What the database does beside its tables: it refuses to change rows, and to delete those that are not personal.

Whoever owns the database can take these triggers away. They stop mistakes; what an owner does, the digests show.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from lifecycle.store import schema

__all__ = ["PRESENT", "guards", "trigger_names"]

PRESENT: Final = "has this row already"
"""What SQLite says of a row that is inserted twice, behind the name of the table."""

_REFUSE: Final = """\
CREATE FUNCTION lifecycle_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is insert-only', ERRCODE = 'restrict_violation';
END $$"""


def guards(database: str) -> list[str]:
    """Give the statements that follow the making of the tables.

    Args:
        database: `sqlite` or `postgresql`.
    """
    if database == "sqlite":
        return [statement for table in _guarded() for statement in _sqlite(table)]
    return [_REFUSE, *(statement for table in _guarded() for statement in _postgresql(table))]


def trigger_names(database: str) -> set[tuple[str, str]]:
    """Give the table and name of every trigger that a store has."""
    last = "insert" if database == "sqlite" else "truncate"
    names = {(table.name, f"{table.name}_no_{verb.lower()}") for table in _guarded() for verb in _refused(table)}
    return names | {(table.name, f"{table.name}_no_{last}") for table in _last_guarded(database)}


def _guarded() -> tuple[Table, ...]:
    return (*schema.INSERT_ONLY, *schema.DELETABLE)


def _refused(table: Table) -> tuple[str, ...]:
    return ("UPDATE",) if table in schema.DELETABLE else ("UPDATE", "DELETE")


def _last_guarded(database: str) -> tuple[Table, ...]:
    """Give the tables that are guarded against replacement on SQLite, and against TRUNCATE on PostgreSQL."""
    if database == "sqlite":
        return tuple(table for table in _guarded() if table is not schema.pending)
    return schema.INSERT_ONLY


def _sqlite(table: Table) -> list[str]:
    """Guard a table of SQLite.

    `INSERT OR REPLACE` deletes the old row without asking the triggers for deletion, so that insertion has to be asked.
    """
    made = [
        _sqlite_trigger(table, verb, f"SELECT RAISE(ABORT, '{table.name} is insert-only')") for verb in _refused(table)
    ]
    if table in _last_guarded("sqlite"):
        seek = f"SELECT 1 FROM {table.name} AS old WHERE {_same_row(table)}"  # noqa: S608 - names of ours, nobody's input
        made.append(
            _sqlite_trigger(table, "INSERT", f"SELECT RAISE(ABORT, '{table.name} {PRESENT}') WHERE EXISTS ({seek})")
        )
    return made


def _sqlite_trigger(table: Table, verb: str, body: str) -> str:
    return f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} BEGIN {body}; END"


def _same_row(table: Table) -> str:
    unique = [one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
    keys = [key.columns.keys() for key in unique]
    # What is the same in a longer key is the same in a shorter one within it, and each key is a look-up.
    least = [key for key in keys if not any(set(other) < set(key) for other in keys)]
    found = ["(" + " AND ".join(f'old."{name}" = NEW."{name}"' for name in key) + ")" for key in least]
    return " OR ".join(sorted(found))


def _postgresql(table: Table) -> list[str]:
    call = "EXECUTE FUNCTION lifecycle_refuse()"
    made = [
        f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} FOR EACH ROW {call}"
        for verb in _refused(table)
    ]
    if table in _last_guarded("postgresql"):
        made.append(
            f"CREATE TRIGGER {table.name}_no_truncate BEFORE TRUNCATE ON {table.name} FOR EACH STATEMENT {call}"
        )
    return made
