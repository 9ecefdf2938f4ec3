"""Everything `netreg doctor` can find: a stable id, how bad it is, what is wrong and what to do, in both languages."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

ERROR, WARNING = "error", "warning"
_MOST = 200
_IN_COMMANDS = {"about", "folder"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that may be wrong: a sentence and its mend, each in Spanish and English. `{about}` is its subject."""

    severity: str
    says: str
    english: str
    hint: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong here."""

    id: str
    severity: str
    about: str
    says: str
    english: str
    hint: str
    hint_en: str


def found(id: str, about: object = "", **values: object) -> Finding:
    """The finding of this id, about a file, a point or nothing; what comes from outside is made one harmless line."""
    kind = CATALOGUE[id]
    given = {name: harmless(value) for name, value in {"about": about, **values}.items()}
    # Mends hold commands that are copied into a shell: a name with blanks or worse stays one word there.
    quoted = given | {name: shlex.quote(given[name]) for name in _IN_COMMANDS & given.keys()}
    says, english = kind.says.format(**given), kind.english.format(**given)
    return Finding(
        id, kind.severity, given["about"], says, english, kind.hint.format(**quoted), kind.hint_en.format(**quoted)
    )


def harmless(value: object) -> str:
    """Text from outside as one short line without control or direction characters."""
    text = "".join(char if char.isprintable() else " " for char in str(value)[: _MOST * 4])
    return " ".join(text.split())[:_MOST]


def as_row(finding: Finding) -> dict[str, Any]:
    """The finding as `--json` gives it."""
    return {name: getattr(finding, name) for name in Finding.__slots__}


def _error(says: str, english: str, hint: str, hint_en: str) -> Kind:
    return Kind(ERROR, says, english, hint, hint_en)


def _warning(says: str, english: str, hint: str, hint_en: str) -> Kind:
    return Kind(WARNING, says, english, hint, hint_en)


# Ids are for ever: scripts compare them. One that goes out of use is not given again.
CATALOGUE = {
    # --- configuration and installation
    "netreg.D001": _error(
        "La configuración no sirve ({code}): {problem}", "The configuration cannot be used ({code}): {problem}",
        "Corríjala: {mend}", "Correct it: {mend}"),
    "netreg.D002": _error(
        "A esta instalación le falta la parte que revisa {about}: {problem}",
        "This installation lacks the part that checks {about}: {problem}",
        "Instale netreg de nuevo, completo.", "Install netreg again, the whole of it."),
    # --- database
    "netreg.D010": _error(
        "La base de datos no contesta: {problem}", "The database does not answer: {problem}",
        "Revise que exista y que esta cuenta pueda abrirla; si se perdió, restaure el respaldo.",
        "See that it is there and that this account may open it; if it is lost, restore the backup."),
    "netreg.D011": _error(
        "La base de datos está en la revisión {at}; esta versión necesita la {head}.",
        "The database is at revision {at}; this version needs {head}.",
        "Haga un respaldo y corra: netreg db upgrade. Si la base es más nueva, instale la versión que la actualizó.",
        "Make a backup and run: netreg db upgrade. If the database is newer, install the version that upgraded it."),
    "netreg.D012": _error(
        "La base de datos está dañada: {problem}", "The database is damaged: {problem}",
        "Detenga el servicio, copie los archivos como están, restaure el último respaldo y revise el disco.",
        "Stop the service, keep a copy of the files as they are and restore the last backup; check the disk."),
    "netreg.D013": _error(
        "No se puede escribir en la base de datos: {problem}", "The database cannot be written to: {problem}",
        "Revise los permisos de data_dir, el espacio y qué otro proceso la tiene ocupada.",
        "Check the rights of data_dir, the space left and which other process keeps it busy."),
    "netreg.D014": _error(
        "La bitácora no está íntegra: {problem}", "The audit log is not whole: {problem}",
        "Alguien cambió la base por fuera. Guarde una copia, compare con el respaldo e investigue antes de seguir.",
        "Somebody changed the database from outside. Keep a copy, compare it with the backup and find out why first."),
    # --- clock
    "netreg.D020": _error(
        "Hay registros con fecha futura ({about}: {when}): el reloj está atrasado, o estuvo adelantado.",
        "There are records of the future ({about}: {when}): the clock is behind, or was ahead.",
        "Ponga el reloj en hora con NTP; los plazos contados con el reloj mal se revisan a mano.",
        "Set the clock by NTP; terms that were counted by the wrong clock are to be looked at by a person."),
    "netreg.D021": _warning(
        "El reloj de este equipo no está sincronizado, según {about}.",
        "The clock of this machine is not synchronised, says {about}.",
        "Revise el servicio NTP y que alcance su servidor.", "Check the NTP service and that it reaches its server."),
    # --- disk
    "netreg.D030": _error(
        "Quedan {free} MB libres donde está {about}.", "{free} MB are left where {about} lies.",
        "Libere espacio ya: con el disco lleno nada se guarda.", "Make room now: nothing is stored on a full disk."),
    "netreg.D031": _warning(
        "Quedan {free} MB libres donde está {about}.", "{free} MB are left where {about} lies.",
        "Libere espacio o amplíe el disco pronto.", "Make room or enlarge the disk soon."),
    # --- files
    "netreg.D040": _error(
        "Otras cuentas pueden entrar a la carpeta de datos {about} (modo {mode}).",
        "Other accounts may enter the data folder {about} (mode {mode}).",
        "Corra: chmod 700 {about}", "Run: chmod 700 {about}"),
    "netreg.D041": _error(
        "Otras cuentas pueden leer el secreto {about} (modo {mode}).",
        "Other accounts may read the secret {about} (mode {mode}).",
        "Corra: chmod 600 {about}, y cambie el secreto si alguien pudo leerlo.",
        "Run: chmod 600 {about}, and change the secret if somebody may have read it."),
    "netreg.D042": _warning(
        "Cualquier cuenta puede leer la configuración {about} (modo {mode}).",
        "Every account may read the configuration {about} (mode {mode}).",
        "Corra: chmod o-rwx {about}", "Run: chmod o-rwx {about}"),
    "netreg.D043": _error(
        "Otras cuentas pueden cambiar la configuración {about} (modo {mode}).",
        "Other accounts may change the configuration {about} (mode {mode}).",
        "Corra: chmod go-w {about}, y revise qué dice.", "Run: chmod go-w {about}, and look at what it says."),
    "netreg.D044": _error(
        "{about} es de otra cuenta que su carpeta: el servicio quizá no pueda usarlo.",
        "{about} belongs to another account than its folder: the service may not be able to use it.",
        "Corra: chown --reference={folder} {about}; use netreg con la cuenta del servicio.",
        "Run: chown --reference={folder} {about}; run netreg as the account of the service."),
    "netreg.D045": _error(
        "La llave que firma las sesiones no sirve: {problem}", "The key that signs sessions cannot be used: {problem}",
        "Ponga la de su respaldo, o corra netreg serve, que hace una si falta: todos entran de nuevo.",
        "Put its backup in place, or run netreg serve, which makes one if it is missing: everybody signs in again."),
    "netreg.D046": _error(
        "La llave de lo que se olvida no sirve: {problem}", "The retention key cannot be used: {problem}",
        "Restáurela de su respaldo: una nueva no reconoce ninguna dirección anterior.",
        "Restore it from its backup: a new one would not know any address of before."),
    "netreg.D047": _error(
        "No se puede usar el archivo de {about}: {problem}", "The file of {about} cannot be used: {problem}",
        "Póngalo en su lugar, con lectura para la cuenta del servicio, o corrija dónde se nombra.",
        "Put it in place, readable by the account of the service, or correct where it is named."),
    # --- points
    "netreg.D050": _error(
        "El punto {about} está en servicio y no tiene llave fijada: no se le envía nada.",
        "Point {about} is in service and has no pinned host key: nothing is sent to it.",
        "Compare su llave y corra: netreg point trust {about}",
        "Compare its key and run: netreg point trust {about}"),
    "netreg.D051": _error(
        "En la dirección del punto {about} contestó un equipo con otra llave; no se le envió nada.",
        "A device with another host key answered at the address of point {about}; nothing was sent to it.",
        "Averigüe por qué. Solo si el equipo es suyo: netreg point trust {about}",
        "Find out why. Only if the device is yours: netreg point trust {about}"),
    "netreg.D052": _warning(
        "El punto {about} no quedó verificado la última vez ({code}): {problem}",
        "Point {about} did not end verified the last time ({code}): {problem}",
        "Mírelo con: netreg point check {about}", "Look at it with: netreg point check {about}"),
    "netreg.D053": _error(
        "El punto {about} no contesta en {place}: {problem}", "Point {about} does not answer at {place}: {problem}",
        "Revise que esté encendido, el cable y el cortafuegos entre este equipo y el punto.",
        "See that it is on, and check the cable and the firewall between this machine and the point."),
    # --- mail and certificates
    "netreg.D060": _error(
        "El servidor de correo {about} no contesta: {problem}", "The mail server {about} does not answer: {problem}",
        "Revise mail.url_file y la red; los avisos esperan hasta 7 días.",
        "Check mail.url_file and the network; notices wait for up to 7 days."),
    "netreg.D070": _error(
        "El certificado de la e.firma {about} vale del {first} al {last}: hoy no firma.",
        "The certificate of the e.firma {about} is valid from {first} to {last}: it does not sign today.",
        "Renuévelo en el SAT y ponga los archivos nuevos, o firme de puño y letra.",
        "Renew it and put the new files in place, or sign by hand."),
    "netreg.D071": _warning(
        "El certificado de la e.firma {about} vence el {last}.",
        "The certificate of the e.firma {about} ends on {last}.",
        "Renuévelo en el SAT antes de esa fecha.", "Renew it before that day."),
    "netreg.D072": _error(
        "El archivo {about} no es el certificado de una e.firma.", "The file {about} is no certificate of an e.firma.",
        "Ponga el archivo .cer del SAT en letterhead.efirma_certificate_file.",
        "Put the SAT's .cer file into letterhead.efirma_certificate_file."),
    "netreg.D073": _error(
        "El certificado TLS de {about} vale del {first} al {last}: los navegadores no entran.",
        "The TLS certificate of {about} is valid from {first} to {last}: browsers do not enter.",
        "Renuévelo en el proxy TLS.", "Renew it at the TLS proxy."),
    "netreg.D074": _warning(
        "El certificado TLS de {about} vence el {last}.", "The TLS certificate of {about} ends on {last}.",
        "Revise por qué no se renovó en el proxy TLS.", "See why the TLS proxy has not renewed it."),
    "netreg.D075": _warning(
        "Este equipo no confía en el certificado TLS de {about}: {problem}",
        "This machine does not trust the TLS certificate of {about}: {problem}",
        "Revise el nombre y la cadena del certificado; con una autoridad propia, instálela también aquí.",
        "Check the certificate's name and chain; where the authority is your own, install it here as well."),
    "netreg.D076": _warning(
        "No se alcanza {about} desde este equipo: {problem}", "{about} cannot be reached from this machine: {problem}",
        "Revise server.address, el proxy TLS y el DNS; es la dirección que va en correos y oficios.",
        "Check server.address, the TLS proxy and the DNS; it is the address in mail and on letters."),
    # --- sources and work
    "netreg.D080": _warning(
        "La fuente «{about}» no ve nada desde {since}.", "The source “{english}” has seen nothing since {since}.",
        "Revise el cable, la interfaz y los permisos: netreg source list",
        "Check the cable, the interface and the rights: netreg source list"),
    "netreg.D090": _error(
        "{count} trabajo(s) esperan desde hace más de 10 minutos, el primero de {about}: nadie trabaja.",
        "{count} delivery(ies) wait for more than 10 minutes, the first of {about}: nobody works.",
        "Arranque netreg serve o netreg worker, y lea su registro.",
        "Start netreg serve or netreg worker, and read its log."),
    "netreg.D091": _warning(
        "{count} mensaje(s) esperan salir desde hace más de una hora, el primero desde {since}: {problem}",
        "{count} message(s) wait to go out for more than an hour, the first since {since}: {problem}",
        "Revise mail.url_file, alerts.url_file y ese servidor; si la cuota de la hora se llenó, saldrán en su turno.",
        "Check mail.url_file, alerts.url_file and that server; if the hour's share is used up, they go in their turn."),
    "netreg.D092": _warning(
        "El webhook {about} no recibe: {count} evento(s) esperan, el primero desde {since}: {problem}",
        "The webhook {about} takes nothing: {count} event(s) wait, the first since {since}: {problem}",
        "Avise a quien lo atiende; a los 7 días cada evento se abandona. Uno que salió de config.toml no se envía.",
        "Tell whoever runs it; each event is given up after 7 days. One that left config.toml is not sent."),
    "netreg.D093": _warning(
        "El webhook {about} perdió {count} evento(s) en 7 días: {problem}",
        "The webhook {about} lost {count} event(s) within 7 days: {problem}",
        "Arregle el programa que los recibe y pida a la API lo que falta; si ya no los quiere, quítelo de config.toml.",
        "Mend what takes them and ask the API for what is missing; if it wants none, take it out of config.toml."),
    "netreg.D100": _error(
        "No hay un respaldo verificado reciente en {about}; el más nuevo es de {newest}.",
        "There is no recent verified backup in {about}; the newest is of {newest}.",
        "Revise la carpeta y el registro del servicio, y haga uno ya: netreg backup ARCHIVO",
        "Check the folder and the log of the service, and make one now: netreg backup FILE"),
}  # fmt: skip
