"""Words that offices write for what we have codes for: kinds of device, whose it is, papers, yes and no. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netreg.errors import Refused
from netreg.importing.columns import words
from netreg.importing.problems import refused
from netreg.mac import WRITTEN, MacAddress
from netreg.policy import roles

INFRASTRUCTURE = "infrastructure"
KINDS = {
    "phone": ("phone", "telefono", "celular", "smartphone", "telefono celular", "movil", "cel", "tel", "iphone",
              "android", "telefono inteligente", "telefono movil", "mobile", "cell phone", "tablet", "tableta"),
    "computer": ("computer", "computadora", "laptop", "pc", "equipo de computo", "escritorio", "portatil", "desktop",
                 "notebook", "computadora de escritorio", "computadora portatil", "cpu", "lap top", "all in one"),
    INFRASTRUCTURE: ("infrastructure", "infraestructura", "impresora", "multifuncional", "camara", "punto de acceso",
                     "access point", "ap", "reloj checador", "checador", "printer", "camera", "escaner", "copiadora",
                     "switch", "adaptador", "proyector", "telefono ip"),
}  # fmt: skip
OWNERSHIP = {
    "municipal": ("municipal", "oficial", "institucional", "ayuntamiento", "municipio", "h ayuntamiento", "official"),
    "personal": ("personal", "propio", "propia", "particular", "own", "del usuario", "privado"),
}
CONNECTIONS = {
    "wifi": ("wifi", "wi fi", "inalambrica", "inalambrico", "wireless", "wlan"),
    "wired": ("wired", "cable", "alambrica", "ethernet", "cableada", "lan", "red cableada", "alambrico"),
    "both": ("both", "ambas", "ambos", "wifi y cable", "cable y wifi", "wifi cable", "las dos"),
}
ROLES = {
    roles.LIAISON: ("liaison", "enlace", "enlace de area", "enlace administrativo"),
    roles.HEAD: ("head", "titular", "titular de area", "titular del area"),
    roles.SECRETARIAL: ("secretarial", "secretaria", "area secretarial", "oficialia", "oficialia de partes"),
    roles.COORDINATOR: ("coordinator", "coordinacion", "coordinador", "coordinadora"),
    roles.IT: ("it", "informatica", "sistemas", "ti", "soporte", "area de informatica"),
    roles.LEGAL: ("legal", "normatividad", "juridico", "redaccion"),
    roles.NEWTECH: ("newtech", "nuevas tecnologias"),
    roles.IMAGE: ("image", "comunicacion", "imagen", "comunicacion e imagen"),
    roles.DIGITAL: ("digital", "gobierno digital"),
    roles.AUDITOR: ("auditor", "auditora", "contraloria", "contralor"),
    roles.ADMINISTRATOR: ("administrator", "administrador", "administradora", "administracion del sistema"),
}  # fmt: skip
_YES = frozenset({"si", "s", "x", "yes", "y", "1", "true", "verdadero"})
_NO = frozenset({"", "no", "n", "0", "false", "falso"})
# What is out, or on its way: a list of the office keeps it, and nobody asks for it again.
_OUT = frozenset({
    "removed", "removing", "rejected", "baja", "de baja", "dado de baja", "rechazado", "rechazada", "inactivo",
    "inactiva", "obsoleto", "extraviado", "robado", "inactive", "retirado", "cancelado",
})  # fmt: skip
# Excel's way to show a long number: what were digits of an address are gone for good.
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.ASCII | re.IGNORECASE)
_SEVERAL = re.compile(r"\s*[,;/|\n]\s*|\s+y\s+|\s+and\s+", re.IGNORECASE)


def code_of(table: Mapping[str, tuple[str, ...]], said: str, field: str) -> str:
    """The code that a cell means; raises Refused naming what may stand there."""
    written = words(said)
    for code, known in table.items():
        if written in known or (written.endswith("s") and written[:-1] in known):
            return code
    names = ", ".join(known[1] if len(known) > 1 else known[0] for known in table.values())
    raise refused(
        "E_CHOICE", "No se reconoce lo que dice la celda.", "What the cell says is not known.",
        f"Escriba una de estas: {names}.", f"Write one of these: {', '.join(table)}.", field=field,
    )  # fmt: skip


def role_codes(said: str) -> tuple[str, ...]:
    """The roles that a cell names, in the order of the table."""
    named = {code_of(ROLES, one, "roles") for one in _SEVERAL.split(said) if one.strip()}
    return tuple(role for role in roles.ROLES if role in named)


def is_yes(said: str, field: str) -> bool:
    """Whether a cell says yes; an empty one says no. Raises Refused for anything else."""
    written = words(said)
    if written in _YES or said.strip() in ("✓", "✔"):
        return True
    if written in _NO:
        return False
    raise refused(
        "E_CHOICE", "La celda no dice ni sí ni no.", "The cell says neither yes nor no.",
        "Escriba sí o no, o déjela vacía.", "Write yes or no, or leave it empty.", field=field,
    )  # fmt: skip


def is_out(said: str) -> bool:
    """Whether the list says of a device that it is out."""
    return words(said) in _OUT


def addresses(said: str) -> tuple[str, ...]:
    """The addresses written in a cell, each checked; raises InvalidValue, or Refused for a number of a spreadsheet."""
    if _NUMBER.fullmatch(said):
        raise refused(
            "E_NUMBER", "La hoja de cálculo convirtió la dirección en un número.",
            "The spreadsheet turned the address into a number.",
            "Dé formato de texto a la columna y escríbala de nuevo.",
            "Format the column as text and write it again.", field="mac",
        )  # fmt: skip
    try:
        return (str(MacAddress.registrable(said)),)
    except Refused:
        several = _apart(said)
        if len(several) < 2:
            raise
    return tuple(dict.fromkeys(str(MacAddress.registrable(one)) for one in several))


def _apart(said: str) -> list[str]:
    """Several addresses in one cell; none where anything else stands between them."""
    found = [one[0] for one in WRITTEN.finditer(said)]
    between = re.sub(r"[\s,;/|y]+", "", WRITTEN.sub("", said))
    return [] if between else found
