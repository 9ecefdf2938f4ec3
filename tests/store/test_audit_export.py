"""An export of the audit log shows for itself that it is whole; any change to it is told."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netreg.errors import ConfigError, Refused
from netreg.store import audit_export
from netreg.store.audit import verify_store
from netreg.store.audit_export import check, make_key, read_key, write
from netreg.store.transaction import Store
from tests.people import phones


def exported(store: Store, key: Path | None = None) -> bytes:
    out = io.BytesIO()
    with store.reading() as session:
        write(session, out, read_key(key) if key else None)
    return out.getvalue()


def told(content: bytes, trusted: str = "") -> Refused:
    with pytest.raises(Refused) as refused:
        check(io.BytesIO(content), trusted)
    assert refused.value.code == "export_broken" and refused.value.english
    return refused.value


def test_a_whole_export_is_told_by_its_length_and_head(store: Store) -> None:
    phones(store, 1)
    found = check(io.BytesIO(exported(store)))
    with store.reading() as session:
        assert found.chain == verify_store(session)
    assert found.signed_by == ""


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda content: b"".join(change(content.splitlines(keepends=True)))


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "a word altered": lambda content: content.replace(b"schedule", b"somebody", 1),
    "a row taken out": lines(lambda rows: rows[:2] + rows[3:]),
    "the newest rows taken out": lines(lambda rows: [*rows[:3], rows[-1]]),
    "rows in another order": lines(lambda rows: [rows[1], rows[0], *rows[2:]]),
    "a row twice": lines(lambda rows: [rows[0], *rows]),
    "no seal": lines(lambda rows: rows[:-1]),
    "something after the seal": lambda content: content + b"{}\n",
    "cut in the middle": lambda content: content[: len(content) // 2],
    "nothing": lambda _content: b"",
    "no JSON": lambda content: b"\xff" + content,
    "a list": lambda content: b"[]\n" + content,
    "a seal of another length": lambda content: content.replace(b'"rows":', b'"rows":1', 1),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_whatever_is_changed_is_told(sqlite_store: Store, name: str) -> None:
    phones(sqlite_store, 1)
    content = exported(sqlite_store)
    changed = TAMPERINGS[name](content)
    assert changed != content
    told(changed)


def test_a_signature_names_the_key_and_cannot_be_moved(sqlite_store: Store, tmp_path: Path) -> None:
    public = make_key(tmp_path / "audit.key")
    assert (tmp_path / "audit.key").stat().st_mode & 0o077 == 0
    content = exported(sqlite_store, tmp_path / "audit.key")
    assert check(io.BytesIO(content), public).signed_by == public
    assert "esa llave" in told(content, "ab" * 32).message
    assert "esa llave" in told(exported(sqlite_store), public).message, "unsigned is not signed"
    *rows, last = content.splitlines(keepends=True)
    seal = json.loads(last)
    seal["seal"]["made"] = "2020-01-01T00:00:00+00:00"
    assert "firma" in told(b"".join([*rows, json.dumps(seal).encode()])).message


def test_a_forger_without_the_key_cannot_make_a_log_of_their_own(sqlite_store: Store, tmp_path: Path) -> None:
    public = make_key(tmp_path / "audit.key")
    make_key(tmp_path / "forger.key")
    forged = exported(sqlite_store, tmp_path / "forger.key")
    assert check(io.BytesIO(forged)).signed_by != public
    told(forged, public)


def test_a_key_is_made_once_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    make_key(tmp_path / "audit.key")
    with pytest.raises(Refused) as refused:
        make_key(tmp_path / "audit.key")
    assert refused.value.code == "file_exists"
    assert read_key(tmp_path / "none.key") is None
    (tmp_path / "bad.key").write_text("no key")
    with pytest.raises(ConfigError):
        read_key(tmp_path / "bad.key")
    assert not audit_export.is_public_key("zz") and audit_export.is_public_key("AB" * 32)
