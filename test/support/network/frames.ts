/** A frame of a WebSocket as a client sends it. Only `payload` is needed for one that is valid. */
export interface FrameParts {
  readonly payload: Uint8Array;
  /** FIN, the reserved bits and the opcode. Default: a whole text message. */
  readonly first?: number;
  /** Default: four zeros. `null` for a frame without a mask, which clients must not send. */
  readonly mask?: readonly number[] | null;
  /** The length that the frame claims to have. Default: that of its payload. */
  readonly length?: number;
  /** Bytes for the length. Default: the shortest form, as the protocol asks for it. */
  readonly form?: 0 | 2 | 8;
}

/** Returns the bytes of a frame. */
export function toFrame({
  payload,
  first = 0x81,
  mask = [0, 0, 0, 0],
  length = payload.length,
  form,
}: FrameParts): Buffer {
  const bytes = form ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const second = (mask ? 0x80 : 0) | (bytes === 0 ? length & 127 : bytes === 2 ? 126 : 127);
  const extended = Buffer.alloc(bytes);
  if (bytes === 2) extended.writeUInt16BE(length & 0xffff);
  if (bytes === 8) extended.writeBigUInt64BE(BigInt(length));
  const masked = payload.map((byte, index) => byte ^ (mask?.[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([first, second]), extended, Buffer.from(mask ?? []), masked]);
}

/** Returns the messages that a server has sent after its handshake, and the code with which it closed. */
export function readFrames(bytes: Buffer): { readonly messages: readonly string[]; readonly closeCode?: number } {
  const messages: string[] = [];
  let rest = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  while (rest.length >= 2) {
    const opcode = rest.readUInt8(0) & 15;
    const { start, end } = placesOfPayload(rest);
    const payload = rest.subarray(start, end);
    if (opcode === 8) return { messages, ...(payload.length >= 2 && { closeCode: payload.readUInt16BE(0) }) };
    if (opcode === 1) messages.push(payload.toString());
    rest = rest.subarray(end);
  }
  return { messages };
}

/** Returns where the payload of a frame without a mask begins and ends. */
function placesOfPayload(frame: Buffer): { readonly start: number; readonly end: number } {
  const short = frame.readUInt8(1) & 127;
  if (short < 126) return { start: 2, end: 2 + short };
  if (short === 126) return { start: 4, end: 4 + frame.readUInt16BE(2) };
  return { start: 10, end: 10 + Number(frame.readBigUInt64BE(2)) };
}
