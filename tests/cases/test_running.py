"""Running cases: what passes, what does not, and what is said then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Definition, load
from lifecycle.cases import read_cases, run_cases
from lifecycle.course import Course
from lifecycle.paths import toml_value
from lifecycle.replay import live_through
from lifecycle.signals import Signal, SignalType
from lifecycle.testing.strategies import logs
from lifecycle.times import BEGINNING
from tests.trying import LEAD, run, told

MQL = f'{LEAD}, {{ day = 1, activity = "demo_requested" }}'
SAL = (
    f'{MQL}, {{ day = 2, channel = "webinar", answers = {{ conversation_possible = true }}, '
    'request = "accept", by = "sales" }'
)
B2B = load("b2b")
SIGNED = """
[[cases]]
name = "signed"
given = [{ day = 0, profile = { email = "a@acme.example" }, activity = ["account_created", "order_placed"] }]
expect = { stage = "recycled" }
"""


class TestExpectations:
    """Each key of `expect`, as it is and as it is not."""

    @pytest.mark.parametrize(
        ("given", "expect"),
        [
            (MQL, '{ stage = "mql" }'),
            (MQL, '{ path = ["iql", "mql"] }'),
            (MQL, "{ path = ['iql'], day = 0 }"),
            ('{ day = 0, channel = "webinar" }', "{ outside = true, path = [] }"),
            (MQL, '{ trigger = "qualify", since = 1, cycle = 1 }'),
            (MQL, '{ day = 31, stage = "mql", unknown = ["talked"] }'),
            (MQL, '{ met = ["asked", "warm", "interest >= 40", "warm and not undesirable"], unmet = ["saw_prices"] }'),
            (MQL, '{ unknown = ["talked", "talked or stays >= 3"] }'.replace(" or stays >= 3", " and asked")),
            (MQL, "{ scores = { interest = 40 } }"),
            (MQL, '{ scores = { interest = ">= 40" }, undesirables = [] }'),
            (MQL, '{ missing = { sal = ["talked", "good_channel"], accept = ["good_channel", "talked"] } }'),
            (f'{LEAD}, {{ day = 1, profile = {{ email = "a@gmail.com" }} }}', '{ undesirables = ["free_email"] }'),
            (SAL, '{ stage = "sal", path = ["iql", "mql", "sal"], missing = { recycle = [] } }'),
            (
                f'{MQL}, {{ day = 3, request = "recycle", by = "sales", reason = "no_budget" }}',
                '{ reason = "no_budget", cycle = 2 }',
            ),
            (
                f'{LEAD}, {{ day = 1, activity = "demo_requested", profile = {{ email = "a@gmail.com" }} }}',
                '{ missing = { mql = ["not free_email"] } }',
            ),
        ],
    )
    def test_what_is_so_passes(self, given: str, expect: str) -> None:
        """Nothing is said of a case that passes."""
        assert [] == told(given, expect)

    @pytest.mark.parametrize(
        ("expect", "message"),
        [
            ('{ stage = "iql" }', "at the end (day 1) the lead is in mql, and should be in iql"),
            ('{ stage = "mql", day = 0 }', "on day 0 the lead is in iql, and should be in mql"),
            ("{ outside = true }", "at the end (day 1) the lead is in mql, and should be outside"),
            (
                '{ path = ["mql"] }',
                "at the end (day 1) it has come through iql -> mql, and should have come through mql",
            ),
            ('{ trigger = "accept" }', "the trigger of the last move is qualify, and should be accept"),
            ('{ reason = "went_cold" }', "the reason of the last move is none, and should be went_cold"),
            ("{ since = 0 }", "the day of the last move is day 1, and should be day 0"),
            ("{ cycle = 2 }", "the cycle is 1, and should be 2"),
            ('{ met = ["saw_prices"] }', "saw_prices is unmet, and should be met"),
            ('{ unmet = ["asked or talked"] }', "asked or talked is met, and should be unmet"),
            ('{ unknown = ["asked"] }', "asked is met, and should be unknown"),
            ('{ met = ["talked"] }', "talked is unknown, and should be met"),
            ("{ scores = { interest = 39 } }", "interest is 40, and should be 39"),
            ('{ scores = { interest = "> 40" } }', "interest is 40, and should be > 40"),
            ('{ undesirables = ["free_email"] }', "the undesirables are nothing, and should be free_email"),
            ('{ missing = { sal = ["talked"] } }', "what is missing for sal is not talked"),
            ("{ missing = { sal = [] } }", "what is missing for sal is not nothing"),
            ('{ missing = { win = ["stays"] } }', "what is missing for win is not stays"),
        ],
    )
    def test_what_is_not_so_is_told(self, expect: str, message: str) -> None:
        """What is, and what should be, in one sentence that says when."""
        assert message in told(MQL, expect)[0]

    def test_each_expectation_stands_where_it_stands(self) -> None:
        """The place of a miss is that of its key."""
        ran = run(MQL, '[\n  { stage = "mql" },\n  { day = 0, stage = "mql" },\n]')

        assert [("rules.tests.toml", 6, 14)] == [
            (miss.place.file, miss.place.line, miss.place.column) for miss in ran.misses
        ]


class TestRequests:
    """A request is granted unless the case says what else becomes of it."""

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ('request = "accept", by = "sales", blockers = ["good_channel", "talked"]', []),
            ('request = "accept", by = "sales", result = "refused"', []),
            ('request = "accept", by = "marketing", result = "forbidden"', []),
            ('request = "win", by = "sales", result = "undefined"', []),
            ('request = "accept", by = "sales_manager", override = true, waived = ["talked", "good_channel"]', []),
            (
                'request = "accept", by = "sales"',
                [
                    "on day 2 the request accept is refused, and should be granted",
                    "in the way: good_channel (the channel is not known)",
                    "in the way: talked (conversation_possible is not known)",
                ],
            ),
            (
                'request = "accept", by = "sales", blockers = ["talked"]',
                [
                    "on day 2 the request accept: what stands in its way is good_channel, talked, and should be talked",
                    "in the way: good_channel (the channel is not known)",
                    "in the way: talked (conversation_possible is not known)",
                ],
            ),
            (
                'request = "win", by = "sales"',
                [
                    "on day 2 the request win is undefined, and should be granted",
                    "the lead was in mql; win leads out of sal",
                ],
            ),
            (
                'request = "accept", by = "marketing"',
                [
                    "on day 2 the request accept is forbidden, and should be granted",
                    "the role marketing may not ask; those that may: sales",
                ],
            ),
            (
                'request = "recycle", by = "sales", reason = "no_money"',
                [
                    "on day 2 the request recycle is forbidden, and should be granted",
                    "this is not a reason code of this transition; it knows bad_timing, no_budget",
                ],
            ),
            (
                'request = "recycle", by = "sales", reason = "no_budget", result = "refused"',
                [
                    "on day 2 the request recycle is granted, and should be refused",
                    "recycle leads from mql to iql: it is always open",
                ],
            ),
            (
                'request = "accept", by = "sales_manager", override = true, waived = ["talked"]',
                [
                    "on day 2 the request accept: what is waived is good_channel, talked, and should be talked",
                    "accept leads from mql to sal: talked and good_channel",
                    "waived: good_channel",
                    "waived: talked",
                ],
            ),
        ],
    )
    def test_what_becomes_of_it(self, line: str, expected: list[str]) -> None:
        """Result, blockers and what an override waives; where it is another one, why."""
        assert expected == told(f"{MQL}, {{ day = 2, {line} }}", "{ outside = false }")

    def test_before_the_entry(self) -> None:
        """A lead outside has no stage to leave."""
        assert "the lead was outside the lifecycle; accept leads out of mql" in told(
            '{ day = 0, request = "accept", by = "sales" }', "{ outside = true }"
        )

    def test_of_one_day_in_the_order_of_the_file(self) -> None:
        """The second request meets what the first has done, whatever stands first in time."""
        text = (
            f'{{ day = 3, request = "recycle", by = "sales", reason = "no_budget" }}, {SAL}, '
            '{ day = 3, request = "recycle", by = "sales", reason = "no_budget", result = "undefined" }'
        )

        assert [] == told(text, '{ stage = "iql" }')


class TestWhy:
    """A miss says how the lead came where it is, and what the way it wants lacks."""

    def test_the_way_that_was_not_taken_is_explained(self) -> None:
        """The smallest changes, with what was found for each."""
        assert [
            "at the end (day 0) the lead is in iql, and should be in mql",
            "qualify to mql is closed",
            "  it takes asked (has not happened)",
            "  or interest >= 20 (interest is 0; 20 points away)",
            "came here on day 0: (new) -> iql by capture",
        ] == told(LEAD, '{ stage = "mql" }')

    def test_far_stages_are_explained_by_the_first_step(self) -> None:
        """A lead in IQL is not yet asked for what a customer needs."""
        assert "qualify to mql is closed" in told(LEAD, '{ stage = "customer" }')

    def test_a_stage_that_no_way_leads_to_is_said_so(self) -> None:
        """Nothing that happens would help."""
        [ran] = run_cases(B2B, read_cases(SIGNED, file="x.toml", definition=B2B).cases)

        assert "no way leads from customer to recycled" == ran.misses[0].why[0]

    def test_who_left_a_stage_is_told_what_opened_the_way(self) -> None:
        """The condition as it stands in the definition, and what was met in it."""
        assert "qualify took it out of iql: warm and not undesirable (asked, interest >= 20 met)" in told(
            MQL, '{ stage = "iql" }'
        )

    def test_what_was_refused_on_the_way_is_told(self) -> None:
        """A request that came to nothing may be the reason."""
        lines = told(f'{MQL}, {{ day = 2, request = "accept", by = "sales", result = "refused" }}', '{ stage = "sal" }')

        assert "accept to sal is closed (asked by sales)" in lines
        assert "not granted on day 2: accept in mql: refused; good_channel is unknown; talked is unknown" in lines

    def test_a_path_says_the_same(self) -> None:
        """Where the stage is not asked for, the last stage of the path is."""
        assert "qualify to mql is closed" in told(LEAD, '{ path = ["iql", "mql"] }')

    def test_scores_are_taken_apart(self) -> None:
        """Each criterion with its points, and those that may come."""
        given = f'{MQL}, {{ day = 2, profile = {{ email = "info@acme.example" }}, activity = "pricing_page_visited" }}'

        assert [
            "at the end (day 2) interest is 45, and should be 50",
            "  saw_prices gives 10 (1 time, 1 wanted)",
            "  asked gives 40 (demo_requested at 2026-01-06T09:00:00+00:00)",
        ] == [line for line in told(given, "{ scores = { interest = 50 } }") if "role_account" not in line]

    def test_comparisons_are_taken_apart_as_well(self) -> None:
        """What makes a condition what it is, and nothing else."""
        assert [
            "at the end (day 1) interest >= 50 or talked is unknown, and should be met",
            "interest >= 50: interest is 40",
            "  asked gives 40 (demo_requested at 2026-01-06T09:00:00+00:00)",
            "talked: unknown, conversation_possible is not known",
        ] == told(MQL, '{ met = ["interest >= 50 or talked"] }')

    def test_many_changes_are_cut(self) -> None:
        """The smallest few, and how many there are besides."""
        text = SIGNED.replace("order_placed", "ebook_downloaded").replace("recycled", "mql")
        [miss] = run_cases(B2B, read_cases(text, file="x.toml", definition=B2B).cases)[0].misses

        assert any(line.startswith("  or another of ") for line in miss.why)


# --- Laws ------------------------------------------------------------------------------------------------------------


def toml_of(definition: Definition, signals: list[Signal], *, wrong: bool) -> str:
    """Write what a lead lived through as a case that says so, or that says something else at one point."""
    end = max(signal.at or BEGINNING for signal in signals)
    history = live_through(Course(definition), "lead", signals, until=end)
    path = [record.target for record in history.records]
    expect: dict[str, Any] = {"at": end, "path": path, "cycle": history.journey.cycle, "outside": not path}
    if wrong:
        expect = {"at": end, "path": [*path, next(iter(definition.stages))]}
    lines = [_line(signal) for signal in signals]
    return "\n".join(
        [
            f"unnamed = {toml_value(sorted({signal.name for signal in signals if signal.name}))}",
            "[[cases]]",
            'name = "lived"',
            f"given = {toml_value(lines)}",
            f"expect = {toml_value(expect)}",
        ]
    )


def _line(signal: Signal) -> dict[str, Any]:
    at = {} if signal.at is None else {"at": signal.at}
    data = {name: "" if value is None else value for name, value in signal.data.items()}
    if signal.type is SignalType.ACTIVITY:
        return {**at, "activity": signal.name, "properties": data}
    if signal.type is SignalType.CHANNEL:
        return {**at, "channel": signal.name}
    return {**at, "profile" if signal.type is SignalType.PROFILE else "answers": data}


def facts_of_one(definition: Definition) -> st.SearchStrategy[list[Signal]]:
    """Give the facts of one lead, without requests and without undated activities, which a case does not know."""
    return logs(definition, most_leads=1).map(
        lambda signals: [
            one
            for one in signals
            if one.type is not SignalType.REQUEST and not (one.type is SignalType.ACTIVITY and one.at is None)
        ]
    )


class TestLaws:
    """What holds for every case."""

    @given(facts_of_one(B2B))
    def test_a_case_that_says_what_was_lived_passes_and_another_fails(self, signals: list[Signal]) -> None:
        """Whatever happens to a lead: the case that says so passes, and the case that says one stage more does not."""
        if not any(signal.at is not None for signal in signals):
            return
        for wrong in (False, True):
            text = toml_of(B2B, signals, wrong=wrong)
            [ran] = run_cases(B2B, read_cases(text, file="x.toml", definition=B2B).cases)

            assert wrong is not ran.passed, [miss.message for miss in ran.misses]
