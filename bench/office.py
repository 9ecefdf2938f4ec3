"""A town hall at its largest: 2,000 areas, 10,000 devices, a million sightings: `python -m bench office`.

The whole service (`netreg serve`) runs in a process of its own on SQLite and is asked over HTTP for every page that the
tests look at, by whoever looks at it, for searches, and for what a program reads of the API. The peer is the same
service in a small office. Its memory is what the kernel counts for the process and all it started.
"""

from __future__ import annotations

import http.client
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import func, select, text

from agents import schedule
from bench import air, lists, town
from netreg.config import Settings
from netreg.office import Office
from netreg.policy.scopes import SCOPES
from netreg.procedures.counting import Month
from netreg.registry import queries
from netreg.registry.commands import tokens
from netreg.registry.models import Area, Device, Role, Sighting, Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.app import create_app
from tests.people import ACTOR, ALMA, CARLA, INES, NORA, Member, mac
from tests.portal.conftest import Visitor, a_point
from tests.portal.house import furnished_house
from tests.portal.lived_in import World, read_back
from tests.portal.outsiders import CODE as PRESS_CODE
from tests.portal.test_every_page import ANSWERS, PAGES

ROUNDS, GOAL_MS, GOAL_MB = 40, 100.0, 300.0
SLOWEST = 12
POINTS = 10
LAST_MONTH = Month.of(now(), Office().zone).back(1)
# What people type or choose when there is much to find in, on lists that are long by then.
SEARCHES: tuple[tuple[Member, str], ...] = (
    (INES, "/requests?q=Ruelas"), (INES, "/requests?q=ADJ-P03-2026-01234"), (CARLA, "/requests?page=40"),
    (INES, "/devices?q=Ruelas+A0500"), (INES, f"/devices?q={mac(town.FIRST_PHONE + 8 * 900)}"),
    (INES, "/devices?page=100"), (INES, "/presence?q=osuna"), (INES, "/presence?q=10.20.3.4"),
    (INES, "/presence?who=unknown"), (INES, "/presence?page=20"), (ALMA, "/audit?text=A0700"),
    (ALMA, "/audit?since=2026-01-01&name=device."), (NORA, "/people?q=A1500"),
    (INES, "/alerts?kind=rogue"), (CARLA, f"/report?month={LAST_MONTH}"),
)  # fmt: skip
PROGRAMS = (
    "/areas?limit=100", "/areas/OBRAS", "/people?limit=100", "/people/1", "/requests?limit=100", "/requests/{answered}",
    "/tickets?limit=100", "/tickets?open=true&limit=100", "/tickets/{support}", "/tickets/{support}/ways",
    "/devices?limit=100", "/devices?area=OBRAS", "/devices?state=active&limit=100", "/devices/{phone}", "/points",
    "/points/cortafuegos", "/points/cortafuegos/pushes", "/sightings?limit=100", "/sightings?mac={seen}", "/sources",
    "/alerts?limit=100", "/alerts/{alert}", "/audit?limit=100", "/audit?name=device.approved&limit=100",
)  # fmt: skip
# What is made at once for a whole month, list or log, and is no page: measured, and held to nothing.
LONG: tuple[tuple[Member | None, str], ...] = (
    (CARLA, f"/report/sheet.pdf?month={LAST_MONTH}"),
    (CARLA, f"/report/figures.xlsx?month={LAST_MONTH}"),
    (None, f"/api/v1/figures/{LAST_MONTH}"), (None, "/api/v1/allowlist"), (None, "/api/v1/points/cortafuegos/plan"),
    (None, "/api/v1/audit/verify"), (None, "/metrics"),
)  # fmt: skip


@dataclass
class Look:
    """One address, who asks for it, and how long each answer took in milliseconds."""

    who: Member | None
    path: str
    took: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.took)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.took, n=20)[-1] if len(self.took) > 1 else self.took[0]


@dataclass
class Figures:
    """What one office answered, by kind of what was asked, and its service's memory in MB: before that and after."""

    looks: dict[str, list[Look]]
    memory: tuple[float, float] = (0, 0)


