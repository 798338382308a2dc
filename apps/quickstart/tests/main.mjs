// All tests, against a running server of app and API: its URL is in the variable APP_URL.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { APP_URL, browser, checks } from './support.mjs';

assert(APP_URL, 'Set APP_URL to the URL of a running server, or use `npm run test:local`.');

const names = [
    'journey',
    'conflict',
    'session',
    'network',
    'pictures',
    'totp',
    'passkey',
    'accounts',
    'hosted',
    'keyboard',
    'offline',
    'airplane',
    'pages',
    'lighthouse',
];
const asked = process.argv.slice(2);

for (const name of names.filter((one) => asked.length === 0 || asked.includes(one))) {
    const { tests } = await import(`./${name}.mjs`);
    for (const [title, body] of Object.entries(tests)) {
        test(`${name}: ${title}`, { timeout: 480_000 }, body);
    }
}

after(async () => {
    await browser.close();
    console.log(`${checks()} checks`);
});
