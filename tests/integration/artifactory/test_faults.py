"""What the real client sees of each fault, so that ours can be shown to do better."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from support.artifactory import (
    Artifactory,
    Corrupt,
    Cut,
    ExpiredToken,
    Fault,
    NoCommit,
    RangeIgnored,
    Redirect,
    Slow,
    Status,
    TreeMissing,
    XetAdvertised,
)
from support.hub_client import HubClient

MODEL = "acme/opus-en-fr"
WEIGHTS = "model.safetensors"
BLOCK = 10 << 20
READER = {"Authorization": "Bearer read-token"}
DOWNLOAD = """
import os, sys
from huggingface_hub import hf_hub_download
path = hf_hub_download(sys.argv[1], sys.argv[2], endpoint=sys.argv[3])
print(os.path.getsize(path))
"""


@pytest.fixture
def large(artifactory: Artifactory) -> bytes:
    """The weights of the revision `large`: more than the client writes at once."""
    content = bytes(range(256)) * ((BLOCK >> 8) + 5)
    artifactory.add_model("models", MODEL, {WEIGHTS: content}, "large")
    return content


@pytest.mark.parametrize("at", [0, 30_000, 59_999])
def test_the_client_takes_corrupt_bytes(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes], at: int
) -> None:
    """One wrong byte of a file of the right size is not seen: the client looks at the size only."""
    artifactory.inject(Corrupt(at), WEIGHTS)
    got, want = client.download(MODEL, WEIGHTS).read_bytes(), files[WEIGHTS]
    assert [i for i in range(len(want)) if got[i] != want[i]] == [at]
    assert len(got) == len(want)


def test_a_file_on_disk_is_corrupted_too(artifactory: Artifactory, tmp_path: Path) -> None:
    """The wrong byte is in what is sent, not in the file that lies there."""
    (tmp_path / "a.bin").write_bytes(b"0123456789")
    artifactory.add_model("models", MODEL, {"a.bin": tmp_path / "a.bin"})
    artifactory.inject(Corrupt(3))
    url = f"{artifactory.endpoint('models')}/{MODEL}/resolve/main/a.bin"
    assert httpx.get(url, headers=READER).content == b"0122456789"
    asked = httpx.get(url, headers={**READER, "Range": "bytes=5-"})
    assert (asked.status_code, asked.content) == (206, b"56799")
    assert (tmp_path / "a.bin").read_bytes() == b"0123456789"


def test_a_missing_tree_ends_as_a_missing_cache(
    client: HubClient, artifactory: Artifactory, commit: str
) -> None:
    """Without a tree there is no snapshot, even of a pinned commit, but single files come."""
    artifactory.inject(TreeMissing())
    with pytest.raises(LocalEntryNotFoundError):
        client.snapshot(MODEL, commit)
    assert client.download(MODEL, WEIGHTS, commit).exists()


def test_too_many_requests_are_retried(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """The client waits as Retry-After says and asks for the file again."""
    fault = artifactory.inject(Status(429, retry_after="0"), WEIGHTS, method="GET", times=1)
    assert client.download(MODEL, WEIGHTS).read_bytes() == files[WEIGHTS]
    assert fault.shown == 1
    statuses = [exchange.status for exchange in artifactory.requests.of(WEIGHTS, "GET")]
    assert statuses == [429, 200]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_ends_the_download(
    client: HubClient, artifactory: Artifactory, status: int
) -> None:
    """A file's GET is not tried again after a server error."""
    artifactory.inject(Status(status), WEIGHTS, method="GET")
    with pytest.raises(HfHubHTTPError, match=str(status)):
        client.download(MODEL, WEIGHTS)
    assert len(artifactory.requests.of(WEIGHTS, "GET")) == 1


