"""Laws of proofs: what was sealed can be shown to have been, and nothing else can."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.errors import ProofError
from lifecycle.proof import (
    Checkpoint,
    Frontier,
    ProofBundle,
    check_bundle,
    consistency_path,
    inclusion_path,
    read_bundle,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)
from lifecycle.times import BEGINNING
from tests.merkle import (
    Log,
    bundles,
    consistency_sides,
    hashes,
    naive_consistency,
    naive_inclusion,
    naive_root,
    sides,
)

LEAVES = hashes(1_200)
sizes = st.integers(0, 70) | st.integers(0, len(LEAVES)) | st.sampled_from([255, 256, 257, 511, 512, 513, 1024])


@st.composite
def places(draw: st.DrawFn, largest: int = len(LEAVES)) -> tuple[int, int]:
    """Draw a place in a tree: an index and a size."""
    size = draw(sizes.filter(lambda size: 0 < size <= largest))
    return draw(st.integers(0, size - 1)), size


def subtree(low: int, high: int) -> bytes:
    """Give the hash of a range, from all leaves."""
    return root_of(LEAVES[low:high])


def spoilt(path: tuple[bytes, ...], where: int, bit: int) -> tuple[bytes, ...]:
    """Return a path with one bit flipped."""
    one = bytearray(path[where])
    one[bit // 8] ^= 1 << bit % 8
    return (*path[:where], bytes(one), *path[where + 1 :])


class TestTree:
    """Roots and frontiers."""

    @given(size=sizes)
    def test_the_root_is_that_of_the_definition(self, size: int) -> None:
        """Law: pair by pair, by a frontier, and by the RFC's recursion the root is the same."""
        frontier, _ = Frontier().grown(LEAVES[:size])

        assert naive_root(LEAVES[:size]) == root_of(LEAVES[:size]) == frontier.root
        assert size == frontier.size

    @given(cuts=st.lists(sizes, max_size=6).map(sorted))
    def test_it_does_not_matter_when_leaves_are_appended(self, cuts: list[int]) -> None:
        """Law: appended in any parts, with the frontier written and read between them, a tree and its nodes are one."""
        bounds = [0, *cuts, len(LEAVES)]
        frontier, kept = Frontier(), list[Any]()
        for low, high in pairwise(bounds):
            frontier, more = Frontier.from_bytes(frontier.to_bytes()).grown(LEAVES[low:high])
            kept += more

        assert Frontier().grown(LEAVES) == (frontier, tuple(kept))

    @given(size=sizes)
    def test_a_kept_node_is_the_root_of_its_leaves(self, size: int) -> None:
        """Law: of the nodes that come, each is the root of just the leaves below it, and each such node comes."""
        _, kept = Frontier().grown(LEAVES[:size])

        assert size // 256 == len(kept)
        for node in kept:
            assert naive_root(LEAVES[node.index << node.height : node.index + 1 << node.height]) == node.hash

    @given(one=st.lists(st.binary(min_size=32, max_size=32), max_size=9), other=st.data())
    def test_different_leaves_have_different_roots(self, one: list[bytes], other: st.DataObject) -> None:
        """Law: a leaf changed, left out, added, or two swapped make another root."""
        changed = other.draw(
            st.permutations(one) | st.lists(st.sampled_from(one), max_size=9) if one else st.just([bytes(32)])
        )
        assume(one != changed)

        assert root_of(one) != root_of(changed)


