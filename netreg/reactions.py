"""From an event to the work owed to the outside: one table to read, and no I/O.

A push says "look at the points", never which address: a delivery that is lost, repeated or late does no harm.
"""

from __future__ import annotations

from netreg import events
from netreg.events import Event

PUSH, LOOK, KICK = "push", "look", "kick"
EVERY_POINT = "*"

# event -> the point to look at, as a template over the event's fields
PUSHES: dict[type[Event], str] = {
    events.DeviceApproved: EVERY_POINT,
    events.DeviceBound: EVERY_POINT,
    events.DeviceRegistered: EVERY_POINT,
    events.DeviceSuspended: EVERY_POINT,
    events.DeviceRestored: EVERY_POINT,
    events.DeviceMoved: EVERY_POINT,
    events.RemovalOrdered: EVERY_POINT,
    events.SlotInherited: EVERY_POINT,
    events.AreaSited: EVERY_POINT,
    events.PointEnabled: "{point}",
    events.PointScoped: "{point}",
    events.PointTrusted: "{point}",
    events.PlanConfirmed: "{point}",
    events.PlanConfirmedAlone: "{point}",
    events.PushAsked: "{point}",
    events.StraysOrderedOut: "{point}",
    events.AddressBlocked: EVERY_POINT,
}


# event -> the point to look at without changing anything
LOOKS: dict[type[Event], str] = {
    events.LookAsked: "{point}",
    events.PointTrusted: "{point}",
}


# event -> the point that ends the connections of blocked addresses
KICKS: dict[type[Event], str] = {events.AddressBlocked: EVERY_POINT}


def point_to_kick_at(event: Event) -> str | None:
    """The name of the point this event asks to throw blocked clients off, EVERY_POINT for all, or None."""
    target = KICKS.get(type(event))
    return None if target is None else target.format(**event.facts)


def point_to_look_at(event: Event) -> str | None:
    """The name of the point this event asks to look at only, or None."""
    target = LOOKS.get(type(event))
    return None if target is None else target.format(**event.facts)


def points_to_push(event: Event) -> str | None:
    """The name of the point this event asks to look at, EVERY_POINT for all, or None."""
    target = PUSHES.get(type(event))
    return None if target is None else target.format(**event.facts)
