"""A wire that may do anything, and a clock that only the test moves: paramiko's part, to a point that is simulated.

Everything above the wire is netreg's own: `agents.ssh` logs in, waits and gives up here as it does anywhere. A deadline
of a minute takes no time, because the clock jumps there as soon as there is nothing more to hear.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, Protocol

import paramiko
import pytest

from agents import channels, console, push, signin, ssh

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"
# What a kept shell is sent, taken apart again.
FRAMED = re.compile(
    re.escape(channels.FRAMED.format(command="COMMAND", mark="MARK"))
    .replace("COMMAND", r"(?P<command>.*)")
    .replace("MARK", r"(?P<mark>[0-9a-f]{32})", 1)
    .replace("MARK", "(?P=mark)"),
    re.ASCII | re.DOTALL,
)
NOISE = [(b"x" * 1000 + b"\r\n") * 64] * 160  # 10 MB
Style = Callable[[bytes], Iterable[bytes]]


class Dropped(Exception):
    """The point was cut off before it could answer."""


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Remote(Protocol):
    """The point at the far end of a wire."""

    def execute(self, command: str, stdin: bytes) -> tuple[int, bytes, bytes]: ...
    def terminal(self) -> tuple[object, str]: ...
    def press(self, terminal: Any, keys: str) -> str: ...
    def hung_up(self, terminal: Any) -> None: ...


def whole(text: bytes) -> Iterable[bytes]:
    return [text]


def byte_by_byte(text: bytes) -> Iterable[bytes]:
    return (text[at : at + 1] for at in range(len(text)))


def coloured(text: bytes) -> Iterable[bytes]:
    """As a terminal paints it: codes before and after every line, and the line cleared first."""
    return [re.sub(rb"[^\r\n]+", lambda line: b"\x1b[0m\x1b[2K\r\x1b[1;32m" + line[0] + b"\x1b[0m", text)]


class Wire:
    """The way to one point, and what is wrong with it."""

    def __init__(self, clock: Clock, remote: Remote) -> None:
        self.clock, self.remote = clock, remote
        self.style: Style = whole
        self.latency = 0.0
        # What proves a login: a key, a password, or nothing here because the point `asks` for it at its screen.
        self.login, self.signing_in = "key", False
        self.refuses_login = self.mute = self.away = self.shouts = False
        self._transports: list[FakeTransport] = []
        self.socket = SimpleNamespace(setsockopt=lambda *_: None, settimeout=lambda *_: None, shutdown=lambda *_: None)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this wire and its clock under netreg's feet."""
        for module in (ssh, channels, console, push, signin):
            monkeypatch.setattr(module, "time", self.clock)
        monkeypatch.setattr(
            ssh, "socket", SimpleNamespace(create_connection=self._dial, IPPROTO_TCP=6, TCP_NODELAY=1, SHUT_RDWR=2)
        )
        monkeypatch.setattr(paramiko, "Transport", self._connected)

    def cut(self) -> None:
        """Every connection ends here and now."""
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def _dial(self, _where: tuple[str, int], timeout: float) -> Any:
        if self.away:
            self.clock.now += timeout
            raise TimeoutError("timed out")
        return self.socket

    def _connected(self, _sock: object) -> FakeTransport:
        self._transports.append(FakeTransport(self))
        return self._transports[-1]


