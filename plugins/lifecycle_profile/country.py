"""Countries, whatever they are called: ISO 3166 codes, official names and everyday ones.

Codes and official names come from the package `iso3166`; everyday names are in `countries.toml`. Both load at the first
question.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CountryIn"]


def _lists() -> list[str]:
    return [f"iso3166 {version('iso3166')}", f"countries.toml {sha256(_everyday_names()).hexdigest()}"]


def _code_or_raise(name: str) -> str:
    """Read a country of a definition as its alpha-2 code."""
    code = _code(name)
    if code is None:
        close = get_close_matches(_key(name), _index(), n=1)
        hint = f"; did you mean {close[0].title()} ({_index()[close[0]]})?" if close else ""
        raise ValueError(f"{name!r} is no country we know{hint}")
    return code


@criterion("country_in", version="1", lists=_lists)
class CountryIn:
    """The lead is in one of these countries: code (DE, DEU), official name, or everyday name (UK, South Korea)."""

    countries: tuple[str, ...] = parameters.texts(each=_code_or_raise)
    field: str = parameters.profile_field(default="country")

    def judge(self, known: Snapshot) -> Verdict:
        """Find the country's code and compare it."""
        value = known.profile(self.field)
        if value is None:
            return unknown(f"{self.field} is not known")
        code = _code(value)
        if code is None:
            return unknown(f"{self.field} is no country we know: {value!r}", value=value)
        return met_if(code in self.countries, f"{self.field} is {code}", value=value, code=code)


def _code(value: Any) -> str | None:
    """Give the alpha-2 code of a country, or None."""
    return _index().get(_key(value)) if isinstance(value, str) else None


@cache
def _index() -> Mapping[str, str]:
    """Make the table from each key of a country to its alpha-2 code, names that two countries share left out."""
    from iso3166 import countries  # noqa: PLC0415 - loads when it is used

    index: dict[str, str] = {}
    shared: set[str] = set()
    for country in countries:
        names = {country.name, country.apolitical_name, country.alpha2, country.alpha3, country.numeric}
        for name in (country.name, country.apolitical_name):
            short, comma, rest = name.partition(", ")
            names |= {short, f"{rest} {short}"} if comma else set()
        for key in {_key(name) for name in names}:
            if index.setdefault(key, country.alpha2) != country.alpha2:
                shared.add(key)
    own: dict[str, list[str]] = tomllib.loads(_everyday_names().decode())
    everyday = {_key(name): code for code, names in own.items() for name in names}
    return {**{key: code for key, code in index.items() if key not in shared}, **everyday}


@cache
def _everyday_names() -> bytes:
    return files("lifecycle_profile").joinpath("countries.toml").read_bytes()


def _key(name: str) -> str:
    """Reduce a name to what tells countries apart: no case, accents, punctuation or leading article."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", plain.replace(".", "").replace("&", " and "))).removeprefix("the ")
