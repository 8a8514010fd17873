"""Made-up leads for the demo: about two hundred over ninety days, in the words of the packaged definition `b2b`.

Pure: the same seed gives the same signals on every machine and with every Python. Nobody in it exists. Addresses end in
`.example`, which is reserved for that; those of free mail have hyphens, which their provider does not allow.

Each lead follows one of the plots at the end of this file, which say what such a lead does and what is asked of it.
What becomes of it, the definition decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from lifecycle.times import instant_text

__all__ = ["BEGIN", "END", "STUCK", "WITH_A_PAST", "made_up_signals"]

Row = Mapping[str, Any]
_T = TypeVar("_T")

BEGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
END: Final = BEGIN + timedelta(days=90)
"""The last instant of the story: what would happen later has not happened yet."""

_SEED: Final = 2026
_ENTRIES: Final = 80
"""Days in which leads come in; those of the last ones have had less time."""

FIRST = (
    *("Ada", "Ben", "Carla", "Dev", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Lena", "Mateo", "Nora"),
    *("Oskar", "Priya", "Quinn", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wim", "Xenia", "Yusuf", "Zoe"),
)
LAST = (
    *("Albers", "Berg", "Costa", "Dubois", "Ekman", "Ferrari", "Garcia", "Holm", "Ito", "Jansen", "Keller", "Lopez"),
    *("Moreau", "Novak", "Olsen", "Peters", "Quist", "Rossi", "Silva", "Thorn", "Ueda", "Vogel", "Weber", "Young"),
)
COMPANIES = (
    *("Alder", "Brightway", "Cobalt", "Delta Nine", "Eastgate", "Fjord", "Granite", "Harbour", "Inkwell", "Juniper"),
    *("Keystone", "Lattice", "Meridian", "Northlight", "Orchard", "Pinecrest", "Quarry", "Ridgeline", "Sable", "Tidal"),
    *("Upland", "Vantage", "Willow", "Yarrow", "Zephyr"),
)
BRANCHES = ("Software", "Systems", "Logistics", "Medical", "Capital", "Works", "Networks", "Foods", "Schools", "Press")
INDUSTRIES = {"Logistics": "logistics", "Medical": "medical", "Capital": "finance", "Works": "manufacturing"} | {
    "Networks": "telecommunications",
    "Foods": "food",
    "Schools": "education",
    "Press": "media",
}
COUNTRIES = (
    *("Germany", "France", "Netherlands", "United Kingdom", "Sweden", "Spain", "Italy", "Switzerland", "Austria"),
    *("Denmark", "United States", "Canada", "Brazil", "Japan", "Portugal"),
)
TITLES = ("Head of IT", "CEO", "Marketing Manager", "Director of Operations", "Analyst", "CTO", "Developer", "VP Sales")
CHANNELS = ("webinar", "event", "referral", "organic_search", "paid_search", "website", "partner", "social")
MATERIAL = ("ebook_downloaded", "guide_downloaded", "whitepaper_downloaded", "newsletter_subscribed")
SALES = ("sales:4", "sales:7", "sales:11")
FIVE = ("buy_cycle", "influencer", "time_frame", "size", "follow_up_permitted")


class _Dice:
    """Chance, from the one random method whose results Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - for a story, not for secrets

    def chance(self, share: float) -> bool:
        return self._random() < share

    def pick(self, choices: Sequence[_T]) -> _T:
        return choices[int(self._random() * len(choices))]

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random()

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))


