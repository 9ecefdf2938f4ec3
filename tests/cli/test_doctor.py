"""`netreg doctor`: a clean installation has no finding, and each fault that is planted here is found under its id."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from string import Formatter

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents import doctor_machine, doctor_reach
from netreg.health import database, examining, room
from netreg.health.findings import CATALOGUE, ERROR, found, harmless
from netreg.registry.commands import points
from netreg.store.base import now
from tests.cli.conftest import Office
from tests.conftest import need
from tests.databases import furnished_database, opened

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
HERE = "127.0.0.1"
HOSTILE = 'antena\x1b[2J\u202e"; rm -rf ~\n{about}'


@pytest.fixture(autouse=True)
def sound_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Room on the disk, and a clock that another machine keeps."""
    monkeypatch.setattr(room, "free_mb", lambda _folder: 50_000)
    monkeypatch.setattr(doctor_machine, "TIMESYNC", tmp_path / "timesync")
    monkeypatch.setattr(doctor_machine, "_chrony", lambda: None)


def ids(office: Office, *options: str) -> list[str]:
    """The ids that the doctor finds; whatever they are, its exit status says whether one is an error."""
    result = office.run("doctor", "--json", *options)
    rows = json.loads(result.stdout)
    assert result.exit_code == any(row["severity"] == ERROR for row in rows)
    return [row["id"].removeprefix("netreg.") for row in rows]


