"""`plugins list`: what is installed, and what it offers, however broken one of them is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.cli.world import World

DURATIONS = '''
from datetime import timedelta
from lifecycle import criterion, hookimpl, met_if, parameters

@criterion("patient", version="3")
class Patient:
    """Waits.

    Not shown.
    """
    rest: timedelta = parameters.duration(default=timedelta(days=2))
    odd: bytes = b"x"

    def judge(self, known):
        return met_if(True, "waits")

@criterion("bare", version="1")
class Bare:
    def judge(self, known):
        raise RuntimeError("broke while judging")

@hookimpl
def lifecycle_criteria():
    return [Patient, Bare]
'''


def install(folder: Path, name: str, source: str, distribution: str = "strange") -> None:
    """Install a plugin as pip would: a module, and a distribution with an entry point."""
    (folder / f"{distribution}_{name}.py").write_text(source)
    info = folder / f"{distribution}_{name}-0.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}-{name}\nVersion: 0.5\n")
    (info / "entry_points.txt").write_text(f"[lifecycle]\n{name} = {distribution}_{name}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, for plugins of strangers."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr("sys.path", [str(folder), *sys.path])
    return folder


def test_every_first_party_plugin_is_listed_with_its_criteria() -> None:
    """Plugin, distribution, version, status, and each criterion with its parameters."""
    words = run("plugins", "list").words

    assert "engagement lead-lifecycle 0.1.0 ok engagement.count(kinds, at_least, within?, distinct?, ever?)" in words
    assert "sales.confirmed(answer, ever?)" in words


def test_all_shows_what_each_asks_and_each_parameter() -> None:
    """Types and defaults in the words of a definition file."""
    words = run("plugins", "list", "--all").words

    assert (
        "engagement.duration(kinds, field, at_least, within?, ever?) The lead has spent at least so much time" in words
    )
    assert "parameter type default kinds list of texts needed field text needed at_least duration needed" in words
    assert "ever true or false false" in words


def test_the_document_has_everything() -> None:
    """The same, whether all was asked for or not."""
    found = run("plugins", "list", "--json").document["plugins"]
    [engagement] = [plugin for plugin in found if plugin["plugin"] == "engagement"]
    [count] = [one for one in engagement["criteria"] if one["name"] == "engagement.count"]

    assert ("0.1.0", "lead-lifecycle", "ok", []) == tuple(
        engagement[key] for key in ("version", "distribution", "status", "problems")
    )
    assert {"name": "at_least", "type": "whole number", "required": True, "default": None} in count["parameters"]
    assert {"name": "ever", "type": "true or false", "required": False, "default": False} in count["parameters"]
    assert count["fingerprint"].startswith("sha256:")


def test_a_broken_plugin_is_shown_as_broken_and_stops_nobody(site: Path) -> None:
    """It is named with distribution and version, and the others are listed as ever."""
    install(site, "crash", "raise RuntimeError('boom')")

    ran = run("plugins", "list")
    found = {plugin["plugin"]: plugin for plugin in run("plugins", "list", "--json").document["plugins"]}

    assert ran.code == 0
    assert "crash strange-crash 0.5 broken" in ran.words
    assert "crash (strange-crash 0.5) cannot be imported: RuntimeError: boom" in ran.words
    assert "engagement lead-lifecycle 0.1.0 ok" in ran.words
    assert ("broken", []) == (found["crash"]["status"], found["crash"]["criteria"])


def test_a_plugin_that_two_distributions_offer_is_broken(site: Path) -> None:
    """Both owners are named."""
    install(site, "twin", DURATIONS)
    install(site, "twin", DURATIONS, distribution="other")

    assert "2 plugins are named 'twin'" in run("plugins", "list").words


def test_defaults_are_shown_as_a_definition_would_write_them(site: Path) -> None:
    """A duration in words; a type that no file can spell by its own name."""
    install(site, "plain", DURATIONS)

    words = run("plugins", "list", "--all").words
    found = run("plugins", "list", "--json").document["plugins"]
    [plain] = [plugin for plugin in found if plugin["plugin"] == "plain"]

    assert "plain.patient(rest?, odd?) Waits. parameter type default rest duration 2 days odd bytes b'x'" in words
    assert "plain.bare()" in words
    assert "Not shown" not in words
    assert ["Waits.", ""] == [one["about"] for one in plain["criteria"]]
    assert "2 days" == plain["criteria"][0]["parameters"][0]["default"]


@pytest.mark.parametrize("command", ["check", "replay"])
def test_a_plugin_that_raises_on_import_is_unusable(world: World, site: Path, command: str) -> None:
    """Only where the definition names it: then the error names the plugin, its distribution and version."""
    install(site, "crash", "raise RuntimeError('boom')")
    world.write("tiny.toml", world.definition.read_text().replace('"profile.present"', '"crash.present"'))
    arguments = [world.definition] if command == "check" else [world.signals, "-d", world.definition]

    ran = run(command, *arguments)

    assert ran.code == 4
    assert "crash (strange-crash 0.5) cannot be imported: RuntimeError: boom" in ran.err
    assert "Traceback" not in ran.err


def test_a_plugin_that_raises_when_judging_opens_nothing(world: World, site: Path) -> None:
    """The criterion and its exception are named where the lead is stuck; the others are judged as ever."""
    install(site, "plain", DURATIONS)
    text = world.definition.read_text().replace('"sales.confirmed", answer = "conversation_possible"', '"plain.bare"')
    world.write("tiny.toml", text)

    explained = run("explain", "zoe", world.signals, "-d", world.definition, "--at", "2026-01-07T00:00:00Z")
    replayed = run("replay", world.signals, "-d", world.definition, "--json")

    assert explained.code == replayed.code == 0
    assert "accept -> sal failed asked by sales" in explained.words
    assert "plain.bare broke: RuntimeError: broke while judging" in explained.words
    assert {"failed": 2} == replayed.document["refusals"]
