package movies.client.offline

import java.util.TreeMap
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/**
 * The version of the local form. Raise it when a record below changes: then the base is dropped and
 * pulled anew, and the queue stays, which has to be converted if that is what changed.
 */
internal const val FORM = 1

/** An item as the service has it. */
internal class BaseRecord(
    val collection: String,
    val key: String,
    val item: JsonObject,
    /** The snapshot that showed the item last. When one is whole, what it did not show is gone. */
    val generation: Int,
    /** When the item was last remembered, for collections without a feed. */
    val seenAt: Long? = null,
)

@Serializable
private class StoredItem(val item: JsonObject, val generation: Int, val seenAt: Long? = null)

/** How far a collection was pulled. */
@Serializable
internal data class Cursor(
    /** `null` if a snapshot begins. */
    val since: String? = null,
    /** The number of the snapshot: it goes up when the first page of one is stored. */
    val generation: Int = 0,
    /** True if the snapshot of this generation is whole. */
    val whole: Boolean = false,
    /** True if any snapshot was ever whole. */
    val ready: Boolean = false,
    /** True if items were left out because there are too many. */
    val partial: Boolean = false,
    /** When the feed was last read to its end. */
    val pulledAt: Long? = null,
    /** When to ask again. */
    val pollAt: Long? = null,
    /** The `form` of the collection. */
    val form: Int = 1,
)

/** What is stored, in memory. */
internal class State {
    val base = HashMap<String, TreeMap<String, BaseRecord>>()
    val queue = TreeMap<Long, Write>()
    val cursors = HashMap<String, Cursor>()
    var seq = 0L
}

private const val FORM_KEY = "form"
private const val SEQ_KEY = "seq"

private fun baseKey(collection: String, key: String) = "base/$collection/$key"
private fun queueKey(seq: Long) = "queue/$seq"
private fun cursorKey(collection: String) = "cursor/$collection"

/** What is stored, within a transaction. */
internal class Tables(private val state: State) {
    /** The records that the transaction sets or removes. */
    val changes = LinkedHashMap<String, String?>()
    private val undo = ArrayList<() -> Unit>()

    fun base(collection: String, key: String): BaseRecord? = state.base[collection]?.get(key)

    /** The items of a collection whose keys begin so, in the order of the keys. */
    fun items(collection: String, prefix: String = ""): List<BaseRecord> {
        val items = state.base[collection] ?: return emptyList()
        return items.tailMap(prefix, true).values.takeWhile { it.key.startsWith(prefix) }
    }

    fun count(collection: String): Int = state.base[collection]?.size ?: 0

    fun putBase(record: BaseRecord) {
        val items = state.base.getOrPut(record.collection) { TreeMap() }
        set(items, record.key, record)
        val stored = StoredItem(record.item, record.generation, record.seenAt)
        changes[baseKey(record.collection, record.key)] =
            JSON.encodeToString(StoredItem.serializer(), stored)
    }

    fun deleteBase(collection: String, key: String) {
        set(state.base[collection] ?: return, key, null)
        changes[baseKey(collection, key)] = null
    }

    /** All writes, in their order. */
    fun queue(): List<Write> = state.queue.values.toList()

    fun write(seq: Long): Write? = state.queue[seq]

    /** The writes of an item, in their order. */
    fun writesOf(collection: String, key: String): List<Write> =
        state.queue.values.filter { it.key == key && it.collection == collection }

    /** A number for a write. No number is given twice. */
    fun nextSeq(): Long {
        val before = state.seq
        undo += { state.seq = before }
        state.seq = before + 1
        changes[SEQ_KEY] = state.seq.toString()
        return state.seq
    }

    fun putWrite(write: Write) {
        set(state.queue, write.seq, write)
        changes[queueKey(write.seq)] = JSON.encodeToString(Write.serializer(), write)
    }

    fun deleteWrite(seq: Long) {
        set(state.queue, seq, null)
        changes[queueKey(seq)] = null
    }

    /** How far a collection was pulled. */
    fun cursor(collection: String, form: Int = 1): Cursor =
        state.cursors[collection] ?: Cursor(form = form)

    fun putCursor(collection: String, cursor: Cursor) {
        set(state.cursors, collection, cursor)
        changes[cursorKey(collection)] = JSON.encodeToString(Cursor.serializer(), cursor)
    }

    /** Drops the items of a collection, which are pulled anew. */
    fun dropBase(collection: String, form: Int) {
        for (record in items(collection)) deleteBase(collection, record.key)
        val cursor = cursor(collection)
        putCursor(
            collection,
            cursor.copy(since = null, whole = false, ready = false, pollAt = null, form = form),
        )
    }

    /** Drops the items of all collections. */
    fun dropBases() {
        for (collection in state.base.keys + state.cursors.keys) {
            dropBase(collection, cursor(collection).form)
        }
    }

    /** Takes back what the transaction did in memory. */
    fun rollBack() = undo.asReversed().forEach { it() }

    private fun <K, V : Any> set(map: MutableMap<K, V>, key: K, value: V?) {
        val before = if (value == null) map.remove(key) else map.put(key, value)
        undo += { if (before == null) map.remove(key) else map[key] = before }
    }
}

