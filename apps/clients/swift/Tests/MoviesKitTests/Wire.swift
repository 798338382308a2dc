import Foundation
import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The tools of the scenarios' server.
struct Wire: Sendable {
    let server: URL

    /// The server of the variable `SCENARIOS_URL`, if there is one.
    static let fromEnvironment = ProcessInfo.processInfo.environment["SCENARIOS_URL"]
        .flatMap(URL.init(string:))
        .map(Wire.init)

    var baseURL: URL { server.appendingPathComponent("Development") }

    /// Posts a body to a tool.
    @discardableResult
    func post(_ tool: String, _ body: JSON? = nil) async throws -> JSON {
        var request = URLRequest(url: server.appendingPathComponent("_wire/\(tool)"))
        request.httpMethod = "POST"
        if let body {
            request.httpBody = try JSONEncoder().encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        return try await answer(to: request)
    }

    /// Asks a tool.
    func get(_ tool: String, _ query: [String: JSON] = [:]) async throws -> JSON {
        let items = query.map { name, value in
            URLQueryItem(name: name, value: value.text ?? value.description)
        }
        let url = server.appendingPathComponent("_wire/\(tool)").appending(queryItems: items)
        return try await answer(to: URLRequest(url: url))
    }

    private func answer(to request: URLRequest) async throws -> JSON {
        let (body, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard 200..<300 ~= status else {
            throw WireError(description: "\(request.url?.path ?? "") answers \(status)")
        }
        return body.isEmpty ? .null : try JSONDecoder().decode(JSON.self, from: body)
    }
}

/// The tools do not do what they are asked.
struct WireError: Error, CustomStringConvertible {
    let description: String
}

/// The passkey of the scenarios' server.
struct WirePasskeyPrompt: PasskeyPrompt {
    let wire: Wire

    func create(options: String) async throws -> String {
        try await credential("passkey/create", options)
    }

    func get(options: String) async throws -> String {
        try await credential("passkey/get", options)
    }

    private func credential(_ tool: String, _ options: String) async throws -> String {
        let answer = try await wire.post(tool, .object(["options": .string(options)]))
        guard let credential = answer["credential"]?.text else {
            throw WireError(description: "\(tool) gives no credential")
        }
        return credential
    }
}
