"""Replaying from the command line: what is counted, kept, compared and said."""

from __future__ import annotations

import pytest

from tests.cli.run import run
from tests.cli.world import LATEST, SIGNALS, STAGES, World, signal

MOVES = [
    {"source": None, "target": "iql", "count": 3},
    {"source": "iql", "target": "mql", "count": 2},
    {"source": "mql", "target": "sal", "count": 1},
    {"source": "mql", "target": "recycled", "count": 1},
]


class TestTrial:
    """Without a store a replay counts, and keeps nothing."""

    def test_it_counts_rows_leads_moves_and_refusals(self, world: World) -> None:
        """The document has every figure of a replay."""
        ran = world.replay("--json")

        assert ran.code == 0
        found = ran.document
        assert ("tiny", "1") == (found["definition"]["name"], found["definition"]["version"])
        assert (len(SIGNALS), len(SIGNALS), 0, 0, 0) == tuple(
            found["rows"][name] for name in ("read", "used", "filtered", "repeated", "refused")
        )
        assert (4, 3, 7, 0) == tuple(found[name] for name in ("leads", "entered", "records", "clashes"))
        assert MOVES == found["transitions"]
        assert {"iql": 1, "sal": 1, "recycled": 1} == found["stages"]
        assert {"refused": 1} == found["refusals"]
        assert found["history_digest"].startswith("sha256:")
        assert found["store"] is None

    def test_until_is_the_greatest_instant_unless_it_is_given(self, world: World) -> None:
        """What was taken for `until` is told, and whose choice it was."""
        found = world.replay("--json").document
        early = world.replay("--json", "--until", "2026-01-06T00:00:00Z").document

        assert (LATEST, False, 0) == (found["until"], found["until_given"], found["later"])
        assert ("2026-01-06T00:00:00.000000Z", True, 8) == (early["until"], early["until_given"], early["later"])
        assert {"iql": 3} == early["stages"]

    def test_people_are_told_the_same(self, world: World) -> None:
        """Without `--json` the figures stand in lines and tables."""
        out = world.replay().words

        assert "rows 15 read: 15 used, 0 filtered, 0 repeated, 0 refused" in out
        assert "until 2026-01-08 09:00:00Z (the greatest instant of the input)" in out
        assert "leads 4, of which 3 entered the lifecycle" in out
        assert "from to count (new) iql 3 iql mql 2 mql sal 1 mql recycled 1" in out
        assert "Not granted result count refused 1" in out
        assert "store" not in out

    def test_later_signals_are_told_apart(self, world: World) -> None:
        """What lies after `--until` is neither judged nor lost without a word."""
        out = world.replay("--until", "2026-01-06T00:00:00Z").out

        assert "2026-01-06 00:00:00Z (as given)" in out
        assert "7, and 8 later than that" in out

    def test_a_log_without_instants_has_no_end(self, world: World) -> None:
        """Where nothing is dated, nothing is judged."""
        world.log([{"lead": "1", "type": "profile", "data": {"email": "a@acme.example"}}])

        ran = world.replay()

        assert ran.code == 0
        assert "nothing in the input is dated" in ran.out
        assert "Transitions" not in ran.out

    def test_refused_rows_are_listed_and_the_rest_is_done(self, world: World) -> None:
        """The first twenty are printed with file, line and reason; the exit code says that rows were refused."""
        world.log([*SIGNALS, *["no json"] * 25])

        ran = world.replay()
        found = world.replay("--json")

        assert ran.code == found.code == 3
        assert "25 rows were refused:" in ran.out
        assert f"{world.signals}:16: not JSON" in ran.out
        assert "... and 5 more" in ran.out
        assert 20 == ran.out.count("not JSON")
        assert 25 == len(found.document["rows"]["refused_rows"])
        assert 7 == found.document["records"]

    def test_one_refused_row_is_one(self, world: World) -> None:
        """A single row is not spoken of in the plural."""
        world.log([*SIGNALS, "[]"])

        assert "1 row was refused:" in world.replay().out


