import Foundation

/// Keeps the rows of each user in a file: a header, then one frame for each commit.
///
/// A frame has a checksum, so one that a crash has torn is noticed and taken for not written. When a
/// file has outgrown what is in it, another one with all rows takes its place at once. Processes that
/// share the folder, such as an app and its extension, see each other's commits.
public struct FileOfflineStorage: OfflineStorage {
    private let folder: URL

    /// Makes a storage.
    ///
    /// - Parameter folder: Where the files are: in Application Support, or in the container of the
    ///   app group, if extensions use the store. It is made if it is not there.
    public init(folder: URL) {
        self.folder = folder
    }

    public func rows(of userId: String, store: String) throws -> any OfflineRows {
        let folder = try makeFolder(of: store)
        let file = folder.appendingPathComponent(base64URL(Data(userId.utf8)) + FileRows.suffix)
        return FileRows(file: file, lock: lock(in: folder))
    }

    public func removeAll(store: String) async throws {
        let folder = try makeFolder(of: store)
        try await lock(in: folder).holding {
            let files = try FileManager.default.contentsOfDirectory(
                at: folder,
                includingPropertiesForKeys: nil
            )
            for file in files where file.lastPathComponent.contains(FileRows.suffix) {
                try FileManager.default.removeItem(at: file)
            }
        }
    }

    public func leading(store: String, _ work: @Sendable () async -> Void) async throws {
        let file = try makeFolder(of: store).appendingPathComponent("lead")
        try await FileLock(file: file, pause: .milliseconds(500)).holding(work)
    }

    /// The files with locks are never removed: who waits for one would have another lock than who
    /// makes it anew.
    private func lock(in folder: URL) -> FileLock {
        FileLock(file: folder.appendingPathComponent("lock"), pause: .milliseconds(2))
    }

    private func makeFolder(of store: String) throws -> URL {
        let name = base64URL(Data(store.utf8))
        var folder = folder.appendingPathComponent("offline-\(name)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #if canImport(Darwin)
            // A queue that comes back from a backup would be sent a second time.
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try folder.setResourceValues(values)
        #else
            _ = folder.isFileURL
        #endif
        return folder
    }
}

/// The rows of a user in a file.
final class FileRows: OfflineRows, @unchecked Sendable {
    static let suffix = ".rows"

    /// How much a file may grow beyond twice what it began with.
    private static let slack = 1 << 20

    private let file: URL
    private let lock: FileLock
    private let guarding = NSLock()
    /// How far the file was read. `guarding` guards it.
    private var position = Position()
    /// The file as it was after the last transaction. `guarding` guards it.
    private var seen: Look?

    private struct Position {
        /// The id of the file that was read; `nil` if none was.
        var id: UUID?
        /// Where the next frame begins.
        var end = 0
        /// The length of the first frame, which had all rows then.
        var first = 0
    }

    private struct Look: Equatable {
        let inode: UInt64
        let size: Int
    }

    init(file: URL, lock: FileLock) {
        self.file = file
        self.lock = lock
    }

    func mayHaveNews() -> Bool {
        guarding.withLock { look() != seen }
    }

    func transaction<Result: Sendable>(
        _ work: @Sendable (any OfflineTransaction) throws -> Result
    ) async throws -> Result {
        try await lock.holding {
            try self.guarding.withLock {
                defer { self.seen = self.look() }
                let news = try self.read()
                return try work(Transaction(rows: self, news: news))
            }
        }
    }

    private struct Transaction: OfflineTransaction {
        let rows: FileRows
        let news: OfflineNews

        func commit(_ commit: OfflineCommit) throws {
            switch commit {
            case .rows(let changes, let durable):
                if rows.position.id == nil {
                    throw OfflineError(.storageFailed)
                }
                if !changes.isEmpty { try rows.append(changes, durable: durable) }
            case .whole(let all, let form):
                try rows.replace(all, form: form)
            case .nothing:
                try rows.remove()
            }
        }
    }

    // MARK: - Reading

