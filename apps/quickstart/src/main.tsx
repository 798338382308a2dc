import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { applyTheme } from './app/theme';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/pages.css';

applyTheme();

// After a new version was published, parts of the old one are gone: load the page again to get the new one.
addEventListener('vite:preloadError', () => location.reload());

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    addEventListener('load', () => void navigator.serviceWorker.register('/sw.js'));
}

const root = document.getElementById('root');
if (root === null) {
    throw new Error('index.html has no element with the id root');
}
createRoot(root).render(
    <StrictMode>
        <App />
    </StrictMode>,
);
