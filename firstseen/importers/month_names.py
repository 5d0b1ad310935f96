"""Rewrites days with a month's name in another language to the English name, which strptime parses."""

from __future__ import annotations

import re
import unicodedata

_FULL = {
    "January": "janvier; enero; januar; janner; janeiro; gennaio; january; январь; января; يناير; كانون الثاني; جانفي",
    "February": "fevrier; febrero; februar; fevereiro; febbraio; february; февраль; февраля; فبراير; شباط; فيفري",
    "March": "mars; marzo; marz; maerz; marco; march; март; марта; مارس; آذار",
    "April": "avril; abril; april; aprile; апрель; апреля; أبريل; ابريل; إبريل; نيسان; أفريل",
    "May": "mai; mayo; maio; maggio; may; май; мая; مايو; أيار; ماي",
    "June": "juin; junio; juni; junho; giugno; june; июнь; июня; يونيو; حزيران; جوان",
    "July": "juillet; julio; juli; julho; luglio; july; июль; июля; يوليو; تموز; جويلية",
    "August": "aout; agosto; august; август; августа; أغسطس; آب; أوت",
    "September": "septembre; septiembre; setiembre; september; setembro; settembre; сентябрь; сентября; سبتمبر; أيلول",
    "October": "octobre; octubre; oktober; outubro; ottobre; october; октябрь; октября; أكتوبر; تشرين الأول",
    "November": "novembre; noviembre; november; novembro; ноябрь; ноября; نوفمبر; تشرين الثاني",
    "December": "decembre; diciembre; dezember; dezembro; dicembre; december; декабрь; декабря; ديسمبر; كانون الأول",
}
_SHORT = {
    "Jan": "jan; janv; ene; gen; янв",
    "Feb": "feb; fev; fevr; фев; февр",
    "Mar": "mar; mrz; мар",
    "Apr": "apr; avr; abr; апр",
    "Jun": "jun; июн",
    "Jul": "jul; juil; июл",
    "Aug": "aug; ago; авг",
    "Sep": "sep; sept; set; сен; сент",
    "Oct": "oct; okt; out; окт",
    "Nov": "nov; ноя; нояб",
    "Dec": "dec; dic; dez; дек",
}


def with_english_months(text: str) -> str | None:
    """Return a day with the month in English and without "de", "1er" and "20th"; None if it names no month."""
    bare = _bare(text)
    if not (found := _MONTH.search(bare)):
        return None
    # Arabic and Spanish put a word before the month or the year; English and German put an ending after the day.
    before = _ORDINAL.sub(r"\1 ", _PARTICLE.sub(" ", bare[: found.start()]))
    behind = _ORDINAL.sub(r"\1", _PARTICLE.sub(" ", bare[found.end() :].removeprefix(".")))
    return re.sub(r"\s+", " ", f"{before}{_ENGLISH[found[0]]}{behind}").strip()


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_PARTICLE = re.compile(r"(?<!\w)(?:de|del|do|of|den|der|le|el|am|the|\u0433\.?)(?!\w)")
_ORDINAL = re.compile(r"(\d)(?:er|st|nd|rd|th|o|\u00b0)?\.?(?=\s|,|$)\s?")
_ENGLISH = {
    _bare(word.strip()): english
    for names in (_FULL, _SHORT)
    for english, words in names.items()
    for word in words.split(";")
}
_MONTH = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(sorted(map(re.escape, _ENGLISH), key=len, reverse=True))})(?![^\W\d_])"
)
