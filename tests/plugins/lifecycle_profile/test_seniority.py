"""How senior a title is."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_profile import Seniority
from lifecycle_profile.seniority import LADDER

from tests.plugins.facts import MET, UNKNOWN, UNMET, bound, seen, with_profile

DATA: dict[str, list[str]] = tomllib.loads(files("lifecycle_profile").joinpath("seniority.toml").read_text("utf-8"))
PHRASES = st.sampled_from([(rung, phrase) for rung in LADDER for phrase in DATA[rung]])


@pytest.mark.parametrize(
    ("title", "rung"),
    [
        ("CEO", "c_level"),
        ("Chief Marketing Officer", "c_level"),
        ("Managing Director", "c_level"),
        ("Founder & CTO", "c_level"),
        ("Vice President, Sales", "vp"),
        ("EVP Operations", "vp"),
        ("Director of IT", "director"),
        ("Head of Growth", "head"),
        ("Marketing Manager", "manager"),
        ("Team Lead", "manager"),
        ("Account Manager", "contributor"),
        ("HR Business Partner", "contributor"),
        ("Product Owner", "contributor"),
        ("Senior Software Engineer", "contributor"),
        ("Executive Assistant", "contributor"),
        ("Manager and Director", "director"),
    ],
)
def test_titles_stand_on_their_rung(title: str, rung: str) -> None:
    """A title meets its rung and not the one above; the evidence names the rung."""
    verdict = bound(Seniority, at_least=rung).judge(with_profile(title=title))
    above = LADDER[LADDER.index(rung) + 1 :][:1]

    assert (verdict.outcome, verdict.evidence["rung"]) == (MET, rung)
    assert [bound(Seniority, at_least=step).judge(with_profile(title=title)).outcome for step in above] == [
        UNMET
    ] * len(above)


@pytest.mark.parametrize(
    "title",
    ["Assistant to the CEO", "Chief of Staff", "Office of the CFO", "Former VP Sales", "Partner Manager", "Ninja", "?"],
)
def test_doubtful_titles_are_unknown(title: str) -> None:
    """A title that says nothing certain is not guessed at."""
    assert bound(Seniority, at_least="manager").judge(with_profile(title=title)).outcome is UNKNOWN


def test_no_title_is_unknown() -> None:
    """Without a title there is nothing to read."""
    assert bound(Seniority, at_least="manager").judge(seen()).outcome is UNKNOWN


def test_an_unknown_rung_is_refused() -> None:
    """A definition learns which rungs there are."""
    with pytest.raises(ValueError, match="contributor, manager, head"):
        bound(Seniority, at_least="boss")


def test_the_data_has_the_rungs_of_the_ladder() -> None:
    """The file and the code name the same rungs, and no phrase stands on two of them."""
    phrases = [phrase for rung in LADDER for phrase in DATA[rung]]

    assert set(DATA) == {*LADDER, "doubtful"}
    assert len(phrases) == len(set(phrases))


@given(PHRASES, st.sampled_from(["{}", "{} Berlin", "Global {}", "{}, EMEA"]))
def test_listed_phrases_are_found_among_other_words(found: tuple[str, str], around: str) -> None:
    """Each phrase is recognised wherever it stands, whatever its case, or the title is in doubt; never another rung."""
    rung, phrase = found
    for title in (around.format(phrase), around.format(phrase).upper()):
        verdict = bound(Seniority, at_least=rung).judge(with_profile(title=title))
        assert verdict.outcome in {MET, UNKNOWN}
        assert verdict.evidence.get("rung", rung) == rung


@given(PHRASES, st.integers(0, len(LADDER) - 1), st.integers(0, len(LADDER) - 1))
def test_a_higher_bar_is_never_easier(found: tuple[str, str], one: int, other: int) -> None:
    """Whoever meets a rung meets every rung below it."""
    low, high = sorted((one, other))
    known = with_profile(title=found[1])

    if bound(Seniority, at_least=LADDER[high]).judge(known).outcome is MET:
        assert bound(Seniority, at_least=LADDER[low]).judge(known).outcome is MET
