"""The WiFi lab keeps its promises, and its access point has the traps that netreg must mind."""

from __future__ import annotations

import base64
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import paramiko
import pytest

from tests.lab.firewall import LabError, wait_until
from tests.lab.wifi import WifiLab, holds_within

pytestmark = pytest.mark.lab

SECONDS = 30.0  # for what takes one or two where nothing else runs
SHOWN_AT_MOST = 146  # 4096 bytes of answer, 28 a line
CLI = "/usr/sbin/hostapd_cli -i wlan0"
ALLOWED = (f"{CLI} ping | grep PONG", "touch /etc/netreg/new && mv /etc/netreg/new /etc/netreg/wlan0.accept")
FORBIDDEN = (
    "cat /etc/shadow", "cat /etc/hostapd/hostapd.conf", "cat /etc/ssh/host_key", "ls /lab", "su -c id",
    *(f"touch {folder}/new" for folder in ("", "/etc", "/etc/hostapd", "/etc/ssh", "/run", "/usr/bin")),
    "kill $(cat /run/hostapd.pid)", "ip link set wlan0 down", "mount -t tmpfs none /etc/netreg",
)  # fmt: skip
OWNER = """
import sys
from pathlib import Path
from tests.lab.wifi import WifiLab
lab = WifiLab.up(Path(sys.argv[1]), aps=2, phones=1)
phone = lab.phones[0]
lab.hostapd(1, "accept_acl", "ADD_MAC", phone.mac)
phone.connect(ap=0)
assert phone.wait_until_refused(30)
phone.connect(ap=1)
assert phone.wait_until_associated(30)
print(lab.port(0), lab.port(1), flush=True)
sys.stdin.read()
"""


def over_ssh(lab: WifiLab, command: str, stdin: str = "", user: str = WifiLab.user) -> tuple[int, str]:
    """Run a command as the product would: with the lab's key, and its host key pinned."""
    client = paramiko.SSHClient()
    kind, key = lab.known_key().split()
    known = paramiko.PKey.from_type_string(kind, base64.b64decode(key))
    client.get_host_keys().add(f"[{lab.host}]:{lab.port()}", kind, known)
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    with client:
        client.connect(
            lab.host, lab.port(), user, key_filename=str(lab.key_file), allow_agent=False,
            timeout=SECONDS, banner_timeout=SECONDS, auth_timeout=SECONDS,
        )  # fmt: skip
        sending, output, complaint = client.exec_command(command, timeout=SECONDS)
        with sending, output, complaint:
            sending.write(stdin)
            sending.channel.shutdown_write()
            text = output.read().decode() + complaint.read().decode()
            return output.channel.recv_exit_status(), text


def test_a_phone_is_on_the_air_only_while_its_address_is_on_the_list(wifi: WifiLab) -> None:
    phone, other = wifi.phones
    phone.connect()
    assert phone.wait_until_refused(SECONDS) and not phone.is_associated()
    assert over_ssh(wifi, f"{CLI} accept_acl ADD_MAC {phone.mac}") == (0, "OK\n")
    phone.connect()
    other.connect()
    assert phone.wait_until_associated(SECONDS)
    assert other.wait_until_refused(SECONDS) and not other.is_associated()
    assert over_ssh(wifi, f"{CLI} accept_acl ADD_MAC {other.mac}") == (0, "OK\n")
    assert phone.losses() == 0, "letting somebody in threw somebody else off"
    assert over_ssh(wifi, f"{CLI} accept_acl DEL_MAC {phone.mac}") == (0, "OK\n")
    assert phone.wait_until_gone(SECONDS) and phone.losses() == 1


def test_a_phone_switched_off_is_gone(wifi: WifiLab) -> None:
    phone = wifi.phones[0]
    wifi.hostapd(0, "accept_acl", "ADD_MAC", phone.mac)
    phone.connect()
    assert phone.wait_until_associated(SECONDS) and not phone.wait_until_gone(0)
    phone.disconnect()
    assert not phone.is_associated() and phone.wait_until_gone(0)
    assert holds_within(SECONDS, lambda: "[AUTHORIZED]" not in wifi.hostapd(0, "all_sta"))


