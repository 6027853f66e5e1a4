"""`ortoo terminal beidou` over a real pseudo-terminal: card, beams, a message out, messages in, in both protocols."""

from __future__ import annotations

import json
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from edge.serial_terminal.commands import terminal
from edge.serial_terminal.facts import Facts
from edge.serial_terminal.rdss import messenger, sentences
from edge.serial_terminal.rdss.frame import (
    Binary,
    FrameDecoder,
    Sentence,
    encode_binary,
    encode_sentence,
)
from edge.serial_terminal.simulator.pseudo import PseudoPort
from tests.edge.serial_terminal.far_end import device, wait_for_question

OWN, TO = 242_286, 242_300
CARD = "BDICI,0242286,00242286,0000011,6,1,3,N,0"  # one message a second
BEAMS = "BDBSI,02,03,0,0,3,0,2,0,4,0,0,1"
NO_BEAMS = "BDBSI,00,00,0,0,0,0,0,0,0,0,0,0"
RECEIVED = "BDTXR,1,0242300,2,,A4C4E3BAC3"


class Module21:
    """Speaks 2.1, and answers each kind of sentence as given; of several answers one after the other."""

    def __init__(self, **answers: str | list[str]) -> None:
        given = {"CCICA": CARD, "CCRMO": BEAMS, "CCTXA": "BDFKI,TXA,Y,0,0"} | answers
        self.answers = {name: [said] if isinstance(said, str) else list(said) for name, said in given.items()}
        self.heard: list[str] = []
        self._decoder = FrameDecoder()

    def answer(self, said: bytes) -> bytes:
        return b"".join(self._one(event.raw) for event in self._decoder.receive(said) if isinstance(event, Sentence))

    def _one(self, raw: bytes) -> bytes:
        self.heard.append(raw.decode())
        answers = self.answers[raw[:5].decode()]
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        return b"".join(encode_sentence(sentence) for sentence in said.splitlines())


class Module40:
    """Speaks 4.0; `results` are what becomes of its messages, one after the other."""

    def __init__(self, *results: int, beams: bytes = b"\0\4\0\0\0\0", card: int = OWN) -> None:
        self.results, self.sent = list(results), list[bytes]()
        self._beams, self._card, self._decoder = beams, card, FrameDecoder()

    def answer(self, said: bytes) -> bytes:
        return b"".join(self._one(event) for event in self._decoder.receive(said) if isinstance(event, Binary))

    def _one(self, asked: Binary) -> bytes:
        if asked.name == "TXSQ":
            self.sent.append(asked.content)
            return self._said("FKXX", bytes((self.results.pop(0), 0, 0, 0, 0)))
        if asked.name == "XTZJ":
            return self._said("ZJXX", bytes(4) + self._beams)
        return self._said("ICXX", bytes.fromhex("00 00000b 06 0001 03 00 0000"))

    def _said(self, name: str, content: bytes) -> bytes:
        return encode_binary(Binary(name, self._card, content))


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "ASK_MS", 200)


def run(port: str, *arguments: str, wait_s: str = "2") -> Result:
    return CliRunner().invoke(terminal, ["beidou", port, "--wait-s", wait_s, *arguments])


def lines(done: Result) -> list[Facts]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_card_and_the_beams_are_told() -> None:
    module = Module21()
    with device(module.answer) as port:
        done = run(port)
    card, beams = lines(done)
    assert (done.exit_code, card["card"], card["period_s"]) == (0, OWN, 1)
    assert beams["beams"] == [0, 0, 3, 0, 2, 0, 4, 0, 0, 1]
    assert module.heard == [sentences.READ_CARD, sentences.BEAMS_ONCE]
    assert "卡号 242286" in done.stderr


def test_a_message_is_sent_in_2_1_and_its_feedback_awaited() -> None:
    module = Module21()
    with device(module.answer) as port:
        done = run(port, "--send", str(TO), "已到达")
    assert done.exit_code == 0
    assert module.heard[-1].startswith("CCTXA,0242300,1,2,A4")
    assert lines(done)[-1]["result"] == "accepted"
    assert "已发出" in done.stderr


def test_a_message_sent_too_soon_goes_out_again_after_the_service_period() -> None:
    module = Module40(4, 0)
    with device(module.answer) as port:
        done = run(port, "--send", str(TO), "1", wait_s="10")
    assert done.exit_code == 0
    assert len(module.sent) == 2
    assert module.sent[0] == module.sent[1]
    assert [line["result"] for line in lines(done) if "result" in line] == ["too_soon", "accepted"]
    assert "服务频度未到" in done.stderr


