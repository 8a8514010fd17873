"""`show`: everything that is known of one decision."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from tests.cli.run import run
from tests.cli.world import SIGNALS, World, signal


class TestRecord:
    """One move."""

    def test_it_is_shown_with_everything_it_rests_on(self, world: World) -> None:
        """The move, atoms, verdicts with evidence, scores with what each criterion gave."""
        words = run("show", "ada/2", "--store", world.filled().store).words

        assert "lead ada, record 2 move iql -> mql trigger qualify at 2026-01-06 15:10:00Z by system" in words
        assert "how automatic cycle 1 definition tiny 1 (sha256:" in words
        assert "atom was interest >= 50 met" in words
        assert "asked met demo_requested at 2026-01-06T15:10:00+00:00 count 1, last" in words
        assert "visits met 2 times, 1 wanted count 2 2 2026-02-04 09:05:00Z" in words
        assert "score points of interest 50 asked 40, visits 10" in words

    def test_it_is_shown_with_its_envelope(self, world: World) -> None:
        """The position too, once it has been sealed."""
        before = run("show", "ada/2", "--store", world.filled().store).words
        run("seal", "--store", world.store)
        after = run("show", "ada/2", "--store", world.store, "--json").document

        assert "position not sealed yet format lifecycle-record-1 commitment hmac-sha256:" in before
        assert 1 <= after["record"]["position"] <= 8

    def test_it_is_shown_with_the_text_of_its_day(self, world: World) -> None:
        """A later version changes nothing about it."""
        world.filled()
        old = world.definition.read_text()
        world.write("tiny.toml", old.replace('version = "1"', 'version = "2"').replace(">= 50", ">= 5"))
        world.log([*SIGNALS, *(signal("new", "09T09:00", "profile", email="n@a.example"),)])
        world.replay("--store", world.store)
        first, second = (
            run("show", entry, "--store", world.store, "--json").document["definition"] for entry in ("ada/2", "new/1")
        )

        assert ("1", old) == (first["version"], first["text"])
        assert "2" == second["version"]
        assert 'when = "interest >= 50"' in run("show", "ada/2", "--store", world.store).out

    def test_the_text_of_its_day_is_shown_as_it_is(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither wrapped nor stripped, so that it can be read as TOML and has the hash that was agreed."""
        text = f"{world.definition.read_text()}# {'a comment that is long ' * 6}\n# with blanks behind it  \n\t\n"
        world.write("tiny.toml", text)
        monkeypatch.setenv("COLUMNS", "60")
        ran = run("show", "ada/2", "--store", world.filled().store)

        assert ran.out.endswith(f"The definition agreed then\n{text}")

    def test_hashes_are_whole_on_a_narrow_terminal(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each can be copied."""
        document = run("show", "ada/2", "--store", world.filled().store, "--json").document
        monkeypatch.setenv("COLUMNS", "60")
        ran = run("show", "ada/2", "--store", world.store)

        hashes = {document["record"][name] for name in ("commitment", "previous", "digest", "definition_hash")}
        assert hashes <= {word.strip("()") for word in ran.out.split()}

    def test_the_document_has_the_rules(self, world: World) -> None:
        """Plugins, versions and parameters that judged."""
        document = run("show", "ada/3", "--store", world.filled().store, "--json").document

        assert "sal" == document["record"]["target"]
        assert document["record"]["rules_digest"] == document["rules"]["digest"]
        assert "conversation_possible" == document["rules"]["criteria"]["talked"]["parameters"]["answer"]

    def test_after_an_erasure_it_is_found_by_its_subject(self, world: World) -> None:
        """What was personal is said to be gone; the move, the atoms and the text are still known."""
        document = run("show", "ada/3", "--store", world.filled().store, "--json").document
        subject = document["record"]["subject"]
        run("erase", "ada", "-s", world.store, "--basis", "gdpr_17", "--actor", "dpo:1")

        ran = run("show", f"{subject}/3", "--store", world.store)
        gone = run("show", "ada/3", "--store", world.store)

        assert f"erased lead, subject {subject}, record 3" in ran.out
        assert "talked met the details have been erased" in ran.words
        assert 'when = "talked"' in ran.out
        assert "lead ada" not in ran.out
        assert 5 == gone.code

    def test_it_is_shown_with_its_dimensions(self, world: World) -> None:
        """What was copied for figures."""
        world.write("tiny.toml", 'dimensions = ["country"]\n' + world.definition.read_text())

        assert 'dimensions {"country": null}' in run("show", "ben/1", "--store", world.filled().store).words

    def test_rules_that_are_missing_are_told(self, world: World) -> None:
        """Somebody has been at the database: it is not our program's mistake."""
        engine = create_engine(f"sqlite:///{world.filled().store}")
        with engine.begin() as connection:
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("DELETE FROM lifecycle_rules"))
        engine.dispose()
        ran = run("show", "ben/1", "--store", world.store)

        assert ran.code == 5
        assert "lifecycle verify" in ran.err

    def test_an_id_may_hold_slashes(self, world: World) -> None:
        """The number is what stands behind the last one."""
        world.log([signal("crm/7", "05T09:00", "profile", email="x@acme.example")])
        ran = run("show", "crm/7/1", "--store", world.filled().store)

        assert "lead crm/7, record 1" in ran.out

    @pytest.mark.parametrize(
        ("entry", "code", "says"),
        [
            ("ada/4", 5, "no record 4 of this lead or subject"),
            ("nobody/1", 5, "no record 1"),
            ("ada", 2, "write LEAD/SEQUENCE"),
            ("ada/x", 2, "write LEAD/SEQUENCE"),
            ("/1", 2, "write LEAD/SEQUENCE"),
        ],
    )
    def test_what_is_not_there_is_told(self, world: World, entry: str, code: int, says: str) -> None:
        """And what would have to be written."""
        ran = run("show", entry, "--store", world.filled().store)

        assert code == ran.code
        assert says in ran.err


class TestRefusal:
    """One decision that was not granted."""

    def test_it_is_shown_by_its_number(self, world: World) -> None:
        """With what stood in the way, and the note."""
        words = run("show", "ada/1", "--refusal", "--store", world.filled().store).words

        assert "lead ada, refusal 1 in mql result refused in the way talked trigger accept" in words
        assert "talked unknown conversation_possible is not known" in words
        assert "note has she been called?" in words

    def test_one_that_was_forbidden_says_who_might_have_asked(self, world: World) -> None:
        """Nothing was judged, and so nothing is shown as found."""
        asked = ("-d", world.definition, "-s", world.filled().store, "--actor", "marketing:1")
        run("fire", "zoe", "recycle", world.signals, *asked, "--reason", "no_answer", "--at", "2026-01-08T12:00:00Z")
        words = run("show", "zoe/1", "--refusal", "--store", world.store).words

        assert "zoe, refusal 1" in words
        assert "criterion" not in words.partition("Envelope")[0]

    def test_the_document_is_the_refusal(self, world: World) -> None:
        """As in exports, with its detail."""
        document = run("show", "ada/1", "--refusal", "--store", world.filled().store, "--json").document

        assert ("refused", ["talked"]) == (document["refusal"]["result"], document["refusal"]["blockers"])
        assert "has she been called?" == document["refusal"]["detail"]["note"]
