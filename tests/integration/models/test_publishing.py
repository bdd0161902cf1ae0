"""`models push`, `versions` and `promote`: an artifact becomes a version, and never another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from ai_translate.artifact import Artifact
from ai_translate.supply.publish.card import CARD_NAME
from support.artifactory import Artifactory, Corrupt, Cut, PlaceholderCommit, Status
from support.artifactory.card import front_matter
from support.hub_client import HubClient
from support.project import SECRET, Project, marian_files

REPO = "acme/opus-en-fr"
PUBLISHED = "ai-translate/opus-en-fr"
READER = "may-only-read"
Change: TypeAlias = Callable[[dict[str, bytes]], object]


@pytest.fixture
def artifactory() -> Iterator[Artifactory]:
    """A server with the repositories of three stages; SECRET writes, READER reads."""
    with Artifactory() as server:
        server.add_token(SECRET, write=True)
        server.add_token(READER)
        for key in ("models", "dev", "prod"):
            server.local(key)
        yield server


@pytest.fixture
def elsewhere(artifactory: Artifactory, tmp_path: Path) -> Project:
    """An empty project that reads from the last stage."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Project(folder, artifactory.endpoint("prod"), READER)


def artifact_of(project: Project, name: str = "opus-en-fr") -> Artifact:
    """The stored artifact of a locked model."""
    return project.store.open(project.lock.get(name).artifact)


def listed(artifactory: Artifactory, project: Project, key: str) -> list[dict[str, str]]:
    """What `versions --json` says of a repository."""
    ended = replace(project, endpoint=artifactory.endpoint(key)).done(
        *("models", "versions", "opus-en-fr", "--json")
    )
    found: list[dict[str, str]] = json.loads(ended.stdout)
    return found


def file_of(artifactory: Artifactory, project: Project, key: str, name: str, version: str) -> bytes:
    """A file of a version, as anybody can have it."""
    folder = project.folder / "fetched" / key / version
    client = HubClient(artifactory.endpoint(key), READER, folder)
    return client.download(PUBLISHED, name, version).read_bytes()


def writes(artifactory: Artifactory) -> list[str]:
    """Methods of the requests that could have changed something."""
    return [e.request.method for e in artifactory.requests if e.request.method in {"POST", "PUT"}]


def test_a_version_is_the_artifact_with_its_card_and_where_it_comes_from(
    artifactory: Artifactory, made: Project
) -> None:
    """Every file of it is there as it is stored; the card's front matter is what the Hub reads."""
    ended = made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    artifact = artifact_of(made)
    assert ended.stdout.startswith(f"{PUBLISHED}@1.0: artifact {artifact.digest[:12]}, commit ")
    for name in ("manifest.json", *artifact.manifest.files):
        there = file_of(artifactory, made, "dev", name, "1.0")
        assert there == (artifact.path / name).read_bytes(), name
    card = front_matter(file_of(artifactory, made, "dev", CARD_NAME, "1.0").decode())
    assert card["license"] == "apache-2.0"
    assert card["language"] == ["en", "fr"]
    provenance = json.loads(file_of(artifactory, made, "dev", "provenance.json", "1.0"))
    [model] = made.lock.models
    assert provenance["source"]["repo"] == REPO
    assert provenance["source"]["commit"] == getattr(model.source, "commit", None)
    assert provenance["artifact"] == artifact.digest


def test_a_version_is_added_and_pulled_without_conversion(
    artifactory: Artifactory, made: Project, elsewhere: Project
) -> None:
    """The same digest is locked and stored, and again with an empty store."""
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    elsewhere.done("models", "add", f"{PUBLISHED}@1.0")
    [model] = elsewhere.lock.models
    assert elsewhere.stored() == [artifact_of(made).digest] == [model.artifact]
    (elsewhere.folder / ".models").rename(elsewhere.folder / "first")
    artifactory.requests.clear()
    elsewhere.done("models", "pull")
    assert elsewhere.stored() == [model.artifact]
    asked = sorted(Path(e.request.path).name for e in artifactory.requests)
    assert asked == sorted(model.files)
    (elsewhere.folder / ".models/store" / model.artifact / "model.bin").write_bytes(b"?")
    elsewhere.done("models", "pull")
    elsewhere.done("models", "verify")


