"""`models add ORGANISATION/NAME`: from the Hub into store and lock, or nothing at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from safetensors.numpy import save

from ai_translate.artifact import FileHash, hash_file
from ai_translate.errors import LockError
from ai_translate.settings import load_settings
from ai_translate.supply.adding import add_from_hub
from ai_translate.supply.hub.progress import Silent
from ai_translate.supply.sources import HubSource
from support import m2m100
from support.artifactory import Artifactory, Corrupt, ExpiredToken, Redirect, TreeMissing
from support.marian import STARTER
from support.project import Project, marian_files

REPO = "acme/opus-en-fr"
NEEDED = {
    "config.json",
    "model.safetensors",
    "source.spm",
    "target.spm",
    "tokenizer_config.json",
    "vocab.json",
}


def fetched(artifactory: Artifactory) -> list[str]:
    """Names of the files that were fetched, once for each time."""
    return sorted(e.request.path.rpartition("/")[2] for e in artifactory.requests.of("/resolve/"))


def nothing_came_of_it(project: Project) -> bool:
    """Neither lock nor store has anything."""
    return not project.lock.models and not project.stored()


def test_the_starter_from_the_hub_translates(
    artifactory: Artifactory, project: Project, tmp_path: Path
) -> None:
    """A model that was added from the Hub serves, and its artifact is that of the folder."""
    starter = {path.name: path for path in STARTER.iterdir()}
    commit = artifactory.add_model("models", "starter/en-fr", starter)
    ended = project.done("models", "add", "starter/en-fr", "--part-tokens", "28")
    assert f"en-fr: locked as artifact {project.lock.models[0].artifact[:12]}" in ended.stdout
    [model] = project.lock.models
    assert model.source == HubSource("starter/en-fr", "main", commit)
    assert model.files == {
        name: hash_file(path) for name, path in starter.items() if name in NEEDED
    }
    told = project.done("translate", "Where is the station?", HF_ENDPOINT="http://127.0.0.1:1")
    assert told.stdout == "Où est la gare ?\n"
    elsewhere = Project(tmp_path, "http://127.0.0.1:1")
    arguments = ("--part-tokens", "28", "--licence", model.licence)
    (tmp_path / "starter").symlink_to(STARTER.parent)
    elsewhere.done("models", "add", "starter/en-fr", *arguments)
    assert elsewhere.lock.models[0].artifact == model.artifact


def test_only_the_needed_files_are_fetched_and_locked(
    artifactory: Artifactory, project: Project, files: dict[str, bytes], commit: str
) -> None:
    """One file of weights, no card, each with its hash; the card's licence; no request twice."""
    project.done("models", "add", REPO)
    assert fetched(artifactory) == sorted(NEEDED)
    assert {e.request.method for e in artifactory.requests} == {"GET"}
    [model] = project.lock.models
    assert (model.name, model.licence) == ("opus-en-fr", "apache-2.0")
    assert model.source == HubSource(REPO, "main", commit)
    assert set(model.files) == NEEDED
    assert all(entry.size == len(files[name]) for name, entry in model.files.items())
    assert project.store.open(model.artifact).manifest.licence == "apache-2.0"
    assert project.stored() == [model.artifact]


def test_the_entry_of_a_hub_model_reads_well(project: Project, commit: str) -> None:
    """Repository, revision and commit stand where the folder of another model stands."""
    project.done("models", "add", REPO)
    lines = (project.folder / "models.lock").read_text().splitlines()
    assert lines[5:11] == [
        "[[model]]",
        'name = "opus-en-fr"',
        f'repo = "{REPO}"',
        'revision = "main"',
        f'commit = "{commit}"',
        'pairs = ["en:fr"]',
    ]


@pytest.mark.parametrize("revision", ["v1.0", "commit"])
def test_a_revision_can_be_named(
    artifactory: Artifactory, project: Project, files: dict[str, bytes], revision: str
) -> None:
    """After an @ stands a branch or a commit; what was asked for is locked with its commit."""
    commit = artifactory.add_model("models", REPO, {**files, "more": b""}, "v1.0")
    asked = commit if revision == "commit" else revision
    project.done("models", "add", f"{REPO}@{asked}", "--name", "mine")
    [model] = project.lock.models
    assert (model.name, model.source) == ("mine", HubSource(REPO, asked, commit))


