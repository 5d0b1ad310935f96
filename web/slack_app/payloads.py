"""Validates requests from Slack, before slack-bolt and the handlers read them. Pure.

Slack signs what it sends, so a malformed request is a defect, a proxy that changes bodies, or a forgery by somebody who
knows the signing secret. It changes nothing, and an answer goes to Slack's own hosts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from streams.notify.buttons import MUTE
from web.slack_app.forms import FIELDS, MUTE_CHOICES, Origin, answers
from web.slack_app.home import HOME_ACTIONS, button_target

RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
"""The hosts of Slack's ``response_url``."""

_Text = Annotated[str, StringConstraints(max_length=30_000)]
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class _Part(BaseModel):
    """A part of a payload. Slack adds fields at any time."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Named(_Part):
    id: _Id


class _Option(_Part):
    value: _Text


class _Action(_Part):
    action_id: _Text
    type: _Text
    block_id: _Text = ""
    value: _Text | None = None
    selected_option: _Option | None = None


class _Field(_Part):
    value: _Text | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None


class _State(_Part):
    values: dict[str, Annotated[dict[str, _Field], Field(min_length=1, max_length=1)]]


class _View(_Part):
    callback_id: _Text
    private_metadata: _Text = ""
    state: _State


class _Command(_Part):
    command: _Text
    text: _Text = ""
    channel_id: _Id
    user_id: _Id
    response_url: _Text
    trigger_id: _Text = ""


class _Clicks(_Part):
    user: _Named
    channel: _Named | None = None
    actions: Annotated[list[_Action], Field(min_length=1)]
    response_url: _Text | None = None
    trigger_id: _Text = ""


class _Submission(_Part):
    user: _Named
    view: _View


class _Kind(_Part):
    type: _Text


class _Event(_Part):
    event: _Kind


class _HomeOpened(_Part):
    user: _Id


class _Verification(_Part):
    challenge: _Text


_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "block_actions": TypeAdapter(_Clicks),
    "view_submission": TypeAdapter(_Submission),
    "event_callback": TypeAdapter(_Event),
    "url_verification": TypeAdapter(_Verification),
}
_COMMAND, _OTHER, _HOME_OPENED = TypeAdapter(_Command), TypeAdapter(_Kind), TypeAdapter(_HomeOpened)


def payload_problem(payload: object, own_host: str | None = None) -> str | None:
    """Return what is wrong with the payload of a request, or None. Fields and kinds that are not known are accepted.

    ``own_host``: another host of ``response_url``, where Slack is reached through a proxy or emulated.
    """
    if not isinstance(payload, dict):
        return "it is not a JSON object"
    if payload.get("ssl_check") == "1":
        return None
    kind = payload.get("type")
    try:
        if "command" in payload:
            _COMMAND.validate_python(payload)
        elif kind == "event_callback" and _KINDS[kind].validate_python(payload).event.type == "app_home_opened":
            _HOME_OPENED.validate_python(payload["event"])
        else:
            found = (_KINDS.get(kind, _OTHER) if isinstance(kind, str) else _OTHER).validate_python(payload)
            problem = _clicks_problem(found) if isinstance(found, _Clicks) else None
            if isinstance(found, _Submission):
                problem = _submission_problem(found.view, payload["view"], own_host)
            if problem:
                return problem
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    given = payload.get("response_urls")
    urls = [each.get("response_url") for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    if not all(_is_response_url(url, own_host) for url in (payload.get("response_url"), *urls)):
        return _FOREIGN
    return None


_FOREIGN = "response_url: it is not an address of Slack"


def _clicks_problem(clicks: _Clicks) -> str | None:
    for action in clicks.actions:
        if action.action_id in HOME_ACTIONS:
            try:
                button_target(action.value or "")
            except (ValueError, TypeError, RecursionError):
                return "actions.value: it names no subscription and no mute"
        elif clicks.channel is None or not clicks.response_url:
            return "channel, response_url: one of them is missing"
    return None


def _submission_problem(view: _View, raw: Mapping[str, Any], own_host: str | None) -> str | None:
    if (expected := FIELDS.get(view.callback_id)) is None:
        return None
    try:
        origin = Origin.from_text(view.private_metadata)
    except (ValueError, TypeError, RecursionError):
        return "view.private_metadata: Firstseen did not write it"
    given = answers(raw)
    if not expected.keys() <= given.keys() or not all(isinstance(given[name], expected[name]) for name in expected):
        return f"view.state: a form of this kind has the fields {', '.join(expected)}"
    if view.callback_id == MUTE and given["days"] not in map(str, MUTE_CHOICES):
        return "view.state: days is none of the choices"
    return None if not origin.response_url or _is_response_url(origin.response_url, own_host) else _FOREIGN


def _is_response_url(url: object, own_host: str | None) -> bool:
    if url is None or url == "":
        return True
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        port = parts.port if parts else None
    except ValueError:
        return False
    if parts is None or "@" in parts.netloc:
        return False
    if own_host and parts.hostname == own_host:
        return True
    return parts.scheme == "https" and parts.hostname in RESPONSE_HOSTS and port in {None, 443}
