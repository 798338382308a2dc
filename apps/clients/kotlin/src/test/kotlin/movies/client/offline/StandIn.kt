package movies.client.offline

import java.io.IOException
import java.util.TreeMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.io.encoding.Base64
import kotlin.math.max
import kotlin.random.Random
import kotlin.time.Instant
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import movies.client.TokenResponse
import okhttp3.Interceptor
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.Response
import okhttp3.ResponseBody.Companion.toResponseBody
import okio.Buffer

private const val DAY = 86_400_000L

/** A fault, as `scenarios.md` describes it. */
@Serializable
internal data class Fault(
    val request: String,
    val `do`: String,
    val times: Int = 1,
    val after: Int = 0,
    val ms: Long = 0,
    val status: Int = 500,
    val headers: Map<String, String> = emptyMap(),
    val body: String = "",
)

/** A request, as the server reads it. */
internal class Call(
    val method: String,
    val path: String,
    val query: Map<String, String> = emptyMap(),
    val headers: Map<String, String> = emptyMap(),
    val body: JsonObject? = null,
) {
    val request get() = "$method $path"
    val key get() = headers["Idempotency-Key"]
    val ifMatch get() = headers["If-Match"]
}

/** What it answers. */
internal class Reply(
    val status: Int,
    val body: JsonElement? = null,
    val headers: Map<String, String> = emptyMap(),
)

private class Refusal(val status: Int, val type: String) : Exception(type)

private data class Item(
    val owner: String,
    val fields: JsonObject,
    val version: Int,
    val createdAt: Long,
    val updatedAt: Long,
) {
    val etag get() = "\"$version-${createdAt.toString(16)}\""
}

private class Log(val epoch: Int) {
    /** The keys that changed, in their order. */
    val keys = ArrayList<String>()

    /** How many of them the relay has passed on. */
    var visible = 0
}

private class Known(val fingerprint: String, val reply: Reply, val expiresAt: Long)

@Serializable
private data class FeedCursor(
    val epoch: Int,
    val scope: String,
    val position: Int,
    val after: String? = null,
)

private class Noun(
    val notFound: String,
    val resource: String,
    val members: Set<String>,
    val lists: Set<String> = emptySet(),
)

private val MOVIES = Noun(
    "movie-not-found",
    "movie",
    setOf("info", "rating", "rank", "genres", "directors", "actors"),
    setOf("genres", "directors", "actors"),
)
private val WATCHLIST = Noun(
    "watchlist-entry-not-found",
    "watchlistEntry",
    setOf("title", "year", "note", "watched", "rating"),
)

/** A small server in memory: the writes, the finds and the feeds of movies and watchlists, with faults. */
internal class StandIn {
    var pollAfterSeconds = 30

    /** False: changes are in the feed when [relay] is called. */
    var relaysAtOnce = true

    /** True: items have a member that the client does not know. */
    var hasNews = false

    /** The clock of the server, in milliseconds since 1970. */
    @Volatile
    var now: () -> Long = System::currentTimeMillis

    /** How often each item was added: `movies 2013 Rush`. */
    val additions = HashMap<String, Int>()

    private class ActiveFault(val fault: Fault) {
        var left = fault.times
        var before = fault.after
    }

    private class Hold {
        val reached = CountDownLatch(1)
        val released = CountDownLatch(1)
    }

    private val items = HashMap<String, TreeMap<String, Item>>()
    private val logs = HashMap<String, Log>()
    private val known = HashMap<String, Known>()
    private val faults = ArrayList<ActiveFault>()
    private val journal = ArrayList<Call>()
    private val held = HashMap<String, Hold>()
    private var ticks = 0L
    private var epochs = 0

    val requests: List<Call> get() = synchronized(this) { journal.toList() }

    fun addFaults(more: List<Fault>) = synchronized(this) {
        more.mapTo(faults) { ActiveFault(it) }
        Unit
    }

    fun clearFaults() = synchronized(this) { faults.clear() }

    fun reset() = synchronized(this) {
        journal.clear()
        faults.clear()
    }

