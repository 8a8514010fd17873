"""Which redactions explain that a detail is missing: all of them looked at once give what walking them gives."""

from __future__ import annotations

import itertools
from time import process_time
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.erasure import Action, Erasure
from lifecycle.store.checks.covering import NEVER, Redactions
from lifecycle.times import instant, micros
from tests.made import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

events = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([Action.HOLD, Action.RELEASE]), st.sampled_from(["case_1", "case_2"])),
        st.tuples(st.just(Action.REDACT), st.integers(0, 5)),
        st.tuples(st.just(Action.ERASE), st.just("gdpr_17")),
    ),
    min_size=5,
    max_size=20,
)
"""What was done, in order: holds and releases of one subject, and redactions of all."""


def made(what: Iterable[tuple[Action, str | int]]) -> list[Erasure]:
    """Return it as entries."""
    return [
        Erasure(number=number, subject=None, action=action, basis="law", actor="legal:1", at=day(9), before=day(said))
        if isinstance(said, int)
        else Erasure(number=number, subject="s", action=action, basis=said, actor="legal:1", at=day(9))
        for number, (action, said) in enumerate(what, 1)
    ]


def walked(redactions: Sequence[Erasure], own: Sequence[Erasure], at: int) -> bool:
    """Say whether a redaction took what was decided at an instant, in the plain way: by asking each of them."""

    def held(number: int) -> bool:
        bases = set[str]()
        for one in own:
            if one.number < number and one.action in {Action.HOLD, Action.RELEASE}:
                (bases.add if one.action is Action.HOLD else bases.discard)(one.basis)
        return bool(bases)

    return any(one.before is not None and instant(at) < one.before and not held(one.number) for one in redactions)


def check(what: Iterable[tuple[Action, str | int]], days: Iterable[int]) -> None:
    """Assert that both ways agree, at the instants themselves and right before and after them."""
    entries = made(what)
    redactions = [one for one in entries if one.action is Action.REDACT]
    own = [one for one in entries if one.action is not Action.REDACT]
    until = Redactions(redactions).until(own)
    for at in (micros(day(number)) + step for number in days for step in (-1, 0, 1)):
        assert walked(redactions, own, at) == (at < until), what


def test_it_is_what_walking_them_gives() -> None:
    """Whatever happens in up to four steps: two holds that may overlap, and redactions of before two instants."""
    steps: list[tuple[Action, str | int]] = [(Action.REDACT, 1), (Action.REDACT, 2)]
    steps += itertools.product((Action.HOLD, Action.RELEASE), ("case_1", "case_2"))
    for length in range(5):
        for what in itertools.product(steps, repeat=length):
            check(what, (1, 2))


@given(what=events)
def test_it_is_so_for_longer_ones_too(what: list[tuple[Action, str | int]]) -> None:
    """With erasures of the subject between them, and more instants."""
    check(what, range(6))


def test_without_redactions_nothing_is_covered() -> None:
    """However early it was."""
    assert NEVER == Redactions([]).until(made([(Action.HOLD, "case_1")])) == Redactions([]).until([])


def test_years_of_redactions_are_looked_at_once() -> None:
    """A hundred thousand subjects after ten years of nights take a moment; walking would take minutes."""
    redactions = Redactions(made([(Action.REDACT, number) for number in range(3650)]))
    start = process_time()
    for _ in range(100_000):
        assert redactions.until([]) == micros(day(3649))

    assert process_time() - start < 2
