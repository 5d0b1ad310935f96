"""Dates in other formats than ISO 8601 -> every day, month or year that they may mean.

:mod:`schemas.date_messages` suggests these readings to producers. No sighting is accepted by these rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_CENTURY_TURNS = 69
"""Two-digit years from here on are in the 20th century, as in POSIX."""

_MONTHS = """
1 jan january janv janvier januar jänner ene enero janeiro gennaio januari ocak января січня يناير
2 feb february fév févr février februar febrero fev fevereiro febbraio februari şubat subat февраля лютого فبراير
3 mar march mars mär märz marz marzo março marco maart mart марта березня مارس
4 apr april avr avril abr abril aprile nisan апреля квітня أبريل ابريل
5 may mai mayo maio mag maggio mei mayıs mayis мая травня مايو
6 jun june juin juni junio junho giu giugno haziran июня червня يونيو
7 jul july juil juillet juli julio julho lug luglio temmuz июля липня يوليو
8 aug august aoû août aou aout ago agosto augustus ağustos agustos августа серпня أغسطس اغسطس
9 sep sept september septembre septiembre setiembre set setembro settembre eylül eylul сентября вересня سبتمبر
10 oct october octobre okt oktober octubre out outubro ott ottobre ekim октября жовтня أكتوبر اكتوبر
11 nov november novembre noviembre novembro kasım kasim ноября листопада نوفمبر
12 dec december déc décembre dez dezember dic diciembre dezembro dicembre aralık aralik декабря грудня ديسمبر
"""  # noqa: RUF001 - letters of other alphabets
"""Month names in English, French, Spanish, Portuguese, German, Italian, Dutch, Turkish, Russian, Ukrainian, Arabic."""

_MONTH_OF = {
    unicodedata.normalize("NFC", name): int(line.split()[0])
    for line in _MONTHS.strip().splitlines()
    for name in line.split()[1:]
}

_BESIDE = frozenset(
    """
the of st nd rd th er de del den um à in on am le el il o dia te г года р року
mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
segunda terça quarta quinta sexta feira montag dienstag mittwoch donnerstag freitag samstag sonntag
lunedì martedì mercoledì giovedì venerdì sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
""".split()  # noqa: RUF001, SIM905 - letters of other alphabets
)
"""Words next to a date that do not change its meaning. Other words may: "before", "week", "or"."""

SEPARATED = re.compile(r"(\d{1,4})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{1,4})\.?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日일])?")
_YEAR_AND_MONTH = re.compile(r"(\d{4})[/.\s](\d{1,2})|(?P<month>\d{1,2})[/.\-\s](?P<year>\d{4})|(?P<short>\d{4}-\d)")
_WORD = re.compile(r"[^\W\d_]+")


def readings(text: str) -> list[str]:
    """Return every day, month or year that a text may mean, the most likely one first."""
    if whole := iso(text):
        return [whole]
    if found := _COMPACT.fullmatch(text):
        return [day] if (day := calendar_day(found[1], found[2], found[3])) else []
    if found := SEPARATED.fullmatch(text):
        return list(_orders(*found.groups(), year_first="-" in text))
    if found := _EAST_ASIAN.fullmatch(text):
        day = calendar_day(found[1], found[2], found[3] or 1)
        return [day if found[3] else day[:7]] if day else []
    if found := _YEAR_AND_MONTH.fullmatch(text):
        year, month = (found["year"], found["month"]) if found["year"] else (found[1], found[2])
        if found["short"]:
            year, month = found["short"].split("-")
        return [f"{int(year):04}-{int(month):02}"] if calendar_day(year, month, 1) else []
    return by_name(text)


def _orders(first: str, second: str, third: str, *, year_first: bool) -> Iterator[str]:
    if len(first) > 2:
        orders = [(first, second, third)] if len(first) == 4 else []
    elif len(third) > 2:
        orders = [(third, second, first), (third, first, second)] if len(third) == 4 else []
    else:
        orders = [(_whole(third), second, first), (_whole(third), first, second)]
        if year_first:
            orders.append((_whole(first), second, third))
    for year, month, day in orders:
        if meant := calendar_day(year, month, day):
            yield meant


def _whole(year: str) -> str:
    return str(int(year) + (1900 if int(year) >= _CENTURY_TURNS else 2000))


def by_name(text: str) -> list[str]:
    """Return readings of a date with a month name: 20 Nov 2026, Nov 20, 2026, Friday 20 November 2026.

    A text with a word that may change its meaning has none.
    """
    words = [word for word in _WORD.findall(text.lower()) if word not in _BESIDE]
    months = [_MONTH_OF.get(word) for word in words]
    numbers = re.findall(r"\d+", text)
    years = [number for number in numbers if len(number) == 4]
    if len(months) != 1 or (month := months[0]) is None or len(numbers) > 2:
        return []
    if len(numbers) == 1 and years:
        return [f"{years[0]}-{month:02}"]
    if len(numbers) == 2 and len(years) == 1:
        [day] = [number for number in numbers if number is not years[0]]
        return [meant] if (meant := calendar_day(years[0], month, day)) else []
    if len(numbers) == 2 and not years and len(numbers[1]) == 2:
        return [meant] if (meant := calendar_day(_whole(numbers[1]), month, numbers[0])) else []
    return []


def iso(text: str) -> str | None:
    """Return the text if it is an ISO day, month or year."""
    if re.fullmatch(r"[0-9]{4}", text) and int(text):
        return text
    if found := ISO_MONTH.fullmatch(text):
        return text if 1 <= int(found[2]) <= 12 and int(found[1]) else None
    found = ISO.fullmatch(text)
    return text if found and calendar_day(found[1], found[2], found[3]) else None


def calendar_day(year: str | int, month: str | int, day: str | int) -> str | None:
    """Return the day in ISO format, or None if it does not exist."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
