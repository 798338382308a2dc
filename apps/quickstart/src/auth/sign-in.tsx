import { useMutation } from '@tanstack/react-query';
import { BrowserPasskeyPrompt, type Challenge, type SignInStep } from 'movies-client';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { fieldErrors, isProblem } from '../app/errors';
import { useSessionState } from '../app/session';
import { useClient } from '../app/stage';
import { Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { ChallengeForm } from './challenge';
import { useDestination } from './destination';
import { keepCredentials, keptCredentials } from './handoff';
import { HostedSignInButtons } from './hosted';
import { PasswordField } from './password-fields';

const prompt = new BrowserPasskeyPrompt();

export function SignInPage() {
    const destination = useDestination();
    const { session } = useClient();
    const [challenge, setChallenge] = useState<Challenge>();
    const [unknown, setUnknown] = useState(false);

    // Another tab may sign in, and a user who is signed in may come here by an old link.
    const state = useSessionState();
    useEffect(() => {
        if (session.state === 'signedIn') {
            destination.arrive();
        }
    }, [state]);

    const go = (step: SignInStep) => {
        if (step.step === 'challenge') {
            setChallenge(step.challenge);
        }
        setUnknown(step.step === 'unknown');
    };

    if (challenge) {
        return (
            <ChallengeForm
                challenge={challenge}
                onStep={go}
                onCancel={() => setChallenge(undefined)}
            />
        );
    }
    return (
        <Page title="Sign in" narrow>
            {destination.returns && (
                <p className="notice" role="status">
                    Please sign in to go on. You come back to the page where you were, with what you
                    typed.
                </p>
            )}
            {unknown && <UpdateNotice />}
            <SignInForm onStep={go} />
            <HostedSignInButtons to={destination.to} />
            <p className="form-foot">
                New here? <Link href={destination.via('/sign-up')}>Create an account</Link>
            </p>
        </Page>
    );
}

function SignInForm({ onStep }: { readonly onStep: (step: SignInStep) => void }) {
    const { accounts } = useClient();
    const destination = useDestination();
    const [, navigate] = useLocation();
    const [email, setEmail] = useState(keptCredentials()?.email ?? '');
    const [password, setPassword] = useState('');
    const [missing, setMissing] = useState<Readonly<Record<string, string>>>({});

    const signIn = useMutation({
        mutationFn: () => accounts.signIn(email, password),
        onSuccess: onStep,
        onError: (error) => {
            if (isProblem(error, 'account-not-confirmed')) {
                keepCredentials({ email, password });
                navigate(destination.via('/confirm', { email }));
            }
        },
    });
    const signInWithPasskey = useMutation({
        mutationFn: async () => {
            const step = await accounts.signInWithPasskey(email);
            return step.step === 'challenge' && step.challenge.name === 'WEB_AUTHN'
                ? accounts.answerPasskey(step.challenge, prompt)
                : step;
        },
        onSuccess: onStep,
    });

    const attempt = (mutation: { mutate: () => void }, needsPassword: boolean) => {
        const faults = {
            ...(email === '' && { email: 'Enter your e-mail address.' }),
            ...(needsPassword && password === '' && { password: 'Enter your password.' }),
        };
        setMissing(faults);
        signIn.reset();
        signInWithPasskey.reset();
        if (Object.keys(faults).length === 0) {
            mutation.mutate();
        }
    };
    const error = signIn.error ?? signInWithPasskey.error;
    const faults = { ...fieldErrors(error), ...missing };
    return (
        <Form
            onSubmit={() => attempt(signIn, true)}
            error={Object.keys(missing).length > 0 ? missing : error}
        >
            <ErrorNotice error={error} />
            <TextField
                label="E-mail address"
                type="email"
                autoComplete="username"
                value={email}
                onChange={setEmail}
                error={faults['email']}
            />
            <PasswordField value={password} onChange={setPassword} error={faults['password']} />
            <p className="field-link">
                <Link href={destination.via('/forgotten-password')}>Forgotten password</Link>
            </p>
            <SubmitButton busy={signIn.isPending}>Sign in</SubmitButton>
            {BrowserPasskeyPrompt.isAvailable() && (
                <button
                    type="button"
                    className="button"
                    aria-disabled={signInWithPasskey.isPending}
                    onClick={() => attempt(signInWithPasskey, false)}
                >
                    Sign in with a passkey
                </button>
            )}
        </Form>
    );
}

/** For a step or a challenge that this version of the app does not know. */
export function UpdateNotice() {
    return (
        <div className="notice notice-error" role="alert">
            <p className="notice-title">This app is too old to go on</p>
            <p>Your account asks for something that it does not know. Load the page again to update it.</p>
        </div>
    );
}
