"""The progress of an installation."""

from __future__ import annotations

from tools.install_packages import progress

PIP = ["Collecting first==1.0 (from -r run.txt)\n", "  Downloading first.whl (3 kB)\n", "Collecting second[x]==2\n"]


def test_on_a_terminal_one_line_counts_the_packages() -> None:
    texts = list(progress([*PIP, "Installing collected packages: first, second\n"], 3, on_terminal=True))
    assert texts[:2] == ["\r\x1b[K  1 of up to 3 packages: first", "\r\x1b[K  2 of up to 3 packages: second[x]"]
    assert texts[2:] == ["\r\x1b[K  installing 2 packages ...", "\r\x1b[K"]


def test_elsewhere_every_tenth_package_is_a_line() -> None:
    lines = [f"Collecting package{number}==1\n" for number in range(25)]
    assert list(progress(lines, 25, on_terminal=False)) == [
        "  10 of up to 25 packages\n",
        "  20 of up to 25 packages\n",
    ]
