"""A simulated point: a list, a saved list, an undo of its own, and the trouble that comes over it at one moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from agents.ssh import Target
from netreg.allowlist import Allowlist
from netreg.enforcement.reading import as_held
from tests.agents.wires import Clock, Dropped, Wire, whole


class TroubledPoint(ABC):
    """One point. `trouble` happens once, as soon as the moment is there that it waits for.

    The moments: `begun`, the first of the change is typed (or, where a change is one script, it is on its way);
    `changed`, all of it is in force; `confirmed`, the undo is disarmed; `saved`.
    """

    def __init__(self, target: Target, before: Allowlist, wanted: Allowlist) -> None:
        self.target, self.clock = target, Clock()
        self.wire = Wire(self.clock, self)
        self.before, self.wanted = as_held(target.profile, before), as_held(target.profile, wanted)
        self.trouble: tuple[str, Callable[[], None]] | None = None
        self.cuts_lists = False
        self._was_armed = False

    # --- what a person sees who stands before it ---

    @abstractmethod
    def held(self) -> Allowlist:
        """The list in force."""

    @abstractmethod
    def saved(self) -> Allowlist:
        """The list that a restart brings."""

    @abstractmethod
    def is_armed(self) -> bool:
        """Whether an undo waits here."""

    # --- what happens to it ---

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """So much time passes, on its clock and on ours."""

    @abstractmethod
    def run_out(self) -> None:
        """The undo that waits here acts now."""

    @abstractmethod
    def restart(self) -> None:
        """Lose what is not saved, the undo with it, and every connection."""

    @abstractmethod
    def lose_one(self) -> None:
        """An entry that was just added is gone, and nothing tells of it."""

    @abstractmethod
    def forget_saved(self) -> None:
        """What was just saved never reached the disk."""

    @abstractmethod
    def refuse_change(self) -> None:
        """The next change is refused: with words, and no other sign."""

    @abstractmethod
    def refuse_save(self) -> None:
        """Saving is refused until `heal`."""

    @abstractmethod
    def set_wall_clock(self, years: int) -> None:
        """Its clock is so many years off. What it measures in seconds is not touched by that."""

    def stop_in_part(self) -> None:  # noqa: B027 - most makes have nothing to do
        """Where this make does a change line by line in one command, the next one stops when a part of it is done."""

    def is_as_new(self) -> bool:
        """Whether nothing here tells that there ever was a pass."""
        return False

    def heal(self) -> None:
        """All is well again: the wire, and what refused."""
        wire = self.wire
        wire.cut()
        wire.away = wire.mute = wire.shouts = wire.refuses_login = False
        wire.latency, wire.style, self.trouble, self.cuts_lists = 0.0, whole, None, False

    def cut(self) -> None:
        self.wire.cut()
        raise Dropped

    def vanish(self) -> None:
        """Cut off, and not to be reached until `heal`."""
        self.wire.away = True
        self.cut()

    def fall_silent(self) -> None:
        self.wire.mute = True

    def shout(self) -> None:
        self.wire.shouts = True

    def power_cut(self) -> None:
        self.restart()
        raise Dropped

    def _notice(self, begun: bool) -> None:
        """Let the trouble come if its moment is there. Call it after whatever came over the wire."""
        if self.trouble is None:
            return
        moment, act = self.trouble
        changed = self.held() == self.wanted
        reached = {
            "begun": begun,
            "changed": changed,
            "confirmed": changed and self._was_armed and not self.is_armed(),
            "saved": self.saved() == self.wanted,
        }
        self._was_armed = self._was_armed or self.is_armed()
        if reached[moment]:
            self.trouble = None
            act()
