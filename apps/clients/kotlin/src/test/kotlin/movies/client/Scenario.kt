package movies.client

import java.util.UUID
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlin.time.TimeSource
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.encodeToJsonElement
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

private const val PASSWORD = "Correct-Horse-7-Battery"
private val NOTHING = JsonObject(emptyMap())

/** The beginning of each file that is uploaded: that of a PNG. */
private val PNG = byteArrayOf(0x89.toByte(), 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** One run of a scenario, with a client of its own. */
internal class Scenario(
    address: String,
    private val json: JsonObject,
    private val checks: AtomicInteger,
) {
    private val wire = Wire(address)
    private val storage = MemoryTokenStorage()
    private val clock = ShiftedClock()
    private val client = MoviesClient("$address/Development", storage, clock = clock)

    private val run = UUID.randomUUID().toString()
    private val email = "kotlin-$run@example.com"
    private val variables = mutableMapOf<String, JsonElement>(
        "run" to JsonPrimitive(run),
        "email" to JsonPrimitive(email),
        "password" to JsonPrimitive(PASSWORD),
    )

    /** What no text of an error may hold. */
    private val secrets = mutableSetOf(PASSWORD, "signature=")

    /** The challenge that came last. */
    private var challenge: Challenge? = null

    suspend fun run() {
        json.allow("name", "as", "steps")
        wire.reset()
        when (val user = json["as"]?.text ?: "nobody") {
            "nobody" -> {}
            "fresh" -> signUp()
            else -> throw AssertionError("no user $user")
        }
        json.getValue("steps").jsonArray.forEachIndexed { index, step ->
            try {
                take(step.jsonObject)
            } catch (failure: Throwable) {
                val where = "${json.getValue("name")}, step $index, $step"
                throw AssertionError("$where: ${failure.message ?: failure}", failure)
            }
        }
    }

    private suspend fun signUp() {
        client.api.signUp(SignUpRequest(email, PASSWORD, "Fresh"))
        client.api.confirmSignUp(ConfirmSignUpRequest(email, wire.code(email), PASSWORD))
        expect("sign-in", SignInStep.Done, client.accounts.signIn(email, PASSWORD))
        wire.reset()
    }

    /** Takes one step. */
    private suspend fun take(step: JsonObject) {
        when (step.keys.first()) {
            "call", "upload", "account", "all" -> attempt(step)
            "parallel" -> parallel(step)
            "cancel" -> cancel(step)
            "faults" -> wire.post("faults", filled(step.only("faults")))
            "wire" -> tool(step)
            "session" -> session(step.only("session").jsonObject)
            "clock" -> clock.shift = step.only("clock").jsonPrimitive.long.seconds
            "requests" -> requests(filled(step.only("requests")).jsonObject)
            else -> throw AssertionError("no such step")
        }
    }

    private suspend fun parallel(step: JsonObject) = coroutineScope {
        step.allow("parallel", "step")
        repeat(step.getValue("parallel").jsonPrimitive.int) {
            launch(Dispatchers.Default) { take(step.getValue("step").jsonObject) }
        }
    }

    private suspend fun cancel(step: JsonObject) = coroutineScope {
        step.allow("cancel", "step")
        val after = step.getValue("cancel").jsonObject.only("afterMs").jsonPrimitive.long
        var thrown: Throwable? = null
        val job = launch(Dispatchers.Default) {
            try {
                result(step.getValue("step").jsonObject)
            } catch (error: Throwable) {
                thrown = error
            }
        }
        delay(after.milliseconds)
        job.cancel()
        withTimeoutOrNull(2.seconds) { job.join() } ?: throw AssertionError("it goes on")
        if (thrown !is CancellationException) throw AssertionError("it ended with $thrown")
    }

    private suspend fun tool(step: JsonObject) {
        step.allow("wire", "query", "body", "is", "save")
        val tool = step.getValue("wire").text
        val query = filled(step["query"] ?: NOTHING).jsonObject.mapValues { it.value.text }
        val body = step["body"]
        val answer = if (body == null) wire.get(tool, query) else wire.post(tool, filled(body))
        step["is"]?.let {
            expectContained(tool, filled(it), answer)
            checks.incrementAndGet()
        }
        save(step, answer)
    }

    private suspend fun session(wanted: JsonObject) {
        wanted.allow("state", "accessToken", "refreshToken", "save")
        wanted["state"]?.let { state ->
            val names = mapOf(
                "signedIn" to SessionState.SIGNED_IN,
                "signedOut" to SessionState.SIGNED_OUT,
            )
            expect("state", names.getValue(state.text), client.session.state())
            checks.incrementAndGet()
        }
        suspend fun stored() = storage.load() ?: throw AssertionError("there are no tokens")
        wanted["accessToken"]?.let {
            storage.save(stored().copy(accessToken = filled(it).text))
        }
        wanted["refreshToken"]?.let {
            storage.save(stored().copy(refreshToken = filled(it).text))
        }
        if ("save" in wanted) {
            val tokens = stored()
            save(
                wanted,
                buildJsonObject {
                    put("accessToken", tokens.accessToken)
                    put("refreshToken", tokens.refreshToken)
                    put("idToken", tokens.idToken)
                },
            )
        }
    }

    private suspend fun requests(wanted: JsonObject) {
        wanted.allow("request", "count", "oneKey", "query", "authorization", "body")
        val name = wanted.getValue("request").text
        val journal = wire.requests()
        val sent = journal.filter { it.getValue("request").text == name }
        wanted["count"]?.let { expect("count of $name", it.jsonPrimitive.int, sent.size) }
        if (wanted["oneKey"]?.jsonPrimitive?.boolean == true) {
            val keys = sent.map { it["key"] }.toSet()
            if (keys.size != 1 || JsonNull in keys) throw AssertionError("the keys are $keys")
        }
        wanted["query"]?.let { query ->
            sent.forEach { expect("query", query, it.getValue("query")) }
        }
        wanted["authorization"]?.let { authorization ->
            sent.forEach { expect("authorization", authorization, it.getValue("authorization")) }
        }
        wanted["body"]?.let { body -> expectSame("body", body, sent.last().getValue("body")) }
        checks.incrementAndGet()
    }

    /** Makes a call, and compares what comes of it with `is` or `fails`. */
    private suspend fun attempt(step: JsonObject) {
        remember()
        val start = TimeSource.Monotonic.markNow()
        val outcome = try {
            Result.success(result(step))
        } catch (error: MoviesError) {
            Result.failure(error)
        }
        remember()
        step["within"]?.let { within ->
            val took = start.elapsedNow()
            if (took > within.jsonPrimitive.long.milliseconds) throw AssertionError("took $took")
        }
        val fails = step["fails"]
        if (fails == null) {
            val result = outcome.getOrThrow()
            step["is"]?.let { check(filled(it).jsonObject, result) }
            save(step, result)
        } else {
            val error = outcome.exceptionOrNull() as MoviesError?
                ?: throw AssertionError("expected $fails, got ${outcome.getOrThrow()}")
            check(filled(fails).jsonObject, error)
        }
        if (fails != null || "is" in step) checks.incrementAndGet()
    }

    /** Keeps the tokens in mind, for the texts of errors. */
    private suspend fun remember() {
        val tokens = storage.load() ?: return
        synchronized(secrets) {
            secrets += setOf(tokens.accessToken, tokens.idToken, tokens.refreshToken)
        }
    }

    /** What a `call`, an `account` or an `all` gives. */
    private suspend fun result(step: JsonObject): JsonObject = when (step.keys.first()) {
        "call" -> call(step)
        "upload" -> upload(step)
        "account" -> account(step)
        "all" -> all(step)
        else -> throw AssertionError("no such call")
    }

    private suspend fun call(step: JsonObject): JsonObject {
        step.allow("call", "path", "query", "body", "options", "is", "fails", "save", "within")
        fun part(name: String) = filled(step[name] ?: NOTHING).jsonObject
        val answer = client.api.call(
            step.getValue("call").text,
            part("path"),
            part("query"),
            part("body"),
            options(part("options")),
        )
        return buildJsonObject {
            put("status", answer.status)
            answer.value?.let { put("value", it) }
            answer.etag?.let { put("etag", it) }
            answer.requestId?.let { put("requestId", it) }
            put("replayed", answer.replayed)
        }
    }

    private suspend fun upload(step: JsonObject): JsonObject {
        step.allow("upload", "is", "fails", "save", "within")
        val input = filled(step.getValue("upload")).jsonObject
        input.allow("pictureId", "contentType", "size")
        val file = PNG.copyOf(input.getValue("size").jsonPrimitive.int)
        val contentType = PictureContentTypeInput(input.getValue("contentType").text)
        val picture = when (val id = input["pictureId"]) {
            null -> client.uploadPicture(file, contentType)
            else -> client.uploadPicture(file, contentType, id.text)
        }
        return buildJsonObject { put("value", Json.encodeToJsonElement(picture)) }
    }

    private fun options(json: JsonObject): CallOptions {
        json.allow("idempotencyKey", "ifMatch", "ifNoneMatch", "timeLimitMs")
        return CallOptions(
            idempotencyKey = json["idempotencyKey"]?.text,
            ifMatch = json["ifMatch"]?.text,
            ifNoneMatch = json["ifNoneMatch"]?.text,
            timeLimit = json["timeLimitMs"]?.jsonPrimitive?.long?.milliseconds,
        )
    }

    private suspend fun all(step: JsonObject): JsonObject {
        step.allow("all", "query", "take", "is", "fails", "save", "within")
        val query = filled(step["query"] ?: NOTHING).jsonObject
        val take = step["take"]?.jsonPrimitive?.int ?: Int.MAX_VALUE
        val items = client.api.all(step.getValue("all").text, query).take(take).toList()
        return buildJsonObject {
            put("count", items.size)
            put("items", JsonArray(items))
        }
    }

    private suspend fun account(step: JsonObject): JsonObject {
        step.allow("account", "with", "is", "fails", "save", "within")
        val with = filled(step["with"] ?: NOTHING).jsonObject
        fun text(name: String) = with.getValue(name).text
        fun challenge() = challenge ?: throw AssertionError("no challenge came")
        val accounts = client.accounts
        val next = when (val name = step.getValue("account").text) {
            "signIn" -> accounts.signIn(text("email"), text("password"))
            "signInWithPasskey" -> accounts.signInWithPasskey(text("email"))
            "answerTotp" -> accounts.answerTotp(challenge(), text("code"))
            "answerNewPassword" -> accounts.answerNewPassword(challenge(), text("password"))
            "answerPasskey" -> accounts.answerPasskey(challenge(), wire)
            "addPasskey" -> accounts.addPasskey(text("currentPassword"), wire)
            "hosted" -> hosted(text("redirectUri"), with["provider"]?.text, text("email"))
            "signOut" -> accounts.signOut()
            "signOutEverywhere" -> accounts.signOutEverywhere()
            "deleteAccount" -> accounts.deleteAccount(DeleteMyAccountMovies(text("movies")))
            else -> throw AssertionError("no account method $name")
        }
        return buildJsonObject {
            when (next) {
                SignInStep.Done -> put("step", "done")
                is SignInStep.Challenge -> {
                    challenge = next.challenge
                    put("step", "challenge")
                    put("challenge", next.challenge.name)
                }
                is SignInStep.Unknown -> put("step", "unknown")
            }
        }
    }

    private suspend fun hosted(redirectUri: String, provider: String?, email: String): SignInStep {
        val attempt = client.accounts.startHostedSignIn(redirectUri, provider)
            ?: throw AssertionError("there is no hosted sign-in")
        client.accounts.finishHostedSignIn(attempt, wire.callback(attempt.url, email))
        return SignInStep.Done
    }

    private fun check(wanted: JsonObject, result: JsonObject) {
        wanted.allow("status", "value", "absent", "noValue", "replayed", "etag", *ELSEWHERE)
        for ((name, value) in wanted) {
            when (name) {
                "absent" -> value.jsonArray.forEach {
                    val there = result.getValue("value").jsonObject[it.text]
                    if (there != null) throw AssertionError("$it is there: $there")
                }
                "noValue" -> if ("value" in result) throw AssertionError("a value: $result")
                "etag" -> if ("etag" !in result) throw AssertionError("no entity tag: $result")
                else -> expectContained(name, value, result[name])
            }
        }
    }

    private fun check(wanted: JsonObject, error: MoviesError) {
        wanted.allow("error", "status", "type", "field", "retryAfter", "requestId", "timedOut")
        val text = error.stackTraceToString()
        synchronized(secrets) { secrets.toList() }.forEach { secret ->
            if (secret in text) throw AssertionError("a secret is in the text of the error")
        }
        expect("error", wanted.getValue("error").text, error::class.simpleName)
        val problem = error as? ProblemError
        wanted["status"]?.let {
            val status = (error as? UnexpectedAnswerError)?.status
                ?: (error as? UploadRefusedError)?.status
                ?: problem?.status
            expect("status", it.jsonPrimitive.int, status)
        }
        wanted["type"]?.let { expect("type", it.text, problem?.problem?.type) }
        wanted["field"]?.let { field ->
            val fields = problem?.problem?.errors.orEmpty().map { it.field }
            if (field.text !in fields) throw AssertionError("expected $field, got $fields")
        }
        wanted["retryAfter"]?.let {
            expect("retryAfter", it.jsonPrimitive.long.seconds, problem?.retryAfter)
        }
        if ("requestId" in wanted) {
            error.requestId ?: throw AssertionError("no request id")
        }
        wanted["timedOut"]?.let {
            expect("timedOut", it.jsonPrimitive.boolean, (error as? NetworkError)?.timedOut)
        }
    }

    /** Saves members of a result into variables, as the step says. */
    private fun save(step: JsonObject, result: JsonElement) {
        for ((path, variable) in step["save"]?.jsonObject.orEmpty()) {
            val value = path.split('.').fold(result) { json, name ->
                val member = when (json) {
                    is JsonArray -> json.getOrNull(name.toInt())
                    is JsonObject -> json[name]
                    else -> null
                }
                member ?: throw AssertionError("no $path in $result")
            }
            variables[variable.text] = value
        }
    }

    /** The JSON with its variables filled in. */
    private fun filled(json: JsonElement): JsonElement = when (json) {
        is JsonObject -> JsonObject(json.mapValues { filled(it.value) })
        is JsonArray -> JsonArray(json.map(::filled))
        is JsonPrimitive -> if (json.isString) filled(json.content) else json
    }

    private fun filled(text: String): JsonElement {
        fun value(name: String) = variables[name] ?: throw AssertionError("no variable $name")
        VARIABLE.matchEntire(text)?.let { return value(it.groupValues[1]) }
        return JsonPrimitive(VARIABLE.replace(text) { value(it.groupValues[1]).text })
    }

    private companion object {
        /** What `is` may say of an `account` and an `all`. */
        val ELSEWHERE = arrayOf("step", "challenge", "count", "items")
        val VARIABLE = Regex("""\$\{(\w+)\}""")
    }
}

/** The clock of the system, moved. */
private class ShiftedClock : Clock {
    @Volatile
    var shift: Duration = Duration.ZERO

    override fun now(): Instant = Clock.System.now() + shift
}

private val JsonElement.text: String get() = jsonPrimitive.content

/** Fails if there is a name that the runner does not know. */
private fun JsonObject.allow(vararg names: String) {
    val unknown = keys - names.toSet()
    if (unknown.isNotEmpty()) throw AssertionError("unknown: $unknown")
}

/** The value of the only member. */
private fun JsonObject.only(name: String): JsonElement {
    allow(name)
    return getValue(name)
}

private fun expect(what: String, expected: Any?, got: Any?) {
    if (expected != got) throw AssertionError("$what: expected $expected, got $got")
}

/** Fails unless the members that are expected are there and equal. Others may be there. */
private fun expectContained(path: String, expected: JsonElement, got: JsonElement?) {
    if (expected is JsonObject && got is JsonObject) {
        for ((name, value) in expected) expectContained("$path.$name", value, got[name])
    } else {
        expectSame(path, expected, got)
    }
}

private fun expectSame(path: String, expected: JsonElement, got: JsonElement?) {
    if (normal(expected) != got?.let(::normal)) {
        throw AssertionError("$path: expected $expected, got $got")
    }
}

/** The JSON with all numbers written alike. */
private fun normal(json: JsonElement): Any = when (json) {
    is JsonObject -> json.mapValues { normal(it.value) }
    is JsonArray -> json.map(::normal)
    is JsonPrimitive -> json.content.takeUnless { json.isString }?.toDoubleOrNull() ?: json
}
