// Prints the size of the client in an app, minified and compressed. Fails if it is larger than its goal.

import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const GOAL = 10_000;
const ENTRY = 'virtual:entry';

async function size(code) {
    const entry = {
        name: 'entry',
        resolveId: (id) => (id === ENTRY ? id : undefined),
        load: (id) => (id === ENTRY ? code : undefined),
    };
    const { output } = await build({
        configFile: false,
        logLevel: 'silent',
        plugins: [entry],
        build: {
            write: false,
            modulePreload: false,
            rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict' },
        },
    });
    return gzipSync(output[0].code, { level: 9 }).length;
}

const client = new URL('../src/index.ts', import.meta.url).pathname;
const all = await size(`export * from ${JSON.stringify(client)}`);
const least = await size(
    `export { MoviesClient, MemoryTokenStorage } from ${JSON.stringify(client)}`,
);
const moment = await size(`export { momentToDate } from ${JSON.stringify(client)}`);
console.log(`gzipped: ${all} bytes; ${least} without the browser's storage and passkeys`);
console.log(`one function alone: ${moment} bytes`);
process.exitCode = all <= GOAL ? 0 : 1;
