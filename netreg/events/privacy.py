"""What was forgotten, and who read or took addresses in bulk."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
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


@event(
    "retention.emptied",
    "retention",
    "{actor} aplicó los plazos de conservación: vació los datos personales de {requests} solicitudes concluidas y "
    "borró {files} archivos y {notes} notas",
    "{actor} applied the terms of retention: emptied the personal data of {requests} closed requests and deleted "
    "{files} files and {notes} notes",
)
class RequestsEmptied(Event):
    requests: int
    files: int
    notes: int


@event(
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


@event(
    "addresses.read",
    "addresses {what}",
    "{actor} consultó {said} con las direcciones completas",
    "{actor} read {said_en} with whole addresses",
)
class AddressesRead(Event):
    what: str
    said: str
    said_en: str


@event(
    "trail.read",
    "device {device}",
    "{actor} consultó en qué lugares de la red estuvo el equipo {device}",
    "{actor} read at which places of the network device {device} was",
)
class TrailRead(Event):
    device: int


@event(
    "person.exported",
    "person {person}",
    "{actor} sacó los datos que se conservan de {person}: {devices} equipos y {requests} solicitudes",
    "{actor} took out the data kept on {person}: {devices} devices and {requests} requests",
)
class PersonExported(Event):
    person: str
    devices: int
    requests: int
