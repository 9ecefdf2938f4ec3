"""Hand-made entries: what the registry knows of those on a point, and the alert that names them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import Plan
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import allowlists, verdicts
from netreg.registry.commands.alerts import News, of_point
from netreg.registry.models import STRAY_OPEN, Authorisation, Interface, Point, Stray

# More are counted: an alert is read on a phone.
_NAMED = 10

_AGAINST = (quota.SUSPENDED, quota.REMOVING, quota.REMOVED, quota.REJECTED)
_UNDECIDED = (quota.REQUESTED, quota.AWAITING_BINDING, quota.WAITING_SWAP)


def on_point(session: Session, point: Point) -> Sequence[Stray]:
    """The hand-made entries that are on a point, those nobody has decided about first."""
    query = select(Stray).where(Stray.point_id == point.id, Stray.state.in_(STRAY_OPEN))
    return session.scalars(query.order_by(Stray.state, Stray.first_seen, Stray.mac)).all()


def kept(session: Session, point: Point) -> Allowlist:
    """The hand-made entries that a push leaves alone, as they were last read."""
    rows = [row for row in on_point(session, point) if row.state == "found"]
    return Allowlist.of(Entry(MacAddress(row.mac), row.label) for row in rows)


def held(session: Session, point: Point) -> Allowlist | None:
    """All that the point held when it was last verified; None where somebody's hand-made entries are among it."""
    return None if on_point(session, point) else allowlists.baseline(point)


def next_plan(session: Session, point: Point) -> Plan | None:
    """What a push would do now, if the point stands as it was last read; None where it was never read."""
    known = allowlists.baseline(point)
    if known is None:
        return None
    there = Allowlist.of(Entry(MacAddress(row.mac), row.label) for row in on_point(session, point))
    return Plan.between((known - there) | there, allowlists.desired(session, point) | kept(session, point))


def ours(session: Session, point: Point) -> frozenset[MacAddress]:
    """What a push may take out of a point: what was verified there, and every address somebody decided against or
    blocked.

    An address whose request still waits for its decision is not among them, whatever became of an older one.
    """
    verified = allowlists.baseline(point) or Allowlist()
    against = _borne(session, _AGAINST) - _borne(session, _UNDECIDED)
    ordered = {MacAddress(row.mac) for row in on_point(session, point) if row.state == "removing"}
    return frozenset({*verified.by_mac, *against, *ordered, *verdicts.blocked(session)})


def _borne(session: Session, states: Collection[str]) -> set[MacAddress]:
    rows = session.scalars(
        select(Interface.mac)
        .join(Authorisation, Authorisation.device_id == Interface.device_id)
        .where(Authorisation.state.in_(states))
    )
    return {MacAddress(mac) for mac in rows}


def key(point: Point) -> str:
    """The key of the alert about a point's hand-made entries."""
    return f"stray:{point.name}"


def strays_news(point: Point, macs: Sequence[str], at: datetime, *, wakes: bool) -> News:
    """What to tell while hand-made entries wait; `wakes` an alert that somebody put aside."""
    listed, count = _listed(macs), len(macs)
    return of_point(
        "drift",
        point.name,
        f"En {point.name} hay {count} entradas que netreg no puso: {listed[0]}. Siguen ahí y dejan pasar. "
        "Decida en la página del punto si se quitan o se registran.",
        f"{point.name} has {count} entries that netreg did not put there: {listed[1]}. They stay and "
        "let devices through. Decide on the point's page whether they go or are registered.",
        at,
        key=key(point),
        count=count,
        wakes=wakes,
    )


def mended_news(point: Point, returned: Sequence[MacAddress], missing: Sequence[MacAddress], at: datetime) -> News:
    """What to tell when a push put right what somebody changed by hand."""
    came, gone = _listed([str(mac) for mac in returned]), _listed([str(mac) for mac in missing])
    spanish = [f"volvió a entrar lo que estaba dado de baja ({came[0]})"] if returned else []
    english = [f"what had been removed was back ({came[1]})"] if returned else []
    spanish += [f"faltaba lo registrado ({gone[0]})"] if missing else []
    english += [f"what is registered was missing ({gone[1]})"] if missing else []
    return of_point(
        "drift",
        point.name,
        f"Alguien cambió a mano la lista de {point.name}: {' y '.join(spanish)}. "
        "netreg la devolvió a lo decidido; pregunte quién fue y por qué.",
        f"Somebody changed the list of {point.name} by hand: {' and '.join(english)}. "
        "netreg put back what was decided; ask who it was, and why.",
        at,
        count=len(returned) + len(missing),
        wakes=True,
    )


def _listed(macs: Sequence[str]) -> tuple[str, str]:
    """The first addresses and how many more, in Spanish and English."""
    named, more = ", ".join(macs[:_NAMED]), len(macs) - _NAMED
    return (f"{named} y {more} más", f"{named} and {more} more") if more > 0 else (named, named)
