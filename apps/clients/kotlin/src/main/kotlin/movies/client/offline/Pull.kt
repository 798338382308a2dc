package movies.client.offline

import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CancellationException
import kotlinx.serialization.Serializable
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import movies.client.Answer
import movies.client.ProblemError
import movies.client.UnexpectedAnswerError

/** The most items that a page may have. */
private const val LIMIT = 100

/** How often one pull may begin a snapshot anew. */
private const val RESETS = 2

/** The seconds between two polls if the feed says none, and the most that it may say. */
private const val POLL = 30.0
private const val MAX_POLL = 3600.0

/** A page of a feed, the same for all nouns. */
@Serializable
private class Page(
    val items: List<JsonObject>,
    val nextSince: String,
    val more: Boolean,
    val pollAfterSeconds: Double,
)

/** Reads the feeds into the base. */
internal class Pull(private val core: Core) {
    private val patience = core.collections.mapValues { Patience(core) }

    /** Why a collection could not be pulled the last time. */
    val errors = ConcurrentHashMap<String, Throwable>()

    /** Waits no longer for a network that was lost. */
    fun hurry() = patience.values.forEach { it.hurry() }

    /**
     * Pulls each collection that is due to its end. One that fails does not keep back the others.
     *
     * @param asked true to pull those, too, that are to be polled later.
     * @return when the next one is due.
     */
    suspend fun round(asked: Boolean): Long {
        var next = NEVER
        for ((name, collection) in core.collections) {
            if (collection.changes == null) continue
            val pollAt = core.read { cursor(name) }.pollAt ?: 0
            var due = maxOf(if (asked) 0 else pollAt, patience.getValue(name).until)
            if (due <= core.now()) due = pull(name, collection)
            next = minOf(next, due)
        }
        return next
    }

    /** Pulls a collection to its end. Returns when it is due again. */
    private suspend fun pull(name: String, collection: AnyCollection): Long {
        val patience = patience.getValue(name)
        return try {
            val pollAt = toTheEnd(name, collection)
            errors.remove(name)
            patience.succeed()
            pollAt
        } catch (error: Exception) {
            if (error is CancellationException || error.isClosed) throw error
            errors[name] = error
            patience.fail(error)
        }
    }

    private suspend fun toTheEnd(name: String, collection: AnyCollection): Long {
        var resets = 0
        while (true) {
            val cursor = core.read { cursor(name) }
            val page = try {
                ask(collection, cursor.since)
            } catch (error: ProblemError) {
                if (cursor.since == null || !error.refusesCursor || resets == RESETS) throw error
                resets += 1
                beginAnew(name, cursor)
                continue
            }
            store(name, collection, cursor, page)?.let { return it }
        }
    }

    private suspend fun ask(collection: AnyCollection, since: String?): Page {
        val changes = checkNotNull(collection.changes)
        val answer = changes(since, LIMIT, core.options())
        val page = try {
            JSON.decodeFromString(Page.serializer(), answer.json)
        } catch (_: IllegalArgumentException) {
            throw unexpected(answer, "no page of a feed")
        }
        // An item that is missing by mistake must not be taken for a deletion.
        if (page.items.any { !it.isDeletion && it[collection.resource] !is JsonObject }) {
            throw unexpected(answer, "a change without its item")
        }
        if (page.more && page.nextSince == since) {
            throw unexpected(answer, "a page that does not go on")
        }
        return page
    }

    /** The next page will be the first one of a snapshot. */
    private suspend fun beginAnew(name: String, asked: Cursor) = core.write {
        val cursor = cursor(name)
        if (cursor.since == asked.since) putCursor(name, cursor.copy(since = null, whole = false))
    }

