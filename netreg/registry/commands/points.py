"""Enforcement points: add, trust, confirm a plan, and record what a push found."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection

from sqlalchemy import select

from netreg import events
from netreg.allowlist import Allowlist
from netreg.errors import (
    ConcurrentChange,
    HostKeyChanged,
    InvalidValue,
    LoginRefused,
    NetregError,
    NotAllowed,
    PointError,
    Refused,
    UnsafePlan,
)
from netreg.registry import logins, profiles, text
from netreg.registry.commands import alerts, pausing
from netreg.registry.commands.settling import settle
from netreg.registry.confirming import confirmers
from netreg.registry.models import CONNECTIONS, Area, Point
from netreg.store.base import now
from netreg.store.transaction import Transaction

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?", re.ASCII)
_LOGIN = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]{20,2000}={0,2}", re.ASCII)
# The kinds of alerts that tell of a point which does not confirm; a read-back is the answer.
LATE = ("unverified", "unpushed")
_CHECKSUM = re.compile(r"[0-9a-f]{64}", re.ASCII)


def add_point(
    tx: Transaction,
    name: str,
    profile: str,
    host: str,
    port: int,
    user: str,
    key_file: str,
    parameters: dict[str, str],
    *,
    password_file: str = "",
    passphrase_file: str = "",
    enabled: bool = True,
) -> Point:
    """A new point, not trusted yet: nothing is sent to it before its host key is pinned.

    A make that takes keys has a `key_file`, with a `passphrase_file` where the key is locked; any other a
    `password_file`. One that is not `enabled` is only looked at until `enrolling.enable`.

    Raises InvalidValue, and ConfigError for an unknown profile.
    """
    name = text.point_name(name)
    if not _HOST.fullmatch(host) or not 1 <= port <= 65535:
        raise InvalidValue(
            "Escriba la dirección y el puerto del punto.",
            "Write the point's address and port.",
            code="E_HOST",
            field="host",
        )
    if not _LOGIN.fullmatch(user):
        raise InvalidValue(
            "Escriba el usuario SSH del punto.", "Write the point's SSH login.", code="E_LOGIN", field="user"
        )
    logins.check(profiles.profile(profile), key_file, passphrase_file, password_file)
    if tx.session.scalar(select(Point).where(Point.name == name)) is not None:
        raise InvalidValue(
            "Ya hay un punto con ese nombre.",
            "There is a point with that name already.",
            code="point_exists",
            field="name",
        )
    point = Point(
        name=name,
        profile=profile,
        host=host,
        port=port,
        user=user,
        key_file=key_file,
        passphrase_file=passphrase_file,
        password_file=password_file,
        parameters=parameters,
        enabled=enabled,
    )
    tx.session.add(point)
    where = {"host": host, "port": port, "user": user, **logins.files(point)}
    tx.record(events.PointAdded(point=name, profile=profile, after=where))
    return point


def trust(tx: Transaction, point: Point, host_key: str) -> str:
    """Pin the host key a person compared; returns its fingerprint. From then on no other key is accepted."""
    if not _HOST_KEY.fullmatch(host_key):
        raise InvalidValue("Esa no es una llave de servidor SSH.", "That is not an SSH host key.", field="host_key")
    before = fingerprint(point.host_key) if point.host_key else None
    point.host_key = host_key
    _clear_problem(point)
    alerts.close_keyed(tx, _key_alert(point), "llave fijada de nuevo")
    tx.record(events.PointTrusted(point=point.name, fingerprint=fingerprint(host_key), before={"fingerprint": before}))
    return fingerprint(host_key)


def fingerprints(host_key: str) -> tuple[str, str]:
    """The fingerprint in both formats that devices show: `SHA256:...` and `MD5:aa:bb:...`."""
    digest = hashlib.md5(_blob(host_key), usedforsecurity=False).hexdigest()
    return fingerprint(host_key), "MD5:" + ":".join(digest[at : at + 2] for at in range(0, 32, 2))


def _blob(host_key: str) -> bytes:
    return base64.b64decode(host_key.split(" ")[1] + "==")


def fingerprint(host_key: str) -> str:
    """`SHA256:...` of a key line `type base64`, as `ssh-keygen -l` shows it."""
    blob = _blob(host_key)
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def confirm_plan(tx: Transaction, point: Point, checksum: str, reason: str = "") -> None:
    """A person read the plan the guard refused, and confirms that very one.

    Raises ConcurrentChange for any other plan, NotAllowed for whoever ordered what it takes out while somebody else may
    confirm it, and InvalidValue where nobody may and no reason is given.
    """
    if _checksum(checksum) != point.refused_plan:
        raise ConcurrentChange(
            f"Ése no es el plan detenido de {point.name}; no se confirmó nada.",
            f"That is not the plan stopped at {point.name}; nothing was confirmed.",
            hint=f"Haga que se revise y lea el que quede detenido: netreg point push {point.name}",
            hint_en=f"Have it looked at and read the one that is stopped: netreg point push {point.name}",
        )
    words = _alone(tx, point, reason)
    point.confirmed_plan = checksum
    _clear_problem(point)
    if words is None:
        tx.record(events.PlanConfirmed(point=point.name, checksum=checksum))
    else:
        tx.record(events.PlanConfirmedAlone(point=point.name, checksum=checksum, reason=words))


def _alone(tx: Transaction, point: Point, reason: str) -> str | None:
    """Why the one who ordered what the plan takes out confirms it too; None where somebody else confirms."""
    if not tx.office.second_person:
        return None
    who = confirmers(tx.session, point, tx.today)
    if who.is_barred(tx.actor):
        others = ", ".join(one.name for one in who.others)
        raise NotAllowed(
            "Usted ordenó lo que este plan quita: lo confirma otra persona.",
            "You ordered what this plan takes out: another person confirms it.",
            code="second_person",
            hint=f"Pídaselo a {others}.",
            hint_en=f"Ask {others}.",
        )
    return text.line(reason, "reason", most=300) if who.is_alone(tx.actor) else None


def ask_push(tx: Transaction, point: Point, plan: str | None = None) -> None:
    """Have the point looked at now; with the checksum of a `plan` the next pass applies that one or nothing."""
    try_login_again(point)
    point.expected_plan = _checksum(plan) if plan is not None else None
    pausing.hasten(point)
    tx.record(events.PushAsked(point=point.name, after={"plan": plan} if plan else {}))


def try_login_again(point: Point) -> None:
    """A person asks: a password that was refused may be sent once more (see `agents.targets`)."""
    if point.problem_code == LoginRefused.code:
        point.problem = point.problem_code = ""


def set_scope(tx: Transaction, point: Point, network: str, sites: Collection[str]) -> None:
    """Which part of the allowlist is this point's: of "wifi", "wired" or "both", and of these sites (none: of all).

    Raises InvalidValue for a network that is none, and for a site where no area works: a typing mistake in it would
    cut everybody off.
    """
    if network not in CONNECTIONS:
        raise InvalidValue(
            "Elija wifi, wired o both.", "Choose wifi, wired or both.", code="E_NETWORK", field="network"
        )
    known = set(tx.session.scalars(select(Area.site).where(Area.site != "").distinct()))
    if unknown := sorted(set(sites) - known):
        raise InvalidValue(
            f"Ningún área trabaja en «{unknown[0]}».", f"No area works at “{unknown[0]}”.", code="E_SITE", field="site",
            hint="Diga primero dónde trabaja: netreg area site ÁREA SITIO.",
            hint_en="Say first where it works: netreg area site AREA SITE.",
        )  # fmt: skip
    before = {"network": point.network, "sites": point.sites}
    point.network, point.sites = network, sorted(set(sites))
    tx.record(
        events.PointScoped(
            point=point.name,
            network=network,
            sites=", ".join(point.sites) or "*",
            before=before,
            after={"network": network, "sites": point.sites},
        )
    )


def record_push(tx: Transaction, point: Point, verified: Allowlist, *, added: int, removed: int) -> None:
    """A verified read-back: the new baseline, without hand-made entries, and whatever it settles."""
    moment = now()
    before, point.verified = point.verified, [[str(entry.mac), entry.label] for entry in verified]
    point.verified_at = point.tried_at = moment
    point.status, point.refused_plan, point.confirmed_plan, point.expected_plan = "verified", None, None, None
    point.problem = point.problem_code = ""
    for late in LATE:
        alerts.close_keyed(tx, alerts.point_key(late, point.name), "verificado")
    settle(tx)
    if before != point.verified or added or removed or not tx.recorded:
        tx.record(events.PointPushed(point=point.name, added=added, removed=removed, entries=len(verified)))


def record_failure(tx: Transaction, point: Point, error: NetregError) -> None:
    """A push that did not end verified; the last verified list stays the baseline."""
    point.tried_at = now()
    if isinstance(error, Refused):
        point.expected_plan = None
    refused = error.checksum if isinstance(error, UnsafePlan) else None
    if (error.code, str(error), refused) == (point.problem_code, point.problem, point.refused_plan):
        return
    permanent = isinstance(error, Refused) or (isinstance(error, PointError) and error.permanent)
    point.status = "refused" if isinstance(error, Refused) else "failing"
    point.problem, point.problem_code = str(error), error.code
    point.refused_plan = refused
    tx.record(events.PushFailed(point=point.name, code=error.code, permanent=permanent, reason=str(error)))
    if isinstance(error, HostKeyChanged):
        alerts.open_alerts(tx, [_another_key(point)])


def _key_alert(point: Point) -> str:
    return alerts.point_key("host_key", point.name)


def _another_key(point: Point) -> alerts.News:
    """What to tell when a point shows another key: it was set up anew, or something else answers in its place."""
    return alerts.of_point(
        "host_key",
        point.name,
        f"En la dirección de {point.name} contesta un equipo con otra llave. No se le envió nada. Averigüe "
        "por qué antes de fijar la nueva: pudo cambiarse el equipo, o puede ser otro que se hace pasar por él.",
        f"A device with another key answers at the address of {point.name}. Nothing was sent to it. "
        "Find out why before you pin the new one: the device may have been replaced, or another one poses as it.",
        now(),
        key=_key_alert(point),
    )


def _checksum(typed: str) -> str:
    if not _CHECKSUM.fullmatch(typed):
        raise InvalidValue("Esa no es la suma de un plan.", "That is not the checksum of a plan.", field="checksum")
    return typed


def _clear_problem(point: Point) -> None:
    point.problem = point.problem_code = ""
    pausing.hasten(point)
    if point.status in ("failing", "refused"):
        point.status = "waiting"