    private func read() throws -> OfflineNews {
        guard let handle = try open(O_RDONLY) else {
            let wasThere = position.id != nil
            position = Position()
            return OfflineNews(form: nil, isWhole: wasThere, rows: [])
        }
        defer { close(handle) }
        let header = try Header(bytes(of: handle, from: 0, count: Header.length))
        let isWhole = header.id != position.id
        let start = isWhole ? Header.length : position.end
        let data = try bytes(of: handle, from: start, count: nil)
        var frames = Frames(data: data)
        let rows = try frames.rows()
        if frames.isDamaged, !isWhole {
            // Later frames may rest on the damaged one: read it all again.
            position = Position()
            return try read()
        }
        if isWhole {
            position = Position(id: header.id, end: start, first: frames.firstLength)
        }
        position.end = start + frames.goodLength
        let limit = Header.length + 2 * position.first + FileRows.slack
        return OfflineNews(
            form: header.form,
            isWhole: isWhole,
            isDamaged: frames.isDamaged,
            wantsWhole: position.end > limit,
            rows: rows
        )
    }

    private func bytes(of handle: Int32, from start: Int, count: Int?) throws -> Data {
        var status = stat()
        guard fstat(handle, &status) == 0 else { throw failure() }
        let length = min(count ?? .max, Int(status.st_size) - start)
        guard length > 0 else { return Data() }
        var data = Data(count: length)
        var done = 0
        while done < length {
            let got = data.withUnsafeMutableBytes { buffer in
                pread(handle, buffer.baseAddress! + done, length - done, off_t(start + done))
            }
            guard got > 0 || (got < 0 && errno == EINTR) else { throw failure() }
            done += max(got, 0)
        }
        return data
    }

    private func look() -> Look? {
        var status = stat()
        guard stat(file.path, &status) == 0 else { return nil }
        return Look(inode: UInt64(status.st_ino), size: Int(status.st_size))
    }

    // MARK: - Writing

    private func append(_ rows: [OfflineRow], durable: Bool) throws {
        guard let handle = try open(O_WRONLY) else { throw OfflineError(.storageFailed) }
        defer { close(handle) }
        let frame = Frames.frame(of: rows)
        do {
            // What a crash has torn is behind the end, and is overwritten.
            try write(frame, to: handle, at: position.end)
            if durable { try flush(handle) }
        } catch {
            // It may be whole, and must not come back.
            ftruncate(handle, off_t(position.end))
            throw error
        }
        position.end += frame.count
    }

    private func replace(_ rows: [OfflineRow], form: Int) throws {
        let header = Header(form: form, id: UUID())
        let frame = Frames.frame(of: rows)
        let next = file.appendingPathExtension("new")
        do {
            guard let handle = try open(O_WRONLY | O_CREAT | O_TRUNC, next) else {
                throw OfflineError(.storageFailed)
            }
            defer { close(handle) }
            try write(header.data + frame, to: handle, at: 0)
            try flush(handle)
            guard rename(next.path, file.path) == 0 else { throw failure() }
        } catch {
            unlink(next.path)
            throw error
        }
        flushFolder()
        position = Position(
            id: header.id,
            end: Header.length + frame.count,
            first: frame.count
        )
    }

    private func remove() throws {
        unlink(file.appendingPathExtension("new").path)
        guard unlink(file.path) == 0 || errno == ENOENT else { throw failure() }
        flushFolder()
        position = Position()
    }

    private func write(_ data: Data, to handle: Int32, at start: Int) throws {
        var done = 0
        while done < data.count {
            let put = data.withUnsafeBytes { buffer in
                pwrite(handle, buffer.baseAddress! + done, data.count - done, off_t(start + done))
            }
            guard put >= 0 || errno == EINTR else { throw failure() }
            done += max(put, 0)
        }
    }

    private func flush(_ handle: Int32) throws {
        #if canImport(Darwin)
            // `fsync` leaves it in the memory of the disk.
            if fcntl(handle, F_FULLFSYNC) != -1 { return }
        #endif
        guard fsync(handle) == 0 else { throw failure() }
    }

