"""`records` and `refusals`: looking through what a store keeps of all leads."""

from __future__ import annotations

from typing import Any

import pytest

from lifecycle.cli.app import lifecycle
from lifecycle.cli.filters import KEPT
from lifecycle.decision import Result
from tests.cli.run import Ran, run
from tests.cli.world import World, signal


def records(world: World, *more: object) -> list[tuple[str, str]]:
    """Return lead and target of the records that are found."""
    document = run("records", "--store", world.store, *more, "--json").document
    return [(row["lead"], row["target"]) for row in document["records"]]


def refusals(world: World, *more: object) -> list[tuple[str, str, str]]:
    """Return lead, trigger and result of the refusals that are found."""
    document = run("refusals", "--store", world.store, *more, "--json").document
    return [(row["lead"], row["trigger"], row["result"]) for row in document["refusals"]]


def busy(world: World) -> World:
    """Fill a store in which leads were refused in several ways."""
    world.log(
        [
            *(row for row in _rows(world)),
            signal("ben", "07T09:05", "request", "accept", actor="sales:7"),
            signal("zoe", "07T09:30", "request", "accept", actor="sales:8"),
            signal("zoe", "07T09:40", "request", "accept", actor="marketing:1"),
        ]
    )
    return world.filled()


def _rows(world: World) -> list[str]:
    return world.signals.read_text(encoding="utf-8").splitlines()


