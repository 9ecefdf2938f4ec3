"""A dry run says every problem and what would be made; what it lets pass is done, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netreg.errors import Refused
from netreg.importing import applying, exporting, judging, session
from netreg.importing.columns import AREAS, DEVICES, PEOPLE
from netreg.importing.plan import Options, Plan
from netreg.office import Office
from netreg.opening import open_store
from netreg.registry import queries
from netreg.registry.commands import people, verdicts
from netreg.store.transaction import Store
from tests.databases import furnished_database
from tests.importing import samples
from tests.people import ACTOR, ANA, BETO, CARLA, INES, NORA, SOFIA, ask, mac, phone, phones

OPERATOR = "cli:root"
LOOKING = Options()
LETIN = Options(approve=True, instruction="Oficio 12")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url:
        opened = open_store(url, lock_wait=0.2, office=Office(files=tmp_path / "files"))
        yield opened
        opened.engine.dispose()


def judged(store: Store, kind: str, content: bytes | str, options: Options = LOOKING, by: str = OPERATOR) -> Plan:
    loaded = session.load(content.encode() if isinstance(content, str) else content, kind)
    with store.reading() as reading:
        who = judging.importer(reading, by, store.office.today)
        return judging.judge(reading, loaded.book, loaded.sheet, loaded.columns, options, who)


def applied(store: Store, kind: str, content: bytes | str, options: Options = LOOKING, by: str = OPERATOR) -> int:
    loaded = session.load(content.encode() if isinstance(content, str) else content, kind)
    with store.transaction(by) as tx:
        who = judging.importer(tx.session, by, tx.today)
        plan = judging.judge(tx.session, loaded.book, loaded.sheet, loaded.columns, options, who)
        return applying.apply(tx, plan, options)


@contextmanager
def nothing_changes(store: Store) -> Iterator[None]:
    def look() -> tuple[int, int, int]:
        with store.reading() as reading:
            return (
                len(queries.audit(reading, most=10_000)),
                len(queries.devices(reading)),
                len(queries.areas(reading)),
            )

    before = look()
    yield
    assert look() == before


def codes(plan: Plan) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in plan.problems]


HEAD = "area;tipo;usuario;mac;equipo;ubicación;solo solicitud\n"


# --- devices ---


@pytest.mark.parametrize("name", {**samples.csvs(), **samples.books()})
def test_every_messy_list_makes_the_same_devices(store: Store, name: str) -> None:
    content = {**samples.csvs(), **samples.books()}[name]
    plan = judged(store, DEVICES, content, LETIN)
    assert codes(plan) == [] and plan.may_apply
    assert applied(store, DEVICES, content, LETIN) == 3
    with store.reading() as reading:
        found = {
            (one.area.code, one.kind, one.holder, one.computer_name or one.interfaces[0].mac): one.authorisation.state
            for one in queries.devices(reading)
        }
    assert found == {
        ("OBRAS", "phone", "Luis Peña", "a4:83:e7:11:22:33"): "pushing",
        ("OBRAS", "phone", "María Núñez", "a4:83:e7:11:22:44"): "pushing",
        ("DIF", "computer", "José Ibáñez", "DIF-CAJA-01"): "awaiting_binding",
    }


def test_a_dry_run_names_every_problem_with_row_column_code_and_next_step_and_changes_nothing(store: Store) -> None:
    phones(store, 1, by=BETO)
    with store.transaction(CARLA.email) as tx:
        verdicts.block(tx, mac(90), "Perdido")
    content = HEAD + "\n".join([
        f"Obras Publica;celular;Luis;{mac(20)};;;",
        f"OBRAS;nave;Luis;{mac(21)};;;",
        "OBRAS;celular;;356938035643809;;;",
        "OBRAS;celular;Eva;da:a1:19:00:00:07;;;",
        "OBRAS;celular;Eva;1.12233E+11;;;",
        f"OBRAS;celular;Eva;{mac(1)};;;",
        f"OBRAS;celular;Eva;{mac(90)};;;",
        f"OBRAS;celular;Eva;{mac(22)};;;tal vez",
        f"OBRAS;celular;Eva;{mac(22)};;;;sobra",
        f"OBRAS;celular;Ana;{mac(23)};;;",
        f"OBRAS;celular;Ana;{mac(23).upper()};;;",
        "OBRAS;laptop;Ana;;nombre con espacios y largo;;",
        f"OBRAS;impresora;;{mac(24)};;;",
        f"OBRAS;celular;=cmd|calc;{mac(25)} {mac(26)};;;",
    ])  # fmt: skip
    with nothing_changes(store):
        plan = judged(store, DEVICES, content, LETIN)
    assert codes(plan) == [
        (2, "area", "E_AREA"), (3, "tipo", "E_CHOICE"), (4, "mac", "E_IMEI"), (4, "usuario", "E_EMPTY"),
        (5, "mac", "E_RANDOM"), (6, "mac", "E_NUMBER"), (7, "mac", "mac_active_elsewhere"),
        (8, "mac", "address_blocked"), (9, "solo solicitud", "E_CHOICE"), (10, "", "E_CSV_CELLS"),
        (12, "mac", "E_SAME_MAC"), (13, "equipo", "E_FORM"), (14, "usuario", "E_EMPTY"), (14, "ubicación", "E_EMPTY"),
        (15, "mac", "E_ONE_MAC"),
    ]  # fmt: skip
    assert all(one.hint and one.hint_en and one.spanish and one.english for one in plan.problems)
    assert plan.problems[0].hint.startswith("¿Es Obras Públicas?")
    assert "356938035643809" not in str(plan.problems), "an IMEI is never repeated"
    assert [one.row for one in plan.new] == [11] and not plan.may_apply
    with nothing_changes(store), pytest.raises(Refused, match="problemas"):
        applied(store, DEVICES, content, LETIN)


def test_a_fourth_phone_of_an_area_is_shown_and_nothing_is_cut(store: Store) -> None:
    phones(store, 2)
    content = HEAD + "".join(f"OBRAS;celular;Persona {n};{mac(n)};;;\n" for n in range(10, 14))
    plan = judged(store, DEVICES, content, LETIN)
    (excess,) = plan.excess
    assert (excess.code, excess.in_use, excess.rows, excess.beyond) == ("OBRAS", 2, (2, 3, 4, 5), (3, 4, 5))
    assert plan.is_barred and not plan.problems
    with nothing_changes(store), pytest.raises(Refused) as refusal:
        applied(store, DEVICES, content, LETIN)
    assert refusal.value.code == "quota_full" and "OBRAS (3, 4, 5)" in refusal.value.message
    # Which of them wait is for a person to say: here not the last ones.
    marked = Options(approve=True, ask_only=frozenset({2, 3, 5}))
    assert applied(store, DEVICES, content, marked) == 4
    with store.reading() as reading:
        states = {one.holder: one.authorisation.state for one in queries.devices(reading) if "Persona" in one.holder}
    assert states == {"Persona 10": "requested", "Persona 11": "requested", "Persona 12": "pushing",
                      "Persona 13": "requested"}  # fmt: skip


def test_a_row_may_say_itself_that_it_stays_a_request(store: Store) -> None:
    content = HEAD + "".join(f"OBRAS;celular;P {n};{mac(n)};;;{'sí' if n == 4 else ''}\n" for n in range(1, 5))
    assert judged(store, DEVICES, content, LETIN).may_apply
    assert applied(store, DEVICES, content, LETIN) == 4


def test_sub_areas_count_together(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "CAJAS", "Cajas", queries.area(tx.session, "OBRAS"))
    content = HEAD + "".join(f"{'CAJAS' if n % 2 else 'OBRAS'};celular;P {n};{mac(n)};;;\n" for n in range(1, 5))
    assert [one.beyond for one in judged(store, DEVICES, content, LETIN).excess] == [(5,)]


def test_without_approving_the_excess_is_told_and_everything_is_asked_for(store: Store) -> None:
    content = HEAD + "".join(f"OBRAS;celular;P {n};{mac(n)};;;\n" for n in range(1, 26))
    plan = judged(store, DEVICES, content)
    assert len(plan.excess[0].beyond) == 22 and plan.may_apply
    assert applied(store, DEVICES, content) == 25
    with store.reading() as reading:
        assert {one.authorisation.state for one in queries.devices(reading)} == {"requested"}
        assert [len(one.devices) for one in queries.tickets(reading)] == [20, 5], "as many as a letter holds"


def test_the_same_list_again_makes_nothing_twice(store: Store) -> None:
    content = samples.csvs()["utf8.csv"]
    applied(store, DEVICES, content, LETIN)
    plan = judged(store, DEVICES, content, LETIN)
    assert plan.same == [2, 3, 4] and not plan.new and not plan.problems
    with nothing_changes(store), pytest.raises(Refused, match="nada nuevo"):
        applied(store, DEVICES, content, LETIN)


def test_what_is_asked_for_already_is_not_asked_for_again(store: Store) -> None:
    ask(store, phone(7))
    assert judged(store, DEVICES, f"{HEAD}OBRAS;celular;Luis;{mac(7)};;;\n").same == [2]


def test_computers_get_the_addresses_of_the_list_where_somebody_says_so(store: Store) -> None:
    content = f"{HEAD}OBRAS;laptop;Ana;{mac(1)}, {mac(2)};OBRAS-01;;\n"
    options = Options(approve=True, bind=True, instruction="Oficio 12")
    assert applied(store, DEVICES, content, options) == 1
    with store.reading() as reading:
        (one,) = queries.devices(reading)
        assert one.authorisation.state == "pushing" and [i.mac for i in one.interfaces] == [mac(1), mac(2)]
        assert {(i.evidence_kind, i.evidence) for i in one.interfaces} == {("inventory", "Oficio 12")}


def test_infrastructure_is_registered_and_never_asked_for(store: Store) -> None:
    content = f"{HEAD}OBRAS;Impresora;Impresora del pasillo;{mac(1)};;Planta baja;\n"
    assert [code for _row, _column, code in codes(judged(store, DEVICES, content))] == ["E_KIND"]
    assert applied(store, DEVICES, content, LETIN) == 1
    with store.reading() as reading:
        (one,) = queries.devices(reading)
        assert (one.kind, one.location, one.authorisation.state) == ("infrastructure", "Planta baja", "pushing")


def test_what_the_list_says_is_out_is_left_out(store: Store) -> None:
    content = f"area;usuario;mac;estatus\nOBRAS;Ana;{mac(1)};Baja\nOBRAS;Eva;{mac(2)};Activo\n"
    plan = judged(store, DEVICES, content)
    assert plan.out == [2] and [one.row for one in plan.new] == [3]


def test_at_the_portal_only_it_lets_devices_in_nobody_their_own_and_with_an_instruction(store: Store) -> None:
    content = f"{HEAD}OBRAS;celular;Inés Mora;{mac(1)};;;\nDIF;celular;Luis;{mac(2)};;;\n"
    assert codes(judged(store, DEVICES, content, LETIN, CARLA.email)) == [(0, "", "not_your_step")]
    assert codes(judged(store, DEVICES, content, LETIN, INES.email)) == [(2, "usuario", "not_allowed")]
    marked = Options(approve=True, ask_only=frozenset({2}))
    with nothing_changes(store), pytest.raises(Refused) as refusal:
        applied(store, DEVICES, content, marked, INES.email)
    assert refusal.value.field == "instruction"
    told = Options(approve=True, ask_only=frozenset({2}), instruction="Oficio 12 de la Coordinación")
    assert applied(store, DEVICES, content, told, INES.email) == 2


def test_each_import_is_in_the_log_with_counts_and_the_hash_of_the_file(store: Store) -> None:
    content = samples.csvs()["utf8.csv"]
    applied(store, DEVICES, content, LETIN)
    with store.reading() as reading:
        last = queries.audit(reading, most=1)[0]
        assert last.name == "file.imported" and last.facts["facts"]["made"] == 3 and last.facts["reason"] == "Oficio 12"
        assert last.facts["facts"]["sha256"] == session.load(content, DEVICES).book.sha256
        assert "importó equipos" in last.sentence("es") and "imported devices" in last.sentence("en")


def test_what_somebody_changed_since_the_dry_run_is_refused_whole(store: Store) -> None:
    content = samples.csvs()["utf8.csv"]
    loaded = session.load(content, DEVICES)
    with store.reading() as reading:
        plan = judging.judge(reading, loaded.book, loaded.sheet, loaded.columns, LETIN)
    phones(store, 3, first=50)
    with nothing_changes(store), pytest.raises(Refused) as refusal, store.transaction(OPERATOR) as tx:
        applying.apply(tx, plan, LETIN)
    assert refusal.value.message.startswith("renglón 2: Cupo lleno")


def test_a_list_without_its_columns_says_which_are_missing(store: Store) -> None:
    plan = judged(store, DEVICES, f"tipo;mac\ncelular;{mac(1)}\n")
    assert [(one.code, one.column) for one in plan.problems] == [("E_COLUMN", "Área"), ("E_COLUMN", "Quién lo usa")]


def test_our_own_export_is_taken_back_as_what_is_there(store: Store) -> None:
    applied(store, DEVICES, samples.csvs()["utf8.csv"], LETIN)
    header = ("device", "area", "kind", "name", "holder", "macs", "state")
    with store.reading() as reading:
        rows = [
            (one.id, one.area.code, one.kind, one.label, one.holder, " ".join(i.mac for i in one.interfaces),
             one.authorisation.state)
            for one in queries.devices(reading)
        ]  # fmt: skip
    for kind in (exporting.CSV, exporting.XLSX):
        loaded = session.load(exporting.write(kind, "Equipos", header, rows), DEVICES)
        with store.reading() as reading:
            plan = judging.judge(reading, loaded.book, loaded.sheet, loaded.columns, Options())
        assert (len(plan.same), plan.new, plan.problems) == (3, [], [])


# --- areas and people ---


def test_areas_come_in_with_what_they_count_on_whichever_stands_first(store: Store) -> None:
    plan = judged(store, AREAS, samples.areas())
    assert plan.same == [4], "Obras Públicas is there, without its accents"
    assert applied(store, AREAS, samples.areas()) == 2
    with store.reading() as reading:
        cajas, tesoreria = queries.area(reading, "CAJ"), queries.area(reading, "TES")
        assert cajas.quota_unit_id == tesoreria.quota_unit_id and tesoreria.heads[0].name == "Eva Gil"
    assert judged(store, AREAS, samples.areas()).same == [2, 3, 4]


def test_areas_that_count_on_nothing_or_in_a_circle_are_problems(store: Store) -> None:
    content = "clave;nombre;depende de\nA;Uno;B\nB;Dos;A\nC;Tres;NADA\nOBRAS;Otra;\nD;Cuatro;\nD;Cinco;\ná b;Seis;\n"
    with nothing_changes(store):
        plan = judged(store, AREAS, content)
    assert codes(plan) == [(2, "depende de", "E_AREA"), (3, "depende de", "E_AREA"), (4, "depende de", "E_AREA"),
                           (5, "clave", "area_exists"), (7, "clave", "E_SAME_AREA"),
                           (8, "clave", "E_FORM")]  # fmt: skip


def test_people_come_in_without_a_password_with_the_roles_the_list_gives_them(store: Store) -> None:
    assert applied(store, PEOPLE, samples.people()) == 3
    with store.reading() as reading:
        sol = queries.known_person(reading, "sol@municipio.gob.mx")
        assert {one.name for one in sol.roles} == {"head", "liaison"} and sol.area and sol.area.code == "DIF"
        assert sol.password is None
    assert judged(store, PEOPLE, samples.people()).same == [2, 3, 4]


def test_nobody_gives_a_role_by_a_list_that_they_may_not_give_by_hand(store: Store) -> None:
    assert codes(judged(store, PEOPLE, samples.people(), by=SOFIA.email)) == [(4, "Papel", "not_your_account")]
    assert codes(judged(store, PEOPLE, samples.people(), by=NORA.email)) == []


def test_people_with_faults_are_named(store: Store) -> None:
    content = (
        "correo;nombre;rol;área\nno es;Eva;enlace;OBRAS\nx@y.mx;Eva;rey;\nz@y.mx;Eva;enlace;\nz@y.mx;Eva;auditor;\n"
        f"{ANA.email};Otra;enlace;OBRAS\n"
    )
    assert codes(judged(store, PEOPLE, content)) == [
        (2, "correo", "E_FORM"), (3, "rol", "E_CHOICE"), (4, "área", "area_missing"), (6, "correo", "person_exists"),
    ]  # fmt: skip
