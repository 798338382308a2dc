// Written by `cargo xtask clients`. Do not change it by hand.

/// A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
/// added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
/// answers that carry it.
public struct MovieResponse: Codable, Hashable, Sendable {
    /// The title. With the year it identifies the movie.
    public var title: String

    /// The year.
    public var year: Int

    /// Free text.
    public var info: String?

    /// The directors. May be empty.
    public var directors: [String]

    /// The actors. May be empty.
    public var actors: [String]

    /// The genres. May be empty.
    public var genres: [String]

    /// From 0 to 10, with at most two decimals.
    public var rating: Double?

    /// The date of the release, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var releaseDate: String?

    /// The running time in seconds.
    public var runningTimeSeconds: Int?

    /// The http or https address of a picture, in ASCII as in RFC 3986.
    public var imageUrl: String?

    /// The place in a ranking; 1 is the first.
    public var rank: Int?

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String

    /// 1 when the movie is added, one more with every change.
    public var version: Int

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var updatedAt: Moment

    /// The id of the account that added the movie; compare it with the `id` of your profile, the `sub` of
    /// your own token. Absent once that account was deleted and chose to leave its movies: from then on
    /// only editors change or delete the movie.
    public var addedBy: String?

    /// Makes one of its members.
    public init(
        title: String,
        year: Int,
        info: String? = nil,
        directors: [String],
        actors: [String],
        genres: [String],
        rating: Double? = nil,
        releaseDate: String? = nil,
        runningTimeSeconds: Int? = nil,
        imageUrl: String? = nil,
        rank: Int? = nil,
        etag: String,
        version: Int,
        createdAt: Moment,
        updatedAt: Moment,
        addedBy: String? = nil
    ) {
        self.title = title
        self.year = year
        self.info = info
        self.directors = directors
        self.actors = actors
        self.genres = genres
        self.rating = rating
        self.releaseDate = releaseDate
        self.runningTimeSeconds = runningTimeSeconds
        self.imageUrl = imageUrl
        self.rank = rank
        self.etag = etag
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.addedBy = addedBy
    }
}

/// One page of movies.
public struct MovieListResponse: Codable, Hashable, Sendable {
    /// The movies of this page. May be empty even if there are more.
    public var items: [MovieResponse]

    /// How many movies this page holds.
    public var count: Int

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [MovieResponse],
        count: Int,
        nextCursor: String? = nil
    ) {
        self.items = items
        self.count = count
        self.nextCursor = nextCursor
    }
}

/// A movie as it is now, or that it is deleted.
public struct MovieChange: Codable, Hashable, Sendable {
    /// The title.
    public var title: String

    /// The year of release.
    public var year: Int

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String?

    /// A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
    /// added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
    /// answers that carry it.
    public var movie: MovieResponse?

    /// True if it is deleted. Absent otherwise.
    public var deleted: Bool?

    /// Makes one of its members.
    public init(
        title: String,
        year: Int,
        etag: String? = nil,
        movie: MovieResponse? = nil,
        deleted: Bool? = nil
    ) {
        self.title = title
        self.year = year
        self.etag = etag
        self.movie = movie
        self.deleted = deleted
    }
}

/// What has changed, and how to go on.
public struct MovieChangesResponse: Codable, Hashable, Sendable {
    /// Movies that are there or were deleted. May be empty even if there are more.
    public var items: [MovieChange]

    /// Pass it as `since` the next time.
    public var nextSince: String

    /// Whether there is more. If so, go on at once.
    public var more: Bool

    /// The time after which to ask again; 0 if there is more.
    public var pollAfterSeconds: Int

    /// Makes one of its members.
    public init(
        items: [MovieChange],
        nextSince: String,
        more: Bool,
        pollAfterSeconds: Int
    ) {
        self.items = items
        self.nextSince = nextSince
        self.more = more
        self.pollAfterSeconds = pollAfterSeconds
    }
}

/// A movie to add. `addMovie` says what else is accepted.
public struct AddMovieRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var title: String

    /// The year of a movie.
    public var year: Int

    /// Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
    /// number of lines: of the control characters tab, line feed and carriage return, and the separators
    /// U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
    /// title. It may be blank, and nothing is removed from its ends.
    public var info: String?

    /// Up to 100 names, in the order in which they are to be shown.
    public var directors: [String]?

    /// Up to 100 names, in the order in which they are to be shown.
    public var actors: [String]?

    /// Up to 100 names, in the order in which they are to be shown.
    public var genres: [String]?

    /// From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
    /// It has to be in the range before that.
    public var rating: Double?

    /// A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var releaseDate: String?

    /// The running time in seconds.
    public var runningTimeSeconds: Int?

    /// The http or https address of a picture: with a host, without a user name and a password, and
    /// without white space. It is kept in the normal form of the [URL
    /// Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
    /// Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
    /// then.
    public var imageUrl: String?

    /// The place in a ranking; 1 is the first.
    public var rank: Int?

    /// Makes one of its members.
    public init(
        title: String,
        year: Int,
        info: String? = nil,
        directors: [String]? = nil,
        actors: [String]? = nil,
        genres: [String]? = nil,
        rating: Double? = nil,
        releaseDate: String? = nil,
        runningTimeSeconds: Int? = nil,
        imageUrl: String? = nil,
        rank: Int? = nil
    ) {
        self.title = title
        self.year = year
        self.info = info
        self.directors = directors
        self.actors = actors
        self.genres = genres
        self.rating = rating
        self.releaseDate = releaseDate
        self.runningTimeSeconds = runningTimeSeconds
        self.imageUrl = imageUrl
        self.rank = rank
    }
}

/// The title and the year of a movie.
public struct MovieKeyRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var title: String

    /// The year of a movie.
    public var year: Int

    /// Makes one of its members.
    public init(
        title: String,
        year: Int
    ) {
        self.title = title
        self.year = year
    }
}

