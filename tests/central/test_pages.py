"""Central's pages and figures as they are sent: who may see them, what they say, and what they keep to themselves."""

import re

import httpx
import pytest
from sqlalchemy import Connection, select

from central import overview
from central.accounts import PATH_LENGTH_MAX
from central.app import BODY_SIZE_MAX, HEADERS
from central.service import Service
from central.tables import views
from fleet.ledger import judge
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.rules.order import Act
from fleet.words import LANGUAGES
from tests.central.conftest import PASSPHRASE
from tests.central.test_sync import converse
from tests.central.unit import HOUR_MS, PLATE, StillClock, Unit

pytestmark = pytest.mark.anyio
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Fill in the form of the page at `path` as a browser would, its token included."""
    page = await client.get("/sign-in" if path == "/sign-in" else "/")
    found = TOKEN.search(page.text)
    assert found, page.text
    return await client.post(path, data={"_csrf_token": found[1], **fields})


async def sign_in(client: httpx.AsyncClient) -> None:
    answer = await send(client, "/sign-in", name="admin", passphrase=PASSPHRASE)
    assert answer.status_code == 303, answer.text


@pytest.fixture
async def reader(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who has signed in."""
    await sign_in(client)
    return client


@pytest.mark.parametrize("path", ["/", "/?unit=lyj", "/units/lyj/orders/1-00001"])
async def test_whoever_has_not_signed_in_is_asked_to_and_comes_back_to_where_they_wanted(
    path: str, client: httpx.AsyncClient, unit: Unit
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 303
    asked = await client.get(answer.headers["location"])
    found = re.search(r'name="to" value="([^"]*)"', asked.text)
    assert found
    assert found[1].replace("&amp;", "&") == path


@pytest.mark.parametrize("path", ["/events", "/api/region", "/api/units/lyj"])
async def test_a_program_that_has_not_signed_in_gets_a_code(path: str, client: httpx.AsyncClient, unit: Unit) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (401, {"code": "not_signed_in"})


async def test_signing_in_gives_a_cookie_that_only_this_host_gets_and_no_script_reads(
    client: httpx.AsyncClient,
) -> None:
    answer = await send(client, "/sign-in", name="admin", passphrase=PASSPHRASE, to="/?show=all")
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/?show=all"
    assert cookie.startswith("__Host-session=")
    for attribute in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert attribute in cookie


async def test_a_form_far_longer_than_any_is_not_read(client: httpx.AsyncClient) -> None:
    long = "x" * BODY_SIZE_MAX
    answer = await send(client, "/sign-in", name="admin", passphrase=PASSPHRASE, to=f"/?{long}")
    program = await client.post("/api/session", json={"name": "admin", "passphrase": long})

    assert (answer.status_code, program.status_code) == (413, 413)
    assert "__Host-session" not in client.cookies


async def test_a_long_address_is_put_on_record_up_to_a_bound(reader: httpx.AsyncClient, served: Service) -> None:
    await reader.get("/alarms", params={"unit": "x" * 10_000})

    def seen(db: Connection) -> int:
        with db.begin():
            return max(map(len, db.execute(select(views.c.path)).scalars()))

    assert await served.read(seen) == PATH_LENGTH_MAX


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "x", ""])
async def test_after_signing_in_nobody_is_sent_elsewhere(to: str, client: httpx.AsyncClient) -> None:
    answer = await send(client, "/sign-in", name="admin", passphrase=PASSPHRASE, to=to)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(("name", "passphrase"), [("admin", "wrong passphrase"), ("nobody", PASSPHRASE), ("", "")])
async def test_a_wrong_name_and_a_wrong_passphrase_are_refused_in_the_same_words(
    name: str, passphrase: str, client: httpx.AsyncClient
) -> None:
    answer = await send(client, "/sign-in", name=name, passphrase=passphrase)
    assert answer.status_code == 403
    assert "账号或口令不对。" in answer.text
    assert (await client.get("/")).status_code == 303


