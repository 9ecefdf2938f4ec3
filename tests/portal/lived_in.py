"""An office in the middle of its year: requests at every step, areas that merged, points and alerts in every state.

The pages are looked at with it, and the pictures of the documentation are taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import time_machine
from sqlalchemy import text

from netreg.allowlist import Allowlist, Entry
from netreg.detection import watch
from netreg.detection.sighting import Heard
from netreg.enforcement.plan import Drift, Plan
from netreg.errors import Unreachable, UnsafePlan
from netreg.importing import waiting
from netreg.mac import MacAddress
from netreg.office import AUTOGRAPH
from netreg.procedures import asking, attending, revalidation
from netreg.procedures.asking import REMOVE, UPDATE, Change, Form, Wanted
from netreg.registry import allowlists, days, deciding, queries
from netreg.registry.commands import (
    alerts,
    areas,
    devices,
    endings,
    enrolling,
    passes,
    people,
    points,
    sightings,
    strays,
    verdicts,
)
from netreg.registry.commands import days as noting
from netreg.registry.commands.sightings import note
from netreg.registry.detecting import note_names
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, CARLA, INES, LEON, NADIA, PASSWORD, SOFIA, TOMAS, Member, mac
from tests.portal.conftest import HOST_KEY, a_point, an_alert
from tests.procedures import walking
from tests.procedures.test_tickets import act, extend, first_device

# Her area is taken over by another one.
ELSA = Member("elsa@municipio.gob.mx", "Elsa Meza", ("liaison",), "INAPAM")

LONG = "María del Rosario Hernández de la Cruz y Castañeda"
ANSWER = "En atención a su oficio, y con el folio {folio}, se autoriza el acceso a la red:\n\n{equipos_aprobados}"
REFUSAL = "En atención a su oficio, con el folio {folio}, no procede lo siguiente:\n\n{equipos_rechazados}"
DELIVERY = {"receiver": "Tomás Gil Aguirre", "receiver_post": "Director de Obras Públicas"}


class World(SimpleNamespace):
    """What the requests of the office are called, by how they stand."""


def move_in_further(store: Store) -> World:
    """Fill a furnished store, from forty days ago until today; needs the folder of its office's files."""
    world = World()
    _points(store)
    _merger(store)
    _answered(store, world)
    _late(store, world)
    _swap(store, world)
    _under_way(store, world)
    _letters(store, world)
    _short_ones(store, world)
    _computer(store, world)
    _findings(store, world)
    _people(store, world)
    _lists(store)
    _presence(store, world)
    _filed(store, world)
    _census(store, world)
    return world


@contextmanager
def ago(days: int, hours: int = 0) -> Iterator[None]:
    """That long before now."""
    with time_machine.travel(now() - timedelta(days=days, hours=hours)):
        yield


# --- how a request gets on ------------------------------------------------------------------------------------------


def a_phone(number: int, holder: str, model: str, **more: str) -> Wanted:
    return Wanted("phone", holder, mac=mac(number), model=model, **more)


def asked(store: Store, by: Member, purpose: str, *wanted: Wanted, letter: str = "") -> str:
    """Sent, and not received yet."""
    with store.transaction(by.email) as tx:
        area, person = queries.area(tx.session, by.area or "OBRAS"), queries.person(tx.session, by.email)
        said = {"letter_number": letter} if letter else {}
        return asking.submit(tx, area, person, purpose, wanted, letter=said).reference


def received(store: Store, reference: str, signed_by: str = "") -> str:
    return str(act(store, SOFIA, reference, paper=True, annexes="1", signed_by=signed_by).folio)


def turned(store: Store, reference: str, signed_by: str = "") -> str:
    folio = received(store, reference, signed_by)
    act(store, CARLA, folio, instruction="Atender en cuanto haya lugar")
    return folio


def approved(store: Store, reference: str, signed_by: str = "") -> str:
    """Turned over, and all of its devices let in."""
    folio = turned(store, reference, signed_by)
    with store.reading() as session:
        numbers = [device.id for device in queries.ticket(session, folio).devices]
    for number in numbers:
        deciding.approve(store, INES.email, number)
    return folio


def refused(store: Store, reference: str, code: str) -> str:
    folio = turned(store, reference)
    with store.transaction(INES.email) as tx:
        one = queries.device(tx.session, first_device(store, folio))
        devices.reject(tx, one, queries.person(tx.session, INES.email), code)
    return folio


