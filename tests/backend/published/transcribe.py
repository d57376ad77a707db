"""Transcribes the papers' tables from their texts: `python -m tests.backend.published.transcribe` writes the files.

The text has no captions and has lost formulas, and with them some row labels: what is put in their place is said
in `inferred`, with the reason. Numbers are taken as printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from backend import published
from backend.contracts.published import (
    Inferred,
    PublishedNumber,
    PublishedPart,
    PublishedRow,
    PublishedTable,
)

SEEDS = Path("/work/shared/seeds")
PAPER_A = SEEDS / "000_b55aaadb59b55745.txt"
PAPER_B = SEEDS / "004_14da66563ac7d64d.txt"
A = "Unveiling Linguistic Regions in Large Language Models, arXiv 2402.14700"
B = "Converging to a Lingua Franca (paper B)"
CODES = {
    "Arabic": "ar", "Chinese": "zh", "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en", "Finnish": "fi",
    "French": "fr", "German": "de", "Greek": "el", "Hungarian": "hu", "Indonesian": "id", "Italian": "it",
    "Japanese": "ja", "Korean": "ko", "Malay": "ms", "Malayalam": "ml", "Norwegian": "no", "Persian": "fa",
    "Polish": "pl", "Portuguese": "pt", "Romanian": "ro", "Russian": "ru", "Spanish": "es", "Swahili": "sw",
    "Swedish": "sv", "Tamil": "ta", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi",
}  # fmt: skip
REMOVAL = ("Base", "Top", "Bottom", "Random")
SIZES = ("LLaMA-2-7B", "LLaMA-2-13B")
TRAINED = ("Top & Freeze", "Bottom & Freeze", "Top & Unfreeze")
RANKS = ("Top", "Middle", "Bottom", "Random")
COUNTS = ("1", "3", "5", "10")


def transcribed() -> dict[str, PublishedTable]:
    """Every published table by name."""
    a = PAPER_A.read_text(encoding="utf-8").splitlines()
    b = PAPER_B.read_text(encoding="utf-8").splitlines()
    tables = [table_1(a), *trainings(a), *structured(a), table_4(a), *monolingual(a), *thirty(a)]
    tables += [figure_5(a), appendix_a(a), *deactivations(b)]
    return {table.name: table for table in tables}


def table_1(lines: list[str]) -> PublishedTable:
    """Two lines to a language; the second has no label."""
    found = below(lines, "Languages | LLaMA-2 3% Removal", 22)
    rows: dict[str, list[PublishedRow]] = {size: [] for size in SIZES}
    for first, second in zip(found[::2], found[1::2], strict=True):
        code = CODES[first[0]]
        rows[SIZES[0]].append(row((code,), first[1:]))
        rows[SIZES[1]].append(row((code,), second))
    parts = [
        PublishedPart(title=f"{size}, 3 % (100K)", model=size, samples="100K", fraction=0.03, columns=REMOVAL, rows=of)
        for size, of in rows.items()
    ]
    why = "every number of the first line is the 7B number of Table 14, every number of the second the 13B one"
    return PublishedTable(
        name="table-1",
        paper="A",
        title="Table 1",
        source=f"{A}, section 3.1",
        labels=("language",),
        parts=parts,
        caption="Perplexity of 11 languages after removing the top, bottom or a random 3 % of the parameters.",
        layout="Languages | LLaMA-2 3% Removal: Base | Top | Bottom | Random",
        inferred=(
            Inferred(what="the first line of a language is LLaMA-2-7B, the second LLaMA-2-13B", why=why),
            Inferred(what="100K samples", why="the same comparison with Table 14"),
        ),
        notes=(CHINESE,),
    )


CHINESE = "Base of Chinese is 8.652 in Tables 1 and 14 to 16, and 8.562 in Tables 5 and 9 to 13."


def trainings(lines: list[str]) -> Iterator[PublishedTable]:
    """Tables 2 and 6: the dataset stands in the first of its seven lines only."""
    heads = [n for n, line in enumerate(lines) if line.startswith("Testing Dataset (Language)")]
    shares = {
        "table-2": (0.01, "Top at 0K is 2.5e8, as Chinese at 1 % in Table 16 (1.2e8); at 3 % it is 3.0e5"),
        "table-6": (0.05, "the text calls it an expanded ratio, “similar conclusions ... with 5%” (section 3.2)"),
    }
    for start, (name, (fraction, why)) in zip(heads, shares.items(), strict=True):
        rows, language = [], ""
        for cells in map(cells_of, lines[start + 2 : start + 16]):
            if "(" in cells[0]:
                language = CODES[re.findall(r"\((\w+)\)", cells.pop(0))[0]]
            rows.append(row((language, cells[0]), cells[1:]))
        part = PublishedPart(
            title="LLaMA-2-7B", model="LLaMA-2-7B", fraction=fraction, columns=TRAINED, rows=tuple(rows)
        )
        yield PublishedTable(
            name=name,
            paper="A",
            title=name.replace("-", " ").capitalize(),
            labels=("language", "n_samples"),
            source=f"{A}, {'section 3.2' if name == 'table-2' else 'appendix C'}",
            parts=(part,),
            caption=f"Perplexity while a model trains on Chinese (Zhihu) after {fraction * 100:.0f} % of it was "
            "removed; Chinese is measured on Wechat, English on Falcon.",
            layout="Testing Dataset (Language) | # Training Samples (Chinese) | Removal Ratio: " + " | ".join(TRAINED),
            inferred=(
                Inferred(what=f"the removal ratio is {fraction * 100:.0f} %", why=why),
                *(
                    (Inferred(what="LLaMA-2-7B", why="Bottom at 0K (6.452) is 7B's perplexity in Table 3"),)
                    if name == "table-2"
                    else ()
                ),
            ),
        )


def structured(lines: list[str]) -> Iterator[PublishedTable]:
    """Tables 3, 7 and 8: three parts of four lines; the numbers of dimensions were formulas and are lost."""
    heads = [n for n, line in enumerate(lines) if line.startswith("Model Size |")]
    settings = {
        "table-3": "the head side of q, k, v, o and the residual side of down",
        "table-7": "the head side of q, k, v, o",
        "table-8": "the residual side of q, k, v, o",
    }
    for start, (name, setting) in zip(heads, settings.items(), strict=True):
        parts = []
        for block in range(3):
            found = [cells_of(line) for line in lines[start + 2 + 4 * block : start + 6 + 4 * block]]
            size, samples = found[0][0], found[0][1]
            found[0].pop(0)
            assert all(cells[0] == samples for cells in found)
            rows = tuple(row((count,), cells[1:]) for count, cells in zip(COUNTS, found, strict=True))
            model = f"LLaMA-2-{size}"
            title = f"{model} ({samples})"
            parts.append(PublishedPart(title=title, model=model, samples=samples, columns=RANKS, rows=rows))
        yield PublishedTable(
            name=name,
            paper="A",
            title=name.replace("-", " ").capitalize(),
            labels=("n_dimensions",),
            source=f"{A}, {'section 3.3' if name == 'table-3' else 'appendix D'}",
            parts=tuple(parts),
            caption=f"Perplexity (Chinese) after zeroing the N top, middle, bottom or random dimensions of {setting}.",
            layout=lines[start].rstrip(" |") + ": " + lines[start + 1].strip(" |"),
            inferred=(
                Inferred(
                    what="N = 1, 3, 5, 10", why="the column of N was formulas and is lost; our protocol has these"
                ),
                Inferred(
                    what="measured on Chinese", why="base 5.86 of 13B is that of Table 4, 6.45 of 7B that of Table 2"
                ),
            ),
        )


def table_4(lines: list[str]) -> PublishedTable:
    """One scalar of one norm; the authors' repository adds one line."""
    found = below(lines, "Perturbation | Parameter | Perplexity |", 7, skip=1)
    rows = [row((cells[0].replace("Mul", "Times").replace("-", "Base"), cells[1]), cells[2:]) for cells in found]
    rows.insert(4, row(("Times 4", "L1-N2100"), ["257.7"]))
    part = PublishedPart(title="LLaMA-2-13B, Chinese", model="LLaMA-2-13B", columns=("Perplexity",), rows=tuple(rows))
    return PublishedTable(
        name="table-4",
        paper="A",
        title="Table 4",
        source=f"{A}, section 3.3",
        labels=("change", "parameter"),
        caption="Perplexity after changing one scalar of Input_LayerNorm of layer 1.",
        layout="Perturbation | Parameter | Perplexity",
        parts=(part,),
        inferred=(
            Inferred(what="Times 4 at L1-N2100: 257.7", why="from the authors' repository, not in the paper"),
            Inferred(what="measured on Chinese", why="base 5.865 is that of 13B in Table 3, which fits Chinese"),
            Inferred(what="L1 counts layers from 0", why="the repository's example; the text has lost the number"),
        ),
        notes=("“Reset 1” writes 1, the initial value of a norm; “Mul” is called Times here.",),
    )


