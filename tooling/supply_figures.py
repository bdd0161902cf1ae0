"""What the docs tell of how models come in: rates, times and memory."""

from __future__ import annotations

from results import measured, record, table

__all__ = ["conversion", "download", "pull", "remote"]


def conversion() -> str:
    """Our conversion beside CTranslate2's own."""
    found = record("conversion")
    rows: list[list[object]] = [
        [
            checkpoint,
            f"{r['ours']['seconds']:.2f} s",
            f"{r['theirs']['seconds']:.2f} s",
            f"{r['ratio']['seconds']:.2f}",
            f"{r['ours']['peak_mb']:.0f} MB",
            f"{r['theirs']['peak_mb']:.0f} MB",
            f"{r['ratio']['peak_mb']:.2f}",
        ]
        for checkpoint, r in found["figures"].items()
        if isinstance(r, dict)
    ]
    head = ["checkpoint", "ours", "theirs", "ratio", "peak, ours", "peak, theirs", "ratio"]
    return f"{table(head, rows)}\n\n{measured('conversion', found)}"


def download() -> str:
    """Our downloads beside curl."""
    found = record("download")
    figures = found["figures"]
    seconds = figures["seconds"]
    rows: list[list[object]] = [
        ["ours: hashed, on the disk, under its name", f"{seconds['ours']:.2f} s", ""],
        ["curl", f"{seconds['curl']:.2f} s", f"{figures['of_curl']:.2f}"],
        [
            "curl, then bringing its file to the disk",
            f"{seconds['curl'] + seconds['sync']:.2f} s",
            f"{figures['of_curl_and_sync']:.2f}",
        ],
    ]
    head = ["1 GiB from loopback", "time", "our rate against it"]
    return f"{table(head, rows)}\n\n{measured('download', found)}"


def pull() -> str:
    """A pull with nothing to do."""
    found = record("pull")
    figures = found["figures"]
    rows: list[list[object]] = [
        [
            what,
            f"{figures[name]['median_seconds']:.3f} s",
            f"{figures[name]['worst_seconds']:.3f} s",
        ]
        for what, name in (
            ("`models pull`, everything in place and verified", "pull"),
            ("`ai-translate --version`", "version"),
            ("Python that does nothing", "python"),
        )
    ]
    return f"{table(['process', 'median', 'worst'], rows)}\n\n{measured('pull', found)}"


def remote() -> str:
    """A second runner with a warm second tier beside one without."""
    found = record("remote")
    rows: list[list[object]] = []
    for kind, r in found["figures"].items():
        if not isinstance(r, dict):
            continue
        source = f"{kind}, {r['source_megabytes']:.0f} MB"
        rows.append([source, "downloaded and converted", f"{r['seconds']['alone']:.2f} s", "", ""])
        rows += [
            [
                source,
                f"taken from a {tier}",
                f"{r['seconds'][tier]:.2f} s",
                f"{times:.1f}",
                f"{r['times_sooner_beyond_start'][tier]:.1f}",
            ]
            for tier, times in r["times_sooner"].items()
        ]
    head = ["source", "model", "time", "times sooner", "the same beyond the start of a process"]
    return f"{table(head, rows)}\n\n{measured('remote', found)}"
