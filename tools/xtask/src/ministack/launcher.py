"""Starts MiniStack, ends it with whoever started it, and adds what this version lacks."""

import functools
import importlib.metadata
import os
import re
import runpy
import signal
import sys
import threading

# What is wrapped below is no public interface: a newer version is to be looked at first.
VERSION = "1.5.33"


def end_with_parent():
    """The parent holds the other end of the standard input, and lets go of it however it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def substitute_stage_variables(invoke):
    """API Gateway replaces ${stageVariables.name} in an integration's URI; MiniStack looks for a function named so."""

    @functools.wraps(invoke)
    async def with_variables(integration, api_id, stage_name, stage, *args, **named):
        variables = stage.get("variables") or {}
        uri = re.sub(
            r"\$\{stageVariables\.(\w+)\}",
            lambda match: variables.get(match.group(1), ""),
            integration.get("uri") or "",
        )
        return await invoke({**integration, "uri": uri}, api_id, stage_name, stage, *args, **named)

    return with_variables


def as_encrypted(pin_request_origin):
    """AWS takes connections with TLS alone, which MiniStack has none of; policies ask whether there was."""

    @functools.wraps(pin_request_origin)
    def encrypted(address, _):
        return pin_request_origin(address, True)

    return encrypted


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    version = importlib.metadata.version("ministack")
    if version != VERSION:
        sys.exit(f"launcher.py wraps MiniStack {VERSION}, and this is {version}")
    from ministack import app
    from ministack.services import apigateway_v1

    app.pin_request_origin = as_encrypted(app.pin_request_origin)
    apigateway_v1._invoke_lambda_proxy_v1 = substitute_stage_variables(apigateway_v1._invoke_lambda_proxy_v1)
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


main()
