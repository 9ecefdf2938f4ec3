"""A backup that is cut off, altered, made up or sealed for others is refused in words, and nothing is left of it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from netreg.backup import sealing, verified
from netreg.errors import Refused
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.backup.conftest import Town
from tests.people import phones

Parts = list[tuple[str, bytes]]


@pytest.fixture
def town_with(sqlite_store: Store, town: Town) -> tuple[Town, Store]:
    phones(sqlite_store, 1)
    return town, sqlite_store


def url(store: Store) -> str:
    return store.engine.url.render_as_string()


def refused(town: Town, file: Path, identity: Path | None = None) -> Refused:
    """What is said of a file that is verified, and, in the same words, restored; nothing is there afterwards."""
    new = town.empty("sqlite", name=f"new-{file.name}")
    with pytest.raises(Refused) as said:
        verified.verify(file, identity or town.identity, new.data_dir)
    town.identity = identity or town.identity
    with pytest.raises(Refused) as again:
        town.restore(file, new)
    assert again.value.message == said.value.message
    assert {one.name for one in new.data_dir.iterdir()} <= {"retention.key", "leader.lock", "segments.lock"}
    return said.value


@pytest.mark.parametrize("plain", [False, True], ids=["sealed", "plain"])
@pytest.mark.parametrize("length", [0.001, 0.3, 0.9, 0.9999])
def test_a_file_that_is_cut_off_is_refused(town_with: tuple[Town, Store], plain: bool, length: float) -> None:
    town, store = town_with
    whole = town.back_up(store, town.settings(url(store)), plain=plain).read_bytes()
    cut = town.folder / "cut"
    cut.write_bytes(whole[: int(len(whole) * length)])
    assert refused(town, cut).code == "backup_damaged"


def test_a_sealed_file_with_one_bit_turned_is_refused(town_with: tuple[Town, Store]) -> None:
    town, store = town_with
    whole = bytearray(town.back_up(store, town.settings(url(store))).read_bytes())
    whole[len(whole) // 2] ^= 1
    bent = town.folder / "bent"
    bent.write_bytes(whole)
    assert refused(town, bent).code == "backup_damaged"


def test_another_key_opens_nothing_and_no_key_is_asked_for(town_with: tuple[Town, Store]) -> None:
    town, store = town_with
    file = town.back_up(store, town.settings(url(store)))
    other = town.folder / "other.txt"
    sealing.keygen(other, now())
    assert refused(town, file, other).code == "backup_key"
    with pytest.raises(Refused) as said:
        verified.verify(file, None, town.folder)
    assert said.value.code == "backup_key" and "--identity" in said.value.hint


@pytest.mark.parametrize("content", ["", "AGE-SECRET-KEY-1NONSENSE\n", "age1abc\n", "llave con ñ\n"])
def test_a_file_that_is_no_key_is_told(town: Town, content: str) -> None:
    path = town.folder / "no-key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused) as said:
        sealing.read_identity(path)
    assert said.value.code == "backup_key" and said.value.hint


def test_a_key_is_never_made_over_another(town: Town) -> None:
    before = town.identity.read_text()
    with pytest.raises(Refused) as said:
        sealing.keygen(town.identity, now())
    assert said.value.code == "file_exists" and town.identity.read_text() == before
    assert town.identity.stat().st_mode & 0o077 == 0


# --- somebody who has the public key and writes a backup of their own -----------------------------------------------


def unpacked(file: Path) -> Parts:
    with tarfile.open(fileobj=gzip.GzipFile(file), mode="r|") as archive:  # type: ignore[arg-type]
        return [(one.name, archive.extractfile(one).read()) for one in archive]  # type: ignore[union-attr]


def packed(parts: Parts, path: Path) -> Path:
    with gzip.open(path, "wb") as out, tarfile.open(fileobj=out, mode="w|") as archive:  # type: ignore[arg-type]
        for name, content in parts:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def noted(parts: Parts) -> Parts:
    """The parts with a manifest that says of each what it is now."""
    import hashlib

    said = json.loads(parts[-1][1])
    said["parts"] = {name: (hashlib.sha256(content).hexdigest(), len(content)) for name, content in parts[:-1]}
    return [*parts[:-1], (parts[-1][0], json.dumps(said).encode())]


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Parts], Parts]:
    return lambda parts: [(one, change(content) if one.startswith(name) else content) for one, content in parts]


def added(name: str) -> Callable[[Parts], Parts]:
    return lambda parts: noted([*parts[:-1], (name, b"x"), parts[-1]])


FORGERIES: dict[str, Callable[[Parts], Parts]] = {
    "a row altered": changed("tables/area/", lambda content: content.replace(b"Obras", b"Otras")),
    "a row altered, and the manifest with it": lambda parts: noted(
        changed("tables/audit_event/", lambda content: content.replace(b"schedule", b"somebody"))(parts)
    ),
    "a row taken out, and the manifest with it": lambda parts: noted(
        changed("tables/role/", lambda content: content.partition(b"\n")[2])(parts)
    ),
    "a row with other columns": lambda parts: noted(changed("tables/area/", lambda _: b"[1,2]\n")(parts)),
    "rows that are no JSON": lambda parts: noted(changed("tables/area/", lambda _: b"{{\n")(parts)),
    "a value of another kind": lambda parts: noted(
        changed("tables/area/", lambda content: content.replace(b"[", b"[[],").replace(b",null]", b"]"))(parts)
    ),
    "no manifest": lambda parts: parts[:-1],
    "the manifest twice": lambda parts: [*parts, parts[-1]],
    "something after the end": lambda parts: [*parts, ("conf/more", b"x")],
    "a name that leads out": added("conf/../../../etc/cron.d/x"),
    "an absolute name": added("/etc/passwd"),
    "a hidden name": added("conf/.ssh/authorized_keys"),
    "a file that is no hash": added("files/letter.pdf"),
    "a table nobody told of": added("tables/sqlite_master/000001.jsonl"),
    "no head": lambda parts: parts[1:],
    "a head that is none": changed("backup.json", lambda _: b"[]"),
    "a head without a date": changed("backup.json", lambda content: content.replace(b'"made": "2', b'"made": "x')),
    "a revision that is a path": changed("backup.json", lambda content: content.replace(b'"0001"', b'"../x"')),
    "a table that is another": lambda parts: noted(
        changed("backup.json", lambda content: content.replace(b'["code", "text"]', b'["code", "bytes"]'))(parts)
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_made_up_is_refused(town_with: tuple[Town, Store], name: str) -> None:
    town, store = town_with
    real = unpacked(town.back_up(store, town.settings(url(store)), plain=True))
    forged = FORGERIES[name](real)
    assert forged != real
    assert refused(town, packed(forged, town.folder / "forged")).code == "backup_damaged"
    assert not list(town.folder.rglob("cron.d"))


def test_the_parts_of_a_real_one_packed_again_are_accepted(town_with: tuple[Town, Store]) -> None:
    """So what the forgeries are refused for is the forgery."""
    town, store = town_with
    settings = town.settings(url(store))
    file = packed(noted(unpacked(town.back_up(store, settings, plain=True))), town.folder / "same")
    assert verified.verify(file, None, settings.data_dir)[1].rows["person"] > 5


def test_a_backup_of_a_newer_version_says_so(town_with: tuple[Town, Store]) -> None:
    town, store = town_with
    real = unpacked(town.back_up(store, town.settings(url(store)), plain=True))
    newer = changed("backup.json", lambda content: content.replace(b'"revision": "0001"', b'"revision": "9999"'))(real)
    said = refused(town, packed(noted(newer), town.folder / "newer"))
    assert said.code == "backup_newer" and "9999" in said.message
