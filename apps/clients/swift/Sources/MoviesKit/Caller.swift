import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Calls operations: signs their requests, and decodes their answers.
struct Caller: Sendable {
    let transport: Transport
    /// `nil` for the refresh itself, which needs no token.
    let session: Session?
    /// The only user whose tokens are sent; `nil` for whoever is signed in.
    var userId: String?

    /// Calls an operation whose successes all have a body.
    func value<Value: Decodable & Sendable>(
        of operation: Operation,
        query: [QueryParameter] = [],
        body: (any Encodable & Sendable)? = nil,
        options: CallOptions
    ) async throws -> Answer<Value> {
        let answer = try await answer(of: operation, query: query, body: body, options: options)
        return answer.carrying(try answer.decoded())
    }

    /// Calls an operation that has successes with a body and without one.
    func optionalValue<Value: Decodable & Sendable>(
        of operation: Operation,
        query: [QueryParameter] = [],
        body: (any Encodable & Sendable)? = nil,
        options: CallOptions
    ) async throws -> Answer<Value?> {
        let answer = try await answer(of: operation, query: query, body: body, options: options)
        let isEmpty = answer.status == 204 || answer.status == 304
        return answer.carrying(isEmpty ? nil : try answer.decoded())
    }

    /// Calls an operation whose successes have no body.
    func noValue(
        of operation: Operation,
        query: [QueryParameter] = [],
        body: (any Encodable & Sendable)? = nil,
        options: CallOptions
    ) async throws -> Answer<Void> {
        let answer = try await answer(of: operation, query: query, body: body, options: options)
        guard answer.body.isEmpty else { throw answer.unexpected("a body where there is none") }
        return answer.carrying(())
    }

    private func answer(
        of operation: Operation,
        query: [QueryParameter],
        body: (any Encodable & Sendable)?,
        options: CallOptions
    ) async throws -> HTTPAnswer {
        let request = try transport.request(
            of: operation,
            query: query,
            body: body,
            options: options
        )
        return try await within(options.timeLimit) {
            if operation.signedIn, let session {
                return try await signedAnswer(to: request, of: operation, in: session)
            }
            do {
                return try await transport.answer(to: request, of: operation)
            } catch let error as ProblemError where error.endsSession && session != nil {
                try await session?.end()
                throw SessionEndedError(requestId: error.requestId)
            }
        }
    }

    /// Sends the request with an access token. If the token is refused it is replaced, and the
    /// request sent again.
    private func signedAnswer(
        to request: URLRequest,
        of operation: Operation,
        in session: Session
    ) async throws -> HTTPAnswer {
        var tokens = try await session.tokens()
        var refreshed = false
        while true {
            if let userId, tokens.userId != userId { throw SessionEndedError(requestId: nil) }
            var signed = request
            signed.setValue("Bearer \(tokens.accessToken)", forHTTPHeaderField: "Authorization")
            do {
                return try await transport.answer(to: signed, of: operation)
            } catch let error as ProblemError where error.refusesToken && !refreshed {
                let replacement = try await session.replace(tokens)
                tokens = replacement.tokens
                refreshed = replacement.refreshed
            } catch let error as ProblemError where error.refusesToken || error.endsSession {
                try await session.end(ifStill: tokens)
                throw SessionEndedError(requestId: error.requestId)
            }
        }
    }
}

extension HTTPAnswer {
    /// The body as a value of the contract.
    func decoded<Value: Decodable>() throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: body)
        } catch {
            throw unexpected(
                body.isEmpty ? "an empty body" : "a body that is not what the contract says"
            )
        }
    }

    func carrying<Value: Sendable>(_ value: Value) -> Answer<Value> {
        Answer(
            value: value,
            status: status,
            etag: headers["etag"],
            requestId: requestId,
            servedBy: headers["x-served-by"],
            replayed: headers["idempotent-replayed"] == "true",
            retryAfter: retryAfter,
            body: body
        )
    }

    func unexpected(_ reason: String) -> UnexpectedAnswerError {
        UnexpectedAnswerError(status: status, reason: reason, requestId: requestId)
    }
}
