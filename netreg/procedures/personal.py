"""Everything held on one person, for whoever asks to see their own data (core workflow, section 14, ARCO).

A device belongs to a person by the holder's name, because most holders have no account, and requests of any procedure
name people in their forms, notes and files (`mentions`). Two people of one name cannot be told apart by that: the
document says so, and whoever hands it over takes out what is not theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.detection import sources
from netreg.errors import InvalidValue, NotFound
from netreg.office import Office
from netreg.policy import roles
from netreg.procedures.letters import KINDS
from netreg.procedures.mentions import NOTE, Mention, mentions
from netreg.procedures.models import Letter, StoredFile
from netreg.procedures.outside import searching
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.personal_sheet import Document, Rows, sheet
from netreg.procedures.tickets import definition
from netreg.procedures.uploads import RECEIPT, REQUEST_LETTER, SIGNED_LETTER
from netreg.registry import queries, text
from netreg.registry.commands.devices import REASONS
from netreg.registry.models import Device, Person, Stay, Substitution, Ticket, Trait
from netreg.store.transaction import Transaction

TITLE = "Datos personales que se conservan"
JSON_NAME, PDF_NAME = "datos.json", "datos.pdf"
_HOMONYMS = (
    "Los equipos y lo escrito en solicitudes se buscan por nombre. Si otra persona se llama igual, o un texto nombra a "
    "alguien más, separe lo que no sea de quien lo pide antes de entregar este documento."
)
_KEPT = (
    "Los oficios y los archivos se mencionan por su referencia: siguen el catálogo de disposición documental. La "
    "contraseña no se guarda, sólo una huella que no se entrega."
)
_WITHHELD = "Su texto queda entre quienes atienden la solicitud; pídalo a la Coordinación si le hace falta."
# What the registry's own codes mean, for whoever reads their data.
_SAID = {
    "requested": "por decidir", "awaiting_binding": "falta vincular", "waiting_swap": "espera el cambio",
    "pushing": "se está registrando", "active": "activo", "suspended": "suspendido",
    "removing": "se está dando de baja", "removed": "de baja", "rejected": "rechazado",
    "draft": "borrador", "in_review": "en revisión", "returned": "devuelto", "to_sign": "por firmar",
    "signed": "firmado",
    "delivered": "entregado", "not_delivered": "no entregado", "acknowledged": "firmado de recibido", "void": "anulado",
    roles.LIAISON: "enlace", roles.HEAD: "titular del área", roles.SECRETARIAL: "área secretarial",
    roles.COORDINATOR: "coordinación", roles.IT: "informática", roles.LEGAL: "normatividad",
    roles.NEWTECH: "nuevas tecnologías",
    roles.IMAGE: "comunicación e imagen", roles.DIGITAL: "gobierno digital", roles.AUDITOR: "contraloría",
    roles.ADMINISTRATOR: "administración del sistema",
    REQUEST_LETTER: "oficio firmado", SIGNED_LETTER: "respuesta firmada, escaneada",
    RECEIPT: "copia firmada de recibido",
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A person as this registry knows them: a name, an account if there is one, devices, requests, and where else
    requests name them."""

    name: str
    account: Person | None
    devices: list[Device]
    requests: list[Ticket]
    mentions: list[Mention]
    # What they sent at a public form: the requests they are answered for, and forms that wait for a confirmation.
    contacts: list[Contact] = field(default_factory=list)
    forms: list[Pending] = field(default_factory=list)


def export(tx: Transaction, who: str, at: datetime) -> Document:
    """What is held on the person with this e-mail or name, as one document; that it was taken out is recorded.

    Raises NotFound for somebody the registry does not know, InvalidValue for a name that several accounts have.
    """
    held = _held(tx.session, who, tx.office)
    document = _document(tx.session, held, tx.office, at)
    called = held.account.email if held.account else held.name
    tx.record(events.PersonExported(person=called, devices=len(held.devices), requests=len(held.requests)))
    return document


def as_json(document: Document) -> str:
    """The document as JSON, for a program or a person with patience."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def bundle(document: Document, office: Office, at: datetime) -> bytes:
    """The document as a ZIP: the data as JSON, and a PDF to read."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr(JSON_NAME, as_json(document))
        archive.writestr(PDF_NAME, sheet(document, office, at))
    return content.getvalue()


# --- who ------------------------------------------------------------------------------------------------------------