def test_adding_a_name_again_replaces_it(
    artifactory: Artifactory, project: Project, tmp_path: Path
) -> None:
    """The entry is of the new commit, in its old place, and it is said what it was."""
    project.done("models", "add", REPO)
    project.done("models", "add", REPO, "--name", "other")
    before = project.lock.models[0]
    commit = artifactory.add_model("models", REPO, marian_files(tmp_path / "new", seed=1))
    ended = project.done("models", "add", REPO)
    assert f"in place of {before.artifact[:12]}" in ended.stdout
    assert [model.name for model in project.lock.models] == ["opus-en-fr", "other"]
    assert project.lock.models[0].source == HubSource(REPO, "main", commit)


def test_two_models_added_at_once_are_both_locked(
    artifactory: Artifactory, project: Project
) -> None:
    """Neither addition is lost, and the files of both come once."""
    processes = [project.begin("models", "add", REPO, "--name", name) for name in ("a", "b")]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in processes]
    assert [status for _, _, status in ended] == [0, 0], ended
    assert {model.name for model in project.lock.models} == {"a", "b"}
    assert fetched(artifactory) == sorted(NEEDED)


def test_a_folder_is_preferred_where_there_is_one(
    artifactory: Artifactory, project: Project
) -> None:
    """What exists as a folder is taken as one, and nobody is asked."""
    marian_files(project.folder / REPO)
    (project.folder / REPO / "model.safetensors").write_bytes(b"")
    assert project.run("models", "add", REPO).returncode == 1
    assert len(artifactory.requests) == 0


def test_other_kinds_are_refused_before_their_weights_come(
    artifactory: Artifactory, project: Project, files: dict[str, bytes]
) -> None:
    """The refusal names what works; of the model only its configuration was fetched."""
    config = json.dumps({"model_type": "t5"}).encode()
    artifactory.add_model("models", REPO, {**files, "config.json": config})
    ended = project.run("models", "add", REPO)
    assert ended.returncode == 1
    assert "'t5'" in ended.stderr
    assert "Marian" in ended.stderr
    assert "NLLB" in ended.stderr
    assert fetched(artifactory) == ["config.json"]
    assert nothing_came_of_it(project)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "--languages"), (("--pair", "en:tlh"), "tlh"), (("--languages", "en"), "one language")],
)
def test_directions_are_settled_before_weights_come(
    artifactory: Artifactory,
    project: Project,
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    """A model of many languages is refused without wanted or known ones, and no weights came."""
    m2m100.write_folder(tmp_path / "nllb", "nllb")
    files = {path.name: path.read_bytes() for path in (tmp_path / "nllb").iterdir()}
    artifactory.add_model("models", "acme/nllb", {**files, "model.safetensors": b"weights"})
    ended = project.run("models", "add", "acme/nllb", *arguments)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "model.safetensors" not in fetched(artifactory)
    assert nothing_came_of_it(project)


def test_all_directions_between_languages(
    artifactory: Artifactory, project: Project, tmp_path: Path
) -> None:
    """--languages stands for every direction between them, beside those of --pair."""
    config = m2m100.write_folder(tmp_path / "nllb", "nllb")
    files = {path.name: path.read_bytes() for path in (tmp_path / "nllb").iterdir()}
    weights = {"model.safetensors": save(m2m100.tensors_of(config))}
    artifactory.add_model("models", "acme/nllb", {**files, **weights})
    project.done("models", "add", "acme/nllb", "--languages", "en,fr,de", "--pair", "es:en")
    [model] = project.lock.models
    assert [f"{p.source}:{p.target}" for p in model.pairs] == [
        *("de:en", "de:fr", "en:de", "en:fr", "es:en", "fr:de", "fr:en")
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("acme/none", "acme/none"),
        (f"{REPO}@v9", "v9"),
        ("nothing", "neither a folder nor"),
        (f"{REPO}@a/b", "revision"),
        ("../models", "neither a folder nor"),
    ],
)
def test_what_is_not_there_is_named(project: Project, source: str, said: str) -> None:
    """Model, revision and what can be neither have an error each."""
    ended = project.run("models", "add", source)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert nothing_came_of_it(project)


