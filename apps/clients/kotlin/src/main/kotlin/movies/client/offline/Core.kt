package movies.client.offline

import kotlin.random.Random
import kotlin.time.Clock
import kotlin.time.Duration
import kotlinx.serialization.json.JsonObject
import movies.client.CallOptions
import movies.client.ProblemError

/** A moment that never comes, in milliseconds. */
internal const val NEVER = Long.MAX_VALUE

/** What pulling, pushing and reading share. */
internal class Core(
    val collections: Map<String, AnyCollection>,
    private val clock: Clock,
    val random: Random,
    /** The time limit of one call of the API. */
    private val timeLimit: Duration,
    private val database: () -> Database,
    /** Tells of items that changed; `null` for all of a collection. */
    val changed: suspend (collection: String, keys: Set<String>?) -> Unit,
) {
    /** The device's clock, in milliseconds since 1970. */
    fun now(): Long = clock.now().toEpochMilliseconds()

    fun options(write: Write? = null): CallOptions = CallOptions(
        idempotencyKey = write?.idempotencyKey,
        ifMatch = write?.ifMatch,
        timeLimit = timeLimit,
    )

    suspend fun <T> read(work: Tables.() -> T): T = database().read(work)

    /** Writes what can be had again from the service. */
    suspend fun <T> write(work: Tables.() -> T): T = database().write(isDurable = false, work)

    /** Writes what only this device has: it is safe when this returns. */
    suspend fun <T> writeDurably(work: Tables.() -> T): T = database().write(isDurable = true, work)

    /** A collection by its name. */
    fun collection(name: String): AnyCollection =
        requireNotNull(collections[name]) { "there is no collection $name" }

    /** The record of an item in the base. */
    fun record(name: String, item: JsonObject, generation: Int, seenAt: Long? = null) =
        BaseRecord(name, collection(name).keyOf(item), item, generation, seenAt)
}

/**
 * Puts a record into the base, unless the base has a later version of the item in the same or a later
 * generation.
 */
internal fun Tables.putUnlessOutdated(record: BaseRecord): String {
    if (!isOutdated(record, base(record.collection, record.key))) putBase(record)
    return record.key
}

/** True if a record is of an earlier version of the item than the one that is there. */
internal fun isOutdated(record: BaseRecord, known: BaseRecord?): Boolean =
    known != null && known.generation >= record.generation && isLater(known.item, record.item)

/** True if [one] is a later version of what [other] is. An item that was added again is another one. */
internal fun isLater(one: JsonObject, other: JsonObject): Boolean =
    one.createdAt == other.createdAt && one.version > other.version

private const val BASE_DELAY = 1000L
private const val MAX_DELAY = 300_000L

/** How often a delay is doubled: then it is at its longest. */
private const val DOUBLINGS = 9

/** How long to wait after failures: as the service says, else twice as long each time. */
internal class Patience(private val core: Core) {
    private var failures = 0
    private var isTold = false

    /** Nothing is sent before this time. */
    @Volatile
    var until = 0L
        private set

    /** Notes a failure. Returns until when to wait. */
    @Synchronized
    fun fail(error: Throwable?): Long {
        val retryAfter = (error as? ProblemError)?.retryAfter?.inWholeMilliseconds
        val random = core.random.nextDouble()
        isTold = retryAfter != null
        val delay = if (retryAfter == null) {
            val full = minOf(MAX_DELAY, BASE_DELAY shl minOf(failures, DOUBLINGS))
            full * (1 - random / 2)
        } else {
            retryAfter * (1 + random / 5)
        }
        failures += 1
        until = core.now() + delay.toLong()
        return until
    }

    @Synchronized
    fun succeed() {
        failures = 0
        until = 0
    }

    /** Waits no longer, unless the service said how long. */
    @Synchronized
    fun hurry() {
        if (!isTold) succeed()
    }
}