/// The title and the year of a movie, and at least one member to change or to remove.
public struct UpdateMovieRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var title: String

    /// The year of a movie.
    public var year: Int

    /// Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
    /// number of lines: of the control characters tab, line feed and carriage return, and the separators
    /// U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
    /// title. It may be blank, and nothing is removed from its ends.
    public var info: String?

    /// Up to 100 names, in the order in which they are to be shown.
    public var directors: [String]?

    /// Up to 100 names, in the order in which they are to be shown.
    public var actors: [String]?

    /// Up to 100 names, in the order in which they are to be shown.
    public var genres: [String]?

    /// From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
    /// It has to be in the range before that.
    public var rating: Double?

    /// A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var releaseDate: String?

    /// The running time in seconds.
    public var runningTimeSeconds: Int?

    /// The http or https address of a picture: with a host, without a user name and a password, and
    /// without white space. It is kept in the normal form of the [URL
    /// Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
    /// Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
    /// then.
    public var imageUrl: String?

    /// The place in a ranking; 1 is the first.
    public var rank: Int?

    /// The members to remove. A name that is none of these is refused, and so is one of a member that the
    /// body sets; a name given twice counts once. An empty array removes nothing.
    public var clear: [MovieMember]?

    /// Makes one of its members.
    public init(
        title: String,
        year: Int,
        info: String? = nil,
        directors: [String]? = nil,
        actors: [String]? = nil,
        genres: [String]? = nil,
        rating: Double? = nil,
        releaseDate: String? = nil,
        runningTimeSeconds: Int? = nil,
        imageUrl: String? = nil,
        rank: Int? = nil,
        clear: [MovieMember]? = nil
    ) {
        self.title = title
        self.year = year
        self.info = info
        self.directors = directors
        self.actors = actors
        self.genres = genres
        self.rating = rating
        self.releaseDate = releaseDate
        self.runningTimeSeconds = runningTimeSeconds
        self.imageUrl = imageUrl
        self.rank = rank
        self.clear = clear
    }
}

/// A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
/// `ETag` of the answers that carry it. That its file was uploaded is not told.
public struct PictureResponse: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var pictureId: String

    /// The media type of the file.
    public var contentType: String

    /// The size of the file in bytes.
    public var size: Int

    /// Where everyone can see it, once it is uploaded.
    public var url: String

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String

    /// 1 when it is added, one more with every change.
    public var version: Int

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var updatedAt: Moment

    /// Makes one of its members.
    public init(
        pictureId: String,
        contentType: String,
        size: Int,
        url: String,
        etag: String,
        version: Int,
        createdAt: Moment,
        updatedAt: Moment
    ) {
        self.pictureId = pictureId
        self.contentType = contentType
        self.size = size
        self.url = url
        self.etag = etag
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One page of your pictures.
public struct PictureListResponse: Codable, Hashable, Sendable {
    /// The pictures of this page. May be empty even if there are more.
    public var items: [PictureResponse]

    /// How many pictures this page holds.
    public var count: Int

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [PictureResponse],
        count: Int,
        nextCursor: String? = nil
    ) {
        self.items = items
        self.count = count
        self.nextCursor = nextCursor
    }
}

/// A picture as it is now, or that it is deleted.
public struct PictureChange: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var pictureId: String

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String?

    /// A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
    /// `ETag` of the answers that carry it. That its file was uploaded is not told.
    public var picture: PictureResponse?

    /// True if it is deleted. Absent otherwise.
    public var deleted: Bool?

    /// Makes one of its members.
    public init(
        pictureId: String,
        etag: String? = nil,
        picture: PictureResponse? = nil,
        deleted: Bool? = nil
    ) {
        self.pictureId = pictureId
        self.etag = etag
        self.picture = picture
        self.deleted = deleted
    }
}

/// What has changed, and how to go on.
public struct PictureChangesResponse: Codable, Hashable, Sendable {
    /// Pictures that are there or were deleted. May be empty even if there are more.
    public var items: [PictureChange]

    /// Pass it as `since` the next time.
    public var nextSince: String

    /// Whether there is more. If so, go on at once.
    public var more: Bool

    /// The time after which to ask again; 0 if there is more.
    public var pollAfterSeconds: Int

    /// Makes one of its members.
    public init(
        items: [PictureChange],
        nextSince: String,
        more: Bool,
        pollAfterSeconds: Int
    ) {
        self.items = items
        self.nextSince = nextSince
        self.more = more
        self.pollAfterSeconds = pollAfterSeconds
    }
}

/// A file that is going to be uploaded.
public struct PutPictureRequest: Codable, Hashable, Sendable {
    /// The media type of the file.
    public var contentType: PictureContentTypeInput

    /// The size of the file in bytes, 5 MB at most.
    public var size: Int

    /// Makes one of its members.
    public init(
        contentType: PictureContentTypeInput,
        size: Int
    ) {
        self.contentType = contentType
        self.size = size
    }
}

/// The permission to upload a file with `PUT`.
public struct UploadResponse: Codable, Hashable, Sendable {
    /// Where to send the file. Who has this URL can upload, so keep it to yourself and out of logs.
    public var url: String

    /// The headers to send, by their names in lower case. More may follow.
    public var headers: [String: String]

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var expiresAt: Moment

    /// Makes one of its members.
    public init(
        url: String,
        headers: [String: String],
        expiresAt: Moment
    ) {
        self.url = url
        self.headers = headers
        self.expiresAt = expiresAt
    }
}

/// A picture, with the permission to upload its file.
public struct PictureUploadResponse: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var pictureId: String

    /// The media type of the file.
    public var contentType: String

    /// The size of the file in bytes.
    public var size: Int

    /// Where everyone can see it, once it is uploaded.
    public var url: String

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String

    /// 1 when it is added, one more with every change.
    public var version: Int

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var updatedAt: Moment

    /// The permission to upload a file with `PUT`.
    public var upload: UploadResponse

    /// Makes one of its members.
    public init(
        pictureId: String,
        contentType: String,
        size: Int,
        url: String,
        etag: String,
        version: Int,
        createdAt: Moment,
        updatedAt: Moment,
        upload: UploadResponse
    ) {
        self.pictureId = pictureId
        self.contentType = contentType
        self.size = size
        self.url = url
        self.etag = etag
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.upload = upload
    }
}

/// An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
/// when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
/// answers that carry it.
public struct WatchlistEntryResponse: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var entryId: String

    /// The title of the movie.
    public var title: String

    /// The year of the movie.
    public var year: Int

    /// Free text.
    public var note: String?

    /// Whether you have watched it.
    public var watched: Bool

    /// The day on which you watched it, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var watchedOn: String?

    /// From 0 to 10, with at most two decimals.
    public var rating: Double?

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String

    /// 1 when the entry is added, one more with every change.
    public var version: Int

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var updatedAt: Moment

    /// Makes one of its members.
    public init(
        entryId: String,
        title: String,
        year: Int,
        note: String? = nil,
        watched: Bool,
        watchedOn: String? = nil,
        rating: Double? = nil,
        etag: String,
        version: Int,
        createdAt: Moment,
        updatedAt: Moment
    ) {
        self.entryId = entryId
        self.title = title
        self.year = year
        self.note = note
        self.watched = watched
        self.watchedOn = watchedOn
        self.rating = rating
        self.etag = etag
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One page of your watchlist.
public struct WatchlistResponse: Codable, Hashable, Sendable {
    /// The entries of this page. May be empty even if there are more.
    public var items: [WatchlistEntryResponse]

    /// How many entries this page holds.
    public var count: Int

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [WatchlistEntryResponse],
        count: Int,
        nextCursor: String? = nil
    ) {
        self.items = items
        self.count = count
        self.nextCursor = nextCursor
    }
}