def monolingual(lines: list[str]) -> Iterator[PublishedTable]:
    """Table 5 (Russian) and 9 to 13: both numbers of samples share one Base."""
    names = {"Russian": 5, "Arabic": 9, "Spanish": 10, "Chinese": 11, "Korean": 12, "Vietnamese": 13}
    for language, number in names.items():
        head = f"Languages | {language} (10K) | {language} (100K) |"
        found = below(lines, head, 11)
        parts = []
        for samples, columns in (("10K", (1, 2, 3)), ("100K", (1, 4, 5))):
            rows = tuple(row((CODES[cells[0]],), [cells[index] for index in columns]) for cells in found)
            parts.append(
                PublishedPart(
                    title=f"LLaMA-2-7B ({samples})",
                    model="LLaMA-2-7B",
                    samples=samples,
                    fraction=0.01,
                    columns=REMOVAL[:3],
                    rows=rows,
                )
            )
        yield PublishedTable(
            name=f"table-{number}",
            paper="A",
            title=f"Table {number}",
            labels=("language",),
            parts=tuple(parts),
            source=f"{A}, {'section 3.4' if number == 5 else 'appendix F'}",
            caption=f"Perplexity after removing the region of {language} alone (Eq. 5), from 1 % tops and bottoms.",
            layout=head.rstrip(" |") + ": Base | Top | Bottom | Top | Bottom",
            inferred=(Inferred(what="LLaMA-2-7B", why="appendix F says so for Tables 9 to 13, and Base is the same"),)
            if number == 5
            else (),
            notes=("Base is printed once and stands in both parts here.", CHINESE),
        )


