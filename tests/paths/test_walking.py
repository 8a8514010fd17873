"""The facts that each step of a path needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Criterion, Definition, Registry, Snapshot, Verdict, criterion, hookimpl, load, met_if, parameters
from lifecycle.cases import read_cases, run_cases
from lifecycle.loading import read_definition
from lifecycle.paths import Stride, Walk, Walker, cases_toml, ends_of, fact_text, name_of, simple_paths
from lifecycle.paths.opening import MOST_ROUNDS
from lifecycle.testing.strategies import definitions
from tests.trying import rules


@criterion("magic", version="1")
class Magic:
    """Met by a word that no parameter names."""

    field: str = parameters.profile_field()

    def judge(self, known: Snapshot) -> Verdict:
        """Know the word."""
        return met_if(known.profile(self.field) == "abracadabra", "the word")


@criterion("weekday", version="1")
class Weekday:
    """Met while nobody has called, so that only a change opens it."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        """Look for the first call."""
        return met_if(not known.activities(self.kinds).count, "nobody has called")


@criterion("listed", version="1")
class Listed:
    """Met by the number of one of several sizes, which a table gives."""

    sizes: Mapping[str, int]
    field: str = parameters.profile_field(default="size")

    def judge(self, known: Snapshot) -> Verdict:
        """Look the number up."""
        return met_if(known.profile(self.field) in self.sizes.values(), "one of them")


class Plugin:
    """Offers the criteria of this file."""

    @staticmethod
    @hookimpl
    def lifecycle_criteria() -> list[type[Criterion]]:
        """Offer them."""
        return [Listed, Magic, Weekday]


HEAD = 'name = "x"\nversion = "1"\n[stages]\na = {}\nb = {}\nc = { final = true }\n'
ENTER = '[[transitions]]\ntrigger = "enter"\nto = "a"\nautomatic = true\nwhen = "WHEN"\n'
GO = '[[transitions]]\ntrigger = "go"\nfrom = ["a"]\nto = "b"\nautomatic = true\nwhen = "WHEN"\n'
END = '[[transitions]]\ntrigger = "end"\nfrom = ["b"]\nto = "c"\n'
INSTALLED = Registry.installed() | Registry.of({"odd": Plugin()})


def made(criteria: str, enter: str, go: str, more: str = "") -> Definition:
    """Return a definition of three stages with conditions for the first two moves."""
    text = f"{HEAD}[criteria]\n{criteria}\n{more}\n{ENTER.replace('WHEN', enter)}{GO.replace('WHEN', go)}{END}"
    return read_definition(text, plugins=INSTALLED)


def walks(definition: Definition, *ends: str, most: int = 100) -> list[Walk]:
    """Return the walks of the paths of a definition."""
    walker = Walker(definition)
    return [walker.walk(path) for path in simple_paths(definition, ends or ends_of(definition), most=most).paths]


def shown(strides: tuple[Stride, ...]) -> list[tuple[int, list[str]]]:
    """Return the days and facts of steps."""
    return [(stride.day, [fact_text(fact) for fact in stride.facts]) for stride in strides]


A_FIELD = 'named = { use = "profile.present", field = "name" }'


class TestFacts:
    """The fewest that were found for each step."""

    def test_each_step_needs_what_it_needs(self) -> None:
        """Facts that only the step itself needs, and whoever has to ask."""
        [walk] = walks(rules())

        assert [
            (0, ['email = "ada@acme.example"']),
            (1, ["demo_requested"]),
            (2, ['channel = "referral"', "conversation_possible = true"]),
            (3, ["site_visited { seconds = 600 }"]),
        ] == shown(walk.strides)
        assert [None, None, "sales:1", "somebody:1"] == [
            None if stride.request is None else stride.request.actor for stride in walk.strides
        ]

    @pytest.mark.parametrize(
        ("criteria", "condition", "facts"),
        [
            (
                'x = { use = "profile.one_of", field = "industry", values = ["software"] }',
                "x",
                ['industry = "software"'],
            ),
            ('x = { use = "profile.in_range", field = "employees", minimum = 20 }', "x", ["employees = 20"]),
            ('x = { use = "profile.matches", field = "title", pattern = "*engineer*" }', "x", ['title = "engineer"']),
            ('x = { use = "profile.seniority", at_least = "director" }', "x", ['title = "director"']),
            ('x = { use = "profile.country_in", countries = ["DE"] }', "x", ['country = "DE"']),
            (
                'x = { use = "undesirables.competitor", domains = ["them.example"] }',
                "x",
                ['email = "ada@them.example"'],
            ),
            ('x = { use = "undesirables.role_account" }', "x", ['email = "info@acme.example"']),
            ('x = { use = "engagement.count", kinds = ["seen"], at_least = 7 }', "x", ["seen, 7 times"]),
            ('x = { use = "engagement.points", points = { tried = 4 }, at_least = 9 }', "x", ["tried, 3 times"]),
            ('x = { use = "sales.known", answer = "size" }', "x", ["size = true"]),
            ('x = { use = "sales.confirmed", answer = "budget" }', "not x", ["budget = false"]),
            ('x = { use = "odd.weekday", kinds = ["called"] }', "not x", ["called"]),
            ('x = { use = "odd.listed", sizes = { small = 17, large = 170 } }', "x", ["size = 17"]),
            ('x = { use = "timing.inactive", at_least = "2 days" }', "not x", None),
        ],
    )
    def test_parameters_say_what_is_looked_for(self, criteria: str, condition: str, facts: list[str] | None) -> None:
        """No criterion is known by its name: values come from its own parameters."""
        walk = walks(made(f"{A_FIELD}\n{criteria}", "named", condition))[0]

        assert walk.stuck is None
        if facts is not None:
            assert facts == shown(walk.strides)[1][1]

    def test_different_pages_are_different(self) -> None:
        """A criterion that counts different values of a property is told several."""
        seen = 'x = { use = "engagement.count", kinds = ["seen"], at_least = 3, distinct = "page" }'
        [walk] = walks(made(f"{A_FIELD}\n{seen}", "named", "x"))

        assert ['seen { page = "page 1" }', 'seen { page = "page 2" }', 'seen { page = "page 3" }'] == shown(
            walk.strides
        )[1][1]

    def test_a_score_is_reached_by_what_gives_most(self) -> None:
        """Several criteria together, where one is not enough."""
        criteria = "\n".join(
            f'k{number} = {{ use = "engagement.happened", kinds = ["k{number}"] }}' for number in range(4)
        )
        score = "[scores]\ns = { points = { k0 = 5, k1 = 30, k2 = 20, k3 = -50 } }"
        [walk] = walks(made(f"{A_FIELD}\n{criteria}", "named", "s >= 50", score))

        assert ["k1", "k2"] == sorted(shown(walk.strides)[1][1])

    def test_what_one_criterion_needs_may_do_for_another(self) -> None:
        """A word that nothing would have been found for is there already; so are the points of a score."""
        spelt = 'a_spell = { use = "profile.one_of", field = "word", values = ["abracadabra"] }'
        magic = 'magic = { use = "odd.magic", field = "word" }'
        score = "[scores]\ns = { points = { a_spell = 5 } }"
        [walk] = walks(made(f"{A_FIELD}\n{spelt}\n{magic}", "named", "a_spell and magic and s >= 5", score))

        assert ['word = "abracadabra"'] == shown(walk.strides)[1][1]

    def test_a_score_of_very_many_criteria_is_not_reached(self) -> None:
        """One is met after the other, and there is an end to that; what was not brought about is named."""
        names = [f"k{number}" for number in range(MOST_ROUNDS + 1)]
        criteria = "\n".join(f'{name} = {{ use = "engagement.happened", kinds = ["{name}"] }}' for name in names)
        score = f"[scores]\ns = {{ points = {{ {', '.join(f'{name} = 1' for name in names)} }} }}"
        few, many = (
            walks(made(f"{A_FIELD}\n{criteria}", "named", f"s >= {points}", score))[0].stuck
            for points in (MOST_ROUNDS, MOST_ROUNDS + 1)
        )

        assert (None, "no facts were found with which s >= 9 is met, as go needs") == (few, many)

    def test_a_score_may_have_to_fall(self) -> None:
        """What takes points away is a fact like any other."""
        criteria = 'bad = { use = "engagement.happened", kinds = ["bad"] }'
        [walk] = walks(made(f"{A_FIELD}\n{criteria}", "named", "s < -10", "[scores]\ns = { points = { bad = -20 } }"))

        assert ["bad"] == shown(walk.strides)[1][1]

    def test_time_is_waited_for(self) -> None:
        """Where time alone opens a step, the day is the one on which it does."""
        [walk] = walks(made(f'{A_FIELD}\nold = {{ use = "timing.in_stage", at_least = "9 days" }}', "named", "old"))

        assert [0, 9, 10] == [stride.day for stride in walk.strides]
        assert () == walk.strides[1].facts

    def test_facts_may_be_needed_after_a_wait(self) -> None:
        """What is told too early may be gone when the time has come."""
        criteria = (
            f'{A_FIELD}\nold = {{ use = "timing.in_stage", at_least = "9 days" }}\n'
            'fresh = { use = "engagement.happened", kinds = ["call"], within = "2 days" }'
        )
        [walk] = walks(made(criteria, "named", "old and fresh"))

        assert [(9, ["call"])] == shown(walk.strides)[1:2]

    def test_a_stranger_that_does_not_say_what_it_wants_is_named(self) -> None:
        """Nothing is made up: the path is given as far as it goes."""
        [walk] = walks(made(f'{A_FIELD}\nmagic = {{ use = "odd.magic", field = "word" }}', "named", "magic"))

        assert "no facts were found with which magic is met, as go needs" == walk.stuck
        assert ["enter"] == [stride.transition.trigger for stride in walk.strides]

    def test_a_lead_may_go_on_at_once(self) -> None:
        """A stage that is left in the instant in which it is entered is passed, and is no end."""
        definition = made(f'{A_FIELD}\nyes = {{ use = "profile.present", field = "name" }}', "named", "yes")
        [walk], [to_a] = walks(definition), walks(definition, "a")

        assert [(0, ['name = "something"']), (0, []), (1, [])] == shown(walk.strides)
        assert "no lead stops there: it goes on at once to b" == to_a.stuck

    def test_a_step_that_another_one_is_faster_than_is_said_so(self) -> None:
        """Facts that open it are known, and lead elsewhere."""
        first = (
            GO.replace('trigger = "go"', 'trigger = "away"').replace('to = "b"', 'to = "c"').replace("WHEN", "x or y")
        )
        criteria = "\n".join(f'{name} = {{ use = "engagement.happened", kinds = ["{name}"] }}' for name in "xy")
        found = walks(made(f"{A_FIELD}\n{criteria}", "named", "x and y", first))

        assert [None, "facts that open go were found, and with each of them the lead goes elsewhere"] == [
            walk.stuck for walk in found
        ]


class TestWriting:
    """Walks as a test file."""

    def test_what_is_stuck_is_a_comment(self) -> None:
        """The file still passes, and says what is not in it."""
        found = walks(made(f'{A_FIELD}\nmagic = {{ use = "odd.magic", field = "word" }}', "named", "magic"))
        text = cases_toml(found, about=["Made by a test."])

        assert (
            "# Made by a test.\n\n# enter, go, end: c\n#   no facts were found with which magic is met, as go needs\n"
            == text
        )

    def test_what_no_criterion_names_is_listed(self) -> None:
        """A channel that is none of the good ones is no slip of the pen."""
        good = 'good = { use = "channel.one_of", channels = ["others"] }'
        definition = made(f"{A_FIELD}\n{good}", "named", "not good")
        text = cases_toml(walks(definition))

        assert 'unnamed = ["other"]' in text
        assert all(one.passed for one in run_cases(definition, read_cases(text, file="x", definition=definition).cases))

    def test_several_activities_are_several_lines(self) -> None:
        """Each with its own properties; the request stands with the last of them."""
        seen = 'x = { use = "engagement.count", kinds = ["seen"], at_least = 2, distinct = "page" }'
        text = cases_toml(walks(made(f"{A_FIELD}\n{seen}", "named", "x")))

        assert '    { day = 1, activity = "seen", properties = { page = "page 1" } },\n' in text
        assert '    { day = 1, activity = "seen", properties = { page = "page 2" } },\n' in text
        assert '    { day = 2, request = "end", by = "somebody" },\n' in text


def passes(definition: Definition, found: list[Walk]) -> list[str]:
    """Return what the cases of walks miss."""
    file = read_cases(cases_toml(found), file="x.toml", definition=definition)
    return [miss.message for ran in run_cases(definition, file.cases) for miss in ran.misses]


class TestLaws:
    """What holds for every definition."""

    @pytest.mark.parametrize("name", ["b2b", "product_led", "short_cycle"])
    def test_every_path_of_the_packaged_definitions_is_found(self, name: str) -> None:
        """To every stage; and the cases that are written of them pass."""
        definition = load(name)
        for stage in definition.stages:
            found = walks(definition, stage, most=15)

            assert [] == [(name_of(walk), walk.stuck) for walk in found if walk.stuck is not None]
            assert [] == passes(definition, found)

    @given(st.data())
    def test_what_is_found_happens(self, data: st.DataObject) -> None:
        """A walk is lived through by the engine: exactly these moves, on these days, and its case passes."""
        definition = data.draw(definitions())
        end = data.draw(st.sampled_from(list(definition.stages)))
        found = [walk for walk in walks(definition, end, most=4) if walk.stuck is None]
        if found:
            assert [] == passes(definition, found)
        for walk in found:
            moves, journey = Walker(definition).lives(walk.strides, walk.strides[-1].day)

            assert list(walk.path) == moves
            assert end == journey.stage

    @given(st.data())
    def test_no_fact_is_superfluous(self, data: st.DataObject) -> None:
        """Without one of its last step's facts a walk does not end where it ends."""
        definition = data.draw(definitions())
        end = data.draw(st.sampled_from(list(definition.stages)))
        walker = Walker(definition)
        for walk in walks(definition, end, most=2):
            if walk.stuck is not None:
                continue
            *before, last = walk.strides
            for fact in last.facts:
                fewer: Any = Stride(
                    transition=last.transition,
                    source=last.source,
                    day=last.day,
                    facts=tuple(one for one in last.facts if one is not fact),
                    request=last.request,
                )
                moves, _ = walker.lives([*before, fewer], last.day)

                assert list(walk.path) != moves
