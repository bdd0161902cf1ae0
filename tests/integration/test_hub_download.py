"""Files from a mirror that behaves, that breaks off, and that damages what it serves."""

from __future__ import annotations

import logging
import multiprocessing
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download
from pydantic import SecretStr

from ai_translate.errors import (
    BadFile,
    HubError,
    HubRefused,
    HubUnreachable,
    IntegrityError,
    InvalidRequest,
    NotOnHub,
    SupplyError,
)
from ai_translate.settings import load_settings
from ai_translate.supply.hub.download import WantedFile, download
from ai_translate.supply.hub.fallback import download_pinned
from support.artifactory import (
    Artifactory,
    Corrupt,
    Cut,
    ExpiredToken,
    NoCommit,
    RangeIgnored,
    Redirect,
    Slow,
    Status,
    XetAdvertised,
)
from support.hub_case import QUICK, REPO, TOKEN, HubCase, Recorded, wanted_file

WEIGHTS = "model.safetensors"
FILES = {
    "config.json": b'{"model_type": "marian"}',
    "source.spm": random.Random(1).randbytes(3_000),
    WEIGHTS: random.Random(2).randbytes(400_000),
    "empty.txt": b"",
}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[HubCase]:
    with Artifactory() as server:
        yield HubCase.of(server, FILES, tmp_path / "hub")


def nothing_wrong(case: HubCase) -> None:
    """Every file that has its name has its bytes."""
    landed = case.landed()
    assert landed == {name: FILES[name] for name in landed}


def test_files_land_whole_and_alone(case: HubCase) -> None:
    """All files have their bytes and modes, nothing else is left, and the count is right."""
    progress = Recorded()
    case.fetch(progress=progress)
    assert case.landed() == FILES
    assert {path.stat().st_mode & 0o777 for path in case.folder.iterdir()} == {0o644}
    assert not case.incoming.exists()
    assert progress.totals == [sum(map(len, FILES.values()))] == [progress.advanced]
    assert progress.notes == []


def test_only_the_files_themselves_are_asked_for(case: HubCase) -> None:
    """One GET for each file, uncompressed, with the token, and nothing else."""
    case.fetch()
    requests = [exchange.request for exchange in case.server.requests]
    assert {request.method for request in requests} == {"GET"}
    # An empty file needs no bytes.
    assert len(requests) == len(FILES) - 1
    for request in requests:
        assert f"/{REPO}/resolve/{case.commit}/" in request.path
        assert request.headers["accept-encoding"] == "identity"
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_what_is_there_is_not_fetched_again(case: HubCase) -> None:
    """A second download makes no request, and one for a damaged file fetches that one."""
    case.fetch()
    case.server.requests.clear()
    case.fetch()
    assert len(case.server.requests) == 0
    damaged = bytearray(FILES[WEIGHTS])
    damaged[1000] ^= 1
    (case.folder / WEIGHTS).write_bytes(damaged)
    case.fetch()
    assert case.landed() == FILES
    assert len(case.server.requests) == 1


def test_the_real_client_reads_what_we_downloaded(case: HubCase) -> None:
    """The folder of downloads is a cache of huggingface_hub, which finds all without a request."""
    case.fetch()
    found = snapshot_download(
        REPO, revision=case.commit, cache_dir=case.cache, local_files_only=True
    )
    assert Path(found) == case.folder
    file = hf_hub_download(
        REPO, WEIGHTS, revision=case.commit, cache_dir=case.cache, local_files_only=True
    )
    assert Path(file).read_bytes() == FILES[WEIGHTS]
    (repo,) = scan_cache_dir(case.cache).repos
    assert repo.repo_id == REPO
    assert scan_cache_dir(case.cache).warnings == []


def test_partials_do_not_disturb_the_real_client(case: HubCase) -> None:
    """What is on its way lies where the client's cache may have folders."""
    case.put_partial(WEIGHTS, b"x")
    assert scan_cache_dir(case.cache).warnings == []


def test_links_of_the_real_client_become_plain_files(case: HubCase) -> None:
    """Files that huggingface_hub downloaded are taken over without a request, once checked."""
    snapshot_download(
        *(REPO,),
        revision=case.commit,
        cache_dir=case.cache,
        endpoint=case.endpoint.url,
        token=TOKEN,
    )
    assert (case.folder / WEIGHTS).is_symlink()
    case.server.requests.clear()
    case.fetch()
    assert len(case.server.requests) == 0
    assert case.landed() == FILES
    assert not any(path.is_symlink() for path in case.folder.iterdir())


