import { useMutation } from '@tanstack/react-query';
import type { ProfileResponse } from 'movies-client';
import { useState } from 'react';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { PasswordField } from '../auth/password-fields';
import { Dialog } from '../ui/dialog';
import { CodeField, Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { useStoreProfile } from './queries';
import { Section } from './section';

interface EmailAddressProps {
    readonly profile: ProfileResponse;
    readonly mayChange: boolean;
}

export function EmailAddress({ profile, mayChange }: EmailAddressProps) {
    const [open, setOpen] = useState<'ask' | 'verify'>();
    const { email, pendingEmail } = profile;
    return (
        <Section title="E-mail address">
            <p>{email ?? 'Your provider did not tell one.'}</p>
            {pendingEmail !== undefined && (
                <p>
                    {pendingEmail} waits for the code that we sent there.{' '}
                    <button type="button" className="link" onClick={() => setOpen('verify')}>
                        Enter the code
                    </button>
                </p>
            )}
            {mayChange && (
                <p className="actions">
                    <button type="button" className="button" onClick={() => setOpen('ask')}>
                        Change address
                    </button>
                </p>
            )}
            {open === 'ask' && (
                <AskDialog onAsked={() => setOpen('verify')} onClose={() => setOpen(undefined)} />
            )}
            {open === 'verify' && <VerifyDialog onClose={() => setOpen(undefined)} />}
        </Section>
    );
}

interface AskDialogProps {
    readonly onAsked: () => void;
    readonly onClose: () => void;
}

function AskDialog({ onAsked, onClose }: AskDialogProps) {
    const { api } = useClient();
    const store = useStoreProfile();
    const [email, setEmail] = useState('');
    const [password, setPassword] = useState('');
    const ask = useMutation({
        mutationFn: () => api.changeEmail({ email, currentPassword: password }),
        onSuccess: () => {
            store((profile) => ({ ...profile, pendingEmail: email }));
            onAsked();
        },
    });
    const faults = fieldErrors(ask.error);
    return (
        <Dialog title="Change your address" onClose={onClose}>
            <Form onSubmit={ask.mutate} error={ask.error}>
                <p>We send a code to the new address. Until you enter it, the old one stays.</p>
                <ErrorNotice error={ask.error} />
                <TextField
                    label="New e-mail address"
                    type="email"
                    autoComplete="email"
                    value={email}
                    onChange={setEmail}
                    error={faults['email']}
                />
                <PasswordField
                    label="Current password"
                    value={password}
                    onChange={setPassword}
                    error={faults['currentPassword']}
                />
                <div className="dialog-actions">
                    <SubmitButton busy={ask.isPending}>Send a code</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}

function VerifyDialog({ onClose }: { readonly onClose: () => void }) {
    const { api } = useClient();
    const store = useStoreProfile();
    const [code, setCode] = useState('');
    const verify = useMutation({
        mutationFn: async () => (await api.verifyEmail({ code })).value,
        onSuccess: (profile) => {
            store(() => profile);
            tell('Your new address is proved.');
            onClose();
        },
    });
    return (
        <Dialog title="Enter the code" onClose={onClose}>
            <Form onSubmit={verify.mutate} error={verify.error}>
                <p>It is in the mail to your new address.</p>
                <ErrorNotice error={verify.error} />
                <CodeField
                    value={code}
                    onChange={setCode}
                    error={fieldErrors(verify.error)['code']}
                />
                <div className="dialog-actions">
                    <SubmitButton busy={verify.isPending}>Use this address</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
