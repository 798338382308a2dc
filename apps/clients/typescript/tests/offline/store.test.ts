// What one device does beside the scenarios: live queries, tabs, forms of the database, and a storage that fails.

import 'fake-indexeddb/auto';

import { IDBFactory } from 'fake-indexeddb';
import { afterEach, expect, test, vi } from 'vitest';

import { SessionEndedError } from '../../src/index.js';
import { Database, FORM } from '../../src/offline/database.js';
import {
    movieKey,
    OfflineError,
    OfflineStore,
    type OfflineStoreOptions,
} from '../../src/offline/index.js';
import { Device, type DeviceOptions, type Store } from './device.js';
import { FakeLocks } from './fake-locks.js';
import { StandIn } from './stand-in.js';

const url = 'https://stand-in.test/Development';
const rush = { title: 'Rush', year: 2013 };
const entry = (entryId: string) => ({ entryId });
const opened: Store[] = [];

afterEach(async () => {
    vi.unstubAllGlobals();
    await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function makeDevice(server: StandIn, options: Partial<DeviceOptions> = {}): Promise<Device> {
    const store = { indexedDB: new IDBFactory() };
    const device = new Device({ url, fetch: server.fetch, store, ...options });
    await device.signIn('ada');
    return device;
}

/** Opens a store, which is closed after the test. */
async function open(device: Device, store: OfflineStoreOptions = {}): Promise<Store> {
    const store_ = await device.open({ store });
    opened.push(store_);
    return store_;
}

function storageOf({ options }: Device): IDBFactory {
    return options.store.indexedDB!;
}

/** Waits until a check holds, on a slow machine, too. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 });

/** The ids and states of what is shown. */
const states = (shown: readonly { key: string; state: string }[] | undefined) =>
    shown?.map(({ key, state }) => `${key} ${state}`);

test('a live query shows what changes, and only what belongs to it', async () => {
    const device = await makeDevice(new StandIn());
    const store = await open(device);
    const { watchlist } = store.collections;
    const live = watchlist.live({ where: ({ watched }) => !watched });
    const seen: unknown[] = [];
    expect(live.current()).toBeUndefined();
    const stop = live.subscribe(() => seen.push(states(live.current())));
    await until(() => expect(seen).toEqual([[]]));
    await watchlist.put(entry('a'), rush);
    await until(() => expect(seen.at(-1)).toEqual(['a waiting']));
    await store.sync();
    await until(() => expect(seen.at(-1)).toEqual(['a synced']));
    const before = live.current();
    expect(live.current()).toBe(before);
    await watchlist.update(entry('a'), { watched: true });
    await until(() => expect(seen.at(-1)).toEqual([]));
    stop();
    expect(live.current()).toBeUndefined();
    const count = seen.length;
    await watchlist.put(entry('b'), rush);
    await watchlist.query();
    expect(seen).toHaveLength(count);
});

test('a live item is null if there is none', async () => {
    const { watchlist } = (await open(await makeDevice(new StandIn()))).collections;
    const live = watchlist.liveItem(entry('a'));
    const stop = live.subscribe(() => undefined);
    await until(() => expect(live.current()).toBeNull());
    await watchlist.put(entry('a'), rush);
    await until(() => expect(live.current()?.item).toMatchObject({ entryId: 'a', ...rush }));
    stop();
});

test('items are found by prefix, index, predicate and order', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device);
    const { movies } = store.collections;
    await movies.add({ title: 'Rush', year: 2013 }, { genres: ['Drama', 'Sport'], rating: 8 });
    await movies.add({ title: 'Gravity', year: 2013 }, { genres: ['Drama'], rating: 9 });
    await movies.add({ title: 'Rushmore', year: 1998 }, { genres: ['Comedy'], rating: 7 });
    await store.sync();
    await movies.add({ title: 'Room', year: 2015 }, { genres: ['Drama'] });
    await movies.update({ title: 'Gravity', year: 2013 }, { genres: ['Thriller'] });
    const titles = async (query: Parameters<typeof movies.query>[0]) =>
        (await movies.query(query)).map(({ item }) => item.title);
    expect(await titles({})).toEqual(['Rushmore', 'Gravity', 'Rush', 'Room']);
    expect(await titles({ prefix: movieKey(2013) })).toEqual(['Gravity', 'Rush']);
    const genre = (equals: string) => ({ index: { name: 'genre', equals } });
    expect(await titles(genre('Drama'))).toEqual(['Rush', 'Room']);
    expect(await titles(genre('Thriller'))).toEqual(['Gravity']);
    const title = { index: { name: 'title', from: 'r', to: 'rush\uFFFF' } };
    expect(await titles(title)).toEqual(['Rushmore', 'Rush', 'Room']);
    expect(await titles({ ...title, prefix: movieKey(2015) })).toEqual(['Room']);
    expect(await titles({ where: ({ rating = 0 }) => rating > 7 })).toEqual(['Gravity', 'Rush']);
    const order = (one: { rating?: number }, other: { rating?: number }) =>
        (other.rating ?? 0) - (one.rating ?? 0);
    expect(await titles({ order, limit: 2 })).toEqual(['Gravity', 'Rush']);
    const live = movies.live(genre('Drama'));
    const stop = live.subscribe(() => undefined);
    await until(() => expect(live.current()).toHaveLength(2));
    await movies.update({ title: 'Gravity', year: 2013 }, { genres: ['Drama'] });
    await until(() => expect(live.current()).toHaveLength(3));
    stop();
});

