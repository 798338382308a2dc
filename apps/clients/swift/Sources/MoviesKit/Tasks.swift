/// Waits for a task without binding it: if the caller is cancelled, it stops waiting, and the task
/// goes on.
func valueUnlessCancelled<Value: Sendable>(of task: Task<Value, any Error>) async throws -> Value {
    let (stream, continuation) = AsyncThrowingStream<Value, any Error>.makeStream()
    Task {
        do {
            continuation.yield(try await task.value)
            continuation.finish()
        } catch {
            continuation.finish(throwing: error)
        }
    }
    for try await value in stream {
        return value
    }
    throw CancellationError()
}

/// Runs the work, and cancels it if it takes longer than the limit.
func within<Value: Sendable>(
    _ limit: Duration?,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    guard let limit else { return try await work() }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else {
            throw NetworkError(timedOut: true, cause: nil)
        }
        return value
    }
}
