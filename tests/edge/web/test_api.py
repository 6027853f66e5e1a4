"""The node's API, row by row: what each answers, and how it refuses, in the caller's language."""

from __future__ import annotations

import re

import pytest

from edge.node import Node
from tests.edge.web.conftest import HOUR_MS, PINS, Api
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio

HEX = re.compile(r"[0-9a-f]{64}")


async def test_who_is_here_and_whose_node_it_is_are_told_to_anybody(api: Api) -> None:
    people, health = await api.nobody.get("/people"), await api.nobody.get("/health")

    assert {"id": "2002", "name": "苏日娜", "roles": ["applicant", "approver"]} in people.json()
    assert health.json() == {
        "unit": {"code": "lyj", "name": "阿右旗林草局"},
        "node": 1,
        "now_ms": api.now_ms,
        "version": health.json()["version"],
        "disk_days_left": None,
    }


async def test_a_session_is_opened_by_pin_used_and_closed(api: Api) -> None:
    opened = await api.nobody.post("/session", {"person": "3001", "pin": PINS["3001"]})
    caller = await api.signed_in("3001")

    assert opened.json()["person"] == {"id": "3001", "name": "巴图", "roles": ["dispatcher"]}
    assert opened.json()["expires_ms"] == api.now_ms + 8 * HOUR_MS
    assert (await caller.get("/board")).status_code == 200
    assert (await caller.delete("/session")).status_code == 204
    assert (await caller.get("/board")).json()["code"] == "not_signed_in"


async def test_a_session_ends_by_itself_and_says_so(api: Api, time: SimulatedTime) -> None:
    caller = await api.signed_in("3001")
    time.pass_ms(8 * HOUR_MS)

    answer = await caller.get("/board")

    assert (answer.status_code, answer.json()["code"]) == (401, "session_over")


async def test_a_wrong_pin_tells_how_many_tries_are_left_and_then_until_when_it_is_locked(api: Api) -> None:
    answers = [await api.nobody.post("/session", {"person": "3001", "pin": "0000"}) for _ in range(6)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "pin_wrong")] * 4 + [
        (423, "pin_locked")
    ] * 2
    assert [answer.json()["facts"].get("left") for answer in answers[:4]] == [4, 3, 2, 1]
    assert answers[5].json()["facts"]["until_ms"] > api.now_ms
    right = await api.nobody.post("/session", {"person": "3001", "pin": PINS["3001"]})
    assert right.status_code == 423, "a locked key does not open with the right PIN either"


async def test_the_board_shows_what_the_office_must_do_in_the_order_of_the_rules(api: Api) -> None:
    routine = await api.applied()
    sudden = await api.approved(urgency=0, passengers=4)
    await api.must("1001", await api.applied(), "cancel", reason="会议改期")

    board = (await (await api.signed_in("3001")).get("/board")).json()

    assert [row["id"] for row in board["todo"]["rows"]] == [sudden, routine]
    assert board["todo"]["count"] == 2
    assert board["todo"]["rows"][0]["first_offer"] == "蒙M-0B312"
    assert board["todo"]["rows"][1]["approvers"] == ["李志强", "苏日娜"]
    assert board["todo"]["rows"][1]["first_offer"] is None, "nothing is offered before it is approved"
    assert [row["plate"] for row in board["vehicles"]["rows"]] == ["蒙M-0B312", "蒙M-0B318"]
    assert board["sync"]["waiting"] == board["sync"]["total"] == 13 + 5
    assert board["sync"]["oldest_ms"] == api.now_ms
    assert board["alarms"] == {"count": 0, "unseen": 0, "rows": []}


async def test_the_version_rises_with_every_committed_change(api: Api) -> None:
    caller = await api.signed_in("3001")
    before = (await caller.get("/board")).json()["version"]

    await api.applied()

    assert (await caller.get("/board")).json()["version"] > before