    /** The stream lost something: every cursor has expired. */
    fun resetFeeds() = synchronized(this) { logs.clear() }

    /** Passes changes on to the feeds; some of them twice. */
    fun relay(random: Random? = null) = synchronized(this) {
        for (log in logs.values) {
            if (random != null && log.keys.isNotEmpty() && random.nextDouble() < 0.2) {
                log.keys += log.keys.last()
            }
            log.visible = log.keys.size
        }
    }

    /** All items of a scope, as answers have them: `movies` or `watchlist ada`. */
    fun all(scope: String): List<JsonObject> = synchronized(this) {
        scope(scope).map { (key, item) -> shown(scope, key, item) }
    }

    /** Keeps the answer to the next such request until it is released. */
    fun hold(request: String): Pair<() -> Unit, () -> Unit> {
        val hold = Hold()
        synchronized(this) { held[request] = hold }
        val reached = { check(hold.reached.await(20, TimeUnit.SECONDS)) { "no $request came" } }
        return reached to hold.released::countDown
    }

    /** Answers in place of the network. */
    fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        val call = read(request)
        val fault = synchronized(this) {
            journal += call
            take(call.request)
        }
        when (fault?.`do`) {
            "drop" -> throw IOException("dropped")
            "answer" -> return response(request, fault.status, fault.body, fault.headers)
            "delay" -> Thread.sleep(fault.ms)
        }
        if (chain.call().isCanceled()) throw IOException("cancelled")
        val reply = answer(call)
        synchronized(this) { held.remove(call.request) }?.let { hold ->
            hold.reached.countDown()
            check(hold.released.await(20, TimeUnit.SECONDS)) { "nobody released it" }
        }
        if (fault?.`do` == "lose") throw IOException("the answer is lost")
        return response(request, reply.status, reply.body?.toString().orEmpty(), reply.headers)
    }

    /** Answers, without a fault and without a note in the journal. */
    fun answer(call: Call): Reply = synchronized(this) {
        try {
            route(call)
        } catch (refusal: Refusal) {
            val problem = buildJsonObject {
                put("type", "/problems/${refusal.type}")
                put("title", "A problem")
                put("status", refusal.status)
                put("detail", "")
                put("instance", "id")
            }
            Reply(refusal.status, problem)
        }
    }

    private fun take(name: String): Fault? {
        for (each in faults) {
            if (each.fault.request != name || each.left == 0) continue
            if (each.before > 0) {
                each.before -= 1
                continue
            }
            each.left -= 1
            return each.fault
        }
        return null
    }

    private fun route(call: Call): Reply {
        if (call.path == "/auth/refresh") {
            val token = call.body!!.getValue("refreshToken").jsonPrimitive.content
            val tokens = tokensOf(token.removePrefix("refresh-"))
            return Reply(200, Json.encodeToJsonElement(TokenResponse.serializer(), tokens))
        }
        if (call.path == "/auth/sign-out") return Reply(204)
        val token = call.headers["Authorization"].orEmpty()
        if (!token.startsWith("Bearer access-")) throw Refusal(401, "unauthorized")
        val user = token.removePrefix("Bearer access-")
        if (call.path == "/movies/changes") return feed("movies", call)
        if (call.path == "/me/watchlist/changes") return feed("watchlist $user", call)
        val body = call.body ?: JsonObject(emptyMap())
        if (call.path.startsWith("/me/watchlist/")) {
            val operation = when (call.method) {
                "GET" -> "find"
                "PUT" -> "put"
                "PATCH" -> "update"
                else -> "delete"
            }
            val key = call.path.removePrefix("/me/watchlist/")
            return operate(operation, call, user, "watchlist $user", key, body)
        }
        val operation = when (call.path) {
            "/movies/add-movie" -> "add"
            "/movies/update-movie" -> "update"
            "/movies/delete-movie" -> "delete"
            "/movies/findbytitleandyear" -> "find"
            else -> throw Refusal(404, "not-found")
        }
        val title = body.getValue("title").jsonPrimitive.content.trim()
        if (title.isEmpty()) throw Refusal(400, "invalid-request")
        val key = "${body.getValue("year").jsonPrimitive.int} $title"
        val members = JsonObject(body - "title" - "year")
        return operate(operation, call, user, "movies", key, members)
    }

    private fun operate(
        operation: String,
        call: Call,
        user: String,
        scope: String,
        key: String,
        members: JsonObject,
    ): Reply {
        val noun = noun(scope)
        if (operation == "find") {
            val item = scope(scope)[key] ?: throw Refusal(404, noun.notFound)
            return reply(200, shown(scope, key, item))
        }
        val fingerprint = listOf(operation, scope, key, members, call.ifMatch).toString()
        val record = known["$user ${call.key}"]
        if (record != null && record.expiresAt > now()) {
            if (record.fingerprint != fingerprint) throw Refusal(422, "idempotency-key-reused")
            val (status, body) = record.reply.status to record.reply.body
            return Reply(status, body, record.reply.headers + ("Idempotent-Replayed" to "true"))
        }
        validate(noun, members)
        val reply = write(operation, user, scope, key, members, call.ifMatch)
        val log = log(scope)
        log.keys += key
        if (relaysAtOnce) log.visible = log.keys.size
        known["$user ${call.key}"] = Known(fingerprint, reply, now() + DAY)
        return reply
    }

    private fun write(
        operation: String,
        user: String,
        scope: String,
        key: String,
        members: JsonObject,
        ifMatch: String?,
    ): Reply {
        val noun = noun(scope)
        val items = scope(scope)
        val item = items[key]
        val moment = tick()
        if (item == null) {
            if (operation != "add" && (operation != "put" || ifMatch != null)) {
                throw Refusal(404, noun.notFound)
            }
            val made = Item(user, members, 1, moment, moment)
            items[key] = made
            additions.merge("$scope $key", 1, Int::plus)
            return reply(201, shown(scope, key, made))
        }
        if (operation == "add") throw Refusal(409, "movie-exists")
        if (item.owner != user) throw Refusal(403, "forbidden")
        if (ifMatch != null && ifMatch != item.etag) throw Refusal(412, "version-mismatch")
        if (operation == "delete") {
            items.remove(key)
            return Reply(204)
        }
        val clear = members["clear"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }.toSet()
        val set = members - "clear"
        val fields = if (operation == "put") set else item.fields + set
        val changed = item.copy(
            fields = JsonObject(fields - clear),
            version = item.version + 1,
            updatedAt = moment,
        )
        items[key] = changed
        return reply(200, shown(scope, key, changed))
    }

    private fun validate(noun: Noun, members: JsonObject) {
        for ((name, value) in members) {
            val isKnown = name == "clear" || name in noun.members
            val rating = (value as? JsonPrimitive)?.doubleOrNull
            val isRating = name == "rating" && rating != null && rating !in 0.0..10.0
            val isNote = name == "note" && value.jsonPrimitive.content.length > 1000
            if (!isKnown || isRating || isNote || value is JsonNull) {
                throw Refusal(400, "invalid-request")
            }
        }
    }

    private fun feed(scope: String, call: Call): Reply {
        val log = log(scope)
        val limit = call.query["limit"]?.toInt() ?: 100
        // A snapshot remembers where the log is before it reads the first item.
        val cursor = call.query["since"]?.let(::decode)
            ?: FeedCursor(log.epoch, scope, log.visible, after = "")
        if (cursor.scope != scope) throw Refusal(400, "invalid-request")
        if (cursor.epoch != log.epoch || cursor.position > log.visible) {
            throw Refusal(410, "cursor-expired")
        }
        if (cursor.after != null) {
            val rest = scope(scope).tailMap(cursor.after, false).keys
            val some = rest.take(limit)
            val isLast = some.size == rest.size
            val next = cursor.copy(after = if (isLast) null else some.last())
            return page(scope, some, next, more = true)
        }
        val position = minOf(cursor.position + limit, log.visible)
        val keys = log.keys.subList(cursor.position, position).distinct()
        return page(scope, keys, cursor.copy(position = position), position < log.visible)
    }

    private fun page(scope: String, keys: List<String>, next: FeedCursor, more: Boolean) = Reply(
        200,
        buildJsonObject {
            put("items", JsonArray(keys.map { change(scope, it) }))
            put("nextSince", encode(next))
            put("more", more)
            put("pollAfterSeconds", pollAfterSeconds)
        },
    )

    private fun change(scope: String, key: String): JsonObject {
        val item = scope(scope)[key]
        val told = if (item == null) {
            mapOf("deleted" to JsonPrimitive(true))
        } else {
            val etag = JsonPrimitive(item.etag)
            mapOf("etag" to etag, noun(scope).resource to shown(scope, key, item))
        }
        return JsonObject(idOf(scope, key) + told)
    }

    private fun shown(scope: String, key: String, item: Item): JsonObject {
        val isMovie = scope == "movies"
        val lists = noun(scope).lists.associateWith { JsonArray(emptyList()) }
        val watched = if (isMovie) emptyMap() else mapOf("watched" to JsonPrimitive(false))
        val given = buildJsonObject {
            put("etag", item.etag)
            put("version", item.version)
            put("createdAt", moment(item.createdAt))
            put("updatedAt", moment(item.updatedAt))
            if (isMovie) put("addedBy", item.owner)
            if (hasNews) put("news", "kept")
        }
        return JsonObject(idOf(scope, key) + lists + watched + item.fields + given)
    }

    private fun reply(status: Int, body: JsonObject) =
        Reply(status, body, mapOf("ETag" to body.getValue("etag").jsonPrimitive.content))

    private fun noun(scope: String) = if (scope == "movies") MOVIES else WATCHLIST
    private fun scope(scope: String) = items.getOrPut(scope) { TreeMap() }

    private fun log(scope: String) = logs.getOrPut(scope) {
        epochs += 1
        Log(epochs)
    }

    /** A moment that is later than all before, in microseconds. */
    private fun tick(): Long {
        ticks = max(ticks + 1, now() * 1000)
        return ticks
    }
}

