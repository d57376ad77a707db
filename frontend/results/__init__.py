"""A stored result as components: panels and figures put together, by kind of result."""
