// Measures how long the offline store takes to pull all movies of a laptop server in Chromium, and with how much memory.
// DEV_SERVER is the server, a release build; the first argument says how many movies (100,000). CHROMIUM is the browser
// (/usr/bin/chromium). Run `npx vite build` before.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const BUILT = join(import.meta.dirname, '../../../../../.cache/chromium-movies-client');
const PASSWORD = 'Correct-Horse-7-Battery';
const count = Number(process.argv[2] ?? 100_000);
assert(process.env.DEV_SERVER, 'set DEV_SERVER to a release build of the laptop server');

const api = spawn(process.env.DEV_SERVER, ['--memory', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => api.kill());
const stage = await new Promise((resolve) => {
    createInterface({ input: api.stdout }).on('line', (line) => {
        const [url] = line.match(/http:\S+\/Development$/) ?? [];
        if (url !== undefined) {
            resolve(url);
        }
    });
});

/** Sends a request as JSON, and returns the answer. */
async function send(method, url, body, token) {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    assert(answer.ok, `${method} ${url}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
}

const email = 'bench@example.com';
await send('POST', `${stage}/auth/sign-up`, { email, password: PASSWORD });
const mailbox = `${new URL(stage).origin}/mailbox?stage=Development&email=${email}`;
const [letter] = await (await fetch(mailbox, { headers: { accept: 'application/json' } })).json();
await send('POST', `${stage}/auth/confirm-sign-up`, { email, code: letter.code, password: PASSWORD });
const { accessToken } = await send('POST', `${stage}/auth/sign-in`, { email, password: PASSWORD });

let next = 0;
async function fill() {
    while (next < count) {
        const number = next++;
        const movie = {
            title: `The Movie of the Number ${number}`,
            year: 1900 + (number % 120),
            info: 'Two drivers, one title: a season in which each makes the other better, and neither says so.',
            directors: [`Director ${number % 997}`],
            actors: [`Actor ${number % 4999}`, `Actor ${number % 3001}`, 'Olivia Wilde'],
            genres: ['Action', 'Drama'],
            rating: (number % 101) / 10,
        };
        await send('POST', `${stage}/movies/add-movie`, movie, accessToken);
    }
}
const begun = performance.now();
await Promise.all(Array.from({ length: 64 }, fill));
console.log(`${count} movies added in ${Math.round((performance.now() - begun) / 1000)} s`);

const pages = createServer(async ({ url }, outgoing) => {
    const path = url === '/' ? '/tests/chromium/offline.html' : url;
    const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)];
    const file = await readFile(join(BUILT, path)).catch(() => undefined);
    outgoing.writeHead(file ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(file);
});
await new Promise((resolve) => pages.listen(0, 'localhost', resolve));

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
});
const page = await (await browser.newContext()).newPage();
await page.goto(`http://localhost:${pages.address().port}`);
const devtools = await page.context().newCDPSession(page);
await devtools.send('Performance.enable');
let most = 0;
const looking = setInterval(async () => {
    const { metrics } = await devtools.send('Performance.getMetrics').catch(() => ({ metrics: [] }));
    most = Math.max(most, metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0);
}, 100);
const took = await page.evaluate(([url, address, word]) => fullSync(url, address, word), [stage, email, PASSWORD]);
clearInterval(looking);
const kept = await page.evaluate(async () => {
    const [{ name }] = await indexedDB.databases();
    const database = await new Promise((resolve) => {
        indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result);
    });
    const base = database.transaction('base').objectStore('base').count();
    return new Promise((resolve) => (base.onsuccess = () => resolve(base.result)));
});
console.log(`${kept} kept in ${(took / 1000).toFixed(1)} s; the page's memory at most ${Math.round(most / 1e6)} MB`);
await browser.close();
pages.close();
assert.equal(kept, count);
process.exit();
