"""A checkpoint: how large the tree was and what its root was, as a text to be kept where its owner cannot change it.

The text is the body of a C2SP checkpoint (tlog-checkpoint): origin, size and root, and as an extension line the time.
It is not signed here. Any tool for signed notes may sign it; signatures that are there are kept and not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NoReturn

import attrs

from lifecycle.errors import ProofError
from lifecycle.proof.tree import HASH_BYTES
from lifecycle.times import as_utc, instant_text, parse_instant

__all__ = ["Checkpoint"]

_ORIGIN: Final = re.compile(r"[^\s+\x00-\x20\x7f\ud800-\udfff]+")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE: Final = re.compile(r"— [^\s+]+ [A-Za-z0-9+/]+=*")
_BODY: Final = 4
"""The body has so many lines."""

_SHOWN: Final = 60
"""So many letters of a wrong line are shown: somebody may have given another file, and not only this line is wrong."""

_AN_ORIGIN: Final = "the origin, a text without blanks and plus signs"
_A_SIZE: Final = "the size, a whole number in decimal digits"
_A_ROOT: Final = f"the root, the base64 of {HASH_BYTES} bytes"
_AN_INSTANT: Final = "the time, such as 2026-01-05T09:00:00.000000Z"


def _check_origin(_: object, __: object, origin: str) -> None:
    if not _ORIGIN.fullmatch(origin):
        raise ProofError(f"{origin!r} cannot be the origin of a checkpoint; expected {_AN_ORIGIN}")


def _check_size(_: object, __: object, size: int) -> None:
    if not _SIZE.fullmatch(str(size)):
        raise ProofError(f"{size!r} cannot be the size of a checkpoint; expected {_A_SIZE}")


def _check_root(_: object, __: object, root: bytes) -> None:
    if len(root) != HASH_BYTES:
        raise ProofError(f"the root of a checkpoint has {HASH_BYTES} bytes, and this one {len(root)}")


@attrs.frozen(kw_only=True)
class Checkpoint:
    """The state of a log at one instant.

    Attributes:
        origin: The name of the log; a key that signs the checkpoint should have the same.
        size: How many entries were sealed.
        root: The root of the tree over them.
        at: When that was; neither the tree nor a proof depends on it.
        signatures: Signature lines that came with the text, as they were; empty where it was not signed.
    """

    origin: str = attrs.field(validator=_check_origin)
    size: int = attrs.field(validator=_check_size)
    root: bytes = attrs.field(validator=_check_root)
    at: datetime = attrs.field(converter=as_utc)
    signatures: str = ""

    @property
    def body(self) -> str:
        """The text that a signature is over: four lines, with the last line feed."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n{instant_text(self.at)}\n"

    def __str__(self) -> str:
        """Give the whole text, with the signatures that came with it."""
        return f"{self.body}\n{self.signatures}" if self.signatures else self.body

    def same_tree(self, other: Checkpoint) -> bool:
        """Say whether both speak of the same tree, whenever that was and whoever signed it."""
        return (self.origin, self.size, self.root) == (other.origin, other.size, other.root)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint, signed or not.

        Raises:
            ProofError: the text is no checkpoint; the message says which line is wrong, and what was expected there.
        """
        lines = text.split("\n")
        origin, size, root, at = (lines[number] if number < len(lines) else "" for number in range(_BODY))
        if not _ORIGIN.fullmatch(origin):
            _refuse(lines, 0, _AN_ORIGIN)
        if not _SIZE.fullmatch(size):
            _refuse(lines, 1, _A_SIZE)
        return cls(
            origin=origin,
            size=int(size),
            root=_decoded(root) or _refuse(lines, 2, _A_ROOT),
            at=_instant(at) or _refuse(lines, 3, _AN_INSTANT),
            signatures=_signatures(lines),
        )


def _decoded(line: str) -> bytes | None:
    try:
        root = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        return None
    return root if len(root) == HASH_BYTES and base64.b64encode(root).decode("ascii") == line else None


def _instant(line: str) -> datetime | None:
    try:
        at = parse_instant(line)
    except ValueError:
        return None
    return at if instant_text(at) == line else None


def _signatures(lines: Sequence[str]) -> str:
    """Give what stands below the body: nothing, or a blank line and signatures."""
    if lines[_BODY:] == [""]:
        return ""
    if len(lines) == _BODY or (len(lines) > _BODY + 1 and lines[-1] and not lines[_BODY]):
        raise ProofError("this is no checkpoint: its last line does not end with a line feed; add one at the end")
    if len(lines) <= _BODY + 1 or lines[_BODY]:
        _refuse(lines, _BODY, "the end after a line feed, or a blank line and signatures")
    for number in range(_BODY + 1, max(len(lines) - 1, _BODY + 2)):
        if not _SIGNATURE.fullmatch(lines[number]):
            _refuse(lines, number, "a signature: a dash (U+2014), the name of a key, and base64")
    return "\n".join(lines[_BODY + 1 :])


def _refuse(lines: Sequence[str], number: int, expected: str) -> NoReturn:
    line = lines[number] if number < len(lines) else None
    found = "missing" if line is None else repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")
    hint = "; lines end with a line feed alone, without a carriage return" if line and line.endswith("\r") else ""
    raise ProofError(f"this is no checkpoint: line {number + 1} is {found}; expected {expected}{hint}")
