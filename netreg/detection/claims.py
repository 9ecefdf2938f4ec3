"""Names and IP addresses that are somebody else's: a computer's name, a gateway's address, one that two fight over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import combinations

from netreg.detection.facts import WITH_RIGHT, Finding, Guarded, Known, View
from netreg.detection.sighting import IpUse, Said
from netreg.detection.telling import of_device
from netreg.mac import MacAddress

# Whoever answers for so many addresses at one place is a proxy (RFC 1027) and owns none of them.
_PROXY = 20
# So many addresses are network equipment's own; who has more answers for others.
_OWN = 3
NAMES = frozenset({"name", "mdns"})
# A name is told when a device joins and when its lease is renewed; an older one may be another computer's by now.
_RECENT = timedelta(days=1)


def names_claimed(view: View) -> list[Finding]:
    """Devices that bear the name of a registered computer and none of its addresses."""
    owners = _owners(view.registry.values())
    claims = {
        said.mac: said for said in sorted(view.scene.said, key=lambda one: one.value)
        if said.kind in NAMES and view.now - said.at <= _RECENT and said.mac in view.trails
        and _is_foreign(said, owners)
        and not view.is_equipment(said.mac) and not view.is_ignored(said.mac) and not _is_told(view, said.mac)
    }  # fmt: skip
    return [_name_claimed(view, said, owners[said.value.casefold()][0]) for said in claims.values()]


def _owners(known: Iterable[Known]) -> Mapping[str, Sequence[Known]]:
    """The registered computers by their names. One that waits for its address has none that could be told apart."""
    owners: dict[str, list[Known]] = {}
    for one in sorted(known, key=lambda one: one.mac.text):
        if one.host and one.state in WITH_RIGHT:
            owners.setdefault(one.host.casefold(), []).append(one)
    return owners


def _is_foreign(said: Said, owners: Mapping[str, Sequence[Known]]) -> bool:
    of_that_name = owners.get(said.value.casefold(), ())
    return bool(of_that_name) and all(one.mac != said.mac for one in of_that_name)


def _is_told(view: View, mac: MacAddress) -> bool:
    """Whether it is told as a rogue anyway, with its name: one alert for one thing."""
    return view.is_out(mac) or f"rogue:{mac}" in view.open_alerts


def _name_claimed(view: View, said: Said, owner: Known) -> Finding:
    whose = owner.label or owner.host
    words = (
        f"Este equipo dice llamarse «{said.value}», como la computadora {whose}, y no es ninguna de sus direcciones: "
        "puede ser su otra tarjeta de red (WiFi, base), o alguien que usa su nombre.",
        f"This device calls itself “{said.value}” like the computer {whose}, and has none of its addresses: it may be "
        "its other network card (WiFi, dock), or somebody who uses its name.",
    )
    evidence = ((f"El nombre es de {owner.mac}.", f"The name is that of {owner.mac}."),)
    return of_device(view, "name", said.mac, words, evidence=evidence, urgent=False)


def guarded_taken(view: View) -> list[Finding]:
    """Somebody has the address of a gateway or a server: one finding for each address, whoever does it."""
    found = []
    for one in view.settings.guarded:
        takers = [use for use in view.scene.ips if use.ip == one.ip and use.mac not in one.macs]
        if takers:
            found.append(_guarded_taken(view, one, sorted(takers, key=_order)))
    return found


def _guarded_taken(view: View, guarded: Guarded, takers: Sequence[IpUse]) -> Finding:
    key, last = f"gateway:{guarded.ip}", takers[-1]
    who = ", ".join(sorted({str(use.mac) for use in takers}))
    return Finding(
        kind="gateway",
        key=key,
        first_seen=view.since(key, min(use.since for use in takers)),
        last_seen=last.at,
        explanation_es=f"{who} se anuncia con {guarded.ip}, la dirección de {guarded.name}: puede desviar o cortar el "
        "tráfico de todos. Búsquelo y desconéctelo.",
        explanation_en=f"{who} announces itself as {guarded.ip}, the address of {guarded.name}: it can divert or cut "
        "everybody's traffic. Find it and disconnect it.",
        mac=last.mac,
        ip=guarded.ip,
        vendor=last.mac.vendor,
        random=last.mac.is_random,
        place=last.place,
        count=len(takers),
        macs=tuple(sorted({use.mac for use in takers})),
        evidence=tuple(
            (f"{use.mac} tuvo {use.ip} en {use.place}.", f"{use.mac} had {use.ip} at {use.place}.") for use in takers
        ),
        urgent=True,
        is_new=key not in view.open_alerts,
    )


def flip_flops(view: View) -> list[Finding]:
    """IP addresses that go back and forth between two devices. Who takes one over and keeps it is no matter, nor what
    network equipment shares among itself."""
    proxies = _proxies(view)
    guarded = {one.ip for one in view.settings.guarded}
    by_ip: dict[tuple[str, str], list[IpUse]] = {}
    for use in sorted(view.scene.ips, key=_order):
        if (use.place, use.mac) not in proxies and use.ip not in guarded:
            by_ip.setdefault((use.place, use.ip), []).append(use)
    found = []
    for uses in by_ip.values():
        pairs = [(a, b) for a, b in combinations(uses, 2) if _take_turns(a, b)]
        rivals = {
            use.mac for pair in pairs if not all(view.is_equipment(use.mac) for use in pair) for use in pair
        }  # fmt: skip
        if rivals:
            found.append(_flip_flop(view, uses, sorted(rivals)))
    return found


def _proxies(view: View) -> frozenset[tuple[str, MacAddress]]:
    """Who answers for others at a place: anybody with very many addresses, equipment with more than its own few."""
    uses = view.scene.ips
    many = Counter((place, mac) for place, mac, _ in {(use.place, use.mac, use.ip) for use in uses})
    virtual = frozenset((use.place, use.mac) for use in uses if use.mac.problem == "E_VIRTUAL_ROUTER")
    return virtual | frozenset(
        (place, mac) for (place, mac), count in many.items()
        if count >= _PROXY or (count > _OWN and view.is_equipment(mac))
    )  # fmt: skip


def _take_turns(a: IpUse, b: IpUse) -> bool:
    return a.mac != b.mac and a.since < b.at and b.since < a.at


def _order(use: IpUse) -> tuple[object, ...]:
    return use.at, use.since, use.mac.text, use.ip, use.place


def _flip_flop(view: View, uses: Sequence[IpUse], rivals: Sequence[MacAddress]) -> Finding:
    ip, place = uses[0].ip, uses[0].place
    key, who = f"flipflop:{place}:{ip}", ", ".join(map(str, rivals))
    mine = [use for use in uses if use.mac in rivals]
    return Finding(
        kind="flipflop",
        key=key,
        first_seen=view.since(key, min(use.since for use in mine)),
        last_seen=mine[-1].at,
        explanation_es=f"La dirección {ip} salta entre {who}: dos equipos tienen la misma, o uno se hace pasar por "
        "otro.",
        explanation_en=f"The address {ip} jumps between {who}: two devices have the same, or one poses as the other.",
        ip=ip,
        place=place,
        count=len(mine),
        macs=tuple(rivals),
        is_new=key not in view.open_alerts,
    )
