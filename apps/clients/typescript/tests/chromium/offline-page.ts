import { MemoryTokenStorage, MoviesClient } from '../../src/index.js';
import { moviesCollection, OfflineStore } from '../../src/offline/index.js';
import { Device } from '../offline/device.js';
import { run, scenarios } from '../offline/runner.js';
import { StandInWorld } from '../offline/world.js';
import type { OfflineStoreOptions } from '../../src/offline/index.js';

/** Runs all scenarios in the browser's IndexedDB, and returns their number, that of their checks, and what failed. */
async function runAll(): Promise<{ count: number; checks: number; failures: string[] }> {
    let checks = 0;
    const failures: string[] = [];
    for (const [index, scenario] of scenarios.entries()) {
        try {
            checks += await run(scenario, new StandInWorld(), (device) => ({
                name: `scenario-${index}-${device}`,
            }));
        } catch (error) {
            failures.push(error instanceof Error ? error.message : String(error));
        }
    }
    return { count: scenarios.length, checks, failures };
}

/** Makes the store of this tab. All tabs have the same one, of the user ada, at the server that served the page. */
async function makeStore(options: OfflineStoreOptions = {}): Promise<void> {
    const device = new Device({
        url: `${location.origin}/Development`,
        fetch: (request) => fetch(request),
        store: { mode: 'background', ...options },
        most: 100_000,
    });
    await device.signIn('ada');
    Object.assign(globalThis, { device, store: await device.store() });
}

/** Pulls all movies of a server into an empty store, and returns how long it took, in milliseconds. */
async function fullSync(url: string, email: string, password: string): Promise<number> {
    const client = new MoviesClient(url, new MemoryTokenStorage());
    await client.accounts.signIn(email, password);
    const begun = performance.now();
    const store = await OfflineStore.open(client, (api) => ({
        movies: moviesCollection(api, { most: Infinity }),
    }));
    await new Promise<void>((resolve) => {
        const look = () => {
            if (store.status.collections['movies']?.ready) {
                resolve();
            }
        };
        store.subscribe(look);
        look();
    });
    Object.assign(globalThis, { synced: store });
    return performance.now() - begun;
}

// `offline.mjs` and `full-sync.mjs` use these names in the page.
Object.assign(globalThis, { runAll, makeStore, fullSync });
