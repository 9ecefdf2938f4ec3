"""Lease files of DHCP servers: who has an address now, and what they call themselves.

Three forms, told apart by what is in them: dnsmasq (`expiry mac ip name client-id` a line, expiry 0 for ever; see its
manual, option --dhcp-leasefile), ISC dhcpd (`lease IP { ... }`, dhcpd.leases(5)) and Kea (CSV with a heading, memfile).
The last entry of an address counts, also where it gives it back. The text comes from strangers: a row that cannot be
read is left out and counted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeVar

from netreg.enforcement.tables import host_name
from netreg.errors import InvalidValue, Unreachable
from netreg.mac import MacAddress

Row = TypeVar("Row")

MOST_BYTES = 32 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,11}", re.ASCII)
_ISC_LEASE = re.compile(r"^lease ([0-9.]{7,15}) \{$(.*?)^\}$", re.ASCII | re.MULTILINE | re.DOTALL)
_ISC_MAC = re.compile(r"^\s*hardware ethernet ([0-9a-f:]{17});$", re.ASCII | re.MULTILINE)
_ISC_ENDS = re.compile(r"^\s*ends (?:never|[0-6] ([0-9/]{10} [0-9:]{8})(?: UTC)?);$", re.ASCII | re.MULTILINE)
_ISC_NAME = re.compile(r'^\s*client-hostname "([^"\n]*)";$', re.ASCII | re.MULTILINE)
_ISC_STATE = re.compile(r"^\s*binding state ([a-z]+);$", re.ASCII | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lease:
    """One address given out: to which MAC, under which name ("" where none was told), until when (None: for ever)."""

    mac: MacAddress
    ip: IPv4Address
    name: str
    ends: datetime | None


# What an entry says of an address: its lease, or that it is nobody's any more.
Entry = tuple[IPv4Address, Lease | None]


@dataclass(frozen=True, slots=True)
class Leases:
    """What a file holds now, and how many of its rows could not be read."""

    found: tuple[Lease, ...]
    unread: int


def read(path: Path, now: datetime) -> Leases:
    """The leases in force in this file; raises Unreachable when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreachable(path.name, f"cannot read {path}: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise Unreachable(path.name, f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB")
    return parse(content.decode("utf-8", "replace"), now)


def parse(text: str, now: datetime) -> Leases:
    """The leases in force in the text of a lease file, whichever of the three forms it has."""
    rows, unread = _rows(text)
    latest = dict(rows).values()
    return Leases(tuple(one for one in latest if one and (one.ends is None or one.ends > now)), unread)


def _rows(text: str) -> tuple[list[Entry], int]:
    if text.lstrip().startswith("address,"):
        return _read_all(csv.DictReader(StringIO(text)), _kea)
    if _ISC_LEASE.search(text):
        return _read_all(_ISC_LEASE.finditer(text), _isc)
    return _read_all((line.split(" ") for line in text.splitlines() if line.strip()), _dnsmasq)


def _read_all(rows: Iterator[Row], one: Callable[[Row], Entry | None]) -> tuple[list[Entry], int]:
    found, unread = [], 0
    while True:
        try:
            # A row may be refused as it is read (the CSV is broken) or as it is understood.
            entry = one(next(rows))
        except StopIteration:
            return found, unread
        except (ValueError, LookupError, TypeError, OverflowError, InvalidValue, csv.Error):
            unread += 1
        else:
            found += [entry] if entry else []


def _dnsmasq(words: list[str]) -> Entry | None:
    # An IPv6 part begins with the server's DUID; its rows hold no MAC.
    if words[0] == "duid" or ":" in words[2]:
        return None
    ends, mac, ip, name = words[0], words[1], IPv4Address(words[2]), words[3]
    return ip, Lease(MacAddress.parse(mac.rpartition("-")[2]), ip, host_name(name), _instant(ends))


def _isc(entry: re.Match[str]) -> Entry:
    ip, body = IPv4Address(entry[1]), entry[2]
    mac, ends, name, state = (pattern.search(body) for pattern in (_ISC_MAC, _ISC_ENDS, _ISC_NAME, _ISC_STATE))
    if mac is None or (state is not None and state[1] != "active"):
        return ip, None
    until = datetime.strptime(ends[1], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC) if ends and ends[1] else None
    return ip, Lease(MacAddress.parse(mac[1]), ip, host_name(name[1] if name else ""), until)


def _kea(row: dict[str, str]) -> Entry:
    ip = IPv4Address(row["address"])
    # State 0 is a lease in use; 1 was declined, 2 is expired (Kea, memfile).
    if row["state"] != "0" or not row["hwaddr"]:
        return ip, None
    return ip, Lease(
        MacAddress.parse(row["hwaddr"]), ip, host_name(row["hostname"].rstrip(".")), _instant(row["expire"])
    )


def _instant(said: str) -> datetime | None:
    """Seconds since 1970; 0 is for ever."""
    if not _NUMBER.fullmatch(said):
        raise ValueError("no instant")
    return datetime.fromtimestamp(int(said), UTC) if int(said) else None
