"""Sessions with points over SSH: pinned host keys, a deadline on everything, and connections that are kept.

With `proof.py` and `channels.py` the only importer of paramiko. Nothing secret is sent before the point has proved the
pinned key.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from agents.channels import Answer, Hears, KeptShell, Limits, Screen, broken_off, execute
from agents.credentials import Secret
from agents.proof import Login, Proof, proof_of, prove_us
from agents.signin import sign_in
from netreg.enforcement.parts import CliSession
from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from netreg.enforcement.reading import shown
from netreg.errors import (
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    Unreachable,
)

# Every failure reaches a person as a PointError; paramiko's own tracebacks beside it would only frighten, and what a
# point says when it hangs up may hold what it was told. Nobody hears of it, whatever the levels are.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False

# Seconds after which paramiko looks up from a quiet connection. Its own tenth of a second, on hundreds of connections
# that are kept, would cost more than the work on them.
_QUIET = 5.0
_FAST_KEX = "curve25519-sha256@libssh.org"
_FAST_CIPHER = "aes128-gcm@openssh.com"
_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
# A pinned RSA key is proved with SHA-2 signatures; every other key type is its own algorithm.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


@dataclass(frozen=True, slots=True)
class Target:
    """A point as the hands need it: where it is, how to prove both sides, and how to speak to it.

    `key_file` is None for the keys of the ssh-agent; a make that takes no keys has a `password_file` instead. That and
    `passphrase_file` are a path or `credential:NAME`.
    """

    name: str
    host: str
    port: int
    user: str
    key_file: Path | None
    host_key: str | None
    profile: ShellProfile | ConsoleProfile
    parameters: Mapping[str, str] = field(default_factory=dict)
    passphrase_file: str = ""
    password_file: str = ""

    @property
    def login(self) -> Login:
        files = (self.key_file, self.passphrase_file, self.password_file)
        return Login(self.name, self.user, self.profile.session.login, *files)


def fetch_host_key(host: str, port: int = 22, *, point: str = "", limits: Limits | None = None) -> str:
    """The host key that answers at `host`, as "type base64", for a person to compare and pin. Nothing else is sent.

    Raises Unreachable.
    """
    limits = limits or Limits()
    name = point or f"{host}:{port}"
    transport = _connect(name, host, port, limits)
    try:
        _handshake(transport, name, f"{host} port {port}", limits)
        key = transport.get_remote_server_key()
        return f"{key.get_name()} {key.get_base64()}"
    finally:
        transport.close()


class Session:
    """The conversation with one point. Get one from `Sessions.use`; it connects when it must, and only then."""

    def __init__(self, target: Target, limits: Limits) -> None:
        self.target, self.limits = target, limits
        self.used_at = time.monotonic()
        self._transport: paramiko.Transport | None = None
        self._shell: KeptShell | None = None
        self._commands = 0
        self._password: Secret | None = None
        self._refused: LoginRefused | None = None

    @contextmanager
    def lent(self, target: Target) -> Iterator[Session]:
        """For one pass over this target; no error leaves it with the password in it."""
        self.target, self._refused = target, None
        if self.used_at < _quiet_since(self.limits):
            self.close()
        try:
            yield self
        except BaseException as error:
            if self._password is not None:
                self._password.hide_in(error)
            raise

    def connect(self) -> None:
        """Connect and sign in now, where a kept connection does not stand; who does not, does so by its first command.

        Raises Unreachable, HostKeyUnknown, HostKeyChanged, LoginRefused.
        """
        with self._dropping():
            self._open()

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer:
        """The answer to `command`; a `repeatable` one is tried again once when a kept connection proves dead.

        Raises Unreachable (also when the deadline passes), HostKeyUnknown, HostKeyChanged, LoginRefused,
        UnexpectedOutput when the point says more than it may. The connection is dropped after any of them.
        """
        return self._tried(lambda: execute(self._channel(), command, stdin, self._hears()), repeatable)

    def converse(self, command: str, *, repeatable: bool = False) -> Answer:
        """As `run`, in a shell that is kept open on the connection, for a make whose commands are short and many."""
        return self._tried(lambda: self._kept_shell().run(command), repeatable)

    def screen(self) -> Screen:
        """An interactive shell of its own, on a terminal wide enough that nothing wraps. Raises as `run`."""
        with self._dropping():
            channel = self._channel()
            channel.get_pty("vt100", width=511, height=1000)
            channel.invoke_shell()
            return self._signed_in(channel)

    def close(self) -> None:
        """Hang up; the next command connects anew."""
        if self._transport is not None:
            _hang_up(self._transport)
            self._transport = self._shell = None

    def _alive(self) -> bool:
        return self._transport is not None and self._transport.is_active()

    def _tried(self, once: Callable[[], Answer], repeatable: bool) -> Answer:
        kept = self._alive()
        try:
            with self._dropping():
                return once()
        except Unreachable:
            if not (kept and repeatable):
                raise
        with self._dropping():
            return once()

    def _channel(self) -> paramiko.Channel:
        transport = self._open()
        self._commands += 1
        self.used_at = time.monotonic()
        return transport.open_session(timeout=self.limits.command)

    def _kept_shell(self) -> KeptShell:
        self._open()
        if self._shell is None or not self._shell.is_open:
            self._shell = KeptShell(self._channel(), self._hears())
        self.used_at = time.monotonic()
        return self._shell

    def _hears(self) -> Hears:
        return Hears(self.target.name, self.limits, self._hide)

    @contextmanager
    def _dropping(self) -> Iterator[None]:
        """Hang up after anything that went wrong: nobody knows what the connection is good for."""
        try:
            yield
        except (OSError, EOFError, paramiko.SSHException) as error:
            self.close()
            raise broken_off(self.target.name, error) from error
        except BaseException:
            self.close()
            raise

    def _open(self) -> paramiko.Transport:
        if not self._alive() or self._commands >= self.limits.commands:
            self.close()
            with self._only_once():
                pinned, proof = _pinned(self.target), proof_of(self.target.login)
                self._password = proof if isinstance(proof, Secret) else None
                self._transport, self._commands = _login(self.target, pinned, proof, self.limits), 0
        assert self._transport is not None  # noqa: S101 - for the type checker; set two lines above
        return self._transport

    def _signed_in(self, channel: paramiko.Channel) -> Screen:
        """The screen, once the point has asked there for user and password, where it is one that does."""
        screen, session = Screen(self.target.name, channel, self.limits, self._hide), self.target.profile.session
        if isinstance(session, CliSession) and session.login == "asked" and self._password is not None:
            with self._only_once():
                screen.unread = sign_in(screen, session, self.target.login, self._password, self.limits.login)
        return screen

    @contextmanager
    def _only_once(self) -> Iterator[None]:
        """A login that was refused is not tried again in the same pass: some points lock an account after three."""
        if self._refused is not None:
            raise self._refused
        try:
            yield
        except LoginRefused as refused:
            self._refused = refused
            raise

    def _hide(self, said: str) -> str:
        return self._password.hide(said) if self._password is not None else said


class Sessions:
    """Kept connections, one for each point, each used by one thread at a time. Safe to share between threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._guard = threading.Lock()
        self._swept_at = time.monotonic()
        self._kept: dict[tuple[object, ...], tuple[threading.Lock, Session]] = {}

    @contextmanager
    def use(self, target: Target) -> Iterator[Session]:
        """The session of this point, for this thread alone until the block ends; others wait for their turn."""
        if self._swept_at < _quiet_since(self.limits):
            self.close_idle()
        with self._guard:
            lock, session = self._kept.setdefault(_key(target), (threading.Lock(), Session(target, self.limits)))
        # Parameters and profile may have changed; where it is and how it is proved have not (they are the key).
        with lock, session.lent(target):
            yield session

    def close_idle(self) -> None:
        """Hang up where nothing was said for a while."""
        self._swept_at, since = time.monotonic(), _quiet_since(self.limits)
        self._close(lambda session: session.used_at < since)

    def close(self) -> None:
        """Hang up everywhere that nobody is talking."""
        self._close(lambda session: True)

    def _close(self, unwanted: Callable[[Session], bool]) -> None:
        with self._guard:
            kept = list(self._kept.values())
        for lock, session in kept:
            if unwanted(session) and lock.acquire(blocking=False):
                try:
                    session.close()
                finally:
                    lock.release()


