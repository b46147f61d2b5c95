/**
 * Hosts as network namespaces on one switch, each with a cable that can be pulled; this process is on the switch too. All of it is in namespaces and
 * one interface that go with `remove`, or with the process. It needs Linux and root. tests/fixtures/network.ts has its types.
 */
import { spawn, spawnSync } from 'node:child_process';

function ip(...args) {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/** @param range the first three numbers of its addresses: of 198.18.0.0/15, which is set aside for tests of networks (RFC 2544) */
export function makeNetwork(range) {
  const id = process.pid.toString(36).slice(-6);
  const hub = `lw-${id}-hub`;
  const spaces = [];
  const remove = () => {
    for (const space of spaces.splice(0)) spawnSync('ip', ['netns', 'del', space]);
  };
  process.once('exit', remove);
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
  ip('addr', 'add', `${range}.254/24`, 'dev', `lw-${id}`);
  ip('link', 'set', `lw-${id}`, 'up');
  plug('outside');
  const addHost = (name) => {
    const space = `lw-${id}-${name}`;
    const address = `${range}.${spaces.length}`;
    addNamespace(space);
    ip('-n', space, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', name, 'netns', hub);
    ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    plug(name);
    return {
      address,
      spawn: (program, args, options) => spawn('ip', ['netns', 'exec', space, program, ...args], options),
      // at the switch: the host's own cable stays up, so its programs are told nothing
      cut: () => ip('-n', hub, 'link', 'set', name, 'nomaster'),
      mend: () => plug(name),
    };
  };
  return { addHost, remove };
}
