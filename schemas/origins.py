"""Origins of reports -> their comparable form, and placeholders such as "unknown" -> None. Pure."""

from __future__ import annotations

import re

from schemas.names import comparable
from schemas.text_cache import cache_short_text

_PLACEHOLDERS = """

na; n a; n d; nd; n k; nan; nil; null; none; no; nothing; empty; blank; missing; void; undefined; tbd; tba; tbc; tbn
to be determined; to be confirmed; to be announced; dont know; do not know; idk; unknown; unk; unkn; unknow; unkown
uknown; anon; anonymous; not known; not available; not applicable; not given; not stated; not specified
not provided; not disclosed; not reported; not named; not sure; no source; no origin; no data; no information
no name; without source; source withheld; name withheld; withheld; confidential; nobody; someone; somebody; anyone
other; others; various; varied; multiple; several; many; mixed; diverse; misc; miscellaneous; different; unspecified
undisclosed; unnamed; unidentified; undetermined; unattributed; unconfirmed; unavailable; source; sources; origin
media; press; reports; local media; local press; local source; local sources; media report; media reports
press report; press reports; media sources; press sources; news sources; news media; open source; open sources
osint; see notes; see note; see url; see link; see source; see above; see below; see comments; as above; ditto; idem
ibid; same; same as above; placeholder; social media; internet; the internet; online; web; to be filled
to be filled in; fill in; fill me; select; please select; choose; default; does not apply; not recorded; no one
noone; who knows; unclear; uncertain; unsure; not clear; unsourced; unverified; un known; unknwon; unkwown; unknonw
unknow n; unnamed source; confidential source; sources say; xx; xxx; xxxx; true; false; n c; n e; n s; var; error
object object

inconnu; inconnue; inconnus; inconnues; anonyme; divers; diverses; plusieurs; aucun; aucune; néant; rien; sans
autre; autres; sans source; non communiqué; non précisé; non précisée; non spécifié; non spécifiée; inconnu e
inconnu e s; auteur inconnu; non identifié; non identifiée; non attribué; non attribuée; non cité; non disponible
non connu; non connue; non renseigné; non renseignée; non indiqué; indisponible; source inconnue; source anonyme
sources diverses; diverses sources; plusieurs sources; différentes sources; sources multiples; origine inconnue
médias; presse; s d; s n

desconocido; desconocida; desconocidos; anónimo; anónima; varios; varias; múltiples; diversos; diversas; ninguno
ninguna; nada; sin fuente; sin datos; sin especificar; no disponible; no especificado; no especificada
no identificado; no consta; no aplica; fuente desconocida; fuente anónima; fuentes varias; varias fuentes
no se sabe; se desconoce; se ignora; no informado; no indicado; no conocido; sin información; sin nombre
sin identificar; sin origen; no identificada; no conocida; no indicada; no atribuido; no atribuida; sem informação
sem dados; não informado; não identificado; não especificado; não se sabe; ignorado; ignorada; senza fonte; non noto
non specificato; ignoto; anonima; diversas fuentes; múltiples fuentes; otro; otros; desconhecido; desconhecida
anônimo; vários; várias; nenhum; nenhuma; sem fonte; não disponível; fonte desconhecida; várias fontes; sconosciuto
sconosciuta; anonimo; vari; varie; nessuno; fonte sconosciuta; varie fonti

unbekannt; unbekannte; unbekannter; anonym; verschiedene; verschieden; diverse; mehrere; keine; keiner; kein; ohne
k a; keine angabe; keine angaben; ohne angabe; ohne angaben; ohne quelle; nicht bekannt; nicht verfügbar
nicht angegeben; nicht genannt; sonstige; andere; unbekannte quelle; quelle unbekannt; verschiedene quellen
diverse quellen; mehrere quellen; quelle; quellen; unbek; o a; keine daten; keine quelle; nicht zutreffend; entfällt
unbenannt; ungenannt; unbekannter autor; nicht identifiziert; onbekend; onbekende; diverse bronnen; anoniem; geen
geen bron; niet bekend; n v t; okänd; okända; ukjent; ukendt; anonym källa; ingen; ingen källa; tuntematon

bilinmiyor; bilinmeyen; bilinmeyen kaynak; anonim; çeşitli; çeşitli kaynaklar; belirsiz; belirtilmemiş; yok
kaynak yok; isimsiz; neznámý; neznámé; neznámy; neznáme; neznámý zdroj; nieznany; nieznana; nieznane
nieznane źródło; brak; brak danych; brak źródła; anonimowy; anonimowe; różne; różne źródła; ismeretlen; necunoscut
necunoscută; nepoznato; nepoznat; neznano; neznan; непознато; неизвестен източник; άγνωστο; άγνωστος; άγνωστη
άγνωστη πηγή; tidak diketahui; tidak ada; berbagai sumber; không rõ; không xác định; không có; không rõ nguồn
haijulikani; mbalimbali; hindi alam; hindi kilala

неизвестно; неизвестный; неизвестная; неизвестен; неизвестна; неизв; аноним; анонимно; анонимный; разные; различные
несколько; нет; нет данных; нет источника; не указан; не указано; не указана; не известно; не известен; отсутствует
без источника; источник; источники; неизвестный источник; источник неизвестен; н д; нд; неизвестны; неизвестное
неустановлен; неустановлено; не установлен; не установлено; неопознан; неопределено; не определено
источник не указан; источник не известен; источник не установлен; не указаны; прочее; невідомо хто; немає
немає даних; не вказано; джерело невідоме; анонімне джерело; різні; анонимный источник; разные источники
различные источники; несколько источников; сми; невідомо; невідомий; анонім; різні джерела; невідоме джерело

مجهول; مجهولة; غير معروف; غير معروفة; غير محدد; غير محددة; غير متوفر; غير متاح; غير مذكور; لا يوجد; لا شيء; بدون
بدون مصدر; بلا مصدر; مصدر مجهول; مصدر غير معروف; مصادر مختلفة; مصادر متعددة; مصادر متنوعة; عدة مصادر; مصادر; مصدر
متنوع; متعدد; مختلف; ناشناس; نامعلوم; منابع مختلف; نا معلوم; مجهول المصدر; المصدر مجهول; المصدر غير معروف
غير معروف المصدر; غير محدد المصدر; غير مسمى; غير متوفرة; غير مذكورة; غير مؤكد; مصادر محلية; مصدر محلي; مصادر إعلامية
وسائل الإعلام; وسائل إعلام; مصادر مجهولة; مصادر غير معروفة; لا أحد; نامشخص; ناشناخته; منبع نامعلوم; منبع ناشناس
نامعلوم ذرائع; نامعلوم ذریعہ; گمنام; نامعلومه; לא ידוע; לא ידועה; מקור לא ידוע; אין; ללא; ללא מקור; אנונימי; שונות

未知; 不详; 不詳; 不明; 匿名; 无; 無; なし; 多个来源; 各种来源; 未知来源; 来源未知
來源不明; 来源不明; 不知道; 没有; 佚名; 其他; 情報源不明; 出典不明; 複数; 該当なし; 알 수 없음; 미상
익명; 출처 미상; 출처 불명; 불명; 없음; अज्ञात; अज्ञात स्रोत; अनाम; অজানা; অজ্ঞাত; ไม่ทราบ; ไม่ระบุ; ไม่มี; አይታወቅም; ያልታወቀ; የማይታወቅ
"""
"""Placeholders by language: English; French; Spanish, Portuguese and Italian; German, Dutch and Nordic; other languages
in Latin and Greek script; Russian and Ukrainian; Arabic, Persian, Urdu and Hebrew; languages of Asia and Ethiopia."""

