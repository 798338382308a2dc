import { useLocation } from 'wouter';
import { address, useQueryParameters } from '../app/hash-location';

/** Where the user goes after signing in: the parameter `to`, which must be a page of this app. */
export function useDestination() {
    const [, navigate] = useLocation();
    const parameters = useQueryParameters();
    const asked = parameters.get('to') ?? '';
    const to = asked.startsWith('/') ? asked : '/';
    return {
        to,
        /** True if the user was on a page already. */
        returns: asked !== '',
        arrive: () => navigate(to, { replace: true }),
        /** The address of another page before the sign-in is done, which passes the destination on. */
        via: (path: string, more: Readonly<Record<string, string>> = {}) =>
            address(path, { ...more, to: to === '/' ? undefined : to }),
    };
}
