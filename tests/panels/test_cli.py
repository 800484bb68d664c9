"""The command line, as somebody types it."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vitrail as vt
from vitrail.cli import commands, plain, run, size_of
from vitrail.registry import Registry

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Carries out a command line: (exit code, stdout, stderr)."""

    def carry_out(*words: str | Path, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return carry_out


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions of one artifact."""
    root = tmp_path_factory.mktemp("store")
    for rows in (2, 3):
        with vt.init(project="p", job_type="make", name="maker", store=root) as made:
            artifact = vt.Artifact("cats", "dataset", "all cats", {"rows": rows})
            artifact.add(vt.Table(columns=["n"], data=[[n] for n in range(rows)]), "table")
            made.log_artifact(artifact)
    return root


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    return capsys


# The store's own commands


def test_ls_lists_every_version(store: Path, out: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "--store", str(store)]) == 0
    lines = [re.split(r"\s{3,}", line) for line in out.readouterr().out.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [("dataset", "cats:v0"), ("dataset", "cats:v1")]
    assert "latest" in lines[1][2]


def test_show_tells_what_an_artifact_holds(store: Path, out: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "cats:v1", "--store", str(store)]) == 0
    text = out.readouterr().out
    facts = dict(re.split(r"\s{3,}", line) for line in text.split("\n\n")[0].splitlines())
    assert facts["artifact"] == "cats:v1"
    assert facts["description"] == "all cats"
    assert facts["metadata"] == '{"rows": 3}'
    assert facts["made by"] == "maker"
    assert re.split(r"\s{3,}", text.split("\n\n")[1])[:2] == ["table", "table"]


def test_verify_names_what_is_damaged(store: Path, out: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--store", str(store)]) == 0
    assert out.readouterr().out == "all is as it was logged\n"
    blob = next(path for path in (store / "blobs").rglob("*") if path.is_file())
    whole = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(b"x" + whole[1:])
    try:
        assert run(["verify", "--store", str(store)]) == 1
        assert str(blob) in out.readouterr().out
    finally:
        blob.write_bytes(whole)


def test_gc_removes_what_dead_writers_left_and_nothing_else(
    store: Path, out: pytest.CaptureFixture[str]
) -> None:
    left = store / "tmp" / "dead"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(bytes(2048))
    os.utime(left, (0, 0))
    assert run(["gc", "--store", str(store)]) == 0
    assert out.readouterr().out == "removed 1 files, 2.0 kB\n"
    assert not left.exists()
    assert run(["verify", "--store", str(store)]) == 0


def test_plugins_tells_who_draws_what_and_who_failed(
    out: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('no such device')")
    about = tmp_path / "broken-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[vitrail]\nbroken_plugin = broken_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert run(["plugins"]) == 1
    text = out.readouterr().out
    assert re.search(r"^vitrail_panels   vitrail \d", text, re.MULTILINE)
    assert re.search(r"^  number +draws +Number$", text, re.MULTILINE)
    assert re.search(r"^broken_plugin   broken 1\.2   FAILED: .*no such device", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ls", "--store", "nowhere"], 1, r"^vitrail: no store at '.*nowhere'; log something"),
        (["show", "dogs"], 1, r"^vitrail: no artifact 'dogs' in the store .*; there are: cats"),
        (["show", "cats:v9"], 1, r"^vitrail: no version or alias 'v9' of 'cats'"),
        (["nonsense"], 2, r"No such command 'nonsense'"),
        (["ls", "--nonsense"], 2, r"No such option: --nonsense"),
        (["serve", "--address", "0.0.0.0"], 1, r"^vitrail: whoever reaches 0\.0\.0\.0 could read"),
        (["serve", "--port", "65536"], 1, r"^vitrail: a port is a number from 0 to 65535, got 65536"),
        (["serve", "--users", "nowhere"], 1, r"^vitrail: no file of users at .*vitrail password"),
    ],
)
def test_a_mistake_is_one_clear_line(
    typed: Typed, store: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.setenv("VITRAIL_HOME", str(store))
    ended, out, err = typed(*words)
    assert (ended, out) == (code, "")
    assert re.search(said, err, re.MULTILINE)
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1 or code == 2


def test_a_process_of_its_own_ends_as_the_command_does(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "vitrail", "ls", "--store", str(tmp_path / "new")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("vitrail: no store at")
    assert list(tmp_path.iterdir()) == []  # looking makes none


def test_what_a_stranger_wrote_moves_no_cursor() -> None:
    assert plain("a\x1b[2Jb\r\x07c\u202ed") == "a\ufffd[2Jb\ufffd\ufffdc\ufffdd"


def test_sizes_are_told_in_words() -> None:
    sizes = (0, 1023, 1024, 1536, 5 * 1024**3, 3 * 1024**5)
    assert [size_of(n) for n in sizes] == ["0 B", "1023 B", "1.0 kB", "1.5 kB", "5.0 GB", "3072.0 TB"]


def test_a_plugin_adds_a_command(out: pytest.CaptureFixture[str]) -> None:
    class Greeting:
        @vt.hookimpl
        def vitrail_commands(self, commands: object) -> None:
            commands.command("greet")(lambda: print("hello"))  # type: ignore[attr-defined]

    registry = Registry()
    registry.register(Greeting())
    commands(registry)(args=["greet"], standalone_mode=False)
    assert out.readouterr().out == "hello\n"


# The frame's commands


@pytest.fixture
def served(store: Path) -> Iterator["subprocess.Popen[str]"]:
    command = ["serve", "--store", str(store), "--port", "0", "--no-open"]
    process = subprocess.Popen(
        [sys.executable, "-m", "vitrail", *command], stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
    assert found
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_at_the_address_it_prints_and_ends_quietly(
    served: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    page = address(served)
    with urllib.request.urlopen(page + "healthz", timeout=30) as answer:
        assert answer.read() == b'{"ok": true}'
    with urllib.request.urlopen(page, timeout=30) as answer:
        assert answer.status == 200
    served.send_signal(number)
    assert served.wait(60) == 0


def test_serve_on_a_port_in_use_says_which_and_what_to_do(
    typed: Typed, store: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command, root in (("serve", store), ("demo", tmp_path / "store")):
            code, _, err = typed(command, "--store", root, "--port", str(port), "--no-open")
            assert code == 1
            assert err.strip() == (
                f"vitrail: port {port} is in use at 127.0.0.1; end what listens there, "
                "or choose another with --port (0 picks a free one)"
            )
    assert list(tmp_path.iterdir()) == []  # told before the work


def test_password_adds_and_changes_users(typed: Typed, tmp_path: Path) -> None:
    from vitrail_panels.users import Users

    users = tmp_path / "users"
    for name, secret in (("ada", "first password"), ("bob", "his password"), ("ada", "new password")):
        code, out, err = typed("password", name, "--users", users, "--stdin", given=secret + "\n")
        assert (code, err) == (0, "")
        assert f"{name} may log in" in out
    known = Users(users)
    assert known.names() == ("ada", "bob")
    assert known.check("ada", "new password")
    assert not known.check("ada", "first password")
    assert known.check("bob", "his password")


def test_a_password_that_is_too_short_changes_nothing(typed: Typed, tmp_path: Path) -> None:
    code, _, err = typed("password", "ada", "--users", tmp_path / "users", "--stdin", given="short\n")
    assert (code, err) == (1, "vitrail: a password has at least 8 letters, got 5\n")
    assert list(tmp_path.iterdir()) == []
