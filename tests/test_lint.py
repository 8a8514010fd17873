"""Tests what is said of a definition, and that nothing is said without reason."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.conditions import And, Comparison, Expression, Name, Not, Or
from lifecycle.definition import Definition, Stage, Transition
from lifecycle.errors import DefinitionError, Problem, Severity
from lifecycle.lint import MOST_LEAVES, lint
from tests import small
from tests.lint_examples import ARROWS, NAMES, Example, automatic
from tests.lint_meanings import CARE, MEANING, NEVER
from tests.small import CLEAN, named

EXAMPLES = (*NAMES, *ARROWS, *MEANING, *CARE, *NEVER)
STAGES = ("a", "b", "c", "d")
WHY = 'use = "t.said"\nfield = "x"\nwhy = "So it was agreed"'

arrows = st.builds(
    Transition,
    trigger=st.sampled_from(["go", "move"]),
    sources=st.lists(st.sampled_from(STAGES), max_size=2, unique=True).map(tuple),
    target=st.sampled_from(STAGES),
    automatic=st.booleans(),
    when=st.sampled_from(["x", "y"]).map(Name),
)


each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[f"{i}: {one.code}" for i, one in enumerate(EXAMPLES)])


def said_of(text: str) -> dict[tuple[str, str, str], str]:
    """Return what is said of a text, by severity, code and path; whether it is signed is not of interest."""
    return {
        (problem.severity.value, problem.code, ".".join(map(str, problem.path))): problem.message
        for problem in small.problems(text)
        if problem.code != "unsigned"
    }


def changed(old: str, new: str) -> str:
    """Return the clean definition with a part replaced, or with something added at the end."""
    assert old in CLEAN
    return CLEAN.replace(old, new) if old else f"{CLEAN}\n{new}"


class TestExamples:
    """Each thing that can be wrong is found, and only where it is."""

    def test_nothing_is_said_of_a_clean_definition(self) -> None:
        """No false alarm."""
        assert [] == small.problems(small.signed(CLEAN))

    @each_example
    def test_smallest_example_shows_it(self, example: Example) -> None:
        """With its code, its severity and the path of the thing that is wrong."""
        said = said_of(changed(example.old, example.new))
        expected = (example.severity, example.code, example.path)

        assert expected in said
        assert said[expected].startswith(example.message)

    @each_example
    def test_neighbour_does_not(self, example: Example) -> None:
        """What is nearly the same, and right, is passed over in silence."""
        found = {code for _, code, _ in said_of(changed(example.old, example.neighbour))}

        assert example.code not in found

    @each_example
    def test_only_errors_stop_a_definition(self, example: Example) -> None:
        """Warnings and notes are worth a look; the definition runs."""
        text = changed(example.old, example.new)
        if example.severity == "error":
            with pytest.raises(DefinitionError, match=re.escape(example.message)):
                small.read(text)
        else:
            assert "small" == small.read(text).name

    def test_every_code_has_its_example(self) -> None:
        """Those of signatures have tests of their own."""
        source = inspect.getsource(inspect.getmodule(lint) or lint)
        codes = set(re.findall(r'_(?:error|warning|note)\("([a-z-]+)"', source))

        assert codes - {"unsigned", "signed-differs"} == {example.code for example in EXAMPLES}


class TestPersonalDimensions:
    """Dimensions are copied into records, and an erasure leaves records alone."""

    @staticmethod
    def said(name: str) -> set[tuple[str, str, str]]:
        """Return what is said of a dimension of this name."""
        return set(said_of(changed('version = "1"', f'version = "1"\ndimensions = ["{name}"]')))

    @pytest.mark.parametrize(
        "name",
        ["Billing_Address", "birthday", "email", "e_mail", "first_name", "contact_person", "telephone", "job_title"],
    )
    def test_names_that_speak_of_a_person(self, name: str) -> None:
        """A part of the name is enough, in either case of letters."""
        assert {("warning", "personal-dimension", "dimensions")} == self.said(name)

    @pytest.mark.parametrize("name", ["channel", "country", "industry", "size"])
    def test_names_that_speak_of_a_company(self, name: str) -> None:
        """They are what figures are made by."""
        assert set() == self.said(name)


class TestAgreement:
    """Signatures are of a text, and of this one."""

    BY_ADA = '[agreement]\nsales = { by = "Ada", on = 2026-01-15 }\n'

    @staticmethod
    def said(text: str) -> list[str]:
        """Return code and message of what is said of signatures."""
        return [f"{one.code}: {one.message}" for one in small.problems(text) if one.path[:1] == ("agreement",)]

    @pytest.mark.parametrize("agreement", ["", "[agreement]\n", '[agreement]\nof = "sha256:0"\n'])
    def test_nobody_has_signed(self, agreement: str) -> None:
        """A hash without a party is no signature."""
        assert ["unsigned: nobody has signed: [agreement] names no party"] == self.said(f"{CLEAN}\n{agreement}")

    def test_signatures_of_nothing(self) -> None:
        """The message gives the line that is missing."""
        expected = f'unsigned: the signatures say not what they are of; this text is of = "{small.read(CLEAN).hash}"'

        assert [expected] == self.said(f"{CLEAN}\n{self.BY_ADA}")

    def test_signatures_of_another_text(self) -> None:
        """Whoever changes the text loses its signatures."""
        signed = small.signed(CLEAN)

        assert [] == self.said(signed)
        [said] = self.said(signed.replace("cap = 12", "cap = 11"))
        assert said.startswith(
            f"signed-differs: another text was signed: {small.read(CLEAN).hash}, and this one is sha256:"
        )

    def test_the_place_is_that_of_the_signature(self) -> None:
        """A signature of another text points at the hash, a missing one at the table."""
        differs = small.problems(small.signed(CLEAN).replace("cap = 12", "cap = 11"))

        assert [("agreement", "of")] == [problem.path for problem in differs]
        assert [("agreement",)] == [problem.path for problem in small.problems(CLEAN)]
        assert [("agreement",)] == [problem.path for problem in small.problems(f"{CLEAN}\n{self.BY_ADA}")]


class TestLimits:
    """Conditions over many atoms are not tried."""

    @staticmethod
    def definition(*conditions: Expression) -> Definition:
        """Return a definition with an automatic transition for each condition."""
        names = sorted({str(atom) for condition in conditions for atom in _names(condition)})
        return Definition(
            name="x",
            version="1",
            stages={"a": Stage(id="a"), "b": Stage(id="b")},
            criteria={name: named(name) for name in names},
            transitions=(
                Transition(trigger="enter", sources=(), target="a"),
                *(
                    Transition(trigger=f"t{index}", sources=("a",), target="b", when=condition, automatic=True)
                    for index, condition in enumerate(conditions)
                ),
            ),
        )

    @pytest.mark.parametrize(("count", "expected"), [(16, ["never-holds"]), (17, [])])
    def test_never_holds_up_to_sixteen_atoms(self, count: int, expected: list[str]) -> None:
        """2^16 assignments are tried."""
        never = And((*(Name(f"c{index}") for index in range(count)), Not(Name("c0"))))
        found = [problem.code for problem in lint(self.definition(never))]

        assert expected == [code for code in found if code == "never-holds"]

    @pytest.mark.parametrize(("count", "expected"), [(15, ["overlap"]), (16, [])])
    def test_overlap_up_to_sixteen_atoms_of_both(self, count: int, expected: list[str]) -> None:
        """Both conditions are tried together."""
        many = Or(tuple(Name(f"c{index}") for index in range(count)))
        found = [problem.code for problem in lint(self.definition(many, Name("other")))]

        assert expected == [code for code in found if code == "overlap"]

    @pytest.mark.parametrize("leaf", [Name("asks"), Comparison("interest", ">=", 5)])
    @pytest.mark.parametrize(("more", "expected"), [(0, []), (1, ["conditions", "transitions"])])
    def test_conditions_up_to_ten_thousand_atoms(self, leaf: Name | Comparison, more: int, expected: list[str]) -> None:
        """Written out, where each atom counts once each time it is named, whatever it is."""
        half = Or((leaf,) * (MOST_LEAVES // 2))
        rest = Or((Name("half"), *half.parts, *(leaf,) * more))
        definition = small.read(CLEAN)
        enter = attrs.evolve(definition.transitions[0], when=rest)
        grown = attrs.evolve(definition, conditions={"half": half, "rest": rest}, transitions=(enter,))

        assert expected == [str(one.path[0]) for one in lint(grown) if one.code == "condition-too-large"]


def _names(condition: Expression) -> list[Name]:
    if isinstance(condition, Name):
        return [condition]
    parts = (condition.part,) if isinstance(condition, Not) else getattr(condition, "parts", ())
    return [name for part in parts for name in _names(part)]


class TestStages:
    """Stages and the ways between them."""

    @staticmethod
    def lint(transitions: list[Transition]) -> list[Problem]:
        """Return what is said of a definition with these arrows over all stages."""
        return lint(
            Definition(
                name="x",
                version="1",
                stages={id_: Stage(id=id_) for id_ in STAGES},
                criteria={name: named(name) for name in ("x", "y")},
                transitions=tuple(transitions),
            )
        )

    @given(st.lists(arrows, max_size=8))
    def test_definition_that_checks_clean_has_no_unreachable_stage(self, transitions: list[Transition]) -> None:
        """Exactly the stages to which no way leads from an entry are reported."""
        reached = {arrow.target for arrow in transitions if not arrow.sources}
        for _ in STAGES:
            reached |= {arrow.target for arrow in transitions if reached & set(arrow.sources)}
        said = {problem.path[1] for problem in self.lint(transitions) if problem.code == "unreachable-stage"}

        assert set(STAGES) - reached == said

    @given(st.lists(arrows, max_size=6))
    def test_duplicates_are_exactly_those_that_cannot_be_told_apart(self, transitions: list[Transition]) -> None:
        """Without the error, one trigger in one stage means one transition."""
        taken = [(arrow.trigger, source) for arrow in transitions for source in arrow.sources or (None,)]
        said = [problem for problem in self.lint(transitions) if problem.code == "duplicate-transition"]

        assert len(taken) - len(set(taken)) == len(said)

    @given(st.lists(arrows, max_size=8))
    def test_whatever_is_said_has_a_path_into_the_document(self, transitions: list[Transition]) -> None:
        """And lint never raises."""
        for problem in self.lint(transitions):
            assert problem.path[0] in {"transitions", "stages", "criteria", "agreement"}
            assert problem.code
            assert problem.message

    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (("a", "b"), ("b", "a"), True),
            (("a", "b"), ("a",), True),
            (("a",), ("a", "b"), False),
            (("a",), ("b",), False),
            (("a",), (), False),
            ((), ("a",), False),
            ((), (), True),
        ],
    )
    def test_shadowed_wherever_the_earlier_one_leads_out_too(
        self, first: tuple[str, ...], second: tuple[str, ...], *, expected: bool
    ) -> None:
        """An entry shadows entries only."""
        ways = [("one", first), ("two", second)]
        entries = [Transition(trigger=f"enter_{stage}", sources=(), target=stage) for stage in STAGES]
        tried = [Transition(trigger=name, sources=sources, target="c", automatic=True) for name, sources in ways]
        found = self.lint([*entries, *tried])

        assert expected is any(problem.code == "shadowed" for problem in found)

    def test_meaning_is_not_looked_at_while_names_are_wrong(self) -> None:
        """One mistake is not reported as three."""
        text = changed(
            "", automatic("one", "new", "won", "nobody") + automatic("two", "won", "new", "not asks and asks")
        )
        codes = {code for _, code, _ in said_of(text)}

        assert "unknown-name" in codes
        assert not codes & {"never-holds", "automatic-loop", "overlap"}

    def test_a_name_used_in_three_tables_is_reported_at_the_last(self) -> None:
        """Once, and the message names all three."""
        text = changed("fit = ", 'busy = "asks"\nfit = ').replace("[scores]", f"[undesirables.busy]\n{WHY}\n[scores]")

        assert [(("conditions", "busy"), "'busy' is used in criteria and in undesirables and in conditions")] == [
            (problem.path, problem.message) for problem in small.problems(text) if problem.code == "name-twice"
        ]

    def test_severities_are_three(self) -> None:
        """They are shown to people and stored nowhere, but `--json` has them."""
        assert ["error", "warning", "note"] == [severity.value for severity in Severity]


class TestKinship:
    """Criteria that read the same fact may exclude each other in a way that only they know."""

    def test_round_through_criteria_over_one_fact_is_no_sure_loop(self) -> None:
        """At least eleven and at most ten are never both true, so the definition must run."""
        back = automatic("back", "won", "new", "other").replace("trigger", "reasons = []\ntrigger", 1)
        there = automatic("there", "new", "won", "asks")
        apart = said_of(
            changed("[undesirables]", '[criteria.other]\nuse = "t.said"\nfield = "y"\n\n[undesirables]') + there + back
        )
        akin = said_of(
            changed("[undesirables]", '[criteria.other]\nuse = "t.said"\nfield = "asks"\n\n[undesirables]')
            + there
            + back
        )

        assert ["error"] == [severity for severity, code, _ in apart if code.endswith("loop")]
        assert ["warning"] == [severity for severity, code, _ in akin if code.endswith("loop")]

    def test_undesirable_without_blocking_entries_never_holds(self) -> None:
        """A condition without any atom is looked at as well; only an absent one is left alone."""
        text = changed('why = "Nobody', 'blocks = false, why = "Nobody') + automatic(
            "drop", "new", "won", "undesirable"
        )

        assert ("warning", "never-holds", "transitions.2.when") in said_of(text)
