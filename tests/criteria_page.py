"""Writes docs/reference/criteria.md from what the first-party plugins offer: `python -m tests.criteria_page`.

Names, parameters, types, defaults and reads come from the registry; what a lead of which nothing is known gets is found
by judging one. Only the example and the meaning of the outcomes are written here, one entry for each criterion.
"""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle import Lead, Registry, Snapshot, parameters
from lifecycle.definition import NamedCriterion
from lifecycle.parameters import bound_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.registry import Offer

__all__ = ["MEANINGS", "Meaning", "page"]

PLUGINS: Final = ("channel", "engagement", "profile", "sales", "timing", "undesirables")
ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reference" / "criteria.md"
AN_INSTANT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.frozen
class Meaning:
    """What a reader cannot see from the code: an example, and when each outcome is given; None is never."""

    example: str
    met: str
    unmet: str | None
    unknown: str | None
    amount: str | None = None


_NEVER_UNKNOWN: Final = None

MEANINGS: Final[Mapping[str, Meaning]] = {
    "channel.one_of": Meaning(
        'channels = ["webinar", "referral"]',
        "the lead's channel, the first one reported, is one of `channels`",
        "it is another one",
        "nobody has said where the lead was gathered",
    ),
    "engagement.count": Meaning(
        'kinds = ["page_visited"], at_least = 3, within = "30 days"',
        "done at least `at_least` times, all `kinds` taken together",
        "done less often, or never",
        _NEVER_UNKNOWN,
        "how often",
    ),
    "engagement.duration": Meaning(
        'kinds = ["page_visited"], field = "seconds", at_least = "10 minutes", within = "30 days"',
        "the seconds in the property `field` add up to `at_least`",
        "they add up to less, or nothing was done",
        "the property holds anything but whole numbers somewhere",
        "full minutes",
    ),
    "engagement.happened": Meaning(
        'kinds = ["demo_requested"], within = "30 days"',
        "one of `kinds` was done at least once",
        "none was",
        _NEVER_UNKNOWN,
    ),
    "engagement.points": Meaning(
        'points = { feature_used = 3, teammate_invited = 15 }, half_life = "14 days", at_least = 20',
        "the points of all activities add up to `at_least`",
        "they add up to less",
        _NEVER_UNKNOWN,
        "the points",
    ),
    "profile.country_in": Meaning(
        'countries = ["Germany", "AT", "Switzerland"]',
        "the field names one of `countries`",
        "it names another country",
        "the field is not known, or is no country that we know",
    ),
    "profile.in_range": Meaning(
        'field = "employees", minimum = 20, maximum = 5000',
        "the field is a number from `minimum` to `maximum`, both included",
        "it is a number outside",
        "the field is not known, or is no number",
    ),
    "profile.matches": Meaning(
        'field = "title", pattern = "*engineer*"',
        "the whole value fits the pattern",
        "it does not",
        "the field is not known",
    ),
    "profile.one_of": Meaning(
        'field = "industry", values = ["software", "manufacturing"]',
        "the field has one of `values`",
        "it has another value",
        "the field is not known",
    ),
    "profile.present": Meaning(
        'field = "email"',
        "the field is known, whatever it is",
        "it is not known",
        _NEVER_UNKNOWN,
    ),
    "profile.seniority": Meaning(
        'at_least = "director"',
        "the title stands at `at_least` or higher on the ladder",
        "it stands lower",
        "the field is not known, or does not say it for certain",
    ),
    "sales.confirmed": Meaning(
        'answer = "influencer"',
        "the answer is yes (`true`, or a text that says yes)",
        "the answer is no",
        "nobody has answered, or neither yes nor no",
    ),
    "sales.known": Meaning(
        'answer = "time_frame"',
        "there is an answer, whatever it is",
        None,
        "nobody has answered",
    ),
    "timing.came_by": Meaning(
        'triggers = ["qualify", "requalify"]',
        "the last move was made by one of `triggers`",
        "by another one, or the lead has not entered",
        _NEVER_UNKNOWN,
    ),
    "timing.cooled_off": Meaning(
        'at_least = "30 days"',
        "the present cycle began at least so long ago; always in the first cycle",
        "it began later",
        _NEVER_UNKNOWN,
    ),
    "timing.in_stage": Meaning(
        'at_least = "2 days"',
        "the last move was at least so long ago",
        "it was later, or the lead has not entered",
        _NEVER_UNKNOWN,
    ),
    "timing.inactive": Meaning(
        'at_least = "30 days"',
        "the last activity, or where there is none the last move, was at least so long ago",
        "it was later",
        "there is neither an activity nor a move",
    ),
    "undesirables.competitor": Meaning(
        'domains = ["rival.example"]',
        "the address is of one of `domains`, or of a sub-domain of one",
        "it is of another domain",
        "the address is not known or cannot be read",
    ),
    "undesirables.disposable_email": Meaning(
        'exclude = ["acme.example"]',
        "the domain is on the list of throw-away services, or in `include`",
        "it is not, or is in `exclude`",
        "the address is not known or cannot be read",
    ),
    "undesirables.free_email": Meaning(
        'include = ["mail.example"]',
        "the domain is on the list of free mail services and not on that of throw-away ones, or is in `include`",
        "it is not, or is in `exclude`",
        "the address is not known or cannot be read",
    ),
    "undesirables.opted_out": Meaning(
        'kinds = ["unsubscribed"]',
        "the field says yes, or one of `kinds` was done",
        "the field says no, or it is not known and `kinds` are given",
        "the field says neither yes nor no; without `kinds` also where it is not known",
    ),
    "undesirables.role_account": Meaning(
        'exclude = ["office"]',
        "what stands before the @ is on the list of functions, or in `include`",
        "it is not, or is in `exclude`",
        "the address is not known or cannot be read",
    ),
    "undesirables.title": Meaning(
        'words = ["procurement", "purchasing"]',
        "the title holds one of `words` as a whole word or phrase",
        "it holds none",
        "the title is not known",
    ),
}