def test_what_was_found_of_its_quality_comes_along(
    artifactory: Artifactory, made: Project, elsewhere: Project
) -> None:
    """An evaluation in the lock is in the provenance, and in the lock of whoever adds it."""
    text = made.folder / "text.en"
    text.write_text("one\ntwo\n", encoding="utf-8")
    lock = made.folder / "models.lock"
    found = {
        "pair": "en:fr",
        "text_sha256": hashlib.sha256(b"text").hexdigest(),
        "against": "float32",
        "sentences": 2,
        "beam_size": 2,
        "chrf": 57.0,
        "bleu": 36.25,
        "chrf_float32": 57.5,
        "bleu_float32": 37.0,
        "signatures": ["chrF2", "BLEU"],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in found.items()]
    with lock.open("a", encoding="utf-8") as stream:
        stream.write("\n".join(["", "[model.evaluation]", *lines, ""]))
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    elsewhere.done("models", "add", f"{PUBLISHED}@1.0")
    assert elsewhere.lock.get("opus-en-fr").evaluation == made.lock.get("opus-en-fr").evaluation
    assert "57.00" in elsewhere.done("models", "info", "opus-en-fr").stdout
    card = file_of(artifactory, made, "prod", CARD_NAME, "1.0").decode()
    assert "| chrF | 57.00 (57.50 in float32), against what float32 translates |" in card


def test_what_is_there_already_is_not_sent_again(artifactory: Artifactory, made: Project) -> None:
    """The same artifact under the same version is well, and nothing is written."""
    made.done("models", "push", "opus-en-fr", "--to", "dev")
    artifactory.requests.clear()
    ended = made.done("models", "push", "opus-en-fr", "--to", "dev")
    assert "is there already, with the same digest" in ended.stderr
    assert writes(artifactory) == []


@pytest.mark.parametrize("command", ["push", "promote"])
def test_a_version_never_becomes_another(
    artifactory: Artifactory, made: Project, tmp_path: Path, command: str
) -> None:
    """Another digest under the name is refused, both are named, and nothing is written."""
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Project(folder, artifactory.endpoint("models"))
    artifactory.add_model("models", "acme/other", marian_files(tmp_path / "m", seed=5))
    other.done("models", "add", "acme/other", "--name", "opus-en-fr")
    other.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    artifactory.requests.clear()
    arguments = {
        "push": ("push", "opus-en-fr", "--to", "prod", "--version", "1.0"),
        "promote": ("promote", "opus-en-fr@1.0", "--from", "dev", "--to", "prod"),
    }[command]
    ended = made.run("models", *arguments)
    assert ended.returncode == 1
    assert artifact_of(made).digest in ended.stderr
    assert artifact_of(other).digest in ended.stderr
    assert "give this one another name" in ended.stderr
    assert writes(artifactory) == []
    assert listed(artifactory, made, "prod")[0]["artifact"] == artifact_of(other).digest