    /**
     * Stores a page and where to go on, in one transaction. Returns when to ask again, or `null` if
     * there is more to pull now.
     */
    private suspend fun store(
        name: String,
        collection: AnyCollection,
        asked: Cursor,
        page: Page,
    ): Long? {
        val now = core.now()
        val pollAt = if (page.more) null else now + pause(page.pollAfterSeconds)
        val changed = core.write {
            val before = cursor(name)
            // Another store that pulls, too, was faster.
            if (before.since != asked.since || before.generation != asked.generation) {
                return@write null
            }
            val isFirst = before.since == null
            val generation = before.generation + if (isFirst) 1 else 0
            val writes = queue().filter { it.collection == name }
            val applied = apply(collection, page, name, generation, writes)
            val isEnd = !page.more && (isFirst || !before.whole)
            if (isEnd) applied.keys += sweep(name, generation, writes)
            val cursor = before.copy(
                since = page.nextSince,
                generation = generation,
                whole = isEnd || (before.whole && !isFirst),
                ready = isEnd || before.ready,
                partial = applied.leftOut || (before.partial && !isFirst),
                pollAt = pollAt,
                pulledAt = if (pollAt == null) before.pulledAt else now,
            )
            putCursor(name, cursor)
            applied.keys
        } ?: return null
        core.changed(name, changed)
        return pollAt
    }

    private class Applied {
        val keys = LinkedHashSet<String>()
        var leftOut = false
    }

    private fun Tables.apply(
        collection: AnyCollection,
        page: Page,
        name: String,
        generation: Int,
        writes: List<Write>,
    ): Applied {
        val applied = Applied()
        var room = collection.most - count(name)
        // An item may come twice: the later one holds.
        val latest = LinkedHashMap<String, JsonObject?>()
        for (change in page.items) {
            latest[collection.keyOf(change)] =
                if (change.isDeletion) null else change[collection.resource] as? JsonObject
        }
        for ((key, item) in latest) {
            val before = base(name, key)
            val queued = writes.filter { it.key == key }
            overtake(queued)
            if (item == null) {
                deleteBase(name, key)
                room += if (before == null) 0 else 1
            } else if (before != null || room > 0 || queued.isNotEmpty()) {
                // An answer may have brought a later version than this page, which was read before.
                putUnlessOutdated(core.record(name, item, generation))
                room -= if (before == null) 1 else 0
            } else {
                applied.leftOut = true
                continue
            }
            applied.keys += key
        }
        return applied
    }

    /** How long to wait before the feed is asked again, in milliseconds: never less than it says. */
    private fun pause(seconds: Double): Long {
        val told = if (seconds > 0) minOf(seconds, MAX_POLL) else POLL
        return (told * 1000 * (1 + core.random.nextDouble() / 5)).toLong()
    }
}

/** Removes what the snapshot did not show, now that it is whole. Returns the keys. */
private fun Tables.sweep(name: String, generation: Int, writes: List<Write>): List<String> {
    val gone = items(name).filter { it.generation < generation }.map { it.key }
    for (key in gone) deleteBase(name, key)
    // A snapshot that began after these were sent has what became of them.
    overtake(writes.filter { it.first != null && it.first.generation < generation })
    return gone
}

/** Notes that the feed has told of the items of these writes. */
private fun Tables.overtake(writes: List<Write>) {
    for ((seq) in writes) {
        // What the page has noted on it before is not to be lost.
        val write = write(seq) ?: continue
        if (write.first != null && write.last != null && !write.last.overtaken) {
            putWrite(
                write.copy(
                    first = write.first.copy(overtaken = true),
                    last = write.last.copy(overtaken = true),
                ),
            )
        }
    }
}

private val JsonObject.isDeletion: Boolean
    get() = (get("deleted") as? JsonPrimitive)?.booleanOrNull == true

/** True if the service does not go on from this cursor: it is too old, or not one of this service. */
private val ProblemError.refusesCursor: Boolean get() = status == 410 || status == 400

/** True if the store is closed: then nothing is to be tried again. */
internal val Throwable.isClosed: Boolean
    get() = this is OfflineError && reason == OfflineErrorReason.CLOSED

private fun unexpected(answer: Answer<*>, reason: String) =
    UnexpectedAnswerError("a feed", answer.status, reason, answer.requestId)

/** The items of an answer: those of a list, or the one that it is. */
internal fun itemsOf(answer: Answer<*>): List<JsonObject> {
    val json = JSON.decodeFromString(JsonObject.serializer(), answer.json)
    val items = json["items"] ?: return listOf(json)
    return JSON.decodeFromJsonElement(ListSerializer(JsonObject.serializer()), items)
}
