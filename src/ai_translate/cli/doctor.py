"""`ai-translate doctor`: what is here, what is wrong with it, and how to mend it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import click
from pydantic import SecretStr

from ai_translate.artifact import Artifact
from ai_translate.config import PREFIX, Settings, load_settings
from ai_translate.errors import AITranslateError

_PACKAGES = ("ai-translate", "ctranslate2", "sentencepiece", "numpy", "fastapi", "uvicorn")
_PUBLIC_HUB = "https://huggingface.co"
_MARKS = {"ok": "ok   ", "note": "note ", "fail": "FAIL "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A `fail` keeps the service from working."""

    level: Literal["ok", "note", "fail"]
    subject: str
    message: str
    mend: str = ""


@click.command()
def doctor() -> None:
    """Look at models, settings, versions and CPU; say what to mend. Exits 1 if something fails."""
    try:
        settings = load_settings()
    except AITranslateError as error:
        findings = [Finding("fail", "settings", error.message, "Correct or unset these variables.")]
    else:
        findings = [
            finding
            for examine in (_versions, _cpu, _variables, _models)
            for finding in examine(settings)
        ]
    for finding in findings:
        click.echo(f"{_MARKS[finding.level]} {finding.subject}: {finding.message}")
        if finding.mend:
            click.echo(f"        {finding.mend}")
    failed = sum(finding.level == "fail" for finding in findings)
    click.echo(f"{failed} of {len(findings)} findings need mending." if failed else "All is well.")
    sys.exit(1 if failed else 0)


def _versions(_settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.machine()}")
    for package in _PACKAGES:
        try:
            yield Finding("ok", package, version(package))
        except PackageNotFoundError:
            yield Finding("fail", package, "is not installed", "Run `make serve` again.")


