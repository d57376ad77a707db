"""Who is answered on which address, and for how long a connection stays open."""

import httpx

from backend.contracts.binding import KEEP_ALIVE_SECONDS


def test_a_server_keeps_connections_longer_than_our_clients_use_them():
    expiry = httpx.Limits().keepalive_expiry
    assert expiry is not None
    assert expiry < KEEP_ALIVE_SECONDS
