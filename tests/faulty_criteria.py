"""Plugins with one fault in what they offer each, and what has to be said of it."""

from __future__ import annotations

from typing import Final

from tests.faulty import Fault

__all__ = ["CRITERIA"]

CRITERIA: Final = (
    Fault(
        "hook that raises",
        """
        @hookimpl
        def lifecycle_criteria():
            raise OSError('no file')
        """,
        "plugin-criteria",
        "broke in lifecycle_criteria: OSError: no file",
        10,
    ),
    Fault(
        "generator that raises",
        """
        @hookimpl
        def lifecycle_criteria():
            yield Good
            yield 1 // 0
        """,
        "plugin-criteria",
        "broke in lifecycle_criteria: ZeroDivisionError: integer division or modulo by zero",
        11,
    ),
    Fault(
        "hook that ends the program",
        """
        @hookimpl
        def lifecycle_criteria():
            raise SystemExit('no licence')
        """,
        "plugin-criteria",
        "broke in lifecycle_criteria: SystemExit: no licence",
        10,
    ),
    Fault(
        "hook that gives nothing",
        """
        @hookimpl
        def lifecycle_criteria():
            [Good]
        """,
        "plugin-criteria",
        """broke in lifecycle_criteria: TypeError: it gave None, and not a list of classes; is a `return [...]`
        missing?""",
        None,
    ),
    Fault(
        "criterion without its decorator",
        """
        class Bare:
            def judge(self, known):
                pass
        @hookimpl
        def lifecycle_criteria():
            return [Bare]
        """,
        "plugin-criteria",
        "offers Bare, which is no class under @criterion",
        9,
    ),
    Fault(
        "criterion that nobody can judge",
        """
        @criterion('odd', version='1')
        class Odd:
            pass
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-criteria",
        "offers the criterion 'odd', which has no judge(known) method",
        None,
    ),
    Fault(
        "judge of other arguments",
        """
        @criterion('odd', version='1')
        class Odd:
            def judge(self, known, at):
                pass
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-criteria",
        """offers the criterion 'odd', which has a judge method that does not take the snapshot, and nothing
        else; write judge(self, known)""",
        10,
    ),
    Fault(
        "async judge",
        """
        @criterion('odd', version='1')
        class Odd:
            async def judge(self, known):
                pass
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-criteria",
        """offers the criterion 'odd', which has a judge method that is async, and nobody would await it; write
        a plain def""",
        10,
    ),
    Fault(
        "judge that is a generator",
        """
        @criterion('odd', version='1')
        class Odd:
            def judge(self, known):
                yield 5
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-criteria",
        """offers the criterion 'odd', which has a judge method that has a yield, so calling it would run
        nothing; leave the yield out""",
        10,
    ),
    Fault(
        "version that is a number",
        """
        @criterion('odd', version=1)
        class Odd:
            def judge(self, known):
                pass
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-criteria",
        "offers the criterion 'odd', which needs a text as its version, not 1",
        10,
    ),
    Fault(
        "criterion twice",
        """
        @hookimpl
        def lifecycle_criteria():
            return [Good, Good]
        """,
        "plugin-criteria",
        "offers the criterion 'good', which is offered twice; rename one",
        5,
    ),
    Fault(
        "lists that break",
        """
        @criterion('odd', version='1', lists=lambda: open('/no/list'))
        class Odd:
            def judge(self, known):
                pass
        @hookimpl
        def lifecycle_criteria():
            return [Odd]
        """,
        "plugin-lists",
        """cannot say what the lists of 'odd' are: FileNotFoundError: [Errno 2] No such file or directory:
        '/no/list'""",
        8,
    ),
)
"""What is wrong with what is offered."""