/// An entry as it is now, or that it is deleted.
public struct WatchlistEntryChange: Codable, Hashable, Sendable {
    /// The id that the app chose.
    public var entryId: String

    /// A strong entity tag ([RFC 9110, section
    /// 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
    /// with every change. Send it as `If-Match` or `If-None-Match` as it is.
    public var etag: String?

    /// An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
    /// when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
    /// answers that carry it.
    public var watchlistEntry: WatchlistEntryResponse?

    /// True if it is deleted. Absent otherwise.
    public var deleted: Bool?

    /// Makes one of its members.
    public init(
        entryId: String,
        etag: String? = nil,
        watchlistEntry: WatchlistEntryResponse? = nil,
        deleted: Bool? = nil
    ) {
        self.entryId = entryId
        self.etag = etag
        self.watchlistEntry = watchlistEntry
        self.deleted = deleted
    }
}

/// What has changed, and how to go on.
public struct WatchlistChangesResponse: Codable, Hashable, Sendable {
    /// Entries that are there or were deleted. May be empty even if there are more.
    public var items: [WatchlistEntryChange]

    /// Pass it as `since` the next time.
    public var nextSince: String

    /// Whether there is more. If so, go on at once.
    public var more: Bool

    /// The time after which to ask again; 0 if there is more.
    public var pollAfterSeconds: Int

    /// Makes one of its members.
    public init(
        items: [WatchlistEntryChange],
        nextSince: String,
        more: Bool,
        pollAfterSeconds: Int
    ) {
        self.items = items
        self.nextSince = nextSince
        self.more = more
        self.pollAfterSeconds = pollAfterSeconds
    }
}

/// A whole entry.
public struct PutWatchlistEntryRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var title: String

    /// The year of a movie.
    public var year: Int

    /// Free text of up to 1,000 characters, as `info` of a movie.
    public var note: String?

    /// Whether you have watched it. False if you leave it out.
    public var watched: Bool?

    /// A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var watchedOn: String?

    /// From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
    /// in the range before that.
    public var rating: Double?

    /// Makes one of its members.
    public init(
        title: String,
        year: Int,
        note: String? = nil,
        watched: Bool? = nil,
        watchedOn: String? = nil,
        rating: Double? = nil
    ) {
        self.title = title
        self.year = year
        self.note = note
        self.watched = watched
        self.watchedOn = watchedOn
        self.rating = rating
    }
}

/// At least one member to change or to remove.
public struct UpdateWatchlistEntryRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var title: String?

    /// The year of a movie.
    public var year: Int?

    /// Free text of up to 1,000 characters, as `info` of a movie.
    public var note: String?

    /// Whether you have watched it.
    public var watched: Bool?

    /// A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31.
    public var watchedOn: String?

    /// From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
    /// in the range before that.
    public var rating: Double?

    /// The members to remove. A name that is none of these is refused, and so is one of a member that the
    /// body sets; a name given twice counts once. An empty array removes nothing.
    public var clear: [WatchlistMember]?

    /// Makes one of its members.
    public init(
        title: String? = nil,
        year: Int? = nil,
        note: String? = nil,
        watched: Bool? = nil,
        watchedOn: String? = nil,
        rating: Double? = nil,
        clear: [WatchlistMember]? = nil
    ) {
        self.title = title
        self.year = year
        self.note = note
        self.watched = watched
        self.watchedOn = watchedOn
        self.rating = rating
        self.clear = clear
    }
}

/// A new account.
public struct SignUpRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var password: String

    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var name: String?

    /// Makes one of its members.
    public init(
        email: String,
        password: String,
        name: String? = nil
    ) {
        self.email = email
        self.password = password
        self.name = name
    }
}

/// How to go on.
public struct NextStepResponse: Codable, Hashable, Sendable {
    /// What to do next. Other values may follow.
    ///
    /// | value | meaning |
    /// | --- | --- |
    /// | `CONFIRM_SIGN_UP` | Ask the user for the code in the e-mail and call `confirmSignUp`. |
    /// | `RESET_PASSWORD` | Ask the user for the code in the e-mail and for a new password, and call `resetPassword`. |
    /// | `VERIFY_EMAIL` | Ask the user for the code in the e-mail and call `verifyEmail`. |
    /// | `REPEAT` | Something is left to do. Wait as long as `Retry-After` says, then send the same request again. |
    public var nextStep: String

    /// Makes one of its members.
    public init(
        nextStep: String
    ) {
        self.nextStep = nextStep
    }
}

/// The code that proves an address, and the password that its account is to have.
public struct ConfirmSignUpRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// The six digits from the e-mail or the authenticator app.
    public var code: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var password: String?

    /// Makes one of its members.
    public init(
        email: String,
        code: String,
        password: String? = nil
    ) {
        self.email = email
        self.code = code
        self.password = password
    }
}

/// An address.
public struct EmailRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// Makes one of its members.
    public init(
        email: String
    ) {
        self.email = email
    }
}

/// An address and its password.
public struct SignInRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var password: String

    /// Makes one of its members.
    public init(
        email: String,
        password: String
    ) {
        self.email = email
        self.password = password
    }
}

/// What has to be proved before the user is signed in. See `respondToChallenge`.
public struct Challenge: Codable, Hashable, Sendable {
    /// Which challenge it is, such as `SOFTWARE_TOKEN_MFA`. There may be new ones at any time: an app that
    /// does not know one has to be updated.
    public var name: String

    /// Send it back with the answer. Keep it secret.
    public var session: String

    /// What the app needs to know for it, by name. May be empty.
    public var parameters: [String: String]

    /// The challenges to choose from, if the challenge is to choose one. Empty otherwise.
    public var available: [String]

    /// Makes one of its members.
    public init(
        name: String,
        session: String,
        parameters: [String: String],
        available: [String]
    ) {
        self.name = name
        self.session = session
        self.parameters = parameters
        self.available = available
    }
}

/// Where a sign-in has got to. Either the tokens are there, or `challenge` is.
public struct SignInResponse: Codable, Hashable, Sendable {
    /// What to do next. Other values may follow: an app that does not know one has to be updated.
    ///
    /// | value | meaning |
    /// | --- | --- |
    /// | `DONE` | The user is signed in. All members but `challenge` are there. |
    /// | `RESPOND_TO_CHALLENGE` | Something else has to be proved first: `challenge` says what. Call `respondToChallenge`. |
    public var nextStep: String

    /// Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space.
    public var accessToken: String?

    /// Who the user is, for the app's own use. This API does not accept it.
    public var idToken: String?

    /// For `refreshTokens`. Keep it secret.
    public var refreshToken: String?

    /// For how many seconds the access token is valid.
    public var expiresIn: Int?

    /// `Bearer`.
    public var tokenType: String?

