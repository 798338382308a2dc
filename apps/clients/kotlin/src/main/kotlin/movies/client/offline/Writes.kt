package movies.client.offline

import java.text.Normalizer
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.elementNames
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import movies.client.Problem

/** JSON as the service has it: unset members are not written, unknown ones are ignored. */
@OptIn(ExperimentalSerializationApi::class)
internal val JSON: Json = Json {
    explicitNulls = false
    ignoreUnknownKeys = true
}

@OptIn(ExperimentalSerializationApi::class)
internal fun SerialDescriptor.names(): Set<String> = elementNames.toSet()

/** What a write does. */
@Serializable
public enum class WriteOperation {
    /** Adds an item that must not be there. */
    @SerialName("add")
    ADD,

    /** Adds or replaces the whole item. */
    @SerialName("put")
    PUT,

    /** Changes members. */
    @SerialName("update")
    UPDATE,

    /** Deletes the item. */
    @SerialName("delete")
    DELETE,
}

/** How far a write is. */
@Serializable
public enum class WriteState {
    /** It waits for its turn or for an answer. */
    @SerialName("waiting")
    WAITING,

    /** The user has to decide. */
    @SerialName("conflict")
    CONFLICT,

    /** The service has refused it. */
    @SerialName("refused")
    REFUSED,
}

/** Why the user has to decide. */
@Serializable
public enum class ConflictReason {
    /** Somebody else changed the item. */
    @SerialName("changed")
    CHANGED,

    /** Somebody else deleted it. */
    @SerialName("deleted")
    DELETED,

    /** Another one with this id was added before. */
    @SerialName("exists")
    EXISTS,

    /** Whether the item was added is not known any more, and it is not there now. */
    @SerialName("expired")
    EXPIRED,
}

/** The state of an item on the screen. If it has several, the last of these is shown. */
public enum class ItemState {
    /** It is as the service has it. */
    SYNCED,

    /** A write of it waits. */
    WAITING,

    /** A write of it was refused: `writes` of the store tells why. */
    REFUSED,

    /** The user has to decide. */
    CONFLICT,
}

/** The moment at which a write was sent. */
@Serializable
internal data class Attempt(
    /** How many there were with it: another store may have made the next one. */
    val number: Int,
    /** By the device's clock, in milliseconds since 1970. */
    val at: Long,
    /** The generation of the base. */
    val generation: Int,
    /** True if the feed has told of the item since: the base may be newer than an answer to this. */
    val overtaken: Boolean = false,
)

/** A write in the queue. */
@Serializable
internal data class Write(
    /** Its number, in the order in which writes were made. */
    val seq: Long,
    val collection: String,
    val key: String,
    val id: JsonObject,
    val operation: WriteOperation,
    /** The body without the id. */
    val members: JsonObject,
    /** The item as it was shown before, which the user changed. */
    val before: JsonObject? = null,
    val idempotencyKey: String,
    /** The entity tag that the item must have. `null` if the write creates the item. */
    val ifMatch: String? = null,
    /** True while a write of the same item is before it, whose answer gives the entity tag. */
    val chained: Boolean = false,
    val madeAt: Long,
    /** When it was sent for the first time. From then on it is frozen. */
    val first: Attempt? = null,
    /** When it was sent the last time. */
    val last: Attempt? = null,
    val state: WriteState = WriteState.WAITING,
    val reason: ConflictReason? = null,
    val problem: Problem? = null,
) {
    val isRefused: Boolean get() = state == WriteState.REFUSED

    /** True if it makes an item that was not there. Repeating such a write is not harmless. */
    val creates: Boolean
        get() = (operation == WriteOperation.ADD || operation == WriteOperation.PUT) &&
            ifMatch == null && !chained
}

/** An item on the screen: what the service has, with the queued writes on top. */
internal data class ShownItem(
    val key: String,
    val item: JsonObject,
    val state: ItemState,
    val conflict: ShownConflict? = null,
)

internal data class ShownConflict(
    val reason: ConflictReason,
    val mine: JsonObject?,
    val theirs: JsonObject?,
    val before: JsonObject?,
)

internal typealias AnyCollection = Collection<*, *, *, *>

/** A write that does what two do. */
internal sealed interface Merged {
    /** The two are one. */
    data class One(val write: Write) : Merged

    /** Together they do nothing. */
    data object Nothing : Merged

    /** They stay two. */
    data object Apart : Merged
}

private const val CLEAR = "clear"
private val SERVICE_MEMBERS = setOf("etag", "version", "createdAt", "updatedAt")

internal val JsonObject.etag: String get() = getValue("etag").jsonPrimitive.content
internal val JsonObject.version: Long get() = getValue("version").jsonPrimitive.long
internal val JsonObject.createdAt: String? get() = get("createdAt")?.jsonPrimitive?.contentOrNull

/** The item after a write. */
internal fun applyWrite(
    collection: AnyCollection,
    write: Write,
    item: JsonObject?,
): JsonObject? = when (write.operation) {
    WriteOperation.DELETE -> null
    WriteOperation.UPDATE -> {
        val changed = change(item ?: write.before ?: write.id, write.members)
        JsonObject(collection.defaults + changed)
    }
    else -> {
        val kept = item.orEmpty().filterKeys {
            it in SERVICE_MEMBERS || it in collection.readOnlyMembers
        }
        JsonObject(kept + collection.defaults + write.id + write.members)
    }
}

