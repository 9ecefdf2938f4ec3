"""What netreg says to a shell: one look, one script, and the undo that a timer on the point carries out.

The undo is a file that puts the list back, and a marker beside it. Whoever removes the marker under the lock has won,
the timer or us; so a change that was held up on the way can never act after the undo has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.parts import Quick
from netreg.enforcement.plan import Plan
from netreg.enforcement.profile import ShellProfile
from netreg.enforcement.reading import FOREIGN, IncompleteAnswer, parse_listing
from netreg.mac import MacAddress

_BREAK = "=====8<====="
_PENDING = re.compile(r".*/([0-9a-f]{16})/armed", re.ASCII)

# Which timer to stop is read before the undo is disarmed: after that the next pass may sweep the folder away.
_TIMER_READ = "{ read -r timer < $work/timer; } 2>/dev/null"
_STOP = "{ kill $$timer 2>/dev/null; rm -rf $work; }"
_PENDING_LIST = "ls -d $dir/*/armed 2>/dev/null || true"
# Work of passes that died before they armed anything is swept away before the undo is written.
_PREPARE = (
    "umask 077; { [ -d $dir ] || mkdir -p -m 700 $dir; } && [ ! -L $dir ] && [ -O $dir ] && "
    '{ for old in $dir/*/; do [ -e "$$old/armed" ] || rm -rf "$$old"; done; mkdir $work; }'
)
# The timer runs before the undo is armed: who finds an undo armed finds the timer to stop with it, at any moment. Told
# to stop, it takes its sleep along, and by force: a child just forked still has the shell's trap, and would swallow a
# gentle signal. Once awake it is not stopped half way, and leaves no number of a dead process.
_TIMER = (
    "{ ( trap '' HUP; trap 'kill -9 $$! 2>/dev/null; exit' TERM; sleep $seconds & wait $$! && trap '' TERM && "
    "{ $locked sh -c 'test -e $work/armed && $restore && rm -rf $work' || rm -f $work/timer; } ) "
    "</dev/null >/dev/null 2>&1 & timer=$$!; echo $$timer > $work/timer; }"
)
_NOT_ARMED = (
    "{ kill $$timer; rm -rf $work; "
    "echo 'Error: another undo is armed, or the point is not as the pass before left it' >&2; exit 1; }"
)
_ARM = f"{_TIMER} && {{ $locked sh -c '! ls $dir/*/armed >/dev/null 2>&1 && : > $work/armed' || {_NOT_ARMED}; }}"
# Which list the pass before left, as its checksum. Written before the undo is disarmed and under the same lock: whoever
# finds it finds that list, or an undo armed.
_LEFT = "echo $sha256 > $dir/left"
_READ_LEFT = "cat $dir/left 2>/dev/null || true"
_NOTE_LEFT = f"mkdir -p -m 700 $dir && [ ! -L $dir ] && [ -O $dir ] && {_LEFT}"
# Armed, changed, and disarmed again if it is refused, under one lock, and only on top of the list that was left there.
_ACT = (
    f"{_TIMER} && {{ {{ flock -w 20 9 && "
    'for armed in $dir/*/armed; do [ ! -e "$$armed" ] || break; done && [ ! -e "$$armed" ] && '
    "read -r left < $dir/left && [ x$$left = x$sha256 ] && "
    ": > $work/armed && { $change || { rm $work/armed; false; }; }; } 9> $dir/lock || "
    f"{_NOT_ARMED}; }}"
)
_DISARM = f"{_TIMER_READ} && $locked sh -c '$note rm $work/armed' && {_STOP}"
_SETTLE = (
    f"{_TIMER_READ} && {{ flock -w 20 9 && {_LEFT} && rm -r $work/armed $work; }} 9> $dir/lock && "
    f"echo '{_BREAK}' && {{ kill $$timer 2>/dev/null; true; }}"
)
_FIRE = (
    f"if [ -e $work/armed ]; then {_TIMER_READ}; "
    "$locked sh -c '[ ! -e $work/armed ] || { $restore && rm $work/armed; }' && "
    f"echo restored && {_STOP}; else echo nothing; fi"
)
_STAGE = (
    'cat > $work/new && { [ "$$(sha256sum < $work/new | cut -c1-64)" = $sha256 ] || '
    "{ echo 'Error: the script arrived cut' >&2; exit 1; }; }"
)
_APPLY = "$locked sh -c 'test -e $work/armed && $change'"


@dataclass(frozen=True, slots=True)
class Look:
    """One complete look at a point: the list, the digest of the saved file, and undos somebody left armed.

    `left` is the checksum of the list that the pass before noted there, for a make that has a use for it.
    """

    allowlist: Allowlist
    saved: str
    pending: tuple[str, ...]
    left: str = ""


class Speaker:
    """What netreg says to one point during one pass; `txn` names the pass's files there."""

    def __init__(self, profile: ShellProfile, words: Mapping[str, str], txn: str) -> None:
        self.profile, self.words, self.txn = profile, words, txn

    def look(self) -> str:
        """One command that shows the list, an independent digest of it, the saved file's digest and pending undos."""
        read = self.profile.read
        parts = (read.command, read.proof, read.saved, _PENDING_LIST, *([_READ_LEFT] if self.profile.quick else []))
        # The mark ends every part, the last one too, so that a cut anywhere shows.
        return " && ".join(f"{{ {self.fill(part)}; }} && echo '{_BREAK}'" for part in parts)

    def arm(self, before: Allowlist) -> str:
        """Write the undo, proved to hold the addresses that were read, and start its timer."""
        backup = self.fill(self.profile.backup.command, sha256=macs_digest(self.profile, before))
        return (
            f"{{ {self.fill(_PREPARE)}; }} && {{ {backup}; }} && {self._with(_ARM, seconds=self.profile.undo.seconds)}"
        )

    def stage(self, text: bytes) -> str:
        """Put the script from standard input into a file, and have the point try it without doing anything."""
        sha256 = hashlib.sha256(text).hexdigest()
        return f"{{ {self.fill(_STAGE, sha256=sha256)}; }} && {self.fill(self.profile.apply.check)}"

    def quick(self, plan: Plan, held: Allowlist) -> str:
        """Stage, arm and apply in one command, with a small plan and its opposite in it.

        Where nothing is lost it ends with `prove`: what only adds cannot have taken our way away. Every program that a
        point starts costs it more than the change itself, so the texts come in the command. It is refused unless `held`
        is what the last pass left there: a command of a dead pass that comes late, when another has made the change
        already, must not arm an undo that would take that back.
        """
        template = _quick(self.profile, tuple(self.words.items()), plan)
        return self.fill(template, sha256=held.checksum, seconds=self.profile.undo.seconds)

    def prove(self) -> str:
        """Write the whole list into the file that `settle` saves; prints the digest of it, which is that of `whole`."""
        return self.fill(_proof(self.profile))

    def settle(self, left: Allowlist) -> str:
        """Disarm, tell so by a mark, and save what was proved."""
        return self.fill(f"{_SETTLE} && {_means(self.profile).save}", sha256=left.checksum)

    def apply(self) -> str:
        """Do it, only while the undo is armed."""
        return self._with(_APPLY)

    def note(self, left: Allowlist) -> str:
        """Note which list is there, as `disarm` does."""
        return self.fill(_NOTE_LEFT, sha256=left.checksum)

    def disarm(self, left: Allowlist) -> str:
        """Stop the timer, and note which list is left where the make has a use for it; fails if it was too late."""
        note = f"{_LEFT} && " if self.profile.quick else ""
        return self._with(_DISARM.replace("$note", note), sha256=left.checksum)

    def fire(self, txn: str) -> str:
        """Go back now; prints `restored`, or `nothing` if no undo of that pass was armed."""
        return Speaker(self.profile, self.words, txn)._with(_FIRE)

    def fill(self, template: str, **values: str | int) -> str:
        return self.profile.fill(template, self.words, txn=self.txn, **values)

    def _with(self, template: str, **values: str | int) -> str:
        return self.fill(_spelled(self.profile, template), **values)


