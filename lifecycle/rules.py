"""What differs between two sets of rules: which criterion has another plugin, version, code, or other parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

__all__ = ["Difference", "differences"]

_Criteria = Mapping[str, Mapping[str, Any]]

_FACTS: Final = ("plugin", "criterion", "distribution", "distribution_version", "version", "fingerprint")


@attrs.frozen(kw_only=True)
class Difference:
    """One thing that differs in one criterion.

    Attributes:
        criterion: Its name in the definition.
        use: The criterion that is used, `plugin.criterion`.
        what: `plugin`, `criterion`, `distribution`, `distribution_version`, `version`, `fingerprint`, `parameter`,
            `new` or `gone`.
        parameter: The name of the parameter that differs.
        before: What it was; None where it was not there.
        after: What it is; None where it is not there.
        default: Whether the definition says nothing of the parameter, so that a default has changed.
    """

    criterion: str
    use: str
    what: str
    parameter: str | None = None
    before: Any = None
    after: Any = None
    default: bool = False


def differences(before: _Criteria, after: _Criteria, *, same_text: bool) -> Iterator[Difference]:
    """Give what differs between the criteria of two sets of rules, in the order of their names.

    Args:
        before: By name: plugin, versions, fingerprint, parameters with defaults.
        after: The same of the other one.
        same_text: Whether both were read from one text, so that a parameter can differ by its default alone.
    """
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            told = was or now or {}
            yield Difference(criterion=name, use=_use(told), what="gone" if now is None else "new")
        else:
            yield from _of_one(name, was, now, same_text=same_text)


def _of_one(name: str, was: Mapping[str, Any], now: Mapping[str, Any], *, same_text: bool) -> Iterator[Difference]:
    use = _use(was)
    for fact in _FACTS:
        if was[fact] != now[fact]:
            yield Difference(criterion=name, use=use, what=fact, before=was[fact], after=now[fact])
    old, new = was["parameters"], now["parameters"]
    for parameter in sorted({*old, *new}):
        if parameter not in old or parameter not in new or old[parameter] != new[parameter]:
            yield Difference(
                criterion=name,
                use=use,
                what="parameter",
                parameter=parameter,
                before=old.get(parameter),
                after=new.get(parameter),
                default=same_text,
            )


def _use(told: Mapping[str, Any]) -> str:
    return f"{told.get('plugin')}.{told.get('criterion')}"
