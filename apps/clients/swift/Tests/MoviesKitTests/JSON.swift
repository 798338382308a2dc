import Foundation

@testable import MoviesKit

/// What the tests compare.
typealias JSON = JSONValue

extension JSON {
    /// The JSON of a value.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSON.self, from: JSONEncoder().encode(value))
    }

    /// The value of this JSON.
    func decoded<Value: Decodable>() throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(self))
    }

    /// A member, or an element by its index; `nil` if there is none.
    subscript(_ name: String) -> JSON? {
        switch self {
        case .object(let members): members[name]
        case .list(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
        default: nil
        }
    }

    /// A member by a path such as `value.items.0.title`.
    func at(path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { json, name in json?[String(name)] }
    }

    var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    var flag: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var items: [JSON]? {
        if case .list(let value) = self { value } else { nil }
    }

    var members: [String: JSON]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Tells whether it holds all that is expected: members that are not named may be there, too.
    func contains(_ expected: JSON) -> Bool {
        guard case .object(let members) = expected else { return self == expected }
        return members.allSatisfy { name, value in self[name]?.contains(value) ?? false }
    }
}

extension JSON: CustomStringConvertible {
    public var description: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }
}
