import Foundation

/// How long the service surely knows an `Idempotency-Key`, in seconds: it keeps it for 24 hours, and
/// the hour is for clocks that differ.
private let keyLifetime = 23 * 3600.0

/// Sends the queue.
actor Push {
    private let core: Core
    /// For what concerns all writes, such as a lost network.
    private var patience = Patience()
    /// For what concerns one item.
    private var patienceOf: [ItemName: Patience] = [:]
    /// Why nothing could be sent the last time.
    private(set) var error: (any Error)?
    private var wantsPull = false

    init(core: Core) {
        self.core = core
    }

    /// Waits no longer for a network that was lost.
    func hurry() {
        patience.hurry()
        for item in patienceOf.keys {
            patienceOf[item]?.hurry()
        }
    }

    /// True, once, if the base may be behind an answer, so that the feed is to be asked soon.
    func takeWantsPull() -> Bool {
        defer { wantsPull = false }
        return wantsPull
    }

    /// Sends what can be sent now, one write after another.
    ///
    /// - Returns: When the next one can be sent, in seconds since 1970; `.infinity` if nothing waits
    ///   for a time.
    func round() async throws -> Double {
        while true {
            try Task.checkCancellation()
            if core.now() < patience.until { return patience.until }
            do {
                switch try await next() {
                case .at(let time): return time
                case .write(let write): try await send(write)
                }
            } catch let error as OfflineError where error.reason != .closed {
                // The storage failed. What was sent is sent again, with its key.
                self.error = error
                patience.fail(error, core)
            }
        }
    }

    private enum Next {
        case write(Write)
        case at(Double)
    }

    /// Freezes the write that is next, or tells when there will be one.
    private func next() async throws -> Next {
        let (core, patienceOf) = (core, patienceOf)
        return try await core.database.write(durable: true) { tables in
            var items: Set<ItemName> = []
            var ready: [Write] = []
            var earliest = Double.infinity
            for write in tables.queue {
                // An older version of the app may not have a collection of a newer one.
                guard
                    core.collections[write.collection] != nil,
                    write.state != .refused,
                    items.insert(write.item).inserted,
                    write.state != .conflict
                else { continue }
                let until = patienceOf[write.item]?.until ?? 0
                if until <= core.now() {
                    ready.append(write)
                } else {
                    earliest = min(earliest, until)
                }
            }
            // One that got no answer goes behind the others, so that it cannot keep them back.
            let order = { (write: Write) in (write.last?.at ?? 0, write.seq) }
            guard var write = ready.min(by: { order($0) < order($1) }) else { return .at(earliest) }
            let attempt = attempt(tables, write, at: core.now())
            write.first = write.first ?? attempt
            write.last = attempt
            try tables.put(write)
            return .write(write)
        }
    }

    private func send(_ write: Write) async throws {
        let now = core.now()
        let age = now - (write.first?.at ?? now)
        if write.creates, age > keyLifetime || age < 0 {
            // It may have been added, and deleted since: only the user can tell whether to add it
            // again.
            return try await check(write, isExpired: true)
        }
        let answer: RawAnswer
        do {
            let send = core.collection(write.collection).send[write.operation]
            let options = CallOptions(
                idempotencyKey: write.idempotencyKey,
                ifMatch: write.ifMatch,
                timeLimit: core.timeLimit
            )
            answer = try await core.requests.run {
                // Another version of the app may have made it.
                guard let send else { throw RequestCannotBeMade(cause: nil) }
                return try await send(write.id, write.members, options)
            }
        } catch {
            return try await failed(write, error)
        }
        succeeded(write)
        try await done(write, answer.item, answer.etag, isReplay: answer.replayed)
    }

    private func succeeded(_ write: Write) {
        error = nil
        patience.succeed()
        patienceOf[write.item] = nil
    }

    private func failed(_ write: Write, _ error: any Error) async throws {
        switch judge(write, error) {
        case .wait, .waitWithItem:
            try waitAfter(write, error)
        case .done:
            succeeded(write)
            try await done(write, nil, nil, isReplay: false)
        case .check:
            try await check(write, isExpired: false)
        case .refused:
            succeeded(write)
            try await refuse(write, problem(of: error))
        }
    }

    private func waitAfter(_ write: Write, _ error: any Error) throws {
        if isEnd(error) || error is SessionEndedError { throw error }
        self.error = error
        if case .wait = judge(write, error) {
            patience.fail(error, core)
        } else {
            waitWith(write, error)
        }
    }

    private func waitWith(_ write: Write, _ error: (any Error)?) {
        patienceOf[write.item, default: Patience()].fail(error, core)
    }

    /// Takes a write that was done out of the queue, and the item as it was at an attempt into the
    /// base.
    private func done(
        _ write: Write,
        _ item: StoredItem?,
        _ etag: String?,
        isReplay: Bool
    ) async throws {
        let core = core
        let isBehind = try await core.database.write { tables in
            // The user dropped it, or another process was faster: the feed tells what became of the
            // item.
            guard let stored = stored(tables, write) else { return true }
            // A replay tells how the item was after the first attempt.
            let sent = isReplay ? stored.first : stored.known(write.last)
            let isBehind = try toBase(&tables, stored, item, sent, core)
            tables.deleteWrite(stored.seq)
            try release(&tables, behind: stored, etag: etag)
            return isBehind
        }
        wantsPull = wantsPull || isBehind
        core.watchers.tell(write.collection, [write.key])
    }

    /// Finds the item that a write could not change: it may be as it was wanted, or the user has to
    /// decide.
    private func check(_ write: Write, isExpired: Bool) async throws {
        let core = core
        let collection = core.collection(write.collection)
        // What the feed tells from now on may be newer than what is found.
        let asked: Attempt? = try await core.database.write { tables in
            guard var stored = stored(tables, write) else { return nil }
            stored.last = attempt(tables, stored, at: core.now())
            try tables.put(stored)
            return stored.last
        }
        guard let asked else { return }
        var item: StoredItem?
        do {
            item = try await core.requests.run {
                try await collection.find(write.id, CallOptions(timeLimit: core.timeLimit)).item
            }
        } catch let error as ProblemError where error.status == 404 {
            // It is not there.
        } catch {
            return try waitAfter(write, error)
        }
        succeeded(write)
        let found = item
        let (isBehind, wasThere) = try await core.database.write { tables -> (Bool, Bool) in
            guard var stored = stored(tables, write) else { return (false, false) }
            let isBehind = try toBase(&tables, stored, found, stored.known(asked), core)
            let (operation, members) = (stored.operation, stored.members)
            if collection.isWanted(operation, members, before: stored.before, found) {
                tables.deleteWrite(stored.seq)
                try release(&tables, behind: stored, etag: found?.etag)
            } else if stored.creates, found == nil, !isExpired {
                return (isBehind, true)
            } else {
                stored.state = .conflict
                stored.reason =
                    stored.creates
                    ? (found == nil ? .expired : .exists) : (found == nil ? .deleted : .changed)
                try tables.put(stored)
            }
            return (isBehind, false)
        }
        wantsPull = wantsPull || isBehind
        // Another one was there, and is gone: the next attempt adds it.
        if wasThere { waitWith(write, nil) }
        core.watchers.tell(write.collection, [write.key])
    }

    /// Puts a write onto the list of the refused. Later writes of the item go on.
    private func refuse(_ write: Write, _ problem: Problem) async throws {
        let collection = core.collection(write.collection)
        try await core.database.write { tables in
            guard var stored = stored(tables, write) else { return }
            guard var next = following(tables, stored), stored.creates else {
                stored.state = .refused
                stored.problem = problem
                try tables.put(stored)
                return try release(&tables, behind: stored, etag: stored.ifMatch)
            }
            // There is no item that the next one could change: the two are one.
            tables.deleteWrite(stored.seq)
            switch next.operation {
            case .delete:
                tables.deleteWrite(next.seq)
                try release(&tables, behind: next, etag: nil)
            case .update:
                next.operation = stored.operation
                next.members = collection.mergedMembers(stored, next.members)
                next.idempotencyKey = newKey()
                next.chained = false
                try tables.put(next)
            case .add, .put:
                try release(&tables, behind: stored, etag: nil)
            }
        }
        core.watchers.tell(write.collection, [write.key])
    }
}

