"""The program ``firstseen``, also as ``python -m firstseen``."""

from __future__ import annotations

import signal


def main() -> None:
    """Import and run the program. Ctrl-C during the imports, a second on a slow machine, ends it in silence."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from firstseen.cli import main as run  # noqa: PLC0415 - a handler must be there before it

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
