"""Tables as they come: instants without a zone, broken CSV, joined files, Parquet and Arrow."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import CallerError, MappingError
from lifecycle.signals import Signal, Tally, read_mapping, read_signals

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path, rows: str, *more: Path) -> tuple[list[Signal], Tally]:
    """Read a file with one `[[rows]]` table, whose `lead` is the column `who`."""
    tally = Tally()
    mapping = read_mapping(f'[[rows]]\nfile = "{path.name}"\nlead = "who"\n{rows}', "m.toml")
    return list(read_signals([path, *more], mapping, tally)), tally


def run_csv(folder: Path, rows: str, text: str | bytes) -> tuple[list[Signal], Tally]:
    """Read a.csv with these contents."""
    path = folder / "a.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return run(path, rows)


def refused(tally: Tally) -> list[tuple[int | None, str]]:
    """Give line and message of each refused row."""
    return [(error.place.line, error.message) for error in tally.refusals]


class TestInstants:
    """When a row happened."""

    @pytest.mark.parametrize(
        ("written", "at", "instant"),
        [
            ("2026-01-05T10:00:00Z", '"when"', "2026-01-05T10:00:00+00:00"),
            ("2026-01-05 10:00:00.250+02:00", '"when"', "2026-01-05T08:00:00.250000+00:00"),
            ("2026-01-05 10:00+02:00", '{ column = "when", zone = "Asia/Tokyo" }', "2026-01-05T08:00:00+00:00"),
            ("2026-01-05 10:00", '{ column = "when", zone = "UTC" }', "2026-01-05T10:00:00+00:00"),
            ("2026-07-05 10:00", '{ column = "when", zone = "Europe/Amsterdam" }', "2026-07-05T08:00:00+00:00"),
            ("2026-01-05", '{ column = "when", zone = "Europe/Amsterdam" }', "2026-01-04T23:00:00+00:00"),
            ("5.1.26", '{ column = "when", zone = "UTC", format = "%d.%m.%y" }', "2026-01-05T00:00:00+00:00"),
            ("5.1.26 +0100", '{ column = "when", format = "%d.%m.%y %z" }', "2026-01-04T23:00:00+00:00"),
            # The hour from 2 to 3 comes twice: the first of the two is meant.
            ("2026-10-25 02:30", '{ column = "when", zone = "Europe/Amsterdam" }', "2026-10-25T00:30:00+00:00"),
            # A day whose midnight is skipped begins at one o'clock, at the instant of the change.
            ("2018-11-04", '{ column = "when", zone = "America/Sao_Paulo" }', "2018-11-04T03:00:00+00:00"),
        ],
    )
    def test_an_instant_is_read(self, tmp_path: Path, written: str, at: str, instant: str) -> None:
        """An offset of its own wins, else the zone of the mapping tells, and a day is its first instant there."""
        (signal,), _ = run_csv(tmp_path, f'at = {at}\nactivity = "x"', f"who,when\n1,{written}\n")

        assert signal.at is not None
        assert signal.at.isoformat() == instant

    @pytest.mark.parametrize(
        ("written", "at", "said"),
        [
            ("2026-01-05 10:00", '"when"', "'2026-01-05 10:00:00' in column 'when' has no time zone; say where"),
            (
                "soon",
                '"when"',
                "what stands in column 'when' is not an ISO 8601 date or time, and 'at' has no 'format'",
            ),
            (
                "2026-01-05",
                '{ column = "when", format = "%d.%m.%Y" }',
                "'2026-01-05' in column 'when' is not written as '%d.%m.%Y'",
            ),
            (
                "2026-03-29 02:30",
                '{ column = "when", zone = "Europe/Amsterdam" }',
                "'2026-03-29 02:30:00' in column 'when' is a time that Europe/Amsterdam skipped",
            ),
            ("0001-01-01", '{ column = "when", zone = "Asia/Tokyo" }', "lies outside the years 1 to 9999"),
            ("", '"when"', "no instant in column 'when'"),
            (" ", '{ column = "when", blank = "refuse" }', "no instant in column 'when'"),
        ],
    )
    def test_an_instant_that_is_not_sure_is_refused(self, tmp_path: Path, written: str, at: str, said: str) -> None:
        """No zone is guessed, and a time that never was is not moved."""
        _, tally = run_csv(tmp_path, f'at = {at}\nactivity = "x"', f"who,when\n1,{written}\n")

        ((line, message),) = refused(tally)
        assert line == 2
        assert said in message

    def test_a_blank_instant_may_leave_the_row_out_or_the_fact_undated(self, tmp_path: Path) -> None:
        """The mapping says what a row without an instant means."""
        left_out = run_csv(tmp_path, 'at = { column = "when", blank = "skip" }\nactivity = "x"', "who,when\n1,\n")
        undated = run_csv(tmp_path, 'at = { column = "when", blank = "undated" }\nactivity = "x"', "who,when\n1,\n")

        assert (left_out[0], left_out[1].filtered) == ([], 1)
        assert [signal.at for signal in undated[0]] == [None]


class TestCsv:
    """CSV as it is found."""

    def test_lines_are_those_on_which_rows_start(self, tmp_path: Path) -> None:
        """A quoted cell may hold line ends; blank lines are no rows but are counted as lines."""
        text = '\ufeff who , note\r\n1,"two\nlines"\r\n\r\n2,x\r\n'

        signals, tally = run_csv(tmp_path, 'profile.note = "note"', text)

        assert [(signal.lead, signal.place.line) for signal in signals] == [("1", 2), ("2", 5)]
        assert signals[0].data == {"note": "two\nlines"}
        assert tally.read == 2

    def test_broken_rows_are_refused_and_the_rest_is_read(self, tmp_path: Path) -> None:
        """Too few or too many cells, stray quotes, wrong bytes and NUL each cost one row."""
        text = b'who,n\n1,a\n2\n3,b,c\n4,"x"y\n5,\xe9\n6,\0\n7,\xc3\xa9\n8,"never closed\n'

        signals, tally = run_csv(tmp_path, 'profile.n = "n"', text)

        assert [(signal.lead, signal.data["n"]) for signal in signals] == [("1", "a"), ("7", "é")]
        assert refused(tally) == [
            (3, "has 1 cells, but the header has 2"),
            (4, "has 3 cells, but the header has 2"),
            (5, "is not CSV: ',' expected after '\"'"),
            (6, "is not utf-8; name its 'encoding' in the mapping"),
            (7, "holds the character NUL"),
            (9, "is not CSV: unexpected end of data"),
        ]
        assert tally.read == tally.used + tally.refused == 8

    def test_delimiter_and_encoding_may_be_told(self, tmp_path: Path) -> None:
        """A semicolon and Latin-1 are told in the mapping."""
        rows = 'profile.n = "n"\ndelimiter = ";"\nencoding = "latin-1"'

        signals, _ = run_csv(tmp_path, rows, b"who;n\n1;\xe9\n")

        assert signals[0].data == {"n": "é"}

    def test_tsv_has_tabs(self, tmp_path: Path) -> None:
        """A file that ends in .tsv needs no delimiter."""
        path = tmp_path / "a.tsv"
        path.write_text("who\tn\n1\t2\n", encoding="utf-8")

        assert run(path, 'profile.n = "n"')[0][0].data == {"n": "2"}

    @pytest.mark.parametrize("header", [b"who,\xff\n", b'who,"n\n'])
    def test_a_broken_header_ends_all(self, tmp_path: Path, header: bytes) -> None:
        """Without the names of its columns a file says nothing."""
        with pytest.raises(CallerError, match=r"a\.csv: the header is not (utf-8|CSV)"):
            run_csv(tmp_path, 'activity = "x"', header)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """A missing file is the caller's error, as the system tells it."""
        with pytest.raises(FileNotFoundError):
            run(tmp_path / "a.csv", 'activity = "x"')

    @given(
        st.lists(
            st.lists(st.sampled_from(["", "1", "x", "2026-01-05", '"', '"a"', '"b', "\xff", "\0"]), max_size=4),
            max_size=8,
        )
    )
    def test_the_tally_adds_up(self, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
        """Whatever the rows are, each is counted for what became of it."""
        folder = tmp_path_factory.mktemp("csv")
        text = "\n".join(["who,when,n", *(",".join(row) for row in rows)]).encode("latin-1")

        signals, tally = run_csv(folder, 'at = { column = "when", zone = "UTC" }\nprofile.n = "n"\nid = "who"', text)

        assert tally.read == tally.used + tally.filtered + tally.repeated + tally.refused
        assert len(signals) == tally.signals == tally.used
        assert len(tally.refusals) == tally.refused


class TestJoin:
    """Columns of another file, found by a key."""

    ROWS = 'profile = { sector = "sector", n = "n" }\n'

    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[Path, Path]:
        """A table of deals and one of accounts, which share the columns `account` and `n`."""
        deals, accounts = tmp_path / "deals.csv", tmp_path / "accounts.csv"
        deals.write_text("who,account,n\n1,acme,7\n2,,8\n3,zeta,\n", encoding="utf-8")
        accounts.write_text("account,sector,n\nacme,retail,99\n,blank,98\nother,x,97\n", encoding="utf-8")
        return deals, accounts

    @pytest.mark.parametrize("is_given", [True, False])
    def test_joined_columns_are_read(self, files: tuple[Path, Path], is_given: bool) -> None:
        """A row without a match has blank cells; a name that both files have means the row's own file."""
        deals, accounts = files

        signals, tally = run(
            deals, self.ROWS + 'join = { file = "accounts.csv", on = "account" }', *[accounts][: int(is_given)]
        )

        assert [(signal.lead, signal.data) for signal in signals] == [
            ("1", {"sector": "retail", "n": "7"}),
            ("2", {"n": "8"}),
        ]
        assert (tally.read, tally.used, tally.filtered) == (3, 2, 1)

    def test_several_tables_may_be_joined(self, files: tuple[Path, Path]) -> None:
        """A second join may use a column that the first has brought, under another name."""
        deals, _ = files
        (deals.parent / "sectors.csv").write_text("name;boss\nretail;Ada\n", encoding="utf-8")
        joins = (
            'join = [{ file = "accounts.csv", on = "account" },'
            ' { file = "sectors.csv", on = "sector", key = "name", delimiter = ";" }]\n'
        )

        signals, _ = run(deals, joins + 'profile.boss = "boss"\nwhere = { sector = "retail" }')

        assert [signal.data for signal in signals] == [{"boss": "Ada"}]

    @pytest.mark.parametrize(
        ("join", "said"),
        [
            (
                '{ file = "acounts.csv", on = "account" }',
                "'acounts.csv' is neither among the files nor beside deals.csv",
            ),
            (
                '{ file = "accounts.csv", on = "acount" }',
                "unknown column 'acount' in deals.csv, did you mean 'account'?",
            ),
            ('{ file = "accounts.csv", on = "account", key = "id" }', "unknown column 'id' in accounts.csv"),
            ('{ file = "twice.csv", on = "account" }', "twice.csv:3 gives a key that an earlier row has given"),
            ('{ file = "broken.csv", on = "account" }', "broken.csv:2 has 1 cells, but the header has 2"),
            ('[{ file = "twice.csv", on = "account" }]', "twice.csv:3 gives a key that an earlier row has given"),
        ],
    )
    def test_a_join_that_cannot_be_right_is_refused(self, files: tuple[Path, Path], join: str, said: str) -> None:
        """Nothing is read where a key is not there, stands twice, or a row of the joined file is broken."""
        deals, _ = files
        (deals.parent / "twice.csv").write_text("account,sector\nacme,a\nacme,b\n", encoding="utf-8")
        (deals.parent / "broken.csv").write_text("account,sector\nacme\n", encoding="utf-8")

        with pytest.raises(MappingError) as caught:
            run(deals, f'join = {join}\nactivity = "x"')

        assert said in str(caught.value.problems[0])


class TestArrow:
    """Parquet and Arrow, whose cells have types of their own."""

    @pytest.fixture
    def table(self) -> Any:
        """Two rows of every kind of cell."""
        pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra `data`")
        zoned = datetime(2026, 1, 5, 11, tzinfo=timezone(timedelta(hours=1)))
        return pa.table(
            {
                "who": [42, None],
                "zoned": pa.array([zoned, None], pa.timestamp("ns", "Europe/Amsterdam")),
                "day": [date(2026, 1, 5), None],
                "naive": [datetime(2026, 1, 5, 10), None],
                "text": [" a ", ""],
                "number": [1.5, None],
                "exact": pa.array([Decimal("2.50"), None], pa.decimal128(5, 2)),
                "whole": [7, None],
                "yes": [True, None],
                "list": [[1], None],
            }
        )

    @pytest.fixture(params=["a.parquet", "a.arrow", "a.feather"])
    def path(self, request: pytest.FixtureRequest, tmp_path: Path, table: Any) -> Path:
        """The table in a file."""
        path = tmp_path / str(request.param)
        if path.suffix == ".parquet":
            import_module("pyarrow.parquet").write_table(table, path)
        else:
            import_module("pyarrow.feather").write_feather(table, path)
        return path

    def test_cells_keep_their_types(self, path: Path) -> None:
        """Texts, numbers, true and false come as they are, days as text, and types may be asked for."""
        rows = """
            at = "zoned"
            [rows.profile]
            text = "text"
            number = "number"
            exact = "exact"
            whole = "whole"
            yes = "yes"
            day = "day"
            yes_again = { column = "yes", type = "yes_no" }
            whole_again = { column = "whole", type = "whole" }
            whole_text = { column = "whole", type = "text" }
            translated = { column = "yes", values = { true = "sure" } }
            """

        (signal,), tally = run(path, rows)

        assert signal.data == {
            "text": "a",
            "number": 1.5,
            "exact": 2.5,
            "whole": 7,
            "yes": True,
            "day": "2026-01-05",
            "yes_again": True,
            "whole_again": 7,
            "whole_text": "7",
            "translated": "sure",
        }
        assert (signal.lead, signal.at, signal.place.line) == ("42", datetime(2026, 1, 5, 10, tzinfo=UTC), 1)
        assert refused(tally) == [(2, "no lead in column 'who'")]

    @pytest.mark.parametrize(("column", "hour"), [("day", 0), ("naive", 10)])
    def test_instants_without_a_zone_need_one(self, path: Path, column: str, hour: int) -> None:
        """A date and a naive timestamp are read in the zone of the mapping, and refused without one."""
        with_zone, _ = run(path, f'activity = "x"\nat = {{ column = "{column}", zone = "UTC" }}')
        _, without = run(path, f'activity = "x"\nat = "{column}"')

        assert [signal.at for signal in with_zone] == [datetime(2026, 1, 5, hour, tzinfo=UTC)]
        assert "has no time zone" in without.refusals[0].message

    @pytest.mark.parametrize(
        ("cell", "said"),
        [
            ('"list"', "column 'list' holds neither a text nor a number, nor true or false"),
            ('{ column = "list", type = "number" }', "column 'list' does not hold a number"),
        ],
    )
    def test_what_is_no_plain_value_refuses_its_row(self, path: Path, cell: str, said: str) -> None:
        """A list is no fact that a criterion could read."""
        _, tally = run(path, f"profile.x = {cell}")

        assert refused(tally)[0] == (1, said)

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
    def test_what_is_no_such_file_is_refused(self, tmp_path: Path, table: Any, name: str) -> None:
        """A file that only has the name of a Parquet or Arrow file is told with its name."""
        (tmp_path / name).write_bytes(b"who\n1\n")

        with pytest.raises(CallerError, match=rf"{name} cannot be read: "):
            run(tmp_path / name, 'activity = "x"')

    def test_without_pyarrow_the_extra_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An install without the extra says what to install."""
        monkeypatch.setitem(sys.modules, "pyarrow", None)

        with pytest.raises(CallerError, match=r"needs pyarrow: pip install 'lead-lifecycle\[data\]'"):
            run(tmp_path / "a.parquet", 'activity = "x"')