/// The write as it is in the queue. `nil` if it was dropped or decided, or is another one by now.
private func stored(_ tables: Tables, _ write: Write) -> Write? {
    guard
        let stored = tables.write(write.seq),
        stored.idempotencyKey == write.idempotencyKey,
        stored.state == .waiting
    else { return nil }
    return stored
}

/// The next attempt of a write.
private func attempt(_ tables: Tables, _ write: Write, at time: Double) -> Attempt {
    Attempt(
        number: (write.last?.number ?? 0) + 1,
        at: time,
        generation: tables.cursor(write.collection).generation
    )
}

extension Write {
    /// The attempt with what is known of it now. If another process made one after it, what is known
    /// of the first one.
    fileprivate func known(_ attempt: Attempt?) -> Attempt? {
        last?.number == attempt?.number ? last : first
    }
}

/// Takes an item into the base, or out of it if there is none. If the feed has told of it since the
/// attempt, the base may be newer: then only what is surely newer is taken, and the feed will bring
/// the rest. Returns whether it has to.
private func toBase(
    _ tables: inout Tables,
    _ write: Write,
    _ item: StoredItem?,
    _ known: Attempt?,
    _ core: Core
) throws -> Bool {
    let (name, key) = (write.collection, write.key)
    let sent = known ?? attempt(tables, write, at: 0)
    if sent.overtaken {
        guard
            let item,
            let base = tables.base(name, key),
            base.generation <= sent.generation,
            item.isLater(than: base.item)
        else { return true }
    }
    if let item {
        try tables.putUnlessOutdated(core.record(name, key, item, generation: sent.generation))
    } else {
        tables.deleteBase(name, key)
    }
    return false
}

private enum Judgement {
    case wait, waitWithItem, check, done, refused
}

/// What a failure means for a write: the table of answers.
private func judge(_ write: Write, _ error: any Error) -> Judgement {
    switch error {
    case is RequestCannotBeMade, is EncodingError, URLError.badURL:
        // The request cannot be made of this write.
        return .refused
    case let error as ProblemError:
        let type = error.problem.type
        switch error.status {
        case 401, 429, 502, 503, 504:
            return .wait
        case 404 where type == "/problems/not-found" || write.creates:
            return .refused
        case 404:
            return write.operation == .delete ? .done : .check
        case 409 where type == "/problems/request-in-flight":
            return .waitWithItem
        case 409:
            return type.hasSuffix("-exists") ? .check : .refused
        case 412:
            return .check
        default:
            return error.status >= 500 ? .waitWithItem : .refused
        }
    default:
        // No answer, or one that is not of the service.
        return .wait
    }
}

private func problem(of error: any Error) -> Problem {
    (error as? ProblemError)?.problem
        ?? Problem(
            type: "about:blank",
            title: "The request cannot be made",
            status: 0,
            detail: "\(error)",
            instance: ""
        )
}
