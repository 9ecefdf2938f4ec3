"""Revalidation: the coordinator asks, an area marks its devices, the desk receives the letter, and nothing goes by
itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import InvalidValue, NotFound
from netreg.procedures import revalidation as lists
from netreg.procedures.archive import kept
from netreg.procedures.models import ANSWERED, OPEN_LISTS, Revalidation
from netreg.procedures.revalidation import Said
from netreg.registry import queries, text
from netreg.registry.commands import areas
from netreg.registry.dormancy import dormant
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.access import may, own_area, permitted, today
from portal.rows import act, attempt, reading, store, writing

pages = Blueprint("revalidation", __name__, url_prefix="/revalidation")


@pages.get("")
@permitted("revalidation.see")
def listing() -> ResponseReturnValue:
    """The lists a person may see, the open ones by their last day."""
    rows = lists.lists(reading(), own_area())
    return render_template("pages/revalidations.html", rows=rows, areas=queries.open_areas(reading()))


@pages.get("/<row:number>")
@permitted("revalidation.see")
def show(number: int) -> ResponseReturnValue:
    """One list: its devices with what the area says of each, and what this person may do."""
    row, session = found(number), reading()
    area, is_open = lists.answering(session, row), row.state in OPEN_LISTS
    marks = lists.standing(session, row) if is_open else row.marks
    return render_template(
        "pages/revalidation.html",
        row=row,
        area=area,
        marks=marks,
        unseen=dormant(session, now(), [one.device_id for one in marks]),
        answers=is_open and may("revalidation.answer") and area.id == current_user.area_id,
        hands_in=row.state == ANSWERED and may("revalidation.letter"),
        receives=row.state == ANSWERED and may("revalidation.receive"),
        directs=is_open and may("revalidation.direct"),
        late=is_open and row.due < today(),
        head=areas.head_on(session, area, today()),
        story=queries.story(session, [f"revalidation {number}"]) if may("audit.see") else [],
    )


def found(number: int) -> Revalidation:
    """The list, if this person may see it."""
    return lists.one(reading(), number, own_area())


@pages.post("")
@permitted("revalidation.direct")
def start() -> ResponseReturnValue:
    """Ask one area, or all of them."""
    code, note, typed = (request.form.get(name, "") for name in ("area", "note", "until"))

    def command(tx: Transaction) -> None:
        asked = [queries.area(tx.session, code)] if code else queries.areas(tx.session)
        lists.start(tx, asked, note, _day(typed) if typed else None)

    return act(command, _("Se preguntó a las áreas; sus equipos siguen en la red."), url_for(".listing"))


@pages.post("/<row:number>/answer")
@permitted("revalidation.answer")
def answer(number: int) -> ResponseReturnValue:
    """Keep the marks; with the second button, answer with them."""
    found(number)
    send, email, seen = request.form.get("action") == "send", current_user.email, request.form.get("seen", 0, type=int)
    said = {
        int(name[7:]): Said(value, request.form.get(f"holder-{name[7:]}", ""))
        for name, value in request.form.items()
        if name.startswith("choice-") and name[7:].isascii() and name[7:].isdigit()
    }

    def run() -> None:
        # Kept first and on their own: a list that is not complete yet loses none of its marks.
        with writing() as tx:
            person = queries.known_person(tx.session, email)
            lists.mark(tx, lists.one(tx.session, number), person, said, seen=seen)
        if send:
            with writing() as tx:
                lists.answer(tx, lists.one(tx.session, number), queries.known_person(tx.session, email))

    done = _("Contestada: falta el oficio firmado por el titular.") if send else _("Se guardó; todavía no se contesta.")
    return attempt(run, done, _back(number))


@pages.post("/<row:number>/letter")
@permitted("revalidation.letter")
def hand_in(number: int) -> ResponseReturnValue:
    """Keep the head's signed letter as a file."""
    found(number)
    sent, email = request.files.get("file"), current_user.email
    name, content = (sent.filename or "", sent.read()) if sent else ("", b"")

    def command(tx: Transaction) -> None:
        person = queries.known_person(tx.session, email)
        lists.hand_in(tx, lists.one(tx.session, number), person, name, content)

    return act(command, _("Se guardó el archivo."), _back(number))


@pages.get("/<row:number>/letter.pdf")
@permitted("revalidation.see")
def letter(number: int) -> ResponseReturnValue:
    """The head's signed letter, to download: what others made is not opened inside our pages."""
    row = found(number)
    if not row.letter:
        raise NotFound("No existe ese archivo.", "There is no such file.")
    content = kept(store().office.files, row.letter).read_bytes()
    disposition = f'attachment; filename="revalidacion-R{row.id}.pdf"'
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": disposition})


@pages.post("/<row:number>/receive")
@permitted("revalidation.receive")
def receive(number: int) -> ResponseReturnValue:
    """The signed letter is there: what the area said is in force."""
    paper = request.form.get("paper") == "yes"
    signed_by, written = request.form.get("signed_by", ""), request.form.get("letter_date", "")

    def command(tx: Transaction, row: Revalidation) -> None:
        lists.receive(tx, row, paper=paper, signed_by=signed_by, letter_date=written)

    return _change(number, command, _("Recibida: lo que dijo el área quedó en vigor."))


@pages.get("/<row:number>/removal")
@permitted("revalidation.direct")
def removal(number: int) -> ResponseReturnValue:
    """What would go, shown before it is decided."""
    row = found(number)
    marks = lists.standing(reading(), row) if row.state in OPEN_LISTS else []
    return render_template("pages/revalidation_removal.html", row=row, marks=marks)


@pages.post("/<row:number>/removal")
@permitted("revalidation.direct")
def remove(number: int) -> ResponseReturnValue:
    """Order the removal of what was shown."""
    note = request.form.get("note", "")
    shown = [int(one) for one in request.form.getlist("device") if one.isascii() and one.isdigit()]

    def command(tx: Transaction, row: Revalidation) -> None:
        lists.remove_unanswered(tx, row, note, shown)

    return _change(number, command, _("Baja ordenada: cada lugar se libera cuando todos los puntos la confirmen."))


@pages.post("/<row:number>/prolong")
@permitted("revalidation.direct")
def prolong(number: int) -> ResponseReturnValue:
    """More time for the area."""
    typed = request.form.get("until", "")
    return _change(number, lambda tx, row: lists.prolong(tx, row, _day(typed)), _("Se cambió la fecha."))


@pages.post("/<row:number>/withdraw")
@permitted("revalidation.direct")
def withdraw(number: int) -> ResponseReturnValue:
    """Take the list back; nothing changes."""
    note = request.form.get("note", "")
    return _change(number, lambda tx, row: lists.withdraw(tx, row, note), _("La lista se retiró; no cambió nada."))


def _change(number: int, command: Callable[[Transaction, Revalidation], object], done: str) -> ResponseReturnValue:
    found(number)

    def run(tx: Transaction) -> None:
        command(tx, lists.one(tx.session, number))

    return act(run, done, _back(number))


def _day(typed: str) -> date:
    day = text.day(typed, "until")
    if not day:
        raise InvalidValue("Escriba una fecha.", "Write a date.", code="E_DATE", field="until")
    return date.fromisoformat(day)


def _back(number: int) -> str:
    return url_for(".show", number=number)
