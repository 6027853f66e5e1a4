"""Pages without scripts: doors, forms that keep what was typed, refusals beside their field, and what may not leak."""

from __future__ import annotations

import logging
import re

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from edge.node import Node
from edge.web.times import to_field
from tests.edge.web.conftest import HOUR_MS, PINS, Api, Visitor

pytestmark = pytest.mark.anyio

PAGES = ("/", "/apply/sign-in", "/approve/sign-in", "/kiosk", "/kiosk/who", "/kiosk/pin/4001", "/nowhere")


def application(api: Api, **changes: str) -> dict[str, str]:
    form = {name: str(value) for name, value in api.form().items() if name != "class"}
    times = {name: to_field(int(form[name])) for name in ("start_ms", "end_ms")}
    return form | times | {"cls": "general"} | changes


def cookies(answer: httpx.Response) -> dict[str, str]:
    return {each.split("=")[0]: each for each in answer.headers.get_list("set-cookie")}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_page_forbids_what_is_not_its_own_and_runs_nothing_inline(
    visitor: Visitor, path: str, language: str
) -> None:
    answer = await visitor.get(path, **{"Accept-Language": language})

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert (answer.headers["x-content-type-options"], answer.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert f'<html lang="{language}"' in answer.text
    assert not re.search(r"<script(?![^>]* src=\"/static/)|<style|\sstyle=|\son[a-z]+=|https?://", answer.text)


@pytest.mark.parametrize("name", ["pages.css", "pages.js", "kiosk.css", "kiosk.js", "mark.svg"])
async def test_what_pages_load_is_served_here_under_the_same_headers(visitor: Visitor, name: str) -> None:
    answer = await visitor.get(f"/static/{name}")

    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers


async def test_the_language_is_the_chosen_one_else_the_browsers_else_the_units(visitor: Visitor) -> None:
    async def heading(**headers: str) -> str:
        found = re.search(r"<h1>(.*?)</h1>", (await visitor.get("/", **headers)).text)
        return found[1] if found else ""

    visitor.client.headers.pop("accept-language", None)
    assert await heading() == "您要办什么？"
    assert await heading(**{"Accept-Language": "en-GB,en"}) == "What have you come for?"
    await visitor.send("/language", to="en", back="/apply")
    assert await heading(**{"Accept-Language": "zh-CN"}) == "What have you come for?"


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/api/people", ""])
async def test_choosing_a_language_leads_to_no_address_but_our_own(visitor: Visitor, back: str) -> None:
    await visitor.get("/")

    answer = await visitor.send("/language", to="en", back=back)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(("door", "person"), [("apply", "1001"), ("approve", "2001"), ("kiosk", "4001")])
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_doors(
    visitor: Visitor, door: str, person: str
) -> None:
    path = f"/kiosk/pin/{person}" if door == "kiosk" else f"/{door}/sign-in"
    await visitor.get(path)
    cookie = cookies(await visitor.send(path, person=person, pin=PINS[person]))["ortoo_session"]

    for part in ("HttpOnly", "SameSite=strict", f"Path=/{door}"):
        assert part in cookie
    assert "Secure" not in cookie, "plain HTTP on this machine"


async def test_over_tls_no_cookie_travels_in_the_clear(app: Litestar) -> None:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://node.test") as client:
        visitor = Visitor(client)
        await visitor.get("/apply/sign-in")
        answer = await visitor.send("/apply/sign-in", person="1001", pin=PINS["1001"])

    assert "Secure" in cookies(answer)["ortoo_session"]


@pytest.mark.parametrize("path", ["/apply", "/approve", "/kiosk/trips"])
async def test_who_is_not_signed_in_is_shown_the_door(visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] in {"/apply/sign-in", "/approve/sign-in", "/kiosk"}


async def test_a_session_at_one_door_is_none_at_another_and_a_bearer_token_none_at_all(
    visitor: Visitor, api: Api
) -> None:
    await visitor.sign_in("apply", "2002")

    assert (await visitor.get("/apply")).status_code == 200
    assert (await visitor.get("/approve")).status_code == 303
    token = (await api.signed_in("2001")).headers["Authorization"]
    assert (await visitor.get("/approve", Authorization=token)).status_code == 303


@pytest.mark.parametrize(("door", "person"), [("apply", "4001"), ("approve", "1001"), ("apply", "0000")])
async def test_a_door_opens_only_for_whom_it_is(visitor: Visitor, door: str, person: str) -> None:
    await visitor.get(f"/{door}/sign-in")

    answer = await visitor.send(f"/{door}/sign-in", person=person, pin=PINS.get(person, "0"))

    assert answer.status_code in {403, 404}
    assert "ortoo_session" not in cookies(answer)


async def test_a_token_of_someone_with_another_role_does_not_pass_as_this_doors_cookie(
    visitor: Visitor, api: Api
) -> None:
    token = (await api.signed_in("1001")).headers["Authorization"].removeprefix("Bearer ")

    answer = await visitor.get("/approve", Cookie=f"ortoo_session={token}")

    assert answer.headers["location"] == "/approve/sign-in"


def posts(app: Litestar) -> list[str]:
    return sorted(
        route.path_format.replace("{order_id}", "1-00001")
        .replace("{person}", "4001")
        .replace("{group}", "outside")
        .replace("{step}", "arrive")
        for route in app.routes
        if isinstance(route, HTTPRoute) and "POST" in route.methods and not route.path.startswith(("/api", "/peer"))
    )


@pytest.mark.parametrize("forged", [{}, {"_csrf": ""}, {"_csrf": "0" * 64}])
async def test_no_form_is_taken_that_did_not_come_from_our_own_page(
    app: Litestar, visitor: Visitor, api: Api, node: Node, forged: dict[str, str]
) -> None:
    await visitor.sign_in("apply", "1001")
    made = await node.journal.do(lambda office: office.replica.made)
    for path in posts(app):
        answer = await visitor.client.post(path, data=forged | application(api), headers={"Accept-Language": "en"})

        assert (answer.status_code, "did not come from this page" in answer.text) == (403, True), path
    assert await node.journal.do(lambda office: office.replica.made) == made


async def test_a_form_sent_from_another_site_is_refused_whatever_it_carries(visitor: Visitor) -> None:
    await visitor.get("/")
    token = visitor.client.cookies["ortoo_csrf"]

    answer = await visitor.client.post(
        "/language", data={"_csrf": token, "to": "en", "back": "/"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


async def test_signing_out_closes_the_session_itself_not_only_the_cookie(visitor: Visitor, node: Node) -> None:
    await visitor.sign_in("apply", "1001")
    token = visitor.client.cookies.get("ortoo_session", path="/apply") or ""
    assert node.sessions.get(token).person == "1001"

    await visitor.send("/apply/sign-out")

    assert (await visitor.get("/apply", Cookie=f"ortoo_session={token}")).status_code == 303


async def test_an_application_is_sent_listed_and_followed(visitor: Visitor, api: Api) -> None:
    await visitor.sign_in("apply", "1001")

    sent = await visitor.send("/apply", **application(api))
    page = (await visitor.get(sent.headers["location"])).text

    assert (sent.status_code, sent.headers["location"]) == (303, "/apply?new=1-00001")
    assert "0001 已提交，等待审批。" in page
    assert '<li class="" aria-current="step">待审批</li>' in page
    await api.must("2001", "1-00001", "approve", pin=PINS["2001"])
    await api.must("3001", "1-00001", "dispatch", vehicle="蒙M-0B312", driver="4001")
    page = (await visitor.get("/apply")).text
    assert '<li class="" aria-current="step">已派车</li>' in page
    assert '<strong class="plate">蒙M-0B312</strong> 驾驶员 孟克' in page


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"phone": "1390483"}, "phone", "电话不对"),
        ({"rider": ""}, "rider", "“用车人”没有填"),
        ({"reason": "短"}, "reason", "事由至少 4 个字"),
        ({"start_ms": ""}, "start_ms", "“计划出发时间”没有填"),
        ({"start_ms": "tomorrow"}, "start_ms", "“计划出发时间”不是一个时间"),
        ({"start_ms": "2020-01-01T08:00"}, "start_ms", "出发时间已过去"),
        ({"end_ms": "2020-01-01T08:00"}, "end_ms", "返回时间早于出发时间"),
        ({"cls": "confidential"}, "cls", "还不能受理机要用车"),
    ],
)
async def test_a_refused_form_comes_back_with_everything_typed_and_the_reason_beside_the_field(
    visitor: Visitor, api: Api, change: dict[str, str], field: str, said: str
) -> None:
    await visitor.sign_in("apply", "1001")
    fields = application(api, **change, remark="带两把铁锹 <b>")

    answer = await visitor.send("/apply", **fields)

    assert answer.status_code in {400, 409}
    place = answer.text.index(f'id="{field}-wrong"')
    assert place < answer.text.index(said) < place + 300
    for name in ("rider", "department", "phone", "reason", "origin", "destination", "start_ms", "end_ms"):
        assert re.search(rf'name="{name}" type="[a-z-]+" value="{re.escape(fields[name])}"', answer.text), name
    assert "带两把铁锹 &lt;b&gt;" in answer.text


