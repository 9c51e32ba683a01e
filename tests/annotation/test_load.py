"""Many volunteers at once while the server is killed again and again: nothing acknowledged is lost."""

import itertools
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from annotation.live import make_pictures, start

VOLUNTEERS = Path(__file__).with_name("volunteers.py")
K = 2


def simulate(folder, images, people, seconds, pause, kills, sleepy=0.0, lease_minutes=30):
    """Runs volunteers against the tool, which is killed and started again at even distances; the journal's lines."""
    flags = (f"--annotations_per_image={K}", f"--lease_minutes={lease_minutes}")
    pictures, database = make_pictures(folder / "pictures", images), folder / "a.db"
    live = start(pictures, database, *flags)
    journal = folder / "journal.jsonl"
    options = f"--people={people}", f"--seconds={seconds}", f"--pause={pause}", f"--sleepy={sleepy}"
    # A token may begin with "-".
    volunteers = subprocess.Popen([sys.executable, VOLUNTEERS, *options, "--", live.url, live.invitation, journal])
    try:
        for _ in range(kills):
            with pytest.raises(subprocess.TimeoutExpired):  # they are still at it
                volunteers.wait(seconds / (kills + 1))
            live.kill()
            live = start(pictures, database, f"--port={urlsplit(live.url).port}", *flags)
        assert volunteers.wait(seconds + 60) == 0
    finally:
        volunteers.kill()
        live.kill()
    return [json.loads(line) for line in journal.read_text().splitlines()]


def check(database, lines):
    """Every acknowledged save is there, in full and once; finished is finished; no image has more than K."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows = {row["id"]: row for row in connection.execute("SELECT * FROM annotations")}
    saves = sorted((line for line in lines if line["what"] == "save"), key=lambda line: line["annotation"])
    for annotation, of_it in itertools.groupby(saves, key=lambda line: line["annotation"]):
        of_it = sorted(of_it, key=lambda line: line["revision"])
        assert [line["revision"] for line in of_it] == list(range(1, len(of_it) + 1)), annotation
        row = rows[annotation]
        assert (row["revision"], row["last_save"]) == (len(of_it), of_it[-1]["save"]), annotation
        assert json.loads(row["points"]) == of_it[-1]["points"], annotation
    for line in lines:
        if line["what"] in ("finish", "skip"):
            assert rows[line["annotation"]]["state"] == {"finish": "done", "skip": "skipped"}[line["what"]]
    query = "SELECT count(*) FROM annotations WHERE state = 'done' GROUP BY image"
    assert max(count for (count,) in connection.execute(query)) <= K


def figures(lines):
    """What a run was like, in numbers; times of saves by the try that was answered."""
    saves = [line for line in lines if line["what"] == "save"]
    times = sorted(line["ms"] for line in saves)
    return {
        "saves": len(saves),
        "sent_again": sum(line["tries"] > 1 for line in saves),
        "finished": sum(line["what"] == "finish" for line in lines),
        "lost_places": sum(line["what"] == "lost" for line in lines),
        "ms": {name: round(times[int(share * len(times))], 1) for name, share in (("p50", 0.5), ("p99", 0.99))},
        "ms_longest": round(times[-1], 1),
        "load": os.getloadavg(),
    }


def test_ten_volunteers_and_a_killed_server(tmp_path):
    lines = simulate(tmp_path, images=60, people=10, seconds=10, pause=0.15, kills=1)
    check(tmp_path / "a.db", lines)
    numbers = figures(lines)
    assert numbers["saves"] > 100 and numbers["sent_again"] and numbers["finished"] > 5, numbers


@pytest.mark.slow
def test_fifty_volunteers_and_a_server_killed_three_times(tmp_path, capsys):
    lines = simulate(tmp_path, images=500, people=50, seconds=300, pause=2.0, kills=3, sleepy=45, lease_minutes=0.5)
    check(tmp_path / "a.db", lines)
    numbers = figures(lines)
    with capsys.disabled():
        print(json.dumps(numbers))
    assert numbers["saves"] >= 5000 and numbers["lost_places"], numbers
    assert numbers["ms"]["p99"] <= 100, numbers
