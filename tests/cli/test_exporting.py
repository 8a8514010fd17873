"""`export`: what a store keeps, as JSON lines or CSV, and back again."""

from __future__ import annotations

import csv
import json
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import create_engine, text

from lifecycle.cli.formats import opened
from lifecycle.criteria import Outcome
from lifecycle.decision import Kind
from lifecycle.history import fold
from lifecycle.record import Record
from lifecycle.times import instant_text, parse_instant
from tests.cli.run import run
from tests.cli.world import STAGES, World

AT_LEAST = {
    "records": {
        *("lead", "sequence", "cycle", "trigger", "source", "target", "at", "recorded_at", "actor", "kind", "reason"),
        *("definition", "version", "atoms"),
    },
    "refusals": {"lead", "at", "trigger", "stage", "actor", "result", "blockers"},
    "definitions": {"name", "version", "hash", "text", "rules"},
}


def export(world: World, *more: object) -> list[dict[str, Any]]:
    """Export from the world's store to standard output, as rows."""
    ran = run("export", "--store", world.store, *more)
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.lines]


def record(row: dict[str, Any]) -> Record:
    """Make a record of an exported row."""
    known = {field.name for field in attrs.fields(Record)}
    more: dict[str, Any] = {
        "at": parse_instant(row["at"]),
        "kind": Kind(row["kind"]),
        "atoms": {name: Outcome(outcome) for name, outcome in row["atoms"].items()},
        "waived": tuple(row["waived"]),
    }
    return Record(**{key: value for key, value in (row | more).items() if key in known})


class TestRows:
    """What stands in an export."""

    @pytest.mark.parametrize("what", AT_LEAST)
    def test_rows_have_what_was_promised(self, world: World, what: str) -> None:
        """Every key of the contract is there, in every row."""
        rows = export(world.filled(), "--what", what)

        assert rows
        assert [] == [row for row in rows if not AT_LEAST[what] <= row.keys()]

    def test_records_fold_to_the_stages_of_leads(self, world: World) -> None:
        """An export is a full account: whoever folds it finds each lead where `leads` says it stands."""
        rows = export(world.filled())
        by_lead = {lead: [record(row) for row in rows if row["lead"] == lead] for lead in STAGES}

        assert STAGES == {lead: fold(records).stage for lead, records in by_lead.items()}
        assert len(rows) == sum(len(records) for records in by_lead.values())

    def test_an_exported_record_has_the_stored_content(self, world: World) -> None:
        """Nothing of a record's content is lost on the way: it is the same, byte for byte."""
        rows = export(world.filled())
        engine = create_engine(f"sqlite:///{world.store}")
        with engine.connect() as connection:
            stored = set(connection.execute(text("SELECT content FROM lifecycle_records")).scalars())
        engine.dispose()

        assert stored == {record(row).content for row in rows}

    def test_a_refusal_names_the_blockers(self, world: World) -> None:
        """Where the lead stood, who asked, and what stood in the way."""
        [row] = export(world.filled(), "--what", "refusals")

        assert ("ada", "accept", "mql", "sales:7", "refused", ["talked"]) == tuple(
            row[key] for key in ("lead", "trigger", "stage", "actor", "result", "blockers")
        )
        assert "detail" not in row

    def test_a_definition_comes_with_its_text(self, world: World) -> None:
        """The text as it was signed, and the plugins that judged by it."""
        [row] = export(world.filled(), "--what", "definitions")

        assert world.definition.read_text() == row["text"]
        assert {"asked", "has_email", "talked", "visits"} == row["rules"][0]["criteria"].keys()

    def test_an_erased_lead_is_null_and_its_subject_remains(self, world: World) -> None:
        """In records and refusals alike."""
        engine = create_engine(f"sqlite:///{world.filled().store}")
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM lifecycle_subjects WHERE lead = 'ada'"))
        engine.dispose()
        erased = [row for row in export(world) if row["lead"] is None]
        [refused] = export(world, "--what", "refusals")

        assert ["iql", "mql", "sal"] == [row["target"] for row in erased]
        assert {refused["subject"]} == {row["subject"] for row in erased}
        assert refused["lead"] is None


class TestLead:
    """All that is held on a person."""

    def test_it_is_subject_records_and_refusals_with_details(self, world: World) -> None:
        """One kind of row after the other, each saying what it is."""
        rows = export(world.filled(), "--lead", "ada")

        assert ["subject", "record", "record", "record", "refusal"] == [row["what"] for row in rows]
        assert {"ada"} == {row["lead"] for row in rows}
        assert 1 == len({row["subject"] for row in rows})
        assert "has she been called?" == rows[-1]["detail"]["note"]
        assert "email is known" == rows[1]["detail"]["verdicts"]["has_email"]["message"]

    @pytest.mark.parametrize(("what", "count"), [("records", 3), ("refusals", 1)])
    def test_one_kind_of_rows_can_be_chosen(self, world: World, what: str, count: int) -> None:
        """Then the rows are those of the whole export, with details."""
        rows = export(world.filled(), "--lead", "ada", "--what", what)

        assert count == len(rows)
        assert all("detail" in row and "what" not in row for row in rows)

    @pytest.mark.parametrize("what", [(), ("--what", "records"), ("--what", "refusals", "--format", "csv")])
    def test_nobody_is_told_that_nothing_is_held_on_a_slip(self, world: World, what: tuple[str, ...]) -> None:
        """As with `erase`, the store knows no such lead; no file is made."""
        target = world.folder / "lead.out"
        ran = run("export", "--lead", "nobody", *what, "--output", target, "--store", world.filled().store)

        assert (2, "lead nobody: the store knows no such lead\n") == (ran.code, ran.err)
        assert not target.exists()

    def test_a_lead_without_refusals_has_none(self, world: World) -> None:
        """The store knows it, so that is an answer."""
        assert [] == export(world.filled(), "--lead", "ben", "--what", "refusals")


