// A client of Lambda's Runtime API. Lambda's own is compiled when it is installed; this is the same loop without that.
// The connection stays open, as its does.
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { agent, hostname, port, method, path: `/2018-06-01/runtime/${path}` };
    const sending = request(options, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      response.on('error', reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

export async function run(handler) {
  for (;;) {
    const { headers, body } = await send('GET', 'invocation/next');
    const id = headers['lambda-runtime-aws-request-id'];
    try {
      const answer = await handler(JSON.parse(body));
      await send('POST', `invocation/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      const report = { errorType: error.name, errorMessage: error.message };
      await send('POST', `invocation/${id}/error`, JSON.stringify(report));
    }
  }
}
