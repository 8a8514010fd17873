"""Tests how plugins are found, audited and frozen, with distributions that are really there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from lifecycle.criteria import Criterion
from lifecycle.errors import PluginError
from lifecycle.registry import Registry, installed
from tests.installing import Site
from tests.small import Did, Said, offering, registry


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


class TestFinding:
    """Installed plugins are known by name before anything is imported."""

    def test_first_party_plugins_are_installed(self) -> None:
        """They are ordinary plugins of the distribution itself."""
        names = {plugin.name for plugin in installed()}

        assert names >= {"channel", "engagement", "profile", "sales", "timing", "undesirables"}

    def test_plugin_of_a_stranger_is_found_with_its_distribution(self, site: Site) -> None:
        """Whoever sees a name can find out where it comes from."""
        site.install("acme", version="2.1")
        [found] = [plugin for plugin in installed() if plugin.name == "acme"]

        assert ("dist-acme", "2.1") == (found.distribution, found.version)
        assert "acme (dist-acme 2.1)" == str(found)

    def test_finding_imports_nothing(self, site: Site) -> None:
        """Installed is not active."""
        module = site.install("broken", "raise SystemError('imported')")

        assert "broken" in {plugin.name for plugin in installed()}
        assert module not in sys.modules

    def test_only_plugins_that_are_named_are_imported(self, site: Site) -> None:
        """One broken stranger stops nobody who does not name it."""
        module = site.install("broken", "raise SystemError('imported')")
        site.install("acme")
        found = Registry.installed(["acme", "nobody"])

        assert ["acme.good"] == list(found.offers)
        assert module not in sys.modules

    def test_all_are_taken_without_names(self, site: Site) -> None:
        """For the list of plugins."""
        site.install("acme")

        assert {"acme.good", "engagement.count"} <= set(Registry.installed().offers)

    def test_one_distribution_that_is_found_twice_is_one(self, site: Site) -> None:
        """An editable install beside a folder on the path is no conflict."""
        module = site.install("acme")
        again = site.folder / "again"
        again.symlink_to(site.folder / "dist-acme")
        site.on_path(again)

        assert 2 == [plugin.name for plugin in installed()].count("acme")
        assert ["acme.good"] == list(Registry.installed(["acme"]).offers)
        assert module in sys.modules

    def test_two_distributions_of_one_name_are_an_error(self, site: Site) -> None:
        """Both are named, in the same order whichever is found first."""
        site.install("acme", distribution="zeta")
        site.install("acme", distribution="alpha")
        with pytest.raises(PluginError) as caught:
            Registry.installed(["acme"])

        [said] = [problem.message for problem in caught.value.problems]
        files = [str(site.folder / name / f"{site.folder.name}_{name}.py") for name in ("alpha", "zeta")]
        named = f"acme (alpha 1.0), {files[0]} and acme (zeta 1.0), {files[1]}"

        assert f"2 plugins are named 'acme': {named}; uninstall or rename all but one" == said

    def test_order_does_not_depend_on_the_order_of_installation(self, site: Site) -> None:
        """Plugins are sorted by name."""
        for name in ("b", "a", "c"):
            site.install(name)

        assert ["a.good", "b.good", "c.good"] == list(Registry.installed(["c", "b", "a"]).offers)


class TestRegistry:
    """What a registry offers never changes afterwards."""

    def test_offers_are_frozen(self) -> None:
        """Nobody can add a criterion behind the audit."""
        offers: Any = registry().offers

        with pytest.raises(TypeError):
            offers["t.more"] = offers["t.said"]

    def test_union_prefers_the_other(self) -> None:
        """As for tables."""
        one, other = Registry.of({"t": offering(Said), "x": offering(Did)}), Registry.of({"t": offering(Said)})
        both = one | other

        assert {"t.said", "x.did"} == set(both.offers)
        assert other.offers["t.said"] is both.offers["t.said"]
        assert {"t.said", "x.did"} == set(one.offers)

    def test_two_registries_do_not_know_of_each_other(self) -> None:
        """There is no global list of plugins."""
        assert ["a.said"] == list(Registry.of({"a": offering(Said)}).offers)
        assert ["b.did"] == list(Registry.of({"b": offering(Did)}).offers)


def test_a_criterion_is_offered_as_it_is() -> None:
    """The class in an offer is the one that the plugin gave."""
    cls: type[Criterion] = registry().offers["t.said"].cls

    assert Said is cls
