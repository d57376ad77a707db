"""Whatever lies below the corpus roots is listed with its problem, and its neighbours stand."""

import os
from pathlib import Path

import pytest

from backend.artifacts.corpora import Corpora, Corpus
from backend.contracts.models import CorpusList
from backend.contracts.requests import Lines
from tests.fakes import write_corpus


def _surrogate(folder):
    (folder / "de.jsonl").write_bytes(b'{"text":"ein \\ud83d Bruch"}\n{"text":"zwei"}\n')


def _text(content, name="de.txt"):
    return lambda folder: (folder / name).write_bytes(content)


def _about(content):
    return lambda folder: (_text(b"eins\n")(folder), _text(content, "corpus.json")(folder))


ODD = {
    "surrogate": (_surrogate, "lone surrogate"),
    "folder": (lambda folder: (folder / "de.txt").mkdir(), "cannot be read: a folder"),
    "pipe": (lambda folder: os.mkfifo(folder / "de.txt"), "cannot be read: a pipe"),
    "dangling": (lambda folder: (folder / "de.txt").symlink_to("/nowhere"), "cannot be read: No such file"),
    "loop": (lambda folder: (folder / "de.txt").symlink_to("de.txt"), "cannot be read: Too many levels"),
    "deep": (_text(b"[" * 100_000 + b"\n", "de.jsonl"), "no JSON"),
    "digits": (_text(b'{"id":' + b"9" * 5000 + b',"text":"eins"}\n', "de.jsonl"), "no JSON"),
    "parquet": (_text(b"PAR1" + b"\0" * 100 + b"PAR1", "de.parquet"), "no whole Parquet"),
    "about-deep": (_about(b"[" * 100_000), "corpus.json of corpus"),
    "about-word": (_about(b'{"parallel": "no"}'), "true or false"),
    "about-pipe": (lambda folder: (_text(b"eins\n")(folder), os.mkfifo(folder / "corpus.json")), "a pipe"),
    "twice": (lambda folder: (_text(b"a\n", "en.txt")(folder), _text(b"a\n", "eng_Latn.txt")(folder)), "both the lang"),
    "readme": (_text(b"hello\n", "README.txt"), "README.txt is not named by a language code"),
    "My corpus": (_text(b"eins\n"), "rename the folder"),
    "p-ünicode": (_text(b"eins\n"), "rename the folder"),
    os.fsdecode(b"p-\xff"): (_text(b"eins\n"), "rename the folder"),
    "documents": (lambda folder: (_text(b"a\nb\n")(folder), _text(b"x\n", "documents.txt")(folder)), "of 1 lines"),
}


@pytest.fixture(params=ODD)
def odd(request, tmp_path):
    write_corpus(tmp_path / "good")
    folder = tmp_path / request.param
    folder.mkdir()
    ODD[request.param][0](folder)
    return tmp_path, ODD[request.param][1]


def test_one_bad_entry_is_listed_with_its_problem_and_harms_no_other(odd):
    root, words = odd
    listed = CorpusList(corpora=Corpora((root,)).summaries())
    listed.model_dump_json().encode()
    broken = [one for one in listed.corpora if one.problem]
    assert len(broken) == 1
    assert words in broken[0].problem
    assert [one.name for one in listed.corpora if not one.problem] == ["atlas-parallel", "good"]


def test_a_link_to_nothing_among_the_corpora_is_listed(tmp_path):
    (tmp_path / "gone").symlink_to("/nowhere")
    assert [(one.name, one.problem) for one in Corpora((tmp_path,)).summaries()][1:] == [("gone", "a link to nothing")]


@pytest.mark.parametrize("refused", ["root", "mine"])
def test_a_folder_without_permission_is_listed(tmp_path, monkeypatch, refused):
    root = tmp_path / "root"
    write_corpus(root / "mine")
    listed = Path.iterdir

    def iterdir(self):
        if self.name == refused:
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    (one,) = Corpora((root,)).summaries()[1:]
    assert one.name == refused
    assert "cannot be read: Permission denied" in one.problem


def test_codes_as_people_have_them_are_read_as_bcp_47(tmp_path):
    for name in ("eng_Latn", "zho_Hans", "zh-hant", "pt_BR", "no", "tl"):
        (tmp_path / f"{name}.txt").write_text("1\n")
    mine = Corpus("mine", tmp_path)
    assert mine.languages() == ("en", "no", "pt-BR", "tl", "zh-Hans", "zh-Hant")
    assert mine.lines("eng_Latn") == mine.lines("en") == ("1",)
    assert mine.hash(Lines(), ("eng_Latn",)) == mine.hash(Lines(), ("en",))


def test_files_that_are_no_language_are_named(tmp_path):
    write_corpus(tmp_path / "mine")
    (tmp_path / "mine" / "LICENSE.txt").write_text("free\n")
    one = Corpora((tmp_path,)).summaries()[1]
    assert (one.problem, one.languages, one.ignored) == ("", ("de", "en", "fr"), ("LICENSE.txt",))
