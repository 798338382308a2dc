#if canImport(Security)
    import Foundation
    import Security

    /// Keeps tokens in the Keychain of the device. They are readable after the first unlock, and
    /// are in no backup for another device.
    ///
    /// It is compiled on Apple's platforms only: the tests, which run on Linux, do not cover it.
    public struct KeychainTokenStorage: TokenStorage {
        private let service: String
        private let accessGroup: String?
        private let lock: FileLock

        /// Makes a storage.
        ///
        /// - Parameters:
        ///   - service: The name of the item. Take one for each stage, or a session of one is sent
        ///     to the other.
        ///   - accessGroup: The Keychain group that the app shares with its extensions, if it does.
        ///   - lockFile: The file whose lock keeps others out during a refresh. All who share the
        ///     item name the same file, in the container of their app group.
        public init(service: String, accessGroup: String? = nil, lockFile: URL) {
            self.service = service
            self.accessGroup = accessGroup
            lock = FileLock(file: lockFile)
        }

        public func load() async throws -> Tokens? {
            var query = item
            query[kSecReturnData as String] = true
            query[kSecMatchLimit as String] = kSecMatchLimitOne
            var result: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &result)
            if status == errSecItemNotFound { return nil }
            guard status == errSecSuccess, let data = result as? Data else { throw failure(status) }
            return try JSONDecoder().decode(Tokens.self, from: data)
        }

        public func save(_ tokens: Tokens) async throws {
            let value: [String: Any] = [
                kSecValueData as String: try JSONEncoder().encode(tokens),
                kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            var status = SecItemUpdate(item as CFDictionary, value as CFDictionary)
            if status == errSecItemNotFound {
                status = SecItemAdd(item.merging(value) { $1 } as CFDictionary, nil)
            }
            guard status == errSecSuccess else { throw failure(status) }
        }

        public func clear() async throws {
            let status = SecItemDelete(item as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else {
                throw failure(status)
            }
        }

        public func exclusively<Result: Sendable>(
            _ work: @Sendable () async throws -> Result
        ) async throws -> Result {
            try await lock.holding(work)
        }

        private var item: [String: Any] {
            var item: [String: Any] = [
                kSecClass as String: kSecClassGenericPassword,
                kSecAttrService as String: service,
                kSecAttrAccount as String: "session",
                kSecUseDataProtectionKeychain as String: true,
            ]
            if let accessGroup { item[kSecAttrAccessGroup as String] = accessGroup }
            return item
        }

        private func failure(_ status: OSStatus) -> any Error {
            NSError(domain: NSOSStatusErrorDomain, code: Int(status))
        }
    }
#endif
