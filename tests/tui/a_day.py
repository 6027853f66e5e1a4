"""An afternoon at a forestry bureau far from anywhere, as the node's API would tell it at 14:32 on a Thursday."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]
COUNTRY = timezone(timedelta(hours=8))


def at(hour: int, minute: int = 0, *, day: int = 19) -> int:
    """UTC ms of a local time in November 2026; the 19th is the Thursday."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=COUNTRY).timestamp() * 1000)


NOW_MS = at(14, 32)
PEOPLE: list[Json] = [
    {"id": "p1", "name": "王建国", "roles": ["applicant"]},
    {"id": "p2", "name": "李秀英", "roles": ["approver"]},
    {"id": "p3", "name": "巴图", "roles": ["dispatcher"]},
    {"id": "p4", "name": "孟克", "roles": ["driver"]},
    {"id": "p5", "name": "道尔吉", "roles": ["driver"]},
    {"id": "p6", "name": "赵敏", "roles": ["admin"]},
]


def a_board() -> Json:
    """Everything on the board but the orders to do, which follow from the orders."""
    vehicles = [
        vehicle("蒙M-0B318", "out", driver="p4", driver_name="孟克", driver_phone="13904836604", driven_min=285,
                 route="单位院内>额肯呼都格镇", place="额肯呼都格", speed_kmh=62.0, seen_ms=at(14, 31), lat=39.2165,
                 lon=101.6666, course=90, fix=True, back_ms=at(17, 30), order="N7-0227", order_tail="0227"),
        vehicle("蒙M-0A007", "waiting", driver="p5", driver_name="道尔吉", driver_phone="13904836605", driven_min=200,
                 route="单位院内>巴丹吉林镇北", place="巴丹吉林", lat=39.83, lon=102.31, speed_kmh=0.0,
                 seen_ms=at(14, 30), back_ms=at(11, day=20), order="N7-0226", order_tail="0226"),
        vehicle("蒙M-0C101", "silent", place="单位院内", seen_ms=at(9, 12)),
        vehicle("蒙M-0B312", "free", place="单位院内", seen_ms=at(14, 29)),
        vehicle("蒙M-0B300", "repair"),
        vehicle("蒙M-0A009", "sealed"),
        vehicle("蒙M-0A011", "duty"),
    ]  # fmt: skip
    alarms = [
        {"id": "A07-1", "code": "A07", "grade": "serious", "plate": "蒙M-0C101", "since_ms": at(9, 12),
         "facts": {}, "seen": False},
        {"id": "A06-1", "code": "A06", "grade": "notice", "plate": "蒙M-0B318", "since_ms": at(14, 10),
         "facts": {"order": "N7-0227"}, "seen": True},
    ]  # fmt: skip
    sync = {"situation": "waiting", "heard_ms": at(11, 30), "waiting": 12, "oldest_ms": at(11, 5), "sent": 0,
            "total": 12, "refused": 0, "held": 0, "conflicts": 0, "days_left": 37, "parted": 0, "cold": ""}  # fmt: skip
    return {
        "unit": {"code": "152922-LC", "name": "阿右旗林草局"},
        "now_ms": NOW_MS,
        "version": 41,
        "sync": sync,
        "vehicles": {"count": len(vehicles), "rows": vehicles},
        "alarms": {"count": 2, "unseen": 1, "rows": alarms},
    }