def test_the_list_is_longer_than_what_hostapd_shows_of_it(wifi: WifiLab) -> None:
    last = wifi.phones[0]
    macs = [f"02:bb:00:00:{number // 256:02x}:{number % 256:02x}" for number in range(199)] + [last.mac]
    wifi.run(0, "cp", "/dev/stdin", wifi.accept_file, stdin="".join(f"{mac}\n" for mac in sorted(macs)))
    wifi.restart_hostapd()
    shown = wifi.hostapd(0, "accept_acl", "SHOW").split("\n")[:-1]
    assert len(shown) == SHOWN_AT_MOST and not any(last.mac in line for line in shown)
    last.connect()
    assert last.wait_until_associated(SECONDS), "it is on the list, though not among what is shown"


def test_a_restart_keeps_exactly_what_was_saved(wifi: WifiLab) -> None:
    saved, unsaved = wifi.phones
    write = f"cat >{wifi.accept_file}.new && mv {wifi.accept_file}.new {wifi.accept_file}"
    assert over_ssh(wifi, write, f"{saved.mac}\n") == (0, "")
    assert saved.mac not in wifi.hostapd(0, "accept_acl", "SHOW"), "the file alone changes nothing"
    wifi.hostapd(0, "accept_acl", "ADD_MAC", unsaved.mac)
    wifi.restart_hostapd()
    assert wifi.hostapd(0, "accept_acl", "SHOW") == f"{saved.mac} VLAN_ID=0\n"
    saved.connect()
    unsaved.connect()
    assert saved.wait_until_associated(SECONDS) and unsaved.wait_until_refused(SECONDS)


def test_a_saved_list_with_a_line_that_is_no_address_keeps_the_access_point_off_the_air(wifi: WifiLab) -> None:
    assert over_ssh(wifi, "echo nonsense >/etc/netreg/wlan0.accept") == (0, "")
    with pytest.raises(LabError, match="Invalid MAC address 'nonsense' at line 1"):
        wifi.restart_hostapd()
    wifi.reset()
    assert "state=ENABLED" in wifi.hostapd(0, "status")


def test_a_list_that_is_no_longer_asked_looks_as_it_did(wifi: WifiLab) -> None:
    stranger = wifi.phones[0]
    assert over_ssh(wifi, f"{CLI} set macaddr_acl 0") == (0, "OK\n")
    assert over_ssh(wifi, f"{CLI} accept_acl SHOW; {CLI} get macaddr_acl") == (0, "FAIL\n")
    stranger.connect()
    assert stranger.wait_until_associated(SECONDS)


def test_the_account_keeps_the_list_and_can_do_nothing_else(wifi: WifiLab) -> None:
    tried = (*ALLOWED, *FORBIDDEN)
    script = "; ".join(f"({command}) >/dev/null 2>&1 && echo {shlex.quote(command)}" for command in tried)
    assert over_ssh(wifi, f"{script}; :") == (0, "".join(f"{command}\n" for command in ALLOWED))
    assert over_ssh(wifi, "find / -xdev -perm +6000 2>/dev/null; :") == (0, ""), "a program lends it another's rights"
    owned = wifi.run(0, "find", "/etc", "/home", "/run", "/usr", "/var", "-user", "netreg").split()
    assert sorted(owned) == ["/etc/netreg", wifi.accept_file, "/home/netreg", "/run/netreg"]
    with pytest.raises(paramiko.AuthenticationException):
        over_ssh(wifi, "true", user="root")


def test_a_command_that_fails_says_why_and_any_byte_goes_through(wifi: WifiLab) -> None:
    with pytest.raises(LabError, match="status 3: no, not even"):
        wifi.run(0, "sh", "-c", "echo 'no, not even' >&2; exit 3")
    words = "ñandú\n\\n %s $HOME 'x' \"y\" -"
    assert wifi.run(0, "printf", "%s", words) == words
    assert wifi.run(0, "cat", stdin=words) == words
    with pytest.raises(LabError, match="no access point 1"):
        wifi.port(1)


def test_several_labs_run_side_by_side_and_one_whose_owner_is_killed_takes_itself_down(
    wifi_lab: WifiLab, tmp_path: Path
) -> None:
    argv = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout and select.select([owner.stdout], [], [], 120)[0]
        ports = {int(port) for port in owner.stdout.readline().split()}
        assert len(ports | {wifi_lab.port()}) == 3
        machine = machine_of(tmp_path)
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{machine}/exe").exists(), "the machine to end")
    wait_until(lambda: not list(tmp_path.iterdir()), "the state to go")
    assert wifi_lab.run(0, "hostname") == "ap0\n"


def machine_of(folder: Path) -> int:
    """The process of the virtual machine whose lab is in this folder."""
    [console] = folder.glob("*/console")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(fd) == str(console) for fd in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:
            continue
    raise AssertionError("no machine writes to the console")
