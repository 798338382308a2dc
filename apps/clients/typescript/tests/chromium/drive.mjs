// Runs the scenarios in Chromium, and what only a browser has: tabs, IndexedDB, Web Locks and passkeys.
//
// SCENARIOS_URL is the address of the server of the scenarios, CHROMIUM the browser (/usr/bin/chromium).

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { chromium } from 'playwright-core';

const PASSWORD = 'Correct-Horse-9-battery';
const BUILT = join(import.meta.dirname, '../../../../../.cache/chromium-movies-client');

const url = process.env.SCENARIOS_URL;
assert(url, 'SCENARIOS_URL is not set: run `cargo xtask test --only clients`');

const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/tests/chromium/index.html' : request.url;
    const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)];
    try {
        const file = await readFile(join(BUILT, path));
        response.writeHead(200, { 'content-type': type ?? 'text/plain' }).end(file);
    } catch {
        response.writeHead(404).end();
    }
});
const origin = await listen(server, 'localhost');

// Forwards each request on a connection of its own. Chromium sends a request again by itself if a connection that it
// used before breaks, and the scenarios count what the client sends.
const gateway = createServer((incoming, outgoing) => {
    const { method, headers } = incoming;
    const forwarded = send(new URL(incoming.url, url), { method, headers, agent: false });
    forwarded.on('response', (answer) => {
        outgoing.writeHead(answer.statusCode, { ...answer.headers, connection: 'close' });
        pipeline(answer, outgoing, () => {});
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
});
const forwarding = await listen(gateway, '127.0.0.1');

async function listen(listening, host) {
    await new Promise((resolve) => listening.listen(0, host, resolve));
    return `http://${host}:${listening.address().port}`;
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
});
let failed = 0;

/** Runs a test in a browser profile of its own. */
async function test(name, work) {
    const context = await browser.newContext();
    const open = async () => {
        const page = await context.newPage();
        await page.goto(origin);
        return page;
    };
    try {
        await work(open);
        console.log(`ok: ${name}`);
    } catch (error) {
        failed += 1;
        console.error(`FAILED: ${name}: ${error.stack}`);
    } finally {
        await context.close();
    }
}

/** Makes an account and returns its address. */
async function account() {
    const email = `chromium-${crypto.randomUUID()}@example.com`;
    const post = async (path, body) => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
        const answer = await fetch(url + path, { ...init, body: JSON.stringify(body) });
        assert(answer.ok, `${path}: ${answer.status}`);
    };
    await post('/Development/auth/sign-up', { email, password: PASSWORD });
    const { code } = await wire(`code?email=${encodeURIComponent(email)}`);
    await post('/Development/auth/confirm-sign-up', { email, code, password: PASSWORD });
    return email;
}

/** Uses a tool of the server. */
async function wire(tool, body) {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${url}/_wire/${tool}`, init)).json();
}

/** The number of requests that the server saw, such as `POST /auth/refresh`. */
async function count(request) {
    return (await wire('requests')).filter((entry) => entry.request === request).length;
}

/** Makes a client in the page, whose tokens all tabs share. The page collects the states of its session. */
async function makeClient(page) {
    await page.evaluate(async (base) => {
        globalThis.storage = new IndexedDbTokenStorage();
        globalThis.client = new MoviesClient(base, storage);
        globalThis.states = [];
        client.session.subscribe(() => states.push(client.session.state));
        await client.session.load();
    }, `${url}/Development`);
}

const signIn = (page, email) =>
    page.evaluate(
        ([address, secret]) => client.accounts.signIn(address, secret),
        [email, PASSWORD],
    );

await test('the scenarios', async (open) => {
    const page = await open();
    const { count, checks, failures } = await page.evaluate((base) => runAll(base), forwarding);
    console.log(`${count} scenarios, ${checks} checks`);
    assert.deepEqual(failures, []);
});

/** Two tabs call at the same time with a token that expired. Returns how many of them refreshed it. */
async function refreshInTwoTabs(open) {
    const tabs = [await open(), await open()];
    await Promise.all(tabs.map(makeClient));
    await signIn(tabs[0], await account());
    const { token } = await wire('expired');
    await tabs[0].evaluate(async (accessToken) => {
        await storage.save({ ...(await storage.load()), accessToken });
    }, token);
    await wire('reset', {});
    await wire('faults', [{ request: 'POST /auth/refresh', do: 'delay', ms: 500, times: 2 }]);
    const statuses = await Promise.all(
        tabs.map((tab) => tab.evaluate(async () => (await client.api.getProfile()).status)),
    );
    assert.deepEqual(statuses, [200, 200]);
    return count('POST /auth/refresh');
}

await test('two tabs refresh at once, with one request', async (open) => {
    assert.equal(await refreshInTwoTabs(open), 1);
});

await test('two tabs without Web Locks both refresh, and go on', async (open) => {
    const withoutLocks = async () => {
        const page = await open();
        await page.evaluate(() => delete Navigator.prototype.locks);
        return page;
    };
    assert.equal(await refreshInTwoTabs(withoutLocks), 2);
});

await test('a tab learns that another one signed in and out', async (open) => {
    const [here, there] = [await open(), await open()];
    await makeClient(here);
    await makeClient(there);
    assert.equal(await there.evaluate(() => storage.locksOtherTabs), true);
    const email = await account();
    const states = async (expected) => {
        await there.waitForFunction((length) => states.length >= length, expected.length);
        assert.deepEqual(await there.evaluate(() => states), expected);
    };
    await states(['signedOut']);
    assert.deepEqual(await signIn(here, email), { step: 'done' });
    await states(['signedOut', 'signedIn']);
    const ids = [here, there].map((page) => page.evaluate(() => client.session.userId));
    const [id, same] = await Promise.all(ids);
    assert.equal(typeof id, 'string');
    assert.equal(same, id);
    await here.evaluate(() => client.accounts.signOut());
    await states(['signedOut', 'signedIn', 'signedOut']);
});

await test('a session outlives its page', async (open) => {
    const page = await open();
    await makeClient(page);
    await signIn(page, await account());
    await page.reload();
    await makeClient(page);
    assert.equal(await page.evaluate(() => client.session.state), 'signedIn');
    assert.equal(await page.evaluate(async () => (await client.api.getProfile()).status), 200);
});

await test('a passkey of the browser is made, and signs in', async (open) => {
    const page = await open();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: {
            protocol: 'ctap2',
            transport: 'internal',
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
        },
    });
    await makeClient(page);
    const email = await account();
    await signIn(page, email);
    const step = await page.evaluate(
        async ([address, password]) => {
            const prompt = new BrowserPasskeyPrompt();
            await client.accounts.addPasskey(password, prompt);
            await client.accounts.signOut();
            const { challenge } = await client.accounts.signInWithPasskey(address);
            return client.accounts.answerPasskey(challenge, prompt);
        },
        [email, PASSWORD],
    );
    assert.deepEqual(step, { step: 'done' });
    assert.equal(await page.evaluate(() => BrowserPasskeyPrompt.isAvailable()), true);
    assert.equal(await page.evaluate(() => client.session.load()), 'signedIn');
});

await browser.close();
server.close();
gateway.close();
process.exitCode = failed === 0 ? 0 : 1;