class _Story:
    """One lead's signals in the making: a clock that only goes forward, and what is said along the way."""

    def __init__(self, lead: str, dice: _Dice) -> None:
        self.lead = lead
        self.dice = dice
        self.now = BEGIN + timedelta(days=dice.between(0, _ENTRIES))
        self.rows: list[Row] = []
        self._office_hours()

    def wait(self, low: float, high: float) -> _Story:
        """Let so many days pass."""
        self.now += timedelta(days=self.dice.between(low, high))
        self._office_hours()
        return self

    def _office_hours(self) -> None:
        self.now = self.now.replace(hour=self.dice.whole(8, 17), minute=self.dice.whole(0, 59), second=0, microsecond=0)
        last = self.rows[-1]["at"] if self.rows else ""
        while instant_text(self.now) <= last:
            self.now += timedelta(minutes=self.dice.whole(5, 50))

    def tell(self, type_: str, name: str | None = None, data: Row | None = None) -> _Story:
        """Add a signal at the present moment of the story."""
        row = {"lead": self.lead, "at": instant_text(self.now), "type": type_}
        more = {"name": name, "data": data}
        self.rows.append({**row, **{key: value for key, value in more.items() if value is not None}})
        return self

    def does(self, *kinds: str) -> _Story:
        """Have the lead do things, some minutes apart."""
        for kind in kinds:
            self.now += timedelta(minutes=self.dice.whole(2, 25))
            seconds = {"seconds": self.dice.whole(20, 400)} if kind == "site_visited" else None
            self.tell("activity", kind, seconds)
        return self

    def asks(self, trigger: str, actor: str, **more: Any) -> _Story:
        """Have somebody ask for something."""
        self.now += timedelta(minutes=self.dice.whole(5, 60))
        return self.tell("request", trigger, {"actor": actor, **more})

    def learns(self, **answers: Any) -> _Story:
        """Have sales learn something by talking."""
        self.now += timedelta(minutes=self.dice.whole(3, 40))
        return self.tell("answer", data=answers)


def made_up_signals(seed: int = _SEED) -> list[Row]:
    """Make up the demo's signals, in order of time.

    Args:
        seed: Another number makes up other leads.
    """
    dice = _Dice(seed)
    plots = [plot for plot, count in PLOTS.items() for _ in range(count)]
    rows: list[Row] = []
    for number, plot in enumerate(plots, 1):
        story = _Story(f"L{number:03}", dice)
        plot(story)
        rows.extend(story.rows)
    end = instant_text(END)
    return sorted((row for row in rows if row["at"] <= end), key=lambda row: (row["at"], row["lead"]))


# --- How a lead comes in ---------------------------------------------------------------------------------------------


def _profile(story: _Story, **fixed: Any) -> Row:
    """Make up who it is; good leads are from branches, countries and sizes that the definition wants."""
    dice = story.dice
    first, last, name, branch = dice.pick(FIRST), dice.pick(LAST), dice.pick(COMPANIES), dice.pick(BRANCHES[:7])
    domain = f"{name}-{branch}.example".lower().replace(" ", "")
    made = {
        "email": f"{first}.{last}@{domain}".lower(),
        "name": f"{first} {last}",
        "company": f"{name} {branch}",
        "industry": INDUSTRIES.get(branch, "software"),
        "country": dice.pick(COUNTRIES[:12]),
        "employees": dice.whole(25, 3000),
        "title": dice.pick(TITLES),
    }
    return {key: value for key, value in {**made, **fixed}.items() if value is not None}


def _comes_in(story: _Story, kind: str | None = None, channel: str | None = None, **fixed: Any) -> _Story:
    story.tell("channel", channel or story.dice.pick(CHANNELS))
    story.does("site_visited").tell("profile", data=_profile(story, **fixed))
    return story.does(kind or story.dice.pick(MATERIAL))


def _reads_on(story: _Story, times: int) -> _Story:
    for _ in range(times):
        story.wait(1, 6).does(story.dice.pick(("site_visited", "blog_read", "site_visited", "case_study_read")))
    return story


def _interested(story: _Story) -> _Story:
    """Do what makes a good lead an MQL."""
    _reads_on(story, story.dice.whole(1, 3))
    story.wait(0.5, 5).does(story.dice.pick(("webinar_attended", "pricing_page_visited", "event_visited")))
    return story.wait(0, 3).does(story.dice.pick(("demo_requested", "demo_requested", "contact_form_submitted")))