def run() -> None:
    """Build both offices, ask them in turn, and print; takes about ten minutes."""
    console = Console(width=120)
    with _office(large=False) as small:
        peer = _asked(small, "small office")
    console.print("a town of 2,000 areas moves in ...")
    with _office(large=True) as large:
        console.print(_size(large.store))
        ours = _asked(large, "large office")
        listed = lists.measured(large.store)
    _show(console, ours, peer)
    lists.show(console, listed)
    _judge(console, ours)


# --- the offices ----------------------------------------------------------------------------------------------------


@dataclass
class Served:
    """An office whose service runs: what opens its doors, and where it answers."""

    store: Store
    settings: Settings
    world: World
    process: subprocess.Popen[bytes]
    port: int


@contextmanager
def _office(*, large: bool) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="netreg-bench-") as name:
        folder = Path(name)
        with furnished_house(folder) as (settings, store, world):
            _settle(settings, store, large=large)
            with _serving(folder) as (process, port):
                yield Served(store, settings, world, process, port)


def _settle(settings: Settings, store: Store, *, large: bool) -> None:
    """A large office has more of all; its points bear the whole list, and nothing answers at their addresses now.

    What the nights of all those years would have left to do was done: months closed, days counted.
    """
    if large:
        town.build(store)
        names = [f"punto-{number:02d}" for number in range(POINTS)]
        for name in names:
            a_point(store, name)
        read_back(store, *names, "cortafuegos", "patio-municipal")
        air.fill(store.engine)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE point SET host = '127.0.0.1', port = 9"))
        connection.execute(text("ANALYZE"))
    schedule.keep_office(store)
    schedule.count_days(store, settings)


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = 20_000 + secrets.randbelow(10_000)
    (folder / "mail").write_text("mailtos://red:secreto@127.0.0.1:9?from=red@municipio.example\n", encoding="utf-8")
    (folder / "mail").chmod(0o600)
    (folder / "config.toml").write_text(
        f'data_dir = "."\n[server]\nport = {port}\naddress = "http://127.0.0.1:{port}"\n'
        f'[procedures]\nenabled = ["almoloya", "{PRESS_CODE}", "GCH-CCS-P93"]\nfolder = "procedures"\n'
        '[procedures.lists]\nportal_modules = ["Avisos"]\n[mail]\nurl_file = "mail"\n[public]\narea = "OBRAS"\n',
        encoding="utf-8",
    )
    with (folder / "service.log").open("wb") as log:
        argv = [str(Path(sys.executable).with_name("netreg")), "serve", "--config", str(folder / "config.toml")]
        process = subprocess.Popen(argv, stdout=log, stderr=log)
        try:
            _await(process, port, folder / "service.log")
            yield process, port
        finally:
            process.terminate()
            process.wait(60)


def _await(process: subprocess.Popen[bytes], port: int, log: Path, most: float = 60) -> None:
    end = time.monotonic() + most
    while time.monotonic() < end and process.poll() is None:
        try:
            if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/healthz", {})[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the service does not answer: {log.read_text(encoding='utf-8')[-2000:]}")


def _size(store: Store) -> str:
    with store.reading() as session:
        counted = {model.__tablename__: session.scalar(select(func.count()).select_from(model))
                   for model in (Area, Device, Ticket, Sighting)}  # fmt: skip
    return ", ".join(f"{count:,} {name}" for name, count in counted.items())


# --- asking ---------------------------------------------------------------------------------------------------------


def _asked(office: Served, title: str) -> Figures:
    """Every look in turn and over again, so that what the machine does meanwhile falls on all alike."""
    kinds = _kinds(office.world)
    before = memory_mb(office.process.pid)
    headers = _doors(office, {look.who for looks in kinds.values() for look in looks if look.who})
    for kind, looks in kinds.items():
        rounds = 3 if kind == "long" else ROUNDS
        connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=300)
        # The first round finds nothing prepared and is not counted.
        for turn in track(range(rounds + 1), f"{title}: {kind}", transient=True):
            for look in looks:
                _ask(connection, look, headers, counted=turn > 0 or kind == "long")
    return Figures(kinds, (before, memory_mb(office.process.pid)))