def test_a_wrong_token_is_named_and_not_shown(project: Project) -> None:
    """The message says HF_TOKEN, and the token is nowhere."""
    ended = project.run("models", "add", REPO, HF_TOKEN="hf_wrong")
    assert ended.returncode == 1
    assert "HF_TOKEN" in ended.stderr
    assert "hf_wrong" not in ended.stderr
    assert nothing_came_of_it(project)


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.json"])
def test_damaged_bytes_are_refused(artifactory: Artifactory, project: Project, name: str) -> None:
    """A file of the right size with other bytes is refused, LFS or not, and has no name here."""
    artifactory.inject(Corrupt(at=100), rf"/resolve/.*{name}")
    ended = project.run("models", "add", REPO)
    assert ended.returncode == 1
    assert name in ended.stderr
    assert nothing_came_of_it(project)
    assert not list((project.folder / ".models").rglob(name))
    artifactory.heal()
    project.done("models", "add", REPO)


def test_a_token_that_expires_on_the_way_is_named(
    artifactory: Artifactory, project: Project
) -> None:
    """Metadata came, files do not: nothing is kept under a name, and the next attempt completes."""
    artifactory.inject(ExpiredToken(), r"/resolve/.*safetensors")
    ended = project.run("models", "add", REPO)
    assert ended.returncode == 1
    assert "HF_TOKEN" in ended.stderr
    assert nothing_came_of_it(project)
    artifactory.heal()
    project.done("models", "add", REPO)


def test_a_redirect_elsewhere_is_followed_without_the_token(
    artifactory: Artifactory, project: Project
) -> None:
    """Files may lie on another origin, which never sees who we are."""
    artifactory.inject(Redirect(), r"safetensors")
    project.done("models", "add", REPO)
    [exchange] = artifactory.requests.of("/files/")
    assert exchange.request.origin == "elsewhere"
    assert "authorization" not in exchange.request.headers


def test_a_mirror_that_lists_no_files_will_do(artifactory: Artifactory, project: Project) -> None:
    """The description of the commit serves where the tree is missing."""
    artifactory.inject(TreeMissing())
    project.done("models", "add", REPO)
    assert set(project.lock.models[0].files) == NEEDED


class BlocksTheLock(Silent):
    """Puts a folder in the lock's place once files begin to come."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock

    def note(self, text: str) -> None:
        """See Progress."""
        super().note(text)
        self._lock.mkdir()


def test_a_lock_that_cannot_be_written_keeps_the_store_as_it_was(project: Project) -> None:
    """An artifact that cannot be locked goes again, and the error names the lock."""
    lock = project.folder / "models.lock"
    settings = load_settings(
        {},
        hf_endpoint=project.endpoint,
        hf_token=SecretStr(project.token),
        models_dir=project.folder / ".models",
    )
    with pytest.raises(LockError, match=r"models\.lock"):
        add_from_hub(lock, project.store, settings, REPO, name="a", progress=BlocksTheLock(lock))
    assert project.stored() == []


@pytest.mark.parametrize("name", ["../evil", "a b", "x" * 101])
def test_a_name_that_cannot_be_locked_is_refused_first(
    artifactory: Artifactory, project: Project, name: str
) -> None:
    """Before anything is asked or made."""
    ended = project.run("models", "add", REPO, "--name", name)
    assert ended.returncode == 1
    assert "name for a model" in ended.stderr
    assert len(artifactory.requests) == 0
    assert nothing_came_of_it(project)


def test_an_old_name_for_the_cache_is_honoured_with_a_note(project: Project) -> None:
    """Downloads go to TRANSFORMERS_CACHE, and it is said where and that nobody else reads it."""
    cache = project.folder / "cache"
    ended = project.done("models", "add", REPO, TRANSFORMERS_CACHE=str(cache))
    assert "no longer read" in ended.stderr
    assert f"{cache}/models--acme--opus-en-fr" in ended.stderr
    assert not (project.folder / ".models/hub").exists()
    assert set(NEEDED) == {path.name for path in cache.rglob("*") if path.is_file()}


def test_files_are_hashed_whatever_the_hub_says(project: Project) -> None:
    """Every file of the lock has the sha256 of the bytes that lie there."""
    project.done("models", "add", REPO)
    [model] = project.lock.models
    assert isinstance(model.source, HubSource)
    folder = project.snapshot(REPO, model.source.commit)
    found: dict[str, FileHash] = {path.name: hash_file(path) for path in folder.iterdir()}
    assert model.files == found
