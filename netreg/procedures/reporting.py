"""The monthly report of the figures, and the months that are frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.office import Office
from netreg.procedures import calendars, cases, figures, trends, workload
from netreg.procedures.counting import Case, Count, Month
from netreg.procedures.desk import satisfaction
from netreg.procedures.desk.models import Satisfaction
from netreg.procedures.figures import NUMBERS, Frozen, Official, Report
from netreg.procedures.models import FrozenMonth, Letter, OfficeCalendar
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Procedure
from netreg.procedures.trends import Counted, Overview
from netreg.procedures.workload import Scope
from netreg.registry.models import (
    Area,
    Authorisation,
    Device,
    Move,
    Operation,
    Person,
    Role,
    StateChange,
    Substitution,
    Ticket,
)
from netreg.store.remembering import Memory, stretch
from netreg.store.transaction import Transaction

ALL = Said(es="Todos los procedimientos", en="All procedures")


def report(session: Session, procedure: str, month: Month, office: Office, now: datetime) -> Report:
    """The report of a month of one procedure; one that was frozen stands, with what changed since beside it."""
    found = list(cases.present(session, Scope(procedure), calendars.current(session, office), now))
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


class _Year(NamedTuple):
    """The twelve months to `last`, and what they were counted from. They hold while that is the same."""

    last: Month
    cases: list[Case]
    frozen: Mapping[Month, Frozen]
    months: Mapping[Month, Counted]


class _Told(NamedTuple):
    """What is known of an office as its settings are: the overviews, and the years that they are made of."""

    office: Office
    overviews: dict[_Asked, Overview]
    years: dict[_Subject, _Year]


_TOLD: Memory[_Told] = Memory(
    Ticket, Move, Letter, Operation, Device, Authorisation, StateChange, Satisfaction, Area, Person, Role, Substitution,
    OfficeCalendar, FrozenMonth,
)  # fmt: skip
_HOLDS_MINUTES = 5
# The years of so many subjects are kept: an office looks at all procedures, and now and then at one.
_MOST_SUBJECTS = 4


def overview(session: Session, scope: Scope, month: Month, office: Office, now: datetime) -> Overview:
    """The report of a month of a procedure or of all, of an area or of all, with its year and the open work.

    Asked for again in the same five minutes, with nothing of what it tells changed since, it is the same one.
    """
    seq, known = _TOLD.changed(session), _TOLD.recall(session)
    told = known.kept if known and known.kept.office is office else _Told(office, {}, {})
    subject = _Subject(scope.procedure, scope.area.id if scope.area else None)
    asked = _Asked(subject, month, stretch(now, _HOLDS_MINUTES))
    kept = told.overviews if known and known.seq == seq else {}
    if asked not in kept:
        year = _year(session, scope, month, office, now, told.years.get(subject))
        one = _overview(session, scope, year, office, now)
        kept = {key: one for key, one in kept.items() if key.since == asked.since} | {asked: one}
        others = [(other, those) for other, those in told.years.items() if other != subject]
        _TOLD.keep(session, seq, _Told(office, kept, dict([*others, (subject, year)][-_MOST_SUBJECTS:])))
    return kept[asked]


def _year(session: Session, scope: Scope, last: Month, office: Office, now: datetime, before: _Year | None) -> _Year:
    """The year to a month; what was counted `before` is not counted again."""
    first = last.back(trends.YEAR - 1)
    found = list(cases.present(session, scope, calendars.current(session, office), now, first.start(office.zone)))
    fixed = _frozen_months(session, scope, found, office)
    if before is not None and (before.last, before.cases, before.frozen) == (last, found, fixed):
        return before
    months = trends.year_to(found, last, office.zone, now, fixed, before.months if before else None)
    return _Year(last, found, fixed, months)


def _overview(session: Session, scope: Scope, year: _Year, office: Office, now: datetime) -> Overview:
    *_before, (month, last) = year.months.items()
    known = office.catalogue.known
    counted = [one for code, one in known.items() if scope.procedure in (None, code)]
    return Overview(
        subject=_subject(scope, office),
        report=_with_opinion(session, last.report, scope, month, office, now),
        months=tuple(one.report for one in year.months.values()),
        workload=workload.workload(session, scope, now.astimezone(office.zone).date()),
        cases={case.folio: case for case in year.cases},
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


# --- frozen months --------------------------------------------------------------------------------------------------


def frozen(session: Session, procedure: str, month: Month, office: Office) -> Frozen | None:
    """The figure of a month as it was at its cut, or None while it is not frozen."""
    row = session.get(FrozenMonth, (procedure, str(month)))
    return Frozen.of(_kept(row), row.frozen, office.zone) if row else None


def _kept(row: FrozenMonth) -> Official:
    return Official(Month.parse(row.month), **{name: Count(tuple(row.folios[name])) for name in NUMBERS})


class _Cut(NamedTuple):
    """The figure of a procedure's month as it was frozen, and when."""

    procedure: str
    official: Official
    at: datetime


def _cut(row: FrozenMonth) -> _Cut:
    return _Cut(row.procedure, _kept(row), row.frozen)


_CUTS: Memory[tuple[_Cut, ...]] = Memory(FrozenMonth)


def _frozen_months(session: Session, scope: Scope, found: Iterable[Case], office: Office) -> dict[Month, Frozen]:
    """The frozen figure of every month of the scope: the sum of its procedures', and of an area its part of it.

    A procedure without a frozen month beside one with it had nothing to freeze.
    """
    cuts: dict[Month, list[_Cut]] = defaultdict(list)
    for one in _CUTS.current(session, lambda: tuple(_cut(row) for row in session.scalars(select(FrozenMonth)))):
        if scope.procedure in (None, one.procedure):
            cuts[one.official.month].append(one)
    folios = {case.folio for case in found} if scope.area is not None else None
    return {month: _sum(those, folios, office) for month, those in cuts.items()}


def _sum(cuts: Sequence[_Cut], folios: set[str] | None, office: Office) -> Frozen:
    """What was frozen of a month by all of these; of it the part that these folios make, where not all count."""
    official = reduce(Official.plus, (one.official for one in cuts))
    return Frozen.of(official if folios is None else official.among(folios), max(one.at for one in cuts), office.zone)


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
    figure = figures.official(cases.as_of(tx.session, procedure, calendar, cut), month, tx.office.zone)
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
