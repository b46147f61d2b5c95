/** Preloaded into a measured process: writes its processor time in seconds and its peak memory in MB to file descriptor 3 when it exits. */
const { writeSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(3, JSON.stringify({ cpuS: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 }));
  });
