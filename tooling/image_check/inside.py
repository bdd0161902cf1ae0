"""What is looked at from inside a container, by its own Python: `python - ready|translate|tools`.

Each prints one line of JSON. It is sent in by `docker exec`, for the container has no network.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any
from urllib.request import Request, urlopen

from ai_translate.server.probe import look

_PATIENCE_SECONDS = 120.0
_ASK_SECONDS = 0.02
_TEXTS = ("Hello, where is the station?", "Thank you.", "I would like a cup of coffee.")
_PACKAGES = ("pip", "setuptools", "wheel", "ensurepip", "torch", "transformers", "huggingface_hub")
_PROGRAMS = ("pip", "pip3", "gcc", "cc", "make", "ld")
_FIND = (
    "import importlib.util, sys; print([n for n in sys.argv[1:] if importlib.util.find_spec(n)])"
)


def ready() -> dict[str, Any]:
    """When the server was ready, in seconds since the epoch, or what it last said."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := look(os.environ)).ready:
        if time.monotonic() > deadline:
            return {"ready": None, "said": found.line}
        time.sleep(_ASK_SECONDS)
    return {"ready": time.time(), "said": found.line}


def translate() -> dict[str, Any]:
    """One text and a batch in the first direction that there is."""
    pair = _asked("languages")["pairs"][0]
    direction = {"source_lang": pair["source"], "target_lang": pair["target"]}
    single = _asked("translate", {"text": _TEXTS[0], **direction})
    batch = _asked("translate/batch", {"texts": _TEXTS, **direction})["translations"]
    return {
        "direction": f"{pair['source']}→{pair['target']}",
        "source": _TEXTS[0],
        "single": single.get("translated_text", ""),
        "batch": [one.get("translated_text", "") for one in batch],
        "texts": len(_TEXTS),
    }


def tools() -> dict[str, Any]:
    """Packages and programs of a build that can be reached, by this Python and by its base's."""
    base = getattr(sys, "_base_executable", sys.executable)
    command = [base, "-I", "-c", _FIND, *_PACKAGES]
    of_base = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    own = [name for name in _PACKAGES if importlib.util.find_spec(name)]
    found = [f"{sys.executable}: {name}" for name in own]
    if of_base.strip() != "[]":
        found.append(f"{base}: {of_base.strip()}")
    return {"found": found + [path for name in _PROGRAMS if (path := shutil.which(name))]}


def _asked(path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{os.environ['AIT_PORT']}/{path}"
    request = Request(url, data, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        return json.load(response)


if __name__ == "__main__":
    print(json.dumps({"ready": ready, "translate": translate, "tools": tools}[sys.argv[1]]()))
