import { connectRedis } from '../redis/connect-redis.js';
import { DOWNSTREAM_LIMITS } from './limits.js';
import { createTokenSeal, type SharedToken } from './sealed-tokens.js';

/** Tokens that all servers of this API share. Nothing here rejects. While Redis cannot be reached, no token is found. */
export interface SharedTokens {
  get(key: string): Promise<SharedToken | undefined>;
  /** Stores a token until its end. */
  set(key: string, token: SharedToken, lifeMs: number): Promise<void>;
  drop(key: string): Promise<void>;
  close(): void;
}

export interface RedisTokensOptions {
  /** As `REDIS_URL`. */
  readonly url: string;
  /** 32 bytes. All servers have the same. */
  readonly secret: Buffer;
  /** Called when Redis fails, at most once a minute. */
  warn(reason: string): void;
}

const MAX_LENGTH = DOWNSTREAM_LIMITS.sharedTokenLength.default;

/** Creates the tokens in Redis. Redis sees neither tokens nor users: values are encrypted, and names are hashes. */
export function createRedisTokens({ url, secret, warn }: RedisTokensOptions): SharedTokens {
  const redis = connectRedis(url, warn);
  const seal = createTokenSeal(secret);
  const inRedis = (name: string) => `entra-graphql:downstream:${name}`;
  return {
    async get(key) {
      const name = seal.nameOf(key);
      const sealed = await redis.get(inRedis(name)).catch(() => null);
      return sealed === null || sealed.length > MAX_LENGTH ? undefined : seal.open(name, sealed);
    },
    async set(key, token, lifeMs) {
      const name = seal.nameOf(key);
      const sealed = seal.seal(name, token);
      if (sealed.length > MAX_LENGTH || lifeMs < 1) return;
      await redis.set(inRedis(name), sealed, 'PX', Math.floor(lifeMs)).catch(() => undefined);
    },
    async drop(key) {
      await redis.del(inRedis(seal.nameOf(key))).catch(() => undefined);
    },
    close: () => redis.disconnect(),
  };
}
