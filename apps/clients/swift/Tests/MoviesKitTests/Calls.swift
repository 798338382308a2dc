import Foundation

@testable import MoviesKit

/// A name in the scenarios that this runner does not know.
struct UnknownName: Error, CustomStringConvertible {
    let name: String

    var description: String { "the runner does not know the name \(name)" }
}

/// What a scenario calls an operation with.
struct CallInput: Sendable {
    let step: JSON

    func path(_ name: String) throws -> String {
        guard let value = step["path"]?[name]?.text else { throw UnknownName(name: "path.\(name)") }
        return value
    }

    func query<Value: Codable>() throws -> Value {
        try typed("query")
    }

    func body<Value: Codable>() throws -> Value {
        try typed("body")
    }

    var options: CallOptions {
        let options = step["options"]
        return CallOptions(
            idempotencyKey: options?["idempotencyKey"]?.text,
            ifMatch: options?["ifMatch"]?.text,
            ifNoneMatch: options?["ifNoneMatch"]?.text,
            timeLimit: options?["timeLimitMs"]?.number.map { .milliseconds(Int($0)) }
        )
    }

    /// Decodes a part into a type of the client, which must not lose a member of it.
    private func typed<Value: Codable>(_ part: String) throws -> Value {
        let json = step[part] ?? .object([:])
        let value: Value = try json.decoded()
        let again = try JSON(encoding: value)
        guard again == json else {
            throw UnknownName(name: "\(part): \(json), as a \(Value.self) it is \(again)")
        }
        return value
    }
}

/// What a call gave, as JSON: `status`, `value`, `etag`, `requestId`, `servedBy`, `replayed`.
struct CallOutput: Sendable {
    let json: JSON

    init<Value: Encodable>(_ answer: Answer<Value>) throws {
        json = CallOutput.json(answer, value: try JSON(encoding: answer.value))
    }

    init<Value: Encodable>(_ answer: Answer<Value?>) throws {
        json = CallOutput.json(answer, value: try answer.value.map { try JSON(encoding: $0) })
    }

    init(_ answer: Answer<Void>) {
        json = CallOutput.json(answer, value: nil)
    }

    private static func json<Value>(_ answer: Answer<Value>, value: JSON?) -> JSON {
        var members: [String: JSON] = [
            "status": .number(Double(answer.status)),
            "replayed": .bool(answer.replayed),
        ]
        members["value"] = value
        members["etag"] = answer.etag.map { .string($0) }
        members["requestId"] = answer.requestId.map { .string($0) }
        members["servedBy"] = answer.servedBy.map { .string($0) }
        return .object(members)
    }
}

/// Reads items until there are enough.
func collect<Item: Encodable>(_ all: AllItems<Item>, take: Int?) async throws -> [JSON] {
    var items: [JSON] = []
    for try await item in all {
        items.append(try JSON(encoding: item))
        if items.count == take { break }
    }
    return items
}