/** An item with the base and its writes, in their order. `null` if nothing is shown. */
internal fun show(
    collection: AnyCollection,
    key: String,
    base: JsonObject?,
    writes: List<Write>,
): ShownItem? {
    val live = writes.filterNot { it.isRefused }
    val conflict = live.find { it.state == WriteState.CONFLICT }
    val mine = live.fold(base) { item, write -> applyWrite(collection, write, item) }
    var item = mine
    if (conflict != null) {
        // What the user wants to delete, and others changed, has to be seen.
        item = item ?: base
    } else if (live.isEmpty() && item == null) {
        // What the user made does not vanish because it was refused.
        item = writes.findLast { it.creates }?.let { applyWrite(collection, it, null) }
    }
    if (item == null) return null
    if (conflict?.reason != null) {
        val shown = ShownConflict(conflict.reason, mine, theirs = base, before = conflict.before)
        return ShownItem(key, item, ItemState.CONFLICT, shown)
    }
    val state = when {
        writes.size > live.size -> ItemState.REFUSED
        live.isNotEmpty() -> ItemState.WAITING
        else -> ItemState.SYNCED
    }
    return ShownItem(key, item, state)
}

/** A write that does what [first] does, and then another one. */
internal fun merge(
    collection: AnyCollection,
    first: Write,
    operation: WriteOperation,
    members: JsonObject,
): Merged {
    if (first.operation == WriteOperation.DELETE) return Merged.Apart
    return when (operation) {
        WriteOperation.DELETE ->
            if (first.operation == WriteOperation.ADD || first.creates) {
                Merged.Nothing
            } else {
                Merged.One(first.copy(operation = operation, members = members))
            }
        WriteOperation.UPDATE ->
            Merged.One(first.copy(members = mergeMembers(collection, first, members)))
        WriteOperation.PUT -> {
            val isAdded = first.operation == WriteOperation.ADD
            val merged = if (isAdded) WriteOperation.ADD else WriteOperation.PUT
            Merged.One(first.copy(operation = merged, members = members))
        }
        WriteOperation.ADD -> Merged.Apart
    }
}

/** The members of a write with changes on top. */
internal fun mergeMembers(
    collection: AnyCollection,
    first: Write,
    changes: JsonObject,
): JsonObject {
    if (first.operation != WriteOperation.UPDATE) {
        return writable(collection, change(first.members, changes))
    }
    val set = changes - CLEAR
    val gone = names(changes[CLEAR])
    val clear = (names(first.members[CLEAR]) + gone) - set.keys
    val members = (first.members - CLEAR - gone) + set
    return JsonObject(
        if (clear.isEmpty()) members else members + (CLEAR to JsonArray(clear.map(::JsonPrimitive))),
    )
}

/** The members of an item that a write may have. */
internal fun writable(collection: AnyCollection, item: JsonObject): JsonObject =
    JsonObject(item - SERVICE_MEMBERS - collection.idMembers - collection.readOnlyMembers)

/**
 * True if the item is as the write wants it. A member that neither the write nor the item before it had is
 * not looked at: a newer service may give each item one.
 */
internal fun isWanted(collection: AnyCollection, write: Write, item: JsonObject?): Boolean =
    isWanted(collection, write.operation, write.members, write.before, item)

/** True if the item is as a write of [members] wants it, which was [before]. */
internal fun isWanted(
    collection: AnyCollection,
    operation: WriteOperation,
    members: JsonObject,
    before: JsonObject?,
    item: JsonObject?,
): Boolean {
    val deletes = operation == WriteOperation.DELETE
    if (deletes || item == null) return deletes && item == null
    if (operation == WriteOperation.UPDATE) {
        return (members - CLEAR).all { (name, value) -> same(item[name], value) } &&
            names(members[CLEAR]).all { same(item[it], null) }
    }
    val wanted = collection.defaults + members
    // A whole item takes away what was there before.
    val gone = before?.let { writable(collection, it) }.orEmpty()
    return (wanted.keys + gone.keys).all { same(item[it], wanted[it]) }
}

/** The id of an item. */
internal fun idOf(collection: AnyCollection, item: JsonObject): JsonObject =
    JsonObject(item.filterKeys { it in collection.idMembers })

private fun change(item: JsonObject, changes: JsonObject): JsonObject =
    JsonObject((item - names(changes[CLEAR])) + (changes - CLEAR))

private fun names(clear: JsonElement?): Set<String> =
    (clear as? JsonArray).orEmpty().map { it.jsonPrimitive.content }.toSet()

/** True if the service may have made one of the other. It trims texts and has lists always. */
private fun same(got: JsonElement?, wanted: JsonElement?): Boolean {
    if (isEmpty(got) || isEmpty(wanted)) return isEmpty(got) && isEmpty(wanted)
    return when (got) {
        is JsonPrimitive -> wanted is JsonPrimitive && samePrimitive(got, wanted)
        is JsonArray -> wanted is JsonArray && got.size == wanted.size &&
            got.indices.all { same(got[it], wanted[it]) }
        is JsonObject -> wanted is JsonObject &&
            (got.keys + wanted.keys).all { same(got[it], wanted[it]) }
        null -> false
    }
}

private fun samePrimitive(got: JsonPrimitive, wanted: JsonPrimitive): Boolean = when {
    got.isString != wanted.isString -> false
    got.isString -> normal(got.content) == normal(wanted.content)
    else -> {
        // 8 and 8.0 are one number.
        val number = got.content.toBigDecimalOrNull()
        val other = wanted.content.toBigDecimalOrNull()
        if (number != null && other != null) {
            number.compareTo(other) == 0
        } else {
            got.content == wanted.content
        }
    }
}

private fun normal(text: String) = Normalizer.normalize(text, Normalizer.Form.NFC).trim()

private fun isEmpty(value: JsonElement?) = value == null || (value is JsonArray && value.isEmpty())
