// What njs 1.0 (Debian 14) has beyond njs-0.8.d.ts: for edge.njs-1.0.tsconfig.json.

interface ObjectConstructor {
  hasOwn(object: object, name: string): boolean
}
interface Promise<T> {
  finally(after: () => void): Promise<T>
}