def read_back(store: Store, *names: str) -> None:
    """The points bear what they must, and were read."""
    for name in names or ("cortafuegos", "patio-municipal"):
        with store.transaction("agent:push") as tx:
            wanted = allowlists.desired(tx.session)
            points.record_push(tx, queries.point(tx.session, name), wanted, added=1, removed=0)


def signed(store: Store, folio: str, text: str) -> str:
    act(store, LEON, folio, paragraphs=text)
    act(store, CARLA, folio, "yes")
    return folio


# --- the office -----------------------------------------------------------------------------------------------------


def _points(store: Store) -> None:
    with ago(60):
        for name in ("cortafuegos", "patio-municipal"):
            a_point(store, name)


def _merger(store: Store) -> None:
    """The DIF took an area over and has a fourth phone; somebody who used a municipal one left."""
    with ago(40):
        with store.transaction(ACTOR) as tx:
            elders = people.add_area(tx, "INAPAM", "Atención a Adultos Mayores")
            people.add_person(tx, ELSA.email, ELSA.name, ELSA.roles, PASSWORD, elders)
        for day, (number, holder, model) in enumerate(
            ((11, "Beto Ruiz", "Samsung A54"), (12, "Lucía Ibarra", "Moto G54"))
        ):
            approved(
                store, asked(store, BETO, "Brigadas de salud", a_phone(number, holder, model), letter=f"DIF/{day}")
            )
        two = (a_phone(13, "Elsa Meza", "Redmi 12"), a_phone(14, "Raúl Osuna", "Moto E22"))
        approved(store, asked(store, ELSA, "Credenciales en colonias", *two))
        read_back(store)
    with ago(12), store.transaction(CARLA.email) as tx:
        dif, gone = queries.area(tx.session, "DIF"), queries.area(tx.session, "INAPAM")
        areas.merge(tx, [gone], dif)
        areas.name_head(tx, dif, "Lorena Sáinz", "Directora", date(2026, 1, 1))
        endings.leave(tx, dif, "Lucía Ibarra", tx.today)


def _answered(store: Store, world: World) -> None:
    """From the form to the signed receipt, at the pace of an office."""
    with ago(30, 6):
        wanted = a_phone(1, "Luis Peña Armenta", "Moto G84", ownership="personal")
        reference = asked(store, ANA, "Supervisión de obra con la aplicación de reportes", wanted, letter="OP/118/2026")
    with ago(30, 2):
        folio = approved(store, reference)
    with ago(30, 1):
        read_back(store)
    with ago(29):
        act(store, LEON, folio, paragraphs="Se autoriza lo pedido.")
        act(store, CARLA, folio, "no", comment="Falta nombrar el equipo")
        act(store, LEON, folio, paragraphs=ANSWER)
        act(store, CARLA, folio, "yes")
    with ago(28):
        act(store, SOFIA, folio, **DELIVERY)
        act(store, SOFIA, folio, signed=True)
    world.answered = folio


def _late(store: Store, world: World) -> None:
    with ago(9):
        two = a_phone(2, LONG, "Samsung Galaxy A15"), Wanted("computer", LONG, computer_name="OBRAS-PC-TOPO07")
        world.late = turned(store, asked(store, ANA, "Levantamiento topográfico de la colonia Centro", *two))


def _swap(store: Store, world: World) -> None:
    """One phone takes the place of another, whose removal a point has not confirmed."""
    with ago(8):
        approved(store, asked(store, ANA, "Reportes de bacheo", a_phone(3, "Rosa Núñez", "Moto G22")))
        read_back(store)
    with store.reading() as session:
        old = queries.device_by_mac(session, MacAddress(mac(3)))
        assert old is not None
        number = str(old.id)
    with ago(0, 3):
        new = a_phone(4, "Rosa Núñez", "Moto G85", replaces=number)
        world.swap = approved(store, asked(store, ANA, "El anterior se descompuso", new, letter="OP/131/2026"))
        read_back(store, "cortafuegos")


def _under_way(store: Store, world: World) -> None:
    with ago(5):
        world.withdrawn = received(
            store, asked(store, ANA, "Prueba de cobertura", a_phone(20, "Iván Cota", "Moto G32"))
        )
        extend(store, ANA, world.withdrawn, "withdraw", "Ya no hace falta")
        world.returned = received(
            store, asked(store, ANA, "Bitácora de maquinaria", a_phone(21, "Iván Cota", "Moto G32"))
        )
        extend(store, SOFIA, world.returned, "return_for_correction", "El oficio no trae la firma del titular")
    with ago(2):
        meals = asked(store, BETO, "Comedores comunitarios", a_phone(22, "Nora Lugo", "Moto G13"))
        world.received = received(store, meals, "Lorena Sáinz")
    with ago(1):
        world.sent = asked(store, TOMAS, "Avance físico de obra", a_phone(23, "Tomás Gil", "Pixel 7a"))
    form = Form("Medición de calles", wanted=(a_phone(24, "Olga Ruelas", "Samsung A25"),))
    world.draft = _kept(store, form).reference


