import { faultyProxy } from './faults.mjs';
import { APP_URL, check, fillSignIn, go, movieAddress, newAccount, newPage, send, signIn, sizes, watched } from './support.mjs';

let number = 0;

/** A movie that the user of the token added. */
async function newMovie(token, name, members = {}) {
    number += 1;
    const movie = { title: `${name} ${Date.now()}${number}`, year: 2001, info: 'Before', ...members };
    await send('POST', '/movies/add-movie', { token, body: movie });
    return movie;
}

async function stored(token, { title, year }) {
    const answer = await send('GET', `/movies/findbytitleandyear?${new URLSearchParams({ title, year })}`, { token });
    return answer.status === 200 ? answer.json : answer.status;
}

async function watchlist(token) {
    const { json } = await send('GET', '/me/watchlist?limit=100', { token });
    return json.items.map(({ title }) => title).sort();
}

/** Waits until something of the service is as it should be. */
async function until(message, find, expected) {
    const text = JSON.stringify(expected);
    let found;
    for (let attempt = 0; attempt < 150; attempt += 1) {
        found = await find();
        if (JSON.stringify(found) === text) {
            break;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    check(message, found, expected);
}

/** How many kinds of items the device has all of. */
function ready(page) {
    return page.evaluate(async () => {
        const names = (await indexedDB.databases()).map(({ name }) => name);
        const name = names.find((each) => each.startsWith('movies-Development-offline-'));
        if (name === undefined) {
            return 0;
        }
        const done = (request) =>
            new Promise((resolve, reject) => {
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            });
        const database = await done(indexedDB.open(name));
        const cursors = await done(database.transaction('cursors').objectStore('cursors').getAll());
        database.close();
        return cursors.filter((cursor) => cursor.ready).length;
    });
}

/** Waits until the device has all movies and the watchlist. */
function pulled(page) {
    return until('the device has everything', () => ready(page), 2);
}

/** A page that is signed in, starts offline, and has everything. */
async function scene({ options = sizes.wide, movies = [], account } = {}) {
    const { email, token } = account ?? (await newAccount());
    const made = [];
    for (const [name, members] of movies) {
        made.push(await newMovie(token, name, members));
    }
    const page = await newPage(options);
    await signIn(page, email);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.locator('.card').first().waitFor();
    await pulled(page);
    return { page, email, token, movies: made };
}

const badge = (page) => page.locator('.waiting-badge');
const offline = (page, isOffline) => page.context().setOffline(isOffline);

async function edit(page, movie, text, genre) {
    await go(page, movieAddress(movie.title, movie.year).replace('/movie', '/movie/edit'));
    await page.getByLabel('Plot').fill(text);
    if (genre !== undefined) {
        await page.getByLabel('Genres').fill(genre);
        await page.getByLabel('Genres').press('Enter');
    }
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.plot', { hasText: text }).waitFor();
}

async function addToWatchlist(page, { title, year }) {
    await go(page, movieAddress(title, year));
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: 'Add to watchlist' }).click();
    await page.getByText('To watch', { exact: true }).waitFor();
}

async function nothingWaits(page) {
    await badge(page).waitFor({ state: 'detached' });
}

