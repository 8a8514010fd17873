"""The packaged definitions from SAL on do what the published descriptions of lead qualification ask for.

`docs/reference/requirements.md` names the test that shows each requirement.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from lifecycle import Definition, Lifecycle, load
from lifecycle.loading import read_definition
from tests.definitions.leads import (
    DAY,
    SAL,
    SQO,
    START,
    accepted,
    an_mql,
    ask,
    decided,
    good_fit,
    scorer,
    stage_of,
    visitor,
)


@pytest.fixture(scope="module")
def b2b() -> Definition:
    """The definition that is used unless another one is named."""
    return load("b2b")


class TestSal:
    """The sales accepted lead: three conditions, asked by sales."""

    @pytest.mark.parametrize("missing", SAL)
    def test_each_condition_is_needed(self, b2b: Definition, missing: str) -> None:
        """With one of the answers missing it is refused, and that answer is the blocker."""
        lead = an_mql().answer({name: True for name in SAL if name != missing}, at=START)
        reply = ask(Lifecycle(b2b), lead, "accept")

        assert (False, (missing,)) == (reply.granted, decided(reply).blockers)

    def test_all_conditions_are_enough(self, b2b: Definition) -> None:
        """The lead still qualifies, a conversation is possible, business is feasible."""
        lifecycle, _ = accepted(b2b)

        assert ("sal", "sales:17") == (lifecycle.journey("42").stage, lifecycle.history("42")[-1].actor)

    def test_no_is_not_the_same_as_not_asked(self, b2b: Definition) -> None:
        """Both refuse, and say so differently."""
        said_no = an_mql().answer(conversation_possible=False, business_feasible=True, at=START)
        decisions = [decided(ask(Lifecycle(b2b), lead, "accept")) for lead in (said_no, an_mql())]

        assert ["unmet", "unknown"] == [one.atoms["conversation_possible"].value for one in decisions]

    def test_a_window_that_closed_within_the_time_for_sales_does_not_refuse(self, b2b: Definition) -> None:
        """What qualified the lead was seen within 30 days then, and two days later sales may still accept."""
        lead = visitor("ebook_downloaded", email="ada@acme.example", country="Germany", at=START)
        lead.activity("contact_form_submitted", at=START)
        late = START + 29 * DAY
        lead.profile(industry="software", at=late).answer(dict.fromkeys(SAL, True), at=late)
        lifecycle = Lifecycle(b2b)

        assert "mql" == lifecycle.advance(lead, at=late).journey.stage
        assert ask(lifecycle, lead, "accept", at=late + timedelta(days=1, hours=12)).granted

    def test_a_lead_qualified_by_hand_is_not_refused_for_the_rules(self, b2b: Definition) -> None:
        """It never met the rules, and a person said that it qualifies."""
        lifecycle = Lifecycle(b2b)
        lead = visitor("ebook_downloaded", email="ada@acme.example").answer(dict.fromkeys(SAL, True), at=START)
        ask(lifecycle, lead, "qualify_by_hand", actor="marketing:3", reason="known_buyer").require()

        assert ask(lifecycle, lead, "accept", at=START + 20 * DAY).granted

    def test_short_cycles_ask_for_authority_and_buying_time(self) -> None:
        """The variant refuses where `b2b` would not."""
        lead = visitor("contact_form_submitted", **good_fit()).answer(dict.fromkeys(SAL, True), at=START)
        reply = ask(Lifecycle(load("short_cycle")), lead, "accept", at=START)

        assert {"has_authority", "buying_time_known"} == set(decided(reply).blockers)

    def test_what_stands_behind_it_can_be_seen(self, b2b: Definition) -> None:
        """The record of the MQL shows profile, channel and actions, and the points they gave."""
        lifecycle, _ = accepted(b2b)
        [mql] = [record for record in lifecycle.history("42", with_details=True) if record.target == "mql"]
        assert mql.detail is not None

        assert {"good_industry", "good_channel", "asked_for_demo"} <= set(mql.detail["verdicts"])
        assert ["asked_for_demo", 40, 40] in mql.detail["scores"]["interest"]["breakdown"]

    def test_each_acceptance_gathers_more(self, b2b: Definition) -> None:
        """What sales has learned in an earlier round does not count by itself in the next one."""
        lifecycle, lead = accepted(b2b)
        again = START + 60 * DAY
        ask(lifecycle, lead, "recycle", reason="bad_timing").require()
        lead.activity("demo_requested", at=again)
        first = ask(lifecycle, lead, "accept", at=again)
        lead.answer(dict.fromkeys(SAL, True), at=again + DAY)

        assert set(SAL) == set(decided(first).blockers)
        assert ask(lifecycle, lead, "accept", at=again + DAY).granted


class TestSqlAndSqo:
    """The lead wants to talk; then five things are known."""

    @pytest.mark.parametrize("kind", ["meeting_booked", "callback_requested"])
    def test_the_wish_to_talk_makes_an_sql(self, b2b: Definition, kind: str) -> None:
        """It is the decision of the lead, and follows by itself."""
        lifecycle, lead = accepted(b2b)
        moved = lifecycle.advance(lead.activity(kind, at=START + 2 * DAY), at=START + 3 * DAY)

        assert ("sql", START + 2 * DAY) == (moved.journey.stage, moved.journey.since)

    @pytest.mark.parametrize("missing", SQO)
    def test_each_of_the_five_is_needed(self, b2b: Definition, missing: str) -> None:
        """With one of them missing there is no opportunity, and that one is what is missing."""
        lifecycle, lead = accepted(b2b)
        lead.answer({name: True for name in SQO if name != missing}, at=START + DAY)
        [way] = lifecycle.explain(lead, at=START + 2 * DAY).to("sqo")
        names = {"time_frame": "time_frame_known", "size": "size_known"}

        assert (names.get(missing, missing),) == way.decision.blockers

    def test_all_five_open_the_opportunity_without_a_question(self, b2b: Definition) -> None:
        """Time frame and size are known, whatever they are; nobody asks for the move, and nobody asks for a budget."""
        lifecycle, lead = accepted(b2b)
        answers = dict.fromkeys(("buy_cycle", "influencer", "follow_up_permitted"), True)
        moved = lifecycle.advance(
            lead.answer({**answers, "time_frame": "2 years", "size": 0}, at=START + 2 * DAY), at=START + 2 * DAY
        )

        assert ("sqo", "system") == (moved.journey.stage, moved.records[-1].actor)

    def test_an_opportunity_may_skip_the_wish_to_talk(self, b2b: Definition) -> None:
        """It is opened from SAL and from SQL: earlier rather than later."""
        assert {"sal", "sql"} == {source for one in b2b.transitions if one.target == "sqo" for source in one.sources}


class TestAsideAndBack:
    """Recycled, disqualified, customer, and the ways back."""

    def test_recycling_needs_a_reason_and_starts_a_new_cycle(self, b2b: Definition) -> None:
        """What the lead did before no longer counts."""
        lifecycle, lead = accepted(b2b)
        moved = ask(lifecycle, lead, "recycle", reason="no_budget").journey

        assert ("recycled", 2) == (moved.stage, moved.cycle)
        assert "recycled" == lifecycle.advance(lead, at=START + 90 * DAY).journey.stage

    def test_a_rested_lead_qualifies_again(self, b2b: Definition) -> None:
        """By what it does after it was recycled, and not before thirty days are over."""
        lifecycle, lead = accepted(b2b)
        ask(lifecycle, lead, "recycle", reason="bad_timing").require()
        lead.activity("demo_requested", at=START + 10 * DAY)
        moved = lifecycle.advance(lead, at=START + 60 * DAY)

        assert ("mql", START + 31 * DAY) == (moved.records[0].target, moved.records[0].at)

    def test_the_way_back_from_disqualified_is_governed(self, b2b: Definition) -> None:
        """Only a manager, with a reason."""
        lifecycle, lead = accepted(b2b)
        ask(lifecycle, lead, "disqualify", reason="duplicate").require()
        by_sales = ask(lifecycle, lead, "reinstate", reason="mistake")
        by_manager = ask(lifecycle, lead, "reinstate", actor="sales_manager:1", reason="mistake")

        assert (False, True) == (by_sales.granted, by_manager.granted)

    def test_whoever_signs_is_a_customer(self, b2b: Definition) -> None:
        """From wherever the lead stands; nothing leads out of it here."""
        lifecycle, lead = accepted(b2b)
        moved = lifecycle.advance(lead.activity("contract_signed", at=START + DAY), at=START + DAY)

        assert ("customer", True, ()) == (moved.journey.stage, b2b.stages["customer"].final, b2b.leaving("customer"))

    def test_the_product_qualifies_in_the_product_led_variant(self) -> None:
        """Use makes a PQL there, and reading an e-book does nothing."""
        product_led = load("product_led")
        lead = visitor(
            "account_created", *["feature_used"] * 5, "limit_reached", "onboarding_finished", email="a@b.example"
        )
        lead.activity("upgrade_page_visited", at=START)

        assert "pql" == stage_of(product_led, lead)
        assert "user" == stage_of(product_led, visitor("account_created", "ebook_downloaded", email="a@b.example"))


class TestAgreement:
    """What both teams agree on beside the conditions."""

    @pytest.mark.parametrize("name", ["b2b", "product_led", "short_cycle"])
    def test_every_stage_has_an_owner_and_a_time(self, name: str) -> None:
        """Which team works which stage, and for how long, is in the document."""
        stages = load(name).stages.values()

        assert [] == [stage.id for stage in stages if stage.owner is None or (stage.sla is None and not stage.final)]

    @pytest.mark.parametrize("name", ["b2b", "product_led", "short_cycle"])
    def test_the_share_that_sales_should_accept_is_in_the_document(self, name: str) -> None:
        """80 % is the value to start from."""
        assert "80 %" == load(name).targets["acceptance"]

    def test_points_and_lines_are_in_the_document(self, b2b: Definition) -> None:
        """Another number in the text is another threshold, and another hash."""
        stricter = read_definition(b2b.text.replace("interest >= 50 and fit >= 50", "interest >= 90 and fit >= 50"))

        assert ("mql", "iql") == (stage_of(b2b, scorer()), stage_of(stricter, scorer()))
        assert b2b.hash != stricter.hash
