"""What is said over one connection: a command in a channel of its own, a shell that is kept, a screen.

What a point answers is bytes from outside: cut at a size, cut at a time, decoded without ever failing.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko

from netreg.enforcement.reading import shown
from netreg.errors import UnexpectedOutput, Unreachable

_CHUNK = 65536
_STATUS = re.compile("[0-9]{1,3}", re.ASCII)
# What starts a shell that is kept, and what it is sent. The shell holds back what a command prints and sends it with
# its end, because every packet wakes two of our threads; what the command complains of goes ahead. Nothing that a
# command leaves running may keep its output open: the end would wait for it.
KEPT = "exec sh"
FRAMED = (
    "{{ out=$( ( {command}\n) 2>&3 3>&- </dev/null ); }} 3>&1; printf '\\n%s %s %s\\n%s\\n' {mark} $? \"$out\" {mark}\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each part may take in seconds, how many bytes one answer may have, how long a quiet connection lives.

    `again` is the pause between two looks at what changes from one second to the next.
    """

    connect: float = 5.0
    login: float = 10.0
    command: float = 30.0
    answer: int = 32 * 1024 * 1024
    idle: float = 300.0
    again: float = 1.0
    # paramiko remembers every channel it ever opened, so that a connection must not live for ever.
    commands: int = 5000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind: its exit status and its two outputs."""

    status: int
    out: str
    err: str


class Screen:
    """An interactive shell on a point: keys go in, and what it prints comes out. Get one from `Session.screen`.

    `hide` takes the password out of what it printed; only a whole text can be searched for it, so who hears it does.
    """

    def __init__(self, point: str, channel: paramiko.Channel, limits: Limits, hide: Callable[[str], str]) -> None:
        self.point, self.limits, self.hide = point, limits, hide
        # What was heard while signing in and belongs to what follows.
        self.unread = ""
        self._channel = channel

    def press(self, keys: str) -> None:
        """Send keys as they are; raises Unreachable."""
        with self._telling():
            self._channel.settimeout(self.limits.command)
            self._channel.sendall(keys.encode())

    def receive(self, deadline: float) -> str:
        """The next piece of what the point prints; raises Unreachable at the deadline or when it has hung up."""
        if self.unread:
            part, self.unread = self.unread, ""
            return part
        with self._telling():
            self._channel.settimeout(_left(deadline))
            received = self._channel.recv(_CHUNK)
            if not received:
                raise EOFError("the point hung up")
            return received.decode(errors="replace")

    def close(self) -> None:
        self._channel.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, paramiko.SSHException) as error:
            self.close()
            raise broken_off(self.point, error) from error


class KeptShell:
    """A shell on a point that stays open between commands, so that each costs the point no more than what it does.

    Every command runs in a subshell with an empty standard input: it knows nothing of the one before, and a command
    that comes cut is never begun. Its end shows by a mark nobody can guess.
    """

    def __init__(self, channel: paramiko.Channel, hears: Hears) -> None:
        self._channel, self._hears = channel, hears
        channel.settimeout(hears.limits.command)
        channel.exec_command(KEPT)

    @property
    def is_open(self) -> bool:
        """Whether it still runs, as far as the point has told."""
        return not self._channel.closed

    def run(self, command: str) -> Answer:
        """As `execute`, for a command that is not sent any input; what it printed ends with one end of line, if any."""
        deadline = time.monotonic() + self._hears.limits.command
        mark = secrets.token_hex(16)
        _send(self._channel, FRAMED.format(command=command, mark=mark).encode(), deadline)
        said = self._hears.all(self._channel.recv, self._channel, deadline, f"\n{mark}\n".encode())
        err, _, ended = said.partition(f"\n{mark} ")
        status, _, out = ended.partition(" ")
        if not _STATUS.fullmatch(status):
            raise UnexpectedOutput(self._hears.point, f"a command ended with no status but {shown(status)}")
        return Answer(int(status), out and f"{out}\n", err)


@dataclass(frozen=True, slots=True)
class Hears:
    """Takes in what a point says, up to a size; `hide` takes the password out of it."""

    point: str
    limits: Limits
    hide: Callable[[str], str]

    def all(self, recv: Callable[[int], bytes], channel: paramiko.Channel, deadline: float, end: bytes = b"") -> str:
        """All that comes before `end`, or before the channel ends where nothing is said about it."""
        heard = bytearray()
        while not (end and heard.endswith(end)):
            channel.settimeout(_left(deadline))
            part = recv(_CHUNK)
            if not part and end:
                raise self._ended(_status(channel, deadline), bytes(heard))
            if not part:
                break
            heard += part
            if len(heard) > self.limits.answer:
                message = (
                    f"an answer had more than {self.limits.answer} bytes and was cut off; look at the point itself"
                )
                raise UnexpectedOutput(self.point, message)
        return self.hide(heard.removesuffix(end).decode(errors="replace"))

    def _ended(self, status: int, heard: bytes) -> UnexpectedOutput:
        said = shown(self.hide(heard.decode(errors="replace"))) or "nothing"
        message = f"its shell ended by itself with status {status} and said {said}; check what the login's shell is"
        return UnexpectedOutput(self.point, message)


def execute(channel: paramiko.Channel, command: str, stdin: bytes, hears: Hears) -> Answer:
    """The answer to a command in this channel of its own, which is closed after it.

    Raises OSError (TimeoutError at the deadline), EOFError and SSHException when it did not finish, and
    UnexpectedOutput when the point says more than it may.
    """
    deadline = time.monotonic() + hears.limits.command
    try:
        channel.settimeout(hears.limits.command)
        channel.exec_command(command)
        _send(channel, stdin, deadline)
        channel.shutdown_write()
        out = hears.all(channel.recv, channel, deadline)
        err = hears.all(channel.recv_stderr, channel, deadline)
        return Answer(_status(channel, deadline), out, err)
    finally:
        channel.close()


def broken_off(point: str, error: Exception) -> Unreachable:
    said = "no answer in time" if isinstance(error, TimeoutError) else shown(str(error)) or "connection lost"
    message = f"a command did not finish ({said}); check the network and that the point is not overloaded"
    return Unreachable(point, message)


def _send(channel: paramiko.Channel, data: bytes, deadline: float) -> None:
    view = memoryview(data)
    try:
        while view:
            channel.settimeout(_left(deadline))
            view = view[channel.send(view[:_CHUNK]) :]
    except OSError:
        # A command that ended without hearing us out has said why; its status and words are read next.
        if not channel.closed:
            raise


def _status(channel: paramiko.Channel, deadline: float) -> int:
    # recv_exit_status has no timeout of its own.
    if not channel.status_event.wait(_left(deadline)):
        raise TimeoutError
    status = int(channel.recv_exit_status())
    if status < 0:
        raise EOFError("the command ended without a status")
    return status


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
