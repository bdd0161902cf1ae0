from __future__ import annotations

import re

import pytest

from ai_translate.languages import LanguagePair
from ai_translate.server.exchange import Exchange, request_id
from ai_translate.tally import Done


@pytest.mark.parametrize(
    "given", ["a", "A.b_c-9", "f" * 128, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"]
)
def test_a_well_formed_name_is_kept(given: str) -> None:
    """A client may name its request."""
    assert Exchange([(b"host", b"x"), (b"x-request-id", given.encode())]).request_id == given


@pytest.mark.parametrize(
    "given",
    [b"", b"f" * 129, b"a b", b"a\nb", b"<script>", "é".encode(), b"a\x00", b"a/b", b"\xff"],
)
def test_any_other_name_is_made_here(given: bytes) -> None:
    """What could forge a line or a page is replaced as a whole, by a name of its own."""
    names = {Exchange([(b"x-request-id", given)]).request_id for _ in range(9)}
    assert len(names) == 9
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in names)


def test_outside_of_requests_a_name_is_made() -> None:
    """A fault in the background has a name, too, to be found by."""
    assert request_id() != request_id()


def test_an_exchange_keeps_few_of_many() -> None:
    """A document of thousands of groups is counted in full, and told apart in part."""
    exchange = Exchange([])
    for number in range(1000):
        pair = LanguagePair("en", "fr")
        exchange.add(Done(pair, f"m@{number}", 1, 1, 7, (), 0, 0, f"{number}"))
    assert exchange.characters == 7000
    assert (exchange.model, exchange.sample) == ("m@999", "0")
    assert len(exchange.done) == 32
