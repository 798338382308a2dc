"""Requests with a dead token, over one kept connection: each is answered 401, and none fails.

    python dead_token.py BASE_URL COUNT BYTES
"""

import collections
import sys

import requests

base, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
headers = {"Authorization": "Bearer dead", "Content-Type": "application/json"}
seen = collections.Counter()
with requests.Session() as session:
    session.trust_env = False
    for _ in range(count):
        try:
            answer = session.post(f"{base}/movies/add-movie", data=b" " * size, headers=headers, timeout=30)
            seen[answer.status_code] += 1
        except requests.RequestException as error:
            seen[type(error).__name__] += 1
print(f"requests, {size} bytes: {dict(seen)}")
sys.exit(seen != {401: count})
