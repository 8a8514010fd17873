"""`plugins lock`, `--lock` and `plugins diff`: which plugins decide, and what an upgrade of one changed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.run import Ran, run
from tests.cli.world import LATEST, World, qualifies
from tests.installing import Site

VISITS = '''
from lifecycle import criterion, hookimpl, met_if, parameters

@criterion("often", version="1")
class Often:
    """Has visited often."""

    kinds: tuple[str, ...] = parameters.kinds()
    at_least: int = 2
    patience: int = 1

    def judge(self, known):
        done = known.activities(self.kinds)
        return met_if(done.count >= self.at_least, f"{done.count} visits", amount=done.count)

@hookimpl
def lifecycle_criteria():
    return [Often]
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions, one of which has the plugin `acme`."""
    (tmp_path / "first").mkdir()
    made = Site(tmp_path / "first", monkeypatch)
    made.install("acme", VISITS)
    return made


@pytest.fixture
def world(world: World, site: Site) -> World:
    """A definition that uses the plugin `acme`, and a store in which it has judged."""
    text = world.definition.read_text(encoding="utf-8")
    visits = 'visits = { use = "engagement.count", kinds = ["page_visited"], at_least = 1, within = "30 days" }'
    assert visits in text
    world.write("tiny.toml", text.replace(visits, 'visits = { use = "acme.often", kinds = ["page_visited"] }'))
    assert 0 == world.replay("--store", world.store).code
    return world


def upgrade(site: Site, source: str, version: str = "2.0") -> None:
    """Install another version of the plugin in place of the first."""
    site.entry("dist-acme", "")
    folder = site.folder.parent / f"{site.folder.parent.name}_second"  # each test has modules of its own
    folder.mkdir()
    Site(folder, site.monkeypatch).install("acme", source, version=version)


