"""`ai-translate models`: what is locked, what is stored, and how it gets there."""

from __future__ import annotations

import click

from ai_translate.cli.models.adding import add
from ai_translate.cli.models.bundling import bundle, unbundle
from ai_translate.cli.models.evaluating import evaluate
from ai_translate.cli.models.keeping import gc, outdated, remove
from ai_translate.cli.models.listing import info, list_models
from ai_translate.cli.models.publishing import promote, push, rollback, sign, versions
from ai_translate.cli.models.pulling import pull, verify

__all__ = ["models"]


@click.group()
def models() -> None:
    """List, add, pull, verify, evaluate and publish models."""


for _command in (
    *(list_models, info, add, pull, verify, evaluate, outdated, remove, gc),
    *(push, versions, promote, rollback, sign),
):
    models.add_command(_command)
for _command in (bundle, unbundle):
    models.add_command(_command)
