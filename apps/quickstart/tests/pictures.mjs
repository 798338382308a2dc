import { readFile } from 'node:fs/promises';
import { check, go, movieAddress, newAccount, newPage, requestsTo, send, signIn, sizes } from './support.mjs';

/** A picture that is larger than an upload may be in pixels, as a camera makes it, drawn by the browser. */
async function photo(page, type = 'image/png', width = 3000, height = 2000) {
    const bytes = await page.evaluate(
        async ([mediaType, w, h]) => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [w, h];
            const context = canvas.getContext('2d');
            context.fillStyle = '#2b6cb0';
            context.fillRect(0, 0, w, h / 2);
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, mediaType));
            return [...new Uint8Array(await blob.arrayBuffer())];
        },
        [type, width, height],
    );
    return { name: 'photo', mimeType: type, buffer: Buffer.from(bytes) };
}

const fileInput = (page) => page.locator('input[type=file]');
const choose = (page) => page.getByRole('button', { name: 'Choose a picture' });
const uploaded = (page) => page.getByText('The picture is uploaded.').waitFor();

/** The uploads that a page makes from now on. */
function uploadsOf(page) {
    const found = [];
    page.on('request', (request) => {
        if (request.method() === 'PUT' && request.url().includes('/files/')) {
            found.push(request);
        }
    });
    return found;
}

async function fill(page, title) {
    await go(page, '/add');
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Year').fill('2021');
}

/** The width and the height of what a page shows, once it is loaded. */
function sizeShown(locator) {
    return locator.evaluate(async (image) => {
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
    });
}

async function picturesOf(token) {
    return (await send('GET', '/me/pictures', { token })).json.items;
}

