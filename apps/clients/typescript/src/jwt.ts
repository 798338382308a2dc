/**
 * A claim of a token, if it is text. Its signature is not verified: the service does that. Use it for what the user
 * sees, never to decide what the user may do.
 */
export function claim(token: string, name: string): string | undefined {
    try {
        const payload = token.split('.')[1] ?? '';
        const json = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
        const value: unknown = JSON.parse(json)[name];
        return typeof value === 'string' ? value : undefined;
    } catch {
        return undefined;
    }
}
