"""The JSON Schema of definitions: it takes what reading takes, and refuses what reading refuses for its shape."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle import Criterion, Registry, Snapshot, Verdict, criterion, hookimpl, load, met_if, parameters
from lifecycle.errors import DefinitionError, Severity
from lifecycle.loading import check, packaged, read_definition
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.paths import toml_value
from lifecycle.schemas import definition_schema
from tests.criteria_page import PLUGINS
from tests.schemas import validating
from tests.trying import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.schemas import Schema

SHAPE = {
    *("unknown-key", "missing-key", "wrong-type", "invalid-value", "odd-name"),
    *("unknown-criterion", "unknown-parameter", "missing-parameter", "wrong-parameter", "no-why"),
}
"""The codes of what is wrong with the shape of a definition."""


@cache
def schema() -> Schema:
    """Return the schema with the criteria that come along."""
    return definition_schema(Registry.installed(PLUGINS).offers.values())


@criterion("headcount", version="1")
class Headcount:
    """At least so many employees.

    Attributes:
        minimum: How many at least.
    """

    minimum: int
    field: str = parameters.profile_field(default="employees")
    within: Any = parameters.duration(default=None)
    odd: Any = None

    def judge(self, known: Snapshot) -> Verdict:
        """Count."""
        return met_if(known.profile(self.field), "some")


class Plugin:
    """Offers the criterion of this file."""

    @staticmethod
    @hookimpl
    def lifecycle_criteria() -> list[type[Criterion]]:
        """Offer it."""
        return [Headcount]


class TestSchema:
    """What an editor is given."""

    def test_it_is_a_schema(self) -> None:
        """Of the draft that it names."""
        validating.check(schema())

    @pytest.mark.parametrize("name", packaged())
    def test_packaged_definitions_are_valid(self, name: str) -> None:
        """Nothing in them is underlined."""
        assert [] == validating.refused_text(schema(), load(name).text)

    def test_every_criterion_has_its_parameters(self) -> None:
        """With what it takes, whether it may be left out, and what it is then."""
        count = schema()["definitions"]["criterion:engagement.count"]

        assert ["use", "kinds", "at_least"] == count["required"]
        assert {"type": "integer", "minimum": 1} == {
            key: count["properties"]["at_least"][key] for key in ("type", "minimum")
        }
        assert False is count["properties"]["ever"]["default"]
        assert count["description"].startswith("The lead has done these things at least so many times")

    def test_every_key_says_what_it_means(self) -> None:
        """What an editor shows when the pointer rests on a key."""
        tables = [
            schema(),
            *(schema()["definitions"][name] for name in ("stage", "score", "each", "transition", "signature")),
        ]

        assert [] == [
            key for table in tables for key, value in table["properties"].items() if "description" not in value
        ]

    def test_criteria_of_strangers_are_known_where_they_are_installed(self) -> None:
        """Their parameters are completed like ours, with what their docstring says."""
        made = definition_schema((Registry.installed(PLUGINS) | Registry.of({"acme": Plugin()})).offers.values())
        headcount = made["definitions"]["criterion:acme.headcount"]

        assert "How many at least." == headcount["properties"]["minimum"]["description"]
        assert {} == headcount["properties"]["odd"]
        assert [] == validating.refused(made, entry({"use": "acme.headcount", "minimum": 3, "within": "2 days"}))
        assert ["criteria/x"] == validating.refused(made, entry({"use": "acme.headcount", "minimum": "3"}))
        assert ["criteria/x"] == validating.refused(made, entry({"use": "acme.headcunt", "minimum": 3}))

    def test_criteria_of_strangers_are_taken_as_they_are_elsewhere(self) -> None:
        """What nobody here knows, nobody here can judge; a slip in a name of ours is seen."""
        assert [] == validating.refused(schema(), entry({"use": "acme.headcount", "minimum": "3"}))
        assert ["criteria/x"] == validating.refused(schema(), entry({"use": "profile.presnt", "field": "email"}))
        assert ["criteria/x"] == validating.refused(schema(), entry({"use": "acme.headcount", "why": "because"}))

    @pytest.mark.parametrize(
        "value",
        [
            *(
                {"use": "profile.seniority", "at_least": "boss"},
                {"use": "profile.in_range", "field": "x", "minimum": "3"},
            ),
            *({"use": "engagement.points", "points": {}}, {"use": "engagement.points", "points": {"a": "b"}}),
            *({"use": "engagement.happened", "kinds": []}, {"use": "engagement.happened", "kinds": ["a"], "ever": 1}),
            *({"use": "engagement.happened", "kinds": ["a"], "within": "soon"}, {"use": "timing.in_stage"}),
            *({"use": "profile.present", "field": " "}, {"use": "profile.present", "field": "a", "unknown_as": "no"}),
            *("profile.present", {"field": "email"}, {"use": "present"}),
        ],
    )
    def test_wrong_parameters_are_refused(self, value: Any) -> None:
        """As binding refuses them."""
        assert validating.refused(schema(), entry(value))


def entry(value: object) -> dict[str, Any]:
    """Return a definition with one criterion."""
    return {"name": "x", "version": "1", "stages": {"a": {}}, "transitions": [], "criteria": {"x": value}}


# --- Laws ------------------------------------------------------------------------------------------------------------

ODD: Sequence[Any] = [
    3,
    -1,
    True,
    "",
    " ",
    "text",
    "2 days",
    "80 %",
    [],
    ["text"],
    [3],
    {},
    {"text": "text"},
    {"use": "text"},
    1.5,
]
KEYS = [
    "label",
    "sla",
    "final",
    "use",
    "field",
    "why",
    "blocks",
    "unknown_as",
    "kinds",
    "within",
    "from",
    "by",
    "odd",
    "and",
]


def ways(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to everything inside a document."""
    if path:
        yield path
    inside = value.items() if is_mapping(value) else enumerate(value) if is_list(value) else ()
    for key, item in inside:
        yield from ways(item, (*path, key))


