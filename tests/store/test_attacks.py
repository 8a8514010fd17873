"""What somebody does who owns the database, and what shows it: the table of docs/explanation/what-can-be-proved.md.

Every attack is made with the owner's rights. Of each it is stated what finds it: the chain, the commitment, the tree,
the rules, a checkpoint from outside, or nobody. It is made in a transaction that is taken back, so that one store is
enough for all of them.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from lifecycle.store import schema
from lifecycle.store.erasing import erase
from lifecycle.store.log import ENTRIES
from lifecycle.store.sql import Store
from lifecycle.store.verify import Layer
from tests.made import day
from tests.store.attacking import Owner, owning
from tests.store.attacks import (
    delete_a_middle_one,
    delete_all,
    delete_the_last,
    delete_the_lead,
    edit_a_column,
    edit_one_with_its_digest,
    edit_the_content,
    edit_the_time_of_recording,
    insert_in_the_past,
    rewrite_the_chain,
    swap_two,
)
from tests.store.lives import ACCEPT, DEFINITION, NOW, OVERRIDE, RECYCLE, lived
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lifecycle.proof import Checkpoint

LEADS: Final = ("1", "2", "3")
BASIS: Final = "gdpr_17"
ONE_CHECKPOINT: Final = "FROM lifecycle_checkpoints LIMIT 1"
ASKED: Final = (ACCEPT, (day(2.1), ACCEPT[1]), (day(2.2), ACCEPT[1]), OVERRIDE, RECYCLE)


@attrs.frozen
class Victim:
    """A store, the subjects of its leads, and checkpoints that somebody else kept."""

    store: Store
    subjects: dict[str, str]
    early: Checkpoint
    kept: Checkpoint


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def victim(request: pytest.FixtureRequest) -> Iterator[Victim]:
    """A store that has been sealed twice: three leads, each refused three times, and another that was erased."""
    with ExitStack() as stack:
        url = "sqlite://"
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgres_server").database())
            init(url)
        store = Store(url)
        stack.callback(store.close)
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            transaction.add([(name, *lived(name, ASKED)) for name in (*LEADS, "gone")], now=NOW)
            subjects = {name: str(transaction.subject_of(name)) for name in (*LEADS, "gone")}
        store.hold("1", basis="case_1", actor="legal:1", now=NOW)
        early = store.seal(now=day(101))
        store.erase("gone", basis=BASIS, actor="legal:1", now=day(102))
        store.release("1", basis="case_1", actor="legal:1", now=day(103))
        yield Victim(store, subjects, early, store.seal(now=day(104)))


@pytest.fixture
def owner(victim: Victim) -> Iterator[Owner]:
    """Somebody with the rights of the owner; what is done is taken back in the end."""
    with owning(victim.store) as owner:
        yield owner


def test_nobody_is_accused(victim: Victim) -> None:
    """Nothing has been done yet, and nothing is found."""
    assert () == victim.store.verify(victim.early, victim.kept).findings


@pytest.mark.parametrize("kind", ["record", "refusal"])
@pytest.mark.parametrize(
    ("attack", "shown_by"),
    [
        (edit_a_column, {Layer.CHAIN}),
        (edit_the_content, {Layer.CHAIN}),
        (edit_the_time_of_recording, {Layer.CHAIN}),
        (edit_one_with_its_digest, {Layer.CHAIN, Layer.TREE}),
        (delete_the_last, {Layer.TREE}),
        (delete_a_middle_one, {Layer.STRUCTURE, Layer.CHAIN, Layer.TREE}),
        (delete_all, {Layer.TREE}),
        (swap_two, {Layer.CHAIN, Layer.COMMITMENT, Layer.TREE}),
        (insert_in_the_past, {Layer.TREE}),
        (rewrite_the_chain, {Layer.TREE}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_attacks_on_entries(
    victim: Victim, owner: Owner, kind: str, attack: Callable[..., None], shown_by: set[Layer]
) -> None:
    """What a lead has lived through, and what it was not granted.

    What is in the database itself shows it, as long as the log is not made anew as well. If it is, its root is another
    one, or it is shorter, than in the checkpoint that somebody else has kept.
    """
    attack(owner, victim.subjects["2"], kind)
    if (attack, kind) == (insert_in_the_past, "record"):  # a move cannot be made twice in a row, either
        shown_by = shown_by | {Layer.STRUCTURE, Layer.CHAIN}
    assert shown_by == owner.found()

    owner.unseal()
    owner.seal()
    assert shown_by - {Layer.TREE} == owner.found()
    assert Layer.OUTSIDE in owner.found(victim.kept)


class TestWhole:
    """Attacks on a whole lead."""

    def test_deleting_a_lead(self, victim: Victim, owner: Owner) -> None:
        """Its leaves are left; sealed anew, the log is shorter than somebody remembers."""
        delete_the_lead(owner, victim.subjects["2"])
        assert {Layer.TREE} == owner.found()

        owner.unseal()
        owner.seal()
        assert set() == owner.found()
        assert ["shorter"] == owner.codes(victim.kept)

    def test_rewriting_everything(self, victim: Victim, owner: Owner) -> None:
        """Chains and tree are right in themselves. Nobody can tell who has no checkpoint; who has one can."""
        for kind in ("record", "refusal"):
            rewrite_the_chain(owner, victim.subjects["2"], kind)
        owner.unseal()
        owner.seal()

        assert set() == owner.found()
        assert {Layer.OUTSIDE} == owner.found(victim.early) == owner.found(victim.kept)

    @pytest.mark.parametrize("kind", ["record", "refusal"])
    def test_telling_a_history_again(self, victim: Victim, owner: Owner, kind: str) -> None:
        """Under another name, as if somebody else had lived through it: digests are over the name, too."""
        for row in owner.rows(kind, victim.subjects["2"]):
            owner.run(ENTRIES[kind].table.insert(), {**row, "subject": "other"})

        assert {Layer.CHAIN, Layer.COMMITMENT, Layer.TREE} == owner.found()

    def test_putting_a_lead_into_the_past(self, victim: Victim, owner: Owner) -> None:
        """It is sealed like everything else: nobody finds it wrong, and its position says when it came."""
        owner.transaction().add([("new", *lived("new"))], now=day(1))
        owner.seal()

        subject = owner.transaction().subject_of("new")
        first = sa.select(sa.func.min(schema.leaves.c.position)).where(schema.leaves.c.subject == subject)
        assert set() == owner.found(victim.early, victim.kept)
        assert victim.kept.size < owner.run(first).scalar_one()

    def test_putting_a_lead_into_the_past_in_secret(self, owner: Owner) -> None:
        """It is not to be sealed, so that it has no position that would tell: then it is not sealed."""
        owner.transaction().add([("new", *lived("new"))], now=day(1))
        owner.forget_waiting()

        assert {"not-sealed"} == set(owner.codes())

    def test_what_waits_and_is_cut_off_is_missed(self, owner: Owner) -> None:
        """As long as it is written down that it waits."""
        owner.transaction().add([("new", *lived("new"))], now=NOW)
        delete_the_lead(owner, str(owner.transaction().subject_of("new")))

        assert ["entry-gone", "entry-gone"] == owner.codes()

    def test_what_was_never_sealed_can_be_cut_off(self, victim: Victim, owner: Owner) -> None:
        """Nobody knows of it but those who saw it: seal often."""
        owner.transaction().add([("new", *lived("new"))], now=NOW)
        delete_the_lead(owner, str(owner.transaction().subject_of("new")))
        owner.forget_waiting()

        assert set() == owner.found(victim.kept)


@pytest.mark.parametrize("table", [schema.details, schema.refusal_details], ids=["record", "refusal"])
class TestDetails:
    """Attacks on details, which can be erased, and not changed."""

    @pytest.mark.parametrize("salt", [{}, {"salt": b"0" * 32}], ids=["same-salt", "other-salt"])
    def test_editing(self, victim: Victim, owner: Owner, table: sa.Table, salt: dict[str, bytes]) -> None:
        """The commitment is to another one; a salt of the attacker's choice does not help."""
        mine = table.c.subject == victim.subjects["2"]
        owner.run(table.update().where(mine).values(body=b'{"note":"never said"}', **salt))

        assert {Layer.COMMITMENT} == owner.found()

    def test_deleting(self, victim: Victim, owner: Owner, table: sa.Table) -> None:
        """The database lets details go, since they may be erased; but then an erasure says so."""
        owner.run(table.delete().where(table.c.subject == victim.subjects["2"]))

        assert {"detail-gone"} == set(owner.codes())