def test_a_name_that_stands_for_something_else_is_refused(
    artifactory: Artifactory, made: Project
) -> None:
    """A revision that holds no artifact, as somebody's checkpoint, is left alone."""
    artifactory.add_model("dev", PUBLISHED, {"config.json": b"{}"}, "1.0")
    ended = made.run("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    assert ended.returncode == 1
    assert "something that is no artifact" in ended.stderr
    assert writes(artifactory) == []


def test_a_placeholder_in_place_of_the_commits_address_is_no_failure(
    artifactory: Artifactory, made: Project
) -> None:
    """What counts is what can be read there."""
    artifactory.inject(PlaceholderCommit(), "/commit/")
    ended = made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    assert "named no usable commit" in ended.stderr
    assert listed(artifactory, made, "dev")[0]["artifact"] == artifact_of(made).digest


def test_an_answer_that_got_lost_after_the_commit_is_no_failure(
    artifactory: Artifactory, made: Project
) -> None:
    """The commit was made: it is found there, and not made twice."""
    artifactory.inject(Cut(after=3), "/commit/", times=1)
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    assert len(artifactory.requests.of("/commit/", "POST")) == 1
    assert listed(artifactory, made, "dev")[0]["artifact"] == artifact_of(made).digest


def test_a_commit_that_was_not_made_is_a_failure(artifactory: Artifactory, made: Project) -> None:
    """An endpoint that fails at the last step leaves no version, and says so."""
    artifactory.inject(Status(503), "/commit/")
    ended = made.run("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    assert ended.returncode == 1
    assert "503" in ended.stderr
    artifactory.heal()
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")


def test_a_large_file_is_sent_again_where_that_may_help(
    artifactory: Artifactory, made: Project
) -> None:
    """A storage that fails twice is asked a third time."""
    artifactory.inject(Status(503), "/lfs/objects/[0-9a-f]", method="PUT", times=2)
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    assert listed(artifactory, made, "dev")[0]["artifact"] == artifact_of(made).digest


@pytest.mark.parametrize("name", ["HF_TOKEN", "AIT_PUBLISH_TOKEN"])
def test_who_may_not_write_is_told_which_token_and_what_right(made: Project, name: str) -> None:
    """The variable is named, its value nowhere."""
    ended = made.run("models", "push", "opus-en-fr", "--to", "dev", **{name: READER})
    assert ended.returncode == 1
    assert name in ended.stderr
    assert "right to deploy" in ended.stderr
    assert READER not in ended.stdout + ended.stderr


def test_each_token_is_shown_where_it_is_for(artifactory: Artifactory, made: Project) -> None:
    """Reading is done with HF_TOKEN, writing with AIT_PUBLISH_TOKEN."""
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    artifactory.requests.clear()
    variables = {"HF_TOKEN": READER, "AIT_PUBLISH_TOKEN": SECRET}
    made.done("models", "promote", "opus-en-fr@1.0", "--from", "dev", "--to", "prod", **variables)
    for key, token in (("dev", READER), ("prod", SECRET)):
        shown = {
            e.request.headers.get("authorization")
            for e in artifactory.requests.of(f"/huggingfaceml/{key}/(api|ai-)")
        }
        assert shown == {f"Bearer {token}"}, key


def test_no_token_goes_to_another_host_unasked(made: Project) -> None:
    """A repository elsewhere wants AIT_PUBLISH_TOKEN; nothing is asked without it."""
    with Artifactory() as other:
        other.add_token("for-there", write=True)
        other.local("far")
        target = ("--to", other.endpoint("far"), "--version", "1.0")
        ended = made.run("models", "push", "opus-en-fr", *target)
        assert ended.returncode == 1
        assert "AIT_PUBLISH_TOKEN" in ended.stderr
        assert len(other.requests) == 0
        made.done("models", "push", "opus-en-fr", *target, AIT_PUBLISH_TOKEN="for-there")


def test_versions_are_counted_as_people_count(artifactory: Artifactory, made: Project) -> None:
    """1.10 comes behind 1.9, and what is no artifact is left out."""
    for version in ("1.10", "1.9", "1.9-rc1", "2"):
        made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", version)
    artifactory.add_model("prod", PUBLISHED, {"config.json": b"{}"}, "checkpoint")
    found = [row["version"] for row in listed(artifactory, made, "prod")]
    assert found == ["1.9", "1.9-rc1", "1.10", "2"]
    table = made.done("models", "versions", "opus-en-fr", "--at", "prod").stdout
    assert "as opus-en-fr" in table


def test_where_versions_cannot_be_listed_the_reason_is_told(
    artifactory: Artifactory, made: Project
) -> None:
    """A mirror without that route, and a model without a version."""
    ended = made.run("models", "versions", "opus-en-fr", "--at", "prod")
    assert ended.returncode == 1
    assert PUBLISHED in ended.stderr
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    artifactory.inject(Status(404), "/refs$")
    ended = made.run("models", "versions", "opus-en-fr", "--at", "prod")
    assert ended.returncode == 1
    assert "the list of revisions" in ended.stderr


def test_promotion_copies_every_byte(artifactory: Artifactory, made: Project) -> None:
    """The card and the provenance too; a second time there is nothing to do."""
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    promotion = ("promote", "opus-en-fr@1.0", "--from", "dev", "--to", "prod")
    made.done("models", *promotion)
    names = ("manifest.json", CARD_NAME, "provenance.json", *artifact_of(made).manifest.files)
    for name in names:
        first = file_of(artifactory, made, "dev", name, "1.0")
        assert file_of(artifactory, made, "prod", name, "1.0") == first, name
    artifactory.requests.clear()
    assert "is there already" in made.done("models", *promotion).stderr
    assert writes(artifactory) == []


def test_damaged_bytes_are_never_promoted(artifactory: Artifactory, made: Project) -> None:
    """Damage on the way, and a version whose weights are not those of its manifest."""
    made.done("models", "push", "opus-en-fr", "--to", "dev", "--version", "1.0")
    promotion = ("promote", "opus-en-fr@1.0", "--from", "dev", "--to", "prod")
    artifactory.inject(Corrupt(at=100), "/resolve/.*model.bin")
    ended = made.run("models", *promotion)
    assert ended.returncode == 1
    assert "model.bin" in ended.stderr
    artifactory.heal()
    artifact = artifact_of(made)
    files = {name: (artifact.path / name).read_bytes() for name in artifact.manifest.files}
    files["manifest.json"] = (artifact.path / "manifest.json").read_bytes()
    files["model.bin"] = b"x" * len(files["model.bin"])
    artifactory.add_model("dev", PUBLISHED, files, "1.0")
    artifactory.requests.clear()
    ended = made.run("models", *promotion)
    assert ended.returncode == 1
    assert artifact.manifest.files["model.bin"].sha256 in ended.stderr
    assert writes(artifactory) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("opus-en-fr", "NAME@VERSION"),
        ("opus-en-fr@a/b", "no revision"),
        ("a/b/c@1", "no model repository"),
        ("opus-en-fr@2.0", "no version 2.0"),
    ],
)
def test_what_cannot_be_promoted_is_told(made: Project, text: str, message: str) -> None:
    """Names that are none, and a version that is not there."""
    ended = made.run("models", "promote", text, "--from", "dev", "--to", "prod")
    assert ended.returncode == 1
    assert message in ended.stderr


