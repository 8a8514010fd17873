"""`explain` and `fire`: what one lead lacks, and asking something of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lifecycle.cli.exits import ExitCode
from tests.cli.run import Ran, run
from tests.cli.world import LATEST, SIGNALS, World, signal


def explain(world: World, lead: str, *more: object) -> Ran:
    """Explain a lead of the log."""
    return run("explain", lead, world.signals, "-d", world.definition, *more)


def fire(world: World, lead: str, trigger: str, *more: object, actor: str = "sales:7", at: str = "08T12:00") -> Ran:
    """Ask for something of a lead of the log, at noon after the log's end."""
    known = ("-d", world.definition, "--store", world.store, "--actor", actor, "--at", f"2026-01-{at}:00Z")
    return run("fire", lead, trigger, world.signals, *known, *more)


class TestExplain:
    """Where a lead stands, and what it lacks."""

    def test_it_says_where_the_lead_stands_and_what_each_way_lacks(self, world: World) -> None:
        """Stage, instant, who may ask, and the smallest change with the points that are missing."""
        found = explain(world, "ben", "--json").document

        assert ("ben", "iql", LATEST) == (found["lead"], found["stage"], found["at"])
        [way] = found["ways"]
        assert ("qualify", "mql", False, True) == tuple(way[key] for key in ("trigger", "target", "open", "automatic"))
        [[missing]] = way["changes"]
        assert ("interest >= 50", True, 45) == tuple(missing[key] for key in ("atom", "wanted", "points"))
        assert {"asked": 40, "visits": 15} == missing["sources"]
        assert "2026-02-04T12:01:00.000000Z" == missing["may_change_at"]

    def test_people_are_told_the_same(self, world: World) -> None:
        """One line says where the lead stands, one each way, one each thing that is missing."""
        words = explain(world, "ben").words

        assert "lead ben is in iql (Information qualified lead)" in words
        assert "since 2026-01-05 12:00:00Z as of 2026-01-08 09:00:00Z cycle 1" in words
        assert "qualify -> mql closed by itself it takes interest >= 50" in words
        assert "interest is 5; 45 more points needed; could give: asked 40, visits 15" in words
        assert "time alone may change it at 2026-02-04 12:01:00Z" in words

    def test_roles_reasons_and_open_ways_are_shown(self, world: World) -> None:
        """Whoever reads it learns who may ask, who may override, and which reason is wanted."""
        words = explain(world, "ada", "--at", "2026-01-07T08:00:00Z").words

        assert "accept -> sal closed asked by sales; override by sales_manager" in words
        assert "it takes talked conversation_possible is not known" in words
        assert "recycle -> recycled open asked by sales; with a reason: bad_timing, no_answer" in words

    def test_a_lead_before_its_entry_is_outside(self, world: World) -> None:
        """A lead that never entered is explained by the entries."""
        words = explain(world, "eve").words

        assert "lead eve is outside the lifecycle as of" in words
        assert "capture -> iql closed by itself it takes has_email email is not known" in words

    def test_a_final_stage_has_no_way_out(self, world: World) -> None:
        """Where nothing leads out, that is said."""
        assert "No transition leads out of this stage." in explain(world, "ada").out

    def test_it_cannot_see_what_comes_later(self, world: World) -> None:
        """`--at` is an instant of the past, with the facts of that time."""
        found = explain(world, "ada", "--at", "2026-01-06T00:00:00Z", "--json").document

        assert "iql" == found["stage"]

    def test_requests_of_the_log_are_lived_through(self, world: World) -> None:
        """It stands where a replay of the same log puts it."""
        assert "recycled" == explain(world, "zoe", "--json").document["stage"]

    def test_long_lists_are_cut_unless_all_is_asked_for(self, world: World) -> None:
        """A person tries the smallest changes first; `--all` shows every one."""
        text = world.definition.read_text()
        several = 'when = "asked or visits >= 1"'.replace("visits >= 1", "talked or has_phone or has_title")
        more = "\n".join(
            f'has_{field} = {{ use = "profile.present", field = "{field}" }}' for field in ("phone", "title")
        )
        text = text.replace('when = "interest >= 50"', several).replace("[scores]", f"{more}\n\n[scores]")
        world.write("tiny.toml", text)

        few, every = explain(world, "ben").words, explain(world, "ben", "--all").words

        assert "either (1) asked has not happened or (2)" in few
        assert "... or one of 1 more (--all shows them)" in few
        assert "or (4)" in every
        assert "more (--all" not in every

    def test_long_lists_of_sources_are_cut_too(self, world: World) -> None:
        """Of many entries that could give points, those that give most are named."""
        kinds = [f"kind_{number}" for number in range(6)]
        criteria = "\n".join(f'{kind} = {{ use = "engagement.happened", kinds = ["{kind}"] }}' for kind in kinds)
        points = ", ".join(f"{kind} = {number + 1}" for number, kind in enumerate(kinds))
        text = world.definition.read_text().replace("[scores]", f"{criteria}\n\n[scores]")
        world.write("tiny.toml", text.replace("asked = 40,", f"asked = 40, {points},"))

        assert "asked 40, visits 15, kind_5 6, kind_4 5, and 4 more" in explain(world, "ben").words
        assert "kind_0 1" in explain(world, "ben", "--all").words

    def test_too_many_points_are_told_as_such(self, world: World) -> None:
        """A score that must fall is not said to need more."""
        world.write("tiny.toml", world.definition.read_text().replace('when = "talked"', 'when = "interest < 3"'))

        assert "interest is 50; 48 points too many; comes from: asked 40, visits 10" in explain(world, "ada").words

    def test_what_could_take_points_away_is_told_apart(self, world: World) -> None:
        """A penalty that has not been met gives nothing that could be lost, and a single point is one."""
        text = world.definition.read_text().replace("asked = 40,", "asked = 40, talked = -9,")
        world.write("tiny.toml", text.replace('when = "talked"', 'when = "interest < 50"').replace(">= 50", ">= 40"))
        words = explain(world, "ada", "--at", "2026-01-06T16:00:00Z").words

        assert "1 point too many; comes from: asked 40, visits 10; could take away: talked 9" in words

    def test_what_nothing_can_open_is_told(self, world: World) -> None:
        """A condition that contradicts itself has no smallest change."""
        text = world.definition.read_text().replace('when = "interest >= 50"', 'when = "asked and not asked"')
        world.write("tiny.toml", text)

        assert "nothing that can be known would open it" in explain(world, "ben").out

    def test_what_loops_is_told(self, world: World) -> None:
        """A way that is open, and leads back within one instant, is shown as held back."""
        came = 'came = { use = "timing.came_by", triggers = ["qualify"] }'
        back = '\n[[transitions]]\ntrigger = "back"\nfrom = ["mql"]\nto = "iql"\nautomatic = true\nwhen = "came"\n'
        world.write("tiny.toml", world.definition.read_text().replace("[scores]", f"{came}\n\n[scores]") + back)

        words = explain(world, "zoe", "--at", "2026-01-06T15:10:00Z").words

        assert "back -> iql looped by itself" in words
        assert "has left or entered this stage in this very instant" in words

    def test_automatic_ways_may_be_asked_for_too(self, world: World) -> None:
        """An automatic transition with roles says both."""
        text = world.definition.read_text().replace('to = "mql"\n', 'to = "mql"\nby = ["marketing"]\n')
        world.write("tiny.toml", text)

        assert "by itself; or asked by marketing" in explain(world, "ben").out

    def test_ways_open_to_all_say_so(self, world: World) -> None:
        """A transition without roles may be asked for by anyone."""
        text = world.definition.read_text().replace('by = ["sales"]\noverride', "override")
        world.write("tiny.toml", text)

        assert "accept -> sal closed asked by anyone" in explain(world, "ada", "--at", "2026-01-07T08:00:00Z").words

    def test_refused_rows_are_told_on_standard_error(self, world: World) -> None:
        """The answer stands, and the exit code says that some rows are missing from it."""
        world.log([*SIGNALS, "no json"])

        ran = explain(world, "ben", "--json")

        assert ran.code == 3
        assert "iql" == ran.document["stage"]
        assert "1 row was refused:" in ran.err


