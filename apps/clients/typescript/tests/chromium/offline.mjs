// Tests the offline store in Chromium: the scenarios in its IndexedDB, and what only a browser has: reloads, crashes, tabs, Web
// Locks and a quota. CHROMIUM is the browser (/usr/bin/chromium). The server is the one in memory.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { createServer as createVite } from 'vite';

const BUILT = join(import.meta.dirname, '../../../../../.cache/chromium-movies-client');

const vite = await createVite({ server: { middlewareMode: true, ws: false }, appType: 'custom' });
const { StandIn } = await vite.ssrLoadModule('/tests/offline/stand-in.ts');
let service = new StandIn();

const server = createServer(async (incoming, outgoing) => {
    if (incoming.url.startsWith('/Development/')) {
        return answer(incoming, outgoing);
    }
    const path = incoming.url === '/' ? '/tests/chromium/offline.html' : incoming.url;
    const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)];
    try {
        const file = await readFile(join(BUILT, path));
        outgoing.writeHead(200, { 'content-type': type ?? 'text/plain' }).end(file);
    } catch {
        outgoing.writeHead(404).end();
    }
});
await new Promise((resolve) => server.listen(0, 'localhost', resolve));
const origin = `http://localhost:${server.address().port}`;

/** Answers as the service; a fault closes the connection. */
async function answer(incoming, outgoing) {
    const chunks = await incoming.toArray();
    const { method, headers, url } = incoming;
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    try {
        const request = new Request(origin + url, { method, headers, body });
        const response = await service.fetch(request);
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
    } catch {
        outgoing.destroy();
    }
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
});
let failed = 0;
let checks = 0;

/** Runs a test in a browser profile of its own, with a service of its own. */
async function test(name, work) {
    service = new StandIn();
    const context = await browser.newContext();
    const open = async (options) => {
        const page = await context.newPage();
        await page.goto(origin);
        await page.evaluate((given) => makeStore(given), options);
        return page;
    };
    try {
        await work(open, context);
        checks += 1;
        console.log(`ok: ${name}`);
    } catch (error) {
        failed += 1;
        console.error(`FAILED: ${name}: ${error.stack}`);
    } finally {
        await context.close();
    }
}

/** What a page shows: keys and states. */
const shown = (page) =>
    page.evaluate(async () =>
        (await store.collections.watchlist.query()).map(({ key, state }) => `${key} ${state}`),
    );

const put = (page, entryId) =>
    page.evaluate(
        (id) => store.collections.watchlist.put({ entryId: id }, { title: 'Rush', year: 2013 }),
        entryId,
    );

const leads = (page) => page.evaluate(() => store.status.leads);

/** Waits until a check holds. */
async function until(check) {
    for (const end = Date.now() + 20_000; ; await sleep(20)) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > end) {
                throw error;
            }
        }
    }
}

const isShown = (page, expected) =>
    until(async () => assert.deepEqual(await shown(page), expected));

/** Another client of the user puts an entry. */
async function other(entryId, note) {
    const headers = {
        'Authorization': 'Bearer access-ada',
        'Idempotency-Key': crypto.randomUUID(),
    };
    const body = JSON.stringify({ title: 'Rush', year: 2013, note });
    const url = `${origin}/Development/me/watchlist/${entryId}`;
    await service.pass(new Request(url, { method: 'PUT', headers, body }));
}

await test('the scenarios', async (open) => {
    const page = await open({ mode: 'manual' });
    const { count, checks: all, failures } = await page.evaluate(() => runAll());
    console.log(`${count} scenarios, ${all} checks`);
    assert.deepEqual(failures, []);
});

await test('what was pulled and what waits outlives a reload', async (open, context) => {
    await other('a');
    const page = await open();
    await isShown(page, ['a synced']);
    service.addFaults([{ request: 'PUT /me/watchlist/b', do: 'drop', times: 100 }]);
    await put(page, 'b');
    await page.reload();
    await page.evaluate(() => makeStore({ mode: 'manual' }));
    assert.deepEqual(await shown(page), ['a synced', 'b waiting']);
    await context.setOffline(true);
    assert.deepEqual(await shown(page), ['a synced', 'b waiting']);
    await context.setOffline(false);
    service.clearFaults();
    await page.evaluate(() => store.sync());
    assert.deepEqual(await shown(page), ['a synced', 'b synced']);
});

await test('the event of a network that comes back sends the queue', async (open, context) => {
    const page = await open({ random: undefined });
    await until(async () => assert(await leads(page)));
    await context.setOffline(true);
    await put(page, 'a');
    await isShown(page, ['a waiting']);
    await sleep(300);
    await context.setOffline(false);
    await isShown(page, ['a synced']);
});

await test('one tab leads, the others follow, and when it is closed another one leads', async (open) => {
    const first = await open();
    await until(async () => assert(await leads(first)));
    const [second, third] = [await open(), await open()];
    await put(second, 'a');
    await isShown(third, ['a synced']);
    assert.deepEqual(await Promise.all([second, third].map(leads)), [false, false]);
    await first.close();
    await until(async () => {
        assert.equal((await Promise.all([second, third].map(leads))).filter(Boolean).length, 1);
    });
    await put(third, 'b');
    await isShown(second, ['a synced', 'b synced']);
    const puts = service.requests.filter(({ request }) => request.startsWith('PUT'));
    assert.equal(puts.length, 2);
});

