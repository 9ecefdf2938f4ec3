"""What becomes of areas."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "area.added",
    "area {code}",
    "{actor} dio de alta el área {title} ({code})",
    "{actor} added area {title} ({code})",
)
class AreaAdded(Event):
    code: str
    title: str


@event(
    "area.renamed",
    "area {code}",
    "{actor} cambió el nombre del área {code} a {title}",
    "{actor} renamed area {code} to {title}",
)
class AreaRenamed(Event):
    code: str
    title: str


@event(
    "area.sited",
    "area {code}",
    "{actor} dijo que el área {code} trabaja en: {site}",
    "{actor} said that area {code} works at: {site}",
)
class AreaSited(Event):
    code: str
    site: str


@event(
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


@event(
    "area.merged",
    "area {into}",
    "{actor} fusionó las áreas {codes} en {into}; {excess} teléfono(s) exceden los tres",
    "{actor} merged areas {codes} into {into}; {excess} phone(s) exceed the three",
)
class AreasMerged(Event):
    into: str
    codes: str
    excess: int


@event(
    "area.split",
    "area {code}",
    "{actor} separó el área {code} de {origin}, con {devices} equipo(s)",
    "{actor} split area {code} off {origin}, with {devices} device(s)",
)
class AreaSplit(Event):
    code: str
    origin: str
    devices: int


@event(
    "area.closed",
    "area {code}",
    "{actor} dio por terminada el área {code}; {devices} equipo(s) esperan decisión",
    "{actor} closed area {code}; {devices} device(s) wait for a decision",
)
class AreaClosed(Event):
    code: str
    devices: int


@event(
    "area.excess_prolonged",
    "area {code}",
    "{actor} dejó los teléfonos excedentes del área {code} hasta el {until}",
    "{actor} let the excess phones of area {code} stay until {until}",
)
class ExcessProlonged(Event):
    code: str
    until: str
