"""Decide about an address that nobody registered: ignore it until a day, block it, or take either back.

A block lets nothing in: no list has the address, no request that names it goes on, entries of it that somebody made by
hand are taken out, and points end its connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, or_, select

from netreg import events
from netreg.errors import ConcurrentChange, DuplicateMac, NotAllowed
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import text
from netreg.registry.commands import strays
from netreg.registry.commands.alerts import close_ignored, expect_future, local_day, take_blocked
from netreg.registry.commands.rights import flush
from netreg.registry.models import Authorisation, Interface, Verdict
from netreg.registry.verdicts import BLOCKED, IGNORED, of_mac
from netreg.store.base import now
from netreg.store.transaction import Transaction


def ignore(tx: Transaction, mac: str, until: datetime, reason: str) -> Verdict:
    """No alert about this address until an instant in the future, at most a year away; the one there is closes.

    It lets nothing in. Raises InvalidValue, DuplicateMac for a registered address, ConcurrentChange for a blocked one.
    """
    expect_future(until)
    address, words = _unregistered(tx, mac), text.line(reason, "reason", most=300)
    if _stands(tx, address) == BLOCKED:
        raise ConcurrentChange(
            "Esa dirección está bloqueada; no se cambió nada.",
            "That address is blocked; nothing was changed.",
            hint="Levante primero el bloqueo.",
            hint_en="Lift the block first.",
        )
    verdict = _decide(tx, address, IGNORED, words, until)
    day = local_day(tx, until)
    tx.record(events.AddressIgnored(verdict=verdict.id, mac=verdict.mac, until=day, reason=words))
    close_ignored(tx, verdict.mac, words)
    return verdict


def block(tx: Transaction, mac: str, reason: str) -> Verdict:
    """Let this address in nowhere until somebody lifts it; the alert about it is in hand from then on.

    Raises InvalidValue, DuplicateMac for a registered address (that is suspended or removed instead), NotAllowed for
    one that is never to be touched. Blocking it again gives the same answer.
    """
    address, words = _unregistered(tx, mac), text.line(reason, "reason", most=300)
    if address in tx.office.protected:
        raise NotAllowed(
            "Esa dirección está protegida en la configuración; no se cambió nada.",
            "That address is protected by the configuration; nothing was changed.",
            code="protected",
        )
    if (before := _stands(tx, address)) == BLOCKED:
        return tx.session.scalars(_undecided(address)).one()
    verdict = _decide(tx, address, BLOCKED, words, None)
    strays.order_out(tx, verdict.mac, words)
    tx.record(events.AddressBlocked(verdict=verdict.id, mac=verdict.mac, reason=words, before=_said(before)))
    take_blocked(tx, verdict.mac, words)
    return verdict


def lift(tx: Transaction, verdict: Verdict, reason: str) -> None:
    """Take a decision back: the next sighting of the address is an alert again. Raises ConcurrentChange if it is."""
    words = text.line(reason, "reason", most=300)
    tx.session.refresh(verdict, with_for_update=True)
    if verdict.lifted is not None:
        raise ConcurrentChange("Ya se había levantado.", "It was lifted already.")
    verdict.lifted, verdict.lifted_by = now(), tx.actor
    tx.record(events.VerdictLifted(verdict=verdict.id, mac=verdict.mac, kind=verdict.kind, reason=words))


def lift_answered(tx: Transaction, macs: Iterable[str]) -> None:
    """A registration ends what was ignored: once the device goes out again, seeing it is news."""
    for mac in macs:
        if (found := of_mac(tx.session, mac, now())) is not None and found.kind == IGNORED:
            lift(tx, found, "registrado")


def _unregistered(tx: Transaction, mac: str) -> MacAddress:
    """An address that can be one device's, and that no device has which may connect or is about to."""
    address = MacAddress.registrable(mac, allow_random=True)
    registered = (
        select(Interface.device_id)
        .join(Authorisation, Authorisation.device_id == Interface.device_id)
        .where(Interface.mac == str(address), or_(Interface.live, Authorisation.state == quota.WAITING_SWAP))
    )
    if (number := tx.session.scalar(registered)) is not None:
        raise DuplicateMac(
            f"Esa dirección es del equipo {number}, que está registrado; no se cambió nada.",
            f"That address is device {number}'s, which is registered; nothing was changed.",
            code="E_REGISTERED",
            field="mac",
            hint="Suspéndalo o pida su baja.",
            hint_en="Suspend it, or ask for its removal.",
        )
    return address


def _said(kind: str) -> dict[str, str]:
    return {"verdict": kind} if kind else {}


def _stands(tx: Transaction, address: MacAddress) -> str:
    """What stands about the address, or nothing; what has run out does not stand."""
    found = tx.session.scalar(_undecided(address))
    return found.kind if found is not None and (found.until is None or found.until > now()) else ""


def _undecided(address: MacAddress) -> Select[Verdict]:
    return select(Verdict).where(Verdict.mac == str(address), Verdict.lifted.is_(None))


def _decide(tx: Transaction, address: MacAddress, kind: str, words: str, until: datetime | None) -> Verdict:
    """The new decision in the place of the one there was."""
    old = tx.session.scalar(_undecided(address))
    if old is not None:
        ran_out = old.until is not None and old.until <= now()
        old.lifted, old.lifted_by = (old.until, "") if ran_out else (now(), tx.actor)
        tx.session.flush()
    verdict = Verdict(
        mac=str(address), kind=kind, reason=words, until=until, decided=now(), decided_by=tx.actor, lifted_by=""
    )
    tx.session.add(verdict)
    flush(tx.session)
    return verdict
