"""The command `netreg scan`: sweep the segments now, listen, or read a capture. It joins `netreg` by an entry point."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from agents import listen, scan
from agents.apart import ipv4_last, wire_of
from agents.cli_tables import read_points
from agents.ear import batches
from agents.rawsocket import is_interface_name
from netreg.cli.base import App, NetregCommand, pass_app
from netreg.detection.facts import Finding, Scene
from netreg.detection.sighting import Heard, IpUse, Said, Sighting
from netreg.detection.sources import CAPTURE, SWEEP
from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry.detecting import look_at, take_in
from netreg.store.base import now


@click.command("scan", cls=NetregCommand)
@click.option("--segment", "name", help="A segment of the configuration; without it, all of them.")
@click.option("--interface", help="Sweep nothing: listen on this interface, and list who is on no register.")
@click.option("--seconds", type=click.IntRange(1, 86_400), default=30, show_default=True,
              help="With --interface: for so long.")  # fmt: skip
@click.option("--pcap", "file", type=click.Path(path_type=Path, dir_okay=False),
              help="Sweep nothing: list who is in this capture (tcpdump, Wireshark) and on no register.")  # fmt: skip
@click.option("--points", is_flag=True, help="Sweep nothing: read the tables of the points in service.")
@pass_app
def scan_now(app: App, name: str | None, interface: str | None, seconds: int, file: Path | None, points: bool) -> None:
    """Sweep the configured segments now, keep what was heard, and open alerts for what nobody registered.

    With --pcap or --interface nothing is sent, stored or alerted: it may be of another day or another place. With
    --points the points tell who is on their radios, beside them and behind their ports, and that is kept too.
    """
    if points:
        read_points(app)
        return
    if file is not None:
        _read_capture(app, file)
        return
    if interface is not None:
        _listen(app, interface, seconds)
        return
    segments = [one for one in app.settings.scan.segment if name in (None, one.name)]
    if not segments:
        raise NotFound("No hay segmentos que barrer.", "There are no segments to sweep.",
                       hint="Agregue uno en [[scan.segment]].", hint_en="Add one in [[scan.segment]].")  # fmt: skip
    rows = [row for one in segments for row in _sweep(app, one)]
    app.table(rows, "segment", "mac", "ip", "vendor", "alert")


def _read_capture(app: App, file: Path) -> None:
    heard = listen.read_capture(file)
    said = [Said(one.mac, "name", name, one.last) for one in heard.devices for name in one.names]
    seen = [Sighting(one.mac, "pcap", file.name, one.last) for one in heard.devices]
    uses = [
        IpUse(str(claim.ip), one.mac, file.name, claim.since, claim.at) for one in heard.devices for claim in one.claims
    ]
    found = _look(app, Scene(tuple(seen), tuple(uses), tuple(said)))
    strangers = _strangers(found)
    rows = [_stranger(one, strangers[one.mac]) for one in heard.devices if one.mac in strangers]
    _show(app, rows, found)
    app.say(_words(heard, len(rows))[app.language == "en"])


def _listen(app: App, interface: str, seconds: int) -> None:
    heard, frames = _heard_on(app, interface, seconds)
    said = [
        Said(one.mac, "name", name, one.at or now()) for told in heard.values() for one in told for name in _names(one)
    ]
    seen = [Sighting(mac, CAPTURE, interface, told[-1].at or now()) for mac, told in heard.items()]
    uses = [use for told in heard.values() for use in _uses(told, interface)]
    found = _look(app, Scene(tuple(seen), tuple(uses), tuple(said)))
    rows = [_unknown(heard[mac], finding) for mac, finding in _strangers(found).items()]
    _show(app, rows, found)
    spanish = f"{frames} tramas en {seconds} s, {len(heard)} equipos, {len(rows)} sin registro."
    english = f"{frames} frames in {seconds} s, {len(heard)} devices, {len(rows)} nobody registered."
    app.say(english if app.language == "en" else spanish)


def _heard_on(app: App, interface: str, seconds: int) -> tuple[dict[MacAddress, list[Heard]], int]:
    """What each device said, and in how many frames all of them."""
    if not is_interface_name(interface):
        raise InvalidValue(f"«{interface}» no es el nombre de una interfaz.",
                           f"“{interface}” is not the name of an interface.", field="interface")  # fmt: skip
    netns = next((one.netns for one in app.settings.scan.segment if one.interface == interface), None)
    heard: dict[MacAddress, list[Heard]] = {}
    frames, end = 0, 0.0
    with closing(batches(interface, interface, netns, every=1)) as beats:
        for batch in beats:
            if batch is None:
                continue
            for one in batch.heard:
                heard.setdefault(one.mac, []).append(one)
            frames += batch.frames
            # The first beat says that it listens, and what was heard last is told by the first after the end.
            end = end or time.monotonic() + seconds
            if time.monotonic() >= end:
                break
    return heard, frames


def _unknown(heard: list[Heard], finding: Finding) -> dict[str, Any]:
    first, last = heard[0], heard[-1]
    return {
        "kind": finding.kind, "mac": str(last.mac), "ip": ", ".join(dict.fromkeys(one.ip for one in heard if one.ip)),
        "name": ", ".join(dict.fromkeys(name for one in heard for name in _names(one))), "vendor": last.mac.vendor,
        "fingerprint": last.fingerprint, "first_seen": _moment(first), "last_seen": _moment(last),
        "explanation": finding.explanation_es, "explanation_en": finding.explanation_en,
    }  # fmt: skip


def _names(heard: Heard) -> list[str]:
    return [name for name in (heard.name, heard.announced) if name]


def _moment(heard: Heard) -> str:
    return heard.at.isoformat(timespec="seconds") if heard.at else ""


def _look(app: App, seen: Scene) -> list[Finding]:
    """What there is to say of those who were heard."""
    # A capture of another day is judged as of then: a name that was told an hour before its end is none of yesterday.
    at = max((one.at for one in seen.sightings), default=now())
    with app.store.transaction(app.actor) as tx:
        return look_at(tx, seen, at, app.settings.expected_macs)


def _strangers(found: Iterable[Finding]) -> dict[MacAddress, Finding]:
    return {one.mac: one for one in found if one.mac is not None and not one.ip}


def _uses(heard: Iterable[Heard], place: str) -> list[IpUse]:
    """Each IP that one device claimed, from the first time to the last."""
    claimed: dict[str, list[Heard]] = {}
    for one in heard:
        if one.ip and one.at:
            claimed.setdefault(one.ip, []).append(one)
    moments = {ip: [one.at for one in told if one.at] for ip, told in claimed.items()}
    return [IpUse(ip, claimed[ip][0].mac, place, min(when), max(when)) for ip, when in moments.items()]


def _show(app: App, rows: list[dict[str, Any]], found: Iterable[Finding]) -> None:
    """The strangers, and the IP addresses that are somebody else's or jump."""
    claims = [_claimed(one) for one in found if one.ip]
    app.table([*rows, *claims], "mac", "ip", "name", "explanation_en" if app.language == "en" else "explanation")


