"""Tests how plugins are found, audited and frozen, with distributions that are really there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from lifecycle.criteria import Criterion, Verdict, criterion, unknown
from lifecycle.errors import PluginError
from lifecycle.hooks import PROJECT, Hooks, hookimpl
from lifecycle.lead import Snapshot
from lifecycle.registry import RESERVED, Registry, installed, observer_of
from tests.installing import Site
from tests.small import Did, Plugin, Said, offering, registry


def too_few(_: object) -> None:
    """Judge nothing."""


def too_many(_: object, known: Snapshot, at: object) -> None:
    """Want more than there is."""


def right(_: object, known: Snapshot) -> Verdict:
    """Judge as a criterion does."""
    return unknown(f"{known.at}")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def complaints(plugins: Mapping[str, object]) -> list[str]:
    """Return what a registry complains of."""
    with pytest.raises(PluginError) as caught:
        Registry.of(plugins)
    return [f"{problem.code}: {problem.message}" for problem in caught.value.problems]


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

        assert ["two distributions offer 'acme': acme (alpha 1.0) and acme (zeta 1.0)"] == [
            problem.message for problem in caught.value.problems
        ]

    def test_order_does_not_depend_on_the_order_of_installation(self, site: Site) -> None:
        """Plugins are sorted by name."""
        for name in ("b", "a", "c"):
            site.install(name)

        assert ["a.good", "b.good", "c.good"] == list(Registry.installed(["c", "b", "a"]).offers)


class TestAudit:
    """All that is wrong with plugins is reported at once, each by name."""

    def test_plugin_that_raises_on_import(self, site: Site) -> None:
        """The error names plugin, distribution, version and exception; others are audited all the same."""
        site.install("broken", "raise LookupError('no licence')")
        site.install("wrong", "def lifecycle_criteria(): return []")
        with pytest.raises(PluginError, match="plugins cannot be used as they are") as caught:
            Registry.installed(["broken", "wrong"])

        assert [
            "broken (dist-broken 1.0) cannot be imported: LookupError: no licence",
            "wrong (dist-wrong 1.0): lifecycle_criteria has no @hookimpl",
        ] == [problem.message for problem in caught.value.problems]

    def test_plugin_whose_module_is_missing(self, site: Site, tmp_path: Path) -> None:
        """A stale install is told apart from a broken one."""
        module = site.install("gone", "")
        (next(tmp_path.rglob(f"{module}.py"))).unlink()
        with pytest.raises(PluginError, match=f"cannot be imported: ModuleNotFoundError: No module named '{module}'"):
            Registry.installed(["gone"])

    def test_misspelt_hook(self) -> None:
        """It would be passed in silence, and nothing would ever be offered."""

        class Misspelt:
            @hookimpl
            def lifecycle_criterias(self) -> list[object]:
                """Never called."""
                return []

        expected = "plugin-hook: t has 'lifecycle_criterias', which is no hook, did you mean 'lifecycle_criteria'?"

        assert [expected] == complaints({"t": Misspelt()})

    def test_forgotten_marker(self) -> None:
        """A hook without `@hookimpl` would never be called."""

        class Unmarked:
            def lifecycle_criteria(self) -> list[object]:
                """Never called."""
                return []

        assert ["plugin-hook: t: lifecycle_criteria has no @hookimpl"] == complaints({"t": Unmarked()})

    def test_hook_with_another_signature(self) -> None:
        """The error names the argument that no caller gives."""

        class Odd:
            @hookimpl
            def lifecycle_criteria(self, config: object) -> list[object]:
                """Ask for what nobody gives."""
                return [config]

        [said] = complaints({"t": Odd()})

        assert said.startswith("plugin-hook: t: ")
        assert "config" in said

    def test_modules_may_have_any_name(self) -> None:
        """A module that a plugin imports is no hook, whatever it is called."""

        class Importing(Plugin):
            lifecycle_timing = importlib.import_module("lifecycle_timing")

        assert registry().offers.keys() == Registry.of({"t": Importing()}).offers.keys()

    def test_hook_that_raises(self) -> None:
        """Offering may break like importing."""

        class Raising:
            @hookimpl
            def lifecycle_criteria(self) -> list[object]:
                """Break."""
                raise OSError("no file")

        assert ["plugin-criteria: t: lifecycle_criteria broke: OSError: no file"] == complaints({"t": Raising()})

    def test_hook_that_forgets_to_return(self) -> None:
        """None is no list of criteria."""

        class Silent:
            @hookimpl
            def lifecycle_criteria(self) -> None:
                """Forget."""

        [said] = complaints({"t": Silent()})

        assert said.startswith("plugin-criteria: t: lifecycle_criteria broke: TypeError")

    def test_criteria_without_their_decorator(self) -> None:
        """A class, an instance and anything else that the decorator did not make."""

        class Bare:
            def judge(self, known: Snapshot) -> Verdict:
                """Do nothing."""
                return unknown(f"{known.at}")

        found = complaints({"t": offering(Bare, Said(field="x"), 5)})

        assert 3 == len(found)
        assert all(said.endswith("which is no class under @criterion") for said in found)
        assert "Bare" in found[0]
        assert "offers 5," in found[2]

    def test_criterion_without_judge(self) -> None:
        """There is nothing to ask."""
        bare: Any = type("Bare", (), {})

        assert ["plugin-criteria: t: the criterion 'bare' has no judge(known) method"] == complaints(
            {"t": offering(criterion("bare", version="1")(bare))}
        )

    @pytest.mark.parametrize("judge", [too_few, too_many])
    def test_judge_with_another_signature(self, judge: object) -> None:
        """It would fail on every lead."""
        odd: Any = type("Odd", (), {"judge": judge})
        expected = "the criterion 'odd' has a judge method that does not take the snapshot, and nothing else"

        assert [f"plugin-criteria: t: {expected}"] == complaints({"t": offering(criterion("odd", version="1")(odd))})

    @pytest.mark.parametrize("word", sorted(RESERVED))
    def test_parameter_that_no_definition_could_give(self, word: str) -> None:
        """`why` belongs to the definition."""
        cls: Any = type("Odd", (), {word: attrs.field(default=1), "judge": right})
        cls.__annotations__ = {word: int}
        expected = f"the criterion 'odd' has a parameter {word!r}, which is a word of definitions"

        assert [f"plugin-criteria: t: {expected}"] == complaints({"t": offering(criterion("odd", version="1")(cls))})

    def test_criterion_that_is_offered_twice(self) -> None:
        """Within one plugin; two plugins may use one name."""
        assert ["plugin-criteria: t: the criterion 'said' is offered twice"] == complaints({"t": offering(Said, Said)})
        assert {"one.said", "two.said"} == set(Registry.of({"one": offering(Said), "two": offering(Said)}).offers)

    @pytest.mark.parametrize("name", ["a.b", ""])
    def test_plugin_whose_criteria_could_not_be_named(self, name: str) -> None:
        """`a.b.c` would be looked for in the plugin `a`."""
        assert [
            f"plugin-name: {name}: a plugin's name has no dot, since definitions say plugin.criterion"
        ] == complaints({name: Plugin()})

    def test_one_object_under_two_names(self) -> None:
        """A plugin is one thing under one name."""
        plugin = Plugin()
        [said] = complaints({"a": plugin, "b": plugin})

        assert said.startswith("plugin-hook: b: Plugin")


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


class TestObservers:
    """Whoever wants to be told is a callable, or a plugin with the hook."""

    def test_callable_is_called(self) -> None:
        """Any function will do."""
        seen: list[Any] = []

        assert seen.append == observer_of(seen.append)

    def test_plugin_is_called_by_its_hook(self) -> None:
        """By the name of its argument, as pluggy would."""

        class Observing:
            seen: Any = None

            @hookimpl
            def lifecycle_after_transition(self, record: Any) -> None:
                """Remember."""
                self.seen = record

        plugin = Observing()
        record: Any = "a record"
        observer_of(plugin)(record)

        assert record == plugin.seen

    def test_anything_else_is_refused(self) -> None:
        """Better now than after the first move."""
        with pytest.raises(
            TypeError, match="an observer is a callable or a plugin with lifecycle_after_transition, not 5"
        ):
            observer_of(5)


def test_every_hook_is_specified_and_documented() -> None:
    """The specification is what plugin authors read."""
    hooks = {name: hook for name, hook in vars(Hooks).items() if name.startswith(f"{PROJECT}_")}

    assert {"lifecycle_criteria", "lifecycle_after_transition", "lifecycle_cli"} == set(hooks)
    assert all(hook.__doc__ and hasattr(hook, f"{PROJECT}_spec") for hook in hooks.values())


def test_a_criterion_is_offered_as_it_is() -> None:
    """The class in an offer is the one that the plugin gave."""
    cls: type[Criterion] = registry().offers["t.said"].cls

    assert Said is cls
