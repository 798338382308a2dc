import text from '../../../offline-scenarios.json?raw';
import { OfflineError, type OfflineStoreOptions, type Shown } from '../../src/offline/index.js';
import { at, contains, equals } from '../compare.js';
import { Device, type Store } from './device.js';
import type { Fault } from './stand-in.js';
import type { World } from './world.js';

type Members = Readonly<Record<string, unknown>>;

/** A scenario, as `offline-scenarios.md` describes it. */
export interface OfflineScenario {
    readonly name: string;
    readonly pageLimit?: number;
    readonly most?: number;
    readonly queueLimit?: number;
    readonly timeLimit?: number;
    readonly steps: readonly Members[];
}

/** All scenarios. */
export const scenarios = JSON.parse(text) as readonly OfflineScenario[];

/**
 * Runs a scenario and returns the number of its checks. Throws an `Error` that says which step failed, and how.
 *
 * @param world The server.
 * @param storageOf Where a device stores, by its name.
 */
export async function run(
    scenario: OfflineScenario,
    world: World,
    storageOf: (device: string) => OfflineStoreOptions,
): Promise<number> {
    const runner = new Runner(scenario, world, storageOf);
    await world.reset();
    for (const [index, step] of scenario.steps.entries()) {
        try {
            await runner.step(step);
        } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            const message = `${scenario.name}, step ${index} ${JSON.stringify(step)}: ${reason}`;
            throw new Error(message, { cause: error });
        }
    }
    await runner.close();
    return runner.checks;
}

class Runner {
    checks = 0;
    readonly #scenario: OfflineScenario;
    readonly #world: World;
    readonly #devices = new Map<string, Device>();
    readonly #syncing = new Map<Device, Promise<void>>();
    /** What the user saw. */
    #seen: any;
    readonly #run = crypto.randomUUID().slice(0, 8);

    readonly #storageOf: (device: string) => OfflineStoreOptions;

    constructor(
        scenario: OfflineScenario,
        world: World,
        storageOf: (device: string) => OfflineStoreOptions,
    ) {
        this.#scenario = scenario;
        this.#world = world;
        this.#storageOf = storageOf;
    }

    async close(): Promise<void> {
        for (const device of this.#devices.values()) {
            await device.close();
        }
    }

    async step(template: Members): Promise<void> {
        const { on = 'phone', ...step } = this.#resolve(template) as Members;
        const [name] = Object.keys(step);
        const perform = this.#steps[String(name)];
        check(perform !== undefined, `this runner does not know "${name}"`);
        await perform(step, String(on));
    }

