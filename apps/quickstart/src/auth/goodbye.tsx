import { useEffect } from 'react';
import { Link } from 'wouter';
import { forgetDrafts } from '../app/drafts';
import { useQueryParameters } from '../app/hash-location';
import { Page } from '../ui/page';

/** After signing out, and after the deletion of an account. */
export function GoodbyePage() {
    const isDeleted = useQueryParameters().has('deleted');
    useEffect(forgetDrafts, []);
    return (
        <Page title={isDeleted ? 'Your account is deleted' : 'You are signed out'} narrow>
            <p>
                {isDeleted
                    ? 'Nothing that belonged to you is left here. Passkeys stay on your devices: delete them there.'
                    : 'See you soon.'}
            </p>
            <p>
                <Link href="/sign-in" className="button button-primary">
                    Sign in
                </Link>
            </p>
        </Page>
    );
}
