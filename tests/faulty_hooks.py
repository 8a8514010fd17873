"""Plugins with one fault in a hook each, and what has to be said of it."""

from __future__ import annotations

from typing import Final

from tests.faulty import Fault

__all__ = ["HOOKS"]

HOOKS: Final = (
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
)
"""What is wrong with hooks."""
