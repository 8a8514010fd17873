"""Tests that a lock says in which state plugins are, and refuses every other state, all differences together."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import load
from lifecycle.audit import Audited
from lifecycle.errors import DocumentError, PluginError
from lifecycle.lock import FORMAT, lock_text, read_lock
from lifecycle.plugin import Plugin
from lifecycle.registry import Registry
from tests.installing import GOOD, Site

TWO = GOOD.replace("return [Good]", "return [Good, More]").replace(
    "@hookimpl",
    """
@criterion("more", version="3")
class More:
    def judge(self, known):
        return unknown("nothing")

@hookimpl""",
)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))

DEFINITION = """
name = "small"
version = "1"

[stages]
in = { owner = "marketing", final = true }

[criteria]
fine = { use = "acme.good", field = "y" }

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


def locked(folder: Path, *names: str) -> Path:
    """Lock the installed plugins of these names."""
    path = folder / "lifecycle.lock"
    path.write_text(lock_text(Registry.installed(names).plugins.values()), encoding="utf-8")
    return path


def differences(lock: Path, *names: str, files: Sequence[Path] = ()) -> list[str]:
    """Return what is said of plugins of these names: `line: message`."""
    with pytest.raises(PluginError, match=r"the plugins are not those of .*lifecycle\.lock") as caught:
        read_lock(lock).verify(Registry.installed(names, files=files).plugins.values())
    return [f"{problem.place.line}: {problem.message}" for problem in caught.value.problems if problem.place]


