import Foundation

extension MovieResponse: ServiceMembers {}
extension WatchlistEntryResponse: ServiceMembers {}
extension PictureResponse: ServiceMembers {}

/// The movies of a store.
public typealias OfflineMovies = OfflineCollection<
    MovieResponse, MovieKeyRequest, AddMovieRequest, UpdateMovieRequest
>

/// The watchlist of a store.
public typealias OfflineWatchlist = OfflineCollection<
    WatchlistEntryResponse, WatchlistEntryId, PutWatchlistEntryRequest, UpdateWatchlistEntryRequest
>

/// The pictures of a store.
public typealias OfflinePictures = OfflineCollection<
    PictureResponse, PictureId, NoMembers, NoMembers
>

/// What is kept of the movies.
public enum KeptMovies: Sendable {
    /// What the feed tells.
    case all
    /// What was given to `remember` and `refresh`.
    case seen
}

/// The movies. They are listed by year, then title; `movieKey(year)` is the prefix of the movies of a
/// year. The indexes are `title` (in lower case), `genre` and `addedBy`.
public func moviesCollection(
    _ api: MoviesApi,
    keep: KeptMovies = .all,
    most: Int = 10_000
) -> CollectionDescription<MovieResponse, MovieKeyRequest, AddMovieRequest, UpdateMovieRequest> {
    var noun = CollectionDescription<
        MovieResponse, MovieKeyRequest, AddMovieRequest, UpdateMovieRequest
    >(
        idMembers: ["title", "year"],
        key: { movieKey($0.year, $0.title) },
        find: { try await api.findMovie($0, options: $1) }
    )
    noun.readOnlyMembers = ["addedBy"]
    noun.defaults = ["directors": [], "actors": [], "genres": []]
    noun.indexes = [
        "title": { [.text($0.title.lowercased())] },
        "genre": { $0.genres.map { .text($0) } },
        "addedBy": { $0.addedBy.map { [.text($0)] } ?? [] },
    ]
    noun.most = most
    noun.normalize = { MovieKeyRequest(title: asStored($0.title), year: $0.year) }
    if keep == .all {
        noun.changes = { since, limit, options in
            let query = ListMovieChangesQuery(since: since, limit: limit)
            let answer = try await api.listMovieChanges(query, options: options)
            let page = answer.value
            return FeedPage(
                changes: try feedChanges(page.items, of: answer.body, resource: "movie") { change in
                    let id = MovieKeyRequest(title: change.title, year: change.year)
                    return (id, change.movie, change.deleted ?? false)
                },
                nextSince: page.nextSince,
                more: page.more,
                pollAfterSeconds: page.pollAfterSeconds
            )
        }
    }
    noun.add = { try await api.addMovie($1, options: $2) }
    noun.update = { try await api.updateMovie($1, options: $2) }
    noun.delete = { try await api.deleteMovie($0, options: $1) }
    return noun
}

/// The key of a movie, or with an empty title the prefix of the keys of a year.
public func movieKey(_ year: Int, _ title: String = "") -> String {
    let digits = String(year)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + " " + title
}

/// The id of an entry.
public struct WatchlistEntryId: Codable, Hashable, Sendable {
    /// A UUID, which the app makes.
    public var entryId: String

    /// Makes the id of a new entry, or that of one that is there.
    public init(_ entryId: String = UUID().uuidString.lowercased()) {
        self.entryId = entryId
    }
}

/// The user's watchlist, by the ids of its entries.
public func watchlistCollection(
    _ api: MoviesApi
) -> CollectionDescription<
    WatchlistEntryResponse, WatchlistEntryId, PutWatchlistEntryRequest, UpdateWatchlistEntryRequest
