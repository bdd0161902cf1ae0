"""`make ci-cache-keys`: what a key ignores never matters, and each input changes it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from support import marian
from support.project import Project, marian_files
from support.server_process import PROJECT

SCRIPT = PROJECT / "tooling/ci_cache_keys.py"
PIP = ("requirements.txt", "requirements-models.txt", "requirements-dev.txt")
Edit = Callable[[str], str]


def keys_of(root: Path) -> dict[str, str]:
    """The keys of a checkout, printed where nothing but Python is installed."""
    command: list[str | Path] = [sys.executable, "-I", "-S", SCRIPT, "--root", root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that keys are made from, to be edited."""
    root = tmp_path / "checkout"
    converter = Path("src/ai_translate/supply/converter.py")
    (root / converter).parent.mkdir(parents=True)
    for path in (*PROJECT.glob("requirements*.txt"), PROJECT / "models.lock", PROJECT / converter):
        shutil.copyfile(path, root / path.relative_to(PROJECT))
    return root


def edited(root: Path, name: str, edit: Edit) -> None:
    """Edits a file; the edit must do something."""
    path = root / name
    before = path.read_text(encoding="utf-8")
    path.write_text(edit(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before


def test_make_prints_a_line_for_each_cache() -> None:
    """Lines that CI takes as they are: names, and values without spaces."""
    command = ["make", "--no-print-directory", "ci-cache-keys", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.partition("=")[0] for line in lines] == [
        *("pip", "pip-reference", "pip-mirror", "models")
    ]
    assert all(re.fullmatch(r"[a-z-]+=[\w.-]+-[0-9a-f]{32}", line) for line in lines)
    assert dict(line.split("=", 1) for line in lines) == keys_of(PROJECT)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: f"# A comment\n\n{text}\n   # another\n",
        lambda text: text.replace(" \\\n    --hash", " --hash"),
        lambda text: text.replace("pydantic-settings==", "Pydantic_Settings=="),
        lambda text: re.sub(r"(?m)^(click==\S+)", r"\1    ", text),
    ],
)
def test_the_layout_of_requirements_does_not_count(checkout: Path, edit: Edit) -> None:
    """Comments, blank lines, breaks and spellings of a name are the same to pip."""
    before = keys_of(checkout)
    edited(checkout, "requirements.txt", edit)
    assert keys_of(checkout) == before


@pytest.mark.parametrize("name", PIP)
@pytest.mark.parametrize(
    "edit",
    [
        lambda text: re.sub(r"(?m)^(pydantic==\S+)", r"\g<1>1", text),
        lambda text: re.sub(r"--hash=sha256:.", "--hash=sha256:x", text, count=1),
        lambda text: text + "another==1.0 --hash=sha256:00\n",
        lambda text: text + "--extra-index-url https://example.org/simple\n",
        lambda text: re.sub(r"(?m)^(pydantic==\S+)", r"\1 ; python_version < '4'", text),
    ],
)
def test_each_part_of_a_requirement_changes_the_key_of_pip(
    checkout: Path, name: str, edit: Edit
) -> None:
    """Version, hash, another package, another index, another marker."""
    before = keys_of(checkout)
    edited(checkout, name, edit)
    after = keys_of(checkout)
    assert after["pip"] != before["pip"]
    assert after["pip-mirror"] == before["pip-mirror"]
    assert after["models"] == before["models"]


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("models.lock", lambda text: text.replace('"int8"', '"int16"')),
        ("models.lock", lambda text: text.replace('"en:fr"', '"fr:en"')),
        ("models.lock", lambda text: text.replace('licence = "', 'licence = "not ')),
        ("models.lock", lambda text: text.replace("part_tokens = 28", "part_tokens = 29")),
        ("models.lock", lambda text: re.sub(r'artifact = "\w', 'artifact = "x', text)),
        ("models.lock", lambda text: re.sub(r"size = \d", "size = 8", text, count=1)),
        ("models.lock", lambda text: re.sub(r'sha256 = "\w', 'sha256 = "x', text, count=1)),
        ("models.lock", lambda text: text.replace('"vocab.json"', '"words.json"')),
        ("models.lock", lambda text: text.replace("[model.files]", "later = 1\n[model.files]")),
        ("models.lock", lambda text: text.partition("[[model]]")[0]),
        (
            "src/ai_translate/supply/converter.py",
            lambda text: text.replace('REVISION: Final = "', 'REVISION: Final = "9'),
        ),
        (
            "requirements-models.txt",
            lambda text: re.sub(r"(?m)^(ctranslate2==\S+)", r"\g<1>1", text),
        ),
    ],
)
def test_each_input_of_a_conversion_changes_the_key_of_models(
    checkout: Path, name: str, edit: Edit
) -> None:
    """What the lock says of how an artifact is made, and what makes it."""
    before = keys_of(checkout)
    edited(checkout, name, edit)
    assert keys_of(checkout)["models"] != before["models"]


