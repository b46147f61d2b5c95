import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from './app.js';
import { isOfPage } from './routes/page.js';

const COMMON = {
  referrerPolicy: 'no-referrer',
  strictTransportSecurity: false, // for the proxy to say, which has the certificate
} as const;
const NOTHING_ELSE = { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] };

const answers = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: { ...NOTHING_ELSE, styleSrc: ["'unsafe-inline'"], imgSrc: ["'self'", 'data:'] },
});

/** The page loads its own files and asks its own service. blob: is for pictures that the person gave it, which never come from elsewhere. */
const page = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: {
    ...NOTHING_ELSE,
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'"],
  },
  permissionsPolicy: { camera: ['self'], microphone: false, geolocation: false },
});

/** The security headers of an answer. */
export const securityHeaders: MiddlewareHandler<AppEnv> = (c, next) => (isOfPage(c.req.path) ? page : answers)(c, next);
