"""How a removal table is shown: its unit, the order of its languages, which are searched; from and to the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self

from backend.contracts.results import RemovalSummary
from frontend.figures.removal import ASKED, FEW_LANGUAGES, NAME, Order, columns_of

PERPLEXITY, BITS = "perplexity", "bits"


class TableChoice(NamedTuple):
    """What stands above the table."""

    unit: str = PERPLEXITY
    order: Order = Order()

    @property
    def bits_per_byte(self) -> bool:
        """Whether bits per byte are shown instead of perplexities."""
        return self.unit == BITS

    @classmethod
    def first(cls, summary: RemovalSummary) -> Self:
        """Before anything is chosen: few languages stand as they were asked, many by what the first region lost."""
        columns = [column.name for column in columns_of(summary)]
        many = len(summary.conditions[0].rows) > FEW_LANGUAGES and len(columns) > 1
        return cls(PERPLEXITY, Order(by=columns[1] if many else ASKED))

    @classmethod
    def of_query(cls, query: Mapping[str, str], summary: RemovalSummary) -> Self:
        """What the address names; an order that this table does not have is left out."""
        usual = cls.first(summary)
        known = (ASKED, NAME, *(column.name for column in columns_of(summary)))
        by = query.get("sort", "")
        order = Order(by if by in known else usual.order.by, query.get("find", ""))
        return cls(BITS if query.get("unit") == BITS else PERPLEXITY, order)

    def state(self, summary: RemovalSummary) -> dict[str, str | None]:
        """For the address: None where it is usual."""
        usual = self.first(summary)
        return {
            "unit": self.unit if self.unit != usual.unit else None,
            "sort": self.order.by if self.order.by != usual.order.by else None,
            "find": self.order.search or None,
        }
