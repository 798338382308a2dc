"""What `schemathesis.toml` cannot say. Loaded by path, so Schemathesis runs in the root of the repository."""

import hashlib
import os
import re
import sys
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import Failure

sys.path.append(str(Path(__file__).parent))
import schemathesis_accounts as accounts

ENTITY_TAG = re.compile(r'\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*"){0,9}')
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,64}")
SECRET = re.compile(rb'("(?:accessToken|idToken|refreshToken|session|secret|otpauthUri)"\s*:\s*")[^"]*')

NEEDS_A_MOVIE = ("findMovie", "updateMovie", "deleteMovie")

# After these, the user of the run would have no session, or no account.
ENDS_THE_SESSION = ("deleteMyAccount", "signOutEverywhere")

# The refusals that a request may get although its schema allows it, because they depend on what is stored or on a
# rule that no schema can say. Each comes with the problem types that explain it.
EXPLAINED = {
    ("updateMovie", 412): {"version-mismatch"},
    ("deleteMovie", 412): {"version-mismatch"},
    ("signUp", 400): {"weak-password"},
    ("confirmSignUp", 400): {"wrong-code"},
    ("signIn", 401): {"wrong-credentials"},
    ("signIn", 403): {"account-not-confirmed"},
    # The responses do not fit the challenge.
    ("respondToChallenge", 400): {"invalid-request"},
    ("respondToChallenge", 401): {"session-ended"},
    ("refreshTokens", 401): {"session-ended"},
    ("changePassword", 400): {"weak-password"},
    ("changePassword", 403): {"wrong-current-password"},
    ("resetPassword", 400): {"weak-password", "wrong-code"},
    ("verifyEmail", 400): {"wrong-code"},
    ("verifyTotp", 400): {"wrong-code"},
}
TOO_MANY = {"too-many-attempts"}

schemathesis.openapi.format("entity-tags", st.from_regex(ENTITY_TAG, fullmatch=True))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The coverage phase writes only letters and digits into headers unless it knows the format; an entity tag has
    quotes. Without this it sends `If-Match: 0` as valid, and then every other fault in the request hides behind it."""
    raw_schema["components"]["schemas"]["EntityTags"]["format"] = "entity-tags"
    # The example is the tag of no movie in the store; with it every update would end in 412.
    raw_schema["components"]["parameters"]["IfMatch"]["example"] = "*"


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_id(case)
    new_key_for_each_request(case)
    if operation in ENDS_THE_SESSION:
        accounts.spare_the_user(case)
    if not is_positive(case):
        return
    if operation in ("listMovies", "exportMyData"):
        make_list_query_consistent(case)
    if case.method == "POST" and operation in NEEDS_A_MOVIE:
        add_the_movie_meant(case)
    accounts.prepare(operation, case)


@schemathesis.hook
def after_call(context, case, response):
    """Schemathesis prints the answer of a failing call, and hides secrets only in requests."""
    response.content = SECRET.sub(rb"\1[Filtered]", response.content)


def new_key_for_each_request(case):
    """The coverage phase uses one key for many bodies, and all but the first would be refused as a reused key. The
    same request again keeps its key, and so is a retry."""
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and IDEMPOTENCY_KEY.fullmatch(key):
        digest = hashlib.sha256(repr((case.operation.label, case.body)).encode("utf-8", "surrogatepass")).hexdigest()
        case.headers["Idempotency-Key"] = key[:48] + digest[:16]


def make_list_query_consistent(case):
    """What no schema says: a cursor comes from the service, so an invented one is never valid, and titlePrefix needs
    year."""
    case.query.pop("cursor", None)
    if "titlePrefix" in case.query:
        case.query.setdefault("year", 2016)


def add_the_movie_meant(case):
    """Titles are invented, so without this nearly every change would end in 404."""
    answer = requests.post(
        f"{case.operation.base_url.rstrip('/')}/movies/add-movie",
        json={"title": case.body["title"], "year": case.body["year"]},
        headers={"Authorization": f"Bearer {os.environ['API_TOKEN']}"},
        timeout=10,
    )
    assert answer.status_code in (201, 409), f"cannot add {case.body['title']!r}: {answer.status_code} {answer.text}"


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


class UnexplainedRefusal(Failure):
    """A valid request was refused for a reason that it does not give rise to."""

    def __init__(self, *, operation, message):
        super().__init__(operation=operation, title="Valid request refused without a cause", message=message)


@schemathesis.check
def refusal_is_explained(ctx, response, case):
    """`schemathesis.toml` lets some operations refuse valid requests; this holds them to the reason for it."""
    operation = operation_id(case)
    expected = TOO_MANY if response.status_code == 429 else EXPLAINED.get((operation, response.status_code))
    if expected is None or not is_positive(case):
        return
    problem = response.json()["type"].removeprefix("/problems/")
    if problem not in expected:
        raise UnexplainedRefusal(operation=operation, message=f"{problem} instead of {' or '.join(sorted(expected))}")