def _kept(store: Store, form: Form) -> Ticket:
    with store.transaction(ANA.email) as tx:
        area, person = queries.area(tx.session, "OBRAS"), queries.person(tx.session, ANA.email)
        made = asking.draft(tx, area, person, form)
        tx.session.flush()
        assert made.reference
        return made


def _letters(store: Store, world: World) -> None:
    """One at each step of the answer."""
    for number, name in enumerate(("drafting", "review", "voided", "delivering"), 30):
        with ago(4, number - 30):
            one = asked(store, ANA, "Comunicación del personal", a_phone(number, f"Persona {number}", "Moto E13"))
            setattr(world, name, refused(store, one, "not_official_use"))
    with ago(2):
        act(store, LEON, world.review, paragraphs=REFUSAL)
        act(store, CARLA, world.review, "no", comment="Diga también por qué")
        act(store, LEON, world.review, paragraphs=REFUSAL + "\n\nReciba un saludo.")
        signed(store, world.voided, REFUSAL)
        act(store, SOFIA, world.voided, **DELIVERY)
        signed(store, world.delivering, REFUSAL)
    with ago(1):
        extend(store, CARLA, world.voided, "void_letter", "El cargo de quien recibe está mal")


def _short_ones(store: Store, world: World) -> None:
    """A removal and a change of data: one is a draft, the other is in force."""
    with store.reading() as session:
        number = str(queries.device_by_mac(session, MacAddress(mac(1))).id)  # type: ignore[union-attr]
    values = {"holder": "Luis Peña Armenta", "model": "Moto G84 5G", "inventory_no": ""}
    changed = _kept(store, Form("Se corrige el modelo", kind=UPDATE, changes=[Change(number, values)])).reference
    with store.transaction(ANA.email) as tx:
        asking.send(tx, queries.ticket(tx.session, changed), queries.person(tx.session, ANA.email), accepted=True)
    world.update = received(store, changed)
    world.removal = _kept(store, Form("La persona deja el área", kind=REMOVE, changes=[Change(number)])).reference
    world.phone = int(number)


def _computer(store: Store, world: World) -> None:
    """A computer that waits for its address, with two candidates."""
    with ago(1):
        pc = Wanted("computer", "Eva Paz Soto", computer_name="OBRAS-PC07", inventory_no="M-10442", connection="both")
        world.computer_folio = approved(store, asked(store, ANA, "Presupuestos de obra", pc))
        with store.transaction("agent:scan") as tx:
            told = [Heard(MacAddress(f"a4:83:e7:70:00:0{end}"), f"10.0.0.{end}", name="OBRAS-PC07") for end in (1, 2)]
            note_names(tx, "palacio", told, now())
    world.computer = first_device(store, world.computer_folio)


def _findings(store: Store, world: World) -> None:
    world.alert = an_alert(store, mac(66), place="palacio, cortafuegos", explanation=f"Nadie registró {mac(66)}.")
    twice = f"Se vio en dos lugares a la vez ({mac(3)})."
    said = f"El teléfono de Rosa Núñez está registrado con una dirección privada ({mac(3)}): compruebe que siga igual."
    _told(store, "clone", twice, "Seen twice.")
    _told(store, "private", said, "Registered with a private address.")
    silent = watch.blind("capture:patio", None, now(), timedelta(minutes=30), "no such interface: eth7")
    with store.transaction(ACTOR) as tx:
        assert silent is not None
        number = alerts.open_alerts(tx, [alerts.news_of(silent)])[0].id
    with store.transaction(INES.email) as tx:
        alerts.acknowledge(tx, queries.alert(tx.session, number), "Se revisa el cable")
    _strangers(store, world)
    _made_by_hand(store)
    _pushed(store)
    _new_points(store)
    _stopped_plan(store)


def _told(store: Store, kind: str, explanation: str, english: str) -> None:
    """A finding about a registered phone."""
    one = alerts.News(kind, kind, mac(3), "", "palacio", explanation, english, now(), now(), 2)
    with store.transaction(ACTOR) as tx:
        alerts.open_alerts(tx, [one])


