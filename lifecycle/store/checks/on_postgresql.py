"""What a store on PostgreSQL is made of, by the server's own catalogs.

Whoever verifies may have no right to make anything, so that there is no new store to compare with. What is wanted comes
from `schema` and `guards` instead, and not from a copy of what a server once said: how a server puts a definition into
words differs between versions, by the search path, and after a dump. Names, columns and flags do not; and the only
expressions that we have, those of checks, are brought into one form first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from lifecycle.store import schema
from lifecycle.store.checks.finding import Finding
from lifecycle.store.checks.parts import COLUMN, CONSTRAINT, INDEX, TABLE, TRIGGER, Part, Parts, constraint_name
from lifecycle.store.checks.wording import check_words, tokens
from lifecycle.store.guards import guards
from lifecycle.store.reading import Reading

__all__ = ["found", "health", "wanted"]

_WHERE: Final = "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname IN :tables"


def _text(sql: str) -> sa.TextClause:
    """Give a question about our tables, which it calls c, in the schema of the store."""
    tables: sa.BindParameter[Any] = sa.bindparam("tables", [*schema.metadata.tables], expanding=True)
    return sa.text(sql.replace("{where}", _WHERE)).bindparams(tables)


# --- What should be there --------------------------------------------------------------------------------------------


def wanted(reading: Reading) -> Parts:
    """Give what a new store has."""
    dialect = reading.connection.dialect
    parts = dict[Part, str]()
    for table in schema.metadata.sorted_tables:
        parts[Part(table.name, TABLE, table.name)] = ""
        parts.update((Part(table.name, COLUMN, column.name), _column(column, dialect)) for column in table.columns)
        named = {constraint_name(one, dialect): one for one in table.constraints}
        parts.update((Part(table.name, CONSTRAINT, name), _constraint(named[name])) for name in sorted(named))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            parts[Part(table.name, INDEX, str(index.name))] = f"on {_listed(index.columns.keys())}"
    parts.update(_guards())
    return parts


def _column(column: sa.Column[Any], dialect: Dialect) -> str:
    written = column.type.compile(dialect=dialect).lower().replace("varchar", "character varying")
    identity = " identity by default" if column.identity else ""
    return f"{written}{'' if column.nullable else ' not null'}{identity}"


def _constraint(constraint: sa.Constraint) -> str:
    match constraint:
        case sa.CheckConstraint():
            return f"check {check_words(str(constraint.sqltext))}"
        case sa.ForeignKeyConstraint():
            there = _listed(element.column.name for element in constraint.elements)
            return f"foreign key {_listed(constraint.column_keys)} to {constraint.referred_table.name} {there}"
        case sa.PrimaryKeyConstraint():
            return f"primary key {_listed(constraint.columns.keys())}"
        case sa.UniqueConstraint():
            return f"unique {_listed(constraint.columns.keys())}"
        case _:  # there is none; a new kind is to be thought of here
            raise NotImplementedError(type(constraint))


def _guards() -> Iterator[tuple[Part, str]]:
    for statement in guards("postgresql"):
        match tokens(statement):
            case ["create", "trigger", name, when, verb, "on", table, "for", "each", what, "execute", _, call, *_]:
                yield Part(table, TRIGGER, name), f"{when} {verb} for each {what}: {call}"
            case _:  # the function that they call
                pass


def _listed(names: Iterable[str]) -> str:
    return f"({', '.join(names)})"


# --- What is there ---------------------------------------------------------------------------------------------------


def found(reading: Reading) -> Parts:
    """Give what the store has."""
    where = {"schema": reading.location.found}
    parts = dict[Part, str]()
    for query, kind, said in _QUERIES:
        for row in reading.connection.execute(query, where):
            parts[Part(row.table, kind, row.name)] = said(row)
    return parts


_TABLES: Final = _text("""\
SELECT c.relname AS table, c.relname AS name, c.relpersistence AS persistence,
       c.relrowsecurity OR c.relforcerowsecurity AS secured,
       EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid)) AS related,
       ARRAY(SELECT r.rulename::text FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY 1) AS rules
