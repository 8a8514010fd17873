"""Examples at the very boundaries, since properties seldom notice one a moment off; and what they once found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lifecycle.course import Course
from lifecycle.definition import Definition
from lifecycle.journey import Journey
from lifecycle.lead import Lead
from lifecycle.loading import read_definition
from lifecycle.replay import live_through
from lifecycle.signals import Signal, SignalType
from lifecycle.testing.documents import plugins
from lifecycle.testing.strategies import START
from tests.properties.cases import signal

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DEFINITION = """
name = "boundaries"
version = "1"
[stages]
iql = {{}}
mql = {{}}
[criteria]
visited = {{ use = "engagement.happened", kinds = ["visit"] }}
{criteria}
[[transitions]]
trigger = "capture"
to = "iql"
automatic = true
when = "visited"
{transitions}
"""


def defined(criteria: str, transitions: str) -> Definition:
    """Read a definition that begins with a visit."""
    return read_definition(DEFINITION.format(criteria=criteria, transitions=transitions), plugins=plugins())


def moves(definition: Definition, *signals: Signal, until: timedelta = 99 * HOUR) -> list[tuple[str, timedelta]]:
    """Give the stages entered, each with the time since the start."""
    history = live_through(Course(definition), "lead 0", signals, until=START + until)
    return [(record.target, record.at - START) for record in history.records]


def happens(kind: str, after: timedelta) -> Signal:
    """Give an activity so long after the start."""
    return signal(START + after, SignalType.ACTIVITY, kind)


def ask(trigger: str, after: timedelta) -> Signal:
    """Give a request so long after the start."""
    return signal(START + after, SignalType.REQUEST, trigger, actor="sales:1")


class TestWindows:
    """A window is `(at - within, at]`."""

    ASKED = defined(
        'demo = { use = "engagement.happened", kinds = ["demo"], within = "5 hours" }',
        '[[transitions]]\ntrigger = "qualify"\nfrom = ["iql"]\nto = "mql"\nwhen = "demo"',
    )

    @pytest.mark.parametrize(
        ("after", "counts"),
        [(-MOMENT, False), (0 * HOUR, True), (5 * HOUR - MOMENT, True), (5 * HOUR, False), (5 * HOUR + MOMENT, False)],
    )
    def test_an_activity_counts_from_its_instant_until_its_instant_plus_within(
        self, after: timedelta, counts: bool
    ) -> None:
        """It counts at its own instant, and stops counting at exactly its instant plus `within`."""
        made = moves(self.ASKED, happens("visit", 0 * HOUR), happens("demo", HOUR), ask("qualify", HOUR + after))
        assert ([("iql", 0 * HOUR), ("mql", HOUR + after)] if counts else [("iql", 0 * HOUR)]) == made

    @pytest.mark.parametrize(("until", "moved"), [(6 * HOUR - MOMENT, False), (6 * HOUR, True), (99 * HOUR, True)])
    def test_a_window_that_closes_moves_at_that_instant(self, until: timedelta, moved: bool) -> None:
        """The move is dated when the window drops the activity, however much later one looks, and never before."""
        cooling = defined(
            'demo = { use = "engagement.happened", kinds = ["demo"], within = "5 hours" }',
            '[[transitions]]\ntrigger = "cool"\nfrom = ["iql"]\nto = "mql"\nautomatic = true\nwhen = "not demo"',
        )
        made = moves(cooling, happens("demo", HOUR), happens("visit", 2 * HOUR), until=until)
        assert [("iql", 2 * HOUR), *([("mql", 6 * HOUR)] if moved else [])] == made

    @pytest.mark.parametrize(("until", "moved"), [(6 * HOUR - MOMENT, False), (6 * HOUR, True)])
    def test_so_long_in_a_stage_is_reached_at_that_instant(self, until: timedelta, moved: bool) -> None:
        """After exactly `at_least` the lead has been there long enough."""
        waiting = defined(
            'long = { use = "timing.in_stage", at_least = "5 hours" }',
            '[[transitions]]\ntrigger = "wait"\nfrom = ["iql"]\nto = "mql"\nautomatic = true\nwhen = "long"',
        )
        made = moves(waiting, happens("visit", HOUR), until=until)
        assert [("iql", HOUR), *([("mql", 6 * HOUR)] if moved else [])] == made


class TestCycles:
    """A later cycle counts activities strictly after the move that started it."""

    @pytest.mark.parametrize(("after", "counts"), [(-MOMENT, False), (0 * HOUR, False), (MOMENT, True)])
    @pytest.mark.parametrize("ever", [False, True])
    def test_the_instant_of_the_start_belongs_to_the_cycle_before(
        self, after: timedelta, counts: bool, ever: bool
    ) -> None:
        """What happened at that very instant does not count, what happens a moment later does; `ever` sees both."""
        recycling = defined(
            f'demo = {{ use = "engagement.happened", kinds = ["demo"], ever = {str(ever).lower()} }}',
            '[[transitions]]\ntrigger = "recycle"\nfrom = ["iql"]\nto = "mql"\nnew_cycle = true\n'
            '[[transitions]]\ntrigger = "back"\nfrom = ["mql"]\nto = "iql"\nwhen = "demo"',
        )
        told = [happens("visit", 0 * HOUR), happens("demo", HOUR + after), ask("recycle", HOUR), ask("back", 2 * HOUR)]
        back = [("iql", 2 * HOUR)] if counts or ever else []
        assert [("iql", 0 * HOUR), ("mql", HOUR), *back] == moves(recycling, *told)


class TestLastInstant:
    """A replay ends with its last instant, inclusive."""

    @pytest.mark.parametrize(("until", "entered"), [(HOUR - MOMENT, False), (HOUR, True)])
    def test_a_fact_at_the_last_instant_counts(self, until: timedelta, entered: bool) -> None:
        """And one a moment later does not."""
        plain = defined("", '[[transitions]]\ntrigger = "qualify"\nfrom = ["iql"]\nto = "mql"')
        asked = [happens("visit", HOUR), ask("qualify", HOUR)]
        assert ([("iql", HOUR), ("mql", HOUR)] if entered else []) == moves(plain, *asked, until=until)


class TestFound:
    """What the laws found once, as it was found."""

    def test_a_refused_request_does_not_use_up_what_is_undated(self) -> None:
        """The undated visit is judged with the first dated fact, though something was refused before."""
        plain = defined("", '[[transitions]]\ntrigger = "qualify"\nfrom = ["iql"]\nto = "mql"')
        undated = signal(None, SignalType.ACTIVITY, "visit")
        told = [undated, ask("qualify", HOUR), happens("something_else", 2 * HOUR)]
        assert [("iql", 2 * HOUR)] == moves(plain, *told) == moves(plain, told[0], told[2])

    def test_a_lead_of_whom_nothing_is_read_is_not_entered_by_a_call(self) -> None:
        """An entry that only the calendar opens is judged at no fact, and so not by whoever says what was judged."""
        entry = (
            '[[transitions]]\ntrigger = "come"\nto = "mql"\nautomatic = true\nwhen = "late"\n'
            '[[transitions]]\ntrigger = "on"\nfrom = ["iql"]\nto = "mql"'
        )
        dated = defined(f'late = {{ use = "unruly.calendar", start = "{(START + 3 * HOUR).isoformat()}" }}', entry)
        lead = Lead("a").activity("something_else", at=START)
        course = Course(dated)
        for judged_until in (None, START, START + 2 * HOUR):
            steps = course.advance(lead, Journey(), START + 9 * HOUR, judged_until=judged_until)
            assert [] == list(steps)

    def test_an_amount_that_is_missing_never_grants(self) -> None:
        """A criterion met without an amount, of which a score counts points for each, has failed as an atom too."""
        counting = read_definition(
            DEFINITION.format(
                criteria='demo = { use = "engagement.happened", kinds = ["demo"] }\n'
                "[scores]\nscore = { points = { demo = { each = 2, up_to = 10 }, visited = 5 } }",
                transitions='[[transitions]]\ntrigger = "qualify"\nfrom = ["iql"]\nto = "mql"\nautomatic = true\n'
                'when = "demo and score >= 5"',
            ),
            plugins=plugins(),
        )
        assert [("iql", HOUR)] == moves(counting, happens("demo", 0 * HOUR), happens("visit", HOUR))
