from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streams.io.clock import monotonic
from tests.faults.cluster import free_ports
from tests.faults.proxy import Proxy, proxy
from tests.support.waiting import PATIENCE_SECONDS


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while piece := self.request.recv(1000):
            self.request.sendall(piece)


@contextmanager
def echo() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def network() -> Iterator[tuple[Proxy, int]]:
    [port] = free_ports(1)
    with echo() as upstream, proxy({port: upstream}) as network:
        yield network, port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)


def answer(connection: socket.socket, seconds: float = PATIENCE_SECONDS) -> bytes:
    connection.settimeout(seconds)
    connection.sendall(b"hello")
    return connection.recv(1000)


def test_the_proxy_forwards_bytes_and_adds_latency_on_request(network: tuple[Proxy, int]) -> None:
    proxy, port = network
    with connected(port) as connection:
        assert answer(connection) == b"hello"
        proxy.latency("all", 0.1)
        began = monotonic()
        assert answer(connection) == b"hello"
        assert monotonic() - began >= 0.2


def test_a_cut_closes_connections_and_accepts_new_ones(network: tuple[Proxy, int]) -> None:
    proxy, port = network
    with connected(port) as connection, pytest.raises(OSError, match="reset"):
        answer(connection)
        proxy.cut("0")
        connection.recv(1000)
    with connected(port) as connection:
        assert answer(connection) == b"hello"


def test_the_proxy_refuses_connections_until_it_accepts_them_again(network: tuple[Proxy, int]) -> None:
    proxy, port = network
    proxy.refuse("all")
    with pytest.raises(ConnectionRefusedError):
        connected(port)
    proxy.accept("all")
    with connected(port) as connection:
        assert answer(connection) == b"hello"


@pytest.mark.parametrize("direction", ["up", "down"])
def test_held_back_bytes_arrive_when_the_flow_resumes(network: tuple[Proxy, int], direction: str) -> None:
    proxy, port = network
    with connected(port) as connection:
        proxy.stall("all", direction)
        with pytest.raises(TimeoutError):
            answer(connection, 0.2)
        proxy.flow("all", direction)
        connection.settimeout(PATIENCE_SECONDS)
        assert connection.recv(1000) == b"hello"
