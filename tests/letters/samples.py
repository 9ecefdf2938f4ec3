"""A town hall and its letters: complete data for each kind, for tests to spoil."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from netreg.letters import texts, writer
from netreg.letters.letterhead import Letterhead

ISSUED = datetime(2026, 11, 20, 13, 5, tzinfo=ZoneInfo("America/Mexico_City"))
HEAD = Letterhead(
    municipality="H. Ayuntamiento de San Ángel del Río",
    unit="Coordinación de Gobierno Digital e Informática",
    address=("Palacio Municipal, Plaza Juárez núm. 1, Centro", "San Ángel del Río, Estado de México"),
    phone="722 100 0000",
    email="gobierno.digital@sanangel.gob.mx",
    place="San Ángel del Río, Estado de México",
    slogan="2026. Año del ejemplo municipal",
    primary="#5d1f33",
    secondary="#a8895c",
    number_prefix="CGDI",
)
VERIFY = "https://red.sanangel.gob.mx/v/CGDI-0123-2026"
SENSES = ("approval", "quota", "partial", "other", "removal", "update")


def phone(number: int, **changes: object) -> dict[str, object]:
    return {
        "tipo": "Teléfono",
        "alias": f"Guardia {number}",
        "modelo": "Motorola Moto G84",
        "terminacion": f"{number:02x}:34",
    } | changes


def response(sense: str = "approval", **changes: object) -> dict[str, Any]:
    """The data of an answer in this sense, complete."""
    data: dict[str, Any] = {
        "sentido": sense,
        "asunto": texts.default_subject(sense),
        "folio": "ADJ-P03-2026-00042",
        "oficio_no": "CGDI/0123/2026",
        "fecha": "2026-11-20",
        "destinatario": "Lic. María Fernanda Núñez Ibáñez",
        "cargo": "Directora de Obras Públicas",
        "oficio_solicitud": "DOP/0457/2026",
        "fecha_solicitud": "2026-11-18",
        "cupo_usado": 3,
        "cupo_max": 3,
        "fundamento": texts.legal_basis([{"es": "Bando Municipal 2026", "articles": ["86", "87"]}]),
        "firmante": "Ing. Raúl Domínguez Ortúzar",
        "firmante_cargo": "Coordinador de Gobierno Digital e Informática",
        "copias": ["Contraloría Municipal. Para su conocimiento.", "Archivo."],
        "iniciales": "RDO/nvp",
        "recibo": True,
        "verify_url": VERIFY,
        "verify_text": "SHA-256 9f2c 41b7 0d3e 88aa",
    }
    if sense in ("approval", "partial", "removal", "update"):
        data["equipos_aprobados"] = [phone(1), {"tipo": "Computadora", "alias": "OBRAS-LAP-07", "modelo": "Dell 5440"}]
    if sense in ("quota", "partial", "other"):
        data["equipos_rechazados"] = [phone(4, motivo="El área ya ocupa sus tres lugares.")]
    if sense == "other":
        data["motivo"] = "El equipo no se destina a funciones institucionales."
    return data | {"cuerpo": texts.default_body(data)} | changes


def acuse(**changes: object) -> dict[str, Any]:
    return {
        "folio": "ADJ-P03-2026-00042",
        "recibido": "2026-11-20T19:00:00+00:00",
        "recibio": "C. Sofía Arriaga Lomelí",
        "recibio_cargo": "Área Secretarial",
        "solicitante": "Dirección de Obras Públicas",
        "presento": "C. Ana López Ramírez",
        "oficio_solicitud": "DOP/0457/2026",
        "asunto": "Alta de equipos en la red",
        "anexos": 0,
        "equipos": [phone(1), phone(2)],
        "siguiente": texts.next_steps(),
        "vence": "2026-11-25T13:00:00-06:00",
        "verify_url": VERIFY,
    } | changes


def notice(**changes: object) -> dict[str, Any]:
    return {
        "oficio_no": "CGDI/0124/2026",
        "folio": "GCH-CCS-P06-2026-00003",
        "asunto": "Oficio pidiendo complementar: Material gráfico",
        "fecha": date(2026, 11, 20),
        "destinatario": "Tomás Gil",
        "cargo": "Titular de Obras Públicas",
        "cuerpo": ["Para atender su solicitud falta precisar el tamaño real de impresión."],
        "firmante": "Carla Ríos",
        "firmante_cargo": "Titular de la Coordinación de Comunicación Social",
    } | changes


def thing(number: int, **changes: object) -> dict[str, Any]:
    """One thing of a technical report, with its ten data and what the inspection found."""
    said = {
        "Concepto": "Computadora de escritorio", "Marca": "Dell", "Modelo": "OptiPlex 3050",
        "Número de serie": f"MXL{number:07d}", "Estado de uso": "Inservible", "Número de factura": f"A-{number}",
        "Costo": "$12,450.00 MXN", "Fecha de movimiento": "14/03/2017", "Clave de inventario": f"CHA-GD-{number:04d}",
        "Número de inventario": str(5110 + number),
    }  # fmt: skip
    found = {"Datos correctos": "Sí", "Presente físicamente": "Sí", "Reparación viable y costeable": "No"}
    return {
        "titulo": f"Bien {number}: Computadora de escritorio",
        "datos": pairs(said),
        "resultado": pairs(found),
    } | changes


def pairs(said: dict[str, str]) -> list[dict[str, str]]:
    return [{"nombre": name, "valor": value} for name, value in said.items()]


def technical(things: int = 2, **changes: object) -> dict[str, Any]:
    """A report on this many things."""
    return (
        notice(
            oficio_no="CGDI/0125/2026",
            folio="GCH-CCS-P11-2026-00004",
            asunto="Dictamen técnico de baja: Dictamen de baja",
            titulo="Dictamen técnico de baja de bienes informáticos",
            datos=pairs({"Dependencia u organismo": "Obras Públicas", "Inspección física": "18/11/2026 11:00"}),
            sentido=pairs({"Sentido del dictamen": "Favorable"}),
            bienes=[thing(number) for number in range(1, things + 1)],
            recibo=True,
            verify_url=VERIFY,
            verify_text="Folio GCH-CCS-P11-2026-00004",
        )
        | changes
    )


def form(**changes: object) -> dict[str, Any]:
    return {
        "titulo": "Bitácora de actividades — Orden de servicio",
        "numero": "OS-2026-0001",
        "datos": [{"nombre": "Departamento", "valor": "Obras Públicas"}],
        "columnas": [{"titulo": "Descripción del problema"}, {"titulo": "No. de serie"}],
        "filas": [["No enciende", "MXL0123"]],
        "firmas": ["Firma de conformidad", "Realizó actividad (nombre y firma)"],
        "talones": 2,
    } | changes


def turn(**changes: object) -> dict[str, Any]:
    return {
        "folio": "ADJ-P03-2026-00042",
        "fecha": "2026-11-20T13:40:00-06:00",
        "de": "Ing. Raúl Domínguez Ortúzar",
        "de_cargo": "Coordinador de Gobierno Digital e Informática",
        "para": "Área de Informática",
        "asunto": "Alta de equipos en la red",
        "solicitante": "Dirección de Obras Públicas",
        "instruccion": "Revisar los equipos, verificar el cupo del área e informar a esta Coordinación.",
    } | changes


def request(**changes: object) -> dict[str, Any]:
    return {
        "oficio_no": "DOP/0457/2026",
        "asunto": "Alta de equipos en la red",
        "fecha": "2026-11-18",
        "destinatario": "Ing. Raúl Domínguez Ortúzar",
        "cargo": "Coordinador de Gobierno Digital e Informática",
        "equipos": [
            {
                "tipo": "Teléfono",
                "modelo": "Motorola Moto G84",
                "identificador": "a4:83:e7:11:22:33",
                "usuario": "Luis Peña Villaseñor",
                "propiedad": "Personal",
                "conexion": "WiFi",
            }
        ],
        "funcion": "Supervisión de obra en campo.",
        "aviso_privacidad": "versión 2, 1 de septiembre de 2026",
        "cuerpo": texts.request_body(),
        "declaraciones": texts.statements("versión 2"),
        "firmante": "Lic. María Fernanda Núñez Ibáñez",
        "firmante_cargo": "Directora de Obras Públicas",
    } | changes


def register(rows: int = 3, **changes: object) -> dict[str, Any]:
    """A register of connected devices with this many rows, each with its own folio."""
    return {
        "titulo": "Registro de equipos conectados",
        "corte": "2026-11-20T13:00:00-06:00",
        "columnas": list(texts.DEVICE_REGISTER),
        "filas": [
            ["Obras Públicas", "Íñigo Ñáñez Zúñiga", "Teléfono", "Moto G84", f"a4:83:e7:11:22:{n:02x}", "WiFi",
             "20/11/2026", f"ADJ-P03-2026-{n:05d}", ""]
            for n in range(1, rows + 1)
        ],
        "verify_url": VERIFY,
    } | changes  # fmt: skip


CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" font-family="sans-serif" font-size="9">'
    '<rect x="20" y="20" width="30" height="50"/><rect x="70" y="35" width="30" height="35" fill="none" stroke="#000"/>'
    '<text x="20" y="78">octubre</text><text x="70" y="78">noviembre</text></svg>'
)


def report(**changes: object) -> dict[str, Any]:
    signer = {"papel": "Autorizó", "nombre": "Ing. Raúl Domínguez Ortúzar", "cargo": "Coordinador"}
    return {
        "titulo": "Informe mensual de solicitudes",
        "periodo": "2026-11",
        "corte": "2026-12-05T16:00:00-06:00",
        "cifras": [
            {"concepto": "Recibidas", "valor": "8", "nota": "Acuses expedidos en el mes"},
            {"concepto": "Porcentaje de atención", "valor": "112.5 %"},
        ],
        "graficas": [{"titulo": "Por mes", "svg": CHART, "alternativo": "Barras de octubre y noviembre"}],
        "listas": [
            {"titulo": "Fuera de plazo", "columnas": [{"titulo": "Folio"}, {"titulo": "Horas", "derecha": True}],
             "filas": [["ADJ-P03-2026-00031", 81]]},
            {"titulo": "Pausas", "columnas": [{"titulo": "Folio"}], "filas": [], "vacia": "No hubo pausas."},
        ],
        "firmas": [signer],
    } | changes  # fmt: skip


def personal(**changes: object) -> dict[str, Any]:
    return {
        "titulo": "Datos personales que se conservan",
        "persona": "Íñigo Ñáñez Zúñiga",
        "corte": "2026-12-05T16:00:00-06:00",
        "aviso": "versión 2, del 20/11/2026",
        "advertencias": ["Los equipos se buscan por el nombre de quien los usa."],
        "listas": [
            {"titulo": "Equipos", "columnas": [{"titulo": "Tipo"}, {"titulo": "Dirección"}],
             "filas": [["Teléfono", "a4:83:e7:11:22:33"]]},
            {"titulo": "Oficios", "columnas": [{"titulo": "Número"}], "filas": [], "vacia": "Ninguno."},
        ],
    } | changes  # fmt: skip


# Everything the office writes, complete.
LETTERS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"response-{sense}": ("response", response(sense)) for sense in SENSES},
    "acuse": ("acuse", acuse()),
    "notice": ("notice", notice()),
    "technical": ("technical", technical()),
    "form": ("form", form()),
    "turn": ("turn", turn()),
    "request": ("request", request()),
    "register": ("register", register()),
    "report": ("report", report()),
    "personal": ("personal", personal()),
}


def written(kind: str, data: dict[str, Any], head: Letterhead = HEAD, *, draft: bool = False) -> bytes:
    return writer.write(kind, data, letterhead=head, issued=ISSUED, draft=draft)
