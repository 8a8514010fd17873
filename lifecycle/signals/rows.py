"""A `[[rows]]` table of a mapping bound to the columns of one file: from cells to signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from lifecycle.errors import Place, Problem, SignalError
from lifecycle.signals.cells import Reader, SkippedError, cell_reader, instant_reader, text_of
from lifecycle.signals.mapping import At, Cell, Join, MappingFile, Rows, as_column, as_constant, ends_with
from lifecycle.signals.signal import NOTHING, Seen, Signal, SignalType, Tally, check_actor
from lifecycle.signals.tables import Table, open_table
from lifecycle.spelling import did_you_mean

__all__ = ["BoundTable", "bind", "read_table"]

Fact = tuple[SignalType, "str | None", Mapping[str, Any]]
FactReader = Callable[[Sequence[Any]], "Fact | None"]


@attrs.define
class _BoundRows:
    """One `[[rows]]` table, ready to read the rows of one file."""

    where: Sequence[tuple[int, frozenset[str]]]
    lead: Reader
    lead_name: str
    at: Callable[[Sequence[Any]], datetime | None]
    identifier: Reader
    facts: Sequence[FactReader]
    extend: Sequence[Callable[[Sequence[Any]], Sequence[Any]]]

    def signals(self, cells: Sequence[Any], place: Place) -> list[Signal]:
        """Give the signals of a row, in the order profile, channel, activity, answer, request; none if it is filtered.

        Raises:
            SignalError: the row must be refused.
        """
        for extend in self.extend:
            cells = (*cells, *extend(cells))
        if any(text_of(cells[index]) not in wanted for index, wanted in self.where):
            return []
        lead = None
        try:
            lead = self.lead_of(cells)
            return self.signals_of(lead, cells, place)
        except SkippedError:
            return []
        except ValueError as error:
            raise SignalError(str(error), place=place, lead=lead) from error

    def signals_of(self, lead: str, cells: Sequence[Any], place: Place) -> list[Signal]:
        """Give the signals of a row of this lead.

        Raises:
            SkippedError: the mapping leaves the row out.
            ValueError: a cell cannot be read.
        """
        facts = [fact for read in self.facts if (fact := read(cells)) is not None]
        if not facts:
            return []
        at = self.at(cells)
        identifier = text_of(self.identifier(cells)) or None
        names = _identifiers(identifier, facts)
        return [Signal(lead, at, *fact, name, place) for fact, name in zip(facts, names, strict=True)]

    def lead_of(self, cells: Sequence[Any]) -> str:
        """Give the lead of a row.

        Raises:
            ValueError: the row names none.
        """
        lead = text_of(self.lead(cells))
        if not lead:
            raise ValueError(f"no lead in {self.lead_name}")
        return lead


def _identifiers(identifier: str | None, facts: Sequence[Fact]) -> Iterator[str | None]:
    """Tell the signals of one row apart: the first has the row's `id`, each further one also its type."""
    for position, (type_, _, _) in enumerate(facts):
        yield f"{identifier}#{type_.value}" if position and identifier is not None else identifier


@attrs.define
class BoundTable:
    """A file, and the `[[rows]]` tables that read it."""

    path: Path
    table: Table
    rows: list[_BoundRows]
    wanted: frozenset[int]


def read_table(bound: BoundTable, tally: Tally, seen: Seen) -> Iterator[Signal]:
    """Yield the signals of a file, row by row, counting each row once for each `[[rows]]` table."""
    file = str(bound.path)
    for number, cells, problem in bound.table.rows(bound.wanted):
        place = Place(file, number)
        for rows in bound.rows:
            if problem is not None:
                tally.refuse(SignalError(problem, place=place))
                continue
            try:
                signals = rows.signals(cells, place)
            except SignalError as error:
                tally.refuse(error)
                continue
            if not signals:
                tally.filter()
            elif seen.is_repeated(signals[0].lead, signals[0].identifier):
                tally.repeat()
            else:
                tally.use(len(signals))
                yield from signals


