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

export function ForgottenPasswordPage() {
    const parameters = useQueryParameters();
    const [email, setEmail] = useState(parameters.get('email') ?? keptCredentials()?.email ?? '');
    const [asked, setAsked] = useState(parameters.get('step') === 'code');
    return asked ? (
        <ResetForm email={email} onBack={() => setAsked(false)} />
    ) : (
        <AskForm email={email} setEmail={setEmail} onAsked={() => setAsked(true)} />
    );
}

interface AskFormProps {
    readonly email: string;
    readonly setEmail: (email: string) => void;
    readonly onAsked: () => void;
}

function AskForm({ email, setEmail, onAsked }: AskFormProps) {
    const { api } = useClient();
    const destination = useDestination();
    const ask = useMutation({
        mutationFn: () => api.forgotPassword({ email }),
        onSuccess: onAsked,
    });
    return (
        <Page key="ask" title="Forgotten password" narrow>
            <p>We send a code to your address. With it you set a new password.</p>
            <Form onSubmit={ask.mutate} error={ask.error}>
                <ErrorNotice error={ask.error} />
                <TextField
                    label="E-mail address"
                    type="email"
                    autoComplete="username"
                    value={email}
                    onChange={setEmail}
                    error={fieldErrors(ask.error)['email']}
                />
                <SubmitButton busy={ask.isPending}>Send a code</SubmitButton>
            </Form>
            <p className="form-foot">
                <Link href={destination.via('/sign-in')}>Back to sign-in</Link>
            </p>
        </Page>
    );
}

function ResetForm({ email, onBack }: { readonly email: string; readonly onBack: () => void }) {
    const { api } = useClient();
    const destination = useDestination();
    const [, navigate] = useLocation();
    const [code, setCode] = useState('');
    const [password, setPassword] = useState('');
    const reset = useMutation({
        mutationFn: () => api.resetPassword({ email, code, newPassword: password }),
        onSuccess: () => {
            keepCredentials({ email, password: '' });
            tell('Your new password is set. Sign in with it.');
            navigate(destination.via('/sign-in'));
        },
    });
    const faults = fieldErrors(reset.error);
    return (
        <Page key="reset" title="Set a new password" narrow>
            <p>If {email} has an account, a code is in its mail.</p>
            <Form onSubmit={reset.mutate} error={reset.error}>
                <ErrorNotice error={reset.error} />
                <CodeField value={code} onChange={setCode} error={faults['code']} />
                <NewPasswordField
                    label="New password"
                    value={password}
                    onChange={setPassword}
                    error={faults['newPassword'] ?? faults['password']}
                />
                <SubmitButton busy={reset.isPending}>Set password</SubmitButton>
                <button type="button" className="button" onClick={onBack}>
                    Send another code
                </button>
            </Form>
        </Page>
    );
}
