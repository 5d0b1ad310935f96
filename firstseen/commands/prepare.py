"""The command ``firstseen prepare``, for the Makefile: downloads the local Kafka, and shows the progress."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from firstseen import local_kafka
from firstseen.settings import load_settings

_JARS_A_LINE = 10


def prepare() -> None:
    """Download the local Kafka, so that everything works offline from then on.

    On a terminal a bar shows the progress; otherwise a line appears for every ten files.

    Examples:
        firstseen prepare
    """
    console = Console(highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None)

        def report(text: str) -> None:
            console.print(text, soft_wrap=True)
            progress.reset(bar, total=None, description="")

        def on_jar(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total, description=f"{done} of {total} files")
            if not console.is_terminal and (done % _JARS_A_LINE == 0 or done == total):
                console.print(f"  {done} of {total} files")

        local_kafka.prepare(report, base_url=load_settings().maven_url, on_jar=on_jar)
    console.print(f"Apache Kafka {local_kafka.VERSION} is ready to start.")
