"""Where Londoners' names come from, and what goes loosely with that: ethnicity, language.

The weights are this project's assumption. They follow the shape of the 2011 Census for London as it is generally
known (about 45 % White British, 15 % other White, 18 % Asian, 13 % Black, 5 % mixed, 4 % other), split by hand among
the origins below; no table was read. What a name says of ethnicity or language is a chance, never a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin of names.

    - share: weight among all Londoners.
    - lists: where its names stand, `faker locale` or `own:entry of synth/population/romanised.py`, joined by +.
    - ethnicity: 18+1 codes with weights, as `W9:8 O9:1`.
    - languages: ISO 639-1 with weights; those of whom another than English is noted with the referral.
    - home: boroughs (ONS codes, the last two digits) in which it is three times as frequent.
    - religion: the most frequent two, as GOV.UK says them.
    """

    name: str
    share: float
    lists: str
    ethnicity: str
    languages: str
    home: str = ""
    religion: str = "Christian,No religion"


_MUSLIM: Final = "Muslim,Muslim"

ORIGINS: Final[tuple[Origin, ...]] = (
    Origin("english", 42.0, "en_GB+en_NZ+en_US", "W1:90 W9:2 M9:2 M1:3 M3:1 M2:1 B9:1", "en:100", "04 06 16 29"),
    Origin("welsh_scottish", 2.0, "own:celtic+en_GB", "W1:98 M9:2", "en:100"),
    Origin("irish", 3.5, "en_IE", "W2:60 W1:36 W3:4", "en:100", "05 28 12"),
    Origin("irish_gaelic", 0.5, "ga_IE", "W2:90 W1:10", "en:99 ga:1"),
    Origin("caribbean", 4.5, "en_US+en_GB", "B1:70 M1:22 B9:8", "en:100", "23 22 08 05"),
    Origin("yoruba", 2.6, "yo_NG", "B2:88 B9:6 M2:6", "en:92 yo:8", "28 11 02"),
    Origin("igbo", 1.2, "ig_NG+en_NG", "B2:90 M2:6 B9:4", "en:96 ig:4", "28 11"),
    Origin("hausa", 0.2, "ha_NG", "B2:96 B9:4", "en:85 ha:15", "", _MUSLIM),
    Origin("ghanaian", 2.0, "tw_GH", "B2:88 M2:7 B9:5", "en:93 ak:7", "08 10 28"),
    Origin("kenyan", 0.6, "en_KE", "B2:92 M2:8", "en:94 sw:6"),
    Origin("congolese", 0.7, "fr_BE+sw", "B2:90 B9:10", "en:55 fr:35 ln:10", "14 10"),
    Origin("southern_african", 0.3, "zu_ZA", "B2:90 B9:10", "en:98 zu:2"),
    Origin("somali", 2.4, "own:somali", "B2:94 B9:6", "en:62 so:38", "09 05 30 10", _MUSLIM),
    Origin("ethiopian", 0.8, "own:ethiopian", "B2:95 B9:5", "en:62 am:24 ti:14", "22 12"),
    Origin("indian", 3.8, "en_IN", "A1:92 M3:5 A9:3", "en:93 hi:7", "05 15 18", "Hindu,No religion"),
    Origin("gujarati", 2.0, "own:gujarati", "A1:96 M3:4", "en:88 gu:12", "05 15 04", "Hindu,Hindu"),
    Origin("sikh", 1.4, "own:sikh", "A1:96 M3:4", "en:86 pa:14", "09 18 17", "Sikh,Sikh"),
    Origin("tamil", 1.3, "own:tamil", "A9:70 A1:28 M3:2", "en:78 ta:22", "15 05 24", "Hindu,Christian"),
    Origin("pakistani", 3.0, "en_PK+own:pakistani_women", "A2:94 M3:6", "en:82 ur:18", "31 26 25", _MUSLIM),
    Origin("bangladeshi", 3.0, "own:bangladeshi", "A3:96 M3:4", "en:72 bn:28", "30 25 07", _MUSLIM),
    Origin("chinese", 1.8, "zh_TW", "A4:92 M3:4 A9:4", "en:70 zh:30", "28 30 03", "No religion,Buddhist"),
    Origin("vietnamese", 0.4, "vi_VN", "A9:96 A4:4", "en:55 vi:45", "11 28 23", "Buddhist,No religion"),
    Origin("filipino", 0.9, "own:filipino", "A9:95 M9:5", "en:88 tl:12"),
    Origin("arab", 2.2, "own:arab", "O2:80 O9:12 W9:4 B2:4", "en:58 ar:42", "33 20 05", _MUSLIM),
    Origin("algerian", 0.4, "fr_DZ", "O2:70 O9:20 W9:10", "en:50 ar:35 fr:15", "14 19", _MUSLIM),
    Origin("iranian", 0.9, "own:iranian", "O9:62 A9:18 W9:20", "en:70 fa:30", "03 09", "Muslim,No religion"),
    Origin("turkish", 1.6, "tr_TR", "W9:66 O9:32 M9:2", "en:62 tr:38", "10 14 11", "Muslim,No religion"),
    Origin("greek", 0.8, "own:greek", "W9:86 W1:14", "en:92 el:8", "10 03"),
    Origin("albanian", 0.7, "own:albanian", "W9:98 O9:2", "en:60 sq:40", "", "Muslim,No religion"),
    Origin("polish", 2.2, "pl_PL", "W9:98 W1:2", "en:62 pl:38", "09 14 18"),
    Origin("romanian", 2.4, "ro_RO", "W9:94 O9:6", "en:55 ro:45", "05 04 03"),
    Origin("lithuanian", 0.7, "lt_LT", "W9:100", "en:58 lt:42", "25 02"),
    Origin("latvian", 0.2, "lv_LV", "W9:100", "en:60 lv:40", "25"),
    Origin("hungarian", 0.5, "hu_HU", "W9:98 W1:2", "en:66 hu:34"),
    Origin("czech_slovak", 0.4, "cs_CZ+sk_SK", "W9:94 O9:6", "en:68 cs:18 sk:14"),
    Origin("italian", 1.7, "it_IT", "W9:94 W1:6", "en:76 it:24"),
    Origin("portuguese", 1.3, "pt_PT", "W9:90 B2:5 W1:5", "en:64 pt:36", "22"),
    Origin("brazilian", 0.9, "pt_BR", "W9:52 M9:28 O9:20", "en:52 pt:48", "05"),
    Origin("spanish", 1.1, "es_ES", "W9:94 O9:6", "en:72 es:28"),
    Origin("latin_american", 0.9, "es_CO+es_MX", "O9:62 W9:20 M9:18", "en:52 es:48", "28 22"),
    Origin("french", 1.0, "fr_FR", "W9:88 B2:6 M9:6", "en:78 fr:22", "20 33 32"),
    Origin("german", 0.6, "de_DE+de_CH", "W9:92 W1:8", "en:90 de:10"),
    Origin("dutch_nordic", 0.5, "nl_NL+sv_SE+da_DK+no_NO", "W9:92 W1:8", "en:95 sv:5"),
)


def parts(text: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """`W9:8 O9:1` as codes and weights."""
    pairs = [part.split(":") for part in text.split()]
    return tuple(code for code, _ in pairs), tuple(float(weight) for _, weight in pairs)
