"""A server of S3 that others wrote (moto), as a process of its own, and a bucket on it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import boto3

from support.listening import Listening

__all__ = ["BUCKET", "S3"]

BUCKET: Final = "models"
_LISTENS: Final = re.compile(r"Running on (http://\S+)")
_KEY: Final = "key-that-nobody-may-see"


class S3(Listening):
    """A started server.

    Args:
        folder: Where it runs.
        strict: Whether it refuses everybody once the bucket is there.
    """

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        self._strict = strict
        super().__init__(
            [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", "0"],
            _LISTENS,
            environment={
                "PATH": os.environ["PATH"],
                **({"INITIAL_NO_AUTH_ACTION_COUNT": "1"} if strict else {}),
            },
            folder=folder,
        )
        self.client.create_bucket(Bucket=BUCKET)

    @property
    def environment(self) -> dict[str, str]:
        """What a runner is told."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def client(self) -> Any:
        """Looks at the bucket past everything of ours."""
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            aws_access_key_id=_KEY,
            aws_secret_access_key=_KEY,
            region_name="us-east-1",
        )