test('a collection without a feed keeps what was seen', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    await device.client.api.addMovie({ title: 'Rush', year: 2013, rating: 8 });
    await device.client.api.addMovie({ title: 'Gravity', year: 2013 });
    await device.client.api.addMovie({ title: 'Room', year: 2015 });
    const store = await device.open({ keep: 'seen', most: 2 });
    opened.push(store);
    const { movies, watchlist } = store.collections;
    const shown = async () => (await movies.query()).map(({ item }) => item.title);
    await store.sync();
    expect(await shown()).toEqual([]);
    await movies.refresh({ title: 'Rush', year: 2013 });
    device.ahead += 1000;
    await movies.refresh({ title: 'Gravity', year: 2013 });
    expect(await shown()).toEqual(['Gravity', 'Rush']);
    await movies.update({ title: 'Rush', year: 2013 }, { rating: 9 });
    device.ahead += 1000;
    const { value } = await device.client.api.findMovie({ title: 'Room', year: 2015 });
    await movies.remember([value]);
    // Something waits for the movie that was seen first.
    expect(await shown()).toEqual(['Rush', 'Room']);
    await store.sync();
    expect((await movies.get({ title: 'Rush', year: 2013 }))?.item.rating).toBe(9);
    await device.client.api.deleteMovie({ title: 'Room', year: 2015 });
    await movies.refresh({ title: 'Room', year: 2015 });
    expect(await shown()).toEqual(['Rush']);
    await expect(watchlist.remember([])).rejects.toMatchObject({ reason: 'notOffered' });
});

test('nobody signed in, nothing to open', async () => {
    const device = new Device({ url, fetch: new StandIn().fetch, store: {} });
    await expect(device.open()).rejects.toBeInstanceOf(SessionEndedError);
});

