"""Tests what errors say and carry, all of them at once."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest

from lifecycle import errors
from lifecycle.errors import LifecycleError, Place, Problem, Severity

AT = datetime(2026, 1, 5, tzinfo=UTC)
PROBLEM = Problem(code="odd", message="this is odd", place=Place("f.toml", 3, 5))
SECRET = "lead-4711"

MADE: list[LifecycleError] = [
    errors.CallerError("no"),
    errors.NaiveInstantError(datetime(2026, 1, 5)),
    errors.OutOfOrderError(at=AT, since=AT, lead=SECRET),
    errors.KeyReusedError("no"),
    errors.UnknownLeadError(lead=SECRET),
    errors.NotHeldError(holds={"hgb_257": AT}, lead=SECRET),
    errors.RefusedError("a decision", "it was refused"),
    errors.DocumentError("f.toml is odd", [PROBLEM]),
    errors.DefinitionError("f.toml is odd", [PROBLEM]),
    errors.ConditionError("'or' is missing", text="a b", column=3),
    errors.CasesError("f.toml is odd", [PROBLEM]),
    errors.MappingError("f.toml is odd", [PROBLEM]),
    errors.PluginError("plugins are odd", [PROBLEM]),
    errors.SignalError("no instant", place=Place("x.jsonl", 7), lead=SECRET),
    errors.ProofError("no"),
    errors.StoreError("no"),
    errors.NotAStoreError("no"),
    errors.NotSealedError("no"),
    errors.StoreBusyError("no"),
    errors.StoreLostError("no", in_doubt=True),
    errors.StoreVersionError("too new", found="0009", known="0001"),
    errors.HeldError(holds={"hgb_257": AT, "lawsuit/7": AT}, lead=SECRET),
    errors.DefinitionConflictError("no"),
    errors.StrandedLeadsError("no", stages={"old": 3}),
    errors.ConcurrentUpdateError("no", lead=SECRET, expected=4),
]


def name_of(error: object) -> str:
    """Return the name of an error's class."""
    return type(error).__name__


def test_every_error_is_tried_here() -> None:
    """A new error takes its place in these tests."""
    public = {getattr(errors, name) for name in errors.__all__}
    kinds = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Exception)}

    assert kinds - {LifecycleError} == {type(error) for error in MADE}


@pytest.mark.parametrize("error", MADE, ids=name_of)
def test_names_end_in_error_and_have_one_base(error: LifecycleError) -> None:
    """Whoever catches `LifecycleError` has caught them all."""
    assert name_of(error).endswith("Error")
    assert isinstance(error, LifecycleError)


@pytest.mark.parametrize("error", MADE, ids=name_of)
def test_lead_is_never_part_of_the_text(error: LifecycleError) -> None:
    """A log of errors holds no personal data; the lead is an attribute."""
    assert SECRET not in str(error)
    assert SECRET == getattr(error, "lead", SECRET)


@pytest.mark.parametrize("error", MADE, ids=name_of)
@pytest.mark.parametrize("way", ["copied", "sent"])
def test_facts_and_text_survive_another_process(error: LifecycleError, way: str) -> None:
    """An error of a worker is the same error where it arrives."""
    arrived = copy.copy(error) if way == "copied" else pickle.loads(pickle.dumps(error))

    assert type(error) is type(arrived)
    assert str(error) == str(arrived)
    assert vars(error) == vars(arrived)


def test_problems_are_all_in_the_text() -> None:
    """Each on a line of its own, below the summary."""
    error = errors.DefinitionError("b2b cannot be used:", [PROBLEM, Problem(code="so", message="so", path=("a", 0))])

    assert "b2b cannot be used:\n  f.toml:3:5: error: this is odd [odd]\n  error: so [so]" == str(error)


@pytest.mark.parametrize(
    ("place", "expected"),
    [(Place("f"), "f"), (Place("f", 3), "f:3"), (Place("f", 3, 5), "f:3:5")],
)
def test_places_are_written_as_editors_read_them(place: Place, expected: str) -> None:
    """What is not known is left out."""
    assert expected == str(place)


def test_problem_says_its_severity() -> None:
    """A warning is not taken for an error."""
    problem = Problem(code="unsigned", message="nobody has signed", severity=Severity.WARNING)

    assert "warning: nobody has signed [unsigned]" == str(problem)


def test_naive_instant_is_a_value_error_too() -> None:
    """Callers that know only Python's own errors catch it as well."""
    assert isinstance(errors.NaiveInstantError("x"), ValueError)