class TestLock:
    """What is written down is what is verified."""

    def lock(self, world: World, *more: object) -> Ran:
        """Lock what the definition uses."""
        return run("plugins", "lock", "-d", world.definition, "-o", world.folder / "lifecycle.lock", *more)

    def test_only_what_a_definition_names(self, world: World) -> None:
        """The others have no say."""
        ran = self.lock(world)
        locked = tomllib.loads((world.folder / "lifecycle.lock").read_text(encoding="utf-8"))

        assert (0, "") == (ran.code, ran.out)
        assert "4 plugins with" in ran.err
        assert {"acme", "engagement", "profile", "sales"} == set(locked["plugins"])

    def test_all_without_a_definition(self, world: World) -> None:
        """On standard output, where that is asked for."""
        ran = run("plugins", "lock", "-o", "-")

        assert {"acme", "timing", "undesirables"} <= set(tomllib.loads(ran.out)["plugins"])

    def test_a_broken_plugin_is_left_out_and_said_to_be(self, world: World, site: Site) -> None:
        """So that it is refused like any that was never locked."""
        site.install("broken", "1 / 0")
        ran = run("plugins", "lock", "-o", "-", "--json")

        assert 1 == ran.code
        assert ["plugin-import"] == [problem["code"] for problem in ran.document["left_out"]]
        assert "broken" not in {one["plugin"] for one in ran.document["plugins"]}
        assert "left out: " in ran.err

    @pytest.mark.parametrize("how", ["option", "variable"])
    def test_another_state_is_refused(
        self, world: World, site: Site, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        """Before anything is judged, with everything that has changed."""
        self.lock(world)
        lock = world.folder / "lifecycle.lock"
        more = ["--lock", lock] if how == "option" else []
        if how == "variable":
            monkeypatch.setenv("LIFECYCLE_LOCK", str(lock))
        before = world.replay(*more)
        upgrade(site, VISITS.replace("at_least: int = 2", "at_least: int = 3"))
        after = world.replay(*more)

        assert (0, 4, "") == (before.code, after.code, after.out)
        assert f"the plugins are not those of {lock}" in after.err
        assert "acme (dist-acme 2.0): the version is 2.0, locked is 1.0" in after.err
        assert "acme (dist-acme 2.0): the code or the lists of 'often' are not those locked" in after.err

    def test_a_file_is_locked_too(self, world: World, site: Site) -> None:
        """By its fingerprint."""
        site.entry("dist-acme", "")
        file = world.write("acme.py", VISITS)
        self.lock(world, "--plugin", file)
        lock = ["--plugin", file, "--lock", world.folder / "lifecycle.lock"]
        before = world.replay(*lock)
        world.write("acme.py", VISITS + "# changed\n")

        assert (0, 4) == (before.code, world.replay(*lock).code)

    def test_what_is_no_lock_is_refused(self, world: World) -> None:
        """With the place."""
        path = world.write("lifecycle.lock", "format = 1\n")
        ran = world.replay("--lock", path)

        assert 2 == ran.code
        assert f"{path}:1:1" in ran.err


class TestDiff:
    """What an upgrade changed, and whom the old rules have judged."""

    def diff(self, world: World, *more: object) -> Ran:
        """Compare what the store keeps with what is installed."""
        return run("plugins", "diff", "--store", world.store, *more)

    def test_nothing_differs_at_first(self, world: World) -> None:
        """The counts say what was decided by these rules: a lead that was only refused is judged too."""
        ran = self.diff(world, "--json")
        [rules] = ran.document["rules"]

        assert 0 == ran.code
        assert ("tiny", "1", True, []) == tuple(rules[key] for key in ("definition", "version", "same", "differences"))
        assert (3, 7, 1) == tuple(rules[key] for key in ("lead_count", "records", "refusals"))
        assert "3 leads judged: 7 records, 1 refusals the same today" in self.diff(world).words

    def test_everything_that_an_upgrade_changed_is_said(self, world: World, site: Site) -> None:
        """Distribution, version, code, a default, a parameter that came and one that went."""
        source = VISITS.replace("at_least: int = 2", "at_least: int = 3").replace('version="1"', 'version="2"')
        upgrade(site, source.replace("patience: int = 1", "calm: bool = True"))
        ran = self.diff(world, "--json")
        [rules] = ran.document["rules"]
        found = {(one["what"], one["parameter"]): (one["before"], one["after"]) for one in rules["differences"]}
        fingerprint = found.pop(("fingerprint", None))

        assert 1 == ran.code
        assert {
            ("distribution_version", None): ("1.0", "2.0"),
            ("version", None): ("1", "2"),
            ("parameter", "at_least"): (2, 3),
            ("parameter", "calm"): (None, True),
            ("parameter", "patience"): (1, None),
        } == found
        assert fingerprint[0] != fingerprint[1]
        assert {("visits", "acme.often")} == {(one["criterion"], one["use"]) for one in rules["differences"]}
        assert "visits acme.often default of at_least 2 3" in self.diff(world).words

    def test_each_set_of_rules_says_whom_it_has_judged(self, world: World, site: Site) -> None:
        """After the upgrade has been at work too; only the old rules differ from today."""
        upgrade(site, VISITS.replace('version="1"', 'version="2"'))
        later = world.log(qualifies("new"), "later.jsonl")
        run("replay", later, "-d", world.definition, "-s", world.store)
        old, new = self.diff(world, "--leads", "--json").document["rules"]

        assert (False, ["ada", "ben", "zoe"]) == (old["same"], [row["lead"] for row in old["leads"]])
        assert (True, ["new"]) == (new["same"], [row["lead"] for row in new["leads"]])

    def test_a_lead_that_was_erased_is_counted_and_not_named(self, world: World) -> None:
        """Its subject remains."""
        erased = run("erase", "ada", "-s", world.store, "--basis", "gdpr_17", "--actor", "officer:1")
        [rules] = self.diff(world, "--leads", "--json").document["rules"]

        assert 0 == erased.code, erased.err
        assert 3 == rules["lead_count"]
        assert [("ben", False), ("zoe", False), (None, False)] == [
            (row["lead"], row["subject"] in {None, ""}) for row in rules["leads"]
        ]
        assert "(erased) " in self.diff(world, "--leads").words

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("raise SystemExit('no licence')", "acme (dist-acme 2.0) cannot be imported: SystemExit: no licence"),
            (VISITS.replace('"often"', '"rarely"'), "no plugin offers 'acme.often'"),
            (VISITS.replace("kinds: ", "sorts: "), "acme.often takes no 'kinds'"),
        ],
        ids=["broken", "renamed", "parameter"],
    )
    def test_a_criterion_that_is_gone(self, world: World, site: Site, source: str, reason: str) -> None:
        """Why it is gone is said, and the others are compared all the same."""
        upgrade(site, source)
        ran = self.diff(world, "--json")
        [rules] = ran.document["rules"]

        assert 1 == ran.code
        assert [("visits", "gone")] == [(one["criterion"], one["what"]) for one in rules["differences"]]
        assert [reason] == [told["message"][: len(reason)] for told in rules["problems"][:1]]

    def test_with_a_definition_its_own_changes_count(self, world: World) -> None:
        """What was put in, taken out, or set otherwise."""
        text = world.definition.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"', 1)
        text = text.replace('kinds = ["page_visited"] }', 'kinds = ["page_visited"], at_least = 5 }')
        path = world.write(
            "newer.toml", text.replace("[scores]", 'fine = { use = "acme.often", kinds = ["x"] }\n\n[scores]')
        )
        ran = self.diff(world, "-d", path, "--json")
        [rules] = ran.document["rules"]

        assert 1 == ran.code
        assert [("fine", "new", None, False), ("visits", "parameter", "at_least", False)] == [
            (one["criterion"], one["what"], one["parameter"], one["default"]) for one in rules["differences"]
        ]
        assert [] == self.diff(world, "-d", "b2b", "--json").document["rules"]

    def test_a_store_that_is_not_there(self, world: World) -> None:
        """It stays missing."""
        ran = run("plugins", "diff", "--store", world.folder / "none.db")

        assert (5, False) == (ran.code, (world.folder / "none.db").exists())

    def test_when_the_rules_were_first_used_is_shown(self, world: World) -> None:
        """For whoever looks for the day of an upgrade."""
        assert LATEST < self.diff(world, "--json").document["rules"][0]["recorded_at"]
