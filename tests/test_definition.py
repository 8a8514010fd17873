"""Tests definitions: what is looked up in one, and the form by which two are told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.conditions import ALWAYS, And, Name, Not, Or, parse
from lifecycle.criteria import Outcome, Verdict, criterion, unknown
from lifecycle.definition import SET_LIKE, Definition, Points, Score, Stage, Transition, canonical_definition
from lifecycle.lead import Snapshot
from lifecycle.narrowing import is_list, is_mapping
from tests import small
from tests.small import CLEAN, named

SMALL = small.read(CLEAN)
SPAM = '[undesirables]\nspam = { use = "t.said", field = "spam", why = "Nobody reads it" }\n'


@criterion("any", version="1", also_reads=["activity:*"])
class AnyKind:
    """Reads every activity."""

    def judge(self, known: Snapshot) -> Verdict:
        """Do nothing."""
        return unknown(f"at {known.at} as ever")


def changed(old: str, new: str) -> Definition:
    """Return the small definition with one part of its text replaced."""
    assert old in CLEAN
    return small.read(CLEAN.replace(old, new))


class TestHash:
    """The hash says whether two texts mean the same."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('name = "small"\nversion = "1"', '# a comment\nversion   = "1"   # another\nname = "small"'),
            ('field = "asks" }', 'field = "asks" }  # why'),
            ('{ use = "t.said", field = "asks" }', '{ field = "asks", use = "t.said" }'),
            ('asks = { use = "t.said", field = "asks" }', '\'asks\'.use = \'t.said\'\nasks.field = """asks"""'),
            ('["call", "page"]', '[\n  "page",\n  "call",\n]'),
            ('["call", "page"]', '["call", "page", "call"]'),
            ('["sales", "boss"]', '["boss", "sales"]'),
            ("cap = 12", "cap = 0x0C"),
            ("cap = 12", "cap = +1_2"),
            ('"asks and not undesirable"', '"""asks\n  and  not\tundesirable """'),
            ('"interest >= 7"', '"interest>=7"'),
            ('"interest >= 7"', '"\\u0069nterest  >=7"'),
            (SPAM, '[undesirables.spam]\nwhy = "Nobody reads it"\nuse = "t.said"\nfield = "spam"\n'),
        ],
        ids=[
            *("comments and order", "comment", "keys", "tables and texts", "lines", "repetition", "roles"),
            *("hexadecimal", "sign and underscore", "spaces of a condition", "no spaces", "escapes", "header"),
        ],
    )
    def test_way_of_writing_does_not_matter(self, old: str, new: str) -> None:
        """Comments, spaces, the order of keys and of lists that are sets, and the forms TOML has for one value."""
        assert SMALL.hash == changed(old, new).hash

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"30 days"', '"P30D"'),
            ('"30 days"', '"30  days"'),
            ("cap = 12", "cap = 13"),
            ("each = 2", "each = 3"),
            ('version = "1"', 'version = "2"'),
            ('why = "Nobody reads it"', 'why = "Nobody reads it "'),
            ('owner = "sales"', 'owner = "Sales"'),
            ('"asks and not undesirable"', '"not undesirable and asks"'),
            ('"interest >= 7"', '"interest >= 07"'),
            (", final = true", ""),
            ('by = ["sales", "boss"]\n', ""),
        ],
    )
    def test_what_is_said_matters(self, old: str, new: str) -> None:
        """Numbers, durations and texts as written, and everything that has a meaning or an owner."""
        assert SMALL.hash != changed(old, new).hash

    def test_order_of_transitions_is_meaning(self) -> None:
        """Of several that are open at once the first wins."""
        head, first, second = CLEAN.split("[[transitions]]")

        assert SMALL.hash != small.read("[[transitions]]".join([head, second + "\n", first])).hash

    def test_order_of_a_path_is_meaning(self) -> None:
        """It is the way to success, step by step."""
        one, other = (small.read(f"path = {path}\n{CLEAN}") for path in ('["new", "won"]', '["won", "new"]'))

        assert one.hash != other.hash

    def test_agreement_is_left_out(self) -> None:
        """Or nobody could sign the hash of the text that holds the signature."""
        assert SMALL.hash == small.read(small.signed(CLEAN)).hash

    @given(st.randoms(use_true_random=False))
    def test_stable_under_reordering_of_keys_and_sets(self, random: Any) -> None:
        """However tables are ordered, and lists that are sets, the form is the same, byte by byte."""

        def shuffled(key: str, value: Any) -> Any:
            if is_mapping(value):
                return {name: shuffled(name, value[name]) for name in random.sample(sorted(value), len(value))}
            if is_list(value):
                items = [shuffled("", item) for item in value]
                return random.sample(items, len(items)) if key in SET_LIKE else items
            return value

        assert canonical_definition(DATA) == canonical_definition(shuffled("", DATA))

    @given(st.recursive(st.text("ba", max_size=2), lambda inner: st.lists(inner, max_size=3), max_leaves=6))
    def test_lists_of_unknown_meaning_keep_their_order(self, value: Any) -> None:
        """What a stranger's parameter means is not known, so its order is kept."""
        form = json.loads(canonical_definition({"criteria": {"a": {"use": "x.y", "odd": value}}}))

        assert value == form["criteria"]["a"]["odd"]

    def test_tables_in_sets_are_sorted_whatever_the_order_of_their_keys(self) -> None:
        """Their canonical forms decide."""
        one = {"values": [{"b": 1, "a": 2}, {"a": 1}]}
        other = {"values": [{"a": 1}, {"a": 2, "b": 1}]}

        assert canonical_definition(one) == canonical_definition(other)

    def test_only_conditions_are_spaced_in_one_way(self) -> None:
        """A parameter that happens to be called `when`, or `conditions`, is a text like any other."""
        for parameter in ("when", "conditions"):
            one, other = ({"criteria": {"a": {parameter: {"x": text}, "y": text}}} for text in ("a b", "a  b"))

            assert canonical_definition(one) != canonical_definition(other)


