import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A file must arrive at this rate, in bytes per millisecond: on a weak mobile network, 128 kbit/s.
private let slowest = 16

/// Sends the requests of operations, and repeats those that may be repeated.
struct Transport: Sendable {
    let baseURL: URL
    let retryPolicy: RetryPolicy
    let network: any Network

    /// Makes the request of an operation, without a token.
    func request(
        of operation: Operation,
        query: [QueryParameter],
        body: (any Encodable & Sendable)?,
        options: CallOptions
    ) throws -> URLRequest {
        let base = baseURL.absoluteString
        let text =
            (base.hasSuffix("/") ? String(base.dropLast()) : base) + operation.path
            + queryText(query)
        guard let url = URL(string: text) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = operation.method
        // The platform's own limit would be a minute, whatever the policy says.
        request.timeoutInterval = retryPolicy.timeLimit / .seconds(1)
        request.setValue("application/json, application/problem+json", forHTTPHeaderField: "Accept")
        if let body {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            request.httpBody = try encoder.encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if operation.takesIdempotencyKey {
            // All attempts of a call carry the same key, and so do those after a refresh.
            let key = options.idempotencyKey ?? UUID().uuidString.lowercased()
            request.setValue(key, forHTTPHeaderField: "Idempotency-Key")
        }
        if operation.takesIfMatch, let tag = options.ifMatch {
            request.setValue(tag, forHTTPHeaderField: "If-Match")
        }
        if operation.takesIfNoneMatch, let tag = options.ifNoneMatch {
            request.setValue(tag, forHTTPHeaderField: "If-None-Match")
        }
        return request
    }

    /// Sends a request, as often as the policy allows and the operation bears it.
    func answer(to request: URLRequest, of operation: Operation) async throws -> HTTPAnswer {
        let repeatable = operation.repeatable || operation.takesIdempotencyKey
        var attempt = 1
        while true {
            let failure: any Error
            let retryAfter: Duration?
            do {
                let answer = try await within(retryPolicy.timeLimit) {
                    try await network.answer(to: request)
                }
                guard let error = error(in: answer, to: operation) else { return answer }
                let type = (error as? ProblemError)?.problem.type
                guard repeatable, mayPass(answer.status, type) else { throw error }
                failure = error
                retryAfter = answer.retryAfter
            } catch let error as NetworkError where repeatable {
                failure = error
                retryAfter = nil
            }
            let delay = retryPolicy.delay(
                after: attempt,
                retryAfter: retryAfter,
                random: .random(in: 0...1)
            )
            guard let delay else { throw failure }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    /// Sends a file with a permission of the service, as often as the policy allows, and gives the
    /// last answer. The permission is for whoever has its URL, so the access token stays here, and
    /// no error names the URL.
    func answer(to upload: UploadResponse, with file: Data) async throws -> HTTPAnswer? {
        guard let url = URL(string: upload.url), ["http", "https"].contains(url.scheme) else {
            return nil
        }
        var request = URLRequest(url: url)
        request.httpMethod = "PUT"
        request.httpBody = file
        let limit = retryPolicy.timeLimit + .milliseconds(file.count / slowest)
        request.timeoutInterval = limit / .seconds(1)
        for (name, value) in upload.headers {
            request.setValue(value, forHTTPHeaderField: name)
        }
        var attempt = 1
        while true {
            let result: Result<HTTPAnswer, NetworkError>
            do {
                let sent = request
                result = .success(try await within(limit) { try await network.answer(to: sent) })
            } catch let error as NetworkError {
                // What the platform says has the URL.
                let cause = error.cause.map { URLError($0.code) }
                result = .failure(NetworkError(timedOut: error.timedOut, cause: cause))
            }
            if case .success(let answer) = result, answer.status < 500 { return answer }
            let delay = retryPolicy.delay(
                after: attempt,
                retryAfter: nil,
                random: .random(in: 0...1)
            )
            guard let delay else { return try result.get() }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    /// The error that an answer stands for, if it is no success.
    private func error(in answer: HTTPAnswer, to operation: Operation) -> (any Error)? {
        switch answer.status {
        case 200..<300:
            return nil
        case 304 where operation.takesIfNoneMatch:
            return nil
        case 300..<400:
            return UnexpectedAnswerError(
                status: answer.status,
                reason: "a redirect, which is not followed",
                requestId: answer.requestId
            )
        default:
            guard let problem = try? JSONDecoder().decode(Problem.self, from: answer.body) else {
                return UnexpectedAnswerError(
                    status: answer.status,
                    reason: "no problem document",
                    requestId: answer.requestId
                )
            }
            return ProblemError(
                status: answer.status,
                problem: problem,
                retryAfter: answer.retryAfter,
                requestId: answer.requestId ?? problem.instance,
                json: String(decoding: answer.body, as: UTF8.self)
            )
        }
    }

    /// Tells whether the same request may succeed later.
    private func mayPass(_ status: Int, _ type: String?) -> Bool {
        switch status {
        case 502, 503, 504: true
        case 429: type == "/problems/too-many-requests"
        case 409: type == "/problems/request-in-flight"
        default: false
        }
    }
}
