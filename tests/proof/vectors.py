"""Cases for verifiers of inclusion and consistency: what must hold, and every way in which it is spoilt.

Made from the rules of RFC 9162 by the trees of `tests.merkle`, for every place in every tree of up to nine leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle.proof import EMPTY
from tests.merkle import hashes, naive_consistency, naive_inclusion, naive_root

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Case", "consistencies", "inclusions", "small_consistencies", "small_inclusions"]

LARGEST: Final = 9
SOME: Final = bytes.fromhex("abacaba0" * 8)
SHORT: Final = b"no hash"


@attrs.frozen
class Case:
    """One question to a verifier: its arguments, and whether it must say yes."""

    name: str
    arguments: dict[str, Any]
    holds: bool = False


def inclusions() -> Iterator[Case]:
    """Yield, for every leaf of every tree, the true case and all spoilt ones."""
    for size in range(1, LARGEST + 1):
        leaves = hashes(size)
        for index in range(size):
            path, root = naive_inclusion(index, leaves), naive_root(leaves)
            true = {"leaf": leaves[index], "index": index, "size": size, "root": root, "path": path}
            yield Case("true", true, holds=True)
            for name, change in _spoilt_inclusion(true):
                yield Case(name, {**true, **change})
            for name, spoilt in _spoilt_path(path, {"root": root}):
                yield Case(name, {**true, "path": spoilt})


def _spoilt_inclusion(true: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    index, size = true["index"], true["size"]
    yield "the index one less", {"index": index - 1}
    yield "the index one more", {"index": index + 1}
    yield "the index with its second bit flipped", {"index": index ^ 2}
    yield "the index of no leaf", {"index": size}
    yield "a negative index", {"index": -1}
    yield "twice the size", {"size": size * 2}
    yield "half the size", {"size": size // 2}
    yield "no size", {"size": 0}
    yield "a negative size", {"size": -size}
    for key in ("leaf", "root"):
        yield f"another {key}", {key: SOME}
        yield f"a {key} that is no hash", {key: SHORT}
        yield f"an empty {key}", {key: b""}
        yield f"a longer {key}", {key: true[key] + b"\x00"}
    yield "an empty leaf and an empty root", {"leaf": b"", "root": b""}
    yield "the root of an empty tree", {"root": EMPTY}


def _spoilt_path(path: list[bytes], roots: dict[str, bytes]) -> Iterator[tuple[str, list[bytes]]]:
    yield "an empty hash behind the path", [*path, b""]
    yield "an empty hash before the path", [b"", *path]
    yield "some hash behind the path", [*path, SOME]
    yield "some hash before the path", [SOME, *path]
    for name, root in roots.items():
        yield f"the {name} behind the path", [*path, root]
        yield f"the {name} before the path", [root, *path]
    for number, one in enumerate(path):
        flipped = bytes([one[0] ^ 8, *one[1:]])
        yield "a bit flipped in the path", [*path[:number], flipped, *path[number + 1 :]]
        yield "a hash cut short in the path", [*path[:number], one[:-1], *path[number + 1 :]]
        yield "a hash left out of the path", [*path[:number], *path[number + 1 :]]
        yield "a hash twice in the path", [*path[:number], one, *path[number:]]
        yield "a hash put into the path", [*path[: number + 1], SOME, *path[number + 1 :]]
    if len(path) > 1:
        yield "the path backwards", path[::-1]
    if path:
        yield "no path", []


def small_inclusions() -> Iterator[Case]:
    """Yield the trees of no leaf and of one, with roots and leaves that are none."""
    only = hashes(1)[0]
    for index, size in [(0, 0), (0, 1), (1, 0), (2, 1)]:
        for leaf, root in [(SOME, b""), (b"", EMPTY), (SOME, EMPTY), (b"", b""), (EMPTY, EMPTY)]:
            holds = (index, size, leaf) == (0, 1, root) and bool(leaf)
            yield Case(
                f"leaf {index} of {size}", {"leaf": leaf, "index": index, "size": size, "root": root, "path": []}, holds
            )
    for leaf, root in [(only, only), (only, b""), (b"", only), (b"", b"")]:
        alone: dict[str, Any] = {"leaf": leaf, "index": 0, "size": 1, "root": root, "path": []}
        yield Case("the only leaf", alone, holds=leaf == root == only)


def consistencies() -> Iterator[Case]:
    """Yield, for every tree and each of its beginnings, the true case and all spoilt ones."""
    for new in range(1, LARGEST + 1):
        leaves = hashes(new)
        for old in range(1, new + 1):
            path, roots = naive_consistency(old, leaves), (naive_root(leaves[:old]), naive_root(leaves))
            true = {"old": old, "new": new, "old_root": roots[0], "new_root": roots[1], "path": path}
            yield Case("true", true, holds=True)
            for name, change in _spoilt_consistency(true):
                yield Case(name, {**true, **change})
            for name, spoilt in _spoilt_path(path, {"old root": roots[0], "new root": roots[1]}):
                yield Case(name, {**true, "path": spoilt})


def _spoilt_consistency(true: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    old, new = true["old"], true["new"]
    yield "the old size one less", {"old": old - 1}
    yield "the old size one more", {"old": old + 1}
    yield "the old size with its second bit flipped", {"old": old ^ 2}
    yield "no old size", {"old": 0}
    yield "a negative old size", {"old": -old}
    yield "twice the new size", {"new": new * 2}
    yield "half the new size", {"new": new // 2}
    yield "no size at all", {"old": 0, "new": 0}
    for key in ("old_root", "new_root"):
        yield f"another {key}", {key: SOME}
        yield f"a {key} that is no hash", {key: SHORT}
        yield f"an empty {key}", {key: b""}
        yield f"the {key} of an empty tree", {key: EMPTY}
    yield "empty roots", {"old_root": b"", "new_root": b""}
    if old != new:
        yield "the sizes swapped", {"old": new, "new": old}
        yield "the roots swapped", {"old_root": true["new_root"], "new_root": true["old_root"]}
        yield "both roots the new one", {"old_root": true["new_root"]}
        yield "both roots the old one", {"new_root": true["old_root"]}


def small_consistencies() -> Iterator[Case]:
    """Yield sizes of none and of one, with roots that are none, with a path and without."""
    for old, new in [(0, 0), (0, 1), (1, 1), (1, 0), (2, 1), (1, 2)]:
        for old_root, new_root in [(EMPTY, EMPTY), (SOME, SOME), (SOME, EMPTY), (EMPTY, SOME), (SHORT, SHORT)]:
            for path in ([], [EMPTY], [SOME]):
                arguments = {"old": old, "new": new, "old_root": old_root, "new_root": new_root, "path": path}
                alike = old == new and old_root == new_root and not path
                holds = alike and old_root != SHORT and (old > 0 or old_root == EMPTY)
                yield Case(f"{old} of {new}", arguments, holds)
