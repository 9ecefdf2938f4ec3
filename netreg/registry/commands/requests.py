"""An area asks: one request with one or more devices, folio taken in the same transaction."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy import text as sql

from netreg import events
from netreg.errors import DuplicateMac, InvalidValue
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import text
from netreg.registry.models import Area, Authorisation, Device, Interface, Person, Request
from netreg.store.base import now
from netreg.store.transaction import Transaction

MOST_DEVICES = 20
_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """One device as the form, the command line or an import gave it; `text` fields are not checked yet."""

    kind: str
    holder: str
    mac: str = ""
    computer_name: str = ""
    model: str = ""
    ownership: str = "municipal"


def submit(
    tx: Transaction,
    area: Area,
    applicant: Person | None,
    purpose: str,
    wanted: list[Wanted],
    *,
    prefix: str,
    timezone: str,
    once: str = "",
) -> Request:
    """A request in review, with its folio. Refuses bad fields by name and stores nothing then.

    `once` is the form's own mark: sending the same form again answers with the request it already made.
    """
    once = once or secrets.token_urlsafe(16)
    if not _ONCE.fullmatch(once):
        raise InvalidValue("El formulario caducó; ábralo de nuevo.", "The form is stale; open it again.", field="once")
    # The area's row is locked: of two copies of one form that come at once, the second finds what the first made.
    tx.session.execute(select(Area.id).where(Area.id == area.id).with_for_update())
    made = tx.session.scalar(select(Request).where(Request.area_id == area.id, Request.once == once))
    if made is not None:
        return made
    devices = _devices(area, wanted)
    request = Request(
        folio=_next_folio(tx, prefix, now().astimezone(ZoneInfo(timezone)).year),
        area=area,
        applicant=applicant,
        purpose=text.line(purpose, "purpose", most=500),
        submitted=now(),
        once=once,
        devices=devices,
    )
    tx.session.add(request)
    tx.session.flush()
    for device in devices:
        tx.session.add(_requested(device, area))
    tx.record(events.RequestSubmitted(folio=request.folio, area=area.code, devices=len(devices)))
    return request


def _devices(area: Area, wanted: list[Wanted]) -> list[Device]:
    if not 1 <= len(wanted) <= MOST_DEVICES:
        raise InvalidValue(
            f"Una solicitud lleva de 1 a {MOST_DEVICES} equipos.",
            f"A request has 1 to {MOST_DEVICES} devices.",
            code="E_DEVICES",
            field="devices",
        )
    devices = [_device(area, one) for one in wanted]
    macs = [interface.mac for device in devices for interface in device.interfaces]
    if len(set(macs)) != len(macs):
        raise DuplicateMac(
            "La misma dirección MAC aparece dos veces en la solicitud.",
            "The same MAC address appears twice in the request.",
            code="E_SAME_MAC",
            field="mac",
        )
    names = [device.computer_name for device in devices if device.computer_name]
    if len(set(names)) != len(names):
        raise InvalidValue(
            "El mismo nombre de computadora aparece dos veces.",
            "The same computer name appears twice.",
            code="E_SAME_NAME",
            field="computer_name",
        )
    return devices


def _device(area: Area, wanted: Wanted) -> Device:
    """A phone is named by its MAC, a computer by its name (manual, line 526)."""
    if wanted.kind not in ("phone", "computer"):
        raise InvalidValue("Elija teléfono o computadora.", "Choose phone or computer.", code="E_KIND", field="kind")
    if wanted.ownership not in ("municipal", "personal"):
        raise InvalidValue(
            "Elija municipal o personal.", "Choose municipal or personal.", code="E_OWNER", field="ownership"
        )
    device = Device(
        kind=wanted.kind,
        area=area,
        ownership=wanted.ownership,
        holder=text.line(wanted.holder, "holder"),
        model=text.line(wanted.model, "model", most=80, required=False),
    )
    if wanted.kind == "computer":
        device.computer_name = text.computer_name(wanted.computer_name)
    else:
        mac = MacAddress.registrable(wanted.mac)
        device.interfaces = [Interface(device_kind="phone", mac=str(mac), medium="wifi", live=False)]
    return device


def _requested(device: Device, area: Area) -> Authorisation:
    return Authorisation(
        device_id=device.id, kind=device.kind, area_id=area.id, quota_unit_id=area.quota_unit_id, state=quota.REQUESTED
    )


def _next_folio(tx: Transaction, prefix: str, year: int) -> str:
    """The next number of the year. The row is locked until the end: no gap, and no number twice."""
    taken = sql(
        "INSERT INTO folio_sequence (prefix, year, last) VALUES (:prefix, :year, 1) "
        "ON CONFLICT (prefix, year) DO UPDATE SET last = folio_sequence.last + 1 RETURNING last"
    )
    number = tx.session.execute(taken, {"prefix": prefix, "year": year}).scalar_one()
    return f"{prefix}-{year}-{number:05d}"
