"""What each kind of alert is called and what a person does about it: the same words on the page, in mail and at the
console."""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """A kind's name and the next step, each in Spanish and in English."""

    name: tuple[str, str]
    step: tuple[str, str]

    def called(self, language: str) -> str:
        """The name of the kind."""
        return self.name[language == "en"]

    def next(self, language: str) -> str:
        """What to do next."""
        return self.step[language == "en"]


KINDS = {
    "rogue": Advice(
        ("Equipo sin registro", "Unregistered device"),
        (
            "Averigüe de quién es. Si es de un área, inicie su solicitud; si es una impresora o un equipo de red, "
            "márquelo como infraestructura; si no debe estar, bloquéelo.",
            "Find out whose it is. If it is an area's, start its request; if it is a printer or network equipment, "
            "mark it as infrastructure; if it should not be there, block it.",
        ),
    ),
    "name": Advice(
        ("Nombre de otro equipo", "Another device's name"),
        (
            "Vea la computadora registrada con ese nombre: puede tener un adaptador nuevo, o alguien se hace pasar por "
            "ella. Si no debe estar, bloquee la dirección.",
            "Look at the computer registered by that name: it may have a new adapter, or somebody passes for it. If it "
            "should not be there, block the address.",
        ),
    ),
    "clone": Advice(
        ("Dirección duplicada", "Duplicate address"),
        (
            "Vea los dos equipos en los lugares que se nombran: uno copió la dirección del otro. Suspenda el registro "
            "mientras no sepa cuál es el suyo.",
            "Look at both devices at the places named: one copied the other's address. Suspend the registration until "
            "you know which is its own.",
        ),
    ),
    "gateway": Advice(
        ("Dirección IP protegida, tomada", "Guarded IP address taken"),
        (
            "Vaya al equipo que la tomó y desconéctelo: puede desviar el tráfico de todos.",
            "Go to the device that took it and unplug it: it can divert everybody's traffic.",
        ),
    ),
    "flipflop": Advice(
        ("Dirección IP que cambia de equipo", "IP address that changes hands"),
        (
            "Busque los dos equipos y vea quién escribió esa dirección a mano; déjela al servidor DHCP.",
            "Find both devices and see who typed that address by hand; leave it to the DHCP server.",
        ),
    ),
    "wire": Advice(
        ("Dos segmentos que son uno", "Two segments that are one"),
        (
            "Quite de la configuración uno de los dos segmentos y reinicie el servicio; después cierre la alerta.",
            "Take one of the two segments out of the settings and restart the service; then close the alert.",
        ),
    ),
    "storm": Advice(
        ("Muchos hallazgos a la vez", "Many findings at once"),
        (
            "Vea el segmento: si hay un acto público, posponga la alerta; si no, busque el equipo que inventa "
            "direcciones y desconéctelo.",
            "Look at the segment: if there is a public event, snooze the alert; otherwise find the device that makes "
            "addresses up, and unplug it.",
        ),
    ),
    "blind": Advice(
        ("Fuente que no ve nada", "Source that sees nothing"),
        (
            "Revise el cable, la interfaz y los permisos de esa fuente; del silencio no se concluye nada.",
            "Check that source's cable, interface and rights; nothing is concluded from silence.",
        ),
    ),
    "drift": Advice(
        ("Lista cambiada a mano", "List changed by hand"),
        (
            "En la página del punto decida qué entradas se quitan o se registran, y pregunte quién las puso.",
            "On the point's page decide which entries go or are registered, and ask who made them.",
        ),
    ),
    "stale": Advice(
        ("Equipo sin uso", "Device not in use"),
        (
            "Pregunte al área si lo sigue necesitando; si no, que pida su baja.",
            "Ask the area whether it still needs it; if not, it asks for its removal.",
        ),
    ),
    "unverified": Advice(
        ("Baja sin confirmar", "Removal not confirmed"),
        (
            "Revise el punto o corte el paso a mano: ese equipo aún puede pasar.",
            "Check the point, or cut it off by hand: that device may still pass.",
        ),
    ),
    "unpushed": Advice(
        ("Alta sin confirmar", "Addition not confirmed"),
        (
            "Revise que el punto esté encendido y en la red; netreg lo intenta solo.",
            "Check that the point is on and reachable; netreg keeps trying.",
        ),
    ),
    "private": Advice(
        ("Dirección privada por revisar", "Private address to look at"),
        (
            "Compruebe con su usuario que la dirección sigue siendo la misma, o pida la del equipo.",
            "Check with its user that the address is still the same, or ask for the device's own.",
        ),
    ),
    "host_key": Advice(
        ("Otra llave en un punto", "Another key at a point"),
        (
            "Averigüe por qué cambió antes de fijarla: puede ser otro equipo en su lugar.",
            "Find out why it changed before you trust it: another device may stand in its place.",
        ),
    ),
    "backup": Advice(
        ("Sin respaldo reciente", "No recent backup"),
        (
            "Vea en la bitácora por qué falló el último («backup.failed»), y que la carpeta exista y tenga lugar.",
            "See in the audit log why the last one failed (“backup.failed”); the folder has to exist and have room.",
        ),
    ),
    "anchor": Advice(
        ("La bitácora no se apunta fuera", "Audit log not noted outside"),
        (
            "Revise que audit.anchor_file se pueda escribir; mientras no se apunte, nadie podría probar un cambio.",
            "Check that audit.anchor_file can be written; while it is not, nobody could prove a change.",
        ),
    ),
}
# A made-up address cannot be registered: its owner has to turn it off first.
RANDOM = (
    "Es una dirección inventada por el propio equipo y no se puede registrar. Pida a su usuario que desactive la "
    "dirección privada en esta red; aparecerá entonces con la suya.",
    "The device made this address up, and it cannot be registered. Ask its user to turn the private address off on "
    "this network; it will then appear with its own.",
)
_OTHER = ("Vea la alerta y decida.", "Look at the alert and decide.")


def of(kind: str) -> Advice:
    """The words of a kind; one this version does not know is called by its code."""
    return KINDS.get(kind, Advice((kind, kind), _OTHER))


def next_step(kind: str, language: str, *, random: bool = False) -> str:
    """What a person does about an alert of this kind; `random`: its address was made up by the device."""
    return RANDOM[language == "en"] if random and kind == "rogue" else of(kind).next(language)
