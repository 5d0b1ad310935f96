"""The command ``firstseen web``: serves the page and the HTTP API until Ctrl-C."""

from __future__ import annotations

from firstseen.commands.foreground import require_free_port
from firstseen.logs import log_to_stderr
from firstseen.settings import load_settings


def web() -> None:
    """Serve the page and the HTTP API.

    FIRSTSEEN_WEB_HOST and FIRSTSEEN_WEB_PORT set the address; by default it is http://127.0.0.1:8080. Ctrl-C stops it.

    Examples:
        firstseen web
    """
    from firstseen.web_wiring import web_config  # noqa: PLC0415 - the workers do not need the web libraries
    from web.server import serve  # noqa: PLC0415

    settings = load_settings()
    settings.require_guarded()
    log_to_stderr("web")
    require_free_port(settings.web_port)
    serve(settings.cluster, settings.prefix, settings.web_host, settings.web_port, web_config(settings))
