"""The JSON Schema of test files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import load
from lifecycle.cases import Names, read_cases
from lifecycle.cases.finding import find_tests
from lifecycle.errors import CasesError
from lifecycle.loading import packaged
from lifecycle.paths import toml_value
from lifecycle.schemas import cases_schema
from tests.schemas import validating
from tests.trying import LEAD, case_of, rules

SCHEMA = cases_schema()
OF_RULES = cases_schema(Names.of(rules()))


class TestSchema:
    """What an editor is given, of any definition and of one."""

    def test_they_are_schemas(self) -> None:
        """Of the draft that they name."""
        validating.check(SCHEMA)
        validating.check(OF_RULES)

    @pytest.mark.parametrize("name", packaged())
    def test_packaged_tests_are_valid(self, name: str) -> None:
        """By the schema of all, and by that of their own definition."""
        [(text, _)] = find_tests(name, ())
        for schema in (SCHEMA, cases_schema(Names.of(load(name)))):
            assert [] == validating.refused_text(schema, text)

    @pytest.mark.parametrize(
        "text",
        [
            case_of("{ dy = 1 }", '{ stage = "iql" }'),
            case_of('{ day = "1" }', '{ stage = "iql" }'),
            case_of("{ day = 1, times = 0 }", '{ stage = "iql" }'),
            case_of('{ after = "soon" }', '{ stage = "iql" }'),
            case_of('{ day = 1, result = "refuse" }', '{ stage = "iql" }'),
            case_of(LEAD, "{ stage = 3 }"),
            case_of(LEAD, "3"),
            'cases = [{ name = " ", expect = {} }]',
            "start = 2026-01-01T00:00:00Z",
            'start = "monday"\ncases = []',
        ],
    )
    def test_what_reading_refuses_for_its_shape_is_refused(self, text: str) -> None:
        """Keys, types, choices and times."""
        with pytest.raises(CasesError):
            read_cases(text, file="x", definition=rules())

        assert validating.refused_text(SCHEMA, text)

    @pytest.mark.parametrize(
        ("given", "expect"),
        [
            (LEAD, '{ stage = "mqll" }'),
            (LEAD, '{ path = ["mqll"] }'),
            (LEAD, '{ undesirables = ["asked"] }'),
            (LEAD, "{ missing = { mqll = [] } }"),
            ('{ day = 1, request = "acept", by = "sales" }', '{ stage = "mql" }'),
        ],
    )
    def test_names_of_one_definition_are_known(self, given: str, expect: str) -> None:
        """Stages, triggers and undesirables are only those of the definition."""
        text = case_of(given, expect)

        assert [] == validating.refused_text(SCHEMA, text)
        assert validating.refused_text(OF_RULES, text)

    def test_other_names_are_offered_and_not_demanded(self) -> None:
        """A case may be about an activity that no criterion names."""
        given = OF_RULES["definitions"]["given"]["properties"]

        assert ["demo_requested", "pricing_page_visited", "site_visited"] == given["activity"]["anyOf"][0]["anyOf"][0][
            "enum"
        ]
        assert {"company", "email"} == set(given["profile"]["properties"])
        assert [] == validating.refused_text(
            OF_RULES, case_of('{ day = 1, activity = "fax_sent" }', '{ stage = "mql" }')
        )

    def test_every_key_says_what_it_means(self) -> None:
        """What an editor shows when the pointer rests on a key."""
        tables = [SCHEMA, *SCHEMA["definitions"].values()]

        assert [] == [
            key for table in tables for key, value in table["properties"].items() if "description" not in value
        ]


KEYS = ["day", "after", "at", "profile", "channel", "activity", "times", "request", "by", "result", "blockers", "odd"]
ODD: list[Any] = [0, 1.5, True, "", "sales", "2 days", ["asked"], [3], {"email": "x"}]


class TestLaws:
    """What holds for every test file."""

    @given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(ODD), max_size=3))
    def test_what_the_schema_refuses_reading_refuses(self, line: dict[str, Any]) -> None:
        """An editor underlines nothing that works, and it underlines every wrong shape."""
        text = case_of(toml_value(line), '{ stage = "iql" }')
        try:
            read_cases(text, file="x", definition=rules())
        except CasesError as error:
            shape = {problem.code for problem in error.problems} & {"unknown-key", "wrong-type"}

            assert not shape or validating.refused_text(SCHEMA, text)
        else:
            assert [] == validating.refused_text(SCHEMA, text)
