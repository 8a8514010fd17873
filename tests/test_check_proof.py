"""The verifier for strangers: on its own, and of one opinion with `lifecycle.proof` about every bundle."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.errors import ProofError
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.proof import Checkpoint, ProofBundle, check_bundle, read_bundle
from tests import source
from tests.merkle import Log, bundles
from tests.proof.vectors import consistencies, inclusions, small_consistencies, small_inclusions

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.checkout

FILE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "check_proof.py"
LONGEST = 150
LOG = Log()


def loaded() -> Any:
    """Return the verifier as a module; nothing where there is no checkout."""
    spec = importlib.util.spec_from_file_location("check_proof", FILE)
    if not FILE.is_file() or spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verifier = loaded()


def its_opinion(found: object, kept: list[Checkpoint]) -> bool:
    """Say whether the verifier finds that a proof holds, against what was kept outside."""
    try:
        given_ = {f"{number}.txt": verifier.read_checkpoint(str(one)) for number, one in enumerate(kept)}
        with contextlib.redirect_stdout(io.StringIO()):
            return bool(verifier.check(verifier.read_proof(found), given_))
    except ValueError:
        return False


def our_opinion(found: object, kept: list[Checkpoint]) -> bool:
    """Say whether `lifecycle.proof` finds the same."""
    try:
        return check_bundle(read_bundle(found), kept) == []
    except ProofError:
        return False


def spots(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every text and number in a JSON value."""
    if is_mapping(found):
        for key, value in found.items():
            yield from spots(value, (*path, key))
    elif is_list(found):
        for number, value in enumerate(found):
            yield from spots(value, (*path, number))
    else:
        yield path


