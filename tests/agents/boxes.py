"""Points that have a shell, simulated: netreg's commands run in a real shell, in a folder that is the point.

The profile's commands, netreg's timer, `netreg-acl` and `netreg-load` are the real ones. Stand-ins (in `standins/`, and
those of the lab's OpenWrt) take the place of what holds the list: nft, hostapd, dnsmasq, FreeRADIUS. The timer sleeps
until the test says that its time has passed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from agents.ssh import Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.profile import ShellProfile
from netreg.mac import MacAddress
from tests.agents.troubled import TroubledPoint
from tests.lab.bed import POINTS, wait_until

HERE = Path(__file__).parent
OPENWRT = HERE.parent / "lab" / "openwrt"
# The folders that the point's own files live in, as whole words of a command or of a script.
PLACES = re.compile(r"(?<![\w./-])/(?=run/|etc/n|tmp/netreg|usr/local/|var/)")
MARK = "00:00:00:00:00:00"
_ENTRY = re.compile(
    r"""^\W*(?:add.*\{ )?(?P<mac>[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5})(?: # |(?: comment "))?(?P<label>[\w:.-]*)"""
)


class Box(TroubledPoint):
    """A point of one make, in `folder`. It starts with the list `before`, in force and saved. End it with `remove`."""

    def __init__(self, target: Target, before: Allowlist, wanted: Allowlist, folder: Path) -> None:
        super().__init__(target, before, wanted)
        assert isinstance(target.profile, ShellProfile)
        self.profile, self.folder = target.profile, folder
        self.words = self.profile.settled(target.parameters)
        self.dir = Path(self._moved(self.profile.fill(self.profile.undo.dir, self.words)))
        # nft's sets, and the files that are replaced, change at once; hostapd goes line by line.
        self.atomic = self.profile.capabilities.replace == "atomic"
        for name in ("bin", "run/dnsmasq", "run/openwrt", "run/hostapd", "run/netreg", "tmp"):
            (folder / name).mkdir(parents=True)
        for name in ("etc/nftables.d", "etc/netreg", "usr/local/bin", "usr/local/sbin", "var/lib/netreg", "var/log"):
            (folder / name).mkdir(parents=True)
        self.set_wall_clock(0)
        os.mkfifo(folder / "later")
        self._install()
        self._begin()
        self._new = self._snapshot()

    def remove(self) -> None:
        """End what still runs here."""
        self._stop_timers()

    # --- the truth about it ---

    def saved(self) -> Allowlist:
        return _entries(self._save_file().read_text())

    def is_armed(self) -> bool:
        return any(self.dir.glob("*/armed"))

    def is_as_new(self) -> bool:
        return self._snapshot() == self._new

    # --- what happens to it ---

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        if seconds >= self.profile.undo.seconds:
            self.run_out()

    def run_out(self) -> None:
        if self.is_armed():
            wait_until(self._wake, "the timer to sleep")
            wait_until(lambda: not self.is_armed(), "the point's own undo")

    def restart(self) -> None:
        self.wire.cut()
        self._stop_timers()
        shutil.rmtree(self.dir, ignore_errors=True)
        self._start()

    def refuse_change(self) -> None:
        (self.folder / "refuses").touch()

    def refuse_save(self) -> None:
        self._save_file().with_name(self._save_file().name + ".new").mkdir()

    def forget_saved(self) -> None:
        self._write_saved(self.before)

    def set_wall_clock(self, years: int) -> None:
        (self.folder / "clock").write_text(f"{years:+} years")

    def heal(self) -> None:
        super().heal()
        if (blocked := self._save_file().with_name(self._save_file().name + ".new")).is_dir():
            blocked.rmdir()

    # --- the wire ---

    def execute(self, command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        self._notice(begun=self.atomic and self.is_armed())
        done = self.run(command, stdin)
        self._notice(begun=not self.atomic and self.held() not in (self.before, self.wanted))
        out = done.stdout[: len(done.stdout) // 2] if self.cuts_lists else done.stdout
        return done.returncode, self._as_seen(out), self._as_seen(done.stderr)

    def run(self, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run this here as the login would."""
        path = f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        words = ["/bin/sh", "-c", self._moved(command)]
        return subprocess.run(words, input=stdin, capture_output=True, env={"PATH": path, "LC_ALL": "C"}, timeout=60)

    def terminal(self) -> tuple[object, str]:
        raise AssertionError("nobody needs a terminal on a make that has a shell")

    def press(self, terminal: object, keys: str) -> str:
        raise AssertionError("nobody needs a terminal on a make that has a shell")

    def hung_up(self, terminal: object) -> None: ...

    # --- what each kind of box does in its way ---

    def _install(self) -> None:
        """Put the stand-ins, and what an administrator installs, where they belong."""
        for stand_in in ("sleep", "date"):
            self._put(HERE / "standins" / stand_in, f"bin/{stand_in}")

    def _begin(self) -> None:
        """Have the first list in force and saved."""
        self._write_saved(self.before)
        self._start()

    def _start(self) -> None:
        """As after a start: in force is what is saved."""
        raise NotImplementedError

    def _save_file(self) -> Path:
        raise NotImplementedError

    def _write_saved(self, entries: Allowlist) -> None:
        raise NotImplementedError

    # --- the pieces ---

    def _snapshot(self) -> dict[Path, bytes]:
        """Every file but the locks and the log; when a list was loaded is no difference."""
        files = (file for file in self.folder.rglob("*") if file.is_file() and file.suffix != ".log")
        kept = {file: file.read_bytes() for file in files if not file.name.endswith("lock")}
        return {file: re.sub(rb'(Reply-Message := "\w+) \d+', rb"\1", text) for file, text in kept.items()}

    def _wake(self) -> bool:
        """Wake the timer; False if none sleeps yet."""
        try:
            later = os.open(self.folder / "later", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        os.write(later, b"\n")
        os.close(later)
        return True

    def _put(self, source: Path, place: str) -> None:
        text = self._moved(source.read_text("utf-8")).replace("PATH=/", f"PATH={self.folder}/bin:/")
        text = text.replace("@BOX@", str(self.folder)).replace("@SECONDS@", str(self.profile.undo.seconds))
        family = [self.words.get(word, "") for word in ("family", "table", "set")]
        file = self.folder / place
        file.write_text(text.replace("@SET@", " ".join(family)))
        file.chmod(0o755)

    def _moved(self, text: str) -> str:
        return PLACES.sub(f"{self.folder}/", text)

    def _as_seen(self, said: bytes) -> bytes:
        return said.replace(str(self.folder).encode(), b"")

    def _stop_timers(self) -> None:
        for file in self.dir.glob("*/timer"):
            with suppress(OSError, ValueError):
                os.kill(int(file.read_text()), signal.SIGTERM)


class NftBox(Box):
    """The firewalls: a set in the kernel, and a file that brings it back."""

    def held(self) -> Allowlist:
        return _entries((self.folder / "elements").read_text())

    def lose_one(self) -> None:
        self._put_in_force(Allowlist.of(entry for entry in self.held() if entry.mac in self.before))

    def _install(self) -> None:
        super()._install()
        self._put(HERE / "standins" / "nft", "bin/nft")

    def _start(self) -> None:
        self._put_in_force(self.saved())

    def _put_in_force(self, entries: Allowlist) -> None:
        (self.folder / "elements").write_text("".join(f"{_nft(entry)}\n" for entry in entries))

    def _save_file(self) -> Path:
        return Path(self._moved(self.words["save_file"]))

    def _write_saved(self, entries: Allowlist) -> None:
        where = " ".join(self.words[word] for word in ("family", "table", "set"))
        elements = ",\n".join(_nft(entry) for entry in entries)
        block = f"add element {where} {{ {elements} }}\n"
        plain = "# netreg writes this file\n" + "".join(f"{entry.mac}\n" for entry in entries)
        self._save_file().write_text(block if self.profile.capabilities.label else plain)


class HostapdBox(Box):
    """The access points: hostapd's list, and the file that it reads when it starts."""

    def held(self) -> Allowlist:
        return Allowlist.of(entry for entry in _entries(self._acl().read_text()) if entry.mac.text != MARK)

    def lose_one(self) -> None:
        kept = [line for line in self._acl().read_text().splitlines() if line == MARK or line in self._before()]
        self._acl().write_text("".join(f"{line}\n" for line in kept))

    def refuse_change(self) -> None:
        self._choke_at(self._lines_of_change()[0])

    def stop_in_part(self) -> None:
        self._choke_at(self._lines_of_change()[1])

    def _choke_at(self, line: str) -> None:
        (self.folder / "run/openwrt/chokes-at").write_text(line)

    def _lines_of_change(self) -> list[str]:
        """What hostapd is given, in the order of the make's script."""
        gone, came = min(self._before() - self._wanted()), min(self._wanted() - self._before())
        return [came, f"-{gone}"] if self.profile.name == "openwrt-wifi" else [f"-{gone}", came]

    def _install(self) -> None:
        super()._install()
        for stand_in in ("hostapd_cli", "uci"):
            self._put(OPENWRT / stand_in, f"bin/{stand_in}")
        self._put(POINTS / "linux-hostapd" / "netreg-acl", "usr/local/bin/netreg-acl")
        (self.folder / "run/openwrt/default_radio0.macfilter").write_text("allow\n")
        (self.folder / "run/openwrt/default_radio0.macfile").write_text(f"{self.folder}/etc/netreg/phy0-ap0.macs\n")

    def _start(self) -> None:
        control = self.folder / "run/hostapd" / self._interface()
        control.unlink(missing_ok=True)
        control.touch()
        self._acl().write_text("".join(f"{entry.mac}\n" for entry in self.saved()))

    def _save_file(self) -> Path:
        name = "macs" if self.profile.name == "openwrt-wifi" else "accept"
        return self.folder / "etc/netreg" / f"{self._interface()}.{name}"

    def _write_saved(self, entries: Allowlist) -> None:
        self._save_file().write_text("".join(f"{entry.mac}\n" for entry in entries))

    def _interface(self) -> str:
        return self.words.get("ifname") or self.words["interface"]

    def _acl(self) -> Path:
        return self.folder / "run/openwrt" / f"{self._interface()}.acl"

    def _before(self) -> set[str]:
        return {entry.mac.text for entry in self.before}

    def _wanted(self) -> set[str]:
        return {entry.mac.text for entry in self.wanted}


class LoadedBox(Box):
    """The servers: a file that is the list, loaded by netreg-load. What is in the file is saved."""

    def held(self) -> Allowlist:
        return _entries((self.folder / "in-force").read_text())

    def lose_one(self) -> None:
        kept = Allowlist.of(entry for entry in self.held() if entry.mac in self.before)
        done = self.run("/usr/local/sbin/netreg-load", self._lines(kept).encode())
        assert done.returncode == 0, done.stderr

    def restart(self) -> None:
        self._stop_server()
        super().restart()

    def remove(self) -> None:
        super().remove()
        self._stop_server()

    def _install(self) -> None:
        super()._install()
        for stand_in in ("sudo", "radmin", "radclient", "dnsmasq"):
            self._put(HERE / "standins" / stand_in, f"bin/{stand_in}")
        self._put(POINTS / self.profile.name / "netreg-load", "usr/local/sbin/netreg-load")
        self._server: subprocess.Popen[bytes] | None = None

    def _start(self) -> None:
        if self.profile.name != "dnsmasq":
            shutil.copy(self._save_file(), self.folder / "in-force")
            return
        pid = self.folder / "run/dnsmasq/dnsmasq.pid"
        pid.unlink(missing_ok=True)
        # A shell cannot listen to a signal that whoever started the tests ignores.
        words = ["env", "--default-signal=HUP", self.folder / "bin/dnsmasq"]
        self._server = subprocess.Popen(words, start_new_session=True)
        wait_until(lambda: pid.exists() and bool(pid.read_text()), "the server to start")

    def _stop_server(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()

    def _save_file(self) -> Path:
        return Path(self._moved(self.words["list"]))

    def _write_saved(self, entries: Allowlist) -> None:
        text = self._lines(entries)
        end = f'netreg-list\n\tReply-Message := "{hashlib.sha256(text.encode()).hexdigest()} 0"\n'
        self._save_file().write_text(text + end * (self.profile.name != "dnsmasq"))
        if self.profile.name == "dnsmasq":
            loaded = self._save_file().with_name("hosts.loaded")
            loaded.write_text(hashlib.sha256(text.encode()).hexdigest() + "\n")

    def _lines(self, entries: Allowlist) -> str:
        return "".join(f"{self.profile.written(entry.mac)} # {entry.label}\n" for entry in entries)


def box(target: Target, before: Allowlist, wanted: Allowlist, folder: Path) -> Box:
    """The box of this make."""
    if "hostapd" in target.profile.name or "wifi" in target.profile.name:
        return HostapdBox(target, before, wanted, folder)
    kind = LoadedBox if "list" in target.profile.parameters else NftBox
    return kind(target, before, wanted, folder)


def _nft(entry: Entry) -> str:
    return f'{entry.mac} comment "{entry.label}"' if entry.label else entry.mac.text


def _entries(text: str) -> Allowlist:
    found = [_ENTRY.match(line) for line in text.splitlines()]
    return Allowlist.of(Entry(MacAddress.parse(one["mac"]), one["label"]) for one in found if one)
