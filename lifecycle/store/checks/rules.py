"""Whether the definitions are the texts that their hashes are of, and the edges and rules those of the definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from lifecycle.canonical import digest
from lifecycle.definition import Definition
from lifecycle.errors import DefinitionError
from lifecycle.loading import read_unbound
from lifecycle.machine import Machine
from lifecycle.store.checks.finding import Finding, raw
from lifecycle.store.reading import Reading
from lifecycle.store.schema import definitions, edges, rules

__all__ = ["Rules"]


class Rules:
    """The rules of a store, as far as they can be trusted.

    Attributes:
        known: The definitions by their hash, read without their plugins; those of a wrong text are not among them.
    """

    def __init__(self, reading: Reading) -> None:
        self.known: dict[str, Definition] = {}
        self._connection = reading.connection

    def findings(self) -> Iterator[Finding]:
        """Check them all, and so come to know them."""
        for row in self._connection.execute(sa.select(definitions)).all():
            yield from self._definition(row)
        for row in self._connection.execute(sa.select(rules.c.digest, rules.c.definition_hash, raw(rules.c.content))):
            yield from _rules(row)

    def _definition(self, row: Any) -> Iterator[Finding]:
        named = f"the definition {row.name} version {row.version}, {row.hash},"
        try:
            definition = read_unbound(row.text)
        except (DefinitionError, TypeError, AttributeError) as error:
            yield Finding(code="definition-text", message=f"{named} cannot be read: {str(error).splitlines()[0]}")
            return
        if definition.hash != row.hash:
            yield Finding(code="definition-text", message=f"{named} has a text whose hash is {definition.hash}")
            return
        self.known[row.hash] = definition
        if (definition.name, definition.version) != (row.name, row.version):
            said = f"calls itself {definition.name} version {definition.version} in its text"
            yield Finding(code="definition-text", message=f"{named} {said}")
        query = sa.select(edges.c.trigger, edges.c.source, edges.c.target).where(edges.c.definition_hash == row.hash)
        kept = {tuple(edge) for edge in self._connection.execute(query)}
        for edge in sorted(kept ^ Machine(definition).edges()):
            wrong = "allows, and its text does not" if edge in kept else "does not allow, and its text does"
            move = "{} from {} to {}".format(*edge)
            yield Finding(code="definition-edges", message=f"the table of edges of {row.hash} {wrong}: {move}")


def _rules(row: Any) -> Iterator[Finding]:
    if not isinstance(row.content, bytes) or digest("lifecycle-rules-1", row.content) != row.digest:
        yield Finding(code="rules-content", message=f"the rules {row.digest} are not what this is the digest of")
    elif json.loads(row.content)["definition"] != row.definition_hash:
        yield Finding(code="rules-content", message=f"the rules {row.digest} are of another definition")
