/** A store that is further away: node distant-store.mjs ENDPOINT PORT TRIP_MS. Each piece is held back for half of the round trip, both ways. */
import { connect, createServer } from 'node:net';

const [endpoint, port, trip] = process.argv.slice(2);
const { hostname, port: storePort } = new URL(endpoint);
createServer((client) => {
  const store = connect(Number(storePort), hostname);
  for (const [from, to] of [
    [client, store],
    [store, client],
  ]) {
    from.setNoDelay(true);
    from.on('data', (piece) => setTimeout(() => to.destroyed || to.write(piece), Number(trip) / 2));
    from.on('end', () => setTimeout(() => to.end(), Number(trip) / 2));
    from.on('error', () => to.destroy());
  }
}).listen(Number(port), '127.0.0.1');
