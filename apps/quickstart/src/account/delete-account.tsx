import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { leave } from '../app/session';
import { useClient } from '../app/stage';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { Section } from './section';

export function DeleteAccount() {
    const [isOpen, setIsOpen] = useState(false);
    return (
        <Section title="Delete your account">
            <p>
                Your account, your watchlist, your pictures and, if you like, the movies that you added.
            </p>
            <p className="actions">
                <button
                    type="button"
                    className="button button-danger-plain"
                    onClick={() => setIsOpen(true)}
                >
                    Delete account
                </button>
            </p>
            {isOpen && <DeleteDialog onClose={() => setIsOpen(false)} />}
        </Section>
    );
}

const choices = [
    {
        value: 'disown',
        label: 'Leave the movies that I added',
        hint: 'Nothing tells any more that they came from you.',
    },
    { value: 'delete', label: 'Delete the movies that I added', hint: 'They are gone for everybody.' },
] as const;

function DeleteDialog({ onClose }: { readonly onClose: () => void }) {
    const { accounts } = useClient();
    const [movies, setMovies] = useState<'disown' | 'delete'>('disown');
    const [isSure, setIsSure] = useState(false);
    const [isAsked, setIsAsked] = useState(false);
    const remove = useMutation({
        mutationFn: () => leave('/goodbye?deleted', () => accounts.deleteAccount(movies)),
    });
    const submit = () => {
        setIsAsked(true);
        if (isSure && !remove.isPending) {
            remove.mutate();
        }
    };
    const isMissing = isAsked && !isSure;
    return (
        <Dialog title="Delete your account?" onClose={onClose}>
            <Form onSubmit={submit} error={isMissing || remove.error}>
                <fieldset className="choices">
                    <legend>What becomes of your movies?</legend>
                    {choices.map(({ value, label, hint }) => (
                        <label key={value} className="choice">
                            <input
                                type="radio"
                                name="movies"
                                checked={movies === value}
                                onChange={() => setMovies(value)}
                            />
                            <span className="choice-text">
                                {label}
                                <span className="small">{hint}</span>
                            </span>
                        </label>
                    ))}
                </fieldset>
                <label className="choice">
                    <input
                        type="checkbox"
                        checked={isSure}
                        aria-invalid={isMissing || undefined}
                        aria-describedby="sure-error"
                        onChange={(event) => setIsSure(event.target.checked)}
                    />
                    <span className="choice-text">I know that this cannot be undone</span>
                </label>
                <p className="field-error" id="sure-error" role="alert">
                    {isMissing && 'Tick this box to go on.'}
                </p>
                <ErrorNotice error={remove.error} />
                <div className="dialog-actions">
                    <button type="button" className="button" onClick={onClose}>
                        Keep it
                    </button>
                    <SubmitButton danger busy={remove.isPending}>
                        Delete account
                    </SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
