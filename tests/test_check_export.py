"""The verifier of exports for strangers: on its own, right about true exports, and about damaged ones."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lifecycle.canonical import canonical_bytes
from lifecycle.store.sql import Store
from tests import source
from tests.cli.run import run
from tests.made import day
from tests.merkle import hashes, naive_root
from tests.store.sealing import keep

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.checkout

FILE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "check_export.py"
LONGEST = 240
KINDS = ("records", "refusals", "erasures")
RIGHTS: dict[str, Any] = {"basis": "gdpr_17", "actor": "dpo:3"}

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def loaded() -> Any:
    """Return the verifier as a module; nothing where there is no checkout."""
    spec = importlib.util.spec_from_file_location("check_export", FILE)
    if not FILE.is_file() or spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verifier = loaded()


@attrs.frozen
class Export:
    """The files of one store: what was exported, by kind, and checkpoints, the older one first."""

    texts: dict[str, str]
    checkpoints: tuple[str, ...]

    def rows(self) -> Rows:
        """Return the rows anew, chain by chain, so that a test may damage them."""
        rows = {kind: [json.loads(line) for line in text.splitlines()] for kind, text in self.texts.items()}
        return {
            kind: some if kind == "erasures" else sorted(some, key=lambda row: (row["subject"], row["sequence"]))
            for kind, some in rows.items()
        }


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """An export of three leads, one erased, and of all that can be done to personal data; the last is not sealed."""
    path = tmp_path_factory.mktemp("export") / "history.db"
    store = Store(f"sqlite:///{path}")
    keep(store, "1", "2")
    older = store.seal(now=day(101))
    keep(store, "3")
    store.hold("3", now=day(102), **RIGHTS)
    store.erase("2", now=day(103), **RIGHTS)
    store.redact(day(50), now=day(104), **RIGHTS)
    newer = store.seal(now=day(105))
    store.release("3", now=day(106), **RIGHTS)
    store.close()
    texts = {kind: run("export", "--store", f"sqlite:///{path}", "--what", kind).out for kind in KINDS}
    return Export(texts=texts, checkpoints=(str(older), str(newer)))


@pytest.fixture
def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Write rows and checkpoints into files, check them, and return the exit code with what was printed."""

    def check(rows: Rows, *checkpoints: str) -> tuple[int, str]:
        names = list[str]()
        for kind, some in rows.items():
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in some)
            names.append(written(tmp_path / f"{kind}.jsonl", text))
        names += [written(tmp_path / f"{number}.txt", text) for number, text in enumerate(checkpoints)]
        code = verifier.main(names)
        return code, "".join(capsys.readouterr())

    return check


def written(path: Path, text: str) -> str:
    """Write a file and return its name."""
    path.write_text(text, encoding="utf-8")
    return str(path)


def resealed(row: Row) -> Row:
    """Return a row with the digest that fits what it says, as a forger would."""
    return {**row, "digest": verifier.digest_of(row)}


