/** A client of `labelwise serve`, for Node and browsers: no native library, and nothing of Node. */
export type * from './api.js';
export { type CallOptions, type Client, type ClientOptions, createClient, ServiceError } from './client.js';
