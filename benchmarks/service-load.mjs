// Load on a service: node service-load.mjs ADDRESS CLIENTS LIMIT FILE... LIMIT is "20s" or a number of requests. Prints one JSON line.
// It runs in a process of its own, so that its processor time is not the service's.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const [address, clients, limit, ...files] = process.argv.slice(2);
const boundary = 'labelwise-bench';
const part = (head, body) =>
  Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), body, Buffer.from('\r\n')]);
const requests = files.map((file) => ({
  method: 'POST',
  path: '/v1/classify',
  headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  body: Buffer.concat([
    part('name="image"; filename="photo.jpg"\r\nContent-Type: image/jpeg', readFileSync(file)),
    part('name="labels"', Buffer.from('cat,dog,rocket,coffee,person')),
    Buffer.from(`--${boundary}--\r\n`),
  ]),
}));
const bound = limit.endsWith('s') ? { duration: Number.parseInt(limit, 10) } : { amount: Number(limit) };
const times = [];
let [began, ended] = [Number.NaN, Number.NaN]; // autocannon also counts what it does before its first request
const instance = autocannon({ url: address, connections: Number(clients), timeout: 120, requests, ...bound });
instance.on('response', (_client, status, _bytes, ms) => {
  ended = performance.now();
  if (Number.isNaN(began)) began = ended - ms;
  if (status === 200) times.push(ms);
});
const result = await instance;
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
console.log(
  JSON.stringify({
    seconds: (ended - began) / 1000,
    images: times.length,
    statuses: Object.fromEntries(Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]) => [status, count])),
    failed: result.errors + result.timeouts,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  }),
);
