"""The program ``firstseen``, also as ``python -m firstseen``."""

from __future__ import annotations

import os
import signal
import sys

from streams.io.stop_signals import stop_signals

_SERVICES = {"up", "web", "worker"}


def main() -> None:
    """Import and run the program. Ctrl-C during the imports, a second on a slow machine, ends it in silence.

    A request to stop is the ordinary end of a service, so that it ends with exit code 0 also while it starts.
    """
    if _SERVICES.intersection(sys.argv[1:2]):
        for number in stop_signals():
            signal.signal(number, lambda *_: os._exit(0))
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from firstseen.cli import main as run  # noqa: PLC0415 - a handler must be there before it

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
