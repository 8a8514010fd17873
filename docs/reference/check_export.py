"""Check what a store has exported: without the library that wrote it, and without its database.

    python check_export.py records.jsonl refusals.jsonl erasures.jsonl [checkpoint.txt ...]

Give JSON lines as `lifecycle export` writes them, in any order, and checkpoints that you, or somebody whom you trust,
kept since the day they speak of. It ends with 0 if all that can be checked holds, with 1 if something does not, and
with 2 if a file cannot be read. It needs Python 3.9 and nothing else. `records.md` describes the rows, `proofs.md` the
tree and the checkpoints.
"""

# ruff: noqa: INP001, T201, PLR2004 - a script that talks to a terminal, and belongs to no package
from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

ENVELOPE = {"commitment", "format", "previous", "recorded_at", "subject"}
ATOMS = {"actor", "at", "atoms", "cycle", "definition", "kind", "reason", "rules_digest", "sequence", "trigger"}
CONTENT = {
    "lifecycle-record-1": ATOMS | {"definition_hash", "dimensions", "source", "target", "version", "waived"},
    "lifecycle-refusal-1": ATOMS | {"blockers", "result", "stage", "version"},
    "lifecycle-erasure-1": {"action", "actor", "at", "basis", "before", "counts", "number", "records", "refusals"},
}
RECORD, REFUSAL, ERASURE = CONTENT
NEVER_CHECKED = (
    "details (messages, evidence, notes): an entry commits to its own with a salt, and salts are not exported",
    "whether a move was open: evaluate its atoms in its condition, which stands in the text of the definition",
    "whether the facts behind a decision were true, and who the leads are",
    "when something was sealed: a checkpoint shows that by the day on which it reached you",
)
Checkpoint = tuple[str, int, bytes]  # origin, size, root
Finding = tuple[Optional[bool], str]  # whether it holds, or None; and what  # noqa: UP045 - Python 3.9


def need(condition: object, words: str) -> None:
    """Stop, with exit code 2, where what was given has not the form that it should."""
    if not condition:
        raise ValueError(words)


def canonical(value: Any) -> bytes:
    """Write JSON without blanks, in UTF-8, keys sorted by UTF-16 code unit."""

    def ordered(part: Any) -> Any:
        if isinstance(part, list):
            return [ordered(one) for one in part]
        if isinstance(part, dict):
            return {key: ordered(part[key]) for key in sorted(part, key=lambda key: key.encode("utf-16-be"))}
        return part

    return json.dumps(ordered(value), separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def digest_of(row: dict[str, Any]) -> str:
    """Hash the format and a line feed; then content and envelope, each behind its length and a colon."""
    form = row["format"]
    content = {key: row[key] for key in CONTENT[form] | ({"subject"} if form == ERASURE else set())}
    if form == RECORD and row["source"] is None:
        content["source"] = "(new)"
    envelope = {key: row[key] for key in (ENVELOPE - {"commitment", "subject"} if form == ERASURE else ENVELOPE)}
    hashed = hashlib.sha256(form.encode("ascii") + b"\n")
    for part in (canonical(content), canonical(envelope)):
        hashed.update(b"%d:" % len(part) + part)
    return "sha256:" + hashed.hexdigest()


def root_of(leaves: list[bytes]) -> bytes:
    """Give the root of a tree (RFC 9162, section 2.1.1), joining equal heights as leaves come."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        height, top = 0, leaf
        while stack and stack[-1][0] == height:
            height, top = height + 1, hashlib.sha256(b"\x01" + stack.pop()[1] + top).digest()
        stack.append((height, top))
    top = stack.pop()[1] if stack else hashlib.sha256(b"").digest()
    while stack:
        top = hashlib.sha256(b"\x01" + stack.pop()[1] + top).digest()
    return top


def number_of(row: dict[str, Any]) -> int:
    """Give the number of an entry in its chain: of a refusal, `sequence` is that of the record before it."""
    number: int = row["sequence" if row["format"] == RECORD else "number"]
    return number


def read_row(line: str) -> dict[str, Any]:
    """Read one line, and make sure that it has what a row of its kind has."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), "a key stands there twice")
        return dict(pairs)

    row: dict[str, Any] = json.loads(line, object_pairs_hook=once)
    need(type(row) is dict and row.get("format") in list(CONTENT), "it is no exported record, refusal or erasure")
    form = row["format"]
    keys = CONTENT[form] | {"subject", "digest", "previous", "recorded_at", "position"}
    keys |= set() if form == ERASURE else {"commitment"}
    keys |= {"number"} if form == REFUSAL else set()
    need(keys <= set(row), f"it lacks {', '.join(sorted(keys - set(row)))}")
    need(type(number_of(row)) is int and type(row["position"]) in {int, type(None)}, "a number is none")
    need(all(type(row[key]) is str for key in ("at", "digest", "previous")), "an instant or a digest is no text")
    need(type(row["subject"]) in {str, type(None)}, "a subject is no text")
    return row


def read_checkpoint(text: str) -> Checkpoint:
    """Read origin, size and root; the time below them is in no tree, and signatures are for other tools."""
    lines = text.split("\n\n", 1)[0].rstrip("\n").split("\n")
    formed = len(lines) == 4 and re.fullmatch("0|[1-9][0-9]{0,18}", lines[1])
    formed = formed and re.fullmatch("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", lines[2])
    need(formed, "it is neither JSON lines nor a checkpoint of four lines: origin, size, root, time")
    return lines[0], int(lines[1]), base64.b64decode(lines[2])


def read(names: list[str]) -> tuple[list[dict[str, Any]], dict[str, Checkpoint]]:
    """Read all files: those that begin with a brace are rows, the others checkpoints; an empty one has no rows."""
    rows, kept = [], {}
    for name in names:
        text = Path(name).read_text(encoding="utf-8")
        if text and not text.startswith("{"):
            try:
                kept[name] = read_checkpoint(text)
            except ValueError as error:
                raise ValueError(f"{name!a}: {error}") from None
            continue
        for number, line in enumerate(text.split("\n"), 1):
            try:
                # The first line of what is held on one person names them, and is no entry.
                rows += [read_row(line)] if line and not line.startswith('{"what": "subject"') else []
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{name!a}, line {number}: {error}") from None
    return rows, kept


def chains(rows: list[dict[str, Any]]) -> Iterator[Finding]:
    """Check each chain: of the records of a lead, of its refusals, and of all erasures."""
    by: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["format"], None if row["format"] == ERASURE else row["subject"]].append(row)
    gaps, unchained, jumps, unordered = [], [], [], []
    for chain in by.values():
        chain.sort(key=number_of)
        gaps += chain[-1:] if [number_of(row) for row in chain] != list(range(1, len(chain) + 1)) else []
        for before, row in zip([None, *chain], chain):  # noqa: B905 - Python 3.9
            if row["previous"] != (before["digest"] if before else ""):
                unchained.append(row)
            moved = row["format"] == RECORD and row["source"] != (before["target"] if before else None)
            if moved or (row["format"] == RECORD and before and row["at"] < before["at"]):
                jumps.append(row)
            if before and (row["position"] or sys.maxsize) <= (before["position"] or sys.maxsize - 1):
                unordered.append(row)
    yield none_of(gaps, "in every chain the numbers are 1, 2, 3, ... without a gap")
    yield none_of(unchained, "every entry holds the digest of the one before it")
    yield none_of(jumps, "every move starts where, and not before, the move before it ended")
    yield none_of(unordered, "the entries of a chain were sealed in their order")