def parse_look(profile: ShellProfile, words: Mapping[str, str], text: str) -> Look:
    """The answer to `look_command`, proved complete.

    Raises UnreadableAnswer for a shape we do not know, IncompleteAnswer when the point's two ways of listing disagree.
    """
    parts = text.split(_BREAK + "\n")
    wanted = 5 if profile.quick else 4
    if len(parts) != wanted + 1 or parts[wanted]:
        raise IncompleteAnswer(f"the answer has {len(parts) - 1} of {wanted} parts")
    listing, proof, saved, pending, left = parts[:5]
    allowlist = parse_listing(profile.read, words, listing)
    if proof.strip() != macs_digest(profile, allowlist):
        raise IncompleteAnswer(f"two listings of the same list disagree; the first has {len(allowlist)} entries")
    return Look(allowlist, saved.strip(), _pending(pending), left.strip())


def is_disarmed(answer: str) -> bool:
    """Whether the answer to `Speaker.settle` says that the undo is disarmed, whatever came of the rest."""
    return _BREAK in answer


def _pending(text: str) -> tuple[str, ...]:
    found = [_PENDING.fullmatch(line) for line in text.splitlines()]
    return tuple(match[1] for match in found if match)


def macs_digest(profile: ShellProfile, entries: Iterable[Entry]) -> str:
    """SHA-256 of the addresses as the point writes them, sorted, one a line: what `read.proof` prints."""
    lines = sorted(profile.written(entry.mac) for entry in entries)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def script(profile: ShellProfile, words: Mapping[str, str], plan: Plan, wanted: Allowlist) -> bytes:
    """What is sent to the point: the plan, removals first, or the whole list that it shall hold."""
    if profile.apply.form == "whole":
        return whole(profile, words, wanted).text
    return _delta(profile, words, plan).encode()