# --- Binding -------------------------------------------------------------------------------------------------------


def bind(mapping: MappingFile, path: Path, indices: Sequence[int], given: Sequence[Path]) -> BoundTable:
    """Open a file and bind the `[[rows]]` tables that read it to its columns.

    Args:
        mapping: The mapping file.
        path: The file.
        indices: Which of the `[[rows]]` tables read it.
        given: All files of this run, among which joined tables are sought.

    Raises:
        MappingError: a column is not there, or stands there twice; a joined table is not found, or gives a key twice.
        CallerError: the file cannot be opened.
        OSError: the file cannot be read.
    """
    problems: list[Problem] = []
    first = mapping.rows[indices[0]]
    table = open_table(path, first.delimiter, first.encoding)
    wanted: set[int] = set()
    bound: list[_BoundRows] = []
    for index in indices:
        binder = _Binder(mapping, index, path, list(table.columns), problems, wanted)
        if (binder.rows.delimiter, binder.rows.encoding) != (first.delimiter, first.encoding):
            binder.wrong(
                "unequal-rows", f"all [[rows]] tables that read {path.name} need one delimiter and encoding", "file"
            )
        bound.append(binder.bound(given))
    mapping.check(problems)
    return BoundTable(path, table, bound, frozenset(wanted))


@attrs.define
class _Binder:
    """Binds one `[[rows]]` table; what is wrong is added to `problems`, and binding goes on."""

    mapping: MappingFile
    index: int
    path: Path
    columns: list[str]
    problems: list[Problem]
    wanted: set[int]

    @property
    def rows(self) -> Rows:
        return self.mapping.rows[self.index]

    def wrong(self, code: str, message: str, *path: str | int) -> None:
        self.problems.append(self.mapping.document.problem(code, message, ("rows", self.index, *path)))

    def position(self, *path: str | int) -> Callable[[str], int]:
        """Give what finds a column's position for the part of the mapping at `path`."""

        def find(column: str) -> int:
            count = self.columns.count(column)
            if count != 1:
                self.wrong("unknown-column", self._not_one(column, count), *path)
                return 0
            found = self.columns.index(column)
            self.wanted.add(found)
            return found

        return find

    def _not_one(self, column: str, count: int) -> str:
        if count:
            return f"{self.path.name} has {count} columns named {column!r}"
        hint = did_you_mean(column, self.columns)
        return f"unknown column {column!r} in {self.path.name}{hint}; it has: {', '.join(self.columns) or 'none'}"

    def bound(self, given: Sequence[Path]) -> _BoundRows:
        extend = [
            self.joined(join, given, ("join", place) if isinstance(self.rows.join, tuple) else ("join",))
            for place, join in enumerate(self.rows.joins)
        ]
        rows, lead = self.rows, as_column(self.rows.lead)
        at = At(column=rows.at) if isinstance(rows.at, str) else rows.at
        return _BoundRows(
            where=[(self.position("where", column)(column), _wanted(texts)) for column, texts in rows.where.items()],
            lead=cell_reader(lead, self.position("lead")),
            lead_name=f"column {lead.column!r}",
            at=instant_reader(at, self.position("at")),
            identifier=_nothing if rows.id is None else cell_reader(as_column(rows.id), self.position("id")),
            facts=list(self.facts()),
            extend=extend,
        )

    def facts(self) -> Iterator[FactReader]:
        """Yield the readers of facts, in the order in which a row gives them."""
        rows = self.rows
        if rows.profile:
            yield _fields(SignalType.PROFILE, self.cells("profile", rows.profile))
        if rows.channel is not None:
            yield _named(SignalType.CHANNEL, self.constant("channel"), {})
        if rows.activity is not None:
            yield _named(SignalType.ACTIVITY, self.constant("activity"), self.cells("properties", rows.properties))
        if rows.answers:
            yield _fields(SignalType.ANSWER, self.cells("answers", rows.answers))
        if rows.request is not None:
            yield self.request()

    def cells(self, key: str, cells: Mapping[str, str | Cell]) -> Mapping[str, Reader]:
        return {name: cell_reader(as_column(cell), self.position(key, name)) for name, cell in cells.items()}

    def constant(self, key: str) -> Reader:
        return cell_reader(as_constant(getattr(self.rows, key)), self.position(key))

    def request(self) -> FactReader:
        given = {
            key: as_constant(cell)
            for key in ("trigger", "actor", "reason", "note", "override")
            if (cell := getattr(self.rows.request, key)) is not None and cell is not False
        }
        if "override" in given and given["override"].type is None:
            given["override"] = attrs.evolve(given["override"], type="yes_no")
        readers = {key: cell_reader(cell, self.position("request", key)) for key, cell in given.items()}
        return _request(readers.pop("trigger"), readers)

    # -- Joins --

    def joined(
        self, join: Join, given: Sequence[Path], where: tuple[str | int, ...]
    ) -> Callable[[Sequence[Any]], Sequence[Any]]:
        """Read a joined table whole, add its columns, and give what finds the cells to add to a row."""
        path = next((path for path in given if ends_with(path, join.file)), self.path.parent / join.file)
        if not path.is_file():
            self.wrong("unknown-file", f"{join.file!r} is neither among the files nor beside {self.path.name}", *where)
            return lambda _: ()
        on = self.position(*where, "on")(join.on)
        table = open_table(path, join.delimiter, join.encoding)
        key = join.key or join.on
        other = _Binder(self.mapping, self.index, path, list(table.columns), self.problems, set())
        lookup = self.lookup(table, path, other.position(*where, "key" if join.key else "on")(key), where)
        known = set(self.columns)
        added = [index for index, column in enumerate(table.columns) if column not in known]
        self.columns += [table.columns[index] for index in added]
        picked = {text: [cells[index] for index in added] for text, cells in lookup.items()}
        blank = [None] * len(added)
        return lambda cells: picked.get(text_of(cells[on]), blank)

    def lookup(self, table: Table, path: Path, key: int, where: tuple[str | int, ...]) -> dict[str, Sequence[Any]]:
        found: dict[str, Sequence[Any]] = {}
        for number, cells, problem in table.rows(range(len(table.columns))):
            text = "" if problem else text_of(cells[key])
            wrong = "gives a key that an earlier row has given" if text in found else problem
            if wrong is not None:
                self.wrong("unusable-join", f"{Place(str(path), number)} {wrong}", *where)
            elif text:
                found[text] = cells
        return found


