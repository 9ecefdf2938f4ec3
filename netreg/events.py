"""The catalogue of audit events: what can happen, and the sentence a person reads about it.

An event is a fact in the past tense. `name` is stable; `says` and `says_en` may use the event's own fields and
`{actor}`. `subject` is what the event is about, so that one folio or device tells its whole story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar, dataclass_transform


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base: every event carries what was before, what is after and the reason, where they apply."""

    name: ClassVar[str]
    says: ClassVar[str]
    says_en: ClassVar[str]
    about: ClassVar[str]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def subject(self) -> str:
        """What the event is about, for example `request ADJ-P03-2026-00012`."""
        return self.about.format(**self.facts)

    @property
    def facts(self) -> dict[str, Any]:
        """The event's own fields, as they were then."""
        return {k: v for k, v in asdict(self).items() if k not in ("before", "after", "reason")}


CATALOGUE: dict[str, type[Event]] = {}
_E = TypeVar("_E", bound=Event)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def _event(name: str, subject: str, says: str, says_en: str) -> Callable[[type[_E]], type[_E]]:
    """Enter the class below in the catalogue under `name`; `subject` is a template over its fields."""

    def enter(cls: type[_E]) -> type[_E]:
        event = dataclass(frozen=True, kw_only=True)(cls)
        event.name, event.says, event.says_en, event.about = name, says, says_en, subject
        CATALOGUE[name] = event
        return event

    return enter


@_event(
    "area.added",
    "area {code}",
    "{actor} dio de alta el área {title} ({code})",
    "{actor} added area {title} ({code})",
)
class AreaAdded(Event):
    code: str
    title: str


@_event(
    "area.renamed",
    "area {code}",
    "{actor} cambió el nombre del área {code} a {title}",
    "{actor} renamed area {code} to {title}",
)
class AreaRenamed(Event):
    code: str
    title: str


@_event(
    "area.head_named",
    "area {code}",
    "{actor} anotó a {person} como {post} del área {code} desde el {first}",
    "{actor} recorded {person} as {post} of area {code} from {first}",
)
class HeadNamed(Event):
    code: str
    person: str
    post: str
    first: str


@_event(
    "area.merged",
    "area {into}",
    "{actor} fusionó las áreas {codes} en {into}; {excess} teléfono(s) exceden los tres",
    "{actor} merged areas {codes} into {into}; {excess} phone(s) exceed the three",
)
class AreasMerged(Event):
    into: str
    codes: str
    excess: int


@_event(
    "area.split",
    "area {code}",
    "{actor} separó el área {code} de {origin}, con {devices} equipo(s)",
    "{actor} split area {code} off {origin}, with {devices} device(s)",
)
class AreaSplit(Event):
    code: str
    origin: str
    devices: int


@_event(
    "area.closed",
    "area {code}",
    "{actor} dio por terminada el área {code}; {devices} equipo(s) esperan decisión",
    "{actor} closed area {code}; {devices} device(s) wait for a decision",
)
class AreaClosed(Event):
    code: str
    devices: int


@_event(
    "area.excess_prolonged",
    "area {code}",
    "{actor} dejó los teléfonos excedentes del área {code} hasta el {until}",
    "{actor} let the excess phones of area {code} stay until {until}",
)
class ExcessProlonged(Event):
    code: str
    until: str


@_event(
    "person.added",
    "person {email}",
    "{actor} dio de alta a {email} con los papeles {roles}",
    "{actor} added {email} with roles {roles}",
)
class PersonAdded(Event):
    email: str
    roles: str


@_event(
    "person.password_set",
    "person {email}",
    "{actor} puso otra contraseña a {email}; se cerraron sus sesiones",
    "{actor} set another password for {email}; their sessions ended",
)
class PasswordSet(Event):
    email: str


@_event(
    "person.account_closed",
    "person {email}",
    "{actor} cerró la cuenta de {email}",
    "{actor} closed the account of {email}",
)
class AccountClosed(Event):
    email: str


@_event(
    "person.account_opened",
    "person {email}",
    "{actor} abrió de nuevo la cuenta de {email}",
    "{actor} opened the account of {email} again",
)
class AccountOpened(Event):
    email: str


@_event(
    "person.roles_set",
    "person {email}",
    "{actor} dejó a {email} con los papeles {roles}",
    "{actor} left {email} with roles {roles}",
)
class RolesSet(Event):
    email: str
    roles: str