def thirty(lines: list[str]) -> Iterator[PublishedTable]:
    """Tables 14 to 16: thirty languages, two groups of four columns."""
    for number in (14, 15, 16):
        samples = "10K" if number == 15 else "100K"
        groups = ((SIZES[0], 1), (SIZES[0], 5)) if number == 16 else ((SIZES[0], 3), (SIZES[1], 3))
        head = "Languages | " + " | ".join(f"{model} {share}% ({samples})" for model, share in groups) + " |"
        found = below(lines, head, 30)
        parts = []
        for index, (model, share) in enumerate(groups):
            rows = tuple(row((CODES[c[0]],), c[1 + 4 * index : 5 + 4 * index]) for c in found)
            title = f"{model}, {share} % ({samples})"
            parts.append(
                PublishedPart(
                    title=title, model=model, samples=samples, fraction=share / 100, columns=REMOVAL, rows=rows
                )
            )
        odd = {
            14: (
                "German, 7B, Random is printed as 15.404, below its Base; Table 15 has 21.404.",
                "Malayalam, 13B, Top is printed as 16990.266, far below the others.",
            ),
            15: ("Random is the same as in Table 14: it does not depend on the scores.",),
            16: ("Hungarian, 1 %, Top is printed as 130584 where other languages have millions.",),
        }[number]
        yield PublishedTable(
            name=f"table-{number}",
            paper="A",
            title=f"Table {number}",
            source=f"{A}, appendix B",
            labels=("language",),
            caption="Perplexity of 30 languages after removing the top, bottom or a random share of the parameters.",
            layout=head.rstrip(" |") + ": Base | Top | Bottom | Random, twice",
            parts=tuple(parts),
            notes=(*odd, CHINESE),
        )


def figure_5(lines: list[str]) -> PublishedTable:
    """The six perplexities that the text quotes of the figure."""
    text = next(line for line in lines if line.startswith("We hypothesize that CF problem"))
    arabic = re.findall(r"Arabic PPL: ([\d.]+) vs\. ([\d.]+)\)", text)[0]
    english, chinese = re.findall(r"PPL: ([\d.]+) vs\. ([\d.]+) and ([\d.]+) vs\. ([\d.]+)", text)[0][:2], None
    chinese = re.findall(r"and ([\d.]+) vs\. ([\d.]+) , respectively", text)[0]
    rows = tuple(row((code,), pair) for code, pair in zip(("ar", "en", "zh"), (arabic, english, chinese), strict=True))
    part = PublishedPart(
        title="LLaMA-2-7B, the higher learning rate",
        model="LLaMA-2-7B",
        samples="100K",
        fraction=0.05,
        columns=("Top 5 % frozen", "Everything trained"),
        rows=rows,
    )
    return PublishedTable(
        name="figure-5",
        paper="A",
        title="Figure 5",
        source=f"{A}, section 3.5",
        labels=("language",),
        parts=(part,),
        caption="Perplexity after training on 100,000 Arabic sentences, with the top 5 % frozen or everything trained.",
        notes=("Only these six numbers are in the text; the two learning rates and the batch size are lost from it.",),
    )


