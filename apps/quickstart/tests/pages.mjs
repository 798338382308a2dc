import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { APP_URL, PASSWORD, check, go, movieAddress, newAccount, newPage, screenshots, send, signIn, sizes } from './support.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A file that is chosen as a poster: the icon of the app. */
const poster = {
    name: 'poster.png',
    mimeType: 'image/png',
    buffer: readFileSync(new URL('../public/icon-512.png', import.meta.url)),
};

/** What axe finds on a page, in words. */
async function violations(page) {
    // Through the debugger, so the page's security policy stays as strict as it is.
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 400)}`);
}

/** Controls that are too small for a finger. Links in running text are not meant. */
function tooSmall(page) {
    return page.evaluate(() =>
        [...document.querySelectorAll('button, select, input, textarea, nav a, a.button, a.card, .choice')]
            .filter((element) => element.checkVisibility() && !element.matches('.skip-link, .name, .link'))
            .filter((element) => !element.closest('.choice, .name-list, .segments') || element.matches('.choice'))
            .map((element) => [element, element.getBoundingClientRect()])
            .filter(([, { width, height }]) => width > 1 && (height < 43.5 || width < 43.5))
            .map(([element]) => element.outerHTML.slice(0, 120)),
    );
}

async function look(page, name, id) {
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${screenshots}${id}-${name}.png` });
    check(`${id} ${name}: axe`, await violations(page), []);
    const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
    check(`${id} ${name}: fits the width`, await page.evaluate(overflow), 0);
    if (id.startsWith('phone')) {
        check(`${id} ${name}: large enough for fingers`, await tooSmall(page), []);
    }
}

