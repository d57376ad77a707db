"""What a language code is called, and which languages stand together in a choice.

Knows nothing of Dash. A code that is not listed is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from frontend.theme import language_family

_NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan",
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese", "az": "Azerbaijani", "be": "Belarusian", "cy": "Welsh", "ga": "Irish", "gl": "Galician",
    "gu": "Gujarati", "ha": "Hausa", "hy": "Armenian", "ig": "Igbo", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "lo": "Lao", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "mt": "Maltese", "my": "Burmese", "ne": "Nepali", "pa": "Punjabi",
    "ps": "Pashto", "rw": "Kinyarwanda", "si": "Sinhala", "so": "Somali", "sq": "Albanian", "su": "Sundanese",
    "tl": "Tagalog", "ug": "Uyghur", "uz": "Uzbek", "xh": "Xhosa", "yo": "Yoruba", "yue": "Cantonese", "zu": "Zulu",
}  # fmt: skip
_FIRST = ("ar", "es", "ru", "zh", "ko", "vi", "en", "de", "ja", "uk")
"""The six languages that paper A scores, in its order, then four that the demo measures beside them."""


def name_of(code: str) -> str:
    """English name of a language, with the rest of its tag in brackets: `zh-Hant` is `Chinese (Hant)`."""
    bare, _, rest = code.partition("-")
    name = _NAMES.get(bare.lower())
    if name is None:
        return code
    return f"{name} ({rest})" if rest else name


def by_family(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Codes grouped by family, families and names in alphabetical order, `Other` last."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(language_family(code), []).append(code)
    order = sorted(found, key=lambda family: (family == "Other", family))
    return {family: tuple(sorted(found[family], key=name_of)) for family in order}


def in_paper_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Paper A's six first, then the demo's four, the others by code: the order of clicks must not change a key."""
    rank = {code: index for index, code in enumerate(_FIRST)}
    return tuple(sorted(codes, key=lambda code: (rank.get(code, len(rank)), code)))
