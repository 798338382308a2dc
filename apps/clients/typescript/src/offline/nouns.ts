import { UnexpectedAnswerError } from '../errors.js';
import type { MoviesApi } from '../generated/api.js';
import type {
    AddMovieRequest,
    MovieKeyRequest,
    MovieResponse,
    PictureResponse,
    PutWatchlistEntryRequest,
    UpdateMovieRequest,
    UpdateWatchlistEntryRequest,
    WatchlistEntryResponse,
} from '../generated/models.js';
import type { Collection, FeedPage } from './collection.js';

/** The id of a movie. */
export type MovieId = MovieKeyRequest;

/** How many movies are kept. */
export interface MoviesOptions {
    /** `all`: what the feed tells. `seen`: what was given to `remember` and `refresh`. Default: `all`. */
    readonly keep?: 'all' | 'seen' | undefined;
    /** Default: 10,000. */
    readonly most?: number | undefined;
}

/**
 * The movies. They are listed by year, then title; `movieKey(year)` is the prefix of the movies of a year. The indexes are
 * `title` (in lower case), `genre` and `addedBy`.
 */
export function moviesCollection(
    api: Pick<
        MoviesApi,
        'addMovie' | 'updateMovie' | 'deleteMovie' | 'findMovie' | 'listMovieChanges'
    >,
    { keep = 'all', most = 10_000 }: MoviesOptions = {},
): Collection<
    MovieResponse,
    MovieId,
    Omit<AddMovieRequest, keyof MovieId>,
    Omit<UpdateMovieRequest, keyof MovieId>
> {
    return {
        idMembers: ['title', 'year'],
        readOnlyMembers: ['addedBy'],
        defaults: { directors: [], actors: [], genres: [] },
        indexes: {
            title: ({ title }) => title.toLowerCase(),
            genre: ({ genres }) => genres,
            addedBy: ({ addedBy }) => addedBy,
        },
        most,
        normalize: ({ title, year }) => ({ title: title.normalize().trim(), year }),
        key: ({ title, year }) => movieKey(year, title),
        ...(keep === 'all' && {
            changes: async (since, limit, options) => {
                const { value } = await api.listMovieChanges({ since, limit }, options);
                return feedPage(value, ({ title, year, movie }) => [{ title, year }, movie]);
            },
        }),
        find: (id, options) => api.findMovie(id, options),
        add: (id, members, options) => api.addMovie({ ...id, ...members }, options),
        update: (id, changes, options) => api.updateMovie({ ...id, ...changes }, options),
        delete: (id, options) => api.deleteMovie(id, options),
    };
}

/** The key of a movie, or with an empty title the prefix of the keys of a year. */
export function movieKey(year: number, title = ''): string {
    return `${String(year).padStart(4, '0')} ${title}`;
}

/** The id of an entry. */
export interface WatchlistEntryId {
    readonly entryId: string;
}

/** The user's watchlist, by the ids of its entries, which the app makes: UUIDs. */
export function watchlistCollection(
    api: Pick<
        MoviesApi,
        | 'putWatchlistEntry'
        | 'updateWatchlistEntry'
        | 'deleteWatchlistEntry'
        | 'findWatchlistEntry'
        | 'listWatchlistChanges'
    >,
): Collection<
    WatchlistEntryResponse,
    WatchlistEntryId,
    PutWatchlistEntryRequest,
    UpdateWatchlistEntryRequest
> {
    return {
        idMembers: ['entryId'],
        defaults: { watched: false },
        key: ({ entryId }) => entryId,
        changes: async (since, limit, options) => {
            const { value } = await api.listWatchlistChanges({ since, limit }, options);
            return feedPage(value, ({ entryId, watchlistEntry }) => [{ entryId }, watchlistEntry]);
        },
        find: ({ entryId }, options) => api.findWatchlistEntry(entryId, options),
        put: ({ entryId }, members, options) => api.putWatchlistEntry(entryId, members, options),
        update: ({ entryId }, changes, options) =>
            api.updateWatchlistEntry(entryId, changes, options),
        delete: ({ entryId }, options) => api.deleteWatchlistEntry(entryId, options),
    };
}

/** The id of a picture. */
export interface PictureId {
    readonly pictureId: string;
}

/** The user's pictures, to be read and deleted: an upload needs the network. */
export function picturesCollection(
    api: Pick<MoviesApi, 'deletePicture' | 'findPicture' | 'listPictureChanges'>,
): Collection<PictureResponse, PictureId, object, object> {
    return {
        idMembers: ['pictureId'],
        readOnlyMembers: ['url'],
        key: ({ pictureId }) => pictureId,
        changes: async (since, limit, options) => {
            const { value } = await api.listPictureChanges({ since, limit }, options);
            return feedPage(value, ({ pictureId, picture }) => [{ pictureId }, picture]);
        },
        find: ({ pictureId }, options) => api.findPicture(pictureId, options),
        delete: ({ pictureId }, options) => api.deletePicture(pictureId, options),
    };
}

/** The answer of a feed. */
interface Changes<Change> {
    readonly items: readonly Change[];
    readonly nextSince: string;
    readonly more: boolean;
    readonly pollAfterSeconds: number;
}

/** A page of a feed, in the form that is the same for all nouns. */
function feedPage<Change extends { readonly deleted?: boolean }, Item, Id>(
    { items, nextSince, more, pollAfterSeconds }: Changes<Change>,
    read: (change: Change) => [Id, Item | undefined],
): FeedPage<Item, Id> {
    const changes = items.map((change) => {
        const [id, item] = read(change);
        const deleted = change.deleted === true;
        if (!deleted && item === undefined) {
            // An item that is missing by mistake must not be taken for a deletion.
            throw new UnexpectedAnswerError('a change without its item');
        }
        return { id, item: deleted ? undefined : item };
    });
    return { changes, nextSince, more, pollAfterSeconds };
}
