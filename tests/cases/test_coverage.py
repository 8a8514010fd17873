"""What cases have seen of a definition, and what not."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.cases import Covered, coverage_of, read_cases, run_cases
from tests.trying import LEAD, RULES, case_of, read, rules

MQL = f'{LEAD}, {{ day = 1, activity = "demo_requested" }}'


def seen_by(*given_and_expect: tuple[str, str]) -> dict[str, Covered]:
    """Return what some cases have seen, by part."""
    cases = [case_of(given, expect, name=str(number)) for number, (given, expect) in enumerate(given_and_expect)]
    return {
        part.what: part
        for part in coverage_of(rules(), run_cases(rules(), read("\n".join(cases) or "cases = []").cases)).parts
    }


class TestCoverage:
    """Transitions, criteria and undesirables."""

    def test_each_arrow_is_one(self) -> None:
        """A transition from two stages is two things to see."""
        seen = seen_by((MQL, '{ stage = "mql" }'))["transitions"]

        assert (7, 2) == (seen.total, seen.seen)
        assert (
            "cool_down from mql",
            "accept from mql",
            "recycle from mql",
            "recycle from sal",
            "win from sal",
        ) == seen.unseen
        assert Fraction(200, 7) == seen.percent

    def test_a_criterion_is_seen_met_and_not_met(self) -> None:
        """Unknown is not met either, as long as nobody has said otherwise."""
        seen = seen_by((MQL, '{ stage = "mql" }'))["criteria"]

        assert (14, 8) == (seen.total, seen.seen)
        assert {"asked met", "asked not met", "has_email met"}.isdisjoint(seen.unseen)
        assert {
            "has_email not met",
            "talked met",
            "saw_prices met",
            "stays met",
            "good_channel met",
            "quiet met",
        } == set(seen.unseen)

    def test_time_alone_may_show_a_side(self) -> None:
        """An instant that a case looks at is judged as well."""
        seen = seen_by((MQL, '{ day = 40, stage = "mql" }'))["criteria"]

        assert "quiet met" not in seen.unseen

    def test_undesirables_stand_apart(self) -> None:
        """A missing fact that is not held against a lead is not met."""
        seen = seen_by((f'{LEAD}, {{ day = 1, profile = {{ email = "a@gmail.com" }} }}', '{ stage = "iql" }'))[
            "undesirables"
        ]

        assert (4, 3, ("role_account met",)) == (seen.total, seen.seen, seen.unseen)

    def test_cases_that_fail_have_seen_it_too(self) -> None:
        """What was lived through was lived through."""
        failing, passing = (seen_by((MQL, f'{{ stage = "{stage}" }}')) for stage in ("sal", "mql"))

        assert passing == failing

    def test_each_part_has_to_reach_the_line(self) -> None:
        """The whole may hide a part that nobody has looked at."""
        coverage = coverage_of(rules(), run_cases(rules(), read(case_of(MQL, '{ stage = "mql" }')).cases))

        assert [True, True, False] == [coverage.reaches(percent) for percent in (0, 28, 29)]

    def test_where_there_is_nothing_to_see_all_is_seen(self) -> None:
        """A definition without undesirables is not to blame for it."""
        assert Fraction(100) == Covered(what="undesirables", total=0, unseen=()).percent


class TestLaws:
    """What holds for all cases."""

    @given(
        st.lists(
            st.sampled_from(
                [
                    (LEAD, '{ stage = "iql" }'),
                    (MQL, '{ stage = "mql" }'),
                    (MQL, '{ day = 40, stage = "mql" }'),
                    ('{ day = 0, channel = "webinar" }', "{ outside = true }"),
                    (f'{MQL}, {{ day = 2, request = "recycle", by = "sales", reason = "no_budget" }}', "{ cycle = 2 }"),
                ]
            ),
            max_size=4,
        ),
        st.integers(0, 4),
    )
    def test_more_cases_never_see_less(self, cases: list[tuple[str, str]], cut: int) -> None:
        """What some cases have seen, these and others have seen too."""
        few, all_ = seen_by(*cases[:cut]), seen_by(*cases)

        assert all(set(all_[what].unseen) <= set(few[what].unseen) for what in few)


@pytest.mark.parametrize("unseen", ["win from sal", "recycle from sal"])
def test_what_is_named_as_unseen_is_in_the_definition(unseen: str) -> None:
    """A trigger and a stage that a reader finds again."""
    trigger, stage = unseen.split(" from ")

    assert f'trigger = "{trigger}"' in RULES
    assert read_cases(case_of(LEAD, f'{{ stage = "{stage}" }}'), file="x.toml", definition=rules()).cases
