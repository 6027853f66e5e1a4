"""GET /api/sync: links, what waits by how urgent it is, refusals with their sentences."""

from __future__ import annotations

from contextlib import suppress

import pytest

from edge.node import Node
from edge.store.journal import Office
from fleet.errors import NotTrusted
from tests.edge.web.conftest import Api

pytestmark = pytest.mark.anyio


async def test_a_refused_record_is_told_with_whose_it_is_and_what_to_do(api: Api, node: Node) -> None:
    def refuse(office: Office) -> None:
        good = office.replica.run(node.author, 0, 1 << 20)
        assert good is not None
        with suppress(NotTrusted):
            office.replica.receive(good._replace(seal=b"no"))

    await node.journal.do(refuse)
    told = (await (await api.signed_in("3001", language="en")).get("/sync")).json()

    assert told["ways"] == []
    assert told["hours_left"] is None
    refused = told["refused"][0]
    assert refused["own"] is True
    assert refused["what"] not in {"", refused["code"]}


async def test_the_page_is_for_the_office(api: Api) -> None:
    assert (await (await api.signed_in("4001")).get("/sync")).status_code == 403
