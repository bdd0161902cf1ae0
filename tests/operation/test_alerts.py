"""The rules of alerts, and all metrics, as Prometheus's own tool judges them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import yaml

from ai_translate.server.metric_families import FAMILIES, PROCESS
from support.server_process import PROJECT, starter_server

RULES = PROJECT / "deploy/prometheus/alerts.yml"
CASES = Path(__file__).parent / "alerts.test.yml"


def promtool(*arguments: str | Path, given: str = "") -> str:
    """What the tool says, which must be satisfied."""
    done = subprocess.run(
        ["promtool", *arguments],
        input=given,
        cwd=CASES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def alerts() -> dict[str, str]:
    """Each alert with its expression."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def test_the_rules_are_sound() -> None:
    """`promtool check rules` accepts them, and nothing in them looks odd to it."""
    said = promtool("check", "rules", "--lint-fatal", RULES)
    assert f"{len(alerts())} rules found" in said


def test_each_rule_does_what_it_says() -> None:
    """`promtool test rules` finds each alert where it should be, and none where all is well."""
    assert "SUCCESS" in promtool("test", "rules", CASES)


def test_each_rule_is_tried_and_described() -> None:
    """For each alert there is a case in which it fires, and a row in docs/observing.md."""
    cases = CASES.read_text(encoding="utf-8")
    page = (PROJECT / "docs/observing.md").read_text(encoding="utf-8")
    fires = {
        name for name in alerts() if re.search(rf'alertname(=|: )"?{name}\b.*value: 1', cases)
    } | set(re.findall(r"alertname: (\w+)\n\s+eval_time: \w+\n\s+exp_alerts:\n", cases))
    assert fires == set(alerts())
    assert set(re.findall(r"`(AITranslate\w+)`", page)) == set(alerts())


def test_rules_ask_for_metrics_that_there_are() -> None:
    """Every metric and label that a rule names is one that a server tells of."""
    known = {"up": {"job", "instance"}}
    for family in (*FAMILIES, *PROCESS):
        suffixes = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
        for suffix in suffixes:
            known[family.name + suffix] = {*family.labels, "le", "job", "instance"}
    for expression in alerts().values():
        names = re.findall(r"\b(?:ai_translate|process)_\w+", expression)
        assert set(names) <= set(known), expression
        for name, labels in re.findall(r"\b(\w+)\{([^}]*)\}", expression):
            assert set(re.findall(r"(\w+)\s*[!=]", labels)) <= known[name], expression


def test_metrics_are_as_prometheus_likes_them() -> None:
    """`promtool check metrics` has nothing to say of what a server with a real model tells."""
    with starter_server(PROJECT / ".models") as server:
        url = server.url()
        httpx.post(f"{url}/translate", json={"text": "Where is the station?"}).raise_for_status()
        httpx.get(f"{url}/nowhere")
        text = httpx.get(f"{url}/metrics").text
    assert "ai_translate_inference_seconds_bucket" in text
    assert promtool("check", "metrics", given=text) == ""
