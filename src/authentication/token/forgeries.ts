/** Beyond this it does not count further, so that a flood of any length is forgotten as fast as it came. */
const MAX_BALANCE = 100;
const FREQUENT = 20;

/**
 * Whether forged signatures come in such numbers that it pays to look for them before jsonwebtoken does: to be refused by
 * jsonwebtoken costs half as much again as the check of the signature, and who is not refused pays for a second check. So
 * a good one weighs as much as two forged ones.
 */
export class Forgeries {
  #balance = 0;

  /** Whether most of the latest tokens that came as far as the signature were forged. */
  get areFrequent(): boolean {
    return this.#balance >= FREQUENT;
  }

  /** Notes what came of the check of a signature. */
  add(isForged: boolean): void {
    this.#balance = Math.max(0, Math.min(MAX_BALANCE, this.#balance + (isForged ? 1 : -2)));
  }
}
