"""`ai-translate models push`, `versions`, `promote` and `rollback`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ai_translate.cli.models.opening import opened
from ai_translate.cli.table import aligned
from ai_translate.errors import LockError
from ai_translate.settings import load_settings

if TYPE_CHECKING:
    from ai_translate.supply.publish.reading import Version

_KEY = click.Path(path_type=Path, exists=True, dir_okay=False)
_WHERE = "The key of a repository in the Artifactory of HF_ENDPOINT, or an endpoint's address"


@click.command()
@click.argument("name")
@click.option("--to", "target", metavar="REPO", required=True, help=f"{_WHERE}.")
@click.option("--version", help="Its name there.  [default: first digits of the digest]")
@click.option(
    "--as", "repository", metavar="ORG/NAME", help="Model there.  [default: AIT_ORGANISATION/NAME]"
)
@click.option("--sign", "key", type=_KEY, help="Sign it with this private key of Ed25519, in PEM.")
def push(
    name: str, target: str, version: str | None, repository: str | None, key: Path | None
) -> None:
    """Publish the artifact of the model NAME of the lock as a version.

    It comes to lie in REPO as a revision of a repository in Hugging Face format: the artifact's
    files with its manifest, where it comes from, and a card. The list of files is read back and
    compared. A version that is there with another digest is never replaced. AIT_PUBLISH_TOKEN is
    shown to REPO, or else HF_TOKEN.
    """
    from ai_translate.cli.models.downloading import shown_download  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.publish.places import (  # noqa: PLC0415  # the same
        Named,
        repository_of,
        write_at,
    )
    from ai_translate.supply.publish.pushing import default_version  # noqa: PLC0415  # the same
    from ai_translate.supply.publish.pushing import push as publish  # noqa: PLC0415  # the same
    from ai_translate.supply.signatures import Signer  # noqa: PLC0415  # the same

    place = opened()
    model = place.lock.get(name)
    named = Named(
        repository_of(place.settings, repository or name), version or default_version(model)
    )
    endpoint = write_at(place.settings, target)
    signer = Signer(key) if key else None
    with shown_download(name, doing="sending") as progress:
        published = publish(model, place.store, endpoint, named, progress, signer=signer)
    _tell(published)


@click.command()
@click.argument("name")
@click.option("--at", "where", metavar="REPO", help=f"{_WHERE}.  [default: HF_ENDPOINT]")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def versions(name: str, where: str | None, as_json: bool) -> None:
    """List the published versions of the model NAME, or ORG/NAME.

    Those that hold no artifact, as the branches of other models, are left out. A version whose
    artifact the lock names is marked.
    """
    from ai_translate.supply.publish.places import (  # noqa: PLC0415  # keeps `--help` quick
        read_at,
        repository_of,
    )
    from ai_translate.supply.publish.reading import versions as published  # noqa: PLC0415  # the same

    place = opened(missing_ok=True)
    locked = {model.artifact: model.name for model in place.lock.models}
    repo = repository_of(place.settings, name)
    found = [
        _fields(version, locked) for version in published(read_at(place.settings, where), repo)
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    head = ("version", "weights", "artifact", "commit", "locked")
    rows = [
        (
            row["version"],
            row["quantization"],
            row["artifact"][:12],
            row["commit"][:12],
            f"as {row['locked']}" if row["locked"] else "",
        )
        for row in found
    ]
    click.echo(aligned(head, *rows))


@click.command()
@click.argument("version", metavar="NAME@VERSION")
@click.option("--from", "source", metavar="REPO", required=True, help=f"{_WHERE}.")
@click.option("--to", "target", metavar="REPO", required=True, help="The same.")
def promote(version: str, source: str, target: str) -> None:
    """Copy a published version from one repository to another.

    Every byte is hashed on its way and once more by the list of files that is read back. A version
    that is there with another digest is never replaced. HF_TOKEN is shown to the first where it is
    on the host of HF_ENDPOINT, AIT_PUBLISH_TOKEN or else HF_TOKEN to the second.
    """
    from ai_translate.cli.models.downloading import shown_download  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.publish.places import (  # noqa: PLC0415  # the same
        named_version,
        read_at,
        write_at,
    )
    from ai_translate.supply.publish.promoting import promote as copy  # noqa: PLC0415  # the same

    settings = load_settings()
    named = named_version(settings, version)
    reading, writing = read_at(settings, source), write_at(settings, target)
    with shown_download(version, doing="moving") as progress:
        _tell(copy(settings, reading, writing, named, progress))


@click.command()
@click.argument("name")
def rollback(name: str) -> None:
    """Let the lock name what the model NAME was before. `pull` then brings the store to it.

    The lock remembers the last five artifacts of each name. What the name stands for now is
    forgotten: `add` it again to come back to it.
    """
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # keeps `--help` quick

    place = opened()
    now = place.lock.get(name)
    before = Lock.changed(place.lock.path, lambda lock: lock.rolled_back(name)).get(name)
    click.echo(
        f"{name}: {before.source}, artifact {before.artifact[:12]}, in place of {now.source}, "
        f"{now.artifact[:12]}"
    )
    if before.artifact not in place.store.digests():
        click.echo(f"Run `ai-translate models pull {name}`.", err=True)


@click.command()
@click.argument("name")
@click.option("--key", type=_KEY, required=True, help="A private key of Ed25519, in PEM.")
def sign(name: str, key: Path) -> None:
    """Sign the model NAME of the lock, every stored byte of which is verified before.

    The signature is written into the lock. The public key is printed, as AIT_REQUIRE_SIGNATURE
    takes it. A version that is to be published is signed by `push --sign`.
    """
    from dataclasses import replace  # noqa: PLC0415  # keeps `--help` quick

    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the same
    from ai_translate.supply.signatures import Signer, statement_of  # noqa: PLC0415  # the same

    place = opened()
    signer = Signer(key)
    model = place.lock.get(name)
    place.store.open(model.artifact)
    signature = signer.sign(statement_of(model))

    def signed(now: Lock) -> Lock:
        if now.get(name) != model:
            raise LockError(f"{name} has been changed meanwhile.", hint="Try again.")
        return now.with_model(replace(model, signature=signature))

    Lock.changed(place.lock.path, signed)
    click.echo(f"{name}: artifact {model.artifact[:12]} signed by", err=True)
    click.echo(signer.public)


def _tell(version: Version) -> None:
    named, manifest = version.named, version.manifest
    digest = manifest.digest if manifest else ""
    click.echo(f"{named.repo}@{named.version}: artifact {digest[:12]}, commit {version.commit}")


def _fields(version: Version, locked: dict[str, str]) -> dict[str, Any]:
    manifest = version.manifest
    digest = manifest.digest if manifest else ""
    return {
        "repo": version.named.repo,
        "version": version.named.version,
        "commit": version.commit,
        "artifact": digest,
        "quantization": manifest.quantization if manifest else "",
        "licence": manifest.licence if manifest else "",
        "pairs": [f"{p.source}:{p.target}" for p in manifest.pairs] if manifest else [],
        "locked": locked.get(digest, ""),
    }
