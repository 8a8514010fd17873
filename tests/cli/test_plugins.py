"""`plugins list` and `show`: what is there, and what it offers, however broken one of them is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.cli.world import World, qualifies, signal

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


HOSTILE = {
    "bare": "raise RuntimeError",
    "ends": "import sys\nsys.exit(0)",
    "stops": "class Stop(BaseException): pass\nraise Stop",
    "recursive": "def f(): return f()\nf()",
    "odd_words": "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd",
    "syntax": "def (",
    "missing": "import nowhere_at_all",
    "misspelt": "from lifecycle import hookimpl\n@hookimpl\ndef lifecycle_criterias(): return []",
    "empty": "",
    "colour": "raise RuntimeError('\\x1b[31mred\\x07')",
}
"""Plugins that would each have ended the list."""

UNSHOWABLE = """
import attrs
from lifecycle import criterion, hookimpl, met_if

print("loaded, by the way")

class Odd:
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__

@criterion("odd", version="1")
class Shown:
    value: object = Odd()
    values: list = attrs.Factory(list)

    def judge(self, known):
        return met_if(True, "odd")

@hookimpl
def lifecycle_criteria():
    return [Shown]
"""


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


def test_the_list_works_however_broken_plugins_are(site: Path) -> None:
    """Each is named with what is wrong and where; all others are listed as ever."""
    for name, source in HOSTILE.items():
        install(site, name, source)
    ran = run("plugins", "list")
    found = {plugin["plugin"]: plugin for plugin in run("plugins", "list", "--json").document["plugins"]}

    assert 0 == ran.code
    assert {name: "unavailable" if name == "missing" else "broken" for name in HOSTILE} == {
        name: found[name]["status"] for name in HOSTILE
    }
    assert all(found[name]["problems"][0]["file"] == str(site / f"strange_{name}.py") for name in HOSTILE)
    assert f"{site / 'strange_ends.py'}:2: error: ends (strange-ends 0.5) cannot be imported: SystemExit: 0" in ran.out
    assert "\x1b" not in ran.out
    assert "ok" == found["engagement"]["status"]


def test_what_a_plugin_prints_is_no_part_of_the_result(site: Path) -> None:
    """One document stays one; and what cannot be shown is said to be."""
    install(site, "odd", UNSHOWABLE)
    ran = run("plugins", "list", "--json")
    [odd] = [plugin for plugin in ran.document["plugins"] if plugin["plugin"] == "odd"]

    assert "loaded, by the way" in ran.err
    shown = [(parameter["type"], parameter["default"]) for parameter in odd["criteria"][0]["parameters"]]
    assert [("object", "(cannot be shown)"), ("list", "(made anew)")] == shown
    assert "odd.odd(value?, values?)" in run("plugins", "show", "odd").words


class TestShow:
    """Everything that is known of one plugin."""

    def test_origin_hooks_and_criteria(self) -> None:
        """With version, fingerprint, parameters, and how long it took to load."""
        words = run("plugins", "show", "timing").words

        assert "plugin timing distribution lead-lifecycle version 0.1.0 file" in words
        assert "status ok hooks lifecycle_criteria loaded in" in words
        assert "timing.in_stage(at_least) version 1, sha256:" in words

    def test_a_broken_one_is_a_problem(self, site: Path) -> None:
        """By the exit code too."""
        install(site, "ends", HOSTILE["ends"])
        ran = run("plugins", "show", "ends", "--json")

        assert 1 == ran.code
        assert ["plugin-import"] == [problem["code"] for problem in ran.document["problems"]]
        assert 0 < ran.document["milliseconds"] < 60_000

    def test_no_other_plugin_is_loaded(self, site: Path) -> None:
        """Not even to find it."""
        install(site, "ends", HOSTILE["ends"])

        assert 0 == run("plugins", "show", "timing").code
        assert "strange_ends" not in sys.modules

    def test_a_name_that_nobody_bears(self) -> None:
        """What was probably meant is said."""
        ran = run("plugins", "show", "timming")

        assert (2, "") == (ran.code, ran.out)
        assert "no plugin is named 'timming', did you mean 'timing'?" in ran.err

    def test_a_file_that_was_not_named(self) -> None:
        """A plugin may be a file, and then it has to be given."""
        ran = run("plugins", "show", "fairs")

        assert 2 == ran.code
        assert "no plugin is named 'fairs': install it, or name its file, for instance `--plugin fairs.py`" in ran.err


class TestFiles:
    """A plugin of one file is used without installing it."""

    @pytest.fixture
    def world(self, world: World) -> World:
        """A definition that asks for `plain.patient`, which stands in plain.py."""
        world.write("plain.py", DURATIONS)
        text = world.definition.read_text().replace('"profile.present", field = "email"', '"plain.patient"')
        world.write("tiny.toml", text)
        return world

    @pytest.mark.parametrize("command", ["replay", "explain", "fire", "check", "diagram", "paths"])
    def test_whatever_loads_a_definition_takes_it(self, world: World, command: str) -> None:
        """And fails without it, saying that nobody offers what is asked for."""
        plain = ["--plugin", world.folder / "plain.py"]
        arguments: dict[str, list[object]] = {
            "replay": ["replay", world.signals, "-d", world.definition],
            "explain": ["explain", "zoe", world.signals, "-d", world.definition],
            "fire": [
                *("fire", "zoe", "accept", world.signals, "-d", world.definition),
                *("-s", world.store, "--actor", "sales:7", "--at", "2026-01-09T00:00:00Z"),
            ],
            "check": ["check", world.definition],
            "diagram": ["diagram", world.definition],
            "paths": ["paths", world.definition],
        }
        without = run(*arguments[command])
        ran = run(*arguments[command], *plain)

        assert "no plugin is named 'plain': install it, or name its file" in without.out + without.err
        assert ran.code in {0, 1}
        assert "no plugin is named" not in ran.out + ran.err

    def test_a_comparison_asks_for_it(self, world: World) -> None:
        """Without it its criteria are gone, and why is said."""
        plain = ("--plugin", world.folder / "plain.py")
        run("replay", world.signals, "-d", world.definition, "-s", world.store, *plain)
        without, given = (run("plugins", "diff", "-s", world.store, *more) for more in ((), plain))

        assert "a plugin that is a file has to be given: --plugin FILE" in without.lines
        assert "--plugin FILE" not in given.out

    def test_the_list_shows_it(self, world: World) -> None:
        """As a file; there is no distribution."""
        words = run("plugins", "list", "--plugin", world.folder / "plain.py").words

        assert "plain a file ok plain.patient(rest?, odd?) plain.bare()" in words

    def test_the_store_names_it_honestly(self, world: World) -> None:
        """Plugin, version and fingerprint, no distribution, and not where the file was."""
        world.replay("--plugin", world.folder / "plain.py", "-s", world.store)
        [exported] = run("export", "-s", world.store, "--what", "definitions").lines
        [rules] = json.loads(exported)["rules"]
        kept = rules["criteria"]["has_email"]

        assert ("plain", "patient", "3", None, None) == tuple(
            kept[key] for key in ("plugin", "criterion", "version", "distribution", "distribution_version")
        )
        assert {"odd": "b'x'", "rest": "2 days"} == kept["parameters"]
        assert str(world.folder) not in exported


class TestObservers:
    """`fire` tells plugins that are listed."""

    OBSERVING = """