_INTRODUCTION: Final = """\
# First-party criteria

<!-- Written by `python -m tests.criteria_page`; a test says when that has to be run again. -->

What the plugins that come along offer. In a definition:

```toml
[criteria]
NAME = { use = "plugin.criterion", parameter = "value" }
```

Each of them may also have `unknown_as = "met"` or `"unmet"`. A parameter without a default is needed. Durations are
written "30 days", "2 weeks", "36 hours", "1 day 12 hours", or as ISO 8601 ("P30D", "PT36H"); months and years are
refused, since they have no fixed length. Lists mean the same in any order. Values of fields and channels are compared
without regard to upper and lower case; kinds of activities, and names of fields and answers, as they are written.

"Reads" are the facts that have the criterion judged again: `profile:FIELD`, `activity:KIND` (`activity:*` is every
kind), `answer:NAME`, `channel`, and `journey` (stage, since when, by which trigger, which cycle). A criterion that
breaks has the outcome *failed*, whatever it is.

`within` counts the activities in the window that ends now; one stops to count at exactly its instant plus `within`.
After a transition with `new_cycle`, activities and answers count only if they are later; with `ever = true` all do.
"""


def page() -> str:
    """Return the whole page."""
    registry = Registry.installed(PLUGINS)
    parts = [_INTRODUCTION, *_contents(registry)]
    for plugin in PLUGINS:
        parts.append(f"\n## {plugin}\n")
        module = sys.modules[f"lifecycle_{plugin}"]
        parts.append(f"\n{cleandoc(module.__doc__ or '')}\n")
        parts += [_criterion(offer) for name, offer in sorted(registry.offers.items()) if name.startswith(f"{plugin}.")]
    return "".join(parts)


def _contents(registry: Registry) -> Iterator[str]:
    yield "\n| criterion | met if |\n|---|---|\n"
    for name in sorted(registry.offers):
        yield f"| [`{name}`](#{name.replace('.', '')}) | {MEANINGS[name].met} |\n"


def _criterion(offer: Offer) -> str:
    meaning = MEANINGS[offer.name]
    given = tomllib.loads(f"x = {{ {meaning.example} }}")["x"]
    bound, problems = offer.bind(given)
    assert bound is not None, problems
    named = NamedCriterion(name="example", use=offer.name, criterion=bound, provenance=offer.provenance)
    nothing_known = bound.judge(Snapshot(Lead("1"), AN_INSTANT)).outcome.value
    lines = [
        f"\n### {offer.name}\n",
        cleandoc(offer.cls.__doc__ or "") + "\n",
        f'```toml\nexample = {{ use = "{offer.name}", {meaning.example} }}\n```\n',
        "| parameter | type | default |\n|---|---|---|",
        *(_parameter(field) for field in offer.parameters),
        "",
        "| outcome | if |\n|---|---|",
        f"| met | {meaning.met} |",
        *([f"| unmet | {meaning.unmet} |"] if meaning.unmet else []),
        *([f"| unknown | {meaning.unknown} |"] if meaning.unknown else []),
        "",
        f"Version {offer.about.version}. The example reads {_listed(named.reads)}. "
        f"A lead of which nothing is known: *{nothing_known}*."
        + (f" Amount: {meaning.amount}." if meaning.amount else ""),
    ]
    assert set(given) <= set(bound_parameters(bound))
    return "\n".join(lines) + "\n"


def _listed(reads: frozenset[str]) -> str:
    return ", ".join(f"`{read}`" for read in sorted(reads)) or "nothing"


_TYPES: Final[Mapping[str, str]] = {
    "Mapping[str, int]": "table of kinds and whole numbers",
    "bool": "`true` or `false`",
    "int": "whole number",
    "int | Decimal": "number",
    "str": "text",
    "timedelta": "duration",
    "tuple[str, ...]": "list of texts",
}
_READS: Final[Mapping[str, str]] = {
    "activity": ", kinds of activities",
    "answer": ", an answer",
    "profile": ", a profile field",
}


def _parameter(field: attrs.Attribute[Any]) -> str:
    annotation = str(field.type).removesuffix(" | None")
    kind = _TYPES[annotation] + _READS.get(field.metadata.get(parameters.READS, ""), "")
    return f"| `{field.name}` | {kind} | {_default(field)} |"


def _default(field: attrs.Attribute[Any]) -> str:
    if field.default is attrs.NOTHING:
        return "needed"
    if field.default is None:
        return "none"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{json.dumps(field.default)}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
