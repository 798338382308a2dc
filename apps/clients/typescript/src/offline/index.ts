export type {
    AnyCollection,
    Collection,
    Collections,
    FeedChange,
    FeedPage,
    IndexOf,
    IndexValue,
    LocalItem,
    ServiceMembers,
} from './collection.js';
export { OfflineError, type OfflineErrorReason } from './errors.js';
export { followEvents, type EventsOptions } from './events.js';
export {
    movieKey,
    moviesCollection,
    picturesCollection,
    watchlistCollection,
    type MovieId,
    type MoviesOptions,
    type PictureId,
    type WatchlistEntryId,
} from './nouns.js';
export { OfflineCollection, type Shown, type WriteOptions } from './offline-collection.js';
export type { IndexQuery, Live, Query } from './read.js';
export {
    OfflineStore,
    type CollectionStatus,
    type OfflineClient,
    type OfflineStatus,
    type OfflineStoreOptions,
    type QueuedWrite,
} from './store.js';
export type { ConflictReason, ItemState, WriteOperation, WriteState } from './writes.js';