def _accepted(story: _Story) -> _Story:
    """Have sales call within the two days that were agreed on, and accept."""
    sales = story.dice.pick(SALES)
    if story.dice.chance(0.25):  # too early: nobody has talked to the lead yet
        story.wait(0, 1).asks("accept", sales)
    story.wait(0.3, 1.4).learns(conversation_possible=True, business_feasible=True)
    return story.asks("accept", sales)


def _opportunity(story: _Story, known: int = len(FIVE)) -> _Story:
    """Have sales find out so many of the five things that make an opportunity."""
    values = {"time_frame": "this half-year", "size": "40 seats"}
    for answer in FIVE[:known]:
        story.wait(0.2, 3).learns(**{answer: values.get(answer, True)})
    return story


# --- Plots: leads that come far --------------------------------------------------------------------------------------


def _buys(story: _Story) -> None:
    _accepted(_interested(_comes_in(story)))
    _opportunity(story.wait(1, 4).does("meeting_booked"))
    story.wait(4, 20).does("contract_signed")


def _negotiates(story: _Story) -> None:
    _accepted(_interested(_comes_in(story)))
    _opportunity(story.wait(1, 4).does("meeting_booked"))


def _is_lost(story: _Story) -> None:
    _negotiates(story)
    story.wait(4, 15).asks("recycle", story.dice.pick(SALES), reason=story.dice.pick(("lost", "no_budget")))


def _talks(story: _Story) -> None:
    _accepted(_interested(_comes_in(story)))
    _opportunity(story.wait(1, 4).does("meeting_booked"), known=story.dice.whole(1, 4))


def _has_no_time(story: _Story) -> None:
    _accepted(_interested(_comes_in(story)))
    if story.dice.chance(0.5):
        story.wait(5, 12).asks("recycle", story.dice.pick(SALES), reason=story.dice.pick(("no_answer", "bad_timing")))


def _comes_back(story: _Story) -> None:
    """Recycled, rests for a month, and is interested again."""
    story.now = BEGIN
    _accepted(_interested(_comes_in(story.wait(0, 20))))
    story.wait(3, 8).asks("recycle", story.dice.pick(SALES), reason="bad_timing")
    story.wait(32, 38).does("pricing_page_visited", "demo_requested")


def _uses_the_trial(story: _Story) -> None:
    _comes_in(story, "trial_started", "product")
    for _ in range(story.dice.whole(2, 4)):
        story.wait(0.5, 2).does("feature_used", "report_created", "feature_used", "feature_used", "teammate_invited")
    if story.dice.chance(0.5):
        _accepted(story)


def _is_met_in_person(story: _Story) -> None:
    """A card from a fair: entered and qualified by hand."""
    story.tell("channel", "event").tell("profile", data=_profile(story))
    story.asks("register", "marketing:2")
    story.wait(0, 1).asks("qualify_by_hand", "marketing:2", reason="met_in_person")
    if story.dice.chance(0.6):
        _accepted(story)


# --- Plots: leads that stay where they are ----------------------------------------------------------------------------


def _waits_for_sales(story: _Story) -> None:
    _interested(_comes_in(story))
    if story.dice.chance(0.5):
        story.wait(0.2, 1.5).asks("accept", story.dice.pick(SALES), note="not called yet")


def _is_turned_down(story: _Story) -> None:
    """Sales calls, and business is not feasible."""
    _interested(_comes_in(story))
    sales = story.dice.pick(SALES)
    story.wait(0.3, 1.4).learns(conversation_possible=True, business_feasible=False).asks("accept", sales)
    story.wait(0, 2).asks("recycle", sales, reason=story.dice.pick(("too_small", "no_project", "wrong_contact")))


def _reads_only(story: _Story) -> None:
    _reads_on(_comes_in(story), story.dice.whole(0, 3))


def _hides_who_it_is(story: _Story) -> None:
    """Interested, and nobody knows in what industry or country."""
    _reads_on(_comes_in(story, "webinar_registered", "webinar", industry=None, country=None, employees=None), 2)
    story.wait(1, 4).does("webinar_attended", "pricing_page_visited")