    /// What has to be proved before the user is signed in. See `respondToChallenge`.
    public var challenge: Challenge?

    /// Makes one of its members.
    public init(
        nextStep: String,
        accessToken: String? = nil,
        idToken: String? = nil,
        refreshToken: String? = nil,
        expiresIn: Int? = nil,
        tokenType: String? = nil,
        challenge: Challenge? = nil
    ) {
        self.nextStep = nextStep
        self.accessToken = accessToken
        self.idToken = idToken
        self.refreshToken = refreshToken
        self.expiresIn = expiresIn
        self.tokenType = tokenType
        self.challenge = challenge
    }
}

/// The answer to a challenge.
public struct RespondToChallengeRequest: Codable, Hashable, Sendable {
    /// The `name` of the challenge.
    public var challengeName: String

    /// The `session` of the challenge, unchanged.
    public var session: String

    /// What the challenge asks for, by name.
    public var responses: [String: String]

    /// Makes one of its members.
    public init(
        challengeName: String,
        session: String,
        responses: [String: String]
    ) {
        self.challengeName = challengeName
        self.session = session
        self.responses = responses
    }
}

/// The end of a hosted sign-in.
public struct ExchangeCodeRequest: Codable, Hashable, Sendable {
    /// The `code` that came back to the app.
    public var code: String

    /// The `code_verifier` whose SHA-256 the app sent as `code_challenge`.
    public var codeVerifier: String

    /// The `redirect_uri` that the app asked with, character by character: an absolute URI without a fragment.
    public var redirectUri: String

    /// Makes one of its members.
    public init(
        code: String,
        codeVerifier: String,
        redirectUri: String
    ) {
        self.code = code
        self.codeVerifier = codeVerifier
        self.redirectUri = redirectUri
    }
}

/// The tokens of a session.
public struct TokenResponse: Codable, Hashable, Sendable {
    /// Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space.
    public var accessToken: String

    /// Who the user is, for the app's own use. This API does not accept it.
    public var idToken: String

    /// Store it in place of the one that was sent, whether it differs or not. Keep it secret.
    public var refreshToken: String

    /// For how many seconds the access token is valid.
    public var expiresIn: Int

    /// `Bearer`.
    public var tokenType: String

    /// Makes one of its members.
    public init(
        accessToken: String,
        idToken: String,
        refreshToken: String,
        expiresIn: Int,
        tokenType: String
    ) {
        self.accessToken = accessToken
        self.idToken = idToken
        self.refreshToken = refreshToken
        self.expiresIn = expiresIn
        self.tokenType = tokenType
    }
}

/// A refresh token.
public struct RefreshTokenRequest: Codable, Hashable, Sendable {
    /// The refresh token that came last.
    public var refreshToken: String

    /// Makes one of its members.
    public init(
        refreshToken: String
    ) {
        self.refreshToken = refreshToken
    }
}

/// A new password, and the code that allows to set it.
public struct ResetPasswordRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// The six digits from the e-mail or the authenticator app.
    public var code: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var newPassword: String

    /// Makes one of its members.
    public init(
        email: String,
        code: String,
        newPassword: String
    ) {
        self.email = email
        self.code = code
        self.newPassword = newPassword
    }
}

/// What a new password must be.
public struct PasswordPolicy: Codable, Hashable, Sendable {
    /// How many characters it has at least.
    public var minimumLength: Int

    /// Whether it needs one of a to z.
    public var requireLowercase: Bool

    /// Whether it needs one of A to Z.
    public var requireUppercase: Bool

    /// Whether it needs one of 0 to 9.
    public var requireNumbers: Bool

    /// Whether it needs an ASCII punctuation character, or a space that is not at an end.
    public var requireSymbols: Bool

    /// Makes one of its members.
    public init(
        minimumLength: Int,
        requireLowercase: Bool,
        requireUppercase: Bool,
        requireNumbers: Bool,
        requireSymbols: Bool
    ) {
        self.minimumLength = minimumLength
        self.requireLowercase = requireLowercase
        self.requireUppercase = requireUppercase
        self.requireNumbers = requireNumbers
        self.requireSymbols = requireSymbols
    }
}

/// An identity provider that users may sign in with instead of a password.
public struct FederatedProvider: Codable, Hashable, Sendable {
    /// Send it as `identity_provider` to the authorization endpoint to go straight there.
    public var name: String

    /// `SAML`, `OIDC`, `SignInWithApple`, `Google`, or another type. More may follow.
    public var type: String

    /// Makes one of its members.
    public init(
        name: String,
        type: String
    ) {
        self.name = name
        self.type = type
    }
}

/// Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none.
public struct HostedSignIn: Codable, Hashable, Sendable {
    /// Where the app sends the browser.
    public var authorizationEndpoint: String

    /// Where the browser is signed out.
    public var logoutEndpoint: String

    /// The `response_type` to ask with, `code`.
    public var responseType: String

    /// The `code_challenge_method` to ask with, `S256`.
    public var codeChallengeMethod: String

    /// The scopes to ask for. Without them the access token is not accepted here.
    public var scopes: [String]

    /// The addresses that a sign-in may come back to.
    public var redirectUris: [String]

    /// The addresses that a sign-out may come back to.
    public var logoutUris: [String]

    /// The federated providers on offer. May be empty.
    public var providers: [FederatedProvider]

    /// Makes one of its members.
    public init(
        authorizationEndpoint: String,
        logoutEndpoint: String,
        responseType: String,
        codeChallengeMethod: String,
        scopes: [String],
        redirectUris: [String],
        logoutUris: [String],
        providers: [FederatedProvider]
    ) {
        self.authorizationEndpoint = authorizationEndpoint
        self.logoutEndpoint = logoutEndpoint
        self.responseType = responseType
        self.codeChallengeMethod = codeChallengeMethod
        self.scopes = scopes
        self.redirectUris = redirectUris
        self.logoutUris = logoutUris
        self.providers = providers
    }
}

/// What an app must know to sign users in, apart from the base URL.
public struct AuthConfiguration: Codable, Hashable, Sendable {
    /// The AWS region of the user pool.
    public var region: String

    /// The user pool.
    public var userPoolId: String

    /// The app client, the `client_id` of OAuth 2.0. Its secret is the API's.
    public var clientId: String

    /// The `iss` of the tokens.
    public var issuer: String

    /// Where the public keys are that tokens are verified with.
    public var jwksUri: String

    /// What a new password must be.
    public var passwordPolicy: PasswordPolicy

    /// Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none.
    public var hostedSignIn: HostedSignIn?

    /// Makes one of its members.
    public init(
        region: String,
        userPoolId: String,
        clientId: String,
        issuer: String,
        jwksUri: String,
        passwordPolicy: PasswordPolicy,
        hostedSignIn: HostedSignIn? = nil
    ) {
        self.region = region
        self.userPoolId = userPoolId
        self.clientId = clientId
        self.issuer = issuer
        self.jwksUri = jwksUri
        self.passwordPolicy = passwordPolicy
        self.hostedSignIn = hostedSignIn
    }
}

