import { afterAll, test } from 'vitest';

import text from '../../../offline-scenarios.json?raw';
import { run, type OfflineScenario } from './runner.js';

const scenarios = JSON.parse(text) as readonly OfflineScenario[];
let checks = 0;

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
        checks += await run(scenario);
    },
);

afterAll(() => {
    console.log(`${scenarios.length} scenarios, ${checks} checks`);
});
