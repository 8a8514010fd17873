"""Every broken criterion is caught by the check that is meant for it, and by no other."""

from __future__ import annotations

import pytest

from lifecycle.testing import check_plugin
from tests.testing import saboteurs

CAUGHT_BY: dict[type, set[str]] = {saboteurs.Guesses: {"missing_is_unknown"}}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda cls: cls.__name__)
def test_each_saboteur_is_caught(saboteur: type) -> None:
    """By the intended check, which says what it found."""
    report = check_plugin(saboteur)

    assert CAUGHT_BY[saboteur] == {result.check.name for result in report.failures}
