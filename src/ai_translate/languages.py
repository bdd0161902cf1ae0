"""Language codes and their names.

We speak BCP 47 (`fr`, `pt-BR`, `zh-Hans`) with the shortest ISO 639 code first, as RFC 5646
section 2.2.1 asks. Models speak other tongues: OPUS-MT marks a target as `>>fra<<` or
`>>cmn_Hans<<` with ISO 639-3 codes; those are mapped here.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

__all__ = ["AUTO", "LanguagePair", "from_target_token", "name_of", "normalize"]

AUTO: Final = "auto"
"""Stands for a source language that is to be detected."""

# ISO 639-1 code, ISO 639-3 codes that models use for it (individual and macro), English name.
_LANGUAGES = """
af afr Afrikaans|am amh Amharic|ar ara,arb,arz,apc,afb Arabic|az aze,azj Azerbaijani
be bel Belarusian|bg bul Bulgarian|bn ben Bengali|br bre Breton|bs bos Bosnian|ca cat Catalan
cs ces,cze Czech|cy cym,wel Welsh|da dan Danish|de deu,ger German|el ell,gre Greek|en eng English
eo epo Esperanto|es spa Spanish|et est,ekk Estonian|eu eus,baq Basque|fa fas,per,pes Persian
fi fin Finnish|fo fao Faroese|fr fra,fre French|fy fry Western Frisian|ga gle Irish
gd gla Scottish Gaelic|gl glg Galician|gu guj Gujarati|ha hau Hausa|he heb Hebrew|hi hin Hindi
hr hrv Croatian|ht hat Haitian Creole|hu hun Hungarian|hy hye,arm Armenian|id ind Indonesian
ig ibo Igbo|is isl,ice Icelandic|it ita Italian|ja jpn Japanese|jv jav Javanese
ka kat,geo Georgian|kk kaz Kazakh|km khm Khmer|kn kan Kannada|ko kor Korean|ku kur,kmr Kurdish
ky kir Kyrgyz|la lat Latin|lb ltz Luxembourgish|lo lao Lao|lt lit Lithuanian|lv lav,lvs Latvian
mg mlg,plt Malagasy|mi mri,mao Maori|mk mkd,mac Macedonian|ml mal Malayalam|mn mon,khk Mongolian
mr mar Marathi|ms msa,may,zsm,zlm Malay|mt mlt Maltese|my mya,bur Burmese|nb nob Norwegian Bokmål
ne nep,npi Nepali|nl nld,dut Dutch|nn nno Norwegian Nynorsk|no nor Norwegian|oc oci Occitan
pa pan Punjabi|pl pol Polish|ps pus,pbt Pashto|pt por Portuguese|qu que Quechua
ro ron,rum Romanian|ru rus Russian|rw kin Kinyarwanda|sd snd Sindhi|si sin Sinhala
sk slk,slo Slovak|sl slv Slovenian|so som Somali|sq sqi,alb,als Albanian|sr srp Serbian
sv swe Swedish|sw swa,swh Swahili|ta tam Tamil|te tel Telugu|tg tgk Tajik|th tha Thai
tk tuk Turkmen|tl tgl,fil Tagalog|tr tur Turkish|tt tat Tatar|ug uig Uyghur|uk ukr Ukrainian
ur urd Urdu|uz uzb,uzn Uzbek|vi vie Vietnamese|wo wol Wolof|xh xho Xhosa|yi yid,ydd Yiddish
yo yor Yoruba|zh zho,chi,cmn Chinese|zu zul Zulu
"""

_NAMES: dict[str, str] = {}
_SHORTEST: dict[str, str] = {}
for _entry in _LANGUAGES.replace("\n", "|").strip("|").split("|"):
    _code, _long, _name = _entry.split(" ", 2)
    _NAMES[_code] = _name
    _SHORTEST.update(dict.fromkeys(_long.split(","), _code))

_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_TARGET_TOKEN = re.compile(r">>([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)<<")


class LanguagePair(NamedTuple):
    """A translation direction, both ends as BCP 47 tags."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}→{self.target}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `en:fr`, the form of the lock and the command line.

        Raises:
            ValueError: The text is not two language tags with a colon between them.
        """
        source, colon, target = text.partition(":")
        if not colon:
            raise ValueError(f"{text[:40]!r} is not a pair such as 'en:fr'")
        return cls(normalize(source), normalize(target))


def normalize(tag: str) -> str:
    """A language tag in the form that we use everywhere: `EN_us` gives `en-US`, `fra` gives `fr`.

    Letter case follows RFC 5646 section 2.1.1: script in title case, region in capitals.

    Raises:
        ValueError: The tag has not the shape of a language tag.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"{tag[:40]!r} is not a language tag such as 'en' or 'pt-BR'")
    language = match[1].lower()
    parts = [_SHORTEST.get(language, language)]
    for subtag in re.split("[-_]", match[2])[1:]:
        if len(subtag) == 4 and subtag.isalpha():
            parts.append(subtag.title())
        elif len(subtag) == 2:
            parts.append(subtag.upper())
        else:
            parts.append(subtag.lower())
    return "-".join(parts)


def from_target_token(token: str) -> str | None:
    """The language that an OPUS-MT target token names, or None if the token is an ordinary piece.

    `>>fra<<` gives `fr`, `>>cmn_Hans<<` gives `zh-Hans`.
    """
    match = _TARGET_TOKEN.fullmatch(token)
    return normalize(match[1]) if match else None


def name_of(tag: str) -> str:
    """The English name of a language, with what distinguishes it: `Chinese (Hans)`.

    A code that the table lacks is its own name.
    """
    language, _, rest = tag.partition("-")
    name = _NAMES.get(language, language)
    return f"{name} ({rest})" if rest else name
