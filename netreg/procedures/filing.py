"""A request of any procedure but device access: its form as a draft, corrected, sent, and received.

The form is that of the definition. What cannot be read is refused by name, with nothing kept; what is missing is asked
for when the area sends it. The desks enter what came on paper or by mail as it is, with its gaps: those are what the
step that reviews it returns it for.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.policy import roles
from netreg.procedures import attachments, calendars, checking, filling, lead_times, tickets
from netreg.procedures.attending import around
from netreg.procedures.catalogue import CORE
from netreg.procedures.checking import Evidence
from netreg.procedures.filling import Values
from netreg.procedures.holding import evidence, hold
from netreg.procedures.models import StoredFile
from netreg.procedures.numbers import next_folio
from netreg.procedures.procedure import ELSE, Procedure
from netreg.procedures.tickets import Act, effect
from netreg.registry.models import Area, Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

# What every form holds besides its own fields: how it came in, and when, where a desk entered it.
CHANNEL, CAME = "channel", "came"


def draft(
    tx: Transaction, procedure: Procedure, area: Area, applicant: Person | None, raw: Mapping[str, Any], once: str = ""
) -> Ticket:
    """Keep a form that is filled in and not sent. Raises InvalidValue for what cannot be read.

    `once` is the form's own mark: the same form again answers with the request it already made.
    """
    tickets.expect_asker(tx, applicant, area)
    _has_no_form_of_its_own(procedure)
    once = once or secrets.token_urlsafe(16)
    if (made := tickets.made_of(tx, area, once)) is not None:
        return made
    if area.closed is not None:
        raise InvalidValue(
            "El área ya no existe.", "The area does not exist any more.", code="area_closed", field="area"
        )
    own = applicant is not None and is_of(tx, applicant, area)
    if own and procedure.role(procedure.applicant_role).external:
        raise NotAllowed(
            "Ese trámite lo pide alguien de fuera, en su formulario público o por la Coordinación.",
            "That is asked for by somebody outside, at its public form or through the coordinator.",
            code="from_outside",
        )
    said = _said(tx, procedure, raw, entered=not own)
    ticket = tickets.begin(tx, procedure, area, applicant if own else None, said, once)
    ticket.entered_by = "" if own else tx.actor
    tx.record(events.RequestDrafted(ticket=ticket.id, area=area.code, after={"procedure": procedure.code}))
    return ticket


def draft_for_outside(tx: Transaction, procedure: Procedure, area: Area, raw: Mapping[str, Any], once: str) -> Ticket:
    """Keep the form of somebody outside, whose address is confirmed, under the area that attends to it.

    Nobody entered it: like what an area fills in itself it is sent whole, and comes when it is sent.
    """
    ticket = tickets.begin(tx, procedure, area, None, _said(tx, procedure, raw, entered=False), once)
    tx.record(events.RequestDrafted(ticket=ticket.id, area=area.code, after={"procedure": procedure.code}))
    return ticket


def is_of(tx: Transaction, person: Person, area: Area) -> bool:
    """Whether somebody asks for their own area; a desk enters what came from others."""
    return person.area_id == area.id and bool(held(tx.session, person, tx.today).keys() & set(roles.OF_AN_AREA))


def redraft(tx: Transaction, ticket: Ticket, raw: Mapping[str, Any], *, seen: int) -> Ticket:
    """Correct a draft, or a request that came back. It is not sent by this."""
    procedure = tickets.definition(tx.session, ticket)
    _in_hand(ticket, procedure, seen)
    own = {one.id for one in procedure.asks_at(1)} | {CHANNEL, CAME}
    kept = {name: value for name, value in ticket.form.items() if name not in own}
    ticket.form = {**kept, **_said(tx, procedure, raw, entered=bool(ticket.entered_by))}
    flag_modified(ticket, "form")
    tx.record(events.RequestDrafted(ticket=ticket.id, area=ticket.area.code, after={"procedure": procedure.code}))
    return ticket


def discard(tx: Transaction, ticket: Ticket, *, seen: int) -> None:
    """Throw a draft away. What was sent once is withdrawn instead, and stays on record."""
    procedure = tickets.definition(tx.session, ticket)
    _has_no_form_of_its_own(procedure)
    _in_hand(ticket, procedure, seen)
    if ticket.sent is not None:
        raise ConcurrentChange("Ya se envió: desista de ella.", "It was sent: withdraw it.", code="already_sent")
    number, area = ticket.id, ticket.area.code
    for file in tx.session.scalars(select(StoredFile).where(StoredFile.ticket_id == ticket.id)):
        tx.session.delete(file)
    tx.session.flush()
    tx.session.delete(ticket)
    tx.session.flush()
    tx.record(events.DraftDiscarded(ticket=number, area=area))


def send(tx: Transaction, ticket: Ticket, person: Person | None, *, accepted: bool, seen: int | None = None) -> Ticket:
    """Send it, or send it anew after a correction. `accepted`: the privacy notice was shown to whoever sends it."""
    procedure = tickets.definition(tx.session, ticket)
    _has_no_form_of_its_own(procedure)
    if procedure.returns_at(ticket.step):
        tickets.answer(tx, ticket, person, ELSE, seen=seen)
        seen = ticket.version
    return tickets.answer(tx, ticket, person, values={"privacy_ack": accepted}, seen=seen)


def _has_no_form_of_its_own(procedure: Procedure) -> None:
    """Devices are asked for in their own way (`asking`): by other people, and with rows of their own behind it."""
    if procedure.code == CORE:
        raise InvalidValue(
            "Los equipos se piden en su propio formulario.", "Devices are asked for on a form of their own.",
            code="own_form", field="procedure",
        )  # fmt: skip


def is_in_hand(ticket: Ticket, procedure: Procedure) -> bool:
    """Whether it is to be filled in or corrected."""
    return ticket.closed is None and (ticket.step == 1 or procedure.returns_at(ticket.step))


def _in_hand(ticket: Ticket, procedure: Procedure, seen: int) -> None:
    if not is_in_hand(ticket, procedure) or ticket.version != seen:
        raise ConcurrentChange(
            "La solicitud ya no está en sus manos; no se cambió nada.",
            "The request is not in your hands any more; nothing was changed.",
        )


# --- what it says ---------------------------------------------------------------------------------------------------


def _said(tx: Transaction, procedure: Procedure, raw: Mapping[str, Any], *, entered: bool) -> Values:
    """What the form says. Only a desk says when it came: an area that did could be in time whenever it liked."""
    values = filling.read(procedure.asks_at(1), raw, around(tx)).checked()
    channel = str(raw.get(CHANNEL) or procedure.intake.channels[0])
    if channel not in procedure.intake.channels:
        raise InvalidValue("Elija cómo se pide.", "Choose how it is asked for.", code="E_CHOICE", field=CHANNEL)
    came = _came(tx, str(raw.get(CAME) or "")) if entered else ""
    return values | {CHANNEL: channel} | ({CAME: came} if came else {})


def _came(tx: Transaction, typed: str) -> str:
    """When the paper came, where a desk enters it later; nothing came in the future."""
    if not typed.strip():
        return ""
    moment = filling.moment(typed, tx.office.zone, CAME)
    if moment > now():
        raise InvalidValue("Esa hora todavía no llega.", "That moment is yet to come.", code="E_MOMENT", field=CAME)
    return moment.isoformat()


# --- what sending does ----------------------------------------------------------------------------------------------


@effect("file")
def file(act: Act) -> None:
    """Step 1: the request goes out. Where no desk stamps what comes in, this receives it, in the office's hours."""
    entered = bool(act.ticket.entered_by)
    if not (entered or act.values.get("privacy_ack")):
        raise InvalidValue("Para enviarla hay que haber visto el aviso de privacidad.",
                           "To send it, see the privacy notice.", code="not_accepted", field="privacy_ack")  # fmt: skip
    if not entered:
        _is_whole(act)
        hold(act)
    _points_at_its_files(act)
    _is_unique(act)
    notice = act.tx.office.notice
    seen = {} if entered else {"notice_version": notice.version, "notice_date": notice.date}
    act.ticket.form = {**act.ticket.form, **{name: said for name, said in seen.items() if said}}
    act.ticket.sent = now()
    act.facts.update(revision=act.ticket.revision, channel=act.ticket.form[CHANNEL], entered=entered)
    if not act.procedure.stamps:
        _receive(act)


