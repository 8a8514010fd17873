"""Signals from JSONL: what is read, what is refused and why, and that every row is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import MappingError, Place, SignalError
from lifecycle.signals import Signal, SignalType, Tally, read_mapping, read_signals

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-05T10:00:00Z"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    """Give a right activity row with some keys changed; None leaves a key out."""
    whole: dict[str, Any] = {"lead": "42", "at": AT, "type": "activity", "name": "visited", **changes}
    return {key: value for key, value in whole.items() if value is not None}


def request(**data: Any) -> dict[str, Any]:
    """Give a right request row with some keys of its data changed."""
    return row(type="request", name="accept", data={"actor": "sales:17", **data})


def read(path: Path, *lines: object) -> tuple[list[Signal], Tally]:
    """Write lines, given as text, bytes or objects, and read them."""
    as_text = [line if isinstance(line, (str, bytes)) else json.dumps(line) for line in lines]
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in as_text))
    tally = Tally()
    return list(read_signals([path], None, tally)), tally


def adds_up(tally: Tally) -> bool:
    """Say whether every row read has been counted for what became of it."""
    total = tally.used + tally.filtered + tally.repeated + tally.refused
    return tally.read == total and tally.refused == len(tally.refusals)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file to write and read."""
    return tmp_path / "signals.jsonl"


class TestReading:
    """What right lines give."""

    @pytest.mark.parametrize(
        ("line", "type_", "name", "data"),
        [
            (row(type="profile", name=None, data={"email": "a@b.example", "n": None}), "profile", None, None),
            (row(type="channel", name="webinar"), "channel", "webinar", {}),
            (row(type="activity", name="visited"), "activity", "visited", {}),
            (row(data={"seconds": 4, "tags": ["a"], "deep": {"b": 1.5}}), "activity", "visited", None),
            (row(type="answer", name=None, data={"influencer": True, "size": 20}), "answer", None, None),
            (request(), "request", "accept", None),
            (request(reason="no_budget", note="called", override=True), "request", "accept", None),
            (request(reason=None, note=None), "request", "accept", None),
        ],
    )
    def test_each_type_is_read(
        self, path: Path, line: dict[str, Any], type_: str, name: str | None, data: dict[str, Any] | None
    ) -> None:
        """A line becomes a signal of its type with its name, its data and its place."""
        (signal,), tally = read(path, line)

        expected: dict[str, Any] = line["data"] if data is None else data
        assert signal == Signal(
            lead="42",
            at=datetime(2026, 1, 5, 10, tzinfo=UTC),
            type=SignalType(type_),
            name=name,
            data=expected,
            identifier=None,
            place=Place(str(path), 1),
        )
        assert (tally.read, tally.used, tally.signals) == (1, 1, 1)

    def test_instants_are_given_in_utc(self, path: Path) -> None:
        """An instant with an offset becomes the same instant in UTC."""
        (signal,), _ = read(path, row(at="2026-01-05T13:00:00+01:00"))

        assert signal.at == NOON
        assert signal.at is not None
        assert signal.at.utcoffset() == timedelta()

    def test_a_fact_may_be_undated(self, path: Path) -> None:
        """Without `at`, or with null, a fact counts as always known."""
        signals, _ = read(path, row(at=None), json.dumps({**row(), "at": None}))

        assert [signal.at for signal in signals] == [None, None]

    def test_a_mark_blank_lines_and_other_line_ends_are_passed_over(self, path: Path) -> None:
        """A byte order mark, blank lines and CRLF are no rows and no errors, and lines are still counted."""
        signals, tally = read(path, b"\xef\xbb\xbf", b"\r", json.dumps(row()) + "\r", "  ", row(lead="ä\u2028b"), "")

        assert [(signal.lead, signal.place.line) for signal in signals] == [("42", 3), ("ä\u2028b", 5)]
        assert (tally.read, tally.refused) == (2, 0)

    def test_files_are_read_in_the_order_given(self, tmp_path: Path) -> None:
        """Position is the order of the files, then the line."""
        names = ["b.jsonl", "a.jsonl"]
        for name in names:
            (tmp_path / name).write_text(json.dumps(row(lead=name)) + "\n" + json.dumps(row(lead=name + "2")))

        signals = read_signals([str(tmp_path / name) for name in names], None, Tally())

        assert [signal.lead for signal in signals] == ["b.jsonl", "b.jsonl2", "a.jsonl", "a.jsonl2"]


class TestRepetition:
    """A repeated `id` of one lead is dropped and counted."""

    def test_the_first_of_one_lead_stays(self, path: Path) -> None:
        """The first in position stays; the same id of another lead is another signal, and no id is never one."""
        lines = [row(id="1", name="a"), row(id="1", name="b"), row(id="1", lead="43"), row(), row()]

        signals, tally = read(path, *lines)

        assert [(signal.lead, signal.name) for signal in signals[:2]] == [("42", "a"), ("43", "visited")]
        assert (tally.read, tally.used, tally.repeated, tally.signals) == (5, 4, 1, 4)
        assert signals[0].identifier == "1"

    def test_a_refused_line_does_not_take_its_id(self, path: Path) -> None:
        """A line that was refused leaves its id to the line that mends it."""
        signals, tally = read(path, row(id="1", at="yesterday"), row(id="1"))

        assert len(signals) == 1
        assert (tally.refused, tally.repeated) == (1, 0)


