package movies.client.offline

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import movies.client.Answer
import movies.client.ProblemError

/**
 * An item on the screen: what the service has, with what waits in the queue on top.
 *
 * @property key the key of the item, as the collection makes it.
 * @property item the item. One that the service has not seen yet lacks what the service gives it.
 * @property state `CONFLICT`: the user has to decide. `REFUSED`: `writes` of the store tells why.
 * @property conflict is there if the state is `CONFLICT`.
 */
public data class Shown<out I : Any>(
    val key: String,
    val item: I,
    val state: ItemState,
    val conflict: Conflict<I>? = null,
)

/**
 * What the user has to decide about.
 *
 * @property reason what others did.
 * @property mine the item as the user wants it; `null` if it is to be deleted.
 * @property theirs the item as others have made it; `null` if they deleted it.
 * @property before the item as the user saw it; `null` if it was new.
 */
public data class Conflict<out I : Any>(
    val reason: ConflictReason,
    val mine: I?,
    val theirs: I?,
    val before: I?,
)

/** What the collections of a store share. */
internal class Desk(
    val core: Core,
    val queue: Queue,
    val watch: ((String, Set<String>?) -> Unit) -> AutoCloseable,
    val pushSoon: () -> Unit,
)

/**
 * The items of one noun, on this device. Reading works at once, without a network. A write is on disk
 * when its function returns; it is sent later.
 *
 * All functions throw [OfflineError] if they fail.
 */
public class OfflineCollection<I : Any, Id : Any, Members : Any, Changes : Any> internal constructor(
    private val name: String,
    private val collection: Collection<I, Id, Members, Changes>,
    private val desk: () -> Desk,
) {
    private val core get() = desk().core
    private val reader get() = Reader(core, name, collection)

    /** The item with this id; `null` if there is none. */
    public suspend fun get(id: Id): Shown<I>? = query(Query(key = keyOf(id))).singleOrNull()

    /** The items of a query; all without one. */
    public suspend fun query(query: Query<I> = Query()): List<Shown<I>> = reader.items(query)

    /**
     * The items of a query now, and then whenever they have changed. When the store is closed, there
     * are none, and the flow ends.
     */
    public fun live(query: Query<I> = Query()): Flow<List<Shown<I>>> =
        reader.live(query, desk().watch)

    /** The item with this id now, and then whenever it has changed; `null` if there is none. */
    public fun liveItem(id: Id): Flow<Shown<I>?> =
        live(Query(key = keyOf(id))).map { it.singleOrNull() }

    /** Adds an item that is not there. */
    public suspend fun add(id: Id, members: Members): Unit =
        write(WriteOperation.ADD, id, encode(members))

    /**
     * Adds an item, or replaces it as a whole.
     *
     * @param seen the item as the user saw it, for a form: others may change it while the form is open, or
     * the app may have it from a search. If others have changed it, the write becomes a conflict.
     * Without it, the user saw the item that is on this device now.
     */
    public suspend fun put(id: Id, members: Members, seen: I? = null): Unit =
        write(WriteOperation.PUT, id, encode(members), seen)

    /**
     * Changes an item. Its member `clear` names members to remove.
     *
     * @param seen the item as the user saw it, as for [put].
     */
    public suspend fun update(id: Id, changes: Changes, seen: I? = null): Unit =
        write(
            WriteOperation.UPDATE,
            id,
            JSON.encodeToJsonElement(collection.changed, changes).jsonObject,
            seen,
        )

    /**
     * Deletes an item.
     *
     * @param seen the item as the user saw it, as for [put].
     */
    public suspend fun delete(id: Id, seen: I? = null): Unit =
        write(WriteOperation.DELETE, id, JsonObject(emptyMap()), seen)

    /** Ends a conflict: what the user did is sent on top of what others did. */
    public suspend fun keepMine(id: Id) {
        desk().queue.keepMine(name, keyOf(id))
        desk().pushSoon()
    }

    /** Ends a conflict: drops all that waits for the item. Without a conflict it does so, too. */
    public suspend fun takeTheirs(id: Id): Unit = desk().queue.takeTheirs(name, keyOf(id))

    /**
     * Keeps the items of an answer: those of a list or a search, or the one that was found. Only for
     * collections without a feed.
     */
    public suspend fun remember(answer: Answer<*>) {
        mustHaveNoFeed()
        val items = itemsOf(answer)
        val keys = core.write {
            val kept = items.map { putUnlessOutdated(core.record(name, it, 0, core.now())) }
            kept.toSet() + forgetOldest()
        }
        core.changed(name, keys)
    }

    /** Asks the service for an item and keeps it. Only for collections without a feed. */
    public suspend fun refresh(id: Id) {
        mustHaveNoFeed()
        val answer = try {
            collection.find(id, core.options())
        } catch (error: ProblemError) {
            if (error.status != 404) throw error
            val key = keyOf(id)
            core.write { deleteBase(name, key) }
            return core.changed(name, setOf(key))
        }
        remember(answer)
    }

    private fun keyOf(id: Id): String = collection.key(collection.normalize(id))

    private fun encode(members: Members): JsonObject =
        JSON.encodeToJsonElement(collection.members, members).jsonObject

    private suspend fun write(
        operation: WriteOperation,
        givenId: Id,
        members: JsonObject,
        seen: I? = null,
    ) {
        if (!collection.offers(operation)) throw OfflineError(OfflineErrorReason.NOT_OFFERED)
        val id = collection.normalize(givenId)
        val json = JSON.encodeToJsonElement(collection.id, id).jsonObject
        val saw = seen?.let(collection::encoded)
        desk().queue.add(name, collection.key(id), json, operation, members, saw)
        desk().pushSoon()
    }

    private fun mustHaveNoFeed() {
        if (collection.changes != null) throw OfflineError(OfflineErrorReason.NOT_OFFERED)
    }

    /**
     * Makes room: those that were not seen for the longest time go, unless something waits for them.
     */
    private fun Tables.forgetOldest(): List<String> {
        val excess = count(name) - collection.most
        if (excess <= 0) return emptyList()
        val needed = queue().filter { it.collection == name }.map { it.key }.toSet()
        val oldest = items(name).filter { it.key !in needed }.sortedBy { it.seenAt ?: 0 }
            .take(excess).map { it.key }
        for (key in oldest) deleteBase(name, key)
        return oldest
    }
}
