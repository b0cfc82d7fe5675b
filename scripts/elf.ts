// Just enough of ELF64 (x86-64, little endian) to read the data tables of a binary: sections, symbols, relocations.
// Knows nothing of nginx.

export type Pointer = { address: number } | { symbol: string }

type Section = { address: number; offset: number; size: number; name: string; type: number; link: number }

export class Elf {
  readonly #bytes: Buffer
  readonly #sections: Section[]
  readonly #relocations = new Map<number, Pointer>()
  /** Address of every defined dynamic symbol. */
  readonly symbols = new Map<string, number>()
  readonly #names = new Map<number, string>()

  constructor(bytes: Buffer) {
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2) throw new Error('not an ELF64 file')
    this.#bytes = bytes
    this.#sections = readSections(bytes)
    const names = this.#readSymbols()
    this.#readRelocations(names)
  }

  number(address: number): number {
    return Number(this.#bytes.readBigUInt64LE(this.#offset(address)))
  }

  /** The pointer stored at an address: a place in this file, a symbol of another, or undefined for NULL. */
  pointer(address: number): Pointer | undefined {
    return this.#relocations.get(address)
  }

  /** The place a stored pointer names, when it is in this file. */
  target(address: number): number | undefined {
    const pointer = this.pointer(address)
    return pointer === undefined || 'symbol' in pointer ? undefined : pointer.address
  }

  /** The symbol a stored pointer names, here or elsewhere; '' for one without a name. */
  symbolAt(address: number): string | undefined {
    const pointer = this.pointer(address)
    if (pointer === undefined) return undefined
    return 'symbol' in pointer ? pointer.symbol : (this.#names.get(pointer.address) ?? '')
  }

  text(address: number, length?: number): string {
    const from = this.#offset(address)
    const end = length === undefined ? this.#bytes.indexOf(0, from) : from + length
    return this.#bytes.toString('latin1', from, end)
  }

  /** The section an address lies in, by name. */
  sectionOf(address: number): string | undefined {
    return this.#find(address)?.name
  }

  section(name: string): { address: number; size: number } | undefined {
    return this.#sections.find((section) => section.name === name)
  }

  #find(address: number): Section | undefined {
    return this.#sections.find((s) => s.address !== 0 && address >= s.address && address < s.address + s.size)
  }

  #offset(address: number): number {
    const section = this.#find(address)
    if (section === undefined) throw new Error(`no section holds 0x${address.toString(16)}`)
    return section.offset + address - section.address
  }

  #readSymbols(): string[] {
    const table = this.#sections.find((section) => section.type === 11)
    if (table === undefined) return []
    const strings = this.#sections[table.link] as Section
    const names: string[] = []
    for (let at = table.offset; at < table.offset + table.size; at += 24) {
      const from = strings.offset + this.#bytes.readUInt32LE(at)
      const name = this.#bytes.toString('latin1', from, this.#bytes.indexOf(0, from))
      names.push(name)
      if (this.#bytes.readUInt16LE(at + 6) === 0 || name === '') continue
      const address = Number(this.#bytes.readBigUInt64LE(at + 8))
      this.symbols.set(name, address)
      this.#names.set(address, name)
    }
    return names
  }

  #readRelocations(names: readonly string[]): void {
    for (const section of this.#sections) {
      if (section.type !== 4) continue
      for (let at = section.offset; at < section.offset + section.size; at += 24) {
        const place = Number(this.#bytes.readBigUInt64LE(at))
        const kind = this.#bytes.readUInt32LE(at + 8)
        const addend = Number(this.#bytes.readBigInt64LE(at + 16))
        if (kind === 8) this.#relocations.set(place, { address: addend })
        else if (kind === 1 || kind === 6) {
          const symbol = names[this.#bytes.readUInt32LE(at + 12)] as string
          const own = this.symbols.get(symbol)
          this.#relocations.set(place, own === undefined ? { symbol } : { address: own + addend })
        }
      }
    }
  }
}

function readSections(bytes: Buffer): Section[] {
  const start = Number(bytes.readBigUInt64LE(0x28))
  const count = bytes.readUInt16LE(0x3c)
  const named = bytes.readUInt16LE(0x3e)
  const field = (index: number, at: number): number => Number(bytes.readBigUInt64LE(start + index * 64 + at))
  const strings = field(named, 24)
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * 64
    const nameAt = strings + bytes.readUInt32LE(at)
    return {
      address: field(index, 16),
      offset: field(index, 24),
      size: field(index, 32),
      name: bytes.toString('latin1', nameAt, bytes.indexOf(0, nameAt)),
      type: bytes.readUInt32LE(at + 4),
      link: bytes.readUInt32LE(at + 40),
    }
  })
}
