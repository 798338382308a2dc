import { useMutation } from '@tanstack/react-query';
import type { Challenge, SignInStep } from 'movies-client';
import { useState } from 'react';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { CodeField, Form, SubmitButton } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { NewPasswordField } from './password-fields';
import { UpdateNotice } from './sign-in';

interface ChallengeProps {
    readonly challenge: Challenge;
    readonly onStep: (step: SignInStep) => void;
    readonly onCancel: () => void;
}

/** What has to be proved after the password. */
export function ChallengeForm(props: ChallengeProps) {
    switch (props.challenge.name) {
        case 'SOFTWARE_TOKEN_MFA':
            return <TotpChallenge {...props} />;
        case 'NEW_PASSWORD_REQUIRED':
            return <NewPasswordChallenge {...props} />;
        default:
            return (
                <Page title="Sign in" narrow>
                    <UpdateNotice />
                    <BackButton onCancel={props.onCancel} />
                </Page>
            );
    }
}

function TotpChallenge({ challenge, onStep, onCancel }: ChallengeProps) {
    const { accounts } = useClient();
    const [code, setCode] = useState('');
    const answer = useMutation({
        mutationFn: () => accounts.answerTotp(challenge, code),
        onSuccess: onStep,
    });
    return (
        <Page title="Enter your code" narrow>
            <p>Open your authenticator app and enter the code that it shows for this account.</p>
            <Form onSubmit={answer.mutate} error={answer.error}>
                <ErrorNotice error={answer.error} />
                <CodeField
                    value={code}
                    onChange={setCode}
                    error={fieldErrors(answer.error)['responses']}
                />
                <SubmitButton busy={answer.isPending}>Go on</SubmitButton>
                <BackButton onCancel={onCancel} />
            </Form>
        </Page>
    );
}

function NewPasswordChallenge({ challenge, onStep, onCancel }: ChallengeProps) {
    const { accounts } = useClient();
    const [password, setPassword] = useState('');
    const answer = useMutation({
        mutationFn: () => accounts.answerNewPassword(challenge, password),
        onSuccess: onStep,
    });
    const faults = fieldErrors(answer.error);
    return (
        <Page title="Choose a password" narrow>
            <p>The password that you were given works once. Choose one that only you know.</p>
            <Form onSubmit={answer.mutate} error={answer.error}>
                <ErrorNotice error={answer.error} />
                <NewPasswordField
                    label="New password"
                    value={password}
                    onChange={setPassword}
                    error={faults['password'] ?? faults['newPassword'] ?? faults['responses']}
                />
                <SubmitButton busy={answer.isPending}>Go on</SubmitButton>
                <BackButton onCancel={onCancel} />
            </Form>
        </Page>
    );
}

function BackButton({ onCancel }: { readonly onCancel: () => void }) {
    return (
        <button type="button" className="button button-plain" onClick={onCancel}>
            Back to sign-in
        </button>
    );
}
