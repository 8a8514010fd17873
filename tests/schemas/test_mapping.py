"""The JSON Schema of mapping files."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import MappingError
from lifecycle.paths import toml_value
from lifecycle.schemas import mapping_schema
from lifecycle.signals import read_mapping
from tests.schemas import validating

SCHEMA = mapping_schema()
WHOLE = """
[[rows]]
file = "leads.csv"
lead = "Lead ID"
at = { column = "Created", zone = "Europe/Berlin", format = "%d.%m.%Y", blank = "skip" }
profile = { email = "E-Mail", country = { column = "Land", values = { D = "Germany" }, others = "refuse" } }
channel = { column = "Source", prefix = "web_" }
answers = { size = { column = "Size", type = "whole" } }
where = { Status = ["open", "won"], Kind = "lead" }
join = { file = "firms.csv", on = "Firm", key = "ID", delimiter = ";" }
delimiter = ";"
encoding = "latin-1"
id = "Row"

[[rows]]
file = "asked-*.csv"
lead = { column = "Lead" }
at = { constant = 2026-01-05T10:00:00Z }
activity = "demo_requested"
properties = { page = "Page" }
request = { trigger = "accept", actor = { column = "Who", prefix = "sales:" }, reason = "met", override = false }
"""


class TestSchema:
    """What an editor is given."""

    def test_it_is_a_schema(self) -> None:
        """Of the draft that it names."""
        validating.check(SCHEMA)

    def test_a_mapping_with_everything_is_valid(self) -> None:
        """Short texts, and tables in their place."""
        read_mapping(WHOLE, "map.toml")

        assert [] == validating.refused_text(SCHEMA, WHOLE)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('file = "leads.csv"', ""),
            ("lead = ", "led = "),
            ('blank = "skip"', 'blank = "never"'),
            ('{ column = "Created",', "{"),
            ("{ constant = 2026-01-05T10:00:00Z }", '{ constant = 2026-01-05T10:00:00Z, column = "At" }'),
            ('activity = "demo_requested"', ""),
            ("at = { constant = 2026-01-05T10:00:00Z }", ""),
            ('delimiter = ";"\nencoding', 'delimiter = ";;"\nencoding'),
            ('type = "whole"', 'type = "float"'),
            ("override = false", 'override = "no"'),
        ],
    )
    def test_what_reading_refuses_is_refused(self, old: str, new: str) -> None:
        """Keys, types, choices, and what needs something else beside it."""
        text = WHOLE.replace(old, new)
        with pytest.raises(MappingError):
            read_mapping(text, "map.toml")

        assert validating.refused_text(SCHEMA, text)

    def test_every_key_says_what_it_means(self) -> None:
        """What an editor shows when the pointer rests on a key."""
        tables = SCHEMA["definitions"].values()

        assert [] == [
            key for table in tables for key, value in table["properties"].items() if "description" not in value
        ]


ODD: list[Any] = [3, True, "", "text", ["text"], {"text": "text"}, {"column": "x"}, {"constant": "x"}]


class TestLaws:
    """What holds for every mapping."""

    @given(st.sampled_from([0, 1]), st.data())
    def test_what_the_schema_refuses_reading_refuses(self, index: int, data: st.DataObject) -> None:
        """An editor underlines nothing that works."""
        table: dict[str, Any] = tomllib.loads(WHOLE)
        rows = table["rows"][index]
        rows[data.draw(st.sampled_from([*rows, "odd"]))] = data.draw(st.sampled_from(ODD))
        text = f"rows = {toml_value(table['rows'])}"
        try:
            read_mapping(text, "map.toml")
        except MappingError:
            return

        assert [] == validating.refused_text(SCHEMA, text)