def _cpu(_settings: Settings) -> Iterator[Finding]:
    import ctranslate2  # noqa: PLC0415  # the other findings do not wait for it

    from ai_translate.engine.cpus import quota_cpus, usable_cpus  # noqa: PLC0415  # the same

    types = ", ".join(sorted(ctranslate2.get_supported_compute_types("cpu")))
    known = {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp"}
    found = sorted(known & set(_cpu_flags()))
    if {"avx2", "asimd"} & set(found):
        yield Finding("ok", "cpu instructions", f"{', '.join(found)}; computes in {types}")
    else:
        yield Finding(
            "note",
            "cpu instructions",
            f"neither AVX2 nor NEON was found; computes in {types}",
            "Translation works, several times slower. Prefer a newer machine.",
        )
    usable, quota = usable_cpus(), quota_cpus()
    limit = "no quota" if quota is None else f"a quota of {quota:g}"
    yield Finding("ok", "cpus", f"{usable} usable of {os.cpu_count()} ({limit})")


def _threads(settings: Settings, artifact: Artifact) -> Finding:
    """What one model is, or would be, loaded with."""
    from ai_translate.engine.cpus import usable_cpus  # noqa: PLC0415  # see _cpu
    from ai_translate.engine.threads import choose_threads  # noqa: PLC0415  # the same

    choice = choose_threads(
        artifact,
        settings.device,
        settings.inter_threads,
        settings.intra_threads,
        state_dir=settings.state_dir,
    )
    where = f", in {choice.kept_in}" if choice.kept_in else ""
    message = (
        f"{choice.inter} batches at once, {choice.intra} threads in each ({choice.source}{where})"
    )
    if choice.source == "measured" and choice.kept_in is None:
        return Finding(
            "note",
            "threads",
            f"{message}; no folder can keep it, so that each start measures again",
            "Set AIT_STATE_DIR to a folder that can be written, or AIT_INTER_THREADS.",
        )
    if choice.source == "setting" and choice.inter * choice.intra > usable_cpus():
        return Finding(
            "note", "threads", message, "Set AIT_INTER_THREADS and AIT_INTRA_THREADS to fit."
        )
    return Finding("ok", "threads", message)


def _cpu_flags() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return value.split()
    return []


def _variables(settings: Settings) -> Iterator[Finding]:
    for name, field in Settings.model_fields.items():
        variable = name.upper() if field.validation_alias else PREFIX + name.upper()
        value = getattr(settings, name)
        shown = "(set, not shown)" if isinstance(value, SecretStr) else value
        origin = "set" if os.environ.get(variable) else "default"
        yield _remark(settings, variable) or Finding("ok", variable, f"{shown} ({origin})")


def _remark(settings: Settings, variable: str) -> Finding | None:
    """What deserves more than "ok" about one variable."""
    remarks: Mapping[str, Callable[[], Finding | None]] = {
        "HF_ENDPOINT": lambda: _endpoint_remark(variable, settings.hf_endpoint),
        "AIT_STATE_DIR": lambda: _state_remark(variable, settings.state_dir),
        "AIT_HUB_FALLBACK_ENDPOINT": lambda: _malformed(variable, settings.hub_fallback_endpoint),
        "TRANSFORMERS_CACHE": lambda: (
            Finding(
                "note",
                variable,
                f"{settings.transformers_cache}: the Hugging Face libraries no longer read it",
                "Set HF_HOME instead; we honour both.",
            )
            if settings.transformers_cache
            else None
        ),
    }
    return remarks[variable]() if variable in remarks else None


def _state_remark(variable: str, folder: Path | None) -> Finding | None:
    """Whether the state folder takes a file, which is tried: permissions do not tell all."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"state")
    except OSError as error:
        return Finding(
            "note",
            variable,
            f"{folder} cannot be written: {error.strerror}",
            "Nothing is kept in it. Mount a volume there that this user may write, or unset it.",
        )
    return None


def _malformed(variable: str, endpoint: str) -> Finding | None:
    """What is wrong with an address, without a secret that may stand in it."""
    from ai_translate.supply.hub.endpoint import Endpoint  # noqa: PLC0415  # keeps `--help` quick

    try:
        Endpoint(endpoint)
    except AITranslateError as error:
        return Finding("fail", variable, error.message, error.hint)
    return None


def _endpoint_remark(variable: str, endpoint: str) -> Finding | None:
    if malformed := _malformed(variable, endpoint):
        return malformed
    if endpoint != _PUBLIC_HUB and "/api/huggingfaceml/" not in endpoint:
        return Finding(
            "note",
            variable,
            f"{endpoint} is not the address of an Artifactory repository",
            "Those end in /artifactory/api/huggingfaceml/REPO.",
        )
    return None


def _models(settings: Settings) -> Iterator[Finding]:
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the other findings do not wait
    from ai_translate.supply.signatures import require_signature  # noqa: PLC0415  # the same
    from ai_translate.supply.store import Store  # noqa: PLC0415  # the same

    store = Store(settings.models_dir)
    if os.access(store.folder, os.R_OK | os.X_OK):
        yield Finding("ok", "models folder", str(settings.models_dir))
    else:
        yield Finding(
            "fail",
            "models folder",
            f"{store.folder} does not exist or cannot be read",
            "Run `ai-translate models pull`, or set AIT_MODELS_DIR to where the models are.",
        )
    try:
        lock = Lock.read(settings.models_lock)
    except AITranslateError as error:
        yield Finding("fail", "models lock", error.message, error.hint)
        return
    if not lock.models:
        yield Finding(
            "fail", "models lock", f"{lock.path} names no model", "Run `ai-translate models add`."
        )
    for model in lock.models:
        try:
            require_signature(model, settings.require_signature)
            artifact = store.open(model.artifact)
        except AITranslateError as error:
            yield Finding("fail", f"model {model.name}", error.message, error.hint)
        else:
            yield Finding("ok", f"model {model.name}", f"verified {model.artifact[:12]}")
            yield _threads(settings, artifact)
