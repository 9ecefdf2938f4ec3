"""The faults of pushes: what befalls a point, how the pass ends, and in what state it says that it left the point.

docs/faults.md says the same to people; `test_fault_table.py` holds the two together, and each statement to the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from tests.agents.prompts import Prompt
from tests.agents.troubled import TroubledPoint
from tests.agents.wires import byte_by_byte, coloured

# The makes by how they go back. A profile that is in no column fails the tests.
COLUMNS = {
    "a shell": (
        "dnsmasq",
        "freeradius-files",
        "linux-hostapd",
        "linux-nftables",
        "openwrt-firewall",
        "openwrt-wifi",
    ),
    "a confirmed commit": ("juniper-junos", "vyos"),
    "a revert timer": ("cisco-ios-xe-9800",),
    "safe mode": ("mikrotik-routeros",),
    "a draft": ("aruba-instant", "fortinet-fortios", "ubiquiti-edgeos"),
    "nothing": ("aruba-os", "cisco-aireos", "huawei-ac"),
}
VERIFIED = "verified"
# What a cell may say of the point, as on the page. "a / b": a where a command saves, b where the make saves by itself.
NOT_HERE = "–"

Profile = ShellProfile | ConsoleProfile
Befall = Callable[[TroubledPoint], None]


@dataclass(frozen=True)
class Fault:
    """One row: the code that a pass ends with, and what each column's points are left as."""

    says: str
    befall: Befall
    code: str
    left: tuple[str, ...]
    fits: Callable[[Profile], bool] = lambda profile: True
    then: Callable[[TroubledPoint], None] = lambda point: None
    # The pass is held up there right after this step, and the point's undo runs out.
    runs_out_after: str = ""

    def ends(self, profile: Profile) -> tuple[str, str]:
        """The code and the state in this row for this make."""
        column = next(at for at, makes in enumerate(COLUMNS.values()) if profile.name in makes)
        cell = self.left[column]
        code, _, left = cell.rpartition(": ")
        saved, _, itself = left.partition(" / ")
        return code or self.code, itself if itself and profile.save is None else saved

    def is_for(self, profile: Profile) -> bool:
        return self.ends(profile)[1] != NOT_HERE and self.fits(profile)


def _everywhere(left: str) -> tuple[str, ...]:
    return (left,) * len(COLUMNS)


def _at_prompts(left: str) -> tuple[str, ...]:
    return (NOT_HERE, *_everywhere(left)[1:])


def _wire(**wrong: object) -> Befall:
    def befall(point: TroubledPoint) -> None:
        for name, value in wrong.items():
            setattr(point.wire, name, value)

    return befall


def _prompt(what: str) -> Befall:
    def befall(point: TroubledPoint) -> None:
        assert isinstance(point, Prompt)
        setattr(point, what, True)

    return befall


def _at(moment: str, act: str) -> Befall:
    def befall(point: TroubledPoint) -> None:
        point.trouble = (moment, getattr(point, act))
        if moment == "begun":
            point.stop_in_part()

    return befall


def _lose_track_of_time(point: TroubledPoint) -> None:
    point.set_wall_clock(-56)
    point.trouble = ("changed", lambda: point.set_wall_clock(40))


def _cut_lists(point: TroubledPoint) -> None:
    point.cuts_lists = True


def _nothing(_point: TroubledPoint) -> None: ...


def _can_save(profile: Profile) -> bool:
    return profile.save is not None


def _has_mode(profile: Profile) -> bool:
    return isinstance(profile, ConsoleProfile) and bool(profile.apply.mode)


def _knows_pagers(profile: Profile) -> bool:
    return isinstance(profile, ConsoleProfile) and any("ore" in one.asks for one in profile.session.questions)


# Each as the columns stand: a shell, a confirmed commit, a revert timer, safe mode, a draft, nothing.
_BACK_AT_ONCE = ("restored", "unchanged", "restored", "restored", "restored", "in part")
_AWAY_EARLY = ("by itself", "unchanged", "by itself", "by itself", "unknown", "unknown")
_AWAY_LATE = ("by itself", "by itself", "by itself", "by itself", "unknown", "unknown")
_HAS_UNDO = (NOT_HERE, NOT_HERE)

