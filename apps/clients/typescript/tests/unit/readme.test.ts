import { expect, test } from 'vitest';

import guide from '../../../../../docs/web.md?raw';
import readme from '../../README.md?raw';
import compiledGuide from '../guide.ts?raw';
import compiledReadme from '../readme.ts?raw';

test.each([
    ['README', readme, compiledReadme],
    ['guide', guide, compiledGuide],
])('the code of the %s is compiled', (_name, page, compiled) => {
    const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
        expect(compiled).toContain(block);
    }
});
