"""Devices: their rights, their slots, and what was decided about them."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "device.approved",
    "device {device}",
    "{actor} aprobó el equipo {device} del folio {folio} (área {area}{seat})",
    "{actor} approved device {device} of {folio} (area {area}{seat_en})",
)
class DeviceApproved(Event):
    device: int
    folio: str
    area: str
    slot: int | None
    # The slot in words, for a phone that has one now.
    seat: str = ""
    seat_en: str = ""


@event(
    "device.rejected",
    "device {device}",
    "{actor} rechazó el equipo {device} del folio {folio}: {code}",
    "{actor} rejected device {device} of {folio}: {code}",
)
class DeviceRejected(Event):
    device: int
    folio: str
    code: str


@event(
    "device.asked_again",
    "device {device}",
    "el equipo {device} del folio {folio} vuelve a estar por decidir",
    "device {device} of {folio} is to be decided again",
)
class DeviceAskedAgain(Event):
    device: int
    folio: str


@event(
    "request.quota_conflict",
    "device {device}",
    "{actor} quiso aprobar el equipo {device} del folio {folio}, pero el área {area} ya tiene sus tres teléfonos",
    "{actor} tried to approve device {device} of {folio}, but area {area} already has its three phones",
)
class QuotaConflict(Event):
    device: int
    folio: str
    area: str


@event(
    "device.bound",
    "device {device}",
    "{actor} vinculó el equipo {device} a la dirección {mac} ({evidence})",
    "{actor} bound device {device} to address {mac} ({evidence})",
)
class DeviceBound(Event):
    device: int
    mac: str
    evidence: str


@event(
    "device.registered",
    "device {device}",
    "{actor} registró el equipo de infraestructura {device} ({mac}) del área {area}",
    "{actor} registered infrastructure device {device} ({mac}) of area {area}",
)
class DeviceRegistered(Event):
    device: int
    mac: str
    area: str


@event(
    "device.activated",
    "device {device}",
    "el equipo {device} quedó activo: todos los puntos lo confirmaron",
    "device {device} is active: every point confirmed it",
)
class DeviceActivated(Event):
    device: int


@event(
    "device.slot_inherited",
    "device {device}",
    "el equipo {device} tomó el lugar {slot} del equipo {replaced}, que ya no está en ningún punto",
    "device {device} took slot {slot} of device {replaced}, which no point lets through any more",
)
class SlotInherited(Event):
    device: int
    slot: int
    replaced: int


@event(
    "device.suspended",
    "device {device}",
    "{actor} suspendió el equipo {device}: {code}",
    "{actor} suspended device {device}: {code}",
)
class DeviceSuspended(Event):
    device: int
    code: str


@event(
    "device.restored",
    "device {device}",
    "{actor} levantó la suspensión del equipo {device}",
    "{actor} lifted the suspension of device {device}",
)
class DeviceRestored(Event):
    device: int


@event(
    "device.removal_ordered",
    "device {device}",
    "{actor} ordenó la baja del equipo {device}",
    "{actor} ordered the removal of device {device}",
)
class RemovalOrdered(Event):
    device: int


@event(
    "device.removed",
    "device {device}",
    "el equipo {device} quedó de baja: ningún punto lo deja pasar",
    "device {device} is removed: no point lets it through",
)
class DeviceRemoved(Event):
    device: int


@event(
    "device.slot_released",
    "device {device}",
    "{actor} liberó el lugar {slot} del equipo {device} antes de que todos los puntos confirmaran su baja",
    "{actor} released slot {slot} of device {device} before every point had confirmed its removal",
)
class SlotReleased(Event):
    device: int
    slot: int | None


@event(
    "device.excess_seated",
    "device {device}",
    "el equipo {device}, excedente de una fusión, ocupó el lugar {slot}",
    "device {device}, one too many after a merger, took slot {slot}",
)
class ExcessSeated(Event):
    device: int
    slot: int


@event(
    "device.moved",
    "device {device}",
    "el equipo {device} pasó del área {origin} al área {area} ({seat})",
    "device {device} went from area {origin} to area {area} ({seat_en})",
)
class DeviceMoved(Event):
    device: int
    origin: str
    area: str
    seat: str
    seat_en: str


@event(
    "device.ends",
    "device {device}",
    "{actor} anotó que el equipo {device} puede conectarse hasta el {day}: {because}",
    "{actor} noted that device {device} may connect until {day}: {because}",
)
class EndSet(Event):
    device: int
    day: str
    because: str


@event(
    "device.flagged",
    "device {device}",
    "el equipo {device} espera una decisión: {flag}",
    "device {device} waits for a decision: {flag}",
)
class DeviceFlagged(Event):
    device: int
    flag: str


@event(
    "device.changed",
    "device {device}",
    "{actor} cambió los datos del equipo {device}: {fields}",
    "{actor} changed the data of device {device}: {fields}",
)
class DeviceChanged(Event):
    device: int
    fields: str


@event(
    "device.revalidated",
    "device {device}",
    "el área {area} revalidó el equipo {device} (lista R{revalidation})",
    "area {area} revalidated device {device} (list R{revalidation})",
)
class DeviceRevalidated(Event):
    device: int
    area: str
    revalidation: int


@event(
    "device.suspension_reviewed",
    "device {device}",
    "{actor} revisó la suspensión del equipo {device} y la confirmó",
    "{actor} reviewed the suspension of device {device} and confirmed it",
)
class SuspensionReviewed(Event):
    device: int


@event(
    "device.private_accepted",
    "device {device}",
    "{actor} aceptó la dirección privada fija {mac} del equipo {device}",
    "{actor} accepted the private, fixed address {mac} of device {device}",
)
class PrivateAccepted(Event):
    device: int
    mac: str
