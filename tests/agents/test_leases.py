"""Lease files of three DHCP servers, and whatever else may lie in their place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.leases import parse, read
from netreg.errors import Unreachable

NOW = datetime(2026, 11, 20, 19, tzinfo=UTC)

# The forms of dnsmasq(8) --dhcp-leasefile, dhcpd.leases(5), and Kea's memfile.
DNSMASQ = """1795290000 a4:83:e7:00:00:01 10.78.0.21 OBRAS-07 01:a4:83:e7:00:00:01
0 a4:83:e7:00:00:02 10.78.0.22 * *
1605290000 a4:83:e7:00:00:03 10.78.0.23 VIEJA *
duid 00:01:00:01:2c:aa
1795290000 12345678 fd00::21 OBRAS-07 00:01
"""
ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.78.0.21 {
  starts 5 2026/11/20 12:00:00;
  ends 5 2026/11/20 18:00:00;
  binding state free;
  hardware ethernet a4:83:e7:00:00:09;
}
lease 10.78.0.21 {
  starts 5 2026/11/20 18:30:00;
  ends 6 2026/11/21 00:30:00;
  cltt 5 2026/11/20 18:30:00;
  binding state active;
  next binding state free;
  hardware ethernet a4:83:e7:00:00:01;
  uid "\\001\\244\\203";
  client-hostname "OBRAS-07";
}
lease 10.78.0.22 {
  ends never;
  binding state active;
  hardware ethernet a4:83:e7:00:00:02;
}
"""
KEA = """address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
10.78.0.21,a4:83:e7:00:00:01,,3600,1795290000,1,0,0,obras-07.municipio.gob.mx.,0,,0
10.78.0.22,a4:83:e7:00:00:02,,3600,1795290000,1,0,0,,0,,0
10.78.0.23,a4:83:e7:00:00:03,,3600,1795290000,1,0,0,caida,2,,0
"""


@pytest.mark.parametrize("text", [DNSMASQ, ISC, KEA], ids=["dnsmasq", "isc", "kea"])
def test_the_leases_in_force_are_read_with_their_names(text: str) -> None:
    found = parse(text, NOW)
    assert [(str(one.mac), str(one.ip)) for one in found.found] == [
        ("a4:83:e7:00:00:01", "10.78.0.21"),
        ("a4:83:e7:00:00:02", "10.78.0.22"),
    ]
    assert [one.name.upper() for one in found.found] == ["OBRAS-07", ""] and found.unread == 0


RELEASED = """lease 10.78.0.22 {
  starts 5 2026/11/20 18:40:00;
  ends 5 2026/11/20 18:45:00;
  binding state free;
}
"""
EXPIRED = "10.78.0.22,a4:83:e7:00:00:02,,3600,1795290000,1,0,0,,2,,0\n"


@pytest.mark.parametrize("text", [ISC + RELEASED, KEA + EXPIRED], ids=["isc", "kea"])
def test_the_last_entry_of_an_address_counts_also_where_it_gives_it_back(text: str) -> None:
    assert [str(one.ip) for one in parse(text, NOW).found] == ["10.78.0.21"]


def test_a_row_that_cannot_be_read_is_counted_and_costs_no_other() -> None:
    found = parse("x\n1795290000 zz 10.78.0.9 A *\n1795290000 a4:83:e7:00:00:01 10.78.0.21 A *\n", NOW)
    assert (len(found.found), found.unread) == (1, 2)


@pytest.mark.parametrize("name", ["<script>", "a b", "-x", "x" * 64, "ñandú", "a\x1b[2J"])
def test_a_name_that_cannot_be_one_is_none(name: str) -> None:
    found = parse(f"1795290000 a4:83:e7:00:00:01 10.78.0.21 {name} *\n", NOW).found
    assert all(one.name == "" or one.name == "a" for one in found)


def test_a_file_that_is_not_there_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="cannot read"):
        read(tmp_path / "dnsmasq.leases", NOW)
    (tmp_path / "dnsmasq.leases").write_bytes(DNSMASQ.encode() + b"\xff\xfe\n")
    assert len(read(tmp_path / "dnsmasq.leases", NOW).found) == 2


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.sampled_from([DNSMASQ, ISC, KEA, ""]))
@example("1\r2\n", KEA)
@example("\r,", KEA)
def test_no_text_stops_the_reader(noise: str, before: str) -> None:
    for one in parse(before + noise, NOW).found:
        assert one.ends is None or one.ends > NOW