def _wanted(texts: str | Sequence[str]) -> frozenset[str]:
    return frozenset({texts} if isinstance(texts, str) else texts)


def _nothing(_: Sequence[Any]) -> None:
    return None


def _read_all(readers: Mapping[str, Reader], row: Sequence[Any]) -> Mapping[str, Any]:
    values = ((name, read(row)) for name, read in readers.items())
    return {name: value for name, value in values if value is not None}


def _fields(type_: SignalType, readers: Mapping[str, Reader]) -> FactReader:
    def read(row: Sequence[Any]) -> Fact | None:
        data = _read_all(readers, row)
        return (type_, None, data) if data else None

    return read


def _named(type_: SignalType, name: Reader, readers: Mapping[str, Reader]) -> FactReader:
    def read(row: Sequence[Any]) -> Fact | None:
        text = text_of(name(row))
        return (type_, text, _read_all(readers, row) if readers else NOTHING) if text else None

    return read


def _request(trigger: Reader, readers: Mapping[str, Reader]) -> FactReader:
    def read(row: Sequence[Any]) -> Fact | None:
        name = text_of(trigger(row))
        if not name:
            return None
        data = {key: value if key == "override" else text_of(value) for key, value in _read_all(readers, row).items()}
        check_actor(data.get("actor", ""))
        return SignalType.REQUEST, name, data

    return read
