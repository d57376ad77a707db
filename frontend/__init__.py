"""Dash front end of Lingua Atlas: knows contracts and backend.client."""