    readonly #steps: Readonly<Record<string, (step: Members, on: string) => Promise<void>>> = {
        write: async (step, on) => {
            known(step, ['write', 'in', 'id', 'members', 'seen', 'fails']);
            const { write, id, members = {} } = step;
            const collection = await this.#collection(step, on);
            const options = step['seen'] === true ? { seen: this.#seen } : {};
            const work = {
                add: () => collection.add(id as any, members as any),
                put: () => collection.put(id as any, members as any, options),
                update: () => collection.update(id as any, members as any, options),
                delete: () => collection.delete(id as any, options),
            };
            await this.#expect(step, work[write as 'put']);
        },
        see: async (step, on) => {
            known(step, ['see', 'in']);
            const shown = await (await this.#collection(step, on)).get(step['see'] as any);
            check(shown !== undefined, 'there is nothing to see');
            this.#seen = shown.item;
        },
        sync: async (step, on) => {
            known(step, ['sync', 'fails']);
            const store = await this.#store(on);
            await this.#expect(step, () => store.sync());
        },
        begin: async (step, on) => {
            known(step, ['begin']);
            this.#syncing.set(await this.#device(on), (await this.#store(on)).sync());
        },
        end: async (step, on) => {
            known(step, ['end']);
            await this.#syncing.get(await this.#device(on));
        },
        network: async (step, on) => {
            known(step, ['network']);
            (await this.#device(on)).online = step['network'] === 'on';
        },
        clock: async (step, on) => {
            known(step, ['clock']);
            (await this.#device(on)).ahead += Number(step['clock']) * 1000;
        },
        reopen: async (step, on) => {
            known(step, ['reopen', 'fails']);
            const device = await this.#device(on);
            const options = step['reopen'] === true ? {} : (step['reopen'] as object);
            await this.#expect(step, () => device.reopen(options));
        },
        decide: async (step, on) => {
            known(step, ['decide', 'in', 'id', 'refused']);
            const { decide, refused, id } = step;
            if (refused === undefined) {
                const collection = await this.#collection(step, on);
                return collection[decide as 'keepMine'](id as any);
            }
            const store = await this.#store(on);
            const writes = (await store.writes()).filter(({ state }) => state === 'refused');
            return store[decide as 'retry'](writes[Number(refused)]?.seq ?? -1);
        },
        session: async (step, on) => {
            known(step, ['session', 'user']);
            const { client } = await this.#device(on);
            const { session, accounts } = client;
            switch (step['session']) {
                case 'end':
                    return session.end();
                case 'signOut':
                    return accounts.signOut();
                case 'signIn':
                    return this.#world.signIn(client, String(step['user']));
                default:
                    throw new Error(`this runner does not know "${step['session']}"`);
            }
        },
        faults: async (step) => {
            known(step, ['faults']);
            await this.#world.addFaults(step['faults'] as Fault[]);
        },
        forget: async (step) => {
            known(step, ['forget']);
            await this.#world.reset();
        },
        other: async (step) => {
            known(step, ['other', 'in', 'id', 'members', 'user']);
            const { other, in: noun, id, members = {}, user = 'ada' } = step;
            const answer = await this.#send(String(other), noun, id as Members, members, user);
            check(answer.ok, `the other client got ${answer.status}`);
        },
        server: async (step) => {
            known(step, ['server', 'in', 'id', 'absent', 'user']);
            const { server, in: noun, id, absent = [], user = 'ada' } = step;
            const answer = await this.#send('find', noun, id as Members, {}, user);
            this.checks += 1;
            if (server === null) {
                check(answer.status === 404, `expected no item, got ${answer.status}`);
                return;
            }
            const item = (await answer.json()) as Members;
            const isThere = contains(item, server);
            const isAbsent = (absent as string[]).every((name) => item[name] === undefined);
            check(isThere && isAbsent, `expected ${show(server)}, got ${show(item)}`);
        },
        shows: async (step, on) => {
            known(step, ['shows', 'in']);
            const items: readonly Shown<any>[] = await (await this.#collection(step, on)).query();
            // Other scenarios have movies, too.
            const ours = items.filter(({ item }) => {
                return step['in'] !== 'movies' || String(item['title']).includes(this.#run);
            });
            this.checks += 1;
            const wanted = step['shows'] as readonly Members[];
            const holds =
                ours.length === wanted.length &&
                ours.every((shown, index) => isShown(shown, wanted[index] ?? {}));
            check(holds, `expected ${show(wanted)}, got ${show(ours)}`);
        },
        writes: async (step, on) => {
            known(step, ['writes']);
            const writes = await (await this.#store(on)).writes();
            this.checks += 1;
            const holds = contains(JSON.parse(JSON.stringify(writes)), step['writes']);
            check(holds, `expected ${show(step['writes'])}, got ${show(writes)}`);
        },
        status: async (step, on) => {
            known(step, ['status']);
            const { status } = await this.#store(on);
            this.checks += 1;
            check(contains(status, step['status']), `got ${show(status)}`);
        },
        requests: async ({ requests }) => {
            const wanted = requests as Members;
            known(wanted, ['request', 'count', 'keys', 'conditional', 'bodies', 'snapshots']);
            const journal = await this.#world.requests();
            // A client without a store sends no keys.
            const isWrite = /^(PUT|PATCH|DELETE|POST \/movies)/.test(String(wanted['request']));
            const found = journal.filter(({ request, key }) => {
                return request === wanted['request'] && (key !== null || !isWrite);
            });
            const got: Members = {
                request: wanted['request'],
                count: found.length,
                keys: new Set(found.map(({ key }) => key)).size,
                conditional: found.map(({ ifMatch }) => ifMatch !== null),
                bodies: found.map(({ body }) => body),
                snapshots: found.filter(({ query }) => !query?.includes('since=')).length,
            };
            this.checks += 1;
            for (const [name, value] of Object.entries(wanted)) {
                check(equals(got[name], value), `expected ${show(wanted)}, got ${show(got)}`);
            }
        },
    };

    /** Runs what must succeed, or fail as the step says. */
    async #expect({ fails }: Members, work: () => Promise<unknown>): Promise<void> {
        let reason: unknown;
        try {
            await work();
        } catch (error) {
            reason = error instanceof OfflineError ? error.reason : (error as Error).name;
            if (fails === undefined) {
                throw error;
            }
        }
        if (fails !== undefined) {
            this.checks += 1;
            check(reason === fails, `expected ${fails}, got ${reason}`);
        }
    }

    async #device(name: string): Promise<Device> {
        const known = this.#devices.get(name);
        if (known !== undefined) {
            return known;
        }
        // Where every answer comes, none is to be late on a slow machine.
        const { pageLimit, most, queueLimit, timeLimit = 20_000 } = this.#scenario;
        const device = new Device({
            url: this.#world.url,
            fetch: (request) => this.#world.fetch(request),
            ...(pageLimit !== undefined && { pageLimit }),
            ...(most !== undefined && { most }),
            store: { ...this.#storageOf(name), timeLimit, queueLimit },
        });
        this.#devices.set(name, device);
        await this.#world.signIn(device.client, 'ada');
        return device;
    }

    async #store(name: string): Promise<Store> {
        return (await this.#device(name)).store();
    }

    async #collection(step: Members, on: string) {
        const { collections } = await this.#store(on);
        return step['in'] === 'movies'
            ? (collections.movies as unknown as Store['collections']['watchlist'])
            : collections.watchlist;
    }

    /** A request of a client without a store. */
    async #send(
        operation: string,
        noun: unknown,
        id: Members,
        members: unknown,
        user: unknown,
    ): Promise<Response> {
        const headers = {
            'Authorization': `Bearer ${await this.#world.token(String(user))}`,
            'Content-Type': 'application/json',
        };
        const isMovie = noun === 'movies';
        const path = isMovie
            ? { add: 'add-movie', update: 'update-movie', delete: 'delete-movie' }[operation]
            : undefined;
        const { url } = this.#world;
        const body = JSON.stringify(isMovie ? { ...id, ...(members as Members) } : members);
        const method = isMovie
            ? 'POST'
            : ({ put: 'PUT', update: 'PATCH', delete: 'DELETE', find: 'GET' }[operation] ?? '');
        const target = isMovie
            ? `${url}/movies/${path ?? 'findbytitleandyear'}`
            : `${url}/me/watchlist/${id['entryId']}`;
        const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
        return this.#world.pass(new Request(target, { method, headers, ...(hasBody && { body }) }));
    }

    /** Puts `${run}` into the texts of a value. */
    #resolve(value: unknown): unknown {
        return JSON.parse(JSON.stringify(value).replaceAll('${run}', this.#run));
    }
}

function isShown(shown: Shown<any>, wanted: Members): boolean {
    known(wanted, ['id', 'item', 'absent', 'state', 'conflict']);
    const { id = {}, item = {}, absent = [], state, conflict } = wanted;
    const got = JSON.parse(JSON.stringify(shown)) as Members;
    return (
        contains(got['item'], id) &&
        contains(got['item'], item) &&
        (absent as string[]).every((name) => at(got, `item.${name}`) === undefined) &&
        got['state'] === state &&
        (conflict === undefined ||
            Object.entries(conflict as Members).every(([name, value]) => {
                const part = at(got, `conflict.${name}`);
                return value === null ? part === undefined : contains(part, value);
            }))
    );
}

function check(holds: boolean, message: string): asserts holds {
    if (!holds) {
        throw new Error(message);
    }
}

/** Fails if a value has members that this runner does not know. */
function known(value: Members, names: readonly string[]): void {
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    check(unknown === undefined, `this runner does not know "${unknown}"`);
}

function show(value: unknown): string {
    return JSON.stringify(value) ?? 'nothing';
}
