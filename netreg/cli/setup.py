"""init: a configuration, a data folder with its keys, the database and the first administrator.

At a terminal it asks what it needs to know; a script gives the same as options, and is asked nothing.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from netreg import config
from netreg.cli.admin import example, prepare, private_files
from netreg.cli.base import App, NetregCommand, pass_app
from netreg.errors import ConfigError, InvalidValue, NetregError, Refused
from netreg.policy import roles
from netreg.registry import hashing, text
from netreg.registry.commands import people
from netreg.store.base import make_engine
from netreg.store.transaction import translated_errors

MAIL_FILE = "mail.url"
_MAIL_URL = re.compile(r"mailtos?://[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answers:
    """What an installation has to know of its town hall; None is what nobody said, and stays as it is delivered."""

    language: str | None = None
    name: str | None = None
    database: str | None = None
    address: str | None = None
    mail_url_file: str | None = None
    mail_url: str | None = None
    email: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The settings that follow, by their place in the file."""
        mail = f"data/{MAIL_FILE}" if self.mail_url else self.mail_url_file
        https = self.address.startswith("https://") if self.address else None
        named = {
            "database": self.database,
            "office.name": self.name,
            "office.language": self.language,
            "mail.language": self.language,
            "alerts.language": self.language,
            "server.address": self.address,
            "server.https": https,
            # We listen on loopback alone, as delivered: whoever connects is the proxy on this machine.
            "server.trusted_proxy": "127.0.0.1" if https else None,
            "mail.url_file": mail,
        }
        return {key: value for key, value in named.items() if value is not None}


@click.command("init", cls=NetregCommand)
@click.option("--admin", "email", help="Also make an administrator with this e-mail; the password is shown once.")
@click.option("--name", help="The town hall's name.")
@click.option("--language", type=click.Choice(("es", "en")), help="The language of pages and mail.")
@click.option("--database", metavar="URL", help="postgresql+psycopg://user@host/name, without a password.")
@click.option("--address", metavar="URL", help="Where people reach the portal; with https:// cookies are for TLS only.")
@click.option("--mail-url-file", metavar="FILE", help="A file with the URL of the mail server.")
@click.option("--yes", is_flag=True, help="Ask nothing, also at a terminal.")
@pass_app
def init(app: App, /, *, yes: bool, **said: str | None) -> None:
    """Make a configuration, a data folder with its keys, the database, and the first administrator."""
    if app.path.exists():
        spanish, english = "ya existe; no se cambió nada.", "exists already; nothing was changed."
        raise InvalidValue(f"{app.path} {spanish}", f"{app.path} {english}", code="config_exists", field="config")
    answers = Answers(**said)
    _check(answers, app.path)
    if is_terminal() and not yes and not app.as_json:
        answers = _ask(answers, app.path)
    app.show(document := _set_up(app, answers), "\n".join(f"{key}: {value}" for key, value in document.items()))
    app.say(f"Siguiente paso: netreg serve --config {app.path}")


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def _values(answers: Answers, path: Path) -> dict[str, Any]:
    """The settings of these answers; a data folder that the environment names is written down."""
    values = answers.values
    data = config.parse(example(), path.parent).data_dir
    if data != (path.parent / "data").resolve():
        values["data_dir"] = str(data)
        if answers.mail_url:
            values["mail.url_file"] = str(data / MAIL_FILE)
    return values


def _set_up(app: App, answers: Answers) -> dict[str, Any]:
    document: dict[str, Any] = {"config": str(app.path)}
    with private_files():
        app.path.parent.mkdir(parents=True, exist_ok=True)
        app.path.write_text(filled(example(), _values(answers, app.path)), encoding="utf-8")
        prepare(app.settings)
        if answers.mail_url:
            Path(app.settings.mail.url_file).write_text(answers.mail_url + "\n", encoding="utf-8")
        hashing.make_key(app.settings.retention_key_file)
        document["data_dir"] = str(app.settings.data_dir)
        app.store.engine.dispose()  # opening it has made it
        if answers.email:
            document |= {"email": answers.email, "password": _add_administrator(app, answers.email)}
    return document


def _add_administrator(app: App, email: str) -> str:
    password = secrets.token_urlsafe(12)
    with app.store.transaction(app.actor) as tx:
        people.add_person(tx, email, email.split("@")[0], (roles.ADMINISTRATOR, roles.IT), password)
    return password


