/** Decodes one LZ4 block of known size. Only ever used for the last few bytes of a stream: an error's text. */
export function decodeLz4(block: Buffer, size: number): Buffer {
  const out = Buffer.alloc(size)
  let from = 0
  let to = 0
  const length = (nibble: number): number => {
    let total = nibble
    if (nibble < 15) return total
    for (let byte = 255; byte === 255; total += byte) byte = block[from++] ?? 0
    return total
  }
  while (from < block.length && to < size) {
    const token = block.readUInt8(from++)
    const literals = length(token >> 4)
    block.copy(out, to, from, from + literals)
    from += literals
    to += literals
    // The last sequence is literals only.
    if (from + 2 > block.length) break
    const distance = block.readUInt16LE(from)
    from += 2
    // Byte by byte: what is copied may overlap what it is copied to.
    for (let left = length(token & 15) + 4; left > 0 && to < size; left--, to++)
      out[to] = out[to - distance] ?? 0
  }
  return out.subarray(0, to)
}