def changed(found: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a JSON value with another one in one spot."""
    if not path:
        return value
    inner = changed(found[path[0]], path[1:], value)
    if is_mapping(found):
        return {**found, path[0]: inner}
    return [*found[: path[0]], inner, *found[path[0] + 1 :]]


def at_spot(found: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands in a spot."""
    return at_spot(found[path[0]], path[1:]) if path else found


@st.composite
def tampered(draw: st.DrawFn) -> tuple[ProofBundle, Any]:
    """Draw a true bundle, and its mapping with one thing changed that matters: not the time, not a signature."""
    bundle = draw(bundles())
    true = bundle.to_mapping()
    spot = draw(st.sampled_from(list(spots(true))))
    value = at_spot(true, spot)
    other: Any = draw(st.integers(-1, 41)) if isinstance(value, int) else draw(edited(value))
    assume(other != value and not (spot[-1] == "checkpoint" and same_tree(value, other)))
    return bundle, changed(true, spot, other)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """Draw a text with a few characters replaced."""
    low = draw(st.integers(0, len(text)))
    return text[:low] + draw(st.text("0123456789abcdefABC= \n{}", max_size=3)) + text[low + draw(st.integers(0, 3)) :]


def same_tree(text: Any, other: Any) -> bool:
    """Say whether the first three lines of two checkpoints are the same."""
    return bool(text.split("\n")[:3] == other.split("\n")[:3])


class TestScript:
    """What somebody gets who has nothing but the file."""

    def test_it_is_short_and_needs_nothing_but_python(self) -> None:
        """Python 3.9 understands it, it imports the standard library only, and it is read in one sitting."""
        assert source.imported_by(FILE, python=(3, 9)) <= sys.stdlib_module_names
        assert len(FILE.read_text(encoding="utf-8").splitlines()) < LONGEST

    def test_it_runs_by_itself(self, tmp_path: Path) -> None:
        """In another process, without this project's packages, on files as they are handed over."""
        (tmp_path / "proof.json").write_text(json.dumps(LOG.bundle(4, 11, older=6).to_mapping()), encoding="utf-8")
        (tmp_path / "checkpoint.txt").write_text(str(LOG.checkpoint(6)), encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(FILE), "proof.json", "checkpoint.txt"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (0, "") == (done.returncode, done.stderr)
        assert [
            "holds: the format of its envelope is that of its kind",
            "holds: it stands at position 5 of 11 in the log 'example.com/leads'",
            "holds: the first 6 entries of that log are those of the older checkpoint",
            "holds: 'checkpoint.txt', of size 6, is a checkpoint that the proof is for",
            "holds: the entry was sealed by the time of a checkpoint that was kept outside",
            "The proof holds.",
        ] == done.stdout.splitlines()[1:]

    def test_alone_a_proof_is_said_to_prove_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Against whoever made it."""
        proof = tmp_path / "proof.json"
        proof.write_text(json.dumps(LOG.bundle(4, 11).to_mapping()), encoding="utf-8")

        assert 3 == verifier.main([str(proof)])
        assert "which proves NOTHING against its maker" in (out := capsys.readouterr().out)
        assert "The proof holds." not in out

    def test_it_says_whose_entry_it_is_and_when_it_was_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The content says neither."""
        proof, found = tmp_path / "proof.json", LOG.bundle(4, 11).to_mapping()
        proof.write_text(json.dumps(found), encoding="utf-8")
        verifier.main([str(proof)])

        first = capsys.readouterr().out.splitlines()[0]
        assert all(f"{name} {found['envelope'][name]!r}" in first for name in ("subject", "recorded_at"))

    def test_a_false_proof_ends_with_1(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """And says what fails."""
        proof = tmp_path / "proof.json"
        proof.write_text(json.dumps({**LOG.bundle(4, 11).to_mapping(), "content": "{}"}), encoding="utf-8")
        out = (verifier.main([str(proof)]), capsys.readouterr().out)

        assert 1 == out[0]
        assert "FAILS: it stands at position 5 of 11 in the log" in out[1]
        assert "The proof does not hold." in out[1]

    @pytest.mark.parametrize(
        ("older", "said"),
        [
            (attrs.evolve(LOG.checkpoint(6), size=0), "FAILS: the first 0 entries of that log"),
            (attrs.evolve(LOG.checkpoint(6), origin="example.com/others"), "FAILS: the first 6 entries of that log"),
            (attrs.evolve(LOG.checkpoint(6), root=bytes(32)), "FAILS: the first 6 entries of that log"),
        ],
    )
    def test_an_older_checkpoint_that_is_no_beginning_fails(
        self, older: Checkpoint, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One that is empty, of another log, or of another tree."""
        proof, found = tmp_path / "proof.json", LOG.bundle(4, 11, older=6).to_mapping()
        found["consistency"]["checkpoint"] = str(older)
        proof.write_text(json.dumps(found), encoding="utf-8")

        assert 1 == verifier.main([str(proof)])
        assert said in capsys.readouterr().out
        assert not our_opinion(found, [])

    def test_a_checkpoint_that_does_not_fit_vouches_for_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """However large it is."""
        (tmp_path / "proof.json").write_text(json.dumps(LOG.bundle(4, 11).to_mapping()), encoding="utf-8")
        (tmp_path / "newer.txt").write_text(str(LOG.checkpoint(12)), encoding="utf-8")

        assert 1 == verifier.main([str(tmp_path / "proof.json"), str(tmp_path / "newer.txt")])
        assert 2 == capsys.readouterr().out.count("FAILS: ")

    @pytest.mark.parametrize("text", ["", "[]", "{", "1", "\xff", '{"format": "lifecycle-proof-1"}', "[" * 100_000])
    def test_what_cannot_be_read_ends_with_2(
        self, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With the reason, and without a traceback."""
        proof = tmp_path / "proof.json"
        proof.write_bytes(text.encode("latin-1"))

        assert 2 == verifier.main([str(proof)])
        assert capsys.readouterr().err.startswith("It cannot be read: ")

    @pytest.mark.parametrize("names", [[], ["--help"], ["-h"]])
    def test_without_a_file_it_says_how_it_is_used(self, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """And ends with 2."""
        assert 2 == verifier.main(names)
        assert "python check_proof.py proof.json [checkpoint.txt ...]" in capsys.readouterr().out

    def test_a_file_that_is_not_there_ends_with_2(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The proof, or a checkpoint."""
        proof = tmp_path / "proof.json"
        proof.write_text(json.dumps(LOG.bundle(4, 11).to_mapping()), encoding="utf-8")

        assert 2 == verifier.main([str(tmp_path / "none.json")])
        assert 2 == verifier.main([str(proof), str(tmp_path / "none.txt")])
        assert 2 == verifier.main([str(proof), str(proof)])
        assert 3 == capsys.readouterr().err.count("It cannot be read: ")

    def test_what_a_forger_writes_cannot_reach_the_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A control sequence in a content is printed as what it is."""
        forged = {**LOG.bundle(4, 11).to_mapping(), "content": "\x1b[2J The proof holds."}

        assert not verifier.check(verifier.read_proof(forged), {})
        assert r"'\x1b[2J The proof holds.'" in (out := capsys.readouterr().out)
        assert "\x1b" not in out


class TestCases:
    """Its own verification of paths, which is written differently, against the cases of the RFC's rules."""

    def test_inclusions(self) -> None:
        """It says of each what is true; indices, sizes and hashes of another form it never gets to see."""
        cases = [case.arguments | {"holds": case.holds} for case in (*inclusions(), *small_inclusions())]
        seen = [case for case in cases if 0 <= case["index"] < case["size"] and formed(case, "leaf", "root")]
        given_ = [(case["path"], case["leaf"], case["index"], case["size"]) for case in seen]

        assert len(seen) > 1000
        assert [case["holds"] for case in seen] == [
            verifier.root_by(*arguments) == case["root"] for arguments, case in zip(given_, seen, strict=True)
        ]

    def test_consistencies(self) -> None:
        """Likewise."""
        cases = [case.arguments | {"holds": case.holds} for case in (*consistencies(), *small_consistencies())]
        seen = [case for case in cases if 0 < case["old"] <= case["new"] and formed(case, "old_root", "new_root")]
        given_ = [(case["path"], case["old_root"], case["old"], case["new"]) for case in seen]

        assert len(seen) > 1000
        assert [case["holds"] for case in seen] == [
            verifier.roots_by(*arguments) == (case["old_root"], case["new_root"])
            for arguments, case in zip(given_, seen, strict=True)
        ]


def formed(case: dict[str, Any], *keys: str) -> bool:
    """Say whether all that should be hashes have the length of one."""
    return all(len(one) == 32 for one in (*case["path"], *(case[key] for key in keys)))


class TestAgreement:
    """Two implementations that share nothing are of one opinion."""

    @given(bundle=bundles(), size=st.integers(1, 42))
    def test_about_true_bundles(self, bundle: ProofBundle, size: int) -> None:
        """Law: of a true bundle both say the same, alone and with any checkpoint of its log."""
        log, found = Log(kind=bundle.kind), json.loads(json.dumps(bundle.to_mapping()))
        for kept in ([], [bundle.checkpoint], [log.checkpoint(size)], [bundle.checkpoint, log.checkpoint(size)]):
            assert our_opinion(found, kept) is its_opinion(found, kept)
        assert its_opinion(found, [])
        assert its_opinion(found, [bundle.checkpoint])

    @given(case=tampered(), size=st.integers(1, 42))
    def test_about_tampered_bundles(self, case: tuple[ProofBundle, Any], size: int) -> None:
        """Law: no bundle in which anything that matters was changed holds against its checkpoint; both say so."""
        bundle, found = case
        kept = [bundle.checkpoint]

        assert not our_opinion(found, kept)
        assert not its_opinion(found, kept)
        for other in ([], [Log(kind=bundle.kind).checkpoint(size)]):
            assert our_opinion(found, other) is its_opinion(found, other)

    @given(bundle=bundles(), other=bundles(), key=st.sampled_from(["content", "envelope", "path", "checkpoint"]))
    def test_about_parts_of_another_bundle(self, bundle: ProofBundle, other: ProofBundle, key: str) -> None:
        """Law: parts of two true bundles put together hold exactly if both say so, and only where they are the same."""
        found = {**bundle.to_mapping(), key: other.to_mapping()[key]}
        kept = [bundle.checkpoint]

        assert our_opinion(found, kept) is its_opinion(found, kept) is (found == bundle.to_mapping())

    @given(bundle=bundles())
    def test_about_checkpoints_that_were_altered(self, bundle: ProofBundle) -> None:
        """Law: a checkpoint with another root, or of another log, is held against the bundle by both."""
        for change in ({"root": bytes(32)}, {"origin": "example.com/others"}):
            kept = [attrs.evolve(bundle.checkpoint, **change)]

            assert not our_opinion(bundle.to_mapping(), kept)
            assert not its_opinion(bundle.to_mapping(), kept)
