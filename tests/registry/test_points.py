"""Points are trusted by a person, and the audit log hears of them when there is news."""

from __future__ import annotations

import pytest

from netreg.allowlist import Allowlist, Entry
from netreg.errors import HostKeyChanged, InvalidValue, NetregError, Refused, Unreachable, UnsafePlan
from netreg.mac import MacAddress
from netreg.registry import allowlists, point_views, queries
from netreg.registry.commands import alerts, points
from netreg.registry.models import Point
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction
from tests.people import ACTOR, NORA, mac

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk0CEqGvXKqv8m3oPPmV7v3Z1gZ8e9T7m0cYw2b1Q"
LIST = Allowlist.of([Entry(MacAddress.parse(mac(1)), "nr-1")])
CHECKSUM = "a" * 64
UNSAFE = UnsafePlan(
    "Demasiadas bajas", "Too many removals", adds=0, removes=50, limit=20, checksum=CHECKSUM, reason="r"
)


def add(tx: Transaction, **wrong: object) -> Point:
    right = {
        "name": "palacio", "profile": "linux-nftables", "host": "192.0.2.1", "port": 22, "user": "netreg",
        "key_file": "key", "parameters": {},
    }  # fmt: skip
    return points.add_point(tx, **{**right, **wrong})  # type: ignore[arg-type]


@pytest.fixture
def store(store: Store) -> Store:
    """With one point."""
    with store.transaction(NORA.email) as tx:
        add(tx)
    return store


def push(store: Store, verified: Allowlist = LIST, **counts: int) -> None:
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "palacio")
        points.record_push(tx, point, verified, **{"added": 0, "removed": 0, **counts})


def fail(store: Store, error: NetregError) -> None:
    with store.transaction("agent:push") as tx:
        points.record_failure(tx, queries.point(tx.session, "palacio"), error)


def news(store: Store) -> list[str]:
    """What the audit log holds about the point."""
    with store.reading() as session:
        return [event.name for event in queries.story(session, ["point palacio"])]


def point(store: Store) -> Point:
    with store.reading() as session:
        found = queries.point(session, "palacio")
        session.expunge(found)
        return found


WRONG = (
    ("name", "Palacio"), ("name", "a b"), ("name", "x" * 33), ("host", "-oProxyCommand=x"), ("host", "a b"),
    ("host", "a;reboot"), ("host", ""), ("port", 0), ("port", 65536), ("user", "root;"), ("user", "Root"),
    ("user", "-l"),
)  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_point_with_a_wrong_field_is_not_added(sqlite_store: Store, field: str, value: object) -> None:
    with pytest.raises(InvalidValue) as refused, sqlite_store.transaction(NORA.email) as tx:
        add(tx, **{field: value})
    assert refused.value.field == ("host" if field == "port" else field)
    with sqlite_store.reading() as session:
        assert queries.points(session) == []


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "fw-1.palacio.gob.mx", "localhost"])
def test_a_point_is_named_by_address_or_by_host(sqlite_store: Store, host: str) -> None:
    with sqlite_store.transaction(NORA.email) as tx:
        assert add(tx, host=host).host == host


BY_PASSWORD = {"profile": "aruba-instant", "key_file": ""}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key_file": ""}, "key_file"),
        ({"password_file": "/etc/netreg/x"}, "key_file"),
        ({"key_file": "agent", "passphrase_file": "/etc/netreg/x"}, "passphrase_file"),
        ({"passphrase_file": "x"}, "passphrase_file"),
        (BY_PASSWORD, "password_file"),
        ({**BY_PASSWORD, "key_file": "key", "password_file": "/etc/netreg/x"}, "password_file"),
        ({**BY_PASSWORD, "password_file": "x"}, "password_file"),
        ({**BY_PASSWORD, "password_file": "credential:../x"}, "password_file"),
        ({**BY_PASSWORD, "password_file": "credential:"}, "password_file"),
    ],
)
def test_a_point_is_logged_in_to_as_its_make_is(sqlite_store: Store, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidValue) as refused, sqlite_store.transaction(NORA.email) as tx:
        add(tx, **wrong)
    assert (refused.value.code, refused.value.field) == ("E_LOGIN_FILE", field)


@pytest.mark.parametrize("where", ["/etc/netreg/antena", "credential:antena"])
def test_the_log_tells_where_the_password_lies(sqlite_store: Store, where: str) -> None:
    with sqlite_store.transaction(NORA.email) as tx:
        assert add(tx, **BY_PASSWORD, password_file=where).password_file == where
    with sqlite_store.reading() as session:
        (after,) = [event.facts["after"] for event in queries.story(session, ["point palacio"])]
    assert after["password_file"] == where and "key_file" not in after


