"""`lifecycle explain` and `lifecycle fire`: what one lead lacks, and asking something of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import Given, keeping, open_definition, quietly
from lifecycle.cli.options import (
    EXACT,
    INSTANT,
    Chosen,
    definition_option,
    json_option,
    lead_argument,
    mapping_option,
    plugins_option,
    signals_argument,
    store_option,
)
from lifecycle.cli.rows import decision_row, definition_row, explanation_row, record_row, refusal_row
from lifecycle.cli.screen import Screen, heading, say
from lifecycle.cli.views import decision_view, explanation_view, history_view
from lifecycle.command import Reply
from lifecycle.course import Course
from lifecycle.decision import Explanation, Request, explain
from lifecycle.definition import Definition
from lifecycle.lead import Snapshot
from lifecycle.observing import observing
from lifecycle.replay import lead_of, live_through
from lifecycle.service import Lifecycle
from lifecycle.signals import Signal
from lifecycle.spelling import did_you_mean

__all__ = ["explain_command", "explained", "fire_command"]


@click.command("explain", short_help="Say where a lead stands, and what it lacks.")
@lead_argument
@signals_argument
@definition_option
@plugins_option
@mapping_option
@click.option(
    "--at",
    type=INSTANT,
    help="As of this instant; a date is its beginning in UTC.  [default: the greatest instant of the input]",
)
@click.option(
    "--all", "every", is_flag=True, help="Show every change that would open a transition, not the smallest only."
)
@json_option
def explain_command(
    *,
    lead: str,
    signals: tuple[Path, ...],
    definition: str,
    chosen: Chosen,
    mapping: Path | None,
    at: datetime | None,
    every: bool,
    screen: Screen,
) -> int:
    """Say where LEAD stands, and what is missing for each next stage.

    The signals of the lead are lived through from the first, requests included, and nothing is kept. SIGNALS are JSONL,
    or tables with --map; `-` is standard input.
    """
    rules = open_definition(definition, chosen)
    given = Given.of(signals, mapping)
    mine = given.of_lead(lead, screen)
    if not mine:
        raise _unheard_of(lead)
    when = at or given.latest
    if when is None:
        raise Failure(ExitCode.USAGE, "nothing in the input is dated: say as of when, with --at")
    found = explained(rules, lead, mine, when)
    given.note_refused(screen)
    data = {"lead": lead, "definition": definition_row(rules), **explanation_row(found)}
    screen.show(data, *explanation_view(rules, found, lead, every=every))
    return given.code


def explained(definition: Definition, lead: str, signals: Sequence[Signal], at: datetime) -> Explanation:
    """Live a lead's signals through to an instant, and explain where it stands then."""
    history = live_through(Course(definition), lead, signals, until=at)
    return explain(definition, Snapshot(history.lead, at, history.journey))


def _unheard_of(lead: str) -> Failure:
    return Failure(ExitCode.USAGE, "no signal of the input is about this lead", lead=lead)


