"""Links in responses. In a body they are relative to the server, because many readers share one response. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.datastructures import MultiDict
from starlette.requests import Request

API = "/api/v1"


def path_of(*parts: str, root: str = API) -> str:
    """Return the path of a resource, of the API unless ``root`` says otherwise, with its parts percent-encoded."""
    return "/".join((root, *(quote(part, safe="") for part in parts)))


def with_params(request: Request, **changed: object) -> str:
    """Return the path and query of a request, percent-encoded, with some parameters changed."""
    params = MultiDict(request.query_params.multi_items())
    params.update(changed)
    return f"{quote(request.scope['path'])}?{urlencode(params.multi_items())}"


def server_address(request: Request, page_url: str | None) -> str:
    """Return the address of the server without a slash at the end: the configured one, or else that of the request."""
    return (page_url or str(request.base_url)).rstrip("/")


def next_header(server: str, path: str | None) -> dict[str, str]:
    """Return the header that links to the next page, if there is one."""
    return {"Link": f'<{server}{path}>; rel="next"'} if path else {}
