/**
 * Installs the programs that some tests need: exiftool, exiv2 and xmllint, the browser for the page, sshfs, socat and sftp-server for a network disk,
 * Redis for the queue, and the shells whose completion is tried.
 * It does nothing unless CI=true or --install is given, and nothing depends on its success: without them those tests are skipped, and say so.
 */
import { spawnSync } from 'node:child_process';

const PACKAGES = {
  exiftool: 'libimage-exiftool-perl',
  exiv2: 'exiv2',
  xmllint: 'libxml2-utils',
  chromium: 'chromium',
  sshfs: 'sshfs',
  socat: 'socat',
  'redis-server': 'redis-server',
  fish: 'fish',
  zsh: 'zsh',
  '/usr/lib/openssh/sftp-server': 'openssh-sftp-server',
};
const isThere = (program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;
const missing = Object.keys(PACKAGES).filter((program) => !isThere(program));

if ((process.env.CI === 'true' || process.argv.includes('--install')) && process.platform === 'linux' && missing.length > 0) {
  console.error(`Installing ${missing.map((program) => PACKAGES[program]).join(', ')} for the tests ...`);
  const prefix = process.getuid() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args) => {
    const [program, ...rest] = [...prefix, 'apt-get', '-q', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20', ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(program, rest, { stdio: ['ignore', 'ignore', 2], env, timeout: 300_000 }).status === 0;
  };
  apt('update');
  const isInstalled = apt('install', '-y', '--no-install-recommends', ...missing.map((program) => PACKAGES[program]));
  if (!isInstalled) console.error('They could not be installed: the tests that need them will be skipped.');
}