    /// Makes the names of files durable. Not all file systems can, and without it a crash brings
    /// back the file as it was.
    private func flushFolder() {
        let handle = Foundation.open(file.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else { return }
        fsync(handle)
        close(handle)
    }

    private func open(_ flags: Int32, _ file: URL? = nil) throws -> Int32? {
        let handle = Foundation.open((file ?? self.file).path, flags | O_CLOEXEC, 0o600)
        if handle < 0, errno == ENOENT { return nil }
        guard handle >= 0 else { throw failure() }
        return handle
    }

    private func failure() -> any Error {
        OfflineError(
            ofStorage: NSError(
                domain: NSPOSIXErrorDomain,
                code: Int(errno),
                userInfo: [NSFilePathErrorKey: file.path]
            )
        )
    }
}

/// What a file begins with: a mark, the form of the rows, and an id of its own.
private struct Header {
    static let length = 32
    private static let mark = Data("movies-rows\n".utf8)

    let form: Int
    let id: UUID

    init(form: Int, id: UUID) {
        self.form = form
        self.id = id
    }

    init(_ data: Data) throws {
        guard data.count == Header.length, data.prefix(12) == Header.mark else {
            throw OfflineError(.storageFailed)
        }
        form = Int(data.number(at: 12, as: UInt32.self))
        let bytes = [UInt8](data[16..<32])
        id = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    var data: Data {
        Header.mark + Data(number: UInt32(form)) + withUnsafeBytes(of: id.uuid) { Data($0) }
    }
}

/// Frames one behind the other: a mark, the length, a checksum, and the rows.
private struct Frames {
    private static let mark: UInt32 = 0x4652_414d
    private static let head = 16

    private let data: Data
    /// How much of the data can be read, from its beginning on.
    private(set) var goodLength = 0
    private(set) var firstLength = 0
    /// True if there are good frames behind a bad one.
    private(set) var isDamaged = false

    init(data: Data) {
        self.data = data
    }

    /// The rows of all frames that are whole.
    mutating func rows() throws -> [OfflineRow] {
        var rows: [OfflineRow] = []
        var start = 0
        while start < data.count {
            if let end = end(ofFrameAt: start) {
                if start == 0 { firstLength = end }
                if start > goodLength { isDamaged = true }
                try read(start + Frames.head, end, into: &rows)
                goodLength = end
                start = end
            } else {
                // Torn by a crash, if nothing good comes behind it.
                start += 1
            }
        }
        return rows
    }

    private func end(ofFrameAt start: Int) -> Int? {
        guard
            start + Frames.head <= data.count,
            data.number(at: start, as: UInt32.self) == Frames.mark
        else { return nil }
        let end = start + Frames.head + Int(data.number(at: start + 4, as: UInt32.self))
        guard
            end <= data.count,
            checksum(data[(start + Frames.head)..<end])
                == data.number(at: start + 8, as: UInt64.self)
        else { return nil }
        return end
    }

    private func read(_ start: Int, _ end: Int, into rows: inout [OfflineRow]) throws {
        var at = start
        func take(_ length: Int) throws -> Data {
            guard length >= 0, at + length <= end else { throw OfflineError(.storageFailed) }
            defer { at += length }
            return data[at..<(at + length)]
        }
        func length() throws -> Int {
            Int(try take(4).number(at: 0, as: UInt32.self))
        }
        while at < end {
            let name = String(decoding: try take(length()), as: UTF8.self)
            // A deletion has 0, a value its length and one.
            let size = try length() - 1
            rows.append(OfflineRow(name: name, value: size < 0 ? nil : Data(try take(size))))
        }
    }

    static func frame(of rows: [OfflineRow]) -> Data {
        var body = Data()
        for row in rows {
            let name = Data(row.name.utf8)
            body += Data(number: UInt32(name.count)) + name
            if let value = row.value {
                body += Data(number: UInt32(value.count + 1)) + value
            } else {
                body += Data(number: UInt32(0))
            }
        }
        return Data(number: mark) + Data(number: UInt32(body.count))
            + Data(number: checksum(body)) + body
    }
}

/// FNV-1a with 64 bits: it finds what was torn, and need not stand against anybody's intent.
private func checksum(_ data: Data) -> UInt64 {
    data.withUnsafeBytes { buffer in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in buffer {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return hash
    }
}

extension Data {
    /// A number, the lowest byte first.
    fileprivate init(number: some FixedWidthInteger) {
        self = Swift.withUnsafeBytes(of: number.littleEndian) { Data($0) }
    }

    fileprivate func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
        withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
    }
}