FAULTS = {
    "fine": Fault("nothing goes wrong", _nothing, VERIFIED, _everywhere(VERIFIED)),
    "login": Fault("refuses the login", _wire(refuses_login=True), "login_refused", _everywhere("unchanged")),
    "silent": Fault("says nothing after the login", _wire(mute=True), "unreachable", _everywhere("unchanged")),
    "noise": Fault("answers with 10 MB of noise", _wire(shouts=True), "unexpected_output", _everywhere("unchanged")),
    "cut-list": Fault("shows its list cut", _cut_lists, "incomplete_read", _everywhere("unchanged")),
    "slow": Fault("takes 2 s for every answer", _wire(latency=2.0), VERIFIED, _everywhere(VERIFIED)),
    "bytes": Fault("answers byte by byte", _wire(style=byte_by_byte), VERIFIED, _everywhere(VERIFIED)),
    "colours": Fault("paints its answers (ANSI codes)", _wire(style=coloured), VERIFIED, _at_prompts(VERIFIED)),
    "pages": Fault("pages, though told not to", _prompt("pages"), VERIFIED, _at_prompts(VERIFIED), _knows_pagers),
    "clock": Fault("has a clock years off, which jumps", _lose_track_of_time, VERIFIED, _everywhere(VERIFIED)),
    "wrong-prompt": Fault(
        "does not open the mode for changes",
        _prompt("ignores_mode"),
        "unexpected_output",
        (NOT_HERE, "unchanged", "restored", "restored", "restored", "restored"),
        _has_mode,
    ),
    "question": Fault(
        "asks what nobody knows in a change",
        _prompt("asks_oddly"),
        "unreachable",
        (NOT_HERE, "unchanged", "restored", "restored", "restored", "restored"),
    ),
    "refused": Fault(
        "refuses in words only, with status 0",
        lambda point: point.refuse_change(),
        "command_refused",
        ("restored", "unchanged", "restored", "restored", "restored", "restored"),
    ),
    "half": Fault(
        "takes half of the list and says nothing",
        _at("changed", "lose_one"),
        "verify_failed",
        ("restored", "restored", "restored", "restored", "in part", "in part"),
    ),
    "noise-in-change": Fault(
        "makes 10 MB of noise in the change", _at("begun", "shout"), "unexpected_output", _BACK_AT_ONCE
    ),
    "dies": Fault("connection dies in the change", _at("begun", "cut"), "unreachable", _BACK_AT_ONCE),
    "dies-away": Fault("the same, and it stays away", _at("begun", "vanish"), "unreachable", _AWAY_EARLY),
    "hangs": Fault("hangs in the change", _at("begun", "fall_silent"), "unreachable", _AWAY_EARLY),
    "answer-lost": Fault(
        "connection dies after the change",
        _at("changed", "cut"),
        "unreachable",
        ("restored", "restored", "restored", "restored", "applied", "applied"),
    ),
    "answer-lost-away": Fault("the same, and it stays away", _at("changed", "vanish"), "unreachable", _AWAY_LATE),
    "confirmed": Fault(
        "connection dies after the confirmation",
        _at("confirmed", "cut"),
        "unreachable",
        ("applied", "applied", "applied", "applied", *_HAS_UNDO),
    ),
    "confirmed-away": Fault(
        "the same, and it stays away",
        _at("confirmed", "vanish"),
        "unreachable",
        (*_everywhere("applied or by itself")[:4], *_HAS_UNDO),
    ),
    "power": Fault(
        "restarts in the change",
        _at("changed", "power_cut"),
        "unreachable",
        ("restored / applied", "restored", "restored", "restored", "restored / applied", "restored / applied"),
    ),
    "ran-out": Fault(
        "its undo runs out before the list was read back",
        _at("changed", "run_out"),
        "verify_failed",
        ("restored", "restored", "restored", "unreachable: restored", *_HAS_UNDO),
    ),
    "ran-out-late": Fault(
        "its undo runs out before the confirmation",
        _nothing,
        "command_refused",
        ("restored", "restored", "restored", "unreachable: restored", *_HAS_UNDO),
        runs_out_after="read back",
    ),
    "save-refused": Fault(
        "refuses to save", lambda point: point.refuse_save(), "command_refused", _everywhere("applied"), _can_save
    ),
    "save-forgotten": Fault(
        "says that it saved, and did not",
        _at("saved", "forget_saved"),
        VERIFIED,
        _everywhere(VERIFIED),
        _can_save,
        then=lambda point: point.restart(),
    ),
}
