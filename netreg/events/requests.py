"""Requests, their letters and figures, and the calendar they are counted on."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "request.moved",
    "request {ticket}",
    "{actor}{absent} concluyó el paso {left} de la solicitud {reference}: {did}",
    "{actor}{absent} finished step {left} of request {reference}: {did_en}",
)
class TicketMoved(Event):
    ticket: int
    reference: str
    left: int
    to: int
    did: str
    did_en: str
    absent: str


@event(
    "calendar.loaded",
    "calendar {version}",
    "{actor} cargó la versión {version} del calendario, con {rows} fechas",
    "{actor} loaded version {version} of the calendar, with {rows} dates",
)
class CalendarLoaded(Event):
    version: int
    rows: int


@event(
    "request.drafted",
    "request {ticket}",
    "{actor} guardó un borrador de solicitud del área {area}",
    "{actor} kept a draft request of area {area}",
)
class RequestDrafted(Event):
    ticket: int
    area: str


@event(
    "request.draft_discarded",
    "request {ticket}",
    "{actor} descartó un borrador del área {area}",
    "{actor} discarded a draft of area {area}",
)
class DraftDiscarded(Event):
    ticket: int
    area: str


@event(
    "calendar.hours_adopted",
    "calendar {version}",
    "la versión {version} del calendario tomó el horario de los ajustes",
    "version {version} of the calendar took the hours of the settings",
)
class HoursAdopted(Event):
    version: int


@event(
    "report.month_frozen",
    "report {procedure} {month}",
    "se congeló la cifra de {month} de {procedure}: {received} recibidas, {attended} atendidas",
    "the figure of {month} of {procedure} was frozen: {received} received, {attended} attended",
)
class MonthFrozen(Event):
    procedure: str
    month: str
    received: int
    attended: int


@event(
    "request.delay_explained",
    "request {ticket}",
    "{actor} escribió por qué la solicitud {reference} pasó su plazo: {code}",
    "{actor} wrote why request {reference} passed its term: {code}",
)
class DelayExplained(Event):
    ticket: int
    reference: str
    code: str


@event(
    "request.term_changed",
    "request {ticket}",
    "el plazo de la solicitud {reference} cambió con la versión {version} del calendario",
    "the term of request {reference} changed with version {version} of the calendar",
)
class TermChanged(Event):
    ticket: int
    reference: str
    version: int


@event(
    "request.file_handed_in",
    "request {ticket}",
    "{actor} entregó un archivo de {pages} página(s) con la solicitud {reference} ({kind})",
    "{actor} handed in a file of {pages} page(s) with request {reference} ({kind})",
)
class FileHandedIn(Event):
    ticket: int
    reference: str
    kind: str
    pages: int


@event(
    "request.file_taken_back",
    "request {ticket}",
    "{actor} quitó un archivo de la solicitud {reference} ({kind})",
    "{actor} removed a file from request {reference} ({kind})",
)
class FileTakenBack(Event):
    ticket: int
    reference: str
    kind: str


@event(
    "outside.kept",
    "public form {procedure}",
    "llegó un formulario público de {procedure}, que espera su confirmación por correo",
    "a public form of {procedure} came, which waits for its confirmation by mail",
)
class OutsideKept(Event):
    procedure: str
    pending: int


@event(
    "outside.confirmed",
    "request {ticket}",
    "quien llenó el formulario público de {procedure} confirmó su correo",
    "whoever filled in the public form of {procedure} confirmed their mail address",
)
class OutsideConfirmed(Event):
    ticket: int
    procedure: str
    pending: int


@event(
    "outside.dropped",
    "public form {procedure}",
    "quien recibió el enlace descartó un formulario público de {procedure}: no lo había enviado",
    "whoever got the link threw a public form of {procedure} away: they had not sent it",
)
class OutsideDropped(Event):
    procedure: str
    pending: int


@event(
    "outside.forgotten",
    "retention",
    "{actor} borró {forms} formularios públicos que nadie confirmó y los datos de {contacts} solicitantes de fuera",
    "{actor} deleted {forms} public forms that nobody confirmed and the data of {contacts} applicants from outside",
)
class OutsideForgotten(Event):
    forms: int
    contacts: int


@event(
    "letter.issued",
    "request {ticket}",
    "{actor} expidió el oficio {number} de la solicitud {reference}: {what}",
    "{actor} issued letter {number} of request {reference}: {what_en}",
)
class LetterIssued(Event):
    ticket: int
    reference: str
    number: str
    what: str
    what_en: str


@event(
    "letter.voided",
    "request {ticket}",
    "{actor} anuló el oficio {number} de la solicitud {reference}",
    "{actor} voided letter {number} of request {reference}",
)
class LetterVoided(Event):
    ticket: int
    reference: str
    number: str
