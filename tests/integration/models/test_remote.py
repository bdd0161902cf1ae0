"""The second tier of the store: what one runner has made, others take, and it never does harm."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.remote.input_key import input_key
from support.artifactory import Artifactory, Status
from support.project import SECRET, Project
from support.s3 import BUCKET, S3
from support.tiers import BucketTier, Change, FolderTier, RepositoryTier, TierCase

REPO = "acme/opus-en-fr"
KINDS = ("folder", "bucket", "repository")
CHANGES: dict[str, Change] = {
    "changed": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "truncated": lambda content: content[:-1],
    "longer": lambda content: content + b"?",
    "empty": lambda _: b"",
    "missing": lambda _: None,
}
# All of them in a folder, and elsewhere what could show otherwise.
DAMAGES = [
    *(("folder", "model.bin", change) for change in CHANGES),
    *((kind, "model.bin", "missing") for kind in ("bucket", "repository")),
    *((kind, "model.bin", "truncated") for kind in ("bucket", "repository")),
    *((kind, "manifest.json", "changed") for kind in KINDS),
    ("folder", "manifest.json", "empty"),
]
# Runs the command line where some packages cannot be imported.
REFUSING = """
import sys
refused = set(sys.argv.pop(1).split(","))
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ImportError(f"{name} is refused", name=name)
sys.meta_path.insert(0, Refuse())
from ai_translate.cli import main
main(sys.argv[1:])
"""

Runner = Callable[..., Project]


@dataclass(frozen=True)
class Told(Project):
    """A project whose commands are told more."""

    more: tuple[tuple[str, str], ...] = ()

    def environment(self, **more: str) -> dict[str, str]:
        """See Project."""
        return super().environment(**{**dict(self.more), **more})


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """A server of S3."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=KINDS)
def tier(request: pytest.FixtureRequest, artifactory: Artifactory, tmp_path: Path) -> TierCase:
    """An empty second tier of each kind."""
    if request.param == "folder":
        return FolderTier(tmp_path / "tier")
    if request.param == "bucket":
        server: S3 = request.getfixturevalue("s3")
        for entry in server.client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            server.client.delete_object(Bucket=BUCKET, Key=entry["Key"])
        return BucketTier(server)
    artifactory.local("tier")
    artifactory.add_token(SECRET, write=True)
    return RepositoryTier(artifactory)