def sql(office: Office, *statements: str) -> None:
    """What somebody does to the database from outside, with no rule to stop them."""
    with closing(sqlite3.connect(office.folder / "data" / "netreg.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def add_point(office: Office, port: int = 9, *, key: str = "ssh-ed25519 AAAA", host: str = HERE) -> None:
    office.ask("point", "add", "palacio", host, "--port", str(port), "--key-file", "agent")
    sql(office, f"UPDATE point SET host_key = nullif('{key}', '')")


def settle(office: Office, section: str, line: str) -> None:
    """Add one line to a section of the configuration; one of the same key goes."""
    text = office.path.read_text(encoding="utf-8")
    key = line.partition("=")[0].strip()
    head, name, body = text.partition(f"\n[{section}]")
    office.path.write_text(f"{head}{name}{re.sub(rf'(?m)^{key} *=.*$', lambda _found: line, body, count=1)}", "utf-8")


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind((HERE, 0))
        return int(unused.getsockname()[1])


@pytest.fixture
def open_port() -> Iterator[int]:
    """Where something listens and says nothing."""
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]


# --- a clean installation -------------------------------------------------------------------------------------------


def test_a_clean_installation_has_no_finding(office: Office) -> None:
    assert ids(office) == []
    assert office.run("doctor").stdout == "✔ Todo está en orden.\n"


def test_a_point_that_answers_and_a_mail_server_that_does_are_no_finding(office: Office, open_port: int) -> None:
    add_point(office, open_port)
    (office.folder / "mail").write_text(f"mailto://red:clave-secreta@{HERE}:{open_port}?from=red@example.org\n")
    (office.folder / "mail").chmod(0o600)
    settle(office, "mail", 'url_file = "mail"')
    assert ids(office) == []


def test_it_changes_nothing(office: Office) -> None:
    before = office.ask("audit", "verify")
    sql(office, "UPDATE alembic_version SET version_num = '0000'")
    ids(office)
    with closing(sqlite3.connect(office.folder / "data" / "netreg.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)
    sql(office, "UPDATE alembic_version SET version_num = '0001'")
    assert office.ask("audit", "verify") == before


# --- configuration and installation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["puerto = 3", "[server", "[letterhead]\nsigning = 'efirma'", "\x00"])
def test_a_configuration_that_cannot_be_used_is_D001(office: Office, text: str) -> None:
    office.path.write_text(text, encoding="utf-8")
    assert ids(office) == ["D001"]


def test_no_configuration_is_D001_and_makes_none(office: Office) -> None:
    office.path.unlink()
    assert ids(office) == ["D001"] and not office.path.exists()


def test_settings_that_do_not_fit_together_are_D001_and_the_rest_is_looked_at(office: Office) -> None:
    settle(office, "procedures", 'enabled = ["nada"]')
    (office.folder / "data" / "secret.key").unlink()
    assert ids(office) == ["D001", "D045"]


def test_a_part_that_is_not_installed_is_D002_and_not_silence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "entry_points", lambda group: ())
    assert ids(office) == ["D002", "D002", "D002"] and ids(office, "--offline") == ["D002", "D002"]


# --- database -------------------------------------------------------------------------------------------------------


def test_a_database_that_is_gone_is_D010_and_none_is_made(office: Office) -> None:
    file = office.folder / "data" / "netreg.db"
    file.unlink()
    assert ids(office) == ["D010"] and not file.exists()


def test_a_file_that_is_no_database_is_D010(office: Office) -> None:
    for name in ("netreg.db-wal", "netreg.db-shm"):
        (office.folder / "data" / name).unlink(missing_ok=True)
    (office.folder / "data" / "netreg.db").write_bytes(b"no es una base " * 1000)
    assert ids(office) == ["D010"]


@pytest.mark.parametrize("address", ["nada", "nada://x/y", "postgresql+psycopg://red:clave@127.0.0.1:1/netreg"])
def test_a_database_that_is_none_or_does_not_answer_is_D010_and_its_password_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("NETREG_DATABASE", address)
    assert ids(office) == ["D010"] and "clave" not in office.run("doctor").output


@pytest.mark.postgres
def test_a_clean_postgresql_has_no_finding_and_its_rows_are_read(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with furnished_database("postgres", tmp_path) as url:
        monkeypatch.setenv("NETREG_DATABASE", url)
        assert ids(office) == []
        with opened(url) as store, store.transaction("test") as tx:
            points.add_point(tx, "palacio", "linux-nftables", HERE, closed_port(), "root", "agent", {})
        assert ids(office) == ["D050", "D053"]


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_tables_of_another_version_are_D011(office: Office, revision: str) -> None:
    sql(office, f"UPDATE alembic_version SET version_num = '{revision}'")
    assert ids(office) == ["D011"]


def test_a_damaged_page_is_D012(office: Office) -> None:
    file = office.folder / "data" / "netreg.db"
    sql(office, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(file)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_audit_event_name'").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = bytes(size)
    file.write_bytes(content)
    assert "D012" in ids(office)


def test_a_row_that_leads_to_nothing_is_D012(office: Office) -> None:
    sql(office, "UPDATE area SET quota_unit_id = 999 WHERE code = 'DIF'")
    assert ids(office) == ["D012"]


def test_a_database_that_another_process_keeps_busy_is_D013(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(office.folder / "data" / "netreg.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ids(office) == ["D013"]


def test_an_altered_log_is_D014(office: Office) -> None:
    sql(office, "DROP TRIGGER audit_event_no_update", "UPDATE audit_event SET actor = 'nobody' WHERE seq = 2")
    assert ids(office) == ["D014"]


# --- machine --------------------------------------------------------------------------------------------------------


def test_an_event_of_the_future_is_D020(office: Office) -> None:
    with time_machine.travel(now() + timedelta(hours=2)):
        office.run("area", "add", "AGUA", "Agua y Drenaje")
    assert ids(office) == ["D020"]
    with time_machine.travel(now() + timedelta(hours=3)):
        assert ids(office) == []


def test_a_delivery_of_the_future_is_D020(office: Office) -> None:
    sql(office, "INSERT INTO delivery (kind, target, state, created, due, attempts, error) "
        "VALUES ('push', 'x', 'done', '2126-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 0, '')")  # fmt: skip
    assert ids(office) == ["D020"]


def test_a_clock_that_never_heard_a_server_is_D021(office: Office) -> None:
    doctor_machine.TIMESYNC.mkdir()
    assert ids(office) == ["D021"]
    (doctor_machine.TIMESYNC / "synchronized").touch()
    assert ids(office) == []


def test_a_chrony_without_a_source_is_D021(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    program = office.folder / "chronyc"
    program.write_text("#!/bin/sh\necho 'Leap status     : Not synchronised'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(office.folder), prepend=os.pathsep)
    monkeypatch.setattr(doctor_machine, "TIMESYNC", office.folder / "timesync")
    monkeypatch.setattr(room, "free_mb", lambda _folder: 50_000)
    assert ids(office) == ["D021"]
    program.write_text("#!/bin/sh\necho 'Leap status     : Normal'\n")
    assert ids(office) == []


@pytest.mark.parametrize(("free", "expected"), [(499, ["D030"]), (500, ["D031"]), (1999, ["D031"]), (2000, [])])
def test_little_room_is_D031_and_hardly_any_D030(
    office: Office, monkeypatch: pytest.MonkeyPatch, free: int, expected: list[str]
) -> None:
    monkeypatch.setattr(room, "free_mb", lambda _folder: free)
    assert ids(office) == expected


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        ("data", 0o750, ["D040"]),
        ("data/secret.key", 0o644, ["D041"]),
        ("data/retention.key", 0o640, ["D041"]),
        ("config.toml", 0o644, ["D042"]),
        ("config.toml", 0o640, []),
        ("config.toml", 0o660, ["D043"]),
        ("config.toml", 0o666, ["D043", "D042"]),
    ],
)
def test_what_others_may_read_or_change_is_found(office: Office, name: str, mode: int, expected: list[str]) -> None:
    (office.folder / name).chmod(mode)
    assert ids(office) == expected


def test_a_credential_of_the_service_manager_shows_as_readable_by_its_group_and_is_no_finding(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = office.folder / "credentials"
    folder.mkdir(mode=0o700)
    (office.folder / "data" / "secret.key").rename(folder / "secret.key")
    (folder / "secret.key").chmod(0o440)
    settle(office, "security", f'secret_key_file = "{folder / "secret.key"}"')
    assert ids(office) == ["D041"]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert ids(office) == []


def test_a_login_file_of_a_point_that_others_may_read_is_D041_and_one_that_is_gone_D047(
    office: Office, open_port: int
) -> None:
    key = Path(office.file("llave", "una llave"))
    key.chmod(0o644)
    office.ask("point", "add", "palacio", HERE, "--port", str(open_port), "--key-file", str(key))
    sql(office, "UPDATE point SET host_key = 'ssh-ed25519 AAAA'")
    assert ids(office) == ["D041"]
    key.unlink()
    assert ids(office) == ["D047"]


def test_a_file_of_another_account_is_D044(office: Office) -> None:
    need("another account's file", "" if os.geteuid() == 0 else "only root may give a file away")
    os.chown(office.folder / "data" / "secret.key", 12345, -1)
    assert ids(office) == ["D044"]


@pytest.mark.parametrize(("name", "expected"), [("secret.key", "D045"), ("retention.key", "D046")])
def test_a_key_that_is_gone_or_too_short_is_found(office: Office, name: str, expected: str) -> None:
    key = office.folder / "data" / name
    key.write_text("ab")
    assert ids(office) == [expected]
    key.unlink()
    assert ids(office) == [expected]


def test_a_file_of_mail_that_is_gone_or_names_no_server_is_D047(office: Office) -> None:
    settle(office, "mail", 'url_file = "mail"')
    assert ids(office) == ["D047"]
    (office.folder / "mail").write_text("tgram://nada\n")
    (office.folder / "mail").chmod(0o600)
    assert ids(office) == ["D047"]


# --- points and mail ------------------------------------------------------------------------------------------------


def test_a_point_in_service_without_a_pinned_key_is_D050_and_one_being_entered_is_none(
    office: Office, open_port: int
) -> None:
    add_point(office, open_port, key="")
    assert ids(office) == ["D050"]
    sql(office, "UPDATE point SET enabled = 0")
    assert ids(office) == []


def test_a_point_that_showed_another_key_is_D051(office: Office, open_port: int) -> None:
    add_point(office, open_port)
    sql(office, "UPDATE point SET problem_code = 'host_key_changed', problem = 'palacio: another key'")
    assert ids(office) == ["D051"]


def test_a_point_that_did_not_end_verified_is_D052_a_warning(office: Office, open_port: int) -> None:
    add_point(office, open_port)
    sql(office, "UPDATE point SET problem_code = 'verify_failed', problem = 'palacio: two are missing'")
    (row,) = office.ask("doctor")
    assert ids(office) == ["D052"] and (row["severity"], row["about"]) == ("warning", "palacio")
    assert "two are missing" in row["says"] and "netreg point check palacio" in row["hint_en"]


def test_a_point_that_does_not_answer_is_D053_unless_offline(office: Office) -> None:
    add_point(office, closed_port())
    assert ids(office) == ["D053"] and ids(office, "--offline") == []


def test_a_name_that_no_server_knows_is_told_and_breaks_nothing() -> None:
    for host in ("a" * 70 + ".example", "\x00", "nadie.invalid", ""):
        assert doctor_reach.refusal(host, 99_999 if host == "" else 22, 0.5)


def test_a_mail_server_that_does_not_answer_is_D060_and_its_password_is_not_shown(office: Office) -> None:
    settle(office, "mail", 'url_file = "mail"')
    (office.folder / "mail").write_text(f"mailto://red:clave-secreta@{HERE}:{closed_port()}?from=red@example.org\n")
    (office.folder / "mail").chmod(0o600)
    assert ids(office) == ["D060"] and ids(office, "--offline") == []
    assert "clave-secreta" not in office.run("doctor", "--json").output


# --- certificates ---------------------------------------------------------------------------------------------------


def certificate(first: int, last: int) -> tuple[bytes, bytes]:
    """A certificate for this machine that signed itself, valid from and to so many days from now; and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HERE)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) + timedelta(days=first)).not_valid_after(
            datetime.now(UTC) + timedelta(days=last))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return made.public_bytes(encoding), key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)


@pytest.mark.parametrize(
    ("days", "expected"), [((-30, 200), []), ((-30, 29), ["D071"]), ((-30, -1), ["D070"]), ((1, 90), ["D070"])]
)
def test_an_efirma_that_is_not_valid_today_is_D070_and_one_that_ends_soon_D071(
    office: Office, days: tuple[int, int], expected: list[str]
) -> None:
    office.file("firma.cer", certificate(*days)[0])
    settle(office, "letterhead", 'efirma_certificate_file = "firma.cer"')
    assert ids(office) == expected


def test_a_file_that_is_no_certificate_is_D072_and_one_that_is_gone_D047(office: Office) -> None:
    settle(office, "letterhead", 'efirma_certificate_file = "firma.cer"')
    assert ids(office) == ["D047"]
    office.file("firma.cer", "nada")
    assert ids(office) == ["D072"]


@contextmanager
def tls_proxy(folder: Path, days: tuple[int, int]) -> Iterator[int]:
    """Answers every connection with a certificate, and hangs up."""
    shown, key = certificate(*days)
    (folder / "tls.pem").write_bytes(shown + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    with socket.create_server((HERE, 0)) as server:
        thread = threading.Thread(target=_greet, args=(server, context))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _greet(server: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            connection, _where = server.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(1)


@pytest.mark.parametrize(
    ("days", "trusted", "expected"),
    [
        ((-1, 90), True, []),
        ((-1, 90), False, ["D075"]),
        ((-1, 13), True, ["D074"]),
        ((-9, -1), True, ["D073"]),
    ],
)
def test_the_certificate_that_browsers_meet_is_looked_at(
    office: Office, monkeypatch: pytest.MonkeyPatch, days: tuple[int, int], trusted: bool, expected: list[str]
) -> None:
    with tls_proxy(office.folder, days) as port:
        settle(office, "server", f'address = "https://{HERE}:{port}"')
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(office.folder / "tls.pem"))
        assert ids(office) == expected


@pytest.mark.parametrize("address", ["https://127.0.0.1:{port}", "https://[", "https://x:99999"])
def test_an_address_of_the_portal_that_cannot_be_reached_is_D076(office: Office, address: str) -> None:
    settle(office, "server", f'address = "{address.format(port=closed_port())}"')
    assert ids(office) == ["D076"] and ids(office, "--offline") == []


# --- sources and work -----------------------------------------------------------------------------------------------


def test_a_source_that_sees_nothing_is_D080_and_one_that_ended_is_none(office: Office) -> None:
    sql(office, "INSERT INTO source (name, last_good, last_tried, error) VALUES "
        "('capture:patio', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', '')")  # fmt: skip
    assert ids(office) == ["D080"]
    sql(office, "UPDATE source SET ended = '2026-01-02 00:00:00.000000'")
    assert ids(office) == []


def owed(office: Office, minutes: float, **values: str) -> None:
    """A push to palacio, due so many minutes ago."""
    row = {"kind": "push", "target": "palacio", "state": "waiting", "attempts": "0", "error": "",
           "created": _ago(minutes), "due": _ago(minutes)} | values  # fmt: skip
    columns, given = ", ".join(row), ", ".join(f"'{one}'" for one in row.values())
    sql(office, f"INSERT INTO delivery ({columns}) VALUES ({given})")


def _ago(minutes: float) -> str:
    return f"{now() - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}"


def test_work_that_nobody_does_for_more_than_ten_minutes_is_D090(office: Office) -> None:
    owed(office, 9)
    assert ids(office) == []
    sql(office, "DELETE FROM delivery")
    owed(office, 11)
    assert ids(office) == ["D090"]


def test_work_whose_worker_died_is_D090(office: Office) -> None:
    owed(office, 30, state="running", lease_until=_ago(11), lease_by="w")
    assert ids(office) == ["D090"]


def test_work_behind_a_push_under_way_for_a_point_left_alone_or_in_the_mail_is_no_finding(
    office: Office, open_port: int
) -> None:
    owed(office, 30)
    owed(office, 30, state="running", lease_until=_ago(-1), lease_by="w")
    assert ids(office) == []
    sql(office, "DELETE FROM delivery")
    add_point(office, open_port)
    sql(office, "DELETE FROM delivery", f"UPDATE point SET retry_at = '{_ago(-5)}'")
    owed(office, 30)
    owed(office, 30, kind="notice", target="n1:1")
    assert ids(office) == []


def test_messages_that_wait_for_more_than_an_hour_are_one_D091(office: Office) -> None:
    owed(office, 59, kind="notice", target="1:late:ana")
    assert ids(office) == []
    owed(office, 61, kind="account", target="1", error="mail.example.org:587: no answer", due=_ago(-30), attempts="5")
    owed(office, 90, kind="alert", target="7", state="running", lease_until=_ago(-1), lease_by="w")
    owed(office, 90, kind="outside", target="8", state="done")
    assert ids(office) == ["D091"]
    (row,) = office.ask("doctor")
    assert "2 mensaje(s)" in row["says"] and "no answer" in row["says"]


def test_a_webhook_that_takes_nothing_for_an_hour_is_D092_each_by_its_name(office: Office) -> None:
    owed(office, 59, kind="webhook:mesa", target="1")
    assert ids(office) == []
    owed(office, 61, kind="webhook:mesa", target="2", error="webhook mesa: answered 500")
    owed(office, 300, kind="webhook:red", target="1")
    assert ids(office) == ["D092", "D092"]
    rows = office.ask("doctor")
    assert [row["about"] for row in rows] == ["mesa", "red"]
    assert "answered 500" in rows[0]["english"] and "1 event(s)" in rows[0]["english"]


def test_events_that_a_webhook_lost_lately_are_D093(office: Office) -> None:
    lost = {"kind": "webhook:mesa", "state": "failed", "error": "webhook mesa: answered 410"}
    owed(office, 300, target="1", finished=_ago(8 * 24 * 60), **lost)
    assert ids(office) == []
    owed(office, 300, target="2", finished=_ago(60), **lost)
    assert ids(office) == ["D093"]


def test_no_good_backup_for_longer_than_the_alarm_is_D100_and_a_new_installation_has_that_long(office: Office) -> None:
    recipient = office.ask("backup", "keygen", str(office.folder / "usb.key"))["recipient"]
    (office.folder / "copias").mkdir()
    settle(office, "backup", f'folder = "{office.folder / "copias"}"')
    settle(office, "backup", f'recipients = ["{recipient}"]')
    assert ids(office) == []
    with time_machine.travel(now() + timedelta(hours=37)):
        assert ids(office) == ["D100"]


# --- words ----------------------------------------------------------------------------------------------------------


def test_hostile_names_and_problems_are_harmless_lines(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "data" / "netreg.db", isolation_level=None)) as connection:
        add_point(office, closed_port())
        connection.execute("UPDATE point SET name = ?, problem = ?, problem_code = 'x'", (HOSTILE, HOSTILE * 90))
    rows = office.ask("doctor", exit_code=1)
    assert [row["id"] for row in rows] == ["netreg.D053", "netreg.D052"]
    for text in (text for row in rows for text in row.values()):
        assert text.isprintable() and len(text) < 1000
    assert """'antena [2J "; rm -rf ~ {about}'""" in rows[1]["hint"], "what is copied into a shell is one word"
    said = office.run("doctor").stdout
    assert "\x1b" not in said and "\u202e" not in said and len(said.splitlines()) == 5


def test_both_languages_say_it_and_the_office_reads_its_own(office: Office) -> None:
    (office.folder / "data" / "secret.key").chmod(0o644)
    (row,) = office.ask("doctor", exit_code=1)
    assert "secreto" in row["says"] and "secret" in row["english"] and row["hint"] != row["hint_en"]
    settle(office, "office", 'language = "en"')
    assert "Other accounts may read the secret" in office.run("doctor").stdout


def test_every_sentence_can_be_filled_and_stays_one_line() -> None:
    for id, kind in CATALOGUE.items():
        sentences = (kind.says, kind.english, kind.hint, kind.hint_en)
        fields = {field for text in sentences for _text, field, _spec, _how in Formatter().parse(text) if field}
        finding = found(id, **dict.fromkeys(fields, HOSTILE))
        assert "\n" not in finding.says + finding.hint and kind.severity in ("error", "warning")
    assert harmless("x" * 10_000) == "x" * 200


def test_operations_names_every_finding_and_how_bad_it_is() -> None:
    rows = re.findall(r"^\| `(netreg\.D[0-9]{3})` \| (error|warning) \|", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    assert rows == [(id, kind.severity) for id, kind in CATALOGUE.items()], "docs/operations.md has the table"


def test_every_finding_is_planted_here() -> None:
    planted = set(re.findall(r'"(D[0-9]{3})"', Path(__file__).read_text("utf-8")))
    assert planted == {id.removeprefix("netreg.") for id in CATALOGUE}