/** The database of one user. The stores of one process share it. */
internal class Database(
    private val name: String,
    private val records: OfflineRecords,
    private val form: Int,
) {
    private val mutex = Mutex()
    private val state = State()
    private var isClosed = false

    /** The stores that have it open. */
    val hub = Hub()
    var users = 0

    /** Takes what is stored, and brings what an older version of the app has stored into this form. */
    suspend fun load() {
        val stored = records.load()
        val storedForm = stored[FORM_KEY]?.toIntOrNull() ?: form
        if (storedForm > form) throw OfflineError(OfflineErrorReason.STORAGE_NEWER)
        val unreadable = stored.filterNot { (key, value) -> take(key, value) }.keys
        val isWhole = !records.isDamaged && storedForm == form && unreadable.isEmpty()
        // A number that was given must not be given again, even if the record of it is lost.
        state.seq = maxOf(state.seq, state.queue.keys.lastOrNull() ?: 0)
        write(isDurable = true) {
            changes[FORM_KEY] = form.toString()
            unreadable.forEach { changes[it] = null }
            if (!isWhole) dropBases()
        }
    }

    /** Returns false if the record cannot be read. */
    private fun take(key: String, value: String): Boolean {
        val (kind, rest) = key.substringBefore('/') to key.substringAfter('/')
        try {
            when (kind) {
                "base" -> {
                    val (collection, item) =
                        rest.substringBefore('/') to rest.substringAfter('/')
                    val read = JSON.decodeFromString(StoredItem.serializer(), value)
                    state.base.getOrPut(collection) { TreeMap() }[item] =
                        BaseRecord(collection, item, read.item, read.generation, read.seenAt)
                }
                "queue" -> {
                    val write = JSON.decodeFromString(Write.serializer(), value)
                    state.queue[write.seq] = write
                }
                "cursor" ->
                    state.cursors[rest] = JSON.decodeFromString(Cursor.serializer(), value)
                SEQ_KEY -> state.seq = value.toLong()
            }
            return true
        } catch (_: IllegalArgumentException) {
            return false
        }
    }

    /** Reads in one transaction. */
    suspend fun <T> read(work: Tables.() -> T): T = mutex.withLock {
        mustBeOpen()
        Tables(state).work()
    }

    /** Writes in one transaction: all of it, or nothing. If it is durable, it is safe when this returns. */
    suspend fun <T> write(isDurable: Boolean, work: Tables.() -> T): T = mutex.withLock {
        mustBeOpen()
        val tables = Tables(state)
        try {
            val value = tables.work()
            if (tables.changes.isNotEmpty()) store(tables.changes, isDurable)
            value
        } catch (error: Throwable) {
            tables.rollBack()
            throw error
        }
    }

    /** Not cancelled half-way: memory and storage have to tell the same. */
    private suspend fun store(changes: Map<String, String?>, isDurable: Boolean) =
        withContext(NonCancellable) {
            storing { records.write(changes, isDurable) }
        }

    /** Waits for the transaction under way. */
    suspend fun close() = withContext(NonCancellable) {
        mutex.withLock {
            isClosed = true
            storing { records.close() }
        }
    }

    /** After a wipe, a late answer must not bring anything back. */
    private fun mustBeOpen() {
        if (isClosed) throw OfflineError(OfflineErrorReason.CLOSED)
    }

    override fun toString() = "Database($name)"
}

/** What the stores on one database tell each other. */
internal class Hub {
    private val members = CopyOnWriteArrayList<Member>()

    /** A store. */
    interface Member {
        /** True if it works in the background. */
        val isInBackground: Boolean

        /** True if the app is on the screen. */
        val isShown: Boolean

        /** Items changed; `null` for all of a collection. */
        fun changed(collection: String, keys: Set<String>?)

        /** The database is gone. */
        fun lost()

        /** It may lead now. */
        fun leaderChanged()

        /** Pulls, because the app wants to know at once if this was asked for. */
        fun pull(isAsked: Boolean)

        /** Sends what waits. */
        fun push()
    }

    /** The store that pulls and pushes. */
    val leader: Member? get() = members.firstOrNull { it.isInBackground }

    /** True if any part of the app is on the screen. */
    val isShown: Boolean get() = members.any { it.isShown }

    fun join(member: Member) {
        members += member
        member.leaderChanged()
    }

    fun leave(member: Member) {
        members -= member
        leader?.leaderChanged()
    }

    fun tell(each: (Member) -> Unit) = members.forEach(each)
}

/** The databases that are open in this process. */
internal object Databases {
    private val mutex = Mutex()
    private val open = HashMap<Pair<OfflineStorage, String>, Database>()

    /** Opens a database, and makes it if there is none. */
    suspend fun open(storage: OfflineStorage, name: String, form: Int): Database = mutex.withLock {
        val key = storage to name
        val database = open[key] ?: storing { storage.open(name) }.let { records ->
            val new = Database(name, records, form)
            try {
                new.load()
            } catch (error: Throwable) {
                withContext(NonCancellable) { storing { records.close() } }
                throw storageError(error)
            }
            open[key] = new
            new
        }
        database.users += 1
        database
    }

    /** A store needs the database no more. */
    suspend fun close(storage: OfflineStorage, name: String, database: Database): Unit =
        withContext(NonCancellable) {
            mutex.withLock {
                database.users -= 1
                val key = storage to name
                if (database.users == 0 && open[key] === database) {
                    open.remove(key)
                    database.close()
                }
            }
        }

    /** Removes a database, also one that is open: its stores are told. */
    suspend fun delete(storage: OfflineStorage, name: String): Unit = withContext(NonCancellable) {
        mutex.withLock {
            open.remove(storage to name)?.let { database ->
                database.hub.tell { it.lost() }
                database.close()
            }
            storing { storage.delete(name) }
        }
    }
}

private suspend fun <T> storing(work: suspend () -> T): T = try {
    work()
} catch (error: Exception) {
    throw storageError(error)
}

private fun storageError(error: Throwable): Throwable = when (error) {
    is OfflineError, is CancellationException, is Error -> error
    else -> OfflineError(OfflineErrorReason.STORAGE_FAILED, error)
}
