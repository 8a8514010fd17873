"""JSON Schemas of definitions, mappings and test files, for editors that complete and check TOML.

They are made of the same classes that reading uses, and of the parameters of criteria, so that they cannot fall behind.
What only reading can tell is left out: whether a name is known, a condition well formed, or one number in range of
another. TOML's dates are texts to a schema.
"""

from __future__ import annotations

from lifecycle.schemas.cases import cases_schema
from lifecycle.schemas.definition import definition_schema
from lifecycle.schemas.making import Schema
from lifecycle.schemas.mapping import mapping_schema

__all__ = ["Schema", "cases_schema", "definition_schema", "mapping_schema"]
