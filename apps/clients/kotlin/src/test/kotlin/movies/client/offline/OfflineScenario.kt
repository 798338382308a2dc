package movies.client.offline

import java.util.UUID
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.decodeFromJsonElement
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import movies.client.Problem
import movies.client.PutWatchlistEntryRequest
import movies.client.UpdateWatchlistEntryRequest

private val NOTHING = JsonObject(emptyMap())

/** One run of a scenario, as `offline-scenarios.md` describes it. */
internal class OfflineScenario(
    private val json: JsonObject,
    private val storageOf: (device: String) -> OfflineStorage,
) {
    var checks = 0
    private val server = StandIn()
    private val devices = HashMap<String, Device>()
    private val syncing = HashMap<String, Deferred<Unit>>()
    private val background = CoroutineScope(Dispatchers.Default)
    // Where every answer comes, none is to be late on a slow machine.
    private val timeLimit = json["timeLimit"]?.jsonPrimitive?.int?.milliseconds ?: 20.seconds

    /** What the user saw. */
    private var seenMovie: LocalMovie? = null
    private var seenEntry: LocalWatchlistEntry? = null
    private val run = UUID.randomUUID().toString().take(8)

    suspend fun run() {
        known(json, "name", "pageLimit", "most", "queueLimit", "timeLimit", "steps")
        json.getValue("steps").jsonArray.forEachIndexed { index, template ->
            val text = template.toString().replace("\${run}", run)
            try {
                take(Json.parseToJsonElement(text).jsonObject)
            } catch (failure: Throwable) {
                val where = "${json.getValue("name")}, step $index, $text"
                throw AssertionError("$where: ${failure.message ?: failure}", failure)
            }
        }
        devices.values.forEach { it.close() }
    }

    private suspend fun take(given: JsonObject) {
        val on = given["on"]?.text ?: "phone"
        val step = JsonObject(given - "on")
        when (step.keys.first()) {
            "write" -> write(step, on)
            "see" -> see(step, on)
            "sync" -> {
                known(step, "sync", "fails")
                expecting(step) { store(on).sync() }
            }
            "begin" -> {
                known(step, "begin")
                val store = store(on)
                syncing[on] = background.async { store.sync() }
            }
            "end" -> {
                known(step, "end")
                syncing.getValue(on).await()
            }
            "network" -> {
                known(step, "network")
                device(on).isOnline = step.getValue("network").text == "on"
            }
            "clock" -> {
                known(step, "clock")
                device(on).ahead += step.getValue("clock").jsonPrimitive.long * 1000
            }
            "reopen" -> {
                known(step, "reopen", "fails")
                val options = step["reopen"] as? JsonObject ?: NOTHING
                known(options, "form")
                expecting(step) { device(on).reopen(options["form"]?.jsonPrimitive?.int ?: 1) }
            }
            "decide" -> decide(step, on)
            "session" -> session(step, on)
            "faults" -> {
                known(step, "faults")
                server.addFaults(Json.decodeFromJsonElement(step.getValue("faults")))
            }
            "forget" -> {
                known(step, "forget")
                server.reset()
            }
            "other" -> other(step)
            "server" -> server(step)
            "shows" -> shows(step, on)
            "writes" -> {
                known(step, "writes")
                expectContained(step.getValue("writes"), JsonArray(store(on).writes().map(::jsonOf)))
            }
            "status" -> {
                known(step, "status")
                expectContained(step.getValue("status"), jsonOf(store(on).status.value))
            }
            "requests" -> requests(step.getValue("requests").jsonObject)
            else -> throw AssertionError("this runner does not know it")
        }
    }

    private suspend fun write(step: JsonObject, on: String) {
        known(step, "write", "in", "id", "members", "seen", "fails")
        val members = step["members"] ?: NOTHING
        val items = store(on).collections
        val operation = step.getValue("write").text
        val isForm = step["seen"]?.jsonPrimitive?.boolean == true
        expecting(step) {
            if (step.getValue("in").text == "movies") {
                write(
                    items.movies,
                    operation,
                    decode(step, MovieId.serializer()),
                    { strict.decodeFromJsonElement(MovieMembers.serializer(), members) },
                    { strict.decodeFromJsonElement(MovieChanges.serializer(), members) },
                    seenMovie.takeIf { isForm },
                )
            } else {
                write(
                    items.watchlist,
                    operation,
                    decode(step, WatchlistEntryId.serializer()),
                    { strict.decodeFromJsonElement(PutWatchlistEntryRequest.serializer(), members) },
                    {
                        val changes = UpdateWatchlistEntryRequest.serializer()
                        strict.decodeFromJsonElement(changes, members)
                    },
                    seenEntry.takeIf { isForm },
                )
            }
        }
    }

    private suspend fun see(step: JsonObject, on: String) {
        known(step, "see", "in")
        val items = store(on).collections
        val id = step.getValue("see")
        if (step.getValue("in").text == "movies") {
            val shown = items.movies.get(strict.decodeFromJsonElement(MovieId.serializer(), id))
            seenMovie = checkNotNull(shown) { "there is nothing to see" }.item
        } else {
            val entry = strict.decodeFromJsonElement(WatchlistEntryId.serializer(), id)
            val shown = items.watchlist.get(entry)
            seenEntry = checkNotNull(shown) { "there is nothing to see" }.item
        }
    }

    private suspend fun <I : Any, Id : Any, Members : Any, Changes : Any> write(
        collection: OfflineCollection<I, Id, Members, Changes>,
        operation: String,
        id: Id,
        members: () -> Members,
        changes: () -> Changes,
        seen: I?,
    ) = when (operation) {
        "add" -> collection.add(id, members())
        "put" -> collection.put(id, members(), seen)
        "update" -> collection.update(id, changes(), seen)
        "delete" -> collection.delete(id, seen)
        else -> throw AssertionError("this runner does not know $operation")
    }

    private suspend fun decide(step: JsonObject, on: String) {
        known(step, "decide", "in", "id", "refused")
        val store = store(on)
        val items = store.collections
        val isMovie = step["in"]?.text == "movies"
        suspend fun refused(): Long {
            val refused = store.writes().filter { it.state == WriteState.REFUSED }
            return refused[step.getValue("refused").jsonPrimitive.int].seq
        }
        when (val decision = step.getValue("decide").text) {
            "retry" -> store.retry(refused())
            "discard" -> store.discard(refused())
            "keepMine" ->
                if (isMovie) {
                    items.movies.keepMine(decode(step, MovieId.serializer()))
                } else {
                    items.watchlist.keepMine(decode(step, WatchlistEntryId.serializer()))
                }
            "takeTheirs" ->
                if (isMovie) {
                    items.movies.takeTheirs(decode(step, MovieId.serializer()))
                } else {
                    items.watchlist.takeTheirs(decode(step, WatchlistEntryId.serializer()))
                }
            else -> throw AssertionError("this runner does not know $decision")
        }
    }

    private suspend fun session(step: JsonObject, on: String) {
        known(step, "session", "user")
        val device = device(on)
        when (val what = step.getValue("session").text) {
            "end" -> device.session.end()
            "signOut" -> device.client.accounts.signOut()
            "signIn" -> device.signIn(step.getValue("user").text)
            else -> throw AssertionError("this runner does not know $what")
        }
    }

    private fun other(step: JsonObject) {
        known(step, "other", "in", "id", "members", "user")
        val reply = send(step.getValue("other").text, step)
        check(reply.status in 200..299) { "the other client got ${reply.status}" }
    }

    private fun server(step: JsonObject) {
        known(step, "server", "in", "id", "absent", "user")
        val reply = send("find", step)
        val wanted = step.getValue("server")
        checks += 1
        if (wanted is JsonNull) {
            check(reply.status == 404) { "expected no item, got ${reply.status}" }
            return
        }
        val absent = step["absent"]?.jsonArray.orEmpty().map { it.text }
        val item = reply.body!!.jsonObject
        check(contains(item, wanted) && absent.none { it in item }) { "got $item" }
    }

    private suspend fun shows(step: JsonObject, on: String) {
        known(step, "shows", "in")
        val items = store(on).collections
        val shown = if (step.getValue("in").text == "movies") {
            // Other scenarios have movies, too.
            items.movies.query(Query(where = { run in it.title }))
                .map { jsonOf(it, LocalMovie.serializer()) }
        } else {
            items.watchlist.query().map { jsonOf(it, LocalWatchlistEntry.serializer()) }
        }
        val wanted = step.getValue("shows").jsonArray
        checks += 1
        val holds = shown.size == wanted.size &&
            shown.indices.all { isShown(shown[it], wanted[it].jsonObject) }
        check(holds) { "got $shown" }
    }

    private fun isShown(shown: JsonObject, wanted: JsonObject): Boolean {
        known(wanted, "id", "item", "absent", "state", "conflict")
        val item = shown.getValue("item").jsonObject
        val conflict = shown["conflict"]?.jsonObject ?: NOTHING
        return contains(item, wanted["id"] ?: NOTHING) &&
            contains(item, wanted["item"] ?: NOTHING) &&
            wanted["absent"]?.jsonArray.orEmpty().none { it.text in item } &&
            shown["state"] == wanted["state"] &&
            wanted["conflict"]?.jsonObject.orEmpty().all { (name, value) ->
                if (value is JsonNull) name !in conflict else contains(conflict[name], value)
            }
    }

    private fun requests(wanted: JsonObject) {
        known(wanted, "request", "count", "keys", "conditional", "bodies", "snapshots")
        val found = server.requests.filter { it.request == wanted.getValue("request").text }
        val got = buildJsonObject {
            put("request", wanted.getValue("request").text)
            put("count", found.size)
            put("keys", found.distinctBy { it.key }.size)
            put("conditional", JsonArray(found.map { JsonPrimitive(it.ifMatch != null) }))
            put("bodies", JsonArray(found.map { it.body ?: JsonNull }))
            put("snapshots", found.count { "since" !in it.query })
        }
        checks += 1
        for ((name, value) in wanted) {
            check(contains(got[name], value) && contains(value, got.getValue(name))) { "got $got" }
        }
    }

    /** Runs what must succeed, or fail as the step says. */
    private suspend fun expecting(step: JsonObject, work: suspend () -> Unit) {
        val fails = step["fails"]?.text
        val failure = try {
            work()
            null
        } catch (error: Exception) {
            if (fails == null) throw error
            if (error is OfflineError) camelCase(error.reason) else error::class.simpleName
        }
        if (fails != null) {
            checks += 1
            check(failure == fails) { "expected $fails, got $failure" }
        }
    }

    private fun expectContained(wanted: JsonElement, got: JsonElement) {
        checks += 1
        check(contains(got, wanted)) { "got $got" }
    }

    private suspend fun device(name: String): Device {
        devices[name]?.let { return it }
        val device = Device(
            server,
            OfflineStoreOptions(
                storageOf(name),
                queueLimit = json["queueLimit"]?.jsonPrimitive?.int ?: 1000,
                mode = Mode.MANUAL,
                timeLimit = timeLimit,
            ),
            pageLimit = json["pageLimit"]?.jsonPrimitive?.int ?: 100,
            most = json["most"]?.jsonPrimitive?.int ?: 1000,
        )
        devices[name] = device
        device.signIn("ada")
        return device
    }

    private suspend fun store(name: String) = device(name).store()

    /** A request of a client without a store. */
    private fun send(operation: String, step: JsonObject): Reply {
        val id = step.getValue("id").jsonObject
        val members = step["members"]?.jsonObject ?: NOTHING
        val headers = mapOf(
            "Authorization" to "Bearer access-${step["user"]?.text ?: "ada"}",
            "Idempotency-Key" to UUID.randomUUID().toString(),
        )
        if (step.getValue("in").text == "movies") {
            val path = when (operation) {
                "find" -> "findbytitleandyear"
                else -> "$operation-movie"
            }
            return server.answer(
                Call("POST", "/movies/$path", headers = headers, body = JsonObject(id + members)),
            )
        }
        val method = when (operation) {
            "put" -> "PUT"
            "update" -> "PATCH"
            "delete" -> "DELETE"
            else -> "GET"
        }
        val path = "/me/watchlist/${id.getValue("entryId").text}"
        val body = members.takeIf { method == "PUT" || method == "PATCH" }
        return server.answer(Call(method, path, headers = headers, body = body))
    }
}

