"""Other ways to write the same: whoever fills in a form decides on case and spaces, and means nothing by it.

Kinds of activities, and names of fields and answers, are identifiers that a program writes: they are left as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import attrs
import idna

from lifecycle.testing.telling import Fact
from lifecycle.testing.vocabulary import is_address

__all__ = ["rewritten"]


def rewritten(fact: Fact) -> Iterator[tuple[str, Fact]]:
    """Give the fact written in other ways, each with what was changed."""
    if fact.category == "activity" or not isinstance(fact.value, str) or not fact.value.strip():
        return
    ways = _of_address(fact.value) if is_address(fact.read) else _of_text(fact.value)
    yield from ((what, attrs.evolve(fact, value=text)) for what, text in ways if text != fact.value)


def _of_text(text: str) -> Iterator[tuple[str, str]]:
    ways = (
        ("in capitals", text.upper()),
        ("in small letters", text.lower()),
        ("with spaces around it", f"  {text} "),
        ("with accents in their letters", unicodedata.normalize("NFC", text)),
        ("with accents of their own", unicodedata.normalize("NFD", text)),
    )
    yield from ((what, other) for what, other in ways if _meant(other) == _meant(text))


def _meant(text: str) -> str:
    """Give what tells texts apart; of some letters the capital is another letter's too, and they are told apart."""
    return unicodedata.normalize("NFC", text.strip().casefold())


def _of_address(text: str) -> Iterator[tuple[str, str]]:
    yield from _of_text(text)
    local, at, domain = text.strip().partition("@")
    if not at or not local or not domain or "@" in domain:
        return
    if "+" not in local:
        yield "with a tag after a plus sign", f"{local}+news@{domain}"
    yield from (("with its domain in another form", f"{local}@{other}") for other in _other_forms(domain))


def _other_forms(domain: str) -> Iterator[Any]:
    """Give an internationalised domain in its ASCII form, and an ASCII one in its own letters."""
    try:
        yield idna.encode(domain, uts46=True).decode("ascii") if not domain.isascii() else idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return
