"""Commands over SSH to a box of the lab, for the tests of the lab itself."""

from __future__ import annotations

import base64

import paramiko

from tests.lab.bed import Bed
from tests.lab.simulated import SimulatedFirewall


def over_ssh(lab: Bed | SimulatedFirewall, command: str, stdin: bytes = b"") -> tuple[int, str]:
    """Run a command as the product would: with the lab's key, and its host key pinned. Its status and output."""
    client = paramiko.SSHClient()
    kind, key = lab.known_key.split()
    client.get_host_keys().add(
        f"[{lab.host}]:{lab.port}", kind, paramiko.PKey.from_type_string(kind, base64.b64decode(key))
    )
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    with client:
        client.connect(lab.host, lab.port, lab.user, key_filename=str(lab.key_file), allow_agent=False)
        sending, output, complaint = client.exec_command(command, timeout=20)
        with sending, output, complaint:
            sending.write(stdin)
            sending.channel.shutdown_write()
            text = output.read().decode()
            return output.channel.recv_exit_status(), text
