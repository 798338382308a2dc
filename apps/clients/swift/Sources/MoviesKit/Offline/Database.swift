import Foundation

/// The records of one user. Nothing of them is stored again after they were wiped.
final class Database: @unchecked Sendable {
    private let rows: any OfflineRows
    private let form: Int
    /// Hears of what others have stored.
    private let heard: @Sendable (Set<ItemName>) -> Void
    /// Runs when others have wiped the records, or a newer version of the app has taken them.
    private let lost: @Sendable () -> Void
    private let guarding = NSLock()
    /// `guarding` guards these.
    private var tables = Tables()
    private var life: String?
    private var isClosed = false

    init(
        rows: any OfflineRows,
        form: Int = localForm,
        heard: @escaping @Sendable (Set<ItemName>) -> Void = { _ in },
        lost: @escaping @Sendable () -> Void = {}
    ) {
        self.rows = rows
        self.form = form
        self.heard = heard
        self.lost = lost
    }

    /// Opens the records, and makes them if there are none.
    func open() async throws {
        try await run(durable: true) { tables in
            let life = tables.life ?? newKey()
            if tables.life == nil { try tables.begin(life: life) }
            self.life = life
        }
    }

    /// Reads in one transaction.
    func read<Result: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Result
    ) async throws -> Result {
        try await run(durable: false) { tables in
            try self.checkLife(tables)
            return try work(tables)
        }
    }

    /// Writes in one transaction: all of it, or nothing. `durable` waits for the disk.
    func write<Result: Sendable>(
        durable: Bool = false,
        _ work: @escaping @Sendable (inout Tables) throws -> Result
    ) async throws -> Result {
        try await run(durable: durable) { tables in
            // After a wipe, a late answer must not bring anything back.
            try self.checkLife(tables)
            return try work(&tables)
        }
    }

    /// Takes what others have stored meanwhile.
    func look() async throws {
        if rows.mayHaveNews() { try await read { _ in } }
    }

    /// Removes everything, and closes.
    func wipe() async throws {
        defer { close() }
        do {
            try await rows.transaction { transaction in
                try self.guarding.withLock {
                    _ = self.tables.take(transaction.news)
                    // Those that came after another wipe are not ours.
                    if self.life != nil, self.tables.life == self.life {
                        try transaction.commit(.nothing)
                    }
                    self.tables = Tables()
                }
            }
        } catch {
            throw OfflineError(ofStorage: error)
        }
    }

    func close() {
        guarding.withLock { isClosed = true }
    }

    private func checkLife(_ tables: Tables) throws {
        if tables.life != life { throw OfflineError(.closed) }
    }

    private func run<Result: Sendable>(
        durable: Bool,
        _ work: @escaping @Sendable (inout Tables) throws -> Result
    ) async throws -> Result {
        let (result, items, isLost) = try await transact(durable: durable, work)
        if !items.isEmpty { heard(items) }
        if isLost { lost() }
        return try result.get()
    }

    private func transact<Value: Sendable>(
        durable: Bool,
        _ work: @escaping @Sendable (inout Tables) throws -> Value
    ) async throws -> (Result<Value, any Error>, Set<ItemName>, isLost: Bool) {
        do {
            return try await rows.transaction { transaction in
                try self.guarding.withLock {
                    if self.isClosed { throw OfflineError(.closed) }
                    return try self.transact(transaction, durable: durable, work)
                }
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw OfflineError(ofStorage: error)
        }
    }

    private func transact<Value>(
        _ transaction: any OfflineTransaction,
        durable: Bool,
        _ work: (inout Tables) throws -> Value
    ) throws -> (Result<Value, any Error>, Set<ItemName>, isLost: Bool) {
        let news = transaction.news
        if let theirs = news.form, theirs > form {
            guard life != nil else { throw OfflineError(.storageNewer) }
            return (.failure(OfflineError(.closed)), [], isLost: true)
        }
        let (items, isDamaged) = tables.take(news)
        var wantsWhole = news.wantsWhole || news.form == nil
        if isDamaged || news.form.map({ $0 < form }) == true {
            try tables.dropBase()
            tables.changes = []
            try transaction.commit(.whole(tables.rows(), form: form))
            wantsWhole = false
        }
        var next = tables
        do {
            let value = try work(&next)
            if !next.changes.isEmpty {
                let changes = next.changes
                next.changes = []
                if wantsWhole {
                    try transaction.commit(.whole(next.rows(), form: form))
                } else {
                    try transaction.commit(.rows(changes, durable: durable))
                }
            }
            tables = next
            return (.success(value), items, isLost: false)
        } catch {
            let isLost = life != nil && tables.life != life
            return (.failure(OfflineError(ofStorage: error)), items, isLost: isLost)
        }
    }
}
