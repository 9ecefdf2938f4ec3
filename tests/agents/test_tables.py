"""Tables read from points: from a real firewall and its bridge, at every kind of prompt, and when one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from agents import tables
from agents.channels import Answer, Limits, Screen
from agents.schedule import owe_looks
from agents.ssh import Session, Sessions, Target
from agents.tables import Told
from agents.worker import Worker
from netreg import config, events
from netreg.detection.sighting import Heard
from netreg.enforcement.parts import typed
from netreg.enforcement.profile import ConsoleProfile
from netreg.errors import Unreachable
from netreg.registry import profiles, queries
from netreg.registry.models import Sighting, Source
from netreg.registry.watching import look_for_blind_sources
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.agents.makes import MAKES
from tests.agents.player import PASSWORD, Player, password_file, user_key
from tests.agents.test_consoles import FOLDER, WAYS
from tests.agents.test_worker import add_point
from tests.agents.town import Town
from tests.databases import database, sqlite_store, store
from tests.enforcement.lists import mac
from tests.lab.firewall import FirewallLab
from tests.lab.sample import POINT
from tests.people import phones

__all__ = ["database", "sqlite_store", "store"]

SETTINGS = config.Settings()
CLONE = "14:1a:a3:00:00:07"
AT_ONCE = 0.0
QUICK = Limits(connect=2, login=10, command=10)


# --- the real thing -------------------------------------------------------------------------------------------------


class Between:
    """Sessions that let something happen before each look at the bridge."""

    def __init__(self, sessions: Sessions, happens: Callable[[], object]) -> None:
        self.sessions, self.happens = sessions, happens

    @contextmanager
    def use(self, target: Target) -> Iterator[Session]:
        with self.sessions.use(target) as session:
            self.happens()
            yield session


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    kept = Sessions(Limits(connect=10, login=30, command=30))
    yield kept
    kept.close()


@pytest.fixture
def firewall(lab: FirewallLab) -> Target:
    made = profiles.profile("linux-nftables")
    words = {"family": "netdev", "lan": "br0"}
    return Target("palacio", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, made, words)


def by_kind(told: list[Told]) -> dict[str, tuple[Heard, ...]]:
    assert [one.error for one in told if one.error] == []
    return {one.kind: one.heard for one in told}


@pytest.mark.lab
def test_one_address_on_two_ports_of_a_bridge_is_heard_on_both_and_told_as_a_clone(
    lab: FirewallLab, firewall: Target, sessions: Sessions, sqlite_store: Store
) -> None:
    lab.add_bridge("10.81.0.1/24", "bp1", "bp2", "bp3")
    own, clone = (lab.plug_in(port, CLONE, "10.81.0.7") for port in ("bp1", "bp2"))
    still = lab.plug_in("bp3", "64:cc:2e:00:00:09", "10.81.0.9")
    turns = iter([own, clone] * 2)

    def somebody_sends() -> None:
        next(turns).run("ping", "-c", "1", "-W", "2", "10.81.0.1")

    still.run("ping", "-c", "1", "-W", "2", "10.81.0.1")
    began = now()
    told = by_kind(tables.read(Between(sessions, somebody_sends), firewall, AT_ONCE))
    seen = [(one.port, one.at) for one in told["fdb"] if str(one.mac) == CLONE]
    assert [port for port, _ in seen] == ["bp1", "bp2", "bp1"], "each look with its own moment"
    assert all(at is not None and abs(at - began) < timedelta(seconds=15) for _, at in seen)
    assert {(str(one.mac), one.ip, one.port) for one in told["arp"]} == {
        (CLONE, "10.81.0.7", "br0"),
        ("64:cc:2e:00:00:09", "10.81.0.9", "br0"),
    }, "and nobody of the other networks of the firewall"
    assert {one.port for one in told["fdb"] if str(one.mac) == str(still.mac)} == {"bp3"}
    assert not {str(one.mac) for one in told["fdb"]} & set(lab.run("cat", "/sys/class/net/br0/address").split())
    phones(sqlite_store, 1)
    with sqlite_store.transaction("agent:scan") as tx:
        queries.device(tx.session, 1).interfaces[0].mac = CLONE
        tx.record(events.DeviceActivated(device=1))
    kept(sqlite_store, Told("fdb", told["fdb"]))
    with sqlite_store.reading() as session:
        (clone,) = [one for one in queries.alerts(session) if one.kind == "clone"]
        assert (clone.mac, clone.place, clone.urgent) == (CLONE, "palacio · bp1, palacio · bp2", True)


@pytest.mark.lab
def test_whom_the_firewall_turned_away_is_told_with_the_moment(
    lab: FirewallLab, firewall: Target, sessions: Sessions
) -> None:
    assert not lab.phones[0].ping()
    began = now()
    told = by_kind(tables.read(sessions, firewall, AT_ONCE))
    (refused,) = [one for one in told["refused"] if str(one.mac) == lab.phones[0].mac]
    assert refused.at is not None and abs(began - refused.at) < timedelta(seconds=15)


@pytest.mark.lab
def test_a_bridge_that_is_not_to_be_had_stops_no_other_table_and_no_push(town: Town) -> None:
    town.add_printer()
    town.work()
    with town.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    made = town.lab.run("sh", "-c", "command -v bridge").strip()
    town.lab.run("mount", "--bind", "/dev/null", made)
    owe_looks(town.store, town.place.settings)
    town.add_printer()
    town.work()
    town.check_verified()
    with town.store.reading() as session:
        sources = {one.name: one for one in session.query(Source) if one.name.endswith(f":{POINT}")}
        assert "refused" in sources[f"fdb:{POINT}"].error and sources[f"fdb:{POINT}"].last_good is None
        assert sources[f"refused:{POINT}"].last_good is not None and not sources[f"refused:{POINT}"].error
    town.lab.run("umount", made)


# --- at a prompt ----------------------------------------------------------------------------------------------------

CONSOLES = [name for name in sorted(MAKES) if profiles.profile(name).tables()]


def dialog(name: str, made: ConsoleProfile) -> str:
    """All tables in one terminal, and the bridge twice more, each in a terminal of its own."""
    kinds = list(made.tables())
    again = [["fdb"]] * 2 if "fdb" in kinds else []
    return "".join(_terminal(name, made, some) for some in (kinds, *again))


def _terminal(name: str, made: ConsoleProfile, kinds: list[str]) -> str:
    prompt, words = MAKES[name].prompts[""], made.settled({})
    lines = ["== a terminal"]
    if made.session.login == "asked":
        lines += ["", f"{prompt} ", "User: ", "> netreg", "Password:", f"~ {PASSWORD}\\r", "*****", ""]
    lines.append(prompt)
    for line in typed(made.session.start):
        lines += [f"> {line}", prompt]
    for kind in kinds:
        said = (FOLDER / name / f"table-{kind}" / "table.txt").read_text("utf-8").rstrip("\n")
        lines += [f"> {made.fill(made.tables()[kind].command, words)}", said, prompt]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", CONSOLES)
def test_all_tables_of_a_make_are_read_at_its_prompt(name: str, tmp_path: Path) -> None:
    made = profiles.profile(name)
    assert isinstance(made, ConsoleProfile)
    key_file, key = user_key(tmp_path)
    with Player(dialog(name, made), key, way=WAYS[made.session.login]).playing() as player:
        sessions = Sessions(QUICK)
        password = password_file(tmp_path) if made.session.login != "key" else ""
        where = ("ap", "127.0.0.1", player.port, "netreg" + made.session.login_suffix, key_file, player.known_key, made)
        told = by_kind(tables.read(sessions, Target(*where, password_file=password), AT_ONCE))
        sessions.close()
    assert player.problems == []
    for kind, heard in told.items():
        expected = (FOLDER / name / f"table-{kind}" / "expected.txt").read_text("utf-8").splitlines()
        looks = 3 if kind == "fdb" else 1
        assert [str(one.mac) for one in heard] == [line.split()[0] for line in expected] * looks, kind


# --- what fails -----------------------------------------------------------------------------------------------------


class Box:
    """Sessions with a shell that answers by what stands in a command; an error is raised instead."""

    limits = Limits(again=AT_ONCE)

    def __init__(self, **answers: str | Exception) -> None:
        self.answers, self.asked = {"true": "", **answers}, list[str]()

    @contextmanager
    def use(self, target: Target) -> Iterator[Box]:
        yield self

    def converse(self, command: str, *, repeatable: bool = False) -> Answer:
        word = next((one for one in self.answers if one in command), "")
        self.asked.append(word)
        said = self.answers.get(word)
        if isinstance(said, Exception):
            raise said
        return Answer(1, "", "Error: no") if said is None else Answer(0, said, "")

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer:
        return self.converse(command)

    def screen(self) -> Screen:
        raise AssertionError("a shell has no prompt")

    def close(self) -> None: ...


AWAY = Unreachable("palacio", "a command did not finish")
PLACE = Target("palacio", "", 22, "root", None, None, profiles.profile("linux-nftables"), {})
ROW = f'[{{"lladdr":"{mac(1)}","dst":"10.0.0.1","dev":"lan0","confirmed":1,"state":["STALE"]}}]'
ON_PORT = f'[{{"mac":"{mac(1)}","ifname":"p1","updated":0,"flags":[],"master":"br0","state":""}}]'


def outcomes(told: list[Told]) -> dict[str, str]:
    return {one.kind: type(one.error).__name__ if one.error else f"{len(one.heard)} heard" for one in told}


def test_a_table_that_fails_takes_nothing_from_the_others() -> None:
    box = Box(**{"-4": ROW, "-6": "{}", "bridge": AWAY})
    assert outcomes(tables.read(box, PLACE, AT_ONCE)) == {
        "refused": "CommandRefused",
        "arp": "1 heard",
        "nd": "UnexpectedOutput",
        "fdb": "Unreachable",
    }
    assert box.asked.count("bridge") == 1, "a bridge that cannot be read is not asked for again"


def test_a_bridge_that_fails_later_keeps_what_it_told() -> None:
    class Tires(Box):
        def converse(self, command: str, *, repeatable: bool = False) -> Answer:
            if self.asked.count("bridge") == 1 and "true" in command:
                raise AWAY
            return super().converse(command)

    box = Tires(**{"-4": "[]", "-6": "[]", "bridge": ON_PORT})
    assert outcomes(tables.read(box, PLACE, AT_ONCE))["fdb"] == "1 heard" and box.asked.count("bridge") == 1


def test_a_point_that_cannot_be_asked_at_all_is_an_error() -> None:
    with pytest.raises(Unreachable):
        tables.read(Box(true=AWAY), PLACE, AT_ONCE)


# --- what is kept ---------------------------------------------------------------------------------------------------


def kept(store: Store, *told: Told) -> None:
    with store.transaction("agent:scan") as tx:
        for one in told:
            tables.keep(tx, "palacio", one, now(), ignored=())


def sources(store: Store) -> dict[str, tuple[bool, str]]:
    """Each source: whether it ever told of anybody, and its error."""
    with store.reading() as session:
        return {one.name: (one.last_good is not None, one.error) for one in session.query(Source)}


HEARD = (Heard(mac(1), "10.0.0.1", port="p1"),)


def test_each_table_is_a_source_with_its_own_last_good_time_and_error(store: Store) -> None:
    kept(store, Told("arp", HEARD), Told("fdb", error=AWAY), Told("refused"), Told("stations"), Told("nd"))
    assert sources(store) == {
        "arp:palacio": (True, ""),
        "fdb:palacio": (False, str(AWAY)),
        "refused:palacio": (True, ""),
        "stations:palacio": (True, ""),
    }


def test_a_table_that_told_once_and_is_empty_since_is_on_its_way_to_blind_unless_it_may_be_silent(store: Store) -> None:
    kept(store, Told("arp", HEARD), Told("nd", HEARD), Told("stations", HEARD))
    with time_machine.travel(now() + timedelta(hours=1), tick=False):
        kept(store, Told("arp"), Told("nd"), Told("stations"), Told("leases"))
        with store.transaction("schedule") as tx:
            blind = look_for_blind_sources(tx, now(), timedelta(minutes=30))
            assert [alert.key for alert in blind] == ["blind:arp:palacio"]


def test_a_lease_tells_a_name_and_no_presence(store: Store) -> None:
    with store.transaction("agent:scan") as tx:
        told = Told("leases", (Heard(mac(1), "10.0.0.1", name="OBRAS-07"),))
        assert tables.keep(tx, "palacio", told, now(), ignored=()) == []
        assert [alert.mac for alert in tables.keep(tx, "palacio", Told("arp", HEARD), now(), ignored=())] == [
            str(mac(1))
        ]
    with store.reading() as session:
        assert session.query(Sighting).filter_by(source="leases", place="palacio").one().name == "OBRAS-07"


def test_a_worker_reads_and_keeps_the_tables_of_a_point(store: Store) -> None:
    add_point(store, "palacio")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    worker = Worker(store, SETTINGS, Box(**{"-4": ROW, "-6": "[]", "bridge": ON_PORT}))  # type: ignore[arg-type]
    owe_looks(store, SETTINGS)
    assert worker.run_once() and not worker.run_once()
    assert {name: good for name, (good, _error) in sources(store).items()} == {
        "arp:palacio": True, "fdb:palacio": True, "refused:palacio": False,
    }  # fmt: skip
    with store.reading() as session:
        assert {(one.source, one.ip, one.port) for one in session.query(Sighting)} == {
            ("arp", "10.0.0.1", "lan0"),
            ("fdb", None, "p1"),
        }


def test_a_point_that_is_away_is_told_of_on_every_table_that_used_to_tell(store: Store) -> None:
    add_point(store, "palacio")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    kept(store, Told("arp", HEARD))
    owe_looks(store, SETTINGS)
    assert Worker(store, SETTINGS, Box(true=AWAY)).run_once()  # type: ignore[arg-type]
    assert sources(store) == {"arp:palacio": (True, str(AWAY))}
    with store.reading() as session:
        assert queries.point(session, "palacio").breaker.failures == 1, "and the push that tries it is owed"
