"""Tables of vehicles, drivers and places over HTTP: a preview that writes nothing, then a confirmation of exactly that.

POST /api/imports/{kind}?file=NAME                    the table itself as the body; what each row would change
POST /api/imports/{kind}/confirm?file=NAME&hash=H     the same table again, with the hash of the preview
POST /api/imports/approve/{batch}                     the unit head approves all of a table's changes: {"pin": ...}
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from litestar import Controller, Request, post
from litestar.params import FromPath, FromQuery, RawBody

from edge import sheets
from edge.web import acts
from edge.web.api import read
from edge.web.auth import TheNode, TheSession
from edge.web.inputs import Pin
from fleet.desk import imports, tables
from fleet.desk.tables import Preview
from fleet.rules.roles import Role
from fleet.words import Words, language_from_header

KEEPERS = frozenset({Role.ADMIN, Role.UNIT_HEAD})
A_FILE = {"roles": KEEPERS, "bytes": True}
Json = dict[str, Any]


class Imports(Controller):
    """Tables on their way to the register."""

    path = "/imports"

    @post(
        "/{kind:str}",
        status_code=200,
        opt=A_FILE,
        request_max_body_size=sheets.FILE_SIZE_MAX,
    )
    async def preview(
        self, node: TheNode, request: Request[Any, Any, Any], kind: FromPath[str], file: FromQuery[str], body: RawBody
    ) -> Json:
        """What a table would change, row by row; nothing is saved."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")
        sheet = await asyncio.to_thread(sheets.read, body, file)
        found = await acts.look(node, lambda _, view: tables.preview(view.state, kind, sheet))
        return _row(words, found)

    @post(
        "/{kind:str}/confirm",
        status_code=200,
        opt=A_FILE,
        request_max_body_size=sheets.FILE_SIZE_MAX,
    )
    async def confirm(
        self,
        node: TheNode,
        session: TheSession,
        kind: FromPath[str],
        file: FromQuery[str],
        hash: FromQuery[str],  # noqa: A002 - the name of the parameter in the address
        body: RawBody,
    ) -> Json:
        """Put a table on the register as it was previewed, or propose it to the unit head."""
        sheet = await asyncio.to_thread(sheets.read, body, file)

        def work(office: Any) -> imports.Taken:
            found = tables.preview(office.replica.state, kind, sheet)
            return imports.take(office.replica, office.cases, session.signer, found, confirmed=hash, name=file)

        with acts.counted(node):
            taken = await node.journal.do(work)
        return taken._asdict()

    @post("/approve/{batch:str}", status_code=200, opt={"roles": frozenset({Role.UNIT_HEAD})})
    async def approve(self, node: TheNode, session: TheSession, batch: FromPath[str], body: RawBody) -> Json:
        """Approve every change of a table; the PIN is asked for once, each change is signed by itself."""
        signer = await node.keyring.unlock(session.person, read(body, Pin).pin)
        with acts.counted(node):
            approved = await node.journal.do(
                lambda office: imports.approve(office.replica, office.cases, signer, batch)
            )
        return {"approved": list(approved)}


def _row(words: Words, found: Preview) -> Json:
    rows = [
        {
            "row": row.number,
            "subject": row.subject,
            "status": row.status,
            "changes": {name: {"was": was, "will": will} for name, (was, will) in row.changes.items()},
            "wrong": [
                asdict(cell) | {"what": words.explain(cell.code, cell.facts).what, "facts": dict(cell.facts)}
                for cell in row.wrong
            ],
        }
        for row in found.rows
    ]
    counts = {status: sum(row.status == status for row in found.rows) for status in ("new", "changed", "same", "wrong")}
    return {"kind": found.kind, "hash": found.hash, "counts": counts, "unknown": list(found.unknown), "rows": rows}