private val JsonElement.text get() = jsonPrimitive.content

/** Refuses members that the client does not have. */
private val strict = Json { explicitNulls = false }

private fun <T> decode(step: JsonObject, serializer: KSerializer<T>): T =
    strict.decodeFromJsonElement(serializer, step.getValue("id"))

/** With the members that an item has without being told. */
@OptIn(ExperimentalSerializationApi::class)
private val shownJson = Json {
    explicitNulls = false
    encodeDefaults = true
}

/** Fails if a value has members that this runner does not know. */
private fun known(value: JsonObject, vararg names: String) {
    val unknown = value.keys - names.toSet()
    check(unknown.isEmpty()) { "this runner does not know $unknown" }
}

/** True if every member of [wanted] is in [got], at any depth. Arrays must have the same length. */
internal fun contains(got: JsonElement?, wanted: JsonElement): Boolean = when (wanted) {
    is JsonObject -> got is JsonObject && wanted.all { (name, value) -> contains(got[name], value) }
    is JsonArray -> got is JsonArray && got.size == wanted.size &&
        wanted.indices.all { contains(got[it], wanted[it]) }
    is JsonPrimitive -> got is JsonPrimitive && got.isString == wanted.isString &&
        normal(got) == normal(wanted)
}

/** 8 and 8.0 are one number. */
private fun normal(value: JsonPrimitive): Any =
    if (value.isString) {
        value.content
    } else {
        value.content.toBigDecimalOrNull()?.stripTrailingZeros() ?: value.content
    }

