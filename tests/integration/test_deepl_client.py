"""Every method of DeepL's own Python client does its work here, or fails as DeepL would fail it."""

from __future__ import annotations

import gc
import inspect
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import deepl
import deepl.http_client
import pytest
from deepl.api_data import (
    ModelType,
    MultilingualGlossaryDictionaryEntries,
    MultilingualGlossaryInfo,
    TranslationMemoryJob,
)

from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys
from support.server_process import ServerProcess, fake_server, starter_server

STATION = "Where is the station?"
FRENCH = re.compile("gare|station")

Client = deepl.DeepLClient
Deed = Callable[[Client, Path], None]


@dataclass(frozen=True)
class Callers:
    """Keys of a server: for texts and glossaries, for texts alone, and with little left."""

    mine: str
    reader: str
    poor: str
    seldom: str

    @classmethod
    def made(cls, folder: Path) -> Callers:
        """New ones."""
        database = Database.open(folder)
        texts, keys = (Access.TRANSLATE,), Keys(database)
        callers = cls(
            keys.create("mine", (*texts, Access.GLOSSARIES)).text,
            keys.create("reader", texts).text,
            keys.create("poor", texts, characters_per_month=5).text,
            keys.create("seldom", texts, requests_per_minute=1).text,
        )
        database.close()
        return callers


@pytest.fixture(scope="module")
def keyed(
    models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServerProcess, Callers]]:
    """The starter model behind keys, with DeepL's contract at the root, too."""
    state = tmp_path_factory.mktemp("state")
    callers = Callers.made(state)
    settings = {"AIT_STATE_DIR": str(state), "AIT_AUTH": "keys", "AIT_ROOT": "deepl"}
    with starter_server(models, **settings) as process:
        process.url()
        yield process, callers


@contextmanager
def speaking(url: str, key: str = "any") -> Iterator[Client]:
    """A client of an address."""
    made = Client(key, server_url=url)
    try:
        yield made
    finally:
        made.close()  # type: ignore[no-untyped-call]
        # It leaves the connection of a download open that was refused.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture
