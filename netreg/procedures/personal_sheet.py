"""What is held on a person, printed: the sections of the document as tables, for whoever reads no JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from netreg.letters import writer
from netreg.letters.values import MOST_ROWS
from netreg.office import Office

Document = dict[str, Any]
Rows = list[dict[str, Any]]

# section -> its title, and of each row what is printed: key, heading, width
_PRINTED: Mapping[str, tuple[str, tuple[tuple[str, str, int], ...]]] = {
    "equipos": ("Equipos", (
        ("tipo", "Tipo", 8), ("modelo", "Modelo", 10), ("nombre_del_equipo", "Nombre", 9), ("area", "Área", 12),
        ("direcciones", "Direcciones", 12), ("estado", "Estado", 8), ("folio", "Folio", 13),
        ("decidido", "Decidido", 9), ("dado_de_baja", "Baja", 9), ("visto_por_ultima_vez", "Visto", 9),
    )),
    "estancias": ("Dónde se vieron los equipos", (
        ("direccion", "Dirección", 13), ("lugar", "Lugar", 16), ("fuente", "Cómo se vio", 14), ("ip", "IP", 12),
        ("desde", "Desde", 11), ("hasta", "Hasta", 11),
    )),
    "dicho_por_los_equipos": ("Lo que dicen de sí los equipos", (
        ("direccion", "Dirección", 13), ("tipo", "Tipo", 8), ("dicho", "Dicho", 24),
        ("por_ultima_vez", "Por última vez", 11),
    )),
    "solicitudes": ("Solicitudes", (
        ("referencia", "Folio", 13), ("area", "Área", 14), ("relacion", "Relación", 12), ("estado", "Estado", 10),
        ("finalidad", "Para qué", 24), ("enviada", "Enviada", 10), ("cerrada", "Cerrada", 10),
    )),
    "menciones": ("Dónde se le nombra en solicitudes", (
        ("solicitud", "Solicitud", 14), ("donde", "Dónde", 16), ("dicho", "Dicho", 34), ("cuando", "Cuándo", 11),
    )),
    "contactos": ("Formularios públicos", (
        ("correo", "Correo", 20), ("solicitud", "Solicitud", 14), ("desde", "Desde", 11), ("dicho", "Quién pide", 24),
    )),
    "oficios": ("Oficios", (
        ("numero", "Número", 12), ("solicitud", "Solicitud", 14), ("estado", "Estado", 10), ("firmado", "Firmado", 11),
        ("entregado", "Entregado", 11), ("recibio", "Recibió", 14),
    )),
    "archivos": ("Archivos", (
        ("archivo", "Archivo", 20), ("solicitud", "Solicitud", 14), ("paginas", "Páginas", 6),
        ("guardado", "Guardado", 11),
    )),
    "suplencias": ("Suplencias", (
        ("papel", "Papel", 10), ("suplente", "Suplente", 14), ("ausente", "Ausente", 14), ("desde", "Desde", 8),
        ("hasta", "Hasta", 8),
    )),
    "bitacora": ("Bitácora", (("cuando", "Cuándo", 12), ("que_paso", "Qué pasó", 60))),
}  # fmt: skip


def sheet(document: Document, office: Office, at: datetime) -> bytes:
    """The document as a PDF to read; of a very long section the first rows, the rest is in the JSON."""
    notice = office.notice
    said = f"versión {notice.version}, del {notice.date}" if notice.version else ""
    data = {
        "titulo": document["documento"],
        "persona": document["persona"],
        "corte": at,
        "aviso": said,
        "advertencias": document["advertencias"],
        "listas": [_account_list(document["cuenta"]), *(_list(document[key], *_PRINTED[key]) for key in _PRINTED)],
    }
    filled = {key: value for key, value in data.items() if value}
    return writer.write("personal", filled, letterhead=office.letterhead, issued=at.replace(microsecond=0))


def _account_list(account: Mapping[str, Any] | None) -> dict[str, Any]:
    rows = [{"dato": key.replace("_", " "), "valor": value} for key, value in (account or {}).items()]
    return _list(rows, "Cuenta", (("dato", "Dato", 10), ("valor", "Valor", 40)))


def _list(rows: Rows, title: str, columns: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    printed = list(columns)
    cells = [[_cell(row[key]) for key, _title, _width in printed] for row in rows[:MOST_ROWS]]
    listed: dict[str, Any] = {
        "titulo": title,
        "columnas": [{"titulo": heading, "ancho": width} for _key, heading, width in printed],
        "vacia": "Nada.",
    }
    return listed | ({"filas": cells} if cells else {})


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
