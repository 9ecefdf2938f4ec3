"""The hand at a point that has only a prompt: a change is typed line by line, and every answer is read.

A prompt is recognised as the whole last line, never somewhere in the text; what comes before it is the answer, and a
text of failure in it stops everything. What the device may ask in between stands in the profile with its answer, the
pager too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

from agents.channels import Screen
from agents.hand import Done, Observed, Talks
from agents.ssh import Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.parts import Keys, Lines
from netreg.enforcement.plan import Plan
from netreg.enforcement.profile import ConsoleProfile
from netreg.enforcement.reading import IncompleteAnswer, UnreadableAnswer, parse_listing, parse_slots, shown
from netreg.enforcement.screen import rendered
from netreg.errors import CommandRefused, PointError, UnexpectedOutput, Unreachable
from netreg.mac import MacAddress

# A prompt is short; more of a line that never ends need not be looked at for one.
_TAIL = 2048


class Console:
    """A conversation at a prompt."""

    def __init__(self, screen: Screen, target: Target, profile: ConsoleProfile) -> None:
        self.screen, self.target, self.session = screen, target, profile.session
        self.prompt = ""
        self._prompts = re.compile(profile.session.prompt, re.ASCII)
        self._questions = [(re.compile(one.asks, re.ASCII), one.answer) for one in profile.session.questions]
        self.is_cut_off = False
        self._hear()

    def type(self, line: str) -> str:
        """Type a line and Enter; the answer, without the line's echo and the prompt. Raises CommandRefused."""
        # What the key of a terminal sends; some devices take a line feed for no Enter at all.
        self.screen.press(line + "\r")
        return self._answer(line)

    def press(self, keys: str) -> str:
        """Press keys as they are; the answer."""
        self.screen.press(keys)
        return self._answer("")

    def close(self) -> None:
        self.screen.close()

    def _answer(self, typed: str) -> str:
        echo, _, rest = self._hear().partition("\n")
        # Devices echo what is typed; one that does not has no such first line.
        said = rest if echo.strip().endswith(typed.strip()) else f"{echo}\n{rest}"
        failed = next((text for text in self.session.failure if text in said), None)
        if failed is not None and not any(text in said for text in self.session.benign):
            line = next((line for line in said.splitlines() if failed.splitlines()[0] in line), failed)
            message = f"«{shown(typed)}» was refused ({shown(line)}); check the login's rights and the point's list"
            raise CommandRefused(self.target.name, message)
        return said

    def _hear(self) -> str:
        """All that is printed until the prompt stands alone in the last line; questions are answered on the way."""
        deadline = time.monotonic() + max(self.screen.limits.command, self.session.patience)
        heard: list[str] = []
        size, tail = 0, ""
        while True:
            part = self.screen.receive(deadline)
            heard.append(part)
            size += len(part)
            if size > self.screen.limits.answer:
                self.is_cut_off = True
                self.screen.close()
                message = f"an answer had more than {self.screen.limits.answer} characters; look at the point itself"
                raise UnexpectedOutput(self.target.name, message)
            tail = (tail + part)[-_TAIL:]
            last = rendered(tail.rpartition("\n")[2])
            answer = next((keys for asks, keys in self._questions if asks.search(rendered(tail))), None)
            if answer is not None:
                # What was answered must not be seen as asked again, and is no part of the answer.
                heard, tail = ["".join(heard).rpartition("\n")[0] + "\n"], ""
                self.screen.press(answer)
            elif self._prompts.fullmatch(last.rstrip()):
                self.prompt = self.screen.hide(last.rstrip())
                return self.screen.hide(rendered("".join(heard)).rpartition("\n")[0])