def _is_whole(act: Act) -> None:
    shown = evidence(act.tx.session, act.ticket, act.tx.office)
    for refusal in lacks(act.procedure, shown, attachments.kinds_of(act.tx.session, act.ticket)):
        raise refusal


def lacks(procedure: Procedure, shown: Evidence, files: Counter[str]) -> Iterator[InvalidValue]:
    """A refusal for each thing that has to be there when a form is sent, and is not. `files`: how many of each kind."""
    for gap in checking.missing(procedure, {one.id for one in procedure.asks_at(1)}, shown):
        yield InvalidValue(
            f"Falta: {gap.said.es}.", f"Missing: {gap.said.en}.", code="missing", field=gap.field,
            hint="Corrija la solicitud y envíela.", hint_en="Correct the request and send it.",
        )  # fmt: skip
    wanted = [one for one in procedure.files_at(1) if not (one.id == "request_letter" and procedure.stamps)]
    told = [one for one in wanted if not one.or_fields or any(not shown.values.get(name) for name in one.or_fields)]
    for file in attachments.lacking(told, files):
        yield InvalidValue(f"Falta el archivo: {file.es}.", f"The file is missing: {file.en}.", code="file_missing",
                           field=file.id)  # fmt: skip


def point_at(ticket: Ticket, column: str, row: int, inside: str, file: StoredFile) -> None:
    """Have a row of a list point at the file that was handed in with it."""
    ticket.form[column][row][inside] = file.id
    flag_modified(ticket, "form")


