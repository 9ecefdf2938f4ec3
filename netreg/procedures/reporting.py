"""The monthly report: from tickets and letters to the cases of the figures, and the months that are frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import NamedTuple, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.letters.values import PARTIAL
from netreg.notices import DUPLICATE, REOPENED
from netreg.office import Office
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, figures, grounds, settled, tickets, timing, trends, workload
from netreg.procedures.clocks import Reading
from netreg.procedures.counting import EXCLUDED, Case, Count, Excluded, Month, Outcome
from netreg.procedures.desk import satisfaction
from netreg.procedures.figures import NUMBERS, Frozen, Official, Report
from netreg.procedures.lead_times import came_in_time
from netreg.procedures.letters import VOIDED
from netreg.procedures.models import NOT_DELIVERED, VOID, FrozenMonth, Letter
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import ELSE, Procedure
from netreg.procedures.timing import Past
from netreg.procedures.trends import Counted, Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.models import Area, Ticket
from netreg.store.chunks import chunks
from netreg.store.remembering import Memory, last_event, stretch
from netreg.store.transaction import Transaction

# Ends that are an answer by themselves: the area took its request back, or the coordinator closed it in writing.
CLOSED = ("withdrawn", "unanswered")
# Senses of an answer, and ends without one, that refuse what was asked.
REFUSALS = ("quota", "other")
REFUSED = ("rejected", "refused")
ALL = Said(es="Todos los procedimientos", en="All procedures")


def report(session: Session, procedure: str, month: Month, office: Office, now: datetime) -> Report:
    """The report of a month of one procedure; one that was frozen stands, with what changed since beside it."""
    found = list(present(session, Scope(procedure), calendars.current(session, office), now))
    told = figures.report(found, month, office.zone, now, frozen(session, procedure, month, office))
    opinion, comments = satisfaction.of_month(session, procedure, month, office, now)
    return replace(told, opinion=opinion, comments=tuple(comments))


class _Subject(NamedTuple):
    """What an overview is of: a procedure or all, of an area or of all."""

    procedure: str | None
    area: int | None


class _Asked(NamedTuple):
    """What an overview was worked out for, and when: what was received at an hour to come counts from then on."""

    subject: _Subject
    month: Month
    since: datetime


class _Told(NamedTuple):
    """What is known of an office as its settings are: the overviews, and the months that they are made of.

    A month holds while its cases are the same, whatever happened and however long after.
    """

    office: Office
    overviews: dict[_Asked, Overview]
    months: dict[_Subject, dict[Month, Counted]]


_TOLD: Memory[_Told] = Memory()
_HOLDS_MINUTES = 5
# The months of so many subjects are kept: an office looks at all procedures, and now and then at one.
_MOST_SUBJECTS = 4


def overview(session: Session, scope: Scope, month: Month, office: Office, now: datetime) -> Overview:
    """The report of a month of a procedure or of all, of an area or of all, with its year and the open work.

    Asked for again in the same five minutes, with nothing that happened since, it is the same one.
    """
    seq, known = last_event(session), _TOLD.recall(session)
    told = known.kept if known and known.kept.office is office else _Told(office, {}, {})
    subject = _Subject(scope.procedure, scope.area.id if scope.area else None)
    asked = _Asked(subject, month, stretch(now, _HOLDS_MINUTES))
    kept = told.overviews if known and known.seq == seq else {}
    if asked not in kept:
        found = list(present(session, scope, calendars.current(session, office), now, _first(month).start(office.zone)))
        frozen_ones, before = _frozen_months(session, scope, found, office), told.months.get(subject)
        months = trends.year_to(found, month, office.zone, now, frozen_ones, before)
        one = _overview(session, scope, months, {case.folio: case for case in found}, office, now)
        kept = {key: one for key, one in kept.items() if key.since == asked.since} | {asked: one}
        others = [(other, those) for other, those in told.months.items() if other != subject]
        _TOLD.keep(session, seq, _Told(office, kept, dict([*others, (subject, months)][-_MOST_SUBJECTS:])))
    return kept[asked]


def _first(month: Month) -> Month:
    return month.back(trends.YEAR - 1)


def _overview(
    session: Session, scope: Scope, months: Mapping[Month, Counted], cases: Mapping[str, Case], office: Office,
    now: datetime,
) -> Overview:  # fmt: skip
    *_before, (month, last) = months.items()
    known = office.catalogue.known
    counted = [one for code, one in known.items() if scope.procedure in (None, code)]
    return Overview(
        subject=_subject(scope, office),
        report=_with_opinion(session, last.report, scope, month, office, now),
        months=tuple(one.report for one in months.values()),
        workload=workload.workload(session, scope, now.astimezone(office.zone).date()),
        cases=cases,
        titles={code: _title(one) for code, one in known.items()},
        has_term=any(one.sla.applies for one in counted),
        has_lead=any(one.lead_time.applies for one in counted),
    )


def _with_opinion(session: Session, told: Report, scope: Scope, month: Month, office: Office, now: datetime) -> Report:
    """The report with what the areas answered; of one area alone that would tell who answered what."""
    if scope.area is not None:
        return told
    opinion, comments = satisfaction.of_month(session, scope.procedure, month, office, now)
    return replace(told, opinion=opinion, comments=tuple(comments))


def _title(procedure: Procedure) -> Said:
    return Said(es=procedure.title.short_es, en=procedure.title.short_en)


def _subject(scope: Scope, office: Office) -> Said:
    what = _title(office.catalogue.known_as(scope.procedure)) if scope.procedure else ALL
    if scope.area is None:
        return what
    return Said(es=f"{what.es}, {scope.area.name}", en=f"{what.en}, {scope.area.name}")


# --- cases ----------------------------------------------------------------------------------------------------------


def cases(
    session: Session,
    procedure: str | None,
    calendar: Calendar,
    now: datetime,
    area: Area | None = None,
    since: datetime | None = None,
) -> Iterator[Case]:
    """Every request received by `now`, as the figures see it then; `now` may be past.

    Those of one procedure or, for None, of all; those of one area or of all; without those that ended before `since`.
    """
    numbers = list(session.scalars(_received(procedure, area, since)))
    return (case for case in _counted(session, numbers, calendar, now).values() if case is not None)


def present(
    session: Session, scope: Scope, calendar: Calendar, now: datetime, since: datetime | None = None
) -> Iterator[Case]:
    """The same as they are at present, which is what `now` says; of those that ended long ago as it was found then."""
    wanted = _received(scope.procedure, scope.area, since).with_only_columns(Ticket.id, Ticket.closed.is_not(None))
    rows = [(row[0], row[1]) for row in session.execute(wanted)]
    return settled.cases(session, calendar, now, rows, lambda numbers: _counted(session, numbers, calendar, now))


def _received(procedure: str | None, area: Area | None, since: datetime | None) -> Select[int]:
    query = select(Ticket.id).where(Ticket.folio.is_not(None), *Scope(procedure, area).limits).order_by(Ticket.id)
    return query if since is None else query.where(Ticket.closed.is_(None) | (Ticket.closed >= since))


def _counted(session: Session, numbers: list[int], calendar: Calendar, now: datetime) -> dict[int, Case | None]:
    """The case of each of these requests; a part at a time, since all with their moves would fill the memory."""
    found: dict[int, Case | None] = {}
    for part in chunks(numbers):
        letters: dict[int, list[Letter]] = defaultdict(list)  # the answers
        for letter in session.scalars(select(Letter).where(Letter.produced_id.is_(None), Letter.ticket_id.in_(part))):
            letters[letter.ticket_id].append(letter)
        rows = session.scalars(select(Ticket).where(Ticket.id.in_(part)).options(*queries.TICKETS_WHOLE)).all()
        changes = timing.changes_of(session, part)
        for ticket in rows:
            past = Past(ticket.moves, changes.get(ticket.id, ()))
            found[ticket.id] = _case(session, ticket, letters[ticket.id], calendar, now, past)
    return found


def _case(
    session: Session, ticket: Ticket, letters: list[Letter], calendar: Calendar, now: datetime, past: Past
) -> Case | None:
    procedure = tickets.definition(session, ticket)
    receipts = [receipt for receipt in _receipts(ticket, procedure) if receipt <= now]
    if not receipts:
        return None
    clock = timing.reading(ticket, procedure, calendar, now, past)
    attended = _attended(ticket, procedure, letters, now)
    spent = _spent(receipts[0], attended, calendar)
    outcome = _outcome(ticket, letters)
    return Case(
        folio=str(ticket.folio),
        area=ticket.area.name,
        received=receipts[0],
        attended=attended,
        outcome=outcome,
        rejections=_rejections(ticket, procedure, outcome),
        returned=tuple((move.at, code) for move, code in grounds.given(ticket, procedure, "return") if move.at <= now),
        elapsed=_elapsed(clock, timing.stopped(ticket, procedure), now) if clock else spent,
        late_reason=ticket.late_reason,
        late_words=ticket.late_words,
        excluded=_excluded(ticket, now),
        undelivered=any(letter.state == NOT_DELIVERED for letter in letters),
        resubmitted=tuple(receipts[1:]),
        reopened=tuple(at for at in _reopened(ticket, letters) if at <= now),
        pauses=clock.pauses if clock else (),
        procedure=ticket.procedure,
        term=procedure.sla.max_hours if procedure.sla.applies else None,
        # The day that counts is the one the form has now, and what came corrected is judged by its newest receipt.
        in_time=came_in_time(procedure, ticket.form, receipts[-1], calendar),
    )


def _excluded(ticket: Ticket, now: datetime) -> Excluded | None:
    """Why it counts nowhere, once it has ended so."""
    ended = ticket.closed is not None and ticket.closed <= now
    return next((one for one in EXCLUDED if ended and one == ticket.outcome), None)


def _receipts(ticket: Ticket, procedure: Procedure) -> list[datetime]:
    """Every receipt; of a procedure without an official clock the one that its folio was given at."""
    return list(timing.receipts(ticket, procedure)) or ([ticket.received] if ticket.received else [])


def _elapsed(clock: Reading, stopped: datetime | None, now: datetime) -> timedelta | None:
    """What the official clock showed when it stopped."""
    return clock.elapsed if stopped and stopped <= now else None


def _spent(received: datetime, attended: datetime | None, calendar: Calendar) -> timedelta | None:
    """Without an official clock: working days from the receipt to the answer, with nothing taken off."""
    return calendar.between(received, attended, "working_day_hours") if attended else None


def _rejections(ticket: Ticket, procedure: Procedure, outcome: Outcome | None) -> tuple[str, ...]:
    """The codes given; a request that was refused as a whole has a cause, even where nobody gave it a code."""
    rights = [device.authorisation for device in ticket.devices]
    codes = {right.reason_code for right in rights if right.state == quota.REJECTED}
    if not codes and outcome == "rejected":
        codes = {code for _move, code in [*grounds.given(ticket, procedure, "rejection")][-1:]} or {grounds.UNCODED}
    return tuple(sorted(codes))


def _attended(ticket: Ticket, procedure: Procedure, letters: list[Letter], now: datetime) -> datetime | None:
    """When a written answer was delivered for the first time, also one that is void by now (never counted again).

    For one nobody signed for, the note; where its procedure writes no answer, when its last step was done for the first
    time, however often it was opened again; for what was withdrawn, its end, unless it was opened again. Only what had
    happened by `now`.
    """
    moments = [_answered(ticket, letter, now) for letter in letters]
    moments += [ticket.closed, *_done(ticket, procedure)]
    return min((at for at in moments if at is not None and at <= now), default=None)


def _done(ticket: Ticket, procedure: Procedure) -> Iterator[datetime]:
    """When an end of the definition was reached and done."""
    ends = {step.n for step in procedure.steps if step.kind == "end"}
    return (move.at for move in ticket.moves if move.to == 0 and move.left in ends and move.answer == ELSE)


def _answered(ticket: Ticket, letter: Letter, now: datetime) -> datetime | None:
    noted = letter.state == NOT_DELIVERED and ticket.closed is not None and ticket.closed <= now
    return ticket.closed if noted else letter.delivered


def _reopened(ticket: Ticket, letters: list[Letter]) -> Iterator[datetime]:
    """When an answer that was out already was declared void, and when a closed request was opened again."""
    first = min((letter.delivered for letter in letters if letter.delivered), default=None)
    for before, move in pairwise(ticket.moves):
        voided = move.answer == VOIDED and first is not None and move.at > first
        # What was closed as a duplicate by mistake was never answered.
        if voided or (move.answer == REOPENED and before.answer != DUPLICATE):
            yield move.at


def _outcome(ticket: Ticket, letters: list[Letter]) -> Outcome | None:
    if ticket.outcome in CLOSED:
        return cast("Outcome", ticket.outcome)
    if not ticket.devices and not ticket.operations:
        return _sense(ticket, letters)
    states = {device.authorisation.state for device in ticket.devices}
    if quota.REQUESTED in states:
        return None
    if states == {quota.REJECTED}:
        return "rejected"
    return "partial" if quota.REJECTED in states else "approved"


def _sense(ticket: Ticket, letters: list[Letter]) -> Outcome | None:
    """What was decided of a request that is not about devices: what its answer says, or how it ended."""
    sense = next((letter.sense for letter in reversed(letters) if letter.state != VOID), "")
    if sense == PARTIAL:
        return "partial"
    if sense in REFUSALS or ticket.outcome in REFUSED:
        return "rejected"
    return "approved" if sense or ticket.closed else None


# --- frozen months --------------------------------------------------------------------------------------------------


def frozen(session: Session, procedure: str, month: Month, office: Office) -> Frozen | None:
    """The figure of a month as it was at its cut, or None while it is not frozen."""
    row = session.get(FrozenMonth, (procedure, str(month)))
    return Frozen.of(_kept(row), row.frozen, office.zone) if row else None


def _kept(row: FrozenMonth) -> Official:
    return Official(Month.parse(row.month), **{name: Count(tuple(row.folios[name])) for name in NUMBERS})


def _frozen_months(session: Session, scope: Scope, found: Iterable[Case], office: Office) -> dict[Month, Frozen]:
    """The frozen figure of every month of the scope: the sum of its procedures', and of an area its part of it.

    A procedure without a frozen month beside one with it had nothing to freeze.
    """
    rows: dict[Month, list[FrozenMonth]] = defaultdict(list)
    for row in session.scalars(select(FrozenMonth)):
        if scope.procedure in (None, row.procedure):
            rows[Month.parse(row.month)].append(row)
    folios = {case.folio for case in found}
    return {
        month: Frozen.of(
            reduce(Official.plus, map(_kept, kept)).among(folios), max(row.frozen for row in kept), office.zone
        )
        for month, kept in rows.items()
    }


def freeze(tx: Transaction, at: datetime) -> list[str]:
    """Write down the figure of every month whose cut has passed and that is not frozen yet; which ones.

    What is written is what was counted at the cut, also where the service was down then and this runs late. Running
    again changes nothing.
    """
    made = []
    for procedure in tx.session.scalars(select(Ticket.procedure).where(Ticket.folio.is_not(None)).distinct()).all():
        for month in _to_freeze(tx, procedure, at):
            _freeze(tx, procedure, month, at)
            made.append(f"{procedure} {month}")
    return made


def _to_freeze(tx: Transaction, procedure: str, at: datetime) -> list[Month]:
    """From the month of the first receipt on; nothing to count where the newest of them is frozen already."""
    kept = set(tx.session.scalars(select(FrozenMonth.month).where(FrozenMonth.procedure == procedure)))
    zone = tx.office.zone
    month, last = Month.of(_first_opened(tx.session, procedure), zone), Month.of(at, zone)
    found = []
    while month < last:
        if month.cut(zone) <= at and str(month) not in kept:
            found.append(month)
        month = month.following
    return found


def _first_opened(session: Session, procedure: str) -> datetime:
    """No later than the first receipt: a request is opened before it is received."""
    first = select(Ticket.opened).where(Ticket.procedure == procedure, Ticket.folio.is_not(None))
    return session.scalars(first.order_by(Ticket.opened).limit(1)).one()


def _freeze(tx: Transaction, procedure: str, month: Month, at: datetime) -> None:
    calendar, cut = calendars.current(tx.session, tx.office), month.cut(tx.office.zone)
    figure = figures.official(cases(tx.session, procedure, calendar, cut), month, tx.office.zone)
    folios = {name: list(getattr(figure, name).folios) for name in NUMBERS}
    tx.session.add(FrozenMonth(procedure=procedure, month=str(month), frozen=at, folios=folios))
    tx.record(
        events.MonthFrozen(
            procedure=procedure,
            month=str(month),
            received=len(figure.received),
            attended=len(figure.attended),
            after=folios,
        )
    )
