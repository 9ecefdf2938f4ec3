"""A RADIUS server as WiFi controllers and switches ask it: FreeRADIUS decides by hardware address from netreg's list.

    access point (the management network) -- [ box: freeradius, sshd ]

The login `netreg` is not root. It may read the list and which one is loaded, work in /run/netreg, and run one program
as freerad, `netreg-load`, through sudo: what an administrator installs from docs/points/freeradius-files.
"""

from __future__ import annotations

import re

from tests.lab.bed import BOX_IP, POINTS, Bed, LabError, bed_available, run, wait_until

LIST = "/var/lib/netreg/authorized_macs"
LOAD = "sudo -n -u freerad /usr/local/sbin/netreg-load"
# Prints the digest of the list that the running server has loaded, in its own words, and the moment of the loading.
TOLD = (
    r"""printf 'Calling-Station-Id = "netreg-list"\nMessage-Authenticator = 0x00\n' | """
    r"radclient -x -r 1 -t 2 -S /etc/netreg/secret 127.0.0.1 auth 2>/dev/null | "
    r"""sed -n 's/^\tReply-Message = "\(.*\)"$/\1/p'"""
)
PID_FILE = "/run/freeradius/freeradius.pid"


class RadiusLab(Bed):
    """The running server with an empty list. Make it with `up`, end it with `down` or as a context manager."""

    setup = (
        "radius.sh",
        *(str(POINTS / "freeradius-files" / file) for file in ("site", "module", "netreg-load", "sudoers")),
    )

    def asks(self, mac: str) -> bool:
        """Whether the server lets this device in, when an access point asks; LabError if it does not answer."""
        return self._ask(mac) == "Accept"

    def restart(self) -> None:
        """Stop the server and start it as a reboot would; returns when it answers."""
        self.stop(PID_FILE)
        self.start()

    def start(self) -> None:
        """Start the server that was stopped; returns when it answers."""
        self.run("freeradius")
        wait_until(self._replies, "the RADIUS server to answer")

    def _settle(self) -> None:
        clients = self.run("cat", "/etc/freeradius/3.0/clients.conf")
        self._secret = re.findall(r"secret = (\w+)", clients)[0]

    def _replies(self) -> bool:
        try:
            return bool(self._ask("02-00-00-00-00-00"))
        except LabError:
            return False

    def _ask(self, mac: str) -> str:
        asking = f'User-Name = "{mac}"\nCalling-Station-Id = "{mac}"\nMessage-Authenticator = 0x00\n'
        client = f"radclient -x -r 3 -t 2 {BOX_IP} auth {self._secret} 2>&1 || true"
        said = run("ip", "netns", "exec", self._in("mgmt"), "sh", "-c", client, stdin=asking)
        if answer := re.search(r"^Received Access-(Accept|Reject) ", said, re.MULTILINE):
            return answer[1]
        raise LabError(f"the RADIUS server did not answer: {said.strip()}")


def radius_available() -> str:
    """Why this machine cannot run the bed, or an empty text where it can."""
    return bed_available(("freeradius", "radmin", "radclient", "sudo"))