def test_what_comes_while_listening_is_told() -> None:
    module = Module21(CCTXA=f"BDFKI,TXA,Y,0,0\n{RECEIVED}")
    with device(module.answer) as port:
        done = run(port, "--send", str(TO), "1", "--listen", "0.3")
    received = lines(done)[-1]
    assert (done.exit_code, received["from"], received["text"]) == (0, TO, "你好")


def test_a_message_the_module_never_sends_is_given_up_with_its_reason() -> None:
    module = Module21(CCTXA="BDFKI,TXA,N,0,0")
    with device(module.answer) as port:
        done = run(port, "--send", str(TO), "1")
    assert done.exit_code == 1
    assert sum(said.startswith("CCTXA") for said in module.heard) == 3
    assert "模块没有发出：失败" in done.stderr


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"CCTXA": "BDFKI,TXA,0,60"}, "看不明白"),
        ({"CCTXA": "BDFKI,RMO,Y"}, "没有反馈"),
        ({"CCRMO": NO_BEAMS}, "没有收到卫星波束"),
        ({"CCICA": "BDICI,0000000,00000000,0000000,0,0,0,N,0"}, "没有卡"),
        ({"CCICA": "BDICI"}, "没有卡"),
        ({"CCICA": RECEIVED}, "没有报卡号"),
    ],
)
def test_whatever_keeps_a_message_from_going_out_is_said(answers: dict[str, str], told: str) -> None:
    with device(Module21(**answers).answer) as port:
        done = run(port, "--send", str(TO), "1", wait_s="0.5")
    assert done.exit_code == 1
    assert told in done.stderr


def test_a_result_that_sending_again_cannot_mend_is_a_refusal() -> None:
    module = Module40(5)
    with device(module.answer) as port:
        done = run(port, "--send", str(TO), "1", wait_s="10")
    assert (done.exit_code, len(module.sent)) == (1, 1)
    assert "加密错误" in done.stderr


def test_without_a_card_or_a_beam_a_module_of_4_0_is_told_as_one_of_2_1() -> None:
    with device(Module40(card=0).answer) as port:
        assert "没有卡" in run(port, wait_s="10").stderr
    with device(Module40(beams=bytes(6)).answer) as port:
        done = run(port, "--send", str(TO), "1", wait_s="10")
    assert "没有收到卫星波束" in done.stderr


def test_a_weak_signal_is_a_warning_and_no_refusal() -> None:
    with device(Module21(CCRMO="BDBSI,02,03,0,0,1,0,2,0,0,0,0,0").answer) as port:
        done = run(port, "--send", str(TO), "1")
    assert done.exit_code == 0
    assert "信号弱：最强波束 2" in done.stderr


def test_a_module_unplugged_in_the_conversation_ends_it() -> None:
    cable = PseudoPort()

    def unplug() -> None:
        wait_for_question(cable)
        cable.close()

    unplugging = Thread(target=unplug)
    unplugging.start()
    done = run(cable.name)
    unplugging.join()
    assert done.exit_code == 1
    assert "在使用中断开" in done.stderr


@pytest.mark.parametrize(("said", "told"), [(b"", "没有任何回应"), (b"\x00\xff", "波特率不对")])
def test_silence_and_noise_are_told_with_what_to_check(said: bytes, told: str) -> None:
    with device(lambda heard: said) as port:
        done = run(port, wait_s="0.4")
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (["/dev/no-such-port"], 1, "没有串口 /dev/no-such-port"),
        (["/dev/null", "--send", "1", "字" * 39], 2, "太长"),
        (["/dev/null", "--send", "1", "😀"], 2, "国标字符集"),
        (["/dev/null", "--send", "0", "x"], 2, "--send"),
        (["/dev/null", "--send", "1"], 2, "--send"),
        ([], 2, "PORT"),
    ],
)
def test_what_cannot_be_is_refused_without_a_trace(arguments: list[str], exit_code: int, told: str) -> None:
    done = CliRunner().invoke(terminal, ["beidou", *arguments])
    assert done.exit_code == exit_code
    assert isinstance(done.exception, SystemExit)
    assert told in done.stderr
