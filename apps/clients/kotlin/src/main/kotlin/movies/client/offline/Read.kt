package movies.client.offline

import java.util.TreeMap
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow

/**
 * The items with a value in an index, or with one between two, these included.
 *
 * @property name the name of the index.
 * @property from the first value.
 * @property to the last value.
 */
public data class IndexQuery(val name: String, val from: IndexValue, val to: IndexValue) {
    /** The items with one value. */
    public constructor(name: String, equals: IndexValue) : this(name, equals, equals)

    /** The items with one text. */
    public constructor(name: String, equals: String) : this(name, IndexValue(equals))
}

/**
 * Which items, and in which order. All that is given must hold.
 *
 * @property key the item with this key.
 * @property prefix items whose key begins so.
 * @property index items with a value in an index of the collection.
 * @property where items for which it is true.
 * @property order the order of the items; that of their keys without it.
 * @property limit the largest number of items.
 */
public data class Query<I : Any>(
    val key: String? = null,
    val prefix: String = "",
    val index: IndexQuery? = null,
    val where: ((I) -> Boolean)? = null,
    val order: Comparator<in I>? = null,
    val limit: Int = Int.MAX_VALUE,
)

/** What an item on the screen is, for the app. */
internal class Reader<I : Any>(
    private val core: Core,
    private val name: String,
    private val collection: Collection<I, *, *, *>,
) {
    /** The items of a query. */
    suspend fun items(query: Query<I>): List<Shown<I>> = inOrder(rows(query), query)

    /**
     * The items of a query, whenever they have changed.
     *
     * @param watch calls the function whenever items of a collection changed (`null` for all), until
     * the result is closed.
     */
    fun live(
        query: Query<I>,
        watch: ((String, Set<String>?) -> Unit) -> AutoCloseable,
    ): Flow<List<Shown<I>>> = flow {
        val stale = Stale()
        val watching = watch { collection, keys -> if (collection == name) stale.add(keys) }
        try {
            var rows = rows(query)
            while (true) {
                emit(inOrder(rows, query))
                val keys = stale.take()
                if (keys == null) rows = rows(query) else refresh(rows, keys, query)
            }
        } catch (error: OfflineError) {
            // In a closed store nobody sees anything.
            if (!error.isClosed) throw error
            emit(emptyList())
        } finally {
            watching.close()
        }
    }.distinctUntilChanged()

    private suspend fun rows(query: Query<I>): TreeMap<String, Shown<I>> {
        val shown = core.read {
            val writes = queue().filter { it.collection == name }.groupBy { it.key }
            val found = when (query.key) {
                null -> items(name, query.prefix)
                else -> listOfNotNull(base(name, query.key))
            }
            found.filter { it.key !in writes }.map { ShownItem(it.key, it.item, ItemState.SYNCED) } +
                writes.mapNotNull { (key, ofItem) ->
                    show(collection, key, base(name, key)?.item, ofItem)
                }
        }
        return shown.mapNotNull { matching(it, query) }.associateByTo(TreeMap()) { it.key }
    }

    private suspend fun refresh(
        rows: TreeMap<String, Shown<I>>,
        keys: Set<String>,
        query: Query<I>,
    ) {
        val read = core.read {
            keys.associateWith { show(collection, it, base(name, it)?.item, writesOf(name, it)) }
        }
        for ((key, item) in read) {
            val shown = item?.let { matching(it, query) }
            if (shown == null) rows.remove(key) else rows[key] = shown
        }
    }

    /** The item as the app knows it, if it is one of the query. */
    private fun matching(row: ShownItem, query: Query<I>): Shown<I>? {
        if (query.key != null && query.key != row.key) return null
        if (!row.key.startsWith(query.prefix)) return null
        val item = collection.typed(row.item)
        val index = query.index
        if (index != null) {
            val values = collection.indexes[index.name]?.invoke(item).orEmpty()
            if (values.none { it in index.from..index.to }) return null
        }
        if (query.where?.invoke(item) == false) return null
        val conflict = row.conflict?.let {
            Conflict(
                reason = it.reason,
                mine = it.mine?.let(collection::typed),
                theirs = it.theirs?.let(collection::typed),
                before = it.before?.let(collection::typed),
            )
        }
        return Shown(row.key, item, row.state, conflict)
    }

    private fun inOrder(rows: TreeMap<String, Shown<I>>, query: Query<I>): List<Shown<I>> {
        val shown = rows.values.toList()
        val order = query.order ?: return shown.take(query.limit)
        return shown.sortedWith { one, other -> order.compare(one.item, other.item) }
            .take(query.limit)
    }
}

/** The keys that are to be read again. */
private class Stale {
    private val signal = Channel<Unit>(Channel.CONFLATED)
    private var all = false
    private var keys = HashSet<String>()

    fun add(more: Set<String>?) {
        synchronized(this) {
            if (more == null) all = true else keys += more
        }
        signal.trySend(Unit)
    }

    /** Waits until there are some; `null` for all. */
    suspend fun take(): Set<String>? {
        signal.receive()
        return synchronized(this) {
            val taken = if (all) null else keys
            all = false
            keys = HashSet()
            taken
        }
    }
}
