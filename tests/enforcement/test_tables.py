"""What points tell of devices is read as it was meant; whatever else stands in an answer, nobody is made up from it.

A recording is a folder `table-<kind>` under tests/profiles/<profile>/: `table.txt` is the answer, `expected.txt` whom
it speaks of (address, IP, port, name, seconds ago), `table.toml` says where the answer comes from.
"""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netreg.detection.sighting import Heard
from netreg.enforcement import profile as profile_
from netreg.enforcement.parts import Table
from netreg.enforcement.reading import UnreadableAnswer
from netreg.enforcement.tables import MOST_ROWS, age_of, parse_table
from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.registry import profiles
from tests.enforcement.lists import mac

FOLDER = Path(__file__).parents[1] / "profiles"
MAKES = sorted((Path(__file__).parents[2] / "device_profiles").glob("*.toml"))
CASES = sorted(FOLDER.glob("*/table-*"))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = Table(format="lines", command="", entry=r"^(?P<mac>\S+) (?P<ip>\S+) (?P<port>\S+) (?P<name>\S+) (?P<age>.*)$")


def table_of(case: Path) -> tuple[Table, dict[str, str], str]:
    """The table that a recording is of, the parameters of the make, and the port of every row."""
    made = profiles.profile(case.parent.name)
    words, table = made.settled({}), made.tables()[case.name.split("-")[1]]
    return table, words, made.fill(table.port, words)


def line(heard: Heard) -> str:
    age = "-" if heard.at is None else f"{(NOW - heard.at).total_seconds():g}"
    return " ".join((str(heard.mac), heard.ip or "-", heard.port.replace(" ", "_") or "-", heard.name or "-", age))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_recorded_table_is_read_as_it_was_meant(case: Path) -> None:
    table, words, port = table_of(case)
    heard = parse_table(table, words, (case / "table.txt").read_text("utf-8"), NOW, port)
    assert "".join(f"{line(one)}\n" for one in heard) == (case / "expected.txt").read_text("utf-8")
    assert heard and tomllib.loads((case / "table.toml").read_text("utf-8"))["source"]


@pytest.mark.parametrize("file", MAKES, ids=lambda file: file.stem)
def test_every_table_of_a_make_has_a_recording(file: Path) -> None:
    recorded = {case.name.split("-")[1] for case in FOLDER.glob(f"{file.stem}/table-*")}
    assert recorded == set(profiles.profile(file.stem).tables())


@given(st.sampled_from(CASES), st.data())
def test_a_table_cut_anywhere_tells_less_or_nothing_and_never_of_somebody_else(case: Path, data: st.DataObject) -> None:
    table, words, port = table_of(case)
    text = (case / "table.txt").read_text("utf-8")
    known = {one.mac for one in parse_table(table, words, text, NOW, port)}
    try:
        heard = parse_table(table, words, text[: data.draw(st.integers(0, len(text)))], NOW, port)
    except UnreadableAnswer:
        return
    assert {one.mac for one in heard} <= known


@given(st.sampled_from(CASES), st.text())
@example(CASES[0], "[" * 100_000)
def test_no_text_at_all_makes_a_reader_fail_in_another_way(case: Path, text: str) -> None:
    table, words, port = table_of(case)
    with suppress(UnreadableAnswer):
        assert all(isinstance(one.mac, MacAddress) for one in parse_table(table, words, text, NOW, port))


JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.lists(st.dictionaries(st.sampled_from(["mac", "ifname", "state", "updated"]), JSON)))
def test_no_row_of_json_makes_a_reader_fail(rows: list[dict[str, object]]) -> None:
    assert parse_table(profiles.profile("vyos").tables()["fdb"], {}, json.dumps(rows), NOW) == ()


@pytest.mark.parametrize("text", ["", "null", "{}", "[1]", '{"mac": "a4:83:e7:00:00:01"}', "Error: no bridge"])
def test_what_is_no_list_of_rows_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_table(profiles.profile("vyos").tables()["fdb"], {}, text, NOW)


def test_an_answer_without_what_marks_the_table_is_no_empty_table() -> None:
    arp = profiles.profile("fortinet-fortios").tables()["arp"]
    with pytest.raises(UnreadableAnswer, match="missing"):
        parse_table(arp, {}, "something else\n", NOW)
    assert parse_table(arp, {}, "Address   Age(min)   Hardware Addr      Interface\n", NOW) == ()


def test_what_strangers_say_of_themselves_is_kept_only_in_the_form_it_must_have() -> None:
    rows = [
        f"{mac(1)} 10.0.0.1 ge-0/0/1 OBRAS-07.local 1",
        f"{mac(2)} 10.0.0.256 \x1b[2J <script> 1",
        f"{mac(3)} fe80::1%eth0 {'x' * 100} -- never",
        f"{mac(4)} 0.0.0.0 a b 9999999999999999999",
        f"{mac(5)} ff02::1 a b 1",
        "01:00:5e:00:00:01 10.0.0.6 a b 1",
        "ff:ff:ff:ff:ff:ff 10.0.0.6 a b 1",
        "00:00:00:00:00:00 10.0.0.6 a b 1",
        "somebody 10.0.0.6 a b 1",
    ]
    heard = parse_table(LINES, {}, "\n".join([*rows, ""]), NOW)
    assert [line(one) for one in heard] == [
        f"{mac(1)} 10.0.0.1 ge-0/0/1 OBRAS-07 1",
        f"{mac(2)} - [2J - 1",
        f"{mac(3)} fe80::1 {'x' * 64} - -",
        f"{mac(4)} - a b -",
        f"{mac(5)} - a b 1",
    ]


