"""A network that fails on request: TCP proxies between the workers and the brokers."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

_CHUNK_BYTES = 64 * 1024
_CALL_SECONDS = 60


class Gate:
    """A proxied port and its faults. Not thread-safe: `Proxy` calls it in its event loop."""

    def __init__(self, port: int, upstream: int) -> None:
        self.port = port
        self.latency_seconds = 0.0
        """Delay of each piece of data, in both directions."""
        self._upstream = upstream
        self._flowing = {"up": _set_event(), "down": _set_event()}
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Accept connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def shut(self) -> None:
        """Refuse new connections and reset the existing ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """Reset all connections."""
        for writer in list(self._writers):
            # Without waiting for unsent data, the system resets the connection instead of closing it.
            with suppress(OSError):  # it is closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def stall(self, direction: str) -> None:
        """Hold back data in one direction, ``up`` to the broker or ``down`` from it; connections stay open."""
        self._flowing[direction].clear()

    async def flow(self, direction: str) -> None:
        """Forward again, starting with the data held back."""
        self._flowing[direction].set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            with suppress(OSError):  # the broker may be gone, or either side may leave
                from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._upstream)
                ends.append(to_broker)
                self._writers.add(to_broker)
                ways = [
                    asyncio.create_task(self._pass_on(reader, to_broker, "up")),
                    asyncio.create_task(self._pass_on(from_broker, writer, "down")),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for end in ends:
                self._writers.discard(end)
                end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str) -> None:
        while piece := await reader.read(_CHUNK_BYTES):
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            await self._flowing[direction].wait()
            writer.write(piece)
            await writer.drain()


class Proxy:
    """All gates, in an event loop of its own thread. Methods may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, gates: list[Gate]) -> None:
        self._loop, self._gates = loop, gates

    def chosen(self, target: str) -> list[Gate]:
        """Return the gates of a broker, by its number, or ``all``."""
        return self._gates if target == "all" else [self._gates[int(target)]]

    def latency(self, target: str, seconds: float) -> None:
        """Delay each piece of data."""
        for gate in self.chosen(target):
            gate.latency_seconds = seconds

    def cut(self, target: str) -> None:
        """Reset all connections once."""
        self._each(target, lambda gate: gate.cut())

    def refuse(self, target: str) -> None:
        """Reset all connections and refuse new ones, until `accept`."""
        self._each(target, lambda gate: gate.shut())

    def accept(self, target: str) -> None:
        """Accept connections again."""
        self._each(target, lambda gate: gate.open())

    def stall(self, target: str, direction: str) -> None:
        """Hold back data in one direction, until `flow`."""
        self._each(target, lambda gate: gate.stall(direction))

    def flow(self, target: str, direction: str) -> None:
        """Forward all data again."""
        self._each(target, lambda gate: gate.flow(direction))

    def _each(self, target: str, does: Any) -> None:
        for gate in self.chosen(target):
            self.call(does(gate))

    def call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Call a function in the event loop and wait for it."""
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_CALL_SECONDS)


@contextmanager
def proxy(upstream_of: Mapping[int, int]) -> Iterator[Proxy]:
    """Open a gate on each port of the pairs, to the other port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    network = Proxy(loop, [Gate(port, upstream) for port, upstream in upstream_of.items()])
    try:
        network.accept("all")
        yield network
    finally:
        network.refuse("all")
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(_CALL_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event
