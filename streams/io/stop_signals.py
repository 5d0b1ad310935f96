"""The signals that ask a process to stop in order."""

from __future__ import annotations

import signal


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals of Ctrl-C, of ``kill``, and of a lost terminal unless this process ignores it (``nohup``)."""
    asked = signal.SIGINT, signal.SIGTERM
    return asked if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*asked, signal.SIGHUP)