async def test_what_was_sent_back_shows_why_and_is_submitted_again_with_a_change_or_a_word(
    visitor: Visitor, api: Api
) -> None:
    order = await api.applied()
    await api.must("2001", order, "send_back", reason="可与他人合乘", pin=PINS["2001"])
    await visitor.sign_in("apply", "1001")

    listed = (await visitor.get("/apply")).text
    form = (await visitor.get(f"/apply/{order}")).text
    same = await visitor.send(f"/apply/{order}", **application(api))
    explained = await visitor.send(f"/apply/{order}", **application(api), explanation="同车人已另行出发")

    assert "李志强 退回：</strong> 可与他人合乘" in listed
    assert 'value="额肯呼都格"' in form
    assert 'id="explanation-wrong"' in same.text
    assert explained.headers["location"] == f"/apply?new={order}"


async def test_an_earlier_trip_is_a_template_for_everything_but_its_times(visitor: Visitor, api: Api) -> None:
    order = await api.applied(start_ms=api.now_ms + 30 * HOUR_MS, end_ms=api.now_ms + 31 * HOUR_MS)
    await visitor.sign_in("apply", "1001")

    page = (await visitor.get(f"/apply?like={order}")).text

    assert 'value="春季造林验收"' in page
    assert to_field(api.now_ms + 30 * HOUR_MS) not in page