def _delta(profile: ShellProfile, words: Mapping[str, str], plan: Plan) -> str:
    keys = [_key(profile, words, entry.mac) for entry in plan.removes]
    adds = [_element(profile, words, entry) for entry in plan.adds]
    return _statement(profile, words, profile.apply.delete, keys) + _statement(profile, words, profile.apply.add, adds)


@lru_cache(maxsize=8)  # many points get the same change
def _quick(profile: ShellProfile, words: tuple[tuple[str, str], ...], plan: Plan) -> str:
    """`Speaker.quick` as a template: all of it but the name of the pass, and of the list that must be there."""
    change, undo = _both(profile, dict(words), plan)
    stage = (_written(change, "$work/new"), _written(undo, "$work/undo"))
    parts = (_PREPARE, *stage, _spelled(profile, _ACT), *(() if plan.lost else (_proof(profile),)))
    return " && ".join(f"{{ {part}; }}" for part in parts)


def _both(profile: ShellProfile, words: Mapping[str, str], plan: Plan) -> tuple[str, str]:
    """The change and its opposite.

    The opposite must hold whether the change came about or not, so what it takes out it first puts in: to add what
    is there already is no mistake for a make that can do this.
    """
    back = plan.opposite
    sure = _statement(profile, words, profile.apply.add, [_key(profile, words, entry.mac) for entry in back.removes])
    return _delta(profile, words, plan), sure + _delta(profile, words, back)


def _written(text: str, file: str) -> str:
    """The template that writes this text, which the shell does by itself. ValueError for a text with a quote in it."""
    if "'" in text:
        raise ValueError("a text for a command may hold no single quote")
    return f"printf %s '{text.replace('$', '$$')}' > {file}"


def _proof(profile: ShellProfile) -> str:
    quick = _means(profile)
    return f"umask 077; {{ {quick.list}; }} > {quick.file} && sha256sum < {quick.file}"


def _means(profile: ShellProfile) -> Quick:
    assert profile.quick is not None  # noqa: S101 - for the type checker; only such a make is asked
    return profile.quick


def _spelled(profile: ShellProfile, template: str) -> str:
    """A template of ours with the profile's own commands in it."""
    return template.replace("$restore", profile.undo.restore).replace("$change", profile.apply.command)


@dataclass(frozen=True)
class Whole:
    """The text that makes a list from nothing, which a saved file must hold byte for byte, and its digest.

    Each is worked out once; in Python 3.11 whoever else asks for it meanwhile waits for that.
    """

    profile: ShellProfile
    words: tuple[tuple[str, str], ...]
    allowlist: Allowlist

    @cached_property
    def text(self) -> bytes:
        words = dict(self.words)
        elements = [_element(self.profile, words, entry) for entry in self.allowlist]
        return _statement(self.profile, words, self.profile.apply.add, elements).encode()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


def whole(profile: ShellProfile, words: Mapping[str, str], allowlist: Allowlist) -> Whole:
    """All of this list as the point is to have it."""
    return _whole(profile, tuple(words.items()), allowlist)


@lru_cache(maxsize=8)  # many points have the same list
def _whole(profile: ShellProfile, words: tuple[tuple[str, str], ...], allowlist: Allowlist) -> Whole:
    return Whole(profile, words, allowlist)


def _key(profile: ShellProfile, words: Mapping[str, str], mac: MacAddress) -> str:
    return profile.fill(profile.apply.key, words, mac=profile.written(mac))


def _element(profile: ShellProfile, words: Mapping[str, str], entry: Entry) -> str:
    if entry.label and entry.label != FOREIGN and profile.capabilities.label:
        return profile.fill(profile.apply.element, words, mac=profile.written(entry.mac), label=entry.label)
    return _key(profile, words, entry.mac)


def _statement(profile: ShellProfile, words: Mapping[str, str], template: str, elements: list[str]) -> str:
    if not elements:
        return ""
    return profile.fill(template, words, elements=profile.apply.separator.join(elements)) + "\n"
