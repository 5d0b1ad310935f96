"""A client of kafka-python that leaves no socket and no thread behind when Kafka does not answer.

kafka-python 3.0.12 leaves the socket of each failed attempt to connect, the loop of a client that never connected, and
its thread, which would try to connect forever. Pass this client as ``kafka_client``.
"""

from __future__ import annotations

import socket
from typing import Any

from kafka.errors import KafkaError
from kafka.net import KafkaNetSocket
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

_SCHEME = "closed-on-failure"
"""kafka-python chooses the kind of its sockets by the scheme of a proxy's address. This one stands for no proxy."""


class ClosingClient(KafkaNetClient):  # type: ignore[misc]
    """Closes the sockets of failed attempts, and itself if it cannot connect at all."""

    def __init__(self, **configs: Any) -> None:
        net = NetworkSelector(**configs)
        super().__init__(net, _ClosingManager(net, **{**configs, "proxy_url": f"{_SCHEME}://"}))


class _ClosingManager(KafkaConnectionManager):  # type: ignore[misc]
    def bootstrap(self, *arguments: Any) -> None:
        try:
            super().bootstrap(*arguments)
        except KafkaError:
            self.close()
            self._net.close()
            raise


class _ClosingSocket(KafkaNetSocket):  # type: ignore[misc]
    SCHEMES = (_SCHEME,)

    async def sock_connect(self, net: Any, sock: socket.socket, *address: Any, **options: Any) -> socket.socket:
        try:
            return await super().sock_connect(net, sock, *address, **options)  # type: ignore[no-any-return]
        except BaseException:  # an attempt that is abandoned, too
            sock.close()
            raise
