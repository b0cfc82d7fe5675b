// One directive being checked, and what a handler may say of it.

import type { Form } from '../form.ts'
import type { Directive } from '../node.ts'
import type { Family, Level, LocationName, World } from './level.ts'
import { type ProblemCode, problemAt, problemAtEnd } from './problem.ts'

/** One directive being checked: what a handler sees. */
export class Call {
  readonly directive: Directive
  readonly args: readonly string[]
  readonly form: Form
  readonly level: Level
  readonly world: World
  failed = false
  /** What the block of this directive is, when it is a location. */
  opens: LocationName | undefined

  constructor(directive: Directive, form: Form, level: Level, world: World) {
    this.directive = directive
    this.args = directive.args.map((arg) => arg.value)
    this.form = form
    this.level = level
    this.world = world
  }

  get name(): string {
    return this.directive.name.value
  }

  /** The http{} or stream{} this stands in. */
  get family(): Family | undefined {
    return this.form.type === 'HTTP'
      ? this.world.http
      : this.form.type === 'STRM'
        ? this.world.stream
        : undefined
  }

  arg(index: number): string {
    return this.args[index] ?? ''
  }

  /** nginx refuses this. `at` is the argument meant. */
  fail(message: string, at?: number, code: ProblemCode = 'value', hint?: string): void {
    this.failed = true
    this.world.problems.push(problemAt(this.directive, message, at, code, 'error', hint))
  }

  warn(message: string, at?: number, code: ProblemCode = 'value', hint?: string): void {
    this.world.problems.push(problemAt(this.directive, message, at, code, 'warning', hint))
  }

  /** The commonest shape of nginx's complaints. */
  says(what: string, code: ProblemCode = 'value', at?: number): void {
    this.fail(`"${this.name}" directive ${what}`, at, code)
  }

  /** Refused when the block is complete: nginx names the line of its closing brace. */
  blockFails(message: string, code: ProblemCode = 'structure', hint?: string): void {
    this.failed = true
    this.world.problems.push(problemAtEnd(this.directive, message, code, hint))
  }

  duplicate(): void {
    this.says('is duplicate', 'duplicate')
  }

  get isDuplicate(): boolean {
    return this.level.seen.get(this.name) !== this.directive
  }
}
