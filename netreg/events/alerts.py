"""Alerts, and what people did with them."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "alert.opened",
    "alert {alert}",
    "se abrió la alerta {alert}: {kind} {mac}",
    "alert {alert} was opened: {kind} {mac}",
)
class AlertOpened(Event):
    alert: int
    kind: str
    mac: str


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
