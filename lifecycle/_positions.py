"""Where each value of a TOML text stands, by tree-sitter, since tomllib does not tell."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import tree_sitter
import tree_sitter_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

_LANGUAGE: Final = tree_sitter.Language(tree_sitter_toml.language())
_KEYS: Final = frozenset({"bare_key", "quoted_key"})


def positions(text: str) -> dict[Path, tuple[int, int]]:
    """Give the line and column, from 1, of each key (and each element of a list) of a valid TOML text."""
    return _Walk(text.encode()).found


class _Walk:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.found: dict[Path, tuple[int, int]] = {}
        self.lengths: dict[Path, int] = {}  # of the lists of tables, so far
        for node in tree_sitter.Parser(_LANGUAGE).parse(source).root_node.named_children:
            self.section(node)

    def section(self, node: tree_sitter.Node) -> None:
        if node.type == "pair":
            self.values(node, ())
        elif node.type in {"table", "table_array_element"}:
            header, *pairs = node.named_children
            path = self.key(header, ())
            if node.type == "table_array_element":
                index = self.lengths[path] = self.lengths.get(path, -1) + 1
                path = (*path, index)
                self.put(path, header)
            for pair in pairs:
                self.values(pair, path)

    def values(self, node: tree_sitter.Node, path: Path) -> None:
        """Walk what stands within a value, with a stack of its own: a file may be nested deeper than Python's."""
        waiting = [(node, path)]
        while waiting:
            node, path = waiting.pop()
            if node.type == "pair":
                key, value = (child for child in node.named_children if child.type != "comment")
                waiting.append((value, self.key(key, path)))
            elif node.type == "inline_table":
                waiting += [(pair, path) for pair in node.named_children]
            elif node.type == "array":
                for index, child in enumerate(child for child in node.named_children if child.type != "comment"):
                    self.put((*path, index), child)
                    waiting.append((child, (*path, index)))

    def key(self, node: tree_sitter.Node, path: Path) -> Path:
        """Follow a key from the table at `path`, noting the place of each of its parts."""
        for part in _parts(node):
            if path in self.lengths:
                path = (*path, self.lengths[path])
            path = (*path, _name(part.text or b""))
            self.put(path, part)
        return path

    def put(self, path: Path, node: tree_sitter.Node) -> None:
        if path not in self.found:
            start = node.start_byte
            line = node.start_point.row + 1
            before = self.source[self.source.rfind(b"\n", 0, start) + 1 : start]
            self.found[path] = (line, len(before.decode()) + 1)


def _parts(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.type in _KEYS:
            yield node
        else:
            waiting += reversed(node.named_children)


def _name(written: bytes) -> str:
    text = written.decode()
    if text[:1] not in {'"', "'"}:
        return text
    data: dict[str, Any] = tomllib.loads(f"{text} = 0")
    return next(iter(data))