def test_a_point_is_added_once(store: Store) -> None:
    with pytest.raises(InvalidValue) as refused, store.transaction(NORA.email) as tx:
        add(tx)
    assert refused.value.code == "point_exists"


def test_a_pinned_key_is_told_by_its_fingerprint_and_the_point_is_looked_at(store: Store) -> None:
    with store.transaction(NORA.email) as tx:
        told = points.trust(tx, queries.point(tx.session, "palacio"), HOST_KEY)
    assert told == points.fingerprint(HOST_KEY) and told.startswith("SHA256:") and len(told) == 50
    with store.reading() as session:
        assert queries.is_owed(session, "palacio")
    assert news(store) == ["point.added", "point.trusted"]


@pytest.mark.parametrize(
    "key", ["", "ssh-ed25519", "ssh-dss AAAA" + "A" * 40, HOST_KEY + "\nssh-rsa AAAA", HOST_KEY + " x"]
)
def test_what_is_no_host_key_is_not_pinned(store: Store, key: str) -> None:
    with pytest.raises(InvalidValue), store.transaction(NORA.email) as tx:
        points.trust(tx, queries.point(tx.session, "palacio"), key)
    assert point(store).host_key is None


@pytest.mark.parametrize("checksum", ["", "a" * 63, "A" * 64, "a" * 64 + "\n", "all"])
def test_what_is_no_checksum_confirms_nothing(store: Store, checksum: str) -> None:
    with pytest.raises(InvalidValue), store.transaction(NORA.email) as tx:
        points.confirm_plan(tx, queries.point(tx.session, "palacio"), checksum)
    assert point(store).confirmed_plan is None


def test_a_confirmation_is_used_up_by_the_push_that_follows(store: Store) -> None:
    fail(store, UNSAFE)
    with store.transaction(NORA.email) as tx:
        points.confirm_plan(tx, queries.point(tx.session, "palacio"), CHECKSUM)
    assert point(store).confirmed_plan == CHECKSUM
    push(store, removed=30)
    assert point(store).confirmed_plan is None


def test_a_push_is_in_the_audit_log_when_it_changed_something_or_was_the_first(store: Store) -> None:
    push(store)
    push(store, added=1)
    push(store, removed=2)
    assert news(store) == ["point.added", *["point.pushed"] * 3]
    assert point(store).status == "verified" and point(store).verified == [[mac(1), "nr-1"]]


def test_a_list_that_was_there_already_is_news_beside_an_alert_that_ends(store: Store) -> None:
    """A pass whose answer was lost had put it there; what is remembered of points goes by what the log tells."""
    push(store, Allowlist())
    with store.transaction("agent:push") as tx:
        late = alerts.of_point("unverified", "palacio", "tarda", "is late", now())
        alerts.open_alerts(tx, [late])
    push(store, LIST)
    with store.reading() as session:
        pushed = [one.facts["facts"] for one in queries.story(session, ["point palacio"]) if one.name == "point.pushed"]
    assert [one["entries"] for one in pushed] == [0, 1]


def test_the_verified_list_is_the_new_baseline(store: Store) -> None:
    push(store)
    assert allowlists.baseline(point(store)) == LIST


def test_the_same_failure_is_told_once_and_a_new_one_again(store: Store) -> None:
    for _ in range(3):
        fail(store, Unreachable("palacio", "no route to host"))
    fail(store, HostKeyChanged("palacio", "another key"))
    assert news(store) == ["point.added", "point.push_failed", "point.push_failed"]
    assert (point(store).status, point(store).problem_code) == ("failing", "host_key_changed")


def test_a_failure_keeps_the_last_verified_list_and_a_push_clears_it(store: Store) -> None:
    push(store)
    fail(store, Unreachable("palacio", "no route to host"))
    assert allowlists.baseline(point(store)) == LIST and point(store).problem
    push(store, added=1)
    assert (point(store).status, point(store).problem) == ("verified", "")


def test_a_plan_the_guard_refused_waits_for_a_person(store: Store) -> None:
    fail(store, UNSAFE)
    assert isinstance(UNSAFE, Refused) and point(store).status == "refused"
    with store.transaction(NORA.email) as tx:
        points.confirm_plan(tx, queries.point(tx.session, "palacio"), CHECKSUM)
    assert (point(store).status, point(store).problem) == ("waiting", "")


def test_a_point_shows_what_is_still_to_come(store: Store) -> None:
    push(store)
    with store.reading() as session:
        (view,) = point_views.every(session)
    assert (view.desired, view.verified, view.to_add, view.to_remove, view.status) == (0, 1, 0, 1, "pushing")


def test_somebody_may_have_a_point_looked_at(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        points.ask_push(tx, queries.point(tx.session, "palacio"))
    with store.reading() as session:
        assert queries.is_owed(session, "palacio")
