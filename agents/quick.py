"""The hand for a small change, on the word of the pass before: nothing is read first, everything is proved after.

The list is not read before the change, so that the change costs what it is long and few words. What the point holds
afterwards is proved over all of it: the point writes it as the file that it will keep, and the checksum of that file
must be the one that netreg works out for itself. Where somebody changed anything meanwhile, that differs, the change is
taken back, and a pass that reads first follows.
"""

from __future__ import annotations

from agents.hand import Done, Observed, Talks
from agents.shell import ShellHand
from agents.ssh import Target
from netreg.allowlist import Allowlist
from netreg.enforcement import shell
from netreg.enforcement.plan import Plan
from netreg.errors import PointError


class QuickHand(ShellHand):
    """A shell's hand that takes `held` for what the point holds, until it has changed something."""

    def __init__(self, session: Talks, target: Target, held: Allowlist) -> None:
        super().__init__(session, target)
        self._held: Allowlist | None = held
        # What the point said of its list after the change; nothing where a new connection has to ask.
        self._proved = ""
        self._unsaved: PointError | None = None

    def look(self) -> Observed:
        if self._held is not None:
            held, self._held = self._held, None
            return Observed(held, assumed=True)
        proved, self._proved = self._proved or self._proof(), ""
        wanted = shell.whole(self.profile, self.words, self.left)
        return Observed(self.left) if proved == wanted.sha256 else super().look()

    def change(self, before: Allowlist, plan: Plan, wanted: Allowlist, done: Done) -> None:
        self.left, self.acted = wanted, True
        self._proved = _digest(self._run("the change", self.say.quick(plan, before)))
        for step in ("stage", "arm", "apply"):
            done(step)

    def confirm(self) -> None:
        """Disarm and save in one go; `save` tells what came of the second half."""
        self.confirming = True
        answer = self.session.converse(self.say.settle(self.left))
        self.confirming = False
        try:
            self._judge("save", answer)
        except PointError as error:
            if not shell.is_disarmed(answer.out):
                raise
            self._unsaved = error

    def save(self, desired: Allowlist, wanted: Allowlist, saved: str, *, changed: bool) -> bool:
        if self._unsaved is not None:
            raise self._unsaved
        return True

    def _proof(self) -> str:
        return _digest(self._run("proving the list", self.say.prove()))


def _digest(answer: str) -> str:
    return answer.partition(" ")[0]
