"""The commands that talk to a point, before the real firewall."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from agents import tables
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.cli.conftest import Office
from tests.lab.firewall import FirewallLab, wait_until

HAND_MADE = "a4:83:e7:99:99:99"


def test_a_make_that_takes_no_key_is_added_with_its_password_file_and_the_sheet_says_where_it_lies(
    office: Office,
) -> None:
    where, add = office.file("antena", "tres nubes y una cabra\n"), ("point", "add", "antena", "192.0.2.20")
    antenna = (*add, "--profile", "aruba-instant")
    assert office.run(*antenna).exit_code == 1
    assert office.run(*antenna, "--key-file", str(where)).exit_code == 1
    assert office.run(*antenna, "--password-file", str(where) + "x").exit_code == 2
    office.ask(*antenna, "--password-file", str(where))
    office.ask("point", "add", "otra", "192.0.2.21", "--profile", "aruba-instant", "--password-file", "credential:otra")
    office.ask("point", "add", "palacio", "192.0.2.1", "--key-file", "agent")
    logins = [point["login"] for point in office.ask("point", "sheet")["points"]]
    assert logins == [{"password_file": str(where)}, {"password_file": "credential:otra"}, {"key_file": "agent"}]
    printed = office.run("point", "sheet").output
    assert f"netreg entra con la contraseña del archivo: {where}" in printed and "nubes" not in printed


@pytest.fixture
def palacio(office: Office, lab: FirewallLab) -> Iterator[Office]:
    """The lab's firewall is a point that nobody trusts yet; one printer is registered."""
    words = ("--port", str(lab.port), "--user", lab.user, "--key-file", str(lab.key_file), "--set", "family=netdev")
    assert office.ask("point", "add", "palacio", lab.host, *words) == {"point": "palacio"}
    office.file("in.csv", f"area,kind,holder,mac\nOBRAS,phone,Eva,{lab.phones[0].mac}\n")
    office.ask("device", "import", str(office.folder / "in.csv"), "--approve", "--apply")
    yield office


def only_point(office: Office) -> dict[str, object]:
    return dict(office.ask("point", "list")[0])


@pytest.mark.lab
def test_a_wrong_fingerprint_pins_nothing_and_no_answer_neither(palacio: Office) -> None:
    wrong = ("point", "trust", "palacio", "--fingerprint", "SHA256:" + "A" * 43)
    assert palacio.refused(*wrong) == ("host_key_changed", "fingerprint")
    for answer in ("n\n", ""):
        assert palacio.run("point", "trust", "palacio", stdin=answer).exit_code == 1
    assert only_point(palacio)["host_key"] is None
    assert palacio.refused("point", "check", "palacio", exit_code=3)[0] == "host_key_unknown"


@pytest.mark.lab
def test_a_point_is_trusted_planned_pushed_and_checked(palacio: Office, lab: FirewallLab) -> None:
    trusted = palacio.ask("point", "trust", "palacio", stdin="y\n")
    assert only_point(palacio)["host_key"] == trusted["fingerprint"]
    plan = palacio.ask("point", "plan", "palacio")
    assert (plan["add"], plan["remove"], plan["guard"]) == ([lab.phones[0].mac], [], None)
    assert palacio.refused("point", "push", "palacio", "--plan", "nada")[1] == "checksum"
    assert palacio.run("point", "push", "palacio", "--plan", "0" * 64).exit_code == 1 and not lab.phones[0].ping(1, 0.3)
    pushed = palacio.ask("point", "push", "palacio", "--plan", plan["checksum"])
    assert (pushed["status"], pushed["verified"]) == ("verified", 1) and lab.phones[0].ping()
    done = palacio.ask("point", "history", "palacio")[0]
    assert (done["outcome"], done["add"], done["plan"]) == ("verified", [lab.phones[0].mac], plan["checksum"])
    assert done["steps"][-1] == "save"
    assert palacio.ask("point", "check", "palacio")["entries"] == 1
    assert palacio.ask("device", "list")[0]["state"] == "active"
    lab.nft("add", "element", "netdev", "netreg", "allow", f"{{ {HAND_MADE} }}")
    plan = palacio.ask("point", "plan", "palacio")
    assert (plan["remove"], plan["by_hand"]) == ([], [HAND_MADE])
    palacio.ask("point", "push", "palacio")
    assert [alert["kind"] for alert in palacio.ask("alert", "list")] == ["drift"]
    number = str(palacio.ask("alert", "list")[0]["alert"])
    assert palacio.ask("alert", "ack", number)["state"] == "acknowledged"


