"""What `schemathesis.toml` cannot say. Loaded by path, so Schemathesis runs in the root of the repository."""

import copy
import hashlib
import os
import re
import sys
import unicodedata
from pathlib import Path

import jsonschema_rs
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import UseAfterFree

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
    ("putWatchlistEntry", 404): {"watchlist-entry-not-found"},
    ("putWatchlistEntry", 412): {"version-mismatch"},
    ("updateWatchlistEntry", 404): {"watchlist-entry-not-found"},
    ("updateWatchlistEntry", 412): {"version-mismatch"},
    ("deleteWatchlistEntry", 404): {"watchlist-entry-not-found"},
    ("deleteWatchlistEntry", 412): {"version-mismatch"},
    ("putPicture", 404): {"picture-not-found"},
    ("putPicture", 412): {"version-mismatch"},
    ("deletePicture", 404): {"picture-not-found"},
    ("deletePicture", 412): {"version-mismatch"},
    ("signUp", 400): {"weak-password"},
    ("confirmSignUp", 400): {"weak-password", "wrong-code"},
    ("signIn", 401): {"wrong-credentials"},
    ("signIn", 403): {"account-not-confirmed"},
    # The responses do not fit the challenge.
    ("respondToChallenge", 400): {"invalid-request"},
    ("respondToChallenge", 401): {"session-ended"},
    # No browser brought the code, or what no schema says: the redirect URI is an address.
    ("exchangeCode", 400): {"invalid-request", "wrong-code"},
    ("refreshTokens", 401): {"session-ended"},
    ("changePassword", 400): {"weak-password"},
    ("changePassword", 403): {"wrong-current-password"},
    ("changeEmail", 403): {"wrong-current-password"},
    ("setUpTotp", 403): {"wrong-current-password"},
    ("startPasskeyRegistration", 403): {"wrong-current-password"},
    # No device made it with the options of a registration that waits.
    ("addPasskey", 400): {"invalid-request"},
    ("turnOffTotp", 403): {"wrong-current-password"},
    ("resetPassword", 400): {"weak-password", "wrong-code"},
    ("verifyEmail", 400): {"wrong-code"},
    ("verifyTotp", 400): {"wrong-code"},
}
TOO_MANY = {"too-many-attempts"}

# The schemas of the bodies of operations that accept more than they say, as the description of addMovie tells: null for
# a member that is not required. `before_load_schema` finds them: the resources whose updates have a member `clear`.
ACCEPTS_MORE = {}
IN_INFO = {
    "plot": "info",
    "release_date": "releaseDate",
    "image_url": "imageUrl",
    "running_time_secs": "runningTimeSeconds",
}

# The document before it is narrowed.
DOCUMENT = {}

# What the patterns of the document leave out, because regular expressions disagree on how to write it: noncharacters
# and invisible characters beyond U+FFFF.
UNSAID = re.compile(
    "[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
    + "]"
)
TEXTS = {"title", "titlePrefix", "q", "genre", "info", "directors", "actors", "genres", "name", "deviceName", "note"}
# A URL that no parser refuses. The document's pattern says only what it must not have.
PLAIN_URL = r"^[Hh][Tt][Tt][Pp][Ss]?://[a-z]{1,20}(\.[a-z]{1,20}){0,3}(:[0-9]{1,4})?(/([!$&-;=@-Z_a-z~]|%[0-9A-F]{2})*)?$"

