"""The clock of a measurement is shifted for a command and all that it starts, and nothing else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, subprocess, sys, threading, time
from datetime import datetime
from pathlib import Path
from bench import clock
clock.shift(datetime.fromisoformat("2023-06-13T09:00:00+07:00"))
began = time.monotonic()
time.sleep(0.2)
threading.Event().wait(0.2)
waited = time.monotonic() - began
child = subprocess.run(["date", "+%Y-%m-%d"], env={"TZ": "Asia/Ho_Chi_Minh"}, capture_output=True, text=True)
new = Path(sys.argv[1])
new.touch()
print(json.dumps([datetime.now().timestamp(), waited, child.stdout.strip(), new.stat().st_mtime]))
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_it_is_another_day_for_a_command_its_children_and_its_files(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "new")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    now, waited, day, made = json.loads(done.stdout)
    begun = 1686621600.0  # 2023-06-13T09:00:00+07:00
    assert begun <= made <= now < begun + 60
    assert day == "2023-06-13"
    assert 0.4 <= waited < 5
