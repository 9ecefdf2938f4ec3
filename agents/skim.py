"""A whole capture into a roll, touching only the frames that may tell something new.

The header of each record and a few bytes at fixed places tell whether its frame says what its sender has said before:
then it is counted and passed by, without being copied. Everything else goes the careful way, through `Roll.study`.
"""

from __future__ import annotations

import mmap
import struct

from agents.pcap import LONGEST, RECORD
from agents.roll import PORTS, SHORTEST_KNOWN, Roll

# Of a record's header, seconds, fraction and captured size; of its frame, the Ethernet source with the type and the
# first byte of what it carries; where that is IPv4, the protocol and the port it goes to.
_LOOK = "III4x6x9s8xB12x2s"
_UDP = 17


def skim(data: mmap.mmap, at: int, order: str, unit: float, roll: Roll) -> int:
    """Hear the records of a pcap from `at` on, and give back where it stopped: the longest frame's size before the end.

    One loop without calls, because it runs a million times: what a call costs is as much as all of it.
    """
    look, limit = struct.Struct(order + _LOOK).unpack_from, len(data) - LONGEST - RECORD
    by_source, by_arp, by_rest, study = roll.by_source.get, roll.by_arp.get, roll.by_rest.get, roll.study
    passed = 0
    while at <= limit:
        seconds, fraction, size, source, protocol, port = look(data, at)
        if size > LONGEST:
            break
        then, frame = seconds + fraction * unit, at + RECORD
        at = frame + size
        if size < SHORTEST_KNOWN:
            study(then, data[frame:at])
            continue
        known = by_source(source)
        if known is not None and (protocol != _UDP or port not in PORTS):
            pass
        elif (claim := by_arp(data[frame + 6 : frame + 32]) or by_rest(data[frame + 6 : at])) is not None:
            known, ip = claim
            if ip is not None and then > known.ips[ip]:
                known.ips[ip] = then
        else:
            study(then, data[frame:at])
            continue
        passed += 1
        known.frames += 1
        if then > known.last:
            known.last = then
        elif then < known.first:
            known.first = then
    roll.frames += passed
    return at
