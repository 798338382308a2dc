import Foundation

/// How calls are repeated: those that are safe, and writes with an idempotency key.
public struct RetryPolicy: Sendable, Hashable {
    /// How often a call is attempted at most.
    public var attempts: Int

    /// The wait before the first repetition, doubled for each one after it, if the answer has no
    /// `Retry-After`.
    public var baseDelay: Duration

    /// The longest wait. If `Retry-After` asks for a longer one, the error comes at once.
    public var maxDelay: Duration

    /// How long one attempt may take.
    public var timeLimit: Duration

    /// Makes a policy.
    public init(
        attempts: Int = 4,
        baseDelay: Duration = .milliseconds(200),
        maxDelay: Duration = .seconds(20),
        timeLimit: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.baseDelay = baseDelay
        self.maxDelay = maxDelay
        self.timeLimit = timeLimit
    }

    /// The wait after an attempt that failed, or `nil` if there must be no other attempt.
    ///
    /// - Parameters:
    ///   - attempt: Which attempt failed, from 1.
    ///   - retryAfter: What the answer asks for.
    ///   - random: A random number from 0 to 1.
    func delay(after attempt: Int, retryAfter: Duration?, random: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        if let retryAfter {
            return retryAfter > maxDelay ? nil : retryAfter + retryAfter * 0.2 * random
        }
        let longest = min(baseDelay * pow(2, Double(attempt - 1)), maxDelay)
        return longest * 0.5 + longest * 0.5 * random
    }
}
