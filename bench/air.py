"""Ninety days on the air of a town hall: where its devices were seen, and far more that nobody registered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from netreg.registry.models import Alert, DayFigure, Interface, IpStay, Pass, Point, Sighting, Source, Stay, Trait
from netreg.store.base import now

DAYS, SIGHTINGS, STAYS, ADDRESSES = 90, 1_000_000, 600_000, 300_000
# At how many places a registered device was seen, and how many are there now.
EVERYWHERE, PRESENT = 30, 4_000
PLACES = [f"antena-{number:02d}" for number in range(1, 41)]
ALERTS, OPEN = 3_000, 200
PASSES = 2_000
BATCH = 20_000
Row = dict[str, Any]


def fill(engine: Engine, share: float = 1) -> None:
    """Write what the scanner would have written; `share` of it, for a smaller town."""
    chance, at = random.Random(7), now()
    with engine.begin() as connection:
        known = list(connection.scalars(select(Interface.mac).where(Interface.live).order_by(Interface.id)))
        heard = list(_seen(chance, at, known, int(SIGHTINGS * share), int(PRESENT * share)))
        _write(connection, Sighting, iter(heard))
        _write(connection, Stay, _stays(chance, heard, int(STAYS * share)))
        _write(connection, IpStay, _addresses(chance, at, known, int(ADDRESSES * share)))
        _write(connection, Trait, _traits(at, known))
        _write(connection, Source, _sources(at))
        _write(connection, Alert, _alerts(at, int(ALERTS * share), int(OPEN * share)))
        _write(connection, Pass, _passes(connection, at, int(PASSES * share)))
        connection.execute(DayFigure.__table__.delete())
        _write(connection, DayFigure, _days(at))


def _write(connection: Connection, model: type[Any], rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(model), batch)


def _seen(chance: random.Random, at: datetime, known: list[str], count: int, present: int) -> Iterator[Row]:
    """Each registered device at many places, once; all others, with an address of their own making, at one."""
    for number, mac in enumerate(known):
        for turn, place in enumerate(chance.sample(PLACES, EVERYWHERE)):
            here = turn == 0 and number < present
            last = at if here else at - timedelta(minutes=chance.randrange(60, DAYS * 1440))
            yield _sighting(mac, place, last, number)
            count -= 1
    for number in range(count):
        last = at - timedelta(minutes=chance.randrange(DAYS * 1440))
        address = f"{chance.choice('0123456789abcdef')}{chance.choice('26ae')}"
        rest = f"{chance.getrandbits(40):010x}"
        mac = ":".join([address, *(rest[start : start + 2] for start in range(0, 10, 2))])
        yield _sighting(mac, chance.choice(PLACES), last, number)


def _sighting(mac: str, place: str, last: datetime, number: int) -> Row:
    return {
        "mac": mac, "source": "stations", "place": place, "port": f"radio{number % 2}", "ip": _ip(number),
        "name": None, "fingerprint": None, "first_seen": last - timedelta(days=number % 40), "last_seen": last,
        "count": 1 + number % 300,
    }  # fmt: skip


def _ip(number: int) -> str:
    return f"10.{20 + number // 65_536 % 20}.{number // 256 % 256}.{number % 256}"


def _stays(chance: random.Random, heard: list[Row], count: int) -> Iterator[Row]:
    """Those of the devices that are there now, and of a choice of all others."""
    last = max(row["last_seen"] for row in heard)
    there = [row for row in heard if row["last_seen"] == last]
    for row in [*there, *chance.sample(heard, max(0, min(len(heard), count) - len(there)))]:
        since = row["last_seen"] - timedelta(minutes=20 + row["count"])
        yield {
            "mac": row["mac"], "source": row["source"], "place": row["place"], "port": row["port"], "ip": row["ip"],
            "since": since, "until": row["last_seen"], "count": row["count"],
        }  # fmt: skip


def _addresses(chance: random.Random, at: datetime, known: list[str], count: int) -> Iterator[Row]:
    for number in range(count):
        until = at - timedelta(minutes=chance.randrange(DAYS * 1440))
        mac, place = chance.choice(known), chance.choice(PLACES)
        since = until - timedelta(hours=8)
        yield {"ip": _ip(number % 40_000), "mac": mac, "place": place, "since": since, "until": until}


def _traits(at: datetime, known: list[str]) -> Iterator[Row]:
    for number, mac in enumerate(known):
        first = at - timedelta(days=DAYS)
        row = {"mac": mac, "first_seen": first, "last_seen": at, "accepted": True}
        yield row | {"kind": "name", "value": f"equipo-{number}"}
        yield row | {"kind": "dhcp", "value": "1,3,6,15,119,252"}


def _sources(at: datetime) -> Iterator[Row]:
    for place in PLACES:
        start = at - timedelta(days=DAYS)
        yield {"name": f"stations:{place}", "last_good": at, "good_since": start, "last_tried": at, "since": start}


def _alerts(at: datetime, count: int, still_open: int) -> Iterator[Row]:
    for number in range(count):
        mac, first = f"70:b3:d5:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}", number % DAYS
        done = number >= still_open
        yield {
            "key": f"rogue:{mac}", "kind": "rogue", "mac": mac, "vendor": "IEEE Registration Authority",
            "place": PLACES[number % len(PLACES)], "explanation": "Nadie registró este equipo.",
            "explanation_en": "Nobody registered this device.", "evidence": [["Se vio.", "It was seen."]],
            "sources": ["stations"], "state": "closed" if done else "open",
            "first_seen": at - timedelta(days=first), "last_seen": at - timedelta(days=first / 2),
            "opened": at - timedelta(days=first), "told": at - timedelta(days=first),
            "decision": "ignored" if done else "",
        }  # fmt: skip


def _passes(connection: Connection, at: datetime, count: int) -> Iterator[Row]:
    points = list(connection.scalars(select(Point.id)))
    for number in range(count):
        yield {"point_id": points[number % len(points)], "at": at - timedelta(minutes=30 * number), "seconds": 0.4,
               "added": [[_ip(number), "nr-1"]], "steps": ["read", "apply"], "outcome": "verified"}  # fmt: skip


def _days(at: datetime) -> Iterator[Row]:
    for day in range(1, DAYS):
        yield {"day": (at - timedelta(days=day)).date(), "known": 3_900 + day, "unknown": 7_000 + day, "random": 6_900}
