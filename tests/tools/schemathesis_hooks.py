"""What `schemathesis.toml` cannot say. Loaded by path, so Schemathesis runs in the root of the repository."""

import hashlib
import re

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import Failure

ENTITY_TAG = re.compile(r'\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*")*')
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,64}")

# The refusals that a request may get although its schema allows it, because they depend on what is stored or on a
# rule that no schema can say. Each comes with the only problem type that explains it.
EXPLAINED = {
    ("listMovies", 400): "/problems/invalid-request",
    ("updateMovie", 412): "/problems/version-mismatch",
    ("deleteMovie", 412): "/problems/version-mismatch",
    ("signUp", 400): "/problems/weak-password",
    ("confirmSignUp", 400): "/problems/wrong-code",
}

schemathesis.openapi.format("entity-tags", st.from_regex(ENTITY_TAG, fullmatch=True))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The coverage phase writes only letters and digits into headers unless it knows the format; an entity tag has
    quotes. Without this it sends `If-Match: 0` as valid, and then every other fault in the request hides behind it."""
    raw_schema["components"]["schemas"]["EntityTags"]["format"] = "entity-tags"


@schemathesis.hook
def before_call(context, case, kwargs):
    """A new key for each operation and body: the coverage phase uses one key for many bodies, and all but the first
    would be refused as a reused key. The same request again keeps its key, and so is a retry."""
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and IDEMPOTENCY_KEY.fullmatch(key):
        digest = hashlib.sha256(repr((case.operation.label, case.body)).encode("utf-8", "surrogatepass")).hexdigest()
        case.headers["Idempotency-Key"] = key[:48] + digest[:16]


class UnexplainedRefusal(Failure):
    """A valid request was refused for a reason that it does not give rise to."""

    def __init__(self, *, operation, message):
        super().__init__(operation=operation, title="Valid request refused without a cause", message=message)


@schemathesis.check
def refusal_is_explained(ctx, response, case):
    """`schemathesis.toml` lets some operations refuse valid requests; this holds them to the reason for it."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw.get("operationId")
    expected = EXPLAINED.get((operation, response.status_code))
    if expected is None:
        return
    problem = response.json()
    if problem["type"] != expected:
        raise UnexplainedRefusal(operation=operation, message=f"{problem['type']} instead of {expected}")
    if operation == "listMovies":
        # An invented cursor is never one of ours, and a prefix needs a year.
        query = case.query or {}
        causes = {"cursor"} & set(query)
        if "titlePrefix" in query and "year" not in query:
            causes.add("year")
        fields = {error["field"] for error in problem["errors"]}
        if not fields or not fields <= causes:
            raise UnexplainedRefusal(operation=operation, message=f"Fields {fields}, expected {causes}")