@pytest.mark.parametrize("target", ["outside", "damaged", "nowhere", "itself"])
def test_other_links_are_replaced_by_what_the_hub_has(case: HubCase, target: str) -> None:
    """A link that leads out of the model's blobs, or to other bytes, is worth nothing."""
    blobs = case.folder.parents[1] / "blobs"
    blobs.mkdir(parents=True)
    case.folder.mkdir(parents=True)
    outside = case.cache / "outside"
    outside.write_bytes(FILES[WEIGHTS])
    (blobs / "damaged").write_bytes(b"x" * len(FILES[WEIGHTS]))
    places = {"outside": outside, "itself": case.folder / WEIGHTS}
    (case.folder / WEIGHTS).symlink_to(places.get(target, blobs / target))
    case.fetch(WEIGHTS)
    assert case.ranges(WEIGHTS) == [None]
    assert not (case.folder / WEIGHTS).is_symlink()
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    assert outside.read_bytes() == FILES[WEIGHTS]


def test_cut_connection_is_gone_on_with(case: HubCase) -> None:
    """After a cut the rest alone is asked for."""
    case.server.inject(Cut(100_000), f"{WEIGHTS}$", times=2)
    progress = Recorded()
    case.fetch(WEIGHTS, progress=progress)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    assert case.ranges(WEIGHTS) == [None, "bytes=100000-", "bytes=200000-"]
    assert progress.advanced == len(FILES[WEIGHTS])


def test_connection_that_is_always_cut_is_given_up_and_kept(case: HubCase) -> None:
    """Attempts without a byte are counted; what has come serves the next call."""
    partial = case.put_partial(WEIGHTS, FILES[WEIGHTS][:100_000])
    case.server.inject(Cut(0), f"{WEIGHTS}$")
    with pytest.raises(HubUnreachable, match="was lost"):
        case.fetch(WEIGHTS)
    assert case.ranges(WEIGHTS) == ["bytes=100000-"] * QUICK.attempts
    assert partial.stat().st_size == 100_000
    nothing_wrong(case)
    case.server.heal()
    case.fetch(WEIGHTS)
    assert case.ranges(WEIGHTS)[-1] == "bytes=100000-"
    assert case.landed()[WEIGHTS] == FILES[WEIGHTS]


def test_mirror_that_starts_over_and_breaks_off_is_given_up(case: HubCase) -> None:
    """Bytes that have come before are no progress."""
    case.server.inject(RangeIgnored(), f"{WEIGHTS}$")
    case.server.inject(Cut(50_000), f"{WEIGHTS}$")
    with pytest.raises(HubUnreachable):
        case.fetch(WEIGHTS)
    assert len(case.ranges(WEIGHTS)) == QUICK.attempts
    assert case.landed() == {}


@pytest.mark.parametrize(
    ("length", "ranges"),
    [
        (0, [None]),
        (1, ["bytes=1-"]),
        (399_999, ["bytes=399999-"]),
        (400_000, []),
        (400_001, [None]),
    ],
)
def test_bytes_of_an_earlier_process_are_gone_on_with(
    case: HubCase, length: int, ranges: list[str | None]
) -> None:
    """A partial is hashed and completed; one that is too long is none of this file."""
    case.put_partial(WEIGHTS, (FILES[WEIGHTS] + b"more")[:length])
    progress = Recorded()
    case.fetch(WEIGHTS, progress=progress)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    assert case.ranges(WEIGHTS) == ranges
    assert progress.advanced == len(FILES[WEIGHTS])
    assert not case.incoming.exists()


@pytest.mark.parametrize("length", [1000, 400_000])
def test_damaged_partial_is_fetched_anew(case: HubCase, length: int) -> None:
    """Where an earlier part was wrong, the whole is fetched once more."""
    case.put_partial(WEIGHTS, bytes(length))
    case.fetch(WEIGHTS)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    assert case.ranges(WEIGHTS)[-1] is None


