"""The words of the atlas (docs/protocol.md): matrix kinds, sides, selections, actions, states."""

from __future__ import annotations

from enum import StrEnum


class MatrixKind(StrEnum):
    """What a parameter is. The first seven and the norms are the papers' kinds.

    Biases carry `.bias`; what lies outside the transformer layers (`embed.*`, `norm.final*`,
    `head`) belongs to no layer and is left out of regions by default.
    """

    ATTN_Q = "attn.q"
    ATTN_K = "attn.k"
    ATTN_V = "attn.v"
    ATTN_O = "attn.o"
    MLP_GATE = "mlp.gate"
    MLP_UP = "mlp.up"
    MLP_DOWN = "mlp.down"
    NORM_INPUT = "norm.input"
    """Norm before attention."""
    NORM_POST = "norm.post"
    """Norm before the MLP."""
    NORM_ATTN_OUT = "norm.attn_out"
    """Norm on the attention output (Gemma 2/3, OLMo 2)."""
    NORM_MLP_OUT = "norm.mlp_out"
    """Norm on the MLP output (Gemma 2/3, OLMo 2)."""
    NORM_Q = "norm.q"
    NORM_K = "norm.k"
    ATTN_Q_BIAS = "attn.q.bias"
    ATTN_K_BIAS = "attn.k.bias"
    ATTN_V_BIAS = "attn.v.bias"
    ATTN_O_BIAS = "attn.o.bias"
    MLP_GATE_BIAS = "mlp.gate.bias"
    MLP_UP_BIAS = "mlp.up.bias"
    MLP_DOWN_BIAS = "mlp.down.bias"
    NORM_INPUT_BIAS = "norm.input.bias"
    NORM_POST_BIAS = "norm.post.bias"
    EMBED_TOKEN = "embed.token"
    EMBED_POSITION = "embed.position"
    EMBED_NORM = "embed.norm"
    EMBED_NORM_BIAS = "embed.norm.bias"
    NORM_FINAL = "norm.final"
    NORM_FINAL_BIAS = "norm.final.bias"
    HEAD = "head"


class KindGroup(StrEnum):
    """Kinds of matrices that a region names together (docs/adr/0009)."""

    MATRICES = "matrices"
    """What multiplies as a matrix: attention, MLP; embeddings and head where these are scored."""
    NORMS = "norms"
    """Scales of norms."""
    BIASES = "biases"
    """Whatever is added: of matrices and of norms."""


def group_of(kind: str) -> KindGroup:
    """The group that a matrix kind (`attn.q`, `norm.input.bias`) belongs to."""
    if kind.endswith(".bias"):
        return KindGroup.BIASES
    return KindGroup.NORMS if kind.startswith("norm.") or kind == MatrixKind.EMBED_NORM else KindGroup.MATRICES


class Side(StrEnum):
    """What an axis of a matrix counts. Never just row or column."""

    RESIDUAL = "residual"
    HEAD = "head"
    NEURON = "neuron"
    VOCABULARY = "vocabulary"
    POSITION = "position"


class Bos(StrEnum):
    """Whether a sample begins with the tokenizer's BOS token."""

    TOKENIZER = "tokenizer"
    """As the model's own tokenizer says: `add_bos_token` of its settings, else what it does with a text."""
    ALWAYS = "always"
    """Refused where the tokenizer has no BOS token."""
    NEVER = "never"


class Dtype(StrEnum):
    """Computation dtype; `auto` is float32 on a CPU and bfloat16 on a GPU that has it."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Estimator(StrEnum):
    """How the importance of a parameter is estimated (docs/protocol.md, "Importance")."""

    TAYLOR = "taylor"
    """|theta * g| (Eq. 4)."""
    MAGNITUDE = "magnitude"
    """|theta|; the same for every language."""
    FISHER = "fisher"
    """Sum over batches of g squared."""
    SECOND_ORDER = "second_order"
    """|theta * sum g - 1/2 theta^2 * sum g^2|: Eq. 3 with the diagonal Fisher for the Hessian,
    as docs/protocol.md fixes it."""
    WANDA = "wanda"
    """|theta| times the L2 norm of its input over all tokens."""


class ImportanceMode(StrEnum):
    """How gradients of several batches become one importance (docs/protocol.md, Eq. 4)."""

    ABS_OF_SUM = "abs_of_sum"
    SUM_OF_ABS = "sum_of_abs"


class Selection(StrEnum):
    """Which end of the ranking a region takes."""

    TOP = "top"
    MIDDLE = "middle"
    """Around the median."""
    BOTTOM = "bottom"
    RANDOM = "random"


class Scope(StrEnum):
    """One threshold per matrix, or one for all matrices."""

    PER_MATRIX = "per_matrix"
    GLOBAL = "global"


class Rank(StrEnum):
    """Which dimensions of a ranking are taken."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"
    RANDOM = "random"


