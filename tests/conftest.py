"""Settings shared by all tests: how hypothesis searches, and what needs a checkout or patience."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import stores

ROOT = Path(__file__).resolve().parents[1]
DEEP = os.environ.get("LIFECYCLE_DEEP") == "1"

# The everyday run asks the same questions each time and leaves nothing behind; the deep one looks for new ones.
# No deadline: an example's time says more about the machine than about the code.
settings.register_profile(
    "default",
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", max_examples=2_000, database=None, deadline=None, print_blob=True)
settings.load_profile("deep" if DEEP else "default")

shared_postgres_store = pytest.fixture(scope="session")(stores.shared_postgres_store)
postgres_store = pytest.fixture(stores.postgres_store)


def pytest_configure(config: pytest.Config) -> None:
    """Offer PostgreSQL to the tests: here as well as in the root, which does not stand beside an installed wheel."""
    config.pluginmanager.import_plugin("tests.postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this run cannot or should not do."""
    in_checkout = (ROOT / "dev.py").is_file()
    for item in items:
        if item.get_closest_marker("deep") and not DEEP:
            item.add_marker(pytest.mark.skip(reason="thorough and slow: set LIFECYCLE_DEEP=1"))
        if item.get_closest_marker("checkout") and not in_checkout:
            item.add_marker(pytest.mark.skip(reason="needs the files of the repository"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the repository; a test that asks for it is skipped where there is none."""
    if not (ROOT / "dev.py").is_file():
        pytest.skip("needs the files of the repository")
    return ROOT
