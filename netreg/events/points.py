"""Enforcement points: what was pushed there and what was found."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "point.added",
    "point {point}",
    "{actor} agregó el punto {point} ({profile})",
    "{actor} added point {point} ({profile})",
)
class PointAdded(Event):
    point: str
    profile: str


@event(
    "point.trusted",
    "point {point}",
    "{actor} fijó la llave del punto {point}: {fingerprint}",
    "{actor} pinned the host key of point {point}: {fingerprint}",
)
class PointTrusted(Event):
    point: str
    fingerprint: str


@event(
    "point.plan_confirmed",
    "point {point}",
    "{actor} confirmó el plan {checksum} del punto {point}",
    "{actor} confirmed plan {checksum} of point {point}",
)
class PlanConfirmed(Event):
    point: str
    checksum: str


@event(
    "point.plan_confirmed_alone",
    "point {point}",
    "{actor} confirmó a solas el plan {checksum} del punto {point}, cuyas bajas ordenó: no había quien más pudiera",
    "{actor} confirmed alone plan {checksum} of point {point}, whose removals they ordered: nobody else could",
)
class PlanConfirmedAlone(Event):
    point: str
    checksum: str


@event(
    "point.push_asked",
    "point {point}",
    "{actor} pidió revisar y ajustar el punto {point}",
    "{actor} asked to reconcile point {point}",
)
class PushAsked(Event):
    point: str


@event(
    "point.look_asked",
    "point {point}",
    "{actor} pidió mirar el punto {point} sin cambiar nada",
    "{actor} asked to look at point {point} without changing anything",
)
class LookAsked(Event):
    point: str


@event(
    "point.looked_at",
    "point {point}",
    "{actor} miró el punto {point}: {found}",
    "{actor} looked at point {point}: {found}",
)
class PointLookedAt(Event):
    point: str
    found: str


@event(
    "point.enabled",
    "point {point}",
    "{actor} puso en servicio el punto {point}",
    "{actor} put point {point} into service",
)
class PointEnabled(Event):
    point: str


@event(
    "point.scoped",
    "point {point}",
    "{actor} dijo qué recibe el punto {point}: red {network}, sitios {sites}",
    "{actor} said what point {point} takes: network {network}, sites {sites}",
)
class PointScoped(Event):
    point: str
    network: str
    sites: str


@event(
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


@event(
    "point.drifted",
    "point {point}",
    "el punto {point} cambió por fuera: {added} entradas de más, {removed} de menos",
    "point {point} was changed by hand: {added} entries too many, {removed} missing",
)
class PointDrifted(Event):
    point: str
    added: int
    removed: int


@event(
    "point.strays_found",
    "point {point}",
    "en el punto {point} hay {count} entradas hechas a mano que esperan decisión",
    "point {point} has {count} entries made by hand that wait for a decision",
)
class StraysFound(Event):
    point: str
    count: int


@event(
    "point.strays_ordered_out",
    "point {point}",
    "{actor} mandó quitar {count} entradas hechas a mano del punto {point}",
    "{actor} ordered {count} entries made by hand out of point {point}",
)
class StraysOrderedOut(Event):
    point: str
    count: int


@event(
    "point.push_failed",
    "point {point}",
    "{actor} no pudo con el punto {point}: {code}",
    "{actor} could not finish with point {point}: {code}",
)
class PushFailed(Event):
    point: str
    code: str
    permanent: bool


@event(
    "point.paused",
    "point {point}",
    "el punto {point} se deja en pausa: falló {failures} veces seguidas",
    "point {point} is left alone for a while: it failed {failures} times in a row",
)
class PointPaused(Event):
    point: str
    failures: int


@event(
    "point.resumed",
    "point {point}",
    "el punto {point} volvió a contestar después de {failures} fallos seguidos",
    "point {point} answers again after {failures} failures in a row",
)
class PointResumed(Event):
    point: str
    failures: int