def test_ignored_range_starts_over(case: HubCase) -> None:
    """A mirror that sends the whole file for a part of it is taken at its word."""
    case.server.inject(RangeIgnored())
    case.put_partial(WEIGHTS, FILES[WEIGHTS][:1000])
    progress = Recorded()
    case.fetch(WEIGHTS, progress=progress)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    assert progress.advanced == len(FILES[WEIGHTS])


def test_corrupt_bytes_of_the_right_size_never_land(case: HubCase) -> None:
    """The file, both hashes and the mirror are named, and nothing stays."""
    case.server.inject(Corrupt(at=200_000), f"{WEIGHTS}$")
    with pytest.raises(IntegrityError, match="damaged bytes") as caught:
        case.fetch(WEIGHTS)
    (wanted,) = case.wanted(WEIGHTS)
    assert str(wanted.sha256) in str(caught.value)
    assert f"{WEIGHTS} of {REPO}" in str(caught.value)
    assert case.landed() == {}
    assert not case.incoming.exists()


def test_corrupt_bytes_after_a_cut_are_fetched_once_more(case: HubCase) -> None:
    """A pieced file that is wrong gets one more chance, and a mirror that stays wrong none."""
    case.put_partial(WEIGHTS, FILES[WEIGHTS][:1000])
    case.server.inject(Corrupt(), f"{WEIGHTS}$", times=1)
    case.fetch(WEIGHTS)
    assert case.ranges(WEIGHTS) == ["bytes=1000-", None]
    (case.folder / WEIGHTS).unlink()
    case.put_partial(WEIGHTS, FILES[WEIGHTS][:1000])
    case.server.requests.clear()
    case.server.inject(Corrupt(), f"{WEIGHTS}$")
    with pytest.raises(IntegrityError):
        case.fetch(WEIGHTS)
    assert case.ranges(WEIGHTS) == ["bytes=1000-", None]
    assert case.landed() == {}


def test_git_names_of_small_files_are_checked(case: HubCase) -> None:
    """What the Hub does not keep as LFS is checked by the hash that git gives it."""
    content = FILES["config.json"]
    git = "8e2c5b9f"  # a wrong one first
    wrong = WantedFile("config.json", len(content), git_sha1=git * 5)
    fetch: Callable[[WantedFile], None] = lambda file: download(  # noqa: E731  # short
        case.endpoint, REPO, case.commit, [file], case.folder, backoff=QUICK
    )
    with pytest.raises(IntegrityError, match="git sha1"):
        fetch(wrong)
    assert case.landed() == {}
    from support.artifactory.contents import Blob  # noqa: PLC0415  # hashes as git does

    fetch(replace(wrong, git_sha1=Blob.of(content).git_oid))
    assert case.landed() == {"config.json": content}


def test_file_of_another_size_is_refused_before_its_bytes(case: HubCase) -> None:
    """A mirror that has another file under the name is told from one that breaks off."""
    wanted = WantedFile(WEIGHTS, 5, sha256="0" * 64)
    with pytest.raises(IntegrityError, match="has 400000 bytes"):
        download(case.endpoint, REPO, case.commit, [wanted], case.folder, backoff=QUICK)
    assert case.landed() == {}


