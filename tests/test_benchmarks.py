"""The benchmarks compare programs that do the same: on small logs, in every run of the tests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tests.benchmarks", reason="the benchmarks stay in the checkout")

from lifecycle.replay import replay
from tests.benchmarks.expected import EXPECTED
from tests.benchmarks.kept import make_batches, make_commands, make_entries, make_histories
from tests.benchmarks.log import DENSE, SPARSE, Shape, long_lead, make_log
from tests.benchmarks.measuring import END, START, WRITE, Measured, in_turn, replace_figures, table
from tests.benchmarks.programs import Outcome, benchmark_definition, programs
from tests.benchmarks.writers import Writer, on_postgresql, on_sqlite
from tests.racing import there_and_back

if TYPE_CHECKING:
    from pathlib import Path

    from lifecycle.definition import Definition

DEFINITION = benchmark_definition()
SMALL = 2_000


@pytest.mark.parametrize("shape", [SPARSE, DENSE], ids=lambda shape: shape.name)
def test_the_programs_come_to_the_asserted_result(shape: Shape) -> None:
    """Each gives the same moves, and those that make records give the same history, byte by byte."""
    records = EXPECTED[shape.name, SMALL]
    signals = make_log(shape, SMALL)

    found = {name: program(signals) for name, program in programs(DEFINITION).items()}

    assert dict.fromkeys(found, records) == {name: outcome.records for name, outcome in found.items()}
    assert 1 == len({frozenset(outcome.moves.items()) for outcome in found.values()})
    assert 2 == len({outcome.digest for outcome in found.values()})  # that of all who make records, and none
    assert 3 == sum(outcome.digest is not None for outcome in found.values())


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from([SPARSE, DENSE]), size=st.integers(1, 400))
def test_the_programs_agree_on_any_log(seed: int, shape: Shape, size: int) -> None:
    """Law: whatever happens, the library, the program by hand and the naive one make the same moves."""
    signals = make_log(shape, size, seed=seed)
    report = replay(DEFINITION, signals)
    expected = Outcome(report.transitions, report.history_digest)

    for name, program in programs(DEFINITION).items():
        found = program(signals)
        assert expected.moves == found.moves, name
        assert found.digest in {expected.digest, None}, name


def test_the_logs_are_as_dense_as_they_say() -> None:
    """A record-dense log has several times as many records as a sparse one of the same size."""
    sparse, dense = EXPECTED["sparse", 100_000], EXPECTED["dense", 100_000]

    assert 15 <= sparse / 100 <= 25
    assert 130 <= dense / 100 <= 170


def test_a_long_lead_moves_at_its_very_end() -> None:
    """It is judged all along, and comes to the same in each program."""
    signals = long_lead(200)

    for name, program in programs(DEFINITION).items():
        assert {(None, "iql"): 1, ("iql", "mql"): 1} == program(signals).moves, name
    assert {"iql": 1} == replay(DEFINITION, signals[:-1]).stages


def writers(
    kind: str, request: pytest.FixtureRequest, folder: Path, definition: Definition, **how: bool
) -> dict[str, Writer]:
    """Return all who write to one kind of database."""
    if kind == "SQLite":
        return on_sqlite(folder, definition, **how)
    return on_postgresql(request.getfixturevalue("postgres_url"), "run", definition, **how)


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
@pytest.mark.parametrize(("durable", "judging"), [(True, False), (False, False), (True, True)])
def test_those_who_append_keep_the_same(
    kind: str, durable: bool, judging: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The store, the service, programs by hand and `eventsourcing` hold the same contents in the end."""
    definition = there_and_back() if judging else make_histories(SMALL)[0]
    entries = make_commands(50) if judging else make_entries(SMALL, 20)

    for name, writer in writers(kind, request, tmp_path, definition, durable=durable, judging=judging).items():
        writer.know({entry.lead: entry.subject for entry in entries})
        writer.append(entries)()
        assert sorted(entry.record.content for entry in entries) == writer.contents(), name
        writer.close()


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_those_who_keep_whole_histories_keep_the_same(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """All records of all of them."""
    definition, histories = make_histories(SMALL)
    [batch] = make_batches(SMALL)

    for name, writer in writers(kind, request, tmp_path, definition, durable=True).items():
        writer.add(batch)()
        assert sorted(record.content for one in histories for record in one.records) == writer.contents(), name
        writer.close()


def test_programs_take_turns() -> None:
    """Each round runs all of them once, and none is always the first."""
    order = list[str]()
    seconds = in_turn({name: partial(order.append, name) for name in "ab"} for _ in range(3))

    assert list("abbaab") == order
    assert {"a": 3, "b": 3} == {name: len(some) for name, some in seconds.items()}


def test_figures_of_a_name_take_the_place_of_those_of_that_name(tmp_path: Path) -> None:
    """Everything else of the page stays."""
    page = tmp_path / "page.md"
    marks = {name: (START.format(name, WRITE), END.format(name)) for name in ("figures", "store figures")}
    page.write_text("one\n" + "\n".join(f"{start}\nold\n{end}\ntext" for start, end in marks.values()))
    replace_figures(page, "new", "store figures")

    assert ("new", 1, 2) == (
        page.read_text().split(marks["store figures"][0])[1].split()[0],
        page.read_text().count("old"),
        page.read_text().count("text"),
    )


def test_figures_are_medians_of_rounds() -> None:
    """A round in which the machine did something else spoils neither a cost nor a ratio."""
    measured = Measured(signals=1_000, records=10, seconds={"one": [0.002, 0.9, 0.002], "two": [0.001, 0.3, 0.001]})

    assert (2.0, 200.0, 2.0) == (
        round(measured.per_signal("one"), 6),
        round(measured.per_record("one"), 6),
        measured.ratio("one", "two"),
    )


def test_a_table_is_markdown() -> None:
    """Small numbers keep two decimals, large ones none."""
    expected = "| log | cost |\n| --- | ---: |\n| sparse | 3.14 |\n| dense | 1,235 |"

    assert expected == table(("log", "cost"), [("sparse", 3.14159), ("dense", 1234.5678)])
