"""Plugins with one fault each, and what has to be said of it: a table, from the source to the line."""

from __future__ import annotations

from inspect import cleandoc
from typing import Final

import attrs

__all__ = ["BROKEN", "FAULTY", "Fault"]

HEAD: Final = """\
from lifecycle import criterion, hookimpl, unknown

@criterion("good", version="1")
class Good:
    def judge(self, known):
        return unknown("nothing")

"""
"""What every faulty plugin that can be imported starts with; what follows begins at line 8."""


@attrs.frozen
class Fault:
    """A fault, and what is said of it: the code, the message behind the name of the plugin, and the line."""

    name: str
    text: str = attrs.field(converter=cleandoc)
    code: str
    message: str = attrs.field(converter=lambda text: " ".join(cleandoc(text).split()))
    line: int | None = None
    head: str = HEAD

    @property
    def source(self) -> str:
        """The source of the plugin."""
        return self.head + self.text

    def __str__(self) -> str:
        """Give its name, for the list of tests."""
        return self.name


FAULTY: Final = (
    Fault(
        "misspelt hook",
        """
        @hookimpl
        def lifecycle_criterias():
            return [Good]
        """,
        "plugin-hook",
        "has 'lifecycle_criterias', which is no hook, did you mean 'lifecycle_criteria'?",
        8,
    ),
    Fault(
        "hook of no likeness",
        """
        @hookimpl
        def register():
            return [Good]
        """,
        "plugin-hook",
        """has 'register', which is no hook; the hooks are lifecycle_criteria, lifecycle_after_transition,
        lifecycle_cli""",
        8,
    ),
    Fault(
        "forgotten decorator",
        """
        def lifecycle_criteria():
            return [Good]
        """,
        "plugin-hook",
        """has a lifecycle_criteria without @hookimpl, so it would never be called; import it from lifecycle""",
        8,
    ),
    Fault(
        "decorator of another project",
        """
        import pluggy
        hookimpl = pluggy.HookimplMarker('pytest')
        @hookimpl
        def lifecycle_criteria():
            return [Good]
        """,
        "plugin-hook",
        """has a lifecycle_criteria without @hookimpl, only that of 'pytest', so it would never be called;
        import it from lifecycle""",
        10,
    ),
    Fault(
        "unknown argument",
        """
        @hookimpl
        def lifecycle_criteria(config):
            return [Good]
        """,
        "plugin-hook",
        "has a lifecycle_criteria that wants 'config', which nobody gives (offered: none)",
        8,
    ),
    Fault(
        "misspelt argument",
        """
        @hookimpl
        def lifecycle_after_transition(recrod):
            pass
        """,
        "plugin-hook",
        """has a lifecycle_after_transition that wants 'recrod', which nobody gives, did you mean 'record'?
        (offered: record)""",
        8,
    ),
    Fault(
        "argument with a default",
        """
        @hookimpl
        def lifecycle_after_transition(record=None):
            pass
        """,
        "plugin-hook",
        """has a lifecycle_after_transition that has a default for 'record', which is always given; leave the
        default out""",
        8,
    ),
    Fault(
        "argument by keyword only",
        """
        @hookimpl
        def lifecycle_after_transition(*, record):
            pass
        """,
        "plugin-hook",
        """has a lifecycle_after_transition that takes 'record' by keyword only; leave out the `*` before it""",
        8,
    ),
    Fault(
        "any arguments by keyword",
        """
        @hookimpl
        def lifecycle_after_transition(**given):
            pass
        """,
        "plugin-hook",
        """has a lifecycle_after_transition that takes **given, which nobody fills; name the arguments it wants
        (offered: record)""",
        8,
    ),
    Fault(
        "any arguments",
        """
        @hookimpl
        def lifecycle_criteria(*given):
            return [Good]
        """,
        "plugin-hook",
        """has a lifecycle_criteria that takes *given, which nobody fills; name the arguments it wants
        (offered: none)""",
        8,
    ),
    Fault(
        "async hook",
        """
        @hookimpl
        async def lifecycle_criteria():
            return [Good]
        """,
        "plugin-hook",
        "has a lifecycle_criteria that is async, and nobody would await it; write a plain def",
        8,
    ),
    Fault(
        "observer that is a generator",
        """
        @hookimpl
        def lifecycle_after_transition(record):
            yield record
        """,
        "plugin-hook",
        """has a lifecycle_after_transition that has a yield, so calling it would run nothing; leave the yield
        out""",
        8,
    ),
    Fault(
        "wrapper",
        """
        @hookimpl(wrapper=True)
        def lifecycle_criteria():
            return (yield)
        """,
        "plugin-hook",
        "has a lifecycle_criteria with wrapper=True, which means nothing here; leave it out",
        8,
    ),
    Fault(
        "order",
        """
        @hookimpl(tryfirst=True)
        def lifecycle_criteria():
            return [Good]
        """,
        "plugin-hook",
        "has a lifecycle_criteria with tryfirst=True, which means nothing here; leave it out",
        8,
    ),
    Fault(
        "hook that is a value",
        """
        lifecycle_criteria = [Good]
        """,
        "plugin-hook",
        "has a lifecycle_criteria that is no function, so it would never be called; make it one",
        None,
    ),
    Fault(
        "hook twice",
        """
        @hookimpl
        def lifecycle_criteria():
            return [Good]
        @hookimpl(specname='lifecycle_criteria')
        def more():
            return []
        """,
        "plugin-hook",
        "implements lifecycle_criteria twice; leave one",
        11,
    ),
    Fault(
        "no hook at all",
        "",
        "plugin-hook",
        "has no hooks; name the module that has them in the entry point",
        None,
    ),
    Fault(
        "commands that nobody asks for",
        """
        @hookimpl
        def lifecycle_cli():
            return []
        """,
        "plugin-hook",
        """has lifecycle_cli, which is called for entry points in the group 'lifecycle.cli' only; name it there
        too""",
        None,
    ),
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
"""What can be imported, and is wrong."""

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