class TestStore:
    """With a store each lead's history is kept whole, or left alone."""

    def test_histories_are_kept_and_found_again(self, world: World) -> None:
        """The second run finds every lead as it is stored."""
        first = world.replay("--store", world.store, "--json").document["store"]
        second = world.replay("--store", world.store, "--json").document["store"]

        counts = ("added", "completed", "unchanged", "differing")
        assert (3, 0, 0, 0) == tuple(first[name] for name in counts)
        assert (0, 0, 3, 0) == tuple(second[name] for name in counts)

    def test_a_url_is_a_store_too(self, world: World) -> None:
        """`sqlite:///FILE` and FILE name the same store."""
        assert world.replay("--store", f"sqlite:///{world.store}").code == 0
        assert "unchanged 3" in world.replay("--store", world.store).words

    def test_what_is_missing_is_completed(self, world: World) -> None:
        """A history that was stored up to some instant is continued."""
        world.replay("--store", world.store, "--until", "2026-01-06T00:00:00Z")

        ran = world.replay("--store", world.store)

        assert ran.code == 0
        assert "Kept in the store" in ran.out
        assert "completed 2 unchanged 1" in ran.words

    def test_a_lead_that_differs_is_left_alone(self, world: World) -> None:
        """The first difference is told, with lead, record and field."""
        world.filled()
        world.log([row for row in SIGNALS if row.get("data") != {"conversation_possible": True}])

        ran = world.replay("--store", world.store)
        again = world.replay("--store", world.store, "--json").document["store"]

        assert ran.code == 0
        assert "lead ada, record 3: accept to sal is stored, and nothing is computed" in ran.out
        assert "Leads that differ were left alone" in ran.out
        assert [{"lead": "ada", "sequence": 3, "what": "accept to sal is stored, and nothing is computed"}] == again[
            "differences"
        ]

    def test_differences_past_the_twentieth_are_counted(self, world: World) -> None:
        """A log of another world does not flood the terminal."""
        leads = [f"lead-{number:02}" for number in range(25)]
        world.log([signal(lead, "05T09:00", "profile", email="a@acme.example") for lead in leads])
        world.filled()
        world.log([signal(lead, "05T10:00", "profile", email="a@acme.example") for lead in leads])

        out = world.replay("--store", world.store).out

        assert 20 == out.count("at: 2026-01-05T09:00:00.000000Z stored")
        assert "... and 5 more" in out


class TestCheck:
    """`--check` compares, and writes nothing."""

    def test_it_writes_nothing_and_succeeds_where_nothing_differs(self, world: World) -> None:
        """The file is the same afterwards, byte for byte."""
        world.filled()
        before = world.store.read_bytes()

        ran = world.replay("--store", world.store, "--check")

        assert ran.code == 0
        assert "Compared with the store" in ran.out
        assert before == world.store.read_bytes()

    def test_it_exits_with_1_on_differences(self, world: World) -> None:
        """A script learns from the exit code that something differs, refused rows or not."""
        world.filled()
        world.log([*(row for row in SIGNALS if row.get("data") != {"conversation_possible": True}), "no json"])

        ran = world.replay("--store", world.store, "--check")

        assert ran.code == 1
        assert "lead ada, record 3" in ran.out
        assert "left alone" not in ran.out

    def test_what_would_be_added_is_told_as_such(self, world: World) -> None:
        """Nothing is said to be added that is not."""
        world.replay("--store", world.store, "--until", "2026-01-05T10:00:00Z")

        assert "to add 1 to complete 2" in world.replay("--store", world.store, "--check").words

    @pytest.mark.parametrize(
        ("more", "code", "message"), [((), 2, "say which with --store"), (("-s", "no.db"), 5, "no.db")]
    )
    def test_it_needs_a_store_that_exists(self, world: World, more: tuple[str, ...], code: int, message: str) -> None:
        """There is nothing to compare with, and nothing is made."""
        ran = world.replay("--check", *(str(world.folder / name) if name == "no.db" else name for name in more))

        assert code == ran.code
        assert message in ran.err
        assert not (world.folder / "no.db").exists()


class TestTables:
    """Tables are read through a mapping."""

    def test_a_table_needs_a_mapping_and_is_read_through_it(self, world: World) -> None:
        """Rows that the mapping leaves out are counted as filtered."""
        table = world.write("crm.csv", "id,when,mail,kind\n1,2026-01-05,a@acme.example,new\n2,2026-01-06,,old\n")
        mapping = world.write(
            "map.toml",
            '[[rows]]\nfile = "crm.csv"\nwhere = { kind = "new" }\nlead = "id"\n'
            'at = { column = "when", zone = "UTC" }\nprofile.email = "mail"\n',
        )
        ran = run("replay", table, "-d", world.definition, "--map", mapping, "--json")

        assert ran.code == 0
        assert (2, 1, 1) == tuple(ran.document["rows"][name] for name in ("read", "used", "filtered"))
        assert {"iql": 1} == ran.document["stages"]


def test_reading_and_replaying_show_how_far_they_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal each has a bar, one after the other."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("lifecycle.cli.inputs.EVERY", 2)

    err = world.replay().err

    assert 0 <= err.index("reading") < err.index("replaying")
    assert "4/4" in err


def test_every_lead_ends_where_the_log_leads_it(world: World) -> None:
    """`replay` and `leads` agree."""
    world.filled()

    assert STAGES == {row["lead"]: row["stage"] for row in run("leads", "-s", world.store, "--json").document["leads"]}
