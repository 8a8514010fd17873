"""Reading addresses, and finding a domain among listed ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_undesirables.domains import Address, covering, domain_name, listed, read_address

LABELS = st.text("abcdefghij0123456789", min_size=1, max_size=8)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ada@Acme.Example", Address("ada", "acme.example")),
        ("  ada@acme.example. ", Address("ada", "acme.example")),
        ("info@MÜNCHEN.de", Address("info", "xn--mnchen-3ya.de")),
        ("info@xn--mnchen-3ya.de", Address("info", "xn--mnchen-3ya.de")),
        ("a@m_x.acme.example", Address("a", "m_x.acme.example")),
    ],
)
def test_addresses_are_read_as_they_travel(text: str, address: Address) -> None:
    """Case does not matter, and an internationalised domain has one form."""
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "is not a text"),
        ("ada", "is not an e-mail address"),
        ("@acme.example", "is not an e-mail address"),
        ("ada@", "is not an e-mail address"),
        ("ada@@acme.example", "more than one"),
        ("ada@acme.example, bob@acme.example", "more than one"),
        ("ada lovelace@acme.example", "more than one"),
        ("ada@localhost", "no valid domain"),
        ("ada@acme..example", "no valid domain"),
        ("ada@-acme.example", "no valid domain"),
        ("ada@ü-.de", "no valid domain"),
        ("ada@" + "a." * 130 + "example", "no valid domain"),
    ],
)
def test_what_is_no_address_says_why(value: Any, message: str) -> None:
    """The reason is one sentence that repeats nothing of the address."""
    with pytest.raises(ValueError, match=message) as caught:
        read_address(value)

    assert "acme" not in str(caught.value)


def test_a_definition_learns_which_domain_is_none() -> None:
    """A mistyped domain in a definition is named."""
    with pytest.raises(ValueError, match=r"'acme' is not a domain such as acme\.example"):
        domain_name("acme")


def test_a_list_says_nothing_about_other_registrants() -> None:
    """`eu.org` and `co.uk` are names under which anybody may register: a list that has them covers nobody below."""
    assert listed("acme.eu.org", {"eu.org"}) is None
    assert listed("acme.co.uk", {"co.uk"}) is None
    assert listed("eu.org", {"eu.org"}) == "eu.org"
    assert listed("mail.yahoo.co.uk", {"yahoo.co.uk"}) == "yahoo.co.uk"
    assert listed("a.b.acme.eu.org", {"acme.eu.org"}) == "acme.eu.org"


def test_the_most_specific_name_counts() -> None:
    """Of two names above a domain the nearer one is given."""
    assert covering("a.b.acme.example", {"acme.example", "b.acme.example"}) == "b.acme.example"


@given(DOMAINS, LABELS)
def test_a_name_covers_itself_and_what_is_below(domain: str, label: str) -> None:
    """A sub-domain belongs to the name; a longer name that merely ends alike does not."""
    assert covering(domain, {domain}) == domain
    assert covering(f"{label}.{domain}", {domain}) == domain
    assert covering(f"{label}{domain}", {domain}) is None


@given(DOMAINS, LABELS)
def test_case_and_dots_make_no_other_address(domain: str, local: str) -> None:
    """However an address is written, it is the same one."""
    assert read_address(f" {local.upper()}@{domain.upper()}. ") == read_address(f"{local}@{domain}")


@given(st.text())
def test_reading_never_breaks(text: str) -> None:
    """Any text is an address or is refused in words."""
    try:
        address = read_address(text)
    except ValueError:
        return
    assert address.domain.isascii()
    assert address.domain == address.domain.lower()