class TestInclusion:
    """Paths from a leaf to the root."""

    @given(place=places())
    def test_every_entry_can_be_shown(self, place: tuple[int, int]) -> None:
        """Law: the path of every leaf is the RFC's and leads to the root."""
        index, size = place
        path = inclusion_path(index, size, subtree)

        assert tuple(naive_inclusion(index, LEAVES[:size])) == path
        assert verify_inclusion(leaf=LEAVES[index], index=index, size=size, root=root_of(LEAVES[:size]), path=path)

    @given(place=places(), where=st.integers(0, 11), bit=st.integers(0, 255))
    def test_any_bit_of_a_path_matters(self, place: tuple[int, int], where: int, bit: int) -> None:
        """Law: with one bit of one hash flipped a path leads nowhere; the same goes for leaf and root."""
        index, size = place
        path = inclusion_path(index, size, subtree)
        leaf, root = LEAVES[index], root_of(LEAVES[:size])
        changed = spoilt((leaf, root, *path), where % (len(path) + 2), bit)

        assert not verify_inclusion(leaf=changed[0], index=index, size=size, root=changed[1], path=changed[2:])

    @given(place=places(), other=places())
    def test_a_path_fits_one_place_only(self, place: tuple[int, int], other: tuple[int, int]) -> None:
        """Law: at another index, or in a tree of another size, a path holds exactly if its hashes have the same sides.

        In one tree no two leaves have the same sides. Trees of two sizes may: a path alone does not say how large the
        tree is, a checkpoint does.
        """
        (index, size), (at, large) = place, other
        path, root = inclusion_path(index, size, subtree), root_of(LEAVES[:size])
        alike = sides(index, size) == sides(at, large)

        assert alike is verify_inclusion(leaf=LEAVES[index], index=at, size=large, root=root, path=path)
        assert (index == at) is alike or size != large

    @given(place=places(), other=st.integers(0, len(LEAVES) - 1))
    def test_no_other_leaf_can_be_shown_there(self, place: tuple[int, int], other: int) -> None:
        """Law: a path shows its own leaf and no other."""
        index, size = place
        path, root = inclusion_path(index, size, subtree), root_of(LEAVES[:size])

        assert (index == other) is verify_inclusion(leaf=LEAVES[other], index=index, size=size, root=root, path=path)


class TestConsistency:
    """Paths from an older tree to a newer one."""

    @given(place=places())
    def test_every_older_tree_can_be_shown(self, place: tuple[int, int]) -> None:
        """Law: for every older size up to the new one the path is the RFC's and holds."""
        old, new = place[0] + 1, place[1]
        path = consistency_path(old, new, subtree)
        roots = {"old_root": root_of(LEAVES[:old]), "new_root": root_of(LEAVES[:new])}

        assert tuple(naive_consistency(old, LEAVES[:new])) == path
        assert verify_consistency(old=old, new=new, path=path, **roots)

    @given(place=places(), where=st.integers(0, 13), bit=st.integers(0, 255))
    def test_any_bit_of_a_path_matters(self, place: tuple[int, int], where: int, bit: int) -> None:
        """Law: with one bit of one hash flipped nothing is shown; the same goes for both roots."""
        old, new = place[0] + 1, place[1]
        path = consistency_path(old, new, subtree)
        changed = spoilt((root_of(LEAVES[:old]), root_of(LEAVES[:new]), *path), where % (len(path) + 2), bit)

        assert not verify_consistency(old=old, new=new, old_root=changed[0], new_root=changed[1], path=changed[2:])

    @given(place=places(), other=places())
    def test_a_path_fits_its_sizes_only(self, place: tuple[int, int], other: tuple[int, int]) -> None:
        """Law: for other sizes a path holds exactly if its hashes are on the same sides; never for another old one."""
        (old, new), (before, after) = (place[0] + 1, place[1]), (other[0] + 1, other[1])
        path = consistency_path(old, new, subtree)
        roots = {"old_root": root_of(LEAVES[:old]), "new_root": root_of(LEAVES[:new])}
        alike = (old == new) is (before == after) and consistency_sides(old, new) == consistency_sides(before, after)

        assert alike is verify_consistency(old=before, new=after, path=path, **roots)
        assert (old == before) is alike or new != after

    @given(place=places(70), change=st.integers(0, 69))
    def test_a_rewritten_log_cannot_be_shown(self, place: tuple[int, int], change: int) -> None:
        """Law: where one old entry was changed since, no path of the new tree shows the old one."""
        old, new = place[0] + 1, place[1]
        rewritten = LEAVES[:new]
        rewritten[change % old] = bytes(32)
        path = consistency_path(old, new, lambda low, high: root_of(rewritten[low:high]))

        assert not verify_consistency(
            old=old, new=new, old_root=root_of(LEAVES[:old]), new_root=root_of(rewritten), path=path
        )


