"""The commands that talk to points: point trust, check, plan, push; worker. They join `netreg` by entry points."""

from __future__ import annotations

from typing import Any

import click

from agents import push, service, targets
from agents.carrying import LOOK_SECONDS
from agents.ssh import Sessions, Target, fetch_host_key
from agents.worker import Worker
from netreg import logs
from netreg.allowlist import Allowlist
from netreg.cli.admin import run_side_by_side
from netreg.cli.base import EXIT_OUTSIDE, EXIT_REFUSED, App, NetregCommand, pass_app
from netreg.cli.devices import traced
from netreg.cli.points import point_row
from netreg.enforcement.by_hand import EXAMPLE, manual
from netreg.enforcement.plan import doubt
from netreg.errors import InvalidValue, UnsafePlan
from netreg.registry import allowlists, logins, point_views, profiles, queries, strays
from netreg.registry.commands import points
from netreg.registry.models import Point
from netreg.store.base import now


@click.command("trust", cls=NetregCommand)
@click.argument("name")
@click.option("--fingerprint", help="What you read on the point itself, SHA256:... or MD5:...; without it you compare.")
@pass_app
def trust(app: App, name: str, fingerprint: str | None) -> None:
    """Fetch the host key of a point and pin it, once a person compared it."""
    with app.store.reading() as session:
        point = queries.point(session, name)
        host, port = point.host, point.port
    key = fetch_host_key(host, port, point=name)
    shown, older = points.fingerprints(key)
    question = f"{name} ({host}):\n  {shown}\n  {older}\n¿Es la llave del equipo?"
    if fingerprint is None and not click.confirm(question, err=True):
        raise click.Abort
    # MD5 is compared only because old devices show nothing else; what is pinned is the whole key.
    if fingerprint not in (None, shown, older):
        raise InvalidValue(f"{name} mostró {shown}, no {fingerprint}; no se fijó nada.",
                           f"{name} showed {shown}, not {fingerprint}; nothing was pinned.",
                           code="host_key_changed", field="fingerprint")  # fmt: skip
    with app.store.transaction(app.actor) as tx:
        points.trust(tx, queries.point(tx.session, name), key)
    app.show({"point": name, "fingerprint": shown, "md5": older}, f"✔ {name}: {shown}")


# How well a make is known, as its profile says.
_KNOWN = {
    "real": "probado con el equipo real",
    "documented": "según la documentación del fabricante; pruébelo antes",
    "inferred": "en parte supuesto; pruébelo en un equipo de prueba",
}


@click.command("check", cls=NetregCommand)
@click.argument("name")
@pass_app
def check(app: App, name: str) -> None:
    """Sign in, read the list and prove it complete; changes nothing."""
    target, seen = _look(app, name)
    retry_at = _pause(app, name)
    document = {
        "point": name,
        "profile": target.profile.name,
        "verified": target.profile.verified,
        "entries": len(seen.observed),
        "checksum": seen.observed.checksum,
        "retry_at": retry_at,
    }
    known = _KNOWN[target.profile.verified]
    words = f"✔ {name}: {len(seen.observed)} entradas leídas y completas ({target.profile.name}: {known})"
    if retry_at:
        words += f"\nSigue en pausa hasta {retry_at}; para ajustarlo ya: netreg point push {name}"
    app.show(document, words)


def _pause(app: App, name: str) -> str | None:
    """When a point that was left alone after failing is tried again."""
    with app.store.reading() as session:
        retry_at = queries.point(session, name).retry_at
    return retry_at.isoformat(timespec="seconds") if retry_at else None


@click.command("plan", cls=NetregCommand)
@click.argument("name")
@pass_app
def plan(app: App, name: str) -> None:
    """What a push would do now, without doing it; exit 1 if the guard wants a person."""
    _target, seen = _look(app, name)
    with app.store.reading() as session:
        wanted = allowlists.desired(session, queries.point(session, name))
    planned, refusal = seen.plan, _guarded(app, seen, wanted)
    document = {
        "point": name,
        "add": [str(entry.mac) for entry in planned.adds],
        "remove": [str(entry.mac) for entry in planned.removes],
        "by_hand": [str(entry.mac) for entry in seen.strays],
        "checksum": planned.checksum,
        "guard": refusal.reason if refusal else None,
    }
    lines = [f"+ {mac}" for mac in document["add"]] + [f"- {mac}" for mac in document["remove"]]
    lines += [f"? {mac} hecha a mano: espera decisión (netreg point strays {name})" for mac in document["by_hand"]]
    app.show(document, "\n".join([*(lines or ["sin cambios"]), f"plan {planned.checksum}"]))
    if refusal and not app.as_json:
        raise refusal
    if refusal:
        raise SystemExit(EXIT_REFUSED)