def client(keyed: tuple[ServerProcess, Callers]) -> Iterator[Client]:
    """A client of the prefix."""
    server, callers = keyed
    with speaking(f"{server.url()}/deepl/", callers.mine) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client tries five times, for half a minute."""
    monkeypatch.setattr(deepl.http_client, "max_network_retries", 0)


def translate_text(client: Client, _folder: Path) -> None:
    """One and several, with the options that have effect and those that have none."""
    one = client.translate_text(STATION, target_lang="FR")
    assert isinstance(one, deepl.TextResult)
    assert FRENCH.search(one.text)
    assert (one.detected_source_lang, one.billed_characters) == ("EN", len(STATION))
    several = client.translate_text(
        ["<p>The <k>red house</k> is old.</p>", "<p>Thank you.</p>"],
        source_lang=deepl.Language.ENGLISH,
        target_lang=deepl.Language.FRENCH,
        context="A street.",
        split_sentences=deepl.SplitSentences.OFF,
        preserve_formatting=True,
        formality=deepl.Formality.PREFER_MORE,
        tag_handling="xml",
        tag_handling_version="v2",
        outline_detection=False,
        non_splitting_tags=["b"],
        splitting_tags="p,div",
        ignore_tags=["k"],
        model_type=ModelType.PREFER_QUALITY_OPTIMIZED,
        extra_body_parameters={"something": "new"},
    )
    assert isinstance(several, list)
    assert [result.text[:3] for result in several] == ["<p>", "<p>"]
    assert "<k>red house</k>" in several[0].text
    assert several[1].text == "<p>Merci.</p>"
    assert {result.model_type_used for result in several} == {"quality_optimized"}


def glossary(client: Client) -> deepl.GlossaryInfo:
    made = client.create_glossary("Mine & yours", "EN", "FR", {"station": "aérogare"})
    assert (made.name, made.source_lang, made.target_lang) == ("Mine & yours", "EN", "FR")
    assert (made.ready, made.entry_count) == (True, 1)
    return made


def create_glossary(client: Client, _folder: Path) -> None:
    """One is honoured by its object and by its id."""
    made = glossary(client)
    for given in (made, made.glossary_id):
        result = client.translate_text(STATION, source_lang="EN", target_lang="FR", glossary=given)
        assert "aérogare" in str(result)
    ids: list[Any] = [made]
    more = client.translate_text(STATION, source_lang="EN", target_lang="FR", glossary_ids=ids)
    assert "aérogare" in str(more)


def create_glossary_from_csv(client: Client, _folder: Path) -> None:
    """With and without languages in it."""
    for content in ("bus,car\n", "bus,car,en,fr\n", io.StringIO("bus,car")):
        made = client.create_glossary_from_csv("Mine", "en", "fr", content)
        assert client.get_glossary_entries(made) == {"bus": "car"}


def translate_text_with_glossary(client: Client, _folder: Path) -> None:
    """The languages are those of the glossary."""
    assert "aérogare" in str(client.translate_text_with_glossary(STATION, glossary(client)))


def list_glossaries(client: Client, _folder: Path) -> None:
    """With those that were made, until they are deleted."""
    made = glossary(client)
    assert made.glossary_id in [one.glossary_id for one in client.list_glossaries()]
    found = client.get_glossary(made.glossary_id)
    assert (found.name, found.creation_time) == (made.name, made.creation_time)
    client.delete_glossary(made)
    assert made.glossary_id not in [one.glossary_id for one in client.list_glossaries()]
    for ask in (client.get_glossary, client.get_glossary_entries, client.delete_glossary):
        with pytest.raises(deepl.GlossaryNotFoundException, match="message: There is no glossary"):
            ask(made.glossary_id)


def get_languages(client: Client, _folder: Path) -> None:
    """Of sources, of targets and of glossaries."""
    assert [(one.code, one.name) for one in client.get_source_languages()] == [("EN", "English")]
    [target] = client.get_target_languages()
    assert (target.code, target.name, target.supports_formality) == ("FR", "French", False)
    [pair] = client.get_glossary_languages()
    assert (pair.source_lang, pair.target_lang) == ("en", "fr")


def get_usage(client: Client, _folder: Path) -> None:
    """It grows by what is translated."""
    before = client.get_usage()
    client.translate_text("Thank you.", source_lang="EN", target_lang="FR")
    after = client.get_usage()
    assert before.character.count is not None
    assert after.character.count == before.character.count + len("Thank you.")
    assert not after.any_limit_reached


def translate_document(client: Client, folder: Path) -> None:
    """From file to file, and from stream to stream."""
    source, target = folder / "a.txt", folder / "b.txt"
    source.write_text(STATION, encoding="utf-8")
    done = client.translate_document_from_filepath(
        source, target, source_lang="EN", target_lang="FR", formality="prefer_less"
    )
    assert done.done
    assert done.billed_characters == len(STATION)
    assert FRENCH.search(target.read_text(encoding="utf-8"))
    output = io.BytesIO()
    with source.open("rb") as stream:
        made = glossary(client)
        client.translate_document(
            stream, output, source_lang="EN", target_lang="FR", glossary=made, filename="c.html"
        )
    assert "aérogare" in output.getvalue().decode()


def translate_document_upload(client: Client, _folder: Path) -> None:
    """Step by step; a result is there once."""
    handle = client.translate_document_upload(
        STATION, source_lang="EN", target_lang="FR", filename="a.txt"
    )
    assert client.translate_document_get_status(handle).ok
    assert client.translate_document_wait_until_done(handle, timeout_s=60).done
    response = client.translate_document_download(handle)
    assert response is not None
    assert FRENCH.search(response.content.decode())
    with pytest.raises(deepl.DeepLException, match="Not found"):
        download_for_ever(client, handle)
    wrong = deepl.DocumentHandle(handle.document_id, "x" * 11)
    with pytest.raises(deepl.DeepLException, match="Not found, message: "):
        client.translate_document_get_status(wrong)


def download_for_ever(client: Client, handle: deepl.DocumentHandle) -> None:
    """A result is removed when its last byte is sent, which may have been read by then."""
    while True:
        client.translate_document_download(handle)


def terms(source: str = "en", target: str = "fr", **entries: str) -> Any:
    return MultilingualGlossaryDictionaryEntries(source, target, entries)


def multilingual(client: Client) -> MultilingualGlossaryInfo:
    both = [terms(station="aérogare"), terms("fr", "en", gare="station")]
    return client.create_multilingual_glossary("Both", both)


def entries_of(client: Client, of: MultilingualGlossaryInfo) -> str:
    [found] = client.get_multilingual_glossary_entries(of, "EN", "FR").dictionaries
    assert (found.source_lang, found.target_lang) == ("en", "fr")
    return str(found.entries)


def create_multilingual_glossary(client: Client, _folder: Path) -> None:
    """Of several directions, from terms and from CSV, honoured and listed."""
    made = multilingual(client)
    pairs = [(one.source_lang, one.target_lang) for one in made.dictionaries]
    assert (made.name, pairs) == ("Both", [("EN", "FR"), ("FR", "EN")])
    result = client.translate_text(STATION, source_lang="EN", target_lang="FR", glossary=made)
    assert "aérogare" in str(result)
    written = client.create_multilingual_glossary_from_csv("CSV", "en", "fr", "bus,car\n")
    assert entries_of(client, written) == "bus\tcar"
    listed = {one.glossary_id: one.name for one in client.list_multilingual_glossaries()}
    assert listed[made.glossary_id] == "Both"
    assert client.get_multilingual_glossary(written.glossary_id).name == "CSV"


def update_multilingual_glossary(client: Client, _folder: Path) -> None:
    """Its name, and terms of it."""
    made = multilingual(client)
    assert client.update_multilingual_glossary_name(made, "Ours").name == "Ours"
    client.update_multilingual_glossary_dictionary(made, terms(bus="car"))
    client.update_multilingual_glossary_dictionary_from_csv(made, "en", "fr", "boat,bateau\n")
    assert entries_of(client, made) == "station\taérogare\nbus\tcar\nboat\tbateau"


def replace_multilingual_glossary_dictionary(client: Client, _folder: Path) -> None:
    """All the terms of a direction."""
    made = multilingual(client)
    told = client.replace_multilingual_glossary_dictionary(made, terms(bus="car", boat="bateau"))
    assert (told.source_lang, told.target_lang, told.entry_count) == ("EN", "FR", 2)
    client.replace_multilingual_glossary_dictionary_from_csv(made, "en", "fr", "bus,autocar")
    assert entries_of(client, made) == "bus\tautocar"


def delete_multilingual_glossary(client: Client, _folder: Path) -> None:
    """A direction, and then all."""
    made = multilingual(client)
    client.delete_multilingual_glossary_dictionary(made, source_lang="fr", target_lang="en")
    [left] = client.get_multilingual_glossary(made.glossary_id).dictionaries
    assert left.target_lang == "FR"
    with pytest.raises(deepl.DeepLException, match="at least one dictionary"):
        client.delete_multilingual_glossary_dictionary(made, left)
    client.delete_multilingual_glossary(made)
    with pytest.raises(deepl.GlossaryNotFoundException, match="message: There is no glossary"):
        client.get_multilingual_glossary(made.glossary_id)


COVERED: Final[Mapping[Deed, str]] = {
    translate_text: "translate_text",
    create_glossary: "create_glossary",
    create_glossary_from_csv: "create_glossary_from_csv get_glossary_entries",
    translate_text_with_glossary: "translate_text_with_glossary",
    list_glossaries: "list_glossaries get_glossary delete_glossary",
    get_languages: "get_source_languages get_target_languages get_glossary_languages",
    get_usage: "get_usage",
    translate_document: "translate_document translate_document_from_filepath",
    translate_document_upload: "translate_document_upload translate_document_get_status "
    "translate_document_wait_until_done translate_document_download",
    create_multilingual_glossary: "create_multilingual_glossary get_multilingual_glossary "
    "create_multilingual_glossary_from_csv list_multilingual_glossaries",
    update_multilingual_glossary: "update_multilingual_glossary_name "
    "update_multilingual_glossary_dictionary update_multilingual_glossary_dictionary_from_csv "
    "get_multilingual_glossary_entries",
    replace_multilingual_glossary_dictionary: "replace_multilingual_glossary_dictionary "
    "replace_multilingual_glossary_dictionary_from_csv",
    delete_multilingual_glossary: "delete_multilingual_glossary "
    "delete_multilingual_glossary_dictionary",
}
"""What works, and which methods show it."""

LACKING: Final[Mapping[str, Callable[[Client, Path], Any]]] = {
    "rephrase_text": lambda client, _: client.rephrase_text("a"),
    "correct_text": lambda client, _: client.correct_text("a"),
    "get_all_style_rules": lambda client, _: client.get_all_style_rules(page=1),
    "create_style_rule": lambda client, _: client.create_style_rule("a", "en"),
    "get_style_rule": lambda client, _: client.get_style_rule("a"),
    "update_style_rule_name": lambda client, _: client.update_style_rule_name("a", "b"),
    "delete_style_rule": lambda client, _: client.delete_style_rule("a"),
    "update_style_rule_configured_rules": lambda client, _: (
        client.update_style_rule_configured_rules("a", {})
    ),
    "create_style_rule_custom_instruction": lambda client, _: (
        client.create_style_rule_custom_instruction("a", "b", "c")
    ),
    "get_style_rule_custom_instruction": lambda client, _: client.get_style_rule_custom_instruction(
        "a", "b"
    ),
    "update_style_rule_custom_instruction": lambda client, _: (
        client.update_style_rule_custom_instruction("a", "b", "c", "d")
    ),
    "delete_style_rule_custom_instruction": lambda client, _: (
        client.delete_style_rule_custom_instruction("a", "b")
    ),
    "list_translation_memories": lambda client, _: client.list_translation_memories(page=1),
    "get_translation_memory": lambda client, _: client.get_translation_memory("a"),
    "list_translation_memory_segments": lambda client, _: client.list_translation_memory_segments(
        "a"
    ),
    "delete_translation_memory": lambda client, _: client.delete_translation_memory("a"),
    "create_translation_memory_import": lambda client, _: client.create_translation_memory_import(
        "a", 1
    ),
    "upload_translation_memory_file": lambda client, _: client.upload_translation_memory_file(
        f"{client.server_url}v3/translation_memories/a", b"x"
    ),
    "create_translation_memory_export": lambda client, _: client.create_translation_memory_export(
        "a"
    ),
    "get_translation_memory_job": lambda client, _: client.get_translation_memory_job("a"),
    "wait_until_translation_memory_job_done": lambda client, _: (
        client.wait_until_translation_memory_job_done("a")
    ),
    "download_translation_memory_export": lambda client, _: (
        client.download_translation_memory_export(exported(client))
    ),
    "import_translation_memory_from_filepath": lambda client, folder: (
        client.import_translation_memory_from_filepath(written(folder))
    ),
    "export_translation_memory_to_filepath": lambda client, folder: (
        client.export_translation_memory_to_filepath("a", folder / "a.tmx")
    ),
}
"""What there is not here, and how it is asked for."""

WITHOUT_SERVER: Final = {"close", "set_app_info"}


def exported(client: Client) -> TranslationMemoryJob:
    """What the client would have been told of an export."""
    url = f"{client.server_url}v3/translation_memories/a"
    return TranslationMemoryJob.from_json(
        {"job_id": "a", "status": "completed", "results": [{"download_url": url}]}
    )


def written(folder: Path) -> Path:
    """A file to import."""
    path = folder / "a.tmx"
    path.write_text("<tmx/>", encoding="utf-8")
    return path


def test_every_method_is_known() -> None:
    """A version of the client that has another one must be looked at."""
    methods = {
        name
        for name, _ in inspect.getmembers(Client, inspect.isfunction)
        if not name.startswith("_")
    }
    covered = " ".join(COVERED.values()).split()
    assert len(covered) == len(set(covered))
    assert methods == {*covered, *LACKING, *WITHOUT_SERVER}


@pytest.mark.parametrize("deed", COVERED, ids=lambda deed: deed.__name__)
def test_what_it_covers_works(deed: Deed, client: Client, tmp_path: Path) -> None:
    """As the client's own documentation has it."""
    deed(client, tmp_path)


