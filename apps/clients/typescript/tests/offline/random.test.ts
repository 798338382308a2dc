// Devices that come and go at random end as the server is. A seed replays: SCENARIOS_SEED=7 npm run test:unit.

import 'fake-indexeddb/auto';

import { IDBFactory } from 'fake-indexeddb';
import { afterAll, expect, test } from 'vitest';

import { SessionEndedError } from '../../src/index.js';
import { OfflineError } from '../../src/offline/index.js';
import { Device, type Store } from './device.js';
import { StandIn, tokens } from './stand-in.js';

declare function setImmediate(work: () => void): void;

const HOUR = 3_600_000;
const given = Number(import.meta.env['SCENARIOS_SEED'] ?? 0);
const count = Number(import.meta.env['SCENARIOS_RUNS'] ?? 12);
const seeds = given > 0 ? [given] : Array.from({ length: count }, (_, index) => index + 1);
let checks = 0;

test.each(seeds)('seed %i', async (seed) => {
    const run = new Run(seed);
    await run.all();
    checks += run.checks;
});

afterAll(() => {
    console.log(`${seeds.length} scenarios, ${checks} checks`);
});

/** A generator of numbers from 0 to 1 (mulberry32). */
function generator(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

const PATHS = [
    'GET /me/watchlist/changes',
    'GET /movies/changes',
    'POST /movies/add-movie',
    'POST /movies/update-movie',
    'POST /movies/delete-movie',
    'POST /movies/findbytitleandyear',
    ...['PUT', 'PATCH', 'DELETE', 'GET'].map((method) => `${method} /me/watchlist/e1`),
    ...['PUT', 'PATCH', 'DELETE', 'GET'].map((method) => `${method} /me/watchlist/e2`),
];

class Run {
    checks = 0;
    readonly #random: () => number;
    readonly #server = new StandIn();
    readonly #devices: Device[] = [];
    /** The stores of a device: two tabs that both believe to lead. */
    readonly #stores = new Map<Device, [Store, Store]>();
    /** How often somebody wanted an item to be added. */
    readonly #wanted = new Map<string, number>();
    #time = Date.now();
    readonly #began = this.#time;

    constructor(seed: number) {
        this.#random = generator(seed);
    }

    async all(): Promise<void> {
        this.#server.relaysAtOnce = false;
        this.#server.now = () => this.#time;
        for (let index = 0; index < 3; index += 1) {
            await this.#makeDevice();
        }
        // What went wrong may be mended by what comes later: so look often.
        for (let round = 0; round < 12; round += 1) {
            for (let steps = 5 + this.#below(15); steps > 0; steps -= 1) {
                await this.#step();
            }
            await this.#settle();
            await this.#compare();
        }
        for (const stores of this.#stores.values()) {
            await Promise.all(stores.map((store) => store.close()));
        }
    }

    async #makeDevice(): Promise<void> {
        const fetch = async (request: Request) => {
            await this.#pause();
            const answer = await this.#server.fetch(request);
            await this.#pause();
            return answer;
        };
        const device = new Device({
            url: 'https://stand-in.test/Development',
            fetch,
            pageLimit: this.#below(4) + 1,
            store: {
                indexedDB: new IDBFactory(),
                now: () => this.#time,
                random: this.#random,
            },
        });
        await device.signIn('ada');
        this.#devices.push(device);
        await this.#openStores(device);
    }

    async #openStores(device: Device): Promise<void> {
        this.#stores.set(device, [await device.open(), await device.open()]);
    }

    async #step(): Promise<void> {
        const device = this.#oneOf(this.#devices);
        const [store, other] = this.#stores.get(device)!;
        this.#time += this.#below(20_000);
        const dice = this.#random();
        if (dice < 0.34) {
            await this.#write(store);
        } else if (dice < 0.4) {
            await this.#loseAnswer(store);
        } else if (dice < 0.62) {
            await this.#syncSome();
        } else if (dice < 0.7) {
            this.#addFault();
        } else if (dice < 0.78) {
            this.#server.relay(this.#random);
        } else if (dice < 0.84) {
            await this.#writeDirectly();
        } else if (dice < 0.88) {
            device.online = !device.online;
        } else if (dice < 0.92) {
            await this.#decide(this.#random() < 0.5 ? store : other);
        } else if (dice < 0.96) {
            await Promise.all([store.close(), other.close()]);
            await this.#openStores(device);
        } else if (dice < 0.98) {
            this.#server.resetFeeds();
        } else {
            this.#time += this.#below(30) * HOUR;
        }
    }

    /** Syncs some of the tabs of some of the devices at the same time, while one of them writes. */
    async #syncSome(): Promise<void> {
        const tabs = [...this.#stores.values()].flat().filter(() => this.#random() < 0.5);
        const syncs = tabs.map(async (tab) => {
            await this.#pause();
            await this.#sync(tab);
        });
        const [tab] = tabs;
        const writes = tab !== undefined && this.#random() < 0.5 ? [this.#write(tab)] : [];
        const decisions =
            tab !== undefined && this.#random() < 0.3
                ? [this.#pause().then(() => this.#decide(tab, true))]
                : [];
        const direct = this.#pause().then(() => this.#writeDirectly());
        await Promise.all([...syncs, ...writes, ...decisions, direct]);
    }

    async #sync(store: Store): Promise<void> {
        try {
            await store.sync();
        } catch (error) {
            // A token was refused twice.
            if (!(error instanceof SessionEndedError)) {
                throw error;
            }
            await Promise.all(this.#devices.map((device) => device.signIn('ada')));
        }
    }

    async #write(store: Store): Promise<void> {
        const { movies, watchlist } = store.collections;
        const [rating, watched] = [this.#below(11), this.#random() < 0.5];
        const changes = this.#oneOf([
            { rating },
            { watched },
            { rating, clear: ['note' as const] },
        ]);
        const entry = { entryId: this.#oneOf(['e1', 'e2', 'e3']) };
        const movie = { title: this.#oneOf(['Rush', 'Solo']), year: 2013 };
        const members = { title: 'T', year: 2000, note: `note ${this.#below(5)}` };
        const badRating = this.#random() < 0.1 ? 11 : rating;
        try {
            switch (this.#below(7)) {
                case 0:
                case 1:
                    await watchlist.put(entry, members);
                    this.#want(`watchlist ada ${entry.entryId}`);
                    break;
                case 2:
                    await watchlist.update(entry, changes);
                    break;
                case 3:
                    await watchlist.delete(entry);
                    break;
                case 4:
                    await movies.add(movie, { rating: badRating });
                    this.#want(`movies ${movie.year} ${movie.title}`);
                    break;
                case 5:
                    await movies.update(movie, { rating: badRating });
                    break;
                default:
                    await movies.delete(movie);
            }
        } catch (error) {
            // Whoever writes sees what this device knows, which may be nothing.
            if (!(error instanceof OfflineError) || !/^item/.test(error.reason)) {
                throw error;
            }
        }
    }

    /** The answer to a write is lost, and somebody changes the item before it is told again. */
    async #loseAnswer(store: Store): Promise<void> {
        const entryId = this.#oneOf(['e1', 'e2', 'e3']);
        this.#server.addFaults([{ request: `PUT /me/watchlist/${entryId}`, do: 'lose' }]);
        await store.collections.watchlist.put({ entryId }, { title: 'T', year: 2000 });
        this.#want(`watchlist ada ${entryId}`);
        await this.#sync(store);
        await this.#writeDirectly(entryId);
        this.#server.relay(this.#random);
    }

    async #writeDirectly(entry = this.#oneOf(['e1', 'e2', 'e3'])): Promise<void> {
        const method = this.#oneOf(['PUT', 'DELETE', 'PATCH']);
        const body =
            method === 'PUT'
                ? { title: 'T', year: 2000, note: 'direct' }
                : { rating: this.#below(11) };
        if (method === 'PUT') {
            this.#want(`watchlist ada ${entry}`);
        }
        const headers = {
            'Authorization': `Bearer ${tokens('ada').accessToken}`,
            'Idempotency-Key': crypto.randomUUID(),
        };
        const url = `https://stand-in.test/Development/me/watchlist/${entry}`;
        const init = {
            method,
            headers,
            ...(method !== 'DELETE' && { body: JSON.stringify(body) }),
        };
        await this.#server.pass(new Request(url, init));
    }

    /** @param drops True to drop some of the writes that wait, which may be under way. */
    async #decide(store: Store, drops = false): Promise<void> {
        for (const write of await store.writes()) {
            const { state, seq, key, id } = write;
            if (state === 'refused') {
                const again = this.#random() < 0.3;
                await (again ? store.retry(seq) : store.discard(seq)).catch(() => undefined);
            } else if (state === 'conflict' || (drops && this.#random() < 0.2)) {
                const collection = store.collections[write.collection as 'watchlist'];
                if (state === 'conflict' && this.#random() < 0.6) {
                    const scope = write.collection === 'movies' ? 'movies' : 'watchlist ada';
                    this.#want(`${scope} ${key}`);
                    await collection.keepMine(id as any);
                } else {
                    await collection.takeTheirs(id as any);
                }
            }
        }
    }

    #addFault(): void {
        const problem = (status: number, type: string, retryAfter?: number) => ({
            do: 'answer' as const,
            status,
            headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
            body: JSON.stringify({ type: `/problems/${type}`, title: '', status, detail: '' }),
        });
        const fault = this.#oneOf([
            { do: 'drop' as const },
            { do: 'lose' as const },
            { do: 'lose' as const },
            { do: 'lose' as const },
            problem(429, 'too-many-requests', 5),
            problem(503, 'unavailable', 1),
            problem(500, 'internal'),
            problem(409, 'request-in-flight', 1),
            problem(401, 'unauthorized'),
            { do: 'answer' as const, status: 200, body: '<html>' },
        ]);
        const request = this.#oneOf(PATHS);
        if (request.endsWith('changes') && this.#random() < 0.3) {
            this.#server.addFaults([{ request, ...problem(410, 'cursor-expired') }]);
        } else {
            this.#server.addFaults([{ request, ...fault }]);
        }
    }

    /** Everything works again: until nothing waits any more. */
    async #settle(): Promise<void> {
        this.#server.clearFaults();
        this.#devices.forEach((device) => {
            device.online = true;
        });
        for (let round = 0, waiting = 1; round < 12 && waiting > 0; round += 1) {
            waiting = 0;
            for (const [store] of this.#stores.values()) {
                this.#time += 400_000;
                await this.#decide(store);
                await this.#sync(store);
                this.#server.relay();
                waiting += (await store.writes()).length;
            }
        }
        for (const [store] of this.#stores.values()) {
            await store.sync();
        }
    }

    async #compare(): Promise<void> {
        const scopes = { movies: 'movies', watchlist: 'watchlist ada' } as const;
        for (const [store] of this.#stores.values()) {
            expect(await store.writes()).toEqual([]);
            for (const name of ['movies', 'watchlist'] as const) {
                const shown = await store.collections[name].query();
                const wanted = this.#server.all(scopes[name]);
                expect(shown.map(({ state }) => state)).toEqual(wanted.map(() => 'synced'));
                expect(shown.map(({ item }) => item)).toEqual(wanted);
                this.checks += 1;
            }
        }
        for (const [item, additions] of this.#server.additions) {
            expect(additions, item).toBeLessThanOrEqual(this.#wanted.get(item) ?? 0);
            this.checks += 1;
        }
        expect(this.#time).toBeGreaterThan(this.#began);
    }

    #want(item: string): void {
        this.#wanted.set(item, (this.#wanted.get(item) ?? 0) + 1);
    }

    async #pause(): Promise<void> {
        for (let rounds = this.#below(12); rounds > 0; rounds -= 1) {
            await new Promise<void>((resolve) => setImmediate(resolve));
        }
    }

    #below(limit: number): number {
        return Math.floor(this.#random() * limit);
    }

    #oneOf<T>(list: readonly T[]): T {
        return list[this.#below(list.length)] as T;
    }
}