@pytest.mark.parametrize("key", ["../x", "a b", ""])
def test_what_is_no_repository_is_refused(made: Project, key: str) -> None:
    """Neither a key nor an address."""
    ended = made.run("models", "push", "opus-en-fr", "--to", key)
    assert ended.returncode == 1
    assert "neither the key of a repository nor an address" in ended.stderr


def test_a_published_version_takes_no_recipe(made: Project, elsewhere: Project) -> None:
    """It is converted already, and its float32 is not there; nothing is locked."""
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    text = elsewhere.folder / "text"
    text.write_text("one\n", encoding="utf-8")
    for option in (("--quantization", "int8"), ("--pair", "en:fr"), ("--evaluate", text)):
        ended = elsewhere.run("models", "add", f"{PUBLISHED}@1.0", *option)
        assert ended.returncode == 1
        assert "converted already" in ended.stderr
        assert elsewhere.lock.models == ()
    elsewhere.done("models", "add", f"{PUBLISHED}@1.0")
    ended = elsewhere.run("models", "evaluate", "opus-en-fr", "--text", text)
    assert ended.returncode == 1
    assert "came converted" in ended.stderr


def test_a_published_version_is_promoted_not_pushed(
    artifactory: Artifactory, made: Project, elsewhere: Project
) -> None:
    """Its provenance would be lost otherwise."""
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1.0")
    elsewhere.done("models", "add", f"{PUBLISHED}@1.0")
    ended = replace(elsewhere, endpoint=artifactory.endpoint("prod"), token=SECRET).run(
        *("models", "push", "opus-en-fr", "--to", "dev")
    )
    assert ended.returncode == 1
    assert "promote" in ended.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.pop("model.bin"), "model.bin"),
        (lambda files: files.update({"manifest.json": b"{}"}), "not a manifest"),
        (lambda files: files.update({"manifest.json": b" " + files["manifest.json"]}), "canonical"),
        (lambda files: files.update({"model.bin": b"?"}), "model.bin"),
        (lambda files: files.update({"provenance.json": b"{}"}), "provenance.json"),
        (lambda files: files.update({"provenance.json": b"\xff"}), "provenance.json"),
    ],
)
def test_what_only_looks_like_a_version_is_never_stored(
    artifactory: Artifactory, made: Project, elsewhere: Project, change: Change, message: str
) -> None:
    """The file is named, and neither lock nor store changes."""
    artifact = artifact_of(made)
    files = {name: (artifact.path / name).read_bytes() for name in artifact.manifest.files}
    files["manifest.json"] = (artifact.path / "manifest.json").read_bytes()
    change(files)
    artifactory.add_model("prod", PUBLISHED, files, "1.0")
    ended = elsewhere.run("models", "add", f"{PUBLISHED}@1.0")
    assert ended.returncode == 1
    assert message in ended.stderr
    assert elsewhere.lock.models == ()
    assert elsewhere.stored() == []


