"""The words of the letters, in Spanish, for the drafting desk to edit.

Text holds {placeholders} named after the data of its letter (`kinds`); `missing` finds those without a value, and the
writer puts the values in. A paragraph that is nothing but the placeholder of a list becomes a table. The wording is
ours; what it says comes from core-workflow sections 6, 10, 11 and 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

CLOSING = "Sin otro particular por el momento, le envío un cordial saludo."
_USE = (
    "El servicio se destina exclusivamente al cumplimiento de funciones institucionales. Le pido avisar por escrito a "
    "esta unidad cuando un equipo se extravíe, se sustituya o cambie de usuario, para mantener al día el registro."
)
_QUOTA = (
    "Con esta respuesta, su área ocupa {cupo_usado} de los {cupo_max} lugares que tiene para teléfonos móviles en la "
    "red WiFi; los equipos de cómputo no cuentan para ese límite."
)
_DATED = ", de fecha {fecha_solicitud}"
_ANSWERED = f"oficio {{oficio_solicitud}}{_DATED}, registrado con el folio {{folio}}"
_PURPOSE = "El acceso se requiere para la función institucional siguiente: {funcion}"
_THANKS = "Agradezco de antemano la atención que se sirva dar a la presente."

_SUBJECTS = {
    "approval": "Se autoriza el acceso de equipos a la red",
    "quota": "No se autoriza el acceso de equipos a la red, por cupo",
    "partial": "Se autoriza en parte el acceso de equipos a la red",
    "other": "No se autoriza el acceso de equipos a la red",
    "removal": "Baja de equipos de la red",
    "update": "Cambio de datos de equipos registrados",
    "answered": "Respuesta a su solicitud",
}

_BODIES = {
    "approval": (
        f"En atención a su {_ANSWERED}, le informo que la solicitud fue autorizada. Los equipos siguientes quedaron "
        "inscritos en el sistema de seguridad perimetral y tienen acceso a la red del Ayuntamiento:",
        "{equipos_aprobados}",
        _QUOTA,
        _USE,
    ),
    "quota": (
        f"Me refiero a su {_ANSWERED}, por el que solicita dar acceso a la red WiFi a teléfonos móviles de su área.",
        "Le informo que no es posible autorizar los equipos que se relacionan a continuación, porque su área ya ocupa "
        "{cupo_usado} de los {cupo_max} lugares que, como máximo, el procedimiento prevé para cada área:",
        "{equipos_rechazados}",
        "Si así conviene a sus funciones, el área puede solicitar la sustitución de uno de los teléfonos ya "
        "registrados: basta un nuevo oficio que señale el equipo que causa baja y el que ocupará su lugar.",
    ),
    "partial": (
        f"En atención a su {_ANSWERED}, le informo que, revisado cada equipo por separado, la solicitud procede sólo "
        "en parte.",
        "Quedaron inscritos en el sistema de seguridad perimetral y tienen acceso a la red del Ayuntamiento:",
        "{equipos_aprobados}",
        "No fue posible autorizar, por el motivo que se indica en cada caso:",
        "{equipos_rechazados}",
        _QUOTA,
        _USE,
    ),
    "other": (
        f"Me refiero a su {_ANSWERED}, por el que solicita el acceso de equipos a la red del Ayuntamiento.",
        "Le informo que, una vez revisada la solicitud, no es posible autorizar los equipos que se relacionan:",
        "{equipos_rechazados}",
        "El motivo es el siguiente: {motivo}",
        "Atendida esa causa, el área puede presentar una nueva solicitud. Esta unidad queda a sus órdenes para "
        "orientarle.",
    ),
    "removal": (
        f"En atención a su {_ANSWERED}, le informo que los equipos siguientes causaron baja y ya no tienen acceso a la "
        "red del Ayuntamiento:",
        "{equipos_aprobados}",
        _QUOTA,
        "Para volver a dar acceso a cualquiera de ellos basta una nueva solicitud.",
    ),
    "update": (
        f"En atención a su {_ANSWERED}, le informo que se corrigieron en el registro los datos de los equipos "
        "siguientes, que conservan su acceso a la red:",
        "{equipos_aprobados}",
        _USE,
    ),
    "answered": (
        f"En atención a su {_ANSWERED}, le informo que la solicitud se atendió conforme al procedimiento "
        "correspondiente, con el resultado siguiente:",
    ),
}

_MOVEMENTS = {
    "add": (
        "Por este medio le solicito registrar los equipos que se relacionan a continuación y darles acceso a la red "
        "del Ayuntamiento. Los usan personas servidoras públicas adscritas a esta área:"
    ),
    "swap": (
        "Por este medio le solicito la sustitución que se detalla a continuación: el equipo señalado en cada renglón "
        "ocupa el lugar del que sustituye, que causa baja:"
    ),
    "remove": (
        "Por este medio le solicito dar de baja de la red del Ayuntamiento los equipos que se relacionan a "
        "continuación, que esta área ya no requiere conectar:"
    ),
    "update": (
        "Por este medio le solicito corregir en el registro los datos de los equipos que se relacionan a continuación:"
    ),
}

# X-03 and R06 of the procedures say what the two registers hold; widths are relative.
LETTER_REGISTER: tuple[Mapping[str, object], ...] = (
    {"titulo": "Número", "ancho": 12},
    {"titulo": "Fecha y hora", "ancho": 10},
    {"titulo": "Remitente", "ancho": 15},
    {"titulo": "Destinatario", "ancho": 15},
    {"titulo": "Asunto", "ancho": 20},
    {"titulo": "Folio", "ancho": 13},
    {"titulo": "Anexos", "ancho": 5, "derecha": True},
    {"titulo": "Recibió", "ancho": 11},
)
DEVICE_REGISTER: tuple[Mapping[str, object], ...] = (
    {"titulo": "Área", "ancho": 14},
    {"titulo": "Usuario", "ancho": 14},
    {"titulo": "Tipo", "ancho": 8},
    {"titulo": "Marca y modelo", "ancho": 13},
    {"titulo": "Identificador", "ancho": 12},
    {"titulo": "Conexión", "ancho": 7},
    {"titulo": "Desde", "ancho": 8},
    {"titulo": "Folio", "ancho": 12},
    {"titulo": "Notas", "ancho": 10},
)


def default_subject(sense: str) -> str:
    """The subject of an answer in this sense, a key of `values.SENSES`; KeyError for another."""
    return _SUBJECTS[sense]


def default_body(facts: Mapping[str, object], own: Sequence[str] | None = None, closing: str = CLOSING) -> list[str]:
    """The paragraphs of an answer in the sense `facts["sentido"]`; KeyError for a sense that does not exist.

    `own` are the town hall's paragraphs in place of ours. They name the legal basis when `facts` has a `fundamento`,
    and the date of the area's letter when it is known.
    """
    body = [*(own or _BODIES[str(facts["sentido"])]), *_basis(facts), closing]
    return body if facts.get("fecha_solicitud") else [text.replace(_DATED, "") for text in body]


def request_body(movement: str = "add") -> list[str]:
    """The paragraphs of an area's letter for "add", "swap", "remove" or "update"; KeyError for another movement."""
    purpose = _PURPOSE if movement == "add" else "El movimiento atiende a lo siguiente: {funcion}"
    return [_MOVEMENTS[movement], "{equipos}", purpose, _THANKS]


