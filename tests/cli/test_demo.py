"""The demo: it shows the whole of it, and what it says to type next works."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from lifecycle.cli.demo import MARK, program
from lifecycle.cli.demo_data import BEGIN, END, PLOTS, STUCK, WITH_A_PAST, made_up_signals
from lifecycle.loading import load
from lifecycle.times import parse_instant
from tests.cli.run import Ran, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one demo."""
    return tmp_path_factory.mktemp("demo") / "here and there"


@pytest.fixture(scope="module")
def ran(folder: Path) -> Ran:
    """The demo as a program sees it."""
    return run("demo", "--folder", folder, "--json")


class TestStory:
    """The made-up leads."""

    def test_the_same_seed_tells_the_same_story(self) -> None:
        """Another seed tells another one."""
        assert made_up_signals() == made_up_signals()
        assert made_up_signals() != made_up_signals(seed=1)

    def test_it_is_about_two_hundred_leads_in_ninety_days(self) -> None:
        """In order of time, and nothing after its end."""
        rows = made_up_signals()
        instants = [parse_instant(row["at"]) for row in rows]

        assert 190 <= len({row["lead"] for row in rows}) == sum(PLOTS.values()) <= 210
        assert instants == sorted(instants)
        assert BEGIN <= instants[0] <= instants[-1] <= END == BEGIN + timedelta(days=90)

    def test_every_type_of_signal_is_in_it(self) -> None:
        """Profiles, channels, activities, answers and requests, each lead at most once in an instant."""
        rows = made_up_signals()
        per_instant = Counter((row["lead"], row["at"], row["type"]) for row in rows)

        assert {"profile", "channel", "activity", "answer", "request"} == {row["type"] for row in rows}
        assert {1} == set(per_instant.values())

    def test_nobody_in_it_exists(self) -> None:
        """Addresses are reserved ones, or such as their provider does not give out, or nobody's own."""
        mails = [row["data"]["email"] for row in made_up_signals() if "email" in row.get("data", {})]
        real = [mail for mail in mails if not mail.endswith(".example")]

        assert len(mails) > 150
        assert [] == [mail for mail in real if not mail.startswith("demo-l")]