def test_rollback_names_what_was_there_before(
    artifactory: Artifactory, made: Project, elsewhere: Project, tmp_path: Path
) -> None:
    """Twice gets back two steps; then the lock remembers nothing, and is as it was."""
    made.done("models", "push", "opus-en-fr", "--to", "prod", "--version", "1")
    first = artifact_of(made).digest
    for number, seed in ((2, 5), (3, 6)):
        files = marian_files(tmp_path / f"m{number}", seed=seed)
        artifactory.add_model("models", f"acme/m{number}", files)
        folder = tmp_path / f"maker{number}"
        folder.mkdir()
        maker = Project(folder, artifactory.endpoint("models"))
        maker.done("models", "add", f"acme/m{number}", "--name", "opus-en-fr")
        maker.done("models", "push", "opus-en-fr", "--to", "prod", "--version", str(number))
    for number in (1, 2, 3):
        elsewhere.done("models", "add", f"{PUBLISHED}@{number}")
    written = (elsewhere.folder / "models.lock").read_text(encoding="utf-8")
    assert written.count("[[model.earlier]]") == 2
    second = elsewhere.lock.get("opus-en-fr").earlier[0].artifact
    ended = elsewhere.done("models", "rollback", "opus-en-fr")
    assert f"{PUBLISHED}@2" in ended.stdout
    assert elsewhere.lock.get("opus-en-fr").artifact == second
    elsewhere.done("models", "gc")
    ended = elsewhere.done("models", "rollback", "opus-en-fr")
    assert "models pull opus-en-fr" in ended.stderr
    elsewhere.done("models", "pull")
    assert elsewhere.lock.get("opus-en-fr").artifact == first
    elsewhere.done("models", "verify")
    before = (elsewhere.folder / "models.lock").read_bytes()
    ended = elsewhere.run("models", "rollback", "opus-en-fr")
    assert ended.returncode == 1
    assert "remembers nothing" in ended.stderr
    assert (elsewhere.folder / "models.lock").read_bytes() == before