def some_orders() -> dict[str, Json]:
    """Orders by id, in the order of the rules."""
    orders = [
        _order("0231", "submitted", urgency=0, reason="防火巡护", start_ms=at(15), end_ms=at(18), rider="王建国",
               passengers=3, since_ms=at(14, 23), mark="^", destination="雅布赖林场"),
        _order("0230", "approved", urgency=1, reason="下乡调研草畜平衡情况", start_ms=at(16, 30), end_ms=at(19),
               rider="赵敏", passengers=2, since_ms=at(13, 40), first_offer="蒙M-0B312"),
        _order("0233", "approved", reason="送检苗木样品", start_ms=at(8, day=20), end_ms=at(18, day=20), rider="苏日娜",
               since_ms=at(12, 2), first_offer="蒙M-0B312", destination="阿拉善左旗巴彦浩特"),
        _order("0228", "back", reason="接待验收组", start_ms=at(9), end_ms=at(12), rider="朝鲁", passengers=4,
               since_ms=at(12, 30), vehicle="蒙M-0B312", driver="p4", driver_name="孟克", mark="?"),
        _order("0227", "departed", reason="护林站换岗", start_ms=at(10), end_ms=at(17, 30), rider="王建国",
               since_ms=at(10, 5), vehicle="蒙M-0B318", driver="p4", driver_name="孟克"),
        _order("0225", "closed", reason="购置防火物资", start_ms=at(9, day=18), end_ms=at(15, day=18), rider="赵敏",
               since_ms=at(16, day=18), vehicle="蒙M-0A007", driver="p5", driver_name="道尔吉"),
    ]  # fmt: skip
    _tell_story(orders)
    return {order["id"]: order for order in orders}


def a_promised_order() -> Json:
    """An order that holds a vehicle another one wants, and has not left with it."""
    order = _order("0226", "dispatched", reason="送水质样品", start_ms=at(16), end_ms=at(11, day=20), rider="朝鲁",
                   passengers=2, since_ms=at(13), vehicle="蒙M-0A007", driver="p5", driver_name="道尔吉",
                   destination="巴丹吉林镇北")  # fmt: skip
    _tell_story([order])
    return order


def some_cases() -> Json:
    """What the node answers about cases, by path: a supplement that is due tonight, and one that is late."""
    due = _case("supplement", "1-00007", "requested", plate="蒙M-0B318", since_ms=at(12, 5), deadline_ms=at(17, 44),
                data={"cause": "no_prior_order", "notice": True, "what": "边境林场火情", "rider": "王建国",
                      "driver": "p4", "started_ms": at(9, 10), "why": "火情紧急, 先出车", "facts": "扑灭两处火点",
                      "request": "3fa9c1d2b4e5f607" * 4, "requested_ms": at(12, 5), "ended_ms": at(17, 44, day=18),
                      "ended_by": "back"})  # fmt: skip
    late = _case("supplement", "1-00006", "endorsed", plate="蒙M-0A007", since_ms=at(9, 40), deadline_ms=at(12, 22),
                 data={"cause": "no_prior_order", "why": "救助牧户", "rider": "朝鲁", "requested_ms": at(9),
                       "endorsed_ms": at(9, 40), "endorsed_by": "p2"})  # fmt: skip
    timeline = [_entry(at(9, 10), "notice", 2, {"what": "边境林场火情", "driver": "p4"}, "0007"),
                _entry(at(12, 5), "request", 2, {"why": "火情紧急, 先出车"}, "0231")]  # fmt: skip
    rows = [late, due]
    return {
        "/cases/supplement": {"total": 2, "rows": rows, "openings": ["notice", "request"]},
        "/cases/handover": {"total": 1, "rows": [a_note()], "openings": ["write"]},
        "/cases/supplement/1-00007": due | {"timeline": timeline, "moves": []},
        "/cases/supplement/1-00006": late | {"timeline": timeline, "moves": ["complete"]},
        "/alarms": [an_alarm()],
        "/cases/alarm/A07-1": _case("alarm", "A07-1", "raised", since_ms=at(9, 12), plate="蒙M-0C101")
        | {"timeline": [], "moves": ["explain"]},
        "/vehicles/蒙M-0A007": a_card(),
    }


def an_alarm() -> Json:
    """A terminal that has said nothing since the morning, as the node words it."""
    return {
        "id": "A07-1", "code": "A07", "grade": "serious", "plate": "蒙M-0C101", "since_ms": at(9, 12),
        "until_ms": None, "state": "raised", "state_name": "待说明", "seen": False, "name": "终端失联",
        "what": "终端在单位院内停止上报, 同院其他车辆正常。", "article": "31", "driver": "p4",
        "limits": ["静默不超过 30 分钟"], "unless": ["已报修", "在盲区内"], "complied": "30 分钟内恢复上报, 或先报修。",
        "facts": {"minutes": 320, "last_ms": at(9, 12), "subject": "蒙M-0C101"},
    }  # fmt: skip


