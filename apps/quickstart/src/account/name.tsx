import { useMutation } from '@tanstack/react-query';
import type { ProfileResponse } from 'movies-client';
import { useDraft } from '../app/drafts';
import { fieldErrors } from '../app/errors';
import { useClient } from '../app/stage';
import { Form, SubmitButton, TextField } from '../ui/fields';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { useStoreProfile } from './queries';
import { Section } from './section';

export function Name({ profile }: { readonly profile: ProfileResponse }) {
    const { api } = useClient();
    const store = useStoreProfile();
    const draft = useDraft('name', () => profile.name ?? '');
    const save = useMutation({
        mutationFn: async (name: string) => {
            const request = name.trim() === '' ? { clear: ['name'] } : { name };
            return (await api.updateProfile(request)).value;
        },
        onSuccess: (saved) => {
            draft.forget();
            store(() => saved);
            tell('Your name is saved.');
        },
    });
    return (
        <Section title="Profile">
            <Form onSubmit={() => save.mutate(draft.value)} error={save.error}>
                <ErrorNotice error={save.error} />
                <TextField
                    label="Name"
                    autoComplete="name"
                    maxLength={255}
                    value={draft.value}
                    onChange={draft.set}
                    error={fieldErrors(save.error)['name']}
                />
                <div className="actions">
                    <SubmitButton busy={save.isPending}>Save name</SubmitButton>
                </div>
            </Form>
        </Section>
    );
}