def _kinds(world: World) -> dict[str, list[Look]]:
    said = vars(world)
    pages = dict.fromkeys((who, path.format(**said)) for looks in PAGES.values() for who, path in looks)
    return {
        "pages": [Look(who, path) for who, path in pages],
        "searches": [Look(who, path) for who, path in SEARCHES],
        "api": [Look(None, f"/api/v1{path.format(**said)}") for path in PROGRAMS],
        "long": [Look(who, path) for who, path in LONG],
    }


def _doors(office: Served, members: set[Member]) -> Callable[[Look], dict[str, str]]:
    """What each asks with: the cookie of whoever is signed in, a token for programs, and nothing for strangers."""
    app = create_app(office.settings, office.store)
    cookies = {}
    for number, member in enumerate(sorted(members)):
        visitor = Visitor(app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        visitor.sign_in(member)
        cookie = visitor.client.get_cookie("session")
        assert cookie is not None
        cookies[member] = {"Cookie": f"session={cookie.value}"}
    with office.store.transaction(ACTOR) as tx:
        person = queries.known_person(tx.session, NORA.email)
        person.roles = list(tx.session.scalars(select(Role)))
        token = tokens.create(tx, person, "bench", SCOPES, tx.today + timedelta(days=2))[1]
    bearer = {"Authorization": f"Bearer {token}"}
    return lambda look: cookies[look.who] if look.who else bearer if look.path.startswith(("/api", "/metrics")) else {}


def _ask(
    connection: http.client.HTTPConnection, look: Look, headers: Callable[[Look], dict[str, str]], *, counted: bool
) -> None:
    started = time.perf_counter()
    status, said = _get(connection, look.path, headers(look))
    took = (time.perf_counter() - started) * 1000
    # A stranger who has no code to give yet is led to the door.
    if status != ANSWERS.get(look.path, 200) and not (look.who is None and status == 303):
        raise SystemExit(f"{look.path} as {look.who and look.who.name}: {status} {said[:500]!r}")
    if counted:
        look.took.append(took)


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def memory_mb(pid: int) -> float:
    """What a process and all it started hold of memory, each shared page counted by its share."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own / 1024 + sum(memory_mb(int(child)) for child in children)


# --- showing --------------------------------------------------------------------------------------------------------


def _show(console: Console, ours: Figures, peer: Figures) -> None:
    for kind, looks in ours.looks.items():
        table = Table("asked by", "address", "median ms", "p95 ms", "small: p95 ms", "ratio", title=f"{kind}, slowest")
        beside = {(look.who, look.path): look for look in peer.looks[kind]}
        ranked = sorted(looks, key=lambda look: look.p95, reverse=True)
        for look in ranked[: SLOWEST if kind == "pages" else None]:
            table.add_row(*_row(look, beside[look.who, look.path]))
        console.print(table)
        every = [took for look in looks for took in look.took]
        p95 = statistics.quantiles(every, n=20)[-1]
        console.print(f"{kind}: {len(looks)} addresses, median {statistics.median(every):.0f} ms, p95 {p95:.0f} ms\n")
    for name, figures in (("small", peer), ("large", ours)):
        console.print(
            f"memory, {name} office: {figures.memory[0]:.0f} MB at its start, {figures.memory[1]:.0f} MB after"
        )


def _row(look: Look, small: Look) -> Sequence[str]:
    who = look.who.name if look.who else "a program" if look.path.startswith("/api") else "anybody"
    figures = f"{look.median:.0f}", f"{look.p95:.0f}", f"{small.p95:.0f}", f"{look.p95 / small.p95:.1f}"
    return who, look.path[:60], *figures


def _judge(console: Console, ours: Figures) -> None:
    """A line for each goal."""
    for kind in ("pages", "searches", "api"):
        late = [look for look in ours.looks[kind] if look.p95 >= GOAL_MS]
        named = ", ".join(f"{look.path} ({look.who.name if look.who else '-'}, {look.p95:.0f})" for look in late)
        said = f"missed by {len(late)}: {named}" if late else "met"
        console.print(f"every one of {kind} under {GOAL_MS:.0f} ms at p95: {said}")
    most = ours.memory[1]
    console.print(f"service under {GOAL_MB:.0f} MB: {'met' if most < GOAL_MB else 'missed'} ({most:.0f} MB)")
