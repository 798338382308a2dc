/**
 * Why the offline store did not do what it was asked for:
 *
 * | reason | |
 * | --- | --- |
 * | `storageFull` | The device has no space. Nothing was written. |
 * | `storageDenied` | The browser does not let this page store anything. |
 * | `storageNewer` | A newer version of the app has stored in a form that this one does not know. It is left as it is. |
 * | `storageFailed` | The storage failed in another way, see `cause`. |
 * | `queueFull` | As many writes wait as the queue may hold. |
 * | `itemExists` | There is an item with this id already: it cannot be added. |
 * | `itemUnknown` | There is no item with this id on this device: it cannot be changed or deleted. |
 * | `notOffered` | The collection does not have this operation. |
 * | `closed` | The store is closed, or was wiped, or another user has signed in. |
 */
export type OfflineErrorReason =
    | 'storageFull'
    | 'storageDenied'
    | 'storageNewer'
    | 'storageFailed'
    | 'queueFull'
    | 'itemExists'
    | 'itemUnknown'
    | 'notOffered'
    | 'closed';

/** The offline store did not do what it was asked for. Nothing is half done. */
export class OfflineError extends Error {
    override readonly name = 'OfflineError';
    readonly reason: OfflineErrorReason;

    constructor(reason: OfflineErrorReason, cause?: unknown) {
        super(`offline store: ${reason}`, { cause });
        this.reason = reason;
    }
}
