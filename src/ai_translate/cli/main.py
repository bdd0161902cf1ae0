"""The command group, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import click

from ai_translate.cli.completion import completion
from ai_translate.cli.doctor import doctor
from ai_translate.cli.hub import hub
from ai_translate.cli.keys import keys
from ai_translate.cli.models import models
from ai_translate.cli.serve import serve
from ai_translate.cli.translate import translate
from ai_translate.errors import AITranslateError

__all__ = ["main"]


# As shells count it: 128 and the number of SIGINT.
_INTERRUPTED = 130


class _Group(click.Group):
    """Prints our own errors as a sentence and a hint, and exits with 1; usage exits with 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AITranslateError as error:
            click.echo(f"ai-translate: {error.message}", err=True)
            if error.hint:
                click.echo(f"  {error.hint}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("ai-translate"), prog_name="ai-translate")
def main() -> None:
    """Translate text with models that are pinned, verified and never fetched at start-up.

    Settings come from the environment (AIT_…); `ai-translate doctor` lists them.
    """


main.add_command(serve)
main.add_command(translate)
main.add_command(models)
main.add_command(hub)
main.add_command(keys)
main.add_command(doctor)
main.add_command(completion)
