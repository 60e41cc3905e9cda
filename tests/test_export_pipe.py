"""`arena export redact` as a process: what goes in, what comes out, what it says and returns."""

import json
import signal
import subprocess
import sys

from typer.testing import CliRunner

from export.cli import app
from tests.process_fixture import heeding_interrupts

COMMAND = [sys.executable, "-c", "from export.cli import app; app()", "redact"]


def piped(given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(COMMAND, input=given, capture_output=True, timeout=60, check=False)


def test_a_line_comes_out_redacted_with_its_findings() -> None:
    done = piped('{"id": "q1", "text": "Grüß dich, ann@example.org"}\n'.encode())
    assert json.loads(done.stdout) == {
        "id": "q1",
        "text": "Grüß dich, <EMAIL>",
        "findings": [{"kind": "email", "start": 11, "end": 26}],
    }
    assert (done.returncode, done.stderr) == (0, b"")


def test_order_ids_and_blank_lines_are_handled_and_other_fields_left_out() -> None:
    done = piped(b'\xef\xbb\xbf{"id":2,"text":"b","mail":"x@y.org"}\r\n\n{"id":"1","text":""}')
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [
        {"id": 2, "text": "b", "findings": []},
        {"id": "1", "text": "", "findings": []},
    ]
    assert done.returncode == 0


def test_line_separators_inside_a_text_do_not_split_it() -> None:
    done = piped('{"id":1,"text":"a\u2028b\\nc"}\n'.encode())
    assert json.loads(done.stdout)["text"] == "a\u2028b\nc"


def test_bad_lines_are_named_by_number_never_shown_and_stop_nothing() -> None:
    bad = [b"secret-9", b"[1]", b'{"id":1}', b'{"text":"a"}', b'{"id":true,"text":"a"}', b"\xff"]
    done = piped(b"\n".join([*bad, b'{"id":7,"text":"ok"}']))
    assert json.loads(done.stdout)["id"] == 7
    said = done.stderr.decode().splitlines()
    assert [line.split(":")[1] for line in said[:6]] == [f" line {n}" for n in range(1, 7)]
    assert said[6].endswith("6 lines were left out; mend and redact again")
    assert b"secret" not in done.stderr
    assert done.returncode == 1


def test_a_text_that_is_no_unicode_is_a_bad_line() -> None:
    done = piped(b'{"id":1,"text":"\\ud800"}')
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"line 1: not JSON" in done.stderr


def test_a_reader_that_leaves_early_hears_no_complaint() -> None:
    line = b'{"id":1,"text":"' + b"a" * 1000 + b'"}\n'
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(line * 50)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_each_line_is_answered_at_once_and_an_interrupt_is_quiet() -> None:
    with subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_interrupts,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b'{"id":1,"text":"a"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 130


def test_help_shows_an_example_and_what_becomes_of_bad_lines() -> None:
    shown = CliRunner().invoke(app, ["redact", "--help"]).output
    assert "arena export redact < texts.jsonl" in shown
    assert "exit code 1" in " ".join(shown.replace("│", " ").split())


def test_loading_the_command_loads_no_detector() -> None:
    code = "import sys, export.cli; print('phonenumbers' in sys.modules, 'orjson' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


def test_every_public_name_is_importable() -> None:
    import export

    assert all(getattr(export, name).__module__.startswith("export.") for name in export.__all__)
    assert export.__all__ == sorted(export.__all__)
