"""Exchanges the identity of a run of GitHub Actions for a short-lived token of Artifactory.

    python tooling/artifactory_token.py

GitHub signs for a job with `id-token: write` which repository, branch and workflow it is of.
Artifactory gives a token for that where an administrator has added GitHub as a provider of OpenID
Connect with a mapping for this repository. So no secret is kept anywhere. Needs Python alone.

Variables: ARTIFACTORY_URL, ARTIFACTORY_OIDC_PROVIDER, and those that GitHub sets for such a job.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["NoToken", "main"]

_EXCHANGE: Final = "/access/api/v1/oidc/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"
_PATIENCE_SECONDS: Final = 30


class NoToken(Exception):
    """There is no token to be had; the message says where it was asked for, and what to mend."""


def main() -> int:
    """Masks the token, and gives it and its user to later steps."""
    try:
        identity = _identity(os.environ)
        token = _exchanged(os.environ, identity)
    except NoToken as error:
        print(f"artifactory_token.py: {error}", file=sys.stderr)
        return 1
    # GitHub hides it in all that is printed from here on.
    print(f"::add-mask::{token}")
    with Path(_set(os.environ, "GITHUB_OUTPUT")).open("a", encoding="utf-8") as stream:
        stream.write(f"token={token}\nusername={_user(token)}\n")
    print(f"A token of {os.environ['ARTIFACTORY_URL']} was given to this run.")
    return 0


def _identity(variables: Mapping[str, str]) -> str:
    """What GitHub signs of this run, for this provider alone to accept."""
    audience = urllib.parse.quote(_set(variables, "ARTIFACTORY_OIDC_PROVIDER"), safe="")
    address = f"{_set(variables, 'ACTIONS_ID_TOKEN_REQUEST_URL')}&audience={audience}"
    bearer = _set(variables, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {bearer}"})
    return _text(_answer(request, "GitHub"), "value", "GitHub")


def _exchanged(variables: Mapping[str, str], identity: str) -> str:
    url = _set(variables, "ARTIFACTORY_URL").rstrip("/").removesuffix("/artifactory")
    wanted = {
        "grant_type": _GRANT,
        "subject_token_type": _ID_TOKEN,
        "subject_token": identity,
        "provider_name": _set(variables, "ARTIFACTORY_OIDC_PROVIDER"),
    }
    request = urllib.request.Request(
        url + _EXCHANGE,
        data=json.dumps(wanted).encode(),
        headers={"Content-Type": "application/json"},
    )
    return _text(_answer(request, url), "access_token", url)


def _answer(request: urllib.request.Request, who: str) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise NoToken(
            f"{who} answered {error.code} where a token was asked for. An administrator of "
            "Artifactory must add GitHub as OIDC provider, and a mapping for this repository."
        ) from error
    except (OSError, ValueError) as error:
        raise NoToken(
            f"{who} gave no token: {error}. Check its address and the network."
        ) from error


def _text(answer: Any, name: str, who: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value.isprintable() or " " in value or not value:
        raise NoToken(f"{who} answered without {name}. Is that its address?")
    return value


def _set(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name)
    if not value:
        mend = "The job needs `id-token: write`." if name.startswith("ACTIONS_") else "Set it."
        raise NoToken(f"{name} is not set. {mend}")
    return value


def _user(token: str) -> str:
    """Whose a token is, by its own words. Empty if it does not say."""
    try:
        _, claims, _ = token.split(".")
        read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        subject = str(read["sub"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return ""
    user = subject.rpartition("/users/")[2]
    return user if user.isprintable() else ""


if __name__ == "__main__":
    sys.exit(main())
