"""The proof of one entry as a file: what it says is wrong, in words, and what is no proof at all."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import attrs
import pytest

from lifecycle import Lead, Snapshot
from lifecycle.canonical import plain
from lifecycle.decision import Request, decide
from lifecycle.errors import ProofError
from lifecycle.proof import Frontier, ProofBundle, check_bundle, inclusion_path, leaf_of, read_bundle, root_of
from lifecycle.record import envelope_of, record_of
from tests.made import arrow, day, made
from tests.merkle import Log

LOG = Log()
BUNDLE = LOG.bundle(4, 11, older=6)
assert BUNDLE.consistency is not None
CONSISTENCY = BUNDLE.consistency
OTHER = Log(origin="example.com/others")
OWN = LOG.checkpoint(11)
OLDER = LOG.checkpoint(6)


class TestHolding:
    """A true proof."""

    def test_it_agrees_with_itself(self) -> None:
        """Nothing is wrong with it."""
        assert [] == check_bundle(BUNDLE)

    @pytest.mark.parametrize("kept", [[OWN], [OLDER], [OWN, OLDER]])
    def test_it_agrees_with_what_was_kept_outside(self, kept: list[Any]) -> None:
        """Its own checkpoint, the older one, or both."""
        assert [] == check_bundle(BUNDLE, kept)

    def test_the_time_and_the_signatures_of_a_checkpoint_do_not_matter(self) -> None:
        """The same tree may have been signed, and again on another day."""
        again = attrs.evolve(OWN, at=OWN.at + timedelta(days=1), signatures="— example.com/leads AAAA\n")

        assert [] == check_bundle(BUNDLE, [again])

    def test_a_stored_record_is_proved_by_its_own_digest(self) -> None:
        """The digest that the bundle computes is the one that the record's envelope has."""
        definition = made(arrow("qualify", "iql", "mql", "demo"))
        known = Snapshot(Lead("1").activity("demo", at=day(0)).activity("came", at=day(0)), day(1))
        record = record_of(definition, decide(definition, known, Request(trigger="enter", actor="a:1")), "1")
        envelope = envelope_of(record, subject="s1", recorded_at=day(2), salt=b"salt", previous="")
        frontier, _ = Frontier().grown([leaf_of(envelope.digest)])
        bundle = ProofBundle(
            kind="record",
            content=record.content,
            envelope=plain(envelope.outside),
            index=0,
            path=inclusion_path(0, 1, lambda low, high: frontier.root),
            checkpoint=attrs.evolve(OWN, size=1, root=frontier.root),
        )

        assert envelope.digest == bundle.digest
        assert [] == check_bundle(read_bundle(json.loads(json.dumps(bundle.to_mapping()))))


