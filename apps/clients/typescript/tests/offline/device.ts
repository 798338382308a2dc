import {
    MemoryTokenStorage,
    MoviesClient,
    type CallOptions,
    type MoviesApi,
} from '../../src/index.js';
import {
    moviesCollection,
    OfflineStore,
    watchlistCollection,
    type OfflineStoreOptions,
} from '../../src/offline/index.js';
import { tokens } from './stand-in.js';

/** What a device is made with. */
export interface DeviceOptions {
    readonly url: string;
    readonly fetch: (request: Request) => Promise<Response>;
    /** The options of its stores, among them where they are stored. */
    readonly store: OfflineStoreOptions;
    /** The most items that a page of a feed may hold. */
    readonly pageLimit?: number;
    /** The `form` of the watchlist. */
    readonly form?: number;
    /** The largest number of entries and of movies. */
    readonly most?: number;
    /** What is kept of the movies. */
    readonly keep?: 'all' | 'seen';
}

export type Store = OfflineStore<ReturnType<typeof describe>>;

/** A phone: a storage of its own, a clock and a network that can be turned off. */
export class Device {
    online = true;
    /** What the clock is ahead, in milliseconds. */
    ahead = 0;
    readonly client: MoviesClient;
    readonly options: DeviceOptions;
    #store: Store | undefined;

    constructor(options: DeviceOptions) {
        this.options = options;
        const fetch = this.#fetch;
        // The store repeats what fails, so each attempt of it is one request.
        const retry = { attempts: 1 };
        this.client = new MoviesClient(options.url, new MemoryTokenStorage(), { fetch, retry });
    }

    /** The store of the user who is signed in. */
    async store(): Promise<Store> {
        this.#store ??= await this.open();
        return this.#store;
    }

    /** Opens a store: another one if there is one already, as in another tab. */
    open(options: Partial<DeviceOptions> = {}): Promise<Store> {
        const all = { ...this.options, ...options };
        return OfflineStore.open(this.client, (api) => describe(api, all), {
            mode: 'manual',
            now: () => Date.now() + this.ahead,
            ...this.options.store,
            ...options.store,
        });
    }

    /** Closes the store and opens it again, as when the app starts. */
    async reopen(options: Partial<DeviceOptions> = {}): Promise<void> {
        await this.close();
        this.#store = undefined;
        this.#store = await this.open(options);
    }

    async close(): Promise<void> {
        await this.#store?.close();
    }

    async signIn(user: string): Promise<void> {
        await this.client.session.accept(tokens(user));
    }

    readonly #fetch = (request: Request): Promise<Response> => {
        if (!this.online) {
            return Promise.reject(new TypeError('offline'));
        }
        return this.options.fetch(request);
    };
}

function describe(api: MoviesApi, { pageLimit = 100, form = 1, most = 1000, keep }: DeviceOptions) {
    const small = <C extends { changes?(s: string | undefined, l: number, o: CallOptions): any }>(
        collection: C,
    ): C => ({
        ...collection,
        ...(collection.changes && {
            changes: (since: string | undefined, _limit: number, options: CallOptions) =>
                collection.changes?.(since, pageLimit, options),
        }),
    });
    return {
        movies: small(moviesCollection(api, { most, keep })),
        watchlist: { ...small(watchlistCollection(api)), form, most },
    };
}