await test('a leader that crashes is replaced, and what it left is sent once', async (open, context) => {
    const leader = await open();
    await until(async () => assert(await leads(leader)));
    const follower = await open();
    service.addFaults([{ request: 'PUT /me/watchlist/a', do: 'delay', ms: 3000 }]);
    await put(follower, 'a');
    await until(async () =>
        assert(service.requests.some(({ request }) => request.startsWith('PUT'))),
    );
    await crash(context, leader);
    await until(async () => assert(await leads(follower)));
    await isShown(follower, ['a synced']);
    const puts = service.requests.filter(({ request }) => request.startsWith('PUT'));
    assert.equal(puts.length, 2);
    assert.equal(new Set(puts.map(({ key }) => key)).size, 1);
});

await test('a tab that crashes in the middle of a snapshot goes on where it was', async (open, context) => {
    const ids = Array.from({ length: 300 }, (_, index) => `e${1000 + index}`);
    await Promise.all(ids.map(other));
    service.pageSize = 10;
    const feed = 'GET /me/watchlist/changes';
    service.addFaults([{ request: feed, do: 'delay', ms: 60_000, after: 12 }]);
    const page = await open();
    await until(async () => {
        assert.equal(service.requests.filter(({ request }) => request === feed).length, 13);
    });
    await crash(context, page);
    service.clearFaults();
    const again = await open();
    await isShown(
        again,
        ids.map((id) => `${id} synced`),
    );
    const asked = service.requests.filter(({ request }) => request === feed);
    assert.equal(asked.filter(({ query }) => !query.includes('since=')).length, 1);
});

async function crash(context, page) {
    const devtools = await context.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    // The answer never comes.
    void devtools.send('Page.crash').catch(() => undefined);
    await crashed;
    await page.close();
}

await test('a full storage is told, leaves nothing half-written, and works again with space', async (open, context) => {
    // The browser notices late that there is less space.
    const page = await open({ mode: 'manual', queueLimit: 5000 });
    await put(page, 'a');
    await page.evaluate(() => store.sync());
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    const reason = await page.evaluate(async () => {
        const note = 'n'.repeat(900);
        for (let index = 0; index < 5000; index += 1) {
            try {
                const entry = { entryId: `b${index}` };
                await store.collections.watchlist.put(entry, { title: 'Rush', year: 2013, note });
            } catch (error) {
                return error.reason;
            }
        }
        return undefined;
    });
    assert.equal(reason, 'storageFull');
    const before = await shown(page);
    // Pulling stops without harm.
    const long = 'n'.repeat(1000);
    await Promise.all(Array.from({ length: 99 }, (_, index) => other(`c${index}`, long)));
    const pullError = () =>
        page.evaluate(async () => {
            await store.sync();
            return store.status.collections.watchlist.error?.reason;
        });
    assert.equal(await pullError(), 'storageFull');
    assert.equal((await shown(page)).length, before.length);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await until(async () => assert.equal(await pullError(), undefined));
    const after = await shown(page);
    assert.equal(after.length, before.length + 99);
    await until(async () => {
        await page.evaluate(() => store.sync());
        assert((await shown(page)).every((row) => row.endsWith('synced')));
    });
});

await test('signing out in one tab wipes all, also for the others', async (open, context) => {
    await other('a');
    const [here, there] = [await open(), await open()];
    await isShown(there, ['a synced']);
    await here.evaluate(() => device.client.accounts.signOut());
    await until(async () => assert(await there.evaluate(() => store.status.closed)));
    await until(async () => {
        assert.deepEqual(await here.evaluate(() => indexedDB.databases()), []);
    });
    const page = await context.newPage();
    await page.goto(origin);
    await page.evaluate(() => makeStore({ mode: 'manual' }));
    assert.deepEqual(await shown(page), []);
});

await test('10,000 items are pulled, and read', async (open) => {
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => other(`e${10_000 + index}`)));
    const page = await open({ mode: 'manual' });
    const times = await page.evaluate(async () => {
        const times = {};
        const time = async (name, work) => {
            const began = performance.now();
            await work();
            times[name] = Math.round(performance.now() - began);
        };
        await time('pull', () => store.sync());
        await time('read all', () => store.collections.watchlist.query());
        await time('read one', () => store.collections.watchlist.get({ entryId: 'e15000' }));
        const live = store.collections.watchlist.live();
        const next = () =>
            new Promise((resolve) => {
                const stop = live.subscribe(() => {
                    stop();
                    resolve();
                });
            });
        const keep = live.subscribe(() => undefined);
        await next();
        await time('write, until it is shown', async () => {
            const shown = next();
            await store.collections.watchlist.update({ entryId: 'e15000' }, { rating: 5 });
            await shown;
        });
        keep();
        return { ...times, items: (await store.collections.watchlist.query()).length };
    });
    console.log(`milliseconds: ${JSON.stringify(times)}`);
    assert.equal(times.items, 10_000);
});

await browser.close();
server.close();
await vite.close();
console.log(`${checks} checks`);
process.exitCode = failed === 0 ? 0 : 1;
