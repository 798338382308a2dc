package movies.client.offline

import java.text.Normalizer
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import movies.client.AddMovieRequest
import movies.client.ListMovieChangesQuery
import movies.client.ListPictureChangesQuery
import movies.client.ListWatchlistChangesQuery
import movies.client.Moment
import movies.client.MovieKeyRequest
import movies.client.MovieMember
import movies.client.MoviesApi
import movies.client.PictureResponse
import movies.client.PutWatchlistEntryRequest
import movies.client.UpdateMovieRequest
import movies.client.UpdateWatchlistEntryRequest

/** How many movies are kept if the app does not say. */
private const val MOST_MOVIES = 10_000

/** The id of a movie. */
public typealias MovieId = MovieKeyRequest

/**
 * A movie on the screen: as `MovieResponse`, but one that the service has not seen yet lacks what the
 * service gives it.
 */
@Serializable
public data class LocalMovie(
    /** The title. With the year it identifies the movie. */
    val title: String,
    /** The year. */
    val year: Int,
    /** Free text. */
    val info: String? = null,
    /** The directors. May be empty. */
    val directors: List<String> = emptyList(),
    /** The actors. May be empty. */
    val actors: List<String> = emptyList(),
    /** The genres. May be empty. */
    val genres: List<String> = emptyList(),
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /** The date of the release, `YYYY-MM-DD`. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /** The address of a picture. */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
    /** Opaque; it changes with every change. */
    val etag: String? = null,
    /** 1 when the movie is added, one more with every change. */
    val version: Int? = null,
    /** When it was added. */
    val createdAt: Moment? = null,
    /** When it was last changed. */
    val updatedAt: Moment? = null,
    /** The id of the account that added the movie. */
    val addedBy: String? = null,
) {
    /** What names it. */
    val id: MovieId get() = MovieId(title, year)
}

/** What an addition of a movie says beside its id: as `AddMovieRequest`. */
@Serializable
public data class MovieMembers(
    /** Free text. */
    val info: String? = null,
    /** The directors. */
    val directors: List<String>? = null,
    /** The actors. */
    val actors: List<String>? = null,
    /** The genres. */
    val genres: List<String>? = null,
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /** A calendar date, `YYYY-MM-DD`. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /** The address of a picture. */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
)

/** What a change of a movie says beside its id: as `UpdateMovieRequest`. */
@Serializable
public data class MovieChanges(
    /** Free text. */
    val info: String? = null,
    /** The directors. */
    val directors: List<String>? = null,
    /** The actors. */
    val actors: List<String>? = null,
    /** The genres. */
    val genres: List<String>? = null,
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /** A calendar date, `YYYY-MM-DD`. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /** The address of a picture. */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
    /** The members to remove. */
    val clear: List<MovieMember>? = null,
)

/** Movies of a store. */
public typealias OfflineMovies = OfflineCollection<LocalMovie, MovieId, MovieMembers, MovieChanges>

/** Which movies are kept. */
public enum class Keep {
    /** What the feed tells. */
    ALL,

    /** What was given to `remember` and `refresh`. */
    SEEN,
}

/**
 * The movies. They are listed by year, then title; `movieKey(year)` is the prefix of the movies of a
 * year. The indexes are `title` (in lower case), `genre` and `addedBy`.
 */
public fun moviesCollection(
    api: MoviesApi,
    keep: Keep = Keep.ALL,
    most: Int = MOST_MOVIES,
): Collection<LocalMovie, MovieId, MovieMembers, MovieChanges> {
    val none = JsonArray(emptyList())
    return Collection(
        item = LocalMovie.serializer(),
        id = MovieId.serializer(),
        members = MovieMembers.serializer(),
        changed = MovieChanges.serializer(),
        resource = "movie",
        key = { movieKey(it.year, it.title) },
        find = api::findMovie,
        normalize = {
            MovieId(Normalizer.normalize(it.title, Normalizer.Form.NFC).trim(), it.year)
        },
        readOnlyMembers = setOf("addedBy"),
        defaults = JsonObject(mapOf("directors" to none, "actors" to none, "genres" to none)),
        indexes = mapOf(
            "title" to { listOf(IndexValue(it.title.lowercase())) },
            "genre" to { it.genres.map(::IndexValue) },
            "addedBy" to { listOfNotNull(it.addedBy?.let(::IndexValue)) },
        ),
        most = most,
        changes = if (keep == Keep.SEEN) {
            null
        } else {
            { since, limit, options ->
                api.listMovieChanges(ListMovieChangesQuery(since, limit), options)
            }
        },
        add = { id, members, options ->
            api.addMovie(
                AddMovieRequest(
                    title = id.title,
                    year = id.year,
                    info = members.info,
                    directors = members.directors,
                    actors = members.actors,
                    genres = members.genres,
                    rating = members.rating,
                    releaseDate = members.releaseDate,
                    runningTimeSeconds = members.runningTimeSeconds,
                    imageUrl = members.imageUrl,
                    rank = members.rank,
                ),
                options,
            )
        },
        update = { id, changes, options ->
            api.updateMovie(
                UpdateMovieRequest(
                    title = id.title,
                    year = id.year,
                    info = changes.info,
                    directors = changes.directors,
                    actors = changes.actors,
                    genres = changes.genres,
                    rating = changes.rating,
                    releaseDate = changes.releaseDate,
                    runningTimeSeconds = changes.runningTimeSeconds,
                    imageUrl = changes.imageUrl,
                    rank = changes.rank,
                    clear = changes.clear,
                ),
                options,
            )
        },
        delete = api::deleteMovie,
    )
}

