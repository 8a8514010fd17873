"""Names that nobody knows: where nothing is found for them, that is said, and what is known."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from lifecycle import Lead, Lifecycle, load
from lifecycle.times import parse_instant
from tests.cli.run import run
from tests.cli.world import World

STAGES = "Known: iql, mql, sal, recycled"


class TestNames:
    """A slip is no answer."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("leads", "--stage", "nope"), f"knows the stage 'nope'. {STAGES}"),
            (("leads", "--sort", "score", "--score", "intrest"), "score 'intrest', did you mean 'interest'? Known"),
            (("records", "--source", "nowhere"), f"knows the stage 'nowhere'. {STAGES}"),
            (("records", "--target", "mqll"), f"stage 'mqll', did you mean 'mql'? {STAGES}"),
            (("records", "--trigger", "acept"), "trigger 'acept', did you mean 'accept'? Known: capture, qualify"),
            (("records", "--definition", "b2b"), "knows the definition 'b2b'. Known: tiny"),
            (("records", "--version", "2"), "knows the version '2'. Known: 1"),
            (("records", "--atom", "interest > 50"), "did you mean 'interest >= 50'? Known: has_email, interest >= 50"),
            (("refusals", "--stage", "nope"), f"knows the stage 'nope'. {STAGES}"),
            (("refusals", "--blocker", "walked"), "atom 'walked', did you mean 'talked'?"),
            (("refusals", "--by", "atom", "--trigger", "go"), "knows the trigger 'go'. Known: capture"),
            (("records", "--lead", "nobody"), "lead nobody: the store knows no such lead"),
            (("refusals", "--lead", "nobody"), "lead nobody: the store knows no such lead"),
            (("records", "--subject", "nobody"), "the store knows no subject 'nobody'"),
            (("records", "--actor", "sam"), "an actor is role:id"),
            (("refusals", "--by", "atom", "--actor", "sam"), "an actor is role:id"),
        ],
    )
    def test_what_nobody_knows_is_a_mistake_of_usage(
        self, world: World, arguments: tuple[str, ...], message: str
    ) -> None:
        """What was meant and what is known is said, and nothing is listed."""
        ran = run(*arguments, "--store", world.filled().store)

        assert (2, "") == (ran.code, ran.out)
        assert message in ran.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ("leads", "--stage", "mql"),
            ("records", "--source", "(new)", "--target", "sal"),
            ("records", "--trigger", "recycle", "--lead", "ada"),
            ("records", "--actor", "system", "--target", "sal"),
            ("records", "--actor", "sales:99"),
            ("records", "--atom", "talked", "--outcome", "failed"),
            ("refusals", "--stage", "(new)"),
            ("refusals", "--blocker", "has_email"),
            ("refusals", "--lead", "ben"),
            ("refusals", "--by", "atom", "--lead", "ben"),
        ],
    )
    def test_what_is_known_and_not_there_is_an_answer(self, world: World, arguments: tuple[str, ...]) -> None:
        """Nothing of it is there; that is what was asked."""
        assert 0 == run(*arguments, "--store", world.filled().store).code

    @pytest.mark.parametrize("option", ["--source", "--trigger", "--definition", "--version", "--subject", "--atom"])
    def test_bytes_that_are_no_text_are_a_mistake_of_usage(self, world: World, option: str) -> None:
        """No database is asked for them."""
        ran = run("records", option, "\udcff", "--store", world.filled().store)

        assert (2, True) == (ran.code, "is no text in UTF-8" in ran.err)

    def test_a_subject_remains_known(self, world: World) -> None:
        """Also where nothing of it fits the rest of the filter."""
        with closing(sqlite3.connect(world.filled().store)) as connection, connection:
            query = "SELECT subject FROM lifecycle_subjects WHERE lead = 'ada'"
            (subject,) = connection.execute(query).fetchone()
            connection.execute("DELETE FROM lifecycle_details")
            connection.execute("DELETE FROM lifecycle_refusal_details")
            connection.execute("DELETE FROM lifecycle_subjects")

        assert 0 == run("records", "--subject", subject, "--kind", "override", "-s", world.store).code
        assert 3 == len(run("records", "--subject", subject, "-s", world.store, "--json").document["records"])

    def test_what_was_asked_in_vain_is_found_all_the_same(self, world: World) -> None:
        """A trigger that no definition has may have been asked for; then it has been refused."""
        with Lifecycle(load(world.definition), store=world.filled().store) as door:
            door.fire(Lead("ben"), "fly", actor="sales:1", at=parse_instant("2026-01-09T12:00:00Z"))
        found = run("refusals", "--trigger", "fly", "-s", world.store, "--json").document["refusals"]

        assert ["ben"] == [row["lead"] for row in found]

    def test_a_store_without_definitions_knows_no_slips(self, world: World) -> None:
        """Nothing is kept yet, and any name may come."""
        world.log([])
        assert 0 == world.replay("--store", world.store).code
        with closing(sqlite3.connect(world.store)) as connection, connection:
            for table in ("edges", "rules", "definitions"):
                connection.execute(f"DROP TRIGGER lifecycle_{table}_no_delete")
                connection.execute(f"DELETE FROM lifecycle_{table}")

        assert 0 == run("leads", "--stage", "nope", "-s", world.store).code

    def test_a_definition_that_cannot_be_read_is_for_verify_to_tell(self, world: World) -> None:
        """Who looks for something else is not stopped by it."""
        with closing(sqlite3.connect(world.filled().store)) as connection, connection:
            connection.execute("DROP TRIGGER lifecycle_definitions_no_update")
            connection.execute("UPDATE lifecycle_definitions SET text = '???'")

        assert 0 == run("leads", "--stage", "nope", "-s", world.store).code

    def test_a_great_many_names_are_not_all_told(self, world: World) -> None:
        """How many more there are is."""
        stages = "".join(f"s{number} = {{}}\n" for number in range(30))
        arrows = "".join(
            f'[[transitions]]\ntrigger = "go"\nfrom = ["iql"]\nto = "s{number}"\n'.replace('"go"', f'"go{number}"')
            for number in range(30)
        )
        text = world.definition.read_text(encoding="utf-8")
        world.write("tiny.toml", text.replace("[stages]\n", f"[stages]\n{stages}") + arrows)
        ran = run("leads", "--stage", "nope", "-s", world.filled().store)

        assert "Known: s0, s1, " in ran.err
        assert ran.err.endswith("s19 and 14 more\n")
