"""Walking through any procedure by its own definition: who leaves each step, and what they fill in."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from netreg.errors import NotAllowed
from netreg.procedures import attachments, filing, tickets, uploads
from netreg.procedures.models import StoredFile
from netreg.procedures.procedure import Attachment, Column, FormField, Procedure, Step, Transition
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction
from tests.people import ANA, BETO, CARLA, CAST, DIEGO, INES, IRMA, LEON, NADIA, SOFIA, Member
from tests.samples import pdf

PLAYERS = {
    "applicant": ANA, "administration": ANA, "media": CARLA, "secretarial": SOFIA, "coordinator": CARLA, "it": INES,
    "legal": LEON, "newtech": NADIA, "image": IRMA, "digital": DIEGO, "department": BETO, "dgsei": CARLA,
}  # fmt: skip
TEXT = "Con esto se atiende lo pedido. Queda publicado en https://municipio.gob.mx/aviso"


def applicant(procedure: Procedure) -> Member:
    """Who enters the request: whoever is outside has no account, and the coordinator enters theirs."""
    return PLAYERS[procedure.applicant_role]


# --- what is filled in ----------------------------------------------------------------------------------------------


def filled(columns: tuple[Column, ...], *, answer: str = "", files: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Something valid for each of these, as a form sends it."""
    return {one.id: value(one, files or {}) for one in columns if not _is_of_another_answer(one, answer)}


def _is_of_another_answer(one: Column, answer: str) -> bool:
    wanted = one.required_if.get("answer")
    return bool(wanted) and answer not in (wanted if isinstance(wanted, list) else [wanted])


def value(one: Column, files: Mapping[str, int]) -> Any:
    if isinstance(one, FormField) and one.type == "list":
        return [filled(one.columns, files=files)]
    if one.validation.get("unique") and one.type == "text":
        return f"SIDEM-{secrets.token_hex(4)}"
    if one.choices:
        return [one.choices[0].value] if one.type == "multichoice" else one.choices[0].value
    if one.choices_from:
        return ["Avisos"] if one.type == "multichoice" else "Avisos"
    if one.type == "bool":
        return "no" if one.validation.get("must_be", True) is False or one.id == "repair_viable" else "yes"
    if one.type == "file":
        return str(files.get(one.validation.get("attachment", ""), 1))
    later = (now() + timedelta(days=40)).replace(hour=18, minute=0)
    return {
        "date": _day(one, later.date().isoformat()),
        "datetime": (later + timedelta(days=9 * ("after" in one.validation))).strftime("%Y-%m-%d %H:%M"),
        "integer": "1", "decimal": "12.5", "money": "1,250.00", "email": "obras@municipio.gob.mx",
        "textarea": TEXT, "area": "DIF", "text": "https://municipio.gob.mx/aviso",
    }.get(one.type, "Luis Peña")  # fmt: skip


def _day(one: Column, later: str) -> str:
    past = "not_after" in one.validation or one.id in ("letter_date", "request_date", "movement_date")
    if one.validation.get("after"):
        return (now() + timedelta(days=60)).date().isoformat()
    return (now() - timedelta(days=2)).date().isoformat() if past else later


def content(one: Attachment) -> bytes:
    """A file of the first of its formats."""
    first = one.formats[0]
    samples = {"pdf": pdf(), "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0", "zip": packed()}
    return samples.get(first) or pdf()


def packed(**inside: str) -> bytes:
    """A ZIP file with these entries."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, text in (inside or {"leame": "hola"}).items():
            package.writestr(name.replace("__", "/"), text)
    return made.getvalue()


# --- opening and moving ---------------------------------------------------------------------------------------------


def open_one(store: Store, procedure: Procedure, raw: Mapping[str, Any] | None = None, *, by: Member | None = None,
             area: str = "OBRAS", without: str = "") -> int:  # fmt: skip
    """A draft with everything it wants, or what `raw` says instead; the ticket's number. `without`: a file left out."""
    member = by or applicant(procedure)
    with store.transaction(member.email) as tx:
        person = queries.person(tx.session, member.email)
        form = filled(procedure.asks_at(1)) | dict(raw or {})
        ticket = filing.draft(tx, procedure, queries.area(tx.session, area), person, form)
        for one in procedure.files_at(1):
            if one.id != without:
                kept = attachments.hand_in(tx, ticket, procedure, person, one.id, f"{one.id}.pdf", content(one))
                _point(ticket, procedure, kept)
        return ticket.id


def _point(ticket: Ticket, procedure: Procedure, file: StoredFile) -> None:
    """Every row that wants a file of this kind points at it."""
    for one in procedure.asks_at(1):
        for column in one.columns if isinstance(one, FormField) else ():
            for number, row in enumerate(ticket.form.get(one.id) or ()):
                if column.validation.get("attachment") == file.kind and column.id in row:
                    filing.point_at(ticket, one.id, number, column.id, file)