/// What is known of the signed-in user.
public struct ProfileResponse: Codable, Hashable, Sendable {
    /// The id of the account, the `sub` of its tokens. Opaque; it never changes.
    public var id: String

    /// The address. Absent if a federated provider did not tell one.
    public var email: String?

    /// Whether the address was proved to be the user's.
    public var emailVerified: Bool

    /// The address that waits for `verifyEmail`, if there is one and it is known.
    public var pendingEmail: String?

    /// What to call the user, if there is a name.
    public var name: String?

    /// Whether signing in takes a code of an authenticator app.
    public var totpEnabled: Bool

    /// The federated providers that the user signs in with. Empty if it is with a password.
    public var providers: [String]

    /// The groups that the access token names, such as `editors`. May be empty.
    public var groups: [String]

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment?

    /// Makes one of its members.
    public init(
        id: String,
        email: String? = nil,
        emailVerified: Bool,
        pendingEmail: String? = nil,
        name: String? = nil,
        totpEnabled: Bool,
        providers: [String],
        groups: [String],
        createdAt: Moment? = nil
    ) {
        self.id = id
        self.email = email
        self.emailVerified = emailVerified
        self.pendingEmail = pendingEmail
        self.name = name
        self.totpEnabled = totpEnabled
        self.providers = providers
        self.groups = groups
        self.createdAt = createdAt
    }
}

/// What to change in the profile, or to remove from it. `null` for a member is accepted and removes it, too.
public struct UpdateProfileRequest: Codable, Hashable, Sendable {
    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var name: String?

    /// The members to remove. A name that is none of these is refused, and so is one of a member that the
    /// body sets.
    public var clear: [ProfileMember]?

    /// Makes one of its members.
    public init(
        name: String? = nil,
        clear: [ProfileMember]? = nil
    ) {
        self.name = name
        self.clear = clear
    }
}

/// Another address, and the current password.
public struct ChangeEmailRequest: Codable, Hashable, Sendable {
    /// An e-mail address in ASCII. It is kept in lower case.
    public var email: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var currentPassword: String

    /// Makes one of its members.
    public init(
        email: String,
        currentPassword: String
    ) {
        self.email = email
        self.currentPassword = currentPassword
    }
}

/// The code that proves a new address.
public struct VerifyEmailRequest: Codable, Hashable, Sendable {
    /// The six digits from the e-mail or the authenticator app.
    public var code: String

    /// Makes one of its members.
    public init(
        code: String
    ) {
        self.code = code
    }
}

/// The current password and a new one.
public struct ChangePasswordRequest: Codable, Hashable, Sendable {
    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var currentPassword: String

    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var newPassword: String

    /// Makes one of its members.
    public init(
        currentPassword: String,
        newPassword: String
    ) {
        self.currentPassword = currentPassword
        self.newPassword = newPassword
    }
}

/// The current password, as a proof that it is the user who asks.
public struct CurrentPasswordRequest: Codable, Hashable, Sendable {
    /// The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
    /// letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
    /// 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
    public var currentPassword: String

    /// Makes one of its members.
    public init(
        currentPassword: String
    ) {
        self.currentPassword = currentPassword
    }
}

/// The secret for an authenticator app.
public struct TotpSetUpResponse: Codable, Hashable, Sendable {
    /// The secret in base32, to be typed in.
    public var secret: String

    /// The same as an `otpauth` URI, to be opened or shown as a QR code.
    public var otpauthUri: String

    /// Makes one of its members.
    public init(
        secret: String,
        otpauthUri: String
    ) {
        self.secret = secret
        self.otpauthUri = otpauthUri
    }
}

/// A code of an authenticator app.
public struct VerifyTotpRequest: Codable, Hashable, Sendable {
    /// The six digits from the e-mail or the authenticator app.
    public var code: String

    /// A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
    /// both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
    /// sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
    /// beyond U+FFFF.
    public var deviceName: String?

    /// Makes one of its members.
    public init(
        code: String,
        deviceName: String? = nil
    ) {
        self.code = code
        self.deviceName = deviceName
    }
}

/// A passkey. What is not known is left out. `createdAt` is when it was added, `lastUsedAt` when it last signed the user
/// in.
public struct PasskeyResponse: Codable, Hashable, Sendable {
    /// The id, for `deletePasskey`. WebAuthn's credential id in base64url.
    public var id: String

    /// What the provider calls it.
    public var name: String?

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var lastUsedAt: Moment?

    /// `platform`: part of the device that it was added with; `cross-platform`: not.
    public var authenticatorAttachment: String?

    /// How its authenticator is reached, such as `internal` or `hybrid`. May be empty.
    public var transports: [String]

    /// The domain that it signs in at.
    public var relyingPartyId: String?

    /// Makes one of its members.
    public init(
        id: String,
        name: String? = nil,
        createdAt: Moment,
        lastUsedAt: Moment? = nil,
        authenticatorAttachment: String? = nil,
        transports: [String],
        relyingPartyId: String? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.authenticatorAttachment = authenticatorAttachment
        self.transports = transports
        self.relyingPartyId = relyingPartyId
    }
}

/// The passkeys of the user.
public struct PasskeyListResponse: Codable, Hashable, Sendable {
    /// The passkeys. May be empty.
    public var passkeys: [PasskeyResponse]

    /// Makes one of its members.
    public init(
        passkeys: [PasskeyResponse]
    ) {
        self.passkeys = passkeys
    }
}

/// A new passkey.
public struct AddPasskeyRequest: Codable, Hashable, Sendable {
    /// The JSON text of [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson):
    /// `JSON.stringify` of what `navigator.credentials.create` gives, and `registrationResponseJson` on Android.
    public var credential: String

    /// Makes one of its members.
    public init(
        credential: String
    ) {
        self.credential = credential
    }
}

/// What a passkey is made with.
public struct PasskeyOptionsResponse: Codable, Hashable, Sendable {
    /// The JSON text of [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson),
    /// as `PublicKeyCredential.parseCreationOptionsFromJSON` takes it after `JSON.parse`, and Android's
    /// `CreatePublicKeyCredentialRequest` as it is.
    public var creationOptions: String

    /// Makes one of its members.
    public init(
        creationOptions: String
    ) {
        self.creationOptions = creationOptions
    }
}

/// A place where the user is signed in. What is not known is left out. `createdAt` is when the user
/// signed in there, `lastUsedAt` when it last got tokens.
public struct SessionResponse: Codable, Hashable, Sendable {
    /// The id of the session or the device.
    public var id: String

