"""Codes as people have them: one form each, and the ones that the atlas always had stay."""

import pytest
from langcodes import LANGUAGE_ALPHA3
from pydantic import TypeAdapter, ValidationError

from backend.contracts.base import Language
from backend.contracts.language_codes import english_name, is_right_to_left, normalised

LANGUAGE = TypeAdapter(Language)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("eng_Latn", "en"), ("zho_Hans", "zh-Hans"), ("en_US", "en-US"), ("pt-BR", "pt-BR"), ("zh-hant", "zh-Hant"),
        ("deu", "de"), ("EN", "en"), ("srp_Cyrl", "sr-Cyrl"), ("yue", "yue"), ("no", "no"), ("tl", "tl"), ("iw", "iw"),
        ("xx", "xx"),
    ],
)  # fmt: skip
def test_one_form_of_a_code(given, kept):
    assert LANGUAGE.validate_python(given) == kept


@pytest.mark.parametrize("given", ["english", "e", "", "de de", "../de", "\ud83d", 5, None])
def test_what_is_no_code_is_refused(given):
    with pytest.raises(ValidationError):
        LANGUAGE.validate_python(given)


def test_a_normalised_code_stays():
    codes = {f"{code}{rest}" for code in (*LANGUAGE_ALPHA3, *LANGUAGE_ALPHA3.values()) for rest in ("", "_Latn", "-US")}
    forms = {normalised(code) for code in codes}
    assert {normalised(form) for form in forms} == forms


@pytest.mark.parametrize(
    ("code", "name", "right_to_left"),
    [
        ("zh-Hant", "Chinese (Traditional)", False), ("pt-BR", "Portuguese (Brazil)", False),
        ("no", "Norwegian", False), ("xx", "xx", False), ("yue", "Cantonese", False), ("ar", "Arabic", True),
        ("ur-PK", "Urdu (Pakistan)", True), ("uz-Arab", "Uzbek (Arabic)", True), ("uz", "Uzbek", False),
    ],
)  # fmt: skip
def test_names_and_direction_come_from_the_code(code, name, right_to_left):
    assert (english_name(code), is_right_to_left(code)) == (name, right_to_left)
