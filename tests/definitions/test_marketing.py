"""The packaged definitions up to MQL do what the published descriptions of lead qualification ask for.

`docs/reference/requirements.md` names the test that shows each requirement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle import Definition, Lead, Lifecycle, Outcome, Snapshot, load
from tests.definitions.leads import DAY, START, accepted, an_mql, ask, decided, good_fit, scorer, stage_of, visitor

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(scope="module")
def b2b() -> Definition:
    """The definition that is used unless another one is named."""
    return load("b2b")


class TestIql:
    """The information qualified lead: contact details, given in return for something."""

    @pytest.mark.parametrize("kind", ["ebook_downloaded", "whitepaper_downloaded", "newsletter_subscribed"])
    def test_contact_details_given_for_something_make_an_iql(self, b2b: Definition, kind: str) -> None:
        """An e-mail address and a lead magnet let a lead in."""
        assert "iql" == stage_of(b2b, visitor(kind, email="ada@acme.example"))

    def test_without_contact_details_nobody_comes_in(self, b2b: Definition) -> None:
        """A download without an address is no lead."""
        assert None is stage_of(b2b, visitor("ebook_downloaded"))

    def test_it_is_handed_to_marketing(self, b2b: Definition) -> None:
        """Marketing owns the stage."""
        assert "marketing" == b2b.stages["iql"].owner


# The actions that the descriptions name as those of an MQL, as b2b spells them, and the criterion that counts them.
ACTIONS: Sequence[tuple[str, Sequence[str], str]] = [
    ("trial software downloaded", ["trial_downloaded"], "tried_it"),
    ("demo downloaded", ["demo_downloaded"], "tried_it"),
    ("list subscribed", ["list_joined"], "subscribed"),
    ("newsletter subscribed", ["newsletter_subscribed"], "subscribed"),
    ("items favoured", ["favourite_added"], "saved_something"),
    ("wish list", ["wishlist_added"], "saved_something"),
    ("repeated visits", ["site_visited"] * 3, "visits_again"),
    ("blogs read", ["blog_read"] * 3, "visits_again"),
    ("ad clicked", ["ad_clicked"], "clicked_ad"),
    ("information requested", ["information_requested"], "contacted_us"),
    ("e-book downloaded", ["ebook_downloaded"], "took_material"),
    ("guide downloaded", ["guide_downloaded"], "took_material"),
    ("software demo used", ["demo_used"], "used_demo"),
    ("contact form", ["contact_form_submitted"], "contacted_us"),
    ("shopping cart", ["cart_added"], "filled_cart"),
    ("demo request form", ["demo_requested"], "asked_for_demo"),
    ("product used", ["feature_used"] * 10, "uses_product"),
]


class TestMql:
    """The marketing qualified lead: profile, channel and actions, or a score, or use of the product, or by hand."""

    @pytest.mark.parametrize(("kinds", "criterion"), [case[1:] for case in ACTIONS], ids=[case[0] for case in ACTIONS])
    def test_every_action_of_the_descriptions_counts(self, b2b: Definition, kinds: list[str], criterion: str) -> None:
        """The action meets a criterion on which qualifying depends."""
        verdict = b2b.criteria[criterion].criterion.judge(Snapshot(visitor(*kinds), START))
        qualify = b2b.transition("qualify", "iql")
        assert qualify is not None

        assert Outcome.MET is verdict.outcome
        assert criterion in b2b.criteria_of(qualify)

    def test_much_time_on_the_website_counts(self, b2b: Definition) -> None:
        """Ten minutes in thirty days are a lot of time; count, window and duration are parameters."""
        lead = Lead("42").activity("site_visited", at=START, seconds=599)
        short = b2b.criteria["stays_long"].criterion.judge(Snapshot(lead, START))
        lead.activity("site_visited", at=START, seconds=1)
        long = b2b.criteria["stays_long"].criterion.judge(Snapshot(lead, START))

        assert (Outcome.UNMET, Outcome.MET) == (short.outcome, long.outcome)

    def test_profile_channel_and_action_qualify(self, b2b: Definition) -> None:
        """A good industry in a good country, a good channel and an action are enough."""
        assert "mql" == stage_of(b2b, visitor("contact_form_submitted", **good_fit()))

    @pytest.mark.parametrize("missing", ["industry", "country"])
    def test_an_action_alone_does_not_qualify(self, b2b: Definition, missing: str) -> None:
        """Without a good industry or a good country a contact form makes an IQL and no more."""
        profile = {name: value for name, value in good_fit().items() if name != missing}

        assert "iql" == stage_of(b2b, visitor("contact_form_submitted", **profile))

    def test_the_channel_counts(self, b2b: Definition) -> None:
        """The same form from a channel that is not among the good ones is not enough."""
        assert "iql" == stage_of(b2b, visitor("contact_form_submitted", channel="cold_call", **good_fit()))

    def test_a_score_qualifies(self, b2b: Definition) -> None:
        """Points for actions and for fit reach their lines, though no industry is known."""
        assert "mql" == stage_of(b2b, scorer())
        assert "iql" == stage_of(b2b, scorer(title="Assistant"))

    def test_use_of_the_product_qualifies(self, b2b: Definition) -> None:
        """Whoever uses the product is an MQL, whatever the profile says."""
        assert "mql" == stage_of(b2b, visitor("account_created", *["feature_used"] * 10, email="a@b.example"))

    def test_a_person_qualifies_by_hand_with_a_reason(self, b2b: Definition) -> None:
        """Marketing may say that a lead is an MQL, and has to say why."""
        lifecycle, lead = Lifecycle(b2b), visitor("ebook_downloaded", email="ada@acme.example")
        without = ask(lifecycle, lead, "qualify_by_hand", actor="marketing:3")
        by_hand = ask(lifecycle, lead, "qualify_by_hand", actor="marketing:3", reason="met_in_person")

        assert "forbidden" == decided(without).result.value
        assert ("mql", "met_in_person") == (by_hand.journey.stage, by_hand.records[-1].reason)

    def test_it_leaves_the_stage_before(self, b2b: Definition) -> None:
        """A lead stands in one stage: whoever is further along is no MQL any more."""
        lifecycle, _ = accepted(b2b)

        assert "sal" == lifecycle.journey("42").stage

    def test_it_does_not_stay_for_ever(self, b2b: Definition) -> None:
        """Interest that is gone leads back to IQL, with the reason that it went cold."""
        lifecycle = Lifecycle(b2b)
        last = lifecycle.advance(an_mql(), at=START + 60 * DAY).records[-1]

        assert ("iql", "went_cold", START + 30 * DAY) == (last.target, last.reason, last.at)

    def test_a_good_lead_qualifies_from_historical_data(self, b2b: Definition) -> None:
        """A definition is tried on what has happened, and keeps nothing."""
        trial = Lifecycle(b2b).advance(an_mql(), at=START + DAY, dry_run=True)

        assert ["iql", "mql"] == [record.target for record in trial.records]


class TestUndesirables:
    """What counts against a lead, in each category, with its reason."""

    @pytest.mark.parametrize(
        ("name", "lead"),
        [
            ("free_email", visitor("demo_requested", **good_fit(email="ada@gmail.com"))),
            ("procurement", visitor("demo_requested", **good_fit(title="Head of Procurement"))),
            ("bought_list", visitor("demo_requested", channel="purchased_list", **good_fit())),
            ("applied_for_job", visitor("demo_requested", "job_application_submitted", **good_fit())),
        ],
    )
    def test_one_of_each_category_blocks(self, b2b: Definition, name: str, lead: Lead) -> None:
        """Profile, channel and action: the lead stays an IQL, and the undesirable is among the blockers."""
        way = next(
            way for way in Lifecycle(b2b).explain(lead, at=START + DAY).to("mql") if way.transition.trigger == "qualify"
        )

        assert "iql" == stage_of(b2b, lead)
        assert (name,) == way.decision.blockers

    @pytest.mark.parametrize("name", ["b2b", "product_led", "short_cycle"])
    def test_each_is_documented(self, name: str) -> None:
        """Every undesirable says why."""
        assert all(entry.why for entry in load(name).undesirables.values())

    def test_some_only_cost_points(self, b2b: Definition) -> None:
        """An address that nobody in particular reads blocks nothing and lowers the score."""
        score = b2b.scores["interest"].points["role_account"]

        assert (-15, False) == (score.most, b2b.undesirables["role_account"].blocks)
        assert "mql" == stage_of(b2b, visitor("demo_requested", **good_fit(email="info@acme.example")))

    def test_whoever_will_never_buy_is_taken_out_and_kept(self, b2b: Definition) -> None:
        """A throw-away address disqualifies by itself; the history stays."""
        lifecycle = Lifecycle(b2b)
        lifecycle.advance(visitor("ebook_downloaded", email="x@mailinator.com"), at=START)

        assert ["iql", "disqualified"] == [record.target for record in lifecycle.history("42")]

    def test_what_is_not_known_is_not_held_against_a_lead(self, b2b: Definition) -> None:
        """Without a title nobody is taken for a buyer's clerk."""
        assert {"unmet"} == {entry.unknown_as for entry in b2b.undesirables.values()}
        assert "mql" == stage_of(b2b, an_mql())