class TestWhose:
    """Attacks on whose a history is."""

    def test_deleting_it(self, victim: Victim, owner: Owner) -> None:
        """No erasure says so, and details refer to it."""
        owner.run(schema.subjects.delete().where(schema.subjects.c.subject == victim.subjects["2"]))

        assert {Layer.COMMITMENT, Layer.STRUCTURE} == owner.found()

    def test_giving_a_history_to_somebody_else(self, victim: Victim, owner: Owner) -> None:
        """Nobody finds it: what would be proved is personal. The history digest, kept outside, is over your ids."""
        for lead, other in (("1", "swapping"), ("2", "1"), ("swapping", "2")):
            owner.run(schema.subjects.update().where(schema.subjects.c.lead == lead).values(lead=other))

        assert set() == owner.found(victim.kept)

    def test_bringing_back_what_was_erased(self, victim: Victim, owner: Owner) -> None:
        """As a restored copy does."""
        owner.run(schema.subjects.insert(), {"subject": victim.subjects["gone"], "lead": "gone"})

        assert {"erased-is-there"} == set(owner.codes())


class TestErasures:
    """Attacks on what was done to personal data: a hold, an erasure, a release."""

    @pytest.mark.parametrize(
        ("attack", "shown_by"),
        [
            (edit_the_content, {Layer.CHAIN}),
            (edit_the_time_of_recording, {Layer.CHAIN}),
            (delete_the_last, {Layer.TREE}),
            (delete_a_middle_one, {Layer.CHAIN, Layer.COMMITMENT, Layer.TREE}),
            (delete_all, {Layer.COMMITMENT, Layer.TREE}),
            (rewrite_the_chain, {Layer.TREE}),
        ],
        ids=lambda value: getattr(value, "__name__", ""),
    )
    def test_it_is_found(self, victim: Victim, owner: Owner, attack: Callable[..., None], shown_by: set[Layer]) -> None:
        """Without help; and sealed anew, by a checkpoint from outside."""
        attack(owner, "", "erasure")
        assert shown_by <= owner.found()

        owner.unseal()
        owner.seal()
        assert Layer.TREE not in owner.found()
        assert Layer.OUTSIDE in owner.found(victim.kept)

    def test_saying_that_it_was_erased(self, victim: Victim, owner: Owner) -> None:
        """To delete and to say so is nothing that could be found: it is in the log, with who did it and when."""
        erase(owner.transaction(), "2", basis=BASIS, actor="legal:2", now=day(200))
        owner.seal()

        assert set() == owner.found(victim.kept)
        assert "erase" == owner.rows("erasure", "")[-1]["action"]


