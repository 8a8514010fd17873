"""A small definition, and test files about it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lifecycle.cases import CaseFile, Ran, read_cases, run_cases
from lifecycle.errors import CasesError
from lifecycle.loading import read_definition

if TYPE_CHECKING:
    from lifecycle import Definition

RULES = """\
name = "rules"
version = "1"
dimensions = ["channel", "company"]

[stages]
iql = {}
mql = {}
sal = {}
customer = { final = true }

[criteria]
has_email = { use = "profile.present", field = "email" }
saw_prices = { use = "engagement.count", kinds = ["pricing_page_visited"], at_least = 1, within = "30 days" }
asked = { use = "engagement.happened", kinds = ["demo_requested"] }
stays = { use = "engagement.duration", kinds = ["site_visited"], field = "seconds", at_least = "10 minutes" }
talked = { use = "sales.confirmed", answer = "conversation_possible" }
good_channel = { use = "channel.one_of", channels = ["webinar", "referral"] }
quiet = { use = "timing.inactive", at_least = "30 days" }

[undesirables]
unknown_as = "unmet"
free_email = { use = "undesirables.free_email", why = "Hides the company" }
role_account = { use = "undesirables.role_account", blocks = false, why = "Nobody reads it" }

[scores]
interest = { points = { saw_prices = { each = 10, up_to = 30 }, asked = 40, role_account = -5 }, cap = 60 }

[conditions]
warm = "asked or interest >= 20"

[[transitions]]
trigger = "capture"
to = "iql"
automatic = true
when = "has_email"

[[transitions]]
trigger = "qualify"
from = ["iql"]
to = "mql"
automatic = true
when = "warm and not undesirable"

[[transitions]]
trigger = "cool_down"
from = ["mql"]
to = "iql"
automatic = true
reason = "went_cold"
when = "not warm and quiet"

[[transitions]]
trigger = "accept"
from = ["mql"]
to = "sal"
by = ["sales"]
override_by = ["sales_manager"]
when = "talked and good_channel"

[[transitions]]
trigger = "recycle"
from = ["mql", "sal"]
to = "iql"
by = ["sales"]
reasons = ["bad_timing", "no_budget"]
new_cycle = true

[[transitions]]
trigger = "win"
from = ["sal"]
to = "customer"
when = "stays"
"""

LEAD = '{ day = 0, profile = { email = "ada@acme.example" } }'


@cache
def rules() -> Definition:
    """Return the definition of these tests."""
    return read_definition(RULES, file="rules.toml")


def read(text: str) -> CaseFile:
    """Read a test file."""
    return read_cases(text, file="rules.tests.toml", definition=rules())


def case_of(given: str, expect: str, name: str = "a case") -> str:
    """Write one case."""
    return f'[[cases]]\nname = "{name}"\ngiven = [{given}]\nexpect = {expect}\n'


def run(given: str, expect: str) -> Ran:
    """Run one case."""
    [ran] = run_cases(rules(), read(case_of(given, expect)).cases)
    return ran


def told(given: str, expect: str) -> list[str]:
    """Return what is said of one case: nothing where it passes, and else each miss with why."""
    return [line for miss in run(given, expect).misses for line in (miss.message, *miss.why)]


def problems(text: str) -> list[str]:
    """Return what is wrong with a test file, one line each, or what is only worth a look."""
    try:
        return [str(problem) for problem in read(text).warnings]
    except CasesError as error:
        return [str(problem) for problem in error.problems]