@pytest.mark.lab
def test_a_point_is_trusted_by_the_older_fingerprint_too(palacio: Office) -> None:
    shown = palacio.ask("point", "trust", "palacio", stdin="y\n")
    assert (
        palacio.ask("point", "trust", "palacio", "--fingerprint", shown["md5"])["fingerprint"] == shown["fingerprint"]
    )


@pytest.mark.lab
def test_the_sheet_for_the_day_without_netreg_says_the_list_and_what_to_type(palacio: Office, lab: FirewallLab) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    palacio.ask("point", "push", "palacio")
    (sheet,) = palacio.ask("point", "sheet")["points"]
    assert sheet["entries"] == [f"{lab.phones[0].mac} nr-1"] and sheet["owns"] == "set netdev netreg allow"
    (add,) = sheet["by_hand"]["add"]
    lab.nft(*add.replace("00:00:5e:00:53:01", lab.phones[1].mac).split())
    assert lab.phones[1].ping()
    printed = palacio.run("point", "sheet", "palacio").output
    assert "Verificado: " in printed and lab.phones[0].mac in printed


@pytest.mark.lab
def test_a_point_takes_only_what_is_of_its_network_and_sites(palacio: Office, lab: FirewallLab) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    assert palacio.refused("point", "scope", "palacio", "--site", "Palacio")[0] == "E_SITE"
    palacio.ask("area", "site", "OBRAS", "Palacio")
    assert palacio.ask("point", "scope", "palacio", "--site", "Palacio", "--network", "wifi")["desired"] == 1
    assert palacio.ask("point", "scope", "palacio", "--network", "wired")["desired"] == 0
    assert palacio.ask("allowlist", "--point", "palacio")["entries"] == []
    row = only_point(palacio)
    assert (row["network"], row["sites"], row["desired"]) == ("wired", [], 0)


@pytest.mark.lab
def test_an_entry_made_by_hand_is_listed_and_removed_or_adopted_on_the_command_line(
    palacio: Office, lab: FirewallLab
) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    palacio.ask("point", "push", "palacio")
    lab.nft("add", "element", "netdev", "netreg", "allow", f"{{ {HAND_MADE}, {lab.phones[1].mac} }}")
    palacio.ask("point", "push", "palacio")
    found = palacio.ask("point", "strays", "palacio")
    assert {row["mac"]: row["state"] for row in found} == {HAND_MADE: "found", lab.phones[1].mac: "found"}
    assert palacio.refused("point", "remove", "palacio", lab.phones[0].mac, "--reason", "No")[0] == "not_found"
    ordered = palacio.ask("point", "remove", "palacio", HAND_MADE.upper(), "--reason", "Nadie la pidió")
    assert ordered == {"point": "palacio", "removing": [HAND_MADE]}
    adopted = ("--area", "OBRAS", "--name", "Reloj", "--location", "Pasillo")
    palacio.ask("point", "adopt", "palacio", lab.phones[1].mac, *adopted)
    assert palacio.ask("point", "push", "palacio")["verified"] == 2
    assert palacio.ask("point", "strays", "palacio") == [] == palacio.ask("alert", "list")
    assert HAND_MADE not in lab.nft("list", "set", "netdev", "netreg", "allow") and lab.phones[1].ping()


@pytest.mark.lab
def test_what_the_guard_refuses_is_confirmed_by_its_checksum(palacio: Office, lab: FirewallLab) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    palacio.ask("point", "push", "palacio")
    number = str(palacio.ask("device", "list")[0]["device"])
    palacio.ask("device", "suspend", number, "--reason", "Extraviado")
    refused = palacio.ask("point", "plan", "palacio", exit_code=1)
    assert (refused["guard"], refused["remove"]) == ("empty", [lab.phones[0].mac])
    assert refused["checksum"] in palacio.run("point", "plan", "palacio").stderr
    assert palacio.run("point", "push", "palacio").exit_code == 1 and lab.phones[0].ping()
    assert palacio.refused("point", "confirm", "palacio", "nada")[1] == "checksum"
    words = ("point", "confirm", "palacio", refused["checksum"])
    assert palacio.refused(*words)[1] == "reason", "who ordered it confirms it, where nobody else may, and says why"
    palacio.ask(*words, "--reason", "Nadie más trabaja hoy")
    palacio.ask("point", "push", "palacio")
    assert not lab.phones[0].ping(timeout=0.3)


