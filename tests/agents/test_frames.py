"""ARP frames: what we ask is what a stranger's reader understands, and no bytes on earth make ours stumble."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.frames import Heard, Request, parse_reply
from netreg.mac import MacAddress

OURS = MacAddress.parse("00:16:3e:00:00:01")
PHONE = MacAddress.parse("a4:83:e7:11:22:33")
PROXY = MacAddress.parse("00:0b:86:00:00:02")
IP = IPv4Address("10.78.0.9")
HEADER = bytes.fromhex("0001 0800 06 04")

DEVICES = st.integers(1, 2**48 - 1).filter(lambda n: not n >> 40 & 1).map(lambda n: MacAddress.parse(f"{n:012x}"))
HOSTS = st.integers(int(IPv4Address("1.0.0.0")), int(IPv4Address("126.255.255.255"))).map(IPv4Address)


def raw(mac: MacAddress) -> bytes:
    return bytes.fromhex(mac.text.replace(":", ""))


def reply(
    mac: MacAddress = PHONE,
    ip: IPv4Address = IP,
    *,
    via: MacAddress | None = None,
    tags: bytes = b"",
    header: bytes = HEADER,
    operation: int = 2,
) -> bytes:
    ethernet = raw(OURS) + raw(via or mac) + tags + b"\x08\x06"
    return ethernet + header + operation.to_bytes(2, "big") + raw(mac) + ip.packed + raw(OURS) + bytes(4)


@given(DEVICES, HOSTS, st.binary(max_size=18))
def test_a_reply_gives_back_who_answered_whatever_padding_follows(
    mac: MacAddress, ip: IPv4Address, padding: bytes
) -> None:
    assert parse_reply(reply(mac, ip) + padding) == Heard(mac, ip)


@given(st.binary(max_size=128))
def test_no_bytes_ever_raise(frame: bytes) -> None:
    assert parse_reply(frame) is None or isinstance(parse_reply(frame), Heard)


@given(st.integers(0, 41), st.integers(0, 255))
def test_a_reply_with_any_one_byte_changed_never_raises_and_names_no_group_address(position: int, value: int) -> None:
    frame = bytearray(reply())
    frame[position] = value
    heard = parse_reply(bytes(frame))
    assert heard is None or not heard.mac.is_group


@given(st.integers(0, 41))
def test_a_reply_cut_short_is_nobody(length: int) -> None:
    assert parse_reply(reply()[:length]) is None


def test_a_frame_sent_for_somebody_else_names_who_sent_it() -> None:
    assert parse_reply(reply(via=PROXY)) == Heard(PHONE, IP, via=PROXY)


@pytest.mark.parametrize("tags", ["8100 000a", "88a8 0064 8100 000a"])
def test_vlan_tags_before_a_reply_are_read_over(tags: str) -> None:
    assert parse_reply(reply(tags=bytes.fromhex(tags))) == Heard(PHONE, IP)


@pytest.mark.parametrize(
    "frame",
    [
        reply(operation=1),
        reply(operation=3),
        reply(header=bytes.fromhex("0006 0800 06 04")),
        reply(header=bytes.fromhex("0001 86dd 06 04")),
        reply(header=bytes.fromhex("0001 0800 08 04")),
        reply(header=bytes.fromhex("0001 0800 06 10")),
        reply(tags=bytes.fromhex("8100 0001" * 3)),
        reply(MacAddress.parse("00:00:00:00:00:00")),
        reply(MacAddress.parse("01:00:5e:00:00:01")),
        reply(via=MacAddress.parse("ff:ff:ff:ff:ff:ff")),
        reply(ip=IPv4Address("0.0.0.0")),
        reply(ip=IPv4Address("224.0.0.1")),
        reply(ip=IPv4Address("255.255.255.255")),
        reply(ip=IPv4Address("127.0.0.1")),
    ],
)
def test_what_no_device_can_answer_is_nobody(frame: bytes) -> None:
    assert parse_reply(frame) is None


def test_a_request_asks_everybody_for_one_address_and_each_next_one_for_its_own() -> None:
    request = Request(OURS, IPv4Address("10.78.0.1"))
    expected = (
        b"\xff" * 6 + raw(OURS) + b"\x08\x06" + HEADER + b"\x00\x01" + raw(OURS) + bytes([10, 78, 0, 1]) + bytes(6)
    )
    assert request.to(IP) == expected + IP.packed
    assert request.to(IPv4Address("10.78.0.10")) == expected + bytes([10, 78, 0, 10])


def test_our_own_request_is_not_an_answer() -> None:
    assert parse_reply(Request(OURS, IP).to(IP)) is None
