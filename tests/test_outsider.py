"""Projects of third parties, beside the built wheel and away from the checkout: one of their own, one just begun."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import run

ROOT = Path(__file__).parents[1]
SAMPLE = Path(__file__).parent / "sample_plugin"
OURS = ("lead_lifecycle", "_editable", "__editable__", "_lead_lifecycle")
"""How what an editable install of this project puts into an environment is named."""

pytestmark = [pytest.mark.checkout, pytest.mark.slow]


class Outside:
    """An environment without this project's checkout: third-party packages are linked, ours is the built wheel."""

    def __init__(self, folder: Path) -> None:
        """Make the environment in a folder."""
        venv.create(folder, with_pip=False)
        self.folder = folder
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if not entry.name.startswith(OURS) and entry.suffix != ".pth":
                (Path(paths["purelib"]) / entry.name).symlink_to(entry)

    def install(self, project: Path) -> None:
        """Build a project's wheel, and install it and nothing else."""
        dist = self.folder / "dist" / project.name
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist, where=project)
        [wheel] = dist.glob("*.whl")
        pip = (sys.executable, "-m", "pip", "--python", self.bin / "python", "-qq", "--disable-pip-version-check")
        _run(*pip, "install", "--no-deps", "--no-index", wheel, where=self.folder)

    def run(self, *command: object, where: Path) -> str:
        """Run a command of the environment, and give what it printed."""
        name, *arguments = command
        return _run(self.bin / str(name), *arguments, where=where)


def _run(*command: object, where: Path) -> str:
    outer = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS"}
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name not in outer
    }
    words = [str(word) for word in command]
    ended = subprocess.run(words, cwd=where, env=environment, capture_output=True, text=True, check=False)
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `lifecycle plugins new` writes it."""
    folder = tmp_path_factory.mktemp("begun")
    assert 0 == run("plugins", "new", "trade_fair", "--in", folder).code
    return folder


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Outside:
    """An environment with the wheel and those of third parties."""
    made = Outside(tmp_path_factory.mktemp("outside") / "env")
    for project in (ROOT, SAMPLE, begun):
        made.install(project)
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_nothing_comes_from_the_checkout(outside: Outside, tmp_path: Path) -> None:
    """Or the tests below would say nothing about what users install."""
    where = outside.run(
        "python", "-c", "import lifecycle, lifecycle_tradeshow; print(lifecycle.__file__)", where=tmp_path
    )

    assert where.startswith(str(outside.folder))


def test_its_own_tests_pass(outside: Outside) -> None:
    """The kit of the wheel, run by the third party on its criteria."""
    printed = outside.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", SAMPLE, where=SAMPLE)

    assert " passed" in printed


def test_it_is_listed(outside: Outside, tmp_path: Path) -> None:
    """With its distribution and version, among ours."""
    listed = json.loads(outside.run("lifecycle", "plugins", "list", "--json", where=tmp_path))["plugins"]
    [found] = [plugin for plugin in listed if plugin["plugin"] == "tradeshow"]

    assert ("tradeshow-criteria", "2.3.1", "ok") == (found["distribution"], found["version"], found["status"])
    assert {"tradeshow.badge", "tradeshow.stayed"} == {criterion["name"] for criterion in found["criteria"]}


def test_the_record_names_it(outside: Outside, tmp_path: Path) -> None:
    """A record names its rules, and the store keeps with them the plugin, its version and that of each criterion."""
    outside.run("lifecycle", "check", SAMPLE / "fair.toml", where=tmp_path)
    told = ("--definition", SAMPLE / "fair.toml", "--store", "fair.db", "--json")
    replayed = json.loads(outside.run("lifecycle", "replay", SAMPLE / "signals.jsonl", *told, where=tmp_path))
    for what in ("records", "definitions"):
        outside.run(
            "lifecycle", "export", "--store", "fair.db", "--what", what, "--output", f"{what}.jsonl", where=tmp_path
        )
    records = lines(tmp_path / "records.jsonl")
    [definition] = lines(tmp_path / "definitions.jsonl")
    [rules] = definition["rules"]

    assert {"hot": 1} == replayed["stages"]
    assert [("ada", "met"), ("ada", "hot")] == [(record["lead"], record["target"]) for record in records]
    assert {rules["digest"]} == {record["rules_digest"] for record in records}
    assert {"3", "1"} == {criterion["version"] for criterion in rules["criteria"].values()}
    made_by = {(one["plugin"], one["distribution"], one["distribution_version"]) for one in rules["criteria"].values()}
    assert {("tradeshow", "tradeshow-criteria", "2.3.1")} == made_by


def test_what_was_just_begun_is_green(outside: Outside, begun: Path) -> None:
    """Every step of its README: its tests, the kit, the tests of its definition, and the type checker."""
    printed = outside.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", where=begun)

    assert " passed" in printed
    assert "failed" not in printed
    outside.run("lifecycle", "plugins", "test", "trade_fair", where=begun)
    outside.run("lifecycle", "check", "example.toml", where=begun)
    outside.run("lifecycle", "test", "example.toml", "--coverage-at-least", "100", where=begun)
