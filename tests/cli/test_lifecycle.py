"""What becomes of areas and devices, as typed at the server's console."""

from __future__ import annotations

from tests.cli.conftest import Office
from tests.people import mac


def approved(office: Office, number: int, area: str = "OBRAS", holder: str = "Eva Paz") -> int:
    """A phone asked for, received, turned over and approved."""
    words = ("--area", area, "--purpose", "Campo", "--holder", holder, "--phone", mac(number))
    made = office.ask("request", "submit", *words)
    folio = office.ask("request", "receive", made["reference"], "--paper")["folio"]
    office.ask("request", "assign", folio)
    device = int(made["devices"][0]["device"])
    office.ask("request", "approve", str(device))
    return device


def test_an_area_is_renamed_headed_merged_split_and_closed(office: Office) -> None:
    assert office.ask("area", "rename", "DIF", "DIF Municipal")["name"] == "DIF Municipal"
    office.ask("area", "head", "OBRAS", "Tomás Gil", "--post", "Director", "--from", "2026-01-01")
    ours, theirs = [approved(office, n) for n in (1, 2, 3)], approved(office, 11, "DIF")
    merged = office.ask("area", "merge", "DIF", "--into", "OBRAS")
    assert [one["device"] for one in merged["excess"]] == [theirs]
    assert office.refused("area", "prolong", "OBRAS", "--until", "2020-01-01") == ("E_DATE", "until")
    office.ask("area", "prolong", "OBRAS", "--until", "2099-01-01")
    office.ask("area", "split", "OBRAS", "AGUA", "Agua potable", "--device", str(ours[0]))
    assert office.ask("area", "close", "AGUA") == {"code": "AGUA", "waiting": [ours[0]]}
    rows = {one["code"]: one for one in office.ask("area", "list")}
    assert (rows["OBRAS"]["head"], rows["OBRAS"]["phones"], rows["OBRAS"]["excess"]) == ("Tomás Gil", "3/3", 0)
    assert rows["DIF"]["closed"] and rows["AGUA"]["closed"]


def test_the_console_names_who_signed_where_a_head_is_on_record(office: Office) -> None:
    office.ask("area", "head", "OBRAS", "Tomás Gil", "--post", "Director", "--from", "2026-01-01")
    words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva Paz", "--phone", mac(1))
    made = office.ask("request", "submit", *words)["reference"]
    assert office.refused("request", "receive", made, "--paper", "--signed-by", "Otra")[0] == "wrong_signatory"
    assert office.ask("request", "receive", made, "--paper", "--signed-by", "TOMAS GIL")["folio"]


def test_a_removal_and_a_change_go_through_with_the_letter_alone(office: Office) -> None:
    device = str(approved(office, 1))
    change = ("--area", "OBRAS", "--purpose", "Otra persona", "--device", device)
    assert office.refused("request", "change", *change) == ("nothing_changes", "device")
    made = office.ask("request", "change", *change, "--holder", "Luis Peña")
    assert made["operations"] == [{"device": int(device), "kind": "update", "changes": {"holder": "Luis Peña"}}]
    office.ask("request", "receive", made["reference"], "--paper")
    assert office.ask("device", "list")[0]["holder"] == "Luis Peña"
    gone = office.ask("request", "removal", "--area", "OBRAS", "--purpose", "Ya no", "--device", device)
    office.ask("request", "receive", gone["reference"], "--paper")
    assert office.ask("device", "list")[0]["state"] == "removing"
    assert office.refused("device", "release", device, "--reason", " ")[0] == "E_EMPTY"
    assert office.ask("device", "release", device, "--reason", "El punto no existe más")["state"] == "removed"


def test_somebody_leaves_and_what_is_municipal_waits(office: Office) -> None:
    device = approved(office, 1)
    (row,) = office.ask("device", "leave", "--area", "OBRAS", "--holder", "eva paz", "--on", "2026-01-15")
    assert (row["device"], row["flag"], row["state"]) == (device, "reassign", "pushing")
    assert office.refused("device", "leave", "--area", "DIF", "--holder", "Eva Paz", "--on", "2026-01-15") == (
        "holds_nothing", "holder",
    )  # fmt: skip


def test_a_private_address_is_accepted_before_the_decision(office: Office) -> None:
    words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva Paz", "--phone", mac(1))
    device = str(office.ask("request", "submit", *words)["devices"][0]["device"])
    private = ("device", "private", device, "da:a1:19:00:00:01", "--reason")
    assert office.ask(*private, "No se puede apagar") == {"device": int(device), "private": True}
    assert office.ask("device", "list")[0]["macs"] == "da:a1:19:00:00:01"


def test_what_rests_on_a_name_alone_does_not_bind(office: Office) -> None:
    words = ("--area", "OBRAS", "--purpose", "Oficina", "--holder", "Eva Paz", "--computer", "OBRAS-07")
    made = office.ask("request", "submit", *words)
    folio = office.ask("request", "receive", made["reference"], "--paper")["folio"]
    office.ask("request", "assign", folio)
    device = str(made["devices"][0]["device"])
    office.ask("request", "approve", device)
    assert office.ask("device", "candidates", device) == []
    bind = ("device", "bind", device, mac(7), "--evidence", "arrendamiento", "--kind", "lease")
    assert office.refused(*bind)[0] == "inspection_required"
    assert office.ask("device", "bind", device, mac(7), "--evidence", "La vi")["state"] == "pushing"
