import Foundation

/// The answer is a problem document.
public struct ProblemError: Error, Sendable {
    /// The status code.
    public let status: Int

    /// The document. Decide by its `type`; treat one that you do not know like the status.
    public let problem: Problem

    /// How long to wait before the call is repeated, if the answer says so.
    public let retryAfter: Duration?

    /// The id of the request. Quote it when you report a fault.
    public let requestId: String?

    /// The whole document as text, with members that this client does not know.
    public let json: String
}

/// The session is over, or there is none. The tokens are cleared: let the user sign in.
public struct SessionEndedError: Error, Sendable {
    /// The id of the request whose answer ended the session, if there was one.
    public let requestId: String?
}

/// The answer is none of this API, such as a page of HTML, an empty body, a redirect, or an error
/// without a problem document.
public struct UnexpectedAnswerError: Error, Sendable {
    /// The status code; `nil` if the answer did not come by HTTP: what a browser came back with.
    public let status: Int?

    /// What is wrong with the answer, for a developer.
    public let reason: String

    /// The id of the request, if the answer has one.
    public let requestId: String?
}

/// The storage of files did not take an upload.
public struct UploadRefusedError: Error, Sendable {
    /// The status code of the storage. Below 500: the file or a header is not as it was told. From
    /// 500 on: try again later.
    public let status: Int

    /// The id of the request whose answer permitted the upload.
    public let requestId: String?
}

/// There is no answer: the device is offline, the connection was refused or cut off, or the answer
/// came too late. The service may have done what it was asked for.
public struct NetworkError: Error, Sendable {
    /// True if a time limit was over.
    public let timedOut: Bool

    /// What the platform says.
    public let cause: URLError?
}

// The texts are for logs: they hold no token, no password and nothing of a body but the names of
// what is wrong.

extension ProblemError: LocalizedError, CustomStringConvertible {
    public var description: String {
        let fields = problem.errors.map { errors in
            " (" + errors.map { "\($0.field): \($0.code)" }.joined(separator: ", ") + ")"
        }
        return "\(status) \(problem.type)\(fields ?? "")\(suffix(requestId))"
    }

    public var errorDescription: String? { description }
}

extension SessionEndedError: LocalizedError, CustomStringConvertible {
    public var description: String {
        "the session is over, or nobody is signed in\(suffix(requestId))"
    }

    public var errorDescription: String? { description }
}

extension UnexpectedAnswerError: LocalizedError, CustomStringConvertible {
    public var description: String {
        "unexpected answer: \(status.map { "\($0), " } ?? "")\(reason)\(suffix(requestId))"
    }

    public var errorDescription: String? { description }
}

extension UploadRefusedError: LocalizedError, CustomStringConvertible {
    public var description: String {
        "the upload was refused with \(status)\(suffix(requestId))"
    }

    public var errorDescription: String? { description }
}

extension NetworkError: LocalizedError, CustomStringConvertible {
    public var description: String {
        timedOut
            ? "no answer in time" : "no answer\(cause.map { ", code \($0.code.rawValue)" } ?? "")"
    }

    public var errorDescription: String? { description }
}

private func suffix(_ requestId: String?) -> String {
    requestId.map { ", request \($0)" } ?? ""
}