DATA: Mapping[str, Any] = {
    "name": "x",
    "dimensions": ["channel", "country"],
    "criteria": {"a": {"use": "t.did", "kinds": ["b", "a", "c"], "within": "30 days"}, "b": {"values": [3, 1, "2"]}},
    "conditions": {"c": "a  and b"},
    "transitions": [
        {"trigger": "x", "from": ["b", "a"], "to": "c", "by": ["s", "r"], "reasons": ["z", "y"]},
        {"trigger": "y", "when": "a>=5", "override_by": ["s", "r"]},
    ],
}


class TestRulesDigest:
    """The rules are the definition together with the criteria as they are installed."""

    @staticmethod
    def with_criterion(**changes: Any) -> Definition:
        """Return the small definition with something about one criterion changed."""
        provenance = attrs.evolve(SMALL.criteria["asks"].provenance, **changes)
        asks = attrs.evolve(SMALL.criteria["asks"], provenance=provenance)
        return attrs.evolve(SMALL, criteria={**SMALL.criteria, "asks": asks})

    @pytest.mark.parametrize(
        "field", ["plugin", "criterion", "version", "distribution", "distribution_version", "fingerprint"]
    )
    def test_depends_on_whose_criteria_judge(self, field: str) -> None:
        """Another plugin, version or source may judge otherwise, under the same text."""
        other = self.with_criterion(**{field: "other"})

        assert SMALL.hash == other.hash
        assert SMALL.rules_digest != other.rules_digest

    def test_depends_on_parameters_left_to_their_defaults(self) -> None:
        """A new default changes the rules although nobody changed the text."""
        asks = attrs.evolve(SMALL.criteria["asks"], criterion=small.Said(field="other"))
        other = attrs.evolve(SMALL, criteria={**SMALL.criteria, "asks": asks})

        assert SMALL.hash == other.hash
        assert SMALL.rules_digest != other.rules_digest

    def test_is_the_same_for_the_same_rules(self) -> None:
        """Reading the text again gives the same digest."""
        assert SMALL.rules_digest == small.read(CLEAN).rules_digest

    def test_rules_name_every_criterion_with_its_parameters(self) -> None:
        """Defaults included, as canonical JSON has them."""
        rules = SMALL.rules

        assert SMALL.hash == rules["definition"]
        assert {"asks", "busy", "spam"} == set(rules["criteria"])
        assert {"kinds": ["call", "page"], "within": "30 days"} == rules["criteria"]["busy"]["parameters"]


