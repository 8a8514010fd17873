"""Where the test files of a definition are."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifecycle.cases.finding import find_tests
from lifecycle.errors import CasesError
from lifecycle.loading import packaged


def write(folder: Path, *names: str) -> None:
    """Write files that hold their names."""
    for name in names:
        (folder / name).write_text(name, encoding="utf-8")


def found(folder: Path, definition: str, *files: str) -> list[str]:
    """Return the names of the test files of a definition."""
    return [Path(name).name for _, name in find_tests(folder / definition, [folder / file for file in files])]


class TestBeside:
    """Test files stand beside their definition."""

    def test_all_that_are_named_after_no_other(self, tmp_path: Path) -> None:
        """By their own name, by one part of it, or by another word altogether."""
        write(tmp_path, "a.toml", "b.toml", "a.tests.toml", "a.mql.tests.toml", "b.tests.toml", "all.tests.toml")

        assert ["a.mql.tests.toml", "a.tests.toml", "all.tests.toml"] == found(tmp_path, "a.toml")
        assert ["all.tests.toml", "b.tests.toml"] == found(tmp_path, "b.toml")

    def test_the_longest_name_counts(self, tmp_path: Path) -> None:
        """`a.b.toml` has tests of its own, though `a.toml` stands beside it."""
        write(tmp_path, "a.toml", "a.b.toml", "a.b.tests.toml", "a.tests.toml")

        assert [["a.tests.toml"], ["a.b.tests.toml"]] == [found(tmp_path, name) for name in ("a.toml", "a.b.toml")]

    def test_files_that_are_named_win(self, tmp_path: Path) -> None:
        """Whatever they are called, and no other beside them."""
        write(tmp_path, "a.toml", "a.tests.toml", "mine.toml")

        assert ["mine.toml"] == found(tmp_path, "a.toml", "mine.toml")

    def test_none_is_an_error_that_says_what_to_write(self, tmp_path: Path) -> None:
        """A definition without tests does not pass them."""
        write(tmp_path, "a.toml", "b.toml", "b.tests.toml")

        with pytest.raises(FileNotFoundError, match=r"no file beside it is named a\.tests\.toml"):
            find_tests(tmp_path / "a.toml", ())

    def test_what_is_no_text_says_in_which_line(self, tmp_path: Path) -> None:
        """An editor may have written another encoding."""
        (tmp_path / "a.tests.toml").write_bytes(b'# fine\nname = "\xe4"')

        with pytest.raises(CasesError) as caught:
            find_tests(tmp_path / "a.toml", ())

        assert f"{tmp_path / 'a.tests.toml'}:2: error: this line is not UTF-8" in str(caught.value)


@pytest.mark.parametrize("name", packaged())
def test_packaged_definitions_bring_their_own(name: str) -> None:
    """Under the name of the definition."""
    [(text, file)] = find_tests(name, ())

    assert f"{name}.tests.toml" == file
    assert "[[cases]]" in text
