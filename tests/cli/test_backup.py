"""Backups at the console: a key, a backup, the machine gone, everything back."""

from __future__ import annotations

import shutil

from tests.cli.conftest import Office


def test_a_lost_machine_comes_back_from_the_file_and_the_key_alone(office: Office) -> None:
    made = office.ask("backup", "keygen", str(office.folder / "usb.key"))
    assert made["recipient"].startswith("age1")
    file = str(office.folder / "netreg.age")
    said = office.ask("backup", file, "--recipient", made["recipient"])
    assert said["tables"]["area"] == 2 and said["chain"]["broken_at"] is None and len(said["sha256"]) == 64
    seen = office.ask("backup", "verify", file, "--identity", str(office.folder / "usb.key"))
    assert seen["tables"] == said["tables"] and seen["from"] == "sqlite"
    shutil.rmtree(office.folder / "data")
    office.path.unlink()
    back = office.ask("restore", file, "--identity", str(office.folder / "usb.key"))
    assert back["held"] == [] and back["aside"] is None
    assert {one["code"] for one in office.ask("area", "list")} == {"OBRAS", "DIF"}
    assert office.ask("audit", "list")[0]["name"] == "backup.restored"
    assert (office.folder / "data" / "secret.key").stat().st_mode & 0o077 == 0
    assert office.run("doctor").exit_code == 0


def test_a_backup_is_sealed_unless_somebody_says_otherwise(office: Office) -> None:
    file = str(office.folder / "netreg.tar.gz")
    assert office.refused("backup", file) == ("backup_plain", "recipients")
    assert "Sin cifrar" in office.run("backup", "--plain", file).stdout
    assert office.refused("backup", "--plain", file) == ("file_exists", "")
    assert office.refused("restore", file) == ("restore_not_empty", "")
    assert "Fuera" not in (done := office.run("restore", file, "--replace")).stdout and "before-restore-" in done.stdout
    assert office.ask("audit", "list")[-1]["seq"] == 1


def test_a_key_that_is_none_for_sealing_is_refused(office: Office) -> None:
    file = str(office.folder / "netreg.age")
    assert office.refused("backup", file, "--recipient", "age1xyz") == ("backup_recipient", "recipients")
    assert not (office.folder / "netreg.age").exists()


def test_a_point_that_waits_after_a_restore_is_told(office: Office) -> None:
    office.run("point", "add", "cortafuegos", "192.0.2.1", "--key-file", "agent")
    file = str(office.folder / "netreg.tar.gz")
    office.run("backup", "--plain", file)
    done = office.run("restore", "--replace", file)
    assert "Fuera de servicio hasta que alguien vea su plan" in done.stdout and "cortafuegos" in done.stdout
    assert office.ask("point", "list")[0]["status"] == "new"