def filled(example: str, values: dict[str, Any]) -> str:
    """The text of the example with these settings in their places, comments and all."""
    section, lines, left = "", [], dict(values)
    for line in example.splitlines():
        if head := re.fullmatch(r"\[([a-z.]+)\].*", line):
            section = head[1] + "."
        key = re.match(r"([a-z_]+) = ", line)
        if key and (name := section + key[1]) in left:
            line = f"{key[1]} = {json.dumps(left.pop(name), ensure_ascii=False)}{_comment(line)}"
        lines.append(line)
    if left:
        raise KeyError(f"the example has no {', '.join(left)}")
    return "\n".join(lines) + "\n"


def _comment(line: str) -> str:
    """What a line says after its value; the values that are set here hold no `#` in the example."""
    found = re.search(r"\s+#.*", line)
    return found[0] if found else ""


# --- checks ---------------------------------------------------------------------------------------------------------


def _check(answers: Answers, path: Path) -> None:
    """Raises what the first of these answers is refused for; nothing is made before all are good."""
    if answers.email:
        text.email(answers.email)
    if answers.mail_url and not _MAIL_URL.fullmatch(answers.mail_url):
        raise InvalidValue("Escriba algo como mailtos://usuario:clave@correo.ejemplo.gob.mx?from=red@ejemplo.gob.mx.",
                           "Write something like mailtos://user:password@mail.example.org?from=red@example.org.",
                           code="E_MAIL_URL", field="mail")  # fmt: skip
    if answers.database:
        _check_database(answers.database)
    config.parse(filled(example(), _values(answers, path)), path.parent)


def _check_database(url: str) -> None:
    try:
        if make_url(url).password:
            raise InvalidValue("La contraseña no va en la configuración: escríbala en ~/.pgpass.",
                               "The password does not go into the configuration: write it into ~/.pgpass.",
                               code="E_DATABASE", field="database")  # fmt: skip
        engine = make_engine(url)
    except (ArgumentError, ImportError) as error:
        raise InvalidValue("No es una base de datos que netreg conozca.", "That is no database netreg knows.",
                           code="E_DATABASE", field="database") from error  # fmt: skip
    try:
        with translated_errors(), engine.connect():
            pass
    finally:
        engine.dispose()


# --- questions ------------------------------------------------------------------------------------------------------

# field -> the question in Spanish and English, and what is offered
QUESTIONS: dict[str, tuple[str, str, str]] = {
    "name": ("Nombre del ayuntamiento", "Name of the town hall", "Ayuntamiento"),
    "database": (
        "Base de datos (vacío: SQLite en esta máquina; o postgresql+psycopg://usuario@servidor/nombre)",
        "Database (empty: SQLite on this machine; or postgresql+psycopg://user@server/name)",
        "",
    ),
    "address": (
        "Dirección del portal (https://… detrás de un proxy con TLS)",
        "Address of the portal (https://… behind a proxy with TLS)",
        "http://127.0.0.1:8080",
    ),
    "mail_url": (
        "Servidor de correo, mailtos://usuario:clave@servidor?from=… (no se muestra; vacío: sin correo)",
        "Mail server, mailtos://user:password@server?from=… (not shown; empty: no mail)",
        "",
    ),
    "email": (
        "Correo de quien administra (vacío: nadie todavía)",
        "E-mail of the administrator (empty: nobody yet)",
        "",
    ),
}


def _ask(answers: Answers, path: Path) -> Answers:
    """Ask for what no option said, again as long as the answer is refused."""
    known = {field: getattr(answers, field) for field in Answers.__slots__}
    if known["language"] is None:
        choice = click.Choice(("es", "en"))
        known["language"] = click.prompt("Idioma / Language", type=choice, default="es", err=True)
    for field, (spanish, english, offered) in QUESTIONS.items():
        if known[field] is None and not (field == "mail_url" and known["mail_url_file"]):
            question = english if known["language"] == "en" else spanish
            known[field] = _answered(question, offered, field, lambda one: _check(Answers(**(known | one)), path))
    return Answers(**known)


def _answered(question: str, offered: str, field: str, check: Callable[[dict[str, Any]], None]) -> str | None:
    while True:
        typed = click.prompt(
            question, default=offered, err=True, show_default=bool(offered), hide_input=field == "mail_url"
        )
        one = str(typed).strip() or None
        try:
            check({field: one})
        except NetregError as error:
            hint = error.hint if isinstance(error, Refused | ConfigError) else ""
            click.echo(f"  ✘ {error.message} {hint or ''}".rstrip(), err=True)
        else:
            return one
