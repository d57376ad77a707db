"""One point of a development from the results of its parts: the worker collects all, the API what is there already."""

from __future__ import annotations

from collections.abc import Mapping

from backend.contracts.building import development_parts
from backend.contracts.requests import DevelopmentMember, DevelopmentRequest
from backend.contracts.results import ChoiceSummary, DevelopmentPoint, KeyNeuronsSummary, SimilaritySummary, Summary


def point_of(
    request: DevelopmentRequest, member: DevelopmentMember, found: Mapping[str, Summary]
) -> DevelopmentPoint | None:
    """The point of a member; None until its similarity and its key neurons are there. Tasks may come later.

    `found`: summaries by the names of `building.development_parts`.
    """
    similarity_name, neurons_name, *task_names = development_parts(request, member)
    similarity, neurons = found.get(similarity_name), found.get(neurons_name)
    if not isinstance(similarity, SimilaritySummary) or not isinstance(neurons, KeyNeuronsSummary):
        return None
    named = zip(request.tasks, map(found.get, task_names), strict=True)
    tasks = {task.title: judged for task, judged in named if isinstance(judged, ChoiceSummary)}
    return DevelopmentPoint(
        model=member.model,
        label=member.label or member.model[:60],
        position=member.position,
        whole=similarity.scores[0],
        layers=similarity.scores[1:],
        sklr=neurons.sklr,
        sklr_null=neurons.sklr_null,
        n_neurons_total=neurons.n_layers * neurons.n_neurons,
        counts=neurons.counts,
        accuracy={title: judged.accuracy for title, judged in tasks.items()},
        accuracy_error={title: judged.standard_error for title, judged in tasks.items()},
    )
