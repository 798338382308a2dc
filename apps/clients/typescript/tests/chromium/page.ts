import * as client from '../../src/index.js';
import { run } from '../runner.js';
import { scenarios } from '../scenario.js';

/** Runs all scenarios with the tokens in IndexedDB, and returns their number, that of their checks, and what failed. */
async function runAll(url: string): Promise<{ count: number; checks: number; failures: string[] }> {
    let checks = 0;
    const failures: string[] = [];
    for (const [index, scenario] of scenarios.entries()) {
        const storage = new client.IndexedDbTokenStorage(`scenario-${index}`);
        try {
            checks += await run(scenario, url, storage);
        } catch (error) {
            failures.push(error instanceof Error ? error.message : String(error));
        }
    }
    return { count: scenarios.length, checks, failures };
}

// `drive.mjs` uses these names in the page.
Object.assign(globalThis, client, { runAll });
