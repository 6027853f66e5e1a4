"""`ortoo central …`, `ortoo enrol grant` and `ortoo verify` as a person types them: what they say, and how they end."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest

from cable.radio import Radio
from central import home, keys, settings
from central.database import open_writer
from fleet.ledger.authority import BLOCK
from fleet.ledger.enrolment import Person, Request, fingerprint, read_grant, sign_request
from fleet.ledger.operation import Author
from fleet.ledger.suite import SHIPPED

ORTOO = [sys.executable, "-c", "import ortoo; ortoo.main()"]
PASSPHRASE = "骑马过草原 2026"
NODE = SHIPPED.key(b"n" * 32)


@dataclass
class Said:
    """How a command ended, and what it told."""

    code: int
    out: str
    err: str


def ortoo(*words: str | Path, typed: str = "", language: str = "zh_CN") -> Said:
    """Run a command; `typed` is read from a descriptor of its own."""
    reading, writing = os.pipe()
    os.write(writing, typed.encode())
    os.close(writing)
    given = [*map(str, words), *(["--pin-fd", str(reading)] if typed else [])]
    done = subprocess.run(
        [*ORTOO, *given],
        capture_output=True,
        text=True,
        pass_fds=[reading],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ORTOO_LANG": language},
        timeout=60,
        check=False,
    )
    os.close(reading)
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region as `init` leaves it, made once."""
    directory = tmp_path_factory.mktemp("made") / "region"
    said = ortoo("central", "init", directory, "--name", "阿拉善盟", "--listen", "127.0.0.1:0", typed=PASSPHRASE)
    assert said.code == 0, said.err
    return directory


@pytest.fixture
def region(made: Path, tmp_path: Path) -> Path:
    """A region of one's own."""
    shutil.copytree(made, tmp_path / "region")
    return tmp_path / "region"


def test_init_makes_a_directory_only_its_owner_can_look_into(region: Path) -> None:
    assert region.stat().st_mode & 0o077 == 0
    with home.alone(region), closing(open_writer(settings.database_url(region, settings.load(region)))):
        files = {str(file.relative_to(region)): file.stat().st_mode & 0o077 for file in region.rglob("*")}
    assert files.keys() >= {"keys/root.key", "core.db", "core.db-wal", "central.toml", "central.lock"}
    assert [name for name, open_to_others in files.items() if open_to_others] == []
    assert settings.load(region).name == "阿拉善盟"


def test_a_password_is_not_taken_from_the_arguments_and_nothing_is_made(tmp_path: Path) -> None:
    url = "postgresql://central:sesame@db/region"

    said = ortoo("central", "init", tmp_path / "r", "--name", "n", "--database", url, typed=PASSPHRASE, language="en")

    assert said.code != 0
    assert ".pgpass" in said.err
    assert "sesame" not in said.out + said.err
    assert not (tmp_path / "r").exists()


def test_radios_stand_in_the_settings_and_are_read_as_they_were_written(region: Path) -> None:
    own = settings.load(region)
    radios = (Radio(port="/dev/ttyUSB0"), Radio(port="socket://10.0.0.7:4001", air_bps=1200, packet_size=64))
    settings.save(region, msgspec.structs.replace(own, radios=radios))

    assert settings.load(region).radios == radios


def test_init_says_the_fingerprint_units_will_compare_and_what_comes_next(tmp_path: Path) -> None:
    said = ortoo("central", "init", tmp_path / "a", "--name", "Alxa", typed=PASSPHRASE, language="en")
    assert fingerprint(keys.load(tmp_path / "a").root.public) in said.out
    assert f"ortoo central run {tmp_path / 'a'}" in said.out


def test_a_region_is_never_made_over_another(region: Path) -> None:
    root = keys.load(region).root.public
    said = ortoo("central", "init", region, "--name", "x", typed=PASSPHRASE)
    assert (said.code, said.out) == (1, "")
    assert "不是空的" in said.err
    assert "ortoo central run" in said.err
    assert keys.load(region).root.public == root


