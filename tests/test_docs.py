"""Holds the documentation to the code: what it lists is all there is, its links lead somewhere, its commands run."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import lifecycle
from lifecycle import Lead, Lifecycle, Registry, Snapshot, decision, errors, hooks, parameters
from lifecycle.cases.shapes import CaseShape, ExpectShape, FileShape, GivenShape
from lifecycle.conditions import Comparison, Finding, Name, evaluate, parse
from lifecycle.query import Filter
from lifecycle.shapes import EachShape, ScoreShape, StageShape, TopShape, TransitionShape, UseShape
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests import criteria_page, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = pages.pages(ROOT) if DOCS.is_dir() else []

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
SAYING = {"_error", "_warning", "_note", "_say", "problem"}
"""The functions that are given a code first."""
LOADING = (
    *("lint", "loading", "reader", "document", "_structuring"),
    *("audit", "offer", "observing", "lock", "cli/additions"),
)
"""The modules that say what is wrong with a definition or a plugin."""


def page(name: str) -> str:
    """Return a page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or above."""
    level = heading.count("#")
    _, _, rest = text.partition(f"{heading}\n")
    assert rest, f"no heading {heading!r}"
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of all rows of tables, headers and rulers included."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def listed(text: str) -> list[str]:
    """Return the names in backticks that stand in the first column of tables."""
    return [name for cells in rows(text) for name in re.findall(r"`([^`]+)`", cells[0])]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as they are made of them everywhere."""
    without_fences = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", without_fences, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class TestPages:
    """What holds for every page."""

    def test_links_lead_somewhere(self) -> None:
        """A link to a file names one that is there, and an anchor a heading of it."""
        broken: list[str] = []
        for path in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]:
            for link in LINK.findall(path.read_text(encoding="utf-8")):
                if "://" in link:
                    continue
                name, _, anchor = link.partition("#")
                target = (path.parent / name).resolve() if name else path
                exists = target.exists() and ROOT in (target, *target.parents)
                if not exists or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
                    broken.append(f"{path.relative_to(ROOT)}: {link}")

        assert [] == broken

    @pytest.mark.parametrize("folder", ["tutorial", "how-to", "explanation", "reference", "decisions"])
    def test_a_folder_lists_its_pages(self, folder: str) -> None:
        """Every page stands in the table of its folder, under its own heading where that is a decision."""
        index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
        linked = {link for link in LINK.findall(index) if "/" not in link}

        assert {path.name for path in (DOCS / folder).glob("*.md")} - {"README.md"} == linked

    def test_decisions_are_listed_by_their_titles(self) -> None:
        """The table of decisions says of each what the page itself says."""
        table = {cells[0]: cells[1] for cells in rows((DOCS / "decisions" / "README.md").read_text(encoding="utf-8"))}
        for path in sorted((DOCS / "decisions").glob("0*.md")):
            number, _, title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(": ")

            assert title == table[f"[{number}]({path.name})"]

    @pytest.mark.parametrize(
        "path",
        [ROOT / "README.md", *sorted((DOCS / "tutorial").glob("first-*.md"))],
        ids=lambda path: path.relative_to(ROOT).as_posix(),
    )
    def test_the_commands_of_a_page_give_what_it_shows(self, path: Path) -> None:
        """It runs from its first line to its last. So does every other page, in `python dev.py docs`."""
        assert pages.run_page(path)


class TestDefinitionFile:
    """The page on the definition file."""

    def test_every_code_is_listed_once(self) -> None:
        """What may be said of a definition or a plugin is what the code can say."""
        of_definitions = listed(section(page("definition-file.md"), "## What `check` says"))
        of_plugins = listed(section(page("errors.md"), "## Problems"))

        assert sorted(said_codes()) == sorted([*of_definitions, *of_plugins])

    @pytest.mark.parametrize(
        ("heading", "shape"),
        [
            ("## The top of the file", TopShape),
            ("## [stages]", StageShape),
            ("## [scores]", ScoreShape),
            ("## [[transitions]]", TransitionShape),
        ],
    )
    def test_every_key_is_listed(self, heading: str, shape: type[attrs.AttrsInstance]) -> None:
        """The keys on the page are those of the shapes; tables at the top have sections of their own."""
        text = page("definition-file.md")
        keys = [field.metadata.get("key", field.name) for field in attrs.fields(shape)]
        here = [key for key in keys if f"\n## [{key}]\n" not in text and f"\n## [[{key}]]\n" not in text]

        assert sorted(here) == sorted(listed(section(text, heading)))

    def test_the_keys_of_criteria_are_listed(self) -> None:
        """Both kinds of criteria have `use` and `unknown_as`; `why` and `blocks` belong to undesirables."""
        text = page("definition-file.md")
        keys = {field.name for field in attrs.fields(UseShape)}
        of_both, of_one = (set(listed(section(text, heading))) for heading in ("## [criteria]", "## [undesirables]"))

        assert ({"use", "unknown_as"}, {"why", "blocks"}) == (of_both, of_one)
        assert keys == of_both | of_one
        assert {"each", "up_to"} == {field.name for field in attrs.fields(EachShape)}


