"""Who is there, the menu, and what is short: vehicles, alarms, the state of records.

The menu takes a number, or a line as the full screen's command line takes it (`pai 0230`).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from fleet.rules.roles import Role
from fleet.words import Words
from tui import known
from tui.api import Api, ApiError, Refused, SessionLost
from tui.known import Known
from tui.plain.talk import Talk, flat
from tui.rows.alarms import alarm_line
from tui.rows.header import sync_words
from tui.rows.status import Part, status_parts
from tui.rows.syncing import sync_parts
from tui.rows.vehicles import vehicle_line
from tui.screens.frame import refusal_lines
from tui.shapes import Board, Person
from tui.times import moment
from tui.verbs import NotUnderstood, Verb, understand

WIDTH = 160
"""Cells a row may take before its columns are taken out: enough that no name is cut."""


class Entry(NamedTuple):
    """A line of the menu: the catalogue's key, and what it leads to."""

    words: str
    go: Callable[[], Awaitable[None]]


class Desk:
    """One person's sitting. Everything shown was answered by the node a moment ago."""

    def __init__(self, api: Api, talk: Talk, node: str) -> None:
        """`node` is the address as the person wrote it."""
        self.api, self.talk, self.node = api, talk, node
        self.people: dict[str, str] = {}
        self.person: Person | None = None
        self._offset_ms = 0

    @property
    def words(self) -> Words:
        return self.talk.words

    @property
    def now_ms(self) -> int:
        """The node's clock; UTC ms."""
        return time.time_ns() // 1_000_000 + self._offset_ms

    async def sit_down(self) -> bool:
        """Sign in; False if nobody did."""
        talk, words = self.talk, self.words
        while True:
            try:
                health, people = await self.api.health(), await self.api.people()
            except ApiError:
                talk.say(words("node.missing", node=self.node))
                if not talk.ask(words("plain.again")):
                    continue
                return False
            self._offset_ms = health["now_ms"] - time.time_ns() // 1_000_000
            talk.say(words("sign_in.unit", unit=health["unit"]["name"]))
            self.people = {person["id"]: person["name"] for person in people}
            people.sort(key=lambda person: Role.DISPATCHER not in person["roles"])
            person = talk.choose(people, self._named, words("plain.who"))
            if person is None:
                return False
            try:
                self.person = (await self.api.sign_in(person["id"], talk.ask_secret("PIN")))["person"]
            except ApiError as error:
                self.tell(error)
            else:
                talk.say(words("plain.signed_in", name=self.person["name"]))
                return True

    async def work(self, menu: list[Entry], verbs: list[Verb], said: Callable[..., Awaitable[None]]) -> None:
        """The menu, over and over, until an empty answer. `said` does what a line of the command line means."""
        talk, words = self.talk, self.words
        while True:
            await self.summary()
            for number, entry in enumerate(menu, 1):
                talk.say(f"{number}. {words(entry.words)}")
            answer = talk.ask(words("plain.menu"))
            if not answer:
                return
            try:
                if answer.isdigit() and 0 < int(answer) <= len(menu):
                    await menu[int(answer) - 1].go()
                else:
                    await said(understand(answer, verbs, words))
            except NotUnderstood as error:
                talk.say(words(f"line.{error.code}", **error.facts))
            except SessionLost:
                talk.say(words("sign_in.again"))
                if not await self.sit_down():
                    return
            except ApiError as error:
                self.tell(error)

    def tell(self, error: ApiError) -> None:
        """A failure in sentences."""
        for line in refusal_lines(self.words, error):
            self.talk.say(line)

    async def board(self) -> Board:
        board = await self.api.board()
        self._offset_ms = board["now_ms"] - time.time_ns() // 1_000_000
        return board

    async def known(self) -> Known:
        return await known.ask(self.api, self.words)

    async def summary(self) -> None:
        """As of when, how records stand, and how much there is of everything."""
        words = self.words
        try:
            board = await self.board()
        except Refused:
            raise
        except ApiError as error:
            self.tell(error)
            return
        alarms = board["alarms"]
        self.talk.say()
        self.talk.say(words("plain.as_of", at=moment(self.now_ms, self.now_ms)))
        self.talk.say(sync_words(words, board["sync"], self.now_ms))
        counts = {"todo": board["todo"]["count"], "vehicles": board["vehicles"]["count"]}
        self.talk.say(words("plain.counts", **counts, alarms=alarms["count"], unseen=alarms["unseen"]))

    async def vehicles(self) -> None:
        rows = (await self.board())["vehicles"]["rows"]
        self.talk.say_rows(vehicle_line(self.words, row, self.now_ms, WIDTH) for row in rows)
        if not rows:
            self.talk.say(self.words("vehicles.empty"))

    async def alarms(self) -> None:
        rows = (await self.board())["alarms"]["rows"]
        self.talk.say_rows(alarm_line(self.words, row, self.now_ms, WIDTH) for row in rows)
        if not rows:
            self.talk.say(self.words("alarms.empty"))

    async def sync(self) -> None:
        """How records stand with central; then a try now, if wanted."""
        board, status = await self.board(), await self.api.status()
        page, bundles = await self.api.get("/sync"), await self.api.get("/bundles")
        self._say_parts(sync_parts(self.words, page, status, board["sync"], bundles, self.now_ms, WIDTH))
        if self.talk.ask(self.words("plain.try_now")):
            await self.api.try_sync()
            self.talk.say(self.words("sync.try.asking"))

    async def health(self) -> None:
        """Lines, terminals, frames, disk and clock."""
        self._say_parts(status_parts(self.words, await self.api.status(), self.now_ms, WIDTH))

    def _say_parts(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self.talk.say(self.words(f"status.part.{part.name}"))
            for line in part.lines:
                self.talk.say(f"  {flat(line)}")

    def _named(self, person: Person) -> str:
        roles = self.words("list.comma").join(self.words(f"role.{role}") for role in person["roles"])
        return f"{person['name']}  {roles}"