def line_of(text: str, start: str, *, last: bool = False) -> int:
    """Return the number of the first or the last line that starts so, quotes left out."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if line.replace('"', "").startswith(start)]
    return found[-1 if last else 0]


class TestText:
    """What a lock says."""

    def test_names_distributions_versions_and_fingerprints(self, site: Site) -> None:
        """Of each plugin, and of each of its criteria."""
        site.install("acme", TWO, version="2.1")
        text = locked(site.folder, "acme").read_text(encoding="utf-8")
        offers = Registry.installed(["acme"]).offers
        criteria = {
            name: {"version": version, "fingerprint": offers[f"acme.{name}"].provenance.fingerprint}
            for name, version in (("good", "1"), ("more", "3"))
        }

        assert {
            "format": FORMAT,
            "plugins": {"acme": {"distribution": "dist-acme", "version": "2.1", "criteria": criteria}},
        } == tomllib.loads(text)

    def test_same_state_gives_the_same_text(self, site: Site) -> None:
        """In the order of names, so that a version control shows what changed and nothing else."""
        for name in ("b", "a"):
            site.install(name, TWO)
        plugins = Registry.installed(["a", "b"]).plugins.values()
        text = lock_text(plugins)

        assert text == lock_text(reversed(list(plugins)))
        assert text.index("[plugins.a]") < text.index("[plugins.b]")
        assert text.index("good = ") < text.index("more = ")

    def test_file_has_no_distribution(self, tmp_path: Path) -> None:
        """It is told by its fingerprint."""
        (tmp_path / "bell.py").write_text(GOOD, encoding="utf-8")
        registry = Registry.installed(["bell"], files=[tmp_path / "bell.py"])
        bell = tomllib.loads(lock_text(registry.plugins.values()))["plugins"]["bell"]

        assert {"criteria"} == set(bell)

    @given(TEXTS.filter(bool), TEXTS)
    def test_any_name_can_be_read_again(self, name: str, version: str) -> None:
        """Whatever a plugin is called, the lock is TOML and says it."""
        plugin = Plugin(name, "dist", version, load=lambda: None)
        text = lock_text([Audited(plugin=plugin)])

        assert {name: {"distribution": "dist", "version": version}} == tomllib.loads(text)["plugins"]


class TestVerifying:
    """What differs is refused, and what changed is said."""

    def test_same_state_is_accepted(self, site: Site) -> None:
        """Also where the lock names more plugins than are used."""
        for name in ("a", "b"):
            site.install(name)
        lock = read_lock(locked(site.folder, "a", "b"))

        assert {"a", "b"} == set(lock.plugins)
        lock.verify(Registry.installed(["a"]).plugins.values())

    def test_everything_that_changed_is_said_with_its_line(self, site: Site, tmp_path: Path) -> None:
        """Versions, code, criteria that came and went, plugins that were never locked; of all plugins together."""
        site.install("acme", TWO, version="2.2")
        site.install("code")
        site.install("new")
        path = locked(tmp_path, "acme", "code")
        text = path.read_text(encoding="utf-8")
        fingerprint = Registry.installed(["code"]).offers["code.good"].provenance.fingerprint
        for now, was in (
            ('version = "2.2"', 'version = "2.1"'),
            ('good = { version = "1"', 'good = { version = "0"'),
            ("more = ", "less = "),
            (fingerprint, "sha256:0"),
        ):
            text = text.replace(now, was, 1) if now != fingerprint else was.join(text.rsplit(now, 1))
        path.write_text(text, encoding="utf-8")
        new = "acme (dist-acme 2.2) offers 'more', which it did not when it was locked"
        code = "code (dist-code 1.0): the code or the lists of 'good' are not those locked"

        assert [
            f"{line_of(text, 'version')}: acme (dist-acme 2.2): the version is 2.2, locked is 2.1",
            f"{line_of(text, 'good')}: acme (dist-acme 2.2): 'good' has version 1, locked is 0",
            f"{line_of(text, 'less')}: acme (dist-acme 2.2) offers no 'less' any more",
            f"{line_of(text, '[plugins.acme.criteria')}: {new}",
            f"{line_of(text, 'good', last=True)}: {code}",
            "None: new (dist-new 1.0) is not in the lock; lock the plugins again, if it is to be used",
        ] == differences(path, "acme", "code", "new")

    def test_upgrade_is_refused(self, site: Site, tmp_path: Path) -> None:
        """Also one that changed nothing but code, and forgot to raise any version."""
        site.install("acme")
        path = locked(tmp_path, "acme")
        site.entry("dist-acme", "")
        (tmp_path / "later").mkdir()
        Site(tmp_path / "later", site.monkeypatch).install("acme", GOOD + "# changed")
        [said] = differences(path, "acme")

        assert said.endswith("acme (dist-acme 1.0): the code or the lists of 'good' are not those locked")

    def test_file_that_stands_in_for_an_installed_plugin(self, site: Site, tmp_path: Path) -> None:
        """It is another plugin, whatever it is called."""
        site.install("acme")
        path = locked(tmp_path, "acme")
        site.entry("dist-acme", "")
        file = tmp_path / "acme.py"
        file.write_text(GOOD, encoding="utf-8")

        assert [
            "acme (file acme.py): the distribution is none, locked is dist-acme",
            "acme (file acme.py): the version is none, locked is 1.0",
        ] == [said.partition(": ")[2] for said in differences(path, "acme", files=[file])][:2]


class TestLoading:
    """A lock is verified when a definition is read."""

    @pytest.fixture
    def definition(self, site: Site, tmp_path: Path) -> Path:
        """A definition that uses the plugin `acme`, which is installed."""
        site.install("acme")
        path = tmp_path / "small.toml"
        path.write_text(DEFINITION, encoding="utf-8")
        return path

    def test_definition_is_read_with_the_plugins_that_were_locked(self, definition: Path, tmp_path: Path) -> None:
        """And is the same as without."""
        lock = locked(tmp_path, "acme")

        assert load(definition).rules_digest == load(definition, lock=lock).rules_digest

    def test_definition_is_refused_with_others(self, definition: Path, tmp_path: Path) -> None:
        """Before anything is judged."""
        lock = locked(tmp_path, "acme")
        lock.write_text(lock.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"'), encoding="utf-8")
        with pytest.raises(PluginError, match="'good' has version 1, locked is 2"):
            load(definition, lock=lock)

    def test_other_installed_plugins_do_not_matter(self, site: Site, definition: Path, tmp_path: Path) -> None:
        """Only those that the definition names are compared; nobody has to lock what nobody uses."""
        lock = locked(tmp_path, "acme")
        site.install("other", "1 / 0")

        assert "small" == load(definition, lock=lock).name


class TestReading:
    """What is no lock is refused, with its places."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("format = 1", "lifecycle.lock:1:1: error: must be a text, not 1 [wrong-type]"),
            ('format = "lifecycle-lock-2"', "a lock of this version says 'lifecycle-lock-1', not 'lifecycle-lock-2'"),
            ("plugins = 5", "is no lock of plugins"),
            ("[plugins", "lifecycle.lock:1:9: error: Expected ']' at the end of a table declaration"),
            (f'format = "{FORMAT}"\n[plugins.x]\nversions = "1"', "lifecycle.lock:3:1: error: "),
        ],
    )
    def test_everything_wrong_is_said(self, tmp_path: Path, text: str, message: str) -> None:
        """As for a definition."""
        path = tmp_path / "lifecycle.lock"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DocumentError) as caught:
            read_lock(path)

        assert message in str(caught.value)

    def test_lock_that_is_not_there(self, tmp_path: Path) -> None:
        """A lock that was forgotten must not look like one that fits."""
        with pytest.raises(FileNotFoundError):
            load("b2b", lock=tmp_path / "lifecycle.lock")

    def test_shapes_are_frozen(self, site: Site) -> None:
        """A lock that was read stays as it was read."""
        site.install("acme")
        lock = read_lock(locked(site.folder, "acme"))

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            lock.plugins = {}  # type: ignore[misc]  # that is the point
