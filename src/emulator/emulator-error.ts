/** Reasons why the emulator did not start or could not do what its code asked for. */
export type EmulatorErrorCode =
  | 'PRODUCTION'
  | 'NOT_LOOPBACK'
  | 'PORT_IN_USE'
  | 'BAD_OPTIONS'
  | 'BAD_REQUEST'
  | 'UNKNOWN_PERSONA'
  | 'AUTH_CONTEXT_NOT_HELD';

/** A mistake of the developer who runs the emulator. `message` names the fix. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  constructor(
    readonly code: EmulatorErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