class TestRules:
    """Attacks on what was agreed."""

    def test_editing_the_text_of_a_definition(self, owner: Owner) -> None:
        """Its hash is another one, and no record can be re-checked by it."""
        text = DEFINITION.text.replace('when = "likes"', 'when = "not likes"')
        owner.run(schema.definitions.update().values(text=text))

        assert {"definition-text", "recheck"} == set(owner.codes())

    def test_editing_a_comment(self, victim: Victim, owner: Owner) -> None:
        """Nobody finds it: comments and the agreement are not part of what is hashed."""
        owner.run(schema.definitions.update().values(text=DEFINITION.text + "\n# we all signed this\n"))

        assert set() == owner.found(victim.kept)

    def test_editing_what_judged(self, owner: Owner) -> None:
        """Plugins, their versions and parameters."""
        owner.run(schema.rules.update().values(content=b'{"definition":"x"}'))

        assert ["rules-content"] == owner.codes()

    def test_allowing_a_move(self, owner: Owner) -> None:
        """The table of edges is what the database checks moves against."""
        edge = {"definition_hash": DEFINITION.hash, "trigger": "skip", "source": "iql", "target": "sal"}
        owner.run(schema.edges.insert(), edge)

        assert ["definition-edges"] == owner.codes()

    def test_a_move_that_the_definition_does_not_allow(self, victim: Victim, owner: Owner) -> None:
        """With right digests from the first to the last, and sealed anew: the definition of its day says no."""

        def skip(content: dict[str, Any]) -> None:
            if content["sequence"] == 3:
                content["trigger"] = "recycle"

        owner.rewrite("record", victim.subjects["2"], skip)
        owner.unseal()
        owner.seal()

        assert {"illegal-move", "dangling", "recheck"} >= set(owner.codes()) >= {"dangling"}
        assert Layer.CHAIN in owner.found()

    def test_a_result_that_does_not_follow(self, victim: Victim, owner: Owner) -> None:
        """The move is legal, and its own atoms say that it was not granted."""

        def met(content: dict[str, Any]) -> None:
            if content["sequence"] == 2:
                content["atoms"] = {"demo": "unmet"}

        owner.rewrite("record", victim.subjects["2"], met)
        owner.unseal()
        owner.seal()

        assert ["recheck"] == owner.codes()


