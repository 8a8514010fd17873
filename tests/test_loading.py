"""Tests how a definition file becomes a definition, or a list of everything that is wrong with it."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.conditions import ALWAYS, parse
from lifecycle.definition import Points, Stage
from lifecycle.errors import DefinitionError, PluginError, Severity
from lifecycle.loading import check, load, packaged, read_definition
from tests import small
from tests.installing import Site
from tests.loading_examples import MISTAKES, TEN_ERRORS, TEN_MISTAKES, Mistake
from tests.small import CLEAN


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def said_of(text: str) -> list[str]:
    """Return what is said of a text that cannot be used, errors only, each on a line with its place."""
    with pytest.raises(DefinitionError) as caught:
        read_definition(text, file="f.toml", plugins=small.registry())
    return [str(problem) for problem in caught.value.problems if problem.severity is Severity.ERROR]


def changed(old: str, new: str) -> str:
    """Return the clean definition with a part replaced."""
    assert old in CLEAN
    return CLEAN.replace(old, new)


class TestRead:
    """What stands in the file is what the definition says."""

    def test_stages(self) -> None:
        """With label, owner, SLA, and whether they are final."""
        old = 'new = { owner = "marketing" }'
        definition = small.read(changed(old, 'new = { owner = "us", label = "New", sla = "P2D" }'))
        new, won = definition.stages.values()

        assert Stage(id="new", label="New", owner="us", sla=timedelta(days=2)) == new
        assert Stage(id="won", owner="sales", final=True) == won

    def test_criteria_and_undesirables(self) -> None:
        """Bound to their parameters, with what the document says of them."""
        definition = small.read(changed('why = "Nobody', 'unknown_as = "met", blocks = false, why = "Nobody'))
        asks, spam = definition.criteria["asks"], definition.undesirables["spam"]

        assert small.Said(field="asks") == asks.criterion
        assert ("asks", "t.said", None, False, None, True) == (
            asks.name,
            asks.use,
            asks.unknown_as,
            asks.undesirable,
            asks.why,
            asks.blocks,
        )
        assert ("met", True, "Nobody reads it", False) == (spam.unknown_as, spam.undesirable, spam.why, spam.blocks)
        assert {"asks", "busy", "spam"} == set(definition.named)
        assert "t" == asks.provenance.plugin

    @pytest.mark.parametrize(
        ("own", "expected"), [("", "unmet"), ('unknown_as = "met", ', "met"), ('unknown_as = "unmet", ', "unmet")]
    )
    def test_missing_facts_count_as_the_table_says_unless_the_entry_says_otherwise(
        self, own: str, expected: str
    ) -> None:
        """One line for all undesirables, and an exception where it is needed."""
        text = changed('spam = { use = "t.said", ', f'unknown_as = "unmet"\nspam = {{ use = "t.said", {own}')
        definition = small.read(text)

        assert expected == definition.undesirables["spam"].unknown_as
        assert None is definition.criteria["asks"].unknown_as

    def test_scores(self) -> None:
        """Points are fixed or counted."""
        score = small.read(changed("cap = 12", "cap = 12, floor = -1")).scores["interest"]

        assert {"busy": Points(each=2, up_to=10), "asks": Points(fixed=5)} == score.points
        assert (12, -1) == (score.cap, score.floor)

    def test_transitions(self) -> None:
        """In file order, with everything that may be said of one."""
        more = (
            'by = ["sales", "boss"]\noverride_by = ["boss"]\nreasons = ["a"]\nreason = "b"\n'
            "new_cycle = true\nautomatic = true"
        )
        enter, win = small.read(changed('by = ["sales", "boss"]', more)).transitions

        assert ("enter", (), "new", parse("fit"), True) == (
            enter.trigger,
            enter.sources,
            enter.target,
            enter.when,
            enter.automatic,
        )
        assert (None, (), (), None, False) == (
            enter.by,
            enter.override_by,
            enter.reasons,
            enter.reason,
            enter.new_cycle,
        )
        assert (("new",), ("sales", "boss"), ("boss",), ("a",), "b", True, True) == (
            win.sources,
            win.by,
            win.override_by,
            win.reasons,
            win.reason,
            win.new_cycle,
            win.automatic,
        )

    def test_transition_without_condition_is_always_open(self) -> None:
        """`when` may be left out."""
        assert ALWAYS == small.read(changed('when = "interest >= 7"\n', "")).transitions[1].when

    def test_path_dimensions_and_targets(self) -> None:
        """A path keeps its order, dimensions have none."""
        head = 'path = ["new", "won"]\ndimensions = ["country", "channel"]\ntargets = { accept = "80 %", win = "5%" }\n'
        definition = small.read(head + CLEAN)

        assert ("new", "won") == definition.path
        assert ("channel", "country") == definition.dimensions
        assert {"accept": "80 %", "win": "5%"} == definition.targets

    def test_agreement(self) -> None:
        """Who signed for whom, and what."""
        definition = small.read(small.signed(CLEAN))

        assert {"sales": "Ada, 2026-01-15"} == definition.agreement.signatures
        assert definition.hash == definition.agreement.of

    def test_text_is_kept_as_written(self) -> None:
        """Comments included: it is stored with the first record."""
        text = f"# why\r\n{CLEAN}"

        assert text == small.read(text).text

    def test_byte_order_mark_is_no_part_of_the_document(self) -> None:
        """Some editors write one."""
        assert small.read(CLEAN).hash == small.read(f"\ufeff{CLEAN}").hash


class TestProblems:
    """Everything wrong is said at once, each thing once, with its place."""

    def test_ten_mistakes_are_ten_problems_with_their_places(self) -> None:
        """A marketer mends them all before the second try."""
        assert 10 == len(TEN_ERRORS)
        assert list(TEN_ERRORS) == said_of(TEN_MISTAKES)

    @pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{i}: {one.new[:30]}" for i, one in enumerate(MISTAKES)])
    def test_each_mistake_is_said_once_with_its_place(self, mistake: Mistake) -> None:
        """And nothing that only follows from it."""
        assert list(mistake.expected) == said_of(changed(mistake.old, mistake.new))

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ("[targets]\nx = 80\n", ['f.toml:35:1: error: a target is a share such as "80 %", not 80 [wrong-type]']),
            (
                '[targets]\nx = "most"\n',
                ["f.toml:35:1: error: a target is a share such as \"80 %\", not 'most' [wrong-type]"],
            ),
            (
                "[agreement]\nof = 5\n",
                ["f.toml:35:1: error: must be the hash that is signed, not 5 [wrong-type]"],
            ),
            (
                '[agreement]\nsales = "Ada"\n',
                ["f.toml:35:1: error: must be a table, not 'Ada' [wrong-type]"],
            ),
            (
                '[agreement]\nsales = { by = "Ada", on = "today" }\n',
                ["f.toml:35:23: error: must be a date, not 'today' [wrong-type]"],
            ),
            (
                '[agreement]\nsales = { by = "Ada" }\n',
                ["f.toml:35:1: error: 'on' is missing [missing-key]"],
            ),
        ],
    )
    def test_signatures_and_targets(self, more: str, expected: list[str]) -> None:
        """What runs nothing is read as strictly."""
        assert expected == said_of(f"{CLEAN}\n{more}")

    def test_parts_of_another_kind_altogether(self) -> None:
        """Whoever mistakes the format is told of each part."""
        text = "stages = 5\ntransitions = 7\ncriteria = []\nscores = 5\nconditions = []\nagreement = []\ntargets = 1\n"

        assert [
            "f.toml: error: 'name' is missing [missing-key]",
            "f.toml: error: 'version' is missing [missing-key]",
            "f.toml:1:1: error: must be a table, not 5 [wrong-type]",
            "f.toml:2:1: error: must be a list, not 7 [wrong-type]",
            "f.toml:3:1: error: must be a table, not a list [wrong-type]",
            "f.toml:4:1: error: must be a table, not 5 [wrong-type]",
            "f.toml:5:1: error: must be a table, not a list [wrong-type]",
            "f.toml:6:1: error: must be a table, not a list [wrong-type]",
            "f.toml:7:1: error: must be a table, not 1 [wrong-type]",
        ] == said_of(text)

    def test_empty_file(self) -> None:
        """What a definition must have is named."""
        missing = [
            f"f.toml: error: '{key}' is missing [missing-key]" for key in ("name", "version", "stages", "transitions")
        ]

        assert missing == said_of("")

    def test_no_toml(self) -> None:
        """The first error of the syntax, with its place; there is no telling what else is meant."""
        assert ["f.toml:2:8: error: Invalid value [toml-syntax]"] == said_of('name = "x"\nfrom = demo')

    def test_lint_finds_what_a_transition_lacks_beside_one_that_cannot_be_read(self) -> None:
        """Paths are those of the file, although one transition is left out of the definition."""
        text = changed('trigger = "enter"', 'trigger = ""').replace("interest >= 7", "interest")
        bare = "'interest' is a score, and a score is compared, for instance interest >= 50 [bare-score]"

        assert [
            "f.toml:22:1: error: must be a non-empty text, not '' [invalid-value]",
            f"f.toml:32:1: error: {bare}",
        ] == said_of(text)

    def test_error_says_how_many(self) -> None:
        """In its first line."""
        with pytest.raises(DefinitionError, match=r"^the definition f.toml cannot be used, it has 10 errors:\n"):
            read_definition(TEN_MISTAKES, file="f.toml", plugins=small.registry())
        with pytest.raises(DefinitionError, match=r"^the definition <text> cannot be used, it has an error:\n"):
            small.read("name")

    @given(st.data())
    def test_whatever_a_value_is_replaced_by_there_is_a_definition_or_an_error(self, data: st.DataObject) -> None:
        """And the error has at least one problem, with a place in the file."""
        lines = [*CLEAN.splitlines()]
        number = data.draw(st.sampled_from([at for at, line in enumerate(lines) if "=" in line]))
        value = data.draw(st.sampled_from(ODD_VALUES))
        lines[number] = f"{lines[number].partition('=')[0]}= {value}"

        for problem in small.problems("\n".join(lines)):
            assert problem.place is None or problem.place.line is None or 1 <= problem.place.line <= len(lines)


ODD_VALUES = (
    *("5", "-1", "0.5", "true", '""', '" "', '"x"', '"a and b"', '"("', "[]", "{}", "[[]]", '["x"]', "[1]", '["", ""]'),
    *('{ use = "t.said" }', "{ use = [] }", "{ x = {} }", "2026-01-15", "2026-01-15T10:00:00", "2026-01-15T10:00:00Z"),
    *(
        "10:00:00",
        "inf",
        "nan",
        "99999999999999999999",
        '"\\uD7FF\\U0001F600"',
        '"new"',
        '["new", "won"]',
        '["new", 5]',
    ),
)


class TestFiles:
    """A definition is a packaged one, or a file."""

    def test_packaged_ones_are_usable(self) -> None:
        """Each by its name, with the plugins it names."""
        assert ("b2b", "product_led", "short_cycle") == packaged()
        for name in packaged():
            assert name == load(name).name

    @pytest.mark.parametrize("kind", [str, Path])
    def test_file_by_its_path(self, kind: type, tmp_path: Path) -> None:
        """As text or as a path."""
        path = tmp_path / "mine.toml"
        path.write_text(CLEAN, encoding="utf-8")

        assert "small" == load(kind(path), small.registry()).name

    def test_problems_name_the_file(self, tmp_path: Path) -> None:
        """With the path that was given, so that an editor can open it."""
        path = tmp_path / "mine.toml"
        path.write_text(changed("cap = 12", "cap = true"), encoding="utf-8")
        with pytest.raises(DefinitionError, match=rf"the definition {path} cannot be used") as caught:
            load(path, small.registry())

        assert str(caught.value.problems[-1]).startswith(f"{path}:16:70: error: must be a whole number, not true")

    def test_check_gives_the_definition_with_all_that_is_worth_saying(self, tmp_path: Path) -> None:
        """Warnings do not keep it from being used; errors do."""
        path = tmp_path / "mine.toml"
        path.write_text(CLEAN, encoding="utf-8")
        definition, problems = check(path, small.registry())

        assert definition is not None
        assert [f"{path}: warning: nobody has signed: [agreement] names no party [unsigned]"] == list(
            map(str, problems)
        )
        path.write_text("name = 5", encoding="utf-8")
        assert None is check(path, small.registry())[0]

    def test_name_that_is_nearly_right(self) -> None:
        """A packaged one is meant."""
        with pytest.raises(FileNotFoundError, match=r"no definition and no file is named 'b2c', did you mean 'b2b'\?"):
            load("b2c")

    def test_file_that_is_not_there(self, tmp_path: Path) -> None:
        """The packaged ones are listed; a folder is no file."""
        for path in (tmp_path / "definition-of-ours.toml", tmp_path):
            with pytest.raises(FileNotFoundError, match=r"; packaged are b2b, product_led, short_cycle$"):
                load(path)

    def test_file_that_is_no_text(self, tmp_path: Path) -> None:
        """The line is named."""
        path = tmp_path / "mine.toml"
        path.write_bytes(b'name = "x"\nowner = "M\xfcller"\n')
        with pytest.raises(
            DefinitionError, match=rf"{path} is not a text file\n  {path}:2: error: this line is not UTF-8"
        ):
            load(path)


class TestPlugins:
    """Only the plugins that a definition names are imported."""

    TEXT = CLEAN.replace('"t.', '"acme.')

    def test_plugin_that_is_not_named_is_never_imported(self, site: Site) -> None:
        """It may be as broken as it likes."""
        module = site.install("stranger", "raise SystemError('imported')")
        definition = read_definition(
            changed('"t.said", field', '"profile.present", field')
            .replace("t.did", "engagement.happened")
            .replace("{ each = 2, up_to = 10 }", "5")
            .replace("t.said", "profile.present")
        )

        assert "small" == definition.name
        assert module not in sys.modules

    def test_plugin_that_is_named_and_broken(self, site: Site) -> None:
        """No definition runs with half of its rules."""
        site.install("acme", "raise SystemError('no licence')")
        with pytest.raises(PluginError, match=r"acme \(dist-acme 1.0\) cannot be imported: SystemError: no licence"):
            read_definition(self.TEXT)

    def test_plugin_that_is_named_and_not_installed(self, site: Site) -> None:
        """The name of one that is, and looks like it, is given."""
        site.install("acne")
        expected = r"no plugin offers 'acme.said'; no plugin is named 'acme', did you mean 'acne'\?"
        with pytest.raises(DefinitionError, match=expected):
            read_definition(self.TEXT)
