/** An address and a password on their way from one page to the next: from sign-up to confirmation to sign-in. */
export interface Credentials {
    readonly email: string;
    readonly password: string;
}

// In memory only: a password is never stored. After a reload the next page asks for it again.
let kept: Credentials | undefined;

export function keepCredentials(credentials: Credentials | undefined): void {
    kept = credentials;
}

export function keptCredentials(): Credentials | undefined {
    return kept;
}
