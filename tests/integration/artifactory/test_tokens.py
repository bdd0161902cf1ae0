from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from support.artifactory import Artifactory
from support.hub_client import HubClient

MODEL = "acme/opus-en-fr"


@pytest.mark.parametrize(
    ("token", "status", "message"),
    [
        (None, 401, "Authentication is required"),
        ("wrong-token", 401, "Bad credentials"),
        ("old-token", 401, "Token failed verification: expired"),
        ("blind-token", 403, "Not enough permissions to read from this repository"),
    ],
)
@pytest.mark.parametrize(
    "path", [f"api/models/{MODEL}", f"{MODEL}/resolve/main/config.json", "api/whoami-v2", "x"]
)
@pytest.mark.usefixtures("commit")
def test_who_may_not_read_is_told_as_artifactory_does(
    artifactory: Artifactory, token: str | None, status: int, message: str, path: str
) -> None:
    """A refusal has Artifactory's own body, no code of the Hub, and shows nothing."""
    artifactory.add_token("old-token", expired=True)
    artifactory.add_token("blind-token", read=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.get(f"{artifactory.endpoint('models')}/{path}", headers=headers)
    assert answer.status_code == status
    assert answer.json() == {"errors": [{"status": status, "message": message}]}
    assert "x-error-code" not in answer.headers


def test_the_client_sees_a_bare_error_for_a_wrong_token(client: HubClient) -> None:
    """Under a path prefix a 401 is no RepositoryNotFoundError for the client."""
    client.token = "wrong-token"
    with pytest.raises(HfHubHTTPError, match="401") as caught:
        client.api.model_info(MODEL)
    assert not isinstance(caught.value, RepositoryNotFoundError)
    with pytest.raises(HfHubHTTPError, match="401"):
        client.snapshot(MODEL)


def test_a_token_names_its_owner(client: HubClient) -> None:
    """The client can ask whose token it has."""
    assert client.api.whoami()["name"] == "tester"


def test_anonymous_reading_is_a_choice(files: dict[str, bytes], tmp_path: Path) -> None:
    """Where everybody may read, a token is not needed, but a wrong one is still refused."""
    with Artifactory(anonymous=True) as artifactory:
        artifactory.local("open")
        artifactory.add_model("open", MODEL, files)
        endpoint = artifactory.endpoint("open")
        ended = HubClient(endpoint, "", tmp_path).hf("download", MODEL, "config.json")
        assert ended.returncode == 0, ended.stderr
        url = f"{endpoint}/api/models/{MODEL}"
        wrong = httpx.get(url, headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == 401
        assert httpx.post(f"{endpoint}/api/repos/create", json={}).status_code == 401


@pytest.mark.usefixtures("commit")
def test_an_unknown_repository_is_not_found(artifactory: Artifactory) -> None:
    """A key that no repository has is a 404 in Artifactory's shape."""
    answer = httpx.get(
        f"{artifactory.endpoint('nothing')}/api/models/{MODEL}",
        headers={"Authorization": "Bearer read-token"},
    )
    assert answer.status_code == 404
    assert "x-error-code" not in answer.headers
