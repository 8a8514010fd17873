"""Tests verdicts, the decorator that makes criteria, and judging that nothing can break."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import parameters
from lifecycle.criteria import Criterion, Outcome, Verdict, about, criterion, failed, judge_safely, met_if, unknown
from lifecycle.lead import Lead, Snapshot

AT = datetime(2026, 1, 5, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
KNOWN = Snapshot(Lead("42").profile(size=5), AT)


@criterion("large", version="3", also_reads=["channel"])
class Large:
    """At least so many."""

    minimum: int
    field: str = parameters.profile_field(default="size")
    names: tuple[str, ...] = ()

    def judge(self, known: Snapshot) -> Verdict:
        """Compare."""
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size >= self.minimum, f"{size}", amount=size, size=size)


class Giving:
    """A criterion that gives whatever it is told to, or raises it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def judge(self, known: Snapshot) -> Verdict:
        """Give it."""
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Verdict = self.answer
        return answer


def judged(answer: Any) -> Verdict:
    """Return what becomes of a criterion's answer."""
    return judge_safely(Giving(answer), KNOWN, owner="plugin.name")


class TestVerdicts:
    """Verdicts are built by words that say what was found."""

    @pytest.mark.parametrize(
        ("test", "outcome"), [(True, "met"), (1, "met"), (False, "unmet"), (None, "unmet"), ([], "unmet")]
    )
    def test_met_if(self, test: object, outcome: str) -> None:
        """Whatever Python takes for true is met."""
        verdict = met_if(test, "five", amount=5, until=AT, size=5)

        assert outcome == verdict.outcome.value
        assert ("five", {"size": 5}, 5, AT) == (verdict.message, verdict.evidence, verdict.amount, verdict.holds_until)

    def test_unknown_says_what_is_missing(self) -> None:
        """It has no amount, and may end by itself."""
        verdict = unknown("size is not known", until=AT, field="size")

        assert (
            Verdict(outcome=Outcome.UNKNOWN, message="size is not known", evidence={"field": "size"}, holds_until=AT)
            == verdict
        )

    def test_failed_is_an_outcome_of_its_own(self) -> None:
        """It is not the same as unknown, which a definition may count as met."""
        assert Outcome.FAILED is failed("broke").outcome

    def test_outcomes_are_stored_for_years(self) -> None:
        """Nobody renames them."""
        assert ["met", "unmet", "unknown", "failed"] == [outcome.value for outcome in Outcome]


class TestDecorator:
    """`@criterion` makes a frozen, keyword-only class whose fields are parameters."""

    def test_parameters_are_given_by_name(self) -> None:
        """Positions would change their meaning when a field is added."""
        made: Any = Large

        assert 3 == made(minimum=3).minimum
        with pytest.raises(TypeError):
            made(3)

    def test_bound_criterion_never_changes(self) -> None:
        """It is shared by all leads and threads."""
        bound: Any = Large(minimum=3)

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            bound.minimum = 4

    def test_plain_annotations_are_checked(self) -> None:
        """A wrong type is found when the definition is read, not when a lead is judged."""
        made: Any = Large

        with pytest.raises(ValueError, match="must be a whole number, not '3'"):
            made(minimum="3")
        with pytest.raises(ValueError, match="must be a list of texts"):
            made(minimum=3, names="x")
        with pytest.raises(ValueError, match="must be a non-empty text"):
            made(minimum=3, field="")

    def test_own_converters_stay(self) -> None:
        """A field that brings one is not given another."""

        @criterion("own", version="1")
        class Own:
            size: int = attrs.field(converter=lambda value: int(value) + 1)

            def judge(self, known: Snapshot) -> Verdict:
                """Do nothing."""
                return unknown("nothing")

        made: Any = Own

        assert 6 == made(size="5").size

    def test_says_what_it_was_told(self) -> None:
        """Of the class and of what is bound; a class below it has to be told itself."""

        class Below(Large):
            """Not decorated."""

        told = about(Large)

        assert told is not None
        assert ("large", "3", frozenset({"channel"}), None) == (told.name, told.version, told.also_reads, told.lists)
        assert told is about(Large(minimum=3))
        assert None is about(Below)
        assert None is about("no criterion")

    def test_says_what_it_never_gives(self) -> None:
        """It is kept as outcomes; a word that is none is refused where the class stands."""
        told = about(criterion("sure", version="1", never=["unknown"], monotone=True)(Giving))

        assert told is not None
        assert (frozenset({Outcome.UNKNOWN}), True) == (told.never, told.monotone)
        with pytest.raises(ValueError, match="unsure"):
            criterion("sure", version="1", never=["unsure"])

    def test_is_a_criterion_by_its_method(self) -> None:
        """Nobody has to inherit."""
        assert isinstance(Large(minimum=3), Criterion)
        assert not isinstance(KNOWN, Criterion)


