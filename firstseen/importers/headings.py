"""Usual headings of incident tables in English, French, Spanish, German, Portuguese, Arabic and Russian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_WORDS: dict[str, str] = {
    "id": (
        "id, event id, incident id, case id, case, case no, case number, incident no, incident number, number, no, nr, "
        "ref, reference, ref no, report id, record id, row id, uid, uuid, key, code, serial, s no, "
        "identifiant, numero, numero d incident, no d incident, n, cas, numero de caso, caso, nº, codigo, referencia, "
        "fall, fallnummer, nummer, kennung, vorfall nr, vorfallnummer, aktenzeichen, "
        "رقم, الرقم, رقم الحادث, المعرف, معرف, رقم الحالة, номер, ид, №, номер инцидента, номер случая, код"
    ),
    "group": (
        "group, armed group, group name, actor, actors, actor name, actor 1, actor1, perpetrator, perpetrator group, "
        "organization, organisation, gang, who, qui, quien, wer, faction, attacker, side a, side b, non state actor, armed actor, which group, "
        "groupe, groupe arme, nom du groupe, acteur, auteur, auteurs, organisation armee, agresseur, "
        "grupo, grupo armado, faccao, faccion, actor armado, perpetrador, autor, organizacion, organizacao, ator, "
        "gruppe, gruppierung, bewaffnete gruppe, akteur, tater, taeter, organisation, "
        "جماعة, الجماعة, المجموعة, مجموعة, اسم الجماعة, الفاعل, الجهة, الجهة الفاعلة, الجهة المنفذة, الجماعة المسلحة, التنظيم, "
        "группа, группировка, организация, актор, субъект, кто, вооруженная группа, исполнитель, название группы"
    ),
    "occurred": (
        "date, event date, incident date, day, occurred, occurred on, date of incident, date of event, date occurred, when, "
        "date de l incident, date de l evenement, date evenement, date incident, jour, quand, date des faits, "
        "fecha, fecha del incidente, fecha del evento, fecha incidente, dia, cuando, data, data do incidente, "
        "datum, tag, vorfalldatum, ereignisdatum, datum des vorfalls, wann, "
        "التاريخ, تاريخ, تاريخ الحادث, تاريخ الحدث, اليوم, дата, дата события, дата инцидента, дата происшествия, день, когда"
    ),
    "start": (
        "start, start date, date start, from, begin, first day, date from, debut, date de debut, date debut, du, "
        "inicio, fecha de inicio, fecha inicio, desde, beginn, anfang, startdatum, von, تاريخ البدء, من, تاريخ البداية, "
        "начало, дата начала, с"
    ),
    "end": (
        "end, end date, date end, to, until, last day, date to, fin, date de fin, date fin, au, fecha de fin, fecha fin, "
        "hasta, ende, enddatum, bis, تاريخ الانتهاء, إلى, تاريخ النهاية, конец, дата окончания, дата конца, по"
    ),
    "country": (
        "country, country name, nation, iso, iso2, iso 2, country code, iso country, pays, nom du pays, code pays, "
        "pais, nombre del pais, land, staat, landesname, البلد, بلد, الدولة, دولة, اسم البلد, страна, государство, название страны"
    ),
    "admin1": (
        "province, state, region, governorate, admin1, admin 1, adm1, adm 1, department, departement, district, oblast, "
        "wilaya, departamento, estado, provincia, bundesland, provinz, gouvernorat, "
        "المحافظة, محافظة, الولاية, ولاية, الإقليم, المنطقة, область, провинция, регион, край, район, губерния"
    ),
    "place": (
        "place, town, city, village, location, place name, settlement, locality, site, where, lieu, ville, localite, commune, "
        "lugar, ciudad, localidad, municipio, pueblo, cidade, local, ort, stadt, ortschaft, dorf, gemeinde, "
        "المدينة, مدينة, المكان, مكان, الموقع, القرية, البلدة, город, место, населенный пункт, село, деревня, местоположение"
    ),
    "latitude": "latitude, lat, latitud, breite, breitengrad, geografische breite, y, خط العرض, دائرة العرض, широта",
    "longitude": (
        "longitude, long, lon, lng, longitud, lange, laenge, langengrad, laengengrad, geografische lange, x, خط الطول, долгота"
    ),
    "origin": (
        "source, sources, origin, media, outlet, agency, source name, reported by, news source, primary source, "
        "medias, agence, fuente, fuentes, medio, agencia, fonte, quelle, quellen, medium, agentur, "
        "المصدر, مصدر, الوكالة, источник, источники, сми, агентство"
    ),
    "url": (
        "url, link, links, source url, source link, web, website, web link, href, lien, adresse web, enlace, vinculo, "
        "weblink, internetadresse, الرابط, رابط, ссылка, адрес, гиперссылка"
    ),
    "title": (
        "title, notes, note, description, summary, headline, details, comment, comments, text, narrative, what happened, event, "
        "titre, resume, remarques, observations, commentaire, titulo, descripcion, descricao, resumen, notas, detalles, "
        "titel, beschreibung, zusammenfassung, notizen, bemerkung, bemerkungen, anmerkung, "
        "العنوان, عنوان, الوصف, وصف, ملاحظات, تفاصيل, الملخص, описание, заголовок, примечания, примечание, комментарий, название"
    ),
    "reported": (
        "reported, reported on, report date, date reported, published, publication date, date de publication, "
        "date du rapport, signale le, timestamp, submission time, horodateur, marca temporal, zeitstempel, "
        "carimbo de data hora, طابع زمني, отметка времени, fecha de publicacion, fecha del informe, meldedatum, berichtsdatum, "
        "تاريخ النشر, تاريخ التقرير, تاريخ الإبلاغ, дата публикации, дата сообщения"
    ),
    "grade": "grade, admiralty, admiralty code, nato grade, source grade, cotation, evaluation, confidence grade",
    "evidence": (
        "evidence, type, event type, incident type, kind, category, type d incident, type d evenement, categorie, "
        "tipo, tipo de incidente, tipo de evento, categoria, art, ereignistyp, vorfallart, kategorie, "
        "النوع, نوع الحادث, نوع الحدث, тип, тип события, вид, категория"
    ),
    "revision": "revision, version, révision, versión",
    "retracted": "retracted, withdrawn, deleted",
}  # fmt: skip

_KINDS = {
    "attack": "attack, attaque, ataque, angriff, anschlag, هجوم, атака, нападение, battle, clash, combat, shelling, "
    "bombing, explosion, assault, attentat, atentado, affrontement, enfrentamiento, gefecht, اشتباك, انفجار, тeракт, бой",
    "arrest": "arrest, arrestation, arresto, detencion, festnahme, verhaftung, اعتقال, арест, задержание",
    "claim": "claim, revendication, reivindicacion, bekennung, تبني, заявление",
    "pledge": "pledge, allegiance, allegeance, بيعة, присяга",
    "presence": "presence, presencia, prasenz, anwesenheit, تواجد, присутствие, sighting, movement, checkpoint",
    "cell": "cell, cellule, celula, zelle, خلية, ячейка",
}  # fmt: skip


_DATE_PARTS = {
    "year": "year, annee, ano, jahr, السنة, سنة, год",
    "month": "month, mois, mes, monat, الشهر, شهر, месяц",
    "day": "day, jour, dia, tag, اليوم, день",
}
_TOTALS = (
    "total, totals, grand total, subtotal, sub total, sum, total general, totaux, sous total, somme, suma, total geral, soma, "
    "gesamt, gesamtsumme, summe, insgesamt, итого, всего, المجموع, الإجمالي, المجموع الكلي, مجموع"
)
_NUMBER_SIGN = re.compile(r"#|\bn\u00b0")


def plain(text: str) -> str:
    """Return a heading without case, accents, marks and punctuation, for comparison."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+|[№]", _NUMBER_SIGN.sub(" no ", letters)))