@pytest.mark.parametrize("retry_after", ["", "1", "Wed, 21 Oct 2015 07:28:00 GMT"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_failures_that_pass_are_waited_for(case: HubCase, status: int, retry_after: str) -> None:
    """A mirror that is busy for a moment is asked again."""
    fault = case.server.inject(Status(status, retry_after), f"{WEIGHTS}$", times=2)
    case.fetch()
    assert fault.shown == 2
    assert case.landed() == FILES


@pytest.mark.parametrize("status", [429, 500])
def test_failures_that_stay_are_told(case: HubCase, status: int) -> None:
    """After enough attempts the status and the file are named."""
    case.server.inject(Status(status, "1"), f"{WEIGHTS}$")
    with pytest.raises(HubUnreachable, match=rf"{status} .*{WEIGHTS}"):
        case.fetch()
    assert len(case.ranges(WEIGHTS)) == QUICK.attempts
    nothing_wrong(case)


def test_silence_ends_in_a_timeout(case: HubCase) -> None:
    """A mirror that stops in the middle is given up after HF_HUB_DOWNLOAD_TIMEOUT."""
    case.server.inject(Slow(piece=100), f"{WEIGHTS}$")
    with pytest.raises(HubUnreachable, match="HF_HUB_DOWNLOAD_TIMEOUT"):
        case.fetch(WEIGHTS, wait=0.05)
    assert case.landed() == {}


def test_first_failure_ends_the_other_files(case: HubCase) -> None:
    """Nobody waits for a large file that will not be used."""
    slow = Slow()
    case.server.inject(slow, f"{WEIGHTS}$")
    case.server.inject(Status(404), "config.json$")
    # Without a limit: only the end of its connection can end the transfer.
    with pytest.raises(NotOnHub, match=r"config\.json"):
        case.fetch(WEIGHTS, "config.json", wait=86400.0)
    assert case.landed() == {}


@pytest.mark.parametrize("fault", [NoCommit(), XetAdvertised()], ids=str)
def test_headers_of_the_hub_are_not_needed(case: HubCase, fault: NoCommit) -> None:
    """Neither a missing X-Repo-Commit nor the names of xet matter to the bytes."""
    case.server.inject(fault)
    case.fetch()
    assert case.landed() == FILES
    assert all("xet" not in exchange.request.path for exchange in case.server.requests)


@pytest.mark.parametrize(
    ("token", "words"), [("wrong", "refused the token"), (None, "HF_TOKEN is not set")]
)
def test_token_that_is_wrong_or_missing_is_told(
    case: HubCase, token: str | None, words: str
) -> None:
    """The variable is named, its value never, and there is no second attempt."""
    endpoint = replace(case.endpoint, token=SecretStr(token) if token else None)
    with pytest.raises(HubRefused, match=words) as caught:
        download(endpoint, REPO, case.commit, case.wanted(WEIGHTS), case.folder, backoff=QUICK)
    assert "wrong" not in str(caught.value)
    assert len(case.server.requests) == 1
    assert not case.incoming.exists()


def test_expired_token_is_told(case: HubCase) -> None:
    """A token that has expired reads as one that was refused."""
    case.server.inject(ExpiredToken())
    with pytest.raises(HubRefused, match="may have expired") as caught:
        case.fetch(WEIGHTS)
    assert TOKEN not in str(caught.value)
    assert case.landed() == {}


def test_what_is_missing_is_named(case: HubCase) -> None:
    """Model, commit and file are told apart."""
    known = case.commit
    for repo, commit, name, words in [
        ("acme/other", known, WEIGHTS, "no model acme/other"),
        (REPO, "1" * 40, WEIGHTS, f"no revision {'1' * 40}"),
        (REPO, known, "other.json", f"other.json of {REPO}"),
    ]:
        wanted = [WantedFile(name, 1, sha256="0" * 64)]
        with pytest.raises(NotOnHub, match=words):
            download(case.endpoint, repo, commit, wanted, case.folder, backoff=QUICK)
    assert case.landed() == {}


def test_redirect_elsewhere_never_takes_the_token_along(case: HubCase) -> None:
    """The bytes come from the other origin, which sees no token, and are checked all the same."""
    case.server.inject(Redirect("elsewhere"))
    case.server.inject(Cut(100_000), "^/files/", times=1)
    case.fetch(WEIGHTS)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    elsewhere = [e.request for e in case.server.requests if e.request.origin == "elsewhere"]
    assert len(elsewhere) == 2
    for request in elsewhere:
        assert TOKEN not in str(request)
    assert elsewhere[1].headers["range"] == "bytes=100000-"


def test_redirect_within_the_origin_keeps_the_token(case: HubCase) -> None:
    """A mirror may have its files under other names of its own."""
    case.server.inject(Redirect("within"))
    case.fetch()
    assert case.landed() == FILES


def test_links_and_names_that_lead_out_are_refused(case: HubCase) -> None:
    """Neither the folder nor a name can bring bytes to another place."""
    case.folder.parent.mkdir(parents=True)
    (case.cache / "outside").mkdir()
    case.folder.symlink_to(case.cache / "outside")
    with pytest.raises(BadFile, match="symbolic link"):
        case.fetch()
    with pytest.raises(InvalidRequest):
        download(case.endpoint, "../x", "main", [], case.folder)
    with pytest.raises(BadFile, match="twice"):
        download(case.endpoint, REPO, "main", case.wanted(WEIGHTS) * 2, case.folder)
    assert list((case.cache / "outside").iterdir()) == []


def test_disk_that_refuses_is_told(case: HubCase) -> None:
    """What cannot be written is named with its reason."""
    (case.folder / WEIGHTS).mkdir(parents=True)
    with pytest.raises(SupplyError, match="cannot be written") as caught:
        case.fetch(WEIGHTS)
    assert not isinstance(caught.value, HubError)


def test_progress_that_fails_ends_the_download(case: HubCase) -> None:
    """An error in what shows the progress is not swallowed."""

    class Broken(Recorded):
        def advance(self, size: int) -> None:
            raise ZeroDivisionError(size)

    with pytest.raises(ZeroDivisionError):
        case.fetch(progress=Broken())


def test_two_callers_download_once(case: HubCase) -> None:
    """The second waits, is told so once, and finds the files in place."""
    slow = Slow()
    case.server.inject(slow, f"{WEIGHTS}$")
    waiting = Recorded()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(case.fetch, wait=60.0)
        case.server.requests.wait(f"{WEIGHTS}$")
        second = pool.submit(case.fetch, progress=waiting, wait=60.0)
        assert waiting.noted.wait(20)
        slow.release.set()
        first.result()
        second.result()
    assert case.landed() == FILES
    assert case.ranges(WEIGHTS) == [None]
    (note,) = waiting.notes
    assert "Another process" in note
    assert waiting.totals == []


def test_killed_process_frees_the_lock_and_leaves_its_bytes(case: HubCase) -> None:
    """The next process goes on from where the killed one was."""
    slow = Slow(piece=100_000)
    case.server.inject(slow, f"{WEIGHTS}$", times=1)
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=download,
        args=(case.endpoint, REPO, case.commit, case.wanted(WEIGHTS), case.folder),
    )
    process.start()
    assert slow.reached.wait(20)
    pause = threading.Event()
    while not any(path.stat().st_size >= 50_000 for path in case.incoming.glob("*.part")):
        assert process.is_alive()
        pause.wait(0.01)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    slow.release.set()
    assert case.landed() == {}
    case.fetch(WEIGHTS)
    assert case.landed() == {WEIGHTS: FILES[WEIGHTS]}
    begin = case.ranges(WEIGHTS)[-1]
    assert begin is not None
    assert int(begin.removeprefix("bytes=").rstrip("-")) >= 50_000


def test_public_hub_helps_only_where_the_policy_lets_it(
    case: HubCase, caplog: pytest.LogCaptureFixture
) -> None:
    """Never by default; by policy for pinned files, with a warning and without the token."""
    settings = load_settings(
        hf_endpoint=case.endpoint.url, hf_token=SecretStr(TOKEN), ssl_cert_file=None
    )
    with Artifactory(anonymous=True) as public:
        public.local("public")
        public.add_model("public", REPO, FILES)
        allowed = settings.model_copy(
            update={"hub_fallback": "public", "hub_fallback_endpoint": public.endpoint("public")}
        )
        case.server.inject(Corrupt(), f"{WEIGHTS}$")
        with pytest.raises(IntegrityError):
            download_pinned(settings, REPO, case.commit, case.wanted(), case.folder, backoff=QUICK)
        assert len(public.requests) == 0
        with caplog.at_level(logging.WARNING):
            download_pinned(allowed, REPO, case.commit, case.wanted(), case.folder, backoff=QUICK)
        assert case.landed() == FILES
        assert "AIT_HUB_FALLBACK=public" in caplog.text
        assert TOKEN not in caplog.text
        assert len(public.requests) > 0
        assert all(TOKEN not in str(exchange.request) for exchange in public.requests)


def test_public_hub_that_does_not_help_is_told_with_the_first_error(case: HubCase) -> None:
    """Both reasons are there to read."""
    case.server.inject(ExpiredToken())
    with Artifactory() as public:
        public.local("public")
        settings = load_settings(
            hf_endpoint=case.endpoint.url,
            hf_token=SecretStr(TOKEN),
            hub_fallback="public",
            hub_fallback_endpoint=public.endpoint("public"),
        )
        wanted = [wanted_file("a", b"x")]
        with pytest.raises(HubRefused, match=r"refused the token.*public Hub does not help"):
            download_pinned(settings, REPO, case.commit, wanted, case.folder, backoff=QUICK)
