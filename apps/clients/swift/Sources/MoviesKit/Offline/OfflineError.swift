import Foundation

/// The offline store did not do what it was asked for. Nothing is half done.
public struct OfflineError: Error, Sendable {
    /// Why the store did not do it.
    public enum Reason: String, Sendable {
        /// The device has no space. Nothing was written.
        case storageFull
        /// The app may not store anything there.
        case storageDenied
        /// A newer version of the app has stored in a form that this one does not know. It is left
        /// as it is.
        case storageNewer
        /// The storage failed in another way, see `cause`.
        case storageFailed
        /// As many writes wait as the queue may hold.
        case queueFull
        /// There is an item with this id already: it cannot be added.
        case itemExists
        /// There is no item with this id on this device: it cannot be changed or deleted.
        case itemUnknown
        /// The collection does not have this operation.
        case notOffered
        /// The store is closed, or was wiped, or another user has signed in.
        case closed
    }

    /// Why the store did not do it.
    public let reason: Reason

    /// What the storage says.
    public let cause: (any Error)?

    init(_ reason: Reason, cause: (any Error)? = nil) {
        self.reason = reason
        self.cause = cause
    }

    /// What a failure of the storage is for the store.
    init(ofStorage error: any Error) {
        if let error = error as? OfflineError {
            self = error
            return
        }
        let domain = (error as NSError).domain
        let code = Int32(truncatingIfNeeded: (error as NSError).code)
        switch (error as? CocoaError)?.code {
        case .fileWriteOutOfSpace: self.init(.storageFull, cause: error)
        case .fileWriteNoPermission, .fileReadNoPermission, .fileWriteVolumeReadOnly:
            self.init(.storageDenied, cause: error)
        default:
            switch (domain, code) {
            case (NSPOSIXErrorDomain, ENOSPC), (NSPOSIXErrorDomain, EDQUOT):
                self.init(.storageFull, cause: error)
            case (NSPOSIXErrorDomain, EACCES), (NSPOSIXErrorDomain, EPERM),
                (NSPOSIXErrorDomain, EROFS):
                self.init(.storageDenied, cause: error)
            default:
                self.init(.storageFailed, cause: error)
            }
        }
    }
}

extension OfflineError: LocalizedError, CustomStringConvertible {
    public var description: String { "offline store: \(reason.rawValue)" }

    public var errorDescription: String? { description }
}
