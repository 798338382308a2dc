package movies.client.offline

import java.util.concurrent.ConcurrentHashMap

/**
 * Where the offline store keeps what it has: [FileOfflineStorage], or one of the app's own, such as a
 * table of Room or SQLite with the columns `name`, `key` and `value`.
 *
 * What it stores are texts under keys. It need not understand them. Two objects that store in the
 * same place must be equal, so that the stores of one process share what is open.
 */
public interface OfflineStorage {
    /**
     * Opens the records of this name. There are none if the name is new. While they are open, nobody
     * else opens them.
     *
     * @throws OfflineError if it cannot: [OfflineErrorReason.STORAGE_IN_USE] if another process has
     * them open. Any other exception becomes [OfflineErrorReason.STORAGE_FAILED].
     */
    public suspend fun open(name: String): OfflineRecords

    /** The names of which there are records. */
    public suspend fun names(): List<String>

    /** Removes all records of this name, which nobody has open. */
    public suspend fun delete(name: String)
}

/** The records of one name: texts under keys. Called by one coroutine at a time. */
public interface OfflineRecords {
    /** True if some records were damaged, and so are missing or old. */
    public val isDamaged: Boolean

    /** All records. Called once, before anything is written. */
    public suspend fun load(): Map<String, String>

    /**
     * Sets these records, and removes those that are `null`: all of them, or none if it throws.
     *
     * @param isDurable true if they must survive a loss of power when this returns. Others may be
     * lost then, but not without all that were written after them.
     */
    public suspend fun write(changes: Map<String, String?>, isDurable: Boolean)

    /** Nothing is called after this. */
    public suspend fun close()
}

/** Keeps records in memory: they are lost when the process ends. */
public class MemoryOfflineStorage : OfflineStorage {
    private val stored = ConcurrentHashMap<String, Map<String, String>>()

    override suspend fun open(name: String): OfflineRecords = object : OfflineRecords {
        override val isDamaged = false

        override suspend fun load() = stored[name].orEmpty()

        override suspend fun write(changes: Map<String, String?>, isDurable: Boolean) {
            stored[name] = stored[name].orEmpty().changed(changes)
        }

        override suspend fun close() = Unit
    }

    override suspend fun names(): List<String> = stored.keys.toList()

    override suspend fun delete(name: String) {
        stored.remove(name)
    }
}

/** These records after some were set and others removed. */
private fun Map<String, String>.changed(changes: Map<String, String?>): Map<String, String> {
    val records = toMutableMap()
    records.change(changes)
    return records
}

/** Sets records, and removes those that are `null`. */
internal fun MutableMap<String, String>.change(changes: Map<String, String?>) {
    for ((key, value) in changes) {
        if (value == null) remove(key) else put(key, value)
    }
}
