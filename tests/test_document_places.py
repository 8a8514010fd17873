"""Every value of every TOML text has a place: texts written in the many ways that TOML has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from lifecycle.document import Document, Path

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = st.one_of(st.sampled_from(["a", "b", "c-d", "1", "true"]), st.text("aé\"' .=[]#", min_size=0, max_size=4))
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text("aé\"']}#,\n", max_size=5))
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=3),
    lambda inner: st.dictionaries(
        KEYS,
        st.one_of(SCALARS, inner, st.lists(inner, max_size=3), st.lists(st.one_of(SCALARS, inner), max_size=3)),
        max_size=4,
    ),
    max_leaves=12,
)


class Writer:
    """Writes data as TOML in one of the many ways that TOML has for it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines: list[str] = []

    def either(self) -> bool:
        """Toss a coin."""
        return self.draw(st.booleans())

    def key(self, name: str) -> str:
        """Write a key bare or quoted."""
        bare = name and all(letter in "abcdetru1-" for letter in name)
        return name if bare and self.either() else json.dumps(name, ensure_ascii=self.either())

    def value(self, value: Any) -> str:
        """Write a value in line."""
        if (table := as_table(value)) is not None:
            return "{" + ", ".join(f"{self.key(key)} = {self.value(item)}" for key, item in table.items()) + "}"
        if (items := as_list(value)) is not None:
            return "[" + self.draw(st.sampled_from([", ", " , # why ]\n  "])).join(map(self.value, items)) + "]"
        return json.dumps(value)

    def table(self, table: dict[str, Any], header: str) -> None:
        """Write a table: first what stands in line, then what has a header of its own."""
        later: list[tuple[str, Any]] = []
        for name, value in table.items():
            inner = as_table(value)
            if (inner or is_list_of_tables(value)) and self.either():
                later.append((name, value))
            elif inner and len(inner) == 1 and self.either():
                ((deeper, item),) = inner.items()
                self.lines.append(f"{self.key(name)} . {self.key(deeper)} = {self.value(item)}")
            else:
                self.lines.append(f"  {self.key(name)} = {self.value(value)}")
        for name, value in later:
            path = f"{header}.{self.key(name)}" if header else self.key(name)
            many = as_list(value)
            for item in [value] if many is None else many:
                self.lines.append(f"[ {path} ] # header" if many is None else f"[[{path}]]")
                self.table(item, path)


def as_table(value: Any) -> dict[str, Any] | None:
    """Give a table typed as one, or None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: Any) -> list[Any] | None:
    """Give a list typed as one, or None."""
    typed: Any = value
    return typed if isinstance(value, list) else None


def is_list_of_tables(value: Any) -> bool:
    """Say whether a value could be written as an array of tables."""
    items = as_list(value)
    return bool(items) and all(isinstance(item, dict) for item in items or ())


@st.composite
def texts(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Draw data, and a TOML text of it."""
    data = draw(TABLES)
    writer = Writer(draw)
    writer.table(data, "")
    return data, "\n".join(writer.lines)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each value that holds no other."""
    steps: list[tuple[str | int, Any]] = [*enumerate(as_list(value) or ()), *(as_table(value) or {}).items()]
    inner = [leaf for step, item in steps for leaf in leaves(item, (*path, step))]
    yield from inner or ([path] if path else [])


@given(texts())
@example(({"a": {"b": 1}}, "a.b = 1"))
def test_every_leaf_has_a_place(drawn: tuple[dict[str, Any], str]) -> None:
    """Every value of every TOML text has a line and column, at which its key or itself stands."""
    data, text = drawn
    document = Document.parse(text, file="f.toml")
    assert document.data == data

    for path in leaves(data):
        place = document.place(path)
        assert place.line is not None
        assert place.column is not None
        there = text.split("\n")[place.line - 1][place.column - 1 :]
        assert written_there(there, path[-1]), (path, place, there)


def written_there(there: str, step: str | int) -> bool:
    """Say whether a text begins with a key; an element of a list may be anything but a separator."""
    if isinstance(step, int):
        return there[:1] not in {"", " ", ",", "#"}
    return any(there.startswith(form) for form in (step, json.dumps(step), json.dumps(step, ensure_ascii=False)))