schemathesis.openapi.format("entity-tags", st.from_regex(ENTITY_TAG, fullmatch=True))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The coverage phase writes only letters and digits into headers unless it knows the format; an entity tag has
    quotes. Without this it sends `If-Match: 0` as valid, and then every other fault in the request hides behind it."""
    DOCUMENT.update(copy.deepcopy(raw_schema))
    bodies = {
        operation["operationId"]: (operation["tags"], reference.rsplit("/", 1)[1])
        for path in raw_schema["paths"].values()
        for operation in path.values()
        if (reference := operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("$ref"))
    }
    tags = [tags for tags, schema in bodies.values() if "clear" in body_schema(schema)["properties"]]
    ACCEPTS_MORE.update((operation, schema) for operation, (of, schema) in bodies.items() if of in tags)
    raw_schema["components"]["schemas"]["EntityTags"]["format"] = "entity-tags"
    # The example is the tag of no movie in the store; with it every update would end in 412.
    raw_schema["components"]["parameters"]["IfMatch"]["example"] = "*"
    raw_schema["components"]["schemas"]["ImageUrlInput"]["pattern"] = PLAIN_URL


def body_schema(name):
    return DOCUMENT["components"]["schemas"][name]


def removable(operation):
    """The members that an operation removes by their names, if it is an update of some members."""
    members = body_schema(ACCEPTS_MORE[operation])["properties"] if operation in ACCEPTS_MORE else {}
    names = members.get("clear", {}).get("items", {}).get("$ref")
    return body_schema(names.rsplit("/", 1)[1])["enum"] if names else []


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_id(case)
    new_key_for_each_request(case)
    if operation in ENDS_THE_SESSION:
        accounts.spare_the_user(case)
    if not is_positive(case):
        return
    for part in (case.query, case.body):
        if isinstance(part, dict):
            keep_to_what_texts_may_have(part)
    if case.query and "cursor" in case.query or operation == "listMovies":
        make_list_query_consistent(case)
    if removable(operation) and isinstance(case.body, dict):
        make_removal_consistent(operation, case.body)
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
        digest = hashlib.sha256(repr((case.operation.label, case.path_parameters, case.body)).encode("utf-8", "surrogatepass")).hexdigest()
        case.headers["Idempotency-Key"] = key[:48] + digest[:16]


def keep_to_what_texts_may_have(members):
    """What no pattern says."""

    def visible(text):
        return UNSAID.sub("", text) or "A"

    for name in TEXTS & members.keys():
        value = members[name]
        if isinstance(value, str) and UNSAID.search(value):
            members[name] = visible(value)
        elif isinstance(value, list):
            members[name] = [visible(entry) for entry in value]


def make_list_query_consistent(case):
    """What no schema says: a cursor comes from the service, so an invented one is never valid; the first of these
    parameters says which others can be given; and some texts have nothing that is compared."""
    case.query.pop("cursor", None)
    given = [name for name in ("year", "q", "titlePrefix", "genre", "sort") if name in case.query]
    for name in given[1:]:
        if (given[0], name) not in (("year", "titlePrefix"), ("genre", "sort")):
            del case.query[name]
    if "genre" in case.query and str(case.query.get("sort")).endswith("rank"):
        del case.query["sort"]
    for name in {"q", "titlePrefix", "genre"} & case.query.keys():
        case.query[name] = "A" + str(case.query[name])[1:]


def make_removal_consistent(operation, body):
    """What no schema says: a member is not set and removed at once, and something is to be done."""
    if "clear" in body:
        body["clear"] = [name for name in body["clear"] if name not in body]
    key = body_schema(ACCEPTS_MORE[operation]).get("required", [])
    if not body.get("clear") and body.keys() <= {*key, "clear"}:
        body["clear"] = [removable(operation)[0]]


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


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A body that is accepted though its schema refuses it may be one of those that addMovie describes. And a preflight
    asks what a path allows, whatever is there (https://fetch.spec.whatwg.org/#cors-preflight-fetch)."""
    if case.method.upper() == "OPTIONS":
        return not isinstance(failure, (AcceptedNegativeData, UseAfterFree))
    if not isinstance(failure, AcceptedNegativeData):
        return True
    component = case.meta.components.get(ParameterLocation.BODY)
    if component is None or not component.mode.is_negative:
        return True
    operation = operation_id(case)
    if operation not in ACCEPTS_MORE or not isinstance(case.body, dict):
        return True
    name = ACCEPTS_MORE[operation]
    schema = {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "components": DOCUMENT["components"]}
    optional = body_schema(name)["properties"].keys() - body_schema(name).get("required", [])
    return not jsonschema_rs.Draft4Validator(schema).is_valid(as_documented(operation, case.body, optional))


def as_documented(operation, body, optional):
    """The body in the way of its schema, which says the same."""
    body = dict(body)
    changes = bool(removable(operation))
    year = body.get("year")
    if isinstance(year, str) and re.fullmatch("[0-9]{4}", year):
        body["year"] = int(year)
    removes = False
    info = body.get("info")
    if isinstance(info, dict) and "info" in optional:
        removes = changes
        del body["info"]
        for name, value in info.items():
            name = IN_INFO.get(name, name if name in ("directors", "actors", "genres", "rating", "rank") else "unknown")
            body["unknown" if name in body else name] = value
        if isinstance(date := body.get("releaseDate"), str) and "release_date" in info:
            body["releaseDate"] = date[:10]
    for name in [name for name, value in body.items() if value is None and name in optional]:
        removes = changes
        del body[name]
    if removes:
        body.setdefault("clear", [])
    return {name: plain(name, value) for name, value in body.items()}


def plain(name, value):
    """A value as it is kept."""
    if isinstance(value, list):
        return [plain(name, entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and name != "imageUrl":
        return unicodedata.normalize("NFC", value if name == "info" else value.strip())
    return value


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
