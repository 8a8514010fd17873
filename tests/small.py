"""A plugin of a few plain criteria, and small definitions that use them as the plugin `t`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from lifecycle import parameters
from lifecycle.criteria import Criterion, Verdict, criterion, met_if, unknown
from lifecycle.definition import Definition, NamedCriterion, Provenance
from lifecycle.errors import DefinitionError, Problem
from lifecycle.hooks import hookimpl
from lifecycle.lead import Snapshot
from lifecycle.lint import lint
from lifecycle.loading import read_definition
from lifecycle.registry import Registry

CLEAN = """\
name = "small"
version = "1"

[stages]
new = { owner = "marketing" }
won = { owner = "sales", final = true }

[criteria]
asks = { use = "t.said", field = "asks" }
busy = { use = "t.did", kinds = ["call", "page"], within = "30 days" }

[undesirables]
spam = { use = "t.said", field = "spam", why = "Nobody reads it" }

[scores]
interest = { points = { busy = { each = 2, up_to = 10 }, asks = 5 }, cap = 12 }

[conditions]
fit = "asks and not undesirable"

[[transitions]]
trigger = "enter"
to = "new"
automatic = true
when = "fit"

[[transitions]]
trigger = "win"
from = ["new"]
to = "won"
by = ["sales", "boss"]
when = "interest >= 7"
"""
"""A definition that nothing can be said against once it is signed."""


@criterion("said", version="1")
class Said:
    """A profile field says yes."""

    field: str = parameters.profile_field()

    def judge(self, known: Snapshot) -> Verdict:
        """Look at the field."""
        said = known.profile(self.field)
        return unknown(f"{self.field} is not known") if said is None else met_if(said, f"{self.field}: {said}")


@criterion("did", version="1")
class Did:
    """The lead has done one of these; the amount is how often."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: timedelta | None = parameters.duration(default=None)

    def judge(self, known: Snapshot) -> Verdict:
        """Count."""
        done = known.activities(self.kinds, within=self.within)
        return met_if(done.count, f"{done.count} times", amount=done.count, until=done.until)


@criterion("stays", version="1", also_reads=["journey"])
class Stays:
    """The lead is in a stage."""

    def judge(self, known: Snapshot) -> Verdict:
        """Look at the journey."""
        return met_if(known.journey.stage is not None, f"{known.journey.stage}")


class Plugin:
    """What offers them."""

    @hookimpl
    def lifecycle_criteria(self) -> list[type[Criterion]]:
        """Offer them."""
        return [Said, Did, Stays]


@cache
def registry() -> Registry:
    """Return the registry that offers them as `t.said`, `t.did` and `t.stays`."""
    return Registry.of({"t": Plugin()})


def read(text: str) -> Definition:
    """Return the definition that a text says, without errors."""
    return read_definition(text, plugins=registry())


def signed(text: str) -> str:
    """Return the text with the signature of one party below the hash of what it signs."""
    return f'{text}\n[agreement]\nof = "{read(text).hash}"\nsales = {{ by = "Ada", on = 2026-01-15 }}\n'


def named(name: str, *, reads_journey: bool = False) -> NamedCriterion:
    """Return a criterion of this name that reads the profile field of this name, or the journey."""
    nobody = Provenance(
        plugin="t", criterion="", version="1", distribution=None, distribution_version=None, fingerprint=""
    )
    bound: Criterion = Stays() if reads_journey else Said(field=name)
    return NamedCriterion(name=name, use="t.said", criterion=bound, provenance=nobody)


def problems(text: str) -> list[Problem]:
    """Return all that is said of a text, whether or not it can be used."""
    try:
        return lint(read(text))
    except DefinitionError as error:
        return list(error.problems)


def offering(*criteria: object) -> object:
    """Return a plugin that offers these."""

    class Offering:
        @hookimpl
        def lifecycle_criteria(self) -> Iterable[object]:
            """Offer them."""
            return criteria

    return Offering()
