import { APP_URL, PASSWORD, check, go, movieAddress, newAccount, newPage, send, signIn, sizes } from './support.mjs';

/** Presses Tab until what has the focus has this name. */
async function tabTo(page, name) {
    for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const found = await page.evaluate(() => {
            const element = document.activeElement;
            const label = element?.labels?.[0]?.textContent;
            return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '';
        });
        if (found.startsWith(name)) {
            return;
        }
    }
    throw new Error(`Tab does not reach ${name}`);
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent ?? '');

export const tests = {
    'everything without a mouse': async () => {
        const { email } = await newAccount();
        const page = await newPage(sizes.wide);
        await page.goto(`${APP_URL}/#/sign-in`);
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await page.keyboard.press('Tab');
        check('the first stop skips to the content', await focused(page), 'Skip to content');
        await page.keyboard.press('Enter');
        await tabTo(page, 'E-mail address');
        await page.keyboard.type(email);
        await tabTo(page, 'Password');
        await page.keyboard.type(PASSWORD);
        await page.keyboard.press('Enter');
        await page.locator('.card').first().waitFor();
        check('the new page has the focus', await focused(page), 'Movies');

        await tabTo(page, 'Search');
        await page.keyboard.type('metropolis');
        await page.getByText('1 movie', { exact: true }).waitFor();
        await tabTo(page, 'Metropolis');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'Add to watchlist', disabled: false }).waitFor();
        check('the movie has the focus', (await focused(page)).startsWith('Metropolis'));

        await tabTo(page, 'Add to watchlist');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'I have seen it' }).waitFor();
        await tabTo(page, 'I have seen it');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        check('the focus is in the dialog', await page.evaluate(() => document.activeElement?.closest('dialog') !== null));
        await page.keyboard.press('Escape');
        // A closed dialog has no role, but the page removes it a moment later.
        await page.locator('dialog').waitFor({ state: 'detached' });
        check('the focus is back', await focused(page), 'I have seen it');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await tabTo(page, 'Note');
        await page.keyboard.type('By keyboard');
        await tabTo(page, 'Save');
        await page.keyboard.press('Enter');
        await page.getByText('By keyboard').waitFor();

        await page.keyboard.press('Shift+Tab');
        await page.evaluate(() => document.querySelector('.skip-link').focus());
        await tabTo(page, 'Account');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Appearance' }).waitFor();
        await tabTo(page, 'As the device');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        check('the theme is dark', await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
        await tabTo(page, 'Delete account');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await tabTo(page, 'Keep it');
        await page.keyboard.press('Enter');
        check('the focus is back at the button', await focused(page), 'Delete account');
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'a conflict without a mouse': async () => {
        const { email, token } = await newAccount();
        const movie = { title: `By keyboard ${email}`, year: 2001 };
        await send('POST', '/movies/add-movie', { token, body: { ...movie, info: 'Before' } });
        const page = await newPage(sizes.wide);
        await signIn(page, email);
        // From here on the service worker has all parts of the page.
        await page.evaluate(() => navigator.serviceWorker.ready);
        await page.reload();
        await page.locator('.card').first().waitFor();
        await go(page, movieAddress(movie.title, movie.year));
        await page.getByText('Before').waitFor();
        await page.context().setOffline(true);
        await page.getByText('You are offline.').waitFor();
        await tabTo(page, 'Edit');
        await page.keyboard.press('Enter');
        await tabTo(page, 'Plot');
        await page.keyboard.press('Control+A');
        await page.keyboard.type('Mine');
        await tabTo(page, 'Save');
        await page.keyboard.press('Enter');
        await page.locator('.plot', { hasText: 'Mine' }).waitFor();
        await send('POST', '/movies/update-movie', { token, body: { ...movie, info: 'Theirs' } });
        await page.context().setOffline(false);
        await page.locator('.waiting-badge-decide').waitFor();
        await page.evaluate(() => document.querySelector('.skip-link').focus());
        await tabTo(page, '1 to decide');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'You decide' }).waitFor();
        check('the page has the focus', await focused(page), 'Waiting changes');
        await tabTo(page, 'Keep mine');
        await page.keyboard.press('Enter');
        await page.getByText('Nothing waits').waitFor();
        check('the focus is at the heading', await focused(page), 'Waiting changes');
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'back in the list, the user is where they were': async () => {
        const { email } = await newAccount();
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await page.locator('.card').last().scrollIntoViewIfNeeded();
        await page.locator('.card').nth(35).scrollIntoViewIfNeeded();
        const before = await page.evaluate(() => scrollY);
        await page.locator('.card').nth(35).click();
        await page.locator('.movie').waitFor();
        check('a new page begins at its top', await page.evaluate(() => scrollY), 0);
        await page.goBack();
        await page.locator('.card').nth(35).waitFor();
        await page.waitForTimeout(300);
        const after = await page.evaluate(() => scrollY);
        check(`the list is at ${after}, as before at ${before}`, Math.abs(after - before) < 60);
        await page.context().close();
    },
};