class TestJudgeSafely:
    """Whatever a criterion does, there is a verdict, and only a right one counts."""

    def test_right_verdicts_pass_unchanged(self) -> None:
        """The engine adds nothing to them."""
        verdict = met_if(True, "yes", amount=0, until=AT + INSTANT)

        assert verdict is judged(verdict)
        assert Outcome.MET is judge_safely(Large(minimum=5), KNOWN, owner="p.large").outcome

    @given(
        st.sampled_from(
            [KeyError("size"), ZeroDivisionError("by zero"), RecursionError(), ValueError("ada@acme.example")]
        )
    )
    def test_whatever_is_raised_is_failed(self, error: Exception) -> None:
        """The verdict carries plugin, criterion and exception; it stops nobody."""
        verdict = judged(error)

        assert Outcome.FAILED is verdict.outcome
        assert {"criterion": "plugin.name", "exception": type(error).__name__} == verdict.evidence
        assert verdict.message.startswith(f"plugin.name broke: {type(error).__name__}")

    def test_exception_that_cannot_even_be_shown(self) -> None:
        """A stranger's exception may break in turn."""

        class BrokenError(Exception):
            def __str__(self) -> str:
                raise ValueError

        assert "plugin.name broke: BrokenError" == judged(BrokenError()).message

    @pytest.mark.parametrize("amount", [2**53, -(2**53), None, 0])
    def test_amounts_that_are_exact_everywhere_pass(self, amount: int | None) -> None:
        """Up to 2^53."""
        assert amount == judged(met_if(1, "", amount=amount)).amount

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (None, "gave None, which is no Verdict"),
            (True, "gave True, which is no Verdict"),
            (Outcome.MET, "which is no Verdict"),
            (SimpleNamespace(outcome=Outcome.MET), "which is no Verdict"),
            ("x" * 999, "gave 'xxx"),
            (Verdict(outcome="met", message=""), "which is no Verdict"),  # type: ignore[arg-type]  # what is tested
            (Verdict(outcome=Outcome.MET, message="", amount=1.5), "gave the amount 1.5, which is no whole number"),  # type: ignore[arg-type]  # likewise
            (Verdict(outcome=Outcome.MET, message="", amount=True), "gave the amount True, which is no whole number"),
            (met_if(1, "", amount=2**53 + 1), "gave an amount beyond 2^53, which is not exact everywhere"),
            (Verdict(outcome=Outcome.MET, message=None), "which is no Verdict"),  # type: ignore[arg-type]  # likewise
            (Verdict(outcome=Outcome.MET, message="", evidence=[1]), "gave the evidence [1], which is no table"),  # type: ignore[arg-type]  # likewise
            (met_if(1, "", until=AT), "holds until 2026-01-05T00:00:00+00:00, which has passed"),
            (met_if(1, "", until=AT - INSTANT), "which has passed"),
            (met_if(1, "", until=datetime(2027, 1, 1)), "which is no instant with a time zone"),
            (Verdict(outcome=Outcome.MET, message="", holds_until="soon"), "which is no instant with a time zone"),  # type: ignore[arg-type]  # likewise
        ],
    )
    def test_odd_answers_are_failed(self, answer: object, message: str) -> None:
        """An answer that the engine could not work with is as good as none, and says so briefly."""
        verdict = judged(answer)

        assert Outcome.FAILED is verdict.outcome
        assert {"criterion": "plugin.name"} == verdict.evidence
        assert message in verdict.message
        assert len(verdict.message) < 200
