"""`history` and `leads`: looking into a store."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from tests.cli.run import run
from tests.cli.world import STAGES, World


class TestHistory:
    """How a lead came to where it stands."""

    def test_it_shows_every_move(self, world: World) -> None:
        """Number, instant, move, trigger, actor, and how."""
        words = run("history", "zoe", "--store", world.filled().store).words

        assert "lead zoe stage recycled since 2026-01-08 09:00:00Z cycle 2" in words
        assert "1 2026-01-05 09:00:00Z (new) -> iql capture system automatic" in words
        assert "3 2026-01-08 09:00:00Z mql -> recycled recycle sales:7 requested, no_answer" in words
        assert "Not granted" not in words

    def test_it_shows_what_was_not_granted(self, world: World) -> None:
        """A refusal, with what stood in the way."""
        words = run("history", "ada", "--store", world.filled().store).words

        assert "Not granted at trigger in by result in the way" in words
        assert "2026-01-07 09:00:00Z accept mql sales:7 refused talked" in words
        assert "has she been called?" not in words

    def test_details_are_what_each_decision_rests_on(self, world: World) -> None:
        """Verdicts, scores and notes, of refusals too."""
        words = run("history", "ada", "--store", world.filled().store, "--details").words

        assert "has_email met email is known" in words
        assert "interest score 50" in words
        assert "talked unknown conversation_possible is not known note has she been called?" in words

    def test_details_stand_below_their_row(self, world: World) -> None:
        """The titles are there once, and a row that rests on nothing has nothing below it, not even a blank line."""
        lines = run("history", "zoe", "--store", world.filled().store, "--details").lines

        assert 1 == len([line for line in lines if line.startswith("no  at ")])
        assert " 1  2026-01-05 09:00:00Z  (new) -> iql     capture  system   automatic" in lines
        assert "    has_email  met  email is known" in lines
        assert "recycle" in lines[-1]

    def test_a_score_that_was_not_sure_is_an_interval(self, world: World) -> None:
        """What was unknown then is shown as it was."""
        definition = world.definition.read_text().replace("asked = 40,", "asked = 40, talked = 9,")
        world.write("tiny.toml", definition.replace('when = "talked"', 'when = "talked or interest >= 80"'))

        assert "interest score 50 to 59" in run("history", "ada", "-s", world.filled().store, "--details").words

    def test_the_reason_of_a_forbidden_request_is_a_detail(self, world: World) -> None:
        """Who might have asked is kept with the refusal."""
        asked = ("-d", world.definition, "-s", world.store, "--actor", "marketing:1", "--at", "2026-01-08T12:00:00Z")
        run("fire", "zoe", "recycle", world.signals, *asked, "--reason", "no_answer")

        words = run("history", "zoe", "-s", world.store, "--details").words

        assert "recycle mql marketing:1 forbidden -" in words
        assert "not allowed the role marketing may not ask; those that may: sales" in words

    def test_erased_details_are_said_to_be(self, world: World) -> None:
        """The record stands, and what was personal is gone."""
        with create_engine(f"sqlite:///{world.filled().store}").begin() as connection:
            connection.execute(text("DELETE FROM lifecycle_details"))
            connection.execute(text("DELETE FROM lifecycle_refusal_details"))
        connection.engine.dispose()

        out = run("history", "ada", "-s", world.store, "--details").out

        assert 4 == out.count("the details have been erased")

    def test_an_unknown_lead_is_a_mistake(self, world: World) -> None:
        """It was mistyped, or has been erased."""
        ran = run("history", "nobody", "--store", world.filled().store)

        assert (2, "", "lead nobody: the store knows no such lead\n") == (ran.code, ran.out, ran.err)

    def test_what_remains_of_an_erased_lead_is_found_by_its_subject(self, world: World) -> None:
        """All its moves and refusals, up to an instant where one is given; nobody is named."""
        whole = run("history", "ada", "-s", world.filled().store, "--json").document
        subject = whole["records"][0]["subject"]
        named = run("history", subject, "-s", world.store, "--json").document
        run("erase", "ada", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:3")
        found = run("history", subject, "-s", world.store, "--json").document
        then = run("history", subject, "-s", world.store, "--as-of", "2026-01-07T09:00:00Z")

        assert whole == named
        assert (None, "sal", [1, 2, 3], [1]) == (
            found["lead"],
            found["stage"],
            [row["sequence"] for row in found["records"]],
            [row["number"] for row in found["refusals"]],
        )
        assert f"erased lead, subject {subject} stage mql" in then.words
        assert "2026-01-07 09:00:00Z accept mql sales:7 refused talked" in then.words
        assert "ada" not in then.out

    def test_a_subject_that_was_only_refused_is_known(self, world: World) -> None:
        """It has no moves, and a history all the same."""
        asked = ("-d", world.definition, "-s", world.store, "--actor", "sales:1", "--at", "2026-01-08T12:00:00Z")
        run("fire", "eve", "accept", world.signals, *asked)
        [refusal] = run("refusals", "--lead", "eve", "-s", world.store, "--json").document["refusals"]
        run("erase", "eve", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:3")

        assert "accept (new) sales:1 undefined" in run("history", refusal["subject"], "-s", world.store).words

    def test_that_nothing_was_known_then_is_not_that_nobody_knows_the_lead(self, world: World) -> None:
        """Before the first checkpoint nothing was, and before the first move nothing had happened."""
        run("seal", "-s", world.filled().store)
        unknown, early, nobody = (
            run("history", lead, "-s", world.store, option, "2026-01-01T00:00:00Z").err
            for lead, option in (("ada", "--recorded-as-of"), ("ada", "--as-of"), ("nobody", "--as-of"))
        )

        assert "nothing of this lead was known at position 0" in unknown
        assert "nothing had happened to this lead by then" in early
        assert "the store knows no such lead" in nobody

    def test_a_lead_with_refusals_only_has_no_stage(self, world: World) -> None:
        """Asked for before it entered: known, and in no stage."""
        asked = ("-d", world.definition, "-s", world.store, "--actor", "sales:1", "--at", "2026-01-08T12:00:00Z")
        run("fire", "eve", "accept", world.signals, *asked)

        plain, detailed = (run("history", "eve", "-s", world.store, *more) for more in ((), ("--details",)))

        assert "accept (new) sales:1 undefined" in plain.words
        assert "History" not in plain.out + detailed.out
        assert "" == plain.err

    def test_the_document_has_envelopes(self, world: World) -> None:
        """Each record comes with subject, digests and time of writing, which chain it to the one before."""
        first, second, _ = run("history", "zoe", "-s", world.filled().store, "--json").document["records"]

        assert ("", None) == (first["previous"], first["source"])
        assert first["digest"] == second["previous"]
        assert first["subject"] == second["subject"]
        assert "detail" not in first

    def test_what_was_true_and_known_then(self, world: World) -> None:
        """Records and refusals up to an instant, and up to a position, which is named."""
        run("seal", "-s", world.filled().store)
        then = run("history", "ada", "-s", world.store, "--as-of", "2026-01-07T09:30:00Z", "--json").document
        none = run("history", "ada", "-s", world.store, "--position", 0, "--json")

        assert ("mql", 2, 1, None) == (
            then["stage"],
            len(then["records"]),
            len(then["refusals"]),
            then["position"],
        )
        assert (None, [], [], 0) == tuple(none.document[key] for key in ("stage", "records", "refusals", "position"))
        assert "as known at position 0" in none.err


class TestLeads:
    """Who stands where."""

    def test_they_are_listed_with_stage_and_since(self, world: World) -> None:
        """One line each; how many there are is a note."""
        ran = run("leads", "--store", world.filled().store)

        assert [
            "lead  stage     since",
            "ada   sal       2026-01-07 11:00:00Z",
            "ben   iql       2026-01-05 12:00:00Z",
            "zoe   recycled  2026-01-08 09:00:00Z",
        ] == ran.lines
        assert "3 leads: iql 1, recycled 1, sal 1" in ran.err

    def test_only_those_of_one_stage(self, world: World) -> None:
        """`--stage` keeps the others out."""
        found = run("leads", "--store", world.filled().store, "--stage", "sal", "--json").document

        assert [("ada", "sal")] == [(row["lead"], row["stage"]) for row in found["leads"]]

    def test_an_empty_stage_is_no_error(self, world: World) -> None:
        """Nobody there is an answer."""
        ran = run("leads", "--store", world.filled().store, "--stage", "mql")

        assert ran.code == 0
        assert "0 leads" in ran.err

    def test_who_has_stood_there_longest_comes_first(self, world: World) -> None:
        """`--sort since`, of which `--limit` gives the first."""
        found = run("leads", "-s", world.filled().store, "--sort", "since", "--limit", 2, "--json").document

        assert ["ben", "ada"] == [row["lead"] for row in found["leads"]]

    @pytest.mark.parametrize(("limit", "more"), [(2, True), (3, False)])
    def test_that_there_are_more_is_said(self, world: World, limit: int, more: bool) -> None:
        """Nobody takes the first ones for all of them."""
        ran = run("leads", "-s", world.filled().store, "--limit", limit)
        document = run("leads", "-s", world.store, "--limit", limit, "--json").document

        assert more is ("there are more" in ran.err)
        assert (more, limit) == (document["more"], len(document["leads"]))

    def test_the_highest_score_comes_first(self, world: World) -> None:
        """With the instant that it is of; a lead of which none is known comes last."""
        ran = run("leads", "-s", world.filled().store, "--sort", "score")
        document = run("leads", "-s", world.store, "--sort", "score", "--json").document

        assert ["lead", "stage", "since", "score", "as", "of"] == ran.lines[0].split()
        assert "ada sal 2026-01-07 11:00:00Z 50 2026-01-06 15:10:00Z" in ran.words
        assert ["ada", "zoe", "ben"] == [row["lead"] for row in document["leads"]]
        assert ran.lines[3].split() == ["ben", "iql", "2026-01-05", "12:00:00Z", "-", "-"]
        expected = {"name": "interest", "low": 50, "high": 50, "at": "2026-01-06T15:10:00.000000Z"}
        assert [expected, expected, None] == [row["score"] for row in document["leads"]]

    def test_a_score_that_is_not_sorted_by_is_a_mistake_of_usage(self, world: World) -> None:
        """It would do nothing."""
        ran = run("leads", "-s", world.filled().store, "--score", "interest")

        assert ran.code == 2
        assert "add --sort score" in ran.err

    def test_where_they_stood_then(self, world: World) -> None:
        """At an instant, or as far as was known."""
        run("seal", "-s", world.filled().store)
        ran = run("leads", "-s", world.store, "--as-of", "2026-01-06T16:00:00Z")
        before = run("leads", "-s", world.store, "--recorded-as-of", "2026-01-01T00:00:00Z", "--json").document

        assert "ada mql 2026-01-06 15:10:00Z" in ran.words
        assert "3 leads: iql 1, mql 2" in ran.err
        assert {"leads": [], "more": False, "position": 0} == before

    def test_one_lead_is_one(self, world: World) -> None:
        """Not one leads."""
        assert "1 lead: sal 1\n" == run("leads", "--stage", "sal", "-s", world.filled().store).err

    def test_a_position_beyond_the_log_is_not_said_to_be_known(self, world: World) -> None:
        """Only that it is not there."""
        run("seal", "-s", world.filled().store)
        ran = run("leads", "-s", world.store, "--position", 99_999)

        assert (5, "sealed are the positions up to 8, and not 99999; run `lifecycle seal`\n") == (ran.code, ran.err)

    def test_an_erased_lead_has_no_name(self, world: World) -> None:
        """It is still counted, and shown by its subject, so that two can be told apart."""
        subject = run("records", "--lead", "ada", "-s", world.filled().store, "--json").document["records"][0][
            "subject"
        ]
        with create_engine(f"sqlite:///{world.store}").begin() as connection:
            connection.execute(text("DELETE FROM lifecycle_subjects WHERE lead = 'ada'"))
        connection.engine.dispose()

        ran = run("leads", "--store", world.store)
        found = run("leads", "--store", world.store, "--json").document

        assert f"({subject}) sal" in ran.words
        assert STAGES | {None: "sal"} == {"ada": "sal"} | {row["lead"]: row["stage"] for row in found["leads"]}
