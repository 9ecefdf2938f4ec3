"""A whole capture into a roll, touching only the frames that may tell something new.

The header of each record and a few bytes at fixed places tell whether its frame says what its sender has said before:
then it is counted and passed by, without being copied. Everything else goes the careful way, through `Roll.study`.
"""

from __future__ import annotations

import mmap
import struct

from agents.pcap import LONGEST, RECORD
from agents.roll import PORTS, SHORTEST_KNOWN, Roll

# Of a record's header the seconds and the captured size; of its frame, the Ethernet source with the type and the first
# byte of what it carries; where that is IPv4, the protocol.
_LOOK = "I4xI10x9s8xB"
_UDP = 17


def skim(data: mmap.mmap, at: int, order: str, unit: float, roll: Roll) -> int:
    """Hear the records of a pcap from `at` on, and give back where it stopped: the longest frame's size before the end.

    It stops earlier at a record whose clock went back a second or more: until there the last record of a device is also
    the latest, to the second.

    One loop without calls, because it runs a million times: what a call costs is as much as all of it.
    """
    look, limit = struct.Struct(order + _LOOK).unpack_from, len(data) - LONGEST - RECORD
    by_source, by_arp, by_rest = roll.by_source.get, roll.by_arp.get, roll.by_rest.get
    passed = latest = 0
    while at <= limit:
        seconds, size, source, protocol = look(data, at)
        if seconds < latest or size > LONGEST:
            break
        latest, following = seconds, at + RECORD + size
        known = by_source(source)
        if known is None or size < SHORTEST_KNOWN or (protocol == _UDP and data[at + 52 : at + 54] in PORTS):
            claim = by_arp(data[at + 22 : at + 48]) or by_rest(data[at + 22 : following])
            if claim is None or size < SHORTEST_KNOWN:
                roll.study(_moment(data, at, order, unit), data[at + RECORD : following])
                at = following
                continue
            known, ip = claim
            if ip is not None:
                known.records[ip] = at
        passed += 1
        known.frames += 1
        known.record = at
        at = following
    roll.frames += passed
    for device in roll.devices.values():
        if device.record:
            device.last = max(device.last, _moment(data, device.record, order, unit))
            device.record = 0
        for ip, record in device.records.items():
            device.ips[ip] = max(device.ips[ip], _moment(data, record, order, unit))
        device.records.clear()
    return at


def _moment(data: mmap.mmap, at: int, order: str, unit: float) -> float:
    seconds, fraction = struct.unpack_from(order + "II", data, at)
    return float(seconds + fraction * unit)