from lifecycle import hookimpl

@hookimpl
def lifecycle_after_transition(record):
    print("saw", record.target)
    if record.target == "sal":
        raise SystemExit("too late")
"""

    def test_they_are_told_and_named_where_they_break(self, world: World, site: Path) -> None:
        """The record is kept, the command ends as ever, and what they print is no part of the result."""
        install(site, "bell", self.OBSERVING)
        signals = world.log([*qualifies("zoe"), signal("zoe", "07T10:00", "answer", conversation_possible=True)])
        ran = run(
            *("fire", "zoe", "accept", signals, "-d", world.definition, "-s", world.store, "--actor", "sales:7"),
            *("--at", "2026-01-09T00:00:00Z", "--observer", "bell", "--json"),
        )

        assert (0, "sal") == (ran.code, ran.document["stage"])
        assert ["saw iql", "saw mql", "saw sal"] == [line for line in ran.err.splitlines() if line.startswith("saw")]
        said = "the observer bell (strange-bell 0.5) broke after a record was written: SystemExit: too late"
        assert [said] == ran.document["unobserved"]
        assert "too late" in ran.err

    def test_a_name_that_nobody_bears_changes_nothing(self, world: World) -> None:
        """It is found out before anything is judged."""
        ran = run(
            *("fire", "zoe", "accept", world.signals, "-d", world.definition, "-s", world.store),
            *("--actor", "sales:7", "--observer", "nobody"),
        )

        assert 4 == ran.code
        assert "no plugin is named 'nobody'" in ran.err
        assert not world.store.exists()


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
