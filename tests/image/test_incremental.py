"""What is built anew after an edit, and which layers differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.artifactory import Artifactory
from support.checkout import Checkout, secret_files
from support.engine import Build, Engine

pytestmark = pytest.mark.usefixtures("first")

REPO = "acme/opus-en-fr"
OTHER = "acme/opus-other"
MODELS = {"model-starter-en-fr", "model-opus-en-fr"}


@pytest.fixture
def before(prepared: Checkout, first: Build) -> dict[str, str]:
    """The layers of the first image."""
    return prepared.layers(first)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Names of the layers that are new or others."""
    return {name for name, diff_id in after.items() if before.get(name) != diff_id}


def test_nothing_is_built_when_nothing_changed(
    engine: Engine,
    first: Build,
    checkout: Checkout,
    secrets: dict[str, Path],
    say: Callable[[str], None],
) -> None:
    """Another copy at another place, of another date, is the same image from the cache."""
    checkout.date(1_000_000_000)
    again = engine.build(checkout.folder, secrets=secrets)
    assert again.stages_run == set()
    assert again.diff_ids == first.diff_ids
    say(f"after no change: {again.seconds:.1f} s")


def test_an_edit_of_the_service_changes_its_layer_alone(
    engine: Engine,
    before: dict[str, str],
    checkout: Checkout,
    secrets: dict[str, Path],
    say: Callable[[str], None],
) -> None:
    """Its package is built and laid over the rest; nothing is installed or converted."""
    checkout.edit("src/ai_translate/server/app.py", "PLANTED = True\n")
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run == {"application", "service"}
    assert [name.partition("] ")[2][:8] for name in build.ran("application")] == [
        "COPY src",
        "RUN --mo",
    ]
    assert changed(before, checkout.layers(build)) == {"application"}
    say(f"after an edit of the service: {build.seconds:.1f} s")


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CHANGELOG.md", "docs/building.md", "tests/unit/test_new.py"),
        *("benchmarks/results/new.json", ".git/HEAD", ".venv/bin/python", "Makefile", "LICENCE"),
        *("src/ai_translate/__pycache__/app.cpython-311.pyc", "requirements-dev.txt"),
    ],
)
def test_an_edit_beside_the_product_builds_nothing(
    engine: Engine, first: Build, checkout: Checkout, secrets: dict[str, Path], name: str
) -> None:
    """Docs, tests, benchmarks, tools and what lies about belong to no layer."""
    checkout.edit(name)
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run == set()
    assert build.diff_ids == first.diff_ids


def test_an_edited_model_changes_its_layer_and_the_lock_alone(
    engine: Engine,
    before: dict[str, str],
    checkout: Checkout,
    endpoint: str,
    secrets: dict[str, Path],
    say: Callable[[str], None],
) -> None:
    """Locked in another quantization, it is made anew; the other model comes from the cache."""
    checkout.add_model(endpoint, REPO, "--quantization", "float32")
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run == {"model-opus-en-fr", "lock", "service"}
    assert changed(before, checkout.layers(build)) == {"opus-en-fr", "lock"}
    say(f"after a change of a small model: {build.seconds:.1f} s")


def test_an_added_model_adds_its_layer(
    engine: Engine,
    before: dict[str, str],
    checkout: Checkout,
    endpoint: str,
    secrets: dict[str, Path],
) -> None:
    """A third model is made, and neither of the two before it."""
    checkout.add_model(endpoint, OTHER)
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run == {"model-opus-other", "lock", "service"}
    assert changed(before, checkout.layers(build)) == {"opus-other", "lock"}


def test_other_requirements_of_the_service_rebuild_no_model(
    engine: Engine,
    before: dict[str, str],
    checkout: Checkout,
    secrets: dict[str, Path],
    say: Callable[[str], None],
) -> None:
    """Dependencies are installed, into the same layer if they are the same; the rest is cached."""
    checkout.edit("requirements.txt")
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run - {"service"} == {"dependencies"}
    assert changed(before, checkout.layers(build)) == set()
    say(f"after a change of the requirements: {build.seconds:.1f} s")


def test_other_requirements_of_models_make_the_same_models(
    engine: Engine, before: dict[str, str], checkout: Checkout, secrets: dict[str, Path]
) -> None:
    """Only what makes models runs, and what it makes are the locked bytes in the same layers."""
    checkout.edit("requirements-models.txt")
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run - {"service"} == {"converter", *MODELS}
    assert changed(before, checkout.layers(build)) == set()


def test_a_new_version_makes_no_model(
    engine: Engine, before: dict[str, str], checkout: Checkout, secrets: dict[str, Path]
) -> None:
    """The version is part of the application alone."""
    module = checkout.folder / "src/ai_translate/__init__.py"
    text = module.read_text()
    assert "\n__version__ = " in text
    module.write_text(text.replace("\n__version__ = ", "\n__version__ = '9.8.7'  # "))
    build = engine.build(checkout.folder, secrets=secrets)
    assert build.stages_run == {"application", "service"}
    assert changed(before, checkout.layers(build)) == {"application"}


def test_another_mirror_builds_nothing(
    engine: Engine, first: Build, checkout: Checkout, tmp_path: Path
) -> None:
    """Endpoint, token, certificates and configuration of pip are in the key of no step."""
    other = {
        "hf_endpoint": "http://127.0.0.1:1/other",
        "hf_token": "another",
        "pip_conf": "[global]\nindex-url = http://127.0.0.1:1/\n",
        "ca_bundle": "another",
    }
    build = engine.build(checkout.folder, secrets=secret_files(tmp_path / "other", other))
    assert build.stages_run == set()
    assert build.diff_ids == first.diff_ids


def test_labels_and_dates_change_no_layer(
    engine: Engine, first: Build, checkout: Checkout, secrets: dict[str, Path]
) -> None:
    """Version, revision and the date of the commit are in the image's configuration alone."""
    stamps = ("VERSION=9.8.7", "REVISION=abcdef", "SOURCE_DATE_EPOCH=1700000123")
    arguments = [f"--build-arg={stamp}" for stamp in stamps]
    build = engine.build(checkout.folder, *arguments, secrets=secrets)
    assert build.stages_run == set()
    assert build.diff_ids == first.diff_ids
    shown = engine.docker("image", "inspect", "--format={{json .}}", build.image).stdout
    assert '"org.opencontainers.image.version":"9.8.7"' in shown
    assert '"org.opencontainers.image.revision":"abcdef"' in shown
    assert '"Created":"2023-11-14T22:15:23Z"' in shown


def test_another_address_of_the_mirror_is_not_asked(
    engine: Engine, artifactory: Artifactory, checkout: Checkout, secrets: dict[str, Path]
) -> None:
    """A model that the cache has is fetched from nobody."""
    artifactory.requests.clear()
    engine.build(checkout.folder, secrets=secrets)
    assert len(artifactory.requests) == 0