test('a browser that stores nothing says so', async () => {
    const device = await makeDevice(new StandIn());
    const refusing = (error: DOMException) => {
        const factory = new IDBFactory();
        factory.open = () => {
            const request = { error } as unknown as IDBOpenDBRequest;
            setTimeout(() => request.onerror?.(new Event('error')));
            return request;
        };
        return factory;
    };
    const reason = async (name: string) => {
        const store = { indexedDB: refusing(new DOMException('', name)) };
        const error = await device.open({ store }).catch((thrown: unknown) => thrown);
        return error instanceof OfflineError ? error.reason : error;
    };
    expect(await reason('SecurityError')).toBe('storageDenied');
    expect(await reason('InvalidStateError')).toBe('storageDenied');
    expect(await reason('QuotaExceededError')).toBe('storageFull');
    expect(await reason('UnknownError')).toBe('storageFailed');
    vi.stubGlobal('indexedDB', undefined);
    const without = device.open({ store: { indexedDB: undefined } });
    await expect(without).rejects.toMatchObject({ reason: 'storageDenied' });
});

test('a full storage leaves nothing half-written', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device);
    const { watchlist } = store.collections;
    await watchlist.put(entry('a'), rush);
    await store.sync();
    const full = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
        throw new DOMException('', 'QuotaExceededError');
    });
    const failed = watchlist.put(entry('b'), rush);
    await expect(failed).rejects.toMatchObject({ name: 'OfflineError', reason: 'storageFull' });
    full.mockRestore();
    expect(states(await watchlist.query())).toEqual(['a synced']);
    // The second item of a page is not stored: neither is the first one, nor the cursor.
    await other(server, device, 'c');
    await other(server, device, 'd');
    const put = IDBObjectStore.prototype.put;
    const fullLater = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
        this: IDBObjectStore,
        value: { key?: string },
        key?: IDBValidKey,
    ) {
        if (value.key === 'd') {
            throw new DOMException('', 'QuotaExceededError');
        }
        return put.call(this, value, key);
    });
    await store.sync();
    expect(store.status.collections['watchlist']?.error).toMatchObject({ reason: 'storageFull' });
    expect(states(await watchlist.query())).toEqual(['a synced']);
    fullLater.mockRestore();
    await store.sync();
    expect(states(await watchlist.query())).toEqual(['a synced', 'c synced', 'd synced']);
    expect(store.status.collections['watchlist']?.error).toBeUndefined();
});

/** Another client of the user puts an entry. */
async function other(server: StandIn, device: Device, entryId: string): Promise<void> {
    const client = await makeDevice(server);
    await client.client.api.putWatchlistEntry(entryId, rush);
    expect(device).not.toBe(client);
}

test('an older form is dropped and pulled anew, and the queue stays', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device);
    const { watchlist } = store.collections;
    await watchlist.put(entry('a'), rush);
    await store.sync();
    server.addFaults([{ request: 'PATCH /me/watchlist/a', do: 'lose' }]);
    await watchlist.update(entry('a'), { rating: 5 });
    await store.sync();
    await watchlist.update(entry('a'), { rating: 6 });
    await store.close();
    const name = 'movies-client-offline-ada';
    const newer = new Database(storageOf(device), name, FORM + 1, () => undefined);
    await newer.open();
    const [base, queue, cursor] = await newer.read((tables) =>
        Promise.all([tables.base.all(), tables.queue.all(), tables.cursors.get('watchlist')]),
    );
    expect(base).toEqual([]);
    expect(queue.map(({ members }) => members)).toEqual([{ rating: 5 }, { rating: 6 }]);
    expect(cursor).toMatchObject({ whole: false, ready: false });
    expect(cursor).not.toHaveProperty('since');
    newer.close();
    // The app was rolled back: the store says so, and touches nothing.
    await expect(device.open()).rejects.toMatchObject({ reason: 'storageNewer' });
    await newer.read((tables) => tables.queue.all()).catch(() => undefined);
    const again = new Database(storageOf(device), name, FORM + 1, () => undefined);
    await again.open();
    expect(await again.read((tables) => tables.queue.all())).toHaveLength(2);
    again.close();
});