async def test_too_many_failures_lock_and_say_for_how_long(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        await send(client, "/sign-in", name="nobody", passphrase="a guess")
    answer = await send(client, "/sign-in", name="nobody", passphrase="a guess")
    assert answer.status_code == 403
    assert "1 分钟后再试。" in answer.text


async def test_a_form_without_its_token_does_nothing(reader: httpx.AsyncClient) -> None:
    assert (await reader.post("/sign-out")).status_code == 403
    assert (await reader.get("/")).status_code == 200


async def test_signing_out_ends_the_session_itself_not_only_the_cookie(reader: httpx.AsyncClient) -> None:
    token = reader.cookies["__Host-session"]
    assert (await send(reader, "/sign-out")).status_code == 303
    answer = await reader.get("/api/region", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_a_region_that_has_just_begun_says_what_to_do(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/")).text
    assert "听到 0/0 个单位" in page
    assert "还没有单位入网" in page


async def test_a_unit_that_was_never_heard_is_unknown_and_not_clean(reader: httpx.AsyncClient, unit: Unit) -> None:
    page = (await reader.get("/")).text
    assert "听到 0/1 个单位" in page
    assert "未知，从未听到" in page
    assert "0/0" not in row(page, "unit-lyj")


async def test_the_region_page_shows_units_orders_and_vehicles(reader: httpx.AsyncClient, unit: Unit) -> None:
    unit.register_vehicle()
    order = unit.submit()
    unit.sent(order)
    unit.seen(order=order, minutes_ago=3)
    await converse(reader, unit)

    page = (await reader.get("/")).text
    assert "听到 1/1 个单位" in page
    assert f"{unit.replica.made}/{unit.replica.made}" in row(page, "unit-lyj")
    listed = row(page, f"order-lyj-{order}")
    for word in ("在途", "张海", "旗政府 至 额肯呼都格", PLATE, "孟克"):
        assert word in listed
    vehicle = row(page, f"vehicle-lyj-{PLATE}")
    for word in ("在途", "39.2167N 101.6833E", "62 km/h", "3 分钟前", order):
        assert word in vehicle


async def test_how_much_is_missing_is_said(reader: httpx.AsyncClient, unit: Unit) -> None:
    await converse(reader, unit)
    before = unit.replica.made
    unit.submit()
    await reader.post("/sync/lyj", content=unit.exchange().outgoing(1))
    assert f"缺 {unit.replica.made - before} 条" in row((await reader.get("/")).text, "unit-lyj")


@pytest.mark.parametrize(
    ("hours", "says", "vehicle"),
    [(0, "听到", "待命"), (25, "超过 24 小时", "待命"), (73, "未知，超过 72 小时", "未知")],
)
async def test_silence_grows_into_the_unknown_and_takes_the_vehicles_with_it(
    hours: int, says: str, vehicle: str, client: httpx.AsyncClient, clock: StillClock, unit: Unit
) -> None:
    unit.register_vehicle()
    await converse(client, unit)
    clock.time_ms += hours * HOUR_MS
    await sign_in(client)

    page = (await client.get("/")).text
    assert says in row(page, "unit-lyj")
    assert vehicle in row(page, f"vehicle-lyj-{PLATE}")
    assert f"听到 {int(hours < 72)}/1 个单位" in page


async def test_an_old_position_is_labelled_as_old(reader: httpx.AsyncClient, unit: Unit) -> None:
    unit.register_vehicle()
    unit.seen(minutes_ago=31)
    await converse(reader, unit)
    listed = row((await reader.get("/")).text, f"vehicle-lyj-{PLATE}")
    assert "31 分钟前" in listed
    assert "已旧" in listed


async def test_filters_live_in_the_address(reader: httpx.AsyncClient, unit: Unit) -> None:
    order = unit.submit()
    unit.act("u1", order, Act.CANCEL, reason="会议改期")
    other = Unit(unit.directory, unit.clock, "ejq", "额济纳旗水务局")
    for one in (unit, other):
        await converse(reader, one)

    assert f"order-lyj-{order}" not in (await reader.get("/")).text
    assert f"order-lyj-{order}" in (await reader.get("/?show=all")).text
    assert f"order-lyj-{order}" not in (await reader.get("/?show=all&unit=ejq")).text
    assert (await reader.get("/?show=nonsense&unit=nobody")).status_code == 200


async def test_the_order_page_tells_every_signed_act_with_person_role_record_and_receipt(
    reader: httpx.AsyncClient, unit: Unit
) -> None:
    unit.register_vehicle()
    order = unit.submit()
    unit.closed(order)
    await converse(reader, unit)

    page = (await reader.get(f"/units/lyj/orders/{order}")).text
    facts = unit.replica.state.orders[order].facts
    assert len(facts) == 6
    for fact, (act, person, role) in zip(
        facts,
        [
            ("提交申请", "王春梅", "用车申请人"),
            ("同意", "李国强", "审批人"),
            ("派车", "巴图", "调度员"),
            ("出车", "孟克", "驾驶员"),
            ("归队", "孟克", "驾驶员"),
            ("办结", "巴图", "调度员"),
        ],
        strict=True,
    ):
        step = item(page, fact.record)
        for word in (act, person, role, fact.record[:12], "前已收到"):
            assert word in step
    assert "45,218 公里" in page
    assert "184 公里" in page
    assert "与提交的一致" in page


async def test_a_refused_act_stays_in_the_line_with_its_reason(reader: httpx.AsyncClient, unit: Unit) -> None:
    order = unit.submit()
    target = f"order/{order}"
    by_rule = unit.replica.write([Statement("order.depart", target, {"odometer_km": 1}, unit.signers["u4"])])[0]
    await converse(reader, unit)

    page = (await reader.get(f"/units/lyj/orders/{order}")).text
    step = item(page, by_rule.hash.hex())
    assert "被拒，不生效" in step
    assert "当时的状态不能做这一步" in step
    assert "第 13 条" in step


async def test_an_act_of_somebody_without_the_role_is_held_shown_and_counted_and_has_no_effect(
    reader: httpx.AsyncClient, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unit.submit()
    approval = Statement("order.approve", f"order/{order}", {"opinion": "同意"}, unit.signers["u4"])
    with monkeypatch.context() as node:  # a node whose program was changed signs what ours would refuse
        node.setattr(judge, "verdict", lambda state, named, _root: state.step_chain(named) or "")
        forged = unit.replica.write([approval])[0]
    await converse(reader, unit)

    page = (await reader.get(f"/units/lyj/orders/{order}")).text
    step = item(page, forged.hash.hex())
    for word in ("孟克", "被拒，不生效", "此人没有这个权限", forged.hash.hex()[:12]):
        assert word in step
    assert "待审批" in page
    assert 'class="number serious">1<' in row((await reader.get("/")).text, "unit-lyj")


async def test_of_a_confidential_trip_nobody_here_sees_rider_reason_places_or_track(
    reader: httpx.AsyncClient, unit: Unit
) -> None:
    unit.register_vehicle()
    order = unit.confidential()
    unit.seen(order=order)
    await converse(reader, unit)

    region, page = (await reader.get("/?show=all")).text, (await reader.get(f"/units/lyj/orders/{order}")).text
    figures = (await reader.get("/api/region")).text
    for text in (region, page, figures):
        assert order in text
        for secret in (
            "机要员甲",
            "防火巡护",
            "旗政府",
            "额肯呼都格",
            "秘密地点",
            "13904830001",
            "39.2167",
            "39216700",
        ):
            assert secret not in text
    assert "机要，不显示" in row(region, f"order-lyj-{order}")
    assert "机要，不显示" in row(region, f"vehicle-lyj-{PLATE}")


async def test_whatever_times_and_words_a_unit_claims_the_page_is_drawn(reader: httpx.AsyncClient, unit: Unit) -> None:
    signer, order = unit.signers["u1"], "9-00009"
    edit = unit.replica.edit(f"order/{order}", {"start_ms": "9" * 15, "end_ms": "-5", "urgency": "x"}, signer)
    assert edit is not None
    unit.replica.write([edit, Statement("order.submit", f"order/{order}", {"content": 7, "odd": [1, {}]}, signer)])
    unit.register_vehicle()
    far: Value = {
        "time_ms": 1 << 62,
        "lat_e6": -(1 << 62),
        "lon_e6": 1 << 62,
        "speed_kmh_e1": -1,
        "course": 0,
        "order": "?",
    }
    unit.replica.write(
        [Statement("vehicle.seen", f"vehicle/{PLATE}", far), Statement("vehicle.seen", "vehicle/..", far)]
    )
    await converse(reader, unit)

    for path in ("/", f"/units/lyj/orders/{order}", "/api/region"):
        answer = await reader.get(path)
        assert answer.status_code == 200
        assert order in answer.text


async def test_what_a_unit_writes_is_text_and_never_markup(reader: httpx.AsyncClient, unit: Unit) -> None:
    order = unit.submit(rider="<script>alert(1)</script>", reason="<img src=x onerror=alert(1)>")
    await converse(reader, unit)
    for path in ("/", f"/units/lyj/orders/{order}"):
        page = (await reader.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("path", ["/units/nobody/orders/1-00001", "/units/lyj/orders/9-99999", "/nothing"])
async def test_what_is_not_there_is_said_in_words_with_a_way_on(
    path: str, reader: httpx.AsyncClient, unit: Unit
) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 404
    assert "没有" in answer.text
    assert 'href="/"' in answer.text


async def test_a_fault_of_ours_is_a_page_with_a_next_step_and_a_trace_in_the_log(
    reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr(overview, "overview", fails)
    page, figures = await reader.get("/"), await reader.get("/api/region")

    assert page.status_code == figures.status_code == 500
    assert "中心出错了" in page.text
    assert figures.json() == {"code": "fault"}
    assert "of our own making" in caplog.text
    assert "of our own making" not in page.text


async def test_the_language_is_the_browsers_until_one_is_chosen(reader: httpx.AsyncClient) -> None:
    english = await reader.get("/", headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert '<html lang="en">' in english.text
    assert "0 of 0 units heard" in english.text
    assert '<html lang="zh-CN">' in (await reader.get("/")).text

    chosen = await reader.get("/language/en?to=/%3Fshow=all")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/?show=all")
    assert '<html lang="en">' in (await reader.get("/")).text
    assert (await reader.get("/language/klingon?to=//elsewhere.example/")).headers["location"] == "/"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_shows_a_key_instead_of_a_word(language: str, reader: httpx.AsyncClient, unit: Unit) -> None:
    unit.register_vehicle()
    order = unit.submit()
    unit.closed(order)
    unit.seen()
    await converse(reader, unit)
    reader.cookies.set("lang", language)
    for path in ("/?show=all", f"/units/lyj/orders/{order}", "/sign-in", "/nothing"):
        text = re.sub(r"<[^>]*>", " ", (await reader.get(path)).text)
        assert not re.findall(r"\b[a-z]+\.[a-z_]+(?:\.[a-z_]+)*\b", text), path


@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/style.css", "/nothing", "/api/region", "/sync/lyj"])
async def test_every_answer_forbids_everything_from_elsewhere(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_pages_are_not_kept_by_caches(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/")).headers["cache-control"] == "no-store"


async def test_a_program_signs_in_and_reads_the_figures_of_a_unit(client: httpx.AsyncClient, unit: Unit) -> None:
    unit.register_vehicle()
    unit.closed(unit.submit())
    await converse(client, unit)
    answer = await client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE})
    bearer = {"authorization": f"Bearer {answer.json()['token']}"}

    figures = (await client.get("/api/units/lyj", headers=bearer)).json()

    assert answer.status_code == 201
    assert figures["held"] == figures["known"] == unit.replica.made
    assert figures["state_hash"] == unit.replica.digest()
    assert figures["quarantined"] == 0
    assert 0 <= unit.clock.time_ms - figures["last_heard_ms"] < 60_000
    assert tuple(map(int, figures["sqlite_version"].split("."))) >= (3, 51, 3)
    region = (await client.get("/api/region", headers=bearer)).json()
    assert [line["code"] for line in region["units"]] == ["lyj"]
    assert [order["state"] for order in region["orders"]] == ["closed"]
    assert (await client.get("/api/units/nobody", headers=bearer)).json() == {"code": "no_unit"}


async def test_a_program_that_sends_anything_else_is_refused(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/api/session", json={"name": "admin", "passphrase": "wrong"})
    more = await client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE, "role": "admin"})
    assert (wrong.status_code, wrong.json()) == (403, {"code": "sign_in_wrong"})
    assert more.status_code == 400


async def test_what_a_reader_opens_is_on_record(reader: httpx.AsyncClient, served: Service, unit: Unit) -> None:
    order = unit.submit()
    await converse(reader, unit)
    for path in ("/", f"/units/lyj/orders/{order}", "/"):
        await reader.get(path)

    def logged(db: Connection) -> set[tuple[object, ...]]:
        with db.begin():
            return {tuple(row) for row in db.execute(select(views.c.name, views.c.role, views.c.path)).all()}

    seen = await served.read(logged)
    assert seen == {("admin", "admin", "/"), ("admin", "admin", f"/units/lyj/orders/{order}")}


def row(page: str, name: str) -> str:
    """The table row of an id."""
    return page.partition(f'id="{name}"')[2].partition("</tr>")[0]


def item(page: str, record: str) -> str:
    """The step of a record."""
    return page.partition(f'id="step-{record[:12]}"')[2].partition("</li>")[0]
