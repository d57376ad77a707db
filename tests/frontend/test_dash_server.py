"""A handler that waits for the API holds up nobody: handlers run in threads, event streams go on."""

import asyncio
import threading

import httpx
from dash import Dash, Input, Output, html

from frontend.dash_server import DashServer

BODY = {
    "output": "out.children",
    "outputs": {"id": "out", "property": "children"},
    "inputs": [{"id": "in", "property": "n_clicks", "value": 1}],
    "changedPropIds": ["in.n_clicks"],
    "state": [],
}


def test_handlers_leave_the_event_loop_free():
    app = Dash("frontend", backend=DashServer, assets_folder="none")
    app.layout = html.Div([html.Button(id="in"), html.Div(id="out")])
    seen, release = [], threading.Event()

    @app.callback(Output("out", "children"), Input("in", "n_clicks"))
    def handler(_clicks):
        seen.append(threading.current_thread())
        release.wait(5)
        return "done"

    async def go():
        transport = httpx.ASGITransport(app.server)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            slow = asyncio.create_task(client.post("/_dash-update-component", json=BODY))
            while not seen:
                await asyncio.sleep(0.001)
            page = await client.get("/_dash-layout")  # answered while the handler waits
            assert not slow.done()
            release.set()
            return page, await slow

    page, answer = asyncio.run(go())
    assert page.status_code == 200
    assert answer.json()["response"]["out"]["children"] == "done"
    assert seen[0] is not threading.main_thread()
