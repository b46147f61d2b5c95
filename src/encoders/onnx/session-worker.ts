/**
 * The thread that holds the sessions. Node 24 and later have Float16Array, and onnxruntime-node 1.30 then refuses float16 inputs ("not enough space:
 * expected 4, got 0"): in this thread it is taken away before the module loads.
 */
Reflect.deleteProperty(globalThis, 'Float16Array');
const { serveSessions } = await import('./serve-sessions.js');
serveSessions();