class TestDemo:
    """What it shows."""

    def test_all_stages_are_reached(self, ran: Ran) -> None:
        """Leads stand in every stage of the definition: customers, stuck, recycled and disqualified ones."""
        found = ran.document

        assert ran.code == 0
        assert load("b2b").stages.keys() == found["replay"]["stages"].keys()
        assert list(load("b2b").path) == [stage["stage"] for stage in found["funnel"]["stages"]]
        assert all(stage["reached"] >= 10 for stage in found["funnel"]["stages"])

    def test_no_row_is_refused(self, ran: Ran, folder: Path) -> None:
        """The signals are in the form that every other command reads."""
        again = run("replay", folder / "signals.jsonl", "--store", folder / "history.db", "--check", "--json")

        assert (0, 0) == (again.code, again.document["rows"]["refused"])
        assert ran.document["signals"] == again.document["rows"]["used"]

    def test_what_is_asked_is_granted_refused_forbidden_and_overridden(self, ran: Ran, folder: Path) -> None:
        """Every outcome of a request is in it."""
        rows = [json.loads(line) for line in run("export", "--store", folder / "history.db").lines]

        assert {"refused", "forbidden"} <= ran.document["replay"]["refusals"].keys()
        assert {"automatic", "requested", "override"} == {row["kind"] for row in rows}

    def test_one_history_is_long_and_goes_round(self, ran: Ran) -> None:
        """Recycled, and qualified again in a second cycle."""
        history = ran.document["history"]

        assert {WITH_A_PAST} == {record["lead"] for record in history}
        assert "recycled" in {record["target"] for record in history}
        assert 2 == history[-1]["cycle"]

    def test_one_lead_is_stuck_and_told_what_it_lacks(self, ran: Ran) -> None:
        """Some of it is unknown, which is not the same as bad."""
        found = ran.document["explanation"]
        [qualify] = [way for way in found["ways"] if way["trigger"] == "qualify"]
        outcomes = {missing["outcome"] for change in qualify["changes"] for missing in change}

        assert (STUCK, "iql", False) == (found["lead"], found["stage"], qualify["open"])
        assert {"unknown", "unmet"} <= outcomes

    def test_what_it_says_to_type_next_works(self, ran: Ran) -> None:
        """Every command can be copied as it stands, from a folder with blanks in its name too."""
        commands = [shlex.split(command)[1:] for command in ran.document["next"].values()]

        assert len(commands) >= 5
        assert {0} == {run(*command).code for command in commands}

    def test_what_it_says_to_type_next_is_one_line_each(
        self, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A command that is broken in two is none: a narrow terminal wraps it, and it can be copied."""
        monkeypatch.setenv("COLUMNS", "40")
        shown = run("demo", "--folder", tmp_path / "d").lines
        typed = [line for line in shown if line.startswith(f"  {program()} ")]

        assert [_end(command) for command in ran.document["next"].values()] == [_end(line) for line in typed]

    def test_the_lead_that_waits_is_granted_or_told_what_it_lacks(self, ran: Ran) -> None:
        """The request that is tried out says what sales would have to know first."""
        [command] = [command for command in ran.document["next"].values() if " fire " in command]

        found = run(*shlex.split(command)[1:], "--json").document

        assert ("mql", True) == (found["decision"]["source"], found["dry_run"])
        assert "conversation_possible" in found["decision"]["blockers"]

    def test_people_see_it_in_parts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without any option it goes to a folder here, and tells the four parts in order."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "80")

        ran = run("demo")

        titles = [line for line in ran.lines if line[:3] in {"1. ", "2. ", "3. ", "4. "}]
        assert ["1", "2", "3", "4"] == [title[0] for title in titles]
        assert "acceptance: " in ran.out
        assert "good_industry" in ran.out
        assert any(line.endswith("lifecycle definitions show b2b") for line in ran.lines)
        assert [] == [line for line in ran.lines if len(line) > 80 and "lifecycle " not in line]
        assert {"signals.jsonl", "history.db", MARK} == {path.name for path in (tmp_path / "lifecycle-demo").iterdir()}


def _end(command: str) -> str:
    """Give the last word, without the folder."""
    return shlex.split(command)[-1].rpartition("/")[2]


class TestProgram:
    """What to type is what the shell finds."""

    def test_it_is_the_name_where_the_shell_finds_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also through a link in another folder of the path."""
        own = tmp_path / "env" / "lifecycle"
        _executable(own)
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "lifecycle").symlink_to(own)
        monkeypatch.setattr("sys.executable", str(own.with_name("python")))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))

        assert "lifecycle" == program()

    def test_it_is_the_path_where_the_shell_does_not(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another program may bear the name; the path is short where it can be."""
        own = tmp_path / "env" / "lifecycle"
        for path in (own, tmp_path / "bin" / "lifecycle"):
            _executable(path)
        monkeypatch.setattr("sys.executable", str(own.with_name("python")))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))

        monkeypatch.chdir(tmp_path / "bin")
        assert str(own) == program()
        monkeypatch.chdir(tmp_path)
        assert str(Path("env") / "lifecycle") == program()

    def test_it_is_the_name_where_there_is_no_script(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """There is nothing better to say."""
        monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

        assert "lifecycle" == program()


def _executable(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o755)


class TestFolder:
    """Whose files it touches."""

    def test_its_own_folder_is_made_anew(self, ran: Ran, folder: Path) -> None:
        """Twice in a row is no mistake, and what you put beside its files stays."""
        (folder / "mine.txt").write_text("mine")

        again = run("demo", "--folder", folder, "--json")

        assert again.code == 0
        assert ran.document["replay"] == again.document["replay"]
        assert "mine" == (folder / "mine.txt").read_text()

    @pytest.mark.parametrize("theirs", ["folder", "file"])
    def test_what_others_made_is_not_touched(self, tmp_path: Path, theirs: str) -> None:
        """A folder with files in it, or a file of that name."""
        place = tmp_path / "demo"
        if theirs == "folder":
            place.mkdir()
        owned = place / "signals.jsonl" if theirs == "folder" else place
        owned.write_text("theirs")

        ran = run("demo", "--folder", place)

        assert ran.code == 2
        assert "was not made by the demo: name another one with --folder" in ran.err
        assert "theirs" == owned.read_text()

    def test_a_place_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        """Its path is named."""
        (tmp_path / "file").touch()

        ran = run("demo", "--folder", tmp_path / "file" / "demo")

        assert ran.code == 2
        assert str(tmp_path / "file") in ran.err
