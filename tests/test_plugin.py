"""Tests where plugins come from: installed distributions, however broken their metadata, and single files."""

from __future__ import annotations

import pickle
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from lifecycle import load
from lifecycle.errors import PluginError
from lifecycle.plugin import COMMANDS, Plugin, at_hand, installed, of_file
from lifecycle.registry import Registry
from tests.installing import GOOD, Site

DEFINITION = """
name = "small"
version = "1"

[stages]
in = { owner = "marketing", final = true }

[criteria]
fine = { use = "acme.good" }

[[transitions]]
trigger = "enter"
to = "in"
automatic = true
when = "fine"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    """A definition that uses the plugin `acme`."""
    path = tmp_path / "small.toml"
    path.write_text(DEFINITION, encoding="utf-8")
    return path


def write(folder: Path, source: str = GOOD, name: str = "acme.py") -> Path:
    """Write a plugin of one file."""
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


def found(name: str, group: str = "lifecycle") -> Plugin:
    """Return the installed plugin of this name."""
    [plugin] = [one for one in installed(group) if one.name == name]
    return plugin


class TestInstalled:
    """Plugins are found without running them, and one broken distribution hides no other."""

    def test_module_and_file_are_known_before_the_import(self, site: Site) -> None:
        """For whoever has to say what is wrong with it."""
        module = site.install("acme", "1 / 0")
        plugin = found("acme")

        assert (module, str(site.folder / "dist-acme" / f"{module}.py")) == (plugin.module, plugin.file)
        assert module not in sys.modules

    def test_file_of_a_module_inside_a_package(self, site: Site) -> None:
        """The package is not imported to find it."""
        site.install("acme")
        package = site.package("inside", "X = 1")
        site.entry("dist-acme", f"[lifecycle]\nacme = {package}.helper\n")

        assert str(site.folder / package / "helper.py") == found("acme").file
        assert package not in sys.modules

    @pytest.mark.parametrize("module", ["nowhere_at_all", "nowhere.at.all", "sys", "sys.deeper"])
    def test_what_has_no_file_has_none(self, site: Site, module: str) -> None:
        """A module that is missing or built in."""
        site.install("acme")
        site.entry("dist-acme", f"[lifecycle]\nacme = {module}\n")

        assert found("acme").file is None

    def test_groups_are_apart(self, site: Site) -> None:
        """Commands are no criteria."""
        module = site.install("acme")
        site.entry("dist-acme", f"[lifecycle.cli]\nacme = {module}\n")

        assert COMMANDS == found("acme", COMMANDS).group
        assert "acme" not in {plugin.name for plugin in installed()}

    def test_unreadable_entry_points_of_a_stranger_are_nobodys_business(self, site: Site) -> None:
        """Discovery goes on."""
        site.install("acme")
        site.install("broken")
        site.entry("dist-broken", "[console_scripts]\nno equals sign\n")

        assert "acme" in {plugin.name for plugin in installed()}
        assert "dist-broken" not in {plugin.name for plugin in installed()}

    def test_unreadable_entry_points_that_speak_of_us_are_told(self, site: Site) -> None:
        """As a plugin that cannot be loaded, named like its distribution."""
        site.install("broken")
        site.entry("dist-broken", "[lifecycle]\nno equals sign\n")
        with pytest.raises(
            PluginError, match=r"dist-broken \(dist-broken 1\.0\) cannot be imported: ValueError: its entry"
        ):
            Registry.installed(["dist-broken"])

    def test_distribution_without_metadata(self, site: Site) -> None:
        """A half removed install still has a name."""
        site.install("acme")
        next(site.folder.rglob("METADATA")).unlink()

        assert "(unnamed)" == found("acme").distribution

    def test_distribution_whose_metadata_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pythons differ in what they raise; discovery goes on."""

        class Broken(metadata.Distribution):
            def read_text(self, filename: str) -> str | None:
                """Give entry points, and nothing else."""
                if filename == "entry_points.txt":
                    return "[lifecycle]\nacme = nowhere\n"
                raise UnicodeError(filename)

            def locate_file(self, path: object) -> Path:
                """Be nowhere."""
                return Path(str(path))

        monkeypatch.setattr(metadata, "distributions", lambda: [Broken()])

        assert ["acme ((unnamed) (no version))"] == [str(plugin) for plugin in installed()]

    def test_module_that_was_put_together_by_hand_has_no_file(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It has no specification to tell."""
        monkeypatch.setitem(sys.modules, "made_by_hand", ModuleType("made_by_hand"))
        site.install("acme")
        site.entry("dist-acme", "[lifecycle]\nacme = made_by_hand\n")

        assert found("acme").file is None


class TestFile:
    """A plugin may be a single file."""

    def test_name_is_that_of_the_file(self, tmp_path: Path) -> None:
        """And there is no distribution."""
        plugin = of_file(write(tmp_path))

        assert ("acme", None, None, "acme (file acme.py)") == (
            plugin.name,
            plugin.distribution,
            plugin.version,
            str(plugin),
        )

    def test_definition_uses_it(self, definition: Path, tmp_path: Path) -> None:
        """Beside the installed plugins, which it needs none of."""
        [named] = load(definition, files=[write(tmp_path)]).named.values()

        assert ("acme", "good", "1", None, None) == (
            named.provenance.plugin,
            named.provenance.criterion,
            named.provenance.version,
            named.provenance.distribution,
            named.provenance.distribution_version,
        )

    def test_rules_depend_on_its_text_and_not_on_where_it_is(self, definition: Path, tmp_path: Path) -> None:
        """Two machines agree; a changed line does not."""
        folders = [tmp_path / name for name in ("here", "there", "changed")]
        for folder in folders:
            folder.mkdir()
        here, there = (load(definition, files=[write(folder)]) for folder in folders[:2])
        changed = load(definition, files=[write(folders[2], GOOD + "# changed\n")])

        assert here.rules_digest == there.rules_digest
        assert here.rules_digest != changed.rules_digest
        assert str(tmp_path) not in str(here.rules)

    def test_file_that_was_changed_is_read_anew(self, definition: Path, tmp_path: Path) -> None:
        """An author tries again in the same session."""
        first = load(definition, files=[write(tmp_path)])
        second = load(definition, files=[write(tmp_path, GOOD.replace('version="1"', 'version="2"'))])

        assert ["1", "2"] == [one.named["fine"].provenance.version for one in (first, second)]
        assert first.named["fine"].provenance.fingerprint != second.named["fine"].provenance.fingerprint

    def test_only_files_that_are_named_are_run(self, definition: Path, tmp_path: Path) -> None:
        """As for installed ones."""
        other = write(tmp_path, "1 / 0", "other.py")

        assert "small" == load(definition, files=[other, write(tmp_path)]).name

    def test_file_beside_an_installed_plugin_of_its_name(self, site: Site, definition: Path, tmp_path: Path) -> None:
        """Neither wins in silence."""
        site.install("acme")
        with pytest.raises(PluginError, match=r"2 plugins are named 'acme': .*dist-acme.* and .*file acme.py"):
            load(definition, files=[write(tmp_path)])

    def test_file_stands_in_for_no_module(self, tmp_path: Path) -> None:
        """`profile.py` is no `profile` for anybody else."""
        Registry.installed(["profile_"], files=[write(tmp_path, name="profile_.py")])

        assert "profile_" not in sys.modules

    def test_bound_criterion_can_be_pickled(self, definition: Path, tmp_path: Path) -> None:
        """Within one process, and in those that are forked from it."""
        bound = load(definition, files=[write(tmp_path)]).named["fine"].criterion

        assert bound == pickle.loads(pickle.dumps(bound))

    def test_broken_file_is_named_with_its_line(self, definition: Path, tmp_path: Path) -> None:
        """And leaves nothing behind."""
        path = write(tmp_path, "x = 1\n1 / 0\n")
        with pytest.raises(PluginError) as caught:
            load(definition, files=[path])
        [said] = caught.value.problems

        assert "acme (file acme.py) cannot be imported: ZeroDivisionError: division by zero" == said.message
        assert (str(path), 2) == (said.place and said.place.file, said.place and said.place.line)
        assert not [name for name in sys.modules if name.endswith("_file_acme")]

    def test_file_that_needs_what_is_not_installed(self, definition: Path, tmp_path: Path) -> None:
        """It is unavailable, and no extra can be named."""
        with pytest.raises(PluginError, match=r"acme .*is unavailable: .*; install what brings the module 'nowhere'"):
            load(definition, files=[write(tmp_path, "import nowhere.at.all")])

    def test_file_that_is_not_there(self, definition: Path, tmp_path: Path) -> None:
        """It is a problem of the plugin."""
        with pytest.raises(PluginError, match=r"acme \(file acme\.py\) cannot be imported: FileNotFoundError"):
            load(definition, files=[tmp_path / "acme.py"])

    def test_name_with_a_dot(self, tmp_path: Path) -> None:
        """The cure is to rename the file."""
        with pytest.raises(PluginError, match="rename the file"):
            Registry.installed(["a.b"], files=[write(tmp_path, name="a.b.py")])

    def test_commands_need_an_install(self, tmp_path: Path) -> None:
        """They would never be asked for."""
        source = GOOD + "\n@hookimpl\ndef lifecycle_cli():\n    return []\n"
        with pytest.raises(PluginError, match=r"which is called for entry points in the group 'lifecycle.cli' only"):
            Registry.installed(["acme"], files=[write(tmp_path, source)])

    def test_misspelt_plugin_is_likened_to_files_too(self, definition: Path, tmp_path: Path) -> None:
        """Whoever renamed the file finds out."""
        path = write(tmp_path, name="acmee.py")
        with pytest.raises(Exception, match="no plugin is named 'acme', did you mean 'acmee'"):
            load(definition, files=[path])

    def test_registry_and_files_are_not_both_given(self, definition: Path, tmp_path: Path) -> None:
        """Nobody could tell which one is meant."""
        with pytest.raises(ValueError, match="not both"):
            load(definition, Registry(()), files=[write(tmp_path)])


def test_object_at_hand_has_no_file() -> None:
    """It is told by its name alone."""
    plugin = at_hand("t", object())

    assert ("t", None, None) == (str(plugin), plugin.file, plugin.module)
