package movies.client.offline

import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CancellationException
import kotlinx.serialization.json.JsonObject
import movies.client.Answer
import movies.client.Problem
import movies.client.ProblemError
import movies.client.SessionEndedError

/**
 * How long the service surely knows an `Idempotency-Key`, in milliseconds: it keeps it for 24 hours,
 * and the hour is for clocks that differ.
 */
internal const val KEY_LIFETIME = 23 * 3_600_000L

/** An item of a collection. */
private data class ItemName(val collection: String, val key: String)

private val Write.itemName get() = ItemName(collection, key)

/** What a failure means for a write. */
private enum class Verdict { WAIT, WAIT_WITH_ITEM, CHECK, DONE, REFUSED }

/** Sends the queue. */
internal class Push(private val core: Core) {
    /** For what concerns all writes, such as a lost network. */
    private val patience = Patience(core)

    /** For what concerns one item. */
    private val patienceOf = ConcurrentHashMap<ItemName, Patience>()

    /** Why nothing could be sent the last time. */
    @Volatile
    var error: Throwable? = null
        private set

    @Volatile
    private var wantsPull = false

    /** Waits no longer for a network that was lost. */
    fun hurry() {
        patience.hurry()
        patienceOf.values.forEach { it.hurry() }
    }

    /** True, once, if the base may be behind an answer, so that the feed is to be asked soon. */
    fun takeWantsPull(): Boolean = wantsPull.also { wantsPull = false }

    /**
     * Sends what can be sent now, one write after another.
     *
     * @return when the next one can be sent; [NEVER] if nothing waits for a time.
     */
    suspend fun round(): Long {
        while (true) {
            if (core.now() < patience.until) return patience.until
            try {
                val next = next()
                send(next.write ?: return next.at)
            } catch (error: OfflineError) {
                // The storage failed. What was sent is sent again, with its key.
                if (error.isClosed) throw error
                this.error = error
                patience.fail(error)
            }
        }
    }

    /** The next write, or when there will be one. */
    private class Next(val write: Write?, val at: Long)

    /** Freezes the write that is next. */
    private suspend fun next(): Next = core.writeDurably {
        val items = HashSet<ItemName>()
        val ready = ArrayList<Write>()
        var earliest = NEVER
        for (write in queue()) {
            // An older version of the app may not have a collection of a newer one.
            if (write.collection !in core.collections || write.isRefused) continue
            if (!items.add(write.itemName) || write.state == WriteState.CONFLICT) continue
            val until = patienceOf[write.itemName]?.until ?: 0
            if (until <= core.now()) ready += write else earliest = minOf(earliest, until)
        }
        // One that got no answer goes behind the others, so that it cannot keep them back.
        val write = ready.minWithOrNull(compareBy({ it.last?.at ?: 0L }, { it.seq }))
            ?: return@writeDurably Next(null, earliest)
        val last = attempt(write, core.now())
        val frozen = write.copy(first = write.first ?: last, last = last)
        putWrite(frozen)
        Next(frozen, NEVER)
    }

    private suspend fun send(write: Write) {
        val collection = core.collection(write.collection)
        val now = core.now()
        val age = now - (write.first?.at ?: now)
        if (write.creates && age !in 0..KEY_LIFETIME) {
            // It may have been added, and deleted since: only the user can tell whether to add it again.
            return check(collection, write, hasExpired = true)
        }
        val answer = try {
            collection.send(write, core.options(write))
        } catch (error: Exception) {
            return failed(collection, write, error)
        }
        succeeded(write)
        val item = if (answer.json.isEmpty()) null else itemOf(answer)
        done(write, item, answer.etag ?: item?.etag, isReplay = answer.replayed)
    }

    private fun succeeded(write: Write) {
        error = null
        patience.succeed()
        patienceOf.remove(write.itemName)
    }

    private suspend fun failed(collection: AnyCollection, write: Write, error: Exception) {
        when (judge(write, error)) {
            Verdict.WAIT, Verdict.WAIT_WITH_ITEM -> waitAfter(write, error)
            Verdict.DONE -> {
                succeeded(write)
                done(write, null, null, isReplay = false)
            }
            Verdict.CHECK -> check(collection, write, hasExpired = false)
            Verdict.REFUSED -> {
                succeeded(write)
                refuse(collection, write, problemOf(error))
            }
        }
    }

    private fun waitAfter(write: Write, error: Exception) {
        if (error is CancellationException || error is SessionEndedError) throw error
        this.error = error
        if (judge(write, error) == Verdict.WAIT) patience.fail(error) else waitWith(write, error)
    }

    private fun waitWith(write: Write, error: Exception?) {
        patienceOf.getOrPut(write.itemName) { Patience(core) }.fail(error)
    }

    /**
     * Takes a write that was done out of the queue, and the item as it was at an attempt into the base.
     */
    private suspend fun done(write: Write, item: JsonObject?, etag: String?, isReplay: Boolean) {
        val key = core.write {
            val stored = stored(write)
            if (stored == null) {
                // The user dropped it, or another store was faster: the feed tells what became of the item.
                wantsPull = true
                return@write write.key
            }
            // A replay tells how the item was after the first attempt.
            val attempt = if (isReplay) stored.first else stored.known(write.last)
            val key = toBase(stored, item, attempt)
            deleteWrite(stored.seq)
            release(stored, etag)
            key
        }
        core.changed(write.collection, setOf(write.key, key))
    }