private fun camelCase(value: Enum<*>): String {
    val (first, rest) = value.name.lowercase().split('_').let { it.first() to it.drop(1) }
    return rest.fold(first) { text, word -> text + word.replaceFirstChar(Char::uppercase) }
}

private fun <I : Any> jsonOf(shown: Shown<I>, serializer: KSerializer<I>) = buildJsonObject {
    put("key", shown.key)
    put("item", shownJson.encodeToJsonElement(serializer, shown.item))
    put("state", camelCase(shown.state))
    shown.conflict?.let { conflict ->
        put(
            "conflict",
            buildJsonObject {
                put("reason", camelCase(conflict.reason))
                conflict.mine?.let { put("mine", shownJson.encodeToJsonElement(serializer, it)) }
                conflict.theirs?.let { put("theirs", shownJson.encodeToJsonElement(serializer, it)) }
                conflict.before?.let { put("before", shownJson.encodeToJsonElement(serializer, it)) }
            },
        )
    }
}

private fun jsonOf(write: QueuedWrite) = buildJsonObject {
    put("collection", write.collection)
    put("key", write.key)
    put("id", write.id)
    put("operation", camelCase(write.operation))
    put("members", write.members)
    put("state", camelCase(write.state))
    put("tried", write.tried)
    write.problem?.let { put("problem", JSON.encodeToJsonElement(Problem.serializer(), it)) }
}

private fun jsonOf(status: OfflineStatus) = buildJsonObject {
    put("leads", status.leads)
    put("signedIn", status.signedIn)
    put("closed", status.closed)
    put("waiting", status.waiting)
    put("conflicts", status.conflicts)
    put("refused", status.refused)
    put(
        "collections",
        JsonObject(
            status.collections.mapValues { (_, collection) ->
                buildJsonObject {
                    put("ready", collection.ready)
                    put("partial", collection.partial)
                }
            },
        ),
    )
}
