/// All items of a list, page after page. The next page is asked for when it is needed.
public struct AllItems<Item: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Item

    private let first: String?
    private let page: @Sendable (_ cursor: String?) async throws -> Page<Item>

    init(
        startingAt first: String?,
        page: @escaping @Sendable (_ cursor: String?) async throws -> Page<Item>
    ) {
        self.first = first
        self.page = page
    }

    /// Starts with the first page.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(cursor: first, page: page)
    }

    /// Goes through the items.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var items: ArraySlice<Item> = []
        private var cursor: String?
        private var isLast = false
        private let page: @Sendable (_ cursor: String?) async throws -> Page<Item>

        init(
            cursor: String?,
            page: @escaping @Sendable (_ cursor: String?) async throws -> Page<Item>
        ) {
            self.cursor = cursor
            self.page = page
        }

        /// The next item; `nil` after the last one. After an error, the same page is asked for
        /// again.
        public mutating func next() async throws -> Item? {
            // A page may be empty even if there are more.
            while items.isEmpty, !isLast {
                let page = try await page(cursor)
                items = page.items[...]
                cursor = page.nextCursor
                isLast = cursor == nil
            }
            return items.popFirst()
        }
    }
}

/// One page of a list.
struct Page<Item: Sendable>: Sendable {
    let items: [Item]
    let nextCursor: String?
}
