"""The commands and options of earlier versions, with their present names. They still work; help does not show them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "publish": ("sightings", "publish"),
    "validate": ("sightings", "validate"),
    "replay": ("sightings", "replay"),
    "rejected retry": ("sightings", "retry"),
    "rejected": ("sightings", "rejected"),
    "follow --status": ("feeds", "list"),
    "follow --forget": ("feeds", "forget"),
    "follow": ("feeds", "follow"),
    "explain": ("groups", "why"),
    "map-state": ("history", "map"),
    "export": ("topics", "export"),
    "resolve": ("countries", "resolve"),
    "deliveries": ("deliveries", "list"),
}
"""Commands by their former words; if several match, the first counts.

A word that is now a noun is a former command unless a verb follows.
"""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "--json": ("--output", "json"),
    "--most": ("--limit",),
}
"""Options by their former name. A command that has an option of this name keeps it."""

_HELP = ("-h", "--help")


def present_words(args: Sequence[str], verbs: Mapping[str, Container[str]]) -> list[str]:
    """Return the arguments of the program with the present name of the command. ``verbs`` are those of each noun."""
    if not args or (args[0] in verbs and len(args) > 1 and (args[1] in _HELP or args[1] in verbs[args[0]])):
        return [*args]
    for former, words in COMMANDS.items():
        first, *more = former.split()
        if args[0] == first and all(_has(word, args[1:]) for word in more):
            return [*words, *_without(more, args[1:])]
    return [*args]


def _has(word: str, args: Sequence[str]) -> bool:
    """Whether an option is among the arguments, or a verb is the first of them."""
    return word in (args if word.startswith("-") else args[:1])


def _without(words: Sequence[str], args: Sequence[str]) -> Iterator[str]:
    left = [*words]
    for arg in args:
        if arg in left:
            left.remove(arg)
        else:
            yield arg


def present_options(args: Sequence[str], known: Container[str]) -> list[str]:
    """Return the arguments of a command, whose options are ``known``, with the present names of its options."""
    end = args.index("--") if "--" in args else len(args)
    found: list[str] = []
    for arg in args[:end]:
        name, equals, value = arg.partition("=")
        present = OPTIONS.get(name, ())
        if present and name not in known and present[0] in known:
            found += [f"{present[0]}={value}"] if equals else present
        else:
            found.append(arg)
    return [*found, *args[end:]]