async def test_an_order_from_application_to_closing_keeps_a_timeline_of_who_did_what(api: Api) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=45_218, checks="done")
    await api.must("4001", order, "arrive")
    await api.must("4001", order, "head_back")
    await api.must("4001", order, "return", odometer_km=45_398, fuel_quarters=2, receipts="2", key_to="钥匙柜")
    closed = await api.must("3001", order, "close", receipts="attached")

    assert closed["state"] == "closed"
    assert [(entry["act"], entry["by_name"], entry["role"]) for entry in closed["timeline"]] == [
        ("submit", "办公室", "applicant"),
        ("approve", "李志强", "approver"),
        ("dispatch", "巴图", "dispatcher"),
        ("depart", "孟克", "driver"),
        ("arrive", "孟克", "driver"),
        ("head_back", "孟克", "driver"),
        ("return", "孟克", "driver"),
        ("close", "巴图", "dispatcher"),
    ]
    assert closed["timeline"][6]["detail"]["fuel_quarters"] == 2
    assert HEX.fullmatch(closed["content"])
    assert closed["approved_content"] == closed["content"]
    assert {entry["proof"] for entry in closed["timeline"]} == {"waiting"}
    assert closed["mark"] == "^"
    assert closed["moves"] == []


async def test_what_was_sent_back_is_changed_and_submitted_again_under_its_number(api: Api) -> None:
    order = await api.applied()
    await api.must("2001", order, "send_back", reason="可与他人合乘", pin=PINS["2001"])

    same = await (await api.signed_in("1001")).post(f"/orders/{order}/acts/submit", {})
    again = await api.must("1001", order, "submit", passengers=2)

    assert same.json()["code"] == "unchanged_resubmission"
    assert (again["id"], again["revision"], again["state"], again["passengers"]) == (order, 2, "submitted", 2)


async def test_an_approval_covers_the_form_that_was_seen_and_no_later_one(api: Api) -> None:
    order = await api.applied()
    seen = (await (await api.signed_in("2001")).get(f"/orders/{order}")).json()["content"]
    await api.must("2002", order, "send_back", reason="时间不合适", pin=PINS["2002"])
    await api.must("1001", order, "submit", destination="巴丹吉林")

    late = await (await api.signed_in("2001")).post(
        f"/orders/{order}/acts/approve", {"pin": PINS["2001"], "content": seen}
    )

    assert (late.status_code, late.json()["code"], late.json()["article"]) == (409, "content_changed", "8")


@pytest.mark.parametrize("act", ["approve", "send_back"])
async def test_a_decision_asks_for_the_pin_every_time_whatever_the_session(api: Api, act: str) -> None:
    order = await api.applied()
    caller = await api.signed_in("2001")
    reason = {"reason": "时间不合适"} if act == "send_back" else {}

    without = await caller.post(f"/orders/{order}/acts/{act}", reason)
    wrong = await caller.post(f"/orders/{order}/acts/{act}", {"pin": "0000", **reason})

    assert (without.status_code, without.json()["code"]) == (403, "pin_needed")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "pin_wrong")
    assert (await caller.get(f"/orders/{order}")).json()["state"] == "submitted"


async def test_offers_rank_what_can_serve_and_give_one_reason_for_what_cannot(api: Api) -> None:
    await api.dispatched()
    order = await api.approved()

    offers = (await (await api.signed_in("3001")).get(f"/orders/{order}/offers")).json()

    assert [offer["vehicle"] for offer in offers["offers"]] == ["蒙M-0B318"]
    assert offers["offers"][0]["driver_name"] == "道尔吉"
    assert offers["offers"][0]["reasons"][0] == "usual_pair"
    assert [(each["vehicle"], each["reason"]) for each in offers["refused"]] == [("蒙M-0B312", "taken")]


