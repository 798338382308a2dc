import { APP_URL, check, newAccount, newPage, signIn } from './support.mjs';

export const tests = {
    'the app starts without a network': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await page.evaluate(() => navigator.serviceWorker.ready);
        // Chromium passes a page to a new service worker at its next load.
        await page.reload();
        await page.locator('.card').first().waitFor();
        await page.context().setOffline(true);
        await page.goto(`${APP_URL}/#/account`);
        await page.reload();
        await page.getByRole('heading', { name: 'Account' }).waitFor();
        await page.getByText('No connection').waitFor();
        check('it says that it is offline', await page.getByText('You are offline.').count(), 1);
        await page.context().setOffline(false);
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByRole('heading', { name: 'Your data' }).waitFor();
        const manifest = await (await fetch(`${APP_URL}/manifest.webmanifest`)).json();
        check('it can be installed', [manifest.display, manifest.icons.length], ['standalone', 3]);
        await page.context().close();
    },
};
