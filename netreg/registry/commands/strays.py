"""Hand-made entries: what a look at a point found, and what a person decides about them (scenario 29).

Nothing is ever let in because it was seen: an entry stays as somebody made it until IT has it taken out or registers
the device. What was decided before is put right by the push itself and told.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from netreg import events
from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Drift
from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry import allowlists, text
from netreg.registry.commands import alerts, devices
from netreg.registry.models import Area, Device, Point, Stray
from netreg.registry.strays import key, mended_news, on_point, strays_news
from netreg.store.base import now
from netreg.store.transaction import Transaction


def note_drift(
    tx: Transaction, point: Point, stands: Allowlist, drift: Drift, quiet: Collection[MacAddress] = ()
) -> None:
    """Remember what somebody changed at a point, `stands` being the list it holds now, and tell it.

    A protected address (`quiet`) is let in by the configuration: it stays and is no news.
    """
    known = {row.mac: row for row in on_point(tx.session, point)}
    fresh = [entry for entry in drift.strays if str(entry.mac) not in known and entry.mac not in quiet]
    for entry in fresh:
        tx.session.add(
            Stray(point=point, mac=str(entry.mac), label=entry.label, first_seen=now(), last_seen=now(), state="found")
        )
    if fresh:
        listed = [str(entry.mac) for entry in fresh]
        tx.record(events.StraysFound(point=point.name, count=len(fresh), after={"entries": listed}))
    _look_again(tx, point, stands, known)
    _tell(tx, point, new=bool(fresh))
    # What IT had ordered out came back with nobody's help.
    returned = [mac for mac in drift.returned if str(mac) not in known]
    if returned or drift.missing:
        tx.record(events.PointDrifted(point=point.name, added=len(returned), removed=len(drift.missing)))
        alerts.open_alerts(tx, [mended_news(point, returned, drift.missing, now())])


def _look_again(tx: Transaction, point: Point, stands: Allowlist, known: dict[str, Stray]) -> None:
    """What became of the hand-made entries that were known before."""
    wanted, there = allowlists.desired(tx.session, point).by_mac, stands.by_mac
    for mac, row in known.items():
        address = MacAddress(mac)
        if address in wanted:
            row.state = "registered"
        elif address not in there:
            row.state = "removed" if row.state == "removing" else "vanished"
        else:
            row.last_seen, row.label = now(), there[address].label
    tx.session.flush()


def _tell(tx: Transaction, point: Point, *, new: bool) -> None:
    waiting = [row.mac for row in on_point(tx.session, point) if row.state == "found"]
    if waiting:
        alerts.open_alerts(tx, [strays_news(point, waiting, now(), wakes=new)])
    else:
        alerts.close_keyed(tx, key(point), "decidido")


def remove(tx: Transaction, point: Point, macs: Collection[str], reason: str) -> list[str]:
    """IT has hand-made entries taken out; the next push does it, within what the guard allows. Returns the addresses.

    Raises NotFound for one that is not on the point, InvalidValue without any or without a reason.
    """
    words = text.line(reason, "reason", most=300)
    rows = [_row(tx, point, mac) for mac in macs]
    if not rows:
        raise InvalidValue("Elija al menos una entrada.", "Choose at least one entry.", field="mac")
    for row in rows:
        row.state, row.decided_by, row.reason = "removing", tx.actor, words
    listed = [row.mac for row in rows]
    tx.record(events.StraysOrderedOut(point=point.name, count=len(rows), reason=words, before={"entries": listed}))
    _tell(tx, point, new=False)
    return listed


def order_out(tx: Transaction, mac: str, words: str) -> None:
    """Have the entries of an address that somebody blocks taken out of every point; the caller records why."""
    rows = tx.session.scalars(select(Stray).where(Stray.mac == mac, Stray.state == "found")).all()
    for row in rows:
        row.state, row.decided_by, row.reason = "removing", tx.actor, words
    tx.session.flush()
    for row in rows:
        _tell(tx, row.point, new=False)


def adopt(tx: Transaction, point: Point, mac: str, area: Area, name: str, location: str) -> Device:
    """IT keeps a hand-made entry: the device is registered as infrastructure of an area, as any other would be.

    A phone or a computer of an area is asked for by its letter, and its entry becomes netreg's own when it is approved.
    Raises as `devices.register_infrastructure`, and NotFound.
    """
    row = _row(tx, point, mac)
    device = devices.register_infrastructure(tx, area, row.mac, name, location)
    row.state, row.decided_by = "registered", tx.actor
    _tell(tx, point, new=False)
    return device


def _row(tx: Transaction, point: Point, mac: str) -> Stray:
    address = str(MacAddress.parse(mac))
    row = next((one for one in on_point(tx.session, point) if one.mac == address), None)
    if row is None:
        raise NotFound(
            f"En {point.name} no hay una entrada hecha a mano con esa dirección.",
            f"There is no hand-made entry with that address on {point.name}.",
            field="mac",
        )
    return row