@_event(
    "person.moved",
    "person {email}",
    "{actor} pasó a {email} al área {area}",
    "{actor} moved {email} to area {area}",
)
class PersonMoved(Event):
    email: str
    area: str


@_event(
    "person.invited",
    "person {email}",
    "{actor} invitó a {email} a elegir su contraseña",
    "{actor} invited {email} to choose a password",
)
class PersonInvited(Event):
    email: str


@_event(
    "person.reset_asked",
    "person {email}",
    "{actor} pidió para {email} un enlace con que elegir otra contraseña",
    "{actor} asked for a link with which {email} chooses another password",
)
class ResetAsked(Event):
    email: str


@_event(
    "person.reset_sent",
    "person {email}",
    "{actor} envió a {email} el enlace que alguien pidió en la página de entrada para elegir otra contraseña",
    "{actor} sent {email} the link that somebody asked for at the sign-in page to choose another password",
)
class ResetSent(Event):
    email: str


@_event(
    "person.password_chosen",
    "person {email}",
    "{email} eligió su contraseña con un enlace; se cerraron sus sesiones",
    "{email} chose a password through a link; their sessions ended",
)
class PasswordChosen(Event):
    email: str


@_event(
    "person.factor_on",
    "person {email}",
    "{email} activó su segundo factor",
    "{email} switched on a second factor",
)
class FactorOn(Event):
    email: str


@_event(
    "person.factor_off",
    "person {email}",
    "{email} desactivó su segundo factor",
    "{email} switched off the second factor",
)
class FactorOff(Event):
    email: str


@_event(
    "person.factor_reset",
    "person {email}",
    "{actor} quitó el segundo factor de {email}; se cerraron sus sesiones",
    "{actor} took away the second factor of {email}; their sessions ended",
)
class FactorReset(Event):
    email: str


@_event(
    "person.recovery_codes_made",
    "person {email}",
    "{email} obtuvo {number} códigos de recuperación; los anteriores ya no sirven",
    "{email} got {number} recovery codes; the earlier ones are void",
)
class RecoveryCodesMade(Event):
    email: str
    number: int


@_event(
    "person.recovery_code_used",
    "person {email}",
    "{email} usó un código de recuperación; le quedan {left}",
    "{email} used a recovery code; {left} are left",
)
class RecoveryCodeUsed(Event):
    email: str
    left: int


@_event(
    "person.substitute_named",
    "person {person}",
    "{actor} nombró a {person} suplente de {absent} como {role}, del {first} al {last}",
    "{actor} named {person} substitute of {absent} as {role}, from {first} to {last}",
)
class SubstituteNamed(Event):
    person: str
    role: str
    absent: str
    first: str
    last: str


@_event(
    "person.substitute_withdrawn",
    "person {person}",
    "{actor} retiró a {person} como suplente de {absent} ({role}, del {first} al {last})",
    "{actor} withdrew {person} as substitute of {absent} ({role}, from {first} to {last})",
)
class SubstituteWithdrawn(Event):
    person: str
    role: str
    absent: str
    first: str
    last: str