def _plain_words(words: str) -> tuple[str, ...]:
    return tuple(filter(None, (plain(word) for word in words.split(","))))


_NAMES = {field: _plain_words(words) for field, words in _WORDS.items()}
_PARTS = {part: _plain_words(words) for part, words in _DATE_PARTS.items()}
_TOTAL_WORDS = frozenset(_plain_words(_TOTALS))
_KIND_WORDS = {plain(word): kind for kind, words in _KINDS.items() for word in words.split(",")}


def columns_by_heading(headings: Sequence[str]) -> dict[str, int]:
    """Return the columns with a usual heading by field, or by ``start`` and ``end`` of an interval.

    A heading that equals a usual one takes precedence over a heading that contains it as a word.
    """
    found: dict[str, int] = {}
    taken: set[int] = set()
    # Kobo and ODK prefix a heading with the name of its group of questions: group/question.
    last = [plain(heading.rpartition("/")[2]) for heading in headings]
    whole = [plain(heading) for heading in headings]
    for plain_headings, matches in ((whole, _is_name), (last, _is_name), (last, _holds_name), (whole, _holds_name)):
        for field, names in _NAMES.items():
            if field in found:
                continue
            ranked = [
                (rank, at)
                for at, heading in enumerate(plain_headings)
                if at not in taken and (rank := matches(heading, names)) is not None
            ]
            if ranked:
                found[field] = min(ranked)[1]
                taken.add(found[field])
    return found


def date_parts(headings: Sequence[str]) -> dict[str, int]:
    """Return the columns of ``year``, ``month`` and ``day``; empty without separate columns for year and month."""
    words = [plain(heading) for heading in headings]
    found = {part: at for part, names in _PARTS.items() for at, word in enumerate(words) if word in names}
    return found if {"year", "month"} <= found.keys() else {}


def grade_parts(headings: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of the two parts of a grade: reliability of the source, credibility of the information."""
    words = [plain(heading) for heading in headings]
    halves = [[at for at, word in enumerate(words) if part in word.split()] for part in ("reliability", "credibility")]
    return (halves[0][0], halves[1][0]) if all(len(half) == 1 for half in halves) else None


def is_group(heading: str) -> bool:
    """Whether a heading, without a number at its end, is a usual one for the column of groups."""
    return plain(heading).rstrip("0123456789 ") in _NAMES["group"]


def is_total(cells: Sequence[str]) -> bool:
    """Whether the first cell that is not blank marks a row of totals."""
    first = next((cell for cell in cells if cell.strip()), "")
    return plain(first) in _TOTAL_WORDS


def kind_of(text: str) -> str | None:
    """Return the kind of evidence for a word of a table, or None."""
    words = plain(text)
    whole = _KIND_WORDS.get(words)
    return whole or next((kind for word in words.split() if (kind := _KIND_WORDS.get(word))), None)


def _is_name(heading: str, names: Sequence[str]) -> int | None:
    return names.index(heading) if heading in names else None


def _holds_name(heading: str, names: Sequence[str]) -> int | None:
    words = f" {heading} "
    return next((rank for rank, name in enumerate(names) if len(name) > 2 and f" {name} " in words), None)