/** What a user does in an airplane. */
async function flight(size) {
    const { page, token, movies } = await scene({
        options: sizes[size],
        movies: [['Alpha Flight'], ['Doomed Flight'], ['Quiet Flight', { actors: ['Zoë Müller'], genres: ['War'] }]],
    });
    const [alpha, doomed, quiet] = movies;
    await offline(page, true);
    await page.getByText('You are offline.').waitFor();

    // Browse and search what is on the device.
    await page.getByText('From this device').waitFor();
    check('there is a list', (await page.locator('.card').count()) >= 24);
    await page.getByLabel('Search').fill(`zoe mull ${quiet.title.split(' ').at(-1)}`);
    await page.getByText('From this device: 1 movie', { exact: true }).waitFor();
    check('words are found without accents', await page.locator('.card-title').textContent(), quiet.title);
    await go(page, '/?genre=War');
    await page.locator('.card-title', { hasText: quiet.title }).waitFor();
    check('a genre filters', await page.locator('.card-title', { hasText: alpha.title }).count(), 0);

    // Change things.
    await addToWatchlist(page, quiet);
    await edit(page, alpha, 'Written above the clouds');
    check('the movie says that it waits', await page.getByText('It is sent when there is a network.').count() > 0);
    await go(page, movieAddress(doomed.title, doomed.year));
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Movies', level: 1 }).waitFor();
    const title = `Made up there ${Date.now()}`;
    await go(page, '/add');
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Year').fill('2022');
    await page.getByRole('button', { name: 'Add movie' }).click();
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByText('Not sent yet').waitFor();
    await page.getByText('4', { exact: true }).waitFor();
    await until('the badge says how many wait', () => badge(page).getAttribute('aria-label'), '4 changes wait');
    check('nothing reached the service', [(await stored(token, alpha)).info, await watchlist(token)], ['Before', []]);

    // Start again without a network.
    await page.reload();
    await page.getByRole('heading', { name: title }).waitFor();
    check('the badge is there again', await badge(page).textContent(), '4');
    await go(page, movieAddress(alpha.title, alpha.year));
    await page.getByText('Written above the clouds').waitFor();
    await go(page, '/watchlist');
    await page.locator('.entry', { hasText: quiet.title }).waitFor();
    check('the entry says that it waits', await page.locator('.entry .state').allTextContents(), ['Waiting']);
    await go(page, '/?q=made up there');
    await page.locator('.card', { hasText: title }).getByText('Waiting').waitFor();
    await go(page, `/?q=${doomed.title}`);
    await page.getByText('Nothing is called').waitFor();
    await badge(page).click();
    await page.getByRole('heading', { name: 'Waiting changes' }).waitFor();
    check('each is on the list', await page.locator('.waiting-item').count(), 4);
    check('in words', await page.locator('.waiting-title').first().textContent(), `Add to the watchlist: ${quiet.title} 2001`);

    // Land.
    await offline(page, false);
    await page.getByText('Nothing waits').waitFor();
    await nothingWaits(page);
    check('the edit arrived', (await stored(token, alpha)).info, 'Written above the clouds');
    check('once', (await stored(token, alpha)).version, 2);
    check('the deletion arrived', await stored(token, doomed), 404);
    check('the movie arrived', (await stored(token, { title, year: 2022 })).title, title);
    check('the entry arrived', await watchlist(token), [quiet.title]);
    await go(page, movieAddress(alpha.title, alpha.year));
    await page.getByText('Version 2').waitFor();
    check('the page has it as the service has it', await page.getByText('Written above the clouds').count(), 1);
    check('nothing went wrong in the page', page.faults, []);
    await page.context().close();
}

/** A movie that was changed here without a network, and by another device meanwhile. */
async function conflict(theirs = { info: 'Theirs', genres: ['Crime'], rating: 8 }) {
    const { page, token, movies } = await scene({ movies: [['Contested Flight', { rating: 5 }], ['Other Flight']] });
    const [movie, other] = movies;
    await offline(page, true);
    await page.getByText('You are offline.').waitFor();
    await edit(page, movie, 'Mine', 'Comedy');
    await addToWatchlist(page, other);
    const id = { title: movie.title, year: movie.year };
    const { status } = theirs
        ? await send('POST', '/movies/update-movie', { token, body: { ...id, ...theirs } })
        : await send('POST', '/movies/delete-movie', { token, body: id });
    check('another device was faster', [200, 204].includes(status));
    await offline(page, false);
    await page.locator('.waiting-badge-decide').waitFor();
    await until('another write is not held up', () => watchlist(token), [other.title]);
    await until('the badge says so', () => badge(page).getAttribute('aria-label'), '1 to decide');
    await badge(page).click();
    await page.getByRole('heading', { name: 'You decide' }).waitFor();
    return { page, token, movie };
}