async function lookAtAll(size, colorScheme) {
    const id = `${size}-${colorScheme}`;
    const { email, token } = await newAccount();
    const title = `The Long Afternoon of ${size} ${colorScheme}`;
    const own = { title, year: 2019, info: 'A village, a bridge, and a letter that comes too late.' };
    await send('POST', '/movies/add-movie', {
        token,
        body: { ...own, genres: ['Drama', 'Romance'], directors: ['Maria Lind'], rating: 7.4, runningTimeSeconds: 6840 },
    });
    const page = await newPage({ ...sizes[size], colorScheme, reducedMotion: 'reduce' });
    const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();

    await page.goto(APP_URL);
    await heading('Sign in');
    await look(page, 'sign-in', id);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await look(page, 'sign-in-error', id);
    await go(page, '/sign-up');
    await heading('Create an account');
    await page.getByLabel('Password', { exact: true }).fill('Half-way');
    await look(page, 'sign-up', id);
    await go(page, `/confirm?email=${email}`);
    await heading('Look into your mail');
    await look(page, 'confirm', id);
    await go(page, '/forgotten-password');
    await heading('Forgotten password');
    await look(page, 'forgotten-password', id);
    await go(page, '/goodbye');
    await heading('You are signed out');
    await look(page, 'goodbye', id);

    await signIn(page, email);
    await page.locator('.card').first().waitFor();
    await look(page, 'browse', id);
    await go(page, '/?q=lang');
    await page.getByText(/^\d movies?$/).waitFor();
    await look(page, 'search', id);
    await go(page, '/?q=xyzzy');
    await page.getByText('Nothing is called').waitFor();
    await look(page, 'search-empty', id);
    await go(page, movieAddress('Metropolis', 1927));
    await page.locator('.movie').waitFor();
    await look(page, 'movie', id);
    await go(page, movieAddress('No such thing', 2000));
    await page.getByText('It may have been deleted.').waitFor();
    await look(page, 'movie-missing', id);

    await go(page, '/watchlist');
    await page.getByText('Nothing to watch yet').waitFor();
    await look(page, 'watchlist-empty', id);
    const entries = [
        { title: 'Metropolis', year: 1927, watched: true, watchedOn: '2026-05-01', rating: 9, note: 'With live music.' },
        { title: 'Casablanca', year: 1942 },
        { title, year: 2019, note: 'Mum recommended it' },
    ];
    for (const [index, body] of entries.entries()) {
        await send('PUT', `/me/watchlist/entry-${index}`, { token, body });
    }
    await page.reload();
    await page.locator('.entry').first().waitFor();
    await look(page, 'watchlist', id);
    await page.getByRole('button', { name: 'Change Metropolis' }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'watchlist-entry', id);
    await page.keyboard.press('Escape');

    await go(page, '/add');
    await heading('Add a movie');
    await page.getByRole('button', { name: 'Add movie' }).click();
    await look(page, 'add-errors', id);
    await page.locator('input[type=file]').setInputFiles(poster);
    await page.getByText('The picture is uploaded.').scrollIntoViewIfNeeded();
    await look(page, 'add-picture', id);
    await page.locator('input[type=file]').setInputFiles({ ...poster, buffer: Buffer.from('none') });
    await page.getByText('This file is no picture').scrollIntoViewIfNeeded();
    await look(page, 'add-picture-error', id);
    const address = movieAddress(title, 2019);
    await go(page, address);
    await page.getByRole('link', { name: 'Edit' }).waitFor();
    await look(page, 'own-movie', id);
    await go(page, address.replace('/movie', '/movie/edit'));
    await page.getByLabel('Plot').fill('A village, a bridge, and two letters.');
    await look(page, 'edit', id);
    await send('POST', '/movies/update-movie', {
        token,
        body: { ...own, info: 'A village without a bridge.', genres: ['Drama', 'Mystery'], rating: 8 },
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'conflict', id);
    await page.keyboard.press('Escape');

    await go(page, '/account');
    await page.getByText('this one').waitFor();
    await page.getByRole('region', { name: 'Your pictures' }).locator('img').waitFor();
    await look(page, 'account', id);
    await page.getByRole('button', { name: 'Delete the picture added' }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'delete-picture', id);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('img', { name: 'QR code' }).waitFor();
    await look(page, 'totp', id);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete account' }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'delete-account', id);
    await page.keyboard.press('Escape');
    await lookOffline(page, id, { title, year: 2019 }, token);
    await go(page, '/no/such/page');
    await heading('No such page');
    await look(page, 'no-such-page', id);
    check(`${id}: nothing went wrong in the page`, page.faults, []);
    await page.context().close();
}

/** The pages without a network, and what waits, is refused or to be decided. */
async function lookOffline(page, id, movie, token) {
    const save = async (name, text) => {
        await go(page, movieAddress(movie.title, movie.year).replace('/movie', '/movie/edit'));
        await page.getByLabel(name).fill(text);
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.locator('.state-waiting, .movie .notice').first().waitFor();
    };
    // What was typed before is a draft.
    await go(page, movieAddress(movie.title, movie.year).replace('/movie', '/movie/edit'));
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await save('Plot', 'A bridge without a village.');
    await look(page, 'movie-waiting', id);
    await go(page, '/add');
    await page.getByLabel('Title').fill(`A rank too far ${id}`);
    await page.getByLabel('Year').fill('2020');
    await page.getByLabel('Rank').fill('99999999999999');
    await page.getByRole('button', { name: 'Add movie' }).click();
    await page.getByText('Not sent yet').waitFor();
    await go(page, movieAddress('Metropolis', 1927));
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('Note').fill('With a loud organ.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('With a loud organ.').waitFor();
    await go(page, '/');
    await page.getByText('From this device').waitFor();
    await look(page, 'browse-offline', id);
    await go(page, '/watchlist');
    await page.locator('.state-waiting').waitFor();
    await look(page, 'watchlist-offline', id);
    await page.locator('.waiting-badge').click();
    await page.locator('.waiting-item').nth(2).waitFor();
    await look(page, 'waiting', id);
    await go(page, '/account');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'sign-out-question', id);
    await page.keyboard.press('Escape');
    const theirs = { ...movie, info: 'A ferry.', genres: ['Comedy'] };
    await send('POST', '/movies/update-movie', { token, body: theirs });
    await page.context().setOffline(false);
    await go(page, '/waiting');
    await page.getByRole('heading', { name: 'You decide' }).waitFor();
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    await look(page, 'to-decide', id);
    await go(page, movieAddress(movie.title, movie.year));
    await page.getByText('Nothing is sent until you decide.').waitFor();
    await look(page, 'movie-conflict', id);
    await go(page, '/waiting');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('button', { name: 'Drop' }).click();
    await page.getByText('Nothing waits').waitFor();
    await look(page, 'nothing-waits', id);
}

export const tests = Object.fromEntries(
    Object.keys(sizes).flatMap((size) =>
        ['light', 'dark'].map((scheme) => [`${size}, ${scheme}`, () => lookAtAll(size, scheme)]),
    ),
);
