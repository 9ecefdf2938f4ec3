"""The public contract of the command line: one JSON document, an exit status that means something, and no surprises."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from scapy.layers.l2 import ARP, Ether
from scapy.utils import wrpcap

from netreg import config, vendors
from netreg.cli.main import main
from netreg.registry import links
from tests.agents.segment import segment
from tests.cli.conftest import Office

PHONES = ("a4:83:e7:10:00:01", "8c:f5:a3:10:00:02", "64:cc:2e:10:00:03", "14:1a:a3:10:00:04")
HEAD = "area,kind,holder,mac,computer_name,model,ownership\n"
NETREG = Path(sys.executable).with_name("netreg")


def ask_for_phones(office: Office, *macs: str, area: str = "OBRAS") -> list[int]:
    phones = [part for mac in macs for part in ("--phone", mac)]
    made = office.ask("request", "submit", "--area", area, "--purpose", "Campo", "--holder", "Eva Paz", *phones)
    return [device["device"] for device in made["devices"]]


# --- one document, one meaning --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["area list", "person list", "request list", "device list", "allowlist", "point list", "alert list",
     "alert decided", "audit list", "audit verify", "db status", "db upgrade", "mac a4:83:e7:10:00:01"],
)  # fmt: skip
def test_every_question_answers_with_one_json_document_and_zero(office: Office, words: str) -> None:
    office.ask(*words.split())
    assert office.run(*words.split()).exit_code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("device suspend 9 --reason x", "not_found"),
        ("request approve 9", "not_found"),
        ("request show NADA-1", "not_found"),
        ("alert show 9", "not_found"),
        ("alert ack 9", "not_found"),
        ("alert block 9 --reason x", "not_found"),
        ("alert block a4:83 --reason x", "E_LENGTH"),
        ("alert unblock a4:83:e7:10:00:01 --reason x", "nothing_decided"),
        ("alert ignore a4:83:e7:10:00:01 --until 2001-01-01 --reason x", "E_UNTIL"),
        ("point check nada", "not_found"),
        ("point plan nada", "not_found"),
        ("point push nada", "not_found"),
        ("point trust nada", "not_found"),
        ("allowlist --point nada", "not_found"),
        ("area add OBRAS Otra", None),
        ("area add «» Otra", "E_FORM"),
        ("scan --segment nada", "not_found"),
    ],
)
def test_what_a_person_can_mend_is_refused_with_a_code_and_one(office: Office, words: str, code: str | None) -> None:
    refused, _field = office.refused(*words.split())
    assert refused == (code or refused)


@pytest.mark.parametrize("words", ["device suspend nueve --reason x", "point add", "scan --frequency 3", "alert ack"])
def test_wrong_usage_is_two_and_still_one_document(office: Office, words: str) -> None:
    assert office.refused(*words.split(), exit_code=2) == ("usage", "")


def test_what_this_machine_refuses_is_three(office: Office) -> None:
    assert office.refused("device", "export", "/nowhere/devices.csv", exit_code=3)[0] == "outside"
    (office.folder / "data" / "netreg.db").unlink()
    (office.folder / "data").rename(office.folder / "moved")
    assert office.refused("area", "list", exit_code=3)[0] == "outside"


def test_no_answer_to_a_question_is_a_refusal_and_changes_nothing(office: Office) -> None:
    before = len(office.ask("audit", "list"))
    assert office.refused("person", "add", "eva@x.mx", "Eva", "--role", "it", stdin="")[0] == "cancelled"
    assert len(office.ask("audit", "list")) == before


def test_mac_says_which_text_is_an_address_and_ends_with_one_if_any_is_not(office: Office) -> None:
    rows = office.ask("mac", "A4-83-E7-10-00-01", "a4:83:e7:10:00:O1", exit_code=1)
    assert rows[0]["mac"] == PHONES[0] and rows[0]["verdict"] == "ok" and rows[0]["vendor"]
    assert rows[1]["verdict"] != "ok" and rows[1]["says"] and rows[1]["english"]


# --- the story of a phone -------------------------------------------------------------------------------------------


def turn_over(office: Office, reference: str) -> None:
    """The desk and the coordinator do their part."""
    assert office.refused("request", "receive", reference) == ("letter_missing", "paper")
    folio = office.ask("request", "receive", reference, "--paper", "--annexes", "1")["folio"]
    assert office.refused("request", "receive", folio, "--paper")[0] == "not_at_this_step"
    assert office.ask("request", "assign", folio, "--instruction", "Atender")["status"] == "en_revision"


def test_a_request_is_returned_and_withdrawn_with_a_reason(office: Office) -> None:
    ask_for_phones(office, PHONES[0])
    assert office.ask("request", "return", "E1", "--note", "Falta la firma")["status"] == "prevenida"
    assert office.refused("request", "return", "E1", "--note", "Falta la firma")[0] == "not_at_this_step"
    assert office.ask("request", "withdraw", "E1", "--note", "Ya no")["status"] == "desistida"
    assert office.refused("request", "withdraw", "E1", "--note", "Ya no")[0] == "concurrent_change"


def test_any_step_is_left_with_its_values_as_a_person(office: Office) -> None:
    words = ("--role", "secretarial", "--password-file", office.file("p", "una clave bien larga\n"))
    office.ask("person", "add", "sofia@municipio.gob.mx", "Sofía Cano", *words)
    ask_for_phones(office, PHONES[0])
    act = ("ticket", "act", "E1", "--value", "paper=yes", "--value", "annexes=2")
    assert office.refused(*act, "--as", "nadie@municipio.gob.mx") == ("not_found", "as")
    assert office.refused("ticket", "act", "E1", "--value", "paper") == ("E_VALUE", "value")
    assert office.ask(*act, "--as", "sofia@municipio.gob.mx")["step"] == 3
    assert office.refused("ticket", "act", "E1", "--as", "sofia@municipio.gob.mx")[0] == "not_your_step"


def test_an_account_gets_another_password_other_roles_is_closed_and_opened(office: Office) -> None:
    first, short = office.file("p", "una clave bien larga\n"), office.file("s", "corta\n")
    office.ask("person", "add", "ines@municipio.gob.mx", "Inés", "--role", "it", "--password-file", first)
    assert office.refused("person", "password", "ines@municipio.gob.mx", "--password-file", short)[0] == "E_PASSWORD"
    office.ask("person", "password", "ines@municipio.gob.mx", "--password-file", first)
    given = office.ask("person", "roles", "ines@municipio.gob.mx", "--role", "it", "--role", "auditor")
    assert given["roles"] == ["auditor", "it"]
    assert office.refused("person", "roles", "ines@municipio.gob.mx", "--role", "liaison")[0] == "area_missing"
    assert office.ask("person", "close", "ines@municipio.gob.mx")["active"] is False
    assert [one["active"] for one in office.ask("person", "list")] == [False]
    assert office.ask("person", "open", "ines@municipio.gob.mx")["active"] is True
    assert office.refused("person", "close", "nadie@municipio.gob.mx") == ("not_found", "as")
    said = office.run("audit", "list").stdout
    assert "otra contraseña" in said and "cerró la cuenta" in said and "larga" not in said


def test_whoever_is_invited_where_no_mail_is_set_up_gets_a_link_that_is_shown_once(office: Office) -> None:
    eva = ("eva@municipio.gob.mx", "Eva", "--role", "head", "--area", "OBRAS", "--invite")
    link = office.ask("person", "add", *eva)["link"]
    assert link.startswith("http://127.0.0.1:8080/link?t=")
    with office.store.reading() as session:
        key = config.load(office.path).secret_key
        assert links.person_of(session, key, link.partition("=")[2]).email == eva[0]
    assert link not in office.run("audit", "list").stdout and "invitó a eva@" in office.run("audit", "list").stdout
    office.ask("person", "password", eva[0], "--password-file", office.file("p", "una clave bien larga\n"))
    assert "sirve una vez" in office.run("person", "invite", eva[0]).stdout
    assert "otra contraseña" in office.run("audit", "list", "--limit", "1").stdout
    office.ask("person", "close", eva[0])
    assert office.refused("person", "invite", eva[0])[0] == "account_closed"
    words = ("person", "add", *eva, "--password-file", office.file("p", "x"))
    assert office.refused(*words) == ("password_chosen_by_person", "invite")


def test_somebody_is_moved_to_another_area_and_loses_a_second_factor_only_where_there_is_one(office: Office) -> None:
    office.ask("person", "add", "eva@municipio.gob.mx", "Eva", "--role", "head", "--area", "OBRAS", "--invite")
    assert office.ask("person", "area", "eva@municipio.gob.mx", "DIF")["area"] == "DIF"
    assert office.refused("person", "area", "eva@municipio.gob.mx")[0] == "area_missing"
    assert office.refused("person", "reset-factor", "eva@municipio.gob.mx")[0] == "factor_off"


def test_a_substitute_is_named_for_a_role_and_some_days(office: Office) -> None:
    password = ("--password-file", office.file("p", "una clave bien larga\n"))
    for name, role in (("carla", "coordinator"), ("sara", "it")):
        office.ask("person", "add", f"{name}@municipio.gob.mx", name.title(), "--role", role, *password)
    words = ("person", "substitute", "sara@municipio.gob.mx", "--for", "carla@municipio.gob.mx", "--from", "2026-12-01")
    named = office.ask(*words, "--until", "2026-12-15", "--role", "coordinator")
    assert (named["role"], named["until"]) == ("coordinator", "2026-12-15")
    assert office.refused(*words, "--until", "2026-11-30", "--role", "coordinator") == ("E_DAYS", "last")
    assert office.refused(*words, "--until", "2026-12-15", "--role", "legal") == ("E_ROLE", "role")
    assert "suplente de carla@municipio.gob.mx" in office.run("audit", "list").stdout


def test_three_phones_are_approved_and_the_fourth_is_refused(office: Office) -> None:
    numbers = ask_for_phones(office, *PHONES)
    assert office.refused("request", "approve", str(numbers[0]))[0] == "not_turned_over"
    turn_over(office, "E1")
    for number in numbers[:3]:
        assert office.ask("request", "approve", str(number)) == {"device": number, "state": "pushing"}
    assert office.refused("request", "approve", str(numbers[3])) == ("quota_full", "mac")
    assert {entry["mac"] for entry in office.ask("allowlist")["entries"]} == set(PHONES[:3])
    assert office.ask("device", "suspend", str(numbers[0]), "--reason", "Extraviado")["state"] == "suspended"
    assert len(office.ask("allowlist")["entries"]) == 2
    assert office.ask("device", "restore", str(numbers[0]), "--reason", "Apareció")["state"] == "pushing"
    assert office.ask("request", "reject", str(numbers[3]), "--reason", "quota_full")["state"] == "rejected"
    assert office.ask("audit", "verify")["broken_at"] is None


def test_a_computer_is_let_in_once_it_is_bound_to_its_address(office: Office) -> None:
    made = office.ask(
        "request", "submit", "--area", "DIF", "--purpose", "Caja", "--holder", "Eva", "--computer", "CAJA-1"
    )
    number = str(made["devices"][0]["device"])
    turn_over(office, made["reference"])
    assert office.ask("request", "approve", number)["state"] == "awaiting_binding"
    assert office.refused("device", "bind", number, "no", "--evidence", "Etiqueta")[1] == "mac"
    assert office.ask("device", "bind", number, "00:1b:a9:00:00:01", "--evidence", "Etiqueta")["state"] == "pushing"


@pytest.mark.parametrize("mac", ["a4:83:e7:10:00:0", "ff:ff:ff:ff:ff:ff", "a4:83:e7:10:00:01;", "356938035643809"])
def test_a_bad_address_is_refused_by_field_and_nothing_is_stored(office: Office, mac: str) -> None:
    before = office.ask("audit", "list")
    words = ("request", "submit", "--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva", "--phone", mac)
    assert office.refused(*words)[1] == "mac"
    assert office.ask("request", "list") == [] and office.ask("audit", "list") == before


# --- imports and exports --------------------------------------------------------------------------------------------


def test_a_spreadsheet_never_runs_a_cell_of_the_export(office: Office) -> None:
    number = ask_for_phones(office, PHONES[0])[0]
    with office.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE device SET holder = '=HYPERLINK(\"http://x\")' WHERE id = ?", (number,))
    file = office.folder / "out.csv"
    assert office.ask("device", "export", str(file))["devices"] == 1
    with file.open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert '\'=HYPERLINK("http://x")' in cells and not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


def test_text_from_outside_never_prints_control_characters(office: Office) -> None:
    hostile = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e"
    number = ask_for_phones(office, PHONES[0])[0]
    with office.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE device SET holder = ?, model = ? WHERE id = ?", (hostile, hostile, number))
        connection.exec_driver_sql("UPDATE area SET name = ? WHERE code = 'DIF'", (hostile,))
        connection.exec_driver_sql("UPDATE ticket SET form = ?", (json.dumps({"purpose": hostile}),))
    folio = office.ask("request", "list")[0]["reference"]
    for words in ("device list", "area list", "request list", f"request show {folio}", "audit list"):
        shown = office.run(*words.split())
        assert not set(hostile) & {char for char in shown.output if not char.isprintable() and char != "\n"}, words
    refused = office.run("area", "add", hostile, hostile)
    assert refused.exit_code == 1 and "\x1b" not in refused.output and "\x9b" not in refused.output


# --- keeping house --------------------------------------------------------------------------------------------------


def test_init_makes_private_files_and_never_overwrites(office: Office) -> None:
    # What SQLite keeps beside its file goes with the last connection, whenever that is; its modes are the file's own.
    beside = ("-shm", "-wal")
    made = [
        office.path, *(one for one in office.folder.joinpath("data").iterdir() if not one.name.endswith(beside))
    ]  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    assert office.folder.joinpath("data").stat().st_mode & 0o777 == 0o700
    before = {path: path.read_bytes() for path in made}
    assert office.refused("init") == ("config_exists", "config")
    assert {path: path.read_bytes() for path in made} == before


def test_a_wrong_setting_is_named_with_its_mend(office: Office) -> None:
    office.path.write_text(office.path.read_text() + "\n[guards]\npercent = 3\n")
    assert office.refused("area", "list")[0] == "netreg.C003"
    assert "guards" in office.run("area", "list").stderr
    office.path.unlink()
    assert office.refused("area", "list")[0] == "netreg.C001"


def test_audit_verify_names_the_row_that_somebody_altered(office: Office) -> None:
    with sqlite3.connect(office.folder / "data" / "netreg.db") as database:
        database.execute("DROP TRIGGER audit_event_no_update")
        database.execute("UPDATE audit_event SET actor = 'nobody' WHERE seq = 2")
    database.close()
    assert office.ask("audit", "verify", exit_code=1)["broken_at"] == 2
    assert "row 2 was altered" in office.run("audit", "verify").stdout


def test_a_reader_that_leaves_early_is_no_error(office: Office) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    argv = [NETREG, "audit", "list", "--json", "--config", office.path]
    done = subprocess.run(argv, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.stderr == ""


def test_a_command_does_not_load_what_only_an_upgrade_needs(office: Office) -> None:
    code = "import sys; from netreg.cli.main import main; main(sys.argv[1:], standalone_mode=False);"
    code += "print([name for name in ('alembic', 'paramiko', 'flask') if name in sys.modules])"
    argv = [sys.executable, "-c", code, "area", "list", "--config", office.path]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["mac", "a483.e711.2233"], ["vendor", "a483.e711.2233"]])
def test_what_needs_no_database_loads_none(words: list[str], tmp_path: Path) -> None:
    code = "import sys; from netreg.cli.main import main; main(sys.argv[1:], standalone_mode=False);"
    code += (
        "print([name for name in ('sqlalchemy', 'pydantic', 'agents.cli', 'netreg.cli.admin') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) > 1 and done.stdout.splitlines()[-1] == "[]"


def test_every_command_of_the_list_is_there_and_says_what_it_does() -> None:
    ctx = click.Context(main)
    for name in main.list_commands(ctx):
        listed = main.get_command(ctx, name)
        assert listed is not None
        with listed.make_context(name, [], ctx, resilient_parsing=True) as inner:
            assert listed.get_short_help_str() == inner.command.get_short_help_str() != "", name
    assert main.get_command(ctx, "device.history") is None, "a part of a group is no command of the root"


# --- a capture ------------------------------------------------------------------------------------------------------


def test_a_capture_tells_who_is_there_that_nobody_registered_and_changes_nothing(office: Office) -> None:
    ask_for_phones(office, PHONES[0])
    everything = (office.ask("audit", "list"), office.ask("alert", "list"))
    stranger = "3c:52:82:00:00:09"
    frames = [Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=mac, psrc=f"10.78.0.{n}", pdst="10.78.0.1")
              for n, mac in enumerate((PHONES[0], stranger, stranger), 7)]  # fmt: skip
    file = office.folder / "salon.pcap"
    wrpcap(str(file), frames)
    found = {row["mac"]: row for row in office.ask("scan", "--pcap", str(file))}
    assert (found[stranger]["ip"], found[stranger]["frames"]) == ("10.78.0.8, 10.78.0.9", 2)
    assert "nadie" in found[stranger]["explanation"] and "con solicitud" in found[PHONES[0]]["explanation"]
    assert {row["kind"] for row in found.values()} == {"rogue"}
    spoken = office.run("scan", "--pcap", str(file)).stdout
    assert "3 tramas, 2 equipos, 2 sin registro." in spoken and "10.78.0.8" in spoken
    assert (office.ask("audit", "list"), office.ask("alert", "list")) == everything
    file.write_bytes(file.read_bytes()[:-9])
    assert "está cortada" in office.run("scan", "--pcap", str(file)).stdout
    assert office.refused("scan", "--pcap", office.file("notas.txt", "nada de esto es una captura"))[0] == "E_CAPTURE"
    assert office.refused("scan", "--pcap", str(office.folder / "ninguna.pcap"))[0] == "E_CAPTURE"


def test_a_capture_tells_which_addresses_jump_and_who_has_the_gateways(office: Office) -> None:
    ask_for_phones(office, PHONES[0])
    one, other, thief = "3c:52:82:00:00:09", "3c:52:82:00:00:0a", "3c:52:82:00:00:0b"
    claims = [(one, 8), (other, 8), (one, 8), (other, 8), (thief, 1), (thief, 9)]
    frames = [Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=mac, psrc=f"10.78.0.{n}", pdst="10.78.0.7")
              for mac, n in claims]  # fmt: skip
    for number, frame in enumerate(frames):
        frame.time = 1_770_000_000 + number
    guarded = 'guarded = [{ name = "la puerta", ip = "10.78.0.1", macs = ["00:1b:a9:00:00:01"] }]'
    office.path.write_text(re.sub("^guarded = .*$", guarded, office.path.read_text(), flags=re.MULTILINE))
    file = office.folder / "salon.pcap"
    wrpcap(str(file), frames)
    told = office.ask("scan", "--pcap", str(file))
    by_kind = {row["kind"]: row for row in told}
    assert sorted(row["kind"] for row in told) == ["flipflop", "gateway", "rogue", "rogue", "rogue"]
    assert (by_kind["flipflop"]["mac"], by_kind["flipflop"]["ip"]) == (f"{one}, {other}", "10.78.0.8")
    assert (by_kind["gateway"]["mac"], by_kind["gateway"]["ip"]) == (thief, "10.78.0.1")
    assert "3 equipos, 3 sin registro" in office.run("scan", "--pcap", str(file)).stdout


# --- vendors --------------------------------------------------------------------------------------------------------


def ieee_lists(office: Office, *, renamed: str = "") -> list[str]:
    """The table that comes with netreg, as the IEEE would publish it."""
    head, rows = "Registry,Assignment,Organization Name,Organization Address\n", {6: "", 7: "", 9: ""}
    for line in gzip.decompress(vendors.SHIPPED.read_bytes()).decode().split("\n")[1:]:
        prefix, _, name = line.partition(" ")
        shown = (renamed if prefix == "a483e7" and renamed else name).replace('"', '""')
        rows[len(prefix)] += f'X,{prefix.upper()},"{shown}",\n'
    return [office.file(f"{width}.csv", head + text) for width, text in rows.items()]


@pytest.fixture
def shipped() -> Iterator[None]:
    yield
    vendors.use(vendors.SHIPPED)


def test_a_newer_table_of_vendors_is_made_from_the_lists_of_the_ieee_and_used(office: Office, shipped: None) -> None:
    assert office.ask("vendor", "a4:83:e7:11:22:33", "02-aa-00-00-00-01") == [
        {"mac": "a4:83:e7:11:22:33", "vendor": "Apple, Inc."},
        {"mac": "02:aa:00:00:00:01", "vendor": None},
    ]
    made = office.ask("vendor", "refresh", *ieee_lists(office, renamed="Manzana"))
    assert set(made["blocks"]) == {"24", "28", "36"}
    assert office.ask("mac", "a4:83:e7:11:22:33")[0]["vendor"] == "Manzana"
    assert "Manzana" in office.run("vendor", "a4:83:e7:11:22:33").stdout
    assert office.refused("vendor", "no es una dirección")[0] == "E_CHARS"


def test_a_list_that_is_none_or_much_shorter_changes_nothing(office: Office, shipped: None) -> None:
    large, medium, small = ieee_lists(office)
    assert office.refused("vendor", "refresh", large)[0] == "vendors_shrunk"
    assert office.refused("vendor", "refresh", large, office.file("x.txt", "nada"), small) == ("E_VENDORS", "files")
    cut = office.file("cut.csv", Path(large).read_bytes()[:900_000])
    assert office.refused("vendor", "refresh", cut, medium, small)[0] == "vendors_shrunk"
    assert not list(office.folder.rglob("vendors.gz"))


@pytest.mark.lab
def test_listening_tells_who_speaks_that_nobody_registered_and_changes_nothing(office: Office) -> None:
    everything = (office.ask("audit", "list"), office.ask("alert", "list"))
    stranger = "3c:52:82:00:00:09"
    frame = bytes(Ether(src=stranger, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=stranger, psrc="10.78.0.9"))
    over = threading.Event()
    with segment() as (wire, far):
        place = f'[[scan.segment]]\nname = "a"\ninterface = "near0"\nnetwork = "10.78.0.0/26"\nnetns = "{wire.netns}"\n'
        office.path.write_text(office.path.read_text().replace("segment = [] ", "# ") + place)
        talk = threading.Thread(target=lambda: [far.says(frame) for _ in iter(lambda: over.wait(0.1), True)])
        talk.start()
        try:
            (found,) = office.ask("scan", "--interface", "near0", "--seconds", "1")
        finally:
            over.set()
            talk.join()
        assert (found["mac"], found["ip"]) == (stranger, "10.78.0.9") and "nadie" in found["explanation"]
        assert "0 equipos" in office.run("scan", "--interface", "near0", "--seconds", "1").stdout
        assert office.refused("scan", "--interface", "nope0", exit_code=3)[0] == "unreachable"
    assert office.refused("scan", "--interface", "a b")[1] == "interface"
    assert (office.ask("audit", "list"), office.ask("alert", "list")) == everything
