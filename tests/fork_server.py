"""Programs that need TensorFlow, forked from a process that has it loaded: seconds of processor time saved each.

`run` stands for `subprocess.run`: the same streams, environment, folder and exit status. What a program does before it
loads TensorFlow, and that it does so late, is for tests that start one with `subprocess`. So are programs that draw:
Mesa and TensorFlow crash in one process.
"""

import contextlib
import functools
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

STREAMS = 3
TIMEOUT = 1800  # seconds: more than the longest one takes beside other work


def run(command: Sequence[str | os.PathLike], input: str = "") -> subprocess.CompletedProcess:
    """Runs a script of this Python to its end.

    Args:
        command: the script and its arguments.
        input: what it reads from standard input.

    Raises TimeoutError.
    """
    request = {"command": command, "env": dict(os.environ), "cwd": os.getcwd()}
    with contextlib.ExitStack() as stack:
        # Files, since somebody would have to read pipes.
        streams = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(STREAMS)]
        streams[0].write(input)
        connection, _ = _server()
        for file in streams:
            file.seek(0)
        socket.send_fds(connection, [json.dumps(request, default=os.fspath).encode()], [s.fileno() for s in streams])
        try:
            status = int(connection.recv(100))
        except TimeoutError:
            _server.cache_clear()  # this one's answer would be taken for that of the next
            raise
        for file in streams:
            file.seek(0)
        return subprocess.CompletedProcess(command, status, streams[1].read(), streams[2].read())


@functools.cache
def _server() -> tuple[socket.socket, subprocess.Popen]:
    """The server, which ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(TIMEOUT)
    with theirs:
        return ours, subprocess.Popen([sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()])


def serve(connection: socket.socket) -> dict:
    """Forks a child for each request, one at a time; comes back in the child, with the request."""
    while True:
        data, streams, *_ = socket.recv_fds(connection, 1 << 20, STREAMS)
        if not data:
            sys.exit()
        child = os.fork()
        if not child:
            connection.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            return json.loads(data)
        for stream in streams:
            os.close(stream)
        connection.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def become(request: dict) -> None:
    """Runs the script in place of this one, as the interpreter would."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = request["command"]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    from pose_anime.quiet import import_tensorflow

    import_tensorflow()
    become(serve(socket.socket(fileno=int(sys.argv[1]))))
