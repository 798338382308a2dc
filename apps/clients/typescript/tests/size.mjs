// Prints the size of the client in an app, minified and compressed, and what the offline store adds to it. Fails if one is
// larger than its goal.

import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const GOAL = 10_000;
const OFFLINE_GOAL = 11_000;
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
const offline = new URL('../src/offline/index.ts', import.meta.url).pathname;
const both = await size(
    `export * from ${JSON.stringify(client)}; export * from ${JSON.stringify(offline)}`,
);
console.log(`gzipped: ${all} bytes; ${least} without the browser's storage and passkeys`);
console.log(`one function alone: ${moment} bytes`);
console.log(`the offline store beside it: ${both - all} bytes`);
process.exitCode = all <= GOAL && both - all <= OFFLINE_GOAL ? 0 : 1;
