"""Keys of this service, as detect-secrets looks for them."""

from __future__ import annotations

import re

from detect_secrets.plugins.base import RegexBasedDetector


class OurKeys(RegexBasedDetector):
    """A key that `ai-translate keys create` prints: `ait_`, its name, and its secret."""

    secret_type = "Key of AI Translate"
    denylist = (re.compile(r"\bait_[A-Za-z0-9]{4,}_[A-Za-z0-9_-]{20,}"),)
