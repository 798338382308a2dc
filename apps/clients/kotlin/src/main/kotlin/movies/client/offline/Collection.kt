package movies.client.offline

import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import movies.client.Answer
import movies.client.CallOptions

/** A value by which items are found: a text, or a number, which comes before all texts. */
public class IndexValue private constructor(
    private val number: Double?,
    private val text: String,
) : Comparable<IndexValue> {
    /** A text. */
    public constructor(text: String) : this(null, text)

    /** A number. */
    public constructor(number: Number) : this(number.toDouble(), "")

    override fun compareTo(other: IndexValue): Int = when {
        number == null && other.number == null -> text.compareTo(other.text)
        number == null -> 1
        other.number == null -> -1
        else -> number.compareTo(other.number)
    }

    override fun equals(other: Any?): Boolean = other is IndexValue && compareTo(other) == 0

    override fun hashCode(): Int = number?.hashCode() ?: text.hashCode()

    override fun toString(): String = number?.toString() ?: text
}

/** The values of an item in an index. None leaves the item out. */
public typealias IndexOf<I> = (I) -> List<IndexValue>

/**
 * Describes a noun: how its items are named, how the feed is asked, how a write is sent. Operations
 * that the noun does not have are left out; one without any is only read.
 *
 * [moviesCollection], [watchlistCollection] and [picturesCollection] describe ours; `copy` makes
 * another one of them.
 *
 * @property item how an item is read. What the service gives it must be optional if items are added,
 * because those that it has not seen lack it.
 * @property id how an id is read and written. Its members name an item, such as `title` and `year`.
 * @property members how what an addition or a replacement sets is read and written.
 * @property changed how what a change sets is read and written. Its member `clear` names members to
 * remove.
 * @property resource the member of a change of the feed that has the item, such as `movie`.
 * @property key the key of an item. Items are listed in the order of their keys, and a prefix of it
 * finds them.
 * @property find finds one item. Throws a problem with the status 404 if there is none.
 * @property normalize the id as the service will write it, so that two spellings are one item.
 * @property readOnlyMembers the members that the service sets and no write does, besides `etag`,
 * `version`, `createdAt` and `updatedAt`, which every noun has.
 * @property defaults what an item has if a write does not say it, so that it can be shown before the
 * service answers.
 * @property indexes how items are found by a value.
 * @property form when it is another number than before, the items are pulled anew. The queue stays.
 * @property most the largest number of items that are kept. With a feed, further new items are left
 * out when it is reached; without one, those that were not seen for the longest time go. Items with
 * queued writes are always kept.
 * @property changes one page of the feed: `since`, and the most items that it may hold. Without this,
 * the collection holds what was given to `remember` and `refresh`.
 * @property add adds an item that must not exist.
 * @property put adds an item or replaces it as a whole.
 * @property update changes an item.
 * @property delete deletes an item.
 */
public data class Collection<I : Any, Id : Any, Members : Any, Changes : Any>(
    val item: KSerializer<I>,
    val id: KSerializer<Id>,
    val members: KSerializer<Members>,
    val changed: KSerializer<Changes>,
    val resource: String,
    val key: (Id) -> String,
    val find: suspend (Id, CallOptions) -> Answer<*>,
    val normalize: (Id) -> Id = { it },
    val readOnlyMembers: Set<String> = emptySet(),
    val defaults: JsonObject = JsonObject(emptyMap()),
    val indexes: Map<String, IndexOf<I>> = emptyMap(),
    val form: Int = 1,
    val most: Int = Int.MAX_VALUE,
    val changes: (suspend (since: String?, limit: Int, CallOptions) -> Answer<*>)? = null,
    val add: (suspend (Id, Members, CallOptions) -> Answer<*>)? = null,
    val put: (suspend (Id, Members, CallOptions) -> Answer<*>)? = null,
    val update: (suspend (Id, Changes, CallOptions) -> Answer<*>)? = null,
    val delete: (suspend (Id, CallOptions) -> Answer<*>)? = null,
) {
    /** The members that name an item. */
    internal val idMembers: Set<String> = id.descriptor.names()

    /** The key of an item, or of an id, in JSON. */
    internal fun keyOf(json: JsonObject): String = key(JSON.decodeFromJsonElement(id, json))

    internal fun offers(operation: WriteOperation): Boolean = when (operation) {
        WriteOperation.ADD -> add
        WriteOperation.PUT -> put
        WriteOperation.UPDATE -> update
        WriteOperation.DELETE -> delete
    } != null

    /** Finds one item. */
    internal suspend fun find(json: JsonObject, options: CallOptions): Answer<*> =
        find(JSON.decodeFromJsonElement(id, json), options)

    /**
     * Sends a write.
     *
     * @throws IllegalArgumentException if no request can be made of it.
     */
    internal suspend fun send(write: Write, options: CallOptions): Answer<*> {
        val id = JSON.decodeFromJsonElement(id, write.id)
        fun members() = JSON.decodeFromJsonElement(members, write.members)
        return when (write.operation) {
            WriteOperation.ADD -> add?.invoke(id, members(), options)
            WriteOperation.PUT -> put?.invoke(id, members(), options)
            WriteOperation.UPDATE ->
                update?.invoke(id, JSON.decodeFromJsonElement(changed, write.members), options)
            WriteOperation.DELETE -> delete?.invoke(id, options)
        } ?: throw IllegalArgumentException("the collection has no such operation")
    }

    /** An item as the app knows it. */
    internal fun typed(json: JsonObject): I = JSON.decodeFromJsonElement(item, json)

    /** An item without the members that the app does not know. */
    internal fun known(json: JsonObject): JsonObject = encoded(typed(json))

    /** An item of the app. */
    internal fun encoded(known: I): JsonObject = JSON.encodeToJsonElement(item, known).jsonObject

    /** The values of an item in an index. */
    internal fun valuesOf(index: String, json: JsonObject): List<IndexValue> =
        indexes[index]?.invoke(typed(json)).orEmpty()
}