def _guarded(app: App, seen: push.Preview, wanted: Allowlist) -> UnsafePlan | None:
    try:
        doubt(seen.plan, seen.observed, wanted, targets.limits(app.settings))
    except UnsafePlan as refusal:
        return refusal
    return None


def _look(app: App, name: str) -> tuple[Target, push.Preview]:
    with app.store.reading() as session:
        point = queries.point(session, name)
        target = targets.target(point, by_person=True)
        wanted, ours = allowlists.desired(session, point), strays.ours(session, point)
    sessions = Sessions()
    try:
        with sessions.use(target) as session_:
            seen = push.plan(session_, target, wanted, ours)
    finally:
        sessions.close()
    return target, seen


@click.command("sheet", cls=NetregCommand)
@click.argument("name", required=False)
@pass_app
def sheet(app: App, name: str | None) -> None:
    """For the day netreg is gone: what was last verified at a point, or at each, and what to type there by hand."""
    with app.store.reading() as session:
        chosen = [queries.point(session, name)] if name else queries.points(session)
        documents = [_sheet(point) for point in chosen]
    traced(app, "sheet", sum(len(document["entries"]) for document in documents))
    app.show({"points": documents}, "\n\n".join(_printed(document) for document in documents))


def _sheet(point: Point) -> dict[str, Any]:
    made = profiles.profile(point.profile)
    verified = allowlists.baseline(point) or Allowlist()
    return {
        "point": point.name,
        "address": f"{point.user}@{point.host}:{point.port}",
        "host_key": points.fingerprint(point.host_key) if point.host_key else None,
        "login": logins.files(point),
        "profile": made.name,
        "owns": made.fill(made.owns, made.settled(point.parameters)),
        "verified_at": point.verified_at.isoformat(timespec="minutes") if point.verified_at else None,
        "entries": [f"{made.written(entry.mac)} {entry.label}".strip() for entry in verified],
        "by_hand": {what: list(lines) for what, lines in manual(made, made.settled(point.parameters)).items()},
    }


_LOGIN = {
    "key_file": "netreg entra con la llave",
    "passphrase_file": "La llave se abre con el archivo",
    "password_file": "netreg entra con la contraseña del archivo",
}


def _printed(document: dict[str, Any]) -> str:
    """One point's page, as plain text that a printer takes."""
    titles = {"list": "Ver la lista", "add": "Dejar pasar un equipo", "remove": "Quitar un equipo", "save": "Guardar"}
    head = [
        f"{document['point']}   {document['address']}   {document['profile']}",
        f"Llave: {document['host_key'] or 'sin fijar'}",
        *(f"{_LOGIN[field]}: {where}" for field, where in document["login"].items()),
        f"Lo de netreg ahí: {document['owns']}",
        f"Verificado: {document['verified_at'] or 'nunca'}, {len(document['entries'])} equipos",
    ]
    for what, lines in document["by_hand"].items():
        head += ["", f"{titles[what]} (la dirección {EXAMPLE} es un ejemplo):"] if lines else []
        head += [f"    {line}" for line in lines]
    return "\n".join([*head, "", "Lista:", *(f"    {entry}" for entry in document["entries"])])


@click.command("push", cls=NetregCommand)
@click.argument("name")
@click.option("--plan", "checksum", metavar="CHECKSUM", help="Apply the plan that was read, and no other.")
@pass_app
def push_now(app: App, name: str, checksum: str | None) -> None:
    """Reconcile a point now and show what was verified."""
    with app.store.transaction(app.actor) as tx:
        points.ask_push(tx, queries.point(tx.session, name), checksum)
    worker = Worker(app.store, app.settings)
    while _under_way(app, name):
        if not worker.run_once():
            # Another process stands on the point: look again after a moment in which it may have finished.
            app.store.bell.clear()
            app.store.bell.wait(LOOK_SECONDS)
    worker.sessions.close()
    with app.store.reading() as session:
        row = point_row(point_views.of(session, queries.point(session, name)))
    app.show(row, f"{'✔' if row['status'] == 'verified' else '✘'} {name}: {row['status']} {row['problem']}")
    if row["status"] != "verified":
        raise SystemExit(EXIT_REFUSED if row["status"] == "refused" else EXIT_OUTSIDE)


def _under_way(app: App, name: str) -> bool:
    with app.store.reading() as session:
        return queries.is_under_way(session, name, now())


@click.command("worker", cls=NetregCommand)
@click.option(
    "--only",
    type=click.Choice(("office", "segments")),
    help="Only what needs to stand in the segments (sweeps, lease files, listening), or all but that.",
)
@pass_app
def worker(app: App, only: str | None) -> None:
    """Run worker and timetable alone, without the portal."""
    logs.keep(app.settings.log)
    work = {None: service.work, "office": service.office, "segments": service.segments}[only]
    run_side_by_side(app.settings, app.store, {"worker": work})
