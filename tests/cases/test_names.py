"""What a definition names, to tell a slip of the pen by."""

from __future__ import annotations

from lifecycle import Criterion, Registry, Snapshot, Verdict, criterion, hookimpl, met_if, parameters
from lifecycle.cases.names import Names
from lifecycle.loading import read_definition
from tests.trying import RULES, rules


@criterion("gathered", version="1", also_reads=["channel"])
class Gathered:
    """The lead was gathered there, or says so of itself."""

    channels: tuple[str, ...]
    field: str = parameters.profile_field()

    def judge(self, known: Snapshot) -> Verdict:
        """Look at both."""
        return met_if({known.channel, known.profile(self.field)} & set(self.channels), "there")


class Plugin:
    """Offers the criterion of this file."""

    @staticmethod
    @hookimpl
    def lifecycle_criteria() -> list[type[Criterion]]:
        """Offer it."""
        return [Gathered]


def test_facts_are_named_by_what_criteria_declare() -> None:
    """And by the dimensions, of which the channel is none of a profile."""
    names = Names.of(rules()).facts

    assert {"email", "company"} == names["profile"]
    assert {"pricing_page_visited", "demo_requested", "site_visited"} == names["activity"]
    assert {"conversation_possible"} == names["answer"]
    assert {"webinar", "referral"} == names["channel"]


def test_the_name_of_a_field_is_no_channel() -> None:
    """Of a criterion that reads both, only what it compares names channels."""
    line = '[criteria]\nthere = { use = "odd.gathered", channels = ["fair"], field = "met_at" }\n'
    installed = Registry.installed() | Registry.of({"odd": Plugin()})
    names = Names.of(read_definition(RULES.replace("[criteria]\n", line), plugins=installed)).facts

    assert {"webinar", "referral", "fair"} == names["channel"]
    assert {"email", "company", "met_at"} == names["profile"]
