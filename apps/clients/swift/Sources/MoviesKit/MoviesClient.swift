import Foundation

#if canImport(CryptoKit)
    import CryptoKit
#endif

/// A client of the Movies API.
///
/// Make one for each stage, and keep it as long as the app runs: its session lets one refresh
/// happen at a time.
public struct MoviesClient: Sendable {
    /// The operations, one method for each.
    public let api: MoviesApi

    /// The tokens of the user who is signed in.
    public let session: Session

    /// Flows over several operations: signing in and out, passkeys, deletion of the account.
    public let accounts: Accounts

    private let transport: Transport

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - baseURL: Where the API is, with the stage: `https://api.example.com/Production`.
    ///   - storage: Where the tokens are kept. An app takes `KeychainTokenStorage`.
    ///   - options: What seldom has to differ.
    public init(baseURL: URL, storage: any TokenStorage, options: ClientOptions = ClientOptions()) {
        self.init(
            baseURL: baseURL,
            storage: storage,
            options: options,
            network: URLSessionNetwork()
        )
    }

    init(baseURL: URL, storage: any TokenStorage, options: ClientOptions, network: any Network) {
        let transport = Transport(
            baseURL: baseURL,
            retryPolicy: options.retryPolicy,
            network: network
        )
        let session = Session(storage: storage, now: options.now, transport: transport)
        self.transport = transport
        self.session = session
        api = MoviesApi(caller: Caller(transport: transport, session: session))
        accounts = Accounts(api: api, session: session, options: options)
    }

    /// The operations for one user: once another one is signed in, they fail with
    /// `SessionEndedError` and send nothing.
    public func apiFor(userId: String) -> MoviesApi {
        MoviesApi(caller: Caller(transport: transport, session: session, userId: userId))
    }

    /// Puts a picture and uploads its file. Then everyone sees it at the `url` of the result: make
    /// it the `imageUrl` of a movie. Make the file small before.
    ///
    /// A lost network and a 5xx of the storage are repeated by the `RetryPolicy`; after a 403, which
    /// means that the permission has expired, another one is asked for once. It fails as
    /// `putPicture` does, and with `UploadRefusedError` if the storage does not take the file. A
    /// picture without a file may be left then: call it again with the same id, or delete the
    /// picture.
    ///
    /// - Parameters:
    ///   - file: The bytes of the file.
    ///   - contentType: Their media type.
    ///   - pictureId: The id of the picture. That of a picture which is there replaces it. Left
    ///     out, it is a new UUID.
    public func uploadPicture(
        _ file: Data,
        contentType: PictureContentTypeInput,
        pictureId: String = UUID().uuidString.lowercased()
    ) async throws -> PictureResponse {
        let body = PutPictureRequest(contentType: contentType, size: file.count)
        var hasMorePermissions = true
        while true {
            let permitted = try await api.putPicture(pictureId: pictureId, body)
            let answer = try await transport.answer(to: permitted.value.upload, with: file)
            guard let status = answer?.status else {
                throw UnexpectedAnswerError(
                    status: nil,
                    reason: "an upload without a URL",
                    requestId: permitted.requestId
                )
            }
            switch status {
            case 200..<300:
                return PictureResponse(permitted.value)
            case 300..<400:
                throw UnexpectedAnswerError(
                    status: status,
                    reason: "a redirect, which is not followed",
                    requestId: permitted.requestId
                )
            case 403 where hasMorePermissions:
                hasMorePermissions = false
            default:
                throw UploadRefusedError(status: status, requestId: permitted.requestId)
            }
        }
    }
}

/// What seldom has to differ from one client to another.
public struct ClientOptions: Sendable {
    /// How calls are repeated.
    public var retryPolicy: RetryPolicy

    /// The clock of this device.
    public var now: @Sendable () -> Date

    /// SHA-256, for the hosted sign-in. It is CryptoKit's where there is CryptoKit; elsewhere, on
    /// Linux, a hosted sign-in needs one from you.
    public var sha256: @Sendable (Data) -> Data

    /// Makes options.
    public init(
        retryPolicy: RetryPolicy = RetryPolicy(),
        now: @escaping @Sendable () -> Date = { Date() },
        sha256: @escaping @Sendable (Data) -> Data = platformSHA256
    ) {
        self.retryPolicy = retryPolicy
        self.now = now
        self.sha256 = sha256
    }

    /// The platform's SHA-256.
    public static let platformSHA256: @Sendable (Data) -> Data = { data in
        #if canImport(CryptoKit)
            Data(SHA256.hash(data: data))
        #else
            preconditionFailure("There is no CryptoKit here: give ClientOptions a SHA-256")
        #endif
    }
}

/// Options of one call.
public struct CallOptions: Sendable {
    /// The key of a write. Left out, the client makes a UUID for each write that takes one. All
    /// attempts of a call carry the same key.
    public var idempotencyKey: String?

    /// The entity tag that must still hold, as it came, quotes included. If it does not, the call
    /// fails with 412.
    public var ifMatch: String?

    /// The entity tag that the app has, as it came. If it still holds, the answer is 304 without a
    /// value.
    public var ifNoneMatch: String?

    /// How long the call may take with all its attempts and waits. Left out, only each attempt has
    /// a limit.
    public var timeLimit: Duration?

    /// Makes options. An option that an operation does not take is not sent.
    public init(
        idempotencyKey: String? = nil,
        ifMatch: String? = nil,
        ifNoneMatch: String? = nil,
        timeLimit: Duration? = nil
    ) {
        self.idempotencyKey = idempotencyKey
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.timeLimit = timeLimit
    }
}

/// The answer to a call that succeeded.
public struct Answer<Value: Sendable>: Sendable {
    /// What the answer carries. It is optional where a success may have no body: 304, or 202 beside
    /// 204.
    public let value: Value

    /// The status code.
    public let status: Int

    /// The entity tag, quotes included. Send it back as it is.
    public let etag: String?

    /// The id of the request. Quote it when you report a fault.
    public let requestId: String?

    /// The version of the service that answered.
    public let servedBy: String?

    /// True if the service did this write before and repeats its first answer.
    public let replayed: Bool

    /// How long to wait before the same call is made again, if the answer says so.
    let retryAfter: Duration?

    /// The body as it came, with members that this client does not know.
    let body: Data
}

extension PictureResponse {
    /// The picture without the permission to upload its file.
    init(_ permitted: PictureUploadResponse) {
        self.init(
            pictureId: permitted.pictureId,
            contentType: permitted.contentType,
            size: permitted.size,
            url: permitted.url,
            etag: permitted.etag,
            version: permitted.version,
            createdAt: permitted.createdAt,
            updatedAt: permitted.updatedAt
        )
    }
}
