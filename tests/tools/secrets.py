"""Looks for secrets in every line that any commit added.

detect-secrets knows how the keys and tokens of the usual services look. A line that looks like one and is none is listed in
secrets.txt with the reason: by its file, the kind, and the hash of the text.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

HERE = Path(__file__).parent
JUDGED = HERE / "secrets.txt"

# These go by the randomness of a text or by the name before it, and find the hashes and the examples that tests are full of.
BY_GUESS = {"Base64 High Entropy String", "Hex High Entropy String", "Secret Keyword", "Public IP (ipv4)"}

# A line that is longer is generated or packed.
LONGEST = 2000


def added_lines():
    """Each file and line that a commit added, once."""
    log = ["git", "log", "--all", "-p", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--format="]
    with subprocess.Popen(log, stdout=subprocess.PIPE, encoding="utf-8", errors="replace") as git:
        name, seen = "", set()
        for line in git.stdout:
            if line.startswith("+++ "):
                name = line[6:].rstrip("\n")
            elif line.startswith("+") and len(line) <= LONGEST and line not in seen:
                seen.add(line)
                yield name, line[1:]
    if git.returncode:
        sys.exit("git log failed")


def judged():
    """What was looked at and is no secret."""
    lines = [line.split("#")[0].split() for line in JUDGED.read_text().splitlines()]
    return {(line[0], line[-1]) for line in lines if line}


def main():
    detectors = [
        detector()
        for kind, detector in get_mapping_from_secret_type_to_class().items()
        if kind not in BY_GUESS
    ]
    known, found, looked_at = judged(), {}, 0
    for name, line in added_lines():
        looked_at += 1
        for detector in detectors:
            for secret in detector.analyze_string(line):
                digest = hashlib.sha256(secret.encode()).hexdigest()[:16]
                found[name, digest] = detector.secret_type
    if not looked_at:
        sys.exit("the history has no line: is this a git repository with its history?")
    new = {place: kind for place, kind in found.items() if place not in known}
    for (name, digest), kind in sorted(new.items()):
        kind = re.sub(r"\W+", "-", kind.lower())
        print(f"{name} {kind} {digest}")
    if new:
        sys.exit(
            f"The history has {len(new)} texts that look like secrets. Revoke each that is one, wherever it is from: whoever"
            f" has the repository has it. Add those that are none to {JUDGED.relative_to(HERE.parent.parent)}, with the reason."
        )
    print(f"{looked_at} lines of the history have no secret; {len(found)} texts look like one and were judged.")


main()
