import Foundation

/// Any JSON, for members of items that this version of the app need not know.
public enum JSONValue: Codable, Hashable, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case list([JSONValue])
    /// An object.
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode(Members.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The text, if it is one.
    public var text: String? {
        if case .string(let value) = self { value } else { nil }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int) { self = .number(Double(value)) }

    public init(floatLiteral value: Double) { self = .number(value) }

    public init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
}

/// A JSON object.
typealias Members = [String: JSONValue]

extension Members {
    /// The members of a value. Those that are `nil` are not there.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(Members.self, from: JSONEncoder().encode(value))
    }

    /// The value that has these members.
    func decoded<Result: Decodable>() throws -> Result {
        try JSONDecoder().decode(Result.self, from: JSONEncoder().encode(self))
    }

    func only(_ names: [String]) -> Members {
        filter { names.contains($0.key) }
    }

    func without(_ names: [String]) -> Members {
        filter { !names.contains($0.key) }
    }

    /// The members of both; those of `other` win.
    func with(_ other: Members) -> Members {
        merging(other) { $1 }
    }
}