async def test_orders_are_listed_newest_first_by_state_by_word_and_by_page(api: Api, time: SimulatedTime) -> None:
    numbers = []
    for reason in ("防火巡护第一次", "防火巡护第二次", "下乡调研入户"):
        numbers.append(await api.applied(reason=reason))
        time.pass_ms(60_000)
    await api.must("1001", numbers[2], "cancel", reason="会议改期")
    caller = await api.signed_in("3001")

    async def listed(**query: str) -> tuple[int, list[str]]:
        answer = (await caller.get("/orders", **query)).json()
        return answer["total"], [row["id"] for row in answer["rows"]]

    assert await listed() == (3, numbers[::-1])
    assert await listed(state="submitted") == (2, [numbers[1], numbers[0]])
    assert await listed(find="巡护") == (2, [numbers[1], numbers[0]])
    assert await listed(find=numbers[0][-3:]) == (1, [numbers[0]])
    assert await listed(offset="1", limit="1") == (3, [numbers[1]])
    assert await listed(find="没有的") == (0, [])


async def test_a_new_vehicle_is_proposed_by_the_admin_and_on_the_register_once_the_unit_head_approves(api: Api) -> None:
    card = {"cls": "emergency", "seats": "5", "terminal": "13800000007"}
    admin = await api.signed_in("5001")
    alone = await admin.post("/vehicles", {"plate": "蒙M-0A007", "class": "emergency", "seats": 5, "terminal": "1"})
    made = await admin.post("/cases/change", {"entry": "vehicle/蒙M-0A007", "sets": card, "reason": "新购"})

    path = f"/cases/change/{made.json()['id']}/acts/approve"
    await (await api.signed_in("6001")).post(path, {"pin": PINS["6001"]})

    rows = (await admin.get("/vehicles")).json()
    row = next(row for row in rows if row["plate"] == "蒙M-0A007")
    assert (row["class"], row["seats"], row["terminal"]) == ("emergency", 5, "13800000007")
    assert (alone.status_code, alone.json()["code"]) == (409, "two_people_needed")


async def test_the_status_tells_records_refusals_and_the_hash_of_the_state(api: Api, node: Node) -> None:
    caller = await api.signed_in("3001")

    status = (await caller.get("/status")).json()

    assert status["operations"] == {"made": 13, "held_by_central": 0, "quarantined": 0}
    assert status["state_hash"] == await node.journal.do(lambda office: office.replica.digest())
    assert (await caller.post("/sync/try")).json() == {"asked": True}


async def test_refused_acts_on_orders_are_counted_and_bad_input_is_not(api: Api) -> None:
    order = await api.dispatched()
    dispatcher, driver = await api.signed_in("3001"), await api.signed_in("4002")

    await dispatcher.post(f"/orders/{order}/acts/close", {"receipts": "none"})
    await dispatcher.post(f"/orders/{order}/acts/depart", {"odometer_km": 1})
    await driver.post(f"/orders/{order}/acts/depart", {"odometer_km": 1})
    await dispatcher.post(f"/orders/{order}/acts/recall", {"odometer_km": 1})

    assert (await dispatcher.get("/status")).json()["refused_moves"] == 3


