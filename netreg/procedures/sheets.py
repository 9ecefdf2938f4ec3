"""What is printed from a request's page: the area's own letter to sign, the stamped receipt, the turn slip."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.letters import texts, writer
from netreg.office import Office
from netreg.policy import roles
from netreg.procedures import calendars, letters, tickets, timing
from netreg.procedures.catalogue import CORE
from netreg.procedures.procedure import Procedure
from netreg.procedures.uploads import BEFORE_RECEIPT
from netreg.registry import queries
from netreg.registry.models import Device, Move, Operation, Person, Role, Ticket

OWNERSHIP = {"municipal": "Municipal", "personal": "Personal"}
CONNECTIONS = {"wifi": "WiFi", "wired": "Cable", "both": "WiFi y cable"}
INSTRUCTION = "Atender conforme al procedimiento e informar a esta Coordinación."
NO_NUMBER = "sin número"


# --- the area's own letter ------------------------------------------------------------------------------------------


def may_print_request(ticket: Ticket) -> bool:
    """Whether the letter that asks for access may still be signed: sent and not received, or returned to its area."""
    return (
        ticket.procedure == CORE and ticket.closed is None and ticket.sent is not None and ticket.step in BEFORE_RECEIPT
    )


def request_letter(session: Session, ticket: Ticket, procedure: Procedure, office: Office, now: datetime) -> bytes:
    """The letter an area signs to ask for what it sent. It bears whole addresses: it is for the area, IT and the
    coordinator alone. NotFound when there is none to sign.
    """
    if not may_print_request(ticket):
        raise NotFound("Ya no hay oficio por firmar.", "There is no letter to sign any more.")
    (signer, post), addressee = letters.signer(session, ticket, office), _holder(session, roles.COORDINATOR)
    notice = " del ".join(str(ticket.form[key]) for key in ("notice_version", "notice_date") if ticket.form.get(key))
    data = {
        "oficio_no": ticket.form.get("letter_number", ""),
        "comprobante": f"E{ticket.id}",
        "asunto": procedure.title.short(),
        "fecha": ticket.form.get("letter_date") or now.astimezone(office.zone).date(),
        "destinatario": addressee.name if addressee else office.signatory_post,
        "cargo": office.signatory_post if addressee else office.letterhead.unit,
        "equipos": [_asked(session, device) for device in ticket.devices]
        + [_asked(session, one.device) | _changed(one) for one in ticket.operations],
        "funcion": ticket.purpose,
        "aviso_privacidad": notice,
        "cuerpo": texts.request_body(_movement(ticket)),
        "declaraciones": texts.statements(notice),
        "firmante": signer or "Nombre y firma",
        "firmante_cargo": post,
    }
    # The area writes, not the office: its name at the head, and none of the office's ways to be reached.
    head = replace(office.letterhead, unit=ticket.area.name, address=(), phone="", email="")
    return _written("request", data, replace(office, letterhead=head), now)


def _movement(ticket: Ticket) -> str:
    """add, swap, remove or update, as the area's letter says it."""
    if ticket.operations:
        return ticket.operations[0].kind
    return "swap" if all(device.authorisation.replaces_id for device in ticket.devices) else "add"


def _changed(operation: Operation) -> dict[str, str]:
    """The row of a change with the data as they are to be."""
    columns = {"holder": "usuario", "model": "modelo", "inventory_no": "inventario"}
    return {columns[key]: said for key, said in operation.changes.items()}


def _asked(session: Session, device: Device) -> dict[str, str]:
    old = session.get(Device, device.authorisation.replaces_id or 0)
    addresses = ", ".join(one.mac.upper() for one in device.interfaces)
    row = {
        "tipo": letters.KINDS[device.kind],
        "modelo": device.model,
        "identificador": device.computer_name or addresses,
        "usuario": device.holder,
        "propiedad": OWNERSHIP[device.ownership],
        "conexion": CONNECTIONS[device.connection],
        "inventario": device.inventory_no,
        "sustituye": ", ".join(letters.printed(old).values()) if old else "",
    }
    return {key: value for key, value in row.items() if value}


def _holder(session: Session, role: str) -> Person | None:
    query = select(Person).where(Person.active, Person.roles.any(Role.name == role))
    return session.scalar(query.order_by(Person.id).limit(1))


# --- the receipt and the turn ---------------------------------------------------------------------------------------


def receipt(session: Session, ticket: Ticket, procedure: Procedure, office: Office, now: datetime) -> bytes:
    """The stamped receipt; NotFound before there is one."""
    if ticket.received is None:
        raise NotFound("Todavía no hay acuse.", "There is no receipt yet.")
    data = _incoming(ticket, procedure) | {
        "recibido": ticket.received,
        "recibio": _name(session, ticket.received_by),
        "presento": ticket.applicant.name if ticket.applicant else "",
        "fecha_solicitud": ticket.form.get("letter_date", ""),
        "revision": ticket.revision,
        "equipos": [letters.printed(device) for device in (*ticket.devices, *(o.device for o in ticket.operations))],
        "siguiente": texts.next_steps(devices=procedure.code == CORE),
        "vence": _due(session, ticket, procedure, office, now) or now,
    }
    return _written("acuse", data, office, ticket.received)


def turned(ticket: Ticket, procedure: Procedure) -> Move | None:
    """The last time somebody turned the request over, or None before."""
    moves = [one for one in ticket.moves if "turno" in procedure.step(one.left).produces]
    own = (one for one in reversed(moves) if not one.facts.get(tickets.REPEATED))
    return next((one for one in own if procedure.step(one.left).way(one.answer)), None)


def turn_slip(session: Session, ticket: Ticket, procedure: Procedure, office: Office, now: datetime) -> bytes:
    """The slip a request is turned over with; NotFound before it is."""
    move = turned(ticket, procedure)
    if move is None:
        raise NotFound("Todavía no se turna.", "It is not turned over yet.")
    data = _incoming(ticket, procedure) | {
        "fecha": move.at,
        "de": _name(session, move.actor),
        "de_cargo": office.signatory_post,
        "por_ausencia": office.signatory_post if move.absent else "",
        "para": procedure.owner.executing_es,
        "instruccion": move.facts.get("instruction") or INSTRUCTION,
        "vence": _due(session, ticket, procedure, office, now) or "",
    }
    return _written("turn", data, office, move.at)


def _incoming(ticket: Ticket, procedure: Procedure) -> dict[str, Any]:
    """What the desk knows of the letter that came in."""
    return {
        "folio": ticket.folio,
        "asunto": procedure.title.short(),
        "solicitante": ticket.area.name,
        "oficio_solicitud": ticket.form.get("letter_number") or NO_NUMBER,
        "anexos": ticket.annexes,
    }


def _due(session: Session, ticket: Ticket, procedure: Procedure, office: Office, now: datetime) -> datetime | None:
    shown = timing.reading(ticket, procedure, calendars.current(session, office), now)
    return (shown.due if shown else None) or ticket.due


def _name(session: Session, actor: str) -> str:
    """What a person is called; an operator at the console by their login."""
    person = queries.person(session, actor)
    return person.name if person else actor


def _written(kind: str, data: dict[str, Any], office: Office, issued: datetime) -> bytes:
    filled = {key: value for key, value in data.items() if value not in ("", [])}
    return writer.write(kind, filled, letterhead=office.letterhead, issued=issued.replace(microsecond=0))
