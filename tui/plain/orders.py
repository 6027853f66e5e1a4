"""Orders by questions and answers: what is to do, one order, its acts, dispatching, applying, finding."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rules.order import Act
from fleet.rules.roles import PIN_EACH_TIME, Role
from tui.plain.desk import WIDTH, Desk
from tui.plain.forms import fill
from tui.plain.talk import flat
from tui.rows import offers as offer_rows
from tui.rows.decision import decision_lines
from tui.rows.fields import Field
from tui.rows.order_acts import ACT_KEYS, done_words, not_now
from tui.rows.order_form import application, sent
from tui.rows.orders import about_lines, order_line
from tui.rows.timeline import entry_lines
from tui.screens.act_form import ASKED
from tui.shapes import Offer, Order, OrderRow
from tui.verbs import NotUnderstood, Said, offer_of, order_of

FOUND_MAX = 30


class OrderDesk:
    """What concerns orders, at a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.talk, self.words, self.api = desk, desk.talk, desk.words, desk.api

    async def todo(self) -> None:
        """What is to do, in the rules' order; then one of them."""
        rows = (await self.desk.board())["todo"]["rows"]
        await self._pick(rows, self.words("todo.empty"))

    async def find(self) -> None:
        """Orders by number, plate, person or place."""
        sought = self.talk.ask(self.words("find.hint"))
        rows = (await self.api.orders(find=sought, offset=0, limit=FOUND_MAX))["rows"]
        await self._pick(rows, self.words("find.nothing", find=sought))

    async def new(self) -> None:
        """An application for a rider, signed by an applicant."""
        desk, words = self.desk, self.words
        known = await desk.known()
        fields = application(words, known, desk.now_ms)
        signs = desk.person is None or Role.APPLICANT not in desk.person["roles"]
        if signs:
            only = known.applicants[0].value if len(known.applicants) == 1 else ""
            label = words("apply.signs")
            fields.append(Field(name="who", words=label, kind="choice", options=known.applicants, given=only))
            fields.append(Field(name="pin", words=words("apply.pin"), kind="secret"))

        async def send(values: dict[str, object]) -> Order:
            who, pin = str(values.pop("who", "")), str(values.pop("pin", ""))
            form = sent(values)
            made: Order = await (
                self.api.as_other(who, pin, "/orders", form) if signs else self.api.post("/orders", form)
            )
            return made

        self.talk.say(words("apply.no_secrets"))
        order = await fill(self.talk, words("apply.title"), fields, send, desk.now_ms)
        if order is not None:
            self.talk.say(words("done.submitted", tail=order["tail"]))

    async def said(self, said: Said) -> None:
        """What a line of the command line means."""
        rows = (await self.desk.board())["todo"]["rows"]
        try:
            row = order_of(said.order, rows)
        except NotUnderstood:
            row = order_of(said.order, (await self.api.orders(find=said.order, offset=0, limit=FOUND_MAX))["rows"])
        order = await self.api.order(row["id"])
        if said.verb.kind == "open":
            await self.open(order)
        else:
            await self.act(order, Act(said.verb.name), said.rest)

    async def open(self, order: Order) -> None:
        """The order and its timeline; then what may be done to it, until an empty answer."""
        desk, words = self.desk, self.words
        while True:
            state = words(f"state.{order['state']}")
            self.talk.say(words("dispatch.title", tail=order["tail"], state=state))
            self.talk.say_rows(about_lines(words, order, desk.now_ms, WIDTH))
            for entry in order["timeline"]:
                self.talk.say_rows(entry_lines(words, entry, desk.people, desk.now_ms, WIDTH))
            acts = [act for act in ACT_KEYS if act in order["moves"]]
            if not acts:
                return
            act = self.talk.choose(acts, lambda one: words(f"key.{one}"), words("plain.act"))
            if act is None:
                return
            await self.act(order, act, ())
            order = await self.api.order(order["id"])

    async def act(self, order: Order, act: Act, about: Sequence[str]) -> None:
        """Do one act; `about` is the plate and driver as said with it."""
        if act not in order["moves"]:
            self.talk.say(not_now(self.words, order, act))
        elif act is Act.DISPATCH:
            await self._dispatch(order, about)
        elif act in PIN_EACH_TIME:
            await self._decide(order, act)
        elif (value := self._reason(act)) is not None:
            await self._do(order, act, {ASKED[act].field: value})

    async def _dispatch(self, order: Order, about: Sequence[str]) -> None:
        words, now_ms = self.words, self.desk.now_ms
        found = await self.api.offers(order["id"])
        offers = found["offers"]
        if about:
            offer: Offer | None = offer_of(about, offers)
        else:
            for unfit in found["refused"]:
                reason = offer_rows.reason_against(words, unfit, now_ms)
                self.talk.say(words("plain.unfit", plate=unfit["vehicle"], reason=reason))
            if not offers:
                self.talk.say(words("dispatch.offers.empty", n=len(found["refused"])))
                return
            offer = self.talk.choose(offers, self._offered, words("plain.which_vehicle"))
        if offer is None:
            return
        chosen = {"vehicle": offer["vehicle"], "driver": offer["driver"]}
        if offer is not offers[0]:
            self.talk.say(words("plain.why_not_first", plate=offers[0]["vehicle"]))
            why = self._reason(Act.DISPATCH)
            if why is None:
                return
            chosen[ASKED[Act.DISPATCH].field] = why
        await self._do(order, Act.DISPATCH, chosen)

    async def _decide(self, order: Order, act: Act) -> None:
        async def send(values: dict[str, object]) -> Order:
            fields = {name: str(value) for name, value in values.items()}
            return await self.api.act(order["id"], act, fields | {"content": order["content"]})

        title = self.words("decision.title", act=self.words(f"act.{act}"), tail=order["tail"])
        done = await fill(self.talk, title, decision_lines(self.words, order, act), send, self.desk.now_ms)
        if done is not None:
            self.talk.say(self.words(f"decided.{act}", tail=done["tail"]))

    def _reason(self, act: Act) -> str | None:
        """What an act asks for, as it is sent: one of its choices or, where it may be, the person's own words."""
        asked, words = ASKED[act], self.words
        for number, choice in enumerate(asked.choices, 1):
            self.talk.say(f"{number}. {words(f'choice.{act}.{choice}')}")
        while answer := self.talk.ask(words("plain.reason" if asked.free else "plain.choice")):
            if answer.isdigit() and 0 < int(answer) <= len(asked.choices):
                choice = asked.choices[int(answer) - 1]
                return words(f"choice.{act}.{choice}") if asked.free else choice
            if asked.free and not answer.isdigit():
                return answer
            self.talk.say(words("plain.number", n=len(asked.choices)))
        return None

    async def _do(self, order: Order, act: Act, fields: dict[str, str]) -> None:
        done = await self.api.act(order["id"], act, fields)
        self.talk.say(done_words(self.words, done))

    async def _pick(self, rows: Sequence[OrderRow], empty: str) -> None:
        if not rows:
            self.talk.say(empty)
            return
        now_ms = self.desk.now_ms
        row = self.talk.choose(
            rows, lambda row: flat(order_line(self.words, row, now_ms, WIDTH)), self.words("plain.which_order")
        )
        if row is not None:
            await self.open(await self.api.order(row["id"]))

    def _offered(self, offer: Offer) -> str:
        words = self.words
        said = (offer_rows.reasons(words, offer, self.desk.now_ms), offer_rows.cautions(words, offer))
        return "  ".join(filter(None, (offer["vehicle"], offer["driver_name"], *said)))
