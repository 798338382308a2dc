import Foundation

/// A moment in UTC, as the text in which the API writes it: RFC 3339 with six digits of a second
/// and `Z`.
///
/// It stays text, so that nothing is lost, and moments are in order as their texts are.
public struct Moment: RawRepresentable, Codable, Hashable, Comparable, Sendable {
    /// The text, such as `2026-03-14T09:26:53.000000Z`.
    public let rawValue: String

    /// Makes a moment of its text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The moment as a date, which may be exact to the millisecond only; `nil` if the text is no
    /// moment.
    public var date: Date? {
        try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(rawValue)
    }

    /// Tells which moment is the earlier one.
    public static func < (earlier: Moment, later: Moment) -> Bool {
        earlier.rawValue < later.rawValue
    }
}
