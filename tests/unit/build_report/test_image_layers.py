"""What the layers of an image are said to be for."""

from __future__ import annotations

from build_report.image import Image, Made, layers_of
from build_report.steps import steps_of
from support.build_reports import MADE, log, record


def test_each_layer_is_the_part_of_the_stage_it_was_copied_from() -> None:
    """What lies below them is the base; lines without a layer have none."""
    layers = layers_of(MADE, steps_of(log("edited.rawjson")))
    assert [(layer.part, layer.cached) for layer in layers] == [
        ("base", None),
        ("dependencies", True),
        ("models", True),
        ("application", False),
        ("other", False),
    ]
    image = Image("", layers)
    assert image.unpacked == sum(one.unpacked or 0 for one in MADE)
    assert image.parts()["dependencies"] == 307_200
    assert image.parts(packed=True)["models"] == 200


def test_a_history_that_is_of_another_image_gives_no_parts() -> None:
    """No part is guessed: all that is known is the whole."""
    strange = (Made("", 10, 5), Made("ADD x / # buildkit", 20, 10))
    (layer,) = layers_of(strange, steps_of(log("edited.rawjson")))
    assert (layer.part, layer.unpacked, layer.packed, layer.cached) == ("other", 30, 15, None)
    assert layers_of((), steps_of(log("edited.rawjson"))) == ()


def test_a_size_that_is_not_known_makes_the_sum_unknown() -> None:
    """It is no zero."""
    half = (*MADE[:-2], Made("WORKDIR /app", None, 32))
    image = Image("", layers_of(half, steps_of(log("edited.rawjson"))))
    assert image.unpacked is None
    assert image.parts() == {}
    assert image.packed is not None


def test_cached_bytes_are_those_of_layers_whose_step_was_cached() -> None:
    """Of all above the base, which no build makes."""
    cache = record("edited.rawjson").cache
    assert cache.cached_bytes == 307_200 + 12_288
    assert cache.bytes == 307_200 + 12_288 + 12_288 + 4_096
    assert record("edited.rawjson", made=()).cache.of_bytes is None
