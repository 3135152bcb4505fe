"""What a confined process can still do, asked of real processes: each layer that is said to hold does hold."""

import subprocess
import sys

import pytest

from mediation_server.materials.confinement import LAYERS

CONFINED = """
import sys
from pathlib import Path
from mediation_server.materials.confinement import confine, library_paths
here = Path(sys.argv[1])
allowed, target = here / "in.txt", here / "out"
print(*confine([*library_paths(), allowed], target), flush=True)
try:
    exec(sys.argv[2])
except Exception as error:
    print(type(error).__name__)
else:
    print("ok")
"""


def confined(tmp_path, code):
    """The layers that hold, and what became of the code after that: `ok`, or the name of the error."""
    (tmp_path / "in.txt").write_text("in")
    (tmp_path / "out").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    asked = [sys.executable, "-c", CONFINED, str(tmp_path), code]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    layers, said = done.stdout.splitlines()
    return layers.split(), said


@pytest.mark.parametrize(
    "code",
    [
        "assert allowed.read_text() == 'in'",
        "(target / 'p0001.jpg').write_text('x'); (target / 'p0001.jpg').unlink()",
        "import json, colorsys, wave",
        "import threading; one = threading.Thread(target=int); one.start(); one.join()",
    ],
)
def test_it_reads_its_file_and_libraries_and_writes_its_directory(tmp_path, code):
    assert confined(tmp_path, code)[1] == "ok"


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("landlock", "(here / 'secret.txt').read_text()"),
        ("landlock", "list(here.iterdir())"),
        ("landlock", "Path('/etc/passwd').read_text()"),
        ("landlock", "(here / 'new.txt').write_text('x')"),
        ("landlock", "allowed.write_text('x')"),
        ("seccomp", "import socket; socket.socket()"),
        ("seccomp", "import socket; socket.socketpair()"),
        ("seccomp", "import os; os.execv('/bin/true', ['true'])"),
        ("seccomp", "import os; os.kill(os.getppid(), 0)"),
    ],
)
def test_it_does_nothing_else_where_the_system_permits_the_layer(tmp_path, layer, code):
    layers, said = confined(tmp_path, code)
    assert set(layers) <= set(LAYERS)
    if layer in layers:  # an old kernel, or a container, may not; `doctor` says so
        assert said == "PermissionError"