async def test_nobody_uses_or_opens_the_trip_of_another_applicant(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("apply", "1002")

    for path in (f"/apply?like={order}", f"/apply/{order}"):
        answer = await visitor.get(path)
        assert answer.status_code == 404
        assert "春季造林验收" not in answer.text


async def test_a_trip_is_called_off_with_a_reason_and_not_without(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("apply", "1001")

    without = await visitor.send(f"/apply/{order}/cancel", reason=" ")
    with_reason = await visitor.send(f"/apply/{order}/cancel", reason="会议改期")

    assert (without.status_code, "取消要写原因" in without.text) == (409, True)
    assert with_reason.headers["location"] == "/apply"
    assert "已取消" in (await visitor.get("/apply")).text


async def test_the_confidential_class_is_offered_with_the_reminder_to_write_nothing_classified(
    visitor: Visitor,
) -> None:
    await visitor.sign_in("apply", "1001")

    page = (await visitor.get("/apply")).text

    assert 'value="confidential"' in page
    assert "请勿填写涉密内容" in page


def content_shown(page: str, order: str) -> str:
    card = page[page.index(f'id="order-{order}"') :]
    found = re.search(r'name="content" value="([0-9a-f]{64})"', card)
    assert found
    return found[1]


async def test_cards_stand_in_the_order_of_the_rules_each_with_its_check(visitor: Visitor, api: Api) -> None:
    routine, sudden = await api.applied(), await api.applied(urgency=0, rider="李志强")
    await visitor.sign_in("approve", "2001")

    page = (await visitor.get("/approve")).text

    assert page.index(f"order-{sudden}") < page.index(f"order-{routine}")
    assert "内容完整（第七条）" in page
    assert "是本人用车，请另一位审批人办理（第八条）" in page[: page.index(f"order-{routine}")]
    assert "不是本人用车（第八条）" in page[page.index(f"order-{routine}") :]
    assert "多半有车：蒙M-0B312，共 2 辆可选（第九条）" in page
    assert "第八条：符合规定的及时批复" in page


async def test_a_decision_with_a_wrong_pin_keeps_what_was_typed_and_forgets_the_pin(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("approve", "2001")
    content = content_shown((await visitor.get("/approve")).text, order)

    answer = await visitor.send(
        f"/approve/{order}/send-back", content=content, chip="可与他人合乘", reason="周五同行", pin="987654"
    )

    assert (answer.status_code, "PIN 码不对, 还可以试 4 次" in answer.text) == (403, True)
    assert 'value="可与他人合乘" checked' in answer.text
    assert 'value="周五同行"' in answer.text
    assert "987654" not in answer.text


async def test_a_locked_pin_says_until_when(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("approve", "2001")
    answers = [await visitor.send(f"/approve/{order}/approve", pin="0000") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 423]
    assert re.search(r"已锁到 \d\d-\d\d \d\d:\d\d", answers[-1].text)


async def test_an_approval_is_signed_for_the_form_that_was_shown(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("approve", "2001")
    seen = content_shown((await visitor.get("/approve")).text, order)
    await api.must("2002", order, "send_back", reason="时间不合适", pin=PINS["2002"])
    await api.must("1001", order, "submit", destination="巴丹吉林")

    late = await visitor.send(f"/approve/{order}/approve", content=seen, pin=PINS["2001"])
    now = content_shown(late.text, order)
    again = await visitor.send(f"/approve/{order}/approve", content=now, opinion="同意", pin=PINS["2001"])

    assert (late.status_code, "在你看过之后改了" in late.text) == (409, True)
    assert again.headers["location"] == f"/approve?done={order}&act=approve"
    timeline = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()["timeline"]
    assert timeline[-1]["detail"] == {"content": now, "opinion": "同意"}


async def test_sending_back_needs_a_reason_by_chip_or_by_word(visitor: Visitor, api: Api) -> None:
    order = await api.applied()
    await visitor.sign_in("approve", "2001")
    content = content_shown((await visitor.get("/approve")).text, order)

    without = await visitor.send(f"/approve/{order}/send-back", content=content, pin=PINS["2001"])
    done = await visitor.send(f"/approve/{order}/send-back", content=content, chip="时间不合适", pin=PINS["2001"])

    assert (without.status_code, "退回要写原因" in without.text) == (409, True)
    assert "0001 已退回。" in (await visitor.get(done.headers["location"])).text


async def test_a_decision_on_what_was_decided_meanwhile_is_refused_at_the_top_of_the_page(
    visitor: Visitor, api: Api
) -> None:
    order = await api.applied()
    await visitor.sign_in("approve", "2001")
    content = content_shown((await visitor.get("/approve")).text, order)
    await api.must("2002", order, "approve", pin=PINS["2002"])

    answer = await visitor.send(f"/approve/{order}/approve", content=content, pin=PINS["2001"])

    assert answer.status_code == 409
    assert f"单 {order} 现在是“待派车”, 不能同意。" in answer.text


async def test_no_secret_reaches_the_log(
    visitor: Visitor, api: Api, node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await visitor.sign_in("apply", "1001")
    caller = await api.signed_in("2001")
    order = await api.applied()
    await caller.post(f"/orders/{order}/acts/approve", {"pin": PINS["2001"]})
    node.try_sync = lambda: 1 / 0  # type: ignore[method-assign,assignment]
    await caller.post("/sync/try")

    session = visitor.client.cookies.get("ortoo_session", path="/apply") or "-"
    assert "a request failed" in caplog.text, "the fault itself is logged"
    for secret in (PINS["2001"], session, caller.headers["Authorization"][7:], visitor.client.cookies["ortoo_csrf"]):
        assert secret not in caplog.text
