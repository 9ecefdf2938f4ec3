"""Desired state: from facts about authorisations to the allowlist of a point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netreg.allowlist import Allowlist, Entry
from netreg.mac import MacAddress
from netreg.policy.quota import ADMITTED


@dataclass(frozen=True, slots=True)
class Admission:
    """One interface of an authorised device, as the registry knows it now."""

    mac: MacAddress
    device: int
    state: str


def desired(admissions: Iterable[Admission]) -> Allowlist:
    """The allowlist policy wants: every interface whose authorisation is being pushed or active, nothing else.

    The label names the device by its number, never by a text that somebody typed. Raises ValueError if a MAC is
    admitted twice, which the store forbids.
    """
    return Allowlist.of(Entry(a.mac, f"nr-{a.device}") for a in admissions if a.state in ADMITTED)