WRONG: list[tuple[object, str]] = [
    ('{"lead": "42",}', "not JSON: Illegal trailing comma|not JSON: Expecting property name"),
    ('{"lead" "42"}', r"not JSON: Expecting ':' delimiter \(column 9\)"),
    (b'{"lead": "\xff"}', "not UTF-8: byte 11 of the line"),
    ("[" * 90_000, "nested too deeply"),
    ("[1]", "must be a JSON object, not a list"),
    ('"x"', "must be a JSON object, not a text"),
    ("null", "must be a JSON object, not null"),
    ('{"lead": "1", "lead": "2"}', "the key 'lead' is given twice"),
    ('{"x": NaN}', "NaN is not a number of JSON"),
    ('{"x": -Infinity}', "-Infinity is not a number of JSON"),
    ('{"x": 1e999}', "a number is out of range"),
    ('{"x": "\\ud800"}', "half a character"),
    ('{"x": "\\u0000"}', "the character NUL"),
    ('{"x": "\\\\\\u0000"}', "the character NUL"),
    (row(lead=None), "'lead' is missing"),
    (row(lead="  "), "'lead' is blank"),
    (row(lead=42), "'lead' must be a text, not a number"),
    (row(lead=4.2), "'lead' must be a text, not a number"),
    (row(lead=True), "'lead' must be a text, not true or false"),
    (row(id=7), "'id' must be a text, not a number"),
    (row(id=""), "'id' is blank"),
    (row(leed="42"), "unknown key 'leed', did you mean 'lead'?"),
    (row(type=None), "'type' is missing"),
    (row(type=5), "'type' must be a text, not a number"),
    (row(type=["x"]), "'type' must be a text, not a list"),
    (row(type="activty"), "unknown type 'activty', did you mean 'activity'?"),
    (row(type="zzz"), "unknown type 'zzz'; it is one of profile, channel, activity, answer, request"),
    (row(at="2026-01-05T10:00:00"), "'at' has no time zone: .* write '2026-01-05T10:00:00Z' if it is UTC"),
    (row(at="2026-01-05"), "'at' has no time zone"),
    (row(at="yesterday"), "'yesterday' is not an ISO 8601 instant"),
    (row(at=1767607200), "'at' must be a text, not a number"),
    (row(at="0001-01-01T00:00:00+14:00"), "outside the years 1 to 9999"),
    (row(name=None), "'name' is missing"),
    (row(name=" "), "'name' is blank"),
    (row(type="channel", name=None), "'name' is missing"),
    (row(type="channel", data={"a": 1}), "a signal of type 'channel' has no 'data'"),
    (row(type="profile", data={"a": 1}), "a signal of type 'profile' has no 'name'"),
    (row(type="answer", name=None), "a signal of type 'answer' needs 'data' with at least one field"),
    (row(type="profile", name=None, data={}), "needs 'data' with at least one field"),
    (row(type="profile", name=None, data={"a": [1]}), "'a' must be a text, a number, true, false or null, not a list"),
    (row(type="answer", name=None, data={"a": {}}), "'a' must be a text, .* not an object"),
    (row(data=[1]), "'data' must be an object, not a list"),
    (row(data={" ": 1}), "a key of 'data' is blank"),
    (row(type="request", name=None, data={"actor": "sales:17"}), "'name' is missing"),
    (row(type="request"), "'actor' is missing"),
    ({**request(), "at": None}, "'at' is missing"),
    (request(actor="Sam"), "'actor' must be written role:id, for instance 'sales:17'"),
    (request(actor=":17"), "'actor' must be written role:id"),
    (request(actor="sales:"), "'actor' must be written role:id"),
    (request(actor="sales:Sam Jones"), "'actor' must be written role:id"),
    (request(actor=17), "'actor' must be a text, not a number"),
    (request(reason=5), "'reason' must be a text, not a number"),
    (request(note=" "), "'note' is blank"),
    (request(override="yes"), "'override' must be true or false, not a text"),
    (request(reson="x"), "unknown key 'reson', did you mean 'reason'?"),
]


class TestRefusing:
    """What wrong lines give."""

    @pytest.mark.parametrize(("line", "said"), WRONG)
    def test_a_wrong_line_is_refused_with_its_number(self, path: Path, line: object, said: str) -> None:
        """Each mistake is told with its line, and the lines around it are read."""
        signals, tally = read(path, row(), line, row())

        assert [signal.place.line for signal in signals] == [1, 3]
        assert (tally.read, tally.used, tally.refused) == (3, 2, 1)
        (error,) = tally.refusals
        assert error.place == Place(str(path), 2)
        with pytest.raises(SignalError, match=said):
            raise error

    def test_the_lead_is_an_attribute_and_not_in_the_text(self, path: Path) -> None:
        """A log of refusals names nobody."""
        _, tally = read(path, row(lead="ada@acme.example", type="zzz"), row(lead=5), "[1]")

        assert [error.lead for error in tally.refusals] == ["ada@acme.example", None, None]
        assert not any("ada" in error.message for error in tally.refusals)