def test_more_rows_than_a_point_can_serve_are_no_table() -> None:
    row = f"{mac(1)} 10.0.0.1 a b 1\n"
    assert len(parse_table(LINES, {}, row * MOST_ROWS, NOW)) == 1
    with pytest.raises(UnreadableAnswer, match="16384 rows"):
        parse_table(LINES, {}, row * (MOST_ROWS + 1), NOW)


@pytest.mark.parametrize(
    ("said", "unit", "seconds"),
    [
        ("0", "seconds", 0),
        ("1340", "milliseconds", 1.34),
        ("9", "minutes", 540),
        ("1m5s", "seconds", 65),
        ("3mn", "seconds", 180),
        ("2s340ms", "seconds", 2.34),
        ("35w13h13m15s", "seconds", 35 * 604800 + 13 * 3600 + 795),
        ("00:01:10", "seconds", 70),
        ("00:00:02.340000", "seconds", 2),
        ("1w2d03:04:05", "seconds", 9 * 86400 + 11045),
        ("1d 02:03:04", "seconds", 93784),
        ("99999999999", "minutes", 6e10),
    ],
)
def test_an_age_is_read_however_a_make_writes_it(said: str, unit: str, seconds: float) -> None:
    age = age_of(said, unit)
    assert age is not None and age.total_seconds() == seconds


@pytest.mark.parametrize("said", ["", "-", "never", "Permanent", "-1", "1.5", "١", "1s1m", ":00:00", "s"])
def test_what_is_no_age_is_none(said: str) -> None:
    assert age_of(said, "seconds") is None


@given(st.integers(0, 10**6), st.sampled_from(["milliseconds", "seconds", "minutes"]))
def test_a_moment_is_never_ahead_and_never_more_than_a_year_back(age: int, unit: str) -> None:
    table = LINES.model_copy(update={"ages": unit})
    (heard,) = parse_table(table, {}, f"{mac(1)} 10.0.0.1 a b {age}\n", NOW)
    assert heard.at is not None and timedelta(0) <= NOW - heard.at <= timedelta(days=365)


def test_one_address_on_two_ports_is_heard_on_both_and_on_each_once_at_its_latest() -> None:
    rows = [f"{mac(1)} 10.0.0.1 {port} a {age}" for port, age in (("p1", "9"), ("p2", "1"), ("p1", "0"), ("p1", "-"))]
    heard = parse_table(LINES, {}, "\n".join([*rows, ""]), NOW)
    assert [line(one) for one in heard] == [f"{mac(1)} 10.0.0.1 p1 a 0", f"{mac(1)} 10.0.0.1 p2 a 1"]


def test_refused_devices_were_heard_when_their_entry_was_renewed() -> None:
    made = profiles.profile("linux-nftables")
    elements = [
        {"elem": {"val": "a4:83:e7:00:00:01", "expires": 540}},
        {"elem": {"val": "a4:83:e7:00:00:02", "timeout": 60, "expires": 55}},
        "a4:83:e7:00:00:03",
        {"elem": {"val": "a4:83:e7:00:00:04", "expires": 700}},
    ]
    one = {"family": "netdev", "table": "netreg", "name": "refused", "type": "ether_addr", "timeout": 600}
    text = json.dumps({"nftables": [{"set": one | {"elem": elements}}]})
    heard = parse_table(made.tables()["refused"], made.settled({}), text, NOW)
    assert [line(one).split()[-1] for one in heard] == ["60", "5", "-", "-"]


FDB = 'format = "json"\ncommand = "x"\nfields = { mac = "mac" }'


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('format = "lines"\ncommand = "x"', "nothing finds the address"),
        ('format = "lines"\ncommand = "x"\nentry = "(?P<mac>.)(?P<vlan>.)"', "and not vlan"),
        ('format = "json"\ncommand = "x"', "nothing finds the address"),
        (FDB + '\nentry = "x"', "go with format"),
        (FDB.replace('mac = "mac"', 'mac = "mac", vlan = "vlan"'), "fdb.fields.vlan"),
        (FDB.replace("json", "lines") + '\nentry = "(?P<mac>.)"', "go with format"),
        ('format = "lines"\ncommand = "x"\nentry = "(?P<mac>.)"\nwithout = { a = "b" }', "without goes with"),
        (FDB + '\nwithout = { state = "(" }', "fdb.without.state"),
        (FDB + '\nages = "hours"', "fdb.ages"),
        (FDB + '\nport = "$radio"', "uses \\$radio"),
        (FDB.replace('"x"', '"$bridge"'), "uses \\$bridge"),
        (FDB + "\nreads = 3", "fdb.reads"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_when_the_profile_is_loaded(section: str, words: str) -> None:
    text = (MAKES[0].parent / "vyos.toml").read_text("utf-8")
    before, _, after = text.partition("[fdb]\n")
    broken = f"{before}[fdb]\n{section}\n\n[leases]{after.partition('[leases]')[2]}"
    with pytest.raises(ConfigError, match=words):
        profile_.load(broken, "vyos")
