"""Checks an argument that must be one of a few words, and says which word was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

import typer

Word = TypeVar("Word", bound=str)


def one_of(text: str, words: Iterable[Word], where: str, *, also: Iterable[Word] = ()) -> Word:
    """Return the word that a text is. Raises typer.BadParameter with the word that was probably meant.

    ``where`` names the argument or the option. ``also`` is accepted, and not named in the error.
    """
    known = list(words)
    for word in (*known, *also):
        if word == text:
            return word
    close = get_close_matches(text.casefold().replace("_", "-"), [word.replace("_", "-") for word in known], n=1)
    meant = f". Did you mean {next(word for word in known if word.replace('_', '-') == close[0])}?" if close else ""
    raise typer.BadParameter(f"{text!r} is not one of {', '.join(known)}{meant}", param_hint=where)
