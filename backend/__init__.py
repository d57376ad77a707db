"""FastAPI service of Lingua Atlas: knows HTTP, the queue and the results; never torch."""
