"""Mapping files: what their keys mean, and how a mapping that cannot be right is refused before anything is read."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.errors import MappingError
from lifecycle.signals import Signal, SignalType, Tally, read_mapping, read_signals

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '[[rows]]\nfile = "a.csv"\nlead = "who"\n'


def run(folder: Path, rows: str, **files: str) -> tuple[list[Signal], Tally]:
    """Write files (`a_csv` is a.csv), and read them with a `[[rows]]` table over a.csv that goes on with `rows`."""
    paths: list[Path] = []
    for name, text in files.items():
        paths.append(folder / name.replace("_", "."))
        paths[-1].write_text(text, encoding="utf-8")
    tally = Tally()
    mapping = read_mapping(HEAD + dedent(rows), "m.toml")
    return list(read_signals(paths, mapping, tally)), tally


def given(folder: Path, rows: str, **files: str) -> list[tuple[str, str | None, Any]]:
    """Give type, name and data of what `run` reads."""
    return [(signal.type.value, signal.name, signal.data) for signal in run(folder, rows, **files)[0]]


def problems(folder: Path, rows: str, **files: str) -> list[str]:
    """Give the problems that `run` finds."""
    with pytest.raises(MappingError) as caught:
        run(folder, rows, **files)
    return [str(problem) for problem in caught.value.problems]


class TestShortForms:
    """A short text is a column where rows differ, and a constant where they do not."""

    def test_one_row_gives_several_signals_in_a_fixed_order(self, tmp_path: Path) -> None:
        """Profile, channel, activity, answers and request of one row come in this order, with one instant."""
        rows = """
            at = "when"
            id = "n"
            answers.size = "seats"
            request = { trigger = "accept", actor = "sales:17", reason = "fits", note = "hi", override = true }
            activity = "met"
            properties = { where = "place" }
            channel = "fair"
            profile = { mail = "mail" }
            """
        table = "who,when,n,seats,place,mail\n42,2026-01-05T10:00:00Z,7,20,Bonn,a@b.example\n"

        signals, tally = run(tmp_path, rows, a_csv=table)

        assert [(signal.type.value, signal.name, signal.data, signal.identifier) for signal in signals] == [
            ("profile", None, {"mail": "a@b.example"}, "7"),
            ("channel", "fair", {}, "7#channel"),
            ("activity", "met", {"where": "Bonn"}, "7#activity"),
            ("answer", None, {"size": "20"}, "7#answer"),
            (
                "request",
                "accept",
                {"actor": "sales:17", "reason": "fits", "note": "hi", "override": True},
                "7#request",
            ),
        ]
        assert {(signal.lead, signal.at, signal.place.line) for signal in signals} == {
            ("42", datetime(2026, 1, 5, 10, tzinfo=UTC), 2)
        }
        assert (tally.read, tally.used, tally.signals) == (1, 1, 5)

    def test_a_row_whose_id_its_lead_has_had_is_left_out_whole(self, tmp_path: Path) -> None:
        """The first stays, with all its signals; another lead may have the same id."""
        rows = 'id = "n"\nactivity = { column = "what" }\nchannel = "fair"'

        signals, tally = run(tmp_path, rows, a_csv="who,n,what\n42,7,met\n42,7,wrote\n43,7,called\n")

        assert [("42", "fair"), ("42", "met"), ("43", "fair"), ("43", "called")] == [
            (signal.lead, signal.name) for signal in signals
        ]
        assert (3, 2, 1, 4) == (tally.read, tally.used, tally.repeated, tally.signals)

    def test_full_forms_turn_it_round(self, tmp_path: Path) -> None:
        """A table reads a column where a short text is a constant, and gives a constant where it is a column."""
        rows = """
            at = { constant = 2026-01-05T10:00:00+01:00 }
            channel = { column = "c" }
            activity = { column = "k" }
            profile = { country = { constant = "DE" }, share = { constant = 0.5 }, n = { constant = 3 } }
            """

        signals, _ = run(tmp_path, rows, a_csv="who,c,k\n42,fair,met\n")

        assert [(signal.name, signal.data) for signal in signals] == [
            (None, {"country": "DE", "share": 0.5, "n": 3}),
            ("fair", {}),
            ("met", {}),
        ]
        assert signals[0].at == datetime(2026, 1, 5, 9, tzinfo=UTC)

    def test_without_at_facts_are_undated(self, tmp_path: Path) -> None:
        """A table without instants gives facts that count as always known."""
        (signal,), _ = run(tmp_path, 'profile.n = "n"', a_csv="who,n\n42,1\n")

        assert signal.at is None


class TestCells:
    """What becomes of a cell."""

    def test_types_are_made(self, tmp_path: Path) -> None:
        """A cell becomes the type that the mapping names, and a text without one."""
        rows = """
            [rows.profile]
            text = "a"
            kept = { column = "a", type = "text" }
            whole = { column = "a", type = "whole" }
            number = { column = "b", type = "number" }
            yes = { column = "c", type = "yes_no" }
            no = { column = "d", type = "yes_no" }
            prefixed = { column = "a", prefix = "nr-" }
            """

        ((_, _, data),) = given(tmp_path, rows, a_csv="who,a,b,c,d\n42, 07 ,1.50,Yes,f\n")

        expected = {
            "text": "07",
            "kept": "07",
            "whole": 7,
            "number": 1.5,
            "yes": True,
            "no": False,
            "prefixed": "nr-07",
        }
        assert data == expected

    def test_values_are_translated(self, tmp_path: Path) -> None:
        """A text that `values` names becomes what it says, of any type; others stay."""
        rows = 'profile.x = { column = "x", values = { technolgy = "technology", many = 500, ja = true } }'

        found = given(tmp_path, rows, a_csv="who,x\n1,technolgy\n2,many\n3,ja\n4,retail\n")

        assert [data["x"] for _, _, data in found] == ["technology", 500, True, "retail"]

    def test_others_may_give_nothing(self, tmp_path: Path) -> None:
        """With others = "skip" a text without translation is no fact, and a row without facts is filtered."""
        rows = 'activity = { column = "x", values = { a = "met" }, others = "skip" }'

        signals, tally = run(tmp_path, rows, a_csv="who,x\n1,a\n2,b\n")

        assert [signal.name for signal in signals] == ["met"]
        assert (tally.used, tally.filtered) == (1, 1)

    def test_blank_cells_give_no_fact(self, tmp_path: Path) -> None:
        """A blank cell is no fact; a row of blank cells is filtered."""
        rows = 'profile = { a = "a", b = "b" }\nchannel = { column = "c" }'

        signals, tally = run(tmp_path, rows, a_csv="who,a,b,c\n1, ,x,\n2,, ,\n")

        assert [signal.data for signal in signals] == [{"b": "x"}]
        assert (tally.read, tally.used, tally.filtered) == (2, 1, 1)

    @pytest.mark.parametrize(
        ("cell", "said"),
        [
            ('{ column = "x", type = "whole" }', "column 'x' does not hold a whole number"),
            ('{ column = "x", type = "number" }', "column 'x' does not hold a number"),
            ('{ column = "n", type = "number" }', "column 'n' does not hold a finite number"),
            ('{ column = "x", type = "yes_no" }', "column 'x' does not hold yes or no"),
            (
                '{ column = "x", values = { a = "b" }, others = "refuse" }',
                "column 'x' holds a text that 'values' does not name",
            ),
        ],
    )
    def test_a_cell_that_cannot_be_read_refuses_its_row(self, tmp_path: Path, cell: str, said: str) -> None:
        """The message names the column and the line, and keeps what stands there to itself."""
        signals, tally = run(tmp_path, f"profile.x = {cell}", a_csv="who,x,n\n42,1.5x,nan\n")

        assert signals == []
        assert [(error.message, error.place.line, error.lead) for error in tally.refusals] == [(said, 2, "42")]

    def test_a_row_without_a_lead_is_refused(self, tmp_path: Path) -> None:
        """A blank lead is told with its column."""
        _, tally = run(tmp_path, 'activity = "met"', a_csv="who,x\n ,1\n")

        assert [error.message for error in tally.refusals] == ["no lead in column 'who'"]


class TestWhere:
    """Which rows are read."""

    def test_all_columns_must_match(self, tmp_path: Path) -> None:
        """A row is read where each column has one of its values; a blank cell is an empty text."""
        rows = 'activity = "met"\nwhere = { stage = ["Won", "Lost"], note = "" }'
        table = "who,stage,note\n1,Won,\n2,Lost,\n3,Open,\n4,Won,x\n"

        signals, tally = run(tmp_path, rows, a_csv=table)

        assert [signal.lead for signal in signals] == ["1", "2"]
        assert (tally.read, tally.used, tally.filtered) == (4, 2, 2)

    def test_a_row_that_is_left_out_is_not_refused(self, tmp_path: Path) -> None:
        """What `where` leaves out may be wrong in any way."""
        _, tally = run(tmp_path, 'activity = "met"\nwhere = { x = "1" }', a_csv="who,x\n,2\n")

        assert (tally.filtered, tally.refused) == (1, 0)

    def test_a_row_counts_once_for_each_table_that_reads_it(self, tmp_path: Path) -> None:
        """Two `[[rows]]` tables over one file read each row twice, in the order of rows, then of tables."""
        rows = f'activity = "a"\n{HEAD}activity = "b"\nwhere = {{ x = "1" }}'

        signals, tally = run(tmp_path, rows, a_csv="who,x\n1,1\n2,2\n")

        assert [(signal.lead, signal.name) for signal in signals] == [("1", "a"), ("1", "b"), ("2", "a")]
        assert (tally.read, tally.used, tally.filtered) == (4, 3, 1)


class TestRequests:
    """Rows that ask something of a lead."""

    ROWS = """
        at = "when"
        [rows.request]
        trigger = { column = "do" }
        actor = { column = "by", prefix = "sales:" }
        reason = { column = "why" }
        override = { column = "force" }
        """
    TABLE = "who,when,do,by,why,force\n"

    def test_columns_make_a_request(self, tmp_path: Path) -> None:
        """Trigger, actor, reason and override may come from columns; a blank trigger asks nothing."""
        table = self.TABLE + "1,2026-01-05T10:00Z,accept,17,fits,yes\n2,2026-01-05T10:00Z,,17,,\n"

        signals, tally = run(tmp_path, self.ROWS, a_csv=table)

        assert [(signal.type, signal.name, signal.data) for signal in signals] == [
            (SignalType.REQUEST, "accept", {"actor": "sales:17", "reason": "fits", "override": True})
        ]
        assert tally.filtered == 1

    def test_constants_make_a_request(self, tmp_path: Path) -> None:
        """Every row of a table may ask for the same thing."""
        rows = 'at = "when"\nrequest = { trigger = "disqualify", actor = "import:2026" }'

        (signal,), _ = run(tmp_path, rows, a_csv="who,when\n1,2026-01-05T10:00Z\n")

        assert (signal.name, signal.data) == ("disqualify", {"actor": "import:2026"})

    @pytest.mark.parametrize(
        ("cells", "said"),
        [
            ("1,2026-01-05T10:00Z,accept,,,", "'actor' must be written role:id"),
            ("1,2026-01-05T10:00Z,accept,Sam Jones,,", "'actor' must be written role:id"),
            ("1,2026-01-05T10:00Z,accept,17,,maybe", "column 'force' does not hold yes or no"),
            ("1,,accept,17,,", "no instant in column 'when'"),
        ],
    )
    def test_a_wrong_request_is_refused(self, tmp_path: Path, cells: str, said: str) -> None:
        """A request needs an instant and an actor."""
        _, tally = run(tmp_path, self.ROWS, a_csv=self.TABLE + cells + "\n")

        assert [said in error.message for error in tally.refusals] == [True]


class TestMistakes:
    """Mistakes in the file itself, all at once and each with its place."""

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ('activty = "x"\nactivity = "x"', "m.toml:4:1: error: unknown key 'activty', did you mean 'activity'?"),
            ("", "gives nothing: it needs one of profile, channel, activity, answers, request"),
            ('profile.a = "a"\nproperties.b = "b"', "has 'properties' but no 'activity' that they belong to"),
            ('request = { trigger = "a", actor = "b:c" }', "has a 'request', which needs an instant"),
            (
                'at = { column = "x", blank = "undated" }\nrequest = { trigger = "a", actor = "b:c" }',
                "has a 'request', which needs an instant",
            ),
            (
                'at = "x"\nrequest = { trigger = "a", actor = "Sam" }',
                "m.toml:5:1: error: 'actor' must be written role:id",
            ),
            ('activity = { constant = "x", column = "y" }', "m.toml:4:1: error: needs either 'column' or 'constant'"),
            ('activity = "x"\nat = { zone = "UTC" }', "needs either 'column' or 'constant'"),
            (
                'activity = "x"\nat = { column = "x", zone = "Europe/Amsterdm" }',
                "m.toml:5:22: error: unknown time zone 'Europe/Amsterdm', did you mean 'Europe/Amsterdam'?",
            ),
            ('activity = "x"\nat = { column = "x", zone = 5 }', "unknown time zone 5"),
            ('activity = "x"\nat = { column = "x", zone = "Europe" }', "unknown time zone 'Europe'"),
            ('activity = "x"\nat = { constant = 2026-01-05T10:00:00 }', "has no time zone"),
            ('activity = "x"\nat = { constant = "now" }', "must be a date and time with a zone, for instance"),
            ('activity = "x"\ndelimiter = ";;"', "m.toml:5:1: error: must be one character"),
            ('activity = "x"\nencoding = "utf-9"', "m.toml:5:1: error: unknown encoding 'utf-9'"),
            (
                'activity = { column = "x", type = "int" }',
                "must be 'text' or 'whole' or 'number' or 'yes_no', not 'int'",
            ),
        ],
    )
    def test_a_wrong_mapping_is_refused(self, rows: str, said: str) -> None:
        """What no file could mend is told when the mapping is read."""
        with pytest.raises(MappingError, match=r"m\.toml is not a mapping file") as caught:
            read_mapping(HEAD + rows, "m.toml")

        assert [said in str(problem) for problem in caught.value.problems] == [True]

    def test_what_is_not_toml_is_a_mapping_error_too(self) -> None:
        """A syntax error has line and column."""
        with pytest.raises(MappingError, match=r"m\.toml:1:7: error: "):
            read_mapping("rows =", "m.toml")


class TestFitting:
    """A mapping and the files must fit each other, or nothing is read."""

    def test_every_table_needs_a_file_and_every_file_a_table(self, tmp_path: Path) -> None:
        """Both kinds of strangers are named together."""
        found = problems(tmp_path, 'activity = "x"', b_csv="who\n1\n")

        assert found == [
            "m.toml:2:1: error: no given file is named 'a.csv' [unmatched-rows]",
            f"error: no [[rows]] table of m.toml names '{tmp_path / 'b.csv'}' [unmatched-file]",
        ]

    @pytest.mark.parametrize("pattern", ["*.csv", "a.csv", "in/a.csv", "a[1].csv", "i?/*.csv"])
    def test_a_file_is_named_by_name_pattern_or_end_of_path(self, tmp_path: Path, pattern: str) -> None:
        """`file` is a file's name, a pattern, or some folders and either; brackets may stand for themselves."""
        path = tmp_path / "in" / ("a[1].csv" if "[" in pattern else "a.csv")
        path.parent.mkdir()
        path.write_text("who\n1\n")
        mapping = read_mapping(HEAD.replace("a.csv", pattern) + 'activity = "x"', "m.toml")

        assert len(list(read_signals([path], mapping, Tally()))) == 1

    def test_unknown_columns_are_all_named(self, tmp_path: Path) -> None:
        """Each unknown column is told with its place in the mapping and what was probably meant."""
        rows = (
            'at = "engage_dat"\nactivity = { column = "kind" }\nwhere = { stage = "x" }\nproperties = { v = "value" }'
        )

        found = problems(tmp_path, rows, a_csv="who,engage_date\n1,2026-01-05\n")

        columns = "in a.csv; it has: who, engage_date [unknown-column]"
        near = "in a.csv, did you mean 'engage_date'?; it has: who, engage_date [unknown-column]"
        assert found == [
            f"m.toml:6:11: error: unknown column 'stage' {columns}",
            f"m.toml:4:1: error: unknown column 'engage_dat' {near}",
            f"m.toml:5:1: error: unknown column 'kind' {columns}",
            f"m.toml:7:16: error: unknown column 'value' {columns}",
        ]

    def test_an_empty_file_has_no_columns(self, tmp_path: Path) -> None:
        """An empty file has not even a header."""
        assert "unknown column 'who' in a.csv; it has: none" in problems(tmp_path, 'activity = "x"', a_csv="")[0]

    def test_a_column_that_stands_twice_cannot_be_read(self, tmp_path: Path) -> None:
        """Which of two columns of one name is meant nobody knows; one that is not read does no harm."""
        assert "a.csv has 2 columns named 'x'" in problems(tmp_path, 'profile.x = "x"', a_csv="who,x,x\n1,2,3\n")[0]
        assert given(tmp_path, 'activity = "y"', a_csv="who,x,x\n1,2,3\n") == [("activity", "y", {})]

    def test_tables_over_one_file_must_read_it_alike(self, tmp_path: Path) -> None:
        """One file has one delimiter and one encoding."""
        rows = f'activity = "x"\n{HEAD}activity = "y"\ndelimiter = ";"'

        assert problems(tmp_path, rows, a_csv="who\n1\n") == [
            "m.toml:6:1: error: all [[rows]] tables that read a.csv need one delimiter and encoding [unequal-rows]"
        ]