def _held(session: Session, who: str, office: Office) -> Held:
    typed = text.line(who, "who")
    contacts, forms = searching.contacts(session, typed, office), searching.pending(session, typed, office)
    account = _account(session, typed)
    name = account.name if account else typed
    devices = [one for one in queries.devices(session) if one.kind != "infrastructure" and _same(one.holder, name)]
    named = mentions(session, [name, account.email] if account else [name])
    if account is None and not (devices or named or contacts or forms):
        raise NotFound("No se conserva nada de esa persona.", "Nothing is held on that person.", field="who")
    numbers = {device.ticket_id for device in devices}
    asked = Ticket.applicant_id == (account.id if account else 0)
    numbers |= {one.ticket_id for one in contacts}
    requests = session.scalars(select(Ticket).where(asked | Ticket.id.in_(numbers)).order_by(Ticket.id)).all()
    called = devices[0].holder if devices and account is None else name
    return Held(called, account, devices, list(requests), named, contacts, forms)


def _account(session: Session, typed: str) -> Person | None:
    if "@" in typed:
        return queries.person(session, typed.lower())
    same = [one for one in queries.people(session) if _same(one.name, typed)]
    if len(same) > 1:
        emails = ", ".join(one.email for one in same)
        raise InvalidValue(
            f"Varias cuentas llevan ese nombre: {emails}. Escriba el correo.",
            f"Several accounts have that name: {emails}. Write the e-mail.",
            code="several_people",
            field="who",
        )
    return same[0] if same else None


def _same(one: str, other: str) -> bool:
    return text.folded(" ".join(one.split())) == text.folded(" ".join(other.split()))


# --- what -----------------------------------------------------------------------------------------------------------


def _document(session: Session, held: Held, office: Office, at: datetime) -> Document:
    notice, tickets = office.notice, [ticket.id for ticket in held.requests]
    return {
        "documento": TITLE,
        "persona": held.name,
        "corte": at.astimezone(office.zone).isoformat(timespec="seconds"),
        "advertencias": [_HOMONYMS, _KEPT],
        "aviso_de_privacidad": {
            "version": notice.version,
            "fecha": notice.date,
            "garante": notice.guarantor,
            "canal": notice.arco,
        },
        "cuenta": _account_row(held.account, office) if held.account else None,
        "suplencias": _substitutions(session, held.account) if held.account else [],
        "equipos": [_device(session, device, office) for device in held.devices],
        "estancias": _stays(session, held, office),
        "dicho_por_los_equipos": _traits(session, held, office),
        "solicitudes": [_request(ticket, held, office) for ticket in held.requests],
        "menciones": [_mention(one, office) for one in held.mentions],
        "contactos": _contacts(held, office),
        "oficios": _letters(session, tickets, office),
        "archivos": _files(session, tickets, office),
        "bitacora": _story(session, held, office),
    }


def _account_row(person: Person, office: Office) -> dict[str, Any]:
    return {
        "correo": person.email,
        "nombre": person.name,
        "area": person.area.name if person.area else "",
        "activa": person.active,
        "papeles": [_SAID[role.name] for role in person.roles],
        "entradas": person.login_count or 0,
        "ultima_entrada": _moment(person.current_login_at, office),
        "ultima_direccion_ip": person.current_login_ip or "",
        "entrada_anterior": _moment(person.last_login_at, office),
        "direccion_ip_anterior": person.last_login_ip or "",
    }


def _substitutions(session: Session, person: Person) -> Rows:
    mine = (Substitution.person_id == person.id) | (Substitution.absent_id == person.id)
    return [
        {
            "papel": _SAID[one.role],
            "suplente": one.person.name,
            "ausente": one.absent.name,
            "desde": one.first.isoformat(),
            "hasta": one.last.isoformat(),
        }
        for one in session.scalars(select(Substitution).where(mine).order_by(Substitution.first))
    ]


def _device(session: Session, device: Device, office: Office) -> dict[str, Any]:
    right = device.authorisation
    seen = [at for one in device.interfaces if (at := queries.last_seen(session, one.mac))]
    return {
        "numero": device.id,
        "tipo": KINDS[device.kind],
        "area": device.area.name,
        "usuario": device.holder,
        "modelo": device.model,
        "nombre_del_equipo": device.computer_name or "",
        "propiedad": device.ownership,
        "inventario": device.inventory_no,
        "conexion": device.connection,
        "direccion_declarada": device.claimed_mac,
        "direcciones": [one.mac for one in device.interfaces],
        "direcciones_convertidas_en_huella": len(device.former),
        "estado": _SAID[right.state],
        "motivo": right.reason or REASONS.get(right.reason_code, ("",))[0],
        "folio": device.ticket.reference if device.ticket else "",
        "decidido": _moment(right.decided, office),
        "dado_de_baja": _moment(right.removed, office),
        "direcciones_borradas": _moment(right.forgotten, office),
        "visto_por_ultima_vez": _moment(max(seen), office) if seen else "",
    }


