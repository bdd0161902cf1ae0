"""Signed versions, and AIT_REQUIRE_SIGNATURE, which lets nothing else in."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ai_translate.supply.signatures import statement
from support.artifactory import Artifactory
from support.project import SECRET, Project

PUBLISHED = "ai-translate/opus-en-fr"


def openssl(*arguments: str | Path) -> bytes:
    """What keys are made with, by others than us."""
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def key_pair(folder: Path, name: str) -> tuple[Path, str]:
    """A private key, and its public one as the setting takes it."""
    path = folder / f"{name}.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", path)
    public = openssl("pkey", "-in", path, "-pubout").decode()
    return path, "".join(line for line in public.splitlines() if "-----" not in line)


@pytest.fixture
def artifactory() -> Iterator[Artifactory]:
    """A server with the repositories of two stages."""
    with Artifactory() as server:
        server.add_token(SECRET, write=True)
        for key in ("models", "prod"):
            server.local(key)
        yield server


@pytest.fixture
def elsewhere(artifactory: Artifactory, tmp_path: Path) -> Project:
    """An empty project beside it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Project(folder, artifactory.endpoint("models"))


def test_a_signed_version_is_let_in_and_no_other(
    artifactory: Artifactory, made: Project, elsewhere: Project, tmp_path: Path
) -> None:
    """Added, pulled and promoted with the key that signed it; with another nothing comes."""
    key, public = key_pair(tmp_path, "key")
    _, other = key_pair(tmp_path, "other")
    made.done("models", "push", "opus-en-fr", "--to", "models", "--version", "1", "--sign", key)
    artifactory.requests.clear()
    ended = elsewhere.run("models", "add", f"{PUBLISHED}@1", AIT_REQUIRE_SIGNATURE=other)
    assert ended.returncode == 1
    assert "by no key of AIT_REQUIRE_SIGNATURE" in ended.stderr
    assert elsewhere.lock.models == ()
    assert elsewhere.stored() == []
    assert artifactory.requests.of("model.bin") == []
    both = f"{other}, {public}"
    elsewhere.done("models", "add", f"{PUBLISHED}@1", AIT_REQUIRE_SIGNATURE=both)
    for command in (("models", "pull"), ("models", "verify")):
        elsewhere.done(*command, AIT_REQUIRE_SIGNATURE=public)
        ended = elsewhere.run(*command, AIT_REQUIRE_SIGNATURE=other)
        assert ended.returncode == 1
        assert "opus-en-fr" in ended.stderr
    promotion = ("promote", "opus-en-fr@1", "--from", "models", "--to", "prod")
    ended = elsewhere.run("models", *promotion, AIT_REQUIRE_SIGNATURE=other)
    assert ended.returncode == 1
    assert artifactory.requests.of("/prod/.*commit") == []
    elsewhere.done("models", *promotion, AIT_REQUIRE_SIGNATURE=public)
    at_prod = replace(elsewhere, endpoint=artifactory.endpoint("prod"))
    at_prod.done("models", "add", f"{PUBLISHED}@1", AIT_REQUIRE_SIGNATURE=public)


@pytest.mark.parametrize("command", ["translate", "doctor", "stage"])
def test_nothing_unsigned_is_used(made: Project, tmp_path: Path, command: str) -> None:
    """What serves, what looks, and what a stage of the image runs refuse it by its name."""
    key, public = key_pair(tmp_path, "key")
    arguments = {
        "translate": ["-m", "ai_translate.cli", "translate", "Hello."],
        "doctor": ["-m", "ai_translate.cli", "doctor"],
        "stage": ["-m", "ai_translate.supply", str(tmp_path / "out")],
    }[command]

    def run() -> subprocess.CompletedProcess[str]:
        environment = made.environment(AIT_REQUIRE_SIGNATURE=public)
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=made.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    ended = run()
    assert ended.returncode == 1
    assert "opus-en-fr is not signed" in ended.stdout + ended.stderr
    assert not (tmp_path / "out").exists()
    signed = made.done("models", "sign", "opus-en-fr", "--key", key)
    assert signed.stdout.strip() == public
    assert run().returncode == 0


def test_a_bundle_with_an_unsigned_model_stays_shut(
    made: Project, elsewhere: Project, tmp_path: Path
) -> None:
    """Nothing of it is stored; once its model is signed, it is let in."""
    key, public = key_pair(tmp_path, "key")
    bundle = tmp_path / "bundle.tar"
    made.done("models", "bundle", bundle)
    ended = elsewhere.run("models", "unbundle", bundle, AIT_REQUIRE_SIGNATURE=public)
    assert ended.returncode == 1
    assert "opus-en-fr is not signed" in ended.stderr
    assert elsewhere.stored() == []
    made.done("models", "sign", "opus-en-fr", "--key", key)
    made.done("models", "bundle", bundle)
    elsewhere.done("models", "unbundle", bundle, AIT_REQUIRE_SIGNATURE=public)
    assert elsewhere.lock.get("opus-en-fr").signature == made.lock.get("opus-en-fr").signature


