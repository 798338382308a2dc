// Builds the app twice, in folders of other names and depths, and compares the files with each other and with `dist`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const apps = fileURLToPath(new URL('../../', import.meta.url));
const skipped = /\/(node_modules|dist|dist-native|tests|ios|android)$/;

function build(folder) {
    const app = join(folder, 'quickstart');
    cpSync(join(apps, 'quickstart'), app, { recursive: true, filter: (path) => !skipped.test(path) });
    cpSync(join(apps, 'clients/typescript'), join(folder, 'clients/typescript'), {
        recursive: true,
        filter: (path) => !skipped.test(path),
    });
    execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: app, stdio: 'ignore' });
    execFileSync('npm', ['run', 'build'], { cwd: app, stdio: 'ignore' });
    return digests(join(app, 'dist'));
}

function digests(folder) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    return files
        .map((file) => {
            const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
            return `${digest}  ${relative(folder, file)}`;
        })
        .join('\n');
}

const root = mkdtempSync(join(tmpdir(), 'reproducible-'));
try {
    const one = build(join(root, 'one'));
    const other = build(join(root, 'another/with a space/deeper'));
    const committed = digests(join(apps, 'quickstart/dist'));
    if (one !== other || one !== committed) {
        console.error(`The builds differ.\n\n${one}\n\n${other}\n\ndist:\n${committed}`);
        process.exit(1);
    }
    console.log(`${one}\n\nThree builds are the same.`);
} finally {
    rmSync(root, { recursive: true, force: true });
}
