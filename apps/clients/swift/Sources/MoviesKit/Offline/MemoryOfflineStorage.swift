import Foundation

/// Keeps rows as long as the app runs: for previews and tests.
public final class MemoryOfflineStorage: OfflineStorage, @unchecked Sendable {
    private let guarding = NSLock()
    /// By store and user. `guarding` guards it.
    private var logs: [String: [String: MemoryLog]] = [:]
    private let lead = Turn()

    /// Makes a storage without rows.
    public init() {}

    public func rows(of userId: String, store: String) -> any OfflineRows {
        guarding.withLock {
            let log = logs[store]?[userId] ?? MemoryLog()
            logs[store, default: [:]][userId] = log
            return MemoryRows(log: log)
        }
    }

    public func removeAll(store: String) async throws {
        for log in guarding.withLock({ (logs[store] ?? [:]).values.map { $0 } }) {
            log.guarding.withLock { log.clear() }
        }
    }

    public func leading(store: String, _ work: @Sendable () async -> Void) async throws {
        try await lead.taking(work)
    }
}

/// Lets one after another lead.
private actor Turn {
    private var isTaken = false

    func taking(_ work: @Sendable () async -> Void) async throws {
        while isTaken {
            try await Task.sleep(for: .milliseconds(20))
        }
        isTaken = true
        await work()
        isTaken = false
    }
}

/// The commits of a user.
private final class MemoryLog: @unchecked Sendable {
    let guarding = NSLock()
    /// Goes up when what came before is gone.
    var generation = 0
    var form: Int?
    var rows: [OfflineRow] = []

    func clear() {
        generation += 1
        form = nil
        rows = []
    }
}

private final class MemoryRows: OfflineRows, @unchecked Sendable {
    private let log: MemoryLog
    /// What was read. The lock of the log guards it.
    private var generation = -1
    private var count = 0

    init(log: MemoryLog) {
        self.log = log
    }

    func mayHaveNews() -> Bool {
        log.guarding.withLock { generation != log.generation || count != log.rows.count }
    }

    func transaction<Result: Sendable>(
        _ work: @Sendable (any OfflineTransaction) throws -> Result
    ) async throws -> Result {
        try log.guarding.withLock {
            let isWhole = generation != log.generation
            let rows = Array(log.rows[(isWhole ? 0 : count)...])
            generation = log.generation
            count = log.rows.count
            let news = OfflineNews(form: log.form, isWhole: isWhole, rows: rows)
            return try work(Transaction(rows: self, news: news))
        }
    }

    private struct Transaction: OfflineTransaction {
        let rows: MemoryRows
        let news: OfflineNews

        func commit(_ commit: OfflineCommit) {
            let log = rows.log
            switch commit {
            case .rows(let changes, _):
                log.rows += changes
            case .whole(let all, let form):
                log.clear()
                log.form = form
                log.rows = all
            case .nothing:
                log.clear()
            }
            rows.generation = log.generation
            rows.count = log.rows.count
        }
    }
}
