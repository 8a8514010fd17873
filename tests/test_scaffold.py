"""The project of a new plugin."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import PathDistribution
from pathlib import Path, PurePosixPath

import pytest

from lifecycle.errors import CallerError
from lifecycle.scaffold import FILES, project, requirement
from tests.cli.run import run


class TestProject:
    """Its files, with the plugin's name in them."""

    def test_every_file_of_the_template_is_used(self) -> None:
        """None is forgotten, and none is asked for that is not there."""
        template = Path(__file__).parents[1] / "lifecycle" / "scaffold" / "template"
        found = {path.relative_to(template).as_posix() for path in template.rglob("*.txt")}

        assert found in (set(FILES.values()), set())  # an installed wheel is tested away from the checkout

    def test_the_name_is_what_definitions_write(self) -> None:
        """And the package and the distribution are called after it."""
        files = project("trade_fair")
        settings = tomllib.loads(files[PurePosixPath("pyproject.toml")])

        assert "lifecycle-trade-fair" == settings["project"]["name"]
        assert {"trade_fair": "lifecycle_trade_fair"} == settings["project"]["entry-points"]["lifecycle"]
        assert PurePosixPath("lifecycle_trade_fair/__init__.py") in files

    def test_no_placeholder_is_left(self) -> None:
        """Only GitHub's own, and the shell's."""
        text = "".join(project("acme").values())

        assert "$" not in text.replace("${{ matrix.python }}", "").replace("$LEAD_LIFECYCLE", "").replace("$ ", "")

    @pytest.mark.parametrize("name", ["", "Acme", "2go", "my-plugin", "a.b", "a__b", "_a", "a_", "ä"])
    def test_a_name_that_cannot_be_one_is_refused(self, name: str) -> None:
        """With what a name may consist of."""
        with pytest.raises(CallerError, match="small letters, digits and single underscores"):
            project(name)

    def test_its_definition_does_what_its_tests_say(self, tmp_path: Path) -> None:
        """With its criterion, as a plugin of one file."""
        files = project("acme")
        for name in ("example.toml", "example.tests.toml"):
            (tmp_path / name).write_text(files[PurePosixPath(name)], encoding="utf-8")
        (tmp_path / "acme.py").write_text(files[PurePosixPath("lifecycle_acme/__init__.py")], encoding="utf-8")
        ran = run("test", tmp_path / "example.toml", "--plugin", tmp_path / "acme.py", "--coverage-at-least", 100)

        assert 0 == ran.code, ran.out + ran.err


class TestRequirement:
    """What pip is told while the library is in no registry."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (None, None),
            ({"url": "file:///wheels/lead_lifecycle-0.1.0-py3-none-any.whl", "archive_info": {}}, None),
            ({"url": "file:///src/clone", "dir_info": {}}, "lead-lifecycle @ file:///src/clone"),
            ({"url": "file:///src/clone", "dir_info": {"editable": True}}, "lead-lifecycle @ file:///src/clone"),
            (
                {"url": "https://git.example/clone", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
                "lead-lifecycle @ git+https://git.example/clone@c0ffee",
            ),
        ],
    )
    def test_it_names_where_this_one_came_from(
        self, source: object, expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A folder or a repository, as an installer writes it down; a name in a registry needs no more."""
        if source is not None:
            (tmp_path / "direct_url.json").write_text(json.dumps(source), encoding="utf-8")

        def found(_: str) -> PathDistribution:
            return PathDistribution(tmp_path)

        monkeypatch.setattr("lifecycle.scaffold.distribution", found)

        assert expected == requirement()


class TestCommand:
    """`plugins new`."""

    def test_it_writes_a_project_and_says_what_comes_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a folder named after the plugin."""
        monkeypatch.chdir(tmp_path)
        ran = run("plugins", "new", "trade_fair")

        assert "Wrote 9 files into lifecycle-trade-fair." in ran.words
        assert ".venv/bin/pytest" in ran.words
        assert (f".venv/bin/pip install '{requirement()}'" in ran.words) is (requirement() is not None)
        written = {
            path.relative_to(tmp_path / "lifecycle-trade-fair") for path in tmp_path.rglob("*") if path.is_file()
        }
        assert {Path(path) for path in project("trade_fair")} == written

    def test_what_is_there_is_not_overwritten(self, tmp_path: Path) -> None:
        """Not a single file is written."""
        (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
        ran = run("plugins", "new", "acme", "--in", tmp_path)

        assert 2 == ran.code
        assert "is not empty" in " ".join(ran.err.split())
        assert ["mine.txt"] == [path.name for path in tmp_path.iterdir()]

    def test_a_name_of_ours_is_warned_of(self, tmp_path: Path) -> None:
        """The project is written, and could not be used beside the one that is installed."""
        ran = run("plugins", "new", "sales", "--in", tmp_path / "new", "--json")

        assert 0 == ran.code
        assert "'sales' is installed already" in " ".join(ran.err.split())
        assert "sales" == ran.document["plugin"]

    def test_a_wrong_name_is_a_mistake_of_usage(self, tmp_path: Path) -> None:
        """Without a traceback."""
        ran = run("plugins", "new", "My Plugin", "--in", tmp_path)

        assert 2 == ran.code
        assert "cannot be the name of a plugin" in " ".join(ran.err.split())
