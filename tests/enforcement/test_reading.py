"""A point's answer is the whole list, or it is an error: never a shorter list, and never an empty one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement import shell
from netreg.enforcement.parts import Listing
from netreg.enforcement.plan import Plan
from netreg.enforcement.reading import FOREIGN, IncompleteAnswer, UnreadableAnswer, parse_listing, shown
from netreg.mac import MacAddress
from tests.enforcement.lists import allowlists
from tests.enforcement.test_profile import NFTABLES

WORDS = NFTABLES.settled({})
RECORDINGS = Path(__file__).parents[1] / "profiles" / "linux-nftables"


def listing(*elements: object, **changed: object) -> str:
    one = {"family": "netdev", "table": "netreg", "name": "allow", "type": "ether_addr", "elem": list(elements)}
    return json.dumps({"nftables": [{"metainfo": {"json_schema_version": 1}}, {"set": one | changed}]})


def outcome(answer: str) -> str:
    try:
        look = shell.parse_look(NFTABLES, WORDS, answer)
    except (UnreadableAnswer, IncompleteAnswer) as error:
        return type(error).__name__ + "\n"
    return "".join(f"{entry.mac} {entry.label}\n" for entry in look.allowlist)


@pytest.mark.parametrize("answer", sorted(RECORDINGS.glob("*/answer.txt")), ids=lambda file: file.parent.name)
def test_a_recorded_answer_is_read_as_it_was_meant(answer: Path) -> None:
    assert outcome(answer.read_text()) == (answer.parent / "expected.txt").read_text()


@given(st.integers(min_value=0, max_value=1500))
def test_an_answer_cut_anywhere_is_never_a_shorter_list(length: int) -> None:
    whole = (RECORDINGS / "labelled-and-bare" / "answer.txt").read_text()
    expected = (RECORDINGS / "labelled-and-bare" / "expected.txt").read_text()
    assert outcome(whole[:length]) in {expected, "IncompleteAnswer\n", "UnreadableAnswer\n"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error: No such file or directory",
        "null",
        "[]",
        '{"nftables": []}',
        '{"nftables": [{"metainfo": {}}]}',
        '{"nftables": [{"set": null}]}',
        "[" * 100_000,
        listing(name="allow2"),
        listing(table="office"),
        listing(family="inet"),
        listing(type=["ether_addr", "ipv4_addr"]),
        listing(elem={"elem": []}),
        listing("a4:83:e7:11:22"),
        listing("A4:83:E7:11:22:33"),
        listing("a4:83:e7:11:22:33\n"),
        listing(7),
        listing({"range": ["a4:83:e7:11:22:33", "a4:83:e7:11:22:44"]}),
        listing({"elem": {"val": "a4:83:e7:11:22:33", "timeout": 60}}),
        listing({"elem": {"comment": "nobody"}}),
        listing("a4:83:e7:11:22:33", "a4:83:e7:11:22:33"),
    ],
)
def test_an_answer_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_listing(NFTABLES.read, WORDS, text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_at_all_makes_the_reader_fail_in_another_way(value: object) -> None:
    for text in (json.dumps(value), listing(value), json.dumps({"nftables": [{"set": value}]})):
        with pytest.raises(UnreadableAnswer):
            parse_listing(NFTABLES.read, WORDS, text)


@pytest.mark.parametrize("comment", ["José's phone", "a b", "x" * 65, "<script>", "\x1b[2J", 7, None])
def test_a_label_we_cannot_have_written_is_shown_as_foreign(comment: object) -> None:
    text = listing({"elem": {"val": "a4:83:e7:11:22:33", "comment": comment}})
    assert [entry.label for entry in parse_listing(NFTABLES.read, WORDS, text)] == [FOREIGN]


def test_a_set_without_elements_is_an_empty_list() -> None:
    text = listing().replace(', "elem": []', "")
    assert "elem" not in text and len(parse_listing(NFTABLES.read, WORDS, text)) == 0


@given(allowlists)
def test_a_list_reads_back_as_it_was_written(allowlist: Allowlist) -> None:
    elements = [{"elem": {"val": e.mac.text, "comment": e.label}} if e.label else e.mac.text for e in allowlist]
    assert parse_listing(NFTABLES.read, WORDS, listing(*reversed(elements))) == allowlist


def test_a_change_is_one_script_that_removes_before_it_adds() -> None:
    mac = MacAddress.parse("a4:83:e7:11:22:33")
    plan = Plan.between(Allowlist.of([Entry(mac, "old")]), Allowlist.of([Entry(mac, "new")]))
    assert shell.script(NFTABLES, WORDS, plan, Allowlist()).decode().splitlines() == [
        "delete element netdev netreg allow { a4:83:e7:11:22:33 }",
        'add element netdev netreg allow { a4:83:e7:11:22:33 comment "new" }',
    ]


def test_the_saved_file_of_an_empty_list_is_empty() -> None:
    assert shell.whole(NFTABLES, WORDS, Allowlist()).text == b""


@given(st.text())
def test_text_from_outside_is_shown_on_one_printable_line(text: str) -> None:
    line = shown(text)
    assert len(line) <= 160 and line.isascii() and (line == "" or line.isprintable())


def test_an_entry_that_names_another_owner_is_not_ours() -> None:
    table = Listing(format="lines", command="", entry=r"(?P<mac>\S+) (?P<wlan>\d+)")
    text = "a4:83:e7:11:22:33 1\na4:83:e7:11:22:33 2\na4:83:e7:11:22:44 2\n"
    assert [entry.mac.text for entry in parse_listing(table, {"wlan": "1"}, text)] == ["a4:83:e7:11:22:33"]