def none_of(some: list[dict[str, Any]], words: str) -> Finding:
    """Find that something is so of all rows but some, of which the first few are named."""
    names = [f"number {number_of(row)} of {row['subject']!a} ({row['format']})" for row in some]
    more = f" and {len(some) - 3} more" if len(some) > 3 else ""
    return not some, words + (f"; not so: {', '.join(names[:3])}{more}" if some else "")


def sealed(rows: list[dict[str, Any]], kept: dict[str, Checkpoint]) -> Iterator[Finding]:
    """Put the digests in the order of their positions, and hold the tree over them to each checkpoint."""
    places = sorted((row["position"], row["digest"]) for row in rows if row["position"] is not None)
    leaves = [hashlib.sha256(b"\x00" + digest.encode("utf-8")).digest() for _, digest in places]
    complete = 0  # up to here every position is there, once
    while complete < len(places) and places[complete][0] == complete + 1:
        complete += 1
    yield len({place for place, _ in places}) == len(places), "no position is taken twice"
    for name, (origin, size, root) in kept.items():
        lost = f"; position {complete + 1} is wrong or missing: was a file left out?" if complete < size else ""
        words = f"the first {size} entries of the log {origin!a} are these, as {name!a} says"
        yield not lost and root_of(leaves[:size]) == root, words + lost
    if len(kept) > 1:
        yield len({origin for origin, _, _ in kept.values()}) == 1, "the checkpoints are of one log"
    if not kept:
        yield None, "that nothing is missing, and that nothing was written anew: no checkpoint was given"
    elif len(rows) > (largest := max(size for _, size, _ in kept.values())):
        yield None, f"that the {len(rows) - largest} entries behind the largest checkpoint were not written anew"


def check(rows: list[dict[str, Any]], kept: dict[str, Checkpoint]) -> bool:
    """Say what holds, what does not, and what cannot be checked."""
    gone = {row["subject"] for row in rows if row.get("action") == "erase"}
    found = [
        none_of([row for row in rows if row["digest"] != digest_of(row)], "every entry has the digest of what it says"),
        *chains(rows),
        none_of(
            [row for row in rows if row["subject"] in gone and row.get("lead") is not None],
            "nobody who was erased is named",
        ),
        *sealed(rows, kept),
        *((None, words) for words in NEVER_CHECKED),
    ]
    print("Read: " + ", ".join(f"{form} {sum(row['format'] == form for row in rows)}" for form in CONTENT))
    print("\n".join({True: "holds: ", False: "FAILS: ", None: "NOT CHECKED: "}[so] + words for so, words in found))
    holds = all(so is not False for so, _ in found)
    print("All that can be checked holds." if holds else "Something does not hold.")
    return holds


def main(names: list[str]) -> int:
    """Read the files, check, and give the exit code."""
    if not names or names[0].startswith("-"):
        print(__doc__)
        return 2
    try:
        rows, kept = read(names)
        return 0 if check(rows, kept) else 1
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        print(f"It cannot be read: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
