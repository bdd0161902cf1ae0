"""Files of a commit, fetched in parallel: each has its name once its bytes are checked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ai_translate.errors import BadFile, SupplyError
from ai_translate.supply.hub.connections import Connections
from ai_translate.supply.hub.digests import is_right
from ai_translate.supply.hub.endpoint import Endpoint, check_repo, check_revision
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.incoming import incoming
from ai_translate.supply.hub.landing import adopt, land
from ai_translate.supply.hub.partial import Partial, partial_name
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff
from ai_translate.supply.hub.transfer import Transfer
from ai_translate.supply.hub.wire import Wire

__all__ = ["Progress", "WantedFile", "download"]


def download(
    endpoint: Endpoint,
    repo: str,
    commit: str,
    wanted: Sequence[WantedFile],
    folder: Path,
    *,
    workers: int = 4,
    progress: Progress | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Brings files of a commit into a folder. Those that are there and right are kept.

    Every file gets its name when its bytes are whole, checked and on the disk. What has come of
    others stays beside the folder, and the next call goes on with it, in whichever process. If two
    processes fetch into the same folder, one waits for the other. Proxies are those of the
    environment (see `connections`).

    Args:
        endpoint: Where from.
        repo: ORGANISATION/NAME.
        commit: A commit or another revision that does not change while this runs.
        wanted: The files.
        folder: Where to; made if it is not there.
        workers: How many files are fetched at once.
        progress: Is told how far it is, from several threads.
        backoff: How often and how slowly something is tried.

    Raises:
        HubError: A file cannot be had.
        IntegrityError: The bytes of a file are not those that are wanted.
        BadFile: The folder is a symbolic link, or a name is wanted twice.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: The CA bundle or a proxy is no such thing.
        SupplyError: The disk refused.
    """
    check_repo(repo)
    check_revision(commit)
    if len({file.name for file in wanted}) < len(wanted):
        raise BadFile(f"A file of {repo} is wanted twice.")
    if folder.is_symlink():
        raise BadFile(f"{folder} is a symbolic link.", hint="Remove it and try again.")
    progress = progress or Silent()
    try:
        if not _missing(wanted, folder):
            return
        with incoming(folder, progress.note) as place:
            missing = _missing(wanted, folder)
            missing = [file for file in missing if not adopt(folder / file.name, file, place)]
            if missing:
                progress.total(sum(file.size for file in missing))
                _Batch(
                    *(endpoint, repo, commit, folder, place, progress, backoff or Backoff())
                ).fetch(missing, workers)
    except OSError as error:
        raise SupplyError(
            f"{folder} cannot be written: {error.strerror or error}.",
            hint="Check its owner and the space on its disk.",
        ) from error


def _missing(wanted: Sequence[WantedFile], folder: Path) -> list[WantedFile]:
    return [file for file in wanted if not is_right(folder / file.name, file)]


@dataclass(frozen=True, slots=True)
class _Batch:
    """What all files of one call have in common."""

    endpoint: Endpoint
    repo: str
    commit: str
    folder: Path
    place: Path
    progress: Progress
    backoff: Backoff

    def fetch(self, files: Sequence[WantedFile], workers: int) -> None:
        """Fetches all, the largest first. The first failure ends the others."""
        stop = threading.Event()
        connections = Connections(self.endpoint.tls_context(), self.endpoint.download_timeout)
        wire = Wire(connections)
        with ThreadPoolExecutor(workers, thread_name_prefix="download") as pool:
            tasks: list[Future[None]] = []
            try:
                for file in sorted(files, key=lambda file: file.size, reverse=True):
                    asked = Asked(self.endpoint, self.repo, self.commit, file.name)
                    transfer = Transfer(wire, asked, file, self.backoff, stop)
                    tasks.append(pool.submit(self._fetch_one, transfer))
                for task in as_completed(tasks):
                    task.result()
            except BaseException:
                stop.set()
                connections.end()
                for task in tasks:
                    task.cancel()
                raise

    def _fetch_one(self, transfer: Transfer) -> None:
        file = transfer.file
        path = self.place / partial_name(file)
        with Partial(path, file, self.progress) as partial:
            transfer.into(partial)
        land(path, self.folder / file.name)
