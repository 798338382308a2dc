import Foundation

/// What the contract says of an operation.
struct Operation: Sendable {
    let id: String
    let method: String
    let path: String
    var signedIn = false
    var repeatable = false
    var takesIdempotencyKey = false
    var takesIfMatch = false
    var takesIfNoneMatch = false
}

/// A parameter of a query. Without a value it is not sent.
struct QueryParameter: Sendable {
    let name: String
    let value: String?
}

/// Writes a text as one segment of a path.
///
/// An empty segment and dots would lead to another path, so they are refused.
func segment(_ text: String) throws -> String {
    guard !["", ".", ".."].contains(text) else { throw URLError(.badURL) }
    return percentEncoded(text)
}

/// Writes the parameters that have a value as the query of a URL, with its `?`.
func queryText(_ parameters: [QueryParameter]) -> String {
    let pairs = parameters.compactMap { parameter in
        parameter.value.map { "\(parameter.name)=\(percentEncoded($0))" }
    }
    return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
}

/// Encodes everything that is not unreserved in RFC 3986, so that every server reads the same.
private func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        unreserved.contains(byte) ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }.joined()
}

private let unreserved = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8
)
