"""Proofs out of the sealed log, checked by the library and by the verifier that is given to strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from lifecycle.errors import CallerError, NotSealedError, StoreError
from lifecycle.proof import Checkpoint, ProofBundle, check_bundle, read_bundle, verify_consistency
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.sealing import ENTRIES, keep


@pytest.fixture
def sealed(store: Store) -> tuple[Store, Checkpoint, Checkpoint]:
    """A store of three leads, sealed after the second, and after the third."""
    keep(store, "1", "2")
    older = store.seal(now=day(101))
    keep(store, "3")
    return store, older, store.seal(now=day(102))


def stranger(folder: Path, checkout: Path, bundle: ProofBundle, *kept: Checkpoint) -> tuple[int, str]:
    """Hand a proof and checkpoints as files to the verifier that needs nothing of ours."""
    proof = folder / "proof.json"
    proof.write_text(json.dumps(bundle.to_mapping()), encoding="utf-8")
    names = list[str]()
    for number, checkpoint in enumerate(kept):
        names.append(str(folder / f"checkpoint-{number}.txt"))
        Path(names[-1]).write_text(str(checkpoint), encoding="utf-8")
    script = checkout / "docs" / "reference" / "check_proof.py"
    ran = subprocess.run([sys.executable, script, proof, *names], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


class TestProving:
    """A sealed entry can be proved to whoever kept a checkpoint."""

    @pytest.mark.parametrize(("kind", "number"), [("record", 1), ("record", 5), ("refusal", 1)])
    def test_a_proof_holds(self, sealed: tuple[Store, Checkpoint, Checkpoint], kind: str, number: int) -> None:
        """By your id of the lead as well as by the subject; what is proved is what is kept."""
        store, _, newer = sealed
        with store.reading() as reading:
            subject = reading.subject_of("2")

        bundle = store.prove("2", number, kind)

        assert [] == check_bundle(bundle, [newer])
        assert bundle == store.prove(subject, number, kind)
        assert (kind, subject, newer) == (bundle.kind, bundle.envelope["subject"], bundle.checkpoint)

    def test_every_entry_can_be_proved(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """Each at its own place."""
        store, _, newer = sealed
        places = [("record", number) for number in range(1, 6)] + [("refusal", 1)]
        proofs = [store.prove(lead, number, kind) for lead in "123" for kind, number in places]

        assert set(range(newer.size)) == {bundle.index for bundle in proofs}
        assert [] == [problem for bundle in proofs for problem in check_bundle(bundle, [newer])]

    def test_a_proof_for_an_older_checkpoint(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """For whoever kept that one and no other."""
        store, older, _ = sealed

        assert [] == check_bundle(store.prove("1", 2, size=older.size), [older])

    def test_a_proof_that_starts_from_an_older_checkpoint(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """It shows too that nothing of what that one spoke of was changed."""
        store, older, newer = sealed
        bundle = store.prove("1", 2, since=older)

        assert [] == check_bundle(bundle, [older, newer])
        assert bundle == read_bundle(json.loads(json.dumps(bundle.to_mapping())))

    def test_the_path_between_checkpoints(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """The tree of the older one is the beginning of the newer one's."""
        store, older, newer = sealed
        found = store.consistency(older)

        assert verify_consistency(
            old=older.size, new=newer.size, old_root=older.root, new_root=newer.root, path=found.path
        )

    @pytest.mark.checkout
    def test_a_stranger_finds_it_right(
        self, tmp_path: Path, checkout: Path, sealed: tuple[Store, Checkpoint, Checkpoint]
    ) -> None:
        """With the documented verifier, and the checkpoints that the stranger kept."""
        store, older, newer = sealed
        code, said = stranger(tmp_path, checkout, store.prove("1", 2, since=older), older, newer)

        assert (0, True) == (code, "The proof holds." in said)

    @pytest.mark.checkout
    def test_a_stranger_finds_it_wrong(self, tmp_path: Path, checkout: Path) -> None:
        """Two stores of the same leads, and the checkpoint of the other one."""
        stores = [Store("sqlite://"), Store("sqlite://")]
        for one in stores:
            keep(one, "1")
        kept = [one.seal(now=day(101)) for one in stores]
        code, said = stranger(tmp_path, checkout, stores[0].prove("1", 2), kept[1])

        assert (1, True) == (code, "FAILS" in said)
        for one in stores:
            one.close()