> {
    var noun = CollectionDescription<
        WatchlistEntryResponse, WatchlistEntryId, PutWatchlistEntryRequest,
        UpdateWatchlistEntryRequest
    >(
        idMembers: ["entryId"],
        key: { $0.entryId },
        find: { try await there(api.findWatchlistEntry(entryId: $0.entryId, options: $1)) }
    )
    noun.defaults = ["watched": false]
    noun.changes = { since, limit, options in
        let query = ListWatchlistChangesQuery(since: since, limit: limit)
        let answer = try await api.listWatchlistChanges(query, options: options)
        let page = answer.value
        let resource = "watchlistEntry"
        return FeedPage(
            changes: try feedChanges(page.items, of: answer.body, resource: resource) { change in
                let id = WatchlistEntryId(change.entryId)
                return (id, change.watchlistEntry, change.deleted ?? false)
            },
            nextSince: page.nextSince,
            more: page.more,
            pollAfterSeconds: page.pollAfterSeconds
        )
    }
    noun.put = { try await api.putWatchlistEntry(entryId: $0.entryId, $1, options: $2) }
    noun.update = { try await api.updateWatchlistEntry(entryId: $0.entryId, $1, options: $2) }
    noun.delete = { try await api.deleteWatchlistEntry(entryId: $0.entryId, options: $1) }
    return noun
}

/// The id of a picture.
public struct PictureId: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var pictureId: String

    /// Makes an id.
    public init(_ pictureId: String) {
        self.pictureId = pictureId
    }
}

/// No members: of a noun that is not written.
public struct NoMembers: Codable, Hashable, Sendable {
    /// Makes none.
    public init() {}
}

/// The user's pictures, to be read and deleted: an upload needs the network.
public func picturesCollection(
    _ api: MoviesApi
) -> CollectionDescription<PictureResponse, PictureId, NoMembers, NoMembers> {
    var noun = CollectionDescription<PictureResponse, PictureId, NoMembers, NoMembers>(
        idMembers: ["pictureId"],
        key: { $0.pictureId },
        find: { try await there(api.findPicture(pictureId: $0.pictureId, options: $1)) }
    )
    noun.readOnlyMembers = ["url"]
    noun.changes = { since, limit, options in
        let query = ListPictureChangesQuery(since: since, limit: limit)
        let answer = try await api.listPictureChanges(query, options: options)
        let page = answer.value
        return FeedPage(
            changes: try feedChanges(page.items, of: answer.body, resource: "picture") { change in
                (PictureId(change.pictureId), change.picture, change.deleted ?? false)
            },
            nextSince: page.nextSince,
            more: page.more,
            pollAfterSeconds: page.pollAfterSeconds
        )
    }
    noun.delete = { try await api.deletePicture(pictureId: $0.pictureId, options: $1) }
    return noun
}

/// An answer without `ifNoneMatch` always has a value.
private func there<Item>(_ answer: Answer<Item?>) throws -> Answer<Item> {
    guard let value = answer.value else {
        throw UnexpectedAnswerError(
            status: answer.status,
            reason: "an answer without its item",
            requestId: answer.requestId
        )
    }
    return Answer(
        value: value,
        status: answer.status,
        etag: answer.etag,
        requestId: answer.requestId,
        servedBy: answer.servedBy,
        replayed: answer.replayed,
        retryAfter: answer.retryAfter,
        body: answer.body
    )
}

private struct RawChanges: Decodable {
    let items: [Members]
}

/// The changes of a page, in the form that is the same for all nouns.
private func feedChanges<Change, Item: ServiceMembers, Id>(
    _ items: [Change],
    of body: Data,
    resource: String,
    _ read: (Change) -> (id: Id, item: Item?, deleted: Bool)
) throws -> [FeedChange<Item, Id>] {
    let raw = try JSONDecoder().decode(RawChanges.self, from: body).items
    return try zip(items, raw).map { change, raw in
        let (id, item, deleted) = read(change)
        if deleted { return FeedChange(id: id, item: nil) }
        guard let item, case .object(let members)? = raw[resource] else {
            // An item that is missing by mistake must not be taken for a deletion.
            throw UnexpectedAnswerError(
                status: 200,
                reason: "a change without its item",
                requestId: nil
            )
        }
        return FeedChange(id: id, item: item, members: members)
    }
}
