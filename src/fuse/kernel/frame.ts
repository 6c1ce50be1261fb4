/** The memory that one request is read into. */
export interface Frame {
  readonly bytes: Buffer
  readonly view: DataView
}

export function createFrame(length: number): Frame {
  return frameOf(Buffer.allocUnsafeSlow(length))
}

export function frameOf(bytes: Buffer): Frame {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}