    /// What the device is called.
    public var name: String?

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var createdAt: Moment?

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var lastUsedAt: Moment?

    /// The `User-Agent` that the user signed in with.
    public var userAgent: String?

    /// The IP address that the user signed in from.
    public var address: String?

    /// Whether it is the session of this request.
    public var current: Bool?

    /// Makes one of its members.
    public init(
        id: String,
        name: String? = nil,
        createdAt: Moment? = nil,
        lastUsedAt: Moment? = nil,
        userAgent: String? = nil,
        address: String? = nil,
        current: Bool? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.userAgent = userAgent
        self.address = address
        self.current = current
    }
}

/// Where the user is signed in, as far as it is known.
public struct SessionListResponse: Codable, Hashable, Sendable {
    /// Whether these are all sessions.
    public var complete: Bool

    /// The sessions, the latest first. May be empty.
    public var items: [SessionResponse]

    /// Makes one of its members.
    public init(
        complete: Bool,
        items: [SessionResponse]
    ) {
        self.complete = complete
        self.items = items
    }
}

/// That a write was done with an idempotency key, which is forgotten at `expiresAt`.
public struct IdempotencyRecordResponse: Codable, Hashable, Sendable {
    /// The `Idempotency-Key`.
    public var key: String

    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var expiresAt: Moment

    /// Makes one of its members.
    public init(
        key: String,
        expiresAt: Moment
    ) {
        self.key = key
        self.expiresAt = expiresAt
    }
}

/// One page of the movies that the user added.
public struct ExportedMoviesResponse: Codable, Hashable, Sendable {
    /// The movies of this page, by title. May be empty even if there are more.
    public var items: [MovieResponse]

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [MovieResponse],
        nextCursor: String? = nil
    ) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// One page of the user's pictures. Their files are at the URLs.
public struct ExportedPicturesResponse: Codable, Hashable, Sendable {
    /// The pictures of this page, by id. May be empty even if there are more.
    public var items: [PictureResponse]

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [PictureResponse],
        nextCursor: String? = nil
    ) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// One page of the user's watchlist.
public struct ExportedWatchlistResponse: Codable, Hashable, Sendable {
    /// The entries of this page, by id. May be empty even if there are more.
    public var items: [WatchlistEntryResponse]

    /// Pass it as `cursor` to get the next page. Absent on the last one.
    public var nextCursor: String?

    /// Makes one of its members.
    public init(
        items: [WatchlistEntryResponse],
        nextCursor: String? = nil
    ) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// Everything that the service holds about the user, with one page of the movies and one of the watchlist.
/// `exportedAt` is when it was put together.
public struct ExportResponse: Codable, Hashable, Sendable {
    /// A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
    /// `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
    /// needs nothing.
    public var exportedAt: Moment

    /// What is known of the signed-in user.
    public var profile: ProfileResponse

    /// Every attribute that the user pool holds, by the name it has there.
    public var attributes: [String: String]

    /// Where the user is signed in, as far as it is known.
    public var sessions: SessionListResponse

    /// The passkeys. May be empty.
    public var passkeys: [PasskeyResponse]

    /// The idempotency keys that are remembered. May be empty.
    public var idempotencyRecords: [IdempotencyRecordResponse]

    /// One page of the movies that the user added.
    public var movies: ExportedMoviesResponse

    /// One page of the user's pictures. Their files are at the URLs.
    public var pictures: ExportedPicturesResponse

    /// One page of the user's watchlist.
    public var watchlist: ExportedWatchlistResponse

    /// Makes one of its members.
    public init(
        exportedAt: Moment,
        profile: ProfileResponse,
        attributes: [String: String],
        sessions: SessionListResponse,
        passkeys: [PasskeyResponse],
        idempotencyRecords: [IdempotencyRecordResponse],
        movies: ExportedMoviesResponse,
        pictures: ExportedPicturesResponse,
        watchlist: ExportedWatchlistResponse
    ) {
        self.exportedAt = exportedAt
        self.profile = profile
        self.attributes = attributes
        self.sessions = sessions
        self.passkeys = passkeys
        self.idempotencyRecords = idempotencyRecords
        self.movies = movies
        self.pictures = pictures
        self.watchlist = watchlist
    }
}

/// The state of the service.
public struct HealthResponse: Codable, Hashable, Sendable {
    /// `ok`.
    public var status: String

    /// Makes one of its members.
    public init(
        status: String
    ) {
        self.status = status
    }
}

/// One thing that is wrong with a request.
public struct FieldError: Codable, Hashable, Sendable {
    /// Where: a member as a path (`title`, `info.rating`, `actors[2]`), a parameter (`limit`, `passkeyId`) or
    /// a header (`If-Match`) by its name, or `body` for the body as a whole.
    public var field: String

    /// What is wrong. More codes may follow.
    ///
    /// | code | meaning |
    /// | --- | --- |
    /// | `required` | It is missing. |
    /// | `invalid_type` | It has the wrong JSON type. |
    /// | `invalid_value` | It has the right type but not an allowed value. |
    /// | `too_short` | It has too few characters or elements. |
    /// | `too_long` | It has too many characters or elements. |
    /// | `out_of_range` | The number is too small or too large. |
    /// | `unknown_member` | There is no such member or parameter. |
    /// | `duplicate_member` | It is given more than once. |
    /// | `not_allowed_together` | It cannot be given together with another one. |
    /// | `malformed` | It cannot be parsed. |
    /// | `not_accepted` | It does not fit the challenge, or does not verify. |
    /// | `expired` | It came too late. |
    /// | `needs_lowercase` | The password needs a lower-case letter. |
    /// | `needs_uppercase` | The password needs an upper-case letter. |
    /// | `needs_digit` | The password needs a digit. |
    /// | `needs_symbol` | The password needs a symbol. |
    /// | `outer_space` | The password begins or ends with a space. |
    /// | `used_before` | The password was used before. |
    /// | `refused_by_policy` | The password breaks another rule, which is not known. |
    public var code: String

    /// The same in words, for a developer.
    public var message: String

