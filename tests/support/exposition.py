"""Metrics as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

__all__ = ["families", "openmetrics_families", "samples"]


def families(text: str) -> Iterable[Metric]:
    """The metrics of a text in Prometheus's own format."""
    found: Iterable[Metric] = text_string_to_metric_families(text)
    return found


def openmetrics_families(text: str) -> Iterable[Metric]:
    """The metrics of a text in the format of OpenMetrics."""
    found: Iterable[Metric] = openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    return found


def samples(text: str) -> dict[str, float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    return {
        " ".join((sample.name, *(value for _, value in sorted(sample.labels.items())))): (
            sample.value
        )
        for family in families(text)
        for sample in family.samples
    }