/** The key of a movie, or with an empty title the prefix of the keys of a year. */
public fun movieKey(year: Int, title: String = ""): String =
    "${year.toString().padStart(4, '0')} $title"

/** The id of an entry, which the app makes: a UUID. */
@Serializable
public data class WatchlistEntryId(val entryId: String)

/**
 * An entry of the watchlist on the screen: as `WatchlistEntryResponse`, but one that the service has
 * not seen yet lacks what the service gives it.
 */
@Serializable
public data class LocalWatchlistEntry(
    /** The id that the app chose. */
    val entryId: String,
    /** The title of the movie. */
    val title: String = "",
    /** The year of the movie. */
    val year: Int = 0,
    /** Free text. */
    val note: String? = null,
    /** Whether you have watched it. */
    val watched: Boolean = false,
    /** The day on which you watched it, `YYYY-MM-DD`. */
    val watchedOn: String? = null,
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /** Opaque; it changes with every change. */
    val etag: String? = null,
    /** 1 when the entry is added, one more with every change. */
    val version: Int? = null,
    /** When it was added. */
    val createdAt: Moment? = null,
    /** When it was last changed. */
    val updatedAt: Moment? = null,
) {
    /** What names it. */
    val id: WatchlistEntryId get() = WatchlistEntryId(entryId)
}

/** The watchlist of a store. */
public typealias OfflineWatchlist = OfflineCollection<
    LocalWatchlistEntry,
    WatchlistEntryId,
    PutWatchlistEntryRequest,
    UpdateWatchlistEntryRequest,
    >

/** The user's watchlist, by the ids of its entries. */
public fun watchlistCollection(
    api: MoviesApi,
): Collection<
    LocalWatchlistEntry,
    WatchlistEntryId,
    PutWatchlistEntryRequest,
    UpdateWatchlistEntryRequest,
    > = Collection(
    item = LocalWatchlistEntry.serializer(),
    id = WatchlistEntryId.serializer(),
    members = PutWatchlistEntryRequest.serializer(),
    changed = UpdateWatchlistEntryRequest.serializer(),
    resource = "watchlistEntry",
    key = { it.entryId },
    find = { id, options -> api.findWatchlistEntry(id.entryId, options) },
    defaults = JsonObject(mapOf("watched" to JsonPrimitive(false))),
    changes = { since, limit, options ->
        api.listWatchlistChanges(ListWatchlistChangesQuery(since, limit), options)
    },
    put = { id, members, options -> api.putWatchlistEntry(id.entryId, members, options) },
    update = { id, changes, options -> api.updateWatchlistEntry(id.entryId, changes, options) },
    delete = { id, options -> api.deleteWatchlistEntry(id.entryId, options) },
)

/** The id of a picture. */
@Serializable
public data class PictureId(val pictureId: String)

/** No members: of a noun that is never added or changed offline. */
@Serializable
public class NoMembers

/** Pictures of a store. */
public typealias OfflinePictures =
    OfflineCollection<PictureResponse, PictureId, NoMembers, NoMembers>

/** The user's pictures, to be read and deleted: an upload needs the network. */
public fun picturesCollection(
    api: MoviesApi,
): Collection<PictureResponse, PictureId, NoMembers, NoMembers> = Collection(
    item = PictureResponse.serializer(),
    id = PictureId.serializer(),
    members = NoMembers.serializer(),
    changed = NoMembers.serializer(),
    resource = "picture",
    key = { it.pictureId },
    find = { id, options -> api.findPicture(id.pictureId, options) },
    readOnlyMembers = setOf("url"),
    changes = { since, limit, options ->
        api.listPictureChanges(ListPictureChangesQuery(since, limit), options)
    },
    delete = { id, options -> api.deletePicture(id.pictureId, options) },
)