class TestScript:
    """What somebody gets who has nothing but the file."""

    def test_it_is_short_and_needs_nothing_but_python(self) -> None:
        """Python 3.9 understands it, it imports the standard library only, and it is read in one sitting."""
        assert source.imported_by(FILE, python=(3, 9)) <= sys.stdlib_module_names
        assert len(FILE.read_text(encoding="utf-8").splitlines()) < LONGEST

    def test_it_runs_by_itself(self, export: Export, tmp_path: Path) -> None:
        """In another process, without this project's packages, on files as they are handed over."""
        for kind, text in export.texts.items():
            written(tmp_path / f"{kind}.jsonl", text)
        written(tmp_path / "checkpoint.txt", export.checkpoints[1])
        files = [*(f"{kind}.jsonl" for kind in KINDS), "checkpoint.txt"]
        command = [sys.executable, "-I", "-S", str(FILE), *files]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (0, "") == (done.returncode, done.stderr)
        lines = done.stdout.splitlines()
        assert "Read: lifecycle-record-1 15, lifecycle-refusal-1 3, lifecycle-erasure-1 4" == lines[0]
        assert "NOT CHECKED: that the 1 entries behind the largest checkpoint were not written anew" in lines
        assert "All that can be checked holds." == lines[-1]
        assert 8 == sum(line.startswith("holds: ") for line in lines)

    def test_the_page_shows_what_it_prints(self, export: Export, checked: Callable[..., tuple[int, str]]) -> None:
        """Line by line, but for the numbers."""
        page = FILE.parents[1] / "how-to" / "export-for-an-auditor.md"
        shown = page.read_text(encoding="utf-8").partition("$ python check_export.py")[2].partition("\n```")[0]
        wanted, got = (
            [re.sub("[0-9]+ |'.*?'", "", line) for line in text.splitlines() if line.startswith(("holds", "All"))]
            for text in (shown, checked(export.rows(), export.checkpoints[1])[1])
        )

        assert wanted == got
        assert len(wanted) > 5

    @pytest.mark.parametrize("names", [[], ["--help"], ["-h"]])
    def test_without_a_file_it_says_how_it_is_used(self, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """And ends with 2."""
        assert 2 == verifier.main(names)
        assert "python check_export.py records.jsonl" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{\n", "line 1: "),
            ("{}\n", "line 1: it is no exported record, refusal or erasure"),
            ('{"format": []}\n', "line 1: it is no exported record, refusal or erasure"),
            ('{"format": "lifecycle-record-2"}\n', "line 1: it is no exported record, refusal or erasure"),
            ('{"format": "lifecycle-record-1"}\n', "line 1: it lacks actor, at, atoms, commitment, cycle"),
            ('{"a": 1, "a": 2}\n', "line 1: a key stands there twice"),
            ("lead,subject,sequence\n", "it is neither JSON lines nor a checkpoint"),
            ("[" * 100_000, "it is neither JSON lines nor a checkpoint"),
            ('{"a": ' * 100_000, "line 1: "),
        ],
    )
    def test_what_cannot_be_read_ends_with_2(
        self, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With the file and the line, and without a traceback."""
        assert 2 == verifier.main([written(tmp_path / "given.jsonl", text)])
        error = capsys.readouterr().err
        assert error.startswith("It cannot be read: ")
        assert f"given.jsonl', {said}" in error.replace("': ", "', ")

    @pytest.mark.parametrize(
        ("key", "value"),
        [("sequence", "1"), ("sequence", True), ("position", 1.5), ("digest", None), ("at", 1), ("subject", [])],
    )
    def test_a_row_of_other_types_ends_with_2(
        self, export: Export, checked: Callable[..., tuple[int, str]], key: str, value: object
    ) -> None:
        """It is none of ours."""
        code, said = checked({"records": [{**export.rows()["records"][0], key: value}]})

        assert 2 == code
        assert "line 1: a" in said

    def test_a_file_that_is_not_there_ends_with_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a traceback."""
        assert 2 == verifier.main(["none.jsonl"])
        assert capsys.readouterr().err.startswith("It cannot be read: ")


class TestTrue:
    """What nobody has touched."""

    def test_an_export_holds_against_every_checkpoint_of_it(
        self, export: Export, checked: Callable[..., tuple[int, str]]
    ) -> None:
        """The older one finds its entries at the beginning."""
        code, said = checked(export.rows(), *export.checkpoints)

        assert 0 == code, said
        assert "FAILS" not in said
        assert "holds: the checkpoints are of one log" in said

    def test_without_a_checkpoint_it_says_what_that_leaves_open(
        self, export: Export, checked: Callable[..., tuple[int, str]]
    ) -> None:
        """Whoever owns the database could have written all of it anew."""
        code, said = checked(export.rows())

        assert 0 == code
        assert "NOT CHECKED: that nothing is missing, and that nothing was written anew" in said
        assert "NOT CHECKED: details (messages, evidence, notes)" in said

    def test_what_is_held_on_one_person_holds(self, export: Export, tmp_path: Path) -> None:
        """An export of a lead, with its first line, its labels and its details."""
        row = {"what": "record", **export.rows()["records"][0], "detail": {"note": "x"}}
        first = {"what": "subject", "lead": "1", "subject": row["subject"]}
        text = json.dumps(first) + "\n" + json.dumps(row) + "\n"

        assert 0 == verifier.main([written(tmp_path / "lead.jsonl", text)])

    def test_an_empty_file_has_no_rows(self, export: Export, checked: Callable[..., tuple[int, str]]) -> None:
        """Of a store in which nobody was erased."""
        records = [row for row in export.rows()["records"] if row["lead"] == "1"]

        assert 0 == checked({"records": records, "erasures": []})[0]

    def test_the_order_of_lines_and_of_keys_says_nothing(
        self, export: Export, checked: Callable[..., tuple[int, str]]
    ) -> None:
        """Another tool may have sorted them."""
        rows = {kind: [dict(sorted(row.items())) for row in some][::-1] for kind, some in export.rows().items()}

        assert 0 == checked(rows, *export.checkpoints)[0]

    @pytest.mark.parametrize("count", range(20))
    def test_roots_are_those_of_the_definition(self, count: int) -> None:
        """Written down a second time, as RFC 9162 defines them."""
        assert naive_root(hashes(count)) == verifier.root_of(hashes(count))

    @pytest.mark.parametrize(
        "value", [{"\ue000": 1, "\U0001f600": 2, "b": [], "a": None}, ['\x00\x1f\x7f\u2028"\\/', True, -5], {"é": {}}]
    )
    def test_its_canonical_form_is_ours(self, value: object) -> None:
        """Whatever stands in dimensions and codes."""
        assert canonical_bytes(value) == verifier.canonical(value)


def change_a_target(rows: Rows) -> None:
    """Let a move have ended elsewhere."""
    rows["records"][1]["target"] = "elsewhere"


def change_an_atom(rows: Rows) -> None:
    """Let a criterion have found something else."""
    rows["records"][1]["atoms"] = {"engaged": "unmet"}


def change_an_envelope(rows: Rows) -> None:
    """Let a refusal have been written earlier."""
    rows["refusals"][0]["recorded_at"] = "2020-01-01T00:00:00.000000Z"


def change_a_basis(rows: Rows) -> None:
    """Let an erasure have had another basis."""
    rows["erasures"][1]["basis"] = "whim"


def change_with_digest(rows: Rows) -> None:
    """Change an actor, and make the digest fit; the next record still holds the old one."""
    rows["records"][0] = resealed({**rows["records"][0], "actor": "sales:99"})


def drop_a_record(rows: Rows) -> None:
    """Leave out a move in the middle."""
    lead = rows["records"][0]["subject"]
    rows["records"].remove(next(row for row in rows["records"] if row["subject"] == lead and row["sequence"] == 2))


def repeat_a_record(rows: Rows) -> None:
    """Let a move have been made twice."""
    rows["records"].append(rows["records"][0])


def move_backwards(rows: Rows) -> None:
    """Let a second move have been made before the first, with digests that fit."""
    rows["records"][1] = resealed({**rows["records"][1], "at": "2000-01-01T00:00:00.000000Z"})


def swap_positions(rows: Rows) -> None:
    """Let two records of one lead have been sealed in the other order."""
    first, second = rows["records"][:2]
    first["position"], second["position"] = second["position"], first["position"]


def name_the_erased(rows: Rows) -> None:
    """Put the id of an erased lead back."""
    next(row for row in rows["records"] if row["lead"] is None)["lead"] = "2"


class TestDamaged:
    """What somebody has touched: it says so, ends with 1, and names the place."""

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (change_a_target, "every entry has the digest of what it says; not so: number 2 of "),
            (change_a_target, "every move starts where, and not before, the move before it ended; not so: number 3 of"),
            (change_an_atom, "every entry has the digest of what it says; not so: number 2 of "),
            (change_an_envelope, "every entry has the digest of what it says; not so: number 1 of "),
            (change_a_basis, "every entry has the digest of what it says; not so: number 2 of "),
            (change_with_digest, "every entry holds the digest of the one before it; not so: number 2 of "),
            (drop_a_record, "in every chain the numbers are 1, 2, 3, ... without a gap; not so: number 5 of "),
            (repeat_a_record, "in every chain the numbers are 1, 2, 3, ... without a gap; not so: number 5 of "),
            (repeat_a_record, "no position is taken twice"),
            (move_backwards, "every move starts where, and not before, the move before it ended; not so: number 2 of "),
            (swap_positions, "the entries of a chain were sealed in their order; not so: number 2 of "),
            (name_the_erased, "nobody who was erased is named; not so: number 1 of "),
        ],
    )
    def test_without_a_checkpoint(
        self, export: Export, checked: Callable[..., tuple[int, str]], damage: Callable[[Rows], None], said: str
    ) -> None:
        """Whoever altered one thing did not think of the others."""
        rows = export.rows()
        damage(rows)
        code, printed = checked(rows)

        assert 1 == code
        assert f"FAILS: {said}" in printed
        assert "Something does not hold." in printed

    def test_a_lead_that_was_left_out(self, export: Export, checked: Callable[..., tuple[int, str]]) -> None:
        """Nothing that is left contradicts itself, if no erasure speaks of it: only a checkpoint shows it."""
        told = {row["subject"] for row in export.rows()["erasures"]}
        first = min(
            (row for row in export.rows()["records"] if row["subject"] not in told), key=lambda row: row["position"]
        )
        gone = first["subject"]
        rows = {kind: [row for row in some if row["subject"] != gone] for kind, some in export.rows().items()}

        assert 0 == checked(rows)[0]
        code, said = checked(rows, export.checkpoints[1])
        assert 1 == code
        assert "as '" in said
        assert f"position {first['position']} is wrong or missing: was a file left out?" in said

    def test_a_log_that_was_written_anew(self, export: Export, checked: Callable[..., tuple[int, str]]) -> None:
        """The last move of a lead, with a digest that fits, before it was exported."""
        rows = export.rows()
        last = max((row for row in rows["records"] if row["lead"] == "1"), key=lambda row: row["sequence"])
        rows["records"] = [
            row if row is not last else resealed({**row, "actor": "sales:99"}) for row in rows["records"]
        ]

        assert 0 == checked(rows)[0]
        code, said = checked(rows, *export.checkpoints)
        assert 1 == code
        assert 2 == said.count("FAILS: the first ")

    def test_checkpoints_of_two_logs(self, export: Export, checked: Callable[..., tuple[int, str]]) -> None:
        """One of them is not of this one."""
        other = "example.com/leads" + export.checkpoints[1][export.checkpoints[1].index("\n") :]
        code, said = checked(export.rows(), export.checkpoints[0], other)

        assert 1 == code
        assert "FAILS: the checkpoints are of one log" in said

    def test_what_a_forger_writes_cannot_reach_the_terminal(
        self, export: Export, checked: Callable[..., tuple[int, str]]
    ) -> None:
        """A control sequence is printed as what it is."""
        rows = export.rows()
        rows["records"][0]["subject"] = "\x1b[2J"
        code, said = checked(rows)

        assert 1 == code
        assert r"'\x1b[2J'" in said
        assert "\x1b" not in said
