import 'fake-indexeddb/auto';

import { IDBFactory } from 'fake-indexeddb';
import { afterAll, test } from 'vitest';

import { run, scenarios } from './runner.js';

let checks = 0;

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
        checks += await run(scenario, () => ({ indexedDB: new IDBFactory() }));
    },
);

afterAll(() => {
    console.log(`${scenarios.length} scenarios, ${checks} checks`);
});
