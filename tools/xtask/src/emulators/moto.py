"""Starts moto, and ends it with whoever started it. Requests are carried out one at a time."""

import os
import signal
import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


def end_with_parent():
    """The parent holds the other end of the standard input, and lets go of it however it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGKILL)


class OneAtATime:
    """moto takes several requests at a time, and its transactions then lose each other's writes: a failed one puts back whole tables."""

    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()

    def __call__(self, environment, start_response):
        with self.lock:
            return list(self.application(environment, start_response))


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    application = DomainDispatcherApplication(create_backend_app)
    application.debug = False
    run_simple("127.0.0.1", int(sys.argv[1]), OneAtATime(application), threaded=True, request_handler=Quiet)


main()
