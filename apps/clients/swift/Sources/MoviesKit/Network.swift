import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends a request once, and gives its answer.
protocol Network: Sendable {
    /// Fails with `NetworkError` if there is no answer.
    func answer(to request: URLRequest) async throws -> HTTPAnswer
}

/// An answer as it came.
struct HTTPAnswer: Sendable {
    let status: Int
    /// By names in lower case.
    let headers: [String: String]
    let body: Data

    var requestId: String? { headers["x-request-id"] }

    var retryAfter: Duration? {
        guard let seconds = headers["retry-after"].flatMap(Int.init), seconds >= 0 else {
            return nil
        }
        return .seconds(seconds)
    }
}

/// The network by `URLSession`: without redirects, cookies and caches.
final class URLSessionNetwork: Network {
    private let session: URLSession
    private let exchanges = Exchanges()

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        #if canImport(FoundationNetworking)
            // On Linux a request is sent again by itself, a write too, if a connection that was
            // kept turns out broken.
            configuration.httpAdditionalHeaders = ["Connection": "close"]
        #endif
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    func answer(to request: URLRequest) async throws -> HTTPAnswer {
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                exchanges.start(task, continuation)
                // The handler below may have come too early for this exchange.
                if Task.isCancelled { exchanges.cancel(task) }
            }
        } onCancel: {
            exchanges.cancel(task)
        }
    }
}

/// The exchanges under way in a session.
private final class Exchanges: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Exchange {
        let continuation: CheckedContinuation<HTTPAnswer, any Error>
        var body = Data()
    }

    private let lock = NSLock()
    /// By the identifiers of their tasks. The lock guards it.
    private var exchanges: [Int: Exchange] = [:]

    func start(_ task: URLSessionTask, _ continuation: CheckedContinuation<HTTPAnswer, any Error>) {
        lock.withLock { exchanges[task.taskIdentifier] = Exchange(continuation: continuation) }
        task.resume()
    }

    func cancel(_ task: URLSessionTask) {
        task.cancel()
        end(task)?.continuation.resume(throwing: CancellationError())
    }

    /// Takes an exchange out, so that it ends once.
    private func end(_ task: URLSessionTask) -> Exchange? {
        lock.withLock { exchanges.removeValue(forKey: task.taskIdentifier) }
    }

    /// Gives a redirect back as the answer, because a token goes to the base URL and nowhere else.
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, dataTask task: URLSessionDataTask, didReceive data: Data)
    {
        lock.withLock { exchanges[task.taskIdentifier]?.body.append(data) }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didCompleteWithError error: (any Error)?
    ) {
        guard let exchange = end(task) else { return }
        if error == nil, let response = task.response as? HTTPURLResponse {
            exchange.continuation.resume(returning: HTTPAnswer(response, body: exchange.body))
        } else {
            let cause = error as? URLError
            let failure = NetworkError(timedOut: cause?.code == .timedOut, cause: cause)
            exchange.continuation.resume(throwing: failure)
        }
    }
}

extension HTTPAnswer {
    init(_ response: HTTPURLResponse, body: Data) {
        var headers: [String: String] = [:]
        for case (let name as String, let value as String) in response.allHeaderFields {
            headers[name.lowercased()] = value
        }
        self.init(status: response.statusCode, headers: headers, body: body)
    }
}
