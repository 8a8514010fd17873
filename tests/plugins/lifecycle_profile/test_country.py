"""Countries, whatever they are called."""

from __future__ import annotations

from typing import Any

import iso3166
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lifecycle_profile import CountryIn

from tests.plugins.facts import MET, UNKNOWN, UNMET, bound, seen, with_profile

COUNTRIES = st.sampled_from(list(iso3166.countries))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("U.S.A.", "US"),
        ("united states", "US"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Republic of Korea", "KR"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Deutschland", "DE"),
        ("österreich", "AT"),
        ("Cote d'Ivoire", "CI"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Bolivia", "BO"),
        ("Bosnia & Herzegovina", "BA"),
        ("840", "US"),
        ("Czech Republic", "CZ"),
    ],
)
def test_everyday_names_are_understood(name: str, code: str) -> None:
    """Codes, official names and what people write mean the same country, in a lead and in a definition."""
    assert bound(CountryIn, countries=[code]).judge(with_profile(country=name)).outcome is MET
    assert bound(CountryIn, countries=[name]) == bound(CountryIn, countries=[code])


@pytest.mark.parametrize("value", ["Atlantis", "Korea", "Congo", "Virgin Islands", "EU", 49, True])
def test_what_may_be_several_countries_or_none_is_unknown(value: Any) -> None:
    """Nobody guesses between two Koreas, and a number is no name."""
    assert bound(CountryIn, countries=["KR", "CD", "VI"]).judge(with_profile(country=value)).outcome is UNKNOWN


def test_no_country_is_unknown() -> None:
    """A lead without a country is neither inside nor outside."""
    assert bound(CountryIn, countries=["DE"]).judge(seen()).outcome is UNKNOWN


def test_a_misspelt_country_in_a_definition_is_an_error() -> None:
    """The definition's author hears it, with what was probably meant."""
    with pytest.raises(ValueError, match=r"'Germny' is no country we know; did you mean Germany \(DE\)\?"):
        bound(CountryIn, countries=["Germny"])
    with pytest.raises(ValueError, match=r"no country we know$"):
        bound(CountryIn, countries=["Xyzzyqwk"])


def test_another_field_may_hold_the_country() -> None:
    """The field is a parameter."""
    assert bound(CountryIn, countries=["FR"], field="hq").judge(with_profile(hq="France")).outcome is MET


@given(COUNTRIES, COUNTRIES)
def test_every_official_form_means_the_country(one: Any, other: Any) -> None:
    """Name and codes of each country agree, in upper and lower case, and differ from those of any other.

    Congo is left out: two countries answer to it, so it is not taken for either.
    """
    assume("Congo" not in {one.name, other.name})
    criterion = bound(CountryIn, countries=[one.alpha2])
    forms = [one.name, one.alpha2, one.alpha3, one.numeric, one.name.upper(), one.alpha3.lower()]

    assert {criterion.judge(with_profile(country=form)).outcome for form in forms} == {MET}
    assert criterion.judge(with_profile(country=other.name)).outcome is (MET if one == other else UNMET)


@given(st.lists(COUNTRIES, min_size=1, max_size=5))
def test_spelling_and_order_make_no_other_definition(chosen: list[Any]) -> None:
    """A definition that names countries and one that gives their codes bind the same parameter."""
    by_name = bound(CountryIn, countries=[country.name for country in chosen])

    assert by_name == bound(CountryIn, countries=[country.alpha3 for country in reversed(chosen)])
