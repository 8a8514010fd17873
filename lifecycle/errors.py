"""Every error of the library, grouped by whose fault it is.

All of them derive from `LifecycleError`. An error carries its facts as attributes; its text says what was asked, what
was wrong, where, and what to do. The lead is an attribute and never part of the text, so that a log of errors holds no
personal data: only the command line prints it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = [
    "CallerError",
    "CasesError",
    "ConcurrentUpdateError",
    "ConditionError",
    "DefinitionConflictError",
    "DefinitionError",
    "DocumentError",
    "HeldError",
    "KeyReusedError",
    "LifecycleError",
    "MappingError",
    "NaiveInstantError",
    "NotAStoreError",
    "NotHeldError",
    "NotSealedError",
    "OutOfOrderError",
    "Place",
    "PluginError",
    "Problem",
    "ProofError",
    "RefusedError",
    "Severity",
    "SignalError",
    "StoreBusyError",
    "StoreError",
    "StoreLostError",
    "StoreVersionError",
    "StrandedLeadsError",
    "UnknownLeadError",
]


@attrs.frozen
class Place:
    """Where something stands in a file; lines and columns count from 1, and None means not known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Give `file:line:column`, as compilers and editors write it."""
        parts = [self.file, *(str(part) for part in (self.line, self.column) if part is not None)]
        return ":".join(parts)


class Severity(enum.Enum):
    """How much a problem matters: only an error stops a definition from running."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that is wrong, or worth a look, in a file or a plugin.

    `code` is stable and may be matched on; `message` is for people; `path` leads to the thing inside the document, for
    instance `("stages", "mql", "sla")`.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: tuple[str | int, ...] = ()
    place: Place | None = None

    def __str__(self) -> str:
        """Give one line: place, severity, message and code."""
        where = f"{self.place}: " if self.place is not None else ""
        return f"{where}{self.severity.value}: {self.message} [{self.code}]"


class LifecycleError(Exception):
    """The base of every error of this library; each can be pickled, so that it may come from another process."""

    def __reduce__(self) -> tuple[object, ...]:
        """Restore an error from its facts, and not by calling it with its text alone, as Python would."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[LifecycleError], args: tuple[object, ...], facts: dict[str, object]) -> LifecycleError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class _ProblemsError(LifecycleError):
    """An error that reports several problems together, in `problems`."""

    def __init__(self, summary: str, problems: Iterable[Problem]) -> None:
        self.summary = summary
        self.problems = tuple(problems)
        super().__init__("\n  ".join([summary, *(str(problem) for problem in self.problems)]))


# --- The caller's --------------------------------------------------------------------------------------------------


class CallerError(LifecycleError):
    """The call itself cannot be carried out as asked."""


class NaiveInstantError(CallerError, ValueError):
    """An instant without a time zone: it is refused, because guessing the zone would move it by hours."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"{value} has no time zone; give an aware datetime, for instance with tzinfo=timezone.utc")


class OutOfOrderError(CallerError):
    """A request is dated before the lead's last move, which the append-only history cannot take back."""

    def __init__(self, *, at: datetime, since: datetime, lead: str | None = None) -> None:
        self.at = at
        self.since = since
        self.lead = lead
        super().__init__(
            f"the request is dated {at.isoformat()}, before the lead's last move at {since.isoformat()}; "
            "history is append-only, so ask at or after that instant"
        )


class KeyReusedError(CallerError):
    """The key of a command stands for another command already; a key is for one command and its repetitions."""


class UnknownLeadError(CallerError):
    """The store does not know this lead: it never met it, or the lead was erased; which of the two nobody can tell."""

    def __init__(self, *, lead: str | None = None) -> None:
        self.lead = lead
        super().__init__("the store knows no such lead")


class NotHeldError(CallerError):
    """A hold was to be released that is not there; `holds` gives those that are, each with since when."""

    def __init__(self, *, holds: Mapping[str, datetime], lead: str | None = None) -> None:
        self.holds = dict(holds)
        self.lead = lead
        super().__init__(f"the lead is not held on this basis{'; it is held ' if holds else ''}{_holding(holds)}")