def _strangers(store: Store, world: World) -> None:
    """Devices that nobody registered: one blocked, one ignored, one asked for, and a room of made-up addresses."""
    for number in range(9):
        world.random = a_stranger(store, f"02:11:22:33:44:{number:02x}", "")
    blocked, ignored, kept = mac(91), mac(92), mac(93)
    world.blocked, world.ignored, world.kept = (
        a_stranger(store, one, "Hikvision Digital Technology") for one in (blocked, ignored, kept)
    )
    with store.transaction(INES.email) as tx:
        verdicts.block(tx, blocked, "Cámara que nadie del Ayuntamiento instaló; se avisó a la Contraloría")
        verdicts.ignore(tx, ignored, now() + timedelta(days=20), "Equipo de la empresa que revisa los extintores")
        alerts.assign(tx, queries.alert(tx.session, world.kept), queries.known_person(tx.session, CARLA.email))
    asked(store, ANA, "Supervisión de obra", Wanted("phone", "Luis Peña Armenta", mac=kept, model="Moto G84"))


def a_stranger(store: Store, which: str, vendor: str) -> int:
    """An urgent alert about a device at an access point, with what speaks for it; its number."""
    heard = [Heard(MacAddress(which), "10.0.0.77", port="radio0", name="DESKTOP-<b>7Q2</b>")]
    said = ("Nadie registró este equipo.", "Nobody registered this device.")
    evidence = (("Lo vieron dos fuentes.", "Two sources saw it."), ("Pidió una dirección IP.", "It asked for an IP."))
    one = alerts.News(f"rogue:{which}", "rogue", which, vendor, "antena-palacio", *said, now(), now(), 5,
                      evidence=evidence, sources=("stations", "sweep"), urgent=bool(vendor))  # fmt: skip
    with store.transaction("agent:scan") as tx:
        note(tx.session, "stations", "antena-palacio", heard, now())
        return alerts.open_alerts(tx, [one])[0].id


def _made_by_hand(store: Store) -> None:
    """Two entries on a point that netreg did not put there; one of them is being taken out."""
    made = Allowlist.of([Entry(MacAddress(mac(81)), "foreign"), Entry(MacAddress(mac(82)), "copiadora")])
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        strays.note_drift(tx, point, (allowlists.baseline(point) or Allowlist()) | made, Drift(made))
    with store.transaction(INES.email) as tx:
        strays.remove(tx, queries.point(tx.session, "cortafuegos"), [mac(81)], "Nadie la pidió")


def _pushed(store: Store) -> None:
    """A point with a history: changes, a day on which it was away, and a plan that waits for a person."""
    with ago(2), store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        one, two = (Entry(MacAddress(mac(number)), f"nr-{number}") for number in (1, 2))
        passes.note(tx, point, Plan((one,), (two,), ""), seconds=0.31, steps=("read", "apply"))
        for _ in range(3):
            passes.note(tx, point, None, error=Unreachable("cortafuegos", "no connection to 192.0.2.1 port 22"))


def _new_points(store: Store) -> None:
    """Two points that are being put into service: one whose key is to be compared, and one that was read already."""
    with store.transaction(INES.email) as tx:
        for name, profile in (("antena-dif", "linux-hostapd"), ("antena-anexo", "mikrotik-routeros")):
            points.add_point(tx, name, profile, "192.0.2.7", 22, "netreg", "llave", {}, enabled=False)
    with store.transaction("agent:push") as tx:
        enrolling.note_key(tx, queries.point(tx.session, "antena-dif"), HOST_KEY)
        enrolling.note_key(tx, queries.point(tx.session, "antena-anexo"), HOST_KEY)
    with store.transaction(INES.email) as tx:
        point = queries.point(tx.session, "antena-anexo")
        enrolling.pin(tx, point, points.fingerprint(HOST_KEY))
    with store.transaction("agent:push") as tx:
        point, wanted = queries.point(tx.session, "antena-anexo"), allowlists.desired(tx.session)
        there = Allowlist.of([Entry(MacAddress(mac(83)))])
        enrolling.note_look(tx, point, there, Plan.between(there, wanted | there), there)
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM delivery WHERE kind = 'look'"))


def _stopped_plan(store: Store) -> None:
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "patio-municipal")
        baseline, wanted = allowlists.baseline(point), allowlists.desired(tx.session)
        assert baseline is not None
        plan = Plan.between(baseline, wanted)
        words = "El plan quita más de la décima parte de la lista."
        stop = UnsafePlan(words, "It removes more than a tenth.", adds=len(plan.adds), removes=len(plan.removes),
                          limit=0, checksum=plan.checksum, reason="share")  # fmt: skip
        points.record_failure(tx, point, stop)