class DimensionSetting(StrEnum):
    """Which side of which matrices structured removal works on (Tables 3, 7, 8)."""

    HEAD_AND_DOWN = "head_and_down"
    """Table 3: the head side of q, k, v, o and the residual side of down."""
    HEAD = "head"
    """Table 7, the first setting: the head side of q, k, v, o."""
    RESIDUAL = "residual"
    """Table 8, the second setting: the residual side of q, k, v, o."""
    RESIDUAL_AND_DOWN = "residual_and_down"
    """The residual side of q, k, v, o and of down."""

    @property
    def sides(self) -> dict[MatrixKind, Side]:
        """Which side is ranked and zeroed, by matrix kind; a matrix of no other kind is touched."""
        attention = Side.RESIDUAL if self.value.startswith("residual") else Side.HEAD
        kinds = (MatrixKind.ATTN_Q, MatrixKind.ATTN_K, MatrixKind.ATTN_V, MatrixKind.ATTN_O)
        down = {MatrixKind.MLP_DOWN: Side.RESIDUAL} if self.value.endswith("and_down") else {}
        return dict.fromkeys(kinds, attention) | down


class EditAction(StrEnum):
    """What a perturbation writes. `reset` is the initial value: an effective norm scale of 1."""

    ZERO = "zero"
    SCALE = "scale"
    SET = "set"
    RESET = "reset"
    RANDOM = "random"


class PerplexityRule(StrEnum):
    """`samples`: every sample on its own, BOS + text. `windows-2048`: joined, non-overlapping."""

    SAMPLES = "samples"
    WINDOWS_2048 = "windows-2048"


class Sampling(StrEnum):
    """How the next token is chosen."""

    GREEDY = "greedy"
    SAMPLED = "sampled"


class Reducer(StrEnum):
    """What one screen pixel says about the block of parameters below it."""

    DENSITY = "density"
    MAX_IMPORTANCE = "max_importance"
    MAX_ABS_WEIGHT = "max_abs_weight"
    SIGNED_MAX_WEIGHT = "signed_max_weight"
    MEAN_WEIGHT = "mean_weight"
    SIMILARITY = "similarity"
    SIGNED_DIFFERENCE = "signed_difference"
    """Of two subjects: the largest change below a pixel, with its sign."""
    MEAN_DIFFERENCE = "mean_difference"
    """Of two subjects: the mean change."""


class AnalysisKind(StrEnum):
    """The questions a user can ask; one worker handler each."""

    OPEN_MODEL = "open_model"
    IMPORTANCE = "importance"
    IMPORTANCE_SHARD = "importance_shard"
    FAITHFULNESS = "faithfulness"
    REGION = "region"
    COMBINED_REGION = "combined_region"
    IMPORT_REGION = "import_region"
    PERPLEXITY = "perplexity"
    REMOVAL = "removal"
    STRUCTURED_REMOVAL = "structured_removal"
    SWEEP = "sweep"
    PERTURBATION = "perturbation"
    GENERATION = "generation"
    GENERATION_GRID = "generation_grid"
    TRAINING = "training"
    ACTIVATIONS = "activations"
    SIMILARITY = "similarity"
    KEY_NEURONS = "key_neurons"
    DEACTIVATION = "deactivation"
    CHOICE = "choice"
    DEVELOPMENT = "development"
    ENRICHMENT = "enrichment"
    COMPARISON = "comparison"


REGION_KINDS = (AnalysisKind.REGION, AnalysisKind.COMBINED_REGION, AnalysisKind.IMPORT_REGION)
"""Kinds whose result is a set of parameters: packed bits in `mask.safetensors`."""


class JobState(StrEnum):
    """Where a job stands. `waiting`: another job must finish first."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job by itself."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Phase(StrEnum):
    """What a job is doing just now."""

    QUEUED = "queued"
    LOADING_MODEL = "loading model"
    RUNNING = "running"
    WRITING = "writing"