class TestCsv:
    """The same rows as a table."""

    def test_a_csv_has_the_keys_as_columns(self, world: World) -> None:
        """Texts as they are, nothing as an empty cell, lists and tables as JSON."""
        target = world.folder / "records.csv"
        run("export", "--store", world.filled().store, "--format", "csv", "--output", target)
        with target.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        expected = export(world)

        assert list(expected[0]) == list(rows[0])
        assert [row["lead"] for row in expected] == [row["lead"] for row in rows]
        assert ("", "(new)" not in rows[0].values()) == (rows[0]["source"], True)
        assert expected[0]["atoms"] == json.loads(rows[0]["atoms"])
        assert "1" == rows[0]["sequence"]

    def test_an_empty_csv_still_has_its_columns(self, world: World) -> None:
        """Programs that read it find what they look for."""
        ran = run("export", "-s", world.filled().store, "--lead", "ben", "--what", "refusals", "--format", "csv")

        [header] = ran.lines
        assert AT_LEAST["refusals"] | {"detail"} <= set(header.split(","))

    def test_one_csv_holds_one_kind_of_rows(self, world: World) -> None:
        """All that is held on a person does not fit one table."""
        ran = run("export", "-s", world.filled().store, "--lead", "ada", "--format", "csv")

        assert ran.code == 2
        assert "say --what records or --what refusals" in ran.err


