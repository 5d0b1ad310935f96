"""Opens the forms and the home of the Slack app, and processes the answers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackClientError

from schemas.alert import AlertEvent
from schemas.subscription import Mute, Subscriber, Subscription
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.mutes import format_mute
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import current_mutes, unsubscribe
from streams.io.slack_client import SlackClient
from streams.notify.buttons import MORE, MUTE, REPORT_WRONG
from streams.notify.message import Message
from streams.notify.outcomes import Sent
from streams.notify.spans import line
from web.slack_app.alert_replies import only_alert
from web.slack_app.commands import unsubscribed
from web.slack_app.config import SlackAppConfig
from web.slack_app.forms import (
    EDIT,
    SUBSCRIBE,
    Json,
    Origin,
    answers,
    edit_form,
    filter_of,
    mute_form,
    operator_report,
    report_form,
    subscribe_form,
)
from web.slack_app.home import HOME_EDIT, HOME_REMOVE, HOME_UNMUTE, button_target, home_view
from web.slack_app.mutes import end_mutes, mute_channel
from web.slack_app.replies import Reply, filter_error_reply, filter_span, reply
from web.slack_app.requests import Command
from web.slack_app.response_url import UNKNOWN_ALERT, respond_with
from web.slack_app.service import SlackService

_log = logging.getLogger(__name__)

_NOT_OPENED = reply("Slack did not open the form. Try again.")
_MUTE_ENDED = reply("This mute has ended already.")
_THANKS = reply("Thank you. The operators have been notified.")
_NOT_FORWARDED = reply("The operators could not be notified. Try again later.")
_NO_OPERATORS = reply(
    "Nobody receives these reports: ask the operators of Firstseen to set FIRSTSEEN_OPERATORS_CHANNEL."
)

Run = Callable[[Command], Awaitable[Reply]]
"""Carries out a command."""


class FormHandlers:
    """slack-bolt passes arguments by their names: ``ack``, ``respond``, ``action``, ``body``, ``view``, ``event``."""

    def __init__(self, config: SlackAppConfig, service: SlackService, slack: SlackClient, run: Run) -> None:
        self._config, self._service, self._slack, self._run = config, service, slack, run
        self._reported: set[tuple[str, str]] = set()

    def register(self, app: AsyncApp) -> None:
        """Add the handlers to the app."""
        for action in (MORE, MUTE, REPORT_WRONG):  # the last two are buttons of messages of earlier versions
            app.action(action)(self._open_form)
        app.action(HOME_EDIT)(self._open_edit_form)
        app.action(HOME_REMOVE)(self._remove_from_home)
        app.action(HOME_UNMUTE)(self._unmute_from_home)
        app.view(SUBSCRIBE)(self._subscribe)
        app.view(EDIT)(self._edit)
        app.view(MUTE)(self._mute)
        app.view(REPORT_WRONG)(self._report)
        app.event("app_home_opened")(self._open_home)

    async def _open_form(self, ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        button = f"{action['action_id']}|{action.get('value', '')}"
        chosen = action.get("selected_option", {}).get("value", button)
        what, _, alert_id = str(chosen).partition("|")
        alert = await self._alert(alert_id)
        if alert is None:
            await respond(text=UNKNOWN_ALERT, response_type="ephemeral", replace_original=False)
            return
        origin = Origin(body["channel"]["id"], str(body.get("response_url", "")), alert.alert_id)
        form = report_form(alert, origin) if what == REPORT_WRONG else mute_form(alert, origin)
        if not await self._open(body, form):
            await respond(text=_NOT_OPENED.text, response_type="ephemeral", replace_original=False)

    async def open_subscribe_form(self, body: Mapping[str, Any]) -> Reply | None:
        """Open the form that asks which alerts a channel wants; return the reply if that fails."""
        origin = Origin(str(body["channel_id"]), str(body.get("response_url", "")))
        if await self._open(body, subscribe_form(origin)):
            return None
        return reply("Write which alerts this channel wants: `/firstseen subscribe in:Sahel`, or `all`.")

    async def open_report_form(self, body: Mapping[str, Any], prefix: str) -> Reply | None:
        """Open the form that reports an error in an alert; return the reply if that fails."""
        alert = only_alert(await self._service.alerts_with_prefix(prefix), prefix)
        if isinstance(alert, Reply):
            return alert
        origin = Origin(str(body["channel_id"]), str(body.get("response_url", "")), alert.alert_id)
        return None if await self._open(body, report_form(alert, origin)) else _NOT_OPENED

    async def _open_edit_form(self, ack: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        destination, text = button_target(str(action.get("value", "")))
        await self._open(body, edit_form(Origin(destination, about=text)))

    async def _open(self, body: Mapping[str, Any], form: Json) -> bool:
        try:
            await self._slack.web_client.views_open(trigger_id=str(body.get("trigger_id", "")), view=form)
        except (SlackClientError, OSError) as error:
            _log.error("A form was not opened: %s", type(error).__name__)
            return False
        return True

    async def _subscribe(self, ack: Any, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        wanted = filter_of(answers(view), self._service.areas)
        if not isinstance(wanted, str):
            await ack(response_action="errors", errors=wanted)
            return
        await ack()
        origin = Origin.from_text(view["private_metadata"])
        command = Command(
            f"subscribe {wanted}", origin.channel, body["user"]["id"], self._service.now(), self._config.page
        )
        await self._answer(origin, body["user"]["id"], self._run(command))

    async def _edit(self, ack: Any, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        parsed = parse_filter(answers(view)["filter"], self._service.areas)
        if isinstance(parsed, FilterError):
            await ack(response_action="errors", errors={"filter": filter_error_reply(parsed, "subscribe").text[:500]})
            return
        await ack()
        origin, user = Origin.from_text(view["private_metadata"]), body["user"]["id"]
        await self._answer(origin, user, self._replace(origin, user, parsed.subscription))
        await self._publish_home(user)

    async def _remove_from_home(self, ack: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        destination, text = button_target(str(action.get("value", "")))
        origin, user = Origin(destination, about=text), body["user"]["id"]
        await self._answer(origin, user, self._replace(origin, user, None))
        await self._publish_home(user)

    async def _unmute_from_home(self, ack: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        destination, text = button_target(str(action.get("value", "")))
        user, at = body["user"]["id"], self._service.now()

        def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
            mutes = current_mutes(before, at) if before else ()
            ended = tuple(mute for mute in mutes if format_mute(mute) == text)
            return end_mutes(before, ended, user, at) if before and ended else (before, _MUTE_ENDED)

        await self._answer(Origin(destination), user, self._service.decide(destination, decide))
        await self._publish_home(user)

    async def _replace(self, origin: Origin, user: str, new: Subscription | None) -> Reply:
        """Replace the subscription with the filter that a form was opened for; None: remove it."""
        at = self._service.now()

        def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
            old = next(
                (each for each in (before.subscriptions if before else ()) if format_filter(each) == origin.about), None
            )
            if before is None or old is None:
                return before, reply("This subscription no longer exists.")
            if new is None:
                return unsubscribe(before, (old,), user, at), unsubscribed((old,))
            kept = tuple(dict.fromkeys(new if each == old else each for each in before.subscriptions))
            changed = line("Changed a subscription here from ", filter_span(old), " to ", filter_span(new), ".")
            return before.replace(subscriptions=kept, owner=user, changed_at=at), reply(changed, in_channel=True)

        return await self._service.decide(origin.channel, decide)

    async def _mute(self, ack: Any, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        await ack()
        origin, user = Origin.from_text(view["private_metadata"]), body["user"]["id"]
        await self._answer(origin, user, self._mute_alert(origin, user, answers(view)))

    async def _mute_alert(self, origin: Origin, user: str, answered: Mapping[str, Any]) -> Reply:
        alert, at = await self._alert(origin.about), self._service.now()
        if alert is None:
            return reply(UNKNOWN_ALERT)
        country = None if alert.is_regional else alert.country
        mute = Mute(group=alert.group, country=country, until=at + timedelta(int(answered["days"])))

        def decide(before: Subscriber | None) -> tuple[Subscriber | None, Reply]:
            return mute_channel(before, mute, user, at, answered.get("reason", ""))

        return await self._service.decide(origin.channel, decide)

    async def _report(self, ack: Any, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        await ack()
        origin, user = Origin.from_text(view["private_metadata"]), body["user"]["id"]
        await self._answer(origin, user, self._post_report(origin, user, answers(view)))

    async def _post_report(self, origin: Origin, user: str, answered: Mapping[str, Any]) -> Reply:
        """Post a report to the operators, once for each alert and user, and return the reply to the user."""
        if not self._config.operators_channel:
            return _NO_OPERATORS
        alert, reported = await self._alert(origin.about), (origin.about, user)
        if alert is None:
            return reply(UNKNOWN_ALERT)
        if reported not in self._reported:
            self._reported.add(reported)  # before Slack answers: the form may be sent twice at once
            outcome = await self._slack.post(
                self._config.operators_channel, operator_report(alert, user, origin, answered)
            )
            if not isinstance(outcome, Sent):
                self._reported.discard(reported)
                _log.error("A report of a wrong alert was not posted: %s", outcome.error)
                return _NOT_FORWARDED
        return _THANKS

    async def _open_home(self, event: Mapping[str, Any]) -> None:
        await self._publish_home(str(event["user"]))

    async def _publish_home(self, user: str) -> None:
        view = home_view(await self._service.subscribers(), user, self._service.areas, self._service.now())
        await self._slack.web_client.views_publish(user_id=user, view=view)

    async def _alert(self, alert_id: str) -> AlertEvent | None:
        events = await self._service.alerts_with_prefix(alert_id) if alert_id else ()
        return events[-1] if events else None

    async def _answer(self, origin: Origin, user: str, replying: Awaitable[Reply]) -> None:
        """Answer where the form was opened; from the home, post to the channel what everybody there sees."""
        if origin.response_url:
            await respond_with(AsyncRespond(response_url=origin.response_url), replying)
            return
        answer = await replying
        recipient = origin.channel if answer.in_channel else user
        message = Message(text=answer.text, blocks=tuple(answer.blocks), metadata={})
        outcome = await self._slack.post(recipient, message)
        if not isinstance(outcome, Sent) and recipient != user:  # the channel may be archived or deleted
            await self._slack.post(user, message)
