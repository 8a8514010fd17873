"""What can be wrong with what a definition means, and what a good one has, by the smallest changes of a clean one."""

from __future__ import annotations

from typing import Final

from tests.lint_examples import Example, asked, automatic

__all__ = ["CARE", "MEANING", "NEVER"]

IDLE: Final = '[criteria.idle]\nuse = "t.said"\nfield = "x"\n'

MEANING: Final = (
    Example(
        old='why = "Nobody reads it"',
        new='why = " "',
        code="no-why",
        path="undesirables.spam",
        message="'spam' says not why it counts against a lead; add why = \"...\"",
        neighbour='why = "Nobody"',
    ),
    Example(
        old=', why = "Nobody reads it"',
        new="",
        code="no-why",
        path="undesirables.spam",
        message="'spam' says not why it counts against a lead",
        neighbour=', why = "!"',
    ),
    Example(
        old="cap = 12",
        new="cap = 12, floor = 13",
        code="odd-points",
        path="scores.interest.cap",
        message="the cap lies below the floor",
        neighbour="cap = 12, floor = 12",
    ),
    Example(
        old="each = 2, up_to = 10 }, asks = 5",
        new="each = 2, up_to = -10 }, asks = 12",
        code="odd-points",
        path="scores.interest.points.busy",
        message="'each' and 'up_to' are both above zero, or both below for a penalty",
        neighbour="each = -2, up_to = -10 }, asks = 12",
    ),
    Example(
        old="each = 2, up_to = 10",
        new="each = 0, up_to = 10",
        code="odd-points",
        path="scores.interest.points.busy",
        message="'each' and 'up_to' are both above zero",
        neighbour="each = 1, up_to = 1",
    ),
    Example(
        old='when = "fit"',
        new='when = "fit and not asks"',
        code="never-holds",
        path="transitions.0.when",
        message="this condition can never hold",
        neighbour='when = "fit and not busy"',
        severity="warning",
    ),
    Example(
        old='"interest >= 7"',
        new='"interest >= 7 or interest < 8"',
        code="always-holds",
        path="transitions.1.when",
        message="this condition always holds",
        neighbour='"interest >= 8 or interest < 7"',
        severity="warning",
    ),
    Example(
        old='"interest >= 7"',
        new='"interest >= 13"',
        code="out-of-bounds",
        path="transitions.1.when",
        message="interest >= 13 always gives the same answer: interest lies between 0 and 12",
        neighbour='"interest >= 12"',
        severity="warning",
    ),
    Example(
        old='"interest >= 7"',
        new='"interest <= 12"',
        code="out-of-bounds",
        path="transitions.1.when",
        message="interest <= 12 always gives the same answer",
        neighbour='"interest < 12"',
        severity="warning",
    ),
    Example(
        old='"interest >= 7"',
        new='"interest < 0"',
        code="out-of-bounds",
        path="transitions.1.when",
        message="interest < 0 always gives the same answer",
        neighbour='"interest <= 0"',
        severity="warning",
    ),
)

CARE: Final = (
    Example(
        old='version = "1"',
        new='version = "1"\ndimensions = ["channel", "Work_Email"]',
        code="personal-dimension",
        path="dimensions",
        message="'Work_Email' sounds personal, and dimensions are copied into records, which outlive an erasure",
        neighbour='version = "1"\ndimensions = ["channel", "country"]',
        severity="warning",
    ),
    Example(
        new=IDLE,
        code="unused-name",
        path="criteria.idle",
        message="'idle' is used nowhere",
        neighbour=IDLE + asked("rest", "won", 'from = ["new"]', 'when = "idle"'),
        severity="note",
    ),
    Example(
        new=IDLE + "[scores.rest]\npoints = { idle = 1 }\n",
        code="unused-name",
        path="scores.rest",
        message="'rest' is used nowhere",
        neighbour=IDLE
        + "[scores.rest]\npoints = { idle = 1 }\n"
        + asked("rest", "won", 'from = ["new"]', 'when = "rest > 0"'),
        severity="note",
    ),
    Example(
        old='when = "fit"',
        new='when = "asks and not undesirable"',
        code="unused-name",
        path="conditions.fit",
        message="'fit' is used nowhere",
        neighbour='when = "not not fit"',
        severity="note",
    ),
    Example(
        old="asks and not undesirable",
        new="asks",
        code="unused-name",
        path="undesirables.spam",
        message="'spam' is used nowhere",
        neighbour="asks and not spam",
        severity="note",
    ),
    Example(
        old='why = "Nobody',
        new='blocks = false, why = "Nobody',
        code="unused-name",
        path="undesirables.spam",
        message="'spam' is used nowhere",
        neighbour='blocks = true, why = "Nobody',
        severity="note",
    ),
    Example(
        old='new = { owner = "marketing" }',
        new="new = {}",
        code="no-owner",
        path="stages.new",
        message="nobody owns 'new'",
        neighbour='new = { owner = "us" }',
        severity="note",
    ),
)

FIT: Final = 'fit = "asks and not undesirable"'


def doubling(levels: int) -> str:
    """Return conditions each of which names the one before it twice."""
    lines = [f'c{level} = "c{level - 1} and not c{level - 1}"' for level in range(1, levels + 1)]
    return "\n".join([FIT, 'c0 = "asks"', *lines])


NEVER: Final = (
    Example(
        new=automatic("first", "new", "won", "asks") + automatic("second", "new", "won", "asks and busy"),
        code="shadowed",
        path="transitions.3.when",
        message="whenever this is open, first to won is open too, and stands before it",
        neighbour=automatic("first", "new", "won", "asks and busy") + automatic("second", "new", "won", "asks"),
        severity="warning",
    ),
    Example(
        old='by = ["sales", "boss"]',
        new="by = []",
        code="nobody-may-ask",
        path="transitions.1.by",
        message="nobody may ask for 'win': leave 'by' out for anyone",
        neighbour='by = []\noverride_by = ["boss"]',
        severity="warning",
    ),
    Example(
        old=FIT,
        new=doubling(14),
        code="condition-too-large",
        path="conditions.c14",
        message="written out, this condition names more than 10000 atoms",
        neighbour=doubling(3),
    ),
)