test('a newer version of the app takes the database from a tab of this one', async () => {
    const device = await makeDevice(new StandIn());
    const store = await open(device);
    await store.collections.watchlist.put(entry('a'), rush);
    const name = 'movies-client-offline-ada';
    const newer = new Database(storageOf(device), name, FORM + 1, () => undefined);
    await newer.open();
    expect(store.status.closed).toBe(true);
    const failing = store.collections.watchlist.put(entry('b'), rush);
    await expect(failing).rejects.toMatchObject({ reason: 'closed' });
    newer.close();
});

test('the operations of a user send nothing once another one is signed in', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const api = device.client.apiFor('ada');
    await api.putWatchlistEntry('a', rush);
    await device.signIn('bob');
    await expect(api.putWatchlistEntry('b', rush)).rejects.toBeInstanceOf(SessionEndedError);
    expect(server.requests).toHaveLength(1);
    expect(await device.client.session.load()).toBe('signedIn');
});

test('a feed is never polled sooner than it says, and not by all at once', async () => {
    const polls: number[] = [];
    for (const random of [0, 1]) {
        const device = await makeDevice(new StandIn());
        const store = await open(device, { now: () => 1000, random: () => random });
        await store.sync();
        await store.close();
        const name = 'movies-client-offline-ada';
        const database = new Database(storageOf(device), name, FORM, () => undefined);
        await database.open();
        const cursor = await database.read((tables) => tables.cursors.get('watchlist'));
        polls.push((cursor?.pollAt ?? 0) - 1000);
        database.close();
    }
    expect(polls).toEqual([30_000, 36_000]);
});

test('a page of an older state does not take back what an answer brought', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [one, two] = [await open(device), await open(device)];
    const { watchlist } = one.collections;
    await watchlist.put(entry('a'), rush);
    await one.sync();
    server.relaysAtOnce = false;
    await watchlist.update(entry('a'), { rating: 1 });
    await one.sync();
    server.relay();
    // The page is read before the write, and arrives after it.
    const holding = server.hold('GET /me/watchlist/changes');
    const pulling = two.sync();
    await holding.reached;
    await watchlist.update(entry('a'), { rating: 2 });
    server.addFaults([{ request: 'GET /me/watchlist/changes', do: 'drop', times: 2 }]);
    await one.sync();
    expect((await watchlist.get(entry('a')))?.item).toMatchObject({ rating: 2, version: 3 });
    holding.release();
    await pulling;
    expect((await watchlist.get(entry('a')))?.item).toMatchObject({ rating: 2, version: 3 });
});

test('a page is dropped if another tab was faster', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [one, two] = [await open(device), await open(device)];
    const { watchlist } = one.collections;
    const { api } = (await makeDevice(server)).client;
    await api.putWatchlistEntry('a', rush);
    await one.sync();
    await api.deleteWatchlistEntry('a');
    const holding = server.hold('GET /me/watchlist/changes');
    const pulling = two.sync();
    await holding.reached;
    await api.putWatchlistEntry('a', rush);
    await one.sync();
    expect(states(await watchlist.query())).toEqual(['a synced']);
    server.addFaults([{ request: 'GET /me/watchlist/changes', do: 'drop', times: 5 }]);
    holding.release();
    await pulling;
    expect(states(await watchlist.query())).toEqual(['a synced']);
});

const PUT = 'PUT /me/watchlist/a';
const FEED = 'GET /me/watchlist/changes';

test('after an answer that is older than the base, the feed is asked again', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device);
    const { api } = (await makeDevice(server)).client;
    server.addFaults([{ request: PUT, do: 'lose' }]);
    await store.collections.watchlist.put(entry('a'), rush);
    await store.sync();
    await api.deleteWatchlistEntry('a');
    server.reset();
    await store.sync();
    expect(server.requests.map(({ request }) => request)).toEqual([
        'GET /movies/changes',
        FEED,
        PUT,
        'GET /movies/changes',
        FEED,
    ]);
});

