"""What the database refuses to a program that writes histories: the column of docs/explanation/what-can-be-proved.md.

Each attack is made with raw SQL, on PostgreSQL with the rights of `lifecycle_app`, on SQLite with triggers and foreign
keys as they are. It counts as refused if each way to make it is.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.around import fill
from tests.store.granting import granted
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Server

pytestmark = pytest.mark.checkout

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "what-can-be-proved.md"
REFUSED: Final = {"sqlite": {"yes"}, "postgresql": {"yes", "on PostgreSQL"}}
REFUSALS: Final = {"42501", "23001", "23503", "23505"}
"""No right, a trigger, a foreign key, a key: anything else would be a slip of this file."""

MINE: Final = "subject = (SELECT subject FROM lifecycle_subjects WHERE lead = '1')"
GONE: Final = "(SELECT subject FROM lifecycle_erasures WHERE action = 'erase')"

Way = tuple[str, ...]


def copied(table: str, where: str, **change: object) -> str:
    """Return what inserts rows of a table again with something changed; values are SQL."""
    names = [f'"{column.name}"' for column in schema.metadata.tables[f"lifecycle_{table}"].columns]
    values = (str(change.get(name.strip('"'), name)) for name in names)
    return (
        f"INSERT INTO lifecycle_{table} ({', '.join(names)}) SELECT {', '.join(values)} FROM lifecycle_{table} "
        f"WHERE {where}"
    )


def updated(table: str, change: str, where: str = "1 = 1") -> Way:
    """Return what changes rows."""
    return (f"UPDATE lifecycle_{table} SET {change} WHERE {where}",)


def deleted(*tables: str, where: str = "1 = 1") -> Way:
    """Return what deletes rows of tables."""
    return tuple(f"DELETE FROM lifecycle_{table} WHERE {where}" for table in tables)


def told_again(**change: object) -> Way:
    """Return what keeps the history of lead 1 under another name."""
    subject = "INSERT INTO lifecycle_subjects VALUES ('other', 'other')"
    return (subject, copied("records", MINE, subject="'other'", **change))


def appended(**change: object) -> str:
    """Return what keeps one more record of lead 1 behind its last."""
    values = {"sequence": 6, "previous_sequence": 5, "previous_at": "at", "digest": "'sha256:x'", **change}
    return copied("records", f"{MINE} AND sequence = 5", **values)


WAITING: Final = "INSERT INTO lifecycle_pending (kind, subject, first, last) VALUES ('record', 'other', 1, 5)"
PERSONAL: Final = deleted("details", "refusal_details", "commands", where=MINE)
WHOSE: Final = (*PERSONAL, *deleted("subjects", where="lead = '1'"))
ANOTHER: Final = copied("details", f"{MINE} AND sequence = 2", sequence=3)
EDGE: Final = copied("edges", "trigger = 'recycle' AND source = 'mql'", trigger="'skip'", target="'iql'")

ATTACKS: Final[dict[str, tuple[Way, ...]]] = {
    "edit a column": (updated("records", "actor = 'sales:666'"), updated("refusals", "actor = 'sales:666'")),
    "edit the content, in the bytes that were hashed": (updated("records", "content = content"),),
    "edit when it was written": (updated("records", "recorded_at = 0"),),
    "edit one and give it the right digest": (updated("records", "actor = 'sales:666', digest = 'sha256:x'"),),
    "delete the last one": (deleted("records", where="sequence = 5"), deleted("refusals")),
    "delete a middle one": (deleted("records", where="sequence = 3"),),
    "delete all of a lead, the lead itself included": ((*PERSONAL, *deleted("records", "refusals", where=MINE)),),
    "swap two": (updated("records", "sequence = 5 - sequence", "sequence IN (2, 3)"),),
    "insert one in the past, with right digests for all behind it": (
        updated("records", "sequence = sequence + 1", "sequence > 2"),
        (copied("records", f"{MINE} AND sequence = 2", sequence=3, previous_sequence=2),),
    ),
    "write a whole chain anew, with right digests": (updated("records", "previous = '', digest = 'sha256:x'"),),
    "tell what a lead has lived through again, under another name": (told_again(),),
    "any of these, and make the whole tree anew": (deleted("leaves"), deleted("tiles"), deleted("checkpoints")),
    "write a new lead today and say that it was then": ((*told_again(recorded_at=0), WAITING),),
    "the same, and hide it from the sealer": (told_again(recorded_at=0),),
    "cut off what waits to be sealed": (deleted("records", where="sequence = 5"),),
    "cut it off together with what says that it waits": ((*deleted("pending"), *deleted("records")),),
    "edit a detail, with another salt as well": (
        updated("details", "salt = salt, body = body"),
        (
            *deleted("details", where=f"{MINE} AND sequence = 3"),
            copied("details", f"{MINE} AND sequence = 2", sequence=3),
        ),
    ),
    "delete a detail": (deleted("details"), deleted("refusal_details")),
    "delete the row that says whose a history is": (WHOSE,),
    "bring back what was erased, as a restored copy does": (
        (f"INSERT INTO lifecycle_subjects SELECT {GONE}, 'gone'",),
    ),
    "delete and write an erasure that says so": (
        (*PERSONAL, copied("erasures", "number = 5", number=6, previous_number=5, digest="'sha256:x'")),
    ),
    "give a history to another lead of yours": (
        updated("subjects", "lead = 'other'", "lead = '1'"),
        (
            "CREATE TEMP TABLE named AS SELECT subject FROM lifecycle_subjects WHERE lead = '1'",
            *WHOSE,
            "INSERT INTO lifecycle_subjects SELECT subject, 'other' FROM named",
        ),
    ),
    "edit, delete or write anew what was erased, held, released": (
        updated("erasures", "basis = 'other'"),
        deleted("erasures", where="number = (SELECT max(number) FROM lifecycle_erasures)"),
    ),
    "edit the text of a definition": (updated("definitions", "text = ''"),),
    "edit a comment in it, or the `[agreement]`": (updated("definitions", "text = text || '# signed'"),),
    "edit which plugins judged, with which parameters": (updated("rules", "content = content"),),
    "allow the database a move that the text does not": ((EDGE,),),
    "write a move that the definition of its day does not allow, with right digests and a tree made anew": (
        (EDGE, appended(trigger="'skip'", source="'mql'", target="'iql'")),
    ),
    "write a move that does not follow from its own atoms, likewise": (
        (appended(trigger="'recycle'", source="'mql'", target="'recycled'"),),
    ),
    "change, move or delete leaves, kept nodes or checkpoints": (
        updated("leaves", "position = position + 1000"),
        updated("tiles", "height = 9"),
        updated("checkpoints", "size = 0"),
        deleted("leaves"),
        deleted("tiles"),
        deleted("checkpoints"),
    ),
    "add leaves, kept nodes or checkpoints": (
        (copied("leaves", "position = 1", position=999, subject="'x'"),),
        (copied("tiles", "1 = 1", height=9),),
        (copied("checkpoints", "1 = 1", at=0),),
    ),
    "add a property of the store": (("INSERT INTO lifecycle_properties VALUES ('theirs', 'x')",),),
    "move the time of a sealing, so that another answer is given to what was known then": (
        updated("checkpoints", "at = at + 1"),
    ),
    "add a checkpoint of the same size between the one before and the true one, so that entries seem to have been "
    "known some time earlier": ((copied("checkpoints", "1 = 1", at="at - 1"),),),
}


def lines() -> dict[str, str]:
    """Return what the page says of each attack: whether it is refused."""
    cells = [
        line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "
    ]
    return {row[0]: row[1] for row in cells if row[0] != "attack"}


@pytest.fixture(scope="module")
def sqlite() -> Callable[[], Any]:
    """What connects to a filled store in SQLite, as a program that leaves its guards alone."""
    store = Store("sqlite://")
    filled(store)
    with store.reading() as reading:
        driver: Any = reading.connection.connection.driver_connection
        content: bytes = driver.serialize()
    store.close()

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(content)
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return connect


@pytest.fixture(scope="module")
def postgresql(postgres_server: Server) -> Iterator[Callable[[], Any]]:
    """What connects to one on PostgreSQL, as a user whom `lifecycle_app` was granted to."""
    with postgres_server.database() as url:
        init(url)
        store = Store(url)
        filled(store)
        store.close()
        with granted(url) as roles:
            yield lambda: psycopg.connect(roles["app"].replace("+psycopg", ""))


def filled(store: Store) -> None:
    """Fill a store so that each attack has something to attack: also a lead that was erased."""
    fill(store)
    store.erase("2", basis="gdpr_17", actor="legal:1", now=day(102))
    store.release("1", basis="law", actor="legal:1", now=day(103))


def refuses(connection: Any, way: Way) -> bool:
    """Say whether the database refuses one of the statements of an attack; the transaction is lost."""
    try:
        for statement in way:
            assert connection.execute(statement).rowcount != 0, statement
    except sqlite3.IntegrityError:
        return True
    except psycopg.Error as error:
        if error.sqlstate not in REFUSALS:
            raise
        return True
    return False


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_page_says_whether_it_is_refused(request: pytest.FixtureRequest, database: str, attack: str) -> None:
    """To a program that writes histories, and does not own what it writes to."""
    connect: Callable[[], Any] = request.getfixturevalue(database)
    answers = list[bool]()
    for way in ATTACKS[attack]:
        with closing(connect()) as connection:
            answers.append(refuses(connection, way))

    assert (lines()[attack] in REFUSED[database]) == all(answers)


def test_each_line_of_the_page_is_tried() -> None:
    """A line that is added later is thought of."""
    assert set(lines()) == set(ATTACKS)
