"""An accent may be part of a letter or a letter of its own: that depends on the system that wrote it."""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

import pytest
from lifecycle_channel import OneOf as ChannelOneOf
from lifecycle_profile import Matches, OneOf
from lifecycle_undesirables import RoleAccount, Title

from lifecycle import Lead, Snapshot
from tests.plugins.facts import MET, bound, seen, with_profile

WORD = "Société"
Form = Literal["NFC", "NFD"]


def of_channel(name: str) -> Snapshot:
    """Return a lead gathered there."""
    return Snapshot(Lead("1").channel(name), seen().at)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_both_forms_mean_the_same(form: Form, asked: Form) -> None:
    """In the facts of a lead as well as in a definition."""
    told, wanted = unicodedata.normalize(form, WORD), unicodedata.normalize(asked, WORD)
    cases: list[tuple[Any, Snapshot]] = [
        (bound(ChannelOneOf, channels=[wanted]), of_channel(told)),
        (bound(OneOf, field="industry", values=[wanted]), with_profile(industry=told)),
        (bound(Matches, field="industry", pattern=wanted.replace("S", "?")), with_profile(industry=told)),
        (bound(Title, words=[wanted]), with_profile(title=f"head of {told}")),
        (bound(RoleAccount, include=[wanted]), with_profile(email=f"{told}@acme.example")),
    ]

    assert [MET] * len(cases) == [criterion.judge(known).outcome for criterion, known in cases]
