"""Devices that have only a prompt, simulated from their profiles: a list in force, a saved one, drafts, and an undo.

What is typed is understood by the profile's own lines; what a line does, and how an answer looks, is in `makes.py`,
taken from the recordings under tests/profiles. Whatever is typed at the wrong prompt is refused, as such devices do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agents.ssh import Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.parts import Keys, typed
from netreg.enforcement.profile import ConsoleProfile
from netreg.mac import MacAddress
from tests.agents.makes import MAKES
from tests.agents.troubled import TroubledPoint

# What stands for a value in a line until the line is a pattern.
_MAC, _LABEL, _SLOT, _MINUTES = MacAddress.parse("a2b3c4d5e6f7"), "L-A-B-E-L", 99873, 973
_STANDS_FOR = {"label": (_LABEL, r"\S+"), "slot": (str(_SLOT), r"\d+"), "minutes": (str(_MINUTES), r"\d+")}

Values = dict[str, str]


@dataclass(eq=False)
class Terminal:
    """One session at the prompt."""

    mode: str = ""
    label: str = ""
    draft: dict[MacAddress, Entry] | None = None
    answered: Callable[[str], str] | None = None


@dataclass
class Undo:
    """What the device goes back to by itself, and when; `holder` is the session that it hangs on, if it does."""

    entries: dict[MacAddress, Entry]
    at: float
    holder: Terminal | None = None


@dataclass
class Rule:
    """A line that the device understands, where it does, and what it brings about."""

    pattern: re.Pattern[str]
    mode: str | None
    effects: list[str] = field(default_factory=list)


class Prompt(TroubledPoint):
    """A device of one make. It starts with the list `before`, in force and saved."""

    def __init__(self, target: Target, before: Allowlist, wanted: Allowlist) -> None:
        super().__init__(target, before, wanted)
        assert isinstance(target.profile, ConsoleProfile)
        self.profile, self.make = target.profile, MAKES[target.profile.name]
        self.wire.login = self.profile.session.login
        self.words = self.profile.settled(target.parameters)
        self.running = {entry.mac: entry for entry in self.before}
        self.on_disk = dict(self.running)
        self.slots = {entry.mac: self.profile.capabilities.first_slot + at for at, entry in enumerate(self.before)}
        self.undo: Undo | None = None
        self.rules = list(self._rules())
        self.year = 2026
        self._looks_cut = False
        self.pages = self.asks_oddly = self.ignores_mode = False
        self._terminals: list[Terminal] = []
        self._refuses: set[str] = set()

    # --- the truth about it ---

    def held(self) -> Allowlist:
        self._tick()
        return Allowlist.of(self.running.values())

    def saved(self) -> Allowlist:
        return Allowlist.of(self.on_disk.values())

    def is_armed(self) -> bool:
        self._tick()
        return self.undo is not None

    # --- what happens to it ---

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self._tick()

    def run_out(self) -> None:
        if self.undo is not None:
            self.undo.at = self.clock.now
        self._tick()

    def restart(self) -> None:
        self.running, self.undo = dict(self.on_disk), None
        self._terminals.clear()
        self.wire.cut()

    def lose_one(self) -> None:
        self.running = {mac: entry for mac, entry in self.running.items() if mac in self.before}
        self._write_through()

    def forget_saved(self) -> None:
        self.on_disk = {entry.mac: entry for entry in self.before}

    def refuse_change(self) -> None:
        self._refuses.add("put")

    def refuse_save(self) -> None:
        self._refuses.add("save")

    def set_wall_clock(self, years: int) -> None:
        self.year += years

    def heal(self) -> None:
        super().heal()
        self._refuses.clear()
        self.pages = self.asks_oddly = self.ignores_mode = False
        # It has noticed by now which sessions are gone.
        self._terminals.clear()

    # --- the wire ---

    def execute(self, command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        raise AssertionError("this make has no shell")

    def terminal(self) -> tuple[object, str]:
        terminal = Terminal()
        self._terminals.append(terminal)
        greeting = self.make.banner + self._prompt(terminal)
        return terminal, self._asks_who(terminal, greeting) if self.wire.login == "asked" else greeting

    def _asks_who(self, terminal: Terminal, greeting: str) -> str:
        """The questions of a make that proves a login at its screen, which shows no word of the answers."""
        self.wire.signing_in = True

        def with_password(_keys: str) -> str:
            if self.wire.refuses_login:
                return "\n" + self._asks_who(terminal, greeting)
            return "\n" + greeting

        def with_user(keys: str) -> str:
            terminal.answered = with_password
            return f"{keys[:-1]}\nPassword:"

        terminal.answered = with_user
        return "\nUser: "

    def press(self, terminal: Terminal, keys: str) -> str:
        self._tick()
        self.wire.signing_in = self.wire.signing_in and terminal.answered is not None
        had = self._drafts(), dict(self.running)
        if terminal.answered is not None:
            answered, terminal.answered = terminal.answered, None
            said = answered(keys)
        elif keys.endswith("\r"):
            said = keys[:-1] + "\n" + self._typed(terminal, keys[:-1])
        else:
            said = self._obey(terminal, keys)
        self._write_through()
        self._notice((self._drafts(), self.running) != had and bool(self._changes()))
        return said

    def hung_up(self, terminal: Terminal) -> None:
        """The session ended. One that was cut where nobody noticed stays until its undo is due."""
        self._terminals = [one for one in self._terminals if one is not terminal]
        if self.undo is not None and self.undo.holder is terminal and not self.wire.away:
            self.run_out()

    # --- lines ---

    def _rules(self) -> Iterator[Rule]:
        for (mode, line), effects in self.make.does.items():
            yield Rule(self._pattern(line), mode, effects.split(", ") if effects else [])
        for change, what in ((self.profile.add, "put"), (self.profile.remove, "take")):
            *first, last = typed(change.lines)
            for line in first:
                yield Rule(self._pattern(line), self.make.changes_at, ["note"])
            yield Rule(self._pattern(last), self.make.changes_at, [what])
        for line, effect in self._looks():
            yield Rule(self._pattern(line), self.make.looks_at, [effect])
        lines = [*self.profile.session.start, *(self.profile.kick.lines if self.profile.kick else ())]
        yield from (Rule(self._pattern(line), None) for line in lines if not isinstance(line, Keys))

    def _looks(self) -> Iterator[tuple[str, str]]:
        yield self.profile.read.command, "list"
        if self.profile.read.proof:
            yield self.profile.read.proof, "count"
        if self.profile.undo.pending:
            yield self.profile.undo.pending, "pending"

    def _pattern(self, template: str) -> re.Pattern[str]:
        """What is typed where the profile says `template`, with the values as groups."""
        words = self.profile.words_of(_MAC)
        text = re.escape(
            self.profile.fill(template, self.words, label=_LABEL, slot=_SLOT, minutes=_MINUTES, seconds=1, **words)
        )
        for name, (stands, pattern) in _STANDS_FOR.items():
            text = text.replace(re.escape(stands), f"(?P<{name}>{pattern})")
        for written in map(re.escape, words.values()):
            # A line may hold the address twice.
            text = text.replace(written, "(?P<mac>[0-9A-Fa-f:.-]+)", 1).replace(written, "[0-9A-Fa-f:.-]+")
        return re.compile(text, re.ASCII)

    def _typed(self, terminal: Terminal, line: str) -> str:
        for rule in self.rules:
            found = rule.pattern.fullmatch(line)
            if found and rule.mode in (None, terminal.mode):
                values = found.groupdict()
                return self._asked(terminal, rule.effects, values) or self._did(terminal, rule.effects, values)
        return self.make.complains + "\n" + self._prompt(terminal)

    def _asked(self, terminal: Terminal, effects: list[str], values: Values) -> str:
        """A question that the device asks before it does that, if it asks one."""
        question = next((self.make.asks[effect] for effect in effects if effect in self.make.asks), None)
        if question is None and not (self.asks_oddly and {"put", "take"} & set(effects)):
            return ""
        text, yes = question or ("Do you feel lucky? ", "")

        def answered(keys: str) -> str:
            said = self._did(terminal, effects, values) if yes and keys == yes else self._prompt(terminal)
            return "\n" + said

        terminal.answered = answered
        return text

    def _did(self, terminal: Terminal, effects: list[str], values: Values) -> str:
        if self.ignores_mode and f"enter {self.make.changes_at}" in effects:
            return self._prompt(terminal)
        said = ""
        for effect in effects:
            if effect in self._refuses:
                self._refuses -= {"put"}
                return self.make.complains + "\n" + self._prompt(terminal)
            said += self._do(terminal, effect, values)
        if self.pages and "list" in effects:
            return self._paged(terminal, said)
        return said + self._prompt(terminal)

    def _paged(self, terminal: Terminal, said: str) -> str:
        """The answer with a stop after each line: the next key shows the next one."""
        first, _, rest = said.partition("\n")
        if not rest:
            return said + self._prompt(terminal)
        terminal.answered = lambda keys: "\r" + " " * 20 + "\r" + self._paged(terminal, rest)
        return f"{first}\n{self.make.pager}"

    def _obey(self, terminal: Terminal, keys: str) -> str:
        effects = self.make.keys.get((terminal.mode, keys), "")
        return "\n" + self._did(terminal, effects.split(", ") if effects else [], {})

    def _prompt(self, terminal: Terminal) -> str:
        return self.make.powerless if self.ignores_mode and self.make.powerless else self.make.prompts[terminal.mode]

    # --- what a line brings about ---

    def _do(self, terminal: Terminal, effect: str, values: Values) -> str:
        name, _, argument = effect.partition(" ")
        said: str | None = getattr(self, f"_do_{name}")(terminal, argument, values)
        return said or ""

    def _do_enter(self, terminal: Terminal, mode: str, _values: Values) -> None:
        terminal.mode = mode

    def _do_draft(self, terminal: Terminal, _argument: str, _values: Values) -> None:
        terminal.draft = dict(self.running)

    def _do_drop(self, terminal: Terminal, _argument: str, _values: Values) -> None:
        terminal.draft = None

    def _do_commit(self, terminal: Terminal, _argument: str, _values: Values) -> None:
        if terminal.draft is not None:
            self.running, terminal.draft = dict(terminal.draft), None

    def _do_arm(self, terminal: Terminal, argument: str, values: Values) -> None:
        seconds = int(values["minutes"]) * 60 if "minutes" in values else self.profile.undo.seconds
        holder = terminal if argument == "session" else None
        self.undo = Undo(dict(self.running), self.clock.now + seconds, holder)

    def _do_confirm(self, _terminal: Terminal, _argument: str, _values: Values) -> str:
        if self.undo is None:
            return self.make.nothing_armed
        self.undo = None
        return ""

    def _do_revert(self, _terminal: Terminal, _argument: str, _values: Values) -> None:
        if self.undo is not None:
            self.running, self.undo = dict(self.undo.entries), None

    def _do_rollback(self, terminal: Terminal, _argument: str, _values: Values) -> None:
        terminal.draft = dict(self.undo.entries if self.undo else self.running)

    def _do_hangup(self, terminal: Terminal, _argument: str, _values: Values) -> None:
        self.hung_up(terminal)
        self.wire.cut()

    def _do_save(self, _terminal: Terminal, _argument: str, _values: Values) -> None:
        self.on_disk = dict(self.running)

    def _do_note(self, terminal: Terminal, _argument: str, values: Values) -> None:
        terminal.label = values.get("label") or terminal.label

    def _do_put(self, terminal: Terminal, _argument: str, values: Values) -> None:
        entry = Entry(MacAddress.parse(values["mac"]), values.get("label") or terminal.label)
        self._changed(terminal)[entry.mac] = entry
        self.slots[entry.mac] = int(values.get("slot", 0))

    def _do_take(self, terminal: Terminal, _argument: str, values: Values) -> None:
        entries = self._changed(terminal)
        if "mac" in values:
            del entries[MacAddress.parse(values["mac"])]
        else:
            del entries[next(mac for mac in entries if self.slots[mac] == int(values["slot"]))]

    def _do_list(self, _terminal: Terminal, _argument: str, _values: Values) -> str:
        entries = list(self.held())
        if self.cuts_lists:
            # Where the make counts, the last one is always missing; where it is asked twice, every other time.
            self._looks_cut = bool(self.profile.read.proof) or not self._looks_cut
            entries = entries[: len(entries) - self._looks_cut]
        rows = (
            self.make.row.format(mac=self.profile.written(one.mac), label=one.label, slot=self.slots[one.mac], at=at)
            for at, one in enumerate(entries, 1)
        )
        return self.make.head + "".join(rows) + self.make.tail

    def _do_count(self, _terminal: Terminal, _argument: str, _values: Values) -> str:
        return self.make.count.format(len(self.running))

    def _do_pending(self, _terminal: Terminal, _argument: str, _values: Values) -> str:
        return (self.make.armed if self.is_armed() else self.make.unarmed).format(year=self.year)

    # --- the pieces ---

    def _changed(self, terminal: Terminal) -> dict[MacAddress, Entry]:
        return self.running if terminal.draft is None else terminal.draft

    def _drafts(self) -> list[dict[MacAddress, Entry]]:
        return [dict(one.draft) for one in self._terminals if one.draft is not None]

    def _changes(self) -> bool:
        """Whether anything stands otherwise than before, in force or in a draft."""
        first = {entry.mac: entry for entry in self.before}
        return any(entries != first for entries in (self.running, *self._drafts()))

    def _write_through(self) -> None:
        """Makes that have no command to save do it themselves, what waits for its confirmation excepted."""
        if self.profile.save is None and self.undo is None:
            self.on_disk = dict(self.running)

    def _tick(self) -> None:
        if self.undo is not None and self.clock.now >= self.undo.at:
            holder, self.running, self.undo = self.undo.holder, dict(self.undo.entries), None
            self._write_through()
            if holder in self._terminals:
                # The device has given this session up.
                self.wire.cut()