test('the answer to a write that was dropped meanwhile is dropped', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [one, two] = [await open(device), await open(device)];
    const { watchlist } = one.collections;
    const { api } = (await makeDevice(server)).client;
    await watchlist.put(entry('a'), rush);
    const holding = server.hold(PUT);
    const sending = one.sync();
    await holding.reached;
    await watchlist.takeTheirs(entry('a'));
    await api.deleteWatchlistEntry('a');
    await two.sync();
    server.addFaults([{ request: FEED, do: 'drop', times: 5 }]);
    holding.release();
    await sending;
    expect(await watchlist.query()).toEqual([]);
});

test('the answer to an attempt that was overtaken is dropped, also if another tab sent the write again', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [one, two] = [await open(device), await open(device)];
    const { watchlist } = one.collections;
    const { api } = (await makeDevice(server)).client;
    await watchlist.put(entry('a'), rush);
    const holding = server.hold(PUT);
    const sending = one.sync();
    await holding.reached;
    await api.deleteWatchlistEntry('a');
    server.addFaults([{ request: PUT, do: 'drop' }]);
    await two.sync();
    server.addFaults([{ request: FEED, do: 'drop', times: 5 }]);
    holding.release();
    await sending;
    expect(await watchlist.query()).toEqual([]);
    expect(await one.writes()).toEqual([]);
});

test('a late answer does not decide what the user has decided meanwhile', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [one, two] = [await open(device), await open(device)];
    const { watchlist } = one.collections;
    const { api } = (await makeDevice(server)).client;
    await watchlist.put(entry('a'), rush);
    await one.sync();
    await watchlist.update(entry('a'), { rating: 1 });
    await api.updateWatchlistEntry('a', { note: 'Theirs' });
    const holding = server.hold('PATCH /me/watchlist/a');
    const sending = one.sync();
    await holding.reached;
    await two.sync();
    expect(states(await watchlist.query())).toEqual(['a conflict']);
    await watchlist.keepMine(entry('a'));
    holding.release();
    await sending;
    expect(states(await watchlist.query())).toEqual(['a synced']);
    expect((await watchlist.get(entry('a')))?.item).toMatchObject({ note: 'Theirs', rating: 1 });
});

test('writes of a collection that this version does not have are kept', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device);
    await store.collections.movies.add({ title: 'Rush', year: 2013 }, {});
    await store.close();
    const less = await OfflineStore.open(device.client, () => ({}), {
        mode: 'manual',
        indexedDB: storageOf(device),
    });
    await less.sync();
    expect(await less.writes()).toHaveLength(1);
    expect(server.requests).toEqual([]);
    await less.close();
});

test('a wipe in one tab closes the others, and nothing comes back', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const [here, there] = [await open(device), await open(device)];
    await here.collections.watchlist.put(entry('a'), rush);
    const live = there.collections.watchlist.live();
    const stop = live.subscribe(() => undefined);
    await until(() => expect(live.current()).toHaveLength(1));
    server.addFaults([{ request: 'PUT /me/watchlist/a', do: 'delay', ms: 50 }]);
    const syncing = there.sync().catch((error: unknown) => error);
    await until(() => expect(server.requests.at(-1)?.request).toMatch('PUT'));
    await here.wipe();
    await syncing;
    expect(here.status.closed && there.status.closed).toBe(true);
    await until(() => expect(live.current()).toBeUndefined());
    stop();
    const again = await open(device);
    expect(await again.collections.watchlist.query()).toEqual([]);
    expect(await again.writes()).toEqual([]);
});

test('after a wipe, a tab that does not know of it writes nothing', async () => {
    const device = await makeDevice(new StandIn());
    const [here, there] = [await open(device), await open(device)];
    // The other tab holds the database open for a while.
    const deleting = vi.spyOn(storageOf(device), 'deleteDatabase');
    deleting.mockReturnValue({} as IDBOpenDBRequest);
    await here.wipe();
    deleting.mockRestore();
    expect(there.status.closed).toBe(false);
    const failing = there.collections.watchlist.put(entry('a'), rush);
    await expect(failing).rejects.toMatchObject({ reason: 'closed' });
    await there.sync().catch(() => undefined);
    expect(await there.collections.watchlist.query()).toEqual([]);
    expect(await there.writes()).toEqual([]);
});

