import Foundation

/// What a store does on its own: pulling, sending, leading, and telling how it goes.
actor Engine {
    /// How often to look whether another process has stored something.
    private static let look = Duration.seconds(1)

    nonisolated let core: Core
    private let session: Session
    private let userId: String
    private let storage: any OfflineStorage
    private let store: String
    private let pull: Pull
    private let push: Push
    private let pullRounds = Serial()
    private let pushRounds = Serial()
    private var pulling: Loop?
    private var pushing: Loop?
    private var leading: Task<Void, Never>?
    private var tasks: [Task<Void, Never>] = []
    private var undo: [@Sendable () async -> Void] = []
    private var isAsked = false
    private var leads = false
    private var isClosed = false
    private var status = OfflineStatus()
    private var isStatusStale = false
    private var isReadingStatus = false
    private var statusWatchers: [UUID: AsyncStream<OfflineStatus>.Continuation] = [:]

    init(core: Core, session: Session, userId: String, storage: any OfflineStorage, store: String) {
        self.core = core
        self.session = session
        self.userId = userId
        self.storage = storage
        self.store = store
        pull = Pull(core: core)
        push = Push(core: core)
    }

    /// Opens the database, and follows the session and other processes.
    func open(_ accounts: Accounts) async throws {
        let (core, session) = (core, session)
        try await core.database.open()
        try await core.database.write { tables in
            for (name, collection) in core.collections {
                var cursor = tables.cursor(name, form: collection.form)
                if cursor.form != collection.form {
                    tables.deleteBase(of: name)
                    cursor.since = nil
                    cursor.whole = false
                    cursor.ready = false
                    cursor.form = collection.form
                }
                // Also a form that is new: pulling goes on with the one that is stored.
                try tables.put(cursor, of: name)
            }
        }
        let signIns = await session.onSignIn { [weak self] in await self?.sessionChanged() }
        undo.append { await session.forgetSignInListener(signIns) }
        undo.append(await accounts.onSignOut { [weak self] in try await self?.wipe() })
        let changes = await session.changes
        tasks.append(
            Task { [weak self] in
                for await _ in changes { await self?.sessionChanged() }
            }
        )
        let watchers = core.watchers
        let watcher = watchers.add { [weak self] _, _ in
            Task { await self?.publish() }
        }
        undo.append { watchers.remove(watcher) }
        tasks.append(
            Task { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: Engine.look)
                    try? await self?.core.database.look()
                }
            }
        )
    }

    // MARK: - In the background

    func start() async {
        if isClosed { return }
        if leading != nil { return await hurry() }
        pulling = Loop { [weak self] in try await self?.pullNow() ?? .infinity }
        pushing = Loop { [weak self] in try await self?.pushNow() ?? .infinity }
        let (storage, store) = (storage, store)
        let lead: @Sendable () async -> Void = { [weak self] in
            await self?.setLeads(true)
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(3600))
            }
            await self?.setLeads(false)
        }
        leading = Task {
            while !Task.isCancelled {
                try? await storage.leading(store: store, lead)
                // The storage failed.
                try? await Task.sleep(for: Engine.look)
            }
        }
    }

    func stop() async {
        let (pulling, pushing, leading) = (pulling, pushing, leading)
        (self.pulling, self.pushing, self.leading) = (nil, nil, nil)
        // Another one leads when nothing of this one is under way any more.
        await pulling?.stop()
        await pushing?.stop()
        leading?.cancel()
        await leading?.value
    }

    private func setLeads(_ leads: Bool) async {
        self.leads = leads
        if leads {
            await pulling?.soon()
            await pushing?.soon()
        }
        await publish()
    }

    /// Something may have got better: a network, a session.
    private func hurry() async {
        await pull.hurry()
        await push.hurry()
        await pulling?.soon()
        await pushing?.soon()
    }

    func pushSoon() async {
        await pushing?.soon()
    }

    func pullSoon() async {
        await pull.hurry()
        if leads {
            isAsked = true
            await pulling?.soon()
        } else {
            // Two that pull do no harm.
            tasks.append(Task { try? await self.pullOnce() })
        }
    }

    private func pullOnce() async throws {
        guard try await maySend() else { return }
        let pull = pull
        _ = try await pullRounds.run { try await pull.round(asked: true) }
        await publish()
    }

    /// The work of the loop that pulls. Returns after how many seconds to do it again.
    private func pullNow() async throws -> Double {
        guard leads, try await maySend() else { return .infinity }
        let (pull, asked) = (pull, isAsked)
        isAsked = false
        let next = try await pullRounds.run { try await pull.round(asked: asked) }
        await publish()
        return next - core.now()
    }

    /// The work of the loop that pushes. Returns after how many seconds to do it again.
    private func pushNow() async throws -> Double {
        guard leads, try await maySend() else { return .infinity }
        let push = push
        let next = try await pushRounds.run { try await push.round() }
        if await push.takeWantsPull() { await pullSoon() }
        await publish()
        return next - core.now()
    }

    /// Others have stored something.
    func heard() async {
        await pushing?.soon()
    }

    // MARK: - On request

    func sync() async throws {
        guard try await maySend() else { throw SessionEndedError(requestId: nil) }
        let (pull, push) = (pull, push)
        await pull.hurry()
        await push.hurry()
        _ = try await pullRounds.run { try await pull.round(asked: true) }
        do {
            _ = try await pushRounds.run { try await push.round() }
            if await push.takeWantsPull() {
                _ = try await pullRounds.run { try await pull.round(asked: true) }
            }
            await publish()
        } catch {
            await publish()
            throw error
        }
    }

    private func maySend() async throws -> Bool {
        if isClosed { return false }
        let current = try await session.userId
        if let current, current != userId { closeSoon() }
        return current == userId
    }

    private func sessionChanged() async {
        guard let current = try? await session.userId else { return await publish() }
        if current == userId {
            await hurry()
            await publish()
        } else {
            await close()
        }
    }

    // MARK: - The end

    /// Stops. What is stored stays.
    func close() async {
        closeSoon()
        await stop()
        await core.requests.close()
        for step in undo { await step() }
        undo = []
    }

    /// From now on nothing is read, written, or sent.
    private func closeSoon() {
        if isClosed { return }
        isClosed = true
        core.database.close()
        for task in tasks { task.cancel() }
        status.closed = true
        status.leads = false
        for watcher in statusWatchers.values {
            watcher.yield(status)
            watcher.finish()
        }
        for name in core.collections.keys { core.watchers.tell(name, nil) }
        Task { await self.close() }
    }

    func wipe() async throws {
        do {
            try await core.database.wipe()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    // MARK: - Status

    /// How the store is doing now.
    func currentStatus() async -> OfflineStatus {
        guard !isClosed else { return status }
        // It may be another user's by now.
        let user = try? await session.userId
        if let user, user != userId { closeSoon() }
        do {
            let (queue, cursors) = try await core.database.read { [core] tables in
                let cursors = core.collections.keys.map { ($0, tables.cursor($0)) }
                return (tables.queue, Dictionary(uniqueKeysWithValues: cursors))
            }
            let errors = await pull.errors
            let pushError = await push.error
            guard !isClosed else { return status }
            status = OfflineStatus(
                leads: leads,
                signedIn: user == userId,
                closed: false,
                waiting: queue.count { $0.state == .waiting },
                conflicts: queue.count { $0.state == .conflict },
                refused: queue.count { $0.state == .refused },
                pushError: pushError,
                collections: cursors.reduce(into: [:]) { collections, entry in
                    let (name, cursor) = entry
                    collections[name] = CollectionStatus(
                        ready: cursor.ready,
                        partial: cursor.partial,
                        pulledAt: cursor.pulledAt.map { Date(timeIntervalSince1970: $0) },
                        error: errors[name]
                    )
                }
            )
        } catch let error as OfflineError where error.reason == .closed {
            closeSoon()
        } catch {
            // The storage failed: the status stays.
        }
        return status
    }

    func changes() -> AsyncStream<OfflineStatus> {
        let (stream, watcher) = AsyncStream<OfflineStatus>.makeStream(
            bufferingPolicy: .bufferingNewest(1)
        )
        if isClosed {
            watcher.yield(status)
            watcher.finish()
            return stream
        }
        let id = UUID()
        statusWatchers[id] = watcher
        watcher.onTermination = { [weak self] _ in
            Task { await self?.forgetStatusWatcher(id) }
        }
        Task { await publish() }
        return stream
    }

    private func forgetStatusWatcher(_ id: UUID) {
        statusWatchers[id] = nil
    }

    /// Tells those who follow it how the store is doing.
    private func publish() async {
        isStatusStale = true
        if isReadingStatus || statusWatchers.isEmpty { return }
        isReadingStatus = true
        while isStatusStale, !isClosed {
            isStatusStale = false
            let status = await currentStatus()
            for watcher in statusWatchers.values { watcher.yield(status) }
        }
        isReadingStatus = false
    }
}