def statements(notice: str = "") -> list[str]:
    """What the head of an area declares by signing: use, accuracy, privacy (core workflow, sections 10, 13, 14).

    They quote the privacy notice by its version where `notice` says that there is one.
    """
    quoted = " ({aviso_privacidad})" if notice else ""
    return [
        "Uso. El área usará el servicio de internet sólo para funciones institucionales, y sabe que el uso indebido "
        "es causa de suspensión o baja.",
        "Exactitud. Los datos corresponden a los equipos descritos; la dirección anotada es la del equipo y no una "
        "dirección privada o aleatoria.",
        "Avisos. El área comunicará por escrito la pérdida, sustitución o cambio de usuario de cualquiera de ellos.",
        f"Privacidad. Las personas que usan los equipos conocieron el aviso de privacidad{quoted} y saben "
        "que se registran su nombre, su cargo y los datos de identificación del equipo, y no el contenido de sus "
        "comunicaciones.",
    ]


def next_steps(*, devices: bool = True) -> list[str]:
    """What happens after the acuse, for whoever brought the letter; `devices`: it asks for access to the network."""
    if not devices:
        return [
            "La solicitud se turna a la unidad que la atiende. Si falta algún dato o requisito, se le avisará para que "
            "la complete; conserva su folio.",
            "Conserve el folio: con él puede consultar el avance.",
        ]
    return [
        "La solicitud se turna al área que la atiende, que revisa cada equipo por separado.",
        "El plazo corre en días hábiles desde la hora de este acuse y puede variar según la carga de trabajo. Si falta "
        "algún dato, se le avisará y el plazo se detiene mientras se corrige.",
        "La respuesta se da por escrito, sea cual sea su sentido. Conserve el folio: con él puede consultar el avance.",
        "Este acuse comprueba que el oficio se recibió; no autoriza todavía la conexión de ningún equipo.",
    ]


def legal_basis(entries: Iterable[Mapping[str, object]]) -> str:
    """One sentence part from `[[legal_basis]]` of a procedure: "Bando Municipal, artículos 86 y 87; Manual…".

    Each entry has `es`, the instrument, and `articles`, a list that may be empty.
    """
    return "; ".join(_instrument(entry) for entry in entries)


def _instrument(entry: Mapping[str, object]) -> str:
    articles = entry.get("articles")
    numbers = [str(number) for number in articles] if isinstance(articles, list | tuple) else []
    if not numbers:
        return str(entry["es"])
    *first, last = numbers
    listed = f"artículos {', '.join(first)} y {last}" if first else f"artículo {last}"
    return f"{entry['es']}, {listed}"


def _basis(facts: Mapping[str, object]) -> list[str]:
    return ["Esta respuesta se funda en: {fundamento}."] if facts.get("fundamento") else []
