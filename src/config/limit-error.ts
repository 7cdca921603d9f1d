import { LIMITS, type Limit, type LimitName, type Limits, raisingSetting } from './limits.js';

/** `LIMIT_EXCEEDED`: the request asks for too much. `RATE_LIMITED`: too often, or too much at once. */
export type LimitErrorCode = 'LIMIT_EXCEEDED' | 'RATE_LIMITED' | 'SERVICE_UNAVAILABLE';

/** The error for a request beyond a bound, in the form of a GraphQL error. */
export interface LimitError {
  readonly message: string;
  readonly extensions: {
    readonly code: LimitErrorCode;
    readonly limit: {
      readonly name: LimitName;
      readonly maximum: number;
      /** The amount that the request asks for, where it is known. */
      readonly asked?: number;
      /** The environment variable that raises the bound. Left out where hints are off, or none raises it any further. */
      readonly setting?: string;
    };
  };
}

/** Makes the errors of all bounds. Each names the bound, the amount and the setting in the same way. */
export type DescribeLimit = (name: LimitName, asked?: number, code?: LimitErrorCode) => LimitError;

/** For bounds that no setting raises, or whose setting the client is not to know. */
const ADVICE: Readonly<Record<LimitErrorCode, string>> = {
  LIMIT_EXCEEDED: 'Send or ask for less at a time.',
  RATE_LIMITED: 'Try again later, with fewer requests at a time.',
  SERVICE_UNAVAILABLE: 'Try again later.',
};

/**
 * @param hints `AUTHORIZATION_HINTS`: errors name the setting, which concerns the operator of the server
 */
export function createDescribeLimit(limits: Limits, hints: boolean): DescribeLimit {
  return (name, asked, code = 'LIMIT_EXCEEDED') => {
    const { of, unit }: Limit = LIMITS[name];
    const maximum = limits[name];
    const setting = hints ? raisingSetting(name, limits) : undefined;
    const found = asked === undefined ? `The ${of} is over the limit` : `The ${of} is ${asked}`;
    const advice = setting ? `The setting ${setting} raises it.` : ADVICE[code];
    return {
      message: `${found}. At most ${maximum} ${unit} are allowed. ${advice}`,
      extensions: {
        code,
        limit: { name, maximum, ...(asked !== undefined && { asked }), ...(setting !== undefined && { setting }) },
      },
    };
  };
}
