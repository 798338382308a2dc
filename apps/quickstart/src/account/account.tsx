import type { ProfileResponse } from 'movies-client';
import { useProfile } from '../app/profile';
import { Loading } from '../ui/loading';
import { ErrorNotice } from '../ui/notices';
import { Page } from '../ui/page';
import { Appearance } from './appearance';
import { Authenticator } from './authenticator';
import { DeleteAccount } from './delete-account';
import { EmailAddress } from './email-address';
import { ExportData } from './export-data';
import { Name } from './name';
import { Passkeys } from './passkeys';
import { Password } from './password';
import { Pictures } from './pictures';
import { Sessions } from './sessions';

export default function AccountPage() {
    const { data: profile, error, refetch } = useProfile();
    return (
        <Page title="Account" narrow>
            {profile ? (
                <Account profile={profile} />
            ) : error ? (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
            ) : (
                <Loading what="your account" />
            )}
        </Page>
    );
}

function Account({ profile }: { readonly profile: ProfileResponse }) {
    // Who signs in at a provider has no password here, and so nothing that takes one.
    const hasPassword = profile.providers.length === 0;
    return (
        <>
            <Name profile={profile} />
            <EmailAddress profile={profile} mayChange={hasPassword} />
            {hasPassword && <Password />}
            {hasPassword && <Authenticator enabled={profile.totpEnabled} />}
            {hasPassword && <Passkeys />}
            <Sessions />
            <Pictures />
            <Appearance />
            <ExportData />
            <DeleteAccount />
        </>
    );
}
