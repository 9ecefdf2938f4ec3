"""Listening: every frame tells of who sent it and of nobody else, whatever the bytes, and a flood fills nothing."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterable
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Solicit, DHCP6OptClientFQDN, DHCP6OptElapsedTime
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Packet
from scapy.utils import PcapNgWriter

from agents import dhcp as dhcp_options
from agents.dissect import dissect, vlan
from agents.listen import Claim, hear_all, read_capture, read_rows
from agents.pcap import LONGEST, Capture
from agents.roll import MOST_EACH, Roll
from netreg.errors import InvalidValue, UnexpectedOutput
from tests.lab import talk

LUIS, ANA, SWITCH = "a4:83:e7:00:00:01", "8c:f5:a3:00:00:02", "00:1b:54:00:00:03"
ALL, NONE = "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"
HERE, THERE = "10.78.0.9", "10.78.0.10"
LINK_LOCAL = "fe80::a683:e7ff:fe00:1"


def arp(sender: str = LUIS, ip: str = HERE, *, source: str = LUIS, op: int = 1, **header: int) -> Packet:
    return Ether(src=source, dst=ALL) / ARP(op=op, hwsrc=sender, psrc=ip, hwdst=NONE, pdst=THERE, **header)


def dhcp(*options: object, source: str = LUIS, has: str = "0.0.0.0") -> Packet:
    client = bytes.fromhex(LUIS.replace(":", "")) + bytes(10)
    wire = Ether(src=source, dst=ALL) / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
    return wire / BOOTP(op=1, chaddr=client, ciaddr=has) / DHCP(options=[("message-type", 1), *options, "end"])


def dhcpv6() -> Packet:
    wire = Ether(src=LUIS, dst="33:33:00:01:00:02") / IPv6(src=LINK_LOCAL, dst="ff02::1:2") / UDP(sport=546, dport=547)
    return wire / DHCP6_Solicit(trid=7) / DHCP6OptElapsedTime() / DHCP6OptClientFQDN(fqdn="luis-pc.oficina.mx")


def mdns(*records: Packet, question: bool = False) -> Packet:
    wire = Ether(src=LUIS, dst="01:00:5e:00:00:fb") / IP(src=HERE, dst="224.0.0.251") / UDP(sport=5353, dport=5353)
    asked = [DNSQR(qname="impresora.local")] if question else []
    return wire / DNS(qr=0 if question else 1, qd=asked, an=list(records))


def nd(message: Packet, source: str = LINK_LOCAL, hops: int = 255) -> Packet:
    return Ether(src=LUIS, dst="33:33:00:00:00:01") / IPv6(src=source, dst="ff02::1", hlim=hops) / message


def told(frame: Packet | bytes) -> list[tuple[str, str, str, str]]:
    said = dissect(bytes(frame))
    return [(one.mac.hex(":"), one.how, str(ip_address(one.ip)) if one.ip else "", one.name) for one in said]


OWNER = ICMPv6NDOptSrcLLAddr(lladdr=LUIS)
TARGET = ICMPv6NDOptDstLLAddr(lladdr=LUIS)
PHONE = DNSRR(rrname="celular-de-luis.local", type="A", rdata=HERE)
GOOD = {
    "a request": (arp(), [(LUIS, "arp", HERE, "")]),
    "an answer": (arp(op=2), [(LUIS, "arp", HERE, "")]),
    "a probe": (arp(ip="0.0.0.0"), [(LUIS, "arp", "", "")]),
    "asks as its kind does": (dhcp(("param_req_list", [1, 3, 6, 15]), ("vendor_class_id", b"MSFT 5.0")),
                              [(LUIS, "dhcp", "", "")]),
    "in full": (dhcp(("client_FQDN", b"\0\0\0luis-pc.oficina.mx")), [(LUIS, "dhcp", "", "luis-pc")]),
    "in full, as labels": (dhcp(("client_FQDN", b"\4\0\0\x07luis-pc\7oficina\0")), [(LUIS, "dhcp", "", "luis-pc")]),
    "asks over IPv6": (dhcpv6(), [(LUIS, "dhcp", LINK_LOCAL, "luis-pc")]),
    "in a VLAN": (Ether(src=LUIS, dst=ALL) / Dot1Q(vlan=20) / arp()[ARP], [(LUIS, "arp", HERE, "")]),
    "in two": (Ether(src=LUIS, dst=ALL) / Dot1AD(vlan=9) / Dot1Q(vlan=20) / arp()[ARP], [(LUIS, "arp", HERE, "")]),
    "for another": (arp(ANA), [(LUIS, "frame", "", ""), (ANA, "arp", HERE, "")]),
    "asks for an address": (dhcp(("hostname", b"luis-pc")), [(LUIS, "dhcp", "", "luis-pc")]),
    "renews it": (dhcp(has=HERE), [(LUIS, "dhcp", HERE, "")]),
    "by way of a relay": (dhcp(source=SWITCH), [(SWITCH, "frame", "", ""), (LUIS, "dhcp", "", "")]),
    "a name with a domain": (dhcp(("hostname", b"luis.oficina")), [(LUIS, "dhcp", "", "luis")]),
    "a hostile name": (dhcp(("hostname", b"<b>\x1b[2J")), [(LUIS, "dhcp", "", "")]),
    "tells its name": (mdns(PHONE), [(LUIS, "mdns", HERE, "celular-de-luis")]),
    "tells it second": (mdns(DNSRR(rrname="_x.local", type="PTR", rdata="y.local"), PHONE),
                        [(LUIS, "mdns", HERE, "celular-de-luis")]),
    "asks for another's": (mdns(question=True), [(LUIS, "mdns", HERE, "")]),
    "looks for a neighbour": (nd(ICMPv6ND_NS(tgt="fe80::9") / OWNER), [(LUIS, "nd", LINK_LOCAL, "")]),
    "tells a neighbour": (nd(ICMPv6ND_NA(tgt="fe80::7") / TARGET), [(LUIS, "nd", "fe80::7", "")]),
    "a neighbour through a router": (nd(ICMPv6ND_NA(tgt="fe80::7") / TARGET, hops=64), [(LUIS, "frame", "", "")]),
    "has no address yet": (nd(ICMPv6ND_NS(tgt="fe80::9"), source="::"), [(LUIS, "frame", "", "")]),
    "talks to somebody": (Ether(src=LUIS, dst=ANA) / IP(src="93.184.216.34") / TCP(), [(LUIS, "frame", "", "")]),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_a_frame_tells_of_who_sent_it_and_of_whom_it_speaks_for(case: str) -> None:
    frame, expected = GOOD[case]
    assert told(frame) == expected


ANA_BYTES = bytes.fromhex(ANA.replace(":", ""))
BROKEN = {
    "another hardware": arp(ANA, hwtype=6), "another protocol": arp(ANA, ptype=0x86DD),
    "long addresses": arp(ANA, hwlen=8), "long IPs": arp(ANA, plen=16), "no such operation": arp(ANA, op=25),
    "a group's sender": arp(ALL), "nobody's": arp(NONE), "a group's IP": arp(ANA, "224.0.0.1"),
    "an IP of nowhere": arp(ANA, "255.255.255.255"), "a loop": arp(ANA, "127.0.0.1"),
    "cut": bytes(arp(ANA))[:41], "tagged and cut": bytes(Ether(src=LUIS, dst=ALL) / Dot1Q() / arp(ANA)[ARP])[:44],
    "three tags": Ether(src=LUIS, dst=ALL) / Dot1Q() / Dot1Q() / Dot1Q() / arp(ANA)[ARP],
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_a_broken_frame_speaks_of_never_becomes_a_device(case: str) -> None:
    assert told(BROKEN[case]) == [(LUIS, "frame", "", "")]


FINGERPRINTS = {
    "1,3,6,15|MSFT 5.0": [("param_req_list", [1, 3, 6, 15]), ("vendor_class_id", b"MSFT 5.0")],
    "1,121|": [("param_req_list", [1, 121])],
    "|android-dhcp-14": [("vendor_class_id", b"android-dhcp-14")],
    "6|": [("param_req_list", [6]), ("vendor_class_id", b"<b>\x1b[2J")],
    "": [],
}


@pytest.mark.parametrize("fingerprint", FINGERPRINTS)
def test_what_a_client_asks_for_and_calls_itself_is_its_fingerprint(fingerprint: str) -> None:
    (said,) = dissect(bytes(dhcp(*FINGERPRINTS[fingerprint])))
    assert said.fingerprint == fingerprint


def test_a_fingerprint_that_was_made_to_be_long_is_short_and_keeps_to_what_the_worker_reads() -> None:
    (said,) = dissect(bytes(dhcp(("param_req_list", [255] * 250), ("vendor_class_id", b"x" * 250))))
    assert len(said.fingerprint) <= 260 and said.fingerprint.startswith("255,255,")


@given(st.binary(max_size=300))
def test_no_options_whatever_raise_or_show_what_is_not_printable(options: bytes) -> None:
    body = bytes(236) + b"\x63\x82\x53\x63" + options
    found = dhcp_options.options(body)
    assert all(value in options for value in found.values())
    assert dhcp_options.name(found) in options and dhcp_options.name_v6(options) in options
    shown = dhcp_options.fingerprint(found)
    assert len(shown) <= 260 and shown.isascii() and (not shown or shown.isprintable())


def test_a_group_or_nobody_sends_nothing() -> None:
    assert told(Ether(src=ALL) / b"x") == told(Ether(src=NONE) / b"x") == told(b"\0" * 13) == []


def test_a_name_that_points_at_itself_ends() -> None:
    header = struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0)
    wire = Ether(src=LUIS) / IP(src=HERE, dst="224.0.0.251") / UDP(sport=5353, dport=5353)
    for owner in (b"\xc0\x0c", b"\xc0\xff", b"\xff" * 40):
        assert told(wire / (header + owner + struct.pack("!HHIH", 1, 1, 120, 4) + bytes(4))) == [
            (LUIS, "mdns", HERE, "")
        ]


frames = st.one_of(
    st.binary(max_size=120),
    st.sampled_from([bytes(frame) for frame, _ in GOOD.values()]),
    st.builds(
        lambda frame, cut, at, byte: (frame[:at] + bytes([byte]) + frame[at + 1 :])[:cut],
        st.sampled_from([bytes(frame) for frame, _ in GOOD.values()]), st.integers(0, 120), st.integers(0, 100),
        st.integers(0, 255),
    ),
)  # fmt: skip


@given(frames)
def test_no_bytes_whatever_raise_or_name_a_device_that_is_not_in_them(frame: bytes) -> None:
    for said in dissect(frame):
        assert said.mac in frame and not said.mac[0] & 1 and any(said.mac)
        assert said.name == "" or said.name.encode() in frame


# --- one entry for each device ---


def heard(said: Iterable[tuple[float, bytes]], roll: Roll | None = None) -> Roll:
    roll = roll or Roll()
    for at, frame in said:
        roll.hear(at, frame)
    return roll


def summed(roll: Roll) -> dict[bytes, tuple[object, ...]]:
    return {
        one.mac: (one.first, one.last, one.frames, one.hows, one.ips, one.since, one.names, one.fingerprints, one.vlans)
        for one in roll.devices.values()
    }


class Slow(Roll):
    """A roll that dissects every frame, whatever it has heard before."""

    def hear(self, at: float, frame: bytes) -> None:
        self.frames += 1
        for said in dissect(frame):
            self._note(at, said, vlan(frame))


@given(st.lists(st.tuples(st.floats(0, 100), frames), max_size=40))
def test_what_is_not_dissected_again_would_have_told_nothing_new(said: list[tuple[float, bytes]]) -> None:
    said = said * 2
    assert summed(heard(said)) == summed(heard(said, Slow()))


@given(st.lists(st.tuples(st.integers(0, 1000), frames), max_size=40), st.sampled_from("<>"), st.booleans())
def test_a_capture_that_is_skimmed_tells_what_every_frame_of_it_told(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, bytes]], order: str, ordered: bool
) -> None:
    said = sorted(said * 2, key=lambda one: one[0]) if ordered else said * 2
    records = [struct.pack(order + "IIII", at, 500_000, len(frame), len(frame)) + frame for at, frame in said]
    whole = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(records)
    # Skimming stops the longest frame's size before the end, so that the end must be far away: a frame from nobody.
    filling = struct.pack(order + "IIII", 2000, 0, LONGEST, LONGEST) + bytes(LONGEST)
    file = tmp_path_factory.getbasetemp() / "skimmed.pcap"
    file.write_bytes(whole + filling)
    with closing(Capture(file)) as capture:
        roll = hear_all(capture)
        assert capture.start >= len(whole) or not ordered
    expected = heard(((at + 0.5, frame) for at, frame in said), Slow())
    assert summed(roll) == summed(expected) and roll.frames == len(said) + 1


def test_a_flood_of_made_up_addresses_fills_nothing_and_is_counted() -> None:
    chance = random.Random(1)
    flood = [bytes(arp())[:6] + b"\x02" + chance.randbytes(5) + bytes(arp())[12:] for _ in range(2_000)]
    roll = heard(((0.0, frame) for frame in flood), Roll(most=100))
    assert len(roll.devices) == 100 and len(roll.by_arp) <= 100 and roll.left_out >= 1_900
    assert roll.frames == 2_000


def test_a_device_with_many_addresses_keeps_a_few() -> None:
    roll = heard((float(n), bytes(arp(ip=f"10.78.1.{n}"))) for n in range(1, 200))
    (one,) = roll.devices.values()
    assert (len(one.ips), one.frames, one.first, one.last) == (MOST_EACH, 199, 1.0, 199.0)


# --- captures ---

PACKETS = [arp(), arp(ANA, THERE, source=ANA), dhcp(("hostname", b"luis-pc"))]


def written(folder: Path, form: str) -> Path:
    """The packets a second apart, from 1000 s on, as each kind of file has them."""
    file, frames = folder / f"a.{form}", [bytes(one) for one in PACKETS]
    if form == "pcapng":
        with closing(PcapNgWriter(str(file))) as writer:
            for at, packet in enumerate(PACKETS, 1000):
                packet.time = at
                writer.write(packet)
        return file
    order, magic, unit = {
        "le": ("<", 0xA1B2C3D4, 10**6), "be": (">", 0xA1B2C3D4, 10**6), "ns": ("<", 0xA1B23C4D, 10**9),
    }[form]  # fmt: skip
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)]
    for at, frame in enumerate(frames, 1000):
        parts.append(struct.pack(order + "IIII", at, unit // 2, len(frame), len(frame)) + frame)
    file.write_bytes(b"".join(parts))
    return file


def read(file: Path) -> tuple[list[tuple[float, bytes]], bool]:
    with closing(Capture(file)) as capture:
        return list(capture), capture.cut


@pytest.mark.parametrize("form", ["le", "be", "ns", "pcapng"])
def test_every_frame_of_a_capture_comes_with_its_moment(tmp_path: Path, form: str) -> None:
    found, cut = read(written(tmp_path, form))
    half = 0.0 if form == "pcapng" else 0.5
    assert [frame for _, frame in found] == [bytes(one) for one in PACKETS] and not cut
    assert [at for at, _ in found] == pytest.approx([1000 + half, 1001 + half, 1002 + half])


@pytest.mark.parametrize("form", ["le", "pcapng"])
def test_a_capture_that_is_cut_anywhere_gives_what_is_whole_and_says_so(tmp_path: Path, form: str) -> None:
    whole = written(tmp_path, form).read_bytes()
    everything = read(tmp_path / f"a.{form}")[0]
    cut_file = tmp_path / "cut"
    for size in range(24, len(whole)):
        cut_file.write_bytes(whole[:size])
        found, cut = read(cut_file)
        assert found == everything[: len(found)] and (cut or len(found) < len(everything))


@pytest.mark.parametrize("content", [b"", b"x" * 100, struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 105)])
def test_a_file_that_is_no_capture_of_ethernet_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notas.txt"
    file.write_bytes(content)
    with pytest.raises(InvalidValue, match=r"notas\.txt"):
        read_capture(file)


def test_a_capture_is_read_by_a_process_of_its_own_and_told_device_by_device(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    found = read_capture(written(tmp_path, "le"))
    luis, ana = found.devices
    assert (str(luis.mac), luis.names, luis.ips) == (LUIS, ("luis-pc",), (ip_address(HERE),))
    assert (luis.hows, luis.frames, (luis.last - luis.first).seconds) == (("arp", "dhcp"), 2, 2)
    assert luis.claims == (Claim(ip_address(HERE), luis.first, luis.first),), "it claimed it once"
    assert (str(ana.mac), ana.frames) == (ANA, 1)
    assert (found.frames, found.left_out, found.cut) == (3, 0, False)


def test_in_a_busy_office_every_stranger_is_found_and_nobody_who_does_not_exist(tmp_path: Path) -> None:
    truth = talk.write(tmp_path / "office.pcap", 30_000, talk.OFFICE, devices=1_000)
    found = {bytes.fromhex(one.mac.text.replace(":", "")) for one in read_capture(tmp_path / "office.pcap").devices}
    assert len(truth.strangers) == 37 and truth.phantoms and found == truth.strangers | truth.registered


def test_a_frame_whose_clock_says_nonsense_stops_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "pcapng")
    whole = bytearray(file.read_bytes())
    first = whole.index(struct.pack("<I", 6), 28)
    whole[first + 12 : first + 20] = b"\xff" * 8
    file.write_bytes(whole)
    found = read_capture(file)
    assert found.frames == 3 and {str(one.mac) for one in found.devices} == {LUIS, ANA}
    assert [one.first.timestamp() for one in found.devices] == [0, 1001], "that moment is told as none"


ROW = {"mac": LUIS, "ips": {HERE: [1.0, 2.0]}, "names": [], "hows": ["arp"], "first": 1.0, "last": 2.0, "frames": 3,
       "fingerprint": ""}  # fmt: skip
SUMMARY = {"summary": {"frames": 3, "left_out": 0, "cut": False}}


@pytest.mark.parametrize(
    "rows",
    [[], [ROW], [ROW | {"mac": "nobody"}, SUMMARY], [ROW | {"ips": {"10.0.0": [1.0, 2.0]}}, SUMMARY],
     [ROW | {"ips": {HERE: [1.0]}}, SUMMARY],
     [ROW | {"first": "x"}, SUMMARY], [{"mac": LUIS}, SUMMARY], [SUMMARY, ROW], ["x", SUMMARY], [ROW, {"summary": {}}]],
)  # fmt: skip
def test_rows_that_tell_anything_else_are_not_believed(rows: list[object]) -> None:
    with pytest.raises(UnexpectedOutput, match="nothing was kept"):
        read_rows("a.pcap", b"".join(json.dumps(row).encode() + b"\n" for row in rows))
