"""An installation to type the documents' commands in, with the files that they name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from netreg import config, vendors
from netreg.cli.main import main
from netreg.mac import MacAddress
from netreg.opening import open_store
from netreg.procedures import catalogue
from netreg.registry.commands import people
from netreg.registry.deciding import approve
from portal.app import create_app
from portal.serving import serving
from tests.importing.samples import every
from tests.people import ACTOR, INES, PASSWORD, move_in
from tests.portal.conftest import a_point, a_request, an_alert
from tests.samples import pdf
from tests.test_vendors import CSV, KNOWN

HELD, STRANGE = "a4:83:e7:11:22:33", "a4:83:e7:66:77:88"
SECRETS = ("clave.txt", "id_ed25519", "antena.password")
PROGRAMS = ("bash", "curl")
# Whatever a line may hold that a shell has to see to.
_FOR_A_SHELL = re.compile(r"[|&;<>$*~`{}\\]|^(?!netreg )")
_TOKEN = re.compile(r"\bnetreg_[\w-]{20,}")


@dataclass
class Typed:
    """What a line did: its exit status, and what it printed."""

    status: int
    said: str


class Scratch:
    """A folder in which somebody types what a document says, line by line, and remembers the token that was shown."""

    def __init__(self, folder: Path, address: str = "") -> None:
        """`address` is that of the portal; without one nothing is installed, and the first line tries the program."""
        self.folder, self.address, self.token, self.is_new = folder, address, "", not address

    def type(self, line: str) -> Typed:
        """Do what the line says, with the served portal in place of the office's and the token that was made."""
        line = line.replace("https://netreg.municipio.gob.mx", self.address).replace("netreg_…", self.token)
        line = line.replace("http://127.0.0.1:8080", self.address)
        done = self._in_a_shell(line) if self.is_new or _FOR_A_SHELL.search(line) else self._in_here(line)
        self.is_new = False
        self.token = (_TOKEN.findall(done.said) or [self.token])[-1]
        if " backup keygen " in line:
            self._use_the_key(done.said)
        return done

    def _use_the_key(self, said: str) -> None:
        """Put the public half of the key that was just made into the settings, as the document says."""
        path = self.folder / "config.toml"
        (public,) = set(re.findall(r"age1[a-z0-9]+", said))
        path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{public}"]', 1))

    def _in_a_shell(self, line: str) -> Typed:
        path = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.folder,
            env=os.environ | {"PATH": path, "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Typed(done.returncode, done.stdout + done.stderr)

    def _in_here(self, line: str) -> Typed:
        """Without a process of its own, which takes longer than most commands. The working folder is this one."""
        done = CliRunner().invoke(main, shlex.split(line)[1:], env={"COLUMNS": "200"})
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
        return Typed(done.exit_code, done.output)


def furnish(folder: Path) -> None:
    """Init, the cast, a phone that is let in, a stranger on the air, and the points that documents name."""
    mail = folder / "correo.url"
    mail.write_text("mailto://netreg:una-clave@127.0.0.1:9?from=red@municipio.gob.mx\n")
    mail.chmod(0o600)
    words = ["init", "--config", str(folder / "config.toml"), "--mail-url-file", "correo.url"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    store = open_store(config.load(folder / "config.toml").database_url)
    move_in(store)
    with store.transaction(ACTOR) as tx:
        people.add_person(tx, "vigia@municipio.gob.mx", "Vigía", ("administrator",), PASSWORD, None)
    a_request(store, HELD)
    approve(store, INES.email, 1)
    an_alert(store, STRANGE)
    for name in ("palacio", "patio"):
        a_point(store, name)
    store.engine.dispose()
    _files(folder)


def _files(folder: Path) -> None:
    """What the documents call their own, by the names that they give it."""
    lists = every()
    named = {
        "areas.xlsx": lists["areas.csv"],
        "personas.csv": lists["personas.csv"],
        "censo.xlsx": lists["simple.xlsx"],
        "dias.csv": b"from,to,es,en,source\n2027-03-25,2027-03-26,Semana Santa,Holy Week,Gaceta 12\n",
        "procedimiento.toml": catalogue.procedure("GCH-CCS-P06").source_text.encode(),
        "salon.pcap": a_capture(),
        "oficio.pdf": pdf(),
        "data/vendors.gz": vendors.packed(KNOWN),  # small, so that the small lists beside it are no loss
        **dict.fromkeys(("oui.csv", "mam.csv", "oui36.csv", "iab.csv"), CSV.encode()),
    }
    for name, content in named.items():
        (folder / name).write_bytes(content)
    for name in SECRETS:
        _secret(folder / name)


def _secret(path: Path) -> None:
    path.write_text("una clave bien larga\n")
    path.chmod(0o600)


def a_capture() -> bytes:
    """A capture (pcap) in which one device asks for another by ARP."""
    sender = bytes.fromhex(MacAddress(STRANGE).text.replace(":", ""))
    asked = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + sender + bytes((10, 0, 0, 7)) + bytes(6) + bytes((10, 0, 0, 1))
    frame = b"\xff" * 6 + sender + b"\x08\x06" + asked
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + struct.pack("<IIII", 1_700_000_000, 0, len(frame), len(frame)) + frame


def missing() -> str:
    """What of the shell's programs is not on this machine."""
    return " ".join(name for name in PROGRAMS if shutil.which(name) is None)


@contextmanager
def empty(folder: Path) -> Iterator[Scratch]:
    """A folder in which nothing is installed yet, with the secrets that a reader brings."""
    for name in SECRETS:
        _secret(folder / name)
    yield Scratch(folder)


@contextmanager
def served(template: Path, folder: Path) -> Iterator[Scratch]:
    """A copy of the furnished folder, and its portal."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    settings = config.load(folder / "config.toml")
    store = open_store(settings.database_url)
    try:
        with serving(create_app(settings, store), host="127.0.0.1", port=0, threads=2) as address:
            yield Scratch(folder, address)
    finally:
        store.engine.dispose()
        vendors.use(vendors.SHIPPED)  # a command takes up its installation's own, for the whole process
