import { PASSWORD, check, go, newAccount, newPage, signIn } from './support.mjs';

export const tests = {
    'a passkey is added, signs in, and is removed': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        const device = await page.context().newCDPSession(page);
        await device.send('WebAuthn.enable');
        await device.send('WebAuthn.addVirtualAuthenticator', {
            options: {
                protocol: 'ctap2',
                transport: 'internal',
                hasResidentKey: true,
                hasUserVerification: true,
                isUserVerified: true,
                automaticPresenceSimulation: true,
            },
        });
        await signIn(page, email);
        await go(page, '/account');
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
        await page.getByRole('button', { name: 'Go on' }).click();
        await page.getByText('Your passkey is added.').waitFor();
        await page.getByText(/^Added /).waitFor();
        check('it is listed', await page.getByText(/^Added /).count(), 1);

        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('link', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.getByText('Enter your e-mail address.').waitFor();
        await page.getByLabel('E-mail address').fill(email);
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.locator('.card').first().waitFor();
        check('it signs in without a password', await page.locator('.places').count(), 1);

        await go(page, '/account');
        await page.getByRole('button', { name: /^Remove / }).click();
        await page.getByText('The passkey is removed here.').waitFor();
        check('it is gone', await page.getByText(/^Added /).count(), 0);
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
};
