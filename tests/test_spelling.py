"""Tests what is said of a name that nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spelling import did_you_mean

names = st.text("abcdefgh_", min_size=4, max_size=12)


@given(st.lists(names, min_size=1, max_size=5), st.data())
def test_one_letter_off_is_recognised(choices: list[str], data: st.DataObject) -> None:
    """A letter too many in a known name still leads to a known name."""
    meant = data.draw(st.sampled_from(choices))
    at = data.draw(st.integers(0, len(meant)))
    said = did_you_mean(meant[:at] + "x" + meant[at:], choices)

    assert said in {f", did you mean {choice!r}?" for choice in choices}


@pytest.mark.parametrize(("name", "choices"), [("channel", ["kind", "at"]), ("x", []), (42, ["forty-two"])])
def test_nothing_is_said_where_nothing_is_like_it(name: object, choices: list[str]) -> None:
    """A wrong guess would send people the wrong way."""
    assert "" == did_you_mean(name, choices)


def test_the_most_like_is_named() -> None:
    """One guess is enough."""
    assert ", did you mean 'engaged'?" == did_you_mean("engagd", ["engage", "engaged", "enraged"])
