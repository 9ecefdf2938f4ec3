"""Where is this? An address in any notation or its beginning, an IP, a name a device gives itself, a holder, a number.

What was typed may mean several of these at once ("decada" is a word and six digits): every meaning is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from ipaddress import ip_address
from itertools import islice

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.registry import text
from netreg.registry.models import Authorisation, Device, Interface, IpStay, Sighting, Trait
from netreg.registry.presence import NAMES, Present, Registered, latest, registered
from netreg.store.folding import fold

MOST_LETTERS = 80
# More than this is no answer: type more of it.
MOST = 50
# As many stays of one IP are looked through for those who had it.
_MOST_STAYS = 1000
# Fewer digits are the beginning of too many addresses.
_FEWEST_DIGITS, _DIGITS = 4, 12
_BEGINNING = re.compile(r"[0-9a-fA-F]{1,12}(?:[:.\- ][0-9a-fA-F]{0,12}){0,5}", re.ASCII)
_IP = re.compile(r"[0-9a-fA-F:.]{2,45}", re.ASCII)
_NUMBER = re.compile(r"#?(?P<number>[1-9][0-9]{0,8})", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text may mean: the first and the last address that begin so, an IP, a device's number, some words."""

    words: str
    macs: tuple[str, str] | None = None
    ip: str | None = None
    device: int | None = None

    @classmethod
    def parse(cls, raw: str, field: str = "q") -> Sought:
        """The meanings of what was typed; InvalidValue when it is empty, too long or has hidden characters."""
        typed = text.line(raw, field, most=MOST_LETTERS)
        # Without its accent an accent alone is a blank, and everybody's name has that in it.
        words = text.line(text.folded(typed), field, most=MOST_LETTERS)
        number = _NUMBER.fullmatch(typed)
        return cls(words, _range(typed), _ip(typed), int(number["number"]) if number else None)


def _range(typed: str) -> tuple[str, str] | None:
    """Between which addresses all lie that begin so. Both ends are whole addresses, so any collation orders them."""
    digits = "".join(char for char in typed if char.isalnum()).lower()
    if not _BEGINNING.fullmatch(typed) or not _FEWEST_DIGITS <= len(digits) <= _DIGITS:
        return None
    return _written(digits.ljust(_DIGITS, "0")), _written(digits.ljust(_DIGITS, "f"))


def _written(digits: str) -> str:
    return str(MacAddress.parse(digits))


def _ip(typed: str) -> str | None:
    if not _IP.fullmatch(typed):
        return None
    try:
        return str(ip_address(typed))
    except ValueError:
        return None


def moment(raw: str, zone: tzinfo, field: str = "at") -> datetime | None:
    """A date and time of the office, as 2026-11-20 09:30; None where nothing was typed. InvalidValue E_MOMENT."""
    typed = raw.strip(" ")
    if not typed:
        return None
    try:
        if not _MOMENT.fullmatch(typed):
            raise ValueError
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError as error:
        raise InvalidValue(
            "Escriba fecha y hora como 2026-11-20 09:30.",
            "Write date and time as 2026-11-20 09:30.",
            code="E_MOMENT",
            field=field,
        ) from error


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody had the IP that is sought; `then` says whether that was so at the instant asked for."""

    mac: MacAddress
    place: str
    since: datetime
    until: datetime
    then: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was sought: an address, its device, and where it is or was last. A computer not bound has no address."""

    mac: MacAddress | None
    device: Registered | None
    last: Present | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found; `uses` where an IP was sought; `more` where there is more than is told."""

    found: list[Found]
    uses: list[Use]
    more: bool


def find(
    session: Session,
    sought: Sought,
    at: datetime,
    *,
    then: datetime | None = None,
    expected: Collection[MacAddress] = (),
) -> Answer:
    """Who it may be, at most fifty, as it stands at `at`. With `then`, who had the IP then or last before it."""
    uses = _uses(session, sought.ip, then) if sought.ip else []
    devices = _devices(session, sought)
    macs = list(dict.fromkeys([*(str(one.mac) for one in uses), *_macs(session, sought, devices)]))
    shown = macs[:MOST]
    last, known = latest(session, shown, at, expected), registered(session, shown)
    found = [Found(MacAddress(mac), known.get(mac), last.get(mac)) for mac in shown]
    unbound = _without_address(session, devices)
    return Answer([*found, *unbound][:MOST], uses, len(macs) + len(unbound) > MOST)


def _uses(session: Session, ip: str, at: datetime | None) -> list[Use]:
    """When each address had the IP last, by `at` where that is given; the newest first."""
    query = select(IpStay).where(IpStay.ip == ip)
    if at is not None:
        query = query.where(IpStay.since <= at)
    newest: dict[str, IpStay] = {}
    for one in session.scalars(query.order_by(IpStay.until.desc(), IpStay.id.desc()).limit(_MOST_STAYS)):
        newest.setdefault(one.mac, one)
    return [
        Use(MacAddress(one.mac), one.place, one.since, one.until, at is not None and one.until >= at)
        for one in list(newest.values())[:MOST]
    ]


def _devices(session: Session, sought: Sought) -> list[int]:
    """By number, holder or computer name; one that is forgotten is found by its number alone."""
    called = and_(Authorisation.forgotten.is_(None), Device.bears(sought.words))
    meant = called if sought.device is None else or_(Device.id == sought.device, called)
    query = select(Device.id, Device.holder, Device.computer_name).where(meant).order_by(Device.id.desc())
    rows = session.execute(query.join(Authorisation, Authorisation.device_id == Device.id))
    # What it bears is its model too, of which there may be hundreds.
    found = (row.id for row in rows if row.id == sought.device or _is_called(sought.words, *row[1:]))
    return list(islice(found, MOST + 1))


def _is_called(words: str, *names: str | None) -> bool:
    return any(words in fold(name) for name in names)


def _macs(session: Session, sought: Sought, devices: Iterable[int]) -> list[str]:
    """The addresses meant: of the devices, those that begin so, those that call themselves so; some more than shown."""
    queries = [select(Interface.mac).where(Interface.device_id.in_(tuple(devices)))]
    if sought.macs is not None:
        queries += [
            select(column).where(column.between(*sought.macs)).order_by(column).distinct()
            for column in (Interface.mac, Sighting.mac)
        ]
    named = func.lower(Trait.value).contains(sought.words, autoescape=True)
    queries.append(select(Trait.mac).where(Trait.kind.in_(NAMES), named).order_by(Trait.mac).distinct())
    return [mac for query in queries for mac in session.scalars(query.limit(MOST + 1))]


def _without_address(session: Session, devices: Iterable[int]) -> list[Found]:
    from_register = select(Device).where(Device.id.in_(tuple(devices)), ~Device.interfaces.any())
    from_register = from_register.options(selectinload(Device.area), selectinload(Device.authorisation))
    return [
        Found(None, Registered(one.id, one.shown, "" if one.is_forgotten else one.holder, one.area.name, one.kind,
                               one.authorisation.state), None)
        for one in session.scalars(from_register.order_by(Device.id.desc()))
    ]  # fmt: skip
