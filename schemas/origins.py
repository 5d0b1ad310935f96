"""Who said something first, in the form in which origins are compared; and the texts that name nobody."""

from __future__ import annotations

import re

from schemas.names import comparable
from schemas.remembered import remembered

_PLACEHOLDERS = """
na; n a; n d; nd; n k; nan; nil; null; none; no; nothing; empty; blank; missing; void; undefined; tbd; tba; tbc
tbn; to be determined; to be confirmed; to be announced; dont know; do not know; idk; unknown; unk; unkn; unknow
unkown; uknown; anon; anonymous; not known; not available; not applicable; not given; not stated; not specified
not provided; not disclosed; not reported; not named; not sure; no source; no origin; no data; no information
no name; without source; source withheld; name withheld; withheld; confidential; nobody; someone; somebody
anyone; other; others; various; varied; multiple; several; many; mixed; diverse; misc; miscellaneous; different
unspecified; undisclosed; unnamed; unidentified; undetermined; unattributed; unconfirmed; unavailable; source
sources; origin; media; press; reports; local media; local press; local source; local sources; media report
media reports; press report; press reports; media sources; press sources; news sources; news media; open source
open sources; osint; see notes; see url; see link; placeholder

inconnu; inconnue; inconnus; inconnues; anonyme; divers; diverses; plusieurs; aucun; aucune; néant; rien; sans
autre; autres; sans source; non communiqué; non précisé; non précisée; non spécifié; non spécifiée
non disponible; non connu; non connue; non renseigné; non renseignée; non indiqué; indisponible; source inconnue
source anonyme; sources diverses; diverses sources; plusieurs sources; différentes sources; sources multiples
origine inconnue; médias; presse; s d; s n

desconocido; desconocida; desconocidos; anónimo; anónima; varios; varias; múltiples; diversos; diversas; ninguno
ninguna; nada; sin fuente; sin datos; sin especificar; no disponible; no especificado; no especificada
no identificado; no consta; no aplica; fuente desconocida; fuente anónima; fuentes varias; varias fuentes
diversas fuentes; múltiples fuentes; otro; otros; desconhecido; desconhecida; anônimo; vários; várias; nenhum
nenhuma; sem fonte; não disponível; fonte desconhecida; várias fontes; sconosciuto; sconosciuta; anonimo; vari
varie; nessuno; fonte sconosciuta; varie fonti

unbekannt; unbekannte; unbekannter; anonym; verschiedene; verschieden; diverse; mehrere; keine; keiner; kein
ohne; k a; keine angabe; keine angaben; ohne angabe; ohne angaben; ohne quelle; nicht bekannt; nicht verfügbar
nicht angegeben; nicht genannt; sonstige; andere; unbekannte quelle; quelle unbekannt; verschiedene quellen
diverse quellen; mehrere quellen; quelle; quellen; onbekend; diverse bronnen; bilinmiyor; anonim; çeşitli
belirsiz

неизвестно; неизвестный; неизвестная; неизвестен; неизвестна; неизв; аноним; анонимно; анонимный; разные
различные; несколько; нет; нет данных; нет источника; не указан; не указано; не указана; не известно
не известен; отсутствует; без источника; источник; источники; неизвестный источник; источник неизвестен
анонимный источник; разные источники; различные источники; несколько источников; сми; невідомо; невідомий
анонім; різні джерела; невідоме джерело

مجهول; مجهولة; غير معروف; غير معروفة; غير محدد; غير محددة; غير متوفر; غير متاح; غير مذكور; لا يوجد; لا شيء; بدون
بدون مصدر; بلا مصدر; مصدر مجهول; مصدر غير معروف; مصادر مختلفة; مصادر متعددة; مصادر متنوعة; عدة مصادر; مصادر
مصدر; متنوع; متعدد; مختلف; ناشناس; نامعلوم; منابع مختلف; نا معلوم

未知; 不详; 不詳; 不明; 匿名; 无; 無; なし; 多个来源; 各种来源; 알 수 없음; 미상; 익명
"""
"""By language: English, French, Spanish and its neighbours, German and others, Russian, Arabic, those of East Asia."""

_ABBREVIATIONS = frozenset({"NAN"})
"""Origins that only their capitals tell from a placeholder: the News Agency of Nigeria."""


@remembered
def named_origin(text: str) -> str | None:
    """Return the form in which an origin is compared; None for a text that names nobody.

    Those are placeholders in the usual languages, such as "unknown", "N/A" or "various sources", whatever their
    punctuation; and a text without a letter or digit, such as "?" or "--".
    """
    form = comparable(text)
    plain = _plain(form)
    words = set(plain.split())
    vague = plain in _KNOWN or (bool(words & _VAGUE) and words <= _WITH_THEM)
    return None if vague and text.strip() not in _ABBREVIATIONS else form


_NO_WORD = re.compile(r"[\W_]+")


def _plain(form: str) -> str:
    return _NO_WORD.sub(" ", form).strip()


def _listed(texts: str) -> frozenset[str]:
    return frozenset(_plain(comparable(text)) for line in texts.splitlines() for text in line.split(";"))


_KNOWN = _listed(_PLACEHOLDERS) | {""}
_VAGUE = _listed("""
unknown; various; multiple; several; many; different; diverse; other; certain; some; numerous; mixed; no; not; without
unnamed; unspecified; undisclosed; unidentified; anonymous; undetermined; unconfirmed; unavailable
""")
_WITH_THEM = _VAGUE | _listed("""
source; sources; origin; origins; media; press; news; outlet; outlets; report; reports; agency; agencies; the; and; of
given; available; known; named; stated; specified; provided; listed; indicated; disclosed; information; data; name
""")
"""English words of which any number make a placeholder if one is vague: "several unnamed sources"."""