class TestRefusing:
    """What cannot be proved is not proved."""

    def test_what_is_not_sealed_yet(self, store: Store) -> None:
        """The error says what to do, and after that it can be."""
        keep(store, "1")
        with pytest.raises(NotSealedError, match="lifecycle seal"):
            store.prove("1", 1)
        store.seal(now=day(101))
        keep(store, "2")
        with pytest.raises(NotSealedError, match="seal first"):
            store.prove("2", 1)
        newer = store.seal(now=day(102))

        assert [] == check_bundle(store.prove("2", 1), [newer])

    def test_what_was_sealed_later(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """A checkpoint vouches for what was sealed by then."""
        store, older, _ = sealed
        with pytest.raises(NotSealedError, match=f"by the checkpoint of size {older.size}"):
            store.prove("3", 1, size=older.size)

    @pytest.mark.parametrize(
        ("name", "number", "kind"),
        [("1", 9, "record"), ("x", 1, "refusal"), (None, 1, "erasure")]
        + [("1", number, "record") for number in (0, -1, 2**31, 10**20)]
        + [("1", 10**20, "refusal"), (None, 10**20, "erasure")],
    )
    def test_what_is_not_there(self, store: Store, name: str | None, number: int, kind: str) -> None:
        """The error does not name the lead."""
        keep(store, "1")
        with pytest.raises(StoreError, match=f"the store has no {kind} {number}"):
            store.prove(name, number, kind)

    @pytest.mark.parametrize(
        ("name", "kind", "message"),
        [
            ("1", "bogus", "'bogus' is no kind of entry: what is sealed are record, refusal, erasure"),
            ("1", "erasure", "the number of an erasure is of no lead: give None"),
            (None, "record", "the number of a record is of a lead: give your id of it, or its subject"),
        ],
    )
    def test_what_no_entry_could_be(self, store: Store, name: str | None, kind: str, message: str) -> None:
        """It is the mistake of the caller, whatever is sealed."""
        with pytest.raises(CallerError, match=message):
            store.prove(name, 1, kind)

    @pytest.mark.parametrize("size", [10**20, -1])
    def test_a_size_that_no_log_has(self, store: Store, size: int) -> None:
        """There is no checkpoint of it either."""
        with pytest.raises(NotSealedError, match=f"no checkpoint has the size {size}"):
            store.checkpoint(size)

    def test_a_size_at_which_nothing_was_sealed(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """Its root could be computed, and nobody would have it."""
        with pytest.raises(NotSealedError, match="no checkpoint has the size 7"):
            sealed[0].prove("1", 1, size=7)

    def test_an_older_checkpoint_that_shows_nothing(self, sealed: tuple[Store, Checkpoint, Checkpoint]) -> None:
        """An empty one is the beginning of everything, and a larger one of nothing that is there."""
        store, older, _ = sealed
        for size in (0, 1000):
            with pytest.raises(StoreError, match=f"a checkpoint of {size} entries cannot be shown"):
                store.consistency(Checkpoint(origin=older.origin, size=size, root=older.root, at=older.at))

    def test_what_does_not_agree_with_the_log(self, url: str) -> None:
        """Somebody has changed the record: then the store does not hand out a proof that does not hold."""
        store = Store(url)
        keep(store, "1")
        store.seal(now=day(101))
        with store.writing() as transaction:
            run = transaction.connection.exec_driver_sql
            run("DROP TRIGGER lifecycle_records_no_update")
            run("UPDATE lifecycle_records SET recorded_at = recorded_at + 1 WHERE sequence = 2")

        with pytest.raises(StoreError, match=r"the store cannot prove it: .*lifecycle verify"):
            store.prove("1", 2)
        store.close()


class TestCost:
    """A proof reads a few rows, however long the log is."""

    def test_a_proof_takes_two_reads_at_each_height(self) -> None:
        """The tree of two thousand entries is eleven high; leaves are asked for up to 256 at once, nodes above."""
        store, ran = Store("sqlite://"), list[str]()
        keep(store, *map(str, range(334)))
        store.seal(now=day(101))
        event.listen(store.engine, "before_cursor_execute", lambda *told: ran.append(told[2]))
        bundle = store.prove("100", 3)

        assert [] == check_bundle(bundle)
        assert 11 == len(bundle.path)
        assert len(ran) <= 2 * len(bundle.path) + 5
        store.close()

    def test_a_node_that_was_lost_is_computed_again(self) -> None:
        """Kept nodes save time, and nothing rests on them."""
        store = Store("sqlite://")
        keep(store, *map(str, range(100)))
        store.seal(now=day(101))
        with store.writing() as transaction:
            before = transaction.connection.exec_driver_sql("SELECT count(*) FROM lifecycle_tiles").scalar()
            transaction.connection.exec_driver_sql("DROP TRIGGER lifecycle_tiles_no_delete")
            transaction.connection.exec_driver_sql("DELETE FROM lifecycle_tiles")

        assert 100 * ENTRIES >> 8 == before
        assert [] == check_bundle(store.prove("99", 1))
        store.close()
