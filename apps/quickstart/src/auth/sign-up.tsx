import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { useDestination } from './destination';
import { keepCredentials } from './handoff';
import { HostedSignInButtons } from './hosted';
import { NewPasswordField } from './password-fields';

export function SignUpPage() {
    const { api } = useClient();
    const destination = useDestination();
    const [, navigate] = useLocation();
    const [name, setName] = useState('');
    const [email, setEmail] = useState('');
    const [password, setPassword] = useState('');
    const signUp = useMutation({
        mutationFn: () =>
            api.signUp({ email, password, name: name.trim() === '' ? undefined : name }),
        onSuccess: () => {
            keepCredentials({ email, password });
            navigate(destination.via('/confirm', { email }));
        },
    });
    const faults = fieldErrors(signUp.error);
    return (
        <Page title="Create an account" narrow>
            <Form onSubmit={signUp.mutate} error={signUp.error}>
                <ErrorNotice error={signUp.error} />
                <TextField
                    label="Name (optional)"
                    autoComplete="name"
                    value={name}
                    onChange={setName}
                    error={faults['name']}
                    hint="What we call you."
                />
                <TextField
                    label="E-mail address"
                    type="email"
                    autoComplete="username"
                    value={email}
                    onChange={setEmail}
                    error={faults['email']}
                />
                <NewPasswordField
                    value={password}
                    onChange={setPassword}
                    error={faults['password']}
                />
                <SubmitButton busy={signUp.isPending}>Create account</SubmitButton>
            </Form>
            <HostedSignInButtons to={destination.to} />
            <p className="form-foot">
                You have an account? <Link href={destination.via('/sign-in')}>Sign in</Link>
            </p>
        </Page>
    );
}
