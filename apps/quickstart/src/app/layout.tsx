import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { WaitingBadge } from '../offline/badge';
import { Icon } from '../ui/icons';
import { Toast } from '../ui/toast';
import { useOnline } from './online';
import { useSessionState } from './session';
import { useStage } from './stage';
import { stages, type Stage } from './stages';

const places = [
    { to: '/', label: 'Movies', icon: 'movies' },
    { to: '/watchlist', label: 'Watchlist', icon: 'watchlist' },
    { to: '/add', label: 'Add', icon: 'add' },
    { to: '/account', label: 'Account', icon: 'account' },
] as const;

/** What is around every page: at the top the name and the stage, at the bottom of a phone the places. */
export function Layout({ children }: { readonly children: ReactNode }) {
    const signedIn = useSessionState() === 'signedIn';
    const online = useOnline();
    return (
        <>
            <button
                type="button"
                className="skip-link"
                onClick={() => document.querySelector<HTMLElement>('main')?.focus()}
            >
                Skip to content
            </button>
            <header className="top-bar">
                <Link href="/" className="brand">
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M21 14.6A9.5 9.5 0 1 1 9.4 3a7.5 7.5 0 0 0 11.6 11.6z" />
                    </svg>
                    Movies
                </Link>
                {signedIn && <Places />}
                {signedIn && <WaitingBadge />}
                {stages.length > 1 && <StageSwitch />}
            </header>
            <p className="offline" role="status">
                {!online && 'You are offline. What you change is kept on this device, and sent later.'}
            </p>
            <main tabIndex={-1} className={signedIn ? 'with-places' : undefined}>
                {children}
            </main>
            <Toast />
        </>
    );
}

function Places() {
    const [path] = useLocation();
    return (
        <nav aria-label="Main" className="places">
            {places.map(({ to, label, icon }) => (
                <Link key={to} href={to} aria-current={path === to ? 'page' : undefined}>
                    <Icon name={icon} />
                    {label}
                </Link>
            ))}
        </nav>
    );
}

function StageSwitch() {
    const { stage, changeStage } = useStage();
    return (
        <label className="stage">
            <span className="visually-hidden">Stage</span>
            <select value={stage} onChange={(event) => changeStage(event.target.value as Stage)}>
                {stages.map((name) => (
                    <option key={name}>{name}</option>
                ))}
            </select>
        </label>
    );
}
