"""The command line: one module per command group, and no logic of its own; all of it calls the library."""

from lifecycle.cli.app import main

__all__ = ["main"]
