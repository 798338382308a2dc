import Foundation

/// Where offline stores keep their rows. `FileOfflineStorage` keeps them in files. Another one, such
/// as a database, is a type that does what is said here.
public protocol OfflineStorage: Sendable {
    /// The rows of one user. Nothing is read or made before the first transaction.
    func rows(of userId: String, store: String) throws -> any OfflineRows

    /// Removes the rows of all users.
    func removeAll(store: String) async throws

    /// Waits until no other one leads, in this process or another, then runs `work`, which leads
    /// until it returns. The lead of a process ends with it.
    func leading(store: String, _ work: @Sendable () async -> Void) async throws
}

/// The rows of one user.
public protocol OfflineRows: Sendable {
    /// Runs `work` while no other transaction of these rows runs, in this process or another.
    func transaction<Result: Sendable>(
        _ work: @Sendable (any OfflineTransaction) throws -> Result
    ) async throws -> Result

    /// Tells cheaply whether there may be news. A wrong `true` costs a transaction.
    func mayHaveNews() -> Bool
}

/// What a transaction reads and writes.
public protocol OfflineTransaction {
    /// What was committed, by whomever, since the last transaction of this object; its own commits
    /// are not in it.
    var news: OfflineNews { get }

    /// Stores the rows: all of them, or none, also if the process or the device ends meanwhile.
    /// Call it once at most.
    func commit(_ commit: OfflineCommit) throws
}

/// A row, or that there is none any more.
public struct OfflineRow: Sendable, Hashable {
    /// The name of the row.
    public let name: String

    /// What it holds; `nil` if it was deleted.
    public let value: Data?

    /// Makes a row.
    public init(name: String, value: Data?) {
        self.name = name
        self.value = value
    }
}

/// What others have committed.
public struct OfflineNews: Sendable {
    /// The number of the form in which the rows are; `nil` if there are none.
    public let form: Int?

    /// True if these are all rows there are, so that what was read before is to be forgotten.
    public let isWhole: Bool

    /// True if something was lost: rows may be missing or old.
    public let isDamaged: Bool

    /// True if it is time to commit all rows.
    public let wantsWhole: Bool

    /// The rows in the order in which they were committed.
    public let rows: [OfflineRow]

    /// Makes news.
    public init(
        form: Int?,
        isWhole: Bool,
        isDamaged: Bool = false,
        wantsWhole: Bool = false,
        rows: [OfflineRow]
    ) {
        self.form = form
        self.isWhole = isWhole
        self.isDamaged = isDamaged
        self.wantsWhole = wantsWhole
        self.rows = rows
    }
}

/// What is to be stored.
public enum OfflineCommit: Sendable {
    /// These rows take the place of those with the same names. `durable`: they are on the disk, and
    /// not only in the memory of the device, when `commit` returns.
    case rows([OfflineRow], durable: Bool)

    /// These are all rows from now on, in this form. They are on the disk when `commit` returns.
    case whole([OfflineRow], form: Int)

    /// There are no rows any more.
    case nothing
}
