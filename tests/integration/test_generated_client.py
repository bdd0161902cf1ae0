"""A client that is made from the OpenAPI document of a server works with that server."""

from __future__ import annotations

import importlib
import io
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from support.examples import examples
from support.server_process import ServerProcess, fake_server

PACKAGE: Final = "made_from_openapi"


class Made(NamedTuple):
    """A package that was made, and what it was made from."""

    folder: Path
    document: dict[str, Any]
    said: str

    def module(self, name: str) -> Any:
        """One of its modules."""
        return importlib.import_module(f"{PACKAGE}.{name}" if name else PACKAGE)

    def operation(self, name: str) -> Any:
        """The module of one operation of our own contract."""
        return self.module(f"api.ai_translate.{name}")

    def model(self, name: str) -> Any:
        """One of the shapes."""
        return getattr(self.module("models"), name)

    def client(self, server: ServerProcess, **options: Any) -> Any:
        """A client of a server, which takes no answer that the document does not have."""
        kind = "AuthenticatedClient" if "token" in options else "Client"
        options |= {"base_url": server.url(), "raise_on_unexpected_status": True}
        return getattr(self.module(""), kind)(**options)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those of a document by their names."""
    every = [one for methods in document["paths"].values() for one in methods.values()]
    named = {one["operationId"]: one for one in every}
    assert len(named) == len(every)
    return named


@pytest.fixture(scope="module")
def made(starter: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A client, made as its user would."""
    folder = tmp_path_factory.mktemp("client")
    # As the page has it; and nothing is to be done to the code afterwards.
    [shown] = examples("yaml")
    (folder / "config.yaml").write_text(f"{shown.code}post_hooks: []\n", encoding="utf-8")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("openapi-python-client"), "generate"),
            *("--url", f"{starter.url()}/openapi.json", "--config", "config.yaml"),
            *("--meta", "none", "--output-path", PACKAGE, "--fail-on-warning"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = httpx.get(f"{starter.url()}/openapi.json").json()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield Made(folder / PACKAGE, document, done.stdout + done.stderr)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_nothing_of_the_document_makes_the_maker_stumble(made: Made) -> None:
    """It warns of nothing and has a function for each operation, and every module is sound."""
    assert "warning" not in made.said.lower()
    wanted = operations(made.document)
    paths = made.folder.glob("api/*/*.py")
    assert {path.stem for path in paths if path.stem != "__init__"} == set(wanted)
    for path in sorted(made.folder.rglob("*.py")):
        within = path.relative_to(made.folder).with_suffix("")
        module = made.module(".".join(within.parts).removesuffix("__init__").rstrip("."))
        if within.parts[0] == "api" and within.name != "__init__":
            assert callable(module.sync_detailed), within


def test_every_answer_of_the_document_has_its_type(made: Made) -> None:
    """No answer or body is of a shape without a name, which a maker would have to invent."""
    names = {path.stem for path in made.folder.glob("models/*.py")}
    assert not [name for name in names if "response_" in name or "_type_" in name]
    for name, operation in operations(made.document).items():
        contents = [
            content
            for holder in (operation.get("requestBody", {}), *operation["responses"].values())
            for content in holder.get("content", {}).values()
        ]
        inline = [one for one in contents if "properties" in one["schema"]]
        assert not inline, name


def test_it_translates_one_text(made: Made, starter: ServerProcess) -> None:
    """What is typed `TranslateResponse` has the translation."""
    body = made.model("TranslateRequest")(text="Where is the station?", alternatives=1, beam_size=4)
    with made.client(starter) as client:
        answer = made.operation("translate").sync(client=client, body=body)
        query = made.operation("translate_query").sync(client=client, text="Where is the station?")
    assert isinstance(answer, made.model("TranslateResponse"))
    assert answer.translated_text == query.translated_text == "Où est la gare ?"
    assert (answer.source_lang, answer.target_lang) == ("en", "fr")
    assert len(answer.alternatives) == 1
    assert not query.alternatives


def test_it_translates_a_batch_and_tells_failures_from_translations(
    made: Made, starter: ServerProcess
) -> None:
    """Each item is of one of two types, and neither is taken for the other."""
    long = "a" * 2_000_001
    body = made.model("BatchRequest")(texts=["Good morning.", long, "Thank you."])
    with made.client(starter) as client:
        answer = made.operation("translate_batch").sync(client=client, body=body)
    kinds = [type(one).__name__ for one in answer.translations]
    assert kinds == ["TranslateResponse", "FailedItem", "TranslateResponse"]
    assert answer.translations[1].error.code == "too_large"
    assert answer.translations[2].translated_text == "Merci."


def test_it_detects_a_language_and_gives_doubts(made: Made, starter: ServerProcess) -> None:
    """Shapes within the answer have their types."""
    text = "Where is the station? I would like a cup of coffee, please."
    body = made.model("TranslateRequest")(text=text, source_lang="auto")
    with made.client(starter) as client:
        answer = made.operation("translate").sync(client=client, body=body)
    assert isinstance(answer.detected_language, made.model("DetectedLanguage"))
    assert answer.detected_language.language == "en"


def test_it_reads_a_stream_as_text(made: Made, starter: ServerProcess) -> None:
    """Events come whole: who wants them one by one reads them himself."""
    body = made.model("TranslateRequest")(text="Where is the station?")
    with made.client(starter) as client:
        answer = made.operation("translate_stream").sync(client=client, body=body)
    assert answer.startswith("event: start\n")
    assert "event: done\n" in answer


def test_it_reads_what_there_is(made: Made, starter: ServerProcess) -> None:
    """Languages, health, models and usage."""
    with made.client(starter) as client:
        languages = made.operation("languages").sync(client=client)
        health = made.operation("health").sync(client=client)
        overview = made.operation("overview").sync(client=client)
        usage = made.operation("usage").sync(client=client)
        metrics = made.operation("metrics").sync(client=client)
    assert [(pair.source, pair.target) for pair in languages.pairs] == [("en", "fr")]
    assert languages.names["fr"] == "French"
    assert health.status == made.model("Status").HEALTHY
    assert overview.models[0].name == "starter-en-fr"
    assert usage.limits.month_ends.tzinfo is not None
    assert metrics.startswith("# HELP")


def test_it_keeps_a_glossary_and_uses_it(made: Made, starter: ServerProcess) -> None:
    """A round trip, once as JSON and once as CSV, and a name that is not there any more."""
    terms = made.model("TermsByDirection").from_dict({"en-fr": {"station": "halte"}})
    lines = made.module("types").File(payload=io.BytesIO(b"coffee,kawa\n"))
    put, read = made.operation("put_glossary"), made.operation("read_glossary")
    with made.client(starter) as client:
        kept = put.sync("made", client=client, body=terms)
        assert kept.pairs[0].entries == 1
        found = read.sync("made", client=client)
        assert found.terms.to_dict() == {"en-fr": {"station": "halte"}}
        body = made.model("TranslateRequest")(text="Where is the station?", glossary="made")
        answer = made.operation("translate").sync(client=client, body=body)
        assert "halte" in answer.translated_text
        assert answer.glossary.applied == ["station"]
        put.sync("made", client=client, body=lines, source_lang="en", target_lang="fr")
        found = read.sync("made", client=client)
        assert found.terms.to_dict() == {"en-fr": {"coffee": "kawa"}}
        gone = made.operation("remove_glossary").sync_detailed("made", client=client)
        assert gone.status_code == HTTPStatus.NO_CONTENT
        missing = read.sync("made", client=client)
    assert isinstance(missing, made.model("Failure"))
    assert missing.error.code == "not_found"


def test_it_sends_a_document_and_gets_it_back(made: Made, starter: ServerProcess) -> None:
    """At once, and as a job that is asked for until it is done."""

    def form(**fields: Any) -> Any:
        content = io.BytesIO(b"Where is the station?\n")
        file = made.module("types").File(content, "report.txt", "text/plain")
        return made.model("DocumentForm")(file=file, **fields)

    with made.client(starter) as client:
        send = made.operation("translate_document")
        at_once = send.sync(client=client, body=form(wait=60.0, translate_attributes=True))
        assert at_once.payload.read().decode() == "Où est la gare ?\n"
        job = send.sync(client=client, body=form(wait=0.0))
        assert isinstance(job, made.model("DocumentJob"))
        while job.status in {"queued", "running"}:
            job = made.operation("document_job").sync(job.id, client=client)
        assert job.status == made.model("JobStatus").DONE
        result = made.operation("document_result").sync(job.id, client=client)
        assert result.payload.read().decode() == "Où est la gare ?\n"
        gone = made.operation("remove_document").sync_detailed(job.id, client=client)
    assert gone.status_code == HTTPStatus.NO_CONTENT


def test_errors_have_their_type(made: Made, starter: ServerProcess) -> None:
    """One shape for every status, with the places of what is wrong where that is known."""
    request = made.model("TranslateRequest")
    send = made.operation("translate")
    with made.client(starter) as client:
        pair = send.sync(client=client, body=request(text="Hello.", target_lang="de"))
        field = send.sync(client=client, body=request(text="Hello.", beam_size=99))
    assert isinstance(pair, made.model("Failure"))
    assert pair.error.code == "unsupported_language_pair"
    assert pair.detail == pair.error.message
    assert field.error.code == "invalid_request"
    assert field.detail[0].loc == ["body", "beam_size"]


def test_it_sends_its_key(made: Made, tmp_path: Path) -> None:
    """With one it translates; without, what comes is no answer of a server without keys."""
    state = {"AIT_STATE_DIR": str(tmp_path), "AIT_AUTH": "keys"}
    create = [*(sys.executable, "-m", "ai_translate.cli"), "keys", "create", "made"]
    done = subprocess.run(create, env=state, capture_output=True, text=True, check=True)
    body = made.model("TranslateRequest")(text="Hello.")
    send = made.operation("translate")
    with fake_server(**state) as server:
        with made.client(server, token=done.stdout.strip()) as client:
            answer = send.sync(client=client, body=body)
        with (
            made.client(server) as client,
            pytest.raises(made.module("errors").UnexpectedStatus) as refused,
        ):
            send.sync(client=client, body=body)
    assert answer.original_text == "Hello."
    assert refused.value.status_code == HTTPStatus.UNAUTHORIZED