def _stays(session: Session, held: Held, office: Office) -> Rows:
    """Where the person's devices were seen, for as long as that is kept."""
    found = session.scalars(select(Stay).where(Stay.mac.in_(_addresses(held))).order_by(Stay.until.desc(), Stay.id))
    return [
        {
            "direccion": one.mac,
            "lugar": f"{one.place} · {one.port}" if one.port else one.place,
            "fuente": sources.name(one.source)[0],
            "ip": one.ip or "",
            "desde": _moment(one.since, office),
            "hasta": _moment(one.until, office),
        }
        for one in found
    ]


def _traits(session: Session, held: Held, office: Office) -> Rows:
    """What the person's devices say of themselves on the network."""
    found = session.scalars(select(Trait).where(Trait.mac.in_(_addresses(held))).order_by(Trait.mac, Trait.first_seen))
    return [
        {"direccion": one.mac, "tipo": one.kind, "dicho": one.value, "por_ultima_vez": _moment(one.last_seen, office)}
        for one in found
    ]


def _addresses(held: Held) -> list[str]:
    return [one.mac for device in held.devices for one in device.interfaces]


def _request(ticket: Ticket, held: Held, office: Office) -> dict[str, Any]:
    asked = held.account is not None and ticket.applicant_id == held.account.id
    outside = ticket.id in {one.ticket_id for one in held.contacts}
    return {
        "referencia": ticket.reference,
        "area": ticket.area.name,
        "relacion": "la pidió" if asked else "la pidió desde fuera" if outside else "usa un equipo de ella",
        "estado": ticket.status,
        "finalidad": ticket.purpose,
        "oficio": str(ticket.form.get("letter_number", "")),
        "enviada": _moment(ticket.sent, office),
        "recibida": _moment(ticket.received, office),
        "cerrada": _moment(ticket.closed, office),
    }


def _mention(one: Mention, office: Office) -> dict[str, Any]:
    return {
        "solicitud": one.ticket.reference,
        "donde": one.where,
        # What the desks write among themselves stays with them; that somebody is named there does not.
        "dicho": _WITHHELD if one.where == NOTE else one.said,
        "cuando": _moment(one.at, office),
    }


def _contacts(held: Held, office: Office) -> Rows:
    """What they sent at public forms: the confirmed address of each request, and what waits for its confirmation."""
    filed = [
        {
            "correo": one.email,
            "solicitud": one.ticket.reference,
            "desde": _moment(one.confirmed, office),
            "dicho": searching.names_of(one.ticket.procedure, one.ticket.form, office),
        }
        for one in held.contacts
    ]
    waiting = [
        {
            "correo": one.email,
            "solicitud": "sin confirmar",
            "desde": _moment(one.asked, office),
            "dicho": searching.names_of(one.procedure, one.said, office),
        }
        for one in held.forms
    ]
    return [*filed, *waiting]


def _letters(session: Session, tickets: list[int], office: Office) -> Rows:
    found = session.scalars(select(Letter).where(Letter.ticket_id.in_(tickets)).order_by(Letter.id))
    return [
        {
            "numero": one.number or "",
            "solicitud": one.ticket.reference,
            "estado": _SAID[one.state],
            "firmado": _moment(one.signed, office),
            "entregado": _moment(one.delivered, office),
            "recibio": one.receiver,
            "sha256": one.pdf or "",
        }
        for one in found
    ]


def _files(session: Session, tickets: list[int], office: Office) -> Rows:
    references = {row.id: row for row in session.scalars(select(Ticket).where(Ticket.id.in_(tickets)))}
    found = session.scalars(select(StoredFile).where(StoredFile.ticket_id.in_(tickets)).order_by(StoredFile.id))
    return [
        {
            "archivo": one.name,
            "solicitud": references[one.ticket_id].reference,
            "tipo": _kind(session, references[one.ticket_id], one.kind),
            "paginas": one.pages,
            "guardado": _moment(one.stored, office),
            "sha256": one.sha256,
        }
        for one in found
    ]


def _kind(session: Session, ticket: Ticket, kind: str) -> str:
    """What a file is called that a definition asks for, or that every request may have."""
    asked = {one.id: one.es for one in definition(session, ticket).attachments}
    return _SAID.get(kind) or asked.get(kind, kind)


def _story(session: Session, held: Held, office: Office) -> Rows:
    subjects = [f"device {device.id}" for device in held.devices]
    subjects += [f"person {held.account.email}"] if held.account else [f"person {held.name}"]
    return [
        {"renglon": one.seq, "cuando": _moment(one.when, office), "que_paso": one.sentence("es")}
        for one in queries.story(session, subjects)
    ]


def _moment(instant: datetime | None, office: Office) -> str:
    return instant.astimezone(office.zone).isoformat(sep=" ", timespec="minutes") if instant else ""