class TestWithoutMapping:
    """What a table gives that nobody explains."""

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.PARQUET", "a.feather"])
    def test_a_table_needs_a_mapping(self, tmp_path: Path, name: str) -> None:
        """A table without a mapping file is an error before anything is read."""
        with pytest.raises(MappingError, match=r"is a table: it needs a mapping file") as caught:
            read_signals([tmp_path / name], None, Tally())

        assert [problem.code for problem in caught.value.problems] == ["no-mapping"]

    def test_jsonl_is_read_beside_tables(self, tmp_path: Path) -> None:
        """Signals and tables may be given in one run, and ids are compared over all of them."""
        (tmp_path / "a.csv").write_text("who,n\n42,1\n43,2\n")
        (tmp_path / "b.jsonl").write_text(json.dumps(row(id="1")) + "\n" + json.dumps(row(id="9")))
        mapping = read_mapping('[[rows]]\nfile = "a.csv"\nlead = "who"\nactivity = "x"\nid = "n"', "m.toml")
        tally = Tally()

        signals = list(read_signals([tmp_path / "a.csv", tmp_path / "b.jsonl"], mapping, tally))

        assert [(signal.lead, signal.identifier) for signal in signals] == [("42", "1"), ("43", "2"), ("42", "9")]
        assert tally.repeated == 1


# --- Laws ----------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).filter(str.strip)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(minutes=45))]),
)
FIELDS = st.dictionaries(TEXTS, SCALARS, min_size=1, max_size=3)
ACTORS = st.from_regex(r"[a-z]{1,5}:[A-Za-z0-9_:-]{1,5}", fullmatch=True)


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    """Draw any signal that can be written."""
    type_ = draw(st.sampled_from(SignalType))
    has_name = type_ in {SignalType.CHANNEL, SignalType.ACTIVITY, SignalType.REQUEST}
    data: dict[str, Any] = {} if type_ is SignalType.CHANNEL else draw(FIELDS)
    if type_ is SignalType.REQUEST:
        data = draw(
            st.fixed_dictionaries(
                {"actor": ACTORS}, optional={"reason": TEXTS, "note": TEXTS, "override": st.booleans()}
            )
        )
    return Signal(
        lead=draw(TEXTS),
        at=draw(INSTANTS if type_ is SignalType.REQUEST else st.one_of(st.none(), INSTANTS)),
        type=type_,
        name=draw(TEXTS) if has_name else None,
        data=data,
        identifier=draw(st.one_of(st.none(), TEXTS)),
        place=Place("signals.jsonl"),
    )


def written(signal: Signal, *, short: bool, ascii_only: bool) -> str:
    """Write a signal as a line; `short` leaves out what is empty."""
    line = {
        "lead": signal.lead,
        "at": signal.at and signal.at.isoformat(),
        "type": signal.type.value,
        "name": signal.name,
        "data": signal.data,
        "id": signal.identifier,
    }
    return json.dumps({key: item for key, item in line.items() if item or not short}, ensure_ascii=ascii_only)


@given(st.lists(signals(), max_size=6), st.booleans(), st.booleans())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, given_signals: list[Signal], short: bool, ascii_only: bool
) -> None:
    """Signals written as JSONL and read are the same signals, but for the repeated ones."""
    path = tmp_path_factory.mktemp("jsonl") / "signals.jsonl"
    lines = [written(signal, short=short, ascii_only=ascii_only) for signal in given_signals]

    found, tally = read(path, *lines)

    names = [(signal.lead, signal.identifier) for signal in given_signals]
    expected = [
        attrs.evolve(signal, place=Place(str(path), line))
        for line, signal in enumerate(given_signals, 1)
        if signal.identifier is None or names.index((signal.lead, signal.identifier)) == line - 1
    ]
    assert found == expected
    assert (tally.refused, tally.repeated) == (0, len(given_signals) - len(expected))
    assert adds_up(tally)


LINES = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode).map(lambda line: line.replace(b"\n", b"")),
    st.sampled_from(WRONG).map(lambda wrong: wrong[0]).filter(lambda line: not isinstance(line, str)),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=3)),
    signals().map(lambda signal: written(signal, short=True, ascii_only=True)),
)


@given(st.lists(LINES, max_size=8))
def test_the_tally_adds_up(tmp_path_factory: pytest.TempPathFactory, lines: list[object]) -> None:
    """Whatever the lines are, each that is not blank is counted once, and a signal has the number of its line."""
    path = tmp_path_factory.mktemp("garbage") / "signals.jsonl"

    found, tally = read(path, *lines)

    rows = sum(bool(line.strip().removeprefix(b"\xef\xbb\xbf")) for line in path.read_bytes().split(b"\n"))
    assert adds_up(tally)
    assert tally.read == rows
    assert tally.used == tally.signals == len(found)
