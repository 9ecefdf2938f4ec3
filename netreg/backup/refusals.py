"""What keeps a backup from being made or put back, in words."""

from __future__ import annotations

from netreg.errors import Refused


def damaged(what: str, what_en: str) -> Refused:
    """The file is not what was written: cut off, altered, or none of ours."""
    return Refused(
        f"El respaldo no sirve: {what}. No se cambió nada.",
        f"The backup cannot be used: {what_en}. Nothing was changed.",
        code="backup_damaged",
        hint="Use otra copia del respaldo, o uno anterior.",
        hint_en="Use another copy of the backup, or an earlier one.",
    )


def wrong_key() -> Refused:
    """Sealed for others."""
    return Refused(
        "Esta llave no abre el respaldo: se cifró para otra.",
        "This key does not open the backup: it was sealed for another.",
        code="backup_key",
        field="identity",
        hint="Use el archivo que hizo «netreg backup keygen» cuando se puso esa llave en backup.recipients.",
        hint_en="Use the file that “netreg backup keygen” made when that key was put into backup.recipients.",
    )


def needs_key() -> Refused:
    """Sealed, and no key was given."""
    return Refused(
        "El respaldo está cifrado.", "The backup is sealed.", code="backup_key", field="identity",
        hint="Dé el archivo de la llave: --identity ARCHIVO", hint_en="Give the file with the key: --identity FILE",
    )  # fmt: skip


def no_identity(path: str) -> Refused:
    """A file that is no key."""
    return Refused(
        f"{path} no es una llave de respaldos.", f"{path} is no key for backups.", code="backup_key", field="identity",
        hint="Una llave empieza con AGE-SECRET-KEY-1; la hace: netreg backup keygen ARCHIVO",
        hint_en="A key begins with AGE-SECRET-KEY-1; make one with: netreg backup keygen FILE",
    )  # fmt: skip


def no_recipient() -> Refused:
    """Nobody to seal it for, and nobody said that it may be readable."""
    return Refused(
        "No hay para quién cifrar el respaldo; no se escribió nada.",
        "There is nobody to seal the backup for; nothing was written.",
        code="backup_plain",
        field="recipients",
        hint="Haga una llave con «netreg backup keygen ARCHIVO» y escriba su parte pública en backup.recipients; "
        "o diga --plain si cualquiera que tenga el archivo puede leerlo.",
        hint_en="Make a key with “netreg backup keygen FILE” and put its public part into backup.recipients; or say "
        "--plain if whoever has the file may read it.",
    )


def exists(path: str) -> Refused:
    """We write over nothing."""
    return Refused(
        f"{path} ya existe; no se escribió nada.", f"{path} exists already; nothing was written.", code="file_exists",
        hint="Dé otro nombre.", hint_en="Give another name.",
    )  # fmt: skip


def newer(revision: str, known: str) -> Refused:
    """Made by a newer version than this one."""
    return Refused(
        f"El respaldo es de la revisión {revision}; esta versión de netreg conoce hasta la {known}.",
        f"The backup is of revision {revision}; this version of netreg knows up to {known}.",
        code="backup_newer",
        hint="Instale la versión de netreg que hizo el respaldo.",
        hint_en="Install the version of netreg that made the backup.",
    )


def not_empty() -> Refused:
    """There is an installation already."""
    return Refused(
        "Aquí ya hay datos; no se cambió nada.", "There are data here already; nothing was changed.",
        code="restore_not_empty",
        hint="Restaure en una instalación vacía, o diga --replace: lo que hay se aparta y no se borra.",
        hint_en="Restore into an empty installation, or say --replace: what is there is set aside and not deleted.",
    )  # fmt: skip


def running() -> Refused:
    """The service would go on with the old data."""
    return Refused(
        "El servicio está en marcha; no se cambió nada.", "The service is running; nothing was changed.",
        code="restore_running",
        hint="Deténgalo (también los portales y trabajadores aparte) y repita.",
        hint_en="Stop it (also portals and workers that run apart) and do it again.",
    )  # fmt: skip
