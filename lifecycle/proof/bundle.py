"""A proof that one entry was sealed, as a file for a stranger: the entry, its place in the tree, and a checkpoint.

Everything in it is checked with arithmetic alone. It vouches for nothing by itself: whoever owns the database can make
a tree of anything. What counts is a checkpoint that was kept elsewhere since the day it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from lifecycle.canonical import canonical_bytes, digest
from lifecycle.errors import ProofError
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.proof.checkpoint import Checkpoint
from lifecycle.proof.tree import leaf_of, verify_consistency, verify_inclusion

__all__ = ["BUNDLE", "KINDS", "Consistency", "ProofBundle", "check_bundle", "read_bundle"]

BUNDLE: Final = "lifecycle-proof-1"
"""The name of the form, which stands in every bundle."""

KINDS: Final = ("record", "refusal", "erasure")
"""What may be sealed. The format of an envelope is `lifecycle-KIND-NUMBER`, so a digest is bound to its kind."""

_ANOTHER: Final = "the checkpoint given has another root for the size {}: the log was rewritten, or the proof is false"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = frozenset({"format", "kind", "content", "envelope", "index", "path", "checkpoint"})
_PARTS: Final = frozenset({"checkpoint", "path"})


@attrs.frozen(kw_only=True)
class Consistency:
    """Shows that the tree of an older checkpoint is the beginning of the bundle's."""

    checkpoint: Checkpoint
    path: tuple[bytes, ...] = attrs.field(converter=tuple[bytes, ...])

    def to_mapping(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return {"checkpoint": str(self.checkpoint), "path": [one.hex() for one in self.path]}


@attrs.frozen(kw_only=True)
class ProofBundle:
    """One sealed entry with all that is needed to check that it was sealed.

    Attributes:
        kind: What was sealed: one of `KINDS`.
        content: Its content in canonical form.
        envelope: The fields of its envelope that its digest is over, as texts; `format` is the digest's domain.
        index: Its place among the sealed entries, from 0.
        path: The hashes from its leaf to the root.
        checkpoint: The checkpoint whose tree the path leads into.
        consistency: From an older checkpoint to this one; None where none was asked for.
    """

    kind: str
    content: bytes
    envelope: Mapping[str, str]
    index: int
    path: tuple[bytes, ...] = attrs.field(converter=tuple[bytes, ...])
    checkpoint: Checkpoint
    consistency: Consistency | None = None

    @property
    def digest(self) -> str:
        """The digest of the entry, computed from its content and envelope."""
        return digest(self.envelope["format"], self.content, canonical_bytes(self.envelope))

    def to_mapping(self) -> dict[str, Any]:
        """Give the bundle as plain JSON; `read_bundle` reads it back."""
        found = {
            "format": BUNDLE,
            "kind": self.kind,
            "content": self.content.decode("utf-8"),
            "envelope": {key: self.envelope[key] for key in sorted(self.envelope)},
            "index": self.index,
            "path": [one.hex() for one in self.path],
            "checkpoint": str(self.checkpoint),
        }
        return found if self.consistency is None else {**found, "consistency": self.consistency.to_mapping()}


# --- Checking ---------------------------------------------------------------------------------------------------------


def check_bundle(bundle: ProofBundle, outside: Iterable[Checkpoint] = ()) -> list[str]:
    """Check a bundle, against checkpoints that were kept outside the database where there are any.

    One of the bundle's own size must be of the same tree. An older one must be the one that the bundle's consistency
    starts from, and vouches for the entry only if that was sealed by then. Without any, the bundle agrees with itself
    and proves nothing against the owner of the database.

    Returns:
        What is wrong, in words; nothing where the proof holds.
    """
    kept = list(outside)
    problems = [*_inside(bundle), *(problem for one in kept for problem in _compared(bundle, one))]
    if kept and not any(bundle.index < one.size for one in kept):
        problems.append(
            f"entry {bundle.index} was sealed after the checkpoint of size {max(one.size for one in kept)}, "
            "which therefore cannot vouch for it"
        )
    return problems


def _inside(bundle: ProofBundle) -> Iterable[str]:
    """Yield where the bundle does not agree with itself."""
    own = bundle.checkpoint
    if bundle.kind not in KINDS or not re.fullmatch(f"lifecycle-{bundle.kind}-[0-9]+", bundle.envelope["format"]):
        yield f"the format {bundle.envelope['format']!r} is not that of a sealed {bundle.kind}"
    leaf = leaf_of(bundle.digest)
    if bundle.index >= own.size:
        yield f"entry {bundle.index} lies outside a tree of {own.size}; the first entry is 0"
    elif not verify_inclusion(leaf=leaf, index=bundle.index, size=own.size, root=own.root, path=bundle.path):
        yield f"the path does not lead from entry {bundle.index}, {bundle.digest}, to the root of the checkpoint"
    if bundle.consistency is not None:
        yield from _consistent(own, bundle.consistency)


def _consistent(own: Checkpoint, consistency: Consistency) -> Iterable[str]:
    older, path = consistency.checkpoint, consistency.path
    if older.origin != own.origin:
        yield f"the older checkpoint is of another log: {older.origin}, not {own.origin}"
    if not verify_consistency(old=older.size, new=own.size, old_root=older.root, new_root=own.root, path=path):
        yield f"the tree of {own.size} is not shown to begin with the older one of {older.size}"


def _compared(bundle: ProofBundle, kept: Checkpoint) -> Iterable[str]:
    """Yield where the bundle does not agree with a checkpoint from outside."""
    own = bundle.checkpoint
    older = bundle.consistency.checkpoint if bundle.consistency is not None else None
    if kept.origin != own.origin:
        yield f"the checkpoint given is of another log: {kept.origin}, not {own.origin}"
    elif kept.size > own.size:
        yield f"the checkpoint given is of size {kept.size}, and the proof is for {own.size}: ask for one that is newer"
    elif kept.size == own.size:
        if not kept.same_tree(own):
            yield _ANOTHER.format(kept.size)
    elif older is None or older.size != kept.size:
        yield f"the proof does not start from the checkpoint given, of size {kept.size}: ask for one that does"
    elif not kept.same_tree(older):
        yield _ANOTHER.format(kept.size)


# --- Reading ----------------------------------------------------------------------------------------------------------


def read_bundle(found: object) -> ProofBundle:
    """Read what `to_mapping` gave. Whether it holds is for `check_bundle` to say.

    Raises:
        ProofError: it has not the form of a proof; the message says which key is wrong, and what was expected.
    """
    table = _table(found, "the proof", _KEYS, may=frozenset({"consistency"}))
    if table["format"] != BUNDLE:
        raise ProofError(f"the proof's format is {table['format']!r}; expected {BUNDLE!r}")
    consistency = _consistency(table["consistency"]) if "consistency" in table else None
    return ProofBundle(
        kind=_text(table, "kind"),
        content=_text(table, "content").encode("utf-8"),
        envelope=_envelope(table["envelope"]),
        index=_index(table["index"]),
        path=_path(table["path"]),
        checkpoint=Checkpoint.parse(_text(table, "checkpoint")),
        consistency=consistency,
    )


def _consistency(found: object) -> Consistency:
    table = _table(found, "consistency", _PARTS)
    return Consistency(checkpoint=Checkpoint.parse(_text(table, "checkpoint")), path=_path(table["path"]))


def _table(found: object, name: str, keys: frozenset[str], may: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    if is_mapping(found) and keys <= found.keys() <= keys | may:
        return found
    optional = f"; {', '.join(may)} may be there too" if may else ""
    raise ProofError(f"{name} is not a table of exactly {', '.join(sorted(keys))}{optional}")


def _envelope(found: object) -> Mapping[str, str]:
    if not is_mapping(found) or "format" not in found or not all(key.isascii() for key in found):
        raise ProofError("envelope is not a table of texts with a format among them")
    texts = {key: _text(found, key) for key in found}
    if not texts["format"].isascii():
        raise ProofError(f"the envelope's format is {texts['format']!r}; expected ASCII")
    return texts


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    try:
        if isinstance(value, str):
            value.encode("utf-8")
            return value
    except UnicodeEncodeError:
        pass
    raise ProofError(f"{key} is {value!r}; expected a text")


def _index(found: object) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise ProofError(f"index is {found!r}; expected a whole number from 0")
    return found


def _path(found: object) -> Sequence[bytes]:
    if not is_list(found) or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in found):
        raise ProofError("path is not a list of hashes, each 64 lower-case hexadecimal digits")
    return [bytes.fromhex(one) for one in found]