class TestLog:
    """What an auditor can check an export against."""

    @pytest.mark.parametrize("what", ["records", "refusals", "erasures"])
    def test_positions_and_digests_are_those_of_the_log(self, world: World, what: str) -> None:
        """Each row can be found in the feed, with the same digest at the same position."""
        run("hold", "ben", "-s", world.filled().store, "--basis", "case_7", "--actor", "dpo:1")
        before = [row["position"] for row in export(world, "--what", what)]
        run("seal", "-s", world.store)
        rows = export(world, "--what", what)
        feed = {row["position"]: row for row in map(json.loads, run("feed", "-s", world.store).lines)}

        assert {None} == set(before)
        assert rows
        assert [row["digest"] for row in rows] == [feed[row["position"]]["digest"] for row in rows]

    def test_erasures_name_nobody(self, world: World) -> None:
        """What was done, on which basis, by whom, and to which subject."""
        (subject,) = {row["subject"] for row in export(world.filled(), "--lead", "ben", "--what", "records")}
        run("erase", "ben", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:1")
        [row] = export(world, "--what", "erasures")

        assert ("erase", subject, "gdpr_17", "dpo:1", [1, 1], None) == tuple(
            row[key] for key in ("action", "subject", "basis", "actor", "records", "refusals")
        )
        assert "ben" not in json.dumps(row)

    def test_records_come_in_order_of_time(self, world: World) -> None:
        """Refusals too."""
        instants = [row["at"] for row in export(world.filled())]

        assert sorted(instants) == instants


class TestParquet:
    """The same rows in a file of columns."""

    @pytest.mark.parametrize("what", ["records", "refusals", "definitions", "erasures"])
    def test_a_parquet_file_says_the_same(self, world: World, what: str) -> None:
        """Numbers and instants as such, lists and tables as JSON, nothing as nothing."""
        parquet: Any = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra `data`")
        target = world.folder / "out.parquet"
        run("hold", "ben", "-s", world.filled().store, "--basis", "case_7", "--actor", "dpo:1")
        ran = run("export", "-s", world.store, "--what", what, "--format", "parquet", "-o", target)
        rows = [{key: _read(value) for key, value in row.items()} for row in parquet.read_table(target).to_pylist()]

        assert ran.code == 0
        assert export(world, "--what", what) == rows

    def test_row_groups_bound_the_memory(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many rows there are, so many are held at once."""
        parquet: Any = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra `data`")
        monkeypatch.setattr("lifecycle.cli.formats.GROUP", 3)
        target = world.folder / "out.parquet"
        run("export", "-s", world.filled().store, "--format", "parquet", "-o", target)

        with parquet.ParquetFile(target) as file:
            groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        assert [3, 3, 1] == groups

    def test_an_empty_file_has_its_columns(self, world: World) -> None:
        """Programs that read it find what they look for."""
        parquet: Any = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the extra `data`")
        target = world.folder / "out.parquet"
        given = ("--lead", "ben", "--what", "refusals", "--format", "parquet", "-o", target)
        run("export", "-s", world.filled().store, *given)

        assert AT_LEAST["refusals"] | {"detail"} <= set(parquet.read_schema(target).names)

    def test_without_pyarrow_the_extra_is_named(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """And the old file is still there."""
        target = world.write("out.parquet", "old")
        world.filled()
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        ran = run("export", "-s", world.store, "--format", "parquet", "-o", target)

        assert ran.code == 2
        assert "pip install 'lead-lifecycle[data]'" in ran.err
        assert "old" == target.read_text()

    def test_it_is_not_for_a_terminal(self, world: World) -> None:
        """It is no text."""
        ran = run("export", "-s", world.filled().store, "--format", "parquet")

        assert ran.code == 2
        assert "--output" in ran.err


def _read(value: object) -> object:
    """Give a cell as JSON has it."""
    if isinstance(value, datetime):
        return instant_text(value)
    return json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} else value


class TestOutput:
    """Where it goes."""

    def test_a_file_is_replaced_as_a_whole(self, world: World) -> None:
        """Nothing else is left beside it, and how much was written is told."""
        target = world.write("out.jsonl", "old")
        ran = run("export", "-s", world.filled().store, "-o", target)

        assert 7 == len(target.read_text().splitlines())
        assert ("", f"7 rows written to {target}\n") == (ran.out, ran.err)
        assert [] == [path.name for path in world.folder.iterdir() if path.name.startswith(".")]

    def test_one_row_is_one(self, world: World) -> None:
        """Not one rows."""
        assert "1 row written\n" == run("export", "-s", world.filled().store, "--what", "definitions").err

    @pytest.mark.parametrize("where", ["no-folder/out", "tiny.toml/out"])
    def test_a_file_that_cannot_be_made_is_named_as_it_was_given(self, world: World, where: str) -> None:
        """And not by the name that it has while it is written."""
        target = world.folder / where
        ran = run("export", "-s", world.filled().store, "-o", target)

        assert (2, True) == (ran.code, ran.err.startswith(f"{target}: "))

    def test_a_database_on_a_server_is_no_file(self, tmp_path: Path) -> None:
        """Its name is not looked for among files."""
        target = tmp_path / "out"
        target.write_text("before")
        with opened(str(target), avoid="crm") as file:
            file.write(b"after")

        assert "after" == target.read_text()

    def test_a_long_export_shows_how_far_it_is(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a terminal, and only where the rows go elsewhere."""
        monkeypatch.setattr("lifecycle.cli.exporting.EVERY", 2)
        monkeypatch.setenv("FORCE_COLOR", "1")
        world.filled()

        assert "exporting" in run("export", "-s", world.store, "-o", world.folder / "out.jsonl").err
        assert "exporting" not in run("export", "-s", world.store).err

    def test_a_link_stays_a_link(self, world: World) -> None:
        """What it points to is written."""
        link = world.folder / "link.jsonl"
        link.symlink_to(world.write("real.jsonl", ""))
        run("export", "-s", world.filled().store, "-o", link)

        assert link.is_symlink()
        assert 7 == len((world.folder / "real.jsonl").read_text().splitlines())

    def test_a_device_stays_a_device(self, world: World) -> None:
        """`/dev/null` is written to, and never replaced by a file."""
        assert run("export", "-s", world.filled().store, "-o", "/dev/null").code == 0
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def test_what_fails_leaves_the_old_file(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file is never half there."""
        target = world.write("out.jsonl", "old")
        world.filled()

        def broken(*_: object, **__: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("lifecycle.cli.formats.as_json", broken)
        ran = run("export", "-s", world.store, "-o", target)

        assert (2, "No space left on device\n") == (ran.code, ran.err)
        assert "old" == target.read_text()
        assert [] == [path.name for path in world.folder.iterdir() if path.name.startswith(".")]

    def test_the_store_is_not_overwritten(self, world: World) -> None:
        """A slip of the finger does not cost the history."""
        ran = run("export", "-s", world.filled().store, "-o", world.store)

        assert ran.code == 2
        assert "is the store itself" in ran.err
        assert STAGES == {
            row["lead"]: row["stage"] for row in run("leads", "-s", world.store, "--json").document["leads"]
        }

    def test_the_document_says_what_was_written(self, world: World) -> None:
        """With `--json` standard output has one document, and so the rows need a file."""
        target = world.folder / "out.jsonl"
        ran = run("export", "-s", world.filled().store, "-o", target, "--json")

        assert {"rows": 7, "what": None, "format": "jsonl", "output": str(target), "lead": None} == ran.document

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (("--json",), "say where to export to with --output"),
            (("--lead", "1", "--what", "definitions"), "no lead"),
            (("--lead", "1", "--what", "erasures"), "no lead"),
        ],
    )
    def test_what_cannot_be_is_refused(self, world: World, more: tuple[str, ...], message: str) -> None:
        """Options that contradict each other are a mistake of usage."""
        ran = run("export", "-s", world.filled().store, *more)

        assert ran.code == 2
        assert message in ran.err
