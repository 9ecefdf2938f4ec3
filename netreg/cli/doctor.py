"""doctor: everything that is wrong with an installation, each with its mend."""

from __future__ import annotations

import sys

import click

from netreg.cli.base import EXIT_REFUSED, App, NetregCommand, pass_app
from netreg.errors import ConfigError
from netreg.health.examining import examine
from netreg.health.findings import ERROR, Finding, as_row

_SIGN = {"error": "✘", "warning": "⚠"}


@click.command("doctor", cls=NetregCommand)
@click.option("--offline", is_flag=True, help="Talk to no other machine: neither points, mail server nor TLS proxy.")
@pass_app
def doctor(app: App, offline: bool) -> None:
    """Say what is wrong with this installation and how to mend it; changes nothing. Exit 1 if anything is an error."""
    findings = sorted(examine(app.path, offline=offline), key=lambda one: (one.severity != ERROR, one.id))
    language = _language(app)
    lines = [_line(one, language) for one in findings]
    app.show([as_row(one) for one in findings], "\n".join([*lines, _sum(findings, language)]))
    if any(one.severity == ERROR for one in findings):
        sys.exit(EXIT_REFUSED)


def _language(app: App) -> str:
    try:
        return app.language
    except ConfigError:
        return "es"


def _line(finding: Finding, language: str) -> str:
    english = language == "en"
    says, hint = (finding.english, finding.hint_en) if english else (finding.says, finding.hint)
    return f"{_SIGN[finding.severity]} {finding.id}  {says}\n  → {hint}"


def _sum(findings: list[Finding], language: str) -> str:
    errors = sum(one.severity == ERROR for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return "✔ Nothing is wrong." if language == "en" else "✔ Todo está en orden."
    if language == "en":
        return f"Errors: {errors}. Warnings: {warnings}."
    return f"Errores: {errors}. Advertencias: {warnings}."