def a_card() -> Json:
    """A vehicle out on the road with a paper that is due, a defect and its key out."""
    return {
        "plate": "蒙M-0A007", "key_with": "道尔吉", "key_since_ms": at(8, 40), "blocking": ["brakes"], "seal": None,
        "fields": {"cls": "study", "seats": "5", "terminal": "13904830007", "usual_driver": "p5", "home": "机关大院",
                   "stage": "in_service"},
        "due": [{"paper": "insurance", "until": "2026-11-02", "left_days": -17},
                {"paper": "inspection", "until": "2026-12-09", "left_days": 20}],
        "open": [{"kind": "defect", "id": "1-00004", "state": "open", "text": "左后轮胎磨损"}],
        "terminal": {"phone": "13904830007", "state": "authenticated", "heard_ms": at(13, 50)},
    }  # fmt: skip


def a_note() -> Json:
    """What the night shift left behind, taken over in the morning."""
    said = {
        "note": "蒙M-0B318 油少, 回来先加油; 0229 补单等扫描件", "written_by": "p6", "written_ms": at(7, 55),
        "out": ["蒙M-0A007 道尔吉 预回 11-20 11:00", "0227 途中"], "keys": ["蒙M-0A009 在 赵敏"], "taken_by": "p3",
        "taken_ms": at(8, 1),
    }  # fmt: skip
    return _case("handover", "1-00003", "taken", since_ms=at(8, 1), data=said) | {"open": False}


def _case(kind: str, case_id: str, state: str, **facts: object) -> Json:
    unknown: Json = {"deadline_ms": None, "left_ms": None, "order": None, "plate": None, "data": {}, "proof": None}
    return {"kind": kind, "id": case_id, "state": state, "open": True, "notes": [], "refused": 0, "mark": "^",
            **unknown, **facts}  # fmt: skip


def some_offers() -> Json:
    """Two that can go, four that cannot."""
    return {
        "offers": [
            {"vehicle": "蒙M-0B312", "driver": "p4", "driver_name": "孟克",
             "reasons": ["usual_pair", "class_fits", "free_then"], "facts": {}},
            {"vehicle": "蒙M-0A011", "driver": "p5", "driver_name": "道尔吉", "reasons": ["free_then"], "facts": {}},
        ],
        "refused": [
            {"vehicle": "蒙M-0A007", "reason": "taken", "facts": {"order": "N7-0226", "until_ms": at(11, day=20)}},
            {"vehicle": "蒙M-0A009", "reason": "class", "facts": {"class": "confidential"}},
            {"vehicle": "蒙M-0B300", "reason": "seats", "facts": {"seats": 2, "needed": 3}},
            {"vehicle": "蒙M-0B318", "reason": "taken", "facts": {"order": "N7-0227", "until_ms": at(17, 30)}},
        ],
    }  # fmt: skip


def some_status() -> Json:
    """A node with two lines, one of them unplugged, and no link since half past eleven."""
    return {
        "lines": [
            {"name": "/dev/ttyUSB0", "state": "open", "why": None, "bytes_in": 1_482_113, "bytes_out": 40_992,
             "frames": 20_311, "good": 20_288, "bad": {"checksum": 19, "escape": 4}, "heard_ms": at(14, 31)},
            {"name": "/dev/ttyUSB1", "state": "absent", "why": "not_found", "bytes_in": 0, "bytes_out": 0,
             "frames": 0, "good": 0, "bad": {}, "heard_ms": None},
        ],
        "terminals": [
            {"phone": "13904830001", "plate": "蒙M-0B318", "state": "authenticated", "heard_ms": at(14, 31),
             "version": 2019},
            {"phone": "13904830002", "plate": "蒙M-0C101", "state": "authenticated", "heard_ms": at(9, 12),
             "version": 2013},
        ],
        "frames": {"received": 20_311, "good": 20_288, "bad": 23,
                   "by_id": {"0x0002": 1201, "0x0100": 4, "0x0102": 9, "0x0200": 18_930, "0x0704": 144}},
        "positions_stored": 20_054,
        "operations": {"made": 824, "held_by_central": 812, "quarantined": 0},
        "refused_moves": 3,
        "link": {"state": "down", "bytes_up": 91_204, "bytes_down": 18_331, "round_trips": 37,
                 "last_error": "link_down", "next_try_ms": at(14, 36)},
        "space": {"free": 18_253_611_008, "a_day": 41_943_040, "days_left": 435},
        "sqlite_version": "3.51.3",
        "state_hash": "3fa9c1d2b4e5f60718293a4b5c6d7e8f",
        "clock": {"grade": "unproved"},
    }  # fmt: skip


