import { APP_URL, check, endSession, expireAccessToken, fillSignIn, go, movieAddress, newAccount, newPage, requestsTo, send, signIn, sizes, tokenOf, watched } from './support.mjs';

export const tests = {
    'a session that ends in the middle loses nothing': async () => {
        const { email } = await newAccount();
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await go(page, '/add');
        const title = `Interrupted ${email}`;
        await page.getByLabel('Title').fill(title);
        await page.getByLabel('Year').fill('1999');
        await page.getByLabel('Plot').fill('Half a sentence');
        const notice = await endSession(page, email);
        await page.getByRole('button', { name: 'Add movie' }).click();
        notice();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        check('it says why', await page.getByText('Please sign in to go on').count(), 1);
        await page.reload();
        await fillSignIn(page, email);
        await page.locator('.places').waitFor();
        // What was on the device is sent by itself.
        await page.locator('.waiting-badge').waitFor({ state: 'detached' });
        await go(page, movieAddress(title, 1999));
        await page.getByText('Version 1').waitFor();
        check('the text is there', await page.locator('.plot').textContent(), 'Half a sentence');
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'so does an edit, and the newer version is noticed afterwards': async () => {
        const { email, token } = await newAccount();
        const movie = { title: `Revised ${email}`, year: 1980 };
        await send('POST', '/movies/add-movie', { token, body: { ...movie, info: 'Before' } });
        const page = await newPage();
        await signIn(page, email);
        await go(page, `/movie/edit?${new URLSearchParams(movie)}`);
        await page.getByLabel('Plot').fill('Mine');
        await send('POST', '/movies/update-movie', { token, body: { ...movie, info: 'Theirs' } });
        await send('POST', '/me/sign-out-everywhere', { token: await tokenOf(email) });
        await expireAccessToken(page);
        await go(page, '/account');
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await fillSignIn(page, email);
        await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
        await go(page, `/movie/edit?${new URLSearchParams(movie)}`);
        await page.getByText('Here is what you typed before.').waitFor();
        check('the text is there', await page.getByLabel('Plot').inputValue(), 'Mine');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByRole('dialog', { name: 'Somebody changed this movie' }).waitFor();
        check('both versions are shown', await page.locator('.conflict').count(), 1);
        await page.context().close();
    },
    'a deletion after the session ended deletes nothing, and says nothing else': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await go(page, '/account');
        await page.getByRole('button', { name: 'Delete account' }).click();
        await page.getByLabel('I know that this cannot be undone').check();
        const notice = await endSession(page, email);
        await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
        notice();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await fillSignIn(page, email);
        await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
        await page.getByText(email).first().waitFor();
        check('the account is there', await page.getByText(email).count(), 1);
        await page.context().close();
    },
    'another user of the tab does not see the draft': async () => {
        const [one, other] = [await newAccount(), await newAccount()];
        const page = await newPage();
        await signIn(page, one.email);
        await go(page, '/add');
        await page.getByLabel('Title').fill('My secret');
        await go(page, '/account');
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
        await signIn(page, other.email);
        await go(page, '/add');
        check('the form is empty', await page.getByLabel('Title').inputValue(), '');
        const kept = await page.evaluate(() => JSON.stringify(sessionStorage));
        check('nothing of it is kept', kept.includes('My secret'), false);
        await page.context().close();
    },
    'two tabs refresh once': async () => {
        const { email } = await newAccount();
        const one = await newPage();
        await signIn(one, email);
        const other = watched(await one.context().newPage());
        await other.goto(APP_URL);
        await other.locator('.card').first().waitFor();
        const refreshes = [requestsTo(one, 'POST', '/auth/refresh'), requestsTo(other, 'POST', '/auth/refresh')];
        await expireAccessToken(one);
        await Promise.all([go(one, '/account'), go(other, '/watchlist')]);
        await one.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
        await one.getByText('this one').waitFor();
        await other.getByText('Nothing to watch yet').waitFor();
        check('one request for both tabs', refreshes.flat().length, 1);

        // Signing out in one tab ends the other.
        await one.getByRole('button', { name: 'Sign out', exact: true }).click();
        await one.getByRole('heading', { name: 'You are signed out' }).waitFor();
        await other.getByRole('heading', { name: 'Sign in' }).waitFor();
        check('nothing went wrong in the pages', [...one.faults, ...other.faults], []);
        await one.context().close();
    },
    'each stage has a session of its own': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await page.getByLabel('Stage').selectOption('Production');
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        check('Production is signed out', page.url().includes('sign-in'));
        await page.getByLabel('Stage').selectOption('Development');
        await page.locator('.card').first().waitFor();
        check('Development is signed in still', await page.locator('.places').count(), 1);
        await page.context().close();
    },
    'tokens are in IndexedDB alone': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
        check('no token elsewhere', /eyJ|oken/.test(kept), false);
        await page.context().close();
    },
};
