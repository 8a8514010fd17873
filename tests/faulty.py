"""Plugins with one fault each, and what has to be said of it; here those that cannot be imported."""

from __future__ import annotations

from inspect import cleandoc
from typing import Final

import attrs

__all__ = ["BROKEN", "Fault"]

HEAD: Final = """\
from lifecycle import criterion, hookimpl, unknown

@criterion("good", version="1")
class Good:
    def judge(self, known):
        return unknown("nothing")

"""
"""What every faulty plugin that can be imported starts with; what follows begins at line 8."""


def _one_line(text: str) -> str:
    return " ".join(text.split())


@attrs.frozen
class Fault:
    """A fault, and what is said of it: the code, the message behind the name of the plugin, and the line."""

    name: str
    text: str = attrs.field(converter=cleandoc)
    code: str
    message: str = attrs.field(converter=_one_line)
    line: int | None = None
    head: str = HEAD

    @property
    def source(self) -> str:
        """The source of the plugin."""
        return self.head + self.text

    def __str__(self) -> str:
        """Give its name, for the list of tests."""
        return self.name


BROKEN: Final = (
    Fault(
        "exception",
        """
        x = 1
        raise LookupError('no licence')
        """,
        "plugin-import",
        "LookupError: no licence",
        2,
        head="",
    ),
    Fault(
        "syntax",
        """
        x = 1
        def f(:
            pass
        """,
        "plugin-import",
        "SyntaxError: invalid syntax",
        2,
        head="",
    ),
    Fault(
        "end of the program",
        """
        import sys
        sys.exit(3)
        """,
        "plugin-import",
        "SystemExit: 3",
        2,
        head="",
    ),
    Fault(
        "exit of its own",
        """
        class Stop(BaseException):
            pass
        raise Stop('enough')
        """,
        "plugin-import",
        "Stop: enough",
        3,
        head="",
    ),
    Fault(
        "recursion",
        """
        def again():
            return again()
        again()
        """,
        "plugin-import",
        "RecursionError: maximum recursion depth exceeded",
        2,
        head="",
    ),
    Fault(
        "exception without words",
        """
        raise RuntimeError
        """,
        "plugin-import",
        "RuntimeError",
        1,
        head="",
    ),
    Fault(
        "exception that cannot be shown",
        """
        class Odd(Exception):
            def __str__(self):
                raise ValueError
        raise Odd('x')
        """,
        "plugin-import",
        "Odd",
        4,
        head="",
    ),
    Fault(
        "name that is not there",
        """
        from lifecycle import Criterium
        """,
        "plugin-import",
        "ImportError: cannot import name 'Criterium' from 'lifecycle'",
        1,
        head="",
    ),
    Fault(
        "dependency that is not installed",
        """
        import nowhere_at_all.deep
        """,
        "plugin-unavailable",
        """ModuleNotFoundError: No module named 'nowhere_at_all'; install what brings the module
        'nowhere_at_all'""",
        1,
        head="",
    ),
)
"""What cannot be imported."""