def some_sync() -> Json:
    """A link that is down with twelve records behind it, and one record that central would not take."""
    return {
        "ways": [{"name": "https", "in_use": True, "state": "down", "heard_ms": at(11, 30), "last_error": "link_down",
                  "next_try_ms": at(14, 36), "tried_ms": at(14, 30), "bytes_up": 91_204, "bytes_down": 18_331,
                  "round_trips": 37, "rate": 410.0}],
        "heaps": [{"priority": "urgent", "records": 1, "bytes": 212}, {"priority": "act", "records": 9, "bytes": 1_480},
                  {"priority": "sighting", "records": 2, "bytes": 90}],
        "records": 12, "size": 1_782, "hours_left": 0.002, "by_hand": False, "held": 0, "quarantined": 1,
        "refused": [{"node": 7, "own": True, "seq": 801, "record": "9c1d2b4e5f607183", "kind": "order.dispatch",
                     "target": "order/N7-0219", "at_ms": at(10, 2), "code": "seal", "what": "节点的签名对不上。",
                     "why": "", "next": "请告诉央端管理员。"}],
    }  # fmt: skip


def vehicle(plate: str, tag: str, **facts: object) -> Json:
    unknown = dict.fromkeys(
        ("driver", "driver_name", "driver_phone", "lat", "lon", "place", "near", "speed_kmh", "course", "seen_ms",
         "fix", "back_ms", "order", "order_tail", "line")
    )  # fmt: skip
    terminal = f"139048300{plate[-2:]}"
    return {
        "plate": plate,
        "tag": tag,
        "class": "general",
        "seats": 7,
        "terminal": terminal,
        "driven_min": 0,
        "route": "",
        **unknown,
        **facts,
    }


def _order(tail: str, state: str, **facts: object) -> Json:
    return {
        "id": f"N7-{tail}", "tail": tail, "state": state, "urgency": 2, "supplement": False, "passengers": 1,
        "category": "", "class": "general", "origin": "单位院内", "destination": "额肯呼都格镇", "phone": "13904831234",
        "department": "森林防火科", "vehicle": None, "driver": None, "driver_name": None, "approvers": ["李秀英"],
        "first_offer": None, "revision": 1, "mark": "", "refused": 0, "conflict": None, "remark": "",
        "content": "3fa9c1d2b4e5f607", "approved_content": None, "moves": [], **facts,
    }  # fmt: skip


def _tell_story(orders: list[Json]) -> None:
    """Give each order a timeline that leads where it stands."""
    for order in orders:
        submitted_ms = order["since_ms"] if order["state"] == "submitted" else order["since_ms"] - 3_600_000
        order["timeline"] = [_entry(submitted_ms, "submit", 0, {"revision": 1}, order["tail"])]
        if order["state"] != "submitted":
            refused = _entry(submitted_ms + 60_000, "cancel", 3, {"reason": ""}, order["tail"])
            approved = _entry(submitted_ms + 720_000, "approve", 1, {"opinion": "同意", "content": order["content"]},
                              order["tail"])  # fmt: skip
            order["timeline"] += [refused | {"refused": "reason_missing"}, approved]


def _entry(at_ms: int, act: str, person: int, detail: Json, tail: str) -> Json:
    someone = PEOPLE[person]
    return {
        "at_ms": at_ms, "act": act, "by": someone["id"], "by_name": someone["name"], "role": someone["roles"][0],
        "detail": detail, "proof": "waiting" if tail == "0231" else "held", "refused": None,
        "record": f"{act}-{tail}",
    }  # fmt: skip