class ConsoleHand:
    """One pass at one point's prompt."""

    def __init__(self, session: Talks, target: Target) -> None:
        assert isinstance(target.profile, ConsoleProfile)  # noqa: S101 - for the type checker; `push.hand` chooses
        self.session, self.target, self.profile = session, target, target.profile
        self.words = target.profile.settled(target.parameters)
        self._console: Console | None = None
        self._holding: Console | None = None
        self._committing = self._confirming = False
        self._read = Allowlist()
        self._slots: dict[MacAddress, int] = {}

    @property
    def acted(self) -> bool:
        return self._committing

    @property
    def left_alone(self) -> str:
        kind, minutes = self.profile.undo.kind, self._minutes
        if kind == "none":
            return "unknown: this make has no undo of its own; another pass mends it"
        if self._confirming:
            return (
                f"applied and verified, or restored by its own undo ({kind}) within {minutes} min; another pass tells"
            )
        return f"its own undo ({kind}) restores it within {minutes} min"

    def open(self) -> None:
        self._talk()

    def look(self) -> Observed:
        pending = self._is_pending()
        read = self.profile.read
        text = self.ask("reading the list", read.command)
        first = parse_listing(read, self.words, text)
        if self.profile.capabilities.first_slot:
            self._slots = parse_slots(read, text)
        self._prove(first)
        self._read = first
        return Observed(first, pending=("armed",) if pending else ())

    def look_anew(self, plan: Plan) -> None:
        """A fresh connection; where the undo hangs on the session, that one is held and another opened beside it."""
        if self.profile.undo.kind == "session":
            self._holding, self._console = self._console, None
        else:
            self._break_off()

    def ask(self, step: str, command: str) -> str:
        return self._talk().type(self._fill(command))

    def change(self, before: Allowlist, plan: Plan, wanted: Allowlist, done: Done) -> None:
        self._do(self.profile.undo.arm)
        done("arm")
        self._enter()
        try:
            self._type(plan)
            self._do(self.profile.apply.check)
            done("check")
            self._committing = True
            self._do(self.profile.apply.commit)
        except Unreachable:
            self._break_off()
            raise
        except PointError:
            self._discard()
            raise
        done("apply")

    def confirm(self) -> None:
        self._take_up()
        self._confirming = True
        try:
            self._do(self.profile.undo.confirm)
            if self.profile.undo.kind in ("commit-confirm", "revert-timer"):
                self._prove_kept()
        except Unreachable:
            self._break_off()
            raise
        self._confirming = False

    def undo(self, txn: str = "") -> str:
        self._take_up()
        if self.profile.undo.kind == "session":
            self._end()
            return "tried"
        if self.profile.undo.kind == "commit-confirm":
            # The commit arms it. To go back where none of ours waits would take back what somebody else did.
            if not (txn or self._committing):
                return "nothing"
            if not txn:
                # What failed may have left the terminal in any mode.
                self._hang_up()
            if not self._is_pending():
                return "tried"
        self._do(self.profile.undo.cancel)
        return "tried"

    def save(self, desired: Allowlist, wanted: Allowlist, saved: str, *, changed: bool) -> bool:
        if self.profile.save is None or not changed:
            return False
        self._do(self.profile.save.lines)
        return True

    def kick(self, macs: Sequence[MacAddress]) -> bool:
        if self.profile.kick is None:
            return False
        for mac in macs:
            self._do(self.profile.kick.lines, Entry(mac))
        return True

    def close(self) -> None:
        self._hang_up()

    # --- the pieces ---

    @property
    def _minutes(self) -> int:
        return -(-self.profile.undo.seconds // 60)

    def _type(self, plan: Plan) -> None:
        """Additions first; then entries whose label changed, taken out and put in; removals only when all is well."""
        again = {entry.mac for entry in plan.adds} & {entry.mac for entry in plan.removes}
        for entry in plan.adds:
            if entry.mac not in again:
                self._do(self.profile.add.lines, entry)
        old = {entry.mac: entry for entry in plan.removes}
        for entry in plan.adds:
            if entry.mac in again:
                self._do(self.profile.remove.lines, old[entry.mac])
                self._do(self.profile.add.lines, entry)
        for entry in plan.removes:
            if entry.mac not in again:
                self._do(self.profile.remove.lines, entry)

    def _is_pending(self) -> bool:
        undo = self.profile.undo
        said = self.ask("looking for an armed undo", undo.pending) if undo.pending else ""
        if undo.pending and re.search(undo.pending_if, said, re.ASCII):
            return True
        if undo.others_if and re.search(undo.others_if, said, re.ASCII):
            message = "a change that is not netreg's waits there for its confirmation; it is tried again after that"
            raise CommandRefused(self.target.name, message)
        return False

    def _prove(self, first: Allowlist) -> None:
        """Raises IncompleteAnswer unless a second question confirms that this was the whole list."""
        read = self.profile.read
        if read.shows is not None and len(first) >= read.shows:
            raise IncompleteAnswer(f"it shows at most {read.shows} entries, and there are {len(first)}")
        if not read.proof:
            if parse_listing(read, self.words, self.ask("reading the list", read.command)) != first:
                raise IncompleteAnswer("two readings of the list differ")
            return
        found = re.search(read.count, self.ask("counting the list", read.proof), re.ASCII)
        if found is None or int(found["count"]) != len(first):
            counted = found["count"] if found else "no number"
            raise IncompleteAnswer(f"the point counts {counted}, and {len(first)} entries were read")

    def _prove_kept(self) -> None:
        """Raises CommandRefused unless what was read back is still there.

        Junos and IOS take a confirmation that comes after the undo has run out without a word.
        """
        read = self.profile.read
        try:
            kept = parse_listing(read, self.words, self.ask("reading the list", read.command)) == self._read
        except UnreadableAnswer as error:
            raise UnexpectedOutput(self.target.name, f"the list is not readable any more: {error}") from error
        if not kept:
            message = "what was confirmed is not there any more: the undo may have run out before; another pass follows"
            raise CommandRefused(self.target.name, message)

    def _enter(self) -> None:
        try:
            self._do(self.profile.apply.before)
        except PointError:
            # Nobody knows in which mode this terminal stands now.
            self._hang_up()
            raise
        self._check_mode()

    def _check_mode(self) -> None:
        """Lines of a change typed at the wrong prompt would be commands of another kind."""
        mode, console = self.profile.apply.mode, self._talk()
        if mode and not re.fullmatch(mode, console.prompt, re.ASCII):
            message = f"the prompt is «{shown(console.prompt)}» where a change is typed; nothing was typed"
            self._discard()
            raise UnexpectedOutput(self.target.name, message)

    def _discard(self) -> None:
        """Leave without committing; a connection that breaks on it, or was broken off, has left too."""
        if self._console is None or self._console.is_cut_off:
            self._break_off()
            return
        try:
            self._do(self.profile.apply.discard)
        except PointError:
            self._break_off()

    def _end(self) -> None:
        """End the session, which undoes the change; the device may hang up before it has answered."""
        if self._console is not None:
            with suppress(PointError):
                self._do(self.profile.undo.cancel)
        self._break_off()

    def _break_off(self) -> None:
        self._hang_up()
        self.session.close()

    def _take_up(self) -> None:
        """Back to the terminal that was held, from the one beside it."""
        if self._holding is not None:
            if self._console is not None:
                self._console.close()
            self._console, self._holding = self._holding, None

    def _do(self, lines: Lines, entry: Entry | None = None) -> None:
        for line in lines:
            if isinstance(line, Keys):
                self._talk().press(line.keys)
            else:
                self._talk().type(self._fill(line, entry))

    def _fill(self, template: str, entry: Entry | None = None) -> str:
        values: dict[str, str | int] = {"minutes": self._minutes, "seconds": self.profile.undo.seconds}
        if entry is not None:
            values |= self.profile.words_of(entry.mac)
            if entry.label:
                values["label"] = entry.label
            if self.profile.capabilities.first_slot:
                values["slot"] = self._slot(entry.mac)
        return self.profile.fill(template, self.words, **values)

    def _slot(self, mac: MacAddress) -> int:
        """The number of this entry on the point; the first free one, if it has none yet."""
        taken = set(self._slots.values())
        free = next(number for number in count(self.profile.capabilities.first_slot) if number not in taken)
        return self._slots.setdefault(mac, free)

    def _talk(self) -> Console:
        if self._console is None:
            self._console = Console(self.session.screen(), self.target, self.profile)
            self._do(self.profile.session.start)
        return self._console

    def _hang_up(self) -> None:
        for console in (self._console, self._holding):
            if console is not None:
                console.close()
        self._console = self._holding = None
