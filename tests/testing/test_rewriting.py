"""Other ways to write the same keep the meaning, and none of them is forgotten."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_undesirables.domains import read_address

from lifecycle.testing.rewriting import rewritten
from lifecycle.testing.telling import Fact
from lifecycle.testing.vocabulary import is_address


def ways(read: str, value: Any) -> set[Any]:
    """Return the other ways to write a fact."""
    return {fact.value for _, fact in rewritten(Fact(read=read, value=value))}


class TestTexts:
    """A text of any field."""

    def test_accents_in_their_letters_and_of_their_own(self) -> None:
        """Whichever of the two it was."""
        whole, parts = "soir\u00e9e", "soire\u0301e"

        assert parts in ways("channel", whole)
        assert whole in ways("channel", parts)

    def test_case_and_blanks(self) -> None:
        """In capitals, in small letters, and with blanks around it."""
        assert {"ACME GMBH", "acme gmbh", "  Acme GmbH "} == ways("profile:company", "Acme GmbH")

    def test_what_would_not_change_is_left_out(self) -> None:
        """Such a case would ask nothing."""
        assert {"ACME", "  acme "} == ways("channel", "acme")

    def test_letters_whose_capital_is_another_letters_stay(self) -> None:
        """A dotless i has the capital of the dotted one: that is another word."""
        heat = "\u0131s\u0131"

        assert {f"  {heat} "} == ways("profile:company", heat)

    @given(st.text(min_size=1))
    def test_all_mean_the_same_without_case_and_blanks(self, text: str) -> None:
        """Whoever folds and strips sees no difference."""
        folded = {unicodedata.normalize("NFC", value.strip().casefold()) for value in ways("answer:budget", text)}

        assert {unicodedata.normalize("NFC", text.strip().casefold())} >= folded

    @pytest.mark.parametrize("fact", [("activity:visit", {"page": "A"}), ("profile:size", 5), ("profile:size", None)])
    def test_identifiers_numbers_and_nothing_stay(self, fact: tuple[str, Any]) -> None:
        """Kinds and properties are written by programs."""
        assert set() == ways(*fact)


class TestAddresses:
    """An e-mail address, by the name of its field."""

    def test_a_tag_after_a_plus_sign(self) -> None:
        """It reaches the same person."""
        assert "ada+news@acme.example" in ways("profile:email", "ada@acme.example")
        assert not any("news" in value for value in ways("profile:email", "ada+sdk@acme.example"))

    @pytest.mark.parametrize(
        ("one", "other"),
        [("ada@bücher.example", "ada@xn--bcher-kva.example"), ("ada@xn--bcher-kva.example", "ada@bücher.example")],
    )
    def test_both_forms_of_a_domain(self, one: str, other: str) -> None:
        """In its own letters, and as it travels."""
        assert other in ways("profile:work_mail", one)

    @pytest.mark.parametrize("domain", ["our_mail.example", "xn--a.example"])
    def test_a_domain_that_has_no_other_form_keeps_its_own(self, domain: str) -> None:
        """Somebody mistyped it, or it is a name inside a network."""
        assert all(value.strip().casefold().endswith(f"@{domain}") for value in ways("profile:email", f"ada@{domain}"))

    @pytest.mark.parametrize("text", ["nobody", "a@b@c", "@acme.example", "ada@"])
    def test_what_is_no_address_is_a_text(self, text: str) -> None:
        """Nobody knows where a tag would go."""
        assert {text.upper(), f"  {text} "} == ways("profile:email", text)

    @given(st.sampled_from(["ada@bücher.example", "Info@ACME.example", "a+b@xn--bcher-kva.example"]))
    def test_all_reach_the_same_domain(self, text: str) -> None:
        """By the reading of the first-party plugins."""
        domains = {read_address(value).domain for value in ways("profile:email", text)}

        assert {read_address(text).domain} == domains

    def test_an_address_is_known_by_its_field(self) -> None:
        """Of an answer or a channel nobody can tell."""
        assert [True, True, False, False] == [
            is_address(read) for read in ("profile:email", "profile:E-Mail", "profile:title", "answer:email")
        ]
