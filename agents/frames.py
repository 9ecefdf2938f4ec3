"""Bytes to values and back: the ARP frames a sweep sends and hears (RFC 826 over Ethernet II).

Whoever shares the wire may send us any bytes, so reading is strict, and a frame that is not exactly an answer
is None, never an exception.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from netreg.mac import MacAddress

ETHERTYPE_ARP = 0x0806
# Tags a switch may leave before the payload: 802.1Q, 802.1ad, and the old QinQ of some vendors.
_VLAN_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_MOST_TAGS = 2

_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET_IPV4 = (1, 0x0800, 6, 4)  # hardware type, protocol type, and the length of each address
_REPLY = 2
# The target address closes a request without tags: the only bytes that change from one to the next.
_TARGET = slice(38, 42)


@dataclass(frozen=True, slots=True)
class Heard:
    """One device that answered: its address, the IP it claims.

    `via` is the Ethernet source where it is another one than the ARP sender: a proxy, or somebody lying.
    """

    mac: MacAddress
    ip: IPv4Address
    via: MacAddress | None = None


class Request:
    """The broadcast "who has ...?" of one interface, crafted once and aimed at each address in turn."""

    def __init__(self, sender: MacAddress, sender_ip: IPv4Address) -> None:
        # Imported here: scapy takes half a second and only the sweeping process ever crafts a frame.
        from scapy.layers.l2 import ARP, Ether

        arp = ARP(op=1, hwsrc=sender.text, psrc=str(sender_ip), hwdst="00:00:00:00:00:00", pdst="0.0.0.0")  # noqa: S104
        self._frame = bytearray(bytes(Ether(src=sender.text, dst="ff:ff:ff:ff:ff:ff", type=ETHERTYPE_ARP) / arp))

    def to(self, target: IPv4Address) -> bytes:
        """The frame that asks who has `target`."""
        self._frame[_TARGET] = target.packed
        return bytes(self._frame)


def parse_reply(frame: bytes) -> Heard | None:
    """The device that speaks in an ARP reply, or None for everything else, whatever the bytes."""
    offset = _arp_offset(frame)
    if offset is None or len(frame) < offset + _ARP.size:
        return None
    *kind, operation, sender, sender_ip, _target, _target_ip = _ARP.unpack_from(frame, offset)
    if tuple(kind) != _ETHERNET_IPV4 or operation != _REPLY:
        return None
    mac, ip, source = _device(sender), IPv4Address(sender_ip), _device(frame[6:12])
    if mac is None or source is None or not _can_be_a_host(ip):
        return None
    return Heard(mac, ip, None if source == mac else source)


def _arp_offset(frame: bytes) -> int | None:
    """Where the ARP packet starts, behind at most two VLAN tags; None if the frame carries something else."""
    for position in range(12, 12 + 4 * _MOST_TAGS + 1, 4):
        if len(frame) < position + 2:
            return None
        kind = int.from_bytes(frame[position : position + 2], "big")
        if kind not in _VLAN_TAGS:
            return position + 2 if kind == ETHERTYPE_ARP else None
    return None


def _device(raw: bytes) -> MacAddress | None:
    """The address, or None where no single device can have it: a group address or all zeros."""
    if raw[0] & 0x01 or not any(raw):
        return None
    return MacAddress.parse(raw.hex(":"))


def _can_be_a_host(ip: IPv4Address) -> bool:
    # "Reserved" is 240/4 with the broadcast address; nothing in 0/8 or 127/8 is ever on a wire.
    return not (ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.packed[0] == 0)
