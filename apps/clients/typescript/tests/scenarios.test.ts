import 'fake-indexeddb/auto';

import { IDBFactory } from 'fake-indexeddb';
import { afterAll, expect, test } from 'vitest';

import { MemoryTokenStorage } from '../src/index.js';
import * as offline from './offline/runner.js';
import { WireWorld } from './offline/world.js';
import { run } from './runner.js';
import { scenarios } from './scenario.js';

const url: string = import.meta.env['SCENARIOS_URL'] ?? '';
let checks = 0;

test('the server of the scenarios is there', () => {
    expect(url, 'SCENARIOS_URL is not set: run `cargo xtask test --only clients`').not.toBe('');
});

for (const scenario of url === '' ? [] : scenarios) {
    test(scenario.name, async () => {
        checks += await run(scenario, url, new MemoryTokenStorage());
    });
}

for (const scenario of url === '' ? [] : offline.scenarios) {
    test(`offline: ${scenario.name}`, async () => {
        const storage = () => ({ indexedDB: new IDBFactory() });
        checks += await offline.run(scenario, new WireWorld(url), storage);
    });
}

afterAll(() => {
    console.log(`${scenarios.length + offline.scenarios.length} scenarios, ${checks} checks`);
});
