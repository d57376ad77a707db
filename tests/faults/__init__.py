"""Bad days by the dozen: `python -m tests.faults --rounds N` breaks a running atlas at random moments."""