class TestKept:
    """Paths from the nodes that a store keeps."""

    @given(place=places(), lost=st.sets(st.integers(0, 3)))
    def test_paths_are_those_of_all_leaves(self, place: tuple[int, int], lost: set[int]) -> None:
        """Law: whichever nodes are there, paths are the same as from the leaves alone."""
        index, size = place
        _, kept = Frontier().grown(LEAVES[:size])
        there = {(node.height, node.index): node.hash for node in kept if node.index not in lost}
        found = subtrees(
            lambda low, high: LEAVES[low:high],
            lambda height, low, high: [there[height, at] for at in range(low, high) if (height, at) in there],
        )

        assert inclusion_path(index, size, subtree) == inclusion_path(index, size, found)
        assert consistency_path(index + 1, size, subtree) == consistency_path(index + 1, size, found)


class TestForms:
    """Texts and files."""

    @given(
        origin=st.text(min_size=1),
        size=st.integers(0, 10**19 - 1),
        root=st.binary(min_size=32, max_size=32),
        at=st.datetimes(timezones=st.just(BEGINNING.tzinfo)),
    )
    def test_a_checkpoint_is_read_back_as_it_was_written(self, origin: str, size: int, root: bytes, at: Any) -> None:
        """Law: what can be made can be written, and what was written is read back; signed too."""
        try:
            made = Checkpoint(origin=origin, size=size, root=root, at=at)
        except ProofError:
            assume(condition=False)
            raise
        signed = attrs.evolve(made, signatures="— example.com/key AAAA\n")

        assert made == Checkpoint.parse(str(made))
        assert signed == Checkpoint.parse(str(signed))

    @given(text=st.text(), place=st.integers(0, 200), length=st.integers(0, 3))
    def test_a_text_is_read_as_it_is_or_not_at_all(self, text: str, place: int, length: int) -> None:
        """Law: a checkpoint altered anywhere is refused with a `ProofError`, or is another one whose text it is."""
        true = str(attrs.evolve(Log().checkpoint(3), signatures="— example.com/key AAAA\n"))
        altered = true[:place] + text + true[place + length :]
        try:
            found = Checkpoint.parse(altered)
        except ProofError:
            return
        assert altered == str(found)

    @given(bundle=bundles())
    def test_a_bundle_is_read_back_as_it_was_written(self, bundle: ProofBundle) -> None:
        """Law: a bundle survives JSON, and the file is one of texts, whole numbers, lists and tables alone."""
        written = json.dumps(bundle.to_mapping())

        assert bundle == read_bundle(json.loads(written))
        assert written == json.dumps(read_bundle(json.loads(written)).to_mapping())

    @given(bundle=bundles())
    def test_a_true_bundle_holds(self, bundle: ProofBundle) -> None:
        """Law: it agrees with itself, with its own checkpoint, and with the older one if it speaks of the entry."""
        assert [] == check_bundle(bundle)
        assert [] == check_bundle(bundle, [bundle.checkpoint])
        if bundle.consistency is not None:
            older = bundle.consistency.checkpoint

            assert (bundle.index < older.size) is (check_bundle(bundle, [older]) == [])

    @given(
        found=st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
    )
    def test_nothing_else_holds(self, found: object) -> None:
        """Law: what is no proof, as a whole or in a part, is refused with a `ProofError` or does not hold."""
        true = Log().bundle(1, 3, older=2).to_mapping()

        assert not holds(found)
        assert [] == [key for key in true if true[key] != found and holds({**true, key: found})]


def holds(found: object) -> bool:
    """Say whether something is a proof, and a true one."""
    try:
        return check_bundle(read_bundle(found)) == []
    except ProofError:
        return False
