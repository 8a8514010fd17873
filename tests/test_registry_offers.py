"""Tests what a registry offers: criteria bound to parameters, and what tells one state of a plugin from another."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import attrs
import pytest

from lifecycle import parameters
from lifecycle.criteria import Verdict, criterion, unknown
from lifecycle.lead import Snapshot
from lifecycle.registry import Offer, Registry
from tests.installing import GOOD, Site
from tests.small import offering


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def offer_of(cls: Any) -> Offer:
    """Return what a plugin `t` offers."""
    [offer] = Registry.of({"t": offering(cls)}).offers.values()
    return offer


def made(*lines: str, module: str | None = None) -> Offer:
    """Return the offer of a criterion that depends on these lists, from a module."""

    def lists() -> tuple[str, ...]:
        return lines

    class Made:
        def judge(self, known: Snapshot) -> Verdict:
            """Do nothing."""
            return unknown(f"{known.at}")

    Made.__module__ = module or Made.__module__
    return offer_of(criterion("made", version="1", lists=lists)(Made))


def positive(value: int) -> int:
    """Read a number above zero, breaking on others in a way of its own."""
    if value == 0:
        raise ZeroDivisionError("nothing")
    return value


@criterion("many", version="2", also_reads=["channel"], lists=lambda: ["list 1"])
class Many:
    """A criterion with parameters of all sorts."""

    minimum: int
    kinds: tuple[str, ...] = parameters.kinds(default=None)
    size: int = attrs.field(default=1, converter=positive, validator=attrs.validators.in_(range(9)))
    own: int = attrs.field(default=1, converter=attrs.Converter(lambda value, _: value, takes_self=True))

    def __attrs_post_init__(self) -> None:
        """Refuse what no single parameter shows."""
        if self.minimum == 13:
            raise ValueError("thirteen is unlucky")
        if self.minimum == 14:
            raise KeyError

    def judge(self, known: Snapshot) -> Verdict:
        """Do nothing."""
        return unknown(f"{known.at}")


class TestBinding:
    """A criterion is bound to its parameters, or everything wrong with them is said."""

    def test_bound(self) -> None:
        """Converted, with defaults."""
        bound: Any
        bound, problems = offer_of(Many).bind({"minimum": 3, "kinds": ["b", "a"], "own": 5})

        assert [] == problems
        assert (3, ("a", "b"), 1, 5) == (bound.minimum, bound.kinds, bound.size, bound.own)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, [("minimum", "missing-parameter", "t.many needs 'minimum'")]),
            (
                {"minimun": 3},
                [
                    ("minimun", "unknown-parameter", "t.many takes no 'minimun', did you mean 'minimum'?"),
                    ("minimum", "missing-parameter", "t.many needs 'minimum'"),
                ],
            ),
            (
                {"minimum": "3", "kinds": "demo"},
                [
                    ("minimum", "wrong-parameter", "'minimum' of t.many: must be a whole number, not '3'"),
                    (
                        "kinds",
                        "wrong-parameter",
                        "'kinds' of t.many: must be a list of texts, not 'demo'; write [\"demo\"]",
                    ),
                ],
            ),
            (
                {"minimum": 3, "size": 0},
                [("size", "wrong-parameter", "'size' of t.many: ZeroDivisionError: nothing")],
            ),
            (
                {"minimum": 3, "size": 9},
                [("size", "wrong-parameter", "t.many: 'size' must be in range(0, 9) (got 9)")],
            ),
            ({"minimum": 13}, [("use", "wrong-parameter", "t.many: thirteen is unlucky")]),
            ({"minimum": 14}, [("use", "wrong-parameter", "t.many: KeyError: ")]),
        ],
        ids=["missing", "misspelt", "types", "converter", "validator", "together", "accident"],
    )
    def test_everything_wrong_is_said(self, given: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
        """Whatever a stranger's converters and validators raise, with the parameter it is about."""
        assert (None, expected) == offer_of(Many).bind(given)

    def test_parameters_are_shown(self) -> None:
        """For the list of plugins."""
        offer = offer_of(Many)

        assert "t.many" == offer.name
        assert ["minimum", "kinds", "size", "own"] == [field.name for field in offer.parameters]


class TestFingerprint:
    """A fingerprint changes with whatever else may change a verdict."""

    def test_says_whose_criterion_it_is(self, site: Site) -> None:
        """Plugin, criterion, version, distribution."""
        site.install("acme", version="2.1")
        provenance = Registry.installed(["acme"]).offers["acme.good"].provenance

        assert ("acme", "good", "1", "dist-acme", "2.1") == (
            provenance.plugin,
            provenance.criterion,
            provenance.version,
            provenance.distribution,
            provenance.distribution_version,
        )
        assert provenance.fingerprint.startswith("sha256:")

    def test_changes_with_the_source(self, site: Site) -> None:
        """Also where the author forgot to raise the version."""
        site.install("one")
        site.install("other", GOOD + "# a comment is enough\n")
        site.install("same")
        offers = Registry.installed(["one", "other", "same"]).offers
        one, other, same = (offers[f"{name}.good"].provenance.fingerprint for name in ("one", "other", "same"))

        assert one == same
        assert one != other

    def test_changes_with_a_neighbour_in_the_package(self, site: Site) -> None:
        """A helper decides verdicts too; a file that is no source does not."""
        packages = [
            site.package(name, helper) for name, helper in (("one", "X = 1"), ("two", "X = 2"), ("three", "X = 1"))
        ]
        offers = [Registry.of({"t": importlib.import_module(name)}).offers["t.good"] for name in packages]
        one, two, three = (offer.provenance.fingerprint for offer in offers)

        assert one == three
        assert one != two

    def test_changes_with_the_lists_and_not_with_their_order(self) -> None:
        """A data package that is updated may change verdicts."""
        assert made("a 1", "b 2").provenance == made("b 2", "a 1").provenance
        assert made("a 1", "b 2").provenance != made("a 1", "b 3").provenance
        assert made().provenance != made("").provenance

    @pytest.mark.parametrize("module", ["nowhere_at_all", "sys"])
    def test_what_has_no_source_has_a_fingerprint_too(self, module: str) -> None:
        """What is typed in at a prompt is told apart by its version alone."""
        assert made(module=module).provenance == made(module=module).provenance
        assert made(module=module).provenance != made().provenance