    /// Makes one of its members.
    public init(
        field: String,
        code: String,
        message: String
    ) {
        self.field = field
        self.code = code
        self.message = message
    }
}

/// Why a request failed. See [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
public struct Problem: Codable, Hashable, Sendable {
    /// The kind of problem, a URI reference. Compare it as a whole. More may follow: treat one that
    /// you do not know like its status.
    ///
    /// | type | status | meaning, and what to do |
    /// | --- | --- | --- |
    /// | `/problems/invalid-request` | 400 | The body, the query or a header is wrong; `errors` says where. Correct it. |
    /// | `/problems/wrong-code` | 400 | The code is wrong, used or too old. Ask for it again. |
    /// | `/problems/weak-password` | 400 | The password does not meet the rules; `errors` says which. Ask for another. |
    /// | `/problems/unauthorized` | 401 | No valid access token. Get a new one from `refreshTokens`, or sign in. |
    /// | `/problems/token-not-verifiable` | 401 | The access token cannot be checked at the moment; it may be good. Keep it, do not sign the user out, wait, then repeat the request. It is 401 because nobody is let in unchecked, here or at the gateway in front. |
    /// | `/problems/session-ended` | 401 | The session is over. Sign in again. |
    /// | `/problems/wrong-credentials` | 401 | The address or the password is wrong. Ask again. |
    /// | `/problems/insufficient-scope` | 403 | The access token was made for something else: it lacks the scope that `WWW-Authenticate` names. Sign in with `signIn`. |
    /// | `/problems/forbidden` | 403 | You may not do this. |
    /// | `/problems/account-not-confirmed` | 403 | The address is not confirmed yet. Go on with `confirmSignUp`. |
    /// | `/problems/password-reset-required` | 403 | The password must be set anew. Go on with `forgotPassword`. |
    /// | `/problems/wrong-current-password` | 403 | The current password is wrong. Ask for it again. |
    /// | `/problems/not-found` | 404 | There is no such path. |
    /// | `/problems/watchlist-entry-not-found` | 404 | There is no such entry in your watchlist. |
    /// | `/problems/picture-not-found` | 404 | You have no such picture. |
    /// | `/problems/uploads-not-offered` | 404 | This deployment keeps no files. Do without the picture, or name one by the URL of another site. |
    /// | `/problems/movie-not-found` | 404 | There is no such movie. |
    /// | `/problems/method-not-allowed` | 405 | The path has no such method; `Allow` lists those it has. |
    /// | `/problems/request-in-flight` | 409 | The first request with this `Idempotency-Key` is still running. Wait, then repeat it. |
    /// | `/problems/not-possible` | 409 | The account, or the user pool, does not have this feature. Do not offer it. |
    /// | `/problems/movie-exists` | 409 | A movie with this title and year exists. Update it instead. |
    /// | `/problems/cursor-expired` | 410 | The `since` of a list of changes is older than 30 days, of another user, or was altered, or the log of changes was begun
    /// anew. Ask again without it.
    ///  |
    /// | `/problems/version-mismatch` | 412 | It has changed since you read it. Read it again, then decide. |
    /// | `/problems/body-too-large` | 413 | The body has more than 262,144 bytes, counted without compression. |
    /// | `/problems/unsupported-media-type` | 415 | The body is not declared as `application/json`, or in a content coding that is not accepted; `detail` says which, and `Accept-Encoding` lists the codings. |
    /// | `/problems/idempotency-key-reused` | 422 | This `Idempotency-Key` came with another body or another `If-Match` before. Use a new key. |
    /// | `/problems/too-many-requests` | 429 | The whole API is over its limit. Wait, then repeat the request. |
    /// | `/problems/too-many-attempts` | 429 | Too many attempts. Wait, then let the user try again. |
    /// | `/problems/email-quota` | 429 | No more e-mail can be sent for now. Wait, then let the user try again. |
    /// | `/problems/internal` | 500 | A fault of the service. Report it with the request id. |
    /// | `/problems/throttled` | 503 | Too much load just now. Wait, then repeat the request. |
    /// | `/problems/unavailable` | 503 | Something that the service needs does not answer. Wait, then repeat the request. |
    /// | `/problems/provider-unavailable` | 503 | The identity provider does not answer. Wait, then repeat the request. |
    public var type: String

    /// The kind of problem in words; always the same for one `type`.
    public var title: String

    /// The status code of the answer.
    public var status: Int

    /// What is wrong with this request, for a developer.
    public var detail: String

    /// The id of this request, the same as `X-Request-Id`.
    public var instance: String

    /// Every field at fault, or every rule that a password breaks. Always present if `type` is
    /// `/problems/invalid-request` or `/problems/weak-password`, and only then.
    public var errors: [FieldError]?

    /// Makes one of its members.
    public init(
        type: String,
        title: String,
        status: Int,
        detail: String,
        instance: String,
        errors: [FieldError]? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.instance = instance
        self.errors = errors
    }
}

/// The query of `listMovies`.
public struct ListMoviesQuery: Codable, Hashable, Sendable {
    /// Only movies of this year. Together with `titlePrefix` alone.
    public var year: Int?

    /// Only movies whose title begins with these characters. White space counts. Together with `year`, upper
    /// and lower case and accents are as written; without it they make no difference. Its length is counted
    /// after normalisation to NFC.
    public var titlePrefix: String?

    /// Only movies that, for each word of this text, have a word that begins with it, in the title or the
    /// name of a director or an actor. So it can be sent as it is typed. It needs a letter or a digit; what
    /// is neither only parts words, and an apostrophe counts for nothing. Together with no other but
    /// `limit` and `cursor`.
    public var q: String?

    /// Only movies of this genre. Together with `sort` alone.
    public var genre: String?

    /// The member that movies are ordered by; with a `-` before it, from the last to the first. A movie
    /// without a value is not listed. Together with `genre` alone, and then not by `rank`.
    public var sort: ListMoviesSort?

    /// The most that a page may hold. 50 if you leave it out.
    public var limit: Int?

    /// The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
    /// opaque: one that was altered, or is used with other parameters, gets 400.
    public var cursor: String?

    /// Makes one of its members.
    public init(
        year: Int? = nil,
        titlePrefix: String? = nil,
        q: String? = nil,
        genre: String? = nil,
        sort: ListMoviesSort? = nil,
        limit: Int? = nil,
        cursor: String? = nil
    ) {
        self.year = year
        self.titlePrefix = titlePrefix
        self.q = q
        self.genre = genre
        self.sort = sort
        self.limit = limit
        self.cursor = cursor
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "year", value: year.map { String($0) }),
            QueryParameter(name: "titlePrefix", value: titlePrefix),
            QueryParameter(name: "q", value: q),
            QueryParameter(name: "genre", value: genre),
            QueryParameter(name: "sort", value: sort?.rawValue),
            QueryParameter(name: "limit", value: limit.map { String($0) }),
            QueryParameter(name: "cursor", value: cursor),
        ]
    }
}

/// The query of `listMovieChanges`.
public struct ListMovieChangesQuery: Codable, Hashable, Sendable {
    /// The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
    /// It is opaque: one that was altered gets 410, as one that is too old.
    public var since: String?

    /// The most that an answer may hold. 100 if you leave it out.
    public var limit: Int?

    /// Makes one of its members.
    public init(
        since: String? = nil,
        limit: Int? = nil
    ) {
        self.since = since
        self.limit = limit
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "since", value: since),
            QueryParameter(name: "limit", value: limit.map { String($0) }),
        ]
    }
}

