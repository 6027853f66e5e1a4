"""What two people decide about people: the forms by which one proposes and another says yes or no (Art. 6 (3), 8, 14).

Who speaks is a line of each form and proves it with the PIN there: at this console in the open session of another, or
at a second console, it is the same act. Whether the two may decide this together is the node's word, said in the form.
What takes a right away asks for the last four signs of whom it is taken from.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fleet.rules.roles import AUTHORITY_ROLES, UNIT_ROLES, Role
from tui import files
from tui.rows.fields import Field, Option, Wrong
from tui.rows.people import ID_SHOWN, Grant, Holding
from tui.screens.choose import ChooseDialog
from tui.screens.form import FormScreen
from tui.screens.frame import Fetching
from tui.shapes import Facts
from tui.times import moment

WHO, PIN, SURE = "who", "pin", "sure"
REQUEST_SIZE_MAX = 1 << 20
CHOICES = ("roles", "delegation", "request", "revoke_person", "revoke_delegation", "file")
"""What can be begun here: three things to grant, two to end, and the file that a request takes back."""
Told = list[Grant]


class Granting(Fetching[None]):
    """For the screens of people and grants."""

    holdings: Sequence[Holding] = ()
    grants: Sequence[Grant] = ()
    """Both as the node last told of them."""

    async def ask(self) -> None:
        self.holdings, self.grants = await asyncio.gather(
            self.api.get("/authority/people"), self.api.get("/authority/grants")
        )

    def told_grants(self, news: str) -> None:
        """Say that something was proposed or decided, and show how it stands now."""
        self.say(news)
        self.fetch()

    def choose_proposal(self) -> None:
        """Ask what is to be proposed."""
        options = [Option(name, self.words(f"grant.do.{name}")) for name in CHOICES]
        self.app.push_screen(ChooseDialog(self.words("grant.which"), options), self._chosen)

    def propose(self, what: str, person: str = "") -> None:
        """The form of a proposal; `person` stands in it already."""
        about = f"grant.about.{what}"
        about = self.words(about) if about in self.words else ""
        title, draft = self.words(f"grant.do.{what}"), f"grant/{what}/{person}"
        forms: dict[str, tuple[list[Field], Callable[[Facts], Awaitable[Told]]]] = {
            "roles": (self._roles(person), self._particulars(what)),
            "delegation": (self._delegation(person), self._particulars(what)),
            "revoke_person": (self._revoked(person), self._particulars(what)),
            "revoke_delegation": (self._ended(), self._particulars(what)),
            "request": ([self._file("grant.request", required=False)], self._asked),
            "file": ([self._file("grant.request", required=False), self._out()], self._written),
        }
        fields, send = forms[what]
        self.app.push_screen(FormScreen(title, fields + self._voice(), send, draft=draft, about=about), self._proposed)

    def decide(self, grant: Grant, act: str) -> None:
        """The form by which another says yes or no to what was proposed."""

        async def send(values: dict[str, object]) -> Grant:
            path = f"/authority/grants/{grant['id']}/{act}"
            body: Facts = {"reason": values["reason"]} if act == "reject" else {}
            decided: Grant = await self._said(values, path, body)
            return decided

        reason = [Field(name="reason", words=self.words("grant.field.reason"), most=200)] if act == "reject" else []
        title = self.words(f"grant.{act}", what=self.words(f"grant.what.{grant['what']}"), about=grant["about"][:12])
        fields = reason + self._tails(grant if act == "approve" else None) + self._voice(but=grant["proposed_by"])
        screen = FormScreen(title, fields, send, draft=f"grant/{act}/{grant['id']}", about=self.words("grant.needs"))
        self.app.push_screen(screen, self._decided)

    def _chosen(self, what: str | None) -> None:
        if what is not None:
            self.propose(what)

    def _proposed(self, made: Told | None) -> None:
        if made is not None:
            self.told_grants(self.words("grant.done.proposed", n=len(made)) if made else self.words("grant.done.file"))

    def _decided(self, grant: Grant | None) -> None:
        if grant is not None:
            what = self.words(f"grant.what.{grant['what']}")
            self.told_grants(self.words(f"grant.done.{grant['state']}", what=what))

    async def _said(self, values: dict[str, object], path: str, body: Facts) -> Any:
        """Post as whoever the form says speaks, with the PIN of that person."""
        who, pin = str(values[WHO]), str(values[PIN])
        person, body = self.console_app.person, body | {"pin": pin}
        if person is not None and person["id"] == who:
            return await self.api.post(path, body)
        return await self.api.as_other(who, pin, path, body)

    def _particulars(self, what: str) -> Callable[[Facts], Awaitable[Told]]:
        async def send(values: dict[str, object]) -> Told:
            given = {name: value for name, value in values.items() if name not in {WHO, PIN}}
            if "roles" in given:
                given["roles"] = " ".join(dict.fromkeys(given["roles"]))  # type: ignore[call-overload]
            if "grant" in given:
                given["grant"] = next(f"grant/{one['id']}" for one in self.grants if _short(one) == given["grant"])
            return [await self._said(values, "/authority/grants", {"what": what, "particulars": given})]

        return send

    async def _asked(self, values: dict[str, object]) -> Told:
        made: Told = await self._said(values, "/authority/requests", {"request": await self._request(values)})
        return made

    async def _written(self, values: dict[str, object]) -> Told:
        answer = await self._said(values, "/authority/files", {"request": await self._request(values)})
        path, data = str(values["out"]), base64.b64decode(answer["grant"])
        try:
            await asyncio.to_thread(files.write, path, data)
        except OSError:
            raise Wrong("path", field=self.words("grant.out"), path=path) from None
        return []

    async def _request(self, values: dict[str, object]) -> str:
        """The request as the node takes it; "" for the people whose keys are on the node itself."""
        path = str(values.get("file", ""))
        if not path:
            return ""
        try:
            return base64.b64encode(await asyncio.to_thread(files.read, path, REQUEST_SIZE_MAX)).decode()
        except OSError:
            raise Wrong("path", field=self.words("grant.request"), path=path) from None

    def _voice(self, but: str = "") -> list[Field]:
        """Who speaks, and the PIN: whoever is signed in, if it is one of the authority, else the first who may."""
        words, person = self.words, self.console_app.person
        found = {
            one["person"]: one["name"]
            for one in self.holdings
            if one["in_force"] and not AUTHORITY_ROLES.isdisjoint(one["roles"])
        }
        options = tuple(Option(number, f"{name} {number}") for number, name in found.items())
        mine = person["id"] if person is not None and person["id"] in found and person["id"] != but else ""
        given = mine or next((number for number in found if number != but), "")
        return [
            Field(name=WHO, words=words("grant.who"), kind="choice", options=options, given=given),
            Field(name=PIN, words=words("field.pin"), kind="secret"),
        ]

    def _people(self, role: str = "") -> tuple[Option, ...]:
        found = {
            one["person"]: one["name"]
            for one in self.holdings
            if one["in_force"] and (not role or role in one["roles"])
        }
        return tuple(Option(number, f"{name} {number}") for number, name in found.items())

    def _person(self, name: str, person: str, role: str = "") -> Field:
        words = self.words(f"grant.field.{name}")
        return Field(name=name, words=words, kind="choice", options=self._people(role), given=person)

    def _roles(self, person: str) -> list[Field]:
        options = tuple(Option(role, self.words(f"role.{role}")) for role in sorted(UNIT_ROLES))
        held = next((one["roles"] for one in self.holdings if one["person"] == person and one["in_force"]), [])
        words = self.words
        return [
            self._person("person", person),
            Field(name="roles", words=words("grant.field.roles"), kind="list", options=options, given=" ".join(held)),
            Field(name="declared", words=words("grant.field.declared"), required=False, most=200),
        ]

    def _delegation(self, person: str) -> list[Field]:
        words, now_ms = self.words, self.now_ms
        return [
            self._person("lender", person, Role.APPROVER),
            self._person("holder", ""),
            Field(name="valid_from_ms", words=words("grant.field.valid_from_ms"), kind="time",
                  given=moment(now_ms, now_ms)),
            Field(name="valid_to_ms", words=words("grant.field.valid_to_ms"), kind="time"),
            Field(name="document", words=words("grant.field.document"), most=200),
        ]  # fmt: skip

    def _revoked(self, person: str) -> list[Field]:
        return [
            self._person("person", person),
            Field(name="reason", words=self.words("grant.field.reason"), most=200),
            Field(name=SURE, words=self.words("form.tail"), tail_of="person"),
        ]

    def _ended(self) -> list[Field]:
        lent = [one for one in self.grants if one["what"] == "delegation" and one["state"] == "approved"]
        people = self.console_app.people
        options = tuple(Option(_short(one), f"{people.get(one['about'], one['about'])} {_short(one)}") for one in lent)
        only = options[0].value if len(options) == 1 else ""
        words = self.words
        return [
            Field(name="grant", words=words("grant.field.grant"), kind="choice", options=options, given=only),
            Field(name="reason", words=words("grant.field.reason"), most=200),
            Field(name=SURE, words=words("form.tail"), tail_of="grant"),
        ]

    def _tails(self, grant: Grant | None) -> list[Field]:
        """What takes a right away is not agreed to by one key too many."""
        if grant is None or not grant["what"].startswith("revoke_"):
            return []
        return [Field(name=SURE, words=self.words("form.tail"), tail=grant["about"])]

    def _file(self, label: str, *, required: bool) -> Field:
        return Field(name="file", words=self.words(label), kind="path", required=required)

    def _out(self) -> Field:
        return Field(name="out", words=self.words("grant.out"), kind="path", given="~/grant.cbor")


def _short(grant: Grant) -> str:
    """As much of its number as people are shown."""
    return grant["id"][:ID_SHOWN]
