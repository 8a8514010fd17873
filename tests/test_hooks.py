"""Tests each hook as a plugin author meets it, and that the documentation of hooks is complete.

Each hook has a test here whose name begins with `test_` and its own name; one without would be a hook that nobody knows
to work.
"""

from __future__ import annotations

import ast
import inspect
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lifecycle import Lead, Lifecycle, Registry, hookimpl, load
from lifecycle.hooks import PROJECT, Hooks, Observer
from tests.cli.run import run
from tests.hooks_page import PAGE, PARTS, hooks, page, parts, signature
from tests.installing import Site
from tests.small import Did, Said

HOOKS = {
    "lifecycle_criteria": "lifecycle_criteria() -> Iterable[type[Criterion]]",
    "lifecycle_after_transition": "lifecycle_after_transition(record: Record) -> None",
    "lifecycle_cli": "lifecycle_cli() -> Iterable[click.Command]",
}
"""All there are. A change here breaks plugins: see docs/explanation/deprecation.md."""


class Plugin:
    """A plugin that remembers how it was called."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    @hookimpl
    def lifecycle_criteria(self) -> Any:
        """Offer, step by step."""
        self.calls.append("criteria")
        yield Said
        yield Did

    @hookimpl
    def lifecycle_after_transition(self, record: Any) -> None:
        """Remember."""
        self.calls.append(record.target)


def test_lifecycle_criteria_is_called_once_and_walked_to_its_end() -> None:
    """When the registry is made; never when something is judged."""
    plugin = Plugin()
    registry = Registry.of({"acme": plugin})

    assert ["acme.said", "acme.did"] == list(registry.offers)
    assert ["criteria"] == plugin.calls


def test_lifecycle_after_transition_is_called_with_each_record() -> None:
    """In the order of writing, and for observers that are listed only."""
    listed, other = Plugin(), Plugin()
    at = datetime(2026, 1, 5, tzinfo=UTC)
    lead = Lead("42").activity("demo_requested", at=at).profile(email="ada@acme.example")
    lead = lead.profile(first_name="Ada", last_name="Lovelace")
    with Lifecycle(load("b2b"), observers=[listed]) as door:
        reply = door.advance(lead, at=at)

    assert ["iql"] == [record.target for record in reply.records] == listed.calls
    assert [] == other.calls


def test_lifecycle_cli_is_called_for_what_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of ours imports no plugin; one that nobody else knows asks them all."""
    site = Site(tmp_path, monkeypatch)
    source = "import click\nfrom lifecycle import hookimpl\n@hookimpl\ndef lifecycle_cli():\n"
    module = site.install("acme", f"{source}    return [click.Command('ring', callback=lambda: click.echo('ding'))]\n")
    site.entry("dist-acme", f"[lifecycle.cli]\nacme = {module}\n")
    ours = run("definitions", "list")

    assert (0, False) == (ours.code, module in sys.modules)
    assert (0, "ding\n") == (run("ring").code, run("ring").out)


class TestSpecifications:
    """What plugin authors rely on."""

    def test_there_are_no_others(self) -> None:
        """A new one has to be wanted, and a changed one announced."""
        assert HOOKS == {name: signature(name, hook) for name, hook in hooks().items()}

    def test_each_has_its_marker(self) -> None:
        """Or pluggy would not know it."""
        assert all(hasattr(hook, f"{PROJECT}_spec") for hook in hooks().values())

    def test_the_protocol_of_observers_is_the_hook(self) -> None:
        """Whoever is an observer to a type checker has the hook."""
        assert inspect.signature(Hooks.lifecycle_after_transition) == inspect.signature(
            Observer.lifecycle_after_transition
        )

    @pytest.mark.parametrize("name", HOOKS)
    def test_each_says_when_it_is_called_what_breaks_and_how_it_is_used(self, name: str) -> None:
        """With an example that runs, since the page is made of it."""
        told = parts(hooks()[name])

        assert ("", *PARTS) == tuple(told)
        assert all(told.values())
        assert f"def {name}(" in told["Example"]
        assert "@hookimpl" in told["Example"]


@pytest.mark.checkout
class TestDocumentation:
    """The page of hooks, and the tests of hooks."""

    def test_the_page_is_current(self) -> None:
        """`python -m tests.hooks_page` would change nothing."""
        assert page().rstrip() + "\n" == PAGE.read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", HOOKS)
    def test_each_is_on_the_page_with_its_signature(self, name: str) -> None:
        """Word by word."""
        text = PAGE.read_text(encoding="utf-8")

        assert f"## {name}\n\n    {HOOKS[name]}\n" in text

    @pytest.mark.parametrize("name", HOOKS)
    def test_each_has_a_test(self, name: str) -> None:
        """In this file, by its name."""
        tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
        tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]

        assert [test for test in tests if test.startswith(f"test_{name}_")]
