"""Origins, and placeholders that are not origins."""

from __future__ import annotations

from schemas.origins import named_origin
from tests.support.tables import each_row


@each_row(
    "text",
    [
        "unknown", "Unknown\u200b", "(UNKNOWN)", "N/A", "n.a.", "n/a", "none", "-", "\u2013", "--", "?", "...", "***", "null",
        "NaN", "nil", "TBD", "anonymous", "Anon.", "various", "Various Sources", "several unnamed media sources", "not known",
        "not-available", "no source given", "unknown/unspecified", "undisclosed", "sources", "media", "Source inconnue",
        "inconnu", "néant", "desconocido", "varias fuentes", "unbekannt", "k.A.", "verschiedene Quellen", "неизвестно",
        "Не указано", "مجهول", "غَير معروف", "未知", "\uff2e\uff0f\uff21", "\U0001f642", " ",
        "None/unknown", "N/A, N/A", "n/a (unknown)", "N/A - various", "unknown; unknown", "various (see notes)", "none given", "No-one",
        "un-known", "unknown author", "an unnamed source", "0", "00000", "-999", "xxx", "as above", "social media", "-- select --",
        "source non précisée", "Non identifié", "inconnu(e)", "Fuente: desconocida", "fuente no identificada", "No se sabe", "o.A.",
        "keine Daten", "brak danych", "Neznámý", "okänd", "kaynak yok", "\u041d/\u0414", "источник не указан", "неустановлено",
        "Άγνωστος", "المصدر مجهول", "غير معروف المصدر", "לא ידוע", "来源不明", "출처 불명", "अज्ञात", "không rõ", "tidak diketahui",
    ],
)  # fmt: skip
def test_a_placeholder_is_not_an_origin(text: str) -> None:
    assert named_origin(text) is None


@each_row(
    "text",
    [
        "Reuters", "The News", "The Press", "Press Association", "Local Government", "NAN", "X", "Unknown Soldiers Brigade",
        "Various Artists Desk", "AFP", "新华社", "ТАСС", "None of Us Media", "Source 1", "Press TV", "La Nada", "NK News", "SD", "OSINT Group", "No Frontiers",
        "Unknown News Network", "Nada News", "Radio Unknown", "AFP, Reuters", "Unknown, Reuters", "News24", "9News", "1000",
    ],
)  # fmt: skip
def test_a_name_similar_to_a_placeholder_is_an_origin(text: str) -> None:
    assert named_origin(text)


def test_spellings_of_an_origin_are_equal() -> None:
    assert len({named_origin(text) for text in ("Le Monde", "LE-MONDE", "le\u00a0monde\u200b", "\uff2ce Monde")}) == 1
