"""The laptop server on a Debian with nothing installed, as a release has it: API, app, files, and a restart.

    python3 tests/tools/bare_debian.py FOLDER [PROGRAM]

PROGRAM is the built server; without it, the system is made and nothing tried. FOLDER gets the smallest system of this Debian, by debootstrap, unless it is there. Only root can do that.
"""

import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PASSWORD = "correct-Horse-7-battery"
EMAIL = "ada@example.com"


def make_system(folder):
    """Makes the system, whole or not at all."""
    if folder.exists():
        return
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    # Its packages are unpacked and not set up: the program needs their files alone.
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    subprocess.run(
        ["debootstrap", "--foreign", "--variant=minbase", release, part],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    part.rename(folder)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The server in the folder, with nothing of this system's environment."""

    def __init__(self, folder, port):
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(folder / "srv/log", "ab+")
        self.process = subprocess.Popen(
            ["chroot", folder, "/usr/bin/env", "-i", "/srv/movies-dev", "--data", "/srv/data", "--port", str(port)],
            stdout=self.log,
            stderr=self.log,
        )
        self.until_ready()

    def until_ready(self):
        for _ in range(300):
            if self.process.poll() is not None:
                sys.exit(f"the server ended:\n{self.printed()}")
            try:
                return self.get("/Development/health")
            except urllib.error.URLError:
                time.sleep(0.1)
        sys.exit(f"the server does not answer:\n{self.printed()}")

    def printed(self):
        self.log.seek(0)
        return self.log.read().decode()

    def get(self, path, token=None):
        return self.send("GET", path, token=token)

    def send(self, method, path, body=None, token=None, content_type="application/json"):
        url = path if path.startswith("http") else self.url + path
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(url, data, method=method)
        if data is not None:
            request.add_header("content-type", content_type)
        if token:
            request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def api(self, method, path, body=None, token=None):
        answer = self.send(method, "/Development" + path, body, token)
        return json.loads(answer) if answer else None

    def sign_in(self):
        account = {"email": EMAIL, "password": PASSWORD}
        answer = self.api("POST", "/auth/sign-in", account)
        return answer["accessToken"]

    def end(self, by):
        self.process.send_signal(by)
        return self.process.wait(timeout=30)


def check(what, holds):
    print("ok  " if holds else "FAIL", what)
    if not holds:
        sys.exit(1)


def main():
    folder = pathlib.Path(sys.argv[1]).absolute()
    make_system(folder)
    if len(sys.argv) == 2:
        return
    program = pathlib.Path(sys.argv[2])
    shutil.rmtree(folder / "srv", ignore_errors=True)
    (folder / "srv").mkdir()
    shutil.copy(program, folder / "srv/movies-dev")
    port = free_port()
    server = Server(folder, port)
    page = server.get("/").decode()
    script = re.search(r"assets/[^\"]+\.js", page)[0]
    check("the app is served", len(server.get("/" + script)) > 10_000)
    account = {"email": EMAIL, "password": PASSWORD}
    server.api("POST", "/auth/sign-up", account)
    code = re.findall(r"\b\d{6}\b", server.printed())[-1]
    server.api("POST", "/auth/confirm-sign-up", account | {"code": code})
    token = server.sign_in()
    movie = server.api("POST", "/movies/add-movie", {"title": "Rush", "year": 2013}, token)
    check("the API signs up, signs in and adds a movie", movie["version"] == 1)
    file = b"\x89PNG\r\n\x1a\n"
    picture = server.api("PUT", "/me/pictures/p", {"contentType": "image/png", "size": len(file)}, token)
    server.send("PUT", picture["upload"]["url"], file, content_type="image/png")
    check("a picture is uploaded", server.get(picture["url"]) == file)

    server.end(signal.SIGKILL)
    server = Server(folder, port)
    token = server.sign_in()
    found = server.api("GET", "/movies/findbytitleandyear?title=Rush&year=2013", token=token)
    check("account and movie survive a killed server", found == movie)
    check("so does the picture", server.get(picture["url"]) == file)
    check("it ends when it is told to", server.end(signal.SIGTERM) == 0)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    main()
