"""Histories, explanations and figures as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lifecycle.cli.screen import indented, moment, say
from lifecycle.cli.tables import facts_view, shorter, table
from lifecycle.decision import Decision, Explanation, Missing, Way
from lifecycle.definition import Definition, Transition
from lifecycle.funnel import Funnel
from lifecycle.record import Record, Refusal

if TYPE_CHECKING:
    from lifecycle.store.counting import Blocking
    from lifecycle.store.erasing import Held
    from lifecycle.store.standing import Scored, Standing

__all__ = [
    "blocking_view",
    "decision_view",
    "explanation_view",
    "found_records_view",
    "found_refusals_view",
    "funnel_view",
    "history_view",
    "holds_view",
    "how_view",
    "lead_view",
    "leads_view",
    "move_view",
    "moves_view",
    "outcome_view",
    "refusals_view",
    "verdicts_view",
]

FEW: Final = 3
"""How many changes of a transition are shown unless all are asked for: the smallest ones, which a person would try."""

FEW_SOURCES: Final = 4
"""How many entries that could give points are named unless all are asked for."""

_FEW_LETTERS: Final = 8
_BAR: Final = 16
_OUTCOMES: Final = {"met": "green", "unmet": "red", "unknown": "yellow", "failed": "bold red"}
_OUTSIDE: Final = "outside the lifecycle"


# --- Histories -------------------------------------------------------------------------------------------------------


def history_view(records: Iterable[Record], below: Sequence[RenderableType | None] = ()) -> RenderableType:
    """Give a history, a record a line, each with what stands below it."""
    rows = (
        (
            record.sequence,
            _when(record.at),
            move_view(record.source, record.target),
            record.trigger,
            record.actor,
            how_view(record),
        )
        for record in records
    )
    return table(("#no", "!at", "move", "trigger", "by", "how"), rows, below=below)


def move_view(source: str | None, target: str) -> str:
    """Give a move as an arrow."""
    return f"{source or '(new)'} -> {target}"


def how_view(record: Record) -> str:
    """Say how a move came about: by itself, asked for, with a reason, waiving what did not hold."""
    parts = [record.kind.value]
    if record.reason is not None:
        parts.append(record.reason)
    if record.waived:
        parts.append(f"waived {', '.join(record.waived)}")
    return ", ".join(parts)


def refusals_view(refusals: Iterable[Refusal], below: Sequence[RenderableType | None] = ()) -> RenderableType:
    """Give what was not granted, a refusal a line, each with what stands below it."""
    rows = (
        (
            _when(refusal.at),
            refusal.trigger,
            refusal.stage or "(new)",
            refusal.actor,
            say(refusal.result.value, "yellow"),
            ", ".join(refusal.blockers) or None,
        )
        for refusal in refusals
    )
    return table(("!at", "trigger", "in", "by", "result", "in the way"), rows, below=below)


def found_records_view(records: Iterable[Record]) -> RenderableType:
    """Give records of many leads, one a line."""
    rows = (
        (
            _lead(record),
            record.sequence,
            _when(record.at),
            move_view(record.source, record.target),
            record.trigger,
            record.actor,
            how_view(record),
        )
        for record in records
    )
    return table(("lead", "#no", "!at", "move", "trigger", "by", "how"), rows)


def found_refusals_view(refusals: Iterable[Refusal]) -> RenderableType:
    """Give refusals of many leads, one a line."""
    rows = (
        (
            _lead(refusal),
            refusal.number,
            _when(refusal.at),
            refusal.trigger,
            refusal.stage or "(new)",
            refusal.actor,
            say(refusal.result.value, "yellow"),
            ", ".join(refusal.blockers) or None,
        )
        for refusal in refusals
    )
    return table(("lead", "#no", "!at", "trigger", "in", "by", "result", "in the way"), rows)


def _lead(entry: Record | Refusal) -> Text:
    return lead_view(entry.lead, None if entry.envelope is None else entry.envelope.subject)


def lead_view(lead: str | None, subject: str | None) -> Text:
    """Name a lead by your id, an erased one by what remains: its end tells it from others, its beginning is time."""
    if lead is not None:
        return say(lead)
    return say(None, "dim") if subject is None else shorter(f"({subject})", f"(...{subject[-_FEW_LETTERS:]})", "dim")


def _when(at: datetime | None) -> Text:
    """Give an instant as a cell; where there is no room, to the second."""
    return shorter(moment(at), moment(None if at is None else at.replace(microsecond=0)))


def leads_view(found: Iterable[Standing], *, with_score: bool = False) -> RenderableType:
    """Give where leads stand, one a line, with a score and the instant it is of."""
    rows = (
        (
            lead_view(one.lead, one.subject),
            one.stage,
            _when(one.since),
            *(_score(one.score) if with_score else ()),
        )
        for one in found
    )
    return table(("lead", "stage", "!since", *(("#score", "!as of") if with_score else ())), rows)


def holds_view(found: Iterable[Held]) -> RenderableType:
    """Give who is held, a hold a line."""
    rows = ((lead_view(one.lead, one.subject), one.basis, moment(one.since), one.actor) for one in found)
    return table(("lead", "basis", "!since", "by"), rows)


def _score(score: Scored | None) -> tuple[object, object]:
    if score is None:
        return say(None, "dim"), say(None, "dim")
    points = f"{score.low}" if score.low == score.high else f"{score.low} to {score.high}"
    return points, _when(score.at)


def blocking_view(found: Iterable[Blocking]) -> RenderableType:
    """Give what stands in the way of how many leads."""
    rows = (
        (one.atom, one.stage or "(new)", one.trigger, f"{one.leads:,}", f"{one.waiting:,}", f"{one.refusals:,}")
        for one in found
    )
    return table(("atom", "in", "trigger", "#leads", "#not moved since", "#refusals"), rows)


def verdicts_view(detail: Mapping[str, Any] | None) -> RenderableType | None:
    """Give what one decision rested on: every verdict and score, and the note; None for nothing."""
    if detail is None:
        return say("the details have been erased", "dim")
    rows = list(_verdict_rows(detail))
    return table(("criterion", "found", "why"), rows, header=False) if rows else None


def _verdict_rows(detail: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for name, verdict in detail["verdicts"].items():
        outcome = verdict["outcome"]
        yield name, outcome_view(outcome), verdict["message"]
    for name, score in detail["scores"].items():
        low, high = score["low"], score["high"]
        yield name, "score", low if low == high else f"{low} to {high}"
    for text in detail["forbidden"]:
        yield "not allowed", "", text
    if detail["note"] is not None:
        yield "note", "", detail["note"]


def outcome_view(outcome: str) -> Text:
    """Give what an atom was, in its colour."""
    return say(outcome, _OUTCOMES[outcome])


def moves_view(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Give how often each move was made."""
    return table(
        ("from", "to", "#count"), ((row["source"] or "(new)", row["target"], f"{row['count']:,}") for row in rows)
    )


