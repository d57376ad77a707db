from __future__ import annotations

from backend.contracts.requests import DeactivationRequest, RemovalRequest, StructuredRemovalRequest


def test_every_table_with_random_controls_draws_ten_by_default() -> None:
    asked = (RemovalRequest, StructuredRemovalRequest, DeactivationRequest)
    assert [request.model_fields["random_draws"].default for request in asked] == [10, 10, 10]
