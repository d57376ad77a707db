"""An answer that is as it was is not sent again; streams and other answers pass as they are."""

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient

from backend.tagging import Tags

app = FastAPI()
app.add_middleware(Tags)
STATE = {"numbers": [1]}


@app.get("/list")
def read() -> dict[str, list[int]]:
    return STATE


@app.post("/list")
def write() -> dict[str, list[int]]:
    return STATE


@app.get("/own")
def own(response: Response) -> int:
    response.headers["etag"] = '"mine"'
    return 1


@app.get("/stream")
def stream() -> StreamingResponse:
    return StreamingResponse(iter([b"[1,", b"2]"]), media_type="application/json")


@app.get("/text")
def text() -> Response:
    return Response("hello")


def test_who_has_the_answer_is_told_so_until_it_changes():
    with TestClient(app) as client:
        first = client.get("/list")
        tag = first.headers["etag"]
        again = client.get("/list", headers={"if-none-match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        STATE["numbers"].append(2)
        changed = client.get("/list", headers={"if-none-match": tag})
        assert (changed.status_code, changed.json()) == (200, {"numbers": [1, 2]})
        assert changed.headers["etag"] != tag


def test_what_has_a_tag_or_is_no_list_passes():
    with TestClient(app) as client:
        assert client.get("/own").headers["etag"] == '"mine"'
        assert client.get("/stream").json() == [1, 2]
        for answer in (client.get("/stream"), client.get("/text"), client.post("/list"), client.get("/nothing")):
            assert "etag" not in answer.headers
