// Requests with a dead token, over kept connections: each is answered 401, and none fails.
//
//     node dead_token.mjs BASE_URL COUNT BYTES

const [base, count, size] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const headers = { authorization: 'Bearer dead', 'content-type': 'application/json' };
const body = ' '.repeat(size);
const seen = {};
let left = count;

async function ask() {
  while (left-- > 0) {
    let outcome;
    try {
      const answer = await fetch(`${base}/movies/add-movie`, { method: 'POST', headers, body });
      await answer.arrayBuffer();
      outcome = answer.status;
    } catch (error) {
      outcome = error.cause?.code ?? error.message;
    }
    seen[outcome] = (seen[outcome] ?? 0) + 1;
  }
}

await Promise.all([ask(), ask(), ask(), ask()]);
console.log(`fetch, ${size} bytes: ${JSON.stringify(seen)}`);
process.exit(seen[401] === count ? 0 : 1);