def _quiet_since(limits: Limits) -> float:
    """Who has said nothing since then has been quiet for too long."""
    return time.monotonic() - limits.idle


def _key(target: Target) -> tuple[object, ...]:
    return (target.host, target.port, target.host_key, target.login)


def _login(target: Target, pinned: tuple[str, str], proof: Proof, limits: Limits) -> paramiko.Transport:
    transport = _connect(target.name, target.host, target.port, limits)
    try:
        _prove_host(transport, target, pinned, limits)
        prove_us(transport, target.login, proof, limits.login)
        transport.sock.settimeout(_QUIET)
        return transport
    except BaseException:
        transport.close()
        raise


def _hang_up(transport: paramiko.Transport) -> None:
    # Its thread is told by the connection's end, long before it would look up from a quiet one.
    with suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()


def _pinned(target: Target) -> tuple[str, str]:
    if target.host_key is None:
        mend = f"compare its fingerprint at the point and pin it with: netreg point trust {target.name}"
        raise HostKeyUnknown(target.name, f"no host key is pinned, so nothing was sent; {mend}")
    kind, _, rest = target.host_key.strip().partition(" ")
    blob = rest.split(" ")[0]
    if kind not in _KEY_TYPES or not blob:
        message = f"the pinned host key is not one ({shown(kind)}); pin it again: netreg point trust {target.name}"
        raise HostKeyUnknown(target.name, message)
    return kind, blob


