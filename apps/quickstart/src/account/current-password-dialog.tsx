import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { fieldErrors } from '../app/errors';
import { PasswordField } from '../auth/password-fields';
import { Dialog } from '../ui/dialog';
import { Form, SubmitButton } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';

interface CurrentPasswordDialogProps {
    readonly title: string;
    readonly action: string;
    /** Does what needs the current password. If it fails, the dialog stays and says why. */
    readonly onPassword: (password: string) => Promise<void>;
    readonly onClose: () => void;
    readonly children: ReactNode;
}

/** Asks for the current password, for what an open session alone must not do. */
export function CurrentPasswordDialog({
    title,
    action,
    onPassword,
    onClose,
    children,
}: CurrentPasswordDialogProps) {
    const [password, setPassword] = useState('');
    const submit = useMutation({ mutationFn: () => onPassword(password) });
    return (
        <Dialog title={title} onClose={onClose}>
            <Form onSubmit={submit.mutate} error={submit.error}>
                {children}
                <ErrorNotice error={submit.error} />
                <PasswordField
                    label="Current password"
                    value={password}
                    onChange={setPassword}
                    error={fieldErrors(submit.error)['currentPassword']}
                />
                <div className="dialog-actions">
                    <SubmitButton busy={submit.isPending}>{action}</SubmitButton>
                </div>
            </Form>
        </Dialog>
    );
}