_ABBREVIATIONS = frozenset({"NAN"})
"""Origins that differ from a placeholder only by their capitals: the News Agency of Nigeria."""


@cache_short_text
def named_origin(text: str) -> str | None:
    """Return the comparable form of an origin, or None for a placeholder.

    Placeholders are: "unknown", "N/A", "various sources" and the like in many languages, with any punctuation;
    combinations such as "none/unknown"; texts without a letter or digit, such as "?" or "--"; and fillers of tables,
    such as "0" or "-999".
    """
    form = comparable(text)
    return None if _names_nobody(form) and text.strip() not in _ABBREVIATIONS else form


def _names_nobody(form: str) -> bool:
    plain = _plain(form)
    words = set(f" {plain} ".replace(" n a ", " none ").split())
    if plain in _KNOWN or _FILLER.fullmatch(plain) or (words & _VAGUE and words <= _WITH_THEM):
        return True
    first, _, others = plain.partition(" ")
    others_before, _, last = plain.rpartition(" ")
    if (first in _SOURCE and others in _KNOWN) or (last in _SOURCE and others_before in _KNOWN):
        return True
    for apart in (_LISTS, "/"):
        parts = [part for part in re.split(apart, form) if part.strip()]
        if len(parts) > 1:
            return all(map(_names_nobody, parts))
    return False


_NO_WORD = re.compile(r"[\W_]+")
_LISTS = r"[;,|&()\[\]<>:]| and | or "
_FILLER = re.compile("0+|99+|88+")
"""Numbers that tables use for missing values."""


def _plain(form: str) -> str:
    return _NO_WORD.sub(" ", form).strip()


def _phrases(texts: str) -> frozenset[str]:
    return frozenset(_plain(comparable(text)) for line in texts.splitlines() for text in line.split(";"))


_KNOWN = _phrases(_PLACEHOLDERS) | {""}
_VAGUE = _phrases("""
unknown; none; nobody; various; multiple; several; many; different; diverse; other; certain; some; numerous; mixed; no
not; without; unnamed; unspecified; undisclosed; unidentified; anonymous; undetermined; unconfirmed; unavailable
uncertain; unclear; unverified; unsourced; confidential
""")
_SOURCE = _phrases("""
source; sources; origin; author; fuente; fuentes; origen; autor; fonte; fontes; fonti; auteur; origine; quelle; quellen
bron; bronnen; källa; kilde; kaynak; źródło; zdroj; источник; источники; автор; джерело; джерела; مصدر; المصدر; مصادر
منبع; منابع; ذرائع; מקור
""")
"""Words for "source" that may come before or after a placeholder."""
_WITH_THEM = _VAGUE | _phrases("""
source; sources; origin; origins; media; press; news; outlet; outlets; report; reports; agency; agencies; the; and
of; given; author; authors; user; users; person; persons; a; an; or; see; notes; note; local; online; website
websites; channel; channels; confirmed; attributed; identified; recorded; mentioned; disclosed; cited; applicable
clear; verified; available; known; named; stated; specified; provided; listed; indicated; disclosed; information
data; name
""")
"""English words that form a placeholder in any combination with a vague word: "several unnamed sources"."""
