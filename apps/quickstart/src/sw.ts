/// <reference lib="webworker" />
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';
import { newClient, stages, type Stage } from './app/stages';
import { openStore } from './offline/open';

declare const self: ServiceWorkerGlobalScope;

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST, { directoryIndex: '' });

// The page comes from the network, and from the device only without one. So a reload shows the newest version, and
// whatever else is served at this address later is not hidden by this app.
registerRoute(
    ({ request, url }) => request.mode === 'navigate' && url.pathname === '/',
    new NetworkFirst({
        networkTimeoutSeconds: 4,
        plugins: [{ handlerDidError: () => matchPrecache('/index.html') }],
    }),
);

/** An event of the Background Sync API, which is not in TypeScript's library. */
interface SyncEvent extends ExtendableEvent {
    readonly tag: string;
}

// The browser has a network again, and the app may be closed. If this fails, the browser asks again later.
self.addEventListener('sync', (event) => {
    const sync = event as SyncEvent;
    if (sync.tag === 'queue') {
        sync.waitUntil(sendAll());
    }
});

/** Sends what waits, unless a page of the app is open and does it. */
async function sendAll(): Promise<void> {
    // The first page of a visit is there before this worker, which does not control it.
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (!pages.some(({ visibilityState }) => visibilityState === 'visible')) {
        await Promise.all(stages.map(send));
    }
}

async function send(stage: Stage): Promise<void> {
    const client = newClient(stage);
    if ((await client.session.load()) !== 'signedIn') {
        return;
    }
    const store = await openStore(client, stage, 'manual');
    try {
        await store.sync();
        if (store.status.waiting > 0) {
            throw new Error('not all was sent');
        }
    } finally {
        await store.close();
    }
}
