"""The kinds of values that options take: dates beside instants, and numbers that a store can have."""

from __future__ import annotations

from typing import Final

import pytest

from tests.cli.run import run
from tests.cli.world import World

ASKED: Final = {"explain": ["ada"], "fire": ["ada", "accept"], "history": ["ada"]}
"""What commands are asked for."""


class TestDates:
    """A date where an instant bounds what is looked at."""

    def test_a_request_has_an_instant_and_not_a_date(self, world: World) -> None:
        """When it was asked is written down for good, and midnight would be guessed."""
        where = ("-s", world.store, "-d", world.definition, "--actor", "sales:7")

        ran = run("fire", *ASKED["fire"], world.signals, *where, "--at", "2026-01-09")

        assert ran.code == 2
        assert "write 2026-01-09T00:00:00Z if it is UTC" in ran.err
        assert not world.store.exists()

    @pytest.mark.parametrize(
        ("command", "option", "also"),
        [
            ("replay", "--until", "2026-01-07"),
            ("explain", "--at", "2026-01-07"),
            ("history", "--as-of", " 2026-01-07 "),
            ("leads", "--as-of", "20260107"),
            ("records", "--since", "2026-01-07"),
            ("records", "--until", "2026-01-07"),
            ("refusals", "--since", "2026-01-07"),
            ("refusals", "--until", "2026-01-07"),
            ("leads", "--recorded-as-of", "2026-01-07"),
        ],
    )
    def test_a_date_is_its_beginning_in_utc(self, world: World, command: str, option: str, also: str) -> None:
        """Whatever option it is given to: it says the same as that instant, and not the same as a day later."""
        run("seal", "-s", world.filled().store)
        read = command in {"replay", "explain"}
        where = [world.signals, "-d", world.definition] if read else ["-s", world.store]

        def told(instant: str) -> tuple[int, str]:
            ran = run(command, *ASKED.get(command, []), *where, option, instant, "--json")
            return ran.code, ran.out

        day = also.strip().replace("-", "")
        exact = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z"
        assert (0, told(exact)[1]) == told(also)
        if option != "--recorded-as-of":
            assert told(also) != told(exact.replace(day[6:] + "T00", day[6:] + "T23"))

    def test_a_day_that_is_not_in_the_calendar_is_refused(self, world: World) -> None:
        """As any other text."""
        ran = run("records", "--since", "2026-02-30", "-s", world.filled().store)

        assert ran.code == 2
        assert "'2026-02-30' is not an ISO 8601 instant such as" in ran.err


BIG = 10**20 - 1
"""More than any database counts to."""


class TestNumbers:
    """Numbers that nothing has are told, on both databases."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("show", f"ada/{BIG}"),
            ("show", f"ada/{2**31}"),
            ("show", f"ada/{'9' * 5000}"),
            ("show", f"ada/{BIG}", "--refusal"),
            ("prove", f"ada/{BIG}"),
            ("prove", "--erasure", BIG),
            ("prove", "--erasure", 0),
            ("leads", "--limit", BIG),
            ("leads", "--sort", "score", "--limit", BIG),
            ("records", "--limit", BIG),
            ("refusals", "--limit", BIG),
            ("feed", "--limit", BIG),
        ],
    )
    def test_more_than_can_be_counted_is_a_mistake_of_usage(self, world: World, arguments: tuple[object, ...]) -> None:
        """No database is asked for it."""
        ran = run(*arguments, "--store", world.filled().store)

        assert (2, "") == (ran.code, ran.out)
        assert "Traceback" not in ran.err
        assert "so many entries" in ran.err or "is not in the range" in ran.err

    @pytest.mark.parametrize("command", [("records",), ("leads",), ("history", "ada"), ("refusals", "--by", "atom")])
    def test_a_position_that_the_log_has_not_reached_is_told(self, world: World, command: tuple[str, ...]) -> None:
        """However far beyond it lies."""
        ran = run(*command, "--position", BIG, "--store", world.filled().store)

        assert (5, f"sealed are the positions up to 0, and not {BIG}; run `lifecycle seal`") == (
            ran.code,
            ran.err.splitlines()[-1],
        )

    @pytest.mark.parametrize("number", ["1e999", "1" * 22])
    def test_a_cursor_that_is_made_up_is_told(self, world: World, number: str) -> None:
        """It is none that came with a page."""
        ran = run("records", "--after", f"record.1.s.{number}", "--store", world.filled().store)

        assert (2, "this is no cursor: give one that came with a page, as it is\n") == (ran.code, ran.err)

    def test_zeros_before_a_number_say_nothing(self, world: World) -> None:
        """However many they are."""
        assert 0 == run("show", f"ada/{'0' * 5000}1", "--store", world.filled().store).code