class TestRecords:
    """Moves, of whatever lead."""

    def test_they_are_listed_in_order_of_time(self, world: World) -> None:
        """A line each: lead, number, instant, move, trigger, actor, and how."""
        ran = run("records", "--store", world.filled().store, "--trigger", "recycle")

        assert [
            "lead  no  at                    move             trigger  by       how",
            "zoe    3  2026-01-08 09:00:00Z  mql -> recycled  recycle  sales:7  requested, no_answer",
        ] == ran.lines
        assert "1 record" in ran.err

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            (("--lead", "ben"), [("ben", "iql")]),
            (("--source", "mql"), [("ada", "sal"), ("zoe", "recycled")]),
            (("--source", "(new)", "--since", "2026-01-05T10:00:00Z"), [("ben", "iql")]),
            (("--target", "sal"), [("ada", "sal")]),
            (("--actor", "sales:7", "--until", "2026-01-08T09:00:00Z"), [("ada", "sal")]),
            (("--kind", "requested"), [("ada", "sal"), ("zoe", "recycled")]),
            (("--atom", "talked"), [("ada", "sal")]),
            (("--atom", "talked", "--outcome", "unmet"), []),
            (("--definition", "tiny", "--version", "1", "--target", "recycled"), [("zoe", "recycled")]),
        ],
    )
    def test_each_filter_leaves_others_out(
        self, world: World, more: tuple[str, ...], expected: list[tuple[str, str]]
    ) -> None:
        """Everything that is given has to fit."""
        assert expected == records(world.filled(), *more)

    def test_pages_give_everything_once(self, world: World) -> None:
        """The cursor of a page is that of the next one, and the last page has none."""
        every = records(world.filled())
        pages, cursor = list[list[tuple[str, str]]](), ""
        while cursor is not None:
            after = ("--after", cursor) if cursor else ()
            document = run("records", "--store", world.store, "--limit", 2, *after, "--json").document
            pages.append([(row["lead"], row["target"]) for row in document["records"]])
            cursor = document["next"]

        assert every == [found for page in pages for found in page]
        assert [2, 2, 2, 1] == [len(page) for page in pages]

    def test_what_to_type_next_is_a_note(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """It can be pasted, from a narrow terminal too."""
        monkeypatch.setenv("COLUMNS", "40")
        ran = run("records", "--store", world.filled().store, "--limit", 6)
        cursor = ran.err.split("--after ")[1].split()[0]

        assert "6 records; for the next ones" in ran.err
        monkeypatch.delenv("COLUMNS")
        assert 2 == len(run("records", "--store", world.store, "--after", cursor).lines)

    def test_an_erased_lead_is_shown_by_its_subject(self, world: World) -> None:
        """And found by it."""
        (subject, *_) = {row["subject"] for row in _document(world.filled(), "--lead", "ben")["records"]}
        run("erase", "ben", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:1")

        ran = run("records", "--store", world.store, "--subject", subject)

        assert f"({subject})" in ran.out
        assert 2 == run("records", "--store", world.store, "--lead", "ben").code

    def test_a_subject_is_shown_by_its_end_where_there_is_no_room(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its beginning is the time, which many share."""
        (subject, *_) = {row["subject"] for row in _document(world.filled(), "--lead", "ben")["records"]}
        run("erase", "ben", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:1")
        monkeypatch.setenv("COLUMNS", "80")

        ran = run("records", "--store", world.store)

        assert f"(...{subject[-8:]})" in ran.out
        assert subject not in ran.out

    def test_details_come_with_the_document(self, world: World) -> None:
        """Where they are asked for."""
        bare, whole = (_document(world.filled(), "--target", "sal", *more) for more in ((), ("--details",)))

        assert "detail" not in bare["records"][0]
        assert "met" == whole["records"][0]["detail"]["verdicts"]["talked"]["outcome"]

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            (("--outcome", "met"), "say which atom"),
            (("--after", "nonsense"), "this is no cursor"),
            (("--since", "2026-01-05T00:00"), "no time zone"),
            (("--kind", "sudden"), "is not one of"),
            (("--limit", "0"), "0 is not in the range"),
        ],
    )
    def test_what_nothing_is_meant_by_is_a_mistake_of_usage(
        self, world: World, more: tuple[str, ...], says: str
    ) -> None:
        """With a word on what is meant."""
        ran = run("records", "--store", world.filled().store, *more)

        assert ran.code == 2
        assert says in ran.err


def _document(world: World, *more: object) -> Any:
    return run("records", "--store", world.store, *more, "--json").document


class TestKnown:
    """As known at an instant, or at a position."""

    def test_the_position_is_named(self, world: World) -> None:
        """In words and in the document; asked for again it gives the same."""
        run("seal", "--store", world.filled().store)
        run("fire", "ben", "accept", world.signals, "-d", world.definition, "-s", world.store, "--actor", "sales:1")
        ran = run("records", "--store", world.store, "--recorded-as-of", "2030-01-01T00:00:00Z")
        size = run("seal", "--store", world.store, "--json").document["size"]
        then = _document(world, "--position", 8)

        assert ran.code == 5
        assert "is not settled" in ran.err
        assert (9, 8, 7) == (size, then["position"], len(then["records"]))
        assert "as known at position 8" in run("records", "--store", world.store, "--position", 8).err

    def test_an_instant_stands_for_a_position(self, world: World) -> None:
        """Before the first checkpoint nothing was known."""
        run("seal", "--store", world.filled().store)
        ran = run("records", "--store", world.store, "--recorded-as-of", "2026-01-01T00:00:00Z")

        assert ran.code == 0
        assert "as known at position 0" in ran.err
        assert "0 records" in ran.err

    def test_what_is_known_now_is_never_settled(self, world: World) -> None:
        """To seal and ask again would not help, so something else is said."""
        run("seal", "--store", world.filled().store)
        ran = run("records", "--store", world.store, "--recorded-as-of", "now")

        assert ran.code == 2
        assert "what is known now can still change: leave the option out" in ran.err

    @pytest.mark.parametrize("command", ["records", "refusals", "leads", "history"])
    def test_both_at_once_are_a_mistake_of_usage(self, world: World, command: str) -> None:
        """They say the same thing twice, and perhaps differently."""
        lead = ["ada"] if command == "history" else []
        given = ("--position", 1, "--recorded-as-of", "2026-01-01T00:00:00Z")
        ran = run(command, *lead, "--store", world.filled().store, *given)

        assert ran.code == 2
        assert "leave out --recorded-as-of" in ran.err

    def test_a_position_beyond_the_log_is_an_error_of_the_store(self, world: World) -> None:
        """It has not been sealed."""
        ran = run("refusals", "--store", world.filled().store, "--position", 1)

        assert ran.code == 5
        assert "lifecycle seal" in ran.err


class TestRefusals:
    """What was not granted."""

    def test_they_are_listed_in_order_of_time(self, world: World) -> None:
        """A line each, with its number and what stood in the way."""
        ran = run("refusals", "--store", world.filled().store)

        assert [
            "lead  no  at                    trigger  in   by       result   in the way",
            "ada    1  2026-01-07 09:00:00Z  accept   mql  sales:7  refused  talked",
        ] == ran.lines
        assert "1 refusal" in ran.err

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ((), ["ada", "ben", "zoe", "zoe"]),
            (("--stage", "iql"), ["ben"]),
            (("--stage", "(new)"), []),
            (("--blocker", "talked"), ["ada", "zoe"]),
            (("--result", "forbidden"), ["zoe"]),
            (("--actor", "sales:7", "--trigger", "accept"), ["ada", "ben"]),
            (("--atom", "talked", "--outcome", "unknown", "--since", "2026-01-07T09:10:00Z"), ["zoe"]),
            (("--lead", "zoe", "--until", "2026-01-07T09:40:00Z"), ["zoe"]),
            (("--limit", "1"), ["ada"]),
        ],
    )
    def test_each_filter_leaves_others_out(self, world: World, more: tuple[str, ...], expected: list[str]) -> None:
        """Everything that is given has to fit."""
        assert sorted(expected) == sorted(lead for lead, _, _ in refusals(busy(world), *more))

    def test_pages_go_on(self, world: World) -> None:
        """As those of records do."""
        first = run("refusals", "--store", busy(world).store, "--limit", 3, "--json").document
        rest = refusals(world, "--after", first["next"])

        assert (3, 1) == (len(first["refusals"]), len(rest))

    def test_every_result_can_be_asked_for(self) -> None:
        """But for granted, which leaves no refusal."""
        assert {result.value for result in Result} == {*KEPT, "granted"}

    def test_by_atom_they_are_counted(self, world: World) -> None:
        """How many leads, how many of them have not moved since, how many refusals; no blocker is an answer too."""
        ran: Ran = run("refusals", "--store", busy(world).store, "--by", "atom")

        assert [
            "atom    in   trigger  leads  not moved since  refusals",
            "talked  mql  accept       2                0         2",
            "-       iql  accept       1                1         1",
            "-       mql  accept       1                0         1",
        ] == ran.lines

    def test_by_atom_the_filters_hold_too(self, world: World) -> None:
        """Counted is what would be listed."""
        found = run("refusals", "--store", busy(world).store, "--by", "atom", "--lead", "ben", "--json").document

        only = {"atom": None, "stage": "iql", "trigger": "accept", "leads": 1, "waiting": 1, "refusals": 1}
        assert {"atoms": [only], "position": None} == found


@pytest.mark.parametrize("name", ["records", "refusals"])
def test_filters_stand_first_in_the_help(name: str) -> None:
    """In the order in which the reference has them: the store, then what is asked for, then how much of it."""
    spelled = [parameter.opts[0] for parameter in lifecycle.commands[name].params]

    assert ["--store", "--lead", "--subject"] == spelled[:3]
    assert ["--limit", "--after", "--details", "--json"] == spelled[-4:]


@pytest.mark.parametrize("option", [("--limit", "1"), ("--limit", "100"), ("--after", "zzz"), ("--details",)])
def test_what_a_count_has_no_use_for_is_a_mistake_of_usage(world: World, option: tuple[str, ...]) -> None:
    """`--by atom` counts everything that fits: whoever wrote the option expects something else."""
    ran = run("refusals", "--by", "atom", *option, "--store", world.filled().store)

    assert (2, "") == (ran.code, ran.out)
    assert f"--by atom counts everything that fits, in one table: leave out {option[0]}" in ran.err
