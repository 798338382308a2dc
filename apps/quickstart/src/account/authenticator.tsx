import { useMutation } from '@tanstack/react-query';
import type { TotpSetUpResponse } from 'movies-client';
import { lazy, Suspense, useState } from 'react';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { Dialog } from '../ui/dialog';
import { CodeField, Form, SubmitButton } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { CurrentPasswordDialog } from './current-password-dialog';
import { useStoreProfile } from './queries';
import { Section } from './section';

const QrCode = lazy(() => import('./qr-code'));

export function Authenticator({ enabled }: { readonly enabled: boolean }) {
    const { api } = useClient();
    const store = useStoreProfile();
    const [isOpen, setIsOpen] = useState(false);
    const [setUp, setSetUp] = useState<TotpSetUpResponse>();
    const close = () => {
        setIsOpen(false);
        setSetUp(undefined);
    };
    const start = async (currentPassword: string) => {
        setSetUp((await api.setUpTotp({ currentPassword })).value);
    };
    const turnOff = async (currentPassword: string) => {
        await api.turnOffTotp({ currentPassword });
        store((profile) => ({ ...profile, totpEnabled: false }));
        tell('Signing in takes no code any more.');
        close();
    };
    const verified = () => {
        store((profile) => ({ ...profile, totpEnabled: true }));
        tell('From now on, signing in with your password takes a code.');
        close();
    };
    return (
        <Section title="Authenticator app">
            <p>
                {enabled
                    ? 'On. Signing in with your password takes a code of your app.'
                    : 'Off. With an app, your password alone lets nobody in.'}
            </p>
            <p className="actions">
                <button type="button" className="button" onClick={() => setIsOpen(true)}>
                    {enabled ? 'Turn off' : 'Set up'}
                </button>
            </p>
            {isOpen && enabled && (
                <CurrentPasswordDialog
                    title="Turn off the authenticator app"
                    action="Turn off"
                    onPassword={turnOff}
                    onClose={close}
                >
                    <p>Afterwards your password alone signs you in.</p>
                </CurrentPasswordDialog>
            )}
            {isOpen && !enabled && !setUp && (
                <CurrentPasswordDialog
                    title="Set up an authenticator app"
                    action="Go on"
                    onPassword={start}
                    onClose={close}
                >
                    <p>You need an app such as Google Authenticator, 1Password or FreeOTP.</p>
                </CurrentPasswordDialog>
            )}
            {setUp && <VerifyDialog setUp={setUp} onVerified={verified} onClose={close} />}
        </Section>
    );
}

interface VerifyDialogProps {
    readonly setUp: TotpSetUpResponse;
    readonly onVerified: () => void;
    readonly onClose: () => void;
}

function VerifyDialog({ setUp, onVerified, onClose }: VerifyDialogProps) {
    const { api } = useClient();
    const [code, setCode] = useState('');
    const verify = useMutation({
        mutationFn: () => api.verifyTotp({ code }),
        onSuccess: onVerified,
    });
    return (
        <Dialog title="Scan this code" onClose={onClose}>
            <Form onSubmit={verify.mutate} error={verify.error}>
                <p>
                    Scan it with your app, or <a href={setUp.otpauthUri}>open the app on this device</a>.
                </p>
                <Suspense fallback={<div className="qr" />}>
                    <QrCode text={setUp.otpauthUri} />
                </Suspense>
                <p>
                    Or type this key into the app: <code className="secret">{setUp.secret}</code>
                </p>
                <ErrorNotice error={verify.error} />
                <CodeField
                    label="Code that the app shows"
                    value={code}
                    onChange={setCode}
                    error={fieldErrors(verify.error)['code']}
                />
                <div className="dialog-actions">
                    <SubmitButton busy={verify.isPending}>Turn on</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
