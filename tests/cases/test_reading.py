"""Reading test files: what they may say, and how a slip of the pen is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.cases import read_cases
from lifecycle.cases.case import day_text
from lifecycle.decision import Result
from lifecycle.errors import CasesError
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.paths import toml_value
from tests.trying import LEAD, case_of, problems, read, rules

DAY_0 = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def one(text: str) -> str:
    """Return the only thing that is wrong with a case, without its place."""
    [problem] = problems(text)
    return problem.partition(": ")[2]


def given_line(line: str) -> str:
    """Write a case with one more line."""
    return case_of(f"{LEAD}, {line}", '{ stage = "iql" }')


def expect_line(line: str) -> str:
    """Write a case that expects something."""
    return case_of(LEAD, line)


class TestInstants:
    """A day counts from the start of the file."""

    def test_there_are_three_ways_to_say_when(self) -> None:
        """A day, a time after the start, and an instant; none at all is always known."""
        lines = [
            "{ day = 2, CHANNEL }",
            '{ after = "36 hours", CHANNEL }',
            "{ at = 2026-01-06T10:00:00+01:00, CHANNEL }",
        ]
        lines += ["{ day = 0.25, CHANNEL }", "{ CHANNEL }"]
        text = ", ".join(lines).replace("CHANNEL", 'channel = "webinar"')
        [case] = read(case_of(text, "{ outside = true }")).cases

        hours = [48, 36, 24, 6]
        assert [*(DAY_0 + timedelta(hours=one) for one in hours), None] == [given.at for given in case.given]
        assert DAY_0 + timedelta(hours=48) == case.end

    def test_the_start_may_be_named(self) -> None:
        """Then day 0 is that instant, whatever its zone."""
        text = "start = 2026-03-02T10:00:00+01:00\n" + expect_line('{ stage = "iql" }')
        [case] = read(text).cases

        assert datetime(2026, 3, 2, 9, 0, tzinfo=UTC) == case.given[0].at

    @pytest.mark.parametrize(
        ("days", "text"),
        [(0, "day 0"), (3, "day 3"), (0.25, "day 0.25"), (-1, "day -1"), (1.5, "day 1.5"), (10, "day 10")],
    )
    def test_instants_are_told_in_days(self, days: float, text: str) -> None:
        """As the file says them."""
        assert text == day_text(timedelta(days=days))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{ day = 1, after = "1 day", channel = "webinar" }', "says twice when: by day and by after"),
            ('{ activity = "demo_requested" }', "say when: write day = 0, or another day"),
            ('{ request = "accept", by = "sales" }', "say when: write day = 0, or another day"),
            ('{ day = 99999999999, channel = "webinar" }', "the calendar ends before that day"),
            ('{ day = 900000000, channel = "webinar" }', "the calendar ends before that day"),
            ('{ after = "900000000 days", channel = "webinar" }', "the calendar ends before that day"),
            ('{ after = "2 months", channel = "webinar" }', "months and years have no fixed length"),
            ('{ at = 2026-01-06T10:00:00, channel = "webinar" }', "has no time zone"),
            ('{ at = "2026-01-06T10:00:00Z", channel = "webinar" }', "must be a date and time with a zone"),
            ("{ after = 3, channel = 'webinar' }", "must be a duration such as '2 hours', not 3"),
        ],
    )
    def test_what_is_no_time_is_refused(self, line: str, message: str) -> None:
        """With what to write instead."""
        assert message in one(given_line(line))


class TestSlips:
    """A marketer mistypes a name, and is told which one was meant."""

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            (
                '{ day = 1, activity = "pricing_page_visted" }',
                "the activity 'pricing_page_visted', did you mean 'pricing_page_visited'? (if it is meant, list it in",
            ),
            ('{ profile = { e-mail = "x" } }', "names the profile field 'e-mail', did you mean 'email'?"),
            ('{ channel = "webinars" }', "names the channel 'webinars', did you mean 'webinar'?"),
            (
                "{ answers = { conversation_posible = true } }",
                "names the answer 'conversation_posible', did you mean 'conversation_possible'?",
            ),
            ('{ day = 1, request = "acept", by = "sales" }', "has no trigger 'acept', did you mean 'accept'?"),
            ('{ day = 1, request = "accept", by = "sale" }', "names no role 'sale', did you mean 'sales'?"),
            (
                '{ day = 1, request = "accept", by = "sales", blockers = ["talkd"] }',
                "has no criterion or condition 'talkd', did you mean 'talked'?",
            ),
            ('{ dy = 1, channel = "webinar" }', "unknown key 'dy', did you mean 'day'?"),
            (
                '{ day = 1, request = "accept", by = "sales", result = "refuse" }',
                "did you mean 'refused'?",
            ),
        ],
    )
    def test_what_happens(self, line: str, message: str) -> None:
        """Kinds, fields, channels, answers, triggers, roles and keys."""
        assert message in one(given_line(line))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{ stage = "mqll" }', "has no stage 'mqll', did you mean 'mql'?"),
            ('{ path = ["iql", "mqll"] }', "has no stage 'mqll', did you mean 'mql'?"),
            ('{ trigger = "qualifi" }', "has no trigger 'qualifi', did you mean 'qualify'?"),
            ('{ met = ["askd"] }', "has no criterion or condition 'askd', did you mean 'asked'?"),
            ('{ unmet = ["intrest >= 3"] }', "has no score 'intrest', did you mean 'interest'?"),
            ('{ unknown = ["asked and"] }', "column 10 of 'asked and'"),
            ("{ scores = { intrest = 3 } }", "has no score 'intrest', did you mean 'interest'?"),
            ("{ scores = { intrest = '>= 3' } }", "has no score 'intrest', did you mean 'interest'?"),
            ('{ scores = { interest = "much" } }', "column 10 of 'interest much'"),
            ('{ scores = { interest = ">= 3 and asked" } }', "must be points, or a comparison such as '>= 50'"),
            ('{ undesirables = ["free_mail"] }', "has no undesirable 'free_mail', did you mean 'free_email'?"),
            ('{ missing = { mqll = ["asked"] } }', "has no stage or trigger 'mqll', did you mean 'mql'?"),
            ('{ missing = { mql = ["warm"] } }', "'warm' is made of several: name its criteria one by one"),
            ('{ missing = { mql = ["asked and talked"] } }', "'asked and talked' is made of several"),
            ('{ stag = "mql" }', "unknown key 'stag', did you mean 'stage'?"),
        ],
    )
    def test_what_is_expected(self, line: str, message: str) -> None:
        """Stages, triggers, criteria, scores, undesirables and keys."""
        assert message in one(expect_line(line))

    def test_what_resembles_nothing_is_only_worth_a_look(self) -> None:
        """A fact that no criterion names may be what the case is about."""
        text = given_line(
            '{ day = 1, activity = "fax_sent", profile = { shoe_size = 43 }, channel = "carrier pigeon" }'
        )

        assert [
            "rules.tests.toml:3:76: warning: no criterion of rules names the activity 'fax_sent' [unnamed-fact]",
            "rules.tests.toml:3:111: warning: no criterion of rules names the profile field 'shoe_size' [unnamed-fact]",
        ] == problems(text)

    def test_what_is_listed_is_meant(self) -> None:
        """`unnamed` says that a name is no slip."""
        text = 'unnamed = ["pricing_page_visted", "fax_sent"]\n' + given_line(
            '{ day = 1, activity = ["pricing_page_visted", "fax_sent"] }'
        )

        assert [] == problems(text)

    def test_dimensions_are_named_as_well(self) -> None:
        """A field that is only copied into records is known too."""
        assert [] == problems(given_line('{ profile = { company = "Acme" } }'))

    def test_names_are_listed_where_there_are_few(self) -> None:
        """A newcomer sees what there is."""
        message = one(expect_line('{ stage = "xyz" }'))

        assert "has no stage 'xyz'; there are customer, iql, mql, sal" in message


class TestProblems:
    """Everything that is wrong is told at once, each with its place."""

    def test_all_of_them_with_their_places(self) -> None:
        """A mistake in one line hides none in another."""
        text = (
            'start = "monday"\n\n'
            '[[cases]]\nname = "one"\ngiven = [\n    { day = 0, activty = "demo_requested" },\n'
            '    { day = 0, activity = "demo_requestd" },\n]\nexpect = { stage = "mqll" }\n\n'
            '[[cases]]\ngiven = [{ day = 0, times = 0, activity = "site_visited" }]\nexpect = []\n'
        )

        expected = [
            "1:1: error: must be a date and time with a zone",
            "6:16: error: unknown key 'activty', did you mean 'activity'?",
            "7:16: error: no criterion of rules names the activity 'demo_requestd', did you mean 'demo_requested'?",
            "9:12: error: the definition has no stage 'mqll', did you mean 'mql'?",
            "11:3: error: 'name' is missing",
            "12:21: error: must be a whole number from 1 on, not 0",
            "13:1: error: nothing is expected here: write stage, or another key",
        ]
        found = problems(text)

        assert len(expected) == len(found)
        assert all(line in problem for line, problem in zip(expected, found, strict=True))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{ day = 1 }", "nothing happens here: write one of profile, channel, activity, answers, request"),
            ('{ day = 1, channel = "webinar", properties = { seconds = 3 } }', "'properties' belong to an 'activity'"),
            ('{ day = 1, channel = "webinar", by = "sales" }', "'by' belongs to a 'request'"),
            ('{ day = 1, channel = "webinar", override = true }', "'override' belongs to a 'request'"),
            ('{ day = 1, request = "accept" }', "say who asks: write by = 'sales'"),
            ('{ day = 1, request = "accept", by = "sales:" }', "an actor is role:id"),
            ("{ day = 1, profile = { email = 2026-01-01 } }", "'email' is a date"),
            ('{ day = 1, profile = { "" = 1 }, channel = "webinar" }', "is a non-empty text"),
            ('{ day = 1, request = "accept", by = "sales", blockers = ["and"] }', "column 1 of 'and'"),
            ('{ day = 1, activity = " " }', "a kind of activity is not blank"),
            ('{ day = 1, channel = "  " }', "must be a non-empty text"),
        ],
    )
    def test_what_cannot_happen_is_refused(self, line: str, message: str) -> None:
        """With what belongs there."""
        assert any(message in problem for problem in problems(given_line(line)))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (case_of(LEAD, "{ day = 3 }"), "nothing is expected here"),
            (case_of(LEAD, '{ stage = "iql", outside = true }'), "in a stage or outside, not both"),
            (case_of(LEAD, '{ stage = "iql" }') * 2, "two cases are named 'a case'"),
            (
                case_of(LEAD, '{ stage = "iql" }').replace("given", 'lead = "ada"\ngiven'),
                "no entry of [leads] is named 'ada'",
            ),
            (
                'definition = "other"\n' + case_of(LEAD, '{ stage = "iql" }'),
                "these cases are for the definition 'other'",
            ),
            (case_of(LEAD, '{ stage = "iql" }').replace("given", "gven"), "unknown key 'gven', did you mean 'given'?"),
            ("cases = 3", "must be a list, not 3"),
            ("start = 2026-01-01T00:00:00Z", "'cases' is missing"),
        ],
    )
    def test_what_is_no_case_is_refused(self, text: str, message: str) -> None:
        """Whatever part of the file it is about."""
        assert any(message in problem for problem in problems(text))

    def test_what_is_no_toml_says_where(self) -> None:
        """As for every other file."""
        with pytest.raises(CasesError) as caught:
            read("[[cases]\n")

        assert "rules.tests.toml:1:" in str(caught.value)


class TestMeaning:
    """What a line of a file comes to."""

    def test_leads_are_told_before_the_case(self) -> None:
        """One or several, in the order named; the case adds to them."""
        text = (
            '[leads]\none = [{ profile = { email = "a@b.example" } }]\n'
            'two = [{ day = 0, channel = "webinar" }]\n'
            + case_of('{ day = 1, activity = "demo_requested" }', '{ stage = "mql" }').replace(
                "given", 'lead = ["one", "two"]\ngiven'
            )
        )
        [case] = read(text).cases

        assert ["a@b.example", None, None] == [given.profile.get("email") for given in case.given]
        assert [None, "webinar", None] == [given.channel for given in case.given]

    def test_times_and_lists_multiply(self) -> None:
        """Three times two kinds are six activities."""
        [case] = read(given_line('{ day = 1, activity = ["demo_requested", "site_visited"], times = 3 }')).cases

        assert ("demo_requested", "site_visited") * 3 == case.given[1].activities

    @pytest.mark.parametrize(
        ("more", "result"),
        [
            ("", Result.GRANTED),
            (', blockers = ["talked"]', Result.REFUSED),
            (', result = "forbidden"', Result.FORBIDDEN),
        ],
    )
    def test_a_request_is_granted_unless_something_else_is_said(self, more: str, result: Result) -> None:
        """A refusal is never passed over in silence."""
        [case] = read(given_line(f'{{ day = 1, request = "accept", by = "sales"{more} }}')).cases
        asked = case.given[1].asked
        assert asked is not None

        assert (result, "sales:1") == (asked.result, asked.request.actor)

    def test_who_asks_may_be_named(self) -> None:
        """A role, or a role and an id."""
        [case] = read(given_line('{ day = 1, request = "accept", by = "sales:17" }')).cases
        asked = case.given[1].asked
        assert asked is not None

        assert "sales:17" == asked.request.actor


class TestLaws:
    """What holds for every file."""

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["day", "at", "profile", "activity", "request", "by", "stage", "met", "name", "x"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        )
    )
    def test_no_file_breaks_the_reader(self, value: Any) -> None:
        """Whatever stands where a case, a line or an expectation should: it is read, or refused with a place."""
        shown = toml_value(_toml(value))
        for text in (f"cases = [{shown}]", case_of(shown, '{ stage = "iql" }'), case_of(LEAD, shown)):
            try:
                read_cases(text, file="x.toml", definition=rules())
            except CasesError as error:
                found = error.problems
            else:
                found = ()

            assert all(problem.place is not None for problem in found)


def _toml(value: Any) -> Any:
    """Return a value without what TOML cannot hold."""
    if is_mapping(value):
        return {key: _toml(item) for key, item in value.items() if item is not None}
    if is_list(value):
        return [_toml(item) for item in value if item is not None]
    return "" if value is None else max(min(value, 2**62), -(2**62)) if type(value) is int else value