def appendix_a(lines: list[str]) -> PublishedTable:
    """How many tokens of each language were evaluated."""
    text = next(line for line in lines if line.startswith("We use evaluation data composed of 30 languages"))
    rows = tuple(row((CODES[name],), [count]) for name, count in re.findall(r"(\w+) \((\d+)\)", text))
    part = PublishedPart(title="LLaMA-2 tokenizer", model="LLaMA-2", columns=("Tokens",), rows=rows)
    return PublishedTable(
        name="appendix-a",
        paper="A",
        title="Appendix A",
        source=f"{A}, appendix A",
        labels=("language",),
        parts=(part,),
        caption="Tokens of the evaluation text by language.",
        notes=("Swahili has 630 tokens and Malay 5,842: their perplexities are of small texts.",),
    )


def deactivations(lines: list[str]) -> Iterator[PublishedTable]:
    """Paper B, Tables 1 and 4: per cent by which perplexity rises when one language's key neurons are off."""
    codes = ("en", "zh", "fr", "es", "pt", "ar", "vi", "hi", "id")
    for number, model, random in ((1, "BLOOM-7b1", "10%"), (4, "LLaMA2-7b", "17%")):
        end = next(n for n, line in enumerate(lines) if line.startswith(f"Table {number}: Percentage increase"))
        start = max(n for n, line in enumerate(lines[:end]) if line.startswith("en "))
        off = tuple(f"{code} off" for code in codes)
        shares = (f"Random {random}", *off) if number == 1 else (*off, f"Random {random}")
        found = [line.split() for line in lines[start : start + 9]]
        rows = tuple(row((cells[0],), cells[1:]) for cells in found)
        sizes = [line.split() for line in lines[start + 9 : end] if line[:1].isdigit()]
        kept = tuple(row((name,), ["", *cells]) for name, cells in zip(("neurons", "share"), sizes, strict=True))
        part = PublishedPart(title=model, model=model, columns=("Full model", *shares), rows=(*rows, *kept))
        yield PublishedTable(
            name=f"b-table-{number}",
            paper="B",
            title=f"Table {number} of paper B",
            source=f"{B}, Table {number}",
            caption="Rise of perplexity in per cent when the key neurons of one language are deactivated.",
            labels=("language",),
            parts=(part,),
            notes=("The lines “neurons” and “share” say how many neurons were deactivated.",),
        )


def below(lines: list[str], head: str, n_rows: int, *, skip: int = 2) -> list[list[str]]:
    """Cells of the `n_rows` lines that follow the head of a table."""
    (start,) = [n for n, line in enumerate(lines) if line.startswith(head)]
    return [cells_of(line) for line in lines[start + skip : start + skip + n_rows]]


def cells_of(line: str) -> list[str]:
    """Cells of one line; the last line of the text lost its bar."""
    return [cell.strip() for cell in line.strip().split("|") if cell.strip()]


def row(labels: tuple[str, ...], printed) -> PublishedRow:
    """One line of numbers as printed; '' is an empty cell."""
    return PublishedRow(labels=labels, cells=tuple(number(text) if text else None for text in printed))


def number(text: str) -> PublishedNumber:
    return PublishedNumber(printed=text, value=float(text.removesuffix("%").replace(",", "")))


def written(table: PublishedTable) -> str:
    """One row of numbers to a line, so that people can read the file beside the paper."""
    text = json.dumps(table.model_dump(mode="json"), ensure_ascii=False, indent=1)
    text = re.sub(r'\{\s+"printed": ("[^"]*"),\s+"value": ([^\s}]+)\s+\}', r'{"printed": \1, "value": \2}', text)
    text = re.sub(r'\{\s+"labels": \[\s+([^\]]*?)\s+\],\s+"cells": \[\s+', _labels, text)
    return re.sub(r"\},\s+\{\"printed\"", '}, {"printed"', re.sub(r"\}\s+\]\s+\}", "}]}", text)) + "\n"


def _labels(found: re.Match[str]) -> str:
    return '{"labels": [' + re.sub(r"\s*\n\s*", " ", found[1]) + '], "cells": ['


if __name__ == "__main__":
    for name, table in transcribed().items():
        (published.FOLDER / f"{name}.json").write_text(written(table), encoding="utf-8")
