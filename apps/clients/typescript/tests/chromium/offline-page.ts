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

// `offline.mjs` uses these names in the page.
Object.assign(globalThis, { runAll, makeStore });
