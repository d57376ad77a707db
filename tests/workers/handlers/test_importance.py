"""Every estimator through its handler: snapshots, shards and their merge, what is refused."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportanceRequest, ImportanceShardRequest, Lines, RegionSpec, ScoreSpec
from backend.contracts.results import ImportanceShardSummary, ImportanceSummary
from backend.contracts.vocabulary import Estimator, ImportanceMode
from tests.fakes import write_corpus
from tests.workers.handlers.shop import Shop
from workers.analysis import blocks
from workers.analysis.errors import AnalysisError
from workers.handlers.scores import stored_scores
from workers.handlers.tensor_file import TensorFile

N_LINES = 23


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of its own: a longer corpus, read three lines at a time."""
    shop = Shop(tmp_path_factory.mktemp("importance"), "gemma3_text")
    write_corpus(shop.context.settings.data_root / "corpora" / "long", ("de",), n_lines=N_LINES)
    (shop.context.settings.data_root / "corpora" / "long" / "xx.txt").write_text(
        "\n".join(str(index) * (1 + index % 9) for index in range(N_LINES)) + "\n"
    )
    return shop


@pytest.fixture
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)


def asked(shop: Shop, estimator: Estimator = Estimator.TAYLOR, **changes: object) -> ScoreSpec:
    lines = Lines(corpus="long", start=1, stop=N_LINES)
    given = {"model": shop.model, "lines": lines, "estimator": estimator, "outside_layers": True, **changes}
    return ScoreSpec.model_validate(given)


def stored(shop: Shop, spec: ScoreSpec, name: str = "scores.safetensors") -> dict[str, torch.Tensor]:
    return load_file(shop.context.store.path(shop.key(ImportanceRequest(scores=spec, language="xx"))) / name)


CASES = [
    *((estimator, ImportanceMode.ABS_OF_SUM) for estimator in Estimator),
    (Estimator.TAYLOR, ImportanceMode.SUM_OF_ABS),
]


@pytest.mark.usefixtures("short_blocks")
@pytest.mark.parametrize("n_shards", [3, 20])
@pytest.mark.parametrize(("estimator", "mode"), CASES)
def test_merged_shards_are_the_single_run(
    small: Shop, estimator: Estimator, mode: ImportanceMode, n_shards: int
) -> None:
    """With fewer shards than blocks, and with more; at the snapshots and at the end."""
    single = asked(small, estimator, mode=mode, snapshots=(6, 8))
    merged = single.model_copy(update={"shards": n_shards})
    alone, together = (small.answer(ImportanceRequest(scores=spec, language="xx")).summary for spec in (single, merged))
    assert isinstance(alone, ImportanceSummary) and isinstance(together, ImportanceSummary)
    assert (alone.n_samples, alone.n_tokens) == (together.n_samples, together.n_tokens)
    assert together.n_shards == n_shards
    assert (alone.mean_loss is None) == (together.mean_loss is None)
    assert (alone.mean_loss or 0) == pytest.approx(together.mean_loss or 0, rel=1e-6)
    for name in ("scores.safetensors", "scores-6.safetensors", "scores-8.safetensors"):
        expected, found = stored(small, single, name), stored(small, merged, name)
        assert list(expected) == list(found)
        for matrix, scores in expected.items():
            # float32 rounding of the sums; |theta * sum| may cancel, so measured by the largest
            atol = 1e-5 * float(scores.max())
            torch.testing.assert_close(found[matrix], scores, rtol=1e-5, atol=atol, msg=matrix)


@pytest.mark.usefixtures("short_blocks")
@pytest.mark.parametrize(("estimator", "mode"), CASES)
def test_a_snapshot_is_a_run_over_the_first_samples(small: Shop, estimator: Estimator, mode: ImportanceMode) -> None:
    whole = asked(small, estimator, mode=mode, snapshots=(8,))
    first = asked(small, estimator, mode=mode, lines=Lines(corpus="long", start=1, stop=9))
    for spec in (whole, first):
        small.answer(ImportanceRequest(scores=spec, language="xx"))
    expected, found = stored(small, first), stored(small, whole, "scores-8.safetensors")
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert estimator is Estimator.MAGNITUDE or any(
        not torch.equal(found[name], scores) for name, scores in stored(small, whole).items()
    )


def test_a_region_reads_the_snapshot_it_names(small: Shop) -> None:
    spec = asked(small, snapshots=(8,))
    request = ImportanceRequest(scores=spec, language="xx")
    small.answer(request)
    region = RegionSpec(scores=spec, languages=("xx",), snapshot=8)
    ticket = type("T", (), {"inputs": {"xx": small.key(request)}})()
    views = small.context.host.load(small.model).views
    found = stored_scores(ticket, small.context, views, languages=("xx",), snapshot=region.snapshot)
    assert torch.equal(found["0.mlp.up"][0], stored(small, spec, "scores-8.safetensors")["0.mlp.up"])


def test_a_small_corpus_is_shared_by_its_batches(small: Shop) -> None:
    spec = asked(small, shards=2, max_tokens=400)
    shares = [
        small.answer(ImportanceShardRequest(scores=spec, language="xx", shard=shard)).summary for shard in range(2)
    ]
    assert all(isinstance(share, ImportanceShardSummary) for share in shares)
    assert sum(share.n_samples for share in shares) == N_LINES - 1
    assert {piece for share in shares for piece in share.pieces} == {N_LINES - 1}


def test_magnitude_reads_no_text(small: Shop) -> None:
    summary = small.answer(ImportanceRequest(scores=asked(small, Estimator.MAGNITUDE), language="xx")).summary
    assert (summary.n_samples, summary.n_tokens, summary.mean_loss) == (0, 0, None)


def test_what_does_not_exist_is_refused_before_work(small: Shop) -> None:
    small.progress.phases.clear()
    with pytest.raises(AnalysisError, match="snapshots 50 must lie between 1 and the number of samples, which is 22"):
        small.answer(
            ImportanceRequest(scores=asked(small, snapshots=(50,), lines=Lines(corpus="long", start=1)), language="xx")
        )
    with pytest.raises(KnownError, match="lines"):
        small.answer(ImportanceRequest(scores=asked(small, lines=Lines(corpus="long", start=99)), language="xx"))
    assert small.progress.phases == []


def test_a_file_is_whole_or_says_what_it_lacks(tmp_path) -> None:
    tensors = {"a": torch.randn(3, 4), "b": torch.zeros(0), "c": torch.arange(6.0).view(2, 3).t()}
    path = tmp_path / "some.safetensors"
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    with TensorFile(path, shapes) as file:
        for tensor in tensors.values():
            file.append(tensor)
    assert all(torch.equal(found, tensors[name]) for name, found in load_file(path).items())
    with pytest.raises(ValueError, match="lacks b, c"), TensorFile(path, shapes) as file:
        file.append(tensors["a"])
    with pytest.raises(ValueError, match=r"a was announced as float32 \(3, 4\)"), TensorFile(path, shapes) as file:
        file.append(tensors["b"])