def said_codes(modules: Sequence[str] = LOADING) -> set[str]:
    """Return the codes of problems in the source of the modules that find them."""
    found: set[str] = set()
    for name in modules:
        for node in ast.walk(ast.parse((ROOT / "lifecycle" / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and called(node) in SAYING:
                found |= texts(node.args[0])
            if isinstance(node, ast.Constant):
                found |= {text for text in texts(node) if CODE.fullmatch(text)}
    return {code for code in found if not code.startswith("lifecycle-")} - {"utf-8"}


def called(node: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def texts(node: ast.expr) -> set[str]:
    """Return the text of a constant, if it is one."""
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def leaf_of(found: Mapping[str, Finding]) -> Callable[[Name | Comparison], Finding]:
    """Return what gives the finding of each atom."""
    return lambda atom: found[str(atom)]


class TestTestFiles:
    """The page on test files."""

    @pytest.mark.parametrize(
        ("heading", "shape"),
        [
            ("## The top of the file", FileShape),
            ("## A case", CaseShape),
            ("## A line of `given`", GivenShape),
            ("## A table of `expect`", ExpectShape),
        ],
    )
    def test_every_key_is_listed(self, heading: str, shape: type[attrs.AttrsInstance]) -> None:
        """The keys on the page are those of the shapes."""
        keys = [field.name for field in attrs.fields(shape)]

        assert sorted(keys) == sorted(listed(section(page("test-files.md"), heading)))

    def test_every_code_is_listed_once(self) -> None:
        """What may be said of a test file is what the code can say."""
        said = said_codes(("cases/reading", "cases/finding", "document", "_structuring"))

        assert sorted(said) == sorted(listed(section(page("test-files.md"), "## Problems")))


class TestConditions:
    """The page on the condition language."""

    @pytest.mark.parametrize("operator", ["and", "or"])
    def test_truth_tables_are_those_of_the_code(self, operator: str) -> None:
        """Each cell is what evaluating gives."""
        truth = {"true": True, "unknown": None, "false": False}
        [table] = re.findall(rf"^\| a {operator} b .*\n(?:\|.*\n)+", page("conditions.md"), re.MULTILINE)
        header, _, *lines = rows(table)
        for first, *cells in lines:
            for second, cell in zip(header[1:], cells, strict=True):
                found = {"a": Finding(truth[first.strip("*")]), "b": Finding(truth[second])}
                value = evaluate(parse(f"a {operator} b"), leaf_of(found)).truth

                assert truth[cell] is value, (operator, found)


class TestCriteria:
    """The page on criteria."""

    def test_the_page_is_current(self) -> None:
        """`python -m tests.criteria_page` would change nothing."""
        assert criteria_page.page() == page("criteria.md")

    def test_every_criterion_has_its_meaning(self) -> None:
        """What the first-party plugins offer is what the page explains."""
        assert set(Registry.installed(criteria_page.PLUGINS).offers) == set(criteria_page.MEANINGS)


class TestPythonApi:
    """The page on the Python API."""

    def test_the_names_of_the_root_are_listed(self) -> None:
        """The first table holds every public name of the package, and nothing else."""
        text = section(page("python-api.md"), "## `lifecycle`").partition("\n### ")[0]

        assert sorted(lifecycle.__all__) == sorted(listed(text))

    def test_the_names_of_decision_are_there(self) -> None:
        """What the page lists can be imported."""
        names = listed(section(page("python-api.md"), "## `lifecycle.decision`"))

        assert set(names) <= set(decision.__all__)
        assert {"Request", "Result", "decide", "explain"} <= set(names)

    def test_whatever_a_filter_knows_is_told(self) -> None:
        """The how-to names each of its fields, and no other."""
        text = section((DOCS / "how-to" / "query-the-history.md").read_text(encoding="utf-8"), "## Find records")
        told = text.partition("A filter knows")[2].partition("The entry is")[0]

        assert {field.name for field in attrs.fields(Filter)} == set(re.findall(r"`(\w+)`", told))

    @pytest.mark.parametrize("cls", [Lifecycle, Store, Lead])
    def test_methods_are_listed_with_their_arguments(self, cls: type) -> None:
        """The page writes each method as it is called; of a lead those that add facts: the others are the engine's."""
        text = section(page("python-api.md"), f"### {cls.__name__}")
        shown = {name.partition("(")[0]: name for name in listed(text) if "(" in name}
        methods = {
            name: inspect.signature(method)
            for name, method in inspect.getmembers(cls, inspect.isfunction)
            if not name.startswith("_")
        }
        wanted = {name for name, method in methods.items() if cls is not Lead or method.return_annotation == "Lead"}

        assert wanted == set(shown)
        for name in wanted:
            arguments = set(methods[name].parameters) - {"self"}

            assert arguments == set(re.findall(r"\w+", shown[name].partition("(")[2])), name

    def test_the_helpers_for_fields_are_listed(self) -> None:
        """Every helper that makes a field of a criterion is on the page."""
        helpers = {
            name
            for name in parameters.__all__
            if callable(getattr(parameters, name))
            and "default" in inspect.signature(getattr(parameters, name)).parameters
        }

        assert helpers == set(listed(section(page("python-api.md"), "### criterion")))

    def test_what_a_snapshot_answers_is_listed(self) -> None:
        """Every question a criterion may ask is on the page."""
        text = section(page("python-api.md"), "### Snapshot")
        asked = {name for name in dir(Snapshot) if not name.startswith("_")}

        assert set() == {name for name in asked if f"`{name}" not in text}

    def test_every_hook_is_listed(self) -> None:
        """A plugin author finds each hook with its arguments."""
        text = section(page("python-api.md"), "### hookimpl")
        for name, hook in inspect.getmembers(hooks.Hooks, inspect.isfunction):
            arguments = ", ".join(list(inspect.signature(hook).parameters)[1:])

            assert f"`{name}({arguments})`" in text


class TestErrors:
    """The page on errors."""

    def test_every_error_is_listed(self) -> None:
        """Whose fault each error is, and what to do, can be looked up."""
        classes = {
            name
            for name in errors.__all__
            if inspect.isclass(getattr(errors, name)) and issubclass(getattr(errors, name), errors.LifecycleError)
        }
        names = [name for name in listed(page("errors.md")) if name.endswith("Error")]

        assert sorted(classes - {"LifecycleError"}) == sorted(names)


class TestTables:
    """The page on the tables of a store."""

    def test_every_table_and_column_is_listed(self) -> None:
        """What the page shows is what the schema holds."""
        text = section(page("store-tables.md"), "## Columns")
        shown = {
            cells[0].strip("`"): re.findall(r"`([^`]+)`", cells[1]) for cells in rows(text) if cells[0].startswith("`")
        }
        tables: dict[str, Any] = dict(schema.metadata.tables)

        assert {name: [column.name for column in table.columns] for name, table in tables.items()} == shown

    def test_every_table_says_whether_it_is_personal(self) -> None:
        """Who looks for personal data finds each table in the first list."""
        text = page("store-tables.md").partition("\n## ")[0]

        assert set(schema.metadata.tables) == set(listed(text))


class TestRecords:
    """The page on records."""

    def test_the_content_is_listed(self) -> None:
        """Every key of a record's content is explained."""
        fields = {field.name for field in attrs.fields(lifecycle.Record)} - {"lead", "detail", "envelope"}

        assert fields == set(listed(section(page("records.md"), "## Content")))

    def test_the_envelope_is_listed(self) -> None:
        """Every key of an envelope is explained."""
        from lifecycle.record import Envelope

        fields = {field.name for field in attrs.fields(Envelope)}

        assert fields == set(listed(section(page("records.md"), "## Envelope")))

    def test_a_refusal_is_listed(self) -> None:
        """Every key of a refusal's content is named."""
        text = section(page("records.md"), "## Refusals")
        fields = {field.name for field in attrs.fields(lifecycle.Refusal)}
        outside = {"lead", "number", "detail", "envelope"}

        assert set() == {name for name in fields - outside if f"`{name}`" not in text}


class TestWords:
    """The page of words."""

    def test_every_word_stands_once_and_where_it_says(self) -> None:
        """A word has one meaning, and the file that it is said to live in is there."""
        table = [cells for cells in rows(page("words.md").partition("\nThe results:")[0]) if len(cells) == 3][2:]
        places = {cells[2].strip("`") for cells in table}

        assert len({cells[0] for cells in table}) == len(table)
        assert set() == {place for place in places if not (ROOT / "lifecycle" / place).exists()}

    def test_every_result_is_explained(self) -> None:
        """The results of a decision are all there."""
        table = page("words.md").partition("\nThe results:")[2]

        assert {result.value for result in decision.Result} == {cells[0] for cells in rows(table)} - {"result", "---"}