SMALL = (
    RULES
    + """
[agreement]
of = "sha256:0"
sales = { by = "head of sales", on = 2026-01-15 }

[targets]
acceptance = "80 %"
"""
)


@st.composite
def odd_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Give the data of a definition in which one thing is left out, added, or another one."""
    data = tomllib.loads(SMALL)
    *path, key = draw(st.sampled_from(list(ways(data))))
    inside: Any = data
    for step in path:
        inside = inside[step]
    what = draw(st.sampled_from(["remove", "replace", "add"]))
    if what == "remove":
        del inside[key]
    elif what == "replace" or not isinstance(inside, dict):
        inside[key] = draw(st.sampled_from(ODD))
    else:
        inside[draw(st.sampled_from(KEYS))] = draw(st.sampled_from(ODD))
    return data


def codes(data: dict[str, Any]) -> set[str]:
    """Return the codes of the errors that reading finds."""
    text = "\n".join(f"{toml_value({key: value})[2:-2]}" for key, value in data.items())
    try:
        read_definition(text)
    except DefinitionError as error:
        return {problem.code for problem in error.problems if problem.severity is Severity.ERROR}
    return set()


class TestLaws:
    """What holds for every definition."""

    @given(odd_documents())
    def test_the_schema_refuses_what_reading_refuses_for_its_shape(self, data: dict[str, Any]) -> None:
        """Wherever a definition is changed: both refuse its shape, or neither does."""
        found = codes(data)
        assume(not found or found & SHAPE or not validating.refused(schema(), data))

        assert bool(found & SHAPE) is bool(validating.refused(schema(), data)), found


def test_every_code_of_shape_is_one_that_reading_says() -> None:
    """The law above is about codes that there are."""
    _, problems = check("b2b")
    text = load("b2b").text.replace('why = "Watches us", ', "").replace("cap = 100", 'cap = "much"')
    with pytest.raises(DefinitionError) as caught:
        read_definition(text)

    assert not any(problem.severity is Severity.ERROR for problem in problems)
    assert {problem.code for problem in caught.value.problems if problem.severity is Severity.ERROR} <= SHAPE
