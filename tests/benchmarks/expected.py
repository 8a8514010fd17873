"""What the generated logs come to: asserted in each run, so that no figure is ever that of a wrong result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["EXPECTED", "LONG_LEAD"]

EXPECTED: Final[Mapping[tuple[str, int], tuple[int, str]]] = {
    ("sparse", 2_000): (43, "sha256:5b5c2176165347353bad8bbdd268239a4fb82d497227487d386ea2f7dc7f25c3"),
    ("dense", 2_000): (277, "sha256:a979b3e8bcd4d2f4cc5b84a07ce23485001a5c7861b3e61c531033ab8da95864"),
    ("sparse", 10_000): (165, "sha256:ba33c8eabb961686e50fecb037ec68f6c95dc720066a1484d663d69dfcb02f6a"),
    ("dense", 10_000): (1_458, "sha256:a9ba14a2962657c0f45f8abf94e0d652888dda924c0ab9564c39959f519cc54a"),
    ("sparse", 100_000): (1_943, "sha256:326dc046f445985619720d73d68fb42792563ed25d7f68341b6675130bf08b5e"),
    ("dense", 100_000): (14_082, "sha256:4c6ae7594d3df434d7f07b920b863dc20e3e4b4be73f242e2e20d06d5f2ef6dc"),
    ("sparse", 1_000_000): (19_630, "sha256:187aaa49c32cf4e39885829fe061c8a0fd03ccc785d7e49eba6ee3523216fe5b"),
    ("dense", 1_000_000): (140_042, "sha256:2182f9d51179f7e29acf60c0284bfb4002eb42fbc5cc0f5b226c956e0ad50f41"),
}
"""By shape and size: how many records, and the history digest."""

LONG_LEAD: Final = 2
"""A lead that is judged all the time enters and, at its very end, qualifies."""
