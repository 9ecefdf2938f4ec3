"""What people do to a request besides deciding its devices: leave a step, return it, read its letter and receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.office import Office
from netreg.procedures import (
    annexes,
    attending,
    delays,
    filling,
    formats,
    grounds,
    letters,
    setting_out,
    sheets,
    tickets,
    uploads,
)
from netreg.procedures.archive import kept
from netreg.procedures.procedure import Procedure
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.registry.models.requests import REASON
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal import collision
from portal.access import permitted, today
from portal.rows import act as run
from portal.rows import reading, store
from portal.seen import found
from portal.views.requests import may_read, may_see_addresses, pages


@pages.post("/<folio>/act")
@permitted("requests.work")
def act(folio: str) -> ResponseReturnValue:
    """Leave the step the request is at."""
    sent, email = request.form.to_dict(flat=False), current_user.email
    ticket = found(folio)
    _draw_pictures(ticket, {ticket.step})

    def command(tx: Transaction) -> None:
        ticket, person = queries.ticket(tx.session, folio), queries.person(tx.session, email)
        procedure = tickets.definition(tx.session, ticket)
        values = {name: many[0] for name, many in sent.items()} | filling.nested(procedure.asks_at(ticket.step), sent)
        answer = str(values.get("answer", ""))
        # The form has one list for all its buttons: with an answer that goes on, what stands there is not meant.
        meant = grounds.kind_of(procedure, ticket.step, answer) is not None
        reason = str(values.get(REASON, "")) if meant else ""
        tickets.answer(tx, ticket, person, answer, values, reason=reason)

    return collision.act(folio, command, _("Hecho."))


@pages.post("/<folio>/ways/<extension>")
@permitted("requests.work")
def extend(folio: str, extension: str) -> ResponseReturnValue:
    """Return, withdraw or reject a request, with the reason in words."""
    ticket = found(folio)
    kind = grounds.kind_of(tickets.definition(reading(), ticket), ticket.step, extension)
    if kind and "begin" in request.form:
        return collision.begin(folio, kind, "note")
    note, email = request.form.get("note", "").strip(), current_user.email
    code = request.form.get("code", "") if kind else ""
    if kind and not note:
        note = collision.text_of(folio, kind)
        if note.endswith(":"):  # a beginning, which wants its end
            return collision.begin(folio, kind, "note")

    def command(tx: Transaction) -> None:
        ticket, person = queries.ticket(tx.session, folio), queries.person(tx.session, email)
        tickets.extend(tx, ticket, person, extension, note, reason=code)

    return collision.act(folio, command, _("Hecho."))


@pages.post("/<folio>/delay")
@permitted("delays.explain")
def explain(folio: str) -> ResponseReturnValue:
    """Keep why the request passed its term; now, or whenever somebody knows."""
    if "begin" in request.form:
        return collision.begin(folio, "delay", "words")
    why, said, email = request.form.get("why", ""), request.form.get("words", ""), current_user.email

    def command(tx: Transaction) -> None:
        person = queries.known_person(tx.session, email)
        delays.explain(tx, queries.ticket(tx.session, folio), person, why, said)

    return collision.act(folio, command, _("Se guardó la causa."))


# --- files ----------------------------------------------------------------------------------------------------------


@pages.post("/<folio>/files")
@permitted("requests.work")
def hand_in(folio: str) -> ResponseReturnValue:
    """Keep a PDF with the request: its signed letter, or the copy that was signed for."""
    asked = uploads.expected(reading(), found(folio), current_user, today())
    # A browser cannot fill a file in again: it is taken as long as it is still the one that is asked for.
    if request.form.get("kind", asked) != asked:
        return collision.again(folio, collision.seen())
    sent, email = request.files.get("file"), current_user.email
    name, content = (sent.filename or "", sent.read()) if sent else ("", b"")
    letter = request.form.get("letter", 0, type=int)

    def command(tx: Transaction) -> None:
        person = queries.known_person(tx.session, email)
        uploads.hand_in(tx, queries.ticket(tx.session, folio), person, name, content, letter)

    return run(command, _("Se guardó el archivo."), url_for("requests.show", folio=folio))


@pages.get("/<folio>/files/<row:number>")
@permitted("requests.see")
def file(folio: str, number: int) -> ResponseReturnValue:
    """A file of the request, to download: what others made is not opened inside our pages."""
    one = uploads.file_of(reading(), found(folio), number)
    content = kept(store().office.files, one.sha256).read_bytes()
    kind = min(formats.kinds(content), key=formats.NARROW.index)
    headers = {"Content-Disposition": f'attachment; filename="{_plain(f"{folio}-{one.kind}-{one.id}")}.{kind}"'}
    return Response(content, mimetype=formats.MIME[kind], headers=headers)


@pages.get("/<folio>/documents/<row:number>.pdf")
@permitted("requests.see")
def document(folio: str, number: int) -> ResponseReturnValue:
    """A letter that a step issued, also a void one, as it was signed; one to sign by hand for those who work on it."""
    those = [one for row in attending.produced(reading(), found(folio)) for one in row.letters]
    one = next((one for one in those if one.id == number and may_read(one)), None)
    if one is None or one.pdf is None:
        raise NotFound("No existe ese oficio.", "There is no such letter.")
    return _pdf(kept(store().office.files, one.pdf).read_bytes(), str(one.number))


@pages.post("/<folio>/documents/<row:number>/replace")
@permitted("requests.work")
def replace_letter(folio: str, number: int) -> ResponseReturnValue:
    """Void a letter that a step issued, and issue another one in its place."""
    reason, body, email = request.form.get("note", ""), request.form.get("letter_text", ""), current_user.email
    shown = found(folio)
    _draw_pictures(shown, {one.step for one in attending.produced(reading(), shown) if one.id == number})

    def command(tx: Transaction) -> None:
        ticket, person = queries.ticket(tx.session, folio), queries.known_person(tx.session, email)
        row = next((one for one in attending.produced(tx.session, ticket) if one.id == number), None)
        if row is None:
            raise NotFound("No existe ese oficio.", "There is no such letter.")
        attending.reissue(tx, ticket, person, row, reason, body)

    return collision.act(folio, command, _("Se anuló el oficio y se expidió otro."))


def _draw_pictures(ticket: Ticket, steps: set[int]) -> None:
    """Before the transaction: it would keep everybody waiting while thirty photographs are drawn."""
    setting_out.prepare(reading(), ticket, tickets.definition(reading(), ticket), steps, store().office)


# --- what is printed ------------------------------------------------------------------------------------------------


@pages.get("/<folio>/letter.pdf")
@permitted("requests.see")
def letter(folio: str) -> ResponseReturnValue:
    """The signed answer as it was filed; before that, the draft, for those who work on it."""
    ticket, session, office = found(folio), reading(), store().office
    one = letters.letter_of(session, ticket)
    if one is None or not may_read(one):
        raise NotFound("Todavía no hay oficio.", "There is no letter yet.")
    if one.pdf is not None:
        return _pdf(kept(office.files, one.pdf).read_bytes(), str(one.number))
    procedure = tickets.definition(session, ticket)
    return _pdf(letters.preview(session, ticket, procedure, office), f"borrador-{ticket.reference}")


@pages.get("/<folio>/void/<row:number>.pdf")
@permitted("requests.see")
def void_letter(folio: str, number: int) -> ResponseReturnValue:
    """A letter that is void, as it was signed; the area reads it where it had been delivered."""
    one = next((one for one in letters.voided(reading(), found(folio)) if one.id == number and may_read(one)), None)
    if one is None or one.pdf is None:
        raise NotFound("No existe ese oficio.", "There is no such letter.")
    return _pdf(kept(store().office.files, one.pdf).read_bytes(), f"anulado-{one.number}")


@pages.get("/<folio>/receipt.pdf")
@permitted("requests.see")
def receipt(folio: str) -> ResponseReturnValue:
    """The stamped receipt."""
    return _sheet(sheets.receipt, folio, "acuse")


@pages.get("/<folio>/request.pdf")
@permitted("requests.letter")
def request_letter(folio: str) -> ResponseReturnValue:
    """The area's own letter, ready to sign."""
    if not may_see_addresses(found(folio)):
        raise NotFound("No existe ese folio.", "There is no such request.")
    return _sheet(sheets.request_letter, folio, "oficio-solicitud")


@pages.get("/<folio>/turn.pdf")
@permitted("requests.turn")
def turn_slip(folio: str) -> ResponseReturnValue:
    """The slip it was turned over with."""
    return _sheet(sheets.turn_slip, folio, "turno")


@pages.get("/<folio>/forms/<form>.pdf")
@permitted("requests.see")
def form_sheet(folio: str, form: str) -> ResponseReturnValue:
    """A form of the manual's annex, to be signed."""
    ticket, session = found(folio), reading()
    content = annexes.write(session, ticket, tickets.definition(session, ticket), form, store().office, now())
    return _pdf(content, f"{form}-{ticket.reference}")


Sheet = Callable[[Session, Ticket, Procedure, Office, datetime], bytes]


def _sheet(write: Sheet, folio: str, name: str) -> Response:
    ticket, session = found(folio), reading()
    content = write(session, ticket, tickets.definition(session, ticket), store().office, now())
    return _pdf(content, f"{name}-{ticket.reference}")


def _pdf(content: bytes, name: str) -> Response:
    shown = {"Content-Disposition": f'inline; filename="{_plain(name)}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=shown)


def _plain(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in name)
