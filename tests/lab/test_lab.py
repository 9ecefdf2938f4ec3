"""The lab itself keeps its promises, so that what it shows about netreg can be believed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from tests.conftest import need
from tests.lab.firewall import FirewallLab, LabError, LabHost, lab_available, wait_until
from tests.lab.login import over_ssh
from tests.lab.simulated import SimulatedFirewall

Lab = FirewallLab | SimulatedFirewall
GATE = "netdev netreg allow"
ROGUE = "00:1a:11:10:00:09"
OWNER = """
import sys
from pathlib import Path
from tests.lab.firewall import FirewallLab
lab = FirewallLab.up(Path(sys.argv[1]), sys.argv[2], phones=1)
lab.nft("add element netdev netreg allow { %s }" % lab.phones[0].mac)
flow = lab.flow(lab.phones[0], "udp")
assert flow.wait_until_heard(5)
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["real", "simulated"])
def either_lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    if request.param == "real":
        yield request.getfixturevalue("lab")
        return
    with SimulatedFirewall.up(tmp_path) as simulated:
        yield simulated


def admit(lab: Lab, host: LabHost, label: str = "") -> None:
    lab.nft(f"add element {GATE} {{ {host.mac}" + (f' comment "{label}" }}' if label else " }"))


def remove(lab: Lab, host: LabHost) -> None:
    lab.nft(f"delete element {GATE} {{ {host.mac} }}")


def macs_in(answer: str) -> set[str]:
    elements = json.loads(answer)["nftables"][1]["set"].get("elem", [])
    return {element if isinstance(element, str) else element["elem"]["val"] for element in elements}


@pytest.mark.lab
def test_a_phone_is_blocked_until_its_address_is_in_the_set_and_again_after(either_lab: Lab) -> None:
    phone, other = either_lab.phones[:2]
    assert not phone.ping()
    admit(either_lab, phone)
    assert phone.wait_for_ping(True, seconds=5) is not None
    assert phone.ping() and not other.ping()
    remove(either_lab, phone)
    assert phone.wait_for_ping(False, seconds=5) is not None
    assert not phone.ping()


@pytest.mark.lab
@pytest.mark.parametrize("proto", ["udp", "tcp", "ping"])
def test_a_running_flow_falls_silent_when_its_phone_is_removed(lab: FirewallLab, proto: str) -> None:
    phone = lab.phones[0]
    admit(lab, phone)
    with lab.flow(phone, proto) as flow:
        assert flow.wait_until_heard(5, more=10)
        remove(lab, phone)
        assert flow.wait_until_silent(1, timeout=5)
        heard = flow.heard()
        assert not flow.wait_until_heard(1)
        admit(lab, phone)
        # A download that stalled comes back on TCP's own timer, so only the others are waited for.
        assert proto == "tcp" or (flow.wait_until_heard(5) and flow.heard() > heard)


@pytest.mark.lab
def test_a_device_nobody_let_in_is_noted_as_refused(lab: FirewallLab) -> None:
    rogue = lab.add_host(ROGUE, "10.78.0.66")
    assert not rogue.ping()
    assert ROGUE in macs_in(lab.nft("-j", "list set netdev netreg refused"))


@pytest.mark.lab
def test_the_scanner_hears_devices_on_its_own_segment(lab: FirewallLab) -> None:
    phone = lab.phones[2]
    assert lab.scanner.run("ping", "-n", "-c", "1", "-W", "2", phone.ip).returncode == 0
    assert phone.mac in lab.scanner.run("ip", "neigh", "show", phone.ip).stdout


@pytest.mark.lab
def test_the_office_has_rules_of_its_own_with_a_set_of_the_same_name(either_lab: Lab) -> None:
    assert "contabilidad" in either_lab.nft("list set inet office allow")
    either_lab.nft(f"flush set {GATE}")
    assert macs_in(either_lab.nft("-j", "list set inet office allow")) == {"00:1b:a9:0a:0b:0c"}


@pytest.mark.lab
def test_a_reboot_keeps_exactly_what_was_saved_on_the_box(either_lab: Lab) -> None:
    saved, unsaved = either_lab.phones[:2]
    admit(either_lab, saved)
    admit(either_lab, unsaved)
    line = f"add element {GATE} {{ {saved.mac} }}\n".encode()
    assert over_ssh(either_lab, "cat > /etc/nftables.d/netreg.nft", line) == (0, "")
    either_lab.reload_rules()
    assert saved.ping() and not unsaved.ping()
    assert not Path("/etc/nftables.d/netreg.nft").exists()