def test_where_signatures_are_wanted_nothing_is_converted(
    made: Project, elsewhere: Project, tmp_path: Path
) -> None:
    """An unsigned version and a checkpoint are refused before any weights come."""
    _, public = key_pair(tmp_path, "key")
    made.done("models", "push", "opus-en-fr", "--to", "models", "--version", "1")
    checkpoint = elsewhere.folder / "checkpoint"
    checkpoint.mkdir()
    for source in (f"{PUBLISHED}@1", "acme/opus-en-fr", "checkpoint"):
        ended = elsewhere.run("models", "add", source, AIT_REQUIRE_SIGNATURE=public)
        assert ended.returncode == 1
        assert "is not signed" in ended.stderr
        assert elsewhere.lock.models == ()


@pytest.mark.parametrize("change", ["artifact", "provenance.json", "signature"])
def test_a_signature_is_of_artifact_and_provenance(
    made: Project, elsewhere: Project, tmp_path: Path, change: str
) -> None:
    """In a lock in which one of them is another, the signature is of no use."""
    key, public = key_pair(tmp_path, "key")
    made.done("models", "push", "opus-en-fr", "--to", "models", "--version", "1", "--sign", key)
    elsewhere.done("models", "add", f"{PUBLISHED}@1")
    [model] = elsewhere.lock.models
    assert model.signature is not None
    old = {
        "artifact": model.artifact,
        "provenance.json": model.files["provenance.json"].sha256,
        "signature": model.signature,
    }[change]
    new = old.replace(old[:8], "00000000" if old[:8] != "00000000" else "11111111", 1)
    lock = elsewhere.folder / "models.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    ended = elsewhere.run("models", "verify", AIT_REQUIRE_SIGNATURE=public)
    assert ended.returncode == 1
    assert "by no key" in ended.stderr


def test_anybody_can_check_a_signature_with_openssl(
    made: Project, elsewhere: Project, tmp_path: Path
) -> None:
    """What is signed is plain text, and the signature plain Ed25519."""
    key, _ = key_pair(tmp_path, "key")
    made.done("models", "push", "opus-en-fr", "--to", "models", "--version", "1", "--sign", key)
    elsewhere.done("models", "add", f"{PUBLISHED}@1")
    [model] = elsewhere.lock.models
    signed, signature = tmp_path / "statement", tmp_path / "signature"
    provenance = model.files["provenance.json"].sha256
    signed.write_text(f"ai-translate artifact 1\n{model.artifact}\n{provenance}\n")
    assert signed.read_bytes() == statement(model.artifact, provenance)
    signature.write_bytes(base64.b64decode(model.signature or ""))
    verified = openssl(
        *("pkeyutl", "-verify", "-inkey", key, "-rawin", "-in", signed, "-sigfile", signature)
    )
    assert b"Verified Successfully" in verified


def test_a_version_that_is_there_is_not_signed_afterwards(
    artifactory: Artifactory, made: Project, tmp_path: Path
) -> None:
    """A version never changes, not even by a signature; the same signature again is well."""
    key, _ = key_pair(tmp_path, "key")
    version = ("push", "opus-en-fr", "--to", "models", "--version")
    made.done("models", *version, "1")
    artifactory.requests.clear()
    ended = made.run("models", *version, "1", "--sign", key)
    assert ended.returncode == 1
    assert "without manifest.json.sig" in ended.stderr
    assert artifactory.requests.of("/commit/") == []
    made.done("models", *version, "2", "--sign", key)
    assert "is there already" in made.done("models", *version, "2", "--sign", key).stderr


def test_keys_that_are_none_are_told(made: Project, tmp_path: Path) -> None:
    """The mistake is named, and what a key is; nothing of a private key is shown."""
    key, public = key_pair(tmp_path, "key")
    rsa, locked, text = tmp_path / "rsa.pem", tmp_path / "locked.pem", tmp_path / "text"
    openssl("genpkey", "-algorithm", "rsa", "-out", rsa)
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked)
    text.write_text("no key\n", encoding="utf-8")
    for path, message in ((rsa, "no key of Ed25519"), (locked, "encrypted"), (text, "in PEM")):
        ended = made.run("models", "sign", "opus-en-fr", "--key", path)
        assert ended.returncode == 1
        assert message in ended.stderr
    rsa_public = openssl("pkey", "-in", rsa, "-pubout").decode().replace("\n", "")
    for value in ("no-key", public[:-8], re.sub("-----[^-]*-----", "", rsa_public)):
        ended = made.run("models", "verify", AIT_REQUIRE_SIGNATURE=value)
        assert ended.returncode == 1
        assert "no public key" in ended.stderr


def test_a_signature_that_is_none_is_refused(
    artifactory: Artifactory, made: Project, elsewhere: Project
) -> None:
    """A file of that name with something else in it, whether signatures are wanted or not."""
    artifact = made.store.open(made.lock.get("opus-en-fr").artifact)
    names = ("manifest.json", *artifact.manifest.files)
    files = {name: (artifact.path / name).read_bytes() for name in names}
    for content in (b"", b"?", b"QUJD\n", json.dumps({}).encode(), b"\xff" * 64):
        artifactory.add_model("models", PUBLISHED, {**files, "manifest.json.sig": content}, "1")
        ended = elsewhere.run("models", "add", f"{PUBLISHED}@1")
        assert ended.returncode == 1
        assert "is no signature" in ended.stderr
        assert elsewhere.lock.models == ()
