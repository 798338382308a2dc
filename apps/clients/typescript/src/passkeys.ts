/** Asks the platform for passkeys. Options and credentials are JSON texts, as the service has them. */
export interface PasskeyPrompt {
    /** Makes a passkey: from `PublicKeyCredentialCreationOptionsJSON` to `RegistrationResponseJSON`. */
    create(options: string, signal?: AbortSignal): Promise<string>;
    /** Signs in with one: from `PublicKeyCredentialRequestOptionsJSON` to `AuthenticationResponseJSON`. */
    get(options: string, signal?: AbortSignal): Promise<string>;
}

/**
 * The browser's passkeys. It rejects with the browser's `DOMException`: `NotAllowedError` if the user closes the prompt
 * or it takes too long.
 */
export class BrowserPasskeyPrompt implements PasskeyPrompt {
    /** True if this browser can do what this class needs. */
    static isAvailable(): boolean {
        return (
            typeof PublicKeyCredential !== 'undefined' &&
            'parseCreationOptionsFromJSON' in PublicKeyCredential
        );
    }

    async create(options: string, signal?: AbortSignal): Promise<string> {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
        return JSON.stringify(
            await navigator.credentials.create({ publicKey, ...(signal && { signal }) }),
        );
    }

    async get(options: string, signal?: AbortSignal): Promise<string> {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
        return JSON.stringify(
            await navigator.credentials.get({ publicKey, ...(signal && { signal }) }),
        );
    }
}