# --- Decisions and explanations --------------------------------------------------------------------------------------


def decision_view(definition: Definition, decision: Decision) -> Iterator[RenderableType]:
    """Give a decision: the result, and everything that stood in its way."""
    style = "bold green" if decision.granted else "bold yellow"
    where = decision.source or _OUTSIDE
    yield Text.assemble(say(decision.trigger), " in ", say(where), ": ", say(decision.result.value, style))
    if decision.target is None:
        there = ", ".join(transition.trigger for transition in definition.leaving(decision.source))
        yield say(f"  the definition has no transition {decision.trigger} there; it has {there or 'none at all'}")
    for sentence in decision.forbidden:
        yield say(f"  {sentence}")
    for atom in decision.blockers:
        verdict = decision.verdicts.get(atom)
        found = decision.atoms[atom].value if verdict is None else verdict.message
        yield say(f"  {'waived' if decision.waived else 'in the way'}: {atom} ({found})")


def explanation_view(
    definition: Definition, explanation: Explanation, lead: str, *, every: bool = False
) -> Iterator[RenderableType]:
    """Give where a lead stands, and for every way out of there what is missing."""
    journey = explanation.journey
    stage = definition.stages.get(journey.stage or "")
    label = "" if stage is None or stage.label is None else f" ({stage.label})"
    standing = _OUTSIDE if journey.stage is None else f"in {journey.stage}{label}"
    yield Text.assemble("lead ", say(lead, "bold"), " is ", say(standing, "bold"))
    since = {"since": moment(journey.since)} if journey.since is not None else {}
    yield facts_view({**since, "as of": moment(explanation.at), "cycle": journey.cycle})
    for way in explanation.ways:
        yield Text()
        yield _way_title(way)
        yield from _way_lines(definition, way, every=every)
    if not explanation.ways:
        yield say("No transition leads out of this stage.")


def _way_title(way: Way) -> Text:
    found = say("open", "bold green") if way.open else say("closed", "bold yellow")
    if way.decision.result.value in {"looped", "failed"}:
        found = say(way.decision.result.value, "bold red")
    title = f"{way.transition.trigger} -> {way.transition.target}"
    return Text.assemble(say(title, "bold"), "  ", found, "  ", say(_who(way.transition), "dim"))


def _who(transition: Transition) -> str:
    roles = "anyone" if transition.by is None else ", ".join(transition.by)
    parts = [f"asked by {roles}"]
    if transition.automatic:
        parts = ["by itself"] if transition.by is None else ["by itself", f"or asked by {roles}"]
    if transition.override_by:
        parts.append(f"override by {', '.join(transition.override_by)}")
    if transition.reasons:
        parts.append(f"with a reason: {', '.join(transition.reasons)}")
    return "; ".join(parts)


