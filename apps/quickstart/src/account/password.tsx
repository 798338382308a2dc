import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { NewPasswordField, PasswordField } from '../auth/password-fields';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { Section } from './section';

export function Password() {
    const [isOpen, setIsOpen] = useState(false);
    return (
        <Section title="Password">
            <p className="actions">
                <button type="button" className="button" onClick={() => setIsOpen(true)}>
                    Change password
                </button>
            </p>
            {isOpen && <PasswordDialog onClose={() => setIsOpen(false)} />}
        </Section>
    );
}

function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
    const { api } = useClient();
    const [current, setCurrent] = useState('');
    const [next, setNext] = useState('');
    const change = useMutation({
        mutationFn: () => api.changePassword({ currentPassword: current, newPassword: next }),
        onSuccess: () => {
            tell('Your password is changed. Other devices stay signed in.');
            onClose();
        },
    });
    const faults = fieldErrors(change.error);
    return (
        <Dialog title="Change your password" onClose={onClose}>
            <Form onSubmit={change.mutate} error={change.error}>
                <ErrorNotice error={change.error} />
                <PasswordField
                    label="Current password"
                    value={current}
                    onChange={setCurrent}
                    error={faults['currentPassword']}
                />
                <NewPasswordField
                    label="New password"
                    value={next}
                    onChange={setNext}
                    error={faults['newPassword']}
                />
                <div className="dialog-actions">
                    <SubmitButton busy={change.isPending}>Change password</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
