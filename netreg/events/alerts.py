"""Alerts, what people did with them and decided about addresses nobody registered, and sources that ended."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "alert.opened",
    "alert {alert}",
    "se abrió la alerta {alert}: {called} {mac}",
    "alert {alert} was opened: {called_en} {mac}",
)
class AlertOpened(Event):
    alert: int
    kind: str
    mac: str
    called: str
    called_en: str


@event(
    "alert.acknowledged",
    "alert {alert}",
    "{actor} tomó nota de la alerta {alert}",
    "{actor} acknowledged alert {alert}",
)
class AlertAcknowledged(Event):
    alert: int


@event(
    "alert.snoozed",
    "alert {alert}",
    "{actor} pospuso la alerta {alert} hasta {until}",
    "{actor} snoozed alert {alert} until {until}",
)
class AlertSnoozed(Event):
    alert: int
    until: str


@event(
    "alert.closed",
    "alert {alert}",
    "{actor} cerró la alerta {alert}",
    "{actor} closed alert {alert}",
)
class AlertClosed(Event):
    alert: int


@event(
    "alert.assigned",
    "alert {alert}",
    "{actor} puso la alerta {alert} a cargo de {person}",
    "{actor} assigned alert {alert} to {person}",
)
class AlertAssigned(Event):
    alert: int
    person: str


@event(
    "alert.freed",
    "alert {alert}",
    "{actor} dejó la alerta {alert} sin responsable",
    "{actor} left alert {alert} without anybody in charge",
)
class AlertFreed(Event):
    alert: int


@event(
    "alert.noted",
    "alert {alert}",
    "{actor} anotó en la alerta {alert}",
    "{actor} wrote a note on alert {alert}",
)
class AlertNoted(Event):
    alert: int


@event(
    "alert.reopened",
    "alert {alert}",
    "{actor} volvió a abrir la alerta {alert}",
    "{actor} opened alert {alert} again",
)
class AlertReopened(Event):
    alert: int


@event(
    "address.ignored",
    "verdict {verdict}",
    "{actor} decidió no avisar de {mac} hasta {until}",
    "{actor} decided to ignore {mac} until {until}",
)
class AddressIgnored(Event):
    verdict: int
    mac: str
    until: str


@event(
    "address.blocked",
    "verdict {verdict}",
    "{actor} bloqueó {mac}",
    "{actor} blocked {mac}",
)
class AddressBlocked(Event):
    verdict: int
    mac: str


@event(
    "address.lifted",
    "verdict {verdict}",
    "{actor} levantó lo decidido sobre {mac}",
    "{actor} lifted what was decided about {mac}",
)
class VerdictLifted(Event):
    verdict: int
    mac: str
    kind: str


@event(
    "source.ended",
    "source {source}",
    "{actor} dio por terminada la fuente «{called}»: ya no se le pregunta",
    "{actor} ended the source “{called_en}”: it is not asked any more",
)
class SourceEnded(Event):
    source: str
    called: str
    called_en: str
