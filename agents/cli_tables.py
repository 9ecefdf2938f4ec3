"""What `netreg scan --points` does: read the tables of every point now, keep what they tell, and list it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from agents import tables, targets
from agents.ssh import Sessions, Target
from agents.tables import Told
from netreg.cli.base import EXIT_OUTSIDE, App
from netreg.errors import NetregError, NotFound
from netreg.registry import queries
from netreg.store.base import now

# As many at once as wait for the network and not for this machine.
_AT_ONCE = 16
Outcome = list[Told] | NetregError


def read_points(app: App) -> None:
    """Read them all at once; what failed stands in the list, and ends the command with 3."""
    with app.store.reading() as session:
        points = queries.points_to_ask(session)
        asked = [targets.target(one, by_person=True) for one in points]
    if not asked:
        raise NotFound("No hay puntos en servicio.", "There are no points in service.",
                       hint="Agregue uno: netreg point add", hint_en="Add one: netreg point add")  # fmt: skip
    sessions = Sessions()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tables") as pool:
        told = list(pool.map(lambda one: _read(sessions, one), asked))
    sessions.close()
    rows = [row for target, outcome in zip(asked, told, strict=True) for row in _kept(app, target, outcome)]
    app.table(rows, "point", "table", "mac", "ip", "port", "name", "vendor", "alert", "error")
    if any(row["error"] for row in rows):
        raise SystemExit(EXIT_OUTSIDE)


def _read(sessions: Sessions, target: Target) -> Outcome:
    try:
        return tables.read(sessions, target, sessions.limits.again)
    except NetregError as error:
        return error


def _kept(app: App, target: Target, outcome: Outcome) -> Iterator[dict[str, Any]]:
    if isinstance(outcome, NetregError):
        with app.store.transaction(app.actor) as tx:
            tables.note_failure(tx, target.name, target.profile, outcome, now())
        yield _row(target.name, "", error=outcome.message)
        return
    ignored = app.settings.expected_macs
    for one in outcome:
        with app.store.transaction(app.actor) as tx:
            alerts = {alert.mac: alert.id for alert in tables.keep(tx, target.name, one, now(), ignored=ignored)}
        if one.error is not None:
            yield _row(target.name, one.kind, error=one.error.message)
        # A bridge was looked at a few times: each of its rows once, as it was last.
        for heard in {(this.mac, this.ip, this.port): this for this in one.heard}.values():
            mac, at = heard.mac, heard.at and heard.at.isoformat(timespec="seconds")
            said = {"ip": heard.ip, "port": heard.port, "name": heard.name, "last_heard": at}
            yield _row(target.name, one.kind, mac=str(mac), vendor=mac.vendor, alert=alerts.get(str(mac)), **said)


def _row(point: str, table: str, **more: Any) -> dict[str, Any]:
    return {"point": point, "table": table, "mac": "", "error": "", **more}