/// The query of `findMovieCached`.
public struct FindMovieCachedQuery: Codable, Hashable, Sendable {
    /// The title of the movie.
    public var title: String

    /// The year of the movie.
    public var year: Int

    /// Makes one of its members.
    public init(
        title: String,
        year: Int
    ) {
        self.title = title
        self.year = year
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "title", value: title),
            QueryParameter(name: "year", value: String(year)),
        ]
    }
}

/// The query of `listPictures`.
public struct ListPicturesQuery: Codable, Hashable, Sendable {
    /// The most that a page may hold. 50 if you leave it out.
    public var limit: Int?

    /// The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
    /// opaque: one that was altered, or is used with other parameters, gets 400.
    public var cursor: String?

    /// Makes one of its members.
    public init(
        limit: Int? = nil,
        cursor: String? = nil
    ) {
        self.limit = limit
        self.cursor = cursor
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "limit", value: limit.map { String($0) }),
            QueryParameter(name: "cursor", value: cursor),
        ]
    }
}

/// The query of `listPictureChanges`.
public struct ListPictureChangesQuery: Codable, Hashable, Sendable {
    /// The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
    /// It is opaque: one that was altered gets 410, as one that is too old.
    public var since: String?

    /// The most that an answer may hold. 100 if you leave it out.
    public var limit: Int?

    /// Makes one of its members.
    public init(
        since: String? = nil,
        limit: Int? = nil
    ) {
        self.since = since
        self.limit = limit
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "since", value: since),
            QueryParameter(name: "limit", value: limit.map { String($0) }),
        ]
    }
}

/// The query of `listWatchlist`.
public struct ListWatchlistQuery: Codable, Hashable, Sendable {
    /// The most that a page may hold. 50 if you leave it out.
    public var limit: Int?

    /// The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
    /// opaque: one that was altered, or is used with other parameters, gets 400.
    public var cursor: String?

    /// Makes one of its members.
    public init(
        limit: Int? = nil,
        cursor: String? = nil
    ) {
        self.limit = limit
        self.cursor = cursor
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "limit", value: limit.map { String($0) }),
            QueryParameter(name: "cursor", value: cursor),
        ]
    }
}

/// The query of `listWatchlistChanges`.
public struct ListWatchlistChangesQuery: Codable, Hashable, Sendable {
    /// The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
    /// It is opaque: one that was altered gets 410, as one that is too old.
    public var since: String?

    /// The most that an answer may hold. 100 if you leave it out.
    public var limit: Int?

    /// Makes one of its members.
    public init(
        since: String? = nil,
        limit: Int? = nil
    ) {
        self.since = since
        self.limit = limit
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "since", value: since),
            QueryParameter(name: "limit", value: limit.map { String($0) }),
        ]
    }
}

/// The query of `deleteMyAccount`.
public struct DeleteMyAccountQuery: Codable, Hashable, Sendable {
    /// What becomes of the movies that the user added. `delete`: they are deleted. `disown`: they stay, and
    /// nothing tells any more who added them; from then on only members of the group `editors` can change
    /// them.
    public var movies: DeleteMyAccountMovies

    /// Makes one of its members.
    public init(
        movies: DeleteMyAccountMovies
    ) {
        self.movies = movies
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "movies", value: movies.rawValue)
        ]
    }
}

/// The query of `exportMyData`.
public struct ExportMyDataQuery: Codable, Hashable, Sendable {
    /// The `movies.nextCursor` or the `watchlist.nextCursor` of the answer before, unchanged. It is opaque: one
    /// that was altered, or is another user's, gets 400.
    public var cursor: String?

    /// Makes one of its members.
    public init(
        cursor: String? = nil
    ) {
        self.cursor = cursor
    }

    /// The parameters in the order of the contract.
    var parameters: [QueryParameter] {
        [
            QueryParameter(name: "cursor", value: cursor)
        ]
    }
}

/// A value of a parameter. More may follow.
public struct ListMoviesSort: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `title`
    public static let title = ListMoviesSort(rawValue: "title")
    /// `-title`
    public static let titleDescending = ListMoviesSort(rawValue: "-title")
    /// `rating`
    public static let rating = ListMoviesSort(rawValue: "rating")
    /// `-rating`
    public static let ratingDescending = ListMoviesSort(rawValue: "-rating")
    /// `rank`
    public static let rank = ListMoviesSort(rawValue: "rank")
    /// `-rank`
    public static let rankDescending = ListMoviesSort(rawValue: "-rank")
    /// `year`
    public static let year = ListMoviesSort(rawValue: "year")
    /// `-year`
    public static let yearDescending = ListMoviesSort(rawValue: "-year")
}

/// A member of a movie that can be removed. More may follow.
public struct MovieMember: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `info`
    public static let info = MovieMember(rawValue: "info")
    /// `directors`
    public static let directors = MovieMember(rawValue: "directors")
    /// `actors`
    public static let actors = MovieMember(rawValue: "actors")
    /// `genres`
    public static let genres = MovieMember(rawValue: "genres")
    /// `rating`
    public static let rating = MovieMember(rawValue: "rating")
    /// `releaseDate`
    public static let releaseDate = MovieMember(rawValue: "releaseDate")
    /// `runningTimeSeconds`
    public static let runningTimeSeconds = MovieMember(rawValue: "runningTimeSeconds")
    /// `imageUrl`
    public static let imageUrl = MovieMember(rawValue: "imageUrl")
    /// `rank`
    public static let rank = MovieMember(rawValue: "rank")
}

/// The media type of the file.
public struct PictureContentTypeInput: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `image/jpeg`
    public static let imageJpeg = PictureContentTypeInput(rawValue: "image/jpeg")
    /// `image/png`
    public static let imagePng = PictureContentTypeInput(rawValue: "image/png")
    /// `image/webp`
    public static let imageWebp = PictureContentTypeInput(rawValue: "image/webp")
}

/// A member of an entry that can be removed. More may follow.
public struct WatchlistMember: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `note`
    public static let note = WatchlistMember(rawValue: "note")
    /// `watched`
    public static let watched = WatchlistMember(rawValue: "watched")
    /// `watchedOn`
    public static let watchedOn = WatchlistMember(rawValue: "watchedOn")
    /// `rating`
    public static let rating = WatchlistMember(rawValue: "rating")
}

/// A member of a profile that can be removed. More may follow.
public struct ProfileMember: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `name`
    public static let name = ProfileMember(rawValue: "name")
}

/// A value of a parameter. More may follow.
public struct DeleteMyAccountMovies: RawRepresentable, Codable, Hashable, Sendable {
    /// The value as it is sent.
    public let rawValue: String

    /// Makes a value, which may be one that this client does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `delete`
    public static let delete = DeleteMyAccountMovies(rawValue: "delete")
    /// `disown`
    public static let disown = DeleteMyAccountMovies(rawValue: "disown")
}