/** The tokens of a user, who is in the claim `sub`. */
internal fun tokensOf(user: String): TokenResponse {
    val payload = Base64.UrlSafe.encode("""{"sub":"$user"}""".encodeToByteArray())
    return TokenResponse("access-$user", "e30.$payload.", "refresh-$user", 900, "Bearer")
}

private fun read(request: Request): Call {
    val text = Buffer().also { request.body?.writeTo(it) }.readUtf8()
    val url = request.url
    return Call(
        method = request.method,
        path = "/" + url.pathSegments.drop(1).joinToString("/"),
        query = url.queryParameterNames.associateWith { url.queryParameter(it).orEmpty() },
        headers = request.headers.toMap(),
        body = if (text.isEmpty()) null else Json.parseToJsonElement(text).jsonObject,
    )
}

private fun response(request: Request, status: Int, body: String, headers: Map<String, String>) =
    Response.Builder()
        .request(request)
        .protocol(Protocol.HTTP_1_1)
        .code(status)
        .message("")
        .apply { for ((name, value) in headers) header(name, value) }
        .body(body.toResponseBody("application/json".toMediaType()))
        .build()

private fun idOf(scope: String, key: String): JsonObject = buildJsonObject {
    if (scope == "movies") {
        put("title", key.substringAfter(' '))
        put("year", key.substringBefore(' ').toInt())
    } else {
        put("entryId", key)
    }
}

private fun encode(cursor: FeedCursor) =
    Base64.UrlSafe.encode(Json.encodeToString(cursor).encodeToByteArray())

private fun decode(text: String): FeedCursor =
    Json.decodeFromString(Base64.UrlSafe.decode(text).decodeToString())

private fun moment(microseconds: Long): String {
    val instant = Instant.fromEpochSeconds(microseconds / 1_000_000)
    val rest = (microseconds % 1_000_000).toString().padStart(6, '0')
    return instant.toString().removeSuffix("Z") + ".${rest}Z"
}
