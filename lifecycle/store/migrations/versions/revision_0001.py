"""Make the tables of a store, with what guards them and what a new store begins with."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from lifecycle.store.opening import first_properties

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the statements that are written out for this kind of database."""
    statements = Path(__file__).with_name(f"revision_0001.{op.get_context().dialect.name}.sql")
    for statement in statements.read_text(encoding="utf-8").split(";\n\n"):
        op.execute(statement.rstrip(";\n").replace(":", "\\:"))
    table = sa.table("lifecycle_properties", sa.column("name", sa.String), sa.column("value", sa.String))
    op.bulk_insert(table, list(first_properties()))
