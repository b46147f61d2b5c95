/** Hosts as network namespaces on one switch, each with a cable that can be pulled (tests/fixtures/network.ts explains them). It needs Linux and root. */
import { spawn, spawnSync } from 'node:child_process';

/** The range that is set aside for tests of networks (RFC 2544); the tests use another part of it. */
const RANGE = '198.18.78';

function ip(...args) {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

export function makeNetwork(names) {
  const id = process.pid.toString(36).slice(-6);
  const hub = `lw-${id}-hub`;
  const spaces = [];
  process.once('exit', () => {
    for (const space of spaces) spawnSync('ip', ['netns', 'del', space]);
  });
  const addNamespace = (space) => {
    ip('netns', 'add', space);
    spaces.push(space);
    ip('-n', space, 'link', 'set', 'lo', 'up');
  };
  const plug = (cable) => {
    ip('-n', hub, 'link', 'set', cable, 'master', 'switch');
    ip('-n', hub, 'link', 'set', cable, 'up');
  };
  addNamespace(hub);
  ip('-n', hub, 'link', 'add', 'switch', 'type', 'bridge');
  ip('-n', hub, 'link', 'set', 'switch', 'up');
  ip('link', 'add', `lw-${id}`, 'type', 'veth', 'peer', 'name', 'outside', 'netns', hub);
  ip('addr', 'add', `${RANGE}.254/24`, 'dev', `lw-${id}`);
  ip('link', 'set', `lw-${id}`, 'up');
  plug('outside');
  const addHost = (name) => {
    const space = `lw-${id}-${name}`;
    const address = `${RANGE}.${spaces.length}`;
    addNamespace(space);
    ip('-n', space, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', name, 'netns', hub);
    ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    plug(name);
    return {
      address,
      spawn: (program, args, options) => spawn('ip', ['netns', 'exec', space, program, ...args], options),
      cut: () => ip('-n', hub, 'link', 'set', name, 'nomaster'),
      mend: () => plug(name),
    };
  };
  return Object.fromEntries(names.map((name) => [name, addHost(name)]));
}
