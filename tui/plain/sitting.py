"""A whole sitting: from who is there to the goodbye."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tui.api import Api, ApiError
from tui.plain.cases import CaseDesk
from tui.plain.desk import Desk, Entry
from tui.plain.orders import OrderDesk
from tui.plain.talk import HungUp, Talk
from tui.screens.line import VERBS
from tui.verbs import NotUnderstood, Said


async def sit(api: Api, talk: Talk, node: str) -> None:
    """Sign in, work by the menu, sign out."""
    desk = Desk(api, talk, node)
    orders, cases = OrderDesk(desk), CaseDesk(desk)
    menu = [
        Entry("panel.todo.plain", orders.todo),
        Entry("panel.vehicles.plain", desk.vehicles),
        Entry("panel.alarms.plain", desk.alarms),
        Entry("apply.title", orders.new),
        Entry("key.emergency", cases.emergency),
        Entry("room.supplements", cases.supplements),
        Entry("room.sync", desk.sync),
        Entry("key.find", orders.find),
        Entry("room.health", desk.health),
    ]
    goes = {
        "supplements": cases.supplements, "sync": desk.sync, "new_order": orders.new, "emergency": cases.emergency,
        "find": orders.find, "health": desk.health,
    }  # fmt: skip
    verbs = [verb for verb in VERBS if verb.kind in {"act", "open"} or verb.name in goes]

    async def said(said: Said) -> None:
        if said.order:
            await orders.said(said)
        elif said.verb.name in goes:
            await goes[said.verb.name]()
        else:
            raise NotUnderstood("no_verb", said=said.verb.name)

    with suppress(HungUp):
        if await desk.sit_down():
            await desk.work(menu, verbs, said)
    if desk.person is not None:
        with suppress(ApiError, TimeoutError):
            async with asyncio.timeout(1):
                await api.sign_out()
    await api.close()


def run(api: Api, talk: Talk, node: str) -> None:
    """As `sit`, to its end. A key that interrupts does so at once, also in the middle of a question."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(sit(api, talk, node))
    finally:
        loop.close()
