import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { fieldErrors } from '../app/errors';
import { useQueryParameters } from '../app/hash-location';
import { useClient } from '../app/stage';
import { CodeField, Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { tell } from '../ui/toast';
import { useDestination } from './destination';
import { keepCredentials, keptCredentials } from './handoff';
import { NewPasswordField } from './password-fields';

/** Proves with a code that the address is the user's, and signs in. */
export function ConfirmPage() {
    const { api, accounts } = useClient();
    const destination = useDestination();
    const [, navigate] = useLocation();
    const asked = useQueryParameters().get('email') ?? '';
    const [kept] = useState(keptCredentials);
    const [email, setEmail] = useState(kept?.email ?? asked);
    const [password, setPassword] = useState(kept?.password ?? '');
    const [code, setCode] = useState('');

    // The account gets the password that comes with the code, so it is always sent.
    const confirm = useMutation({
        mutationFn: async () => {
            const { value } = await api.confirmSignUp({ email, code, password });
            if (value?.nextStep === 'RESET_PASSWORD') {
                return navigate(destination.via('/forgotten-password', { email, step: 'code' }));
            }
            keepCredentials(undefined);
            const step = await accounts.signIn(email, password);
            if (step.step === 'done') {
                tell('Welcome. Your account is ready.');
                return destination.arrive();
            }
            return navigate(destination.via('/sign-in'));
        },
    });
    const resend = useMutation({
        mutationFn: () => api.resendCode({ email }),
        onSuccess: () => tell('If this address waits for a code, a new one is on its way.'),
    });
    const faults = fieldErrors(confirm.error);
    return (
        <Page title="Look into your mail" narrow>
            <p>
                We sent a code{email && ` to ${email}`}. No mail? You may have an account already:{' '}
                <Link href={destination.via('/sign-in')}>sign in</Link>.
            </p>
            <Form onSubmit={confirm.mutate} error={confirm.error}>
                <ErrorNotice error={confirm.error ?? resend.error} />
                {!kept && (
                    <TextField
                        label="E-mail address"
                        type="email"
                        autoComplete="username"
                        value={email}
                        onChange={setEmail}
                        error={faults['email']}
                    />
                )}
                <CodeField value={code} onChange={setCode} error={faults['code']} />
                {!kept && (
                    <NewPasswordField
                        value={password}
                        onChange={setPassword}
                        error={faults['password']}
                    />
                )}
                <SubmitButton busy={confirm.isPending}>Confirm</SubmitButton>
                <button
                    type="button"
                    className="button"
                    aria-disabled={resend.isPending}
                    onClick={() => resend.mutate()}
                >
                    Send another code
                </button>
            </Form>
        </Page>
    );
}
