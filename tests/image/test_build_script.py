"""What `build-optimized.sh` does, on an engine, and what it says where there is none."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from support.build_script import BuildScript
from support.checkout import Checkout
from support.engine import DOCKER, Build, Engine
from support.project import SECRET
from support.registry import Registry

NOWHERE: Final = "unix:///nowhere/docker.sock"
# The layers of an image of two platforms, without a machine of either.
TINY: Final = "ARG BASE_IMAGE=scratch\nFROM scratch\nCOPY LICENSE /\n"
NO_BUILDX: Final = """#!/bin/sh
echo "docker: 'buildx' is not a docker command." >&2
exit 1
"""
OTHER_STORE: Final = f"""#!/bin/sh
test "$1" != info || exec echo '[["Backing Filesystem","extfs"]]'
exec {DOCKER} "$@"
"""


def _client(folder: Path, script: str) -> str:
    path = folder / "docker"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nowhere(tmp_path: Path) -> BuildScript:
    """The script, with no engine."""
    (tmp_path / "checkout").mkdir()
    return BuildScript(tmp_path / "checkout", NOWHERE, tmp_path / "caches/cache")


@pytest.fixture
def tiny(tmp_path: Path, engine: Engine) -> BuildScript:
    """The script beside a Dockerfile that takes no time."""
    folder = tmp_path / "tiny"
    (folder / "src/ai_translate").mkdir(parents=True)
    (folder / "src/ai_translate/__init__.py").write_text('__version__ = "9"\n')
    (folder / "LICENSE").write_text("any\n")
    (folder / "Dockerfile").write_text(TINY)
    return BuildScript(folder, engine.host, tmp_path / "caches/cache")


@pytest.fixture
def script(checkout: Checkout, engine: Engine, endpoint: str, tmp_path: Path) -> BuildScript:
    """The script in a checkout of two models, of which the engine has caches."""
    variables = {"HF_ENDPOINT": endpoint, "HF_TOKEN": SECRET, "SOURCE_DATE_EPOCH": "1700000000"}
    return BuildScript(checkout.folder, engine.host, tmp_path / "caches/cache", variables)


def test_help_tells_of_every_option_and_variable(nowhere: BuildScript) -> None:
    """Each that the script reads, and it needs no engine for that."""
    done = nowhere.run("--help")
    assert done.returncode == 0
    text = (nowhere.folder / "build-optimized.sh").read_text()
    cases = text[text.index("case $1 in") : text.index("done\n\ncommand")]
    options = set(re.findall(r"--[a-z-]+", cases)) - {"--help"}
    assert {"--tag", "--platform", "--registry-cache", "--push", "--no-cache"} <= options
    own = {"DOCKER", "IMAGE", "TEST_IMAGE", "BASE_IMAGE", "CACHE_DIR", "CA_BUNDLE", "PIP_CONF"}
    read = set(re.findall(r"\$\{([A-Z_]{2,}):-", text)) - {"BASH_SOURCE"}
    assert own - {"PIP_CONF"} <= read
    for name in options | own | read:
        assert name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "said", "mend"),
    [
        ((), {"DOCKER": "no-such-client"}, "no no-such-client on PATH", "Install Docker"),
        ((), {}, "The engine does not answer: Cannot connect", "DOCKER_HOST"),
        (("--plaform", "x"), {}, "no option --plaform", "--help"),
        (("--tag",), {}, "--tag lacks its value", "--help"),
    ],
)
def test_what_cannot_begin_says_why(
    nowhere: BuildScript,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    said: str,
    mend: str,
) -> None:
    """One sentence, and what to do; the status tells it from a build that failed."""
    done = nowhere.run(*arguments, **variables)
    assert done.returncode == 2
    first, *rest = done.stderr.splitlines()
    assert said in first
    assert mend in "\n".join(rest)
    assert not nowhere.cache.parent.exists()


def test_a_client_without_buildx_is_told_from_a_silent_engine(
    nowhere: BuildScript, tmp_path: Path
) -> None:
    """It would fall back to a builder that knows neither secrets nor caches."""
    done = nowhere.run(DOCKER=_client(tmp_path, NO_BUILDX))
    assert done.returncode == 2
    assert "has no buildx" in done.stderr
    assert "docker-buildx" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ((), {"PIP_CONF": "/no/such/pip.conf"}, "PIP_CONF: /no/such/pip.conf is no file"),
        (("--push",), {"TEST_IMAGE": "true"}, "TEST_IMAGE=true runs the image in the engine"),
        (("--platform", "linux/amd64,linux/arm64"), {"TEST_IMAGE": "true"}, "one platform"),
        (("--pin-base",), {"BASE_IMAGE": "localhost:1/none"}, "does not tell the digest"),
    ],
)
def test_what_an_engine_cannot_do_says_why(
    tiny: BuildScript, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    """Before anything is built."""
    done = tiny.run(*arguments, **variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert "#1 " not in done.stderr
    assert not tiny.cache.exists()


def test_an_engine_that_cannot_export_caches_is_told_from_one_that_can(
    tiny: BuildScript, tmp_path: Path
) -> None:
    """Three ways out are named, and one of them is an option that builds; it loads one platform."""
    client = _client(tmp_path, OTHER_STORE)
    done = tiny.run(DOCKER=client)
    assert done.returncode == 2
    assert "cannot export the cache" in done.stderr
    for way in ('"containerd-snapshotter":true', "buildx create --use", "--without-cache-export"):
        assert way in done.stderr

    assert tiny.run("--without-cache-export", DOCKER=client).returncode == 0
    assert not tiny.cache.exists()
    both = ("--platform", "linux/amd64,linux/arm64")
    done = tiny.run("--without-cache-export", *both, DOCKER=client)
    assert done.returncode == 2
    assert "cannot be loaded" in done.stderr


def test_a_dockerfile_out_of_step_is_not_built(tiny: BuildScript, prepared: Checkout) -> None:
    """The image would have other models than the lock names."""
    for name in ("Dockerfile", ".dockerignore", "models.lock"):
        shutil.copy2(prepared.folder / name, tiny.folder / name)
    (tiny.folder / ".venv").symlink_to(Path(__file__).parents[2] / ".venv")
    dockerfile = tiny.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("size = 991", "size = 992"))
    done = tiny.run()
    assert done.returncode == 2
    assert "out of step with models.lock" in done.stderr
    assert "make dockerfile" in done.stderr


def test_a_cache_outlives_the_engine(
    script: BuildScript,
    first: Build,  # noqa: ARG001  # the engine has built it before
    another_engine: Engine,
    tmp_path: Path,
) -> None:
    """Another engine has every step from it; what no build needs any more leaves it."""
    cached, steps = script.build()
    assert cached == steps
    assert script.beside == {"cache"}
    elsewhere = BuildScript(script.folder, another_engine.host, script.cache, script.variables)
    assert elsewhere.build() == (steps, steps)

    kept = set((script.cache / "blobs/sha256").iterdir())
    with (script.folder / "src/ai_translate/cli/main.py").open("a") as module:
        module.write("# edited\n")
    cached, steps = script.build()
    assert steps - 4 <= cached < steps
    now = set((script.cache / "blobs/sha256").iterdir())
    assert kept - now
    assert len(now) == len(kept)
    assert script.beside == {"cache"}
    assert not list(tmp_path.glob("**/*.new.*"))


def test_a_failed_build_leaves_the_cache_as_it_was(tiny: BuildScript) -> None:
    """It ends with 1, and the next build still has its steps from there."""
    tiny.build()
    before = tiny.manifest
    dockerfile = tiny.folder / "Dockerfile"
    dockerfile.write_text(f"{TINY}COPY no-such-file /\n")
    done = tiny.run()
    assert done.returncode == 1
    assert "The build failed" in done.stderr
    assert tiny.manifest == before
    assert tiny.beside == {"cache"}


def test_no_cache_begins_the_cache_anew(tiny: BuildScript) -> None:
    """No step comes from it."""
    tiny.build()
    stray = tiny.cache / "blobs/sha256" / ("0" * 64)
    stray.write_text("left by an earlier build")
    assert tiny.build("--no-cache")[0] == 0
    assert not stray.exists()


def test_what_is_passed_on_reaches_the_build(tiny: BuildScript, engine: Engine) -> None:
    """The version of the package, and arguments after `--`; no secret is shown by the image."""
    (tiny.folder / "Dockerfile").write_text(f"{TINY}ARG VERSION\nLABEL version=$VERSION\n")
    tiny.build("--tag", "tiny:1", "--", "--label=more=yes", HF_TOKEN=SECRET)
    labels = engine.docker("image", "inspect", "--format={{json .Config.Labels}}", "tiny:1").stdout
    assert '"version":"9"' in labels
    assert '"more":"yes"' in labels
    assert SECRET not in engine.docker("image", "inspect", "tiny:1").stdout


def test_a_base_is_pinned_by_its_digest(
    tiny: BuildScript, engine: Engine, registry: Registry
) -> None:
    """As the registry tells it; asking again pins the same."""
    base = f"{registry.host}/base:1"
    tiny.build("--push", "--tag", base, "--", "--provenance=false")
    for named in (base, f"{base}@sha256:{'0' * 64}"):
        done = tiny.run("--pin-base", BASE_IMAGE=named)
        assert done.returncode == 0, done.stderr
        found = re.search(
            rf"^ARG BASE_IMAGE={base}@(sha256:[0-9a-f]{{64}})$",
            (tiny.folder / "Dockerfile").read_text(),
            re.MULTILINE,
        )
        assert found
        assert found[1] in engine.docker("buildx", "imagetools", "inspect", base).stdout


def test_a_registry_keeps_a_cache_for_each_platform(
    tiny: BuildScript, engine: Engine, registry: Registry
) -> None:
    """One is kept under the name itself, several under names of their own."""
    cache, image = f"{registry.host}/cache", f"{registry.host}/image:1"
    tiny.build("--registry-cache", f"{cache}:one")
    both = ("--platform", "linux/amd64,linux/arm64", "--push", "--tag", image)
    tiny.build("--registry-cache", f"{cache}:two", *both)
    for tag in ("one", "two-amd64", "two-arm64"):
        engine.docker("buildx", "imagetools", "inspect", f"{cache}:{tag}")
    inspected = engine.docker("buildx", "imagetools", "inspect", image).stdout
    assert "linux/amd64" in inspected
    assert "linux/arm64" in inspected


def test_the_image_is_checked_as_production_runs_it(
    script: BuildScript, engine: Engine, endpoint: str
) -> None:
    """TEST_IMAGE=true passes, tells how soon it was ready, and leaves no container."""
    done = script.run("--network", "host", TEST_IMAGE="true", HF_ENDPOINT=endpoint)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    for subject in ("a single text", "a batch", "doctor", "HEALTHCHECK", "memory", "SIGTERM"):
        assert f"ok   {subject}: " in done.stdout
    assert re.search(r"ok   ready: \d+\.\d\d s after its start", done.stdout)
    assert re.search(r"ok   no secret in a layer: [3-9]\d* values", done.stdout)
    assert SECRET not in done.stdout + done.stderr
    assert not engine.docker("ps", "--all", "--quiet").stdout
