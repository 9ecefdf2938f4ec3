"""What each point is to hold by policy, and what it held when it was last verified."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.allowlist import Allowlist, Entry
from netreg.mac import MacAddress
from netreg.policy import desired as policy
from netreg.policy import quota
from netreg.registry import verdicts
from netreg.registry.models import KINDS, Area, Authorisation, Interface, Point


def desired(session: Session, point: Point | None = None) -> Allowlist:
    """The allowlist that policy wants now: at this point, or all of it."""
    of_whom = scope(point) if point else policy.EVERYWHERE
    return desired_in(session, [of_whom])[of_whom]


def desired_in(session: Session, scopes: Iterable[policy.Scope]) -> dict[policy.Scope, Allowlist]:
    """The same for several scopes; the registry is read once."""
    facts, barred = _admissions(session), verdicts.blocked(session)
    return {one: policy.desired(facts, one, barred) for one in scopes}


def scope(point: Point) -> policy.Scope:
    """Which part of the allowlist is the point's."""
    return policy.Scope(point.network, frozenset(point.sites))


def _admissions(session: Session) -> list[policy.Admission]:
    rows = session.execute(
        select(Interface.mac, Interface.medium, Interface.device_id, Authorisation.state, Authorisation.kind, Area.site)
        .join(Authorisation, Authorisation.device_id == Interface.device_id)
        .join(Area, Area.id == Authorisation.area_id)
        # A kind the rules do not know is let in nowhere, however it came into the table.
        .where(Interface.live, Authorisation.state.in_(quota.ADMITTED), Authorisation.kind.in_(KINDS))
    )
    return [
        policy.Admission(MacAddress(row.mac), row.device_id, row.state, network(row.kind, row.medium), row.site)
        for row in rows
    ]


def network(kind: str, medium: str) -> str:
    """Where an interface is let in; nobody is asked by which way a printer or camera is connected."""
    return "both" if kind == "infrastructure" else {"wifi": "wifi", "ethernet": "wired"}[medium]


def baseline(point: Point) -> Allowlist | None:
    """The list last verified at the point, or None when it never was."""
    if point.verified is None:
        return None
    return Allowlist.of(Entry(MacAddress(mac), label) for mac, label in point.verified)
