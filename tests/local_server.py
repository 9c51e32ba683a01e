"""Servers of the standard library that run beside a test."""

import contextlib
import threading


@contextlib.contextmanager
def running(server):
    """Serves in a thread until the end of the block; gives the server."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