@pytest.mark.parametrize("deed", [translate_text, translate_document, create_multilingual_glossary])
def test_the_root_does_the_same(
    deed: Deed, keyed: tuple[ServerProcess, Callers], tmp_path: Path
) -> None:
    """For clients that take a host and no path."""
    server, callers = keyed
    with speaking(server.url(), callers.mine) as client:
        deed(client, tmp_path)


@pytest.mark.parametrize("name", LACKING)
def test_what_it_lacks_is_refused_as_by_deepl(name: str, client: Client, tmp_path: Path) -> None:
    """As an error of DeepL with its message, and no failure to read an answer."""
    with pytest.raises(deepl.DeepLException) as caught:
        LACKING[name](client, tmp_path)
    files_of_others = name.startswith(("upload", "download"))  # which are asked for without a key
    assert caught.value.http_status_code == (403 if files_of_others else 404)
    if name != "download_translation_memory_export":
        assert "message" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"formality": "more"}, "'formality' is not supported for given 'target_lang'"),
        ({"style_rule": "a"}, "style_id"),
        ({"translation_memory": "a"}, "translation_memory_id"),
        ({"custom_instructions": ["Be brief."]}, "custom_instructions"),
        ({"glossary_ids": ["a", "b"]}, "Only one glossary"),
        ({"target_lang": "DE"}, "No model translates en→de"),
    ],
)
def test_options_that_it_lacks_are_bad_requests(
    options: dict[str, Any], expected: str, client: Client
) -> None:
    """Whose messages the client shows."""
    asked = {"source_lang": "EN", "target_lang": "FR", **options}
    with pytest.raises(deepl.DeepLException, match=f"Bad request, message: .*{expected}"):
        client.translate_text(STATION, **asked)


