"""Mistakes in a definition file, each with what is said of it and where."""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["MISTAKES", "TEN_ERRORS", "TEN_MISTAKES", "Mistake"]

TEN_MISTAKES: Final = """\
name = "b2b"
version = 1
paht = ["iql"]

[stages]
iql = { owner = "marketing", sla = "2 months" }

[criteria]
fits = { use = "t.siad", field = "industry" }
visits = { use = "t.did", kinds = "page", withn = "30 days" }
good-fit = { use = "t.said", field = "x" }

[conditions]
qualified = "fits AND visits"

[[transitions]]
trigger = "capture"
to = "iql"
automatic = "yes"

[[transitions]]
trigger = "qualify"
from = "iql"
to = "iql"
"""

TEN_ERRORS: Final = (
    'f.toml:2:1: error: must be a non-empty text, not 1; write "1" [invalid-value]',
    "f.toml:3:1: error: unknown key 'paht', did you mean 'path'? [unknown-key]",
    (
        "f.toml:6:30: error: '2 months': months and years have no fixed length; write days or weeks instead, for "
        "instance '30 days' [invalid-value]"
    ),
    "f.toml:9:10: error: no plugin offers 't.siad', did you mean 't.said'? [unknown-criterion]",
    ("f.toml:10:27: error: 'kinds' of t.did: must be a list of texts, not 'page'; write [\"page\"] [wrong-parameter]"),
    "f.toml:10:43: error: t.did takes no 'withn', did you mean 'within'? [unknown-parameter]",
    (
        "f.toml:11:1: error: 'good-fit' cannot be written in a condition: letters from a to z, digits and _ only "
        "[odd-name]"
    ),
    "f.toml:14:1: error: column 6 of the condition: 'AND' is written in lower case: 'and' [condition-syntax]",
    "f.toml:19:1: error: must be true or false, not 'yes' [wrong-type]",
    "f.toml:23:1: error: must be a list, not 'iql'; write [\"iql\"] [wrong-type]",
)


@attrs.frozen
class Mistake:
    """A part of `small.CLEAN`, what is written for it by mistake, and the errors that are reported."""

    old: str
    new: str
    expected: tuple[str, ...]


def _mistake(old: str, new: str, *errors: tuple[str, str]) -> Mistake:
    """Return a mistake; each error is its place in the file, and its text."""
    return Mistake(old, new, tuple(f"f.toml{place}: error: {said}" for place, said in errors))