test('the data of all users are wiped by the name of the store', async () => {
    const device = await makeDevice(new StandIn());
    await (await open(device)).close();
    await device.client.session.end();
    await device.signIn('bob');
    await (await open(device)).close();
    await (await open(device, { name: 'other' })).close();
    await OfflineStore.wipeAll(undefined, storageOf(device));
    const left = await storageOf(device).databases();
    expect(left.map(({ name }) => name)).toEqual(['other-offline-bob']);
});

test('a write that cannot be sent at all is refused, and the others go on', async () => {
    const server = new StandIn();
    const store = await open(await makeDevice(server));
    const { watchlist } = store.collections;
    await watchlist.put(entry('..'), rush);
    await watchlist.put(entry('a'), rush);
    await store.sync();
    expect(states(await watchlist.query())).toEqual(['.. refused', 'a synced']);
    const [refused] = await store.writes();
    expect(refused?.problem?.title).toBe('The request cannot be made');
});

test('a storage of tokens that fails refuses nothing', async () => {
    const device = await makeDevice(new StandIn());
    const store = await open(device);
    await store.collections.watchlist.put(entry('a'), rush);
    const failing = vi.spyOn(device.client.session, 'accessToken');
    failing.mockRejectedValue(new DOMException('', 'UnknownError'));
    await store.sync();
    expect(states(await store.collections.watchlist.query())).toEqual(['a waiting']);
    failing.mockRestore();
    await store.sync();
    expect(states(await store.collections.watchlist.query())).toEqual(['a synced']);
});

// In the background

const fast = { mode: 'background', locks: null, random: () => 0 } as const;

test('in the background, a write is sent at once and a change is pulled when it is due', async () => {
    const server = new StandIn();
    server.pollAfterSeconds = 0.05;
    const device = await makeDevice(server);
    const store = await open(device, fast);
    const { watchlist } = store.collections;
    await until(() => expect(store.status.collections['watchlist']?.ready).toBe(true));
    await watchlist.put(entry('a'), rush);
    await until(async () => expect(states(await watchlist.query())).toEqual(['a synced']));
    await other(server, device, 'b');
    await until(async () => expect(await watchlist.query()).toHaveLength(2));
});

test('a poke pulls before it is due', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device, fast);
    await until(() => expect(store.status.collections['watchlist']?.ready).toBe(true));
    await other(server, device, 'b');
    store.pullSoon();
    await until(async () => {
        expect(await store.collections.watchlist.query()).toHaveLength(1);
    });
});

test('a hidden page does not poll, and does when it is shown', async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    vi.stubGlobal('document', page);
    const server = new StandIn();
    server.pollAfterSeconds = 0.02;
    const device = await makeDevice(server);
    const store = await open(device, fast);
    await until(() => expect(store.status.leads).toBe(true));
    await store.collections.watchlist.put(entry('a'), rush);
    const polls = () => server.requests.filter(({ request }) => request.startsWith('GET'));
    await until(async () => {
        expect(states(await store.collections.watchlist.query())).toEqual(['a synced']);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(polls()).toHaveLength(0);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    await until(() => expect(polls().length).toBeGreaterThan(4));
});

test('a network that comes back is a reason to try at once', async () => {
    const network = new EventTarget();
    vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
    vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
    const server = new StandIn();
    const device = await makeDevice(server);
    device.online = false;
    // By this clock, the wait after the failure never ends.
    const store = await open(device, { ...fast, now: () => 1 });
    const shown = async () => states(await store.collections.watchlist.query());
    await until(() => expect(store.status.leads).toBe(true));
    await store.collections.watchlist.put(entry('a'), rush);
    await until(() => expect(store.status.pushError).toMatchObject({ name: 'NetworkError' }));
    device.online = true;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await shown()).toEqual(['a waiting']);
    network.dispatchEvent(new Event('online'));
    await until(async () => expect(await shown()).toEqual(['a synced']));
});

