"""Runs the page's application under uvicorn: signals, orderly shutdown, and the line that says the page is ready."""

from __future__ import annotations

import gc
import logging
import signal
import socket

import uvicorn
from fastapi import FastAPI

from streams.io.kafka_config import KafkaConfig
from streams.io.stop_signals import stop_signals
from web.app import WebConfig, build_web
from web.http.connections import ConnectionLimits, protocol
from web.state.alert_log import AlertLog

_SHUTDOWN_SECONDS = 3

_log = logging.getLogger(__name__)


def serve(cluster: KafkaConfig, prefix: str, host: str, port: int, config: WebConfig | None = None) -> None:
    """Serve the page until a signal asks to stop, even with pages open. Port 0 takes any free port."""
    # Kafka's client logs every attempt to reach a lost broker; the follower logs the outage once.
    for client in ("aiokafka", "kafka"):
        logging.getLogger(client).setLevel(logging.CRITICAL)
    config = config or WebConfig()
    server = build_server(build_web(cluster, prefix, config), host, port, config.limits)

    def stop(*_: object) -> None:
        server.should_exit = True

    # After an orderly shutdown uvicorn raises the signal again for the handlers that it replaced.
    previous = {number: signal.signal(number, stop) for number in stop_signals()}
    try:
        server.run()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def build_server(app: FastAPI, host: str, port: int, limits: ConnectionLimits) -> uvicorn.Server:
    """Return the server of an application, not yet started."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol(limits),
        ws="none",
        log_config=None,
        log_level="error",  # a line for each malformed request would let strangers fill the log
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    return _Server(config, app.state.services.page.alerts)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, alerts: AlertLog) -> None:
        super().__init__(config)
        self._alerts = alerts

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Objects that exist now stay to the end. A map creates and drops tens of thousands of objects without cycles.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        _log.info("web ready: http://%s:%d", f"[{host}]" if ":" in host else host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._alerts.close()  # otherwise uvicorn waits for open pages, then cuts them off
        await super().shutdown(sockets)
