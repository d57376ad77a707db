"""Codes as people have them: one form each, and the ones that the atlas always had stay."""

import pytest
from langcodes import LANGUAGE_ALPHA3
from pydantic import TypeAdapter, ValidationError

from backend.contracts.base import Language
from backend.contracts.language_codes import normalised

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
