"""``GET /api/v1/presence``: where each group has been, episode by episode."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Header, Response

from web.presence import Answer, PresenceView


def serve_presence(app: FastAPI, presence: PresenceView) -> None:
    """Let the application answer. Filters that are left out let everything through; an ``ETag`` says what is known."""

    @app.get("/api/v1/presence")
    async def episodes(
        group: str | None = None,
        region: str | None = None,
        country: str | None = None,
        accept_encoding: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        answer = presence.answer(group, region, country)
        tagged = {"ETag": answer.tag, "Cache-Control": "no-cache"}
        if answer.tag in if_none_match:
            return Response(status_code=304, headers=tagged)
        return packed(answer, accept_encoding, tagged)


def packed(answer: Answer, accepted: str, headers: dict[str, str]) -> Response:
    """Return an answer, packed for those who take that."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in accepted:
        return Response(answer.packed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
    return Response(answer.plain, media_type="application/json", headers=headers)