test.each([
    ['Web Locks', true],
    ['a lease', false],
])('one tab leads by %s, the others follow, and one of them replaces it', async (_, hasLocks) => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const options = { ...fast, locks: hasLocks ? new FakeLocks() : null };
    const first = await open(device, options);
    await until(() => expect(first.status.leads).toBe(true));
    const second = await open(device, options);
    const third = await open(device, options);
    await second.collections.watchlist.put(entry('a'), rush);
    const shown = async (store: Store) => states(await store.collections.watchlist.query());
    await until(async () => expect(await shown(third)).toEqual(['a synced']));
    expect([second.status.leads, third.status.leads]).toEqual([false, false]);
    await first.close();
    const leaders = () => [second, third].filter(({ status }) => status.leads);
    await until(() => expect(leaders()).toHaveLength(1));
    await third.collections.watchlist.put(entry('b'), rush);
    await until(async () => expect(await shown(second)).toEqual(['a synced', 'b synced']));
    const puts = server.requests.filter(({ request }) => request.startsWith('PUT'));
    expect(puts).toHaveLength(2);
});

test('the lease of a tab that was killed runs out', async () => {
    const device = await makeDevice(new StandIn());
    await (await open(device)).close();
    const name = 'movies-client-offline-ada';
    const database = new Database(storageOf(device), name, FORM, () => undefined);
    await database.open();
    await database.write('default', async ({ lease }) => {
        lease.put({ owner: 'killed', until: Date.now() + 6000 }, 'lease');
    });
    database.close();
    const store = await open(device, fast);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(store.status.leads).toBe(false);
    device.ahead = 6001;
    await until(() => expect(store.status.leads).toBe(true));
});

test('in the mode manual, nothing is sent but by sync', async () => {
    const server = new StandIn();
    const device = await makeDevice(server);
    const store = await open(device, { locks: new FakeLocks(), silence: 10 });
    await store.collections.watchlist.put(entry('a'), rush);
    store.pullSoon();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(store.status.leads).toBe(false);
    expect(server.requests).toEqual([]);
    await store.sync();
    expect(server.requests.length).toBeGreaterThan(0);
});

test('a user who signs in while a store is opened does not get that of another one', async () => {
    const device = await makeDevice(new StandIn());
    const opening = device.open();
    await device.client.session.load();
    await device.signIn('bob');
    await expect(opening).rejects.toBeInstanceOf(SessionEndedError);
});

test('a live query shows what another tab does', async () => {
    const device = await makeDevice(new StandIn());
    const [here, there] = [await open(device), await open(device)];
    const live = there.collections.watchlist.live();
    const stop = live.subscribe(() => undefined);
    await until(() => expect(live.current()).toEqual([]));
    await here.collections.watchlist.put(entry('a'), rush);
    await until(() => expect(states(live.current())).toEqual(['a waiting']));
    await until(() => expect(there.status.waiting).toBe(1));
    stop();
});

test('a leader that does not react is replaced', async () => {
    const locks = new FakeLocks();
    const server = new StandIn();
    const device = await makeDevice(server);
    // A frozen tab keeps its lock and hears nothing.
    const frozen = locks.hold('movies-client-offline-ada');
    const stolen = expect(frozen).rejects.toMatchObject({ name: 'AbortError' });
    const store = await open(device, { ...fast, locks, silence: 50 });
    await store.collections.watchlist.put(entry('a'), rush);
    await until(() => expect(store.status.leads).toBe(true));
    await stolen;
    await until(async () => {
        expect(states(await store.collections.watchlist.query())).toEqual(['a synced']);
    });
});
