"""Looks into the layers, the history and the configuration of an image."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any, Final

from image_check.file_rules import CACHE, TOOL, WEIGHTS, LockedWeights, judge
from image_check.findings import Finding, failed, passed
from image_check.saved_image import SECRET, Layer, SavedImage, Unreadable, read
from image_check.secret_values import Search, Secret, redacted

__all__ = ["first_step", "look"]

_WANTED: Final = {
    "HF_HOME": "/app/models",
    "TRANSFORMERS_CACHE": "/app/models",
    "HF_HUB_OFFLINE": "1",
}
_MEND: Final = {
    SECRET: "Give it to that step by --mount=type=secret. Replace what leaked: it is known now.",
    TOOL: "Install it in a stage of its own, and copy from there only what runs.",
    CACHE: "Keep it in --mount=type=cache.",
    WEIGHTS: "Copy only the artifact from the model's stage.",
}
# A name that tells of a secret; HF_HUB_… are switches.
_SECRET_NAME: Final = re.compile(r"(?i)TOKEN|PASSWORD|SECRET|API_?KEY|HF_ENDPOINT|INDEX_URL")
_LONGEST_COMMAND: Final = 60


def look(
    stream: IO[bytes], secrets: Sequence[Secret], weights: LockedWeights, dockerfile: str
) -> Iterator[Finding]:
    """Everything that can be known of an image without running it.

    Args:
        stream: What `docker save` writes.
        secrets: What must stand nowhere in it.
        weights: What the lock names.
        dockerfile: Text of the Dockerfile it was made of, which tells where its base ends.
    """
    try:
        image = read(stream, secrets, weights.sizes, partial(judge, weights=weights))
    except Unreadable as error:
        yield failed("layers", f"{error}.", "Build it by build-optimized.sh, and try again.")
        return
    yield from _layers(image, secrets, first_step(dockerfile))
    yield from _history(image.config, secrets)
    yield from _environment(image.config["config"], secrets)
    for name, found in image.leaks.items():
        what = ", ".join(secret.name for secret in found)
        yield failed("documents", f"{what} stands in {name}.", _MEND[SECRET])
    rest = {key: value for key, value in image.config["config"].items() if key != "Env"}
    strings = json.dumps(rest, ensure_ascii=False).encode()
    for secret in Search.through([strings], secrets):
        yield failed("configuration", f"{secret.name} stands in it.", _MEND[SECRET])
    yield _user(image.config["config"].get("User", ""))


def first_step(dockerfile: str) -> str:
    """What the first step of the last stage runs, as the history of the image shows it."""
    text = re.sub(r"(?m)^\s*#.*\n", "", dockerfile)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    step = next(line for line in lines[last + 1 :] if line.strip())
    words = step.split()[1:]
    return " ".join(word for word in words if not word.startswith("--"))


def _layers(image: SavedImage, secrets: Sequence[Secret], first: str) -> Iterator[Finding]:
    base = next(
        (layer.number - 1 for layer in image.layers if first in " ".join(layer.command.split())),
        None,
    )
    if base is None:
        yield failed(
            "layers",
            f"none was made by {first!r}, so that it is not known where the base ends.",
            "Check an image that was built of this Dockerfile.",
        )
        return
    own = image.layers[base:]
    for rule, mend in _MEND.items():
        faults = [
            _place(layer, fault.what, sighting.path, sighting.times, secrets)
            for layer in own
            for fault, sighting in layer.faults.items()
            if fault.rule == rule
        ]
        subject = f"no {rule} in a layer"
        for fault in faults:
            yield failed(subject, fault, mend)
        if not faults:
            looked = f"{len(own)} layers above the {base} of the base"
            yield passed(subject, f"{len(secrets)} values, {looked}" if rule == SECRET else looked)


def _place(layer: Layer, what: str, path: str, times: int, secrets: Sequence[Secret]) -> str:
    command = _short(redacted(layer.command, secrets))
    more = f" and {times - 1} more" if times > 1 else ""
    return f"{what}: layer {layer.number} ({command}), /{redacted(path, secrets)}{more}."


def _history(config: Mapping[str, Any], secrets: Sequence[Secret]) -> Iterator[Finding]:
    wrong = False
    for number, step in enumerate(config["history"], start=1):
        line = f"{step.get('created_by', '')}\n{step.get('comment', '')}"
        for secret in Search.through([line.encode()], secrets):
            wrong = True
            place = f"{secret.name}: line {number}, {_short(redacted(line, secrets))}"
            yield failed("no secret in the history", place, _MEND[SECRET])
    if not wrong:
        yield passed("no secret in the history", f"{len(config['history'])} lines")


def _environment(config: Mapping[str, Any], secrets: Sequence[Secret]) -> Iterator[Finding]:
    pairs = [variable.partition("=") for variable in config.get("Env") or ()]
    variables = {name: value for name, _, value in pairs}
    wrong = False
    for name, value in variables.items():
        found = [secret.name for secret in Search.through([value.encode()], secrets)]
        if found or (value and _SECRET_NAME.search(name)):
            wrong = True
            what = found[0] if found else "what its name calls a secret"
            mend = f"{_MEND[SECRET]} Whoever runs the image sets {name}."
            yield failed("no secret in the environment", f"{name} holds {what}.", mend)
    if not wrong:
        yield passed("no secret in the environment", f"{len(variables)} variables")
    for name, wanted in _WANTED.items():
        value = variables.get(name)
        if value == wanted:
            yield passed(name, wanted)
        else:
            shown = "is not set" if value is None else f"is {redacted(value, secrets)}"
            yield failed(name, f"{shown}; {wanted} is needed.", "Set it in the last stage's ENV.")


def _user(user: str) -> Finding:
    number = user.partition(":")[0]
    if number.isdecimal() and int(number) > 0:
        return passed("user", user)
    return failed(
        "user",
        f"{user or 'none, which is root'}: it must be a number other than 0.",
        "Set USER 10001:10001: a cluster that refuses root trusts numbers only.",
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_COMMAND else f"{line[: _LONGEST_COMMAND - 1]}…"