    /**
     * Takes an item into the base, or out of it if there is none. If the feed has told of it since the
     * attempt, the base may be newer: then only what is surely newer is taken, and the feed will bring
     * the rest.
     */
    private fun Tables.toBase(write: Write, item: JsonObject?, attempt: Attempt?): String {
        val (name, key) = write.itemName
        val known = attempt ?: attempt(write, 0)
        val base = base(name, key)
        val isNewer = item != null && base != null && base.generation <= known.generation &&
            isLater(item, base.item)
        if (known.overtaken && !isNewer) {
            wantsPull = true
            return key
        }
        if (item == null) {
            deleteBase(name, key)
            return key
        }
        return putUnlessOutdated(core.record(name, item, known.generation))
    }

    /**
     * Finds the item that a write could not change: it may be as it was wanted, or the user has to
     * decide.
     */
    private suspend fun check(collection: AnyCollection, write: Write, hasExpired: Boolean) {
        val name = write.collection
        // What the feed tells from now on may be newer than what is found.
        val asked = core.write {
            val stored = stored(write) ?: return@write null
            attempt(stored, core.now()).also { putWrite(stored.copy(last = it)) }
        } ?: return
        val item = try {
            itemOf(collection.find(write.id, core.options()))
        } catch (error: Exception) {
            if (error !is ProblemError || error.status != 404) return waitAfter(write, error)
            null
        }
        succeeded(write)
        val key = core.write {
            val stored = stored(write) ?: return@write write.key
            val found = toBase(stored, item, stored.known(asked))
            if (isWanted(collection, stored, item)) {
                deleteWrite(stored.seq)
                release(stored, item?.etag)
            } else if (stored.creates && item == null && !hasExpired) {
                // Another one was there, and is gone: the next attempt adds it.
                waitWith(stored, null)
            } else {
                val reason = when {
                    stored.creates && item == null -> ConflictReason.EXPIRED
                    stored.creates -> ConflictReason.EXISTS
                    item == null -> ConflictReason.DELETED
                    else -> ConflictReason.CHANGED
                }
                putWrite(stored.copy(state = WriteState.CONFLICT, reason = reason))
            }
            found
        }
        core.changed(name, setOf(write.key, key))
    }

    /** Puts a write onto the list of the refused. Later writes of the item go on. */
    private suspend fun refuse(collection: AnyCollection, write: Write, problem: Problem) {
        core.write {
            val stored = stored(write) ?: return@write
            val next = following(stored)
            if (next == null || !stored.creates) {
                putWrite(stored.copy(state = WriteState.REFUSED, problem = problem))
                release(stored, stored.ifMatch)
                return@write
            }
            // There is no item that the next one could change: the two are one.
            deleteWrite(stored.seq)
            when (next.operation) {
                WriteOperation.DELETE -> {
                    deleteWrite(next.seq)
                    release(next, null)
                }
                WriteOperation.UPDATE -> putWrite(
                    next.copy(
                        operation = stored.operation,
                        members = mergeMembers(collection, stored, next.members),
                        idempotencyKey = UUID.randomUUID().toString(),
                        chained = false,
                    ),
                )
                else -> release(stored, null)
            }
        }
        core.changed(write.collection, setOf(write.key))
    }
}

/** Gives the write behind this one the entity tag that the item has now. */
internal fun Tables.release(write: Write, etag: String?) {
    val next = following(write) ?: return
    val ifMatch = if (next.operation == WriteOperation.ADD) null else etag
    putWrite(next.copy(chained = false, ifMatch = ifMatch ?: next.ifMatch))
}

/** The write as it is in the queue. `null` if it was dropped or decided, or is another one by now. */
private fun Tables.stored(write: Write): Write? = write(write.seq)?.takeIf {
    it.idempotencyKey == write.idempotencyKey && it.state == WriteState.WAITING
}

/** The next attempt of a write. */
private fun Tables.attempt(write: Write, at: Long) =
    Attempt((write.last?.number ?: 0) + 1, at, cursor(write.collection).generation)

/**
 * The attempt with what is known of it now. If another store made one after it, what is known of the
 * first one.
 */
private fun Write.known(attempt: Attempt?): Attempt? =
    if (last?.number == attempt?.number) last else first

private fun Tables.following(write: Write): Write? =
    writesOf(write.collection, write.key).find { it.seq > write.seq && !it.isRefused }

private fun itemOf(answer: Answer<*>): JsonObject =
    JSON.decodeFromString(JsonObject.serializer(), answer.json)

/** What a failure means for a write: the table of answers. */
private fun judge(write: Write, error: Exception): Verdict {
    // The request cannot be made of this write.
    if (error is IllegalArgumentException) return Verdict.REFUSED
    // No answer, or one that is not of the service.
    if (error !is ProblemError) return Verdict.WAIT
    val type = error.problem.type
    return when (error.status) {
        401, 429, 502, 503, 504 -> Verdict.WAIT
        404 -> when {
            type == "/problems/not-found" || write.creates -> Verdict.REFUSED
            write.operation == WriteOperation.DELETE -> Verdict.DONE
            else -> Verdict.CHECK
        }
        409 -> when {
            type == "/problems/request-in-flight" -> Verdict.WAIT_WITH_ITEM
            type.endsWith("-exists") -> Verdict.CHECK
            else -> Verdict.REFUSED
        }
        412 -> Verdict.CHECK
        else -> if (error.status >= 500) Verdict.WAIT_WITH_ITEM else Verdict.REFUSED
    }
}

private fun problemOf(error: Exception): Problem = (error as? ProblemError)?.problem ?: Problem(
    type = "about:blank",
    title = "The request cannot be made",
    status = 0,
    detail = error.toString(),
    instance = "",
)