class TestFire:
    """Asking for a move, and keeping the answer."""

    def test_a_granted_request_is_recorded(self, world: World) -> None:
        """The decision, the records with their envelope, and where the lead stands now."""
        ran = fire(world, "ada", "accept", "--json")

        assert ran.code == 0
        found = ran.document
        assert (True, "granted", "sal") == (found["granted"], found["decision"]["result"], found["stage"])
        assert ["iql", "mql", "sal"] == [record["target"] for record in found["records"]]
        assert found["records"][-1]["digest"].startswith("sha256:")
        assert "sal" == run("history", "ada", "-s", world.store, "--json").document["stage"]

    def test_people_are_told_the_same(self, world: World) -> None:
        """The result first, then what was recorded."""
        words = fire(world, "ada", "accept").words

        assert "accept in mql: granted Recorded" in words
        assert "3 2026-01-08 12:00:00Z mql -> sal accept sales:7 requested" in words
        assert "the lead is now in sal" in words

    def test_a_new_store_is_said_to_be_one(self, world: World) -> None:
        """A slip in its name would split a history in two without a word."""
        first, second = (fire(world, "ada", trigger) for trigger in ("accept", "recycle"))

        assert f"{world.store} is a new store: nothing has been kept in it before" in " ".join(first.err.split())
        assert "new store" not in second.err

    def test_a_store_keeps_to_its_rules_unless_others_are_named(self, world: World) -> None:
        """A forgotten `--definition` would decide by those that are taken by themselves."""
        fire(world, "ada", "accept")
        known = ("--store", world.store, "--actor", "sales:7", "--at", LATEST)
        for forgotten in (("fire", "ada", "recycle", world.signals, *known), ("replay", world.signals, *known[:2])):
            ran = run(*forgotten)
            assert ran.code == ExitCode.USAGE
            assert f"{world.store} lives by tiny, and not by b2b; say by which rules, with --definition" in ran.err
        ran = run("fire", "ben", "accept", world.signals, *known, "--definition", "b2b")

        assert ran.code == 0

    def test_a_refused_request_is_a_result_and_is_kept(self, world: World) -> None:
        """The exit code is 0, what stood in the way is said, and the refusal is found in the store."""
        ran = fire(world, "zoe", "accept", "--note", "please")

        assert ran.code == 0
        assert "accept in mql: refused in the way: talked (conversation_possible is not known)" in ran.words
        [refusal] = run("history", "zoe", "-s", world.store, "--details", "--json").document["refusals"]
        assert ("refused", ["talked"], "please") == (
            refusal["result"],
            refusal["blockers"],
            refusal["detail"]["note"],
        )

    def test_a_forbidden_request_says_who_may(self, world: World) -> None:
        """A wrong role and a missing reason are both named."""
        words = fire(world, "zoe", "recycle", actor="marketing:1").words

        assert "recycle in mql: forbidden the role marketing may not ask; those that may: sales" in words
        assert "a reason code is needed: bad_timing, no_answer" in words

    def test_an_undefined_request_says_so(self, world: World) -> None:
        """A trigger that does not fit the stage is a result, not an error."""
        ran = fire(world, "ben", "accept")

        assert ran.code == 0
        assert "accept in iql: undefined the definition has no transition accept there; it has qualify" in ran.words

    @pytest.mark.parametrize(
        ("trigger", "actor", "says"),
        [
            ("acept", "sales:7", "trigger 'acept', did you mean 'accept'?; it has accept, capture, qualify, recycle"),
            ("accept", "sale:7", "role 'sale', did you mean 'sales'?; it has marketing, sales, sales_manager"),
        ],
    )
    def test_a_name_that_the_definition_has_nowhere_is_a_slip(
        self, world: World, trigger: str, actor: str, says: str
    ) -> None:
        """It is kept nowhere, as it would stay for good, and what is possible is listed."""
        ran = fire(world, "zoe", trigger, actor=actor)

        assert 2 == ran.code
        assert f"the definition tiny has no {says}" in " ".join(ran.err.split())
        assert not world.store.exists()

    def test_a_role_is_no_slip_where_anyone_may_ask(self, world: World) -> None:
        """The definition need not know it."""
        world.write("tiny.toml", world.definition.read_text().replace('by = ["sales"]\nreasons', "reasons"))

        assert "granted" in fire(world, "zoe", "recycle", "--reason", "no_answer", actor="somebody:1").out

    def test_an_override_waives_and_says_what(self, world: World) -> None:
        """It is recorded as an override, with the waived atoms."""
        words = fire(world, "zoe", "accept", "--override", actor="sales_manager:1").words

        assert "accept in mql: granted" in words
        assert "override, waived talked" in words

    def test_a_reason_is_recorded(self, world: World) -> None:
        """The reason code stands in the record."""
        found = fire(world, "zoe", "recycle", "--reason", "bad_timing", "--json").document

        assert ("bad_timing", 2) == tuple(found["records"][-1][key] for key in ("reason", "cycle"))

    def test_blockers_that_are_scores_are_named(self, world: World) -> None:
        """A comparison has no verdict of its own, and is named with what was found."""
        assert "in the way: interest >= 50 (unmet)" in fire(world, "ben", "qualify").words

    def test_a_dry_run_keeps_nothing(self, world: World) -> None:
        """Neither the answer nor the definition is kept; the store is the same, byte for byte."""
        world.filled()
        before = world.store.read_bytes()
        text = world.definition.read_text().replace('version = "1"', 'version = "2"')
        world.write("tiny.toml", text)

        ran = fire(world, "ben", "qualify", "--dry-run")

        assert ran.code == 0
        assert "if this were no dry run" in ran.out
        assert before == world.store.read_bytes()

    def test_a_dry_run_says_what_would_be_recorded(self, world: World) -> None:
        """The same decision, told in the conditional."""
        world.replay("--store", world.store, "--until", "2026-01-07T10:30:00Z")

        ran = fire(world, "ada", "accept", "--dry-run")

        assert "Would be recorded" in ran.out
        assert "mql" == run("history", "ada", "-s", world.store, "--json").document["stage"]

    def test_requests_in_the_input_are_not_asked_again(self, world: World) -> None:
        """Whoever passes a whole log is told so, unless the store knows the lead already."""
        first, second = fire(world, "zoe", "accept"), fire(world, "zoe", "accept")

        assert "requests in the input that are not asked here: 1 (`lifecycle replay` asks them)" in first.err
        assert "" == second.err

    def test_now_is_the_present_instant(self, world: World) -> None:
        """Without `--at` the request is dated now, after everything in the log."""
        known: tuple[Any, ...] = ("-d", world.definition, "--store", world.store, "--actor", "sales:7", "--json")
        left_out = run("fire", "ben", "accept", world.signals, *known).document
        named = run("fire", "ben", "accept", world.signals, *known, "--at", "now").document

        assert LATEST < left_out["decision"]["at"] <= named["decision"]["at"]

    def test_a_lead_that_the_store_knows_needs_no_signals(self, world: World, tmp_path: Path) -> None:
        """Its journey is in the store; nothing else may be known of it."""
        world.replay("--store", world.store, "--until", "2026-01-06T23:00:00Z")
        world.log([signal("somebody else", "05T09:00", "activity", "page_visited")])

        assert "recycled" == fire(world, "ada", "recycle", "--reason", "no_answer", "--json").document["stage"]