def _claimed(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind, "mac": ", ".join(map(str, finding.macs)), "ip": finding.ip, "name": "",
        "first_seen": finding.first_seen.isoformat(timespec="seconds"),
        "last_seen": finding.last_seen.isoformat(timespec="seconds"),
        "explanation": finding.explanation_es, "explanation_en": finding.explanation_en,
    }  # fmt: skip


def _stranger(one: listen.Device, finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind, "mac": str(one.mac), "ip": ", ".join(map(str, one.ips)), "name": ", ".join(one.names),
        "vendor": one.mac.vendor,
        "heard_in": list(one.hows), "frames": one.frames, "fingerprint": one.fingerprint,
        "first_seen": one.first.isoformat(timespec="seconds"), "last_seen": one.last.isoformat(timespec="seconds"),
        "explanation": finding.explanation_es, "explanation_en": finding.explanation_en,
    }  # fmt: skip


def _words(heard: listen.Listened, strangers: int) -> tuple[str, str]:
    """What was read, in Spanish and in English, with what is missing from it."""
    spanish = f"{heard.frames} tramas, {len(heard.devices)} equipos, {strangers} sin registro."
    english = f"{heard.frames} frames, {len(heard.devices)} devices, {strangers} nobody registered."
    if heard.cut:
        spanish += " La captura está cortada: falta su final."
        english += " The capture is cut: its end is missing."
    if heard.left_out:
        spanish += f" Hubo más direcciones de las que se guardan: {heard.left_out} menciones quedaron fuera."
        english += f" There were more addresses than are kept: {heard.left_out} mentions were left out."
    return spanish, english


def _sweep(app: App, segment: Any) -> list[dict[str, Any]]:
    sweep = scan.sweep(wire_of(segment), rate=app.settings.scan.rate)
    heard = ipv4_last(Heard(one.mac, str(one.ip), one.at) for one in sweep.heard)
    ignored = app.settings.expected_macs
    with app.store.transaction(app.actor) as tx:
        opened = take_in(tx, SWEEP, segment.name, heard, now(), ignored=ignored)
        alerts = {alert.mac: alert.id for alert in opened}
    return [
        {
            "segment": segment.name,
            "mac": str(one.mac),
            "ip": one.ip,
            "vendor": one.mac.vendor,
            "alert": alerts.get(str(one.mac)),
        }
        for one in heard
    ]
