import { expect, test } from 'vitest';

import readme from '../../README.md?raw';
import compiled from '../readme.ts?raw';

test('the code of the README is compiled', () => {
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
        expect(compiled).toContain(block);
    }
});
