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
        guard let seconds = headers["retry-after"].flatMap(Int.init), seconds >= 0 else { return nil }
        return .seconds(seconds)
    }
}

/// The network by `URLSession`: without redirects, cookies and caches.
final class URLSessionNetwork: Network {
    private let session: URLSession
    private let delegate = RedirectRefusal()

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: configuration)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    func answer(to request: URLRequest) async throws -> HTTPAnswer {
        do {
            let (body, response) = try await session.data(for: request, delegate: delegate)
            guard let response = response as? HTTPURLResponse else {
                throw NetworkError(timedOut: false, cause: nil)
            }
            return HTTPAnswer(status: response.statusCode, headers: headers(of: response), body: body)
        } catch let error as URLError {
            try Task.checkCancellation()
            throw NetworkError(timedOut: error.code == .timedOut, cause: error)
        }
    }

    private func headers(of response: HTTPURLResponse) -> [String: String] {
        var headers: [String: String] = [:]
        for case let (name as String, value as String) in response.allHeaderFields {
            headers[name.lowercased()] = value
        }
        return headers
    }
}

/// Gives a redirect back as the answer, because a token goes to the base URL and nowhere else.
private final class RedirectRefusal: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
