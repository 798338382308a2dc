// What the tests share: the browser, accounts made by the API, codes from the mailbox, and the count of checks.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const APP_URL = (process.env.APP_URL ?? '').replace(/\/$/, '');
export const API = `${APP_URL}/Development`;
export const PASSWORD = 'Correct-Horse-7-Battery';
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const screenshots = fileURLToPath(new URL('screenshots/', import.meta.url));
mkdirSync(screenshots, { recursive: true });

export const sizes = {
    phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    wide: { viewport: { width: 1280, height: 860 } },
};

let count = 0;

/** Fails with the message unless the value is as expected, and counts. */
export function check(message, value, expected = true) {
    count += 1;
    assert.deepEqual(value, expected, message);
}

export function checks() {
    return count;
}

export const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--remote-debugging-port=0'],
});

/** A page in a browser context of its own. What the console or the security policy complains of fails the test. */
export async function newPage(options = {}) {
    const context = await browser.newContext({ ...sizes.wide, acceptDownloads: true, ...options });
    context.setDefaultTimeout(30_000);
    return watched(await context.newPage());
}

/** Collects what goes wrong on a page. Answers with an error status are none of it: the browser logs them, too. */
export function watched(page) {
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
            page.faults.push(message.text());
        }
    });
    return page;
}

let number = 0;

export function newAddress(name = 'user') {
    number += 1;
    return `${name}-${Date.now()}-${number}@example.com`;
}

export async function send(method, path, { body, token, headers = {} } = {}) {
    const response = await fetch(API + path, {
        method,
        headers: {
            ...(body && { 'Content-Type': 'application/json' }),
            ...(token && { Authorization: `Bearer ${token}` }),
            ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, json, etag: response.headers.get('etag') };
}

/** The newest code that was mailed to an address. */
export async function mailedCode(email) {
    const response = await fetch(`${APP_URL}/mailbox?stage=Development&email=${encodeURIComponent(email)}`, {
        headers: { Accept: 'application/json' },
    });
    const letters = await response.json();
    return letters.find(({ code }) => code)?.code;
}

/** An account that was made by the API, as another device would have. */
export async function newAccount(name = 'Ada') {
    const email = newAddress();
    await send('POST', '/auth/sign-up', { body: { email, password: PASSWORD, name } });
    const code = await mailedCode(email);
    const { status } = await send('POST', '/auth/confirm-sign-up', {
        body: { email, code, password: PASSWORD },
    });
    assert.equal(status, 204, 'an account is made');
    return { email, token: await tokenOf(email) };
}

export async function tokenOf(email) {
    const { json } = await send('POST', '/auth/sign-in', { body: { email, password: PASSWORD } });
    return json.accessToken;
}

export async function fillSignIn(page, email, password = PASSWORD) {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs in at the app, and waits for the list of movies. */
export async function signIn(page, email) {
    await page.goto(`${APP_URL}/#/sign-in`);
    await fillSignIn(page, email);
    await page.getByRole('heading', { name: 'Movies', level: 1 }).waitFor();
}

export async function go(page, address) {
    await page.evaluate((hash) => (location.hash = hash), address);
}

/** Lets the stored access token expire: the next request must refresh. */
export async function expireAccessToken(page) {
    await page.evaluate(async () => {
        const done = (request) =>
            new Promise((resolve, reject) => {
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            });
        const database = await done(indexedDB.open('movies-Development'));
        const store = () => database.transaction('tokens', 'readwrite').objectStore('tokens');
        const tokens = await done(store().get('session'));
        await done(store().put({ ...tokens, expiresAt: 0 }, 'session'));
        database.close();
    });
}

/**
 * Ends the session of a page, which notices it with the next request. The store may send one by itself at any time: so no answer comes
 * before the function that is returned was called.
 */
export async function endSession(page, email) {
    await send('POST', '/me/sign-out-everywhere', { token: await tokenOf(email) });
    let notice;
    const noticed = new Promise((resolve) => (notice = resolve));
    await page.route('**/auth/refresh', async (route) => {
        await noticed;
        await route.continue();
    });
    await expireAccessToken(page);
    return notice;
}

/** The requests of a page to a path of the API, from now on. */
export function requestsTo(page, method, path) {
    const found = [];
    page.on('request', (request) => {
        if (request.method() === method && new URL(request.url()).pathname.endsWith(path)) {
            found.push(request);
        }
    });
    return found;
}

export function movieAddress(title, year) {
    return `/movie?${new URLSearchParams({ title, year })}`;
}
