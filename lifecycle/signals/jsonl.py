"""Signals as JSON, one object a line.

A line that cannot be understood is refused with its number and never ends the reading. What JSON readers commonly let
pass is refused too: a key given twice, NaN and Infinity, half a surrogate pair, bytes that are not UTF-8. A message
names keys and instants, never other values, since those may be personal.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from lifecycle.errors import NaiveInstantError, Place, SignalError
from lifecycle.signals.signal import NOTHING, Seen, Signal, SignalType, Tally, check_actor
from lifecycle.spelling import did_you_mean
from lifecycle.times import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

__all__ = ["read_jsonl"]

_TYPES: Final = {type_.value: type_ for type_ in SignalType}
_NAMED: Final = frozenset({SignalType.CHANNEL, SignalType.ACTIVITY, SignalType.REQUEST})
_KEYS: Final = frozenset({"lead", "at", "type", "name", "data", "id"})
_REQUEST_KEYS: Final = frozenset({"actor", "reason", "note", "override"})
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_JSON_WORDS: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "an object",
}


def read_jsonl(path: Path, tally: Tally, seen: Seen) -> Iterator[Signal]:
    """Yield the signals of a file, counting each line that is not blank.

    Raises:
        OSError: the file cannot be read.
    """
    file = str(path)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(BOM_UTF8).strip() if number == 1 else line.strip()
            if not text:
                continue
            row: Mapping[str, Any] = NOTHING
            try:
                row = _parse(text)
                signal = _signal(row, Place(file, number))
            except (ValueError, RecursionError) as error:
                tally.refuse(SignalError(_message(error), place=Place(file, number), lead=_lead_of(row)))
                continue
            if seen.is_repeated(signal.lead, signal.identifier):
                tally.repeat()
                continue
            tally.use(1)
            yield signal


# --- From bytes to an object ---------------------------------------------------------------------------------------


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return table


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is out of range")
    return number


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)


def _parse(line: bytes) -> Mapping[str, Any]:
    text = line.decode()
    row: Any = _DECODER.decode(text)
    if not _is_object(row):
        raise ValueError(f"must be a JSON object, not {_what(row)}")
    if "\\u" in text:  # an escape may spell what no text can hold
        _check_characters(json.dumps(row, ensure_ascii=False))
    return row


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("an escape stands for half a character (a lone surrogate)") from error
    if _NUL.search(text):
        raise ValueError("a text holds the character NUL, which databases refuse")


# --- From an object to a signal ------------------------------------------------------------------------------------


def _signal(row: Mapping[str, Any], place: Place) -> Signal:
    if not row.keys() <= _KEYS:
        raise ValueError(_unknown_key(row, _KEYS))
    lead = _text("lead", row.get("lead"))
    kind = row.get("type")
    type_ = _TYPES.get(kind) if isinstance(kind, str) else None
    if type_ is None:
        raise ValueError(_wrong_type(kind))
    at, identifier = row.get("at"), row.get("id")
    return Signal(
        lead,
        None if at is None and type_ is not SignalType.REQUEST else _instant(at),
        type_,
        _name(type_, row.get("name")),
        _data(type_, row.get("data")),
        None if identifier is None else _text("id", identifier),
        place,
    )


def _text(key: str, value: object) -> str:
    if type(value) is str and value.strip():
        return value
    if value is None:
        raise ValueError(f"{key!r} is missing")
    raise ValueError(f"{key!r} is blank" if isinstance(value, str) else f"{key!r} must be a text, not {_what(value)}")


def _instant(value: object) -> datetime:
    text = _text("at", value)
    try:
        return parse_instant(text)
    except NaiveInstantError as error:
        raise ValueError(f"'at' has no time zone: {text!r}; write {text + 'Z'!r} if it is UTC") from error


def _name(type_: SignalType, name: object) -> str | None:
    if type_ in _NAMED:
        return _text("name", name)
    if name is not None:
        raise ValueError(f"a signal of type {type_.value!r} has no 'name'; what it says stands in 'data'")
    return None


def _data(type_: SignalType, given: object) -> Mapping[str, Any]:
    data = NOTHING if given is None else given
    if not _is_object(data):
        raise ValueError(f"'data' must be an object, not {_what(data)}")
    if type_ is SignalType.REQUEST:
        _check_request(data)
    elif type_ is SignalType.CHANNEL:
        if data:
            raise ValueError("a signal of type 'channel' has no 'data'; the channel is its 'name'")
    else:
        _check_fields(type_, data)
    return data


def _check_fields(type_: SignalType, data: Mapping[str, Any]) -> None:
    is_activity = type_ is SignalType.ACTIVITY
    if not data and not is_activity:
        raise ValueError(f"a signal of type {type_.value!r} needs 'data' with at least one field")
    for key, value in data.items():
        if not key.strip():
            raise ValueError("a key of 'data' is blank")
        if not is_activity and type(value) not in _PLAIN:
            raise ValueError(f"{key!r} must be a text, a number, true, false or null, not {_what(value)}")


def _check_request(data: Mapping[str, Any]) -> None:
    if not data.keys() <= _REQUEST_KEYS:
        raise ValueError(_unknown_key(data, _REQUEST_KEYS))
    check_actor(_text("actor", data.get("actor")))
    for key in ("reason", "note"):
        if data.get(key) is not None:
            _text(key, data[key])
    if type(data.get("override", False)) is not bool:
        raise ValueError(f"'override' must be true or false, not {_what(data['override'])}")


# --- What is said --------------------------------------------------------------------------------------------------


def _what(value: object) -> str:
    return _JSON_WORDS[type(value)]


def _unknown_key(row: Mapping[str, Any], known: frozenset[str]) -> str:
    key = next(key for key in row if key not in known)
    return f"unknown key {key!r}{did_you_mean(key, sorted(known))}"


def _wrong_type(kind: object) -> str:
    if kind is None:
        return "'type' is missing"
    if not isinstance(kind, str):
        return f"'type' must be a text, not {_what(kind)}"
    hint = did_you_mean(kind, _TYPES) or f"; it is one of {', '.join(_TYPES)}"
    return f"unknown type {kind!r}{hint}"


def _message(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} (column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start + 1} of the line"
    if isinstance(error, RecursionError):
        return "lists or objects are nested too deeply"
    return str(error)


def _lead_of(row: Mapping[str, Any]) -> str | None:
    lead = row.get("lead")
    return lead if isinstance(lead, str) else None
