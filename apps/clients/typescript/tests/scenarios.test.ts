import { afterAll, expect, test } from 'vitest';

import { MemoryTokenStorage } from '../src/index.js';
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

afterAll(() => {
    console.log(`${scenarios.length} scenarios, ${checks} checks`);
});