def _presence(store: Store, world: World) -> None:
    """Forty days of sweeps with a gap of three, what the points told today, and a source that sees nothing."""
    world.seen = mac(1)
    strangers = [mac(66), mac(67), "da:a1:19:00:00:07", "f2:5c:10:3b:00:01"]
    for day in (*range(40, 20, -1), *range(17, -1, -1)):
        known = [mac(number) for number in (1, 3, 11, 12, 13, 14)][: 3 + day % 4]
        _heard(store, "sweep", "palacio", now() - timedelta(days=day), *known, *strangers[: 1 + day % 4])
    at = now()
    with store.transaction("agent:scan") as tx:
        told = [Heard(MacAddress(mac(1)), "10.78.0.21", port="wlan0", name="TEL-LUIS", fingerprint="1,3,6,15")]
        sightings.note(tx.session, "stations", "antena-anexo", told, at)
        sightings.note_source(tx.session, "stations:antena-anexo", at)
        sightings.note(tx.session, "fdb", "sw-patio", [Heard(MacAddress(mac(66)), port="ge-0/0/7", name=LONG)], at)
        sightings.note_source(tx.session, "fdb:sw-patio", at)
        sightings.note_source(tx.session, "capture:patio", at, error=f"no such interface: eth7, {mac(3)}")
    with store.reading() as session:
        first, last = days.missing(session, store.office.zone, at) or (date.min, date.min)
        counted = days.count(session, first, last, store.office.zone)
    with store.transaction(ACTOR) as tx:
        noting.note(tx, counted)


def _heard(store: Store, source: str, place: str, at: datetime, *macs: str) -> None:
    told = [Heard(MacAddress(one), f"10.78.0.{number}") for number, one in enumerate(macs, 20)]
    with store.transaction("agent:scan") as tx:
        sightings.note(tx.session, source, place, told, at)
        sightings.note_source(tx.session, f"{source}:{place}", at)


def _people(store: Store, world: World) -> None:
    with store.transaction("cli:root") as tx:
        tomas, sofia = (queries.known_person(tx.session, who.email) for who in (TOMAS, SOFIA))
        people.substitute(tx, tomas, "secretarial", sofia, tx.today + timedelta(days=9), tx.today + timedelta(days=12))
        world.person = sofia.id


def _lists(store: Store) -> None:
    """Two areas are asked what they still use; Obras Públicas has list 1."""
    with store.transaction(CARLA.email) as tx:
        asked_of = [queries.area(tx.session, code) for code in ("OBRAS", "DIF")]
        revalidation.start(tx, asked_of, "Cambio de administración")


def _filed(store: Store, world: World) -> None:
    """A form that is being filled in, and a call for support that waits for its receipt."""
    publication, support = (store.office.catalogue.procedure(code) for code in ("ADJ-P01", "ADJ-P02"))
    with store.reading() as session:
        world.filed = session.get_one(Ticket, walking.open_one(store, publication)).reference
    number = walking.opened(store, support)
    with store.reading() as session:
        world.support = session.get_one(Ticket, number).reference
    world.issued = _issued(store)


def _issued(store: Store) -> str:
    """A request that was returned with a letter, which was voided and whose successor waits for its signature."""
    before, publication = store.office, store.office.catalogue.procedure("ADJ-P01")
    store.office = replace(before, signing=AUTOGRAPH)
    number = walking.opened(store, publication)
    for answer in ("else", "else", "no", "else"):
        walking.leave(store, publication, number, answer)
    with store.transaction(NADIA.email) as tx:
        ticket = tx.session.get_one(Ticket, number)
        row = next(one for one in attending.produced(tx.session, ticket) if one.letters)
        person = queries.person(tx.session, NADIA.email)
        attending.reissue(tx, ticket, person, row, "No dice qué imagen", "Falta el texto de la imagen 3.")
        reference = ticket.reference
    store.office = before
    return reference


def _census(store: Store, world: World) -> None:
    """A list that waits for its import: with problems, and with more phones of an area than three."""
    rows = [
        "Censo de equipos", "", "Levantado por Informática", "Área;Tipo;Usuario;Dirección física;Equipo;Notas",
        *(f"Obras Públicas;Celular;Persona {number};{mac(200 + number)};;" for number in range(1, 6)),
        f"Obras Publicas Municipales;Celular;{LONG};{mac(210)};;prestado", "DIF;Laptop;Rosa Gil;;DIF 01;",
        "DIF;Celular;Rosa Gil;1.12233E+11;;",
    ]  # fmt: skip
    world.imported = waiting.put(store.office.files, "\r\n".join(rows).encode("cp1252"), now())
