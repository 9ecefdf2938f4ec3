"""Presence: who is on the network now, where an address was, how many a day, and whether anything looks."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry import days, discovery, presence, queries, seeking
from netreg.registry.presence import Here
from netreg.registry.seeking import Answer, Sought
from netreg.store.base import now
from portal import charts
from portal.access import may, permitted
from portal.paging import ROWS, page_fetched
from portal.rows import reading, settings, store
from portal.tracing import trace_reading, trace_trail

pages = Blueprint("presence", __name__, url_prefix="/presence")

SPANS = (30, 90)
# Who is shown: by whether they belong there.
WHO = ("unknown", "known")


@pages.get("")
@permitted("presence.see")
def listing() -> ResponseReturnValue:
    """Who is there now, by place and by whether it is registered; or what `?q=` finds, at `?at=`."""
    trace_reading("presence")
    typed = request.args.get("q", "").strip()
    if typed and may("presence.follow"):
        return _sought(typed, request.args.get("at", ""))
    at, expected = now(), settings().expected_macs
    found = presence.here(reading(), at, expected)
    places, place, who = presence.places(found), request.args.get("place", ""), request.args.get("who", "")
    matching = [one for one in found if _fits(one, place, who)]
    page = page_fetched(
        len(matching),
        lambda after: presence.described(reading(), matching[after : after + ROWS], at, expected),
    )
    return render_template(
        "pages/presence.html", page=page, places=places, place=place, who=who, total=len(found),
        unknown=sum(one.unknown for one in found), sought="", at="", refusal=None,
    )  # fmt: skip


def _fits(one: Here, place: str, who: str) -> bool:
    return (not place or one.place == place) and (who not in WHO or one.unknown == (who == "unknown"))


def _sought(typed: str, moment: str) -> ResponseReturnValue:
    refusal, answer, then = None, Answer([], [], False), None
    try:
        then = seeking.moment(moment, store().office.zone)
        answer = seeking.find(reading(), Sought.parse(typed), now(), then=then, expected=settings().expected_macs)
    except InvalidValue as error:
        refusal = error
    return render_template(
        "pages/presence_found.html", answer=answer, sought=typed[: seeking.MOST_LETTERS], at=moment[:20], then=then,
        refusal=refusal,
    )  # fmt: skip


@pages.get("/days")
@permitted("presence.see")
def by_day() -> ResponseReturnValue:
    """How many a day, registered and not, for 30 or 90 days."""
    span = request.args.get("span", type=int)
    span = span if span in SPANS else SPANS[0]
    found = days.figures(reading(), span, store().office.zone, now(), settings().expected_macs)
    return render_template(
        "pages/presence_days.html", figures=found, chart=charts.of_days(found), span=span, spans=SPANS
    )


@pages.get("/sources")
@permitted("presence.see")
def sources() -> ResponseReturnValue:
    """Every source: the proof that the network is looked at."""
    found = discovery.look(reading(), now(), settings().scan.blind_after)
    return render_template("pages/sources.html", sources=found, hears=discovery.hearing(reading(), now()))


@pages.get("/<mac>")
@permitted("presence.follow")
def show(mac: str) -> ResponseReturnValue:
    """One address: where it is, where it was, what it says of itself, and what netreg knows of it."""
    try:
        address = MacAddress.parse(mac)
    except InvalidValue as error:
        raise NotFound("No existe esa dirección.", "There is no such address.") from error
    device = queries.device_by_mac(reading(), address)
    if device is not None:
        trace_trail(device.id)
    snapshot = reading()
    last = presence.latest(snapshot, [str(address)], now(), settings().expected_macs).get(str(address))
    return render_template(
        "pages/presence_of.html",
        mac=address,
        last=last,
        here=last is not None and last.until >= now() - presence.GAP,
        device=queries.device_by_mac(snapshot, address),
        page=page_fetched(
            presence.count_stays(snapshot, address),
            lambda after: presence.stays(snapshot, address, most=ROWS, after=after),
        ),
        ips=presence.ips(snapshot, address),
        traits=presence.traits(snapshot, address),
        alerts=presence.alerts(snapshot, address),
        kept=store().office.retention,
    )
