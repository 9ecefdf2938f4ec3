"""`netreg demo`: the main job, once, on a real packet filter; `--serve` keeps the lab and serves the portal before it.

Every step is measured, marked and judged; the exit status tells whether all of them came out as they must.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from agents.schedule import owe_looks, owe_reconcile
from agents.worker import Worker
from netreg import logs
from netreg.cli.admin import run_services
from netreg.cli.base import App, NetregCommand, pass_app
from netreg.config_values import Log
from netreg.errors import QuotaFull
from netreg.procedures import asking, tickets
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import devices, points, strays
from netreg.registry.deciding import approve
from netreg.store import audit
from tests.lab.firewall import FirewallLab, lab_available
from tests.lab.sample import CAST, HEADS, PASSWORD, POINT, Installation, Lab, install
from tests.lab.simulated import SimulatedFirewall

WAIT_SECONDS = 20.0
LIAISON, DESK, COORDINATOR, OFFICER = (f"{name}@ejemplo.gob.mx" for name in ("ana", "sofia", "carla", "ines"))
ROGUE_MAC, ROGUE_IP = "00:1a:11:c0:ff:ee", "10.78.0.66"
HAND_MADE = "a4:83:e7:99:99:99"


class StepFailed(Exception):
    """A step did not come out as it must."""


class Report:
    """Prints each step with its mark and time, and keeps the figures for the end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self.failed = say, False
        self.steps: list[dict[str, Any]] = []
        self.figures: dict[str, list[float]] = {}

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step; a failure is marked and ends the demo, since the later steps stand on it."""
        start, ok, why = time.monotonic(), True, ""
        try:
            yield
        except Exception as error:
            ok, why, self.failed = False, f" — {error}", True
            raise
        finally:
            seconds = time.monotonic() - start
            self.steps.append({"step": title, "ok": ok, "seconds": round(seconds, 3)})
            self._say(f"{'✔' if ok else '✘'} {title}{why}  ({seconds:.2f} s)")

    def figure(self, name: str, seconds: float) -> None:
        self.figures.setdefault(name, []).append(seconds)


@click.command("demo", cls=NetregCommand)
@click.option("--serve", is_flag=True, help="Keep the lab and serve the portal before it, with sample data.")
@click.option("--simulated", is_flag=True, help="Use the simulated firewall even where namespaces are allowed.")
@pass_app
def demo(app: App, serve: bool, simulated: bool) -> None:
    """Run the main job once, from the request to the packet filter, and judge every step."""
    logs.keep(Log(level="info" if serve else "error"))
    reason = "asked for" if simulated else lab_available()
    if reason:
        app.say(f"Sin espacios de red ({reason}): se usa un cortafuegos simulado detrás de un servidor SSH real.")
    with folder() as state, (SimulatedFirewall if reason else FirewallLab).up(state, phones=4) as lab:
        if serve:
            serve_sample(app, state, lab)
        else:
            finish(app, run(app, state, lab))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for everything the demo makes, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="netreg-demo-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run(app: App, state: Path, lab: Lab) -> Report:
    """The steps, in order; stops at the first that fails."""
    report = Report(app.say)
    with report.step(
        f"Cortafuegos en marcha: nftables{' simulado' if lab.simulated else ''} y SSH en el puerto {lab.port}"
    ):
        lab.nft("list", "ruleset")
    with report.step("Llave del servidor fijada antes de enviar nada"):
        place = install(state / "installation", lab)
    with working(place):
        story = Story(report, lab, place)
        try:
            story.tell()
        except Exception:  # the report has said which step failed and why; the exit status tells it as well
            report.failed = True
    return report


@contextmanager
def working(place: Installation) -> Iterator[None]:
    """A worker beside us, as `netreg serve` has it."""
    stopping = threading.Event()
    thread = threading.Thread(target=Worker(place.store, place.settings).run, args=(stopping,), name="worker")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        place.store.bell.set()
        thread.join()


class Story:
    """The main job, told with the lab's own phones."""

    def __init__(self, report: Report, lab: Lab, place: Installation) -> None:
        self.report, self.lab, self.store, self.settings = report, lab, place.store, place.settings

    def tell(self) -> None:
        numbers = self.ask()
        for number, phone in zip(numbers[:3], self.lab.phones, strict=False):
            self.admit(number, phone)
        self.refuse_fourth(numbers[3])
        self.cut_off(numbers[0])
        self.find_drift()
        self.find_rogue()
        self.verify_audit()

    def ask(self) -> list[int]:
        with self.report.step("El área OBRAS pide cuatro teléfonos"), self.store.transaction(LIAISON) as tx:
            area, person = queries.area(tx.session, "OBRAS"), queries.person(tx.session, LIAISON)
            wanted = [
                Wanted("phone", f"Titular {index}", mac=phone.mac) for index, phone in enumerate(self.lab.phones[:4], 1)
            ]
            made = asking.submit(tx, area, person, "Atención en campo", wanted)
            numbers, reference = [device.id for device in made.devices], made.reference
        with self.report.step("La mesa sella el acuse y la Coordinación lo turna a Informática"):
            self.act(DESK, reference, {"paper": True, "annexes": 1, "signed_by": HEADS["OBRAS"][0]})
            check(self.act(COORDINATOR, reference, {}) == "en_revision", "it did not come to IT")
        return numbers

    def act(self, email: str, reference: str, values: dict[str, Any]) -> str:
        """One person leaves the step that is theirs; the status afterwards."""
        with self.store.transaction(email) as tx:
            ticket = queries.ticket(tx.session, reference)
            return tickets.answer(tx, ticket, queries.person(tx.session, email), values=values).status

    def admit(self, number: int, phone: Any) -> None:
        with self.report.step(f"Teléfono {phone.mac}: bloqueado antes, aprobado, y su ping pasa"):
            check(not phone.ping(timeout=0.3), "its ping passed before anybody approved it")
            with phone.pinging() as flow:
                flow.wait_until_running()
                start = time.monotonic()
                approve(self.store, OFFICER, number)
                check(flow.wait_until_heard(WAIT_SECONDS), "its ping was not answered after the approval")
                self.report.figure("aprobación → primera trama admitida", flow.first - start)
            self.wait_for(lambda: self.state(number) == "active", "the read-back did not make it active")

    def refuse_fourth(self, number: int) -> None:
        with self.report.step("El cuarto teléfono se rechaza (quota_full) y no se envía nada"):
            before = self.listed()
            try:
                approve(self.store, OFFICER, number)
            except QuotaFull as refusal:
                check(refusal.code == "quota_full", refusal.code)
            else:
                raise StepFailed("a fourth phone was approved")
            self.reconcile()
            check(self.listed() == before, "something was pushed")
            check(not self.lab.phones[3].ping(timeout=0.3), "the fourth phone's ping passed")

    def cut_off(self, number: int) -> None:
        phone = self.lab.phones[0]
        with self.report.step("La baja corta un flujo ya establecido hacia el teléfono (UDP en un solo sentido)"):
            with self.lab.flow(phone, "udp") as flow:
                check(flow.wait_until_heard(WAIT_SECONDS, 20), "the stream did not start")
                start = time.monotonic()
                with self.store.transaction(OFFICER) as tx:
                    devices.remove(tx, queries.device(tx.session, number), "Cambio de equipo")
                check(flow.wait_until_silent(1.0, WAIT_SECONDS), "the stream goes on after the removal")
                self.report.figure("baja → última trama", max(0.0, flow.last - start))
            self.wait_for(lambda: self.state(number) == "removed", "the point did not confirm the removal")

    def find_drift(self) -> None:
        with self.report.step("Una entrada agregada a mano se avisa y espera; Informática decide, y se quita"):
            self.lab.nft("add", "element", "netdev", "netreg", "allow", f"{{ {HAND_MADE} }}")
            self.reconcile()
            self.wait_for(lambda: self.alert("drift") is not None, "nobody was told of the drift")
            check(HAND_MADE in self.listed(), "it went before anybody decided")
            with self.store.transaction(OFFICER) as tx:
                strays.remove(tx, queries.point(tx.session, POINT), [HAND_MADE], "Nadie la pidió")
            self.wait_for(lambda: HAND_MADE not in self.listed(), "the entry made by hand is still there")
            self.wait_for(lambda: self.alert("drift") is None, "the alert does not end with the decision")

    def find_rogue(self) -> None:
        with self.report.step("Un equipo sin registro en la red se encuentra y se avisa"):
            rogue = self.lab.add_host(ROGUE_MAC, ROGUE_IP)
            rogue.ping(timeout=0.3)
            owe_looks(self.store, self.settings)
            self.store.bell.set()
            self.wait_for(lambda: self.alert("rogue", ROGUE_MAC) is not None, "no alert names it")

    def verify_audit(self) -> None:
        with self.report.step("Bitácora verificada: cadena íntegra"), self.store.reading() as session:
            chain = audit.verify_store(session)
            check(chain.broken_at is None and chain.rows > 0, chain.problem)

    # --- what the steps look at -------------------------------------------------------------------------------------

    def state(self, number: int) -> str:
        with self.store.reading() as session:
            return queries.device(session, number).authorisation.state

    def alert(self, kind: str, mac: str = "") -> int | None:
        with self.store.reading() as session:
            found = (one.id for one in queries.alerts(session) if one.kind == kind and one.mac == mac)
            return next(found, None)

    def listed(self) -> str:
        return self.lab.nft("list", "set", "netdev", "netreg", "allow")

    def reconcile(self) -> None:
        """Have every point looked at, and wait until it was."""
        with self.store.reading() as session:
            before = queries.point(session, POINT).verified_at
        owe_reconcile(self.store)
        self.store.bell.set()
        self.wait_for(lambda: self._verified_after(before), "the point was not verified")

    def _verified_after(self, before: Any) -> bool:
        with self.store.reading() as session:
            verified = queries.point(session, POINT).verified_at
        return verified is not None and verified != before

    def wait_for(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Look until the condition holds; what happens elsewhere has no bell for us."""
        tick = threading.Event()
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise StepFailed(otherwise)
            tick.wait(0.02)


def check(condition: object, otherwise: str) -> None:
    if not condition:
        raise StepFailed(otherwise)


def finish(app: App, report: Report) -> None:
    """The figures, the next command, and the exit status."""
    figures = {
        name: {"worst": round(max(all_), 3), "all": [round(one, 3) for one in all_]}
        for name, all_ in report.figures.items()
    }
    app.show({"ok": not report.failed, "steps": report.steps, "seconds": figures})
    for name, figure in figures.items():
        app.say(f"  {name}: {figure['worst']:.2f} s" + (" (la peor)" if len(figure["all"]) > 1 else ""))
    if report.failed:
        raise SystemExit(3)
    app.say("Siguiente paso: make run, y abra http://127.0.0.1:8080")


def serve_sample(app: App, state: Path, lab: Lab) -> None:
    """Serve the portal with sample data before the lab, until Ctrl-C or SIGTERM."""
    place = install(state / "installation", lab)
    rogue = lab.add_host(ROGUE_MAC, ROGUE_IP)
    rogue.ping(timeout=0.3)
    server = place.settings.server
    app.say(f"Portal: http://{server.host}:{server.port}   (Ctrl-C para terminar)")
    for email, name, roles, area in CAST:
        app.say(f"  {email:22} {PASSWORD}   {name}, {', '.join(roles)} {area or ''}")
    app.say("Direcciones de los teléfonos del laboratorio: " + ", ".join(phone.mac for phone in lab.phones))
    with place.store.transaction("demo") as tx:
        points.ask_push(tx, queries.point(tx.session, POINT))
    run_services(place.settings, place.store)
