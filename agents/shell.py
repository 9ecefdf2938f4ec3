"""The hand at a point that has a shell: one script, tried and done at once, with a timer on the point as the undo."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from agents.channels import Answer
from agents.hand import Done, Observed, Talks
from agents.ssh import Target
from netreg.allowlist import Allowlist
from netreg.enforcement import shell
from netreg.enforcement.parts import typed
from netreg.enforcement.plan import Plan
from netreg.enforcement.profile import ShellProfile
from netreg.enforcement.reading import shown
from netreg.errors import CommandRefused, IncompleteRead
from netreg.mac import MacAddress


class ShellHand:
    """One pass over one point. `txn` names its files on the point; nothing of it is remembered here afterwards."""

    def __init__(self, session: Talks, target: Target) -> None:
        assert isinstance(target.profile, ShellProfile)  # noqa: S101 - for the type checker; `push.hand` chooses
        self.session, self.target, self.profile = session, target, target.profile
        self.words = target.profile.settled(target.parameters)
        self.say = shell.Speaker(self.profile, self.words, secrets.token_hex(8))
        self.acted = self.confirming = False
        # What the point holds when this pass is over.
        self.left = Allowlist()
        self._noted = ""

    @property
    def left_alone(self) -> str:
        if self.confirming:
            seconds = self.profile.undo.seconds
            return f"applied and verified, or restored by its own undo within {seconds} s; another pass tells"
        return f"undo armed, restores itself within {self.profile.undo.seconds} s"

    def open(self) -> None:
        self._run("signing in", "true", repeatable=True)

    def look(self) -> Observed:
        text = self._run("reading the list", self.say.look(), repeatable=True)
        look = shell.parse_look(self.profile, self.words, text)
        self._noted = look.left
        return Observed(look.allowlist, look.saved, look.pending)

    def look_anew(self, plan: Plan) -> None:
        """Every command has a channel or a subshell of its own, which knows nothing of the one before.

        What takes a way away may have taken ours: then the look is over a connection that was made after it.
        """
        if plan.lost or self.profile.apply.form == "whole":
            self.session.close()

    def ask(self, step: str, command: str) -> str:
        return self._run(step, self.say.fill(command), repeatable=True)

    def change(self, before: Allowlist, plan: Plan, wanted: Allowlist, done: Done) -> None:
        # Backing up touches only our own directory, and arming promises no more than to put this very list back.
        self.left = wanted
        self._run("backup, arm", self.say.arm(before))
        done("backup")
        done("arm")
        text = shell.script(self.profile, self.words, plan, wanted)
        self._run("stage, check", self.say.stage(text), text)
        done("stage")
        done("check")
        self.acted = True
        self._run("apply", self.say.apply())
        done("apply")

    def confirm(self) -> None:
        self.confirming = True
        self._run("disarm", self.say.disarm(self.left))
        self.confirming, self._noted = False, self.left.checksum

    def undo(self, txn: str = "") -> str:
        return self._run("undoing", self.say.fire(txn or self.say.txn), repeatable=True).strip()

    def save(self, desired: Allowlist, wanted: Allowlist, saved: str, *, changed: bool) -> bool:
        """Save what policy wants, and no hand-made entry: nobody decided that it should come back after a restart."""
        if self.profile.quick is not None and self._noted != wanted.checksum:
            self._run("noting the list", self.say.note(wanted))
        whole = shell.whole(self.profile, self.words, desired)
        if self.profile.save is None or whole.sha256 == saved:
            return False
        # The point can write its own list to the file; one with hand-made entries in it has to be sent.
        if wanted == desired:
            self._run("save", self.say.fill(self.profile.save.command, sha256=whole.sha256))
        else:
            self._run("save", self.say.fill(self.profile.save.given, sha256=whole.sha256), whole.text)
        return True

    def close(self) -> None:
        """The connection is kept for the next pass; no channel outlives its command."""

    def kick(self, macs: Sequence[MacAddress]) -> bool:
        if self.profile.kick is None:
            return False
        for mac in macs:
            for line in typed(self.profile.kick.lines):
                self._run("kick", self.say.fill(line, **self.profile.words_of(mac)))
        return True

    def _run(self, step: str, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> str:
        if self.profile.quick is not None and not stdin:
            return self._judge(step, self.session.converse(command, repeatable=repeatable))
        return self._judge(step, self.session.run(command, stdin, repeatable=repeatable))

    def _judge(self, step: str, answer: Answer) -> str:
        """What a command printed; raises CommandRefused or IncompleteRead if it failed, in whatever way it says so."""
        if answer.status != 0 or any(text in answer.err for text in self.profile.session.failure):
            said = shown(answer.err) or f"status {answer.status}"
            if any(text in answer.err for text in self.profile.session.incomplete):
                raise IncompleteRead(self.target.name, f"{step}: {shown(answer.err, 400)}")
            mend = "check the point's gate and the login's rights"
            raise CommandRefused(self.target.name, f"{step} was refused ({said}); {mend}")
        return answer.out
