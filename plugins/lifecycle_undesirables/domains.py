"""Reading an e-mail address, and finding its domain among listed ones.

A listed domain covers its sub-domains, but a name under which anybody may register does not: `eu.org` in a list says
nothing about `acme.eu.org`, which belongs to somebody else. The public suffix list knows these names. Names that a
definition itself gives (`domains`, `include`, `exclude`) cover everything below them.

Domains are compared as they travel: lower case, internationalised names in their ASCII form.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from publicsuffixlist import PublicSuffixList

__all__ = ["Address", "covering", "domain_name", "listed", "read_address"]

_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_LONGEST: Final = 253


class Address(NamedTuple):
    """The two halves of an e-mail address; the local part is folded, the domain in its ASCII form."""

    local: str
    domain: str


def read_address(value: Any) -> Address:
    """Read an e-mail address, as strictly as is needed to know its domain.

    Raises:
        ValueError: it is not exactly one address with a domain that can exist; the text names no part of it.
    """
    if not isinstance(value, str):
        raise ValueError("is not a text")
    local, at, domain = value.strip().partition("@")
    if not at or not local or not domain:
        raise ValueError("is not an e-mail address")
    if "@" in domain or re.search(r"\s", local + domain):
        raise ValueError("is more than one e-mail address, or none")
    return Address(unicodedata.normalize("NFC", local.casefold()), _ascii(domain))


def domain_name(text: str) -> str:
    """Read a domain that a definition gives.

    Raises:
        ValueError: no such domain can exist.
    """
    try:
        return _ascii(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is not a domain such as acme.example") from error


def covering(domain: str, names: Collection[str]) -> str | None:
    """Give the most specific of the names that is the domain or stands above it; None where there is none."""
    return next((name for name in _from_specific(domain) if name in names), None)


def listed(domain: str, names: Collection[str]) -> str | None:
    """Do the same for a public list: of the names above the domain, only those of the same registrant count."""
    found = covering(domain, names)
    if found is None or found == domain:
        return found
    suffix = _public_suffixes().publicsuffix(domain) or ""
    return found if found.count(".") > suffix.count(".") else None


def _from_specific(domain: str) -> Iterator[str]:
    """Give the domain itself, then what stands above it, up to two labels."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


def _ascii(domain: str) -> str:
    """Give the form in which a domain travels.

    Raises:
        ValueError: no such domain can exist.
    """
    name = domain.removesuffix(".").lower()
    if not name.isascii():
        import idna  # noqa: PLC0415 - loads when it is used, since few addresses need it

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError("has no valid domain") from error
    if len(name) > _LONGEST or not _DOMAIN.fullmatch(name):
        raise ValueError("has no valid domain")
    return name


@cache
def _public_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - loads when it is used: it is a long list

    return PublicSuffixList()
