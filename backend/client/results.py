"""Answers: stored results, their files, tables and texts, and what is read out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from backend.client.transport import Transport, given
from backend.contracts.compared_ratios import ComparedRatio, ComparedRatios
from backend.contracts.regions import Expression, ImportedFile, ImportForm
from backend.contracts.results import (
    ExpressionPreview,
    LanguageMeans,
    Manifest,
    NeuronCard,
    NeuronList,
    Overlap,
    OverlapByMatrix,
    ResultList,
    ResultRow,
    SetAside,
)
from backend.wire import parsed

TableFormat = Literal["csv", "tex", "json"]
TextsFormat = Literal["md", "html", "json"]
Unit = Literal["perplexity", "bits_per_byte"]
UPLOAD_BLOCK_BYTES = 1 << 20


class Results(Transport):
    """Stored results."""

    def results(self, kind: str | None = None, model: str | None = None) -> tuple[ResultRow, ...]:
        """Stored results, newest first."""
        return self._get(ResultList, "/results", kind=kind, model=model).results

    def set_aside(self) -> tuple[SetAside, ...]:
        """What lies among the results and is no answer: damaged, or of another version."""
        return self._get(ResultList, "/results").set_aside

    def manifest(self, key: str) -> Manifest:
        """The request, provenance and summary of a stored result."""
        return self._get(Manifest, f"/results/{key}")

    def compared_ratios(self, left: str, right: str) -> tuple[ComparedRatio, ...]:
        """Perplexities of the right result by those of the left one, with their intervals."""
        return self._get(ComparedRatios, "/compare/ratios", left=left, right=right).ratios

    def delete_result(self, key: str) -> None:
        """Remove a stored result."""
        self._send("DELETE", f"/results/{key}")

    def file(self, key: str, name: str) -> bytes:
        """One file of a stored result, whole."""
        return self._send("GET", f"/results/{key}/files/{name}").content

    def table(
        self, key: str, format: TableFormat = "csv", *, unit: Unit = "perplexity", language: str | None = None
    ) -> str:
        """The table of a result as CSV, LaTeX or JSON text; `unit` is what perplexities by language say.

        `language`: of a structured removal or a sweep this one alone.
        """
        params = given({"unit": unit, "language": language})
        return self._send("GET", f"/results/{key}/table.{format}", params=params).text

    def texts(self, key: str, format: TextsFormat = "md") -> str:
        """Generated texts beside each other (a generation grid, a perturbation) as Markdown, HTML or JSON text."""
        return self._send("GET", f"/results/{key}/grid.{format}").text

    def upload(self, content: bytes | Path, form: ImportForm | None = None) -> ImportedFile:
        """Send a file of masks, coordinates or neurons; `import_region` names it by the hash that comes back.

        `form` says what lists of pairs or triples are; without it they come back as `ambiguous_import`.
        """
        blocks = content if isinstance(content, bytes) else _blocks_of(content)
        headers = {"Content-Type": "application/octet-stream"}
        return parsed(
            ImportedFile, self._send("POST", "/imports", params=given({"form": form}), content=blocks, headers=headers)
        )

    def overlap(self, keys: Sequence[str]) -> Overlap:
        """Regions against regions: sizes, shared parameters, Jaccard, and the Jaccard of chance."""
        return self._get(Overlap, "/overlap", keys=",".join(keys))

    def overlap_by_matrix(self, left: str, right: str) -> OverlapByMatrix:
        """Two regions within each matrix."""
        return self._get(OverlapByMatrix, "/overlap/matrices", left=left, right=right)

    def preview(self, expression: Expression) -> ExpressionPreview:
        """Size and overlaps of an expression over stored regions, before it is computed."""
        headers = {"Content-Type": "application/json"}
        response = self._send("POST", "/regions/preview", content=expression.model_dump_json(), headers=headers)
        return parsed(ExpressionPreview, response)

    def region_file(self, key: str, bits: Literal["packed", "bool"] = "packed") -> bytes:
        """A region as safetensors, which says in its metadata what it is; `upload` takes it back."""
        return self._send("GET", f"/results/{key}/region.safetensors", params=given({"bits": bits})).content

    def language_means(self, key: str, matrix: str = "whole") -> LanguageMeans:
        """Mean similarity of every pair of languages in one similarity map."""
        return self._get(LanguageMeans, f"/results/{key}/language-means", matrix=matrix)

    def neurons(self, key: str, language: str, *, layer: int | None = None, limit: int = 100) -> NeuronList:
        """Key neurons of one language, the largest z first."""
        params = {"language": language, "layer": layer, "limit": limit}
        return self._get(NeuronList, f"/results/{key}/neurons", **params)

    def neuron(self, key: str, *, layer: int, index: int, n_sentences: int = 8) -> NeuronCard:
        """One neuron from all sides."""
        return self._get(NeuronCard, f"/results/{key}/neuron", layer=layer, index=index, n_sentences=n_sentences)

    def neuron_mask(self, key: str, language: str) -> bytes:
        """The key neurons of one language as JSON by layer; `upload` takes it back as a region."""
        return self._send("GET", f"/results/{key}/neurons.json", params=given({"language": language})).content


def _blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(UPLOAD_BLOCK_BYTES):
            yield block
