"""The two registers of the manual as printed sheets: connected devices (line 488) and letters (line 498)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from netreg.errors import InvalidValue
from netreg.letters import texts, values, writer
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.policy import quota
from netreg.procedures import tickets
from netreg.procedures.letters import KINDS
from netreg.procedures.models import TO_SIGN, VOID, Letter
from netreg.registry import queries
from netreg.registry.dormancy import dormant
from netreg.registry.models import Authorisation, Device, Ticket

MOST_PRINTED = values.MOST_ROWS
MEDIA = {"wifi": "WiFi", "ethernet": "Cable"}
Row = list[str | int | None]


def devices(session: Session, office: Office, at: datetime, *, whole: bool) -> list[Row]:
    """Every authorised device with area, holder, kind, connection, since, folio (rule R06) and what to know of it.

    `whole` shows whole addresses; without it the last two octets.
    """
    unseen = dormant(session, at)
    rows = [[*_device(one, office, whole), _notes(one, unseen)] for one in _live(session)]
    return sorted(rows, key=lambda row: [str(cell) for cell in row])


def addresses(session: Session) -> int:
    """How many addresses the register of devices shows."""
    return sum(len(one.interfaces) for one in _live(session) if not one.computer_name)


def _live(session: Session) -> Sequence[Device]:
    whole = (Device.interfaces, Device.authorisation, Device.area, Device.ticket)
    return session.scalars(_of_the_register().options(*(selectinload(one) for one in whole))).all()


def _of_the_register() -> Select[Device]:
    return queries.devices_of().where(Authorisation.state.in_(quota.LIVE))


def _check_length(session: Session) -> None:
    """Before any of it is read."""
    count = session.scalar(select(func.count()).select_from(_of_the_register().order_by(None).subquery())) or 0
    if count > MOST_PRINTED:
        raise InvalidValue(
            f"El registro tiene {count} equipos y se imprimen hasta {MOST_PRINTED}.",
            f"The register has {count} devices, and at most {MOST_PRINTED} are printed.",
            code="register_too_long",
            hint="Use «netreg device export» en vez de imprimirlo.",
            hint_en="Use “netreg device export” instead of printing it.",
        )


def _device(device: Device, office: Office, whole: bool) -> Row:
    since = device.authorisation.decided
    addresses = [one.mac if whole else MacAddress(one.mac).masked for one in device.interfaces]
    return [
        device.area.name,
        device.holder,
        KINDS[device.kind],
        device.model,
        device.computer_name or ", ".join(addresses),
        ", ".join(sorted({MEDIA[one.medium] for one in device.interfaces})),
        _day(since, office),
        device.ticket.folio if device.ticket else None,
    ]


def _notes(device: Device, unseen: Collection[int]) -> str:
    said = {
        device.location: bool(device.location),
        "adaptador compartido": device.shared_adapter,
        "en revalidación": device.under_revalidation,
        "sin uso": device.id in unseen,
    }
    return ", ".join(note for note, is_so in said.items() if is_so)


def letters(session: Session, office: Office) -> list[Row]:
    """Every letter that came in with a receipt and every one that went out signed, void ones too (rule R08)."""
    written = [*_incoming(session, office), *_outgoing(session, office)]
    dated = sorted(written, key=lambda pair: pair[0])
    return [row for _moment, row in dated]


def _incoming(session: Session, office: Office) -> Iterator[tuple[datetime, Row]]:
    for ticket in session.scalars(select(Ticket).where(Ticket.received.is_not(None))):
        if ticket.received is not None:
            number = ticket.form.get("letter_number") or "sin número"
            asked = tickets.definition(session, ticket).title.short()
            yield ticket.received, [
                number, _minute(ticket.received, office), ticket.area.name, office.letterhead.unit, asked,
                ticket.folio, ticket.annexes, ticket.received_by,
            ]  # fmt: skip


def _outgoing(session: Session, office: Office) -> Iterator[tuple[datetime, Row]]:
    for letter in session.scalars(select(Letter).where(Letter.signed.is_not(None))):
        if letter.signed is not None:
            subject = str(letter.data.get("asunto", "")) + _standing(letter)
            yield letter.signed, [
                letter.number, _minute(letter.signed, office), office.letterhead.unit, letter.ticket.area.name, subject,
                letter.ticket.folio, None, letter.receiver,
            ]  # fmt: skip


def _standing(letter: Letter) -> str:
    if letter.state == VOID:
        return f" (anulado: {letter.reason})"
    return " (por firmar)" if letter.state == TO_SIGN else ""


def sheet(title: str, columns: Iterable[Mapping[str, object]], rows: list[Row], office: Office, now: datetime) -> bytes:
    """A register as a PDF in landscape, its heads repeated on every page."""
    data: dict[str, Any] = {"titulo": title, "corte": now, "columnas": [dict(one) for one in columns]}
    filled = [["" if cell is None else cell for cell in row] for row in rows]
    return writer.write(
        "register", data | ({"filas": filled} if filled else {}), letterhead=office.letterhead,
        issued=now.replace(microsecond=0),
    )  # fmt: skip


def device_sheet(session: Session, office: Office, now: datetime, *, whole: bool) -> bytes:
    """The register of devices; raises InvalidValue where it is longer than MOST_PRINTED."""
    _check_length(session)
    rows = devices(session, office, now, whole=whole)
    return sheet("Registro de equipos conectados", texts.DEVICE_REGISTER, rows, office, now)


def letter_sheet(session: Session, office: Office, now: datetime) -> bytes:
    return sheet("Registro de oficios", texts.LETTER_REGISTER, letters(session, office), office, now)


def _day(moment: datetime | None, office: Office) -> str:
    return moment.astimezone(office.zone).strftime("%d/%m/%Y") if moment else ""


def _minute(moment: datetime, office: Office) -> str:
    return moment.astimezone(office.zone).strftime("%d/%m/%Y %H:%M")
