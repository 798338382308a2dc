import { check, go, movieAddress, newAccount, newPage, send, signIn, sizes } from './support.mjs';

/** An edit page of a movie that another device changes while it is open. */
async function scene(size) {
    const { email, token } = await newAccount();
    const movie = { title: `Contested ${email}`, year: 2001 };
    const body = { ...movie, info: 'Before', genres: ['Drama'], rating: 5, rank: 9 };
    await send('POST', '/movies/add-movie', { token, body });
    const page = await newPage(sizes[size]);
    await signIn(page, email);
    await go(page, movieAddress(movie.title, movie.year).replace('/movie', '/movie/edit'));
    await page.getByLabel('Plot').fill('Mine');
    await page.getByLabel('Genres').fill('Comedy');
    await page.getByLabel('Genres').press('Enter');
    const theirs = { ...movie, info: 'Theirs', genres: ['Drama', 'Crime'], rating: 8 };
    await send('POST', '/movies/update-movie', { token, body: theirs });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog', { name: 'Somebody changed this movie' }).waitFor();
    const stored = async () => {
        const query = new URLSearchParams(movie);
        return (await send('GET', `/movies/findbytitleandyear?${query}`, { token })).json;
    };
    return { page, stored, movie, token };
}

function group(page, name) {
    return page.getByRole('group', { name });
}

export const tests = {
    'both versions are shown, and put together': async () => {
        const { page, stored } = await scene('phone');
        check('each member that differs is shown', await page.locator('.conflict').count(), 3);
        check('both texts are shown', await group(page, 'Plot').locator('.choice-text').allTextContents(), [
            'MineMine',
            'TheirsTheirs',
        ]);
        check('what I changed is mine', await group(page, 'Plot').getByLabel('Mine').isChecked());
        check('what only they changed is theirs', await group(page, 'Rating').getByLabel('Theirs').isChecked());
        await group(page, 'Genres').getByLabel('Both').check();
        await page.getByRole('button', { name: 'Save as chosen' }).click();
        await page.getByText('Your change is saved.').waitFor();
        const movie = await stored();
        check('my text', movie.info, 'Mine');
        check('all genres', movie.genres, ['Drama', 'Crime', 'Comedy']);
        check('their rating', movie.rating, 8);
        check('what nobody touched', movie.rank, 9);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'all mine': async () => {
        const { page, stored } = await scene('wide');
        await page.getByRole('button', { name: 'Take all mine' }).click();
        await page.getByText('Your change is saved.').waitFor();
        const movie = await stored();
        check('everything is as it was in the form', [movie.info, movie.genres, movie.rating], [
            'Mine',
            ['Drama', 'Comedy'],
            5,
        ]);
        await page.context().close();
    },
    'all theirs': async () => {
        const { page, stored } = await scene('wide');
        await page.getByRole('button', { name: 'Take all theirs' }).click();
        await page.getByText('Nothing was changed.').waitFor();
        const movie = await stored();
        check('everything is as they left it', [movie.info, movie.rating, movie.version], ['Theirs', 8, 2]);
        await page.context().close();
    },
    'a second change while the sheet is open': async () => {
        const { page, stored, movie, token } = await scene('wide');
        await send('POST', '/movies/update-movie', { token, body: { ...movie, rank: 1 } });
        await page.getByRole('button', { name: 'Save as chosen' }).click();
        await group(page, 'Rank').waitFor();
        check('the sheet opens again with the newest', await group(page, 'Rank').getByLabel('Theirs').isChecked());
        await page.getByRole('button', { name: 'Save as chosen' }).click();
        await page.getByText('Your change is saved.').waitFor();
        check('nothing is lost', [(await stored()).rank, (await stored()).info], [1, 'Mine']);
        await page.context().close();
    },
    'closing the sheet keeps what was typed': async () => {
        const { page, stored } = await scene('wide');
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        check('the text is there', await page.getByLabel('Plot').inputValue(), 'Mine');
        check('nothing was saved', (await stored()).info, 'Theirs');
        await page.context().close();
    },
};
