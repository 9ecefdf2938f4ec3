"""What an officer should know before a decision: the device's past, and who else of the area is waiting.

Nothing here decides: the manual ranks no request, and a past refusal is no ban (core workflow, sections 5 to 7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import queries, text
from netreg.registry.models import Authorisation, Device, Ticket

MISUSE = ("misuse", "misuse_history")


class Earlier(NamedTuple):
    """A device of before, and what it shares with the one to be decided: mac, name or holder, in that order."""

    device: Device
    shares: tuple[str, ...]
    misuse: bool


def earlier(session: Session, device: Device, key_file: Path) -> list[Earlier]:
    """The devices that were removed, rejected, or suspended for misuse and share something with this one, newest first.

    A forgotten one is found by its address alone, and only where the key of the hashes is there.
    """
    by_mac = {one.id for mac in _addresses(device) for one in _bearers(session, mac, key_file)}
    found = ((one, _shares(device, one, by_mac)) for one in _past(session, device, by_mac))
    return [Earlier(one, shares, _misused(one.authorisation)) for one, shares in found if shares]


def _addresses(device: Device) -> list[MacAddress]:
    written = [interface.mac for interface in device.interfaces] + ([device.claimed_mac] if device.claimed_mac else [])
    return [MacAddress(mac) for mac in written]


def _bearers(session: Session, mac: MacAddress, key_file: Path) -> Iterable[Device]:
    try:
        return queries.bearers(session, mac, key_file)
    except ConfigError:
        bearer = queries.device_by_mac(session, mac)
        return [bearer] if bearer else []


def _past(session: Session, device: Device, by_mac: Collection[int]) -> Sequence[Device]:
    """Those that may share something with the device: an office of many years has thousands that share nothing."""
    over = Authorisation.state.in_((quota.REMOVED, quota.REJECTED, quota.REMOVING))
    alike = [Device.id.in_(by_mac), Device.bears(device.holder)]
    if device.computer_name:
        alike.append(Device.computer_name == device.computer_name)
    query = select(Device).join(Device.authorisation).options(contains_eager(Device.authorisation))
    query = query.where(Device.id != device.id, over | Authorisation.suspended_for.in_(MISUSE), or_(*alike))
    return session.scalars(query.order_by(Device.id.desc())).all()


def _shares(device: Device, one: Device, by_mac: set[int]) -> tuple[str, ...]:
    named = not one.is_forgotten
    same = {
        "mac": one.id in by_mac,
        "name": named and bool(device.computer_name) and one.computer_name == device.computer_name,
        "holder": named and text.folded(one.holder) == text.folded(device.holder),
    }
    return tuple(what for what, is_same in same.items() if is_same)


def _misused(right: Authorisation) -> bool:
    return right.reason_code in MISUSE or right.suspended_for in MISUSE


def waiting(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    """The other open requests of the area that were received and have a device to be decided, the oldest first."""
    undecided = select(Device.ticket_id).join(Authorisation, Authorisation.device_id == Device.id)
    undecided = undecided.where(Authorisation.state == quota.REQUESTED)
    query = select(Ticket).where(
        Ticket.area_id == ticket.area_id,
        Ticket.id != ticket.id,
        Ticket.closed.is_(None),
        Ticket.received.is_not(None),
        Ticket.id.in_(undecided),
    )
    return session.scalars(query.order_by(Ticket.received, Ticket.id)).all()


def older_requests(session: Session, ticket: Ticket) -> list[Ticket]:
    """Those of `waiting` that were received before this one."""
    mine = ticket.received
    return [one for one in waiting(session, ticket) if mine and one.received and one.received < mine]