@pytest.mark.lab
def test_a_push_waits_for_the_service_that_stands_on_the_point_and_then_looks_itself(palacio: Office) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    store = palacio.store
    with store.transaction("service") as tx:
        theirs = outbox.claim(tx.session, "service", now(), timedelta(minutes=1), ("push",))
    assert theirs is not None
    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(palacio.run, "point", "push", "palacio")
        wait_until(lambda: owed(store) == {"running", "waiting"}, "the command to ask")
        assert not pushed.done()
        with store.transaction("service") as tx:
            outbox.finish(tx.session, theirs, now())
        assert pushed.result(30).exit_code == 0
    assert only_point(palacio)["status"] == "verified"
    store.engine.dispose()


def owed(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.scalars(select(outbox.Delivery.state)))


@pytest.mark.lab
def test_a_point_that_does_not_answer_is_the_outside_worlds_fault(palacio: Office, lab: FirewallLab) -> None:
    palacio.ask("point", "trust", "palacio", stdin="y\n")
    lab.stop_sshd()
    try:
        for words in ("check", "plan"):
            error = palacio.ask("point", words, "palacio", exit_code=3)["error"]
            assert (error["code"], error["point"], error["left_as"]) == ("unreachable", "palacio", "unchanged")
        assert palacio.run("point", "push", "palacio").exit_code == 3
    finally:
        lab.start_sshd()
    assert only_point(palacio)["status"] == "failing"


@pytest.mark.lab
def test_the_tables_of_the_points_are_read_now_kept_and_listed(palacio: Office, lab: FirewallLab) -> None:
    assert palacio.refused("scan", "--points")[0] == "not_found"
    palacio.path.write_text(palacio.path.read_text("utf-8").replace("grace_minutes = 5", "grace_minutes = 0"), "utf-8")
    palacio.run("point", "trust", "palacio", stdin="y\n")
    turned_away = lab.phones[1]
    turned_away.ping(timeout=0.3)
    # Where it asked for the gateway's address before, the point knows it as a neighbour too.
    heard = [row for row in palacio.ask("scan", "--points") if row["mac"] == turned_away.mac]
    (row,) = [row for row in heard if row["table"] == "refused"]
    assert (row["point"], row["error"]) == ("palacio", "") and row["last_heard"]
    assert row["alert"] in [alert["alert"] for alert in palacio.ask("alert", "list")]
    assert turned_away.mac in palacio.run("scan", "--points").stdout
    lab.stop_sshd()
    (row,) = palacio.ask("scan", "--points", exit_code=3)
    assert row["table"] == "" and "palacio" in row["error"]
    lab.start_sshd()


@pytest.mark.lab
def test_a_registered_phone_that_sends_from_two_ports_of_a_bridge_is_told_as_a_clone(
    palacio: Office, lab: FirewallLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    palacio.run("point", "trust", "palacio", stdin="y\n")
    lab.add_bridge("10.81.0.1/24", "bp1", "bp2")
    own, clone = (lab.plug_in(port, lab.phones[0].mac, "10.81.0.7") for port in ("bp1", "bp2"))
    sends = ("ping", "-c", "1", "-W", "2", "10.81.0.1")
    turns = iter((clone, own))
    # Between its looks at the bridge somebody sends.
    monkeypatch.setattr(tables, "time", SimpleNamespace(sleep=lambda _seconds: next(turns).run(*sends)))
    own.run(*sends)
    rows = [row for row in palacio.ask("scan", "--points") if (row["mac"], row["table"]) == (own.mac, "fdb")]
    assert sorted(row["port"] for row in rows) == ["bp1", "bp2"]
    (told,) = [alert for alert in palacio.ask("alert", "list") if alert["kind"] == "clone"]
    assert told["mac"] == own.mac and "palacio · bp1" in told["place"] and "palacio · bp2" in told["place"]
