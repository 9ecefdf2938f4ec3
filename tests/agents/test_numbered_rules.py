"""A rule that is several lines on the point is read as one, by the very commands that are typed there."""

from __future__ import annotations

import subprocess

import pytest

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.profile import ConsoleProfile
from netreg.enforcement.reading import FOREIGN, UnreadableAnswer, parse_listing, parse_slots
from netreg.mac import MacAddress
from netreg.registry import profiles

EDGE = profiles.profile("ubiquiti-edgeos")
assert isinstance(EDGE, ConsoleProfile)
WORDS = EDGE.settled({})
A, B = (MacAddress.parse(f"a483e700000{number}") for number in (1, 2))
HEAD = """
set firewall all-ping enable
set firewall name LAN_IN default-action accept
set firewall name LAN_IN rule 10 action accept
set firewall name LAN_IN rule 10 source mac-address 'a4:83:e7:00:00:09'
set firewall name NETREG default-action drop
set firewall name NETREG description 'kept by netreg'
"""
RULES = """
set firewall name NETREG rule 100 action accept
set firewall name NETREG rule 100 description nr-1
set firewall name NETREG rule 100 source mac-address 'a4:83:e7:00:00:01'
set firewall name NETREG rule 1000 source mac-address A4:83:E7:00:00:02
set firewall name NETREG rule 1000 action accept
set firewall name NETREG rule 1000 description 'Phone of Ana'
set interfaces switch switch0 firewall in name NETREG
"""


def answer(command: str, configuration: str) -> str:
    """What the command prints where `show configuration commands` shows this configuration."""
    script = f"show() {{ printf '%s' \"$CONFIGURATION\"; }}\n{command}"
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": "/usr/bin:/bin", "CONFIGURATION": configuration},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.stderr == ""
    return done.stdout


def read(configuration: str) -> tuple[Allowlist, dict[MacAddress, int], int]:
    assert isinstance(EDGE, ConsoleProfile)
    text = answer(EDGE.fill(EDGE.read.command, WORDS), configuration)
    counted = int(answer(EDGE.fill(EDGE.read.proof, WORDS), configuration))
    return parse_listing(EDGE.read, WORDS, text), parse_slots(EDGE.read, text), counted


def test_the_rules_of_the_ruleset_are_read_with_their_numbers_and_nobody_elses() -> None:
    assert read(HEAD + RULES) == (Allowlist.of([Entry(A, "nr-1"), Entry(B, FOREIGN)]), {A: 100, B: 1000}, 2)


def test_a_ruleset_without_a_rule_is_an_empty_list() -> None:
    assert read(HEAD) == (Allowlist(), {}, 0)


@pytest.mark.parametrize(
    "configuration",
    [
        "",
        HEAD.replace("NETREG default-action drop", "NETREG default-action accept"),
        HEAD.replace("NETREG default-action drop", "OTHER default-action drop"),
        HEAD + "set firewall name NETREG rule 5 action accept\n",
        HEAD + RULES + "set firewall name NETREG rule 100 disable\n",
        HEAD + RULES + "set firewall name NETREG rule 100 destination port 443\n",
        HEAD + RULES.replace("rule 100 action accept", "rule 100 action drop"),
        HEAD + RULES.replace("rule 100 source mac-address '", "rule 100 source mac-address '!"),
    ],
)
def test_a_ruleset_that_is_missing_or_says_anything_else_is_not_read(configuration: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read(configuration)
