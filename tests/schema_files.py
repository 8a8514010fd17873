"""Makes the JSON Schemas of the reference anew: `python -m tests.schema_files`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle import Registry
from lifecycle.schemas import cases_schema, definition_schema, mapping_schema
from tests.criteria_page import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"


def files() -> Mapping[str, str]:
    """Return the text of each file, with the criteria that come along."""
    made = {
        "definition.schema.json": definition_schema(Registry.installed(PLUGINS).offers.values()),
        "mapping.schema.json": mapping_schema(),
        "tests.schema.json": cases_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in made.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
