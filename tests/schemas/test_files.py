"""The schemas in the reference are those that the program prints."""

from __future__ import annotations

import json

import pytest

from tests import schema_files
from tests.schemas import validating


@pytest.mark.checkout
@pytest.mark.parametrize("name", schema_files.files())
def test_a_file_is_current(name: str) -> None:
    """`python -m tests.schema_files` would change nothing, and the file is a schema."""
    text = (schema_files.REFERENCE / name).read_text(encoding="utf-8")
    validating.check(json.loads(text))

    assert schema_files.files()[name] == text
