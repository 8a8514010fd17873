"""Looking for a case that breaks a law, with hypothesis: the same cases each time, and the smallest one reported."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisDeprecationWarning, Unsatisfiable, UnsatisfiedAssumption

__all__ = [
    "ASIDE",
    "THOROUGH",
    "AsideError",
    "BrokenError",
    "Draw",
    "Effort",
    "NotAsked",
    "for_all",
    "nothing_to_ask",
    "pick",
]

_T = TypeVar("_T")


class BrokenError(AssertionError):
    """A check found a case in which the criterion does not do what is asked."""


class AsideError(Exception):
    """A law does not apply to this case, as was found out far below."""


class NotAsked(Exception):  # noqa: N818 - not an error: it says why there is nothing to ask
    """A check has nothing to ask of this criterion; the text says why."""


class Draw(Protocol):
    """Gives a value of a strategy: hypothesis' own way of making a case step by step."""

    def __call__(self, strategy: st.SearchStrategy[_T], /) -> _T:
        """Give a value."""
        ...


@attrs.frozen(kw_only=True)
class Effort:
    """How hard to look.

    Attributes:
        cases: How many cases each check makes up.
        thorough: Whether to look for new cases in each run; otherwise each run asks the same.
        shrink: Whether to look for the smallest case that breaks a law, which takes longer and reads better.
    """

    cases: int = 25
    thorough: bool = False
    shrink: bool = True


THOROUGH: Final = Effort(cases=1_000, thorough=True)

_TOLERATED: Final = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)

ASIDE: Final = object()
"""What a law gives for a case to which it does not apply."""


def for_all(
    law: Callable[[Draw], object], effort: Effort, *, otherwise: str = "no case could be made up that it applies to"
) -> int:
    """Try a law on made-up cases, and give how many were tried.

    Args:
        law: Draws a case, and raises `BrokenError` where it does not hold. It gives `ASIDE`, or raises `AsideError`,
            for a case to which it does not apply; `nothing_to_ask` has another case drawn instead.
        effort: How hard to look.
        otherwise: What to say where it applies to no case.

    Raises:
        BrokenError: the law does not hold, with the smallest case found.
        NotAsked: no case could be made to which the law applies.
    """
    tried = 0

    @settings(
        max_examples=effort.cases,
        derandomize=not effort.thorough,
        database=None,
        deadline=None,
        suppress_health_check=_TOLERATED,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if effort.shrink else [Phase.generate],
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    @given(_drawn(law))
    def run(given: object) -> None:
        nonlocal tried
        if given is not ASIDE:
            tried += 1

    try:
        with warnings.catch_warnings():  # of a criterion that throws dice: the check `pure` says so
            warnings.simplefilter("ignore", HypothesisDeprecationWarning)
            run()
    except BrokenError as error:
        raise BrokenError(str(error)) from error.__cause__  # without the notes that hypothesis adds
    except Flaky as error:
        raise BrokenError(_of_flaky(error)) from None
    except Unsatisfiable:
        pass
    if not tried:
        raise NotAsked(otherwise)
    return tried


def _drawn(law: Callable[[Draw], object]) -> st.SearchStrategy[object]:
    """Draw and try in one go: a draw within a strategy costs a third of one outside."""

    @st.composite
    def drawn(draw: st.DrawFn) -> object:
        try:
            return law(draw)
        except AsideError:
            return ASIDE

    return drawn()


def _of_flaky(error: Flaky) -> str:
    inner = getattr(error, "exceptions", ())
    found = next((str(one) for one in inner if isinstance(one, BrokenError)), "")
    return f"{found}\n(judged once more, the same case gave another result)".strip()


def nothing_to_ask(*, unless: bool = False) -> None:
    """Leave a case aside to which a law does not apply.

    Raises:
        UnsatisfiedAssumption: always, `unless` it applies; `for_all` waits for it.
    """
    if not unless:
        raise UnsatisfiedAssumption


def pick(draw: Draw, choices: Sequence[_T]) -> _T:
    """Draw one of several values; the first is the simplest."""
    return choices[draw(_positions(len(choices)))]


def _positions(count: int) -> st.SearchStrategy[int]:
    found = _POSITIONS.get(count)
    if found is None:
        found = _POSITIONS[count] = st.integers(0, count - 1)
    return found


_POSITIONS: Final[dict[int, Any]] = {}
