"""The one language between processes: HTTP bodies, queue payloads, manifests and Dash stores.

Knows nothing about FastAPI, RQ, numpy or torch; everything else may import it.
"""
