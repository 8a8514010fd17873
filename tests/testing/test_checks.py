"""The checks as data, and the page that is written from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifecycle.testing import CHECKS, Check
from tests import checks_page

CONTENTS = ("name", "asks", "why", "fix")


@pytest.mark.checkout
def test_the_page_is_current() -> None:
    """`python -m tests.checks_page` would change nothing."""
    assert checks_page.page() == Path(checks_page.PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_says_what_it_asks_why_and_what_to_do(check: Check) -> None:
    """In sentences that end, and none of them twice."""
    assert check.name.isidentifier()
    assert all(text.endswith(".") for text in (check.asks, check.why, check.fix))
    assert len(CONTENTS) == len({getattr(check, name) for name in CONTENTS})
