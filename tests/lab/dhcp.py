"""A DHCP server of a town hall: dnsmasq gives an address to whoever is in netreg's list, and no answer to others.

    devices, each with a real DHCP client -- switch -- lan0 [ box: dnsmasq, sshd ]

The login `netreg` is not root. It may read the list, work in /run/netreg, and run one program as dnsmasq through sudo:
`netreg-load`, which an administrator installs from docs/points/dnsmasq.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.lab.bed import POINTS, Bed, LabError, bed_available, path, wait_until

LIST = "/var/lib/netreg/hosts"
LOAD = "sudo -n -u dnsmasq /usr/local/sbin/netreg-load"
LOG, PID_FILE = "/var/log/netreg-dhcp.log", "/run/dnsmasq/dnsmasq.pid"
# Prints the digest of the file, if that is what dnsmasq has loaded: by the loader, or by its own start after it.
LOADED = (
    f'd=$(sha256sum < {LIST} | cut -c1-64) && {{ [ "$d" = "$(cat {LIST}.loaded)" ] && [ ! {LIST} -nt {LIST}.loaded ] '
    f"&& [ ! {PID_FILE} -nt {LIST}.loaded ] || [ {PID_FILE} -nt {LIST} ]; }} && echo $d"
)
GATEWAY, GATEWAY_MAC = "10.80.0.1/24", "00:0c:42:10:00:04"


class DhcpLab(Bed):
    """The running server with an empty list. Make it with `up`, end it with `down` or as a context manager."""

    setup = ("dhcp.sh", "dhcp.conf", *(str(POINTS / "dnsmasq" / file) for file in ("netreg-load", "sudoers")))

    def __init__(self, directory: Path, name: str | None, port: int, keys: Path | None) -> None:
        super().__init__(directory, name, port, keys)
        self._devices: dict[str, str] = {}

    def asks(self, mac: str) -> str | None:
        """The address that a device gets when it asks, or None when the server says that it ignores it.

        `mac` is colon-lower. The device stays on the switch; the lease is the server's to keep. LabError after 20 s.
        """
        namespace = self._devices.get(mac) or self._devices.setdefault(mac, self._plug(f"d{len(self._devices)}", mac))
        refusal = f"DHCPDISCOVER(lan0) {mac} ignored"
        before = self._log().count(refusal)
        # One question a second until an answer comes; the client itself never gives up before us.
        client = ("udhcpc", "-f", "-q", "-i", "eth0", "-t", "60", "-T", "1", "-s", "/bin/true")
        argv = ["ip", "netns", "exec", namespace, "env", f"PATH={path()}", *client]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                wait_until(
                    lambda: process.poll() is not None or self._log().count(refusal) > before,
                    f"an answer to {mac}",
                )
            finally:
                process.kill()
            said = process.communicate()[0]
        if lease := re.search(r"lease of ([0-9.]+) obtained", said):
            return lease[1]
        if self._log().count(refusal) == before:
            raise LabError(f"the client of {mac} ended without an address and without a refusal: {said.strip()}")
        return None

    def restart(self) -> None:
        """Stop the server and start it as a reboot would; the leases stay. Returns when it has read its list."""
        self.stop(PID_FILE)
        self.start()

    def start(self) -> None:
        """Start the server that was stopped; returns when it has read its list."""
        read = f"read {LIST}\n"
        before = self._log().count(read)
        self.run("dnsmasq", "-C", "/etc/dnsmasq.conf")
        wait_until(lambda: self._log().count(read) > before, "the DHCP server to read its list")

    def _wire(self) -> None:
        self._switch(GATEWAY, GATEWAY_MAC)

    def _log(self) -> str:
        return self.run("cat", LOG)


def dhcp_available() -> str:
    """Why this machine cannot run the bed, or an empty text where it can."""
    return bed_available(("dnsmasq", "udhcpc", "sudo"))
