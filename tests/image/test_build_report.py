"""What `build-optimized.sh` tells of builds on a real engine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from build_report.dockerignore import visible_files
from build_report.history import History
from build_report.record import BuildRecord
from support.build_script import BuildScript
from support.checkout import Checkout
from support.engine import Build, Engine
from support.project import SECRET
from support.registry import Registry

SMALL: Final = """\
ARG BASE_IMAGE=scratch
FROM scratch AS dependencies
COPY requirements.txt /
FROM scratch AS application
COPY src /src
FROM scratch
COPY --link --from=dependencies / /opt/
COPY --link --from=application / /app/
"""
# A folder in a rule, a rule in a folder, the last rule that matches, and names like patterns.
RULES: Final = (
    "*\n!src/**/*.py\n!requirements.txt",
    "*\n!src\nsrc/deep\n!src/deep/kept.txt",
    "**/*.py\n!src/a.py\n.hidden",
    "*\n!x[[]1].txt\n!?.txt\n!**/kept.*",
    "src/*\n!src/[!a]*.py",
)
FILES: Final = (
    *("a.txt", "x[1].txt", "xx.txt", "requirements.txt", ".hidden/a", "src/a.py", "src/b.py"),
    *("src/deep/a.py", "src/deep/kept.txt", "src/deep/deeper/kept.py"),
)


@pytest.fixture
def small(tmp_path: Path, engine: Engine) -> BuildScript:
    """The script beside a Dockerfile of three stages that take no time."""
    folder = tmp_path / "small"
    (folder / "src/ai_translate").mkdir(parents=True)
    (folder / "src/ai_translate/__init__.py").write_text('__version__ = "9"\n')
    (folder / "requirements.txt").write_text("x\n" * 100_000)
    (folder / "Dockerfile").write_text(SMALL)
    (folder / ".dockerignore").write_text("*\n!src\n!requirements.txt\n")
    return BuildScript(folder, engine.host, tmp_path / "caches/cache", {"IMAGE": "small:1"})


def kept(script: BuildScript) -> tuple[BuildRecord, ...]:
    """The history of a checkout, of which every line can be read."""
    history = History.read(script.folder / "build/report/history.jsonl")
    assert history.unread == 0
    return history.records


def test_an_edit_is_named_as_what_broke_the_cache(
    checkout: Checkout,
    engine: Engine,
    endpoint: str,
    first: Build,  # noqa: ARG001  # the engine has built it before
    tmp_path: Path,
) -> None:
    """A source, then an entry of the lock: with the step, what ran because of it, and the parts."""
    variables = {"HF_ENDPOINT": endpoint, "HF_TOKEN": SECRET, "SOURCE_DATE_EPOCH": "1700000000"}
    script = BuildScript(checkout.folder, engine.host, tmp_path / "caches/cache", variables)
    script.build()
    checkout.edit("src/ai_translate/cli/main.py")
    done = script.run("--network", "host")
    assert done.returncode == 0, done.stderr
    assert "application: COPY src src" in done.stdout
    assert "src/ai_translate/cli/main.py was edited: 4 steps ran" in done.stdout
    for part in ("base", "dependencies", "models", "application"):
        assert f"\n  {part} " in done.stdout

    checkout.add_model(endpoint, "acme/opus-en-fr", "--quantization", "int16")
    done = script.run("--network", "host")
    assert "the entry of opus-en-fr in models.lock changed" in done.stdout
    assert "models.lock was edited" in done.stdout

    before, edited, locked = kept(script)
    assert before.causes == ()
    assert (edited.cache.steps - edited.cache.cached) == 4
    assert {cause.stage for cause in locked.causes} == {"model-opus-en-fr", "lock"}
    for record in (before, edited, locked):
        assert record.waits is not None
        assert set(record.image.parts()) == {
            *("base", "dependencies", "models", "application", "other"),
        }
        assert set(record.image.parts(packed=True)) == set(record.image.parts())
    text = (script.folder / "build/report/history.jsonl").read_text()
    assert SECRET not in text
    assert endpoint.partition("//")[2] not in text


def test_a_build_over_its_budget_ends_with_3(small: BuildScript, tmp_path: Path) -> None:
    """The message names the part, both sizes and the limit; the image is there."""
    budget = tmp_path / "budget.toml"
    budget.write_text("[parts]\ndependencies = 1.5\n")
    # With nothing before it, there is nothing to compare.
    done = small.run("--budget", str(budget))
    assert done.returncode == 0, done.stderr
    assert "there is no build to compare with" in done.stderr
    (small.folder / "requirements.txt").write_text("x\n" * 900_000)
    done = small.run("--budget", str(budget))
    assert done.returncode == 3
    assert "Over budget: the part dependencies has 1.8 MB" in done.stderr
    assert "the limit is dependencies = 1.5" in done.stderr
    assert "requirements.txt was edited" in done.stderr
    assert [record.outcome for record in kept(small)] == ["built", "built"]


def test_a_budget_that_cannot_be_read_stops_before_the_build(small: BuildScript) -> None:
    """It would protect nothing."""
    done = small.run("--budget", "no-such-file")
    assert done.returncode == 2
    assert "--budget no-such-file needs that file" in done.stderr


def test_a_failed_build_is_kept_as_one(small: BuildScript) -> None:
    """Its error is the last thing that is said, and the next build is not compared with it."""
    small.build()
    dockerfile = small.folder / "Dockerfile"
    dockerfile.write_text(f"{SMALL}COPY no-such-file /\n")
    done = small.run()
    assert done.returncode == 1
    assert "what broke the cache" not in done.stdout
    dockerfile.write_text(SMALL)
    small.build()
    assert [record.outcome for record in kept(small)] == ["built", "failed", "built"]
    assert kept(small)[2].causes == ()


@pytest.mark.parametrize("broken", ["raise SystemExit(9)", "raise MemoryError", None])
def test_a_report_that_fails_fails_no_build(small: BuildScript, broken: str | None) -> None:
    """Its progress is shown all the same, and a warning; without the tool there is none."""
    package = small.folder / "tooling/build_report"
    if broken:
        (package / "__main__.py").write_text(f"{broken}\n")
    else:
        shutil.rmtree(package)
    done = small.run()
    assert done.returncode == 0, done.stderr
    assert "exporting to image" in done.stderr
    assert "loaded as small:1" in done.stdout
    assert ("What the build cost cannot be told" in done.stderr) == bool(broken)
    assert small.manifest


def test_a_pushed_image_is_told_by_its_registry(small: BuildScript, registry: Registry) -> None:
    """As it is pushed; what it takes on a disk is not known there."""
    done = small.run("--push", "--tag", f"{registry.host}/small:1")
    assert done.returncode == 0, done.stderr
    (record,) = kept(small)
    assert record.image.unpacked is None
    assert set(record.image.parts(packed=True)) == {"dependencies", "application"}
    assert record.image.digest.startswith("sha256:")


def test_builds_of_several_platforms_are_one(small: BuildScript, registry: Registry) -> None:
    """What each call made is not cached for having been made by another."""
    for name in ("requirements.txt", "src/new.py"):
        (small.folder / name).write_text("of this build alone\n")
    both = ("--platform", "linux/amd64,linux/arm64", "--push", "--tag", f"{registry.host}/small:2")
    done = small.run(*both, "--registry-cache", f"{registry.host}/cache:{small.folder.parent.name}")
    assert done.returncode == 0, done.stderr
    (record,) = kept(small)
    ran = {step.name.target for step in record.steps if step.counts and step.state == "ran"}
    # Nothing in it is for one platform alone, so that the second one has all from the first.
    assert ran == {"linux/amd64"}
    assert record.targets == {"linux/amd64", "linux/arm64"}
    assert (record.cache.cached, record.cache.steps) == (4, 8)
    assert record.outcome == "built"
    assert len(list((small.folder / "build/report").glob("log-*"))) == 3


@pytest.mark.parametrize("rules", RULES)
def test_the_engine_is_sent_what_is_fingerprinted(
    engine: Engine, tmp_path: Path, rules: str
) -> None:
    """The same files of a folder, whatever its `.dockerignore` says."""
    context, sent = tmp_path / "context", tmp_path / "sent"
    for name in FILES:
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (context / ".dockerignore").write_text(rules)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    command = ("buildx", "build", f"--file={tmp_path / 'Dockerfile'}")
    engine.docker(*command, f"--output=type=local,dest={sent}", context)
    arrived = {str(path.relative_to(sent)) for path in sent.rglob("*") if path.is_file()}
    assert arrived == set(visible_files(context))


def test_make_report_writes_all_three(small: BuildScript) -> None:
    """From the history that the script keeps."""
    small.build()
    project = Path(__file__).parents[2]
    shutil.copy2(project / "Makefile", small.folder)
    done = subprocess.run(
        ["make", "--no-print-directory", "report"],
        cwd=small.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Build of small:1" in done.stdout
    folder = small.folder / "build/report"
    assert (folder / "report.md").read_text().startswith("### Build of small:1")
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
