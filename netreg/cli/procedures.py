"""procedure list, show, check."""

from __future__ import annotations

from pathlib import Path

import click

from netreg.cli.base import App, command, pass_app
from netreg.errors import ConfigError
from netreg.office import catalogue_of
from netreg.procedures import catalogue, diagram, units
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.procedure import Procedure, Step, parse
from netreg.procedures.soundness import findings


@click.group()
def procedure() -> None:
    """Procedures: what the office does, step by step, as data."""


def _catalogue(app: App) -> Catalogue:
    """The procedures of the installation, its own among them; without one, those that come with netreg."""
    if not app.path.exists():
        return Catalogue()
    return catalogue_of(app.settings)


@command(procedure, "list")
@pass_app
def procedure_list(app: App) -> None:
    """Every procedure that netreg knows, and which of them people may ask for."""
    found = _catalogue(app)
    rows = [
        {
            "code": code,
            "title": one.title.short(app.language),
            "manual": one.manual,
            "enabled": code in found.enabled,
            "steps": len(one.steps),
            "version": one.sha256[:12],
        }
        for code, one in found.known.items()
    ]
    app.table(rows, "code", "title", "manual", "enabled", "steps", "version")


@command(procedure, "show")
@click.argument("code")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Also draw the steps into this file.")
@pass_app
def procedure_show(app: App, code: str, svg: Path | None) -> None:
    """The table of one procedure: who does what, and what follows, as run and as the manual prints it."""
    known = _catalogue(app).known
    found = known[code] if code in known else catalogue.procedure(code)
    if svg is not None:
        svg.write_text(diagram.svg(found, language=app.language), encoding="utf-8")
    app.say(f"{found.code} — {found.title.text(app.language)}")
    app.table(
        [_row(found, step, app.language) for step in found.steps],
        "step",
        "who",
        "what",
        "next",
        "printed",
        "printed_who",
    )


def _row(found: Procedure, step: Step, language: str) -> dict[str, object]:
    said = f"{step.text(language)} {step.question.text(language) if step.question else ''}".strip()
    printed, run = found.ways(step.n, printed=True), found.ways(step.n)
    who, as_printed = found.role(step.role).text(language), units.printed(found).role(step.role_as_printed or step.role)
    return {
        "step": step.n,
        "role": step.role,
        "who": who,
        "what": said,
        "next": ", ".join(f"{way.on} → {way.to}" if way.on != "else" else f"→ {way.to}" for way in step.transitions),
        "printed": "" if printed == run else ", ".join(f"→ {to}" for to in printed) or "—",
        "printed_who": "" if as_printed.text(language) == who else as_printed.text(language),
    }


@command(procedure, "check")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_app
def procedure_check(app: App, file: Path) -> None:
    """Say in words what is wrong with a definition; exit 1 if anything is."""
    found = parse(file.read_text(encoding="utf-8"), file.name)
    wrong = [*findings(found, catalogue.EFFECTS, frozenset({found.code, *_catalogue(app).known}))]
    app.show({"code": found.code, "findings": wrong}, "\n".join(wrong) or f"✔ {found.code}: {len(found.steps)} pasos")
    if wrong and app.as_json:
        raise SystemExit(1)
    if wrong:
        raise ConfigError("netreg.P003", f"{found.code}: {len(wrong)}", "corrija cada uno en el archivo")
