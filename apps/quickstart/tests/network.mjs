import { check, go, newAccount, newPage, requestsTo, send, signIn, sizes } from './support.mjs';

async function fill(page, title) {
    await go(page, '/add');
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Year').fill('2020');
    await page.getByLabel('Plot').fill('Typed on a train');
}

async function countOf(token, title) {
    const { json } = await send('GET', `/movies?year=2020`, { token });
    return json.items.filter((movie) => movie.title === title).length;
}

export const tests = {
    'the network is lost before an add arrives': async () => {
        const { email, token } = await newAccount();
        const title = `Tunnel ${email}`;
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await fill(page, title);
        await page.route('**/movies/add-movie', (route) => route.abort('internetdisconnected'));
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.getByRole('heading', { name: title }).waitFor();
        await page.getByText('Not sent yet').waitFor();
        check('the movie is shown', await page.locator('.plot').textContent(), 'Typed on a train');
        await page.unroute('**/movies/add-movie');
        await page.getByText('Version 1').waitFor();
        check('it is there once', await countOf(token, title), 1);
        await page.context().close();
    },
    'the answer of an add is lost, and the page is loaded again': async () => {
        const { email, token } = await newAccount();
        const title = `Lost answer ${email}`;
        const page = await newPage();
        await signIn(page, email);
        await fill(page, title);
        const requests = requestsTo(page, 'POST', '/movies/add-movie');
        // The service adds the movie; the app never hears of it.
        await page.route('**/movies/add-movie', async (route) => {
            await route.fetch();
            await route.abort('connectionreset');
        });
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.getByRole('heading', { name: title }).waitFor();
        check('the movie was added', await countOf(token, title), 1);
        await page.unroute('**/movies/add-movie');
        await page.reload();
        await page.getByText('Version 1').waitFor();
        await page.locator('.waiting-badge').waitFor({ state: 'detached' });
        check('it was sent more than once', requests.length > 1);
        const keys = new Set(requests.map((request) => request.headers()['idempotency-key']));
        check('all attempts have one key', keys.size, 1);
        check('it is there once', await countOf(token, title), 1);
        await page.context().close();
    },
    'a list that does not load says so, and loads again': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await page.route('**/me/watchlist/changes*', (route) => route.abort('internetdisconnected'));
        await signIn(page, email);
        await page.getByRole('link', { name: 'Watchlist', exact: true }).click();
        await page.getByText('No connection').waitFor();
        // The store tries again by itself, too, so the button is there only while the list does not load.
        const another = page.waitForRequest('**/me/watchlist/changes*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await another;
        await page.unroute('**/me/watchlist/changes*');
        await page.getByText('Nothing to watch yet').waitFor();
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'a device without a network is told': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await page.context().setOffline(true);
        await page.getByText('You are offline.').waitFor();
        await page.context().setOffline(false);
        await page.getByText('You are offline.').waitFor({ state: 'detached' });
        check('and told again when it is back', await page.getByText('You are offline.').count(), 0);
        await page.context().close();
    },
};