def send(store: Store, number: int, *, by: Member) -> None:
    with store.transaction(by.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        filing.send(tx, ticket, queries.person(tx.session, by.email), accepted=True, seen=ticket.version)


def opened(store: Store, procedure: Procedure, raw: Mapping[str, Any] | None = None) -> int:
    """The same, sent by whoever asks; the ticket's number."""
    number = open_one(store, procedure, raw)
    send(store, number, by=applicant(procedure))
    return number


def step_of(store: Store, number: int) -> int:
    """Where the ticket is; 0 once it is closed."""
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        return 0 if ticket.closed else ticket.step


def leave(store: Store, procedure: Procedure, number: int, answer: str = "else", *, by: Member | None = None,
          values: Mapping[str, Any] | None = None, with_files: bool = True) -> None:  # fmt: skip
    """Leave the step on this answer, as whoever has to, with everything it asks for or what `values` says instead."""
    step = procedure.step(step_of(store, number))
    member = by or player(store, procedure, number, step)
    with store.transaction(member.email) as tx:
        ticket, person = tx.session.get_one(Ticket, number), queries.person(tx.session, member.email)
        if procedure.returns_at(step.n):
            filing.send(tx, ticket, person, accepted=True)
            return
        if with_files and answer != "no":
            _hand_in(tx, procedure, step, ticket, member)
        said = filled(procedure.asks_at(step.n), answer=answer) | {"paragraphs": TEXT, "comment": "Falta el enlace"}
        tickets.answer(tx, ticket, person, answer, said | dict(values or {}))


def scan(store: Store, number: int, letter: int = 0, *, by: Member = SOFIA, pages: int = 1) -> None:
    """Hand in the scan of a letter that was signed by hand; 0: the oldest that waits for it."""
    with store.transaction(by.email) as tx:
        person = queries.known_person(tx.session, by.email)
        uploads.hand_in(tx, tx.session.get_one(Ticket, number), person, "escaneo.pdf", pdf(pages), letter)


def _hand_in(tx: Transaction, procedure: Procedure, step: Step, ticket: Ticket, member: Member) -> None:
    person = queries.known_person(tx.session, member.email)
    for one in procedure.files_at(step.n) if step.n > 1 else ():
        attachments.hand_in(tx, ticket, procedure, person, one.id, f"{one.id}.pdf", content(one))


def player(store: Store, procedure: Procedure, number: int, step: Step) -> Member:
    """Who leaves a step: of whoever has no account, or is no unit yet, the one who records it for them."""
    with store.reading() as session:
        unknown = procedure.role(step.role).kind == "other_unit" and not session.get_one(Ticket, number).referred
    outside = procedure.role(step.role).external or procedure.role(step.role).kind == "external" or unknown
    return PLAYERS[step.recorded_by if outside and step.recorded_by else step.role]


def may(store: Store, number: int, member: Member, answer: str) -> bool:
    """Whether this person may leave the step at all."""
    try:
        with store.transaction(member.email) as tx:
            tickets.answer(tx, tx.session.get_one(Ticket, number), queries.person(tx.session, member.email), answer)
    except NotAllowed:
        return False
    except Exception:
        # What they filled in is wrong, but the step is theirs.
        return True
    raise AssertionError(f"{member.name} left the step with nothing filled in")


# --- routes ---------------------------------------------------------------------------------------------------------


def routes(procedure: Procedure) -> list[list[tuple[int, str]]]:
    """Walks from the first step to an end, as (step, answer), that take every transition of the definition."""
    left = {(step.n, way.on) for step in procedure.steps for way in step.transitions}
    left |= {(step.n, "else") for step in procedure.steps if step.kind == "end"}
    found = []
    while left:
        step, answer = min(left)
        route = [*_path(procedure, 1, {step}), (step, answer)]
        way = procedure.step(step).way(answer)
        if way is not None:
            ends = {one.n for one in procedure.steps if one.kind == "end"}
            route += _path(procedure, way.to, ends)
            route.append((_target(procedure, route, way), "else"))
        found.append(route)
        left -= set(route)
    return found


def _target(procedure: Procedure, route: list[tuple[int, str]], way: Transition) -> int:
    last, answer = route[-1]
    onward = procedure.step(last).way(answer) or way
    return onward.to


def _path(procedure: Procedure, start: int, goals: set[int]) -> list[tuple[int, str]]:
    """The shortest way from one step to one of the goals."""
    todo: list[tuple[int, list[tuple[int, str]]]] = [(start, [])]
    seen = {start}
    for step, path in todo:
        if step in goals:
            return path
        for way in procedure.step(step).transitions:
            if way.to not in seen:
                seen.add(way.to)
                todo.append((way.to, [*path, (step, way.on)]))
    raise AssertionError(f"no way from {start} to {goals}")


def others(procedure: Procedure, step: Step) -> Iterator[Member]:
    """Everybody who may not leave this step."""
    allowed = {PLAYERS[role].email for role in step.actors if role in PLAYERS}
    if step.role == procedure.applicant_role:
        allowed |= {applicant(procedure).email}
    yield from (one for one in CAST if one.email not in allowed and not _shares(one, allowed))


def _shares(one: Member, allowed: set[str]) -> bool:
    """Whether somebody allowed has the same role in the same area, such as the head beside the liaison."""
    same = [member for member in CAST if member.email in allowed]
    of_an_area = {"liaison", "head"}
    return any(
        (set(one.roles) & set(member.roles) - of_an_area)
        or (set(one.roles) & of_an_area and set(member.roles) & of_an_area and one.area == member.area)
        for member in same
    )
