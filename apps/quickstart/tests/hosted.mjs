import { APP_URL, check, mailedCode, newAddress, newPage } from './support.mjs';

export const tests = {
    'a provider signs in, and the app goes where the user wanted': async () => {
        const page = await newPage();
        await page.goto(`${APP_URL}/#/sign-in?to=${encodeURIComponent('/watchlist')}`);
        const button = page.getByRole('button', { name: 'Sign in with StandIn' });
        await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
        if (!(await button.waitFor({ timeout: 5000 }).then(() => true, () => false))) {
            return console.log('# skipped: the server does not let a hosted sign-in come back to this app');
        }
        const email = newAddress('hosted');
        await button.click();
        await page.locator('input[name=email]').fill(email);
        await page.locator('input[name=email]').press('Enter');
        await page.locator('input[name=code]').waitFor();
        await page.locator('input[name=code]').fill(await mailedCode(email));
        await page.locator('input[name=code]').press('Enter');
        await page.getByRole('heading', { name: 'Watchlist' }).waitFor();
        check('the code is not in the address', new URL(page.url()).search, '');
        await page.getByRole('link', { name: 'Account', exact: true }).click();
        await page.getByText(email).waitFor();
        check('no password is offered', await page.getByText('Change password').count(), 0);
        check('nothing went wrong in the page', page.faults, []);

        // An answer that this tab did not ask for.
        await page.goto(`${APP_URL}/?code=x&state=y`);
        await page.getByRole('heading', { name: 'Sign-in not finished' }).waitFor();
        check('it is refused', new URL(page.url()).search, '');
        await page.context().close();
    },
};
