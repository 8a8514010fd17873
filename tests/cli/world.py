"""A definition of four stages and a log of four leads, small enough to know what every command must say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tests.cli.run import Ran, run

DEFINITION = """\
name = "tiny"
version = "1"
path = ["iql", "mql", "sal"]

[stages]
iql = { label = "Information qualified lead", owner = "marketing" }
mql = { owner = "marketing" }
sal = { owner = "sales", final = true }
recycled = { owner = "marketing", final = true }

[criteria]
has_email = { use = "profile.present", field = "email" }
asked = { use = "engagement.happened", kinds = ["demo_requested"], within = "30 days" }
visits = { use = "engagement.count", kinds = ["page_visited"], at_least = 1, within = "30 days" }
talked = { use = "sales.confirmed", answer = "conversation_possible" }

[scores]
interest = { points = { asked = 40, visits = { each = 5, up_to = 20 } } }

[[transitions]]
trigger = "capture"
to = "iql"
automatic = true
when = "has_email"

[[transitions]]
trigger = "qualify"
from = ["iql"]
to = "mql"
automatic = true
when = "interest >= 50"

[[transitions]]
trigger = "accept"
from = ["mql"]
to = "sal"
by = ["sales"]
override_by = ["sales_manager"]
when = "talked"

[[transitions]]
trigger = "recycle"
from = ["mql"]
to = "recycled"
by = ["sales"]
reasons = ["bad_timing", "no_answer"]
new_cycle = true
"""

Row = Mapping[str, Any]


def signal(lead: str, at: str, type_: str, name: str | None = None, **data: Any) -> Row:
    """Make one row of a signals file."""
    row: dict[str, Any] = {"lead": lead, "at": f"2026-01-{at}:00Z", "type": type_}
    return row | ({} if name is None else {"name": name}) | ({"data": data} if data else {})


def qualifies(lead: str) -> list[Row]:
    """Make what brings a lead to mql on the sixth of January."""
    return [
        signal(lead, "05T09:00", "profile", email=f"{lead}@acme.example"),
        signal(lead, "05T09:05", "activity", "page_visited"),
        signal(lead, "06T15:00", "activity", "page_visited"),
        signal(lead, "06T15:10", "activity", "demo_requested"),
    ]


SIGNALS: list[Row] = [
    *qualifies("ada"),  # is refused once, and accepted
    signal("ada", "07T09:00", "request", "accept", actor="sales:7", note="has she been called?"),
    signal("ada", "07T10:00", "answer", conversation_possible=True),
    signal("ada", "07T11:00", "request", "accept", actor="sales:7"),
    signal("ben", "05T12:00", "profile", email="ben@acme.example"),  # stays in iql
    signal("ben", "05T12:01", "activity", "page_visited"),
    signal("eve", "05T13:00", "activity", "page_visited"),  # leaves no address
    *qualifies("zoe"),  # is recycled
    signal("zoe", "08T09:00", "request", "recycle", actor="sales:7", reason="no_answer"),
]
LATEST = "2026-01-08T09:00:00.000000Z"
_FILLED: dict[tuple[str, str], bytes] = {}
STAGES = {"ada": "sal", "ben": "iql", "zoe": "recycled"}


@attrs.frozen
class World:
    """A folder with a definition, a log, and perhaps a store."""

    folder: Path

    @property
    def definition(self) -> Path:
        """The definition file."""
        return self.folder / "tiny.toml"

    @property
    def signals(self) -> Path:
        """The log."""
        return self.folder / "signals.jsonl"

    @property
    def store(self) -> Path:
        """The store; missing until something is kept."""
        return self.folder / "history.db"

    def replay(self, *more: object) -> Ran:
        """Replay the log."""
        return run("replay", self.signals, "--definition", self.definition, *more)

    def filled(self) -> World:
        """Replay the log into the store; of the same definition and log the store is made once and then copied."""
        made_of = self.definition.read_text(encoding="utf-8"), self.signals.read_text(encoding="utf-8")
        if made_of not in _FILLED:
            assert self.replay("--store", self.store).code == 0
            _FILLED[made_of] = self.store.read_bytes()
        self.store.write_bytes(_FILLED[made_of])
        return self

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def log(self, rows: Iterable[Row | str], name: str = "signals.jsonl") -> Path:
        """Write a log; a text is a line as it stands."""
        return self.write(name, "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


def make(folder: Path) -> World:
    """Write the definition and the log into a folder."""
    world = World(folder)
    world.write("tiny.toml", DEFINITION)
    world.log(SIGNALS)
    return world
