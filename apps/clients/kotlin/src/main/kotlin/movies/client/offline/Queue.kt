package movies.client.offline

import java.util.UUID
import kotlinx.serialization.json.JsonObject

/** What a write says. */
private class Draft(
    val collection: String,
    val key: String,
    val id: JsonObject,
    val operation: WriteOperation,
    val members: JsonObject,
    /** The item as the user saw it, if that may be older than what is on this device now. */
    val seen: JsonObject? = null,
)

/** Takes writes, and what the user decides about them. Each is one transaction, safe when it returns. */
internal class Queue(
    private val core: Core,
    /** How many writes may be in the queue. */
    private val limit: Int,
) {
    /** Takes a write. When this returns, the write is on disk. */
    suspend fun add(
        name: String,
        key: String,
        id: JsonObject,
        operation: WriteOperation,
        members: JsonObject,
        seen: JsonObject?,
    ) {
        val draft = Draft(name, key, id, operation, members, seen)
        core.writeDurably { add(draft) }
        core.changed(name, setOf(key))
    }

    /**
     * Sends the write that is in conflict again, on top of what others have made of the item. One whose
     * item they have deleted adds it again as a whole.
     */
    suspend fun keepMine(name: String, key: String) {
        val collection = core.collection(name)
        core.writeDurably {
            val write = writesOf(name, key).find { it.state == WriteState.CONFLICT }
                ?: return@writeDurably
            val again = write.copy(
                state = WriteState.WAITING,
                idempotencyKey = UUID.randomUUID().toString(),
                ifMatch = null,
                first = null,
                last = null,
                reason = null,
            )
            val base = base(name, key)
            val canPut = collection.put != null
            if (base != null) {
                val replacing = if (canPut) WriteOperation.PUT else WriteOperation.UPDATE
                val isAddition = write.operation == WriteOperation.ADD
                val operation = if (isAddition) replacing else write.operation
                // What others have made of the item is what the user has seen now, and goes over.
                putWrite(
                    again.copy(
                        operation = operation,
                        ifMatch = base.item.etag,
                        before = base.item,
                    ),
                )
            } else if (write.operation == WriteOperation.DELETE) {
                deleteWrite(write.seq)
                release(write, null)
            } else if (write.operation == WriteOperation.UPDATE) {
                val whole = applyWrite(collection, write, null) ?: JsonObject(emptyMap())
                val operation = if (canPut) WriteOperation.PUT else WriteOperation.ADD
                putWrite(again.copy(operation = operation, members = writable(collection, whole)))
            } else {
                putWrite(again)
            }
        }
        core.changed(name, setOf(key))
    }

    /** Drops all that waits for an item. */
    suspend fun takeTheirs(name: String, key: String) {
        core.writeDurably {
            for (write in writesOf(name, key)) if (!write.isRefused) deleteWrite(write.seq)
        }
        core.changed(name, setOf(key))
    }

    /** Puts a refused write at the end of the queue again. */
    suspend fun retry(seq: Long) = settleRefused(seq) { write ->
        val collection = core.collection(write.collection)
        if (!collection.offers(write.operation)) throw OfflineError(OfflineErrorReason.NOT_OFFERED)
        add(Draft(write.collection, write.key, write.id, write.operation, write.members))
    }

    /** Drops a refused write. */
    suspend fun discard(seq: Long) = settleRefused(seq) {}

    private suspend fun settleRefused(seq: Long, settle: Tables.(Write) -> Unit) {
        val write = core.writeDurably {
            val found = write(seq)?.takeIf { it.isRefused } ?: return@writeDurably null
            deleteWrite(seq)
            settle(found)
            found
        } ?: return
        core.changed(write.collection, setOf(write.key))
    }

    private fun Tables.add(draft: Draft) {
        val (name, key) = draft.collection to draft.key
        val collection = core.collection(name)
        val base = base(name, key)
        val writes = writesOf(name, key)
        var live = writes.filterNot { it.isRefused }
        val shown = show(collection, key, base?.item, live)
        var operation = draft.operation
        var members = draft.members
        val changes = operation == WriteOperation.UPDATE || operation == WriteOperation.DELETE
        val made = writes.filter { it.isRefused && it.creates }
        val corrected = made.lastOrNull()?.takeIf { base == null && live.isEmpty() }
        if (corrected != null) {
            // What the user makes of an item whose addition was refused takes the place of the addition.
            for (write in made) deleteWrite(write.seq)
            if (operation == WriteOperation.DELETE) return
            if (operation == WriteOperation.UPDATE) {
                members = mergeMembers(collection, corrected, members)
                operation = corrected.operation
            }
        } else if (shown == null) {
            val isUnknown = draft.seen?.get("etag") == null
            if (changes && isUnknown) throw OfflineError(OfflineErrorReason.ITEM_UNKNOWN)
        } else if (operation == WriteOperation.ADD) {
            throw OfflineError(OfflineErrorReason.ITEM_EXISTS)
        } else if (shown.conflict != null && shown.conflict.mine == null) {
            // Who goes on with an item does not want to delete it any more.
            for (write in live) deleteWrite(write.seq)
            live = emptyList()
        }
        val last = live.lastOrNull()
        if (last != null && last.first == null && last.state == WriteState.WAITING) {
            when (val merged = merge(collection, last, operation, members)) {
                is Merged.One -> return putWrite(merged.write)
                Merged.Nothing -> return deleteWrite(last.seq)
                Merged.Apart -> {}
            }
        }
        if (queue().size >= limit) throw OfflineError(OfflineErrorReason.QUEUE_FULL)
        // The first write of an item is guarded by an entity tag, and the others by its answer.
        val isGuarded = live.isEmpty() && operation != WriteOperation.ADD
        val guard = if (isGuarded) guardOf(collection, draft, base?.item) else Guard()
        putWrite(
            Write(
                seq = nextSeq(),
                collection = name,
                key = key,
                id = draft.id,
                operation = operation,
                members = members,
                before = guard.before ?: shown?.item,
                idempotencyKey = UUID.randomUUID().toString(),
                ifMatch = guard.ifMatch,
                chained = live.isNotEmpty(),
                madeAt = core.now(),
                state = if (guard.reason == null) WriteState.WAITING else WriteState.CONFLICT,
                reason = guard.reason,
            ),
        )
    }
}

/** What tells whether others have changed the item since the user saw it. */
private class Guard(
    val ifMatch: String? = null,
    /** Null: what is shown. */
    val before: JsonObject? = null,
    val reason: ConflictReason? = null,
)

/** The guard of a write: the entity tag of what the user saw. */
private fun guardOf(collection: AnyCollection, draft: Draft, base: JsonObject?): Guard {
    val ofBase = Guard(ifMatch = base?.etag)
    val seen = draft.seen ?: return ofBase
    if (base != null) {
        // What the user saw may have been sent since, and have another entity tag now.
        val saw = writable(collection, seen)
        if (isWanted(collection, WriteOperation.PUT, saw, before = collection.known(base), base)) return ofBase
    }
    if ("etag" in seen) return Guard(ifMatch = seen.etag, before = seen)
    // The user saw it before the service did: there is nothing that the service could compare.
    val isFine = base == null || isWanted(collection, draft.operation, draft.members, before = seen, base)
    return if (isFine) ofBase else Guard(base.etag, seen, ConflictReason.CHANGED)
}
