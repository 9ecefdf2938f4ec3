"""A new point is put into service on the page step by step, and nothing is changed on it before the last one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from agents.worker import Worker
from netreg.config import Settings
from netreg.registry import point_views, queries
from netreg.registry.commands import enrolling, points
from netreg.store.transaction import Store
from tests.agents.town import MAC
from tests.lab.firewall import FirewallLab
from tests.people import CARLA, INES, Member, mac, phones
from tests.portal.conftest import HOST_KEY, Visitor

SignedIn = Callable[[Member], Visitor]
WHERE = {"profile": "linux-nftables", "name": "palacio", "host": "192.0.2.1", "port": "22", "user": "netreg"}


@pytest.fixture
def keys(app: Flask) -> Path:
    """Where the administrator puts the login keys."""
    folder: Path = app.extensions["netreg.settings"].data_dir / "keys"
    folder.mkdir(parents=True)
    (folder / "netreg").write_text("secret\n")
    (folder / "netreg.pub").write_text("ssh-ed25519 AAAA netreg\n")
    return folder


def test_without_a_key_the_page_says_how_to_make_one(signed_in: SignedIn) -> None:
    page = signed_in(INES).get("/points/new?profile=linux-nftables")
    assert "ssh-keygen -t ed25519" in page and "<form" not in page.split("<main")[1].split("</main")[0]


def test_every_make_is_offered_with_how_well_it_is_known(signed_in: SignedIn, keys: Path) -> None:
    page = signed_in(INES).get("/points/new")
    assert "probado con el equipo real" in page and "en parte supuesto" in page
    assert page.count("/points/new?profile=") == 16
    assert "AAAA netreg" in signed_in(INES).get("/points/new?profile=vyos"), "the public half, for the point"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": "no es; una"}, "Escriba la dirección"),
        ({"port": "70000"}, "Escriba la dirección"),
        ({"port": "dos"}, "Escriba la dirección"),
        ({"user": "root; reboot"}, "usuario SSH"),
        ({"key": "../secret.key"}, "Elija una llave"),
        ({"parameter-table": "x; flush"}, "parameter"),
        ({"name": "Palacio Nuevo!"}, ""),
    ],
)
def test_a_mistake_is_told_beside_what_was_typed_and_nothing_is_stored(
    signed_in: SignedIn, store: Store, keys: Path, wrong: dict[str, str], said: str
) -> None:
    page = signed_in(INES).post("/points/new", 422, **{**WHERE, "key": "netreg", **wrong})
    assert said in page and ("192.0.2.1" in page or "host" in wrong)
    with store.reading() as session:
        assert queries.points(session) == []


def test_a_new_point_is_pushed_to_by_nobody_before_it_is_in_service(
    signed_in: SignedIn, store: Store, keys: Path
) -> None:
    signed_in(INES).post("/points/new", **WHERE, key="netreg")
    (phone,) = phones(store, 1)
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "palacio")
        enrolling.note_key(tx, point, HOST_KEY)
        points.ask_push(tx, point)
    page = signed_in(INES).get("/points/palacio/setup")
    assert points.fingerprint(HOST_KEY) in page and "MD5:" in page
    assert "ya no es la que usted comparó" in signed_in(INES).post("/points/palacio/pin", fingerprint="SHA256:otra")
    signed_in(INES).post("/points/palacio/pin", fingerprint=points.fingerprint(HOST_KEY))
    assert "ya no es el que usted vio" in signed_in(INES).post("/points/palacio/enable", plan="0" * 64)
    with store.reading() as session:
        assert not queries.point(session, "palacio").enabled
        assert queries.device(session, phone).authorisation.state == "pushing"
        assert [view.status for view in point_views.every(session)] == ["new"]


def test_a_make_that_takes_no_key_asks_for_its_password_file(signed_in: SignedIn, store: Store, keys: Path) -> None:
    ines, where = signed_in(INES), {**WHERE, "profile": "cisco-aireos"}
    page = ines.get("/points/new?profile=cisco-aireos")
    assert "install -D -m 600" in page and "AAAA netreg" not in page
    passwords = keys.with_name("passwords")
    passwords.mkdir()
    (passwords / "antena").write_text("tres nubes y una cabra\n")
    page = ines.get("/points/new?profile=cisco-aireos")
    assert 'name="password_file"' in page and 'name="key"' not in page and "nubes" not in page
    assert "Elija una contraseña" in ines.post(
        "/points/new", 422, **where, password_file="../keys/netreg", key="netreg"
    )
    ines.post("/points/new", **where, password_file="antena")
    assert "la contraseña del archivo antena" in ines.get("/points/palacio/setup")
    with store.reading() as session:
        point = queries.point(session, "palacio")
        assert (point.key_file, point.password_file) == ("", str(passwords / "antena"))


def test_who_may_not_change_points_cannot_enter_one(signed_in: SignedIn, keys: Path) -> None:
    carla = signed_in(CARLA)
    assert carla.client.get("/points/new").status_code == 403
    assert carla.client.post("/points/new", data={"csrf_token": carla.token, **WHERE}).status_code == 403


@pytest.mark.lab
def test_from_the_form_to_the_first_push_on_a_real_firewall(
    signed_in: SignedIn, store: Store, keys: Path, lab: FirewallLab
) -> None:
    lab.run("rm", "-rf", "/run/netreg-netdev-netreg-allow")
    (keys / "palacio").write_bytes(lab.key_file.read_bytes())
    (keys / "palacio").chmod(0o600)
    phones(store, 1)
    worker = Worker(store, Settings(data_dir=keys.parent))

    def work() -> None:
        while worker.run_once():
            pass

    ines = signed_in(INES)
    where = {**WHERE, "host": lab.host, "port": str(lab.port), "user": lab.user}
    ines.post("/points/new", **where, key="palacio")
    assert "Se está preguntando al equipo" in ines.get("/points/palacio/setup")
    work()
    page = ines.get("/points/palacio/setup")
    assert points.fingerprint(lab.known_key) in page
    ines.post("/points/palacio/pin", fingerprint=points.fingerprint(lab.known_key))
    work()
    page = ines.get("/points/palacio/setup")
    assert "Entradas: 0." in page and "Agregaría 1 y quitaría 0" in page and mac(1) in page
    assert not MAC.findall(lab.nft("list", "set", "netdev", "netreg", "allow")), "looked at, and nothing more"
    plan = page.split('name="plan" value="')[1][:64]
    assert "está en servicio" in ines.post("/points/palacio/enable", plan=plan)
    work()
    assert MAC.findall(lab.nft("list", "set", "netdev", "netreg", "allow")) == [mac(1)]
    assert "verificado" in ines.get("/points")
    worker.sessions.close()