def test_refusals_are_the_exceptions_that_clients_expect(
    keyed: tuple[ServerProcess, Callers],
) -> None:
    """Of keys, of limits and of quotas."""
    server, callers = keyed
    url = f"{server.url()}/deepl/"
    with (
        speaking(url, "nonsense") as wrong,
        pytest.raises(deepl.AuthorizationException, match="message: "),
    ):
        wrong.get_usage()
    with (
        speaking(url, callers.reader) as reader,
        pytest.raises(deepl.AuthorizationException, match="needs glossaries"),
    ):
        reader.create_glossary("a", "en", "fr", {"a": "b"})
    with speaking(url, callers.poor) as poor:
        assert poor.get_usage().character.limit == 5
        with pytest.raises(deepl.QuotaExceededException, match="left of the 5 allowed"):
            poor.translate_text(STATION, target_lang="FR")
        with pytest.raises(deepl.QuotaExceededException, match="left of the 5 allowed"):
            poor.translate_document_upload(STATION, target_lang="FR", filename="a.txt")
    with speaking(url, callers.seldom) as slow:
        slow.translate_text("a", source_lang="EN", target_lang="FR")
        with pytest.raises(deepl.TooManyRequestsException, match="message: "):
            slow.translate_text("a", source_lang="EN", target_lang="FR")


def test_a_document_that_is_not_ready_is_known_as_that() -> None:
    """So that a client may ask again."""
    with fake_server() as server, speaking(f"{server.url()}/deepl/") as client:
        handle = client.translate_document_upload(
            "WAIT", source_lang="EN", target_lang="FR", filename="a.txt"
        )
        assert client.translate_document_get_status(handle).status.value == "translating"
        with pytest.raises(deepl.DocumentNotReadyException):
            client.translate_document_download(handle)
