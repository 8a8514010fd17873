"""What may be asked of a lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.request import Request

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1)


@given(role=WORDS, name=WORDS)
def test_the_role_is_what_stands_before_the_first_colon(role: str, name: str) -> None:
    """Law: an actor is role:id, and the id may hold colons of its own."""
    assert role == Request(trigger="accept", actor=f"{role}:{name}").role
    assert role == Request(trigger="accept", actor=f"{role}:{name}:{name}").role


@pytest.mark.parametrize("actor", ["", "sales", ":17", "sales:", "sales 17", "sales: 17", "sa les:17", "sales:1 7"])
def test_an_actor_without_a_role_or_an_id_is_refused(actor: str) -> None:
    """Only `role:id`, without blanks, is somebody who can ask."""
    with pytest.raises(ValueError, match="an actor is role:id, for instance sales:17"):
        Request(trigger="accept", actor=actor)


@pytest.mark.parametrize("actor", ["sales:ada@acme.example", "ada@acme.example:17"])
def test_an_actor_is_no_address(actor: str) -> None:
    """Whoever asked stands in records, which are kept for good."""
    with pytest.raises(ValueError, match="the id is internal: no address"):
        Request(trigger="accept", actor=actor)


def test_the_refusal_of_an_actor_does_not_repeat_it() -> None:
    """What was given instead of an actor may be somebody's name, and error texts end in logs."""
    with pytest.raises(ValueError, match="role:id") as caught:
        Request(trigger="accept", actor="Ada Lovelace")

    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize("trigger", ["", " ", "\t"])
def test_a_request_names_what_is_asked(trigger: str) -> None:
    """A blank trigger asks for nothing."""
    with pytest.raises(ValueError, match="names a trigger"):
        Request(trigger=trigger, actor="sales:17")