MISTAKES: Final = (
    _mistake(
        'name = "small"',
        "",
        ("", "'name' is missing [missing-key]"),
    ),
    _mistake(
        'name = "small"',
        'name = " "',
        (":1:1", "must be a non-empty text, not ' ' [invalid-value]"),
    ),
    _mistake(
        '[stages]\nnew = { owner = "marketing" }',
        "[stages]\nnew = 5",
        (":5:1", "must be a table, not 5 [wrong-type]"),
    ),
    _mistake(
        "final = true",
        "final = 1",
        (":6:26", "must be true or false, not 1 [wrong-type]"),
    ),
    _mistake(
        "final = true",
        "fnal = true",
        (":6:26", "unknown key 'fnal', did you mean 'final'? [unknown-key]"),
    ),
    _mistake(
        'asks = { use = "t.said", field = "asks" }',
        'asks = "t.said"',
        (":9:1", "'asks' must be a table such as { use = \"plugin.criterion\" } [wrong-type]"),
    ),
    _mistake(
        '{ use = "t.said", field = "asks" }',
        '{ field = "asks" }',
        (":9:1", "'use' is missing [missing-key]"),
    ),
    _mistake(
        '{ use = "t.said", field = "asks" }',
        '{ use = "", field = "asks" }',
        (":9:10", 'must name a criterion: "plugin.criterion" [invalid-value]'),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"t.said"',
        (":9:1", "t.said needs 'field' [missing-parameter]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"t.said", field = 5',
        (":9:26", "'field' of t.said: must be a non-empty text, not 5 [wrong-parameter]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"said", field = "asks"',
        (":9:10", "no plugin offers 'said', did you mean 't.said'? [unknown-criterion]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"whatever"',
        (":9:10", "no plugin offers 'whatever'; write \"plugin.criterion\" [unknown-criterion]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"t.whatever"',
        (":9:10", "no plugin offers 't.whatever' [unknown-criterion]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"acme.whatever"',
        (":9:10", "no plugin offers 'acme.whatever'; no plugin is named 'acme' [unknown-criterion]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"t.said", field = 5, unknown_as = "yes"',
        (":9:26", "'field' of t.said: must be a non-empty text, not 5 [wrong-parameter]"),
        (":9:37", "must be 'met' or 'unmet', not 'yes' [wrong-type]"),
    ),
    _mistake(
        '"t.said", field = "asks"',
        '"t.said", field = "asks", why = "x", blocks = false',
        (":9:42", "'why' belongs to an entry of [undesirables] [unknown-key]"),
        (":9:53", "'blocks' belongs to an entry of [undesirables] [unknown-key]"),
    ),
    _mistake(
        "[undesirables]",
        '[undesirables]\nunknown_as = "yes"',
        (":13:1", 'unknown_as is "met" or "unmet", not \'yes\' [wrong-type]'),
    ),
    _mistake(
        "[undesirables]",
        "[undesirables]\nunknown_as = { use = 5 }",
        (":13:1", 'unknown_as is "met" or "unmet", not {\'use\': 5} [wrong-type]'),
    ),
    _mistake(
        "[conditions]",
        '[conditions]\nnot = "asks"',
        (":19:1", "'not' is a word of the language of conditions [odd-name]"),
    ),
    _mistake(
        "[conditions]",
        "[conditions]\nx = 5",
        (":19:1", "must be a text, not 5 [wrong-type]"),
    ),
    _mistake(
        'when = "fit"',
        "when = 5",
        (":25:1", "must be a text, not 5 [wrong-type]"),
    ),
    _mistake(
        'when = "fit"',
        'when = ""',
        (
            ":25:1",
            (
                "column 1 of the condition: the condition is empty; leave 'when' out for a transition that is always "
                "open [condition-syntax]"
            ),
        ),
    ),
    _mistake(
        "asks = 5 }, cap = 12",
        'asks = 5.5, spam = true }, cap = "12"',
        (":16:58", "must be a whole number or a table, not 5.5 [wrong-type]"),
        (":16:70", "must be a whole number or a table, not true [wrong-type]"),
        (":16:85", "must be a whole number, not '12' [wrong-type]"),
    ),
    _mistake(
        "up_to = 10",
        "upto = 10",
        (":16:25", "'up_to' is missing [missing-key]"),
        (":16:44", "unknown key 'upto', did you mean 'up_to'? [unknown-key]"),
    ),
    _mistake(
        'from = ["new"]',
        "from = []",
        (":29:1", "'from' names no stage; leave it out for a transition into the lifecycle [invalid-value]"),
    ),
    _mistake(
        'trigger = "win"',
        'trigger = ""',
        (":28:1", "must be a non-empty text, not '' [invalid-value]"),
    ),
    _mistake(
        'to = "won"',
        "to = 5",
        (":30:1", "must be a text, not 5 [wrong-type]"),
    ),
    _mistake(
        "[criteria]",
        '"m q l" = { sla = 5 }\n[criteria]',
        (":8:1", "a stage id is letters, digits, '_', '-' and '.', not 'm q l' [odd-name]"),
        (":8:13", "must be a duration such as '2 days', not 5 [invalid-value]"),
    ),
    _mistake(
        'by = ["sales", "boss"]',
        'by = "sales"\nreasons = [""]',
        (":31:1", "must be a list of texts, not 'sales'; write [\"sales\"] [invalid-value]"),
        (":32:1", "must be a non-empty text, not '' [invalid-value]"),
    ),
)