export const tests = {
    'a picture is chosen, made small, uploaded and shown': async () => {
        const { email, token } = await newAccount();
        const title = `Poster ${email}`;
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await fill(page, title);
        const uploads = uploadsOf(page);
        const chooser = page.waitForEvent('filechooser');
        await choose(page).press('Enter');
        await (await chooser).setFiles(await photo(page));
        // What is typed in the meantime stays.
        await page.getByLabel('Plot').fill('Typed during the upload');
        await uploaded(page);
        check('the text is still there', await page.getByLabel('Plot').inputValue(), 'Typed during the upload');
        check('it was sent once', uploads.length, 1);
        check('without the access token', await uploads[0].headerValue('authorization'), null);
        const [picture] = await picturesOf(token);
        check('it is a JPEG', picture.contentType, 'image/jpeg');
        check('it is small', picture.size < 500_000);
        check('its address is entered', await page.getByLabel('Poster').inputValue(), picture.url);
        check('it is previewed', await sizeShown(page.locator('.poster-field img')), [1000, 667]);
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.getByRole('heading', { name: title }).waitFor();
        const poster = page.locator('.movie .poster img');
        check('the movie has it', await poster.getAttribute('src'), picture.url);
        check('everyone sees it', await sizeShown(poster), [1000, 667]);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'a poster is replaced, and a small picture is not made larger': async () => {
        const { email, token } = await newAccount();
        const title = `Replaced ${email}`;
        const body = { title, year: 2021, imageUrl: 'https://images.example.com/before.jpg' };
        await send('POST', '/movies/add-movie', { token, body });
        const page = await newPage();
        await signIn(page, email);
        await go(page, movieAddress(title, 2021).replace('/movie', '/movie/edit'));
        await choose(page).waitFor();
        await fileInput(page).setInputFiles(await photo(page, 'image/webp', 40, 60));
        await uploaded(page);
        check('it has its size', await sizeShown(page.locator('.poster-field img')), [40, 60]);
        await page.getByLabel('Poster').fill('https://images.example.com/other.jpg');
        check('another address ends the preview', await page.getByText('The picture is uploaded.').count(), 0);
        await fileInput(page).setInputFiles(await photo(page, 'image/jpeg', 60, 40));
        await uploaded(page);
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByText('Your change is saved.').waitFor();
        check('the newest is shown', await sizeShown(page.locator('.movie .poster img')), [60, 40]);
        check('both are there', (await picturesOf(token)).length, 2);
        await page.context().close();
    },
    'a file that is no picture is refused, and nothing is sent': async () => {
        const { email, token } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await fill(page, 'Not a picture');
        const uploads = uploadsOf(page);
        const text = { name: 'poster.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
        await fileInput(page).setInputFiles(text);
        await page.getByText('This file is no picture').waitFor();
        check('it is not tried again', await page.getByRole('button', { name: 'Try again' }).count(), 0);
        check('the address stays empty', await page.getByLabel('Poster').inputValue(), '');
        await fileInput(page).setInputFiles(await photo(page));
        await uploaded(page);
        check('a picture helps', await page.getByRole('alert').count(), 0);
        check('one was sent', [uploads.length, (await picturesOf(token)).length], [1, 1]);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'the network is lost in the middle of an upload': async () => {
        const { email, token } = await newAccount();
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await fill(page, 'Tunnel');
        const uploads = uploadsOf(page);
        await page.route('**/files/*', async (route) => {
            await new Promise((resolve) => setTimeout(resolve, 1000));
            await route.abort('connectionreset');
        });
        await fileInput(page).setInputFiles(await photo(page));
        await page.getByText('Uploading the picture').waitFor();
        const adds = requestsTo(page, 'POST', '/movies/add-movie');
        await page.getByLabel('Title').press('Enter');
        await page.getByText('No connection').waitFor();
        check('it was tried several times', uploads.length, 4);
        check('the form waited', adds.length, 0);
        check('the text is still there', await page.getByLabel('Title').inputValue(), 'Tunnel');
        await page.unroute('**/files/*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await uploaded(page);
        const pictures = await picturesOf(token);
        check('it is there once', pictures.length, 1);
        check('its address is entered', await page.getByLabel('Poster').inputValue(), pictures[0].url);
        await page.context().close();
    },
    'another picture is chosen before the first one arrives': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await fill(page, 'Twice');
        let first = true;
        await page.route('**/files/*', async (route) => {
            if (first && route.request().method() === 'PUT') {
                first = false;
                await new Promise((resolve) => setTimeout(resolve, 3000));
            }
            await route.continue().catch(() => {});
        });
        const sending = page.waitForRequest((request) => request.method() === 'PUT' && request.url().includes('/files/'));
        await fileInput(page).setInputFiles(await photo(page, 'image/png', 30, 20));
        await sending;
        await fileInput(page).setInputFiles(await photo(page, 'image/png', 20, 30));
        await uploaded(page);
        await page.waitForTimeout(3500);
        check('the second one is there', await sizeShown(page.locator('.poster-field img')), [20, 30]);
        check('no error is shown', await page.getByRole('alert').count(), 0);
        await page.context().close();
    },
    'a refused upload is told plainly': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await fill(page, 'Refused');
        await page.route('**/files/*', (route) => route.fulfill({ status: 403 }));
        await fileInput(page).setInputFiles(await photo(page));
        await page.getByText('The picture was refused').waitFor();
        check('a movie can be added without it', await page.getByRole('button', { name: 'Add movie' }).getAttribute('aria-disabled'), 'false');
        await page.context().close();
    },
    'where no pictures are kept, there is no button': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await fill(page, 'No uploads');
        const type = '/problems/uploads-not-offered';
        const body = JSON.stringify({ type, title: 'No uploads here', status: 404, detail: '', instance: 'id-1' });
        await page.route('**/me/pictures/*', (route) =>
            route.fulfill({ status: 404, contentType: 'application/problem+json', body }),
        );
        await fileInput(page).setInputFiles(await photo(page));
        await page.getByText('No pictures can be uploaded here').waitFor();
        check('the button is gone', await choose(page).count(), 0);
        await go(page, '/watchlist');
        await page.getByRole('heading', { name: 'Watchlist', level: 1 }).waitFor();
        await go(page, '/add');
        await page.getByText('No pictures can be uploaded here').waitFor();
        check('the next form knows it', await choose(page).count(), 0);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
    'the account page shows the pictures, and deletes them': async () => {
        const { email, token } = await newAccount();
        const page = await newPage(sizes.phone);
        await signIn(page, email);
        await fill(page, `Shown ${email}`);
        await fileInput(page).setInputFiles(await photo(page, 'image/png', 60, 90));
        await uploaded(page);
        await page.getByRole('button', { name: 'Add movie' }).click();
        await page.locator('.movie .poster img').waitFor();
        // One whose file never came.
        await send('PUT', '/me/pictures/lost', { token, body: { contentType: 'image/png', size: 7 } });
        await go(page, '/account');
        const section = page.getByRole('region', { name: 'Your pictures' });
        await section.getByText('Its file did not arrive.').waitFor();
        check('the other one is shown', await sizeShown(section.locator('img')), [60, 90]);
        check('there are two', await section.getByRole('listitem').count(), 2);

        const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('button', { name: 'Download your data' }).click(),
        ]);
        const exported = await readFile(await download.path(), 'utf8');
        check('the export has both', JSON.parse(exported).pictures.items.length, 2);

        const shown = section.getByRole('listitem').filter({ has: page.locator('img') });
        await shown.getByRole('button', { name: 'Delete' }).click();
        const dialog = page.getByRole('dialog', { name: 'Delete this picture?' });
        await dialog.getByText('A movie that shows it then shows none').waitFor();
        await dialog.getByRole('button', { name: 'Keep it' }).click();
        check('it is kept', await section.getByRole('listitem').count(), 2);
        await shown.getByRole('button', { name: 'Delete' }).click();
        await dialog.getByRole('button', { name: 'Delete picture' }).click();
        await page.locator('.toast').getByText('The picture is deleted.').waitFor();
        check('one is left', await section.getByRole('listitem').count(), 1);
        check('the service has deleted it', (await picturesOf(token)).map(({ pictureId }) => pictureId), ['lost']);
        // Deleted on another device in the meantime.
        await send('DELETE', '/me/pictures/lost', { token });
        await section.getByRole('button', { name: 'Delete' }).click();
        await dialog.getByRole('button', { name: 'Delete picture' }).click();
        await section.getByText('None yet.').waitFor();
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
};