def wheel(folder: Path, name: str, version: str) -> str:
    """Makes a package; the requirement that pins it."""
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\n"
        f"Version: {version}\n",
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [
        f"{path},sha256={_record_hash(content)},{len(content)}" for path, content in files.items()
    ]
    record = f"{name}-{version}.dist-info/RECORD"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in {**files, record: "\n".join([*rows, f"{record},,"])}.items():
            archive.writestr(inside, content)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{'0' * 64}\n"


def _record_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def installed(folder: Path, wheels: Path, requirements: Path) -> dict[str, bytes]:
    """What pip installs for a requirements file, by path."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check"),
            *("install", "--quiet", "--no-index", "--require-hashes", "--no-compile"),
            *("--find-links", wheels, "--target", folder, "-r", requirements),
        ],
        check=True,
        capture_output=True,
    )
    # A file says by which call it was installed.
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {"RECORD", "REQUESTED"}
    }


def test_checkouts_of_one_key_install_the_same(checkout: Path, tmp_path: Path) -> None:
    """By pip itself: comments, order, breaks, order of hashes and spelling make no difference."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    pins = [wheel(wheels, name, "1.0") for name in ("first", "second_one", "third")]
    path = checkout / "requirements-mirror.txt"
    path.write_text("".join(pins), encoding="utf-8")
    before = keys_of(checkout)["pip-mirror"]
    one = installed(tmp_path / "one", wheels, path)
    turned = [re.sub(r"(--hash=\S+) \\\n\s+(--hash=\S+)", r"\2 \1", pin) for pin in pins[::-1]]
    text = "# Another\n" + "\n# order\n".join(turned)
    path.write_text(text.replace("second_one", "Second-One"), encoding="utf-8")
    assert keys_of(checkout)["pip-mirror"] == before
    assert installed(tmp_path / "two", wheels, path) == one
    assert "second_one.py" in one


def test_checkouts_of_one_key_make_the_same_artifacts(checkout: Path, tmp_path: Path) -> None:
    """By pulling: names, places, order, comments and evaluations make no difference."""
    project = Project(tmp_path / "project", "http://127.0.0.1:9/api")
    project.folder.mkdir()
    marian_files(project.folder / "models/a")
    _weights(project.folder / "models/a", seed=1)
    shutil.copytree(project.folder / "models/a", project.folder / "models/b")
    _weights(project.folder / "models/b", seed=2)
    for name in ("a", "b"):
        project.done("models", "add", f"models/{name}", "--licence", "CC0-1.0")
    text = (project.folder / "models.lock").read_text(encoding="utf-8")
    (checkout / "models.lock").write_text(text, encoding="utf-8")
    before = keys_of(checkout)["models"]

    other = Project(tmp_path / "other", project.endpoint)
    shutil.copytree(project.folder / "models", other.folder / "elsewhere")
    head, first, second = text.split("[[model]]")
    evaluation = (
        f'[model.evaluation]\npair = "en:fr"\ntext_sha256 = "{"0" * 64}"\n'
        'against = "float32"\nsentences = 1\nbeam_size = 2\nchrf = 50.0\nbleu = 50.0\n'
        'chrf_float32 = 50.0\nbleu_float32 = 50.0\nsignatures = ["a", "b"]\n\n'
    )
    turned = f"# Another\n{head}[[model]]{second}\n{evaluation}[[model]]{first}"
    turned = turned.replace('name = "a"', 'name = "c" # renamed').replace("models/", "elsewhere/")
    (other.folder / "models.lock").write_text(turned, encoding="utf-8")
    (checkout / "models.lock").write_text(turned, encoding="utf-8")
    assert keys_of(checkout)["models"] == before
    other.done("models", "pull")
    assert other.stored() == project.stored()
    assert len(other.stored()) == 2
    # What one has kept is all that the other needs.
    shutil.rmtree(other.folder / ".models")
    shutil.copytree(project.folder / ".models/store", other.folder / ".models/store")
    assert other.done("models", "pull").stderr.count("in place") == 2


def _weights(folder: Path, seed: int) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415  # only here

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    save_file(marian.tensors_of(config, seed), folder / "model.safetensors")
