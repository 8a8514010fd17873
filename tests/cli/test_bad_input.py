"""Bad input: each mistake has a message that says what to do, an exit code, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cli.run import run
from tests.cli.world import SIGNALS, World, signal

TEN_MISTAKES = """\
name = "wrong"
version = 1
pth = ["iql"]

[stages]
iql = { sla = "3 months" }
"m q l" = {}
alone = {}

[criteria]
a = { use = "profile.presnt", field = "email" }
b = { use = "engagement.count", kinds = ["x"], at_least = "three" }
c = { use = "engagement.count", kinds = ["x"] }
d = { use = "profile.present", feild = "email" }

[[transitions]]
trigger = "capture"
to = "iql"
when = "a AND b"

[[transitions]]
trigger = "capture"
to = "nowhere"
"""


def without(command: str, world: World) -> list[object]:
    """Give the arguments a command needs beside the definition or the store."""
    arguments: dict[str, list[object]] = {
        "replay": [world.signals],
        "explain": ["ada", world.signals],
        "fire": ["ada", "accept", world.signals, "--actor", "sales:7"],
        "history": ["ada"],
    }
    return arguments.get(command, [])


class TestInstants:
    """An instant has a time zone."""

    @pytest.mark.parametrize(
        ("given", "advice"),
        [
            ("2026-01-05T10:00:00", "write 2026-01-05T10:00:00Z if it is UTC"),
            ("yesterday", "is not an ISO 8601 instant such as"),
        ],
    )
    @pytest.mark.parametrize("command", ["replay", "explain", "fire"])
    def test_an_option_without_one_is_refused_with_advice(
        self, world: World, command: str, given: str, advice: str
    ) -> None:
        """The zone is never guessed."""
        option = "--until" if command == "replay" else "--at"

        ran = run(
            command, *without(command, world), "-s" if command == "fire" else "-d", world.definition, option, given
        )

        assert ran.code == 2
        assert advice in ran.err

    def test_a_signal_without_one_is_refused_with_its_line(self, world: World) -> None:
        """The other rows are done."""
        world.log([*SIGNALS, {"lead": "1", "at": "2026-01-05T10:00:00", "type": "activity", "name": "x"}])

        ran = world.replay()

        assert ran.code == 3
        assert f"{world.signals}:16: 'at' has no time zone" in ran.out
        assert "write '2026-01-05T10:00:00Z' if it is UTC" in ran.out


class TestSignals:
    """Files of signals, and mappings."""

    def test_malformed_json_is_refused_with_its_line_and_column(self, world: World) -> None:
        """The other lines are done."""
        world.log([SIGNALS[0], '{"lead": "1", }', *SIGNALS[1:]])

        ran = world.replay("--json")

        assert ran.code == 3
        [row] = ran.document["rows"]["refused_rows"]
        assert (str(world.signals), 2) == (row["file"], row["line"])
        assert row["message"].startswith("not JSON:")
        assert 7 == ran.document["records"]

    @pytest.mark.parametrize("command", ["replay", "explain", "fire"])
    def test_a_missing_file_is_a_mistake_of_usage(self, world: World, command: str) -> None:
        """It is named, and nothing is made of it."""
        world.signals.unlink()

        ran = run(command, *without(command, world), *(["-s", world.store] if command == "fire" else []))

        assert ran.code == 2
        assert f"'{world.signals}' does not exist" in ran.err
        assert not world.store.exists()

    def test_an_unknown_column_is_told_with_what_was_meant(self, world: World) -> None:
        """The mapping does not fit, and no row is read."""
        table = world.write("crm.csv", "id,when\n1,2026-01-05\n")
        rows = '[[rows]]\nfile = "crm.csv"\nlead = "id"\nat = { column = "wen", zone = "UTC" }\nactivity = "x"\n'
        mapping = world.write("map.toml", rows)

        ran = run("replay", table, "--map", mapping, "-d", world.definition)

        assert ran.code == 2
        assert f"{mapping}:4:1: error:" in ran.err
        assert "'wen' in crm.csv, did you mean 'when'?" in ran.err

    def test_a_table_without_a_mapping_is_told_to_need_one(self, world: World) -> None:
        """Nobody guesses what columns mean."""
        ran = run("replay", world.write("crm.csv", "id\n1\n"), "-d", world.definition)

        assert ran.code == 2
        assert "it needs a mapping file (--map)" in ran.err

    def test_a_mapping_that_is_no_text_is_refused(self, world: World) -> None:
        """With the byte at which it ends being one."""
        mapping = world.folder / "map.toml"
        mapping.write_bytes(b"ab\xff")

        ran = world.replay("--map", mapping)

        assert (2, f"{mapping} is not a text in UTF-8 (byte 3)\n") == (ran.code, ran.err)

    @pytest.mark.parametrize("command", ["explain", "fire"])
    def test_a_lead_that_nobody_knows_is_most_likely_mistyped(self, world: World, command: str) -> None:
        """Neither the log nor the store speaks of it, so nothing is asked of it."""
        arguments = ["nobody", *without(command, world)[1:]]

        ran = run(command, *arguments, "-d", world.definition, *(["-s", world.store] if command == "fire" else []))

        assert ran.code == 2
        assert "lead nobody: no signal of the input is about this lead" in ran.err

    def test_a_log_without_instants_cannot_be_explained_without_one(self, world: World) -> None:
        """As of when, nobody can know."""
        world.log([{"lead": "1", "type": "profile", "data": {"email": "a@acme.example"}}])

        assert run("explain", "1", world.signals, "-d", world.definition).code == 2
        assert run("explain", "1", world.signals, "-d", world.definition, "--at", "now").code == 0

    @pytest.mark.parametrize(("lead", "message"), [(" ", "not blank"), ("\udcff", "no text in UTF-8")])
    def test_a_lead_has_an_id_that_can_be_kept(self, world: World, lead: str, message: str) -> None:
        """Neither nothing nor bytes that are no text."""
        ran = run("history", lead, "--store", world.store)

        assert ran.code == 2
        assert message in ran.err


class TestDefinitions:
    """Definitions that cannot be used."""

    def test_ten_mistakes_are_told_at_once(self, world: World) -> None:
        """Each with its line, its column and what was probably meant."""
        path = world.write("wrong.toml", TEN_MISTAKES)

        ran = run("check", path, "--json")

        assert ran.code == 1
        errors = [problem for problem in ran.document["problems"] if problem["severity"] == "error"]
        assert len(errors) >= 10
        assert all(problem["file"] == str(path) and problem["line"] and problem["column"] for problem in errors)
        told = " ".join(problem["message"] for problem in errors)
        for hint in ("'path'", "months and years", "'profile.present'", "'field'", "'and'", "a whole number"):
            assert hint in told

    @pytest.mark.parametrize("command", ["replay", "explain", "fire"])
    def test_a_wrong_definition_is_unusable_with_every_problem(self, world: World, command: str) -> None:
        """The same list as from `check`, on standard error, and no store is made."""
        path = world.write("wrong.toml", TEN_MISTAKES)
        store = ["-s", world.store] if command == "fire" else []

        ran = run(command, *without(command, world), "-d", path, *store)

        assert ran.code == 4
        assert f"the definition {path} cannot be used, it has" in ran.err
        assert "unknown criterion" in ran.err or "profile.presnt" in ran.err
        assert not world.store.exists()

    def test_an_unknown_criterion_is_told_with_what_was_meant(self, world: World) -> None:
        """A slip of a letter is found by its neighbour."""
        world.write("tiny.toml", world.definition.read_text().replace("engagement.happened", "engagement.hapened"))

        assert "did you mean 'engagement.happened'?" in world.replay().err

    def test_a_wrong_parameter_is_told_with_its_place(self, world: World) -> None:
        """With the type that was wanted, and what was given."""
        text = world.definition.read_text().replace("at_least = 1", 'at_least = "one"')
        world.write("tiny.toml", text)
        line = next(number for number, row in enumerate(text.splitlines(), 1) if row.startswith("visits"))

        ran = world.replay()

        assert ran.code == 4
        assert f"{world.definition}:{line}:" in ran.err
        assert "must be a whole number, not 'one'" in ran.err

    @pytest.mark.parametrize("command", ["check", "diagram", "replay"])
    def test_a_missing_definition_is_unusable(self, world: World, command: str) -> None:
        """The packaged ones are named, or the one that was probably meant."""
        name = "nothing-like-it"

        ran = run(command, *([world.signals, "-d", name] if command == "replay" else [name]))

        assert ran.code == 4
        assert "packaged are b2b, product_led, short_cycle" in ran.err

    def test_the_document_of_an_error_has_its_problems(self, world: World) -> None:
        """With `--json` a failure is a document too."""
        path = world.write("wrong.toml", TEN_MISTAKES)

        ran = run("replay", world.signals, "-d", path, "--json")

        error = ran.document["error"]
        assert (4, None) == (error["exit_code"], error["lead"])
        assert "cannot be used" in error["message"]
        assert "version" in {problem["path"][0] for problem in error["problems"] if problem["path"]}


class TestRequests:
    """What is asked in a way that nobody could grant."""

    @pytest.mark.parametrize(("actor", "trigger"), [("sam", "accept"), ("sales:7", " ")])
    def test_a_request_names_a_role_and_a_trigger(self, world: World, actor: str, trigger: str) -> None:
        """It is found before the store is opened."""
        ran = run("fire", "ada", trigger, world.signals, "-d", world.definition, "-s", world.store, "--actor", actor)

        assert ran.code == 2
        assert "an actor is role:id" in ran.err or "a request names a trigger" in ran.err
        assert not world.store.exists()

    def test_a_request_of_the_past_names_the_lead_and_both_instants(self, world: World) -> None:
        """History is append-only: it cannot be asked before the last move."""
        known = ("-d", world.definition, "-s", world.filled().store, "--actor", "sales:7")

        ran = run("fire", "zoe", "accept", world.signals, *known, "--at", "2026-01-07T00:00:00Z")

        assert ran.code == 2
        assert "lead zoe: the request is dated 2026-01-07T00:00:00+00:00" in ran.err
        assert "2026-01-08T09:00:00+00:00" in ran.err


def _strangers(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (id)"))
    engine.dispose()


def _no_database(path: Path) -> None:
    path.write_text("dear diary, " * 100)


def _newer(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE lifecycle_version SET version_num = '9999'"))
    engine.dispose()


class TestStores:
    """Stores that cannot be used."""

    @pytest.mark.parametrize("command", ["replay", "fire", "history", "leads", "export"])
    @pytest.mark.parametrize(
        ("spoil", "message"),
        [(_strangers, "none of ours"), (_no_database, "is not a database"), (_newer, "a newer version")],
    )
    def test_what_is_not_ours_is_left_alone(
        self, world: World, command: str, spoil: Callable[[Path], None], message: str
    ) -> None:
        """Another application's database, a file that is none, and a store of a later version."""
        if spoil is _newer:
            world.filled()
        spoil(world.store)
        before = world.store.read_bytes()
        definition = ["-d", world.definition] if command in {"replay", "fire"} else []

        ran = run(command, *without(command, world), *definition, "--store", world.store)

        assert ran.code == 5
        assert message in ran.err
        assert before == world.store.read_bytes()

    @pytest.mark.parametrize("command", ["history", "leads", "export"])
    def test_a_missing_store_is_not_made_by_looking(self, world: World, command: str) -> None:
        """A mistyped path is told, and no empty store is left there."""
        ran = run(command, *without(command, world), "--store", world.store)

        assert ran.code == 5
        assert "does not exist" in ran.err
        assert not world.store.exists()

    def test_an_empty_store_is_not_filled_by_looking(self, world: World) -> None:
        """An empty file is a store in which nothing is kept yet."""
        world.store.touch()

        ran = run("leads", "--store", world.store)

        assert ran.code == 5
        assert b"" == world.store.read_bytes()

    @pytest.mark.parametrize("where", ["no-folder/history.db", "tiny.toml/history.db"])
    def test_a_path_that_cannot_be_written_is_told(self, world: World, where: str) -> None:
        """The path is named; it is the store's fault, not the definition's."""
        ran = world.replay("--store", world.folder / where)

        assert ran.code == 5
        assert where in ran.err

    def test_a_url_that_is_none_is_told(self, world: World) -> None:
        """With an example of one."""
        ran = world.replay("--store", "://")

        assert ran.code == 5
        assert "such as sqlite:///history.db" in ran.err

    def test_a_changed_definition_of_the_same_version_is_a_conflict(self, world: World) -> None:
        """The store keeps the text that was used, and asks for another version."""
        world.filled()
        world.write("tiny.toml", world.definition.read_text().replace("interest >= 50", "interest >= 45"))

        ran = world.replay("--store", world.store)

        assert ran.code == 5
        assert "raise the version" in ran.err

    def test_stranded_leads_are_counted(self, world: World) -> None:
        """A version without a stage that holds leads is refused, with how many."""
        world.filled()
        text = world.definition.read_text().replace('version = "1"', 'version = "2"')
        world.write("tiny.toml", text.replace("recycled", "resting"))

        ran = world.replay("--store", world.store)

        assert ran.code == 5
        assert "1 in recycled" in ran.err


class TestOutputs:
    """Where results cannot go."""

    @pytest.mark.parametrize("where", ["no-folder/out", "tiny.toml/out", "."])
    def test_a_path_that_cannot_be_written_is_a_mistake_of_usage(self, world: World, where: str) -> None:
        """The path is named, for exports and diagrams alike."""
        target = world.folder / where

        exported = run("export", "-s", world.filled().store, "-o", target)
        drawn = run("diagram", world.definition, "-o", target)

        assert exported.code == drawn.code == 2
        assert "Traceback" not in exported.err + drawn.err
        assert str(world.folder) in exported.err
        assert str(target) in drawn.err


def test_undated_requests_are_refused_rows(world: World) -> None:
    """A request without an instant cannot be placed in time."""
    row = signal("ada", "07T09:00", "request", "accept", actor="sales:7")
    world.log([*SIGNALS, {key: value for key, value in row.items() if key != "at"}])

    assert "'at' is missing" in world.replay().out
