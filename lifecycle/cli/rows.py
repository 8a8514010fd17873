"""Records, refusals, explanations and the like as plain rows, for `--json` and for exports.

The keys are promised: a program that reads them must not break. New ones may come; none goes, and none changes its
meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle.decision import Decision, Explanation, Way
from lifecycle.definition import Definition
from lifecycle.erasure import Erasure
from lifecycle.funnel import Acceptance, Funnel
from lifecycle.record import Record, Refusal
from lifecycle.replay import Replay

if TYPE_CHECKING:
    from lifecycle.store.standing import Standing

__all__ = [
    "COLUMNS",
    "decision_row",
    "definition_row",
    "erasure_row",
    "explanation_row",
    "funnel_row",
    "record_row",
    "refusal_row",
    "replay_row",
    "standing_row",
    "transitions_rows",
]

Row = Mapping[str, Any]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "records": (
        *("lead", "subject", "sequence", "cycle", "trigger", "source", "target", "at", "recorded_at", "actor", "kind"),
        *("reason", "definition", "version", "definition_hash", "rules_digest", "atoms", "waived", "dimensions"),
        *("format", "commitment", "previous", "digest", "position"),
    ),
    "refusals": (
        *("lead", "subject", "number", "at", "recorded_at", "trigger", "stage", "sequence", "cycle", "actor", "kind"),
        *("reason", "result", "blockers", "atoms", "definition", "version", "rules_digest"),
        *("format", "commitment", "previous", "digest", "position"),
    ),
    "erasures": (
        *("number", "action", "subject", "basis", "actor", "at", "recorded_at", "before", "records", "refusals"),
        *("counts", "format", "previous", "digest", "position"),
    ),
    "definitions": ("name", "version", "hash", "recorded_at", "rules", "text"),
}
"""The keys of exported rows, in their order. With details there is one more, `detail`."""


def record_row(record: Record, *, with_details: bool = False) -> Row:
    """Give a record; `lead` is your id, and null once the lead is erased, when `subject` remains."""
    return _entry_row(record, COLUMNS["records"], with_details=with_details)


def refusal_row(refusal: Refusal, *, with_details: bool = False) -> Row:
    """Give a refusal; `sequence` is the number of the lead's last record, and `blockers` are what stood in the way."""
    return _entry_row(refusal, COLUMNS["refusals"], with_details=with_details)


def erasure_row(erasure: Erasure) -> Row:
    """Give an erasure, a hold, its release or a redaction; `subject` is all that tells whose."""
    return _entry_row(erasure, COLUMNS["erasures"], with_details=False)


def _entry_row(entry: Record | Refusal | Erasure, columns: tuple[str, ...], *, with_details: bool) -> Row:
    """Give what is in the entry, and what its envelope adds; that is null until it is stored."""
    row = {name: getattr(entry, name, getattr(entry.envelope, name, None)) for name in columns}
    return {**row, "detail": entry.detail} if with_details and not isinstance(entry, Erasure) else row


def standing_row(standing: Standing, *, with_score: bool = False) -> Row:
    """Give where a lead stands; with a score it says of what instant that is, and is null where it is not known."""
    row = {name: getattr(standing, name) for name in ("lead", "subject", "stage", "since", "sequence")}
    score = standing.score
    return {**row, "score": None if score is None else attrs.asdict(score)} if with_score else row


def definition_row(definition: Definition) -> Row:
    """Name a definition, its version and its text."""
    return {"name": definition.name, "version": definition.version, "hash": definition.hash}


def decision_row(decision: Decision) -> Row:
    """Give a decision with every verdict and score that it rests on."""
    return {
        "result": decision.result,
        "kind": decision.kind,
        "trigger": decision.trigger,
        "source": decision.source,
        "target": decision.target,
        "at": decision.at,
        "actor": decision.actor,
        "reason": decision.reason,
        "forbidden": decision.forbidden,
        "blockers": decision.blockers,
        "waived": decision.waived,
        "atoms": decision.atoms,
        "verdicts": {name: attrs.asdict(verdict) for name, verdict in decision.verdicts.items()},
        "scores": {name: {"low": interval.low, "high": interval.high} for name, interval in decision.scores.items()},
    }


def explanation_row(explanation: Explanation) -> Row:
    """Give where a lead stands, and every way out of there."""
    journey = explanation.journey
    return {
        "at": explanation.at,
        "stage": journey.stage,
        "since": journey.since,
        "cycle": journey.cycle,
        "sequence": journey.sequence,
        "ways": [_way_row(way) for way in explanation.ways],
    }


def _way_row(way: Way) -> Row:
    transition = way.transition
    return {
        "trigger": transition.trigger,
        "target": transition.target,
        "open": way.open,
        "result": way.decision.result,
        "automatic": transition.automatic,
        "by": transition.by,
        "override_by": transition.override_by,
        "reasons": transition.reasons,
        "changes": [
            [
                {
                    "atom": missing.atom,
                    "wanted": missing.wanted,
                    "outcome": missing.outcome,
                    "message": missing.message,
                    "points": missing.points,
                    "sources": dict(missing.sources),
                    "may_change_at": missing.may_change_at,
                }
                for missing in change
            ]
            for change in way.changes
        ],
    }


def transitions_rows(counts: Mapping[tuple[str | None, str], int], definition: Definition) -> list[Row]:
    """Give how often each move was made, in the order of the definition's stages."""
    order = {stage: place for place, stage in enumerate((None, *definition.stages))}

    def place(move: tuple[str | None, str]) -> tuple[int, int]:
        return order.get(move[0], len(order)), order.get(move[1], len(order))

    return [{"source": move[0], "target": move[1], "count": counts[move]} for move in sorted(counts, key=place)]


def replay_row(report: Replay, definition: Definition) -> Row:
    """Give what a replay did."""
    return {
        "definition": definition_row(definition),
        "until": report.until,
        "signals": report.signals,
        "later": report.later,
        "leads": report.leads,
        "entered": report.entered,
        "clashes": report.clashes,
        "records": report.records,
        "transitions": transitions_rows(report.transitions, definition),
        "stages": {stage: report.stages[stage] for stage in definition.stages if report.stages[stage]},
        "refusals": dict(sorted(report.results.items())),
        "history_digest": report.history_digest,
    }


def funnel_row(figures: Funnel) -> Row:
    """Give a funnel's figures; shares are numbers between 0 and 1, times are whole seconds."""
    acceptance = figures.acceptance
    return {
        "per": figures.per,
        "total": figures.total,
        "stages": [
            {
                "stage": one.stage,
                "reached": one.reached,
                "skipped": one.skipped,
                "now": one.now,
                "conversion": _share(one.conversion),
                "median_seconds": None if one.median is None else round(one.median.total_seconds()),
                "timed": one.timed,
            }
            for one in figures.stages
        ],
        "now": figures.now,
        "acceptance": None if acceptance is None else _acceptance_row(acceptance),
    }


def _acceptance_row(acceptance: Acceptance) -> Row:
    shares = {"wanted": _share(acceptance.wanted), "rate": _share(acceptance.rate)}
    return {**attrs.asdict(acceptance), **shares}


def _share(share: Fraction | None) -> float | None:
    return None if share is None else round(float(share), 4)