class RefusedError(CallerError):
    """A reply was required to be granted and was not; `decision` says why."""

    def __init__(self, decision: object, message: str) -> None:
        self.decision = decision
        super().__init__(message)


# --- The document's ------------------------------------------------------------------------------------------------


class DocumentError(_ProblemsError):
    """A TOML file cannot be read; every problem found is in `problems`."""


class DefinitionError(DocumentError):
    """A definition cannot be used; every problem found, warnings and notes included, is in `problems`."""


class ConditionError(LifecycleError):
    """A condition is not written in the condition language; `column` counts from 1 within the condition."""

    def __init__(self, message: str, *, text: str, column: int) -> None:
        self.message = message
        self.text = text
        self.column = column
        super().__init__(f"{message} (column {column} of {text!r})")


class CasesError(DocumentError):
    """A test file cannot be used with this definition; every problem found is in `problems`."""


class MappingError(DocumentError):
    """A mapping file cannot be used with these inputs; every problem found is in `problems`."""


# --- The plugin's --------------------------------------------------------------------------------------------------


class PluginError(_ProblemsError):
    """Plugins cannot be used as they are; every problem names the plugin, its distribution and version."""


# --- The input's ---------------------------------------------------------------------------------------------------


class SignalError(LifecycleError):
    """One input row cannot become a signal; `place` says which."""

    def __init__(self, message: str, *, place: Place, lead: str | None = None) -> None:
        self.message = message
        self.place = place
        self.lead = lead
        super().__init__(f"{place}: {message}")


class ProofError(LifecycleError, ValueError):
    """A checkpoint or a proof cannot be read as one; the text says which line or key, and what was expected there."""


# --- The store's ---------------------------------------------------------------------------------------------------


class StoreError(LifecycleError):
    """The store cannot do what is asked of it."""


class NotAStoreError(StoreError):
    """The database exists but was not made by this library, so nothing is written into it."""


class NotSealedError(StoreError):
    """What is asked of the sealed log lies beyond it: seal first, and ask again."""


class StoreBusyError(StoreError):
    """Another writer holds the store for longer than a command waits; nothing was written, so try again."""


class StoreLostError(StoreError):
    """The connection to the store was lost; `in_doubt` says whether what was being committed may have been kept.

    A command with a key can be sent again in any case: it is carried out once.
    """

    def __init__(self, message: str, *, in_doubt: bool) -> None:
        self.in_doubt = in_doubt
        super().__init__(message)


class StoreVersionError(StoreError):
    """The store was written with another revision of its tables."""

    def __init__(self, message: str, *, found: str, known: str) -> None:
        self.found = found
        self.known = known
        super().__init__(message)


class HeldError(StoreError):
    """The lead is held, so that nothing of it may go; `holds` gives the bases, each with since when."""

    def __init__(self, *, holds: Mapping[str, datetime], lead: str | None = None) -> None:
        self.holds = dict(holds)
        self.lead = lead
        super().__init__(f"the lead is held {_holding(holds)}; nothing of it goes before every hold is released")


def _holding(holds: Mapping[str, datetime]) -> str:
    return ", and ".join(f"on the basis {basis} since {since.isoformat()}" for basis, since in holds.items())


class DefinitionConflictError(StoreError):
    """A definition of this name and version is stored with another hash: raise the version."""


class StrandedLeadsError(StoreError):
    """Leads stand in stages that the new version does not have; `stages` gives how many in each."""

    def __init__(self, message: str, *, stages: dict[str, int]) -> None:
        self.stages = stages
        super().__init__(message)


# --- Another writer's ----------------------------------------------------------------------------------------------


class ConcurrentUpdateError(StoreError):
    """Another writer appended to this lead's history first; run the whole command again on the fresh journey."""

    def __init__(self, message: str, *, lead: str | None = None, expected: int | None = None) -> None:
        self.lead = lead
        self.expected = expected
        super().__init__(message)
