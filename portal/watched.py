"""The words of what is watched: alerts, who is on the network, and the sources that say so."""

from __future__ import annotations

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _

from netreg.detection import advice, sources
from netreg.mac import MacAddress
from netreg.procedures import rogue_sheet
from netreg.registry.rogues import Decision
from portal.languages import language
from portal.words import Badge

# Strangers with an address they made up: a group of alerts of its own, because there are many.
RANDOM = "random"

ALERT = {
    "open": Badge(_("abierta"), "bad"),
    "acknowledged": Badge(_("en atención"), "work"),
    "snoozed": Badge(_("pospuesta"), "still"),
    "closed": Badge(_("cerrada"), "good"),
}
# Whether somebody on the network belongs there, and what was decided about one who does not.
PRESENT = {
    "registered": Badge(_("registrado"), "good"),
    "expected": Badge(_("de la propia red"), "still"),
    "unknown": Badge(_("sin registro"), "bad"),
}
SEES = {
    "blind": Badge(_("no ve nada"), "bad"),
    "dim": Badge(_("ve mucho menos que otras semanas"), "bad"),
    "sees": Badge(_("ve"), "good"),
    "ended": Badge(_("ya no se usa"), "still"),
}
TRAITS = {"name": _("Se llama"), "mdns": _("Se anuncia como"), "dhcp": _("Pide por DHCP")}
CENSUS = {
    "strangers": _("Vistos sin registro"),
    "let-in": _("Pasan sin registro"),
    "unseen": _("Registrados y no vistos"),
    "seen": _("Registrados y vistos"),
}
CENSUS_NEXT = {
    "strangers": _(
        "Pida el registro de cada uno, o descargue la lista, escriba de qué área son y quién los usa, e impórtela."
    ),
    "let-in": _("Un punto los deja pasar y nadie los registró: regístrelos, o quítelos en la página del punto."),
    "unseen": _("Pregunte al área si todavía los usa; si no, déles de baja."),
    "seen": _("Están en orden."),
}
VERDICT = {"blocked": Badge(_("bloqueada"), "bad"), "ignored": Badge(_("ignorada"), "still")}
# What became of the device of an alert.
DECISIONS = {
    "registered": _("se registró"),
    "infrastructure": _("es infraestructura"),
    "ignored": _("se ignora hasta un día"),
    "blocked": _("se bloqueó"),
    "harmless": _("no era nada"),
}
# What whoever closes an alert may say of it; the other decisions are made by their own buttons.
CLOSINGS = {"": _("sin decir"), "harmless": DECISIONS["harmless"]}


def finding(kind: str) -> str:
    """What a kind of alert is called."""
    return gettext("Direcciones inventadas") if kind == RANDOM else advice.of(kind).called(language())


def next_step(kind: str, mac: str) -> str:
    """What to do about an alert of this kind, about this address if it has one."""
    return advice.next_step(kind, language(), random=bool(mac) and MacAddress(mac).is_random)


def source(kind: str) -> str:
    """What a kind of source is called."""
    return sources.name(kind)[language() == "en"]


def maker(mac: MacAddress) -> str:
    """Who made a device, or that its address tells nobody."""
    return rogue_sheet.vendor(mac, language() == "en")


def who(actor: str) -> str:
    """Who did something: a person by their address, everything else is netreg itself."""
    return actor if "@" in actor else gettext("netreg mismo")


def decision(one: Decision) -> str:
    """What became of an unregistered device."""
    what = rogue_sheet.DECISIONS[one.code][language() == "en"]
    if one.until is None:
        return what
    return gettext("%(what)s hasta el %(day)s", what=what, day=format_datetime(one.until, "EEE d MMM y"))
