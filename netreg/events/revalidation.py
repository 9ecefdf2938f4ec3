"""Campaigns in which areas say what they still use."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "revalidation.started",
    "campaign {campaign}",
    "{actor} empezó la revalidación {campaign}: {devices} equipo(s) de {areas} área(s)",
    "{actor} started revalidation {campaign}: {devices} device(s) of {areas} area(s)",
)
class CampaignStarted(Event):
    campaign: int
    areas: int
    devices: int


@event(
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


@event(
    "revalidation.marked",
    "revalidation {revalidation}",
    "{actor} guardó lo que el área {area} dice de sus equipos (lista R{revalidation})",
    "{actor} kept what area {area} says of its devices (list R{revalidation})",
)
class RevalidationMarked(Event):
    revalidation: int
    area: str


@event(
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


@event(
    "revalidation.letter_handed_in",
    "revalidation {revalidation}",
    "{actor} entregó el oficio firmado de la lista R{revalidation} del área {area}",
    "{actor} handed in the signed letter of list R{revalidation} of area {area}",
)
class RevalidationLetter(Event):
    revalidation: int
    area: str


@event(
    "revalidation.applied",
    "revalidation {revalidation}",
    "{actor} recibió el oficio de la lista R{revalidation} del área {area}: quedó en vigor",
    "{actor} received the letter of list R{revalidation} of area {area}: it is in force",
)
class RevalidationApplied(Event):
    revalidation: int
    area: str


@event(
    "revalidation.removed",
    "revalidation {revalidation}",
    "{actor} decidió la baja de {devices} equipo(s) del área {area} que no se revalidaron (lista R{revalidation})",
    "{actor} decided that {devices} device(s) of area {area} go, which were not revalidated (list R{revalidation})",
)
class RevalidationRemoved(Event):
    revalidation: int
    area: str
    devices: int


@event(
    "revalidation.prolonged",
    "revalidation {revalidation}",
    "{actor} dio al área {area} hasta el {due} para la lista R{revalidation}",
    "{actor} gave area {area} until {due} for list R{revalidation}",
)
class RevalidationProlonged(Event):
    revalidation: int
    area: str
    due: str


@event(
    "revalidation.withdrawn",
    "revalidation {revalidation}",
    "{actor} retiró la lista R{revalidation} del área {area}; no cambió ningún equipo",
    "{actor} withdrew list R{revalidation} of area {area}; no device changed",
)
class RevalidationWithdrawn(Event):
    revalidation: int
    area: str
