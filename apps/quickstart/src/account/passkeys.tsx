import { useMutation, useQueryClient } from '@tanstack/react-query';
import { BrowserPasskeyPrompt, momentToDate, type PasskeyResponse } from 'movies-client';
import { useState } from 'react';
import { useScope } from '../app/session';
import { useClient } from '../app/stage';
import { Loading } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { CurrentPasswordDialog } from './current-password-dialog';
import { usePasskeys } from './queries';
import { Section } from './section';

const prompt = new BrowserPasskeyPrompt();

export function Passkeys() {
    const { accounts } = useClient();
    const queries = useQueryClient();
    const queryKey = [...useScope(), 'passkeys'];
    const { data: passkeys, error, refetch } = usePasskeys();
    const [isAdding, setIsAdding] = useState(false);
    const add = async (currentPassword: string) => {
        await accounts.addPasskey(currentPassword, prompt);
        setIsAdding(false);
        tell('Your passkey is added.');
        await queries.invalidateQueries({ queryKey });
    };
    return (
        <Section title="Passkeys">
            <p>Sign in with your face, your finger or the PIN of your device.</p>
            {passkeys ? (
                passkeys.length > 0 && (
                    <ul className="rows">
                        {passkeys.map((passkey) => (
                            <Passkey key={passkey.id} passkey={passkey} />
                        ))}
                    </ul>
                )
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="your passkeys" />
            )}
            {BrowserPasskeyPrompt.isAvailable() ? (
                <p className="actions">
                    <button type="button" className="button" onClick={() => setIsAdding(true)}>
                        Add a passkey
                    </button>
                </p>
            ) : (
                <p className="small">This browser cannot make passkeys for this page.</p>
            )}
            {isAdding && (
                <CurrentPasswordDialog
                    title="Add a passkey"
                    action="Go on"
                    onPassword={add}
                    onClose={() => setIsAdding(false)}
                >
                    <p>After your password, your device asks how to keep the passkey.</p>
                </CurrentPasswordDialog>
            )}
        </Section>
    );
}

function Passkey({ passkey }: { readonly passkey: PasskeyResponse }) {
    const { api } = useClient();
    const queries = useQueryClient();
    const queryKey = [...useScope(), 'passkeys'];
    const name = passkey.name ?? 'Passkey';
    const remove = useMutation({
        mutationFn: () => api.deletePasskey(passkey.id),
        onSuccess: () => {
            queries.setQueryData<readonly PasskeyResponse[]>(queryKey, (all) =>
                all?.filter(({ id }) => id !== passkey.id),
            );
            tell('The passkey is removed here. Delete it on your device, too.');
        },
    });
    const added = momentToDate(passkey.createdAt).toLocaleDateString('en', { dateStyle: 'medium' });
    return (
        <li>
            <div>
                <p>{name}</p>
                <p className="small">Added {added}</p>
            </div>
            <button
                type="button"
                className="button"
                aria-label={`Remove ${name}, added ${added}`}
                aria-disabled={remove.isPending}
                onClick={() => remove.mutate()}
            >
                Remove
            </button>
            <ErrorNotice error={remove.error} />
        </li>
    );
}
