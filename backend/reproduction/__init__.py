"""The papers' tables and figures on any model: from a name to requests, from results to a comparison and verdicts."""