async def test_an_illegal_move_is_refused_with_the_rule_named_in_both_languages(api: Api) -> None:
    order = await api.dispatched()
    answers = [
        await (await api.signed_in("3001", language=language)).post(f"/orders/{order}/acts/close", {"receipts": "none"})
        for language in ("zh-CN,zh;q=0.9", "en")
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert [answer.json()["article"] for answer in answers] == ["13", "13"]
    assert answers[0].json()["facts"] == {"order": order, "state": "dispatched", "act": "close"}
    assert answers[0].json()["what"] == f"单 {order} 现在是“已派车”, 不能办结。"
    assert "dispatched" in answers[1].json()["what"]
    for answer in answers:
        assert all(answer.json()[part] for part in ("what", "why", "next"))


async def test_another_drivers_trip_is_refused_by_naming_whose_it_is(api: Api) -> None:
    order = await api.dispatched(driver="4001")

    answer = await (await api.signed_in("4002")).post(f"/orders/{order}/acts/depart", {"odometer_km": 1})

    assert (answer.status_code, answer.json()["code"], answer.json()["article"]) == (409, "not_the_driver", "16")
    assert "孟克" in answer.json()["what"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"phone": "1390483"}, "phone_wrong", "phone"),
        ({"rider": " "}, "field_missing", "rider"),
        ({"reason": "短"}, "reason_too_short", "reason"),
        ({"passengers": "many"}, "field_not_a_number", "passengers"),
        ({"class": "private"}, "field_not_listed", "cls"),
        ({"destination": "远" * 201}, "field_too_long", "destination"),
    ],
)
async def test_a_form_that_is_wrong_names_the_field(api: Api, change: dict[str, str], code: str, field: str) -> None:
    answer = await (await api.signed_in("1001")).post("/orders", api.form(**change))

    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]["field"]) == (400, code, field)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/session", {"person": "3001", "pin": "1", "token": "x"}),
        ("/session", {"person": "3001"}),
        ("/orders", {"ridr": "王海"}),
        ("/orders/1-00001/acts/cancel", {"reason": "改期", "pin": "1"}),
        ("/vehicles", {"plate": "蒙M-0A007", "protocol": "nonsense"}),
    ],
)
async def test_a_body_with_fields_nobody_knows_or_without_those_it_needs_is_not_read(
    api: Api, path: str, body: dict[str, str]
) -> None:
    answer = await (await api.signed_in("5001")).post(path, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "json_form")
    assert answer.json()["why"], "it says what is wrong with it"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{", "application/json"), (b"[" * 30_000, "application/json"), (b"\xff\xfe", "application/json")]
    + [(b'{"person":"3001","pin":"1"}', kind) for kind in ("text/plain", "application/x-www-form-urlencoded", "")],
)
async def test_only_json_that_says_it_is_json_is_read(api: Api, content: bytes, kind: str) -> None:
    answer = await api.client.post("/api/session", content=content, headers={"Content-Type": kind} if kind else {})

    assert (answer.status_code, answer.json()["code"]) == (400, "json_form")


@pytest.mark.parametrize("path", ["/api/session", "/api/orders", "/apply/sign-in"])
async def test_a_body_beyond_the_cap_is_refused_before_it_is_read(api: Api, path: str) -> None:
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    token = (await api.signed_in("1001")).headers

    answer = await api.client.post(path, content=b"x" * 65_537, headers={**token, "Content-Type": kind})

    assert answer.status_code == 413


async def test_a_body_that_hides_its_size_is_cut_off_at_the_cap(api: Api) -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 1024

    answer = await api.client.post(
        "/api/session",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/orders/9-99999", 404, "no_order"),
        ("GET", "/api/nothing", 404, "no_page"),
        ("PUT", "/api/board", 405, "wrong_method"),
        ("GET", "/api/orders?limit=many", 400, "query_form"),
        ("POST", "/api/orders/9-99999/acts/fly", 404, "no_act"),
        ("POST", "/api/orders/9-99999/acts/recall", 404, "no_order"),
    ],
)
async def test_what_is_not_there_is_told_in_one_form(api: Api, method: str, path: str, status: int, code: str) -> None:
    headers = (await api.signed_in("3001")).headers | {"Content-Type": "application/json"}

    answer = await api.client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "what", "why", "next", "article", "facts"}
    assert answer.json()["code"] == code
    assert answer.json()["what"] != code, "it has words"


async def test_a_fault_of_the_program_is_told_without_its_trace(api: Api, node: Node) -> None:
    caller = await api.signed_in("3001")
    node.try_sync = lambda: 1 / 0  # type: ignore[method-assign,assignment]

    answer = await caller.post("/sync/try")

    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "division" not in answer.text


async def test_nothing_may_be_cached(api: Api) -> None:
    assert (await api.nobody.get("/people")).headers["cache-control"] == "no-store"
