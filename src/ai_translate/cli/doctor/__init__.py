"""`ai-translate doctor`: what is here, what is wrong with it, and how to mend it."""

from __future__ import annotations

import sys

import click

from ai_translate.errors import AITranslateError
from ai_translate.settings import load_settings

__all__ = ["doctor"]

_MARKS = {"ok": "ok   ", "note": "note ", "fail": "FAIL "}


@click.command()
@click.option(
    "--online", is_flag=True, help="Also ask HF_ENDPOINT whether it gives the models of the lock."
)
def doctor(online: bool) -> None:
    """Look at models, settings, versions and the machine; say what to mend.

    Exits with 1 if something fails. Without --online nobody is asked.
    """
    from ai_translate.cli.doctor.endpoint import asked  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.cli.doctor.finding import Finding  # noqa: PLC0415  # the same
    from ai_translate.cli.doctor.machine import cpu, memory, versions  # noqa: PLC0415  # the same
    from ai_translate.cli.doctor.models import models  # noqa: PLC0415  # the same
    from ai_translate.cli.doctor.variables import variables  # noqa: PLC0415  # the same

    try:
        settings = load_settings()
    except AITranslateError as error:
        findings = [Finding("fail", "settings", error.message, "Correct or unset these variables.")]
    else:
        looks = (versions, cpu, memory, variables, models, *((asked,) if online else ()))
        findings = [finding for look in looks for finding in look(settings)]
    for finding in findings:
        click.echo(f"{_MARKS[finding.level]} {finding.subject}: {finding.message}")
        if finding.mend:
            click.echo(f"        {finding.mend}")
    failed = sum(finding.level == "fail" for finding in findings)
    click.echo(f"{failed} of {len(findings)} findings need mending." if failed else "All is well.")
    sys.exit(1 if failed else 0)