def _connect(name: str, host: str, port: int, limits: Limits) -> paramiko.Transport:
    try:
        sock = socket.create_connection((host, port), limits.connect)
    except OSError as error:
        message = f"no connection to {host} port {port} ({error}); check that it is on and the address is right"
        raise Unreachable(name, message) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(sock)
    transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = limits.login
    options = transport.get_security_options()
    options.kex = _first(_FAST_KEX, options.kex)
    options.ciphers = _first(_FAST_CIPHER, options.ciphers)
    return transport


def _first(wanted: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    return (wanted, *(name for name in offered if name != wanted)) if wanted in offered else offered


def _handshake(transport: paramiko.Transport, name: str, where: str, limits: Limits) -> None:
    try:
        transport.start_client(timeout=limits.login)
    except paramiko.ssh_exception.IncompatiblePeer:
        raise
    except (OSError, EOFError, paramiko.SSHException) as error:
        message = f"{where} does not speak SSH as it should ({shown(str(error))}); check the port and its SSH service"
        raise Unreachable(name, message) from error


def _prove_host(transport: paramiko.Transport, target: Target, pinned: tuple[str, str], limits: Limits) -> None:
    kind, blob = pinned
    transport.get_security_options().key_types = _ALGORITHMS.get(kind, (kind,))
    try:
        _handshake(transport, target.name, f"{target.host} port {target.port}", limits)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        if "host key" not in str(error):
            message = f"no common encryption ({shown(str(error))}); update the point's SSH service"
            raise Unreachable(target.name, message, permanent=True) from error
        raise _changed(target, f"it no longer has a {kind} key") from error
    key = transport.get_remote_server_key()
    if (key.get_name(), key.get_base64()) != (kind, blob):
        raise _changed(target, f"it shows {key.fingerprint}")


def _changed(target: Target, what: str) -> HostKeyChanged:
    mend = f"find out why; only then pin the new key with: netreg point trust {target.name}"
    return HostKeyChanged(target.name, f"the host key is not the pinned one ({what}); nothing secret was sent; {mend}")