export const tests = {
    'a flight with a phone': () => flight('phone'),
    'a flight at a desk': () => flight('wide'),
    'the network flaps': async () => {
        const proxy = await faultyProxy();
        const { email, token } = await newAccount();
        const movies = [];
        for (const name of ['One', 'Two', 'Three', 'Four']) {
            movies.push(await newMovie(token, `Flap ${name}`));
        }
        const page = await newPage();
        await page.goto(`${proxy.url}/#/sign-in`);
        await fillSignIn(page, email);
        await page.locator('.card').first().waitFor();
        await pulled(page);
        const modes = ['cut', 'lose', 'pass', 'lose', 'cut', 'pass', 'lose'];
        let turn = 0;
        const flapping = setInterval(() => {
            proxy.mode = modes[turn % modes.length];
            turn += 1;
        }, 300);
        flapping.unref();
        for (const movie of movies) {
            await edit(page, movie, `Flapped ${movie.title}`);
            await addToWatchlist(page, movie);
        }
        clearInterval(flapping);
        proxy.mode = 'pass';
        await page.evaluate(() => dispatchEvent(new Event('online')));
        await nothingWaits(page);
        for (const movie of movies) {
            const { info, version } = await stored(token, movie);
            check('each edit happened once', [info, version], [`Flapped ${movie.title}`, 2]);
        }
        check('so did each entry', await watchlist(token), movies.map(({ title }) => title).sort());
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
        proxy.close();
    },
    'the network lies: it takes everything and answers nothing': async () => {
        for (const mode of ['hang', 'deaf']) {
            const proxy = await faultyProxy();
            const { email, token } = await newAccount();
            const movie = await newMovie(token, 'Lie');
            const page = await newPage(sizes.phone);
            await page.goto(`${proxy.url}/#/sign-in`);
            await fillSignIn(page, email);
            await page.locator('.card').first().waitFor();
            await pulled(page);
            proxy.mode = mode;
            await page.getByLabel('Search').fill(movie.title);
            await page.getByText('From this device: 1 movie', { exact: true }).waitFor({ timeout: 10_000 });
            await edit(page, movie, 'Told to a liar');
            await addToWatchlist(page, movie);
            await until('they wait', () => badge(page).getAttribute('aria-label'), '2 changes wait');
            await badge(page).click();
            await page.getByText('Sent, but no answer came.').waitFor();
            proxy.mode = 'pass';
            // The request under way has to run into its time limit.
            await page.getByText('Nothing waits').waitFor({ timeout: 60_000 });
            const { info, version } = await stored(token, movie);
            check(`${mode}: it happened once`, [info, version], ['Told to a liar', 2]);
            check(`${mode}: so did the entry`, await watchlist(token), [movie.title]);
            check('nothing went wrong in the page', page.faults, []);
            await page.context().close();
            proxy.close();
        }
    },
    'a conflict: keep mine': async () => {
        const { page, token, movie } = await conflict();
        check('both are shown', await page.locator('.waiting-parts dd').allTextContents(), [
            'Yours: Mine',
            'Theirs: Theirs',
            'Yours: Comedy',
            'Theirs: Crime',
        ]);
        await page.getByRole('button', { name: 'Keep mine' }).click();
        await page.getByText('Nothing waits').waitFor();
        const { info, genres, rating } = await stored(token, movie);
        check('mine holds, and what only they changed', [info, genres, rating], ['Mine', ['Comedy'], 8]);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'a conflict: take theirs': async () => {
        const { page, token, movie } = await conflict();
        await page.getByRole('button', { name: 'Take theirs' }).click();
        await page.getByText('Nothing waits').waitFor();
        check('theirs holds', [(await stored(token, movie)).info, (await stored(token, movie)).version], ['Theirs', 2]);
        await go(page, movieAddress(movie.title, movie.year));
        await page.getByText('Theirs', { exact: true }).waitFor();
        await page.context().close();
    },
    'a conflict: part by part': async () => {
        const { page, token, movie } = await conflict();
        await page.getByRole('button', { name: 'Choose part by part' }).click();
        await page.getByRole('group', { name: 'Genres' }).getByLabel('Both').check();
        await page.getByRole('button', { name: 'Save as chosen' }).click();
        await page.getByText('Nothing waits').waitFor();
        await until('as chosen', async () => {
            const { info, genres } = await stored(token, movie);
            return [info, genres];
        }, ['Mine', ['Crime', 'Comedy']]);
        await page.context().close();
    },
    'a conflict with a deletion: mine adds it again': async () => {
        const { page, token, movie } = await conflict(null);
        check('it says so', await page.getByText('Somebody else deleted it.').count(), 1);
        await page.getByRole('button', { name: 'Keep mine' }).click();
        await page.getByText('Nothing waits').waitFor();
        const { info, rating } = await stored(token, movie);
        check('it is there as a whole', [info, rating], ['Mine', 5]);
        await page.context().close();
    },
    'a refused write holds nothing up': async () => {
        const { page, token, movies } = await scene({ movies: [['Fine Flight']] });
        const title = `Refused ${Date.now()}`;
        await offline(page, true);
        await page.getByText('You are offline.').waitFor();
        await go(page, '/add');
        await page.getByLabel('Title').fill(title);
        await page.getByLabel('Year').fill('2022');
        await page.getByLabel('Rank').fill('99999999999999');
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.getByRole('heading', { name: title }).waitFor();
        await edit(page, movies[0], 'Behind it');
        await offline(page, false);
        await page.locator('.waiting-badge-decide').waitFor();
        await until('the other arrived', async () => (await stored(token, movies[0])).info, 'Behind it');
        await badge(page).click();
        await page.getByRole('heading', { name: 'Refused' }).waitFor();
        check('it says why', await page.locator('.waiting-faults li').count(), 1);
        await page.getByRole('button', { name: `Try again: ${title}` }).click();
        await page.getByRole('heading', { name: 'Waiting', exact: true }).waitFor({ state: 'detached' });
        await page.getByRole('heading', { name: 'Refused' }).waitFor();
        check('with the name of the field', await page.locator('.waiting-faults').textContent(), 'Rank: This is too small or too large.');
        await page.getByRole('link', { name: title, exact: true }).click();
        await page.getByText('The service did not take a change of yours.').waitFor();
        // An edit corrects it.
        await page.getByRole('link', { name: 'Decide', exact: true }).click();
        await page.getByRole('link', { name: `Correct it: ${title}` }).click();
        await page.getByLabel('Rank').fill('9');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByText('Your change is saved.').waitFor();
        await nothingWaits(page);
        check('it arrived', (await stored(token, { title, year: 2022 })).title, title);
        await page.context().close();
    },
    'a refused write is dropped': async () => {
        const { page } = await scene();
        const title = `Dropped ${Date.now()}`;
        await offline(page, true);
        await page.getByText('You are offline.').waitFor();
        await go(page, '/add');
        await page.getByLabel('Title').fill(title);
        await page.getByLabel('Year').fill('2022');
        await page.getByLabel('Rank').fill('99999999999999');
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.getByRole('heading', { name: title }).waitFor();
        await offline(page, false);
        await page.locator('.waiting-badge-decide').waitFor();
        await badge(page).click();
        await page.getByRole('button', { name: `Drop: ${title}` }).click();
        await page.getByText('Nothing waits').waitFor();
        await nothingWaits(page);
        await page.context().close();
    },
    'two tabs': async () => {
        const { page: one, token, movies } = await scene({ movies: [['Tab Flight']] });
        const other = watched(await one.context().newPage());
        await other.goto(APP_URL);
        await other.locator('.card').first().waitFor();
        await offline(one, true);
        await other.getByText('You are offline.').waitFor();
        await edit(one, movies[0], 'From the first tab');
        await badge(other).waitFor();
        await go(other, movieAddress(movies[0].title, 2001));
        await other.getByText('From the first tab').waitFor();
        await addToWatchlist(other, movies[0]);
        await one.getByText('2', { exact: true }).waitFor();
        // What one tab made, the other one sends.
        await one.close();
        await offline(other, false);
        await nothingWaits(other);
        check('both arrived', [(await stored(token, movies[0])).info, await watchlist(token)], ['From the first tab', [movies[0].title]]);
        check('nothing went wrong in the pages', [...one.faults, ...other.faults], []);
        await other.context().close();
    },
    'a change elsewhere is seen at once': async () => {
        const { page, token, movies } = await scene({ movies: [['Poked Flight']] });
        await go(page, movieAddress(movies[0].title, 2001));
        await page.getByText('Before').waitFor();
        await send('POST', '/movies/update-movie', { token, body: { title: movies[0].title, year: 2001, info: 'Poked' } });
        // Far sooner than the next poll.
        await page.getByText('Poked', { exact: true }).waitFor({ timeout: 5000 });
        await send('PUT', '/me/watchlist/poked', { token, body: { title: movies[0].title, year: 2001 } });
        await page.getByText('To watch', { exact: true }).waitFor({ timeout: 5000 });
        check('nothing waits', await badge(page).count(), 0);
        await page.context().close();
    },
    'what waits is sent after the app was closed': async () => {
        const { page, token, movies } = await scene({ movies: [['Closed Flight']] });
        const devtools = await page.context().newCDPSession(page);
        const registered = new Promise((resolve) => {
            devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
                const [ours] = registrations.filter(({ scopeURL }) => scopeURL === `${APP_URL}/`);
                if (ours !== undefined) {
                    resolve(ours.registrationId);
                }
            });
        });
        await devtools.send('ServiceWorker.enable');
        const registrationId = await registered;
        await offline(page, true);
        await page.getByText('You are offline.').waitFor();
        await edit(page, movies[0], 'Sent by nobody');
        const tags = () =>
            page.evaluate(async () => (await navigator.serviceWorker.ready).sync.getTags());
        await until('the browser was asked to', tags, ['queue']);
        await page.goto('about:blank');
        await offline(page, false);
        // The browser says so by itself when it has a network again; a test has no network to lose.
        await devtools.send('ServiceWorker.dispatchSyncEvent', {
            origin: APP_URL,
            registrationId,
            tag: 'queue',
            lastChance: false,
        });
        await until('it arrived', async () => (await stored(token, movies[0])).info, 'Sent by nobody');
        await page.goto(APP_URL);
        await page.locator('.card').first().waitFor();
        check('nothing waits', await badge(page).count(), 0);
        await page.context().close();
    },
    'who leaves the app while something waits leaves it to the browser': async () => {
        const { page, movies } = await scene({ movies: [['Left Flight']] });
        // There is a network, and the service does not answer.
        await page.route('**/movies/update-movie', (route) => route.abort('connectionrefused'));
        await edit(page, movies[0], 'Sent later');
        await badge(page).waitFor();
        const asked = await page.evaluate(() => {
            const tags = [];
            SyncManager.prototype.register = async (tag) => void tags.push(tag);
            Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
            document.dispatchEvent(new Event('visibilitychange'));
            return new Promise((resolve) => setTimeout(() => resolve(tags), 500));
        });
        check('the browser was asked to send it', asked, ['queue']);
        await page.context().close();
    },
    'signing out asks, and wipes; another user sees nothing': async () => {
        const { page, token, movies } = await scene({ movies: [['Secret Flight']] });
        const other = await newAccount();
        await addToWatchlist(page, movies[0]);
        await until('it arrived', () => watchlist(token), [movies[0].title]);
        await go(page, '/account');
        await page.getByText('this one').waitFor();
        await offline(page, true);
        await page.getByText('You are offline.').waitFor();
        await edit(page, movies[0], 'Never sent');
        await go(page, '/account');
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('dialog', { name: 'Sign out and lose changes?' }).waitFor();
        await page.getByRole('button', { name: 'Stay signed in' }).click();
        check('nothing is lost', await badge(page).textContent(), '1');
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('button', { name: 'Sign out and lose them' }).click();
        await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
        await offline(page, false);
        const databases = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
        check('nothing is kept', databases.filter((name) => name.includes('-offline-')), []);
        await signIn(page, other.email);
        await pulled(page);
        check('nothing waits for another user', await badge(page).count(), 0);
        await go(page, '/watchlist');
        await page.getByText('Nothing to watch yet').waitFor();
        await go(page, movieAddress(movies[0].title, 2001));
        await page.getByText('Before').waitFor();
        check('the change is gone', (await stored(token, movies[0])).info, 'Before');
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'a session that ends keeps what waits for its user, and shows it to nobody else': async () => {
        const { page, email, token, movies } = await scene({ movies: [['Kept Flight']] });
        const other = await newAccount();
        await offline(page, true);
        await page.getByText('You are offline.').waitFor();
        await edit(page, movies[0], 'Sent after all');
        await send('POST', '/me/sign-out-everywhere', { token });
        // The access token is good for a while: the change must not arrive before the session ends.
        await page.route('**/movies/update-movie', (route) => route.abort('connectionrefused'));
        await offline(page, false);
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await fillSignIn(page, other.email);
        await page.locator('.places').waitFor();
        await pulled(page);
        await go(page, movieAddress(movies[0].title, 2001));
        await page.locator('.plot', { hasText: 'Before' }).waitFor();
        check('the other user has nothing that waits', await badge(page).count(), 0);
        await go(page, '/account');
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
        await page.unroute('**/movies/update-movie');
        await signIn(page, email);
        await until('it arrived', async () => (await stored(other.token, movies[0])).info, 'Sent after all');
        await page.context().close();
    },
};
