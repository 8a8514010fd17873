"""Check a proof that an entry was sealed: without the library that made it, and without its database.

    python check_proof.py proof.json [checkpoint.txt ...]

Give checkpoints that you, or somebody whom you trust, kept since the day they speak of: one as large as the proof's, or
an older one from which the proof starts. It ends with 0 if the proof holds, with 1 if it does not, with 2 if it cannot
be read, and with 3 if nothing is wrong but no checkpoint was given, which proves nothing. It needs Python 3.9 and
nothing else. `proofs.md` describes the forms, and what a proof says.
"""

# ruff: noqa: INP001, T201, PLR2004 - a script that talks to a terminal, and belongs to no package
from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

NOTHING = "It agrees with itself, which proves NOTHING against its maker: give a checkpoint that was kept elsewhere."
KEYS = {"format", "kind", "content", "envelope", "index", "path", "checkpoint"}


def need(condition: object, words: str) -> None:
    """Stop, with exit code 2, where what was given has not the form that it should."""
    if not condition:
        raise ValueError(words)


def digest_of(content: str, envelope: dict[str, str]) -> str:
    """Hash the envelope's format and a line feed; then content and envelope, each behind its length and a colon."""
    # The envelope as JSON: no blanks, keys sorted, UTF-8.
    outside = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    hashed = hashlib.sha256(envelope["format"].encode("ascii") + b"\n")
    for part in (content.encode("utf-8"), outside):
        hashed.update(b"%d:" % len(part) + part)
    return "sha256:" + hashed.hexdigest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash a byte of one and the two nodes below (RFC 9162, section 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by(path: list[bytes], start: bytes, index: int, size: int) -> bytes | None:
    """Give the root to which a path leads from the leaf `start`; None if it is too short or too long (2.1.3)."""
    if size == 1 or not path:
        return start if size == 1 and not path else None
    left = 1 << (size - 1).bit_length() - 1  # left of the top: the largest power of two that is below the size
    if index < left:
        below = root_by(path[:-1], start, index, left)
        return below and node(below, path[-1])
    below = root_by(path[:-1], start, index - left, size - left)
    return below and node(path[-1], below)


def roots_by(path: list[bytes], start: bytes | None, old: int, size: int) -> tuple[bytes, bytes] | None:
    """Give the roots of the first `old` leaves and of all (2.1.4); `start` is the old root while all is left of it."""
    if old == size:
        known = path if start is None else [*path, start]
        return (known[0], known[0]) if len(known) == 1 else None
    if not path:
        return None
    left = 1 << (size - 1).bit_length() - 1
    if old <= left:  # what stands to the right is new
        below = roots_by(path[:-1], start, old, left)
        return below and (below[0], node(below[1], path[-1]))
    below = roots_by(path[:-1], None, old - left, size - left)  # what stands to the left is in both
    return below and (node(path[-1], below[0]), node(path[-1], below[1]))


def read_path(found: Any) -> list[bytes]:
    """Read hashes in lower-case hexadecimal."""
    need(type(found) is list and all(type(one) is str for one in found), "a path is not a list of texts")
    need(all(re.fullmatch("[0-9a-f]{64}", one) for one in found), "something in a path is not a hash")
    return [bytes.fromhex(one) for one in found]


def read_checkpoint(text: Any) -> tuple[str, int, bytes]:
    """Read origin, size and root. The time below them is in no tree, and signatures are for other tools."""
    need(type(text) is str and text.endswith("\n"), "a checkpoint does not end with a line feed")
    lines = text[:-1].split("\n\n")[0].split("\n")
    need(len(lines) == 4 and lines[0], "a checkpoint has not four lines: origin, size, root, time")
    need(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), "the second line of a checkpoint is not a size")
    need(re.fullmatch("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", lines[2]), "the third line of a checkpoint is not a root")
    return lines[0], int(lines[1]), base64.b64decode(lines[2])


def read_proof(proof: Any) -> dict[str, Any]:
    """Make sure of the form of a proof, and read its paths and checkpoints."""
    need(type(proof) is dict and KEYS <= set(proof) <= KEYS | {"consistency"}, "it has not the keys of a proof")
    need(proof["format"] == "lifecycle-proof-1", "it is no proof of the form lifecycle-proof-1")
    need(type(proof["kind"]) is str and type(proof["content"]) is str, "kind or content is not a text")
    need(type(proof["index"]) is int and proof["index"] >= 0, "the index is not a whole number from 0")
    # Without a consistency the proof starts from its own checkpoint.
    envelope, older = proof["envelope"], proof.get("consistency", {"checkpoint": proof["checkpoint"], "path": []})
    need(type(envelope) is dict and "format" in envelope, "the envelope is not a table with a format")
    need(all(key.isascii() and type(envelope[key]) is str for key in envelope), "the envelope holds more than texts")
    need(type(older) is dict and set(older) == {"checkpoint", "path"}, "the consistency has not its keys")
    read = {"path": read_path(proof["path"]), "checkpoint": read_checkpoint(proof["checkpoint"])}
    return {**proof, **read, "older": read_checkpoint(older["checkpoint"]), "from": read_path(older["path"])}


def check(proof: dict[str, Any], kept: dict[str, tuple[str, int, bytes]]) -> bool:
    """Say what holds and what does not; `kept` are the checkpoints from outside, by the names of their files."""
    origin, size, root = tree = proof["checkpoint"]
    index, older, digest = proof["index"], proof["older"], digest_of(proof["content"], proof["envelope"])
    named = re.fullmatch("lifecycle-(record|refusal|erasure)-[0-9]+", proof["envelope"]["format"])
    leaf = hashlib.sha256(b"\x00" + digest.encode("ascii")).digest()  # a byte of zero and the text of the digest
    reached = root_by(proof["path"], leaf, index, size) if index < size else None
    found = [
        (bool(named and named[1] == proof["kind"]), "the format of its envelope is that of its kind"),
        (reached == root, f"it stands at position {index + 1} of {size} in the log {origin!a}"),
    ]
    if older != tree or proof["from"]:
        both = roots_by(proof["from"], older[2], older[1], size) if 0 < older[1] <= size else None
        same = older[0] == origin and both == (older[2], root)
        found.append((same, f"the first {older[1]} entries of that log are those of the older checkpoint"))
    for name, given in kept.items():
        found.append((given in (tree, older), f"{name!a}, of size {given[1]}, is a checkpoint that the proof is for"))
    if kept:
        vouched = any(index < given[1] and given in (tree, older) for given in kept.values())
        found.append((vouched, "the entry was sealed by the time of a checkpoint that was kept outside"))
    holds = all(true for true, _ in found)
    told = [f", {name} {text!a}" for name, text in proof["envelope"].items() if name in {"subject", "recorded_at"}]
    print(f"A {proof['kind']!a} with the digest {digest}{''.join(told)}: {proof['content']!a}")
    print("\n".join(("holds: " if true else "FAILS: ") + words for true, words in found))
    print("The proof does not hold." if not holds else "The proof holds." if kept else NOTHING)
    return holds


def main(names: list[str]) -> int:
    """Read the files, check, and give the exit code."""
    if not names or names[0].startswith("-"):
        print(__doc__)
        return 2
    try:
        proof, *checkpoints = (Path(name).read_text(encoding="utf-8") for name in names)
        kept = {name: read_checkpoint(text) for name, text in zip(names[1:], checkpoints)}  # noqa: B905 - Python 3.9
        return (0 if kept else 3) if check(read_proof(json.loads(proof)), kept) else 1
    except (OSError, ValueError, RecursionError) as error:
        print(f"It cannot be read: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