def test_a_server_error_before_the_download_is_retried(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """A file's HEAD is tried again after a server error, since nothing is in the cache."""
    artifactory.inject(Status(503, retry_after="0"), WEIGHTS, method="HEAD", times=2)
    assert client.download(MODEL, WEIGHTS).read_bytes() == files[WEIGHTS]
    heads = artifactory.requests.of(WEIGHTS, "HEAD")
    assert [head.status for head in heads] == [503, 503, 200]


def test_a_cut_download_begins_anew_where_it_was_short(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """The client writes blocks of 10 MiB: what came of an unfinished one is lost in a cut."""
    artifactory.inject(Cut(10_000), WEIGHTS, times=1)
    assert client.download(MODEL, WEIGHTS).read_bytes() == files[WEIGHTS]
    cut, whole = artifactory.requests.of(WEIGHTS, "GET")
    assert (cut.status, cut.sent) == (200, 10_000)
    assert (whole.status, whole.sent) == (200, 60_000)


def test_a_cut_download_is_resumed(
    client: HubClient, artifactory: Artifactory, large: bytes
) -> None:
    """After a cut the client asks for what it has not written, inside the same call."""
    artifactory.inject(Cut(BLOCK + 5), WEIGHTS, times=1)
    assert client.download(MODEL, WEIGHTS, "large").read_bytes() == large
    cut, rest = artifactory.requests.of(WEIGHTS, "GET")
    assert (cut.status, cut.sent) == (200, BLOCK + 5)
    assert (rest.status, rest.sent) == (206, len(large) - BLOCK)
    assert rest.request.headers["range"] == f"bytes={BLOCK}-"


def test_an_ignored_range_starts_the_file_over(
    client: HubClient, artifactory: Artifactory, large: bytes
) -> None:
    """A 200 in answer to a range is taken for the whole file."""
    artifactory.inject(Cut(BLOCK + 5), WEIGHTS, times=1)
    artifactory.inject(RangeIgnored())
    assert client.download(MODEL, WEIGHTS, "large").read_bytes() == large
    _, rest = artifactory.requests.of(WEIGHTS, "GET")
    assert (rest.status, rest.sent) == (200, len(large))
    assert rest.request.headers["range"] == f"bytes={BLOCK}-"


def test_a_missing_commit_is_refused(client: HubClient, artifactory: Artifactory) -> None:
    """Without X-Repo-Commit the client downloads nothing."""
    artifactory.inject(NoCommit())
    with pytest.raises(LocalEntryNotFoundError, match="X-Repo-Commit"):
        client.download(MODEL, WEIGHTS)
    assert artifactory.requests.of(method="GET") == []


def test_the_token_does_not_follow_to_another_origin(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """A redirect to another origin is followed without the token."""
    artifactory.inject(Redirect("elsewhere"))
    assert client.snapshot(MODEL) == files
    elsewhere = [e for e in artifactory.requests if e.request.origin == "elsewhere"]
    # An empty file is made without being asked for.
    assert len(elsewhere) == len(files) - 1
    assert {e.request.method for e in elsewhere} == {"GET"}
    assert not any("authorization" in e.request.headers for e in elsewhere)
    assert not any("read-token" in str(e.request) for e in elsewhere)


def test_a_download_elsewhere_meets_faults_too(
    client: HubClient, artifactory: Artifactory, large: bytes
) -> None:
    """The other origin knows ranges and can fail as this one can."""
    artifactory.inject(Redirect("elsewhere"))
    artifactory.inject(Cut(BLOCK + 5), "/files/", times=1)
    assert client.download(MODEL, WEIGHTS, "large").read_bytes() == large
    assert [e.status for e in artifactory.requests.of("/files/")] == [200, 206]
    url = f"{artifactory.elsewhere}/files/models/{MODEL}/main"
    assert httpx.get(f"{url}/tf_model.h5").status_code == 404
    assert httpx.get(artifactory.elsewhere).status_code == 404


def test_the_token_follows_within_the_origin(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """A relative redirect is followed with the token."""
    artifactory.inject(Redirect("within"))
    assert client.download(MODEL, WEIGHTS).read_bytes() == files[WEIGHTS]
    followed = [e for e in artifactory.requests if "redirected" in e.request.query]
    assert {e.request.headers["authorization"] for e in followed} == {"Bearer read-token"}
    assert {e.status for e in followed} == {200}


def test_the_client_gives_its_token_to_what_it_takes_for_the_hub(
    client: HubClient, artifactory: Artifactory
) -> None:
    """A redirect to the origin of `HF_ENDPOINT` takes the token along, whatever is asked."""
    artifactory.inject(Redirect("elsewhere"), method="HEAD")
    hub = artifactory.elsewhere
    client.python(DOWNLOAD, MODEL, WEIGHTS, client.endpoint, HF_ENDPOINT=hub)
    (leak,) = [e for e in artifactory.requests if e.request.origin == "elsewhere"]
    assert leak.request.headers["authorization"] == "Bearer read-token"


def test_an_expired_token_is_a_bare_error(client: HubClient, artifactory: Artifactory) -> None:
    """A token that expires on the way is a 401 that names no reason of the Hub."""
    artifactory.inject(ExpiredToken(), "/resolve/")
    with pytest.raises(HfHubHTTPError, match="401") as caught:
        client.snapshot(MODEL)
    assert not isinstance(caught.value, RepositoryNotFoundError)


def test_advertised_xet_breaks_downloads_unless_disabled(
    client: HubClient, artifactory: Artifactory
) -> None:
    """A mirror that passes xet's names on without its routes needs HF_HUB_DISABLE_XET."""
    artifactory.inject(XetAdvertised())
    entries = {entry.path: entry for entry in client.api.list_repo_tree(MODEL)}
    assert getattr(entries[WEIGHTS], "xet_hash", None)
    assert getattr(entries["config.json"], "xet_hash", None) is None
    arguments = (DOWNLOAD, MODEL, WEIGHTS, client.endpoint)
    assert client.python(*arguments, HF_HUB_DISABLE_XET="0") != "60000"
    assert artifactory.requests.of("xet-read-token")[0].status == 404
    assert client.python(*arguments, HF_HUB_DISABLE_XET="1") == "60000"


def test_a_slow_answer_waits_until_it_is_told(
    client: HubClient, artifactory: Artifactory, files: dict[str, bytes]
) -> None:
    """A held body has begun and does not end before it is released."""
    slow = Slow(piece=100)
    artifactory.inject(slow, WEIGHTS)
    with ThreadPoolExecutor() as pool:
        download = pool.submit(client.download, MODEL, WEIGHTS)
        assert slow.reached.wait(20)
        (get,) = artifactory.requests.wait(WEIGHTS, "GET")
        assert (get.status, get.sent) == (200, 100)
        assert not download.done()
        slow.release.set()
        assert download.result(20).read_bytes() == files[WEIGHTS]
    assert get.sent == 60_000


def test_a_slow_answer_can_come_in_pieces(client: HubClient, artifactory: Artifactory) -> None:
    """With a wait after each piece it comes by itself."""
    artifactory.inject(Slow(piece=10_000, seconds=0.001), WEIGHTS)
    assert client.download(MODEL, WEIGHTS).stat().st_size == 60_000


@pytest.mark.usefixtures("commit")
def test_a_server_that_ends_lets_go_of_what_is_slow(artifactory: Artifactory) -> None:
    """Nobody has to release a held answer before the server can be closed."""
    slow = Slow(piece=1)
    artifactory.inject(slow, WEIGHTS)
    url = f"{artifactory.endpoint('models')}/{MODEL}/resolve/main/{WEIGHTS}"
    with httpx.Client() as client, client.stream("GET", url, headers=READER) as answer:
        assert slow.reached.wait(20)
        assert answer.status_code == 200


def test_a_fault_has_its_path_its_method_and_its_number(
    artifactory: Artifactory, commit: str
) -> None:
    """A fault meets what it was made for, as often as it was told, until it is withdrawn."""
    fault = artifactory.inject(Status(503), "/api/models/", method="GET", times=2)
    info = f"{artifactory.endpoint('models')}/api/models/{MODEL}"
    file = f"{artifactory.endpoint('models')}/{MODEL}/resolve/{commit}/config.json"
    assert httpx.get(file, headers=READER).status_code == 200
    assert [httpx.get(info, headers=READER).status_code for _ in range(3)] == [503, 503, 200]
    assert fault.shown == 2
    for_ever = artifactory.inject(Status(500))
    assert httpx.get(file, headers=READER).status_code == 500
    for_ever.withdraw()
    assert httpx.get(file, headers=READER).status_code == 200


@pytest.mark.parametrize(
    "fault", [Corrupt(), Redirect("elsewhere"), XetAdvertised(), NoCommit(), RangeIgnored()]
)
@pytest.mark.usefixtures("commit")
def test_a_fault_of_files_leaves_errors_as_they_are(artifactory: Artifactory, fault: Fault) -> None:
    """What is not there, or not allowed, is answered as ever."""
    artifactory.inject(fault)
    base = f"{artifactory.endpoint('models')}/{MODEL}/resolve/main"
    missing = httpx.get(f"{base}/nothing.bin", headers={**READER, "Range": "bytes=1-"})
    assert missing.headers["x-error-code"] == "EntryNotFound"
    assert httpx.get(f"{base}/config.json").status_code == 401
