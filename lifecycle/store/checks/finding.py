"""One thing that is wrong with a store, by what shows it, and what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.errors import Severity

__all__ = ["CODES", "Finding", "Layer", "raw"]


class Layer(enum.Enum):
    """What shows it."""

    STRUCTURE = "structure"
    """The tables are not what they were made as."""
    RULES = "rules"
    """A definition is not the text that its hash is of."""
    CHAIN = "chain"
    """A history does not agree with its digests, or with the rules of its day."""
    COMMITMENT = "commitment"
    """Personal data is not what was committed to, or has gone, or has come back."""
    TREE = "tree"
    """What was sealed is not what is there."""
    OUTSIDE = "outside"
    """A checkpoint that was kept elsewhere speaks of another log."""


_REPAIR: Final = "find out who changed the database, and restore what is wrong from a copy that verifies"
_MIGRATE: Final = "put it back as `lifecycle store init --sql` prints it, and verify again"
_KNOW: Final = "make sure that you know what it does"
_ERASE: Final = "if the store was restored from a copy, carry the erasures out again: `lifecycle erase --subjects`"
_ASK: Final = "compare with a copy: whoever keeps this store has to explain it"

CODES: Final[Mapping[str, tuple[Layer, str]]] = {
    "missing-table": (Layer.STRUCTURE, _MIGRATE),
    "missing-column": (Layer.STRUCTURE, _MIGRATE),
    "missing-constraint": (Layer.STRUCTURE, _MIGRATE),
    "missing-index": (Layer.STRUCTURE, _MIGRATE),
    "missing-trigger": (Layer.STRUCTURE, _MIGRATE),
    "changed-table": (Layer.STRUCTURE, _MIGRATE),
    "changed-column": (Layer.STRUCTURE, _MIGRATE),
    "changed-constraint": (Layer.STRUCTURE, _MIGRATE),
    "changed-index": (Layer.STRUCTURE, _MIGRATE),
    "changed-trigger": (Layer.STRUCTURE, _MIGRATE),
    "other-column": (Layer.STRUCTURE, _KNOW),
    "other-constraint": (Layer.STRUCTURE, _KNOW),
    "other-index": (Layer.STRUCTURE, _KNOW),
    "other-trigger": (Layer.STRUCTURE, _KNOW),
    "unchecked-constraint": (Layer.STRUCTURE, "validate it: ALTER TABLE ... VALIDATE CONSTRAINT ..."),
    "disabled-trigger": (
        Layer.STRUCTURE,
        "enable it: ALTER TABLE ... ENABLE TRIGGER ..., or ALTER DATABASE or ROLE ... RESET session_replication_role",
    ),
    "damaged-file": (Layer.STRUCTURE, "restore the file from a copy"),
    "journal-mode": (Layer.STRUCTURE, "run `lifecycle store upgrade` while nobody else has it open"),
    "dangling": (Layer.STRUCTURE, _REPAIR),
    "definition-text": (Layer.RULES, "put back the text that was signed: its hash is known"),
    "definition-edges": (Layer.RULES, _REPAIR),
    "rules-content": (Layer.RULES, _REPAIR),
    "unreadable": (Layer.CHAIN, _REPAIR),
    "content": (Layer.CHAIN, _REPAIR),
    "column": (Layer.CHAIN, _REPAIR),
    "digest": (Layer.CHAIN, _REPAIR),
    "previous": (Layer.CHAIN, _REPAIR),
    "gap": (Layer.CHAIN, _REPAIR),
    "illegal-move": (Layer.CHAIN, _REPAIR),
    "recheck": (Layer.CHAIN, "the definition of its day does not give this result: ask who wrote the record"),
    "detail": (Layer.COMMITMENT, _REPAIR),
    "detail-gone": (Layer.COMMITMENT, _REPAIR),
    "lead-gone": (Layer.COMMITMENT, _REPAIR),
    "erased-is-there": (Layer.COMMITMENT, _ERASE),
    "leaf": (Layer.TREE, _ASK),
    "not-sealed": (Layer.TREE, _ASK),
    "sealed-early": (
        Layer.TREE,
        "a clock was wrong, or the sealing was dated back: do not trust what was known between the two instants",
    ),
    "entry-gone": (Layer.TREE, _ASK),
    "position": (Layer.TREE, _ASK),
    "root": (Layer.TREE, _ASK),
    "tile": (Layer.TREE, _ASK),
    "checkpoint-order": (Layer.TREE, _ASK),
    "another-log": (Layer.OUTSIDE, "verify the store that this checkpoint is of"),
    "shorter": (Layer.OUTSIDE, "the end of the log is gone: restore a newer copy, or ask whoever keeps this store"),
    "another-root": (Layer.OUTSIDE, "history was rewritten: compare with a copy from before this checkpoint"),
    "another-time": (Layer.OUTSIDE, "the time of a sealing was changed; answers as of that time are not to be trusted"),
}
"""What each code of a finding is shown by, and what to do."""


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: What it is, for machines: a key of `CODES`.
        message: What it is, in words; it names no lead.
        kind: Of what it is: `record`, `refusal`, `erasure`; None where it is of no entry.
        subject: Whose entry; None where it is nobody's.
        number: Which entry, position or size.
        lead: Your id of the lead, where it is known.
        severity: An error, a warning, or a note: only an error means that something cannot be trusted.
    """

    code: str = attrs.field(validator=attrs.validators.in_(CODES))
    message: str
    kind: str | None = None
    subject: str | None = None
    number: int | None = None
    lead: str | None = attrs.field(default=None, repr=False)
    severity: Severity = Severity.ERROR

    @property
    def layer(self) -> Layer:
        """What shows it."""
        return CODES[self.code][0]

    @property
    def advice(self) -> str:
        """What to do."""
        return CODES[self.code][1]


def raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Select a column as the driver gives it: SQLite keeps anything in any column, and that is what is looked for."""
    return sa.type_coerce(column, sa.types.NULLTYPE).label(column.name)