@_event(
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


@_event(
    "calendar.loaded",
    "calendar {version}",
    "{actor} cargó la versión {version} del calendario, con {rows} fechas",
    "{actor} loaded version {version} of the calendar, with {rows} dates",
)
class CalendarLoaded(Event):
    version: int
    rows: int


@_event(
    "request.drafted",
    "request {ticket}",
    "{actor} guardó un borrador de solicitud del área {area}",
    "{actor} kept a draft request of area {area}",
)
class RequestDrafted(Event):
    ticket: int
    area: str


@_event(
    "request.draft_discarded",
    "request {ticket}",
    "{actor} descartó un borrador del área {area}",
    "{actor} discarded a draft of area {area}",
)
class DraftDiscarded(Event):
    ticket: int
    area: str


@_event(
    "calendar.hours_adopted",
    "calendar {version}",
    "la versión {version} del calendario tomó el horario de los ajustes",
    "version {version} of the calendar took the hours of the settings",
)
class HoursAdopted(Event):
    version: int


@_event(
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


@_event(
    "request.delay_explained",
    "request {ticket}",
    "{actor} escribió por qué la solicitud {reference} pasó su plazo: {code}",
    "{actor} wrote why request {reference} passed its term: {code}",
)
class DelayExplained(Event):
    ticket: int
    reference: str
    code: str


@_event(
    "request.term_changed",
    "request {ticket}",
    "el plazo de la solicitud {reference} cambió con la versión {version} del calendario",
    "the term of request {reference} changed with version {version} of the calendar",
)
class TermChanged(Event):
    ticket: int
    reference: str
    version: int


@_event(
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


@_event(
    "letter.voided",
    "request {ticket}",
    "{actor} anuló el oficio {number} de la solicitud {reference}",
    "{actor} voided letter {number} of request {reference}",
)
class LetterVoided(Event):
    ticket: int
    reference: str
    number: str


@_event(
    "device.approved",
    "device {device}",
    "{actor} aprobó el equipo {device} del folio {folio} (área {area}, lugar {slot})",
    "{actor} approved device {device} of {folio} (area {area}, slot {slot})",
)
class DeviceApproved(Event):
    device: int
    folio: str
    area: str
    slot: int | None


@_event(
    "device.rejected",
    "device {device}",
    "{actor} rechazó el equipo {device} del folio {folio}: {code}",
    "{actor} rejected device {device} of {folio}: {code}",
)
class DeviceRejected(Event):
    device: int
    folio: str
    code: str


@_event(
    "request.quota_conflict",
    "device {device}",
    "{actor} quiso aprobar el equipo {device} del folio {folio}, pero el área {area} ya tiene sus tres teléfonos",
    "{actor} tried to approve device {device} of {folio}, but area {area} already has its three phones",
)
class QuotaConflict(Event):
    device: int
    folio: str
    area: str


@_event(
    "device.bound",
    "device {device}",
    "{actor} vinculó el equipo {device} a la dirección {mac} ({evidence})",
    "{actor} bound device {device} to address {mac} ({evidence})",
)
class DeviceBound(Event):
    device: int
    mac: str
    evidence: str


@_event(
    "device.registered",
    "device {device}",
    "{actor} registró el equipo de infraestructura {device} ({mac}) del área {area}",
    "{actor} registered infrastructure device {device} ({mac}) of area {area}",
)
class DeviceRegistered(Event):
    device: int
    mac: str
    area: str


@_event(
    "device.activated",
    "device {device}",
    "el equipo {device} quedó activo: todos los puntos lo confirmaron",
    "device {device} is active: every point confirmed it",
)
class DeviceActivated(Event):
    device: int


@_event(
    "device.slot_inherited",
    "device {device}",
    "el equipo {device} tomó el lugar {slot} del equipo {replaced}, que ya no está en ningún punto",
    "device {device} took slot {slot} of device {replaced}, which no point lets through any more",
)
class SlotInherited(Event):
    device: int
    slot: int
    replaced: int


@_event(
    "device.suspended",
    "device {device}",
    "{actor} suspendió el equipo {device}: {code}",
    "{actor} suspended device {device}: {code}",
)
class DeviceSuspended(Event):
    device: int
    code: str


@_event(
    "device.restored",
    "device {device}",
    "{actor} levantó la suspensión del equipo {device}",
    "{actor} lifted the suspension of device {device}",
)
class DeviceRestored(Event):
    device: int


@_event(
    "device.removal_ordered",
    "device {device}",
    "{actor} ordenó la baja del equipo {device}",
    "{actor} ordered the removal of device {device}",
)
class RemovalOrdered(Event):
    device: int


@_event(
    "device.removed",
    "device {device}",
    "el equipo {device} quedó de baja: ningún punto lo deja pasar",
    "device {device} is removed: no point lets it through",
)
class DeviceRemoved(Event):
    device: int


@_event(
    "device.slot_released",
    "device {device}",
    "{actor} liberó el lugar {slot} del equipo {device} antes de que todos los puntos confirmaran su baja",
    "{actor} released slot {slot} of device {device} before every point had confirmed its removal",
)
class SlotReleased(Event):
    device: int
    slot: int | None


@_event(
    "device.excess_seated",
    "device {device}",
    "el equipo {device}, excedente de una fusión, ocupó el lugar {slot}",
    "device {device}, one too many after a merger, took slot {slot}",
)
class ExcessSeated(Event):
    device: int
    slot: int


@_event(
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


@_event(
    "device.ends",
    "device {device}",
    "{actor} anotó que el equipo {device} puede conectarse hasta el {day}: {because}",
    "{actor} noted that device {device} may connect until {day}: {because}",
)
class EndSet(Event):
    device: int
    day: str
    because: str


@_event(
    "device.flagged",
    "device {device}",
    "el equipo {device} espera una decisión: {flag}",
    "device {device} waits for a decision: {flag}",
)
class DeviceFlagged(Event):
    device: int
    flag: str


@_event(
    "device.changed",
    "device {device}",
    "{actor} cambió los datos del equipo {device}: {fields}",
    "{actor} changed the data of device {device}: {fields}",
)
class DeviceChanged(Event):
    device: int
    fields: str


@_event(
    "revalidation.started",
    "campaign {campaign}",
    "{actor} empezó la revalidación {campaign}: {devices} equipo(s) de {areas} área(s)",
    "{actor} started revalidation {campaign}: {devices} device(s) of {areas} area(s)",
)
class CampaignStarted(Event):
    campaign: int
    areas: int
    devices: int


@_event(
    "revalidation.asked",
    "revalidation {revalidation}",
    "se preguntó al área {area} por {devices} equipo(s), a contestar hasta el {due} (lista R{revalidation})",
    "area {area} was asked about {devices} device(s), to answer until {due} (list R{revalidation})",
)
class RevalidationAsked(Event):
    revalidation: int
    area: str
    devices: int
    due: str


@_event(
    "revalidation.marked",
    "revalidation {revalidation}",
    "{actor} guardó lo que el área {area} dice de sus equipos (lista R{revalidation})",
    "{actor} kept what area {area} says of its devices (list R{revalidation})",
)
class RevalidationMarked(Event):
    revalidation: int
    area: str


@_event(
    "revalidation.answered",
    "revalidation {revalidation}",
    "{actor} contestó la lista R{revalidation} del área {area}: {keep} se quedan, {change} cambian, {remove} de baja",
    "{actor} answered list R{revalidation} of area {area}: {keep} stay, {change} change, {remove} go",
)
class RevalidationAnswered(Event):
    revalidation: int
    area: str
    keep: int
    change: int
    remove: int


@_event(
    "revalidation.letter_handed_in",
    "revalidation {revalidation}",
    "{actor} entregó el oficio firmado de la lista R{revalidation} del área {area}",
    "{actor} handed in the signed letter of list R{revalidation} of area {area}",
)
class RevalidationLetter(Event):
    revalidation: int
    area: str


@_event(
    "revalidation.applied",
    "revalidation {revalidation}",
    "{actor} recibió el oficio de la lista R{revalidation} del área {area}: quedó en vigor",
    "{actor} received the letter of list R{revalidation} of area {area}: it is in force",
)
class RevalidationApplied(Event):
    revalidation: int
    area: str


@_event(
    "revalidation.removed",
    "revalidation {revalidation}",
    "{actor} decidió la baja de {devices} equipo(s) del área {area} que no se revalidaron (lista R{revalidation})",
    "{actor} decided that {devices} device(s) of area {area} go, which were not revalidated (list R{revalidation})",
)
class RevalidationRemoved(Event):
    revalidation: int
    area: str
    devices: int


@_event(
    "revalidation.prolonged",
    "revalidation {revalidation}",
    "{actor} dio al área {area} hasta el {due} para la lista R{revalidation}",
    "{actor} gave area {area} until {due} for list R{revalidation}",
)
class RevalidationProlonged(Event):
    revalidation: int
    area: str
    due: str


@_event(
    "revalidation.withdrawn",
    "revalidation {revalidation}",
    "{actor} retiró la lista R{revalidation} del área {area}; no cambió ningún equipo",
    "{actor} withdrew list R{revalidation} of area {area}; no device changed",
)
class RevalidationWithdrawn(Event):
    revalidation: int
    area: str


@_event(
    "device.revalidated",
    "device {device}",
    "el área {area} revalidó el equipo {device} (lista R{revalidation})",
    "area {area} revalidated device {device} (list R{revalidation})",
)
class DeviceRevalidated(Event):
    device: int
    area: str
    revalidation: int


@_event(
    "device.suspension_reviewed",
    "device {device}",
    "{actor} revisó la suspensión del equipo {device} y la confirmó",
    "{actor} reviewed the suspension of device {device} and confirmed it",
)
class SuspensionReviewed(Event):
    device: int


@_event(
    "device.private_accepted",
    "device {device}",
    "{actor} aceptó la dirección privada fija {mac} del equipo {device}",
    "{actor} accepted the private, fixed address {mac} of device {device}",
)
class PrivateAccepted(Event):
    device: int
    mac: str


@_event(
    "point.added",
    "point {point}",
    "{actor} agregó el punto {point} ({profile})",
    "{actor} added point {point} ({profile})",
)
class PointAdded(Event):
    point: str
    profile: str


@_event(
    "point.trusted",
    "point {point}",
    "{actor} fijó la llave del punto {point}: {fingerprint}",
    "{actor} pinned the host key of point {point}: {fingerprint}",
)
class PointTrusted(Event):
    point: str
    fingerprint: str


@_event(
    "point.plan_confirmed",
    "point {point}",
    "{actor} confirmó el plan {checksum} del punto {point}",
    "{actor} confirmed plan {checksum} of point {point}",
)
class PlanConfirmed(Event):
    point: str
    checksum: str


@_event(
    "point.push_asked",
    "point {point}",
    "{actor} pidió revisar y ajustar el punto {point}",
    "{actor} asked to reconcile point {point}",
)
class PushAsked(Event):
    point: str


@_event(
    "point.pushed",
    "point {point}",
    "{actor} aplicó y verificó el punto {point}: {added} altas, {removed} bajas, {entries} en la lista",
    "{actor} applied and verified point {point}: {added} added, {removed} removed, {entries} on the list",
)
class PointPushed(Event):
    point: str
    added: int
    removed: int
    entries: int


@_event(
    "point.drifted",
    "point {point}",
    "el punto {point} cambió por fuera: {added} entradas de más, {removed} de menos",
    "point {point} was changed by hand: {added} entries too many, {removed} missing",
)
class PointDrifted(Event):
    point: str
    added: int
    removed: int


@_event(
    "point.push_failed",
    "point {point}",
    "{actor} no pudo con el punto {point}: {code}",
    "{actor} could not finish with point {point}: {code}",
)
class PushFailed(Event):
    point: str
    code: str
    permanent: bool


@_event(
    "alert.opened",
    "alert {alert}",
    "se abrió la alerta {alert}: {kind} {mac}",
    "alert {alert} was opened: {kind} {mac}",
)
class AlertOpened(Event):
    alert: int
    kind: str
    mac: str


@_event(
    "alert.acknowledged",
    "alert {alert}",
    "{actor} tomó nota de la alerta {alert}",
    "{actor} acknowledged alert {alert}",
)
class AlertAcknowledged(Event):
    alert: int


@_event(
    "alert.snoozed",
    "alert {alert}",
    "{actor} pospuso la alerta {alert} hasta {until}",
    "{actor} snoozed alert {alert} until {until}",
)
class AlertSnoozed(Event):
    alert: int
    until: str


@_event(
    "alert.closed",
    "alert {alert}",
    "{actor} cerró la alerta {alert}",
    "{actor} closed alert {alert}",
)
class AlertClosed(Event):
    alert: int


@_event(
    "retention.applied",
    "retention",
    "{actor} aplicó los plazos de conservación: quedaron como huella {addresses} direcciones de {devices} equipos y "
    "se borraron las de {alerts} alertas y {sightings} avistamientos",
    "{actor} applied the terms of retention: {addresses} addresses of {devices} devices became hashes, those of "
    "{alerts} alerts and {sightings} sightings were deleted",
)
class RetentionApplied(Event):
    devices: int
    addresses: int
    alerts: int
    sightings: int


@_event(
    "addresses.exported",
    "addresses {what}",
    "{actor} sacó {said}, con {addresses} direcciones completas",
    "{actor} took out {said_en}, with {addresses} whole addresses",
)
class AddressesExported(Event):
    what: str
    said: str
    said_en: str
    addresses: int


@_event(
    "addresses.read",
    "addresses {what}",
    "{actor} consultó {said} con las direcciones completas",
    "{actor} read {said_en} with whole addresses",
)
class AddressesRead(Event):
    what: str
    said: str
    said_en: str


@_event(
    "person.exported",
    "person {person}",
    "{actor} sacó los datos que se conservan de {person}: {devices} equipos y {requests} solicitudes",
    "{actor} took out the data kept on {person}: {devices} devices and {requests} requests",
)
class PersonExported(Event):
    person: str
    devices: int
    requests: int
