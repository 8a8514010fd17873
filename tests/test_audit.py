"""Tests that whatever is wrong with a plugin is found before it is used, with the plugin, its file and the cure."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.audit import RESERVED, audit
from lifecycle.criteria import Verdict, criterion, unknown
from lifecycle.errors import PluginError, Problem
from lifecycle.hooks import hookimpl
from lifecycle.lead import Snapshot
from lifecycle.plugin import COMMANDS, at_hand, installed
from lifecycle.registry import Registry
from tests.faulty import BROKEN, Fault
from tests.faulty_criteria import CRITERIA
from tests.faulty_hooks import HOOKS
from tests.installing import GOOD, Site
from tests.small import Plugin, Said, offering, registry


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def problems(*names: str) -> list[Problem]:
    """Return all problems of installed plugins."""
    with pytest.raises(PluginError, match="plugins cannot be used as they are") as caught:
        Registry.installed(names)
    return list(caught.value.problems)


def complaints(plugins: Mapping[str, object]) -> list[str]:
    """Return what a registry complains of."""
    with pytest.raises(PluginError) as caught:
        Registry.of(plugins)
    return [f"{problem.code}: {problem.message}" for problem in caught.value.problems]


class TestFaults:
    """What plain pluggy lets pass, and what it dies of without naming anybody."""

    @pytest.mark.parametrize("fault", [*HOOKS, *CRITERIA], ids=str)
    def test_fault_is_named(self, site: Site, fault: Fault) -> None:
        """Plugin, distribution, version, file, line, what is wrong and what to do."""
        module = site.install("acme", fault.source, version="2.1")
        [said] = problems("acme")
        file = str(site.folder / "dist-acme" / f"{module}.py")

        assert (fault.code, f"acme (dist-acme 2.1) {fault.message}") == (said.code, said.message)
        assert said.place is not None
        assert (file, fault.line) == (said.place.file, said.place.line)

    @pytest.mark.parametrize("fault", BROKEN, ids=str)
    def test_broken_import_is_named(self, site: Site, fault: Fault) -> None:
        """Also one that would have ended the program; only what is not installed is told apart."""
        module = site.install("acme", fault.source)
        [said] = problems("acme")
        what = "is unavailable" if fault.code == "plugin-unavailable" else "cannot be imported"

        assert fault.code == said.code
        assert said.message.startswith(f"acme (dist-acme 1.0) {what}: {fault.message}")
        assert said.place is not None
        assert (f"{module}.py", fault.line) == (Path(said.place.file).name, said.place.line)

    def test_every_fault_is_reported_with_all_others(self, site: Site) -> None:
        """One run shows the work of a whole afternoon; nobody hides anybody's problems."""
        faults = (*HOOKS, *CRITERIA, *BROKEN)
        names = [f"p{number:02}" for number, _ in enumerate(faults)]
        for name, fault in zip(names, faults, strict=True):
            site.install(name, fault.source)
        found = problems(*names)

        assert names == [problem.message.split()[0] for problem in found]
        assert [fault.code for fault in faults] == [problem.code for problem in found]

    def test_several_faults_of_one_plugin_are_reported_together(self) -> None:
        """Also several of one function."""

        class Odd:
            @hookimpl
            async def lifecycle_criteria(self, config: object = None, **more: object) -> list[object]:
                """Ask for what nobody gives."""
                return [config, more]

            def lifecycle_after_transition(self, record: object) -> None:
                """Never called."""

        found = complaints({"t": Odd()})

        assert 4 == len(found)
        assert ["@hookimpl", "is async", "'config'", "**more"] == [
            next(word for word in ("@hookimpl", "is async", "'config'", "**more") if word in said) for said in found
        ]

    def test_interrupt_is_not_a_fault(self, site: Site) -> None:
        """Who presses Ctrl-C while a plugin is imported wants to stop."""
        site.install("acme", "raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            Registry.installed(["acme"])

    def test_stale_install_is_told_apart(self, site: Site) -> None:
        """The entry point names a module that is gone."""
        module = site.install("gone", "")
        next(site.folder.rglob(f"{module}.py")).unlink()
        importlib.invalidate_caches()
        [said] = problems("gone")
        why = f"ModuleNotFoundError: No module named '{module}'"

        assert f"gone (dist-gone 1.0) cannot be imported: {why}; its installation is out of date: install it again" == (
            said.message
        )

    def test_entry_point_that_names_no_object_of_its_module(self, site: Site) -> None:
        """What it names is shown."""
        module = site.install("acme")
        site.entry("dist-acme", f"[lifecycle]\nacme = {module}:plugin\n")
        [said] = problems("acme")

        assert said.message.endswith(f"; its entry point is '{module}:plugin': correct it, and install it again")

    def test_extra_that_would_bring_a_dependency_is_named(self, site: Site) -> None:
        """The entry point of an optional part exists whether or not the extra was installed."""
        site.install("acme", "import heavy_lib")
        site.metadata("dist-acme", "Requires-Dist: other\nRequires-Dist: heavy-lib>=2; extra == 'models'\n")
        [said] = problems("acme")

        assert said.message.endswith("; install it with pip install 'dist-acme[models]'")


class TestObjects:
    """Plugins need not be modules."""

    def test_equal_plugins_are_two(self) -> None:
        """Two settings of one plugin compare equal, and are asked both."""

        @attrs.frozen
        class Equal:
            @hookimpl
            def lifecycle_criteria(self) -> list[object]:
                """Offer."""
                return [Said]

        assert {"a.said", "b.said"} == set(Registry.of({"a": Equal(), "b": Equal()}).offers)

    def test_one_plugin_may_have_two_names(self) -> None:
        """After it was renamed, old definitions still find it."""
        plugin = Plugin()

        assert {"new.said", "old.said"} <= set(Registry.of({"new": plugin, "old": plugin}).offers)

    def test_properties_are_not_touched(self) -> None:
        """Reading one would run a stranger's code."""

        class Guarded(Plugin):
            @property
            def secret(self) -> object:
                """Break."""
                raise RuntimeError("touched")

        assert registry().offers.keys() == Registry.of({"t": Guarded()}).offers.keys()

    def test_property_of_the_name_of_a_hook(self) -> None:
        """It would never be called."""

        class Odd:
            @property
            def lifecycle_criteria(self) -> object:
                """Break."""
                raise RuntimeError("touched")

        expected = "has a lifecycle_criteria that is no function, so it would never be called; make it one"

        assert [f"plugin-hook: t {expected}"] == complaints({"t": Odd()})

    def test_any_kind_of_method_will_do(self) -> None:
        """Static ones and those of the class."""

        class Static:
            @staticmethod
            @hookimpl
            def lifecycle_criteria() -> list[object]:
                """Offer."""
                return [Said]

        class OfTheClass:
            @classmethod
            @hookimpl
            def lifecycle_criteria(cls) -> list[object]:
                """Offer."""
                return [Said]

        assert {"a.said", "b.said"} == set(Registry.of({"a": Static(), "b": OfTheClass()}).offers)

    def test_class_instead_of_an_instance(self) -> None:
        """Its hooks would be called without anything to call them on."""
        expected = "is the class Plugin, whose hooks nobody could call; name a module or an instance instead"

        assert [f"plugin-hook: t {expected}"] == complaints({"t": Plugin})

    def test_nothing_instead_of_a_plugin(self) -> None:
        """`plugin = make()` whose function returns nothing."""
        assert ["plugin-hook: t is None, whose hooks nobody could call; name a module or an instance instead"] == (
            complaints({"t": None})
        )

    def test_object_that_cannot_be_looked_at(self) -> None:
        """`dir` runs a stranger's code as well."""

        class Odd:
            def __dir__(self) -> list[str]:
                raise RuntimeError("closed")

        assert ["plugin-hook: t cannot be looked at: RuntimeError: closed"] == complaints({"t": Odd()})

    def test_object_without_hooks(self) -> None:
        """Nothing in it would ever be called."""
        assert ["plugin-hook: t has no hooks; mark them with @hookimpl"] == complaints({"t": object()})

    def test_modules_may_have_any_name(self) -> None:
        """A module that a plugin imports is no hook, whatever it is called."""

        class Importing(Plugin):
            lifecycle_timing = importlib.import_module("lifecycle_timing")

        assert registry().offers.keys() == Registry.of({"t": Importing()}).offers.keys()

    def test_hook_under_another_name(self) -> None:
        """`specname` names the hook."""

        class Named:
            @hookimpl(specname="lifecycle_criteria")
            def offers(self) -> list[object]:
                """Offer."""
                return [Said]

        assert ["t.said"] == list(Registry.of({"t": Named()}).offers)

    def test_hook_of_another_version_is_left_alone_where_it_is_optional(self) -> None:
        """A plugin may be written for newer versions and still run with this one."""

        class Newer(Plugin):
            @hookimpl(optionalhook=True)
            def lifecycle_tomorrow(self, anything: object) -> None:
                """Wait."""

        assert registry().offers.keys() == Registry.of({"t": Newer()}).offers.keys()


class TestCriteria:
    """What a plugin offers is looked at, each criterion by itself."""

    def test_anything_that_the_decorator_did_not_make(self) -> None:
        """A class, an instance and anything else."""

        class Bare:
            def judge(self, known: Snapshot) -> Verdict:
                """Do nothing."""
                return unknown(f"{known.at}")

        found = complaints({"t": offering(Bare, Said(field="x"), 5)})

        assert 3 == len(found)
        assert all(said.endswith("which is no class under @criterion") for said in found)
        assert "Bare" in found[0]
        assert "offers 5," in found[2]

    @pytest.mark.parametrize("given", [Said, "said", 5])
    def test_something_else_than_a_list(self, given: object) -> None:
        """A class alone is meant as a list of one, and a text would be taken letter by letter."""

        class Odd:
            @hookimpl
            def lifecycle_criteria(self) -> object:
                """Offer."""
                return given

        [said] = complaints({"t": Odd()})

        assert said.startswith("plugin-criteria: t broke in lifecycle_criteria: TypeError: ")

    @pytest.mark.parametrize("word", sorted(RESERVED))
    def test_parameter_that_no_definition_could_give(self, word: str) -> None:
        """`why` belongs to the definition."""

        def right(_: object, known: Snapshot) -> Verdict:
            return unknown(f"{known.at}")

        cls: Any = type("Odd", (), {word: attrs.field(default=1), "judge": right})
        cls.__annotations__ = {word: int}
        expected = f"has a parameter {word!r}, which is a word of definitions; rename it"

        assert [f"plugin-criteria: t offers the criterion 'odd', which {expected}"] == complaints(
            {"t": offering(criterion("odd", version="1")(cls))}
        )

    @pytest.mark.parametrize(
        ("name", "shown"), [("a.b", "a.b"), ("", "(nameless)"), (" ", " ")], ids=["dot", "nothing", "blank"]
    )
    def test_plugin_whose_criteria_could_not_be_named(self, name: str, shown: str) -> None:
        """`a.b.c` would be looked for in the plugin `a`."""
        expected = "cannot be meant by a definition, which says plugin.criterion; rename it"

        assert [f"plugin-name: {shown} {expected}"] == complaints({name: Plugin()})


class TestAudited:
    """What is known of a plugin that has been looked at."""

    def test_a_good_one_has_hooks_offers_and_a_time(self, site: Site) -> None:
        """And no problems."""
        site.install("acme", GOOD)
        [found] = audit(one for one in installed() if one.name == "acme")

        assert ("acme", (), ["lifecycle_criteria"], ["acme.good"]) == (
            found.plugin.name,
            found.problems,
            list(found.hooks),
            [offer.name for offer in found.offers],
        )
        assert 0 < found.seconds < 60

    def test_those_of_one_name_are_not_run(self, site: Site) -> None:
        """Nobody knows which one is meant."""
        modules = [site.install("acme", distribution=name) for name in ("zeta", "alpha")]
        [found] = audit(one for one in installed() if one.name == "acme")

        assert ("alpha", ["zeta"]) == (found.plugin.distribution, [other.distribution for other in found.others])
        assert not set(modules) & sys.modules.keys()

    def test_commands_without_the_hook_for_them(self, site: Site) -> None:
        """The group of an entry point says what is asked of it."""
        module = site.install("acme")
        site.entry("dist-acme", f"[lifecycle.cli]\nacme = {module}\n")
        [found] = audit(one for one in installed(COMMANDS) if one.name == "acme")

        assert ["acme (dist-acme 1.0) is in the group 'lifecycle.cli' and has no lifecycle_cli"] == [
            problem.message for problem in found.problems
        ]

    def test_commands_that_stand_in_both_groups(self, site: Site) -> None:
        """One module may offer criteria and commands."""
        module = site.install("acme", GOOD + "\n@hookimpl\ndef lifecycle_cli():\n    return []\n")
        site.entry("dist-acme", f"[lifecycle]\nacme = {module}\n[lifecycle.cli]\nacme = {module}\n")

        assert {"lifecycle_criteria", "lifecycle_cli"} == set(Registry.installed(["acme"]).plugins["acme"].hooks)

    @given(st.permutations([("c", Plugin()), ("a", object()), ("b", Plugin()), ("d", None)]))
    def test_order_does_not_matter(self, plugins: list[tuple[str, object]]) -> None:
        """In whatever order plugins are found, the same is said of each, and in the order of names."""
        found = audit(at_hand(name, plugin) for name, plugin in plugins)

        assert [("a", 1), ("b", 0), ("c", 0), ("d", 1)] == [(one.plugin.name, len(one.problems)) for one in found]
