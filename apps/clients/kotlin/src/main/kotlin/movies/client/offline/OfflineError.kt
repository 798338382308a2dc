package movies.client.offline

/** Why the offline store did not do what it was asked for. */
public enum class OfflineErrorReason {
    /** The device has no space. Nothing was written. */
    STORAGE_FULL,

    /** The app may not write where the store is to be kept. */
    STORAGE_DENIED,

    /** Another process has the storage open. */
    STORAGE_IN_USE,

    /**
     * A newer version of the app has stored in a form that this one does not know. It is left as it
     * is.
     */
    STORAGE_NEWER,

    /** The storage failed in another way: see the cause. */
    STORAGE_FAILED,

    /** As many writes wait as the queue may hold. */
    QUEUE_FULL,

    /** There is an item with this id already: it cannot be added. */
    ITEM_EXISTS,

    /** There is no item with this id on this device: it cannot be changed or deleted. */
    ITEM_UNKNOWN,

    /** The collection does not have this operation. */
    NOT_OFFERED,

    /** The store is closed, or was wiped, or another user has signed in. */
    CLOSED,
}

/**
 * The offline store did not do what it was asked for. Nothing is half done.
 *
 * @property reason why.
 */
public class OfflineError(public val reason: OfflineErrorReason, cause: Throwable? = null) :
    Exception("offline store: $reason", cause)
