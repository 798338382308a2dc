import Foundation

/// Does a piece of work whenever it is asked to, and again when the work says so; never twice at once.
actor Loop {
    /// After a failure, the work is done again after so many seconds.
    private static let again = 30.0

    private let work: @Sendable () async throws -> Double
    private var timer: Task<Void, any Error>?
    private var running: Task<Void, Never>?
    private var isAskedAgain = false
    private var isStopped = false

    /// - Parameter work: Returns after how many seconds it is to be done again, or `.infinity`.
    init(_ work: @escaping @Sendable () async throws -> Double) {
        self.work = work
    }

    /// Does the work now, or once more if it is under way.
    func soon() {
        if isStopped { return }
        if running != nil {
            isAskedAgain = true
            return
        }
        timer?.cancel()
        running = Task { await run() }
    }

    /// Cancels the work under way, and waits until it has ended. No other begins.
    func stop() async {
        isStopped = true
        timer?.cancel()
        running?.cancel()
        await running?.value
    }

    private func run() async {
        var delay: Double
        repeat {
            isAskedAgain = false
            do {
                delay = try await work()
            } catch {
                delay = Loop.again
            }
        } while isAskedAgain && !isStopped
        running = nil
        guard delay < .infinity, !isStopped else { return }
        let wait = max(delay, 0)
        timer = Task {
            try await Task.sleep(for: .seconds(wait))
            soon()
        }
    }
}
