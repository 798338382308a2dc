import Foundation

/// A lock that all processes share that can open a file. It ends with the process that holds it.
struct FileLock: Sendable {
    let file: URL
    /// How long to wait before the lock is tried again.
    var pause: Duration = .milliseconds(20)

    /// Runs the work while no other holder of the lock, in this process or another, runs its own.
    func holding<Result: Sendable>(_ work: @Sendable () async throws -> Result) async throws
        -> Result
    {
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        // Waiting inside `flock` would keep a thread of the pool that all tasks share.
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw failure() }
            try await Task.sleep(for: pause)
        }
        return try await work()
    }

    private func failure() -> any Error {
        NSError(
            domain: NSPOSIXErrorDomain,
            code: Int(errno),
            userInfo: [NSFilePathErrorKey: file.path]
        )
    }
}
