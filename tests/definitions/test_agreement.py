"""The packaged definitions are documents that people agree on, correct and extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle import Lead, Lifecycle, load
from lifecycle.loading import check, packaged, read_definition
from tests.definitions.leads import DAY, START, an_mql, stage_of

if TYPE_CHECKING:
    from pathlib import Path

    from lifecycle import Record

WITH_ANOTHER_ACTION = """
name = "chat"
version = "1"
[stages]
talking = { owner = "marketing", final = true }
[criteria]
chatted = { use = "engagement.happened", kinds = ["chat_started"] }
[[transitions]]
trigger = "greet"
to = "talking"
automatic = true
when = "chatted"
"""


@pytest.mark.parametrize("name", packaged())
def test_nothing_is_wrong_but_that_nobody_has_signed(name: str) -> None:
    """Simple and unambiguous: no errors, and no warning but that both parties have yet to agree."""
    _, problems = check(name)

    assert {"unsigned"} == {problem.code for problem in problems if problem.severity.value != "note"}


def test_both_parties_sign_one_text(tmp_path: Path) -> None:
    """Signed by its hash it checks clean; a threshold that is moved afterwards is noticed."""
    text = load("b2b").text
    signed = text.replace(
        "[agreement]",
        f'[agreement]\nof = "{load("b2b").hash}"\n'
        'marketing = { by = "head of marketing", on = 2026-01-15 }\n'
        'sales = { by = "head of sales", on = 2026-01-15 }\n',
    )
    found: list[set[str]] = []
    for number, content in enumerate([signed, signed.replace("interest >= 50", "interest >= 10")]):
        path = tmp_path / f"{number}.toml"
        path.write_text(content, encoding="utf-8")
        found.append({problem.code for problem in check(path)[1] if problem.severity.value == "warning"})

    assert [set(), {"signed-differs"}] == found


def test_a_corrected_version_keeps_what_was_decided(tmp_path: Path) -> None:
    """The history stays as it was under version 1, and names it; what comes next is judged by version 2."""
    store = tmp_path / "history.db"
    text = load("b2b").text
    with Lifecycle(read_definition(text), store) as old:
        old.advance(an_mql(), at=START + DAY)
    with Lifecycle(read_definition(text.replace('version = "1"', 'version = "2"')), store) as new:
        new.fire(an_mql(), "disqualify", actor="sales:17", reason="fake", at=START + 2 * DAY).require()
        history = new.history("42")

    assert [("iql", "1"), ("mql", "1"), ("disqualified", "2")] == [(one.target, one.version) for one in history]


def test_any_kind_of_action_may_count() -> None:
    """No list of actions is in code: a chat is an action because a definition says so."""
    definition = read_definition(WITH_ANOTHER_ACTION)

    assert "talking" == stage_of(definition, Lead("1").activity("chat_started", at=START))


def test_another_system_is_told_of_each_move() -> None:
    """An observer gets every record once it is kept, and can start a workflow or hand the lead over."""
    told: list[Record] = []
    lifecycle = Lifecycle(load("b2b"), observers=[told.append])
    lifecycle.advance(an_mql(), at=START + DAY)

    assert ["iql", "mql"] == [record.target for record in told]
    assert all(record.lead == "42" for record in told)
