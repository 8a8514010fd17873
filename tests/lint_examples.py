"""What can be wrong with names and arrows of a definition, by the smallest changes of a clean one.

Each change has a neighbour like it that is harmless.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["ARROWS", "NAMES", "Example", "asked", "automatic"]


@attrs.frozen(kw_only=True)
class Example:
    """A change of `small.CLEAN` of which something is said, and one like it of which nothing is.

    `old` is the part that is replaced; without it, text is added at the end.
    """

    old: str = ""
    new: str
    code: str
    path: str
    message: str
    neighbour: str
    severity: str = "error"


ASKED: Final = """
[[transitions]]
trigger = "{trigger}"
{more}
to = "{to}"
"""
SAID: Final = 'use = "t.said", field = "x"'


def asked(trigger: str, to: str, *more: str) -> str:
    """Return one more transition; `more` are its other lines."""
    return ASKED.format(trigger=trigger, to=to, more="\n".join(more))


def automatic(trigger: str, source: str, to: str, when: str, *more: str) -> str:
    """Return one more automatic transition."""
    return asked(trigger, to, f'from = ["{source}"]', "automatic = true", f'when = "{when}"', *more)


NAMES: Final = (
    Example(
        old='when = "fit"',
        new='when = "fit and askss"',
        code="unknown-name",
        path="transitions.0.when",
        message="no criterion or condition is named 'askss', did you mean 'asks'?",
        neighbour='when = "fit and asks"',
    ),
    Example(
        old='fit = "asks and',
        new='fit = "nobody and asks and',
        code="unknown-name",
        path="conditions.fit",
        message="no criterion or condition is named 'nobody'",
        neighbour='fit = "busy and asks and',
    ),
    Example(
        old='"interest >= 7"',
        new='"interst >= 7"',
        code="unknown-name",
        path="transitions.1.when",
        message="no score is named 'interst', did you mean 'interest'?",
        neighbour='"interest >= 6"',
    ),
    Example(
        old='"interest >= 7"',
        new='"interest >= 7 and interest"',
        code="bare-score",
        path="transitions.1.when",
        message="'interest' is a score, and a score is compared, for instance interest >= 50",
        neighbour='"interest >= 7 and busy"',
    ),
    Example(
        old='"interest >= 7"',
        new='"interest >= 7 and busy >= 3"',
        code="compared-criterion",
        path="transitions.1.when",
        message="'busy' is not a score; only scores are compared, so give it points in [scores] or write it bare",
        neighbour='"interest >= 7 and interest < 9"',
    ),
    Example(
        old='"interest >= 7"',
        new='"interest >= 7 and fit < 1"',
        code="compared-criterion",
        path="transitions.1.when",
        message="'fit' is not a score",
        neighbour='"interest >= 7 and fit"',
    ),
    Example(
        old='to = "won"',
        new='to = "wonn"',
        code="unknown-name",
        path="transitions.1.to",
        message="no stage is named 'wonn', did you mean 'won'?",
        neighbour="to = 'won'",
    ),
    Example(
        old='from = ["new"]',
        new='from = ["new", "old"]',
        code="unknown-name",
        path="transitions.1.from",
        message="no stage is named 'old'",
        neighbour='from = ["new", "won"]',
    ),
    Example(
        old='version = "1"',
        new='version = "1"\npath = ["new", "gone"]',
        code="unknown-name",
        path="path",
        message="no stage is named 'gone'",
        neighbour='version = "1"\npath = ["new", "won"]',
    ),
    Example(
        old="asks = 5",
        new="asked = 5",
        code="unknown-name",
        path="scores.interest.points.asked",
        message="no criterion is named 'asked', did you mean 'asks'?",
        neighbour="spam = 5",
    ),
    Example(
        old='fit = "asks and',
        new='asks = "busy"\nfit = "asks and',
        code="name-twice",
        path="conditions.asks",
        message="'asks' is used in criteria and in conditions",
        neighbour='asked = "busy"\nfit = "asked and',
    ),
    Example(
        old="spam = { use",
        new=f'interest = {{ {SAID}, why = "y" }}\nspam = {{ use',
        code="name-twice",
        path="scores.interest",
        message="'interest' is used in undesirables and in scores",
        neighbour=f'boredom = {{ {SAID}, why = "y" }}\nspam = {{ use',
    ),
    Example(
        old='fit = "asks and',
        new='undesirable = "busy"\nfit = "asks and',
        code="name-twice",
        path="conditions.undesirable",
        message="'undesirable' already means any blocking entry of [undesirables]",
        neighbour='undesired = "busy"\nfit = "undesired and',
    ),
    Example(
        old='fit = "asks and not undesirable"',
        new='fit = "not fine"\nfine = "asks and not undesirable or fit"',
        code="circular-condition",
        path="conditions.fit",
        message="the condition 'fit' is defined by itself",
        neighbour='fit = "not fine"\nfine = "asks and not undesirable"',
    ),
)

ARROWS: Final = (
    Example(
        new=asked("win", "won", 'from = ["won", "new"]'),
        code="duplicate-transition",
        path="transitions.2.trigger",
        message="'win' out of 'new' is defined twice; give one of them another trigger",
        neighbour=asked("win", "won", 'from = ["won"]'),
    ),
    Example(
        new=asked("enter", "won"),
        code="duplicate-transition",
        path="transitions.2.trigger",
        message="'enter' into the lifecycle is defined twice",
        neighbour=asked("enter_here", "won"),
    ),
    Example(
        old='trigger = "enter"',
        new='trigger = "enter"\nfrom = ["won"]',
        code="no-entry",
        path="transitions",
        message="no transition enters the lifecycle: one without 'from' is needed",
        neighbour='trigger = "enter_here"',
    ),
    Example(
        new='[stages.lost]\nowner = "sales"\nfinal = true\n',
        code="unreachable-stage",
        path="stages.lost",
        message="no way leads from an entry to 'lost'",
        neighbour='[stages.lost]\nowner = "sales"\nfinal = true\n' + asked("lose", "lost", 'from = ["new"]'),
    ),
    Example(
        new=automatic("qualify", "new", "won", "busy") + automatic("requalify", "won", "new", "asks"),
        code="automatic-loop",
        path="transitions.3.when",
        message="a lead can be sent round in one instant: qualify to won, then requalify to new; "
        "nothing these conditions read changes by moving",
        neighbour=automatic("qualify", "new", "won", "busy") + automatic("requalify", "won", "new", "not busy"),
    ),
    Example(
        new=automatic("qualify", "new", "won", "busy") + automatic("back", "won", "new", "asks", "new_cycle = true"),
        code="possible-loop",
        path="transitions.3.when",
        message="a lead may be sent round in one instant: qualify to won, then back to new",
        neighbour=automatic("qualify", "new", "won", "busy")
        + automatic("back", "won", "new", "not busy", "new_cycle = true"),
        severity="warning",
    ),
    Example(
        old=", final = true",
        new="",
        code="dead-end",
        path="stages.won",
        message="nothing leads out of 'won'; say final = true if that is meant",
        neighbour=", final = true, label = 'Won'",
        severity="warning",
    ),
    Example(
        new=automatic("one", "new", "won", "busy") + automatic("other", "new", "won", "asks"),
        code="overlap",
        path="transitions.3.when",
        message="in 'new', one to won and other to won can be open at once; the first in the file wins",
        neighbour=automatic("one", "new", "won", "busy") + automatic("other", "new", "won", "not busy"),
        severity="note",
    ),
    Example(
        new=asked("other", "won", "automatic = true", 'when = "asks"'),
        code="overlap",
        path="transitions.2.when",
        message="outside, enter to new and other to won can be open at once; the first in the file wins",
        neighbour=asked("other", "won", "automatic = true", 'when = "asks and undesirable"'),
        severity="note",
    ),
)
