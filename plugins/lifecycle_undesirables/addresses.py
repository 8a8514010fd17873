"""Criteria about the e-mail address of a lead."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown
from lifecycle_undesirables import lists
from lifecycle_undesirables.domains import Address, covering, domain_name, listed, read_address

__all__ = ["Competitor", "DisposableEmail", "FreeEmail", "RoleAccount"]


def _about(known: Snapshot, field: str, question: Callable[[Address], Verdict]) -> Verdict:
    """Ask the question about the address in a profile field; unknown where there is none that can be read."""
    value = known.profile(field)
    if value is None:
        return unknown(f"{field} is not known")
    try:
        return question(read_address(value))
    except ValueError as error:
        return unknown(f"{field} {error}")


def _local_part(text: str) -> str:
    """Read a name before the @ as a definition gives it."""
    if "@" in text:
        raise ValueError(f"{text!r} is not a name before the @, such as info")
    return unicodedata.normalize("NFC", text.strip().casefold())


_Names = tuple[str, ...] | None


def _no_contradiction(include: _Names, exclude: _Names) -> None:
    """Refuse a name that is to be both added and taken out."""
    both = sorted(set(include or ()) & set(exclude or ()))
    if both:
        raise ValueError(f"{both[0]} stands in both include and exclude")


def _own(domain: str, include: _Names, exclude: _Names, what: str) -> Verdict | None:
    """Let the definition's own names decide, the more specific one first; None where they say nothing."""
    added, removed = include or (), exclude or ()
    name = covering(domain, (*added, *removed))
    if name is None:
        return None
    message = f"{domain} counts as {what}" if name in added else f"{domain} does not count as {what}"
    which = "include" if name in added else "exclude"
    return met_if(name in added, message, domain=domain, entry=name, list=which)


@criterion("disposable_email", version="1", lists=lists.domain_lists)
class DisposableEmail:
    """The e-mail address is of a service for throw-away addresses.

    `include` adds domains to the list, `exclude` takes some out; each covers its sub-domains.
    """

    field: str = parameters.profile_field(default="email")
    include: tuple[str, ...] | None = parameters.texts(each=domain_name, default=None)
    exclude: tuple[str, ...] | None = parameters.texts(each=domain_name, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a domain that is in both lists."""
        _no_contradiction(self.include, self.exclude)

    def judge(self, known: Snapshot) -> Verdict:
        """Look the domain up."""
        return _about(known, self.field, self._ask)

    def _ask(self, address: Address) -> Verdict:
        domain = address.domain
        own = _own(domain, self.include, self.exclude, "disposable")
        if own is not None:
            return own
        entry = listed(domain, lists.disposable_domains())
        message = f"{domain} is {'not ' if entry is None else ''}disposable"
        return met_if(
            entry is not None, message, domain=domain, entry=entry, list=lists.package_version(lists.DISPOSABLE)
        )


@criterion("free_email", version="1", lists=lists.domain_lists)
class FreeEmail:
    """The e-mail address is of a free mail service, which hides the company; a disposable address is not free mail.

    `include` adds domains to the list, `exclude` takes some out; each covers its sub-domains.
    """

    field: str = parameters.profile_field(default="email")
    include: tuple[str, ...] | None = parameters.texts(each=domain_name, default=None)
    exclude: tuple[str, ...] | None = parameters.texts(each=domain_name, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a domain that is in both lists."""
        _no_contradiction(self.include, self.exclude)

    def judge(self, known: Snapshot) -> Verdict:
        """Look the domain up, among the disposable ones first: many are in both lists, and the reason must be right."""
        return _about(known, self.field, self._ask)

    def _ask(self, address: Address) -> Verdict:
        domain = address.domain
        own = _own(domain, self.include, self.exclude, "free mail")
        if own is not None:
            return own
        entry = listed(domain, lists.disposable_domains())
        if entry is not None:
            source = lists.package_version(lists.DISPOSABLE)
            message = f"{domain} is disposable, not free mail"
            return met_if(False, message, domain=domain, entry=entry, list=source)  # noqa: FBT003 - never met
        source = lists.package_version(lists.FREE)
        entry = listed(domain, lists.free_domains())
        if entry is None and (entry := listed(domain, lists.also_free_domains())) is not None:
            source = lists.resource_version(lists.ALSO_FREE)
        message = f"{domain} is {'not ' if entry is None else ''}free mail"
        return met_if(entry is not None, message, domain=domain, entry=entry, list=source)


@criterion("role_account", version="2", lists=lists.role_lists)
class RoleAccount:
    """The e-mail address belongs to a function such as info@ or sales@, so that nobody in particular reads it.

    `include` adds names before the @ to the list, `exclude` takes some out.
    """

    field: str = parameters.profile_field(default="email")
    include: tuple[str, ...] | None = parameters.texts(each=_local_part, default=None)
    exclude: tuple[str, ...] | None = parameters.texts(each=_local_part, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a name that is in both lists."""
        _no_contradiction(self.include, self.exclude)

    def judge(self, known: Snapshot) -> Verdict:
        """Look up what stands before the @, without what is added after a plus sign."""
        return _about(known, self.field, self._ask)

    def _ask(self, address: Address) -> Verdict:
        name = address.local.partition("+")[0]
        found = name in (self.include or ()) or (name in lists.role_names() and name not in (self.exclude or ()))
        message = f"{name}@ is {'' if found else 'not '}a role account"
        return met_if(found, message, name=name, list=lists.resource_version(lists.ROLES))


@criterion("competitor", version="1")
class Competitor:
    """The e-mail address is of a competitor: one of these domains, or a sub-domain of one."""

    domains: tuple[str, ...] = parameters.texts(each=domain_name)
    field: str = parameters.profile_field(default="email")

    def judge(self, known: Snapshot) -> Verdict:
        """Look the domain up among the given ones."""
        return _about(known, self.field, self._ask)

    def _ask(self, address: Address) -> Verdict:
        entry = covering(address.domain, self.domains)
        message = f"{address.domain} is {'not ' if entry is None else ''}a competitor"
        return met_if(entry is not None, message, domain=address.domain, entry=entry)
