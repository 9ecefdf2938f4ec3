"""Whom a block of addresses belongs to: the longest block wins, and a list that is none changes nothing."""

from __future__ import annotations

import gzip
import string
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netreg import vendors
from netreg.mac import MacAddress
from netreg.vendors import SHIPPED, Vendors, packed, read_lists, vendor_of

CSV = """Registry,Assignment,Organization Name,Organization Address
MA-L,A483E7,"Apple, Inc.",1 Infinite Loop Cupertino CA US 95014
MA-L,70B3D5,IEEE Registration Authority,445 Hoes Lane Piscataway NJ US 08554
MA-L,CC0080,Private,
MA-M,7419F81,Uno SA,
MA-S,70B3D5F2F,Dos SA,
"""
TEXT = """OUI/MA-L                                                    Organization
company_id                                                  Organization
                                                            Address

A4-83-E7   (hex)\t\tApple, Inc.
A483E7     (base 16)\t\tApple, Inc.
\t\t\t\t1 Infinite Loop
\t\t\t\tCupertino  CA  95014
\t\t\t\tUS

70-B3-D5   (hex)\t\tIEEE Registration Authority
70B3D5     (base 16)\t\tIEEE Registration Authority

CC-00-80   (hex)\t\tPrivate
CC0080     (base 16)\t\tPrivate
"""
MEDIUM = """OUI-28/MA-M Range                                           Organization

74-19-F8   (hex)\t\tUno SA
100000-1FFFFF     (base 16)\t\tUno SA
"""
SMALL = """OUI-36/MA-S Range                                           Organization

70-B3-D5   (hex)\t\tDos SA
F2F000-F2FFFF     (base 16)\t\tDos SA

70-B3-D5   (hex)\t\tNo block
F2F000-F30FFF     (base 16)\t\tNo block
"""
KNOWN = {"a483e7": "Apple, Inc.", "7419f81": "Uno SA", "70b3d5f2f": "Dos SA"}
prefixes = st.one_of(st.text("0123456789abcdef", min_size=n, max_size=n) for n in vendors.WIDTHS)
names = st.text(string.ascii_letters + " .,ñ", min_size=1, max_size=20).map(str.strip).filter(bool)


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    vendors.use(SHIPPED)


def table(folder: Path, rows: dict[str, str]) -> Vendors:
    file = folder / "vendors.gz"
    file.write_bytes(packed(rows))
    return Vendors(file)


def test_the_same_is_read_from_the_lists_as_csv_and_as_text() -> None:
    assert read_lists([CSV]) == read_lists(["\ufeff" + CSV]) == KNOWN
    assert read_lists([TEXT, MEDIUM, SMALL]) == read_lists([TEXT.replace("\n", "\r\n"), MEDIUM, SMALL]) == KNOWN


def test_of_a_block_that_two_lists_name_the_first_counts() -> None:
    assert read_lists([CSV, TEXT.replace("Apple, Inc.", "Manzana")]) == KNOWN


@pytest.mark.parametrize("text", ["", "nada", "Registry,Assignment,Organization Name\n", "a,b\n1,2\n", "\x00\xff"])
def test_what_is_no_list_is_refused_with_its_number(text: str) -> None:
    with pytest.raises(ValueError, match="1"):
        read_lists([CSV, text])


@given(st.text())
@example('Registry,Assignment,Organization Name\nMA-L,A483E7,"no end')
@example("Registry,Assignment,Organization Name\nMA-L,A483E7\x00,x\n")
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    for one in (text, f"{vendors._HEADS}\n{text}", TEXT + text):
        try:
            assert all(name.isprintable() for name in read_lists([one]).values())
        except ValueError as error:
            assert error.args == (0,)


@given(st.dictionaries(prefixes, names, max_size=30), st.text("0123456789abcdef", min_size=12, max_size=12))
def test_the_longest_block_that_holds_an_address_wins(rows: dict[str, str], digits: str) -> None:
    expected = next((rows[digits[:n]] for n in (9, 7, 6) if digits[:n] in rows), None)
    lines = gzip.decompress(packed(rows)).split(b"\n")[1:]
    held = Vendors(Path())
    held.__dict__["_lines"] = lines
    assert held.of(MacAddress.parse(digits).text) == expected
    assert all(held.of(MacAddress.parse(prefix.ljust(12, "0")).text) for prefix in rows)


def test_the_same_table_gives_the_same_file(tmp_path: Path) -> None:
    assert packed(KNOWN) == packed(dict(reversed(KNOWN.items())))
    assert table(tmp_path, KNOWN).sizes() == {24: 1, 28: 1, 36: 1}


# --- the table that comes with netreg -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a4:83:e7:11:22:33", "Apple, Inc."),
        ("00:0c:42:10:00:01", "Routerboard.com"),
        ("8c:59:3c:90:00:01", "GENIS"),
        ("70:b3:d5:f2:f0:01", "TELEPLATFORMS"),
        ("00:50:c2:ae:30:01", "PSD"),
        ("fc:ff:ff:00:00:01", None),
    ],
)
def test_the_shipped_table_knows_blocks_of_all_three_sizes(address: str, name: str | None) -> None:
    assert vendor_of(address) == name


def test_the_shipped_table_is_whole_small_and_quick_to_load() -> None:
    sizes = Vendors(SHIPPED).sizes()
    assert sizes[24] > 39_000 and sizes[28] > 6_000 and sizes[36] > 11_000
    assert SHIPPED.stat().st_size < 700_000
    took = []
    for _ in range(5):
        began = time.process_time()
        assert Vendors(SHIPPED).of("a4:83:e7:11:22:33")
        took.append(time.process_time() - began)
    assert min(took) < 0.05


@given(st.integers(0, 2**48 - 1))
@example(0x02070100_0000)
def test_a_private_or_group_address_never_has_a_vendor(number: int) -> None:
    address = MacAddress.parse(f"{number:012x}")
    if address.is_random or address.is_group:
        assert address.vendor is None
    else:
        assert vendor_of(address.text) in (None, address.vendor)


def test_the_table_of_an_installation_takes_the_place_of_the_shipped_one(tmp_path: Path, restored: None) -> None:
    own = table(tmp_path, {"a483e7": "Manzana"})
    vendors.use(own.file)
    assert MacAddress.parse("a4:83:e7:11:22:33").vendor == "Manzana"
    assert vendors.vendor_of("00:0c:42:10:00:01") is None
    assert MacAddress.parse("00:0c:42:10:00:01").vendor == "Routerboard.com", "the library knows it still"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"nada", gzip.compress(b"nada", mtime=0), packed(KNOWN)[:-9]],
    ids=["none", "empty", "no gzip", "no table", "cut"],
)
def test_a_table_that_cannot_be_read_gives_way_to_the_shipped_one(
    tmp_path: Path, restored: None, content: bytes | None
) -> None:
    file = tmp_path / "vendors.gz"
    if content is not None:
        file.write_bytes(content)
    vendors.use(file)
    assert vendor_of("00:0c:42:10:00:01") == "Routerboard.com"