def test_an_init_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    said = ortoo("central", "init", tmp_path / "a", "--name", "x", "--account", " ", typed=PASSPHRASE)
    assert said.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_is_taken_from_nowhere_else_and_a_short_one_is_refused(tmp_path: Path) -> None:
    short = ortoo("central", "init", tmp_path / "a", "--name", "x", typed="12345")
    unasked = ortoo("central", "init", tmp_path / "b", "--name", "x")
    assert short.code == 2
    assert "6 到 256" in short.err
    assert unasked.code != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("listen", ["8443", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"])
def test_an_address_that_is_none_is_refused_as_a_wrong_call(listen: str, tmp_path: Path) -> None:
    said = ortoo("central", "init", tmp_path / "a", "--name", "x", "--listen", listen, typed=PASSPHRASE)
    assert said.code == 2
    assert listen in said.err


@pytest.mark.parametrize(
    "command",
    [["central", "run"], ["central", "account", "add"], ["central", "rebuild"], ["enrol", "grant"], ["verify"]],
)
def test_a_directory_without_a_region_is_a_wrong_call_with_a_next_step(command: list[str], tmp_path: Path) -> None:
    rest = {"add": ["x", "--role", "admin"], "grant": [str(tmp_path / "request"), "--out", str(tmp_path / "grant")]}
    said = ortoo(*command, tmp_path, *rest.get(command[-1], []))
    assert said.code == 2
    assert "ortoo central init" in said.err


def test_an_unknown_setting_is_named(region: Path) -> None:
    with (region / settings.FILE_NAME).open("a") as file:
        file.write('colour = "red"\n')
    said = ortoo("central", "run", region)
    assert said.code == 2
    assert "colour" in said.err
    assert settings.FILE_NAME in said.err


def test_a_key_that_others_may_read_is_refused_before_anything_is_served(region: Path) -> None:
    (region / "keys" / "root.key").chmod(0o644)
    said = ortoo("central", "run", region)
    assert said.code == 1
    assert "chmod 600" in said.err


def test_a_missing_key_is_named(region: Path) -> None:
    (region / "keys" / "central.key").unlink()
    said = ortoo("central", "run", region)
    assert said.code == 1
    assert "central.key" in said.err
    assert "terminal ports" not in said.err


@pytest.mark.parametrize("name", ["central.cert", "tls.pem", "tls.key"])
@pytest.mark.parametrize("content", [None, "damaged"])
def test_a_certificate_or_tls_key_that_is_gone_or_damaged_is_named_before_anything_is_served(
    region: Path, name: str, content: str | None
) -> None:
    path = region / "keys" / name
    path.unlink()
    if content:
        path.write_text(content)
    said = ortoo("central", "run", region)
    assert said.code == 1
    assert f"keys/{path.stem}." in said.err
    assert said.out == ""


def test_a_damaged_database_is_said_and_not_touched(region: Path) -> None:
    (region / "core.db").write_bytes(b"no database" * 1_000)
    for command in (["central", "run"], ["verify"]):
        said = ortoo(*command, region)
        assert said.code == 1
        assert "core.db" in said.err
    assert (region / "core.db").read_bytes() == b"no database" * 1_000


def test_verify_of_a_region_without_its_database_says_so_and_makes_none(region: Path) -> None:
    for file in region.glob("core.db*"):
        file.unlink()
    said = ortoo("verify", region)
    assert said.code == 1
    assert "core.db" in said.err
    assert list(region.glob("core.db*")) == []


def test_an_address_in_use_is_said_with_the_address(region: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = ortoo("central", "run", region, "--listen", address)
    assert said.code == 1
    assert address in said.err
    assert "换一个端口" in said.err


@pytest.mark.parametrize("listen", ["192.0.2.1:8443", "no-such-host.invalid:8443"])
def test_an_address_that_is_not_here_is_said(listen: str, region: Path) -> None:
    said = ortoo("central", "run", region, "--listen", listen)
    assert said.code == 1
    assert listen in said.err


@contextmanager
def running(region: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server as its own process, and where it says it answers."""
    process = subprocess.Popen(
        [*ORTOO, "central", "run", str(region)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        address = next(part for line in process.stdout for part in line.split() if "https://" in part)
        yield process, address[address.index("https://") :].partition("（")[0].rstrip("/")
    finally:
        process.kill()
        process.communicate()


def trusting(region: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=keys.load(region).ca_pem)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_over_its_own_tls_until_it_is_stopped_and_stops_with_a_page_watching(
    stop: signal.Signals, region: Path
) -> None:
    with running(region) as (process, address), httpx.Client(verify=trusting(region), base_url=address) as client:
        assert client.get("/sign-in").status_code == 200
        answer = client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE})
        bearer = {"authorization": f"Bearer {answer.json()['token']}"}
        with client.stream("GET", "/events", headers=bearer) as stream:
            assert next(stream.iter_lines()).startswith("event: version")
            process.send_signal(stop)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert "记录都已存好" in out


def test_nobody_without_the_regions_authority_is_fooled_into_trusting_it(region: Path) -> None:
    with running(region) as (_, address), pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{address}/sign-in", trust_env=False)


def test_what_people_typed_is_not_on_the_standard_error(region: Path) -> None:
    with running(region) as (process, address), httpx.Client(verify=trusting(region), base_url=address) as client:
        client.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE})
        client.post("/api/session", json={"name": "admin", "passphrase": "a wrong one"})
        client.post("/sync/nobody", content=b"garbage")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert err == ""
    for secret in (PASSPHRASE, "a wrong one", "garbage"):
        assert secret not in out + err


def test_an_account_can_be_added_while_the_server_runs(region: Path) -> None:
    with running(region) as (_, address), httpx.Client(verify=trusting(region), base_url=address) as client:
        said = ortoo("central", "account", "add", region, "ji", "--role", "supervisor", typed="another passphrase")
        assert said.code == 0, said.err
        answer = client.post("/api/session", json={"name": "ji", "passphrase": "another passphrase"})
        assert answer.status_code == 201
    again = ortoo("central", "account", "add", region, "ji", "--role", "admin", typed="another passphrase")
    assert again.code == 1
    assert "ji" in again.err
    assert ortoo("verify", region).code == 0


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    people = (Person(id="u1", name="王春梅", roles=("applicant",), public=SHIPPED.key(b"p" * 32).public),)
    asked = Request(suite=SHIPPED.id, unit="lyj", unit_name="阿右旗林草局", public=NODE.public, people=people)
    (tmp_path / "request").write_bytes(sign_request(NODE, asked))
    return tmp_path / "request"


def test_a_grant_shows_what_is_asked_for_and_gives_the_next_number(region: Path, request_file: Path) -> None:
    out = request_file.with_name("grant")
    said = ortoo("enrol", "grant", region, request_file, "--out", out, "--url", "https://10.1.2.3:8443", "--yes")
    granted = read_grant(out.read_bytes())

    assert said.code == 0, said.err
    for word in ("阿右旗林草局", fingerprint(NODE.public), "王春梅", "用车申请人", fingerprint(granted.root_public)):
        assert word in said.out
    assert (granted.unit, granted.author, granted.url) == ("lyj", Author(1, 1), "https://10.1.2.3:8443")
    assert granted.ca_pem == keys.load(region).ca_pem
    assert granted.central_public == keys.load(region).central.public


def test_a_node_that_asks_again_keeps_its_number_and_another_gets_the_next(region: Path, request_file: Path) -> None:
    other = SHIPPED.key(b"o" * 32)
    asked = Request(suite=SHIPPED.id, unit="ejq", unit_name="额济纳旗水务局", public=other.public, people=())
    second = request_file.with_name("second")
    second.write_bytes(sign_request(other, asked))
    numbers = []
    for file in (request_file, request_file, second, request_file):
        assert ortoo("enrol", "grant", region, file, "--out", file.with_name("grant"), "--yes").code == 0
        numbers.append(read_grant(file.with_name("grant").read_bytes()).author.node)
    assert numbers == [1, 1, 1 + BLOCK, 1], "each grant opens a block, of which the unit hands out the rest itself"


def test_without_a_yes_nothing_is_granted(region: Path, request_file: Path) -> None:
    out = request_file.with_name("grant")
    assert ortoo("enrol", "grant", region, request_file, "--out", out).code != 0
    assert not out.exists()


def test_a_grant_that_cannot_be_written_spends_no_number(region: Path, request_file: Path) -> None:
    nowhere = request_file.with_name("missing") / "grant"
    assert ortoo("enrol", "grant", region, request_file, "--out", nowhere, "--yes").code == 2
    ortoo("enrol", "grant", region, request_file, "--out", request_file.with_name("grant"), "--yes")
    assert read_grant(request_file.with_name("grant").read_bytes()).author == Author(1, 1)


def test_a_request_that_was_altered_is_refused(region: Path, request_file: Path) -> None:
    data = request_file.read_bytes()
    request_file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    said = ortoo("enrol", "grant", region, request_file, "--out", request_file.with_name("grant"), "--yes")
    assert said.code == 1
    assert said.err
    assert not request_file.with_name("grant").exists()


def test_verify_says_in_plain_words_what_holds_and_names_what_does_not(region: Path, request_file: Path) -> None:
    ortoo("enrol", "grant", region, request_file, "--out", request_file.with_name("grant"), "--yes")
    whole = ortoo("verify", region)
    assert whole.code == 0
    assert "1 个单位、0 条记录全部属实" in whole.out

    from pysqlite3 import dbapi2

    database = dbapi2.connect(str(region / "core.db"), isolation_level=None)
    database.execute("UPDATE accounts SET role='supervisor'")
    database.close()

    broken = ortoo("verify", region, language="en")
    assert broken.code == 1
    assert "accounts admin" in broken.err


def test_a_rebuild_names_each_unit_it_made_anew(region: Path, request_file: Path) -> None:
    ortoo("enrol", "grant", region, request_file, "--out", request_file.with_name("grant"), "--yes")

    done = ortoo("central", "rebuild", region)

    assert (done.code, done.err) == (0, "")
    assert "已由 0 条记录重做" in done.out