@pytest.mark.lab
def test_both_labs_give_the_same_answers_over_ssh(either_lab: Lab) -> None:
    one, two = either_lab.phones[:2]
    admit(either_lab, one, label="ADJ-1")
    status, answer = over_ssh(either_lab, f"nft -j list set {GATE}")
    assert (status, json.loads(answer)["nftables"][1]["set"]["elem"]) == (
        0,
        [{"elem": {"val": one.mac, "comment": "ADJ-1"}}],
    )
    script = f'delete element {GATE} {{ {one.mac} }}\nadd element {GATE} {{ {two.mac} comment "x",\n{ROGUE} }}\n'
    stage = "mkdir -p /run/netreg-t && cat > /run/netreg-t/new && nft -c -f /run/netreg-t/new"
    assert over_ssh(either_lab, stage, script.encode()) == (0, "")
    assert macs_in(either_lab.nft("-j", f"list set {GATE}")) == {one.mac}, "a check changed the set"
    assert over_ssh(either_lab, "nft -f /run/netreg-t/new")[0] == 0
    assert over_ssh(either_lab, "nft -f /run/netreg-t/new")[0] == 1, "an absent element was deleted"
    assert macs_in(either_lab.nft("-j", f"list set {GATE}")) == {two.mac, ROGUE}
    assert over_ssh(either_lab, "nft list set netdev netreg nosuch")[0] == 1
    assert over_ssh(either_lab, f"nft list set {GATE} | grep -c comment.*x")[1].strip() == "1"
    assert over_ssh(either_lab, "nosuchcommand")[0] == 127


@pytest.mark.lab
def test_a_timer_left_on_the_point_runs_on_after_the_session(either_lab: Lab) -> None:
    phone = either_lab.phones[0]
    timer = f"setsid sh -c 'sleep 0.3; nft add element {GATE} \"{{ {phone.mac} }}\"' </dev/null >/dev/null 2>&1 &"
    assert over_ssh(either_lab, timer)[0] == 0
    assert phone.wait_for_ping(True, seconds=5) is not None


@pytest.mark.lab
def test_a_changed_host_key_and_a_stopped_sshd_are_noticed_by_who_logs_in(either_lab: Lab) -> None:
    before = either_lab.known_key
    either_lab.change_host_key()
    assert either_lab.known_key != before and over_ssh(either_lab, "true") == (0, "")
    either_lab.stop_sshd()
    with pytest.raises((paramiko.SSHException, OSError)):
        over_ssh(either_lab, "true")
    either_lab.start_sshd()
    assert over_ssh(either_lab, "true") == (0, "")


@pytest.mark.lab
def test_what_nft_refuses_is_an_error_with_its_complaint(either_lab: Lab) -> None:
    with pytest.raises(LabError, match="No such file or directory"):
        either_lab.nft("list set netdev netreg nosuch")


@pytest.mark.lab
def test_several_labs_run_side_by_side_and_leave_nothing(firewall_lab: FirewallLab, tmp_path: Path) -> None:
    with FirewallLab.up(tmp_path, phones=1) as second:
        admit(second, second.phones[0])
        assert second.phones[0].ping() and not firewall_lab.phones[0].ping()
    assert not namespaces(second.name) and not list(tmp_path.iterdir())


@pytest.mark.lab
def test_a_lab_whose_owner_is_killed_takes_itself_down(tmp_path: Path) -> None:
    need("the firewall lab", lab_available())
    name = f"kill{os.getpid()}"
    argv = [sys.executable, "-c", OWNER, str(tmp_path), name]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout and select.select([owner.stdout], [], [], 30)[0] and owner.stdout.readline() == "up\n"
        members = [pid for namespace in namespaces(name) for pid in pids(namespace)]
        assert members
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not namespaces(name), "the namespaces to go")
    wait_until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in members), "the processes to go")
    wait_until(lambda: not list(tmp_path.iterdir()), "the state to go")


def namespaces(lab: str) -> list[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line.startswith(f"{lab}-")]


def pids(namespace: str) -> list[str]:
    return subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=True).stdout.split()