def _points_at_its_files(act: Act) -> None:
    """A row that points at a file points at one of this request, which is still there."""
    own = set(act.tx.session.scalars(select(StoredFile.id).where(StoredFile.ticket_id == act.ticket.id)))
    for one in act.procedure.fields:
        for column in (column for column in one.columns if column.type == "file"):
            for number, row in enumerate(act.ticket.form.get(one.id) or ()):
                if column.id in row and row[column.id] not in own:
                    raise InvalidValue(
                        f"Falta el archivo: {one.es}, {number + 1}: {column.es}.",
                        f"The file is missing: {one.en}, {number + 1}: {column.en}.",
                        code="file_missing",
                        field=f"{one.id}-{number}-{column.id}",
                    )


def _is_unique(act: Act) -> None:
    """What may be told once only, such as the folio of another system."""
    for one in act.procedure.asks_at(1):
        value = act.ticket.form.get(one.id)
        if one.validation.get("unique") and value is not None:
            others = select(Ticket).where(Ticket.procedure == act.procedure.code, Ticket.id != act.ticket.id)
            if any(other.form.get(one.id) == value for other in act.tx.session.scalars(others)):
                raise InvalidValue(f"Ya hay otra solicitud con {one.es}: {value}.",
                                   f"There is another request with {one.en}: {value}.", code="not_unique",
                                   field=one.id)  # fmt: skip


def _receive(act: Act) -> None:
    """The official reception: a folio, and the next opening where the office receives in certain hours only."""
    calendar = calendars.current(act.tx.session, act.tx.office)
    ticket = act.ticket
    # Told once: what comes back corrected came when it came back (decision X-06).
    came = ticket.form.get(CAME)
    ticket.form = {name: value for name, value in ticket.form.items() if name != CAME}
    at = datetime.fromisoformat(came) if came else now()
    ticket.folio = ticket.folio or next_folio(act.tx, ticket.procedure)
    ticket.received = lead_times.official_reception(act.procedure, at, calendar)
    ticket.received_by = act.tx.actor
    act.facts.update(folio=ticket.folio, received=ticket.received.isoformat())
