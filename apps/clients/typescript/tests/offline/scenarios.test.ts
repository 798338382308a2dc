import 'fake-indexeddb/auto';

import { IDBFactory } from 'fake-indexeddb';
import { afterAll, test } from 'vitest';

import { run, scenarios } from './runner.js';
import { StandInWorld } from './world.js';

let checks = 0;

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
        checks += await run(scenario, new StandInWorld(), () => ({
            indexedDB: new IDBFactory(),
        }));
    },
);

afterAll(() => {
    console.log(`${scenarios.length} scenarios, ${checks} checks`);
});
