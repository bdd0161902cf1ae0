"""Builders that have nothing in common but a registry, or not even that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from support.checkout import Checkout
from support.engine import Build, Engine
from support.registry import Registry

EPOCH = "--build-arg=SOURCE_DATE_EPOCH=1700000000"


def test_a_new_runner_builds_from_the_registry(
    engine: Engine,
    another_engine: Engine,
    registry: Registry,
    first: Build,
    checkout: Checkout,
    secrets: dict[str, Path],
    say: Callable[[str], None],
) -> None:
    """It gets what another has built, runs no step of it, and after an edit only the application.

    Cache mounts are not in a registry, and nothing here needs them.
    """
    cache = f"type=registry,ref={registry.host}/ai-translate:cache"
    engine.build(
        checkout.folder,
        *(EPOCH, f"--cache-to={cache},mode=max,image-manifest=true"),
        secrets=secrets,
    )
    taken = another_engine.build(checkout.folder, EPOCH, f"--cache-from={cache}")
    assert taken.stages_run - {"service"} == set()
    assert taken.diff_ids == first.diff_ids
    checkout.edit("src/ai_translate/server/app.py")
    edited = another_engine.build(checkout.folder, EPOCH, f"--cache-from={cache}")
    assert edited.stages_run == {"application", "service"}
    say(
        f"empty caches: {first.seconds:.1f} s, new runner with the registry's: "
        f"{taken.seconds:.1f} s, after an edit there: {edited.seconds:.1f} s"
    )


def test_the_same_sources_give_the_same_image(
    engine: Engine,
    another_engine: Engine,
    first: Build,
    checkout: Checkout,
    secrets: dict[str, Path],
    tmp_path: Path,
) -> None:
    """With empty caches, at another place and another time, not one layer differs.

    Nor do configuration and manifest, as long as no attestation tells when it was made.
    """
    digests = []
    for number, builder in enumerate((engine, another_engine)):
        report = tmp_path / f"{number}.json"
        checkout.date(1_000_000_000 + number)
        arguments = (EPOCH, "--provenance=false", f"--metadata-file={report}")
        build = builder.build(checkout.folder, *arguments, secrets=secrets)
        assert build.diff_ids == first.diff_ids
        digests.append(json.loads(report.read_text())["containerimage.digest"])
    assert {"dependencies", "converter", "application", "lock"} < build.stages_run
    assert digests[0] == digests[1]
