"""What Alembic runs: our revisions, on the connection that it is given, in the schema that it is told."""

from __future__ import annotations

from typing import Any

from alembic import context

_given = context.config.attributes
_settings: dict[str, Any] = {"version_table": "lifecycle_version", "version_table_schema": _given.get("schema")}
if context.is_offline_mode():
    context.configure(dialect_name=_given["dialect"], literal_binds=True, **_settings)
else:
    context.configure(connection=_given["connection"], **_settings)

with context.begin_transaction():
    if context.is_offline_mode() and _given.get("quoted_schema"):
        context.execute(f"CREATE SCHEMA IF NOT EXISTS {_given['quoted_schema']}")
        context.execute(f"SET LOCAL search_path TO {_given['quoted_schema']}")
    context.run_migrations()
