import type { MoviesApi, MoviesClient } from 'movies-client';
import { moviesCollection, OfflineStore, watchlistCollection } from 'movies-client/offline';

// The page loads this when somebody is signed in, and the service worker has it, too.

/** What is kept on the device. */
export function describe(api: MoviesApi) {
    return { movies: moviesCollection(api), watchlist: watchlistCollection(api) };
}

export type Store = OfflineStore<ReturnType<typeof describe>>;

/** The name of the databases of a stage. */
export function storeName(stage: string): string {
    return `movies-${stage}`;
}

/** Opens the store of the user who is signed in. `manual`: nothing is sent but by `sync()`. */
export function openStore(
    client: MoviesClient,
    stage: string,
    mode: 'background' | 'manual' = 'background',
): Promise<Store> {
    // An answer that does not come must not hold the others back for long.
    return OfflineStore.open(client, describe, { name: storeName(stage), mode, timeLimit: 20_000 });
}

/** Removes what is kept of all users, when no store is open. */
export function wipeAll(stage: string): Promise<void> {
    return OfflineStore.wipeAll(storeName(stage));
}

export { followEvents } from 'movies-client/offline';