@click.command("fire", short_help="Ask for a move of a lead, and keep the answer.")
@lead_argument
@click.argument("trigger")
@signals_argument
@definition_option
@plugins_option
@mapping_option
@store_option("Where the histories are kept, for instance sqlite:///history.db; made if missing.")
@click.option(
    "--actor", required=True, metavar="ROLE:ID", help="Who asks, for instance sales:17: an internal id, no name."
)
@click.option("--reason", metavar="CODE", help="A reason code, where the transition wants one.")
@click.option("--note", metavar="TEXT", help="Free text; it is kept where it can be erased.")
@click.option("--override", is_flag=True, help="Ask to waive what does not hold; only some roles may.")
@click.option("--at", type=EXACT, help="The instant of the request.  [default: now]")
@click.option("--dry-run", is_flag=True, help="Only say what would be decided; nothing is written.")
@click.option(
    "--observer",
    "observers",
    metavar="NAME",
    multiple=True,
    help="A plugin to tell of each record once it is kept; may be given several times.",
)
@json_option
def fire_command(
    *,
    lead: str,
    trigger: str,
    signals: tuple[Path, ...],
    definition: str,
    chosen: Chosen,
    mapping: Path | None,
    store: str,
    actor: str,
    reason: str | None,
    note: str | None,
    override: bool,
    at: datetime | None,
    dry_run: bool,
    observers: tuple[str, ...],
    screen: Screen,
) -> int:
    """Ask for TRIGGER of LEAD, and keep the answer.

    First what moves by itself up to that instant is moved, then the request is decided on, and then what follows from
    it is moved too. A refused request is a result: it is kept, with what stood in its way, and the exit code is 0.

    SIGNALS give the facts known of the lead (JSONL, or tables with --map; `-` is standard input). Requests among them
    are not asked again: `lifecycle replay` does that.
    """
    asked = _request(trigger, actor, reason, note, override=override)
    rules = open_definition(definition, chosen)
    _check(rules, asked)
    given = Given.of(signals, mapping)
    mine = given.of_lead(lead, screen)
    when = at or datetime.now(UTC)
    with quietly():
        told = observing(observers, files=chosen.files)
    with (
        keeping(store, rules, screen, create=not dry_run) as kept,
        Lifecycle(rules, kept, observers=told, trial=dry_run) as service,
    ):
        is_new = not service.journey(lead).sequence
        if is_new and not mine:
            raise _unheard_of(lead)
        facts, requests = lead_of(lead, mine, until=when)
        if is_new and requests:
            unasked = f"requests in the input that are not asked here: {len(requests)} (`lifecycle replay` asks them)"
            screen.note(unasked, "yellow")
        with quietly():
            reply = service.fire(facts, at=when, **attrs.asdict(asked))
    given.note_refused(screen)
    for broken in reply.unobserved:
        screen.note(broken, "yellow")
    screen.show(_reply_row(lead, rules, reply, dry_run=dry_run), *_reply_view(rules, reply, dry_run=dry_run))
    return given.code


def _request(trigger: str, actor: str, reason: str | None, note: str | None, *, override: bool) -> Request:
    try:
        return Request(trigger=trigger, actor=actor, reason=reason, note=note, override=override)
    except ValueError as error:
        raise Failure(ExitCode.USAGE, str(error)) from error


def _check(rules: Definition, asked: Request) -> None:
    """See to it that the definition has this trigger and this role somewhere: a slip would be kept for good.

    Raises:
        Failure: it has not.
    """
    triggers = {transition.trigger for transition in rules.transitions}
    if asked.trigger not in triggers:
        raise _unknown(rules, "trigger", asked.trigger, triggers)
    of_it = [transition for transition in rules.transitions if transition.trigger == asked.trigger]
    if any(transition.by is None for transition in of_it):
        return  # anyone may ask
    roles = {role for one in rules.transitions for role in (*(one.by or ()), *(one.override_by or ()))}
    roles |= {stage.owner for stage in rules.stages.values() if stage.owner is not None}
    if asked.role not in roles:
        raise _unknown(rules, "role", asked.role, roles)


def _unknown(rules: Definition, what: str, name: str, known: Iterable[str]) -> Failure:
    listed = sorted(known)
    text = f"the definition {rules.name} has no {what} {name!r}{did_you_mean(name, listed)}; it has {', '.join(listed)}"
    return Failure(ExitCode.USAGE, text)


def _reply_row(lead: str, rules: Definition, reply: Reply, *, dry_run: bool) -> Mapping[str, Any]:
    journey = reply.journey
    assert reply.decision is not None, "a request is always decided on"
    return {
        "lead": lead,
        "definition": definition_row(rules),
        "dry_run": dry_run,
        "granted": reply.granted,
        "decision": decision_row(reply.decision),
        "records": [record_row(record) for record in reply.records],
        "refusals": [refusal_row(refusal) for refusal in reply.refusals],
        "stage": journey.stage,
        "since": journey.since,
        "sequence": journey.sequence,
        "unobserved": reply.unobserved,
    }


def _reply_view(rules: Definition, reply: Reply, *, dry_run: bool) -> Iterator[RenderableType]:
    assert reply.decision is not None, "a request is always decided on"
    yield from decision_view(rules, reply.decision)
    if reply.records:
        yield from (heading("Would be recorded" if dry_run else "Recorded"), history_view(reply.records))
    yield say(
        f"the lead is now in {reply.journey.stage or 'no stage'}" + (", if this were no dry run" if dry_run else "")
    )
