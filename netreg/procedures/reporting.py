"""The monthly report: from tickets and letters to the cases of the figures, and from the figures to a printed sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg.letters import writer
from netreg.office import Office
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, figures, tickets, timing
from netreg.procedures.figures import Case, Month, Outcome, Report, percent_text
from netreg.procedures.letters import VOIDED
from netreg.procedures.models import NOT_DELIVERED, Letter
from netreg.registry.commands.devices import REASONS
from netreg.registry.models import Ticket

BY_AREA = [
    {"titulo": "Área", "ancho": 40},
    *({"titulo": title, "ancho": 15, "derecha": True} for title in ("Recibidas", "Atendidas", "Atención")),
]
OUTCOMES = {"approved": "Aprobadas", "rejected": "Rechazadas", "partial": "En parte", "withdrawn": "Desistidas"}


def report(session: Session, procedure: str, month: Month, office: Office, now: datetime) -> Report:
    """The report of a month of one procedure, from what is stored now."""
    return figures.report(
        list(cases(session, procedure, calendars.current(session, office), now)), month, office.zone, now
    )


def cases(session: Session, procedure: str, calendar: Calendar, now: datetime) -> Iterator[Case]:
    """Every request of the procedure that was received, as the figures see it."""
    letters: dict[int, list[Letter]] = defaultdict(list)
    for letter in session.scalars(select(Letter)):
        letters[letter.ticket_id].append(letter)
    query = (
        select(Ticket)
        .where(Ticket.procedure == procedure, Ticket.folio.is_not(None))
        .options(selectinload(Ticket.moves), selectinload(Ticket.devices), selectinload(Ticket.area))
    )
    for ticket in session.scalars(query):
        yield _case(session, ticket, letters[ticket.id], calendar, now)


def _case(session: Session, ticket: Ticket, letters: list[Letter], calendar: Calendar, now: datetime) -> Case:
    procedure = tickets.definition(session, ticket)
    clock = timing.reading(ticket, procedure, calendar, now)
    stopped = timing.stopped(ticket, procedure)
    receipts = list(timing.receipts(ticket, procedure))
    return Case(
        folio=str(ticket.folio),
        area=ticket.area.name,
        received=receipts[0],
        attended=_attended(ticket, letters),
        outcome=_outcome(ticket),
        rejections=tuple(sorted({one.authorisation.reason_code for one in ticket.devices} - {""})),
        elapsed=clock.elapsed if clock and stopped else None,
        undelivered=any(letter.state == NOT_DELIVERED for letter in letters),
        resubmitted=tuple(receipts[1:]),
        reopened=tuple(_reopened(ticket, letters)),
        pauses=tuple(timing.pauses(ticket, procedure)),
    )


def _attended(ticket: Ticket, letters: list[Letter]) -> datetime | None:
    """When a written answer was delivered for the first time, also one that is void by now (never counted again).

    For one nobody signed for, the note; for a withdrawal, its end.
    """
    delivered = [letter.delivered for letter in letters if letter.delivered and letter.state != NOT_DELIVERED]
    if delivered:
        return min(delivered)
    if any(letter.state == NOT_DELIVERED for letter in letters):
        return ticket.closed
    return ticket.closed if ticket.outcome == "withdrawn" else None


def _reopened(ticket: Ticket, letters: list[Letter]) -> Iterator[datetime]:
    """When an answer that was out already was declared void."""
    first = min((letter.delivered for letter in letters if letter.delivered), default=None)
    return (move.at for move in ticket.moves if move.answer == VOIDED and first is not None and move.at > first)


def _outcome(ticket: Ticket) -> Outcome | None:
    states = {device.authorisation.state for device in ticket.devices}
    if ticket.outcome == "withdrawn":
        return "withdrawn"
    if quota.REQUESTED in states:
        return None
    if states == {quota.REJECTED}:
        return "rejected"
    return "partial" if quota.REJECTED in states else "approved"


# --- printed --------------------------------------------------------------------------------------------------------


def rows(found: Report) -> list[tuple[str, str, str]]:
    """The report's numbers as lines for people: what, how much, how it is counted."""
    official, cohort, times = found.official, found.cohort, found.times
    return [
        ("Recibidas", str(len(official.received)), "acuses del mes"),
        ("Atendidas", str(len(official.attended)), "respuestas entregadas en el mes, en cualquier sentido"),
        ("Atendidas de meses anteriores", str(len(official.carried_over)), ""),
        ("Atención (atendidas / recibidas)", official.text(), "puede pasar de 100 %"),
        ("Respondidas de las recibidas", percent_text(cohort.percent), "hasta hoy"),
        *((f"Atendidas en {hours} h", percent_text(cohort.percent_within(hours)), "") for hours in cohort.within),
        ("Tiempo mediano", _hours(times.median), "horas en días hábiles"),
        ("Nueve de cada diez en", _hours(times.p90), "horas en días hábiles"),
        *((text, str(len(found.by_outcome[code])), "") for code, text in OUTCOMES.items() if code in found.by_outcome),
        *(
            (f"Rechazo: {REASONS.get(code, (code,))[0]}", str(len(count)), "")
            for code, count in found.by_reason.items()
        ),
    ]


def _hours(value: Any) -> str:
    return "—" if value is None else f"{value} h"


def sheet(found: Report, office: Office, now: datetime) -> bytes:
    """The report as a PDF, with the folios behind the numbers and a place to sign."""
    data = {
        "titulo": "Informe mensual de solicitudes",
        "periodo": str(found.official.month),
        "corte": now,
        "cifras": [_figure(*row) for row in rows(found)],
        "listas": [
            {
                "titulo": "Por área",
                "columnas": BY_AREA,
                "filas": [
                    [one.area, len(one.received), len(one.attended), percent_text(one.percent)] for one in found.by_area
                ],
                "vacia": "Sin solicitudes en el mes.",
            },
            _folios("Recibidas", found.official.received.folios),
            _folios("Atendidas", found.official.attended.folios),
        ],
        "firmas": [{"papel": "Informa", "nombre": "Nombre y firma", "cargo": office.signatory_post}],
    }
    return writer.write("report", data, letterhead=office.letterhead, issued=now.replace(microsecond=0))


def _figure(what: str, value: str, note: str) -> dict[str, str]:
    return {"concepto": what, "valor": value} | ({"nota": note} if note else {})


def _folios(title: str, folios: tuple[str, ...]) -> dict[str, Any]:
    listed: dict[str, Any] = {"titulo": title, "columnas": [{"titulo": "Folio"}], "vacia": "Ninguna."}
    return listed | ({"filas": [[folio] for folio in folios]} if folios else {})
