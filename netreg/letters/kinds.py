"""What each kind of letter needs.

The keys are the placeholders a drafter reads and writes in the text, hence Spanish, as in ADJ-P03 `response_letter`.
A required field without a value is a placeholder without a value: the letter cannot be signed (workflow W-05,
scenario 31 of the core workflow). An optional one becomes required as soon as the text uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netreg.letters import values
from netreg.letters.values import Shape


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a letter: its key, its name for people (Spanish), its shape; with `columns`, a list of rows."""

    key: str
    name: str
    shape: Shape = values.TEXT
    required: bool = True
    columns: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of letter. Its document is titled `title` and the value of `titled_by`.

    `stated` are lists that may not be left out of the text once they hold something: the letter states every result.
    `masks` means that nobody reads a whole MAC address in it, whoever typed it and wherever. (A hash is left alone.)
    """

    title: str
    titled_by: str
    fields: tuple[Field, ...]
    stated: tuple[str, ...] = ()
    masks: bool = False


def _optional(key: str, name: str, shape: Shape = values.TEXT, columns: tuple[Field, ...] = ()) -> Field:
    return Field(key, name, shape, required=False, columns=columns)


# Whoever reads a page can check it: the address goes into the QR code, the text beside it. The text is what the caller
# files the letter under, a folio or a hash of its data; never that of the file, which it cannot hold (see `writer`).
VERIFY = (
    _optional("verify_url", "dirección de verificación", values.ADDRESS),
    _optional("verify_text", "clave de verificación"),
)
_SIGNATURE = (
    Field("firmante", "nombre de quien firma"),
    Field("firmante_cargo", "cargo de quien firma"),
    _optional("por_ausencia", "cargo de la persona ausente"),
)
_COPIES = (
    _optional("copias", "copias de conocimiento", values.LINES),
    _optional("iniciales", "iniciales de quien elaboró"),
)
# A device in a letter: never more of its address than the last two octets (core workflow, sections 11 and 14).
_DEVICE = (
    Field("tipo", "tipo de equipo"),
    Field("alias", "alias del equipo"),
    _optional("modelo", "marca y modelo"),
    _optional("terminacion", "terminación de la dirección", values.OCTETS),
)
_REFUSED = (*_DEVICE, _optional("motivo", "motivo"))
_ASKED = (
    Field("tipo", "tipo de equipo"),
    _optional("modelo", "marca y modelo"),
    Field("identificador", "dirección MAC o nombre del equipo"),
    Field("usuario", "persona que lo usa"),
    Field("propiedad", "propiedad"),
    _optional("conexion", "conexión"),
    _optional("inventario", "número de inventario"),
    _optional("sustituye", "equipo que sustituye"),
)
_COLUMN = (
    Field("titulo", "título de la columna"),
    _optional("ancho", "ancho relativo de la columna", values.COUNT),
    _optional("derecha", "cifras a la derecha", values.FLAG),
)
_TABLE = (Field("columnas", "columnas", columns=_COLUMN), _optional("filas", "renglones", values.GRID))

_RESPONSE = (
    Field("oficio_no", "número de oficio"),
    Field("folio", "folio de la solicitud"),
    Field("asunto", "asunto"),
    Field("fecha", "fecha del oficio", values.DAY),
    Field("destinatario", "nombre del destinatario"),
    Field("cargo", "cargo del destinatario"),
    Field("sentido", "sentido de la respuesta", values.SENSE),
    Field("oficio_solicitud", "oficio que se contesta"),
    _optional("fecha_solicitud", "fecha del oficio que se contesta", values.DAY),
    _optional("equipos_aprobados", "equipos aprobados", columns=_DEVICE),
    _optional("equipos_rechazados", "equipos rechazados", columns=_REFUSED),
    _optional("cupo_usado", "lugares ocupados", values.COUNT),
    _optional("cupo_max", "lugares que hay", values.COUNT),
    _optional("motivo", "motivo"),
    _optional("fundamento", "fundamento"),
    Field("cuerpo", "texto del oficio", values.PARAGRAPHS),
    *_SIGNATURE,
    _optional("firma", "leyenda de la firma electrónica"),
    *_COPIES,
    _optional("recibo", "espacio para firmar de recibido", values.FLAG),
    *VERIFY,
)
_NOTICE = (
    Field("oficio_no", "número de oficio"),
    Field("folio", "folio de la solicitud"),
    Field("asunto", "asunto"),
    Field("fecha", "fecha del oficio", values.DAY),
    Field("destinatario", "nombre del destinatario"),
    Field("cargo", "cargo del destinatario"),
    Field("cuerpo", "texto del oficio", values.PARAGRAPHS),
    *_SIGNATURE,
    _optional("firma", "leyenda de la firma electrónica"),
    *VERIFY,
)
_PAIRS = (Field("nombre", "nombre"), _optional("valor", "valor"))
# A letter with data of its own: some set out as a list, one that matters most, and things one by one with a photograph.
_TECHNICAL = (
    *_NOTICE,
    _optional("titulo", "título del formato"),
    _optional("datos", "datos", columns=_PAIRS),
    _optional("sentido", "lo que se concluye", columns=_PAIRS),
    _optional("bienes", "bienes", columns=(
        Field("titulo", "título del bien"),
        _optional("foto", "fotografía", values.HASH),
        _optional("sin_foto", "dónde está la fotografía"),
        Field("datos", "datos del bien", columns=_PAIRS),
        _optional("resultado", "resultado", columns=_PAIRS),
    )),
    _optional("recibo", "espacio para firmar de recibido", values.FLAG),
)  # fmt: skip
_FORM = (
    Field("titulo", "título del formato"),
    Field("numero", "número del formato"),
    Field("datos", "datos", columns=(Field("nombre", "nombre"), Field("valor", "valor"))),
    _optional("columnas", "columnas", columns=_COLUMN),
    _optional("filas", "renglones", values.GRID),
    Field("firmas", "firmas", values.LINES),
    _optional("talones", "talones por hoja", values.COUNT),
)
_ACUSE = (
    Field("folio", "folio"),
    Field("recibido", "fecha y hora de recepción", values.MINUTE),
    Field("recibio", "quien recibió"),
    _optional("recibio_cargo", "cargo de quien recibió"),
    Field("solicitante", "área solicitante"),
    _optional("presento", "quien presentó"),
    Field("oficio_solicitud", "oficio recibido"),
    _optional("fecha_solicitud", "fecha del oficio recibido", values.DAY),
    Field("asunto", "asunto"),
    Field("anexos", "número de anexos", values.COUNT),
    _optional("revision", "revisión de la solicitud", values.COUNT),
    _optional("equipos", "equipos", columns=_DEVICE),
    Field("siguiente", "qué sigue", values.PARAGRAPHS),
    Field("vence", "fecha y hora límite de atención", values.MINUTE),
    *VERIFY,
)
_TURN = (
    Field("folio", "folio"),
    _optional("turno_no", "número de turno"),
    Field("fecha", "fecha y hora del turno", values.MINUTE),
    Field("de", "quien turna"),
    Field("de_cargo", "cargo de quien turna"),
    _optional("por_ausencia", "cargo de la persona ausente"),
    Field("para", "unidad a la que se turna"),
    _optional("para_persona", "persona a la que se turna"),
    Field("asunto", "asunto"),
    Field("solicitante", "área solicitante"),
    _optional("oficio_solicitud", "oficio recibido"),
    Field("instruccion", "instrucción"),
    _optional("anexos", "número de anexos", values.COUNT),
    _optional("vence", "fecha y hora límite de atención", values.MINUTE),
    *VERIFY,
)
# The area numbers its letter itself: without a number, there is a line to write it on.
_REQUEST = (
    _optional("oficio_no", "número de oficio del área"),
    _optional("comprobante", "comprobante de envío"),
    Field("asunto", "asunto"),
    Field("fecha", "fecha del oficio", values.DAY),
    Field("destinatario", "nombre del destinatario"),
    Field("cargo", "cargo del destinatario"),
    Field("equipos", "equipos", columns=_ASKED),
    Field("funcion", "función institucional que justifica el acceso"),
    _optional("aviso_privacidad", "aviso de privacidad (versión y fecha)"),
    Field("cuerpo", "texto del oficio", values.PARAGRAPHS),
    Field("declaraciones", "declaraciones de uso y privacidad", values.PARAGRAPHS),
    *_SIGNATURE,
    *_COPIES,
    *VERIFY,
)
_REGISTER = (
    Field("titulo", "título del registro"),
    _optional("descripcion", "descripción"),
    Field("corte", "fecha y hora de corte", values.MINUTE),
    *_TABLE,
    _optional("notas", "notas", values.LINES),
    _optional("firmas", "firmas", columns=(
        Field("papel", "papel de quien firma"), Field("nombre", "nombre"), Field("cargo", "cargo"),
    )),
    *VERIFY,
)  # fmt: skip
_LISTS = _optional("listas", "listas", columns=(
    Field("titulo", "título de la lista"), *_TABLE, _optional("vacia", "texto de la lista vacía"),
))  # fmt: skip
_REPORT = (
    Field("titulo", "título del informe"),
    Field("periodo", "mes del informe", values.MONTH),
    _optional("oficio_no", "número de oficio"),
    Field("corte", "fecha y hora de corte", values.MINUTE),
    _optional("resumen", "resumen", values.LINES),
    Field("cifras", "cifras", columns=(
        Field("concepto", "concepto"), Field("valor", "valor"), _optional("nota", "cómo se cuenta"),
    )),
    _optional("graficas", "gráficas", columns=(
        Field("titulo", "título de la gráfica"), Field("svg", "gráfica", values.PICTURE),
        Field("alternativo", "descripción de la gráfica para quien no la ve"),
    )),
    _LISTS,
    _optional("notas", "notas", values.LINES),
    Field("firmas", "firmas", columns=(
        Field("papel", "papel de quien firma"), Field("nombre", "nombre"), Field("cargo", "cargo"),
    )),
    *VERIFY,
)  # fmt: skip
_PERSONAL = (
    Field("titulo", "título del documento"),
    Field("persona", "persona de quien son los datos"),
    Field("corte", "fecha y hora de corte", values.MINUTE),
    _optional("aviso", "aviso de privacidad (versión y fecha)"),
    _optional("advertencias", "advertencias", values.LINES),
    _LISTS,
    *VERIFY,
)

KINDS: Mapping[str, Kind] = {
    "response": Kind(
        "Oficio de respuesta", "oficio_no", _RESPONSE, stated=("equipos_aprobados", "equipos_rechazados"), masks=True
    ),
    "form": Kind("Formato", "numero", _FORM, masks=True),
    "notice": Kind("Oficio", "oficio_no", _NOTICE, masks=True),
    "technical": Kind("Oficio", "oficio_no", _TECHNICAL, masks=True),
    "acuse": Kind("Acuse de recibo", "folio", _ACUSE, masks=True),
    "turn": Kind("Turno", "folio", _TURN),
    "request": Kind("Oficio de solicitud", "oficio_no", _REQUEST, stated=("equipos",)),
    "register": Kind("", "titulo", _REGISTER),
    "report": Kind("Informe mensual", "periodo", _REPORT),
    "personal": Kind("Datos personales", "persona", _PERSONAL),
}


def kind_of(kind: str) -> Kind:
    """The kind of this name; ValueError when there is none."""
    if kind not in KINDS:
        raise ValueError(f"no such kind of letter: {kind}; there are {', '.join(KINDS)}")
    return KINDS[kind]