def _is_the_wrong_firm(story: _Story) -> None:
    branch, country = story.dice.pick(BRANCHES[7:]), story.dice.pick(COUNTRIES[12:])
    _interested(_comes_in(story, industry=INDUSTRIES[branch], country=country))


def _only_looks(story: _Story) -> None:
    """Visits, and leaves no address: no lead yet."""
    story.tell("channel", "organic_search").does("site_visited")
    _reads_on(story, story.dice.whole(1, 3))


# --- Plots: leads that nobody wants -----------------------------------------------------------------------------------


def _writes_from_free_mail(story: _Story) -> None:
    _interested(_comes_in(story, email=f"demo-{story.lead.lower()}@gmail.com", company=None))


def _is_vouched_for(story: _Story) -> None:
    """A free address, and a manager who knows whose it is: qualified by hand, and accepted by override."""
    _comes_in(story, channel="referral", email=f"demo-{story.lead.lower()}@gmail.com")
    story.wait(1, 3).asks("qualify_by_hand", "marketing:2", reason="recommended")
    story.wait(0, 1).asks("qualify_by_hand", "marketing_manager:1", reason="recommended", override=True)
    story.wait(0.3, 1.4).learns(conversation_possible=True, business_feasible=True).asks("accept", "marketing:2")
    story.asks("accept", "sales_manager:3", override=True, note="the owner's private address")


def _is_a_competitor(story: _Story) -> None:
    _comes_in(story, "demo_requested", email="test@competitor.example", company="Competitor")


def _throws_its_address_away(story: _Story) -> None:
    _comes_in(story, "trial_downloaded", email=f"demo-{story.lead.lower()}@mailinator.com", company=None)


def _is_a_buyer_or_student(story: _Story) -> None:
    _interested(_comes_in(story, title=story.dice.pick(("Purchasing Manager", "Head of Procurement", "Student"))))


def _wants_a_job(story: _Story) -> None:
    _reads_on(_comes_in(story), 1)
    story.wait(1, 3).does("careers_page_visited", "careers_page_visited", "job_application_submitted")


def _unsubscribes(story: _Story) -> None:
    _interested(_comes_in(story, "newsletter_subscribed"))
    story.wait(0, 1).does("unsubscribed").asks("accept", story.dice.pick(SALES))


def _is_a_fake(story: _Story) -> None:
    _comes_in(story, channel="purchased_list", email=f"info@{story.lead.lower()}.example", name="Asdf Qwertz")
    story.wait(0, 3).asks("disqualify", "marketing:2", reason="fake")


PLOTS: Final[Mapping[Callable[[_Story], None], int]] = {
    _buys: 17,
    _negotiates: 11,
    _is_lost: 6,
    _talks: 13,
    _has_no_time: 14,
    _comes_back: 6,
    _uses_the_trial: 10,
    _is_met_in_person: 7,
    _waits_for_sales: 18,
    _is_turned_down: 10,
    _reads_only: 34,
    _hides_who_it_is: 6,
    _is_the_wrong_firm: 10,
    _only_looks: 12,
    _writes_from_free_mail: 7,
    _is_vouched_for: 1,
    _is_a_competitor: 2,
    _throws_its_address_away: 3,
    _is_a_buyer_or_student: 5,
    _wants_a_job: 3,
    _unsubscribes: 3,
    _is_a_fake: 3,
}
"""How many leads live through each plot."""


def _first_of(plot: Callable[[_Story], None]) -> str:
    """Give the first lead that lives through a plot."""
    plots = list(PLOTS)
    return f"L{sum(PLOTS[before] for before in plots[: plots.index(plot)]) + 1:03}"


WITH_A_PAST: Final = _first_of(_comes_back)
"""A lead with a long history: accepted, recycled, and qualified again."""

STUCK: Final = _first_of(_hides_who_it_is)
"""A lead that is interested and cannot qualify, for want of knowing who it is."""