class TestCriteria:
    """A named criterion knows what it reads and what its outcomes count as."""

    def test_reads_are_those_of_its_fields_and_of_its_decorator(self) -> None:
        """What the fields cannot declare, `also_reads` does."""
        assert {"activity:call", "activity:page"} == SMALL.criteria["busy"].reads
        assert {"journey"} == named("x", reads_journey=True).reads

    def test_criterion_without_decorator_declares_nothing_else(self) -> None:
        """Any frozen class with a `judge` method will do."""

        @attrs.frozen
        class Bare:
            def judge(self, known: Any) -> Any:
                """Do nothing."""

        assert frozenset() == attrs.evolve(named("x"), criterion=Bare()).reads

    @pytest.mark.parametrize(
        ("unknown_as", "expected"),
        [(None, [True, False, None, None]), ("met", [True, False, True, None]), ("unmet", [True, False, False, None])],
    )
    def test_missing_facts_count_as_the_document_says_and_failures_never(
        self, unknown_as: Any, expected: list[Any]
    ) -> None:
        """`unknown_as` is a choice of the document; what broke opens nothing."""
        one = attrs.evolve(named("x"), unknown_as=unknown_as)

        assert expected == [one.truth(outcome) for outcome in Outcome]


class TestPoints:
    """Points are fixed, or counted for each unit of an amount up to a limit."""

    @pytest.mark.parametrize("amount", [None, 0, 7])
    def test_fixed_points_do_not_look_at_the_amount(self, amount: int | None) -> None:
        """A met criterion gives them."""
        points = Points(fixed=-5)

        assert (-5, -5, False) == (points.of(amount), points.most, points.counts)

    @pytest.mark.parametrize(
        ("each", "up_to", "amount", "expected"),
        [
            (1, 5, 3, 3),
            (1, 2, 3, 2),
            (-1, -2, 3, -2),
            (2, 5, 2, 4),
            (2, 5, 3, 5),
            (2, 5, 0, 0),
            (2, 5, None, 0),
            (2, 5, -3, 0),
            (-2, -5, 2, -4),
            (-2, -5, 3, -5),
        ],
    )
    def test_counted_points_end_at_their_limit(self, each: int, up_to: int, amount: int | None, expected: int) -> None:
        """A penalty ends at its limit too; a negative amount counts as none."""
        points = Points(each=each, up_to=up_to)

        assert (expected, up_to, True) == (points.of(amount), points.most, points.counts)

    @given(
        st.lists(st.integers(-9, 9), max_size=5),
        st.none() | st.integers(-9, 9),
        st.none() | st.integers(0, 9),
        st.data(),
    )
    def test_no_score_leaves_its_bounds(
        self, given_: list[int], floor: int | None, room: int | None, data: Any
    ) -> None:
        """Whichever criteria are met, the sum lies between the bounds, and each bound is reached."""
        cap = None if room is None else (floor or 0) + room
        points = {f"c{index}": Points(fixed=most) for index, most in enumerate(given_)}
        score = Score(name="s", points=points, cap=cap, floor=floor)
        low, high = score.bounds
        met = [most for most in given_ if data.draw(st.booleans())]

        assert low <= score.bounded(sum(met)) <= high
        assert low == score.bounded(sum(most for most in given_ if most < 0))
        assert high == score.bounded(sum(most for most in given_ if most > 0))


