// Prints what the first page loads, and fails if its JavaScript is too large. The folder of another build is an argument.
import { readFileSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT = 130 * 1024;
const [folder] = process.argv.slice(2);
const dist = folder ? pathToFileURL(`${folder}/`) : new URL('../dist/', import.meta.url);
const manifestFile = new URL('build-manifest.json', dist);
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

/** The files that an entry loads at once, with what they import. */
function loadedBy(key, found = new Set()) {
    const { file, imports = [] } = manifest[key];
    found.add(file);
    imports.forEach((next) => loadedBy(next, found));
    return found;
}

const first = [...loadedBy('index.html')];
const total = first.map(size).reduce((sum, bytes) => sum + bytes, 0);
const later = Object.values(manifest)
    .map(({ file }) => file)
    .filter((file) => file.endsWith('.js') && !first.includes(file));

for (const file of first) {
    console.log(`first page  ${kilobytes(size(file)).padStart(9)}  ${file}`);
}
for (const file of [...new Set(later)].sort()) {
    console.log(`later       ${kilobytes(size(file)).padStart(9)}  ${file}`);
}
console.log(`JavaScript of the first page: ${kilobytes(total)} gzipped, at most ${kilobytes(LIMIT)}`);

// Only this script needs it.
rmSync(manifestFile);
if (total > LIMIT) {
    console.error('The first page has too much JavaScript. Load with `lazy` what it does not need.');
    process.exit(1);
}
