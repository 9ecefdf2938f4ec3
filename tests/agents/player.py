"""A device that nobody can run here: an SSH server that plays a recorded conversation, and minds every key of it.

A recording is text. `== ...` begins a terminal of its own; what follows is printed, the last line without an end,
until `> ...`, a line that must be typed then, or `~ ...`, keys that must be pressed (with Python's escapes, `~ \\x18`).
The device echoes a line and prints what follows. `!! hang up` ends the terminal, `!! no answer` says nothing more.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

STYLES = ("whole", "bytes", "colours")
PASSWORD = "Tres-nubes-y-1-cabra"
# What a player may want as the proof of who logs in: a method of SSH, or nothing before its screen.
WAYS = {"key": "publickey", "password": "password", "question": "keyboard-interactive", "nothing": "none"}


@dataclass
class Turn:
    """What must come, and what is printed then."""

    keys: str
    echoed: bool
    prints: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\r\n".join(self.prints)


def read(text: str) -> list[list[Turn]]:
    """The terminals of a recording, each a list of turns; the first turn waits for nothing."""
    terminals: list[list[Turn]] = []
    for line in text.splitlines():
        if line.startswith("== "):
            terminals.append([Turn("", echoed=False)])
        elif line.startswith("> ") or line == ">":
            terminals[-1].append(Turn(line[2:] + "\r", echoed=True))
        elif line.startswith("~ "):
            terminals[-1].append(Turn(line[2:].encode().decode("unicode_escape"), echoed=False))
        else:
            terminals[-1][-1].prints.append(line)
    return terminals


class Player(paramiko.ServerInterface):
    """Plays the terminals of one recording in their order; `problems` says what was not as recorded."""

    def __init__(self, recording: str, user_key: paramiko.PKey, style: str = "whole", way: str = "key") -> None:
        self.terminals, self.style, self.user_key, self.way = read(recording), style, user_key, way
        self.password = PASSWORD
        # The rounds of a keyboard-interactive login: in each its questions, with whether the answer may be seen.
        self.questions = [[("Password: ", False)]]
        self.sent: list[str] = []
        self.host_key = paramiko.ECDSAKey.generate()
        self.problems: list[str] = []
        self.logins: list[str] = []
        self._played = 0
        self._threads: list[threading.Thread] = []
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def known_key(self) -> str:
        return f"{self.host_key.get_name()} {self.host_key.get_base64()}"

    @contextmanager
    def playing(self) -> Iterator[Player]:
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            # Closing alone would not wake the thread that accepts.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for transport in self._transports:
                transport.close()
            for thread in (accepting, *self._threads):
                thread.join(5)
            if self._played != len(self.terminals) and not self.problems:
                self.problems.append(f"{len(self.terminals) - self._played} terminals were never opened")

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                # As sshd does: otherwise every other answer waits 40 ms for a receipt.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                transport = paramiko.Transport(connection)
                self._transports.append(transport)
                transport.add_server_key(self.host_key)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=self)

    # --- what paramiko asks a server ---

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.logins.append(username)
        good = key.get_base64() == self.user_key.get_base64()
        return paramiko.common.AUTH_SUCCESSFUL if good else paramiko.common.AUTH_FAILED

    def check_auth_none(self, username: str) -> int:
        return paramiko.common.AUTH_SUCCESSFUL if self.way == "nothing" else paramiko.common.AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        self.logins.append(username)
        self.sent.append(password)
        good = password == self.password and self.way == "password"
        return paramiko.common.AUTH_SUCCESSFUL if good else paramiko.common.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> int | paramiko.InteractiveQuery:
        self.logins.append(username)
        return self._ask(0)

    def check_auth_interactive_response(self, responses: list[str]) -> int | paramiko.InteractiveQuery:
        self.sent += responses
        if len(self.sent) < len(self.questions):
            return self._ask(len(self.sent))
        good = self.sent == [self.password]
        return paramiko.common.AUTH_SUCCESSFUL if good else paramiko.common.AUTH_FAILED

    def _ask(self, number: int) -> paramiko.InteractiveQuery:
        return paramiko.InteractiveQuery("", "", *self.questions[number])

    def get_allowed_auths(self, username: str) -> str:
        return WAYS[self.way]

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_arguments: Any) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        if self._played == len(self.terminals):
            self.problems.append("one terminal more than recorded was opened")
            return False
        turns = self.terminals[self._played]
        self._played += 1
        thread = threading.Thread(target=self._play, args=(channel, turns), daemon=True)
        self._threads.append(thread)
        thread.start()
        return True

    # --- one terminal ---

    def _play(self, channel: paramiko.Channel, turns: list[Turn]) -> None:
        with suppress(OSError, EOFError):
            for turn in turns:
                if not self._wait_for(channel, turn) or not self._print(channel, turn):
                    return
            if extra := channel.recv(1000):
                self.problems.append(f"more was typed than recorded: {extra!r}")
                channel.close()

    def _wait_for(self, channel: paramiko.Channel, turn: Turn) -> bool:
        heard = b""
        while len(heard) < len(turn.keys.encode()):
            part = channel.recv(1)
            if not part:
                self.problems.append(f"hung up where {turn.keys!r} was to come, after {heard!r}")
                return False
            heard += part
            if not turn.keys.encode().startswith(heard):
                rest = channel.recv(200) if channel.recv_ready() else b""
                self.problems.append(f"{heard + rest!r} came where {turn.keys!r} was recorded")
                channel.close()
                return False
        return True

    def _print(self, channel: paramiko.Channel, turn: Turn) -> bool:
        ending = turn.prints[-1] if turn.prints and turn.prints[-1].startswith("!! ") else ""
        text = "\r\n".join(turn.prints[:-1] if ending else turn.prints)
        if turn.echoed:
            text = turn.keys.rstrip("\r") + "\r\n" + text
        self._send(channel, text)
        if ending == "!! hang up":
            channel.get_transport().close()
        return not ending

    def _send(self, channel: paramiko.Channel, text: str) -> None:
        if self.style == "colours":
            text = "\r\n".join(f"\x1b[0m\x1b[2K\r{line}\x1b[0m" for line in text.split("\r\n"))
        if self.style != "bytes":
            channel.sendall(text.encode())
            return
        for byte in text.encode():
            channel.sendall(bytes([byte]))


def password_file(folder: Path, password: str = PASSWORD) -> str:
    """The password in a file of its own, as netreg wants it."""
    file = folder / "password"
    file.write_text(password + "\n")
    file.chmod(0o600)
    return str(file)


def user_key(folder: Path) -> tuple[Path, paramiko.PKey]:
    """A login key in a file of its own."""
    key = paramiko.ECDSAKey.generate()
    file = folder / "key"
    key.write_private_key_file(str(file))
    return file, key
