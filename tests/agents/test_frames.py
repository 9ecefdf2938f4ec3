"""The frames of a sweep: what we ask is what a stranger's reader understands, and no bytes make ours stumble."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

from agents.craft import templates
from agents.frames import ECHO_ID, Heard, Request, echo_to_all, link_local, parse_reply

OURS, PHONE, PROXY = (bytes.fromhex(one) for one in ("00163e000001", "a483e7112233", "000b86000002"))
IP, OUR_IP = bytes([10, 78, 0, 9]), bytes([10, 78, 0, 1])
LINK_LOCAL = link_local(PHONE)
HEADER = bytes.fromhex("0001 0800 06 04")
ARP_FRAME, ECHO_FRAME = (bytes.fromhex(templates()[name]) for name in ("arp", "echo"))

DEVICES = st.integers(1, 2**48 - 1).filter(lambda n: not n >> 40 & 1).map(lambda n: n.to_bytes(6, "big"))
HOSTS = st.integers(1 << 24, (127 << 24) - 1).map(lambda n: n.to_bytes(4, "big"))


def reply(
    mac: bytes = PHONE,
    ip: bytes = IP,
    *,
    via: bytes | None = None,
    tags: bytes = b"",
    header: bytes = HEADER,
    operation: int = 2,
) -> bytes:
    ethernet = OURS + (via or mac) + tags + b"\x08\x06"
    return ethernet + header + operation.to_bytes(2, "big") + mac + ip + OURS + bytes(4)


def echo_reply(source: str = str(IPv6Address(LINK_LOCAL)), number: int = ECHO_ID) -> bytes:
    ethernet = Ether(src=PHONE.hex(":"), dst=OURS.hex(":"))
    return bytes(ethernet / IPv6(src=source, dst="fe80::1") / ICMPv6EchoReply(id=number))


@given(DEVICES, HOSTS, st.binary(max_size=18))
def test_a_reply_gives_back_who_answered_whatever_padding_follows(mac: bytes, ip: bytes, padding: bytes) -> None:
    assert parse_reply(reply(mac, ip) + padding) == Heard(mac, ip)


@given(st.binary(max_size=128))
def test_no_bytes_ever_raise(frame: bytes) -> None:
    assert parse_reply(frame) is None or isinstance(parse_reply(frame), Heard)


@pytest.mark.parametrize("good", [reply(), echo_reply()])
@given(st.integers(0, 61), st.integers(0, 255))
def test_an_answer_with_any_one_byte_changed_never_raises_and_names_no_group(
    good: bytes, position: int, value: int
) -> None:
    frame = bytearray(good)
    frame[min(position, len(frame) - 1)] = value
    heard = parse_reply(bytes(frame))
    assert heard is None or not (heard.mac[0] & 1 or ip_address(heard.ip).is_multicast)


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
        reply(bytes(6)),
        reply(bytes.fromhex("01005e000001")),
        reply(via=b"\xff" * 6),
        reply(ip=bytes(4)),
        reply(ip=bytes([224, 0, 0, 1])),
        reply(ip=b"\xff" * 4),
        reply(ip=bytes([127, 0, 0, 1])),
        echo_reply(number=7),
        echo_reply("2001:db8::7"),
    ],
)
def test_what_no_device_can_answer_is_nobody(frame: bytes) -> None:
    assert parse_reply(frame) is None


def test_a_request_asks_everybody_for_one_address_and_each_next_one_for_its_own() -> None:
    request = Request(ARP_FRAME, OURS, OUR_IP)
    for target in (IP, bytes([10, 78, 0, 10])):
        asked = Ether(bytes(request.to(target)))
        assert (asked.dst, asked.src, asked.type) == ("ff:ff:ff:ff:ff:ff", OURS.hex(":"), 0x0806)
        arp = asked[ARP]
        assert (arp.op, arp.hwsrc, arp.psrc, arp.pdst) == (1, OURS.hex(":"), "10.78.0.1", str(ip_address(target)))


def test_our_own_request_is_not_an_answer() -> None:
    assert parse_reply(bytes(Request(ARP_FRAME, OURS, OUR_IP).to(IP))) is None
    assert parse_reply(echo_to_all(ECHO_FRAME, OURS, link_local(OURS), 0)) is None


@given(DEVICES, st.integers(0, 9))
def test_an_echo_goes_to_every_node_with_a_sum_that_holds(mac: bytes, number: int) -> None:
    sent = Ether(echo_to_all(ECHO_FRAME, mac, link_local(mac), number))
    assert (sent.dst, sent.src) == ("33:33:00:00:00:01", mac.hex(":"))
    assert (sent[IPv6].src, sent[IPv6].dst, sent[IPv6].hlim) == (str(IPv6Address(link_local(mac))), "ff02::1", 255)
    told = sent[ICMPv6EchoRequest]
    assert (told.id, told.seq) == (ECHO_ID, number)
    written = told.cksum
    del sent[ICMPv6EchoRequest].cksum
    assert Ether(bytes(sent))[ICMPv6EchoRequest].cksum == written


def test_an_echo_that_comes_back_and_a_neighbour_that_tells_itself_are_answers() -> None:
    assert parse_reply(echo_reply()) == Heard(PHONE, LINK_LOCAL)
    told = ICMPv6ND_NA(tgt="fe80::7") / ICMPv6NDOptDstLLAddr(lladdr=PHONE.hex(":"))
    ethernet = Ether(src=PROXY.hex(":"), dst=OURS.hex(":")) / IPv6(src="fe80::7", dst="fe80::1", hlim=255)
    assert parse_reply(bytes(ethernet / told)) == Heard(PHONE, IPv6Address("fe80::7").packed, via=PROXY)
