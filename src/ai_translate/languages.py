"""Language codes and their names.

We speak BCP 47 (`fr`, `pt-BR`, `zh-Hans`) with the shortest ISO 639 code first, as RFC 5646
section 2.2.1 asks. Models speak other tongues: OPUS-MT marks a target as `>>fra<<` or
`>>cmn_Hans<<` with ISO 639-3 codes, NLLB says `eng_Latn`; those are mapped here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple, Self

__all__ = [
    "AUTO",
    "LanguagePair",
    "from_model_codes",
    "from_target_token",
    "name_of",
    "normalize",
]

AUTO: Final = "auto"
"""Stands for a source language that is to be detected."""

# ISO 639-1 code, ISO 639-3 codes that models use for it (individual and macro), English name.
_LANGUAGES = """
af afr Afrikaans|ak aka Akan|am amh Amharic|ar ara,arb Arabic|as asm Assamese|ay aym,ayr Aymara
az aze,azj Azerbaijani|ba bak Bashkir|be bel Belarusian|bg bul Bulgarian|bm bam Bambara
bn ben Bengali|bo bod,tib Tibetan|br bre Breton|bs bos Bosnian|ca cat Catalan|cs ces,cze Czech
cy cym,wel Welsh|da dan Danish|de deu,ger German|dz dzo Dzongkha|ee ewe Ewe|el ell,gre Greek
en eng English|eo epo Esperanto|es spa Spanish|et est,ekk Estonian|eu eus,baq Basque
fa fas,per,pes Persian|ff ful,fuv Fulah|fi fin Finnish|fj fij Fijian|fo fao Faroese
fr fra,fre French|fy fry Western Frisian|ga gle Irish|gd gla Scottish Gaelic|gl glg Galician
gn grn Guarani|gu guj Gujarati|ha hau Hausa|he heb Hebrew|hi hin Hindi|hr hrv Croatian
ht hat Haitian Creole|hu hun Hungarian|hy hye,arm Armenian|id ind Indonesian|ig ibo Igbo
is isl,ice Icelandic|it ita Italian|ja jpn Japanese|jv jav Javanese|ka kat,geo Georgian
kg kon Kongo|ki kik Kikuyu|kk kaz Kazakh|km khm Khmer|kn kan Kannada|ko kor Korean
kr kau,knc Kanuri|ks kas Kashmiri|ku kur,kmr Kurdish|ky kir Kyrgyz|la lat Latin
lb ltz Luxembourgish|lg lug Ganda|li lim Limburgish|ln lin Lingala|lo lao Lao|lt lit Lithuanian
lv lav,lvs Latvian|mg mlg,plt Malagasy|mi mri,mao Maori|mk mkd,mac Macedonian|ml mal Malayalam
mn mon,khk Mongolian|mr mar Marathi|ms msa,may,zsm,zlm Malay|mt mlt Maltese|my mya,bur Burmese
nb nob Norwegian Bokmål|ne nep,npi Nepali|nl nld,dut Dutch|nn nno Norwegian Nynorsk
no nor Norwegian|ny nya Chichewa|oc oci Occitan|om orm,gaz Oromo|or ori,ory Odia|pa pan Punjabi
pl pol Polish|ps pus,pbt Pashto|pt por Portuguese|qu que,quy Quechua|rn run Rundi
ro ron,rum Romanian|ru rus Russian|rw kin Kinyarwanda|sa san Sanskrit|sc srd Sardinian
sd snd Sindhi|sg sag Sango|si sin Sinhala|sk slk,slo Slovak|sl slv Slovenian|sm smo Samoan
sn sna Shona|so som Somali|sq sqi,alb,als Albanian|sr srp Serbian|ss ssw Swati
st sot Southern Sotho|su sun Sundanese|sv swe Swedish|sw swa,swh Swahili|ta tam Tamil|te tel Telugu
tg tgk Tajik|th tha Thai|ti tir Tigrinya|tk tuk Turkmen|tl tgl,fil Tagalog|tn tsn Tswana
tr tur Turkish|ts tso Tsonga|tt tat Tatar|tw twi Twi|ug uig Uyghur|uk ukr Ukrainian|ur urd Urdu
uz uzb,uzn Uzbek|vi vie Vietnamese|wo wol Wolof|xh xho Xhosa|yi yid,ydd Yiddish|yo yor Yoruba
zh zho,chi,cmn Chinese|zu zul Zulu
"""
# ISO 639-3 code and English name of languages without a shorter code.
_LONG_CODES = """
ace Acehnese|acm Mesopotamian Arabic|acq Ta'izzi-Adeni Arabic|aeb Tunisian Arabic|afb Gulf Arabic
ajp South Levantine Arabic|apc Levantine Arabic|ars Najdi Arabic|ary Moroccan Arabic
arz Egyptian Arabic|ast Asturian|awa Awadhi|azb South Azerbaijani|ban Balinese|bem Bemba
bho Bhojpuri|bjn Banjar|bug Buginese|ceb Cebuano|cjk Chokwe|ckb Central Kurdish|crh Crimean Tatar
dik Southwestern Dinka|dyu Dyula|fon Fon|fur Friulian|hne Chhattisgarhi|ilo Iloko|kab Kabyle
kac Kachin|kam Kamba|kbp Kabiyè|kea Kabuverdianu|kmb Kimbundu|lij Ligurian|lmo Lombard
ltg Latgalian|lua Luba-Lulua|luo Luo|lus Mizo|mag Magahi|mai Maithili|min Minangkabau|mni Manipuri
mos Mossi|nso Northern Sotho|nus Nuer|pag Pangasinan|pap Papiamento|prs Dari|sat Santali
scn Sicilian|shn Shan|szl Silesian|taq Tamasheq|tpi Tok Pisin|tum Tumbuka
tzm Central Atlas Tamazight|umb Umbundu|vec Venetian|war Waray|yue Cantonese
"""

_NAMES: dict[str, str] = {}
_SHORTEST: dict[str, str] = {}
for _entry in _LANGUAGES.replace("\n", "|").strip("|").split("|"):
    _code, _long, _name = _entry.split(" ", 2)
    _NAMES[_code] = _name
    _SHORTEST.update(dict.fromkeys(_long.split(","), _code))
for _entry in _LONG_CODES.replace("\n", "|").strip("|").split("|"):
    _code, _name = _entry.split(" ", 1)
    _NAMES[_code] = _name
# M2M100's own code for Northern Sotho, which ISO 639 gives to no language.
_SHORTEST["ns"] = "nso"

_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_SCRIPT = re.compile(r"[A-Z][a-z]{3}")
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

    def candidates(self) -> list[LanguagePair]:
        """The pair itself, then with the region or script left off, on one side and on both."""
        source, target = self.source.partition("-")[0], self.target.partition("-")[0]
        return [
            self,
            LanguagePair(source, self.target),
            LanguagePair(self.source, target),
            LanguagePair(source, target),
        ]


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


def from_model_codes(codes: Iterable[str]) -> dict[str, str]:
    """The tags of all languages that a model names, by its code for each.

    A script is left off where the model writes the language in no other: `eng_Latn` gives `en`
    and `srp_Cyrl` gives `sr`, but of `zho_Hans` and `zho_Hant` both keep theirs.

    Raises:
        ValueError: A code has not the shape of a language tag.
    """
    tags = {code: normalize(code) for code in codes}
    languages = Counter(_unscripted(tag) for tag in tags.values())
    return {
        code: short if languages[short := _unscripted(tag)] == 1 else tag
        for code, tag in tags.items()
    }


def _unscripted(tag: str) -> str:
    return "-".join(part for part in tag.split("-") if not _SCRIPT.fullmatch(part))


def name_of(tag: str) -> str:
    """The English name of a language, with what distinguishes it: `Chinese (Hans)`.

    A code that the table lacks is its own name.
    """
    language, _, rest = tag.partition("-")
    name = _NAMES.get(language, language)
    return f"{name} ({rest})" if rest else name
