"""Walks as a test file: each is a case that says what is told of the lead, who asks, and which stages it passes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lifecycle.narrowing import is_list, is_mapping
from lifecycle.paths.facts import UNNAMED, Fact
from lifecycle.paths.walking import Stride, Walk

__all__ = ["cases_toml", "fact_text", "name_of", "toml_value"]


def cases_toml(walks: Iterable[Walk], *, about: Iterable[str] = ()) -> str:
    """Write walks as a test file; those whose facts were not found become comments.

    Args:
        walks: The walks.
        about: Lines that stand above all, as comments.
    """
    found = list(walks)
    lines = [f"# {line}" for line in about]
    unnamed = sorted({name for walk in found for name in _unnamed(walk)})
    lines += ["", f"unnamed = {toml_value(unnamed)}"] if unnamed else []
    for walk in found:
        lines += ["", *(_case(walk) if walk.stuck is None else _comment(walk))]
    return "\n".join(lines) + "\n"


def _unnamed(walk: Walk) -> Iterator[str]:
    for stride in walk.strides:
        yield from (fact.name for fact in stride.facts if fact.name in UNNAMED)


def name_of(walk: Walk) -> str:
    """Name a walk by its triggers and its end."""
    return f"{', '.join(step.trigger for step in walk.path)}: {walk.path[-1].target}"


def fact_text(fact: Fact) -> str:
    """Write a fact for people, for instance `country = "DE"` or `site_visited, 3 times`."""
    if fact.category in {"profile", "answer"}:
        return f"{fact.name} = {toml_value(fact.value)}"
    if fact.category == "channel":
        return f"channel = {toml_value(fact.name)}"
    often = f", {fact.times} times" if fact.times > 1 else ""
    return f"{fact.name}{f' {toml_value(fact.value)}' if fact.value else ''}{often}"


def _comment(walk: Walk) -> Iterator[str]:
    yield f"# {name_of(walk)}"
    yield f"#   {walk.stuck}"


def _case(walk: Walk) -> Iterator[str]:
    yield "[[cases]]"
    yield f"name = {toml_value(name_of(walk))}"
    yield "given = ["
    for stride in walk.strides:
        yield from (f"    {toml_value({'day': stride.day, **entry})}," for entry in _given(stride))
    yield "]"
    path = [step.target for step in walk.path]
    yield f"expect = {toml_value({'day': walk.strides[-1].day, 'stage': path[-1], 'path': path})}"


def _given(stride: Stride) -> Iterator[Mapping[str, Any]]:
    """Give the entries of one step: its facts, the first activity among them, the other activities, the request."""
    first: dict[str, Any] = {}
    entries = [first]
    for fact in stride.facts:
        if fact.category in {"profile", "answer"}:
            first.setdefault("answers" if fact.category == "answer" else "profile", {})[fact.name] = fact.value
        elif fact.category == "channel":
            first["channel"] = fact.name
        else:
            target = entries[-1] if "activity" not in entries[-1] else {}
            target.update(_activity(fact))
            entries += [] if target is entries[-1] else [target]
    if stride.request is not None:
        role = stride.request.actor.partition(":")[0]
        entries[-1].update({"request": stride.request.trigger, "by": role})
        entries[-1].update({} if stride.request.reason is None else {"reason": stride.request.reason})
    yield from filter(None, entries)


def _activity(fact: Fact) -> Mapping[str, Any]:
    often = {"times": fact.times} if fact.times > 1 else {}
    return {"activity": fact.name, **({"properties": fact.value} if fact.value else {}), **often}


def toml_value(value: Any) -> str:
    """Write a value in TOML, on one line."""
    if is_mapping(value):
        inner = ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if is_list(value):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else _quoted(value)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _quoted(name)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
