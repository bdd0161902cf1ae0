"""Writes the stages and layers of the models into the Dockerfile, from the lock.

    python tooling/image/dockerfile.py [--check] [--root FOLDER]

Each model has a stage of its own, in which its part of the lock stands, and a layer of its own.
So an edit of one model rebuilds nothing of another. The files of models that come from a folder
are let through `.dockerignore`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Final

from ai_translate.errors import AITranslateError
from ai_translate.supply.locked_model import LockedModel, entry_of
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.sources import FolderSource

__all__ = ["filled", "layers", "stages", "visible_files"]

ROOT: Final = Path(__file__).parents[2]

# The empty line after the heredoc is for hadolint, which cannot read on without one.
_STAGE: Final = """\
FROM converter AS {stage}
{copies}COPY <<'LOCK' ./models.lock
version = 1
{entry}LOCK

RUN --mount=type=bind,source=docker/with_secrets.sh,target=/run/with_secrets.sh \\
    --mount=type=bind,source=docker/seal.sh,target=/run/seal.sh \\
    --mount=type=cache,target=/models \\
    --mount=type=secret,id=hf_endpoint \\
    --mount=type=secret,id=hf_token \\
    --mount=type=secret,id=ca_bundle \\
    /run/with_secrets.sh /opt/pip/bin/python -m ai_translate.supply /layer/app/models \\
    && /run/seal.sh /layer
"""


def main() -> int:
    """Writes both files, or tells which of them is out of step."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="of another checkout")
    arguments = parser.parse_args()
    root, check = arguments.root, arguments.check
    try:
        models = Lock.read(root / "models.lock").models
    except AITranslateError as error:
        print(error.message, error.hint, file=sys.stderr)
        return 1
    stale = False
    for name, blocks in _blocks(models).items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        wanted = filled(text, blocks)
        if text != wanted:
            stale = True
            if check:
                print(f"{name} is out of step with models.lock: run `make dockerfile`.")
            else:
                path.write_text(wanted, encoding="utf-8")
                print(f"written: {name}")
    return 1 if check and stale else 0


def _blocks(models: tuple[LockedModel, ...]) -> dict[str, dict[str, str]]:
    return {
        "Dockerfile": {"models": stages(models), "model layers": layers(models)},
        ".dockerignore": {"models": "".join(f"!{path}\n" for path in visible_files(models))},
    }


def filled(text: str, blocks: dict[str, str]) -> str:
    """A text with each block put between `# NAME: begin…` and `# NAME: end`.

    Raises:
        ValueError: The text lacks one of these lines.
    """
    for name, block in blocks.items():
        head, begin, rest = text.partition(f"# {name}: begin")
        line, _, rest = rest.partition("\n")
        _, end, tail = rest.partition(f"# {name}: end")
        if not begin or not end:
            raise ValueError(f"There is no block {name!r}.")
        text = f"{head}{begin}{line}\n{block}{end}{tail}"
    return text


def stages(models: tuple[LockedModel, ...]) -> str:
    """A stage for each model, which ends with its layer in `/layer`."""
    return "\n".join(
        _STAGE.format(stage=stage, copies=_copies(model), entry=entry_of(model))
        for stage, model in zip(_names(models), models, strict=True)
    )


def layers(models: tuple[LockedModel, ...]) -> str:
    """The lines that make a layer of each model."""
    return "".join(f"COPY --link --from={stage} /layer/ /\n" for stage in _names(models))


def visible_files(models: tuple[LockedModel, ...]) -> list[str]:
    """Paths, relative to the lock, of the files of models that come from folders.

    They are patterns, each of which only the path itself matches.
    """
    return sorted(
        {
            _pattern(f"{model.source.folder}/{name}")
            for model in models
            if isinstance(model.source, FolderSource)
            for name in model.files
        }
    )


def _copies(model: LockedModel) -> str:
    if not isinstance(model.source, FolderSource):
        return ""
    folder = model.source.folder
    paths = [_pattern(f"{folder}/{name}") for name in sorted(model.files)]
    # As a list, in which a name may have spaces.
    words = json.dumps([*paths, f"./{folder}/"], ensure_ascii=False)
    return f"COPY {words.replace('$', chr(92) * 2 + '$')}\n"


def _pattern(path: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def _names(models: tuple[LockedModel, ...]) -> list[str]:
    """Names of stages: as the models', but in them small and capital letters are one."""
    names: list[str] = []
    for model in models:
        name = f"model-{model.name.lower()}"
        count = 1
        while (unique := name if count == 1 else f"{name}-{count}") in names:
            count += 1
        names.append(unique)
    return names


if __name__ == "__main__":
    sys.exit(main())