class FakeTransport:
    """As much of paramiko.Transport as `agents.ssh` uses."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.sock, self._alive = wire, wire.socket, True
        self._channels: list[FakeChannel] = []

    def start_client(self, timeout: float) -> None:
        self.wire.clock.now += self.wire.latency

    def get_security_options(self) -> SimpleNamespace:
        return SimpleNamespace(kex=(), ciphers=(), key_types=())

    def get_remote_server_key(self) -> SimpleNamespace:
        kind, blob = HOST_KEY.split()
        return SimpleNamespace(get_name=lambda: kind, get_base64=lambda: blob, fingerprint=blob)

    def auth_none(self, _user: str) -> list[str]:
        self.wire.clock.now += self.wire.latency
        if self.wire.login != "asked":
            raise paramiko.BadAuthenticationType("Bad authentication type", [self.wire.login])
        return []

    def auth_publickey(self, _user: str, _key: paramiko.PKey) -> None:
        self._judge("key")

    def auth_password(self, _user: str, _password: str, *, fallback: bool) -> None:
        assert not fallback, "a password is sent once"
        self._judge("password")

    def _judge(self, shown: str) -> None:
        assert shown == self.wire.login
        self.wire.clock.now += self.wire.latency
        if self.wire.refuses_login:
            raise paramiko.AuthenticationException("Authentication failed.")

    def is_authenticated(self) -> bool:
        return True

    def is_active(self) -> bool:
        return self._alive

    def open_session(self, timeout: float) -> FakeChannel:
        if not self._alive:
            raise paramiko.SSHException("SSH session not active")
        self._channels.append(FakeChannel(self.wire))
        return self._channels[-1]

    def close(self) -> None:
        self._alive = False
        for channel in self._channels:
            channel.close()


class FakeChannel:
    """As much of paramiko.Channel as `agents.ssh` uses: a command with its outputs, or a terminal."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.closed = wire, False
        self._timeout = 0.0
        self._command, self._stdin = "", b""
        self._out, self._err = Heard(wire), Heard(wire)
        self._status: int | None = None
        self._terminal: object = None
        self.status_event = SimpleNamespace(wait=self._has_ended)

    def settimeout(self, seconds: float) -> None:
        self._timeout = seconds

    def exec_command(self, command: str) -> None:
        self._command = command

    def send(self, data: bytes) -> int:
        if self.closed:
            raise OSError("Socket is closed")
        self._stdin += data
        if self._command == channels.KEPT and (asked := FRAMED.fullmatch(self._stdin.decode())):
            self._stdin = b""
            if (answer := self._executed(asked["command"])) is not None:
                status, out, err = answer
                mark = asked["mark"].encode()
                head = b"\n%s %d " % (mark, status)
                self._out.say(err + head + out.rstrip(b"\n") + b"\n%s\n" % mark)
        return len(data)

    def shutdown_write(self) -> None:
        if (answer := self._executed(self._command)) is not None:
            self._status, *texts = answer
            for heard, text in zip((self._out, self._err), texts, strict=True):
                heard.say(text)
                heard.ended = True

    def _executed(self, command: str) -> tuple[int, bytes, bytes] | None:
        """Status and outputs; None where nobody hears of them."""
        try:
            answer = self.wire.remote.execute(command, self._stdin)
        except Dropped:
            return None
        return None if self.wire.mute else answer

    def get_pty(self, *_: object, **__: object) -> None: ...

    def invoke_shell(self) -> None:
        self._terminal, banner = self.wire.remote.terminal()
        self._say(banner)

    def sendall(self, data: bytes) -> None:
        if self.closed:
            raise OSError("Socket is closed")
        try:
            self._say(self.wire.remote.press(self._terminal, data.decode()))
        except Dropped:
            return

    def recv(self, size: int) -> bytes:
        return self._out.hear(size, self._timeout, self.closed)

    def recv_stderr(self, size: int) -> bytes:
        return self._err.hear(size, self._timeout, self.closed)

    def recv_exit_status(self) -> int:
        return -1 if self._status is None else self._status

    def close(self) -> None:
        was_open, self.closed = not self.closed, True
        if was_open and self._terminal is not None:
            self.wire.remote.hung_up(self._terminal)

    def _say(self, text: str) -> None:
        if not self.wire.mute:
            self._out.say(text.replace("\n", "\r\n").encode())

    def _has_ended(self, seconds: float) -> bool:
        if self._status is None and not self.closed:
            self.wire.clock.now += seconds
            return False
        return True


class Heard:
    """What a point has said and nobody has heard yet."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.ended = wire, False
        self._pieces: deque[tuple[float, Iterator[bytes]]] = deque()

    def say(self, text: bytes) -> None:
        shouts = self.wire.shouts and not self.wire.signing_in
        pieces = NOISE if shouts else self.wire.style(text)
        self.wire.shouts = self.wire.shouts and not shouts
        self._pieces.append((self.wire.clock.now + self.wire.latency, iter(pieces)))

    def hear(self, size: int, timeout: float, closed: bool) -> bytes:
        until = self.wire.clock.now + timeout
        while self._pieces and not closed:
            ready, pieces = self._pieces[0]
            if ready > until:
                break
            self.wire.clock.now = max(self.wire.clock.now, ready)
            if piece := next(pieces, b""):
                return piece
            self._pieces.popleft()
        if closed or self.ended:
            return b""
        self.wire.clock.now = until
        raise TimeoutError
