"""The login of a device that asks for user and password at its screen, whatever SSH has proved before."""

from __future__ import annotations

import re
import time
from typing import Protocol

from agents.credentials import Secret, once
from agents.proof import Login
from netreg.enforcement.parts import CliSession
from netreg.enforcement.reading import shown
from netreg.enforcement.screen import rendered
from netreg.errors import LoginRefused, Unreachable

# A question is short; more of a greeting that never ends need not be kept.
_TAIL, _KEPT = 2048, 65536


class Terminal(Protocol):
    """What is needed of a screen; `agents.ssh.Screen` is one."""

    def press(self, keys: str) -> None: ...
    def receive(self, deadline: float) -> str: ...
    def close(self) -> None: ...


def sign_in(screen: Terminal, session: CliSession, login: Login, password: Secret, seconds: float) -> str:
    """Answer both questions, each once; returns what was heard since, which ends with the prompt.

    Raises Unreachable when the device says nothing within `seconds`. After that everything is LoginRefused: that it
    asks again, asks something else, or falls silent once it has the password.
    """
    return _Door(screen, session, login, password).pass_through(time.monotonic() + seconds)


class _Door:
    def __init__(self, screen: Terminal, session: CliSession, login: Login, password: Secret) -> None:
        self.screen, self.login, self.password = screen, login, password
        self._prompt = re.compile(session.prompt, re.ASCII)
        asked = {session.asks_user: login.user, session.asks_password: password.text}
        self._questions = [(re.compile(f"(?:{pattern})$", re.ASCII), answer) for pattern, answer in asked.items()]
        self._answered: list[re.Pattern[str]] = []

    def pass_through(self, deadline: float) -> str:
        heard = ""
        while True:
            heard = (heard + self._receive(heard, deadline))[-_KEPT:]
            last = self._last_line(heard)
            found = next((one for one in self._questions if one[0].search(last)), None)
            if found is not None:
                self._answer(*found, last)
                heard = ""
            elif self._prompt.fullmatch(last.rstrip()):
                return heard

    def _answer(self, pattern: re.Pattern[str], answer: str, last: str) -> None:
        if pattern in self._answered:
            raise self._refused(f"it asks «{shown(last)}» again")
        self._answered.append(pattern)
        self.screen.press(answer + "\r")

    def _receive(self, heard: str, deadline: float) -> str:
        try:
            return self.screen.receive(deadline)
        except Unreachable as error:
            last = shown(self._last_line(heard))
            if last:
                raise self._refused(f"it says «{last}», which is neither a known question nor its prompt") from error
            if self._answered:
                raise self._refused("it said nothing more after what was typed") from error
            raise

    def _last_line(self, heard: str) -> str:
        # Without an echo of the password: it could look like anything.
        return self.password.hide(rendered(heard[-_TAIL:]).rpartition("\n")[2])

    def _refused(self, said: str) -> LoginRefused:
        self.screen.close()
        return LoginRefused(
            self.login.point, f"the login at its screen failed: {said}; {once(self.login.password_file)}"
        )