class TestLog:
    """Attacks on the sealed log itself."""

    @pytest.mark.parametrize(
        ("statement", "codes"),
        [
            ("UPDATE lifecycle_leaves SET digest = 'sha256:other' WHERE position = 5", {"leaf", "root"}),
            ("DELETE FROM lifecycle_leaves WHERE position = 5", {"not-sealed", "position"}),
            ("DELETE FROM lifecycle_leaves WHERE position > 30", {"not-sealed", "root"}),
            ("UPDATE lifecycle_leaves SET position = position + 1000 WHERE position > 30", {"position"}),
            ("DELETE FROM lifecycle_checkpoints", {"root"}),
            ("UPDATE lifecycle_checkpoints SET size = size - 1", {"root"}),
            ("UPDATE lifecycle_checkpoints SET size = 40 - size", {"root", "checkpoint-order"}),
            ("INSERT INTO lifecycle_tiles SELECT 8, 0, root FROM lifecycle_checkpoints LIMIT 1", {"tile"}),
            ("INSERT INTO lifecycle_leaves VALUES (999, 'record', 'x', 1, 'sha256:x')", {"entry-gone", "position"}),
            (f"INSERT INTO lifecycle_checkpoints SELECT {2**52}, 999, root, frontier {ONE_CHECKPOINT}", {"root"}),
        ],
    )
    def test_it_is_found(self, owner: Owner, statement: str, codes: set[str]) -> None:
        """Positions are dense, and every checkpoint is the root of its leaves."""
        owner.run(statement)

        assert codes == set(owner.codes())

    def test_moving_the_time_of_a_sealing(self, victim: Victim, owner: Owner) -> None:
        """What was known at an instant would be another answer: whoever kept the checkpoint can tell."""
        owner.run("UPDATE lifecycle_checkpoints SET at = at + 1")

        assert [] == owner.codes()
        assert ["another-time"] == owner.codes(victim.kept)

    def test_adding_the_time_of_a_sealing(self, victim: Victim, owner: Owner) -> None:
        """Nobody can tell which of two of one size is the true one, while nothing was sealed or written between."""
        owner.run(
            "INSERT INTO lifecycle_checkpoints SELECT at - 1000000, size, root, frontier FROM lifecycle_checkpoints "
            "WHERE size = (SELECT max(size) FROM lifecycle_checkpoints)"
        )
        assert [] == owner.codes(victim.early, victim.kept)

        owner.run(
            "INSERT INTO lifecycle_checkpoints SELECT 0, size, root, frontier FROM lifecycle_checkpoints "
            "WHERE size = (SELECT max(size) FROM lifecycle_checkpoints) LIMIT 1"
        )
        assert {"checkpoint-order", "sealed-early"} == set(owner.codes(victim.early, victim.kept))

    def test_adding_a_property(self, victim: Victim, owner: Owner) -> None:
        """Nothing reads it."""
        owner.run("INSERT INTO lifecycle_properties VALUES ('theirs', 'x')")

        assert [] == owner.codes(victim.early, victim.kept)

    def test_a_checkpoint_of_another_log(self, victim: Victim, owner: Owner) -> None:
        """It says nothing of this one."""
        other = attrs.evolve(victim.kept, origin="lead-lifecycle/other")

        assert ["another-log"] == owner.codes(other)


@pytest.mark.parametrize("table", ["records", "refusals", "erasures", "definitions", "rules", "leaves", "checkpoints"])
def test_who_does_not_own_the_database_is_refused(victim: Victim, table: str) -> None:
    """Nothing of what is kept for good is changed or deleted, whatever the program says."""
    column = next(iter(schema.metadata.tables[f"lifecycle_{table}"].columns)).name
    for statement in (f"UPDATE lifecycle_{table} SET {column} = {column}", f"DELETE FROM lifecycle_{table}"):
        with victim.store.engine.connect() as connection, pytest.raises(DBAPIError, match="is insert-only"):
            connection.execute(sa.text(statement))
