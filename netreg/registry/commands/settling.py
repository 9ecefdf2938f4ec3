"""What a read-back settles: who is in, who is out, and who gets the slot that comes free."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from netreg import events
from netreg.events import Event
from netreg.policy import quota
from netreg.policy.desired import Scope
from netreg.registry import text
from netreg.registry.allowlists import network, scope
from netreg.registry.commands.alerts import close_answered
from netreg.registry.commands.rights import expect, flush, fresh, locked_unit
from netreg.registry.commands.verdicts import lift_answered
from netreg.registry.models import Authorisation, Device, Interface, Point
from netreg.store.base import now
from netreg.store.transaction import Transaction


def settle(tx: Transaction) -> None:
    """Draw the conclusions of the last verified lists: what every point that takes it confirms is active, or removed.

    With no such point in service nothing is confirmed. A removal waits for every point to be read anew, also for those
    that are down: a push that failed half way may have left the address there, and they come back with their old list.
    """
    states = Authorisation.state.in_((quota.PUSHING, quota.REMOVING))
    waiting = tx.session.scalars(select(Authorisation).where(states)).all()
    # The lists are long: they are read only where something waits for them.
    points = _in_service(tx.session) if waiting else []
    if not points:
        return
    lists = [(scope(point), {mac for mac, _label in point.verified or []}) for point in points]
    somewhere = set[str]().union(*(listed for _scope, listed in lists))
    for authorisation in waiting:
        live = [interface for interface in authorisation.device.interfaces if interface.live]
        macs = {interface.mac for interface in live}
        if authorisation.state == quota.PUSHING and live and all(_is_in(one, lists) for one in live):
            authorisation.state = quota.ACTIVE
            tx.record(events.DeviceActivated(device=authorisation.device_id))
            lift_answered(tx, macs)
            close_answered(tx, macs, "infrastructure" if authorisation.kind == "infrastructure" else "registered")
        elif authorisation.state == quota.REMOVING and not macs & somewhere and _read_since(points, authorisation):
            _free(tx, authorisation, events.DeviceRemoved(device=authorisation.device_id))


def _in_service(session: Session) -> Sequence[Point]:
    return session.scalars(select(Point).where(Point.enabled).options(undefer(Point.verified))).all()


def _is_in(interface: Interface, lists: Sequence[tuple[Scope, set[str]]]) -> bool:
    """Whether every point that takes this interface lets it in, and at least one does."""
    device = interface.device
    network_ = network(device.kind, interface.medium)
    theirs = [listed for scope_, listed in lists if scope_.takes(network_, device.area.site)]
    return bool(theirs) and all(interface.mac in listed for listed in theirs)


def _read_since(points: Sequence[Point], authorisation: Authorisation) -> bool:
    """Whether every point was read back after the removal was ordered."""
    ordered = authorisation.removal_ordered
    return ordered is not None and all(point.verified_at and point.verified_at >= ordered for point in points)


def release(tx: Transaction, device: Device, reason: str) -> Authorisation:
    """Give the slot of a phone that is being removed free, though a point has not confirmed; the coordinator's call.

    The address stays off every list: a point that comes back with its old one is corrected as soon as it is seen.
    """
    words = text.line(reason, "reason", most=500)
    locked_unit(tx.session, device.authorisation.quota_unit_id)
    authorisation = fresh(tx.session, device)
    expect(authorisation, quota.REMOVING)
    _free(tx, authorisation, events.SlotReleased(device=device.id, slot=authorisation.slot, reason=words))
    return authorisation


def _free(tx: Transaction, authorisation: Authorisation, event: Event) -> None:
    """Out for good: the slot goes to the phone that waits for it, or to one that a merger left without."""
    freed = _let_go(tx.session, authorisation)
    tx.record(event)
    if freed is not None and not _hand_on(tx, authorisation.device_id, freed):
        seat_excess(tx, authorisation.quota_unit_id, freed)


def seat_excess(tx: Transaction, unit_id: int, slot: int) -> None:
    """The oldest phone beyond the three, if there is one, gets the slot that came free."""
    oldest = tx.session.scalar(
        select(Authorisation)
        .where(Authorisation.quota_unit_id == unit_id, Authorisation.grandfathered_until.is_not(None))
        .order_by(Authorisation.decided, Authorisation.id)
        .limit(1)
    )
    if oldest is None:
        return
    oldest.slot, oldest.grandfathered_until = slot, None
    flush(tx.session)
    tx.record(events.ExcessSeated(device=oldest.device_id, slot=slot))


def _hand_on(tx: Transaction, gone: int, slot: int) -> bool:
    """Give the slot of a phone that is gone to the one that waits for it, in this very transaction; whether one did."""
    waiting = select(Authorisation).where(Authorisation.replaces_id == gone, Authorisation.state == quota.WAITING_SWAP)
    heir = tx.session.scalar(waiting)
    if heir is None:
        return False
    heir.slot, heir.state = slot, quota.PUSHING
    for interface in heir.device.interfaces:
        interface.live = True
    flush(tx.session)
    tx.record(events.SlotInherited(device=heir.device_id, slot=slot, replaced=gone))
    return True


def _let_go(session: Session, authorisation: Authorisation) -> int | None:
    """Removed; the slot it had."""
    freed = authorisation.slot
    authorisation.state, authorisation.slot, authorisation.grandfathered_until = quota.REMOVED, None, None
    authorisation.live_name, authorisation.ends_on, authorisation.removed = None, None, now()
    for interface in authorisation.device.interfaces:
        interface.live = False
    session.flush()
    return freed
