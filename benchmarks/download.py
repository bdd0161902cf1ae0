"""How fast files come from a server on loopback, beside curl.

    python benchmarks/download.py [--rounds 9] [--megabytes 1024] [--folder FOLDER]

nginx (Debian's package) serves a file of random bytes. In turn curl writes it to a file, and our
downloader fetches it: hashed, brought to the disk by fsync, renamed. curl does none of these, so
a further figure compares us with curl and `sync` of its file. Ratios are taken within a round;
each job waits for an idle machine, because we use more than one CPU and curl does not.
Writes `results/download.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.hub.download import WantedFile, download
from ai_translate.supply.hub.endpoint import Endpoint
from record import write_record

_REPO: Final = "bench/blob"
_COMMIT: Final = "0" * 40
_NAME: Final = "blob"
_CONFIGURATION: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Nginx on a free port, serving the folder's `www`; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port))
    command = ["nginx", "-c", str(configuration), "-p", str(folder), "-e", f"{folder}/error.log"]
    with subprocess.Popen(command) as server:
        try:
            while server.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def random_file(path: Path, megabytes: int) -> WantedFile:
    """Writes random bytes; what they are."""
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        for _ in range(megabytes):
            block = os.urandom(1 << 20)
            digest.update(block)
            stream.write(block)
        os.fsync(stream.fileno())
    return WantedFile(_NAME, megabytes << 20, sha256=digest.hexdigest())


def seconds(job: Callable[[], object]) -> float:
    """How long something takes, on a disk that has nothing else to do."""
    # What was removed before is given back to the disk in the next commit of the file system.
    # Who syncs would wait for that too.
    os.sync()
    await_quiet()
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def await_quiet(patience: float = 120.0) -> None:
    """Waits until the machine has been idle for half a second: more than one CPU is needed."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        before, began = idle_seconds(), time.monotonic()
        time.sleep(0.5)
        share = (idle_seconds() - before) / (time.monotonic() - began) / (os.cpu_count() or 1)
        if share > 0.9:
            return


def idle_seconds() -> float:
    """How long all CPUs together have had nothing to do (proc(5), /proc/stat)."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()
    return int(fields[4]) / os.sysconf("SC_CLK_TCK")


def one_round(endpoint: Endpoint, file: WantedFile, folder: Path) -> dict[str, float]:
    """Seconds of curl, of syncing what it wrote, of hashing alone, and of our downloader."""
    copy = folder / "curl"
    url = endpoint.file_url(_REPO, _COMMIT, _NAME)
    curl = ["curl", "--silent", "--fail", "--output", str(copy), url]
    found = {"curl": seconds(lambda: subprocess.run(curl, check=True))}
    began = time.perf_counter()
    subprocess.run(["sync", str(copy)], check=True)
    found["sync"] = time.perf_counter() - began
    with copy.open("rb") as stream:
        found["hash"] = seconds(lambda: hashlib.file_digest(stream, "sha256"))
    copy.unlink()
    target = folder / "ours"
    found["ours"] = seconds(lambda: download(endpoint, _REPO, _COMMIT, [file], target))
    (target / _NAME).unlink()
    return found


def summarized(rounds: list[dict[str, float]], size: int) -> dict[str, Any]:
    """Medians of rates, and of ratios within rounds."""

    def median(value: Callable[[dict[str, float]], float]) -> float:
        return round(statistics.median(map(value, rounds)), 3)

    return {
        "rounds": len(rounds),
        "bytes": size,
        "curl_megabytes_per_second": median(lambda one: size / one["curl"] / 1e6),
        "ours_megabytes_per_second": median(lambda one: size / one["ours"] / 1e6),
        "hash_megabytes_per_second": median(lambda one: size / one["hash"] / 1e6),
        "seconds": {name: median(lambda one, name=name: one[name]) for name in rounds[0]},  # type: ignore[misc]  # the loop's name, bound now
        "of_curl": median(lambda one: one["curl"] / one["ours"]),
        "of_curl_and_sync": median(lambda one: (one["curl"] + one["sync"]) / one["ours"]),
    }


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--folder", type=Path, help="on the disk that is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        # nginx gives up its rights, if it has any, and must still find the file.
        folder.chmod(0o755)
        path = folder / "www" / _REPO / "resolve" / _COMMIT / _NAME
        file = random_file(path, given.megabytes)
        with nginx(folder) as address:
            endpoint = Endpoint(address)
            one_round(endpoint, file, folder)
            rounds = [one_round(endpoint, file, folder) for _ in range(given.rounds)]
    figures = summarized(rounds, file.size)
    for key, value in figures.items():
        print(f"{key:28} {value}")
    write_record("download", figures, models={})
    return 0


if __name__ == "__main__":
    sys.exit(main())
