"""Bytes to values and back: the frames a sweep sends and the answers it hears.

ARP (RFC 826), ICMPv6 echo (RFC 4443) and neighbour discovery (RFC 4861), over Ethernet II. Whoever shares the wire may
send us any bytes, so reading is strict, and a frame that is not exactly an answer is None, never an exception.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from agents.dissect import dissect, is_device, payload

ALL_NODES, ALL_NODES_MAC = "ff02::1", "33:33:00:00:00:01"
# Which echo is ours; whose answers they are is seen by the address they come to.
ECHO_ID = 0x6E72
ARP_SIZE, ECHO_SIZE = 42, 62
_ARP, _IPV6, _REPLY = b"\x08\x06", b"\x86\xdd", b"\x00\x02"
_ICMPV6, _ECHO_REPLY = 58, 129


class Heard(NamedTuple):
    """One device that answered: its address, the IP it claims (four or sixteen bytes).

    `via` is the Ethernet source where it is another one than who the answer speaks for: a proxy, or somebody lying.
    """

    mac: bytes
    ip: bytes
    via: bytes | None = None


class Request:
    """The broadcast "who has ...?" of one interface, made of a crafted frame and aimed at each address in turn."""

    def __init__(self, template: bytes, sender: bytes, sender_ip: bytes) -> None:
        self._frame = bytearray(template)
        self._frame[6:12] = self._frame[22:28] = sender
        self._frame[28:32] = sender_ip

    def to(self, target: bytes) -> bytearray:
        """The frame that asks who has `target`; good until the next one is asked for."""
        self._frame[38:42] = target
        return self._frame


def echo_to_all(template: bytes, sender: bytes, sender_ip: bytes, number: int) -> bytes:
    """The echo to every IPv6 node of the link, made of a crafted frame; `number` tells the rounds apart."""
    frame = bytearray(template)
    frame[6:12], frame[22:38] = sender, sender_ip
    frame[60:62] = struct.pack("!H", number & 0xFFFF)
    # RFC 4443, 2.3: the sum also covers a pseudo-header of both addresses, the length and the protocol.
    covered = bytes(frame[22:54]) + struct.pack("!II", len(frame) - 54, _ICMPV6) + bytes(frame[54:])
    frame[56:58] = struct.pack("!H", checksum(covered))
    return bytes(frame)


def link_local(mac: bytes) -> bytes:
    """The address that an interface makes of its own hardware address (RFC 4291, appendix A)."""
    return b"\xfe\x80" + bytes(6) + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]


def parse_reply(frame: bytes) -> Heard | None:
    """The device that speaks in an answer, or None for everything else, whatever the bytes.

    An answer is an ARP reply, an echo reply to us, or any neighbour message: whoever looks for us, or says where it is,
    has heard our echo.
    """
    if len(frame) < ARP_SIZE or not is_device(source := frame[6:12]):
        return None
    kind, at = payload(frame)
    if kind == _IPV6 and _is_our_echo(frame, at):
        return Heard(source, frame[at + 8 : at + 24])
    if kind == _ARP and frame[at + 6 : at + 8] != _REPLY:
        return None
    for said in dissect(frame):
        if said.how in ("arp", "nd") and said.ip is not None:
            return Heard(said.mac, said.ip, None if source == said.mac else source)
    return None


def _is_our_echo(frame: bytes, at: int) -> bool:
    # An echo to the link comes back from the link: from a link-local address (RFC 4291, 2.5.6).
    return (
        len(frame) >= at + 48
        and frame[at] >> 4 == 6
        and frame[at + 6] == _ICMPV6
        and frame[at + 8] == 0xFE
        and frame[at + 9] >> 6 == 2
        and frame[at + 40] == _ECHO_REPLY
        and frame[at + 44 : at + 46] == struct.pack("!H", ECHO_ID)
    )


def checksum(covered: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total
