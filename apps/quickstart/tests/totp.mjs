import { APP_URL, PASSWORD, check, fillSignIn, go, newAccount, newPage, signIn } from './support.mjs';

async function codeOf(secret) {
    const url = `${APP_URL}/authenticator?secret=${encodeURIComponent(secret)}`;
    return (await (await fetch(url, { headers: { Accept: 'application/json' } })).json()).code;
}

/** A code that the server did not see before: each one works once. */
async function nextCode(secret, before) {
    for (;;) {
        const code = await codeOf(secret);
        if (code !== before) {
            return code;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
    }
}

export const tests = {
    'an authenticator app is set up, asked for, and turned off': async () => {
        const { email } = await newAccount();
        const page = await newPage();
        await signIn(page, email);
        await go(page, '/account');
        await page.getByRole('button', { name: 'Set up' }).click();
        await page.getByLabel('Current password', { exact: true }).fill('wrong');
        await page.getByRole('button', { name: 'Go on' }).click();
        await page.getByText('That is not your current password').waitFor();
        await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
        await page.getByRole('button', { name: 'Go on' }).click();
        await page.getByRole('img', { name: 'QR code' }).waitFor();
        const link = await page.getByRole('link', { name: 'open the app' }).getAttribute('href');
        check('the link is for an authenticator app', link.startsWith('otpauth://totp/'));
        const secret = await page.locator('.secret').textContent();
        const first = await codeOf(secret);
        await page.getByLabel('Code that the app shows').fill(first);
        await page.getByRole('button', { name: 'Turn on' }).click();
        await page.getByText('On. Signing in with your password').waitFor();

        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByRole('link', { name: 'Sign in' }).click();
        await fillSignIn(page, email);
        await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
        check('the focus is at the heading', await page.evaluate(() => document.activeElement?.tagName), 'H1');
        await page.getByLabel('Code').fill(await nextCode(secret, first));
        await page.getByRole('button', { name: 'Go on' }).click();
        await page.locator('.card').first().waitFor();
        check('the code signs in', await page.locator('.places').count(), 1);

        await go(page, '/account');
        await page.getByRole('button', { name: 'Turn off' }).click();
        await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
        await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
        await page.getByText('Off. With an app').waitFor();
        check('nothing went wrong in the page', page.faults, []);
        await page.context().close();
    },
};