class TestLookups:
    """Transitions are found by stage and trigger, conditions with all names written out."""

    def test_transitions_by_stage_and_trigger(self) -> None:
        """None is outside the lifecycle; what is not there is None, also for a stage that nobody knows."""
        enter, win = SMALL.transitions

        assert (enter, win) == (SMALL.transition("enter", None), SMALL.transition("win", "new"))
        assert (None, None, None) == (
            SMALL.transition("enter", "new"),
            SMALL.transition("win", None),
            SMALL.transition("win", "old"),
        )
        assert ((enter,), (win,), (), ()) == tuple(SMALL.leaving(stage) for stage in (None, "new", "won", "old"))
        assert ((enter,), (), ()) == tuple(SMALL.automatic(stage) for stage in (None, "new", "old"))

    def test_several_sources_are_several_arrows(self) -> None:
        """One entry of the file may start in several stages."""
        both = Transition(trigger="drop", sources=("a", "b"), target="c")
        definition = Definition(
            name="x", version="1", stages={id_: Stage(id=id_) for id_ in "abc"}, transitions=(both,)
        )

        assert (both, both, None) == tuple(definition.transition("drop", stage) for stage in "abc")

    def test_names_are_written_out(self) -> None:
        """Conditions by what they stand for, `undesirable` by the blocking ones, unknown names by themselves."""
        definition = Definition(
            name="x",
            version="1",
            stages={},
            transitions=(),
            undesirables={"bad": named("bad"), "mild": attrs.evolve(named("mild"), blocks=False)},
            conditions={"one": parse("a or two"), "two": parse("not b")},
        )

        assert Or((Name("a"), Not(Name("b")))) == definition.written_out(parse("one"))
        assert Not(Or((Name("bad"),))) == definition.written_out(parse("not undesirable"))
        assert And((Name("x"), parse("s >= 5"))) == definition.written_out(parse("x and s >= 5"))

    def test_criteria_of_a_transition_include_those_behind_its_scores(self) -> None:
        """Each once."""
        assert ("asks", "spam") == SMALL.criteria_of(SMALL.transitions[0])
        assert ("busy", "asks") == SMALL.criteria_of(SMALL.transitions[1])
        assert {"busy": "interest"} == SMALL.counted

    def test_reads_are_those_of_automatic_transitions_out_of_the_stage(self) -> None:
        """What is only asked for reads nothing by itself, and an unknown stage reads nothing at all."""
        assert SMALL.reads(None, "profile:asks")
        assert not SMALL.reads(None, "activity:call")
        assert not SMALL.reads("new", "activity:call")
        assert not SMALL.reads("old", "profile:asks")

    def test_condition_without_criteria_reads_any_fact(self) -> None:
        """An automatic transition that is always open is taken with the first fact."""
        entry = Transition(trigger="enter", sources=(), target="a", automatic=True)
        definition = Definition(name="x", version="1", stages={"a": Stage(id="a")}, transitions=(entry,))

        assert ALWAYS == definition.condition(entry)
        assert definition.reads(None, "profile:whatever")

    def test_criterion_that_reads_every_kind(self) -> None:
        """`activity:*` means any activity and nothing else."""
        any_kind = attrs.evolve(named("any"), criterion=AnyKind())
        entry = Transition(trigger="enter", sources=(), target="a", automatic=True, when=Name("any"))
        stages = {"a": Stage(id="a", sla=timedelta(days=1))}
        definition = Definition(name="x", version="1", stages=stages, transitions=(entry,), criteria={"any": any_kind})

        assert definition.reads(None, "activity:page")
        assert not definition.reads(None, "profile:email")

    @pytest.mark.parametrize(
        ("reasons", "reason", "expected"),
        [((), None, ()), (("a",), None, ("a",)), (("a",), "a", ("a",)), (("a",), "b", ("a", "b")), ((), "b", ("b",))],
    )
    def test_codes_are_the_reasons_a_record_may_carry(
        self, reasons: tuple[str, ...], reason: str | None, expected: tuple[str, ...]
    ) -> None:
        """Those of which one is required, and the one that an automatic move brings itself."""
        assert expected == Transition(trigger="t", sources=(), target="a", reasons=reasons, reason=reason).codes
