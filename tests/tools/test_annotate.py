"""tools/annotate.py as a user runs it."""

import contextlib
import signal
import socket
import subprocess
import sys

import pytest
from annotation import odd_files
from annotation.live import Client, command, make_pictures, running, start


def tool(images, database, *flags):
    return subprocess.run(command(images, database, *flags), capture_output=True, text=True, timeout=60)


@pytest.fixture
def images(tmp_path):
    return make_pictures(tmp_path / "pictures", 2)


@contextlib.contextmanager
def taken_port():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def free_port():
    with taken_port() as port:
        return port


def test_a_second_start_goes_on(images, tmp_path):
    database = tmp_path / "a.db"
    with running(images, database) as live:
        first, password = live.invitation, live.password
        anna = Client(live.url).join(first)
        anna.mark()
    make_pictures(images, 3)
    with running(images, database) as live:
        assert live.invitation == first and live.password is None
        Client(live.url).log_in(password)
        anna.url, anna.connection = live.url, Client(live.url).connection
        assert anna.good("GET", "/api/me")["done"] == 1
        assert anna.good("POST", "/api/next")["left"] == 1
    with running(images, database, "--new_admin_password") as live:
        assert live.password not in (None, password)
        assert Client(live.url).call("POST", "/api/admin/login", {"password": password})[0] == 401
        Client(live.url).log_in(live.password)


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with running(tmp_path / "empty", tmp_path / "a.db"):
        assert "empty: holds no pictures; put some there and start again" in (tmp_path / "a.db.log").read_text()


def test_no_flag_is_named_that_there_is_not(images, tmp_path):
    (images / "text.png").write_text("no picture")
    (tmp_path / "marks.json").write_text('[{"file_name": "0000.png"}]')
    run = tool(images, tmp_path / "a.db", f"--import_annotations={tmp_path / 'marks.json'}")
    picture, entry = run.stderr.splitlines()
    assert picture.endswith("; replace it") and entry.endswith("; mend the entry")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (odd_files.other_program, "is a database of another program; name another --database"),
        (odd_files.newer, "was written by a newer version of this tool; update pose_anime"),
        (odd_files.no_database, "is no database; name another --database"),
        (odd_files.folder, "cannot be used"),
    ],
)
def test_a_database_that_is_not_ours(images, tmp_path, make, told):
    make(tmp_path / "a.db")
    assert_told(tool(images, tmp_path / "a.db", "--port=0"), told)


def test_a_port_that_is_taken(images, tmp_path):
    with taken_port() as port:
        done = tool(images, tmp_path / "a.db", f"--port={port}")
    assert_told(done, f"cannot listen at 127.0.0.1:{port}")
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--images=none"], "none: is no folder"),
        (["--images="], "name the folder of the pictures"),
        (["--host=no.such.host.invalid"], "cannot listen at no.such.host.invalid:0"),
        (["--public_url=annotate.example.org"], "write it as https://"),
        (["--public_url=https://example.org/path"], "write it as https://"),
        (["--trusted_proxy=*"], "write it as 127.0.0.1"),
        (["--database=none/a.db"], "there is no folder none"),
        (["--model=none"], "none"),
        (["picture.png"], "unexpected argument picture.png"),
    ],
)
def test_mistakes(images, tmp_path, flags, told):
    assert_told(tool(images, tmp_path / "a.db", "--port=0", *flags), told)


def assert_told(done, told):
    assert done.returncode == 1, done
    assert told in done.stderr and done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


def test_ctrl_c(images, tmp_path):
    live = start(images, tmp_path / "a.db")
    live.process.send_signal(signal.SIGINT)
    assert live.process.wait(20) == 130
    log = (tmp_path / "a.db.log").read_text()
    assert "Traceback" not in log and log.splitlines()[-1] == "interrupted"


def test_without_encryption_it_says_so(images, tmp_path):
    with running(images, tmp_path / "a.db", "--host=0.0.0.0"):
        log = (tmp_path / "a.db.log").read_text()
    assert "without encryption" in log and "--public_url=https://" in log
    with running(images, tmp_path / "b.db"):
        assert "warning" not in (tmp_path / "b.db.log").read_text()


@pytest.fixture
def behind_a_proxy(images, tmp_path):
    """A client of a server that has a proxy with TLS before it: the client is the proxy."""
    port, site = free_port(), "https://annotate.example.org"
    flags = (f"--port={port}", f"--public_url={site}/", "--trusted_proxy=127.0.0.1")
    process = subprocess.Popen(command(images, tmp_path / "a.db", *flags), stdout=subprocess.PIPE, text=True)
    invitation, admin, _ = (process.stdout.readline().split(": ", 1)[1].strip() for _ in range(3))
    assert invitation.startswith(f"{site}/join/") and admin == f"{site}/admin"
    client = Client(f"http://127.0.0.1:{port}")
    client.wait()
    client.url, client.invitation = site, invitation.rsplit("/", 1)[1]
    yield client
    process.terminate()
    process.wait(20)
    process.stdout.close()


def test_behind_https_cookies_and_links_are_for_https(behind_a_proxy):
    client = behind_a_proxy
    joining = {"token": client.invitation, "name": "Anna"}
    assert client.call("POST", "/api/join", joining, {"Origin": "http://annotate.example.org"})[0] == 403
    status, headers, _ = client.request("POST", "/api/join", joining, {"Host": "annotate.example.org"})
    assert status == 200 and "max-age" in headers["Strict-Transport-Security"]
    cookies = headers.get_all("Set-Cookie")
    assert len(cookies) == 2
    assert all(cookie.startswith("__Host-") and "Secure" in cookie and "Path=/;" in cookie for cookie in cookies)
    assert client.good("GET", "/api/me")["personal_link"].startswith("https://annotate.example.org/resume/")
    assert client.call("GET", "/api/me", headers={"Host": "evil.example"})[0] == 400


def test_the_trusted_proxy_says_who_is_asking(behind_a_proxy):
    def log_in(address):
        return behind_a_proxy.call("POST", "/api/admin/login", {"password": "wrong"}, {"X-Forwarded-For": address})[0]

    # What a client writes itself comes first; what the proxy adds comes last.
    statuses = [log_in(f"10.0.0.{number}, 203.0.113.1") for number in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert log_in("203.0.113.2") == 401


def test_without_a_model_there_is_no_tensorflow():
    program = (
        "import sys\n"
        "from pose_anime.annotation import admin, exchange, intake, server, web\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