class TestFailing:
    """What is said of a proof that does not hold."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"content": b"{}"}, r"the path does not lead from entry 4, sha256:[0-9a-f]{64}, to the root"),
            ({"envelope": {**BUNDLE.envelope, "subject": "another"}}, "the path does not lead from entry 4"),
            ({"index": 5}, "the path does not lead from entry 5"),
            ({"index": 11}, "entry 11 lies outside a tree of 11; the first entry is 0"),
            ({"path": BUNDLE.path[:-1]}, "the path does not lead from entry 4"),
            ({"checkpoint": attrs.evolve(OWN, size=0)}, "entry 4 lies outside a tree of 0"),
            ({"kind": "refusal"}, "the format 'lifecycle-record-1' is not that of a sealed refusal"),
            ({"kind": "[a-z]*"}, "the format 'lifecycle-record-1' is not that of a sealed"),
        ],
    )
    def test_what_was_changed_is_named(self, change: dict[str, Any], said: str) -> None:
        """In words."""
        [first, *_] = check_bundle(attrs.evolve(BUNDLE, **change))

        assert re.match(said, first)

    def test_an_older_tree_that_is_no_beginning_is_named(self) -> None:
        """The log was rewritten between the two."""
        consistency = attrs.evolve(CONSISTENCY, checkpoint=attrs.evolve(OLDER, root=bytes(32)))

        assert ["the tree of 11 is not shown to begin with the older one of 6"] == check_bundle(
            attrs.evolve(BUNDLE, consistency=consistency)
        )

    def test_an_older_checkpoint_of_another_log_is_named(self) -> None:
        """Even where its tree is the same."""
        consistency = attrs.evolve(CONSISTENCY, checkpoint=attrs.evolve(OLDER, origin=OTHER.origin))

        assert ["the older checkpoint is of another log: example.com/others, not example.com/leads"] == check_bundle(
            attrs.evolve(BUNDLE, consistency=consistency)
        )

    @pytest.mark.parametrize(
        ("kept", "said"),
        [
            (OTHER.checkpoint(11), "the checkpoint given is of another log: example.com/others, not example.com/leads"),
            (LOG.checkpoint(12), "the checkpoint given is of size 12, and the proof is for 11: ask for one"),
            (LOG.checkpoint(7), "the proof does not start from the checkpoint given, of size 7: ask for one that does"),
            (attrs.evolve(OWN, root=bytes(32)), "another root for the size 11: the log was rewritten"),
            (attrs.evolve(OLDER, root=bytes(32)), "another root for the size 6: the log was rewritten"),
        ],
    )
    def test_a_checkpoint_from_outside_that_does_not_fit_is_named(self, kept: Any, said: str) -> None:
        """With what to do about it, where something can be done."""
        [problem] = check_bundle(BUNDLE, [kept])

        assert said in problem

    def test_an_older_checkpoint_needs_a_proof_from_it(self) -> None:
        """One that starts nowhere cannot be compared."""
        assert ["the proof does not start from the checkpoint given, of size 6: ask for one that does"] == check_bundle(
            LOG.bundle(4, 11), [OLDER]
        )

    def test_an_entry_after_the_checkpoint_is_not_vouched_for(self) -> None:
        """That the log was not rewritten says nothing of what was added since."""
        late = LOG.bundle(6, 11, older=6)

        assert ["entry 6 was sealed after the checkpoint of size 6, which therefore cannot vouch for it"] == (
            check_bundle(late, [OLDER])
        )
        assert [] == check_bundle(late, [OLDER, OWN])

    def test_an_owner_who_rewrites_all_is_found_by_what_was_kept(self) -> None:
        """A rewritten log agrees with itself, and not with a checkpoint from before."""
        leaves = [leaf_of("sha256:" + "f" * 64), *LOG.leaves(11)[1:]]
        rewritten = ProofBundle(
            kind="record",
            content=LOG.content(4),
            envelope=LOG.envelope(4),
            index=4,
            path=inclusion_path(4, 11, lambda low, high: root_of(leaves[low:high])),
            checkpoint=attrs.evolve(OWN, root=root_of(leaves)),
        )

        assert [] == check_bundle(rewritten)
        assert [
            "the checkpoint given has another root for the size 11: the log was rewritten, or the proof is false"
        ] == (check_bundle(rewritten, [OWN]))


FORM = BUNDLE.to_mapping()
LESS = {key: value for key, value in FORM.items() if key != "path"}


class TestForm:
    """A bundle as JSON."""

    def test_every_part_is_there(self) -> None:
        """Hashes in hexadecimal, checkpoints as their texts, the envelope sorted."""
        assert {
            "format": "lifecycle-proof-1",
            "kind": "record",
            "content": '{"actor":"sales:Zoë","number":4}',
            "envelope": LOG.envelope(4),
            "index": 4,
            "path": [one.hex() for one in BUNDLE.path],
            "checkpoint": str(OWN),
            "consistency": {"checkpoint": str(OLDER), "path": [one.hex() for one in CONSISTENCY.path]},
        } == FORM
        assert sorted(FORM["envelope"]) == list(FORM["envelope"])

    def test_without_an_older_checkpoint_there_is_no_consistency(self) -> None:
        """Rather than an empty one."""
        assert FORM.keys() - {"consistency"} == LOG.bundle(4, 11).to_mapping().keys()

    @pytest.mark.parametrize(
        ("found", "said"),
        [
            (None, "the proof is not a table of exactly checkpoint, content, .*; consistency may be there too"),
            ([], "the proof is not a table"),
            (LESS, "the proof is not a table of exactly"),
            ({**FORM, "note": ""}, "the proof is not a table of exactly"),
            ({**FORM, "format": "lifecycle-proof-2"}, "format is 'lifecycle-proof-2'; expected 'lifecycle-proof-1'"),
            ({**FORM, "kind": 1}, "kind is 1; expected a text"),
            ({**FORM, "content": {}}, "content is {}; expected a text"),
            ({**FORM, "content": "\ud800"}, "content is .*; expected a text"),
            ({**FORM, "envelope": []}, "envelope is not a table of texts with a format"),
            ({**FORM, "envelope": {}}, "envelope is not a table of texts with a format"),
            ({**FORM, "envelope": {"format": "a", "ü": "b"}}, "envelope is not a table of texts with a format"),
            ({**FORM, "envelope": {"format": "ü"}}, "the envelope's format is 'ü'; expected ASCII"),
            ({**FORM, "envelope": {"format": "a", "number": 1}}, "number is 1; expected a text"),
            ({**FORM, "index": "4"}, "index is '4'; expected a whole number from 0"),
            ({**FORM, "index": True}, "index is True; expected a whole number from 0"),
            ({**FORM, "index": -1}, "index is -1; expected a whole number from 0"),
            ({**FORM, "path": "ab"}, "path is not a list of hashes"),
            ({**FORM, "path": [1]}, "path is not a list of hashes"),
            ({**FORM, "path": ["AB" * 32]}, "path is not a list of hashes, each 64 lower-case hexadecimal digits"),
            ({**FORM, "path": ["ab" * 31]}, "path is not a list of hashes"),
            ({**FORM, "checkpoint": ""}, "this is no checkpoint: line 1"),
            ({**FORM, "consistency": None}, "consistency is not a table of exactly checkpoint, path"),
            ({**FORM, "consistency": {"checkpoint": "", "path": []}}, "this is no checkpoint: line 1"),
        ],
    )
    def test_what_is_no_proof_is_refused(self, found: object, said: str) -> None:
        """With what is wrong, and what was expected."""
        with pytest.raises(ProofError, match=said):
            read_bundle(found)
