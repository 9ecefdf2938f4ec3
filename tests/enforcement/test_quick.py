"""What a point proves after a small change: the whole list as the file it will keep, and what is not ours shows in it.

The commands of linux-nftables run here in this machine's shell with each awk there is; nft is a stand-in that shows
what the real one would, which tests/agents/test_push.py asks of the real one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netreg.allowlist import Allowlist
from netreg.enforcement import shell
from tests.enforcement.lists import allowlists, mac, of
from tests.enforcement.test_profile import NFTABLES

WORDS = NFTABLES.settled({})
TXN = "0123456789abcdef"
AWKS = ["awk", *filter(shutil.which, ("mawk", "gawk", "busybox"))]
LIST = of(1, 2, 3, label="area:1")
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Shown = Callable[[str], str]


@pytest.fixture(params=AWKS)
def shown(request: pytest.FixtureRequest, tmp_path: Path) -> Shown:
    """What the point makes of an answer of `nft -j list set`; an empty text where it refuses."""
    (tmp_path / TXN).mkdir()
    (tmp_path / "nft").write_text("#!/bin/sh\ncat $ANSWER\n")
    (tmp_path / "nft").chmod(0o755)
    (tmp_path / "awk").symlink_to(str(shutil.which(request.param)))
    undo = NFTABLES.undo.model_copy(update={"dir": str(tmp_path)})
    assert NFTABLES.quick
    command = NFTABLES.model_copy(update={"undo": undo}).fill(NFTABLES.quick.list, WORDS, txn=TXN)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ANSWER": str(tmp_path / "answer")}

    def run(answer: str) -> str:
        (tmp_path / "answer").write_text(answer)
        done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""

    return run


def answered(*elements: object) -> str:
    """The answer for a set of these elements, as nft writes it."""
    head = {"family": "netdev", "name": "allow", "table": "netreg", "type": "ether_addr", "handle": 1}
    owned = {**head, "comment": "owner=netreg", "size": 65536, **({"elem": list(elements)} if elements else {})}
    return (
        json.dumps({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}, {"set": owned}]}) + "\n"
    )


def elements(allowlist: Allowlist) -> list[object]:
    return [{"elem": {"val": e.mac.text, "comment": e.label}} if e.label else e.mac.text for e in allowlist]


def kept(allowlist: Allowlist) -> str:
    return shell.whole(NFTABLES, WORDS, allowlist).text.decode()


@few
@given(allowlists)
def test_the_point_writes_the_very_file_that_netreg_works_out(shown: Shown, allowlist: Allowlist) -> None:
    assert shown(answered(*elements(allowlist))) == kept(allowlist)


@pytest.mark.parametrize(
    "odd",
    [
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": "area:1", "timeout": 3600}},
        {"elem": {"val": "a4:83:e7:00:00:03", "timeout": 3600, "comment": "area:1"}},
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": "area:1", "counter": {"packets": 0, "bytes": 0}}},
        {"elem": {"val": "a4:83:e7:00:00:03"}},
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": "area:2"}},
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": "area:1,"}},
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": 'area:1"}}, {'}},
        {"elem": {"val": "a4:83:e7:00:00:03", "comment": "\u00e1rea:1"}},
        {"range": ["a4:83:e7:00:00:03", "a4:83:e7:00:00:09"]},
        {"prefix": {"addr": "a4:83:e7:00:00:03", "len": 40}},
        "a4:83:e7:00:00:03",
        "A4:83:E7:00:00:03",
        7,
    ],
)
@pytest.mark.parametrize("at", [0, 2])
def test_an_element_that_netreg_would_not_have_written_shows(shown: Shown, odd: object, at: int) -> None:
    ours = elements(LIST)
    ours.pop()
    ours.insert(at, odd)
    assert shown(answered(*ours)) != kept(LIST)
    assert shown(answered(*elements(LIST)[:at], odd, *elements(LIST)[at:])) != kept(LIST), "one too many"


@pytest.mark.parametrize("ends", [of(3), of(9)])
def test_a_range_shows_even_where_both_its_ends_are_on_the_list(shown: Shown, ends: Allowlist) -> None:
    bounds = {"range": [mac(3).text, mac(9).text]}
    for wanted in (ends, of(3, 9)):
        assert shown(answered(bounds)) != kept(wanted)


@few
@given(st.integers(1, 400))
def test_an_answer_that_was_cut_is_refused_wherever_it_was_cut(shown: Shown, missing: int) -> None:
    whole = answered(*elements(LIST))
    assert shown(whole[: -min(missing, len(whole))]) == ""
