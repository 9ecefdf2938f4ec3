"""revalidation start, list, prolong; device infrastructure, suspend and list."""

from __future__ import annotations

from tests.cli.conftest import Office
from tests.people import mac

PRINTER = (
    "device", "infrastructure", "--area", "OBRAS", "--mac", mac(60), "--name", "Impresora",
    "--location", "Planta baja", "--instruction", "Oficio 12",
)  # fmt: skip


def test_areas_are_asked_and_their_lists_told(office: Office) -> None:
    assert office.refused("revalidation", "start", "--all", "--note", "x")[0] == "nobody_to_ask"
    office.ask(*PRINTER)
    assert office.run("revalidation", "start", "--note", "x").exit_code == 2
    assert office.run("revalidation", "start", "--all", "--area", "DIF", "--note", "x").exit_code == 2
    until = ("--until", "2099-01-01")
    assert office.refused("revalidation", "start", "--all", "--note", "x", *until) == ("E_DATE", "until")
    assert office.ask("revalidation", "start", "--area", "OBRAS", "--note", "Cambio") == {"campaign": 1, "lists": [1]}
    (row,) = office.ask("revalidation", "list")
    assert (row["area"], row["state"], row["devices"], row["marked"]) == ("OBRAS", "asked", 1, 0)
    assert office.refused("revalidation", "prolong", "9", *until)[0] == "not_found"
    assert office.refused("revalidation", "prolong", "1", *until)[0] == "E_DATE"
    assert office.ask("device", "list")[0]["notes"] == "under_revalidation"


def test_infrastructure_has_a_place_and_may_be_a_shared_adapter(office: Office) -> None:
    assert office.ask(*PRINTER) == {"device": 1}
    dock = [mac(61) if part == mac(60) else part for part in PRINTER]
    office.ask(*dock, "--shared-adapter")
    rows = office.ask("device", "list")
    assert [(row["location"], row["notes"], row["slot"]) for row in rows] == [
        ("Planta baja", "shared_adapter", None), ("Planta baja", "", None),
    ]  # fmt: skip
    assert office.refused(*[" " if part == "Planta baja" else part for part in PRINTER]) == ("E_EMPTY", "location")
    assert office.ask("device", "list", "--unused") == []


def test_a_suspension_has_a_reason_of_the_list(office: Office) -> None:
    office.ask(*PRINTER)
    assert office.refused("device", "suspend", "1") == ("E_EMPTY", "reason")
    assert office.ask("device", "suspend", "1", "--code", "incident")["state"] == "suspended"