FROM pg_class c {where} AND c.relkind = 'r' ORDER BY 1
""")


def _said_of_table(row: Any) -> str:
    """Give what makes rows go elsewhere, or not be seen, or be lost; of a table as it should be there is nothing."""
    said = ["may lose its rows: it is not logged"] if row.persistence != "p" else []
    said += ["has row security, which hides rows"] if row.secured else []
    said += ["shares its rows by inheritance"] if row.related else []
    said += [f"has the rule {rule}, which puts something else in the place of statements" for rule in row.rules]
    return ", ".join(said)


_COLUMNS: Final = _text("""\
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled,
       a.attidentity AS identity, a.attgenerated AS generated, pg_get_expr(d.adbin, d.adrelid) AS default,
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname END AS collation
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation
{where} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum
""")


def _said_of_column(row: Any) -> str:
    said = f"{row.type}{' not null' if row.filled else ''}"
    said += {"": "", "d": " identity by default"}.get(row.identity, " identity always")
    said += "" if row.collation is None else f" collate {row.collation}"
    return said if row.default is None else f"{said} {'generated' if row.generated else 'default'} {row.default}"


_CONSTRAINTS: Final = _text("""\
SELECT c.relname AS table, k.conname AS name, k.contype AS kind, pg_get_constraintdef(k.oid) AS text,
       pg_get_expr(k.conbin, k.conrelid) AS expression,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place) AS columns,
       CASE WHEN r.relnamespace <> n.oid THEN s.nspname || '.' ELSE '' END || r.relname AS other,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place) AS there,
       k.confmatchtype::text || k.confupdtype::text || k.confdeltype::text AS actions, k.condeferrable AS late
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_namespace s ON s.oid = r.relnamespace
{where} AND k.contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY 1, 2
""")
_SIMPLE: Final = "saa"
"""Of a foreign key: it matches simply, and nothing follows from an update or a deletion."""


def _said_of_constraint(row: Any) -> str:
    match row.kind:
        case "c":
            said = f"check {check_words(row.expression)}"
        case "f":
            said = f"foreign key {_listed(row.columns)} to {row.other} {_listed(row.there)}"
            said = said if row.actions == _SIMPLE else row.text
        case "p" | "u":
            said = f"{'primary key' if row.kind == 'p' else 'unique'} {_listed(row.columns)}"
        case _:
            said = row.text
    return f"{said} deferrable" if row.late else said


_INDEXES: Final = _text("""\
SELECT c.relname AS table, x.relname AS name, i.indisunique AS is_unique, i.indisvalid AS valid, m.amname AS method,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, g, true) FROM generate_series(1, i.indnkeyatts) g ORDER BY g) AS keys,
       pg_get_expr(i.indpred, i.indrelid) AS condition
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
{where} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1, 2
""")


def _said_of_index(row: Any) -> str:
    said = f"{'unique ' if row.is_unique else ''}on {_listed(key.strip(chr(34)) for key in row.keys)}"
    said += "" if row.method == "btree" else f" using {row.method}"
    said += "" if row.condition is None else f" where {row.condition}"
    return said if row.valid else f"{said}, never finished"


_TRIGGERS: Final = _text("""\
SELECT c.relname AS table, t.tgname AS name, t.tgtype AS type, t.tgqual IS NOT NULL AS conditional,
       t.tgattr::text <> '' AS partial, t.tgconstraint <> 0 AS late, p.proname AS function, p.prosrc AS source,
       l.lanname AS language
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
{where} AND NOT t.tgisinternal ORDER BY 1, 2
""")
_VERBS: Final[Mapping[int, str]] = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
"""The bits of `tgtype` that name what a trigger waits for; 1 is for each row, 2 before, 64 instead of."""


def _said_of_trigger(row: Any) -> str:
    when = {2: "before", 64: "instead of"}.get(row.type & 66, "after")
    verbs = " or ".join(verb for bit, verb in _VERBS.items() if row.type & bit)
    said = f"{when} {verbs} for each {'row' if row.type & 1 else 'statement'}"
    said += " if a condition holds" if row.conditional else ""
    said += " of some columns" if row.partial else ""
    said += " as a constraint" if row.late else ""
    source = guards("postgresql")[0].split("$$")[1].split()
    ours = row.function != "lifecycle_refuse" or (row.source.split() == source and row.language == "plpgsql")
    return f"{said}: {row.function}{'' if ours else ', which does something else'}"


_QUERIES: Final = (
    (_TABLES, TABLE, _said_of_table),
    (_COLUMNS, COLUMN, _said_of_column),
    (_CONSTRAINTS, CONSTRAINT, _said_of_constraint),
    (_INDEXES, INDEX, _said_of_index),
    (_TRIGGERS, TRIGGER, _said_of_trigger),
)


# --- What is there, and does not work --------------------------------------------------------------------------------

_UNCHECKED: Final = _text("""\
SELECT c.relname AS table, k.conname AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
{where} AND NOT k.convalidated ORDER BY 1, 2
""")
_DISABLED: Final = _text("""\
SELECT c.relname AS table, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
{where} AND t.tgenabled NOT IN ('O', 'A') ORDER BY 1, 2
""")
_SILENT: Final = sa.text("""\
SELECT 'whoever connects' AS who FROM pg_settings WHERE name = 'session_replication_role' AND reset_val = 'replica'
UNION SELECT coalesce('the role ' || r.rolname, 'whoever connects') FROM pg_db_role_setting s
LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE 'session_replication_role=replica' = ANY (s.setconfig) AND coalesce(d.datname, current_database()) =
current_database() ORDER BY 1
""")


def health(reading: Reading) -> Iterator[Finding]:
    """Find constraints that were never checked, and triggers that do not fire."""
    where = {"schema": reading.location.found}
    for row in reading.connection.execute(_UNCHECKED, where):
        message = f"the constraint {row.name} of {row.table} was never checked for the rows that were there before it"
        yield Finding(code="unchecked-constraint", message=message)
    for row in reading.connection.execute(_DISABLED, where):
        yield Finding(code="disabled-trigger", message=f"the trigger {row.name} of {row.table} is disabled")
    for row in reading.connection.execute(_SILENT):
        message = f"no trigger fires for {row.who}: session_replication_role is set to replica"
        yield Finding(code="disabled-trigger", message=message)