@pytest.fixture
def runner(
    artifactory: Artifactory,
    commit: str,  # noqa: ARG001  # the model shall be there
    added: Path,
    tmp_path: Path,
) -> Runner:
    """Makes machines with the lock and an empty models folder."""

    def made(name: str, tier: TierCase | None = None, **more: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copyfile(added / "models.lock", folder / "models.lock")
        told = {} if tier is None else {"AIT_STORE_REMOTE": tier.address, **tier.environment}
        more = {**told, **more}
        return Told(folder, artifactory.endpoint("models"), more=tuple(more.items()))

    return made


def only(project: Project) -> LockedModel:
    """The only model that is locked."""
    [model] = project.lock.models
    return model


def pulled(project: Project, how: str) -> str:
    """Pulls, in the way that is expected; what was said beside the artifact."""
    errors = project.done("models", "pull").stderr
    model = only(project)
    lines = errors.splitlines()
    assert lines[-1] == f"opus-en-fr: {how} artifact {model.artifact[:12]}", errors
    project.store.open(model.artifact)
    assert project.stored() == [model.artifact]
    return "\n".join(lines[:-1])


def replaced_by(path: Path) -> Change:
    """Puts the bytes of a file in place of others."""
    return lambda _: path.read_bytes()


def sources_asked(artifactory: Artifactory) -> list[str]:
    """The files of the model that were asked for."""
    asked = artifactory.requests.of(f"/models/{REPO}/resolve/")
    return [exchange.request.path.rpartition("/")[2] for exchange in asked]


def test_what_one_runner_makes_another_takes(
    tier: TierCase, runner: Runner, artifactory: Artifactory
) -> None:
    """The other one asks for no file of the source, and loads no converter."""
    first = runner("first", tier)
    pulled(first, "made")
    assert tier.keys() == [input_key(only(first))]
    artifactory.requests.clear()
    second = runner("second", tier)
    ended = subprocess.run(
        [sys.executable, "-c", REFUSING, "ctranslate2,numpy,sentencepiece", "models", "pull"],
        cwd=second.folder,
        env=second.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert f"opus-en-fr: taken artifact {only(second).artifact[:12]}" in ended.stderr
    assert sources_asked(artifactory) == []
    second.done("models", "verify")
    assert second.stored() == first.stored()


def test_what_is_added_is_there_for_all(
    tier: TierCase, runner: Runner, artifactory: Artifactory
) -> None:
    """Whoever adds a model makes it, whatever the tier has; whoever pulls that lock takes it."""
    adding = runner("adding", tier)
    adding.done("models", "add", REPO)
    assert "config.json" in sources_asked(artifactory)
    assert tier.keys() == [input_key(only(adding))]
    artifactory.requests.clear()
    runner("again", tier).done("models", "add", REPO)
    assert "model.safetensors" in sources_asked(artifactory)
    artifactory.requests.clear()
    pulled(runner("pulling", tier), "taken")
    assert sources_asked(artifactory) == []


@pytest.mark.parametrize(("tier", "name", "change"), DAMAGES, indirect=["tier"])
def test_wrong_bytes_are_refused_made_anew_and_replaced(
    tier: TierCase, runner: Runner, name: str, change: str
) -> None:
    """The warning names address and file; the next runner takes what is right again."""
    first = runner("first", tier)
    pulled(first, "made")
    model = only(first)
    key = input_key(model)
    tier.change(key, first.store.open(model.artifact), name, CHANGES[change])
    said = pulled(runner("second", tier), "made")
    assert tier.address in said
    assert (name if name == "model.bin" else key) in said
    assert "It is refused" in said
    assert "It is refused" not in pulled(runner("third", tier), "taken")


def test_another_artifact_under_the_key_is_refused(tier: TierCase, runner: Runner) -> None:
    """A tier cannot choose what is served, even if all its hashes agree: the lock decides."""
    first = runner("first", tier)
    pulled(first, "made")
    model = only(first)
    other = runner("other")
    other.done("models", "add", REPO, "--quantization", "float32")
    forged = other.store.open(only(other).artifact)
    honest = first.store.open(model.artifact)
    for name in ("model.bin", "manifest.json"):
        tier.change(input_key(model), honest, name, replaced_by(forged.path / name))
    said = pulled(runner("second", tier), "made")
    assert forged.digest in said or forged.manifest.files["model.bin"].sha256 in said
    assert model.artifact in said or honest.manifest.files["model.bin"].sha256 in said


def test_a_runner_that_may_not_write_leaves_the_tier_as_it_is(
    tier: TierCase, runner: Runner
) -> None:
    """It puts nothing into an empty one, mends nothing in another, and takes what it can."""
    reading = {"AIT_STORE_REMOTE_WRITE": "false"}
    pulled(runner("first", tier, **reading), "made")
    assert tier.keys() == []
    writing = runner("writing", tier)
    pulled(writing, "made")
    pulled(runner("second", tier, **reading), "taken")
    model = only(writing)
    artifact = writing.store.open(model.artifact)
    tier.change(input_key(model), artifact, "model.bin", CHANGES["changed"])
    for name in ("third", "fourth"):
        assert "It is refused" in pulled(runner(name, tier, **reading), "made")


def test_with_everything_in_place_the_tier_is_not_asked(runner: Runner) -> None:
    """Not even whether its address is one."""
    project = runner("first")
    pulled(project, "made")
    said = project.done("models", "pull", AIT_STORE_REMOTE="hf://nothing").stderr
    assert said == "opus-en-fr: in place\n"


def closed_port() -> str:
    """An address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_tier_that_cannot_be_reached_is_one_warning(
    runner: Runner, kind: str, tmp_path: Path
) -> None:
    """However many models are pulled, and all are."""
    (tmp_path / "file").touch()
    more = {
        "folder": {"AIT_STORE_REMOTE": f"file://{tmp_path}/file/tier"},
        "bucket": {"AIT_STORE_REMOTE": "s3://models/tier", "AWS_ENDPOINT_URL": closed_port()},
        "repository": {"AIT_STORE_REMOTE": f"{closed_port()}/api/acme/tier"},
    }[kind]
    secret = {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET}
    adding = runner("adding")
    adding.done("models", "add", REPO, "--name", "second", "--quantization", "float32")
    project = runner("first", **more, **secret)
    shutil.copyfile(adding.folder / "models.lock", project.folder / "models.lock")
    said = project.done("models", "pull").stderr
    assert said.count("Going on without the second tier") == 1
    assert more["AIT_STORE_REMOTE"] in said
    assert said.count("made artifact") == 2
    project.done("models", "verify")


def test_refused_credentials_are_one_warning(
    runner: Runner, artifactory: Artifactory, tmp_path: Path
) -> None:
    """Of a bucket and of a repository; neither says who we are."""
    with S3(tmp_path, strict=True) as server:
        said = pulled(runner("first", BucketTier(server)), "made")
        assert said.count("Going on without the second tier") == 1
        assert server.environment["AWS_SECRET_ACCESS_KEY"] not in said
    artifactory.local("tier")
    # May read, not write.
    said = pulled(runner("second", RepositoryTier(artifactory)), "made")
    assert said.count("Going on without the second tier") == 1
    artifactory.inject(Status(403), "/tier/")
    said = pulled(runner("third", RepositoryTier(artifactory)), "made")
    assert said.count("Going on without the second tier") == 1


def test_the_token_goes_to_its_endpoint_alone(runner: Runner) -> None:
    """A tier at another origin does not see it."""
    with Artifactory(anonymous=True) as other:
        other.local("tier")
        pulled(runner("first", RepositoryTier(other)), "made")
        assert len(other.requests)
        assert all("authorization" not in e.request.headers for e in other.requests)


def test_a_repository_may_lie_at_the_endpoint_of_the_models(
    runner: Runner, artifactory: Artifactory
) -> None:
    """Then hf://ORGANISATION/NAME is enough."""
    artifactory.add_token(SECRET, write=True)
    pulled(runner("first", AIT_STORE_REMOTE="hf://acme/tier"), "made")
    pulled(runner("second", AIT_STORE_REMOTE="hf://acme/tier"), "taken")
    assert len(artifactory.branches("models", "acme/tier")) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hf://nothing", "hf://ORG/REPO"),
        ("/a/folder", "file:///FOLDER"),
        ("file://host/folder", "file:///FOLDER"),
        ("file://", "file:///FOLDER"),
        ("nothing://of/that/kind", "fsspec does not know"),
        (f"s3://user:{SECRET}@bucket/tier", "AIT_STORE_REMOTE"),
        (f"https://host/acme/tier?token={SECRET}", "AIT_STORE_REMOTE"),
    ],
)
def test_an_address_that_is_none_is_an_error(runner: Runner, address: str, said: str) -> None:
    """A setting that is wrong is no tier that is away; no secret in it is shown."""
    ended = runner("first").run("models", "pull", AIT_STORE_REMOTE=address)
    assert ended.returncode == 1
    assert said in ended.stderr


