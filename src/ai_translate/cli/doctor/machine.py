"""Versions, CPU and memory."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ai_translate.artifact import Artifact
from ai_translate.cli.doctor.finding import Finding
from ai_translate.cli.sizes import human_size
from ai_translate.errors import AITranslateError
from ai_translate.settings import Settings

__all__ = ["cpu", "memory", "versions"]

_PACKAGES = ("ai-translate", "ctranslate2", "sentencepiece", "numpy", "fastapi", "uvicorn")
# What the service takes beside its models: 138 MB with the starter (docs/benchmarks.md), and more
# while it works.
_SERVICE_BYTES = 250_000_000


def versions(_settings: Settings) -> Iterator[Finding]:
    """Python and what the service is made of."""
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.machine()}")
    for package in _PACKAGES:
        try:
            yield Finding("ok", package, version(package))
        except PackageNotFoundError:
            yield Finding("fail", package, "is not installed", "Run `make serve` again.")


def cpu(_settings: Settings) -> Iterator[Finding]:
    """What CTranslate2 can make use of, and how many CPUs."""
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


def memory(settings: Settings) -> Iterator[Finding]:
    """Whether there is room for the models of the lock."""
    from ai_translate.cli.doctor.room import room  # noqa: PLC0415  # only this needs it
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the same

    found = room()
    if found is None:
        yield Finding("note", "memory", "how much is free cannot be told here")
        return
    limit = "no limit" if found.limit is None else f"a limit of {human_size(found.limit)}"
    message = f"{human_size(found.available)} free ({limit})"
    try:
        locked = Lock.read(settings.models_lock).models
        store = settings.models_dir / "store"
        sizes = [Artifact.open(store / model.artifact).size for model in locked]
    except AITranslateError:
        # What is wrong with them is told where models are looked at.
        yield Finding("ok", "memory", message)
        return
    need = sum(sizes) + settings.cache_bytes + _SERVICE_BYTES
    message += f"; the service and its models take about {human_size(need)}"
    if need > found.available:
        yield Finding(
            "note",
            "memory",
            message,
            "Give it more, or lock fewer models; AIT_CACHE_BYTES bounds the cache.",
        )
    else:
        yield Finding("ok", "memory", message)


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
