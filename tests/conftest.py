from __future__ import annotations

import signal

# Whatever runs in the background of a script, as in some CI, begins with SIGINT ignored, and so
# would every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