@pytest.mark.parametrize("package", ["s3fs", "fsspec"])
def test_a_missing_package_is_named_with_what_brings_it(runner: Runner, package: str) -> None:
    """Nobody finds out at the end of a conversion."""
    project = runner("first", AIT_STORE_REMOTE="s3://bucket/tier")
    ended = subprocess.run(
        [sys.executable, "-c", REFUSING, package, "models", "pull"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "pip install 'ai-translate[remote]'" in ended.stderr
    assert project.stored() == []


def test_the_stage_of_an_image_takes_it_from_there(
    tier: TierCase, runner: Runner, artifactory: Artifactory
) -> None:
    """`python -m ai_translate.supply` asks the tier before the source, and puts what it makes."""
    for name, asked in (("first", True), ("second", False)):
        project = runner(name, tier)
        artifactory.requests.clear()
        subprocess.run(
            [sys.executable, "-m", "ai_translate.supply", project.folder / "layer"],
            cwd=project.folder,
            env=project.environment(),
            check=True,
        )
        assert bool(sources_asked(artifactory)) is asked
        assert (project.folder / "layer/store" / only(project).artifact).is_dir()


def race(projects: list[Project], **more: str) -> list[str]:
    """Pulls in all of them at once; what each has said of its artifact."""
    processes = [
        project.begin("models", "pull", HF_HUB_CACHE=str(project.folder / f"cache-{index}"), **more)
        for index, project in enumerate(projects)
    ]
    said = []
    for process in processes:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        said.append(errors.splitlines()[-1].split()[1])
    return said


def test_twenty_processes_with_one_store_make_a_model_once(
    runner: Runner, artifactory: Artifactory
) -> None:
    """Each has a cache of its own, so that each file of the source would come for each making."""
    project = runner("first")
    said = race([project] * 20)
    assert said.count("made") == 1, said
    assert sorted(sources_asked(artifactory)) == sorted(only(project).files)
    assert project.stored() == [only(project).artifact]
    project.done("models", "verify")


def test_twenty_stores_with_one_shared_folder_make_a_model_once(
    runner: Runner, artifactory: Artifactory, tmp_path: Path
) -> None:
    """Whoever comes while it is made waits for it, and all have the right one."""
    tier = FolderTier(tmp_path / "tier")
    projects = [runner(f"runner-{index}", tier) for index in range(20)]
    said = race(projects)
    assert sorted(said) == ["made", *["taken"] * 19]
    assert sorted(sources_asked(artifactory)) == sorted(only(projects[0]).files)
    for project in projects:
        assert project.stored() == [only(project).artifact]
        project.store.open(only(project).artifact)
    assert sorted(path.name for path in tier.folder.iterdir()) == ["artifacts", "files"]


@pytest.mark.parametrize("kind", ["bucket", "repository"])
def test_stores_that_race_for_a_tier_without_locks_are_all_right(
    request: pytest.FixtureRequest, runner: Runner, artifactory: Artifactory, kind: str
) -> None:
    """Several may make it; what they put is the same, and whoever comes later takes it."""
    if kind == "bucket":
        tier: TierCase = BucketTier(request.getfixturevalue("s3"))
    else:
        artifactory.local("tier")
        artifactory.add_token(SECRET, write=True)
        tier = RepositoryTier(artifactory)
    projects = [runner(f"runner-{index}", tier) for index in range(4)]
    race(projects)
    for project in projects:
        assert project.stored() == [only(project).artifact]
        project.done("models", "verify")
    pulled(runner("later", tier), "taken")