def _way_lines(definition: Definition, way: Way, *, every: bool) -> Iterator[RenderableType]:
    if way.decision.result.value == "looped":
        yield say("  the lead has left or entered this stage in this very instant")
        return
    if not way.open and not way.changes:
        yield say("  nothing that can be known would open it")
    shown = way.changes if every else way.changes[:FEW]
    for number, change in enumerate(shown, 1):
        head = "it takes" if len(way.changes) == 1 else f"either ({number})" if number == 1 else f"or ({number})"
        yield indented(_change_view(definition, head, change, every=every))
    if len(shown) < len(way.changes):
        yield say(f"  ... or one of {len(way.changes) - len(shown)} more (--all shows them)", "dim")


def _change_view(definition: Definition, head: str, change: Sequence[Missing], *, every: bool) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True, min_width=len("either (1)"))
    made.add_column(overflow="fold")
    made.add_column(overflow="fold")
    for place, missing in enumerate(change):
        wanted = missing.atom if missing.wanted else f"not {missing.atom}"
        made.add_row(
            "" if place else head,
            say(wanted),
            say(_lack(definition, missing, every=every), _OUTCOMES[missing.outcome.value]),
        )
    return made


def _lack(definition: Definition, missing: Missing, *, every: bool) -> str:
    parts = [missing.message]
    upwards = missing.wanted is (">" in missing.atom)
    if missing.points:
        points = f"{missing.points} {'more ' if upwards else ''}point{'' if missing.points == 1 else 's'}"
        parts.append(f"{points} needed" if upwards else f"{points} too many")
    if missing.sources and upwards:
        parts.append(f"could give: {_listed(missing.sources, every=every)}")
    elif missing.sources:
        points_of = definition.scores[missing.atom.partition(" ")[0]].points
        given = [(name, points) for name, points in missing.sources if points_of[name].most > 0]
        penalties = [(name, points) for name, points in missing.sources if points_of[name].most < 0]
        parts += [f"comes from: {_listed(given, every=every)}"] if given else []
        parts += [f"could take away: {_listed(penalties, every=every)}"] if penalties else []
    if missing.may_change_at is not None:
        parts.append(f"time alone may change it at {moment(missing.may_change_at)}")
    return "; ".join(parts)


def _listed(sources: Sequence[tuple[str, int]], *, every: bool) -> str:
    shown = sources if every else sources[:FEW_SOURCES]
    more = f", and {len(sources) - len(shown)} more" if len(shown) < len(sources) else ""
    return ", ".join(f"{name} {points}" for name, points in shown) + more


# --- Figures ---------------------------------------------------------------------------------------------------------


def funnel_view(definition: Definition, figures: Funnel) -> Iterator[RenderableType]:
    """Give a funnel: how many came how far, how many of the stage before, and how long it took."""
    top = max((one.reached for one in figures.stages), default=0)
    rows = (
        (
            one.stage,
            f"{one.reached:,}",
            say(_bar(one.reached, top), "cyan"),
            _percent(one.conversion),
            _days(one.median),
            f"{one.now:,}",
        )
        for one in figures.stages
    )
    yield table(("stage", "#reached", "", "#conversion", "#median", "#now"), rows)
    skipped = [(one.stage, one.skipped) for one in figures.stages if one.skipped]
    if skipped:
        yield say("passed without a stop: " + ", ".join(f"{stage} {count:,}" for stage, count in skipped))
    aside = [(stage, count) for stage, count in figures.now.items() if count and stage not in definition.path]
    if aside:
        yield say("beside the path: " + ", ".join(f"{stage} {count:,}" for stage, count in aside))
    if figures.acceptance is not None:
        yield say(_acceptance(figures))


def _acceptance(figures: Funnel) -> str:
    found = figures.acceptance
    assert found is not None
    wanted = "" if found.wanted is None else f", {_percent(found.wanted)} agreed"
    rate = "nothing was decided yet" if found.rate is None else f"{_percent(found.rate)}{wanted}"
    return (
        f"acceptance: {rate} ({found.accepted} accepted, {found.declined} declined, {found.lapsed} lapsed, "
        f"{found.waiting} waiting)"
    )


def _bar(count: int, top: int) -> str:
    return "\u2588" * max(round(_BAR * count / top), 1 if count else 0) if top else ""


def _percent(share: Fraction | None) -> str:
    return "-" if share is None else f"{round(share * 100)} %"


def _days(time: timedelta | None) -> str:
    return "-" if time is None else f"{time / timedelta(days=1):.1f} d"
