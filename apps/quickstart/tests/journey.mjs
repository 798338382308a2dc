import { readFileSync } from 'node:fs';
import { APP_URL, PASSWORD, check, go, mailedCode, newAddress, newPage, send, sizes } from './support.mjs';

/** What a newcomer does, from sign-up to the deletion of the account. */
async function journey(size) {
    const page = await newPage(sizes[size]);
    const email = newAddress('newcomer');
    const title = `First Movie ${email}`;
    const status = page.locator('.toast');

    await page.goto(APP_URL);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    check('who is not signed in is asked to', page.url().endsWith('#/sign-in'));

    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Name (optional)').fill('Ada');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('weak');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('This password is too easy to guess').waitFor();
    check(
        'the field at fault has the focus',
        await page.getByLabel('Password', { exact: true }).evaluate((field) => field === document.activeElement),
    );
    check('the request id is shown', await page.locator('.request-id code').count(), 1);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    check('all rules are met', await page.locator('.rules li:not(.met)').count(), 0);
    await page.getByRole('button', { name: 'Create account' }).click();

    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await page.getByLabel('Code').fill('000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('That code does not work').waitFor();
    await page.getByLabel('Code').fill(await mailedCode(email));
    await page.getByRole('button', { name: 'Confirm' }).click();

    await page.getByRole('heading', { name: 'Movies', level: 1 }).waitFor();
    await page.locator('.card').first().waitFor();
    check('the first page is listed', await page.locator('.card').count(), 24);
    await page.locator('.card').last().scrollIntoViewIfNeeded();
    await page.locator('.card').nth(39).waitFor();
    check('the next page comes when it is needed', (await page.locator('.card').count()) >= 40);

    // Search, genre and order.
    await page.getByLabel('Search').fill('amelie');
    await page.getByText('1 movie', { exact: true }).waitFor();
    check('words are found without accents', await page.locator('.card-title').textContent(), 'Amélie');
    await page.getByLabel('Search').fill('xyzzy');
    await page.getByText('Nothing is called “xyzzy”').waitFor();
    await page.getByRole('link', { name: 'Show all movies' }).click();
    await page.getByLabel('Genre').selectOption('Animation');
    await page.getByLabel('Order').selectOption('-rating');
    await page.waitForFunction(() => {
        const cards = document.querySelectorAll('.card');
        return cards.length > 0 && cards.length < 20 && !document.querySelector('.is-old');
    });
    const ratings = await page.locator('.card-meta').allTextContents();
    const numbers = ratings.map((text) => Number(text.split(' ').at(-1)));
    check('the best come first', numbers, numbers.toSorted((one, other) => other - one));
    check('the filter is in the address', page.url().includes('genre=Animation&sort=-rating'));

    // Add.
    await page.getByRole('link', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Add movie' }).click();
    check('what is missing is marked', await page.locator('[aria-invalid]').count(), 2);
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Year').fill('2016');
    await page.getByLabel('Plot').fill('A first try.\nWith two lines.');
    await page.getByLabel('Genres').fill('Drama, Comedy');
    await page.getByLabel('Genres').press('Enter');
    await page.getByLabel('Directors').fill('Jane Doe');
    await page.getByLabel('Rating').fill('7,5');
    await page.getByLabel('Minutes').fill('95');
    await page.getByRole('button', { name: 'Add movie' }).click();
    await page.getByRole('heading', { name: title }).waitFor();
    await status.getByText('is added').waitFor();
    check('the running time is in words', await page.getByText('1 h 35 min').count(), 1);
    check('the focus is at the heading', await page.evaluate(() => document.activeElement?.tagName), 'H1');

    // The same movie again is a conflict that says what to do.
    await page.getByRole('link', { name: 'Add', exact: true }).click();
    check('a new form is empty', await page.getByLabel('Title').inputValue(), '');
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Year').fill('2016');
    await page.getByRole('button', { name: 'Add movie' }).click();
    await page.getByText('This movie is here already').waitFor();
    await page.getByRole('link', { name: 'Open that movie' }).click();

    // Watchlist.
    await page.getByRole('button', { name: 'Add to watchlist' }).click();
    await page.getByText('To watch', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Watchlist', exact: true }).click();
    await page.getByRole('button', { name: `Change ${title}` }).click();
    await page.getByLabel('I have watched it').check();
    await page.getByLabel('Your rating').fill('9');
    await page.getByLabel('Note').fill('Twice!');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('your rating 9').waitFor();
    check('the note is shown', await page.getByText('Twice!').count(), 1);
    await page.getByLabel('To watch', { exact: true }).check();
    await page.getByText('0 movies').waitFor();
    await page.getByLabel('Watched', { exact: true }).check();
    await page.getByText('1 movie', { exact: true }).waitFor();

    // Edit, and remove a value.
    await page.getByRole('link', { name: title }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Rating').fill('');
    await page.getByRole('button', { name: 'Remove Comedy' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await status.getByText('Your change is saved.').waitFor();
    check('the rating is gone', await page.locator('.facts').getByText('7.5').count(), 0);
    check('one genre is left', await page.locator('.tags li').allTextContents(), ['Drama']);

    // Account.
    await page.getByRole('link', { name: 'Account', exact: true }).click();
    await page.getByLabel('Name').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Save name' }).click();
    await status.getByText('Your name is saved.').waitFor();
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download your data' }).click(),
    ]);
    const exported = JSON.parse(readFileSync(await download.path(), 'utf8'));
    check('the export has the name', exported.profile.name, 'Ada Lovelace');
    check('the export has the movie', exported.movies.items.map((movie) => movie.title), [title]);
    check('the export has the watchlist', exported.watchlist.items.length, 1);

    await page.getByRole('button', { name: 'Delete account' }).click();
    await page.getByLabel('Delete the movies that I added').check();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete account' });
    await confirm.click();
    await page.getByText('Tick this box to go on.').waitFor();
    await page.getByLabel('I know that this cannot be undone').check();
    await confirm.click();
    await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    await go(page, '/account');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    check('the tokens are gone', page.url().includes('#/sign-in'));
    const again = await send('POST', '/auth/sign-in', { body: { email, password: PASSWORD } });
    check('the account is gone', again.status, 401);
    check('nothing went wrong in the page', page.faults, []);
    await page.context().close();
}

export const tests = {
    'a newcomer with a phone': () => journey('phone'),
    'a newcomer at a desk': () => journey('wide'),
};
