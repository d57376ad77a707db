"""Tables and figures of a view as files: `/export/table.csv?view=...&name=...`. Knows views, nothing of Dash."""
