// A proxy between the browser and the app's server that can be told to fail.
import { createServer, request } from 'node:http';
import { APP_URL } from './support.mjs';

/**
 * Starts a proxy. Its `mode` is for requests to the API: `pass`; `hang`: takes them, and never answers; `deaf`: passes them
 * on, and never answers; `lose`: passes them on, and cuts the connection in place of the answer; `cut`: cuts it at once.
 */
export async function faultyProxy() {
    const { hostname, port } = new URL(APP_URL);
    const proxy = { url: '', mode: 'pass', close: undefined };
    const server = createServer((incoming, outgoing) => {
        const { method, url, headers } = incoming;
        const mode = url.startsWith('/Development/') ? proxy.mode : 'pass';
        if (mode === 'hang') {
            return;
        }
        if (mode === 'cut') {
            return incoming.socket.destroy();
        }
        const passed = request({ hostname, port, method, path: url, headers }, (answer) => {
            if (mode === 'lose') {
                return incoming.socket.destroy();
            }
            if (mode === 'deaf') {
                return answer.resume();
            }
            outgoing.writeHead(answer.statusCode, answer.headers);
            outgoing.flushHeaders();
            answer.pipe(outgoing);
        });
        passed.on('error', () => outgoing.destroy());
        outgoing.on('close', () => passed.destroy());
        incoming.pipe(passed);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    // After a test that failed, it must not keep the process.
    server.unref();
    proxy.url = `http://localhost:${server.address().port}`;
    proxy.close = () => {
        server.close();
        server.closeAllConnections();
    };
    return proxy;
}
